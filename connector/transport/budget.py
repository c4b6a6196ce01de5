"""How much one system is asked at a time: a bound on concurrent calls and, if wanted, on calls per second."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connector.clock import Clock
from connector.pace import TokenBucket


class Places:
    """So many may be in at a time, first come first served; unlike a semaphore, the number may change."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(not turn.done() for turn in self._waiting)

    def resize(self, most: int) -> None:
        """From now on so many; whoever is in stays in."""
        self.most = most
        self._admit()

    async def enter(self) -> None:
        """Wait for a place."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place to the next."""
        self.taken -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self.taken < self.most:
            turn = self._waiting.popleft()
            if not turn.done():
                self.taken += 1
                turn.set_result(None)


class Budget:
    """The concurrency bound and the pace of one system together.

    What the settings name holds for all nodes at once: each has a share of it, and all shares together are the whole.
    """

    def __init__(self, *, concurrency: int, rate_per_s: float | None, clock: Clock) -> None:
        self._concurrency = concurrency
        self._rate = rate_per_s
        self._clock = clock
        self._places = Places(concurrency)
        self._pausing = 0
        self._burst = max(1, min(concurrency, int(rate_per_s or 1)))
        self._bucket = TokenBucket(rate_per_s=rate_per_s, burst=self._burst) if rate_per_s else None

    @property
    def in_use(self) -> int:
        """Calls under way now."""
        return self._places.taken

    @property
    def queued(self) -> int:
        """Calls that wait for a place, or for the pace to let them go."""
        return self._places.waiting + self._pausing

    @property
    def places(self) -> int:
        """Calls that this node may have under way; 0 if there are more nodes than calls and others have them all."""
        return self._places.most

    def share(self, rank: int, nodes: int) -> None:
        """Take the part of the node that stands at ``rank`` (from 0) among ``nodes``; calls under way go on."""
        if self._bucket is not None and self._rate is not None:
            callers = min(nodes, self._concurrency)
            self._bucket.pace(self._rate / callers, max(1, self._burst // callers))
        self._places.resize(self._concurrency // nodes + (rank < self._concurrency % nodes))

    async def _pause(self, wait_s: float) -> None:
        self._pausing += 1
        try:
            await self._clock.sleep(wait_s)
        finally:
            self._pausing -= 1

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one place for one attempt. Waits between attempts are spent without a place."""
        await self._places.enter()
        try:
            if self._bucket and (wait := self._bucket.reserve(self._clock.now())):
                await self._pause(wait)
            yield
        finally:
            self._places.leave()
