"""Silence: a system that could not be read for a day is told to people, once; and what the reading after it has to cover."""

import structlog

from connector.ledger.entry import EntryKind
from connector.rules.daily import unheard
from connector.store import gaps
from connector.store.database import Unit
from connector.sync.context import Context
from connector.texts import say

log = structlog.get_logger(__name__)


async def watch_silence(ctx: Context, unit: Unit) -> None:
    """Open and close the gaps of all systems (R15). Nothing is held: reading goes on being tried at its own pace."""
    now = ctx.clock.now()
    for name in ctx.systems:
        since = await gaps.last_read(unit.conn, name)
        if since is None:
            continue
        ended = await gaps.close(unit.conn, name, since)
        if ended is not None:
            unit.record(
                EntryKind.PULL_RESUMED, system=name, since=ended.since.isoformat(), until=since.isoformat()
            )
        if unheard(since, now, ctx.calendar) and await gaps.notice(unit.conn, name, since, now):
            unit.record(EntryKind.PULL_MISSED, system=name, since=since.isoformat())
            log.error("pull_missed", system=name, since=since.isoformat(), next_step=say("gap.next_step"))
