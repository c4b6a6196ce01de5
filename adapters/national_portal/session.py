"""Things that are issued for a while and then fetched anew: the portal's session, the gateway's token.

One fetch at a time whoever asks (single-flight); renewed before the stated life ends; a refusal is remembered, so
that many lanes do not hammer a login that was just refused (national-portal contract §10.7 row 6, §10.8.8).
"""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.clock import Clock
from connector.errors import ConnectorError, CredentialsRefused, Transient


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A session or token, and for how many seconds it may be used."""

    value: str = field(repr=False)
    lasts_s: float


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """Seconds during which a failed fetch is not tried again: after a refusal, and after anything else."""

    refused_s: float
    failed_s: float


class Renewable:
    """The one current session or token.

    Args:
        obtain: fetches a new one; raises an error of the seam.
    """

    def __init__(self, obtain: Callable[[], Awaitable[Issued]], clock: Clock, pauses: Pauses) -> None:
        self._obtain = obtain
        self._clock = clock
        self._pauses = pauses
        self._lock = asyncio.Lock()
        self._value: str | None = None
        self._accepted: str | None = None
        self._until: datetime | None = None
        self._failure: ConnectorError | None = None
        self._failed_until: datetime | None = None

    async def get(self) -> str:
        """The current value, fetched if there is none or its time is over.

        Raises:
            ConnectorError: what the fetch ended in; also the remembered one, while its pause lasts.
        """
        if (value := self._live()) is not None:
            return value
        async with self._lock:
            if (value := self._live()) is not None:
                return value
            return await self._renew()

    async def renew(self) -> str:
        """Fetch a new one although the old may still live: the proof of life."""
        async with self._lock:
            return await self._renew()

    def drop(self, value: str) -> None:
        """The other side no longer knows ``value``. A newer one stays."""
        if self._value == value:
            self._value = None

    def accept(self, value: str) -> None:
        """The other side has worked under ``value``."""
        self._accepted = value

    def was_accepted(self, value: str) -> bool:
        """Whether somebody's call went through under ``value``: then its refusal says nothing against our account."""
        return self._accepted == value

    def distrust(self, error: ConnectorError) -> None:
        """A fresh one was refused at once: pause before the next fetch."""
        self._value = None
        self._remember(error)

    def _live(self) -> str | None:
        if self._value is None or self._until is None or self._clock.now() >= self._until:
            return None
        return self._value

    async def _renew(self) -> str:
        if self._failure is not None and self._failed_until and self._clock.now() < self._failed_until:
            raise copy.copy(self._failure)
        try:
            issued = await self._obtain()
        except ConnectorError as error:
            self._remember(error)
            raise
        self._failure = None
        self._value = issued.value
        self._until = self._clock.now() + timedelta(seconds=issued.lasts_s)
        return issued.value

    def _remember(self, error: ConnectorError) -> None:
        wished = error.retry_after_s if isinstance(error, Transient) else None
        pause = max(self._pauses.failed_s, wished or 0)
        if isinstance(error, CredentialsRefused):
            pause = self._pauses.refused_s
        self._failure = error
        self._failed_until = self._clock.now() + timedelta(seconds=pause)
