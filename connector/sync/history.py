"""History for charts and warnings: counted beside the flow, by the sweep, in small transactions of its own."""

from datetime import datetime, timedelta

from connector.case import REGISTER, Case
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks, strictest
from connector.store import cases, duties, history
from connector.store.duties import DutyRow
from connector.sync.context import Context

BATCH = 100
"""Cases read in one transaction."""

SLICES = 5
"""So many transactions of each kind at most in one pass: an old database is caught up with over many of them."""


async def keep_history(ctx: Context) -> None:
    """Count what the log has told since, note the lag, read changed deadlines, and forget what is too old."""
    now = ctx.clock.now()
    for _ in range(SLICES):
        async with ctx.db.unit() as unit:
            more = await history.count_log(unit.conn)
        if not more:
            break
    async with ctx.db.unit() as unit:
        await history.note_lag(unit.conn, tuple(ctx.systems), now)
        await history.forget(unit.conn, now - timedelta(days=ctx.settings.console.history_days))
    for _ in range(SLICES):
        if await _read_duties(ctx) < BATCH:
            break


async def _read_duties(ctx: Context) -> int:
    """Read the deadlines of the next cases that changed. Returns how many those were."""
    async with ctx.db.looking() as conn:
        if not await duties.any_changed(conn):
            return 0
    async with ctx.db.unit() as unit:
        marks = await duties.changed(unit.conn, BATCH)
        found = {}
        for case_id, _ in marks:
            row = await cases.get(unit.conn, case_id)
            home = row.link(REGISTER) if row else None
            found[case_id] = duty_rows(home.state, ctx.book, ctx.clock.now()) if home and home.state else ()
        await duties.replace(unit.conn, found, marks)
    return len(marks)


def duty_rows(home: Case, book: RuleBook, now: datetime) -> tuple[DutyRow, ...]:
    """The clocks of the register's telling that have a due day. Pure."""
    running = clocks(home.acts, book)
    nearest = strictest(running).values()
    return tuple(
        DutyRow(
            duty=one.duty.value,
            governs=one.governs,
            nearest=one in nearest,
            due_at=one.due.ends_at,
            closed_at=one.closed_at,
            met=not one.late(now) if one.fulfilled else None,
        )
        for one in running
        if one.due is not None
    )
