"""Time comes in as an argument: the one place that reads the machine's clock."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Civil time of every date that the law and the portals speak of."""


SENSIBLE_YEARS = range(1900, 2201)
"""No case is older, and no legal term ends later."""


def sensible(instant: datetime) -> datetime:
    """The same instant; a year outside :data:`SENSIBLE_YEARS` is a slip of the pen, or an attack.

    Instants at the ends of the calendar cannot be turned into another zone: one of them in a list would end the
    reading of the whole list.

    Raises:
        ValueError: the text tells no part of the value.
    """
    if instant.year not in SENSIBLE_YEARS:
        msg = "no sensible year"
        raise ValueError(msg)
    return instant


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
