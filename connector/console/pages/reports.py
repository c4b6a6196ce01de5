"""The reports of the Quy chế: the numbers of a period, the cases behind each, and the files; every reading is in the log."""

import asyncio
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from connector.clock import LOCAL_ZONE
from connector.console.pages.report_view import NO_FIELD, Counted, counted
from connector.console.render import by_name
from connector.console.visit import Done, Handed, Visit
from connector.errors import UserError
from connector.reports.cube import Report
from connector.reports.explained import MEASURES
from connector.reports.pdf import write_pdf
from connector.reports.period import Period
from connector.reports.plain import write_csv
from connector.reports.xlsx import write_xlsx
from connector.rules.visibility import Audience
from connector.services import report as service
from connector.services.report_desk import Progress
from connector.services.sheet import print_sheet

WAIT_S = 2.0
"""So long a page waits for its numbers before it shows how far they are."""

AGAIN_S = 2
PAGE = 200
AUDIENCES = (Audience.UNIT.value, Audience.COORDINATOR.value)


@dataclass(frozen=True, kw_only=True)
class ReportsPage:
    """What can be asked, and what was. ``progress`` stands while the numbers are counted."""

    asked: dict[str, str]
    choices: dict[str, tuple[str, ...]]
    periods: dict[str, str]
    period: str | None
    limited: bool
    progress: Progress | None
    report: Counted | None


async def reports(visit: Visit) -> ReportsPage:
    """The numbers of a period, and who asked for them goes into the log; without a period only the form."""
    choices, period = _choices(visit), _asked_period(visit)
    found = await _found(visit, period) if period else None
    if isinstance(found, Report):
        await _record(visit, found, "report")
    return ReportsPage(
        asked={key: value for key in ("agency", "field", "since", "until") if (value := visit.asked(key))},
        choices=choices,
        periods=_periods(visit, period),
        period=period.name if period else None,
        limited=visit.within is not None,
        progress=found if isinstance(found, Progress) else None,
        report=counted(visit, found) if isinstance(found, Report) else None,
    )


def live(page: "ReportsPage | BehindPage") -> int | None:
    """A page that waits for its numbers asks again by itself."""
    return AGAIN_S if page.progress else None


@dataclass(frozen=True, kw_only=True)
class BehindPage:
    """The cases behind one number, a page of them: from the ``first`` on. ``newer``, ``older``: as of other lists."""

    asked: dict[str, str]
    key: str
    label: str
    how: str
    basis: str
    title: str
    scope: str
    as_of: datetime | None
    count: int
    first: int
    rows: tuple[str, ...]
    newer: int | None
    older: int | None
    progress: Progress | None


async def behind(visit: Visit) -> BehindPage:
    """The case numbers behind a number; a case that came twice stands twice."""
    period = _period(visit.asked("period") or "")
    key = visit.asked_of("number", tuple(MEASURES))
    if key is None:
        msg = "number: the key of a number is needed"
        raise UserError(msg)
    found = await _found(visit, period)
    ids = found.ids(key) if isinstance(found, Report) else ()
    start = _start(visit)
    if isinstance(found, Report):
        await _record(visit, found, f"ids/{key}")
    measure = MEASURES[key]
    return BehindPage(
        asked={
            "period": period.name,
            "number": key,
            **{name: value for name in ("agency", "field") if (value := visit.asked(name))},
        },
        key=key,
        label=measure.label.say(visit.lang),
        how=measure.how.say(visit.lang),
        basis=measure.basis,
        title=period.title.say(visit.lang),
        scope=found.scope if isinstance(found, Report) else "",
        as_of=found.as_of if isinstance(found, Report) else None,
        count=len(ids),
        first=start + 1,
        rows=ids[start : start + PAGE],
        newer=start + PAGE if len(ids) > start + PAGE else None,
        older=start + 1 if start else None,
        progress=found if isinstance(found, Progress) else None,
    )


def _start(visit: Visit) -> int:
    """How many rows lie before the page: those up to ``after``, or those before the page that ends before ``before``."""
    at = visit.place(PAGE)
    return at.after or max((at.before or 1) - 1 - PAGE, 0)


async def count_again(visit: Visit) -> Done:
    """Forget the numbers of a period, so that the next page counts them as of now."""
    period = _period(visit.given("period"))
    visit.site.reports.forget(period)
    return Done(to=f"/reports?period={period.name}")


def _csv(report: Report, out: BinaryIO) -> None:
    text = io.StringIO(newline="")
    write_csv(report, text)
    out.write(text.getvalue().encode("utf-8-sig"))  # the mark tells spreadsheets that the text is UTF-8


