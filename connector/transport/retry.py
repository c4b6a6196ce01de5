"""In-call retries as a value: how often, how long, and what the other side's Retry-After does to it.

Retrying is only for one call's hiccups; the long waits between calls are kept in the database, not here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from connector.clock import Clock
from connector.errors import ConnectorError

ResultT = TypeVar("ResultT")


class AttemptFailed(Exception):
    """One attempt of a call failed.

    Attributes:
        error: what the caller will see if no further attempt is made.
        again: True if another attempt cannot do harm and may help.
        floor_s: seconds that the other side asked us to wait at least.
    """

    def __init__(self, error: ConnectorError, *, again: bool, floor_s: float = 0) -> None:
        super().__init__(error.code)
        self.error = error
        self.again = again
        self.floor_s = floor_s


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Full jitter (each wait is random between 0 and a bound that doubles), few tries, a bounded total.

    Attributes:
        tries: attempts altogether.
        total_s: no further attempt begins later than this many seconds after the first.
        base_s: bound of the first wait; doubles up to ``cap_s``.
    """

    tries: int = 3
    total_s: float = 30
    base_s: float = 0.5
    cap_s: float = 10

    async def call(self, attempt: Callable[[], Awaitable[ResultT]], clock: Clock) -> ResultT:
        """Run ``attempt`` until it succeeds, fails for good, or the policy is spent.

        Raises:
            ConnectorError: the last attempt's error.
        """
        started = clock.now()

        def spent(state: RetryCallState) -> bool:
            elapsed = (clock.now() - started).total_seconds()
            return state.attempt_number >= self.tries or elapsed + state.upcoming_sleep > self.total_s

        async def once() -> ResultT:
            # the library awaits only what it recognises as a coroutine function, so a lambda would not do
            return await attempt()

        retrying = AsyncRetrying(
            sleep=clock.sleep,
            stop=spent,
            wait=self._wait,
            retry=retry_if_exception(lambda error: isinstance(error, AttemptFailed) and error.again),
            reraise=True,
        )
        try:
            return await retrying(once)
        except AttemptFailed as failed:
            # the library's own errors name URLs; only our error, which does not, may reach a traceback
            raise failed.error from None

    def _wait(self, state: RetryCallState) -> float:
        jitter = wait_random_exponential(multiplier=self.base_s, max=self.cap_s)(state)
        error = state.outcome.exception() if state.outcome else None
        return jitter + (error.floor_s if isinstance(error, AttemptFailed) else 0)


def retry_after_s(
    value: str | None, *, now: datetime, cap_s: float, server_date: str | None = None
) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (RFC 9110 §10.2.3), between 0 and ``cap_s``.

    Args:
        value: the header: seconds or an HTTP date; None or unreadable gives None.
        now: our time, used if the other side tells no time of its own.
        server_date: its ``Date`` header: a date is relative to the clock that wrote it.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        # the length check keeps a thousand digits from being converted at all
        return cap_s if len(text) > 9 else min(float(text), cap_s)
    if (wanted := _http_date(text)) is None:
        return None
    seconds = (wanted - (_http_date(server_date or "") or now)).total_seconds()
    return min(max(seconds, 0.0), cap_s)


def _http_date(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
