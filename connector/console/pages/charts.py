"""Charts: traffic and outcome, lag and circuit of each system, deadlines met, findings over time. The numbers as files, too."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import Response

from connector.clock import LOCAL_ZONE
from connector.console.visit import Visit
from connector.errors import NotFoundError
from connector.services import charts, reconcile
from connector.services.charts import PERIODS, Charts
from connector.store.reconcile import Day

REFRESH_S = 60
FILES = ("traffic", "lag", "circuits", "deadlines", "findings")
"""What can be had as a table for a spreadsheet."""


@dataclass(frozen=True, kw_only=True)
class ChartsPage:
    """The charts of a period. ``findings``: portal → its days with a pass, between ``first_day`` and ``last_day``."""

    charts: Charts
    findings: dict[str, tuple[Day, ...]]
    first_day: date
    last_day: date
    asked: dict[str, str]
    choices: dict[str, tuple[str, ...]]
    files: tuple[str, ...]


async def page(visit: Visit) -> ChartsPage:
    """Read what the charts show, of the last week if nothing else is asked."""
    name = visit.asked_of("period", tuple(PERIODS)) or "week"
    now, db, settings = visit.site.ctx.clock.now(), visit.site.db, visit.site.settings
    over = charts.period(name, now)
    days = (now - over.since).days + 1
    last = now.astimezone(LOCAL_ZONE).date()
    trend = await reconcile.trend(db, system=None, days=days, now=now)
    systems = tuple(sorted(one for one, section in settings.systems.items() if section.enabled))
    return ChartsPage(
        charts=await charts.read(db, systems, over, now),
        findings={
            portal: tuple(
                one for one in trend if one.system == portal and one.day > last - timedelta(days=days)
            )
            for portal in reconcile.portals(settings)
        },
        first_day=last - timedelta(days=days - 1),
        last_day=last,
        asked={"period": name},
        choices={"period": tuple(PERIODS)},
        files=FILES,
    )


async def table(visit: Visit) -> Response:
    """The numbers of one chart, for a spreadsheet: UTF-8 with a mark, so that its diacritics are read right."""
    name = visit.path["file"]
    rows = {
        "traffic": _traffic,
        "lag": _lag,
        "circuits": _circuits,
        "deadlines": _deadlines,
        "findings": _findings,
    }.get(name.removesuffix(".csv"))
    if rows is None or not name.endswith(".csv"):
        msg = "there is no such file"
        raise NotFoundError(msg)
    shown = await page(visit)
    text = io.StringIO()
    csv.writer(text).writerows(rows(shown))
    answer = Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


Rows = Iterable[Sequence[object]]


def _traffic(shown: ChartsPage) -> Rows:
    yield ("at", "system", charts.READ, *charts.OUTCOME_NAMES)
    for one in shown.charts.systems:
        for read, written in zip(one.read, one.writes, strict=True):
            yield (_at(read.at), one.system, *read.counts.values(), *written.counts.values())


def _lag(shown: ChartsPage) -> Rows:
    yield ("at", "system", "read_s", "wait_s", "open")
    for one in shown.charts.systems:
        for slot in one.lag:
            yield (_at(slot.at), one.system, slot.read_s, slot.wait_s, slot.open)


def _circuits(shown: ChartsPage) -> Rows:
    yield ("since", "until", "system", "state")
    for one in shown.charts.systems:
        for span in one.circuit:
            yield (_at(span.since), _at(span.until), one.system, span.state)


def _deadlines(shown: ChartsPage) -> Rows:
    yield ("at", "in_time", "late")
    for one in shown.charts.deadlines:
        yield (_at(one.at), *one.counts.values())


def _findings(shown: ChartsPage) -> Rows:
    yield ("day", "system", "passes", "opened", "closed", "standing", "in_flight")
    for days in shown.findings.values():
        for one in days:
            yield (one.day, one.system, one.passes, one.opened, one.closed, one.standing, one.in_flight)


def _at(instant: datetime) -> str:
    return instant.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")
