"""A world with the real engine behind it: workers that really take jobs out of the database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from connector.store.database import Wake
from connector.work.queue import Queue
from tests.integration.core_world import World

QUICK = {
    "sweep_every_s": 0.3,
    "heartbeat_s": 0.2,
    "stalled_after_s": 1.0,
    "stop_grace_s": 5.0,
    "backoff_first_s": 0.1,
}


class Engine:
    """A world with the real engine behind it."""

    def __init__(self, w: World, queue: Queue) -> None:
        self.w = w
        self.queue = queue

    async def jobs(self) -> list[tuple[str, str, str]]:
        rows = await self.w.sql(
            "SELECT task_name, coalesce(queueing_lock, '') AS lock, status::text AS status"
            " FROM procrastinate_jobs ORDER BY id"
        )
        return [(row["task_name"], row["lock"], row["status"]) for row in rows]

    async def defer(self, *wakes: Wake) -> None:
        async with self.w.db.unit() as unit:
            unit.wakes.update(wakes)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The workers of one process; everything has ended when the block has."""
        stop = asyncio.Event()
        running = asyncio.create_task(self.queue.run(stop))
        try:
            yield
        finally:
            stop.set()
            await running


async def until(what: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait for a thing to become true; fails if it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            if await what():
                return
            await asyncio.sleep(0.05)
