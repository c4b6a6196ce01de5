"""Recovery: as soon as a circuit lets calls pass again, what waits for it is woken; the sweep alone would find it later."""

import asyncio

from connector.sync.context import Context


async def follow_circuits(ctx: Context, stop: asyncio.Event) -> None:
    """Wake the sweep whenever a circuit of this process closes, or may be probed, until ``stop``.

    Raises:
        DatabaseUnavailable: a wake-up cannot be stored.
    """
    circuits = ctx.circuits
    assert circuits is not None
    ended = asyncio.create_task(stop.wait())
    while not ended.done():
        turned = asyncio.create_task(circuits.turned.wait())
        await asyncio.wait(
            (ended, turned), timeout=circuits.next_probe_s(), return_when=asyncio.FIRST_COMPLETED
        )
        turned.cancel()
        # before the sweep is woken: what turns meanwhile wakes it once more
        circuits.turned.clear()
        if not ended.done():
            async with ctx.db.unit() as unit:
                unit.wake("sweep")
