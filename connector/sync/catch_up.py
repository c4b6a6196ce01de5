"""Catching up after a restore: everything is read again, until no write of the lost time is in question any more."""

import structlog

from connector.errors import ConnectorError, Transient
from connector.ledger.entry import EntryKind
from connector.store import flows, restorations
from connector.sync.asking import fetch
from connector.sync.context import Context, is_portal
from connector.sync.keep import Tally, keep, put_aside

log = structlog.get_logger(__name__)

MOST = 50
"""Cases that are asked for in one sweep, of each portal."""


async def catch_up(ctx: Context) -> bool:
    """One step; True as long as there is something to catch up with."""
    async with ctx.db.looking() as conn:
        last = await restorations.catching_up(conn)
    if last is None:
        return False
    unread = [await _read_origins(ctx, name) for name in sorted(ctx.systems) if is_portal(name)]
    async with ctx.db.unit() as unit:
        open_ = await restorations.open_questions(
            unit.conn, last.accepted_at, list(ctx.systems), ctx.refreshed
        )
        if any(unread) or open_ or not ctx.systems:
            return True
        now = ctx.clock.now()
        if await restorations.caught_up(unit.conn, last.branch, now):
            seconds = int((now - last.accepted_at).total_seconds())
            unit.record(EntryKind.CAUGHT_UP, branch=last.branch, seconds=seconds)
            log.info("caught_up", branch=last.branch)
    return False


async def _read_origins(ctx: Context, name: str) -> int:
    """Cases that began at a portal and that only the register tells of now: a queue never hands them out again."""
    async with ctx.db.looking() as conn:
        if await flows.held(conn, restorations.SCOPE, f"system:{name}", f"flow:observe:{name}"):
            return 1
        refs = await restorations.unread_origins(conn, name, MOST)
    for ref in refs:
        if ctx.stopping.is_set() or not ctx.room(name, 1):
            break
        await _read(ctx, name, ref)
    return len(refs)


async def _read(ctx: Context, name: str, ref: str) -> None:
    asked_at = ctx.clock.now()
    try:
        record = await fetch(ctx, name, ref)
    except Transient as error:
        log.info("catch_up_postponed", system=name, code=error.code)
    except ConnectorError as error:
        async with ctx.db.unit() as unit:
            await put_aside(ctx, unit, name, ref, error, observation_id=None)
    else:
        await keep(ctx, record, Tally(), asked_at=asked_at, listed=False)
