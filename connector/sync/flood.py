"""The flood guard: before anything leaves, are these changes too many to be true?

It stands where all causes meet, a faulty portal, a wrong mapping, a wrong clock: in front of the writes. What is held
stays planned; reading goes on.
"""

from datetime import datetime, timedelta

from connector.case import ActKind
from connector.errors import SafetyStop
from connector.store import cases, releases, waves
from connector.store.connection import Connection
from connector.sync.context import Context
from connector.sync.guards import check_flood, check_withdrawals

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


async def check_wave(ctx: Context, conn: Connection, target: str) -> None:
    """Count what was planned towards a system within the window, or since a person last let such a number pass.

    Raises:
        SafetyStop: ``flood`` or ``withdrawals``, with the numbers.
    """
    guards = ctx.settings.guards
    if guards.flood_percent == guards.withdrawal_percent == 100:
        return  # no share of the linked cases is more than all of them
    wave = await waves.count(
        conn,
        target,
        changed_since=await _since(ctx, conn, target, "flood"),
        withdrawn_since=await _since(ctx, conn, target, "withdrawals"),
        ending=ENDING,
    )
    if wave.changed <= guards.flood_min_count and wave.withdrawn <= guards.withdrawal_min_count:
        return
    known = await cases.linked(conn, target)
    check_flood(wave.changed, known, guards, system=target)
    check_withdrawals(wave.withdrawn, known, guards, system=target)


async def _since(ctx: Context, conn: Connection, target: str, guard: str) -> datetime:
    window = ctx.clock.now() - timedelta(seconds=ctx.settings.guards.window_s)
    released = await releases.last(conn, f"flow:deliver:{target}", guard)
    return max(window, released) if released else window


async def wave_stop(ctx: Context, conn: Connection, target: str) -> SafetyStop | None:
    """The same, as a value."""
    try:
        await check_wave(ctx, conn, target)
    except SafetyStop as stop:
        return stop
    return None
