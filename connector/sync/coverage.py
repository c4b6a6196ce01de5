"""Which codes the systems really told: counted from the kept observations, apart from the flow, each telling once.

Only codes are taken down, never a value of a case: what does not look like a code is told by its length alone. A telling
that was erased before it was counted is not counted.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from connector.errors import SealBroken
from connector.store import code_seen, observations
from connector.store.connection import Connection
from connector.store.locks import only_one
from connector.sync.context import Context

LAG = timedelta(minutes=1)
"""Younger tellings are left for the next count: one with a lower number may not be committed yet."""

EVERY = timedelta(minutes=10)
"""How often the daemon counts."""

_LOCK = "coverage"


async def count_due(ctx: Context) -> bool:
    """A count, if the last one is longer ago than :data:`EVERY`. Returns whether more is left than a slice of time."""
    async with ctx.db.reading() as conn:
        last = await code_seen.counted(conn)
    begun = last.at is not None and not last.ended
    if last.at is not None and not begun and ctx.clock.now() - last.at < EVERY:
        return False
    return await count_codes(ctx, slice_s=ctx.settings.work.slice_s)


async def count_codes(ctx: Context, *, slice_s: float | None = None) -> bool:
    """Count the codes of what was told since the last count; one process does it at a time.

    Args:
        ctx: the wiring; no system is called.
        slice_s: stop after so many seconds; None: go on to the end.

    Returns:
        Whether something is left.
    """
    start = ctx.clock.now()
    async with only_one(ctx.db, _LOCK) as mine:
        while mine and not ctx.stopping.is_set():
            if not await _slice(ctx):
                return False
            if slice_s is not None and (ctx.clock.now() - start).total_seconds() >= slice_s:
                return True
    return False


async def _slice(ctx: Context) -> bool:
    """Some tellings; False if there were none left."""
    now, found = ctx.clock.now(), defaultdict[tuple[str, str, str], list[datetime]](list)
    async with ctx.db.reading() as conn:
        last = (await code_seen.counted(conn)).observation
        told = await code_seen.next_tellings(conn, last, now - LAG, ctx.settings.work.slice_cases)
        for number, at in told:
            for key in await _codes(ctx, conn, number):
                found[key].append(at)
    async with ctx.db.unit() as unit:
        facts = {key: (len(times), min(times), max(times)) for key, times in found.items()}
        await code_seen.add(unit.conn, facts)
        await code_seen.moved(unit.conn, told[-1][0] if told else last, now, ended=not told)
    return bool(told)


async def _codes(ctx: Context, conn: Connection, number: int) -> list[tuple[str, str, str]]:
    try:
        record = await observations.load(conn, number)
    except SealBroken:
        return []
    if record is None or record.system not in ctx.mappings.mappings:
        return []
    return [(record.system, *one) for one in ctx.mappings.for_system(record.system).codes_of(record)]
