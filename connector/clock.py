"""Time comes in as an argument: the one place that reads the machine's clock."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Civil time of every date that the law and the portals speak of."""


class Clock(Protocol):
    """Tells the time and waits; replaced in tests."""

    def now(self) -> datetime:
        """The current instant, in UTC, with microseconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        await asyncio.sleep(seconds)
