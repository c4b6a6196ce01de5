"""The flood guard: before anything leaves, are these changes too many to be true?

It stands where all causes meet, a faulty portal, a wrong mapping, a wrong clock: in front of the writes. What is held
stays planned; reading goes on.
"""

from datetime import datetime, timedelta

from connector.case import ActKind
from connector.errors import SafetyStop
from connector.store import cases, flows, releases, waves
from connector.store.connection import Connection
from connector.sync.context import Context
from connector.sync.guards import check_flood, check_withdrawals
from connector.sync.hold import hold_flow

ENDING = tuple(
    kind.value
    for kind in (
        ActKind.WITHDRAWN,
        ActKind.RECALLED,
        ActKind.REFUSED,
        ActKind.RETURNED,
        ActKind.TRANSFERRED,
    )
)
"""Acts by which a case ends at a system without an answer."""


async def watch_waves(ctx: Context) -> None:
    """Stop at once what was planned too much of, even if it cannot be sent now: later it would lie outside the window."""
    for target in ctx.systems:
        async with ctx.db.reading() as conn:
            held = await flows.held(conn, f"flow:deliver:{target}")
            stop = None if held else await wave_stop(ctx, conn, target)
        if stop is not None:
            await hold_flow(ctx, "deliver", target, stop)


async def wave_stop(
    ctx: Context, conn: Connection, target: str, *, held_since: datetime | None = None
) -> SafetyStop | None:
    """Count what was planned towards a system within the window, or since a person last let such a number pass.

    Args:
        held_since: the flow stands since then; what was planned meanwhile counts, however long ago.

    Returns:
        The stop, ``flood`` or ``withdrawals``, with the numbers; None if they are no more than usual.
    """
    guards = ctx.settings.guards
    if guards.flood_percent == guards.withdrawal_percent == 100:
        return None  # no share of the linked cases is more than all of them
    start = (held_since or ctx.clock.now()) - timedelta(seconds=guards.window_s)
    released = await releases.last(conn, f"flow:deliver:{target}")
    wave = await waves.count(
        conn,
        target,
        changed_since=max(start, released.get("flood", start)),
        withdrawn_since=max(start, released.get("withdrawals", start)),
        ending=ENDING,
    )
    if wave.changed <= guards.flood_min_count and wave.withdrawn <= guards.withdrawal_min_count:
        return None
    known = await cases.linked(conn, target)
    try:
        check_flood(wave.changed, known, guards, system=target)
        check_withdrawals(wave.withdrawn, known, guards, system=target)
    except SafetyStop as stop:
        return stop
    return None
