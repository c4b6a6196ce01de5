"""Sweep: wake every lane that holds due work. The rows are the truth, so losing the engine's jobs loses nothing."""

from datetime import timedelta

from connector.store import cases, checkpoints, deliveries, flows, plans, rereading, tally, tickets
from connector.sync.catch_up import catch_up
from connector.sync.context import Context
from connector.sync.flood import watch_waves
from connector.sync.history import keep_history
from connector.sync.silence import watch_silence

KEEP_EMPTY_RUNS = timedelta(days=1)


async def sweep(ctx: Context) -> int:
    """Wake due lanes and tidy what has no evidence in it. Returns the number of lanes woken."""
    now = ctx.clock.now()
    await watch_waves(ctx)
    await catch_up(ctx)
    async with ctx.db.unit() as unit:
        lanes = await deliveries.due_lanes(unit.conn, lanes=ctx.lanes, at=now)
        for target, source, lane in lanes:
            # a system that takes nothing now needs no worker; a later sweep finds the lane again
            if target in ctx.systems and ctx.room(target, 1):
                unit.wake("deliver", system=target, source=source, lane=lane)
        for name in await rereading.due_systems(unit.conn, ctx.refreshed, now):
            if ctx.room(name, 1):
                unit.wake("refresh", system=name)
        for lane in await cases.dirty_lanes(unit.conn, ctx.lanes):
            unit.wake("settle", lane=lane)
        for plan_id in await plans.running(unit.conn):
            unit.wake("resync", lane=plan_id)
        await watch_silence(ctx, unit)
        ledger = ctx.settings.ledger
        if ledger.origin is not None and await checkpoints.unsealed(unit.conn) >= ledger.seal_after_entries:
            unit.wake("seal")
        await tickets.forget_expired(unit.conn, now)
        await flows.forget_empty_runs(unit.conn, now - KEEP_EMPTY_RUNS)
        await tally.fold(unit.conn)
        woken = len(unit.wakes)
    await keep_history(ctx)
    return woken
