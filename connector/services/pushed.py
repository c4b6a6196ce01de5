"""A system told us that something changed: nothing of it is believed, it is only asked sooner."""

from collections.abc import Sequence

from connector.store import cases, rereading
from connector.sync.context import Context

MOST_REFS = 200
"""So many cases of one notification are read again by name; the others show when the system is asked what changed."""


async def ask_sooner(ctx: Context, system: str, refs: Sequence[str]) -> int:
    """Have these cases read again, and the system asked what changed. Returns how many of the cases are known."""
    now = ctx.clock.now()
    known = 0
    async with ctx.db.unit() as unit:
        for ref in dict.fromkeys(refs[:MOST_REFS]):
            row = await cases.by_ref(unit.conn, system, ref)
            if row is not None and row.end is None:
                await rereading.at_once(unit.conn, row.id, now, ctx.refreshed)
                known += 1
        if known:
            unit.wake("refresh", system=system)
        unit.wake("observe", system=system)
    return known
