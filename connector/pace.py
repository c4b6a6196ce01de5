"""Pacing: how soon the next call may go. Pure: told the time."""

from datetime import datetime, timedelta


class TokenBucket:
    """Pure pacing: told the time, says how long the next call has to wait.

    Up to ``burst`` calls pass at once, then ``rate_per_s`` a second in the long run. A call that asks has its turn
    reserved, so waiting callers are served in order and never wake up together.
    """

    def __init__(self, *, rate_per_s: float, burst: int = 1) -> None:
        self.pace(rate_per_s, burst)
        self._next: datetime | None = None

    def pace(self, rate_per_s: float, burst: int) -> None:
        """Another pace from now on; turns that were reserved stay."""
        self._step = timedelta(seconds=1 / rate_per_s)
        self._slack = self._step * (burst - 1)

    def reserve(self, now: datetime) -> float:
        """Seconds to wait before calling; 0 if the call may go at once. Time set back forgets the past."""
        due = self._due(now)
        self._next = due + self._step
        return max(0.0, (due - now).total_seconds())

    def wait(self, now: datetime) -> float:
        """The same without taking a turn: for whoever turns a call away instead of letting it wait."""
        return max(0.0, (self._due(now) - now).total_seconds())

    def _due(self, now: datetime) -> datetime:
        due = self._next
        forgotten = due is None or due < now - self._slack or due - now > timedelta(minutes=10)
        return now - self._slack if due is None or forgotten else due
