"""One figure of the bench: how fast something of ours is, and what it is compared with."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """``ratio`` is ours divided by the baseline, both per second: 1.0 means that our part costs nothing."""

    name: str
    unit: str
    ours_per_s: float
    baseline: str
    baseline_per_s: float

    @property
    def ratio(self) -> float:
        """Ours to the baseline."""
        return self.ours_per_s / self.baseline_per_s


async def per_second(count: int, work: Callable[[], Awaitable[object]]) -> float:
    """How many of ``count`` things ``work`` does a second."""
    began = time.perf_counter()
    await work()
    return count / (time.perf_counter() - began)
