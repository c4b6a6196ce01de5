"""How much one system is asked at a time: a bound on concurrent calls and, if wanted, on calls per second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from connector.clock import Clock


class TokenBucket:
    """Pure pacing: told the time, says how long the next call has to wait.

    Up to ``burst`` calls pass at once, then ``rate_per_s`` a second in the long run. A call that asks has its turn
    reserved, so waiting callers are served in order and never wake up together.
    """

    def __init__(self, *, rate_per_s: float, burst: int = 1) -> None:
        self._step = timedelta(seconds=1 / rate_per_s)
        self._slack = self._step * (burst - 1)
        self._next: datetime | None = None

    def reserve(self, now: datetime) -> float:
        """Seconds to wait before calling; 0 if the call may go at once. Time set back forgets the past."""
        due = self._next
        if due is None or due < now - self._slack or due - now > timedelta(minutes=10):
            due = now - self._slack
        self._next = due + self._step
        return max(0.0, (due - now).total_seconds())


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
