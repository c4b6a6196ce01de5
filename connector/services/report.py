"""A report counted over everything the register has told, and written down in the ledger."""

import asyncio
from collections.abc import Callable
from typing import Any

from connector.case import REGISTER
from connector.clock import Clock
from connector.ledger.entry import EntryKind
from connector.reports.count import Counting
from connector.reports.cube import Report
from connector.reports.measures import Measure
from connector.reports.names import Names
from connector.reports.period import Period
from connector.rules.book import RuleBook
from connector.store import tellings
from connector.store.cases import EndedAs
from connector.store.database import Database

_BREATH = 20
"""After so many cases others may have their turn: counting is work of the processor, and the console lives beside it."""

_APART = {EndedAs.OFF_SYSTEM: Measure.OFF_SYSTEM, EndedAs.ERASED: Measure.ERASED}


async def count(
    db: Database,
    period: Period,
    *,
    book: RuleBook,
    names: Names,
    clock: Clock,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Replay every case from zero. ``progress`` is told how many of how many were read."""
    counting = Counting(period, book, names, clock.now())
    async with db.reading() as conn:
        total = await tellings.told(conn, REGISTER)
        done = 0
        for gone in await tellings.ended(conn, REGISTER):
            counting.add_apart(_APART[gone.kind], gone.number, gone.at)
        async for case in tellings.tellings(conn, REGISTER):
            counting.add(case)
            done += 1
            progress(done, total)
            if done % _BREATH == 0:
                await asyncio.sleep(0)
    return counting.report()


async def record(db: Database, report: Report, *, actor: str, purpose: str) -> None:
    """Write down who asked for which numbers; the digest proves them later."""
    sums: dict[str, Any] = {key.value: report.count(key) for key in _RECORDED}
    async with db.unit() as unit:
        unit.record(
            EntryKind.REPORTED,
            actor=actor,
            purpose=purpose,
            first=report.period.first.isoformat(),
            last=report.period.last.isoformat(),
            as_of=report.as_of.isoformat(),
            sha256=report.digest,
            **sums,
        )


_RECORDED = (
    Measure.CARRIED_OVER,
    Measure.RECEIVED,
    Measure.CLOSED,
    Measure.ANSWERED_LATE,
    Measure.OUTSTANDING,
    Measure.OUTSTANDING_OVERDUE,
)
