"""How much one system is asked at a time: a bound on concurrent calls and, if wanted, on calls per second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connector.clock import Clock
from connector.pace import TokenBucket


class Budget:
    """The concurrency bound and the pace of one system together."""

    def __init__(self, *, concurrency: int, rate_per_s: float | None, clock: Clock) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._clock = clock
        burst = max(1, min(concurrency, int(rate_per_s or 1)))
        self._bucket = TokenBucket(rate_per_s=rate_per_s, burst=burst) if rate_per_s else None
        self._in_use = 0

    @property
    def in_use(self) -> int:
        """Calls under way now."""
        return self._in_use

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one place for one attempt. Waits between attempts are spent without a place."""
        async with self._slots:
            self._in_use += 1
            try:
                if self._bucket and (wait := self._bucket.reserve(self._clock.now())):
                    await self._clock.sleep(wait)
                yield
            finally:
                self._in_use -= 1
