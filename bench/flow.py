"""Deliveries against bare HTTP, and settling against reading: how much the connector's care costs."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from adapters.demo.stage import Addresses, Stage
from adapters.life.script import PORTALS, REGISTER
from bench.replay import Replay
from bench.result import Measured
from bench.town import Connector, another_twin, cases_of, connector, hand_in
from connector.store import cases, deliveries
from connector.sync.context import Context
from connector.sync.deliver import deliver
from connector.sync.observe import observe
from connector.sync.settle import settle


async def measure_flow(stage: Stage, at: Addresses, count: int) -> list[Measured]:
    """Enter cases in the register, plan their way up, settle them again and again, deliver them."""
    await hand_in(at, count)
    async with connector(stage) as one:
        await observe(one.ctx, REGISTER)
        await _each_lane(one.ctx, lambda lane: settle(one.ctx, lane))
        settled = await _measure_settle(one.ctx)
        await _only_creations(one.ctx)
        return [settled, *[await _measure_portal(stage, one, name) for name in PORTALS]]


async def _only_creations(ctx: Context) -> None:
    """A creation stands alone; what follows it names an id that another twin would give to another case."""
    async with ctx.db.unit() as unit:
        await unit.conn.execute("UPDATE delivery SET state = 'cancelled' WHERE intent <> 'create'")


async def _measure_settle(ctx: Context) -> Measured:
    async with ctx.db.unit() as unit:
        rows = await (await unit.conn.execute("SELECT id FROM case_record")).fetchall()
        ids = [row["id"] for row in rows]
        await cases.mark_dirty(unit.conn, ids, ctx.clock.now())
    began = time.perf_counter()
    await _each_lane(ctx, lambda lane: settle(ctx, lane))
    settling = time.perf_counter() - began

    async def read(lane: int) -> bool:
        for case_id in ids:
            if ctx.lane(case_id) == lane:
                async with ctx.db.reading() as conn:
                    await cases.get(conn, case_id)
        return False

    began = time.perf_counter()
    await _each_lane(ctx, read)
    return Measured(
        name="settle",
        unit="cases",
        count=len(ids),
        seconds=settling,
        baseline="reading the same rows",
        baseline_seconds=time.perf_counter() - began,
    )


async def _measure_portal(stage: Stage, one: Connector, name: str) -> Measured:
    one.sent[name].seen.clear()
    began = time.perf_counter()
    await _each_lane(one.ctx, lambda lane: deliver(one.ctx, name, lane))
    took = time.perf_counter() - began
    async with one.ctx.db.reading() as conn:
        states = (await deliveries.counts(conn)).get(name, {})
    done = states.get("done", 0)
    if not done or set(states) != {"done", "cancelled"}:
        msg = f"{name}: the deliveries did not all go through: {dict(states)}"
        raise RuntimeError(msg)
    with another_twin(stage, name) as twin:
        replay = Replay(
            address=twin["url"],
            requests=list(one.sent[name].seen),
            settings=one.ctx.settings.systems[name].transport,
        )
        bare = await replay.run()
        made = await cases_of(twin["control_url"])
    if made != done:
        msg = f"{name}: the bare requests made {made} cases, the deliveries {done}"
        raise RuntimeError(msg)
    return Measured(
        name=f"deliver to {name}",
        unit="deliveries",
        count=done,
        seconds=took,
        baseline=f"its {len(replay.requests)} requests bare",
        baseline_seconds=bare,
    )


async def _each_lane(ctx: Context, work: Callable[[int], Awaitable[bool]]) -> None:
    """All lanes to their end, as many at a time as a worker takes."""
    gate = asyncio.Semaphore(ctx.settings.work.worker_concurrency)

    async def drain(lane: int) -> None:
        async with gate:
            while await work(lane):
                pass

    await asyncio.gather(*(drain(lane) for lane in range(ctx.lanes)))
