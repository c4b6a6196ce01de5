"""Random ends of the connector: SIGKILL at seeded moments of a run, a restart at once, and how long recovery takes."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from random import Random
from statistics import median

from adapters.demo.stage import Stage
from connector.clock import Clock
from connector.store.database import Database

PATIENCE_S = 120.0
"""So long a completed write is waited for after a restart; then the next kill may come."""
LATEST = 0.95
"""Share of all steps: later there may be no write left that could show recovery."""


def moments(seed: int, count: int) -> list[float]:
    """When to kill: shares of all steps that are done by then."""
    rng = Random(f"{seed}/kills")  # noqa: S311 - repeatable on purpose, protects nothing
    return sorted(rng.uniform(0.01, LATEST) for _ in range(count))


class Killer:
    """Kills the connector and starts it again, as a supervisor would.

    Attributes:
        recovered_s: of each kill, seconds from the restart to the first write that was completed after it.
        slow: kills after which no write was completed in :data:`PATIENCE_S`.
    """

    def __init__(self, stage: Stage, db: Database, clock: Clock, *, seed: int, count: int) -> None:
        self._stage = stage
        self._db = db
        self._clock = clock
        self._moments = moments(seed, count)
        self._rng = Random(f"{seed}/kills/pause")  # noqa: S311 - as above
        self.done = 0
        self.slow = 0
        self.recovered_s: list[float] = []

    async def work(self, share_done: Callable[[], float]) -> None:
        """All kills, one after the other; ``share_done`` tells how far the run is."""
        for moment in self._moments:
            while share_done() < moment:  # noqa: ASYNC110 - the share is computed, nobody could set an event
                await asyncio.sleep(0.1)
            # anywhere within a few breaths of the connector, not only where the player has just acted
            await asyncio.sleep(self._rng.uniform(0, 2))
            self._kill()
            await self._watch(self._clock.now())

    def _kill(self) -> None:
        daemon = self._stage.daemon
        assert daemon is not None
        assert daemon.process is not None
        daemon.process.kill()
        daemon.process.wait()
        self.done += 1
        daemon.start()

    async def _watch(self, restarted_at: datetime) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            first = await self._first_done_after(restarted_at)
            if first is not None:
                self.recovered_s.append((first - restarted_at).total_seconds())
                return
            await asyncio.sleep(0.25)
        self.slow += 1

    async def _first_done_after(self, at: datetime) -> datetime | None:
        async with self._db.reading() as conn:
            row = await (
                await conn.execute(
                    "SELECT min(finished_at) AS at FROM delivery WHERE state = 'done' AND finished_at > %s",
                    (at,),
                )
            ).fetchone()
        found: datetime | None = row["at"] if row else None
        return found

    def as_json(self) -> dict[str, float | int | None]:
        """Numbers for the report."""
        times = self.recovered_s
        return {
            "kills": self.done,
            "recovery_median_s": round(median(times), 1) if times else None,
            "recovery_worst_s": round(max(times), 1) if times else None,
            "recovery_unseen": self.slow,
        }
