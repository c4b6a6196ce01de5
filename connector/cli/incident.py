"""``phanhoi incident``: how many cases and people a breach concerns, what was touched, and until when who must be told."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    Most,
    console,
    guarded,
    keep,
    known_system,
    moment,
    print_json,
    reading,
    run,
    table,
    tell,
)
from connector.errors import NotFoundError, UserError

if TYPE_CHECKING:
    from connector.cli.common import Reader
    from connector.incident.tally import Affected, Incident
    from connector.incident.ways import Scope


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(name="incident", help="Đếm phạm vi một sự cố dữ liệu / what a breach concerns")(incident)


def incident(
    by: str = typer.Option(..., "--by", help="Tài khoản cán bộ / account of the official"),
    to: str = typer.Option(
        ..., "--to", help="Đến ngày (cả ngày) hoặc đến lúc / to a whole day, or an instant"
    ),
    since: str | None = typer.Option(
        None, "--from", help="Từ ngày hoặc lúc; để trống = từ đầu / from; empty = from the beginning"
    ),
    noticed: str | None = typer.Option(
        None, help="Lúc phát hiện; để trống = bây giờ / when it was noticed; empty = now"
    ),
    system: list[str] = typer.Option(
        [], help="Chỉ hệ thống này, lặp lại được / only this system, repeatable"
    ),
    actor: str | None = typer.Option(None, help="Chỉ việc của tài khoản này / only what this account did"),
    case: str | None = typer.Option(None, help="Chỉ hồ sơ này / only this case"),
    sealed: bool = typer.Option(
        False, "--sealed", help="Không mở hồ sơ, không cần khóa chủ / open nothing; needs no master keys"
    ),
    letter: Path | None = typer.Option(None, help="Ghi dự thảo thông báo / write the draft of the notice"),
    listed: Path | None = typer.Option(None, "--list", help="Ghi mọi hồ sơ ra CSV / write all cases as CSV"),
    most: int = Most,
    as_json: bool = JsonFlag,
) -> None:
    """Counts, classes of data, ways, first and last time, and the deadlines of the law. An entry of the log."""
    from connector.clock import SystemClock
    from connector.services.incident import count

    clock = SystemClock()
    window = guarded(lambda: (_instant(since), _instant(to, whole_day=True), _instant(noticed)))

    async def work() -> "Incident":
        async with reading(keys=not sealed) as at:
            scope = await _scope(at, window, systems=system, actor=actor, case=case)
            with _lines(listed) as each:
                return await count(
                    at.db,
                    at.settings,
                    scope,
                    by=by,
                    noticed=window[2] or clock.now(),
                    clock=clock,
                    opened=not sealed,
                    most=most,
                    each=each,
                )

    found = run(work)
    if letter is not None:
        guarded(lambda: _write_letter(letter, found))
    if as_json:
        print_json({**vars(found), "at_most": found.at_most, "duties": found.duties})
        return
    _show(found)
    for path in filter(None, (letter, listed)):
        console().print(tell("incident.written", path=path))


async def _scope(
    at: "Reader",
    window: "tuple[datetime | None, datetime | None, datetime | None]",
    *,
    systems: list[str],
    actor: str | None,
    case: str | None,
) -> "Scope":
    from connector.incident.ways import Scope
    from connector.ledger.guard import as_code
    from connector.store import cases

    for name in systems:
        known_system(at.settings, name)
    if actor is not None and as_code(actor) != actor:
        msg = "--actor is an account (letters without marks, digits, no spaces), not a name"
        raise UserError(msg)
    number = None
    if case is not None:
        async with at.db.reading() as conn:
            number = await cases.find(conn, case)
        if number is None:
            msg = f"no case is known as {case}"
            raise NotFoundError(msg)
    assert window[1] is not None
    return Scope(since=window[0], before=window[1], systems=tuple(systems), actor=actor, case_id=number)


def _instant(text: str | None, *, whole_day: bool = False) -> datetime | None:
    """A day or an instant as it is typed, in Vietnam's time unless it names another; of a day its end, if ``whole_day``.

    Raises:
        UserError: neither.
    """
    from connector.clock import LOCAL_ZONE, sensible

    if text is None:
        return None
    try:
        if len(text) == len("2026-11-20"):
            day = date.fromisoformat(text) + timedelta(days=int(whole_day))
            return sensible(datetime.combine(day, time(), LOCAL_ZONE)).astimezone(UTC)
        told = datetime.fromisoformat(text)
        return sensible(told if told.tzinfo else told.replace(tzinfo=LOCAL_ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):
        msg = f"{text[:40]!r}: write a day 2026-11-20, or an instant 2026-11-20T08:30"
        raise UserError(msg) from None


@contextmanager
def _lines(path: Path | None) -> "Iterator[Callable[[Affected], None]]":
    """Takes the cases one after the other into a CSV file, if one is wanted. Numbers, codes and instants only."""
    if path is None:
        yield lambda _one: None
        return
    from connector.reports.log_files import harmless

    with keep(path) as out:
        text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
        lines = csv.writer(text)
        lines.writerow(("so", "ma_ho_so", "cach_tiep_can", "loai_du_lieu", "so_muc", "som_nhat", "muon_nhat"))

        def add(one: "Affected") -> None:
            classes = "?" if one.classes is None else " ".join(one.classes)
            cells = (harmless(one.code or ""), " ".join(one.ways), classes)
            lines.writerow((one.case_id, *cells, one.entries, one.first.isoformat(), one.last.isoformat()))

        yield add
        text.detach()  # flushes; the file itself is closed by its owner


def _write_letter(path: Path, found: "Incident") -> None:
    from connector.incident.letter import letter

    with keep(path) as out:
        out.write(letter(found).encode())


def _show(found: "Incident") -> None:
    from connector.incident.duties import kept_until

    out, scope = console(), found.scope
    since = moment(scope.since) if scope.since else tell("incident.beginning")
    out.print(tell("incident.window", since=since, until=moment(scope.before), upto=found.upto))
    _show_happened(found)
    if not found.cases:
        out.print(tell("incident.nothing"))
    else:
        out.print(tell("incident.cases", count=found.cases))
        out.print(tell("incident.subjects", least=found.subjects, most=found.at_most))
        for name in ("located", "nameless", "unopened"):
            if count := getattr(found, name):
                out.print(tell(f"incident.{name}", count=count))
        _show_cases(found)
    _show_duties(found)
    out.print(tell("incident.kept", until=moment(kept_until(found.noticed))[:10]))


def _show_happened(found: "Incident") -> None:
    rows = table("kind", "system", "actor", "entries", "cases", "first", "last")
    for one in found.happened:
        cells = (one.kind, one.system or "–", one.actor, str(one.entries), str(one.cases))
        rows.add_row(*cells, moment(one.first), moment(one.last))
    if found.happened:
        console().print(rows)


def _show_cases(found: "Incident") -> None:
    counts = table("matter", "cases")
    for way, count in found.ways.items():
        counts.add_row(tell(f"incident.way_{way}"), str(count))
    for name, count in found.classes.items():
        counts.add_row(tell(f"incident.class_{name}"), str(count))
    console().print(counts)
    rows = table("case", "code", "ways", "data", "entries", "first", "last")
    for one in found.named:
        classes = (
            "?" if one.classes is None else "; ".join(tell(f"incident.class_{it}") for it in one.classes)
        )
        ways = "; ".join(tell(f"incident.way_{way}") for way in one.ways)
        cells = (str(one.case_id), one.code or "–", ways, classes, str(one.entries))
        rows.add_row(*cells, moment(one.first), moment(one.last))
    console().print(rows)
    if rest := found.cases - len(found.named):
        console().print(tell("incident.more", count=rest))


def _show_duties(found: "Incident") -> None:
    rows = table("duty", "deadline", "basis", "applies")
    for one in found.duties:
        answer = {True: "answer.yes", False: "answer.no", None: "incident.perhaps"}[one.applies]
        rows.add_row(
            tell(f"incident.duty_{one.name}"),
            moment(one.due),
            tell(f"incident.basis_{one.basis}"),
            tell(answer),
        )
    console().print(rows)