FORMS: Mapping[str, tuple[str, Callable[[Report, BinaryIO], None]]] = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "pdf": ("application/pdf", write_pdf),
    "csv": ("text/csv", _csv),
}
"""Ending → media type, and what writes it."""


async def file(visit: Visit) -> Handed:
    """The report as a workbook, a letter or CSV; the same numbers as on the page, for as long as they are kept."""
    form, period = visit.given("form"), _period(visit.given("period"))
    if form not in FORMS:
        msg = f"form: one of {', '.join(FORMS)}"
        raise UserError(msg)
    found = _narrowed(visit, await visit.site.reports.whole(period), visit.given)
    await _record(visit, found, "report")
    kind, write = FORMS[form]
    out = cast("BinaryIO", TemporaryFile())  # noqa: SIM115  # it is closed when it is sent
    await asyncio.to_thread(write, found, out)
    out.seek(0)
    return Handed(name=f"bao-cao-{period.name.replace('..', '_')}.{form}", kind=kind, file=out)


async def sheet(visit: Visit) -> Handed:
    """The hand-over sheet of a case (art. 12.4) as PDF; printing it is in the log before anybody has it."""
    number, audience = await visit.numbered_case("id"), visit.given("audience")
    if audience not in AUDIENCES:
        msg = f"audience: one of {', '.join(AUDIENCES)}"
        raise UserError(msg)
    ctx = visit.site.ctx
    printed = await print_sheet(
        ctx.db,
        ctx.settings,
        str(number),
        Audience(audience),
        by=visit.actor,
        book=ctx.book,
        names=visit.site.names,
        clock=ctx.clock,
    )
    return Handed(name=f"phieu-chuyen-{number}.pdf", kind="application/pdf", file=io.BytesIO(printed))


# ---- what is asked ------------------------------------------------------------------------------------------


def _period(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError:
        msg = "period: 2026-10, 2026-Q4, 2026 or 2026-10-05..2026-10-20 is needed"
        raise UserError(msg) from None


def _asked_period(visit: Visit) -> Period | None:
    """Two days, where both were given; else the chosen period."""
    since, until = visit.asked("since"), visit.asked("until")
    if since and until:
        return _period(f"{since}..{until}")
    if since or until:
        msg = "cần cả ngày đầu và ngày cuối / both the first and the last day are needed"
        raise UserError(msg)
    name = visit.asked("period")
    return _period(name) if name else None


def _choices(visit: Visit) -> dict[str, tuple[str, ...]]:
    names = visit.site.names
    agencies = {
        names.holder(code) for code in visit.within or (one.canonical for one in names.agencies.agencies)
    }
    return {
        "agency": by_name(agencies, names.agency),
        "field": (*by_name(names.field_codes, names.field), NO_FIELD),
    }


def _periods(visit: Visit, chosen: Period | None) -> dict[str, str]:
    """The periods that the form offers, newest first: months of two years, quarters, years; and the one that is shown."""
    today = visit.site.ctx.clock.now().astimezone(LOCAL_ZONE).date()
    days = [today]
    while len(days) < 24:
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    months = [f"{day:%Y-%m}" for day in days]
    quarters = list(dict.fromkeys(f"{day:%Y}-Q{(day.month + 2) // 3}" for day in days))
    years = [f"{today.year - back}" for back in range(4)]
    offered = [*months, *quarters, *years]
    if chosen is not None and chosen.name not in offered:
        offered.insert(0, chosen.name)
    return {name: Period.parse(name).title.say(visit.lang) for name in offered}


async def _found(visit: Visit, period: Period) -> Report | Progress:
    found = await visit.site.reports.ask(period, wait_s=WAIT_S)
    return (
        found if isinstance(found, Progress) else _narrowed(visit, found, lambda key: visit.asked(key) or "")
    )


def _narrowed(visit: Visit, found: Report, told: Callable[[str], str]) -> Report:
    """The part that was asked for, and never more than the agencies that the account is limited to.

    Raises:
        UserError: an agency or field that there is not, or that is another's.
    """
    choices, agency, field = _choices(visit), told("agency"), told("field")
    for name, value in (("agency", agency), ("field", field)):
        if value and value not in choices[name]:
            msg = f"{name}: unknown, or not yours"
            raise UserError(msg)
    agencies = (agency,) if agency else choices["agency"] if visit.within else ()
    if not agencies and not field:
        return found
    return found.only(agencies=agencies, field="" if field == NO_FIELD else field or None)


async def _record(visit: Visit, found: Report, purpose: str) -> None:
    await service.record(visit.site.db, found, actor=visit.actor, purpose=purpose)
