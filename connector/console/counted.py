"""What takes too long to be counted for each visitor: counted in the background, and the last count is shown with its time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from connector.clock import Clock
from connector.errors import ConnectorError

T = TypeVar("T")

log = structlog.get_logger(__name__)

PATIENCE_S = 0.1
"""So long a visitor waits for a count that is under way."""


class Counted(Generic[T]):
    """The newest count. One is made at a time, when somebody asks and the last one is older than ``lasts``."""

    def __init__(self, count: Callable[[], Awaitable[T]], clock: Clock, *, lasts: timedelta) -> None:
        self._count = count
        self._clock = clock
        self._lasts = lasts
        self._counting: asyncio.Task[None] | None = None
        self._newest: T | None = None
        self._at: datetime | None = None

    async def newest(self) -> tuple[T | None, datetime | None]:
        """The last count and when it was made; None while there is none yet.

        Raises:
            ConnectorError: it could not be made, and none was made before.
        """
        if self._old and (self._counting is None or self._counting.done()):
            self._counting = asyncio.create_task(self._make())
        if self._counting is not None and self._newest is None:
            with suppress(TimeoutError):
                # shielded: a visitor who goes away takes no count with them
                await asyncio.wait_for(asyncio.shield(self._counting), PATIENCE_S)
        return self._newest, self._at

    @property
    def _old(self) -> bool:
        return self._at is None or self._clock.now() - self._at > self._lasts

    async def _make(self) -> None:
        at = self._clock.now()
        try:
            self._newest = await self._count()
        except ConnectorError as error:
            log.warning("count_failed", code=error.code)
            if self._newest is None:
                raise
        self._at = at
