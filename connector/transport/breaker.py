"""Circuit breaker: a pure state machine, told the time, that keeps a dead system from costing a time-out per call.

``CLOSED`` lets everything through and counts failures in a row. At the limit it becomes ``OPEN``: nothing passes
until the pause is over. Then ``HALF_OPEN``: exactly one probe passes; its success closes the circuit, its failure
opens it again. What counts as a failure is the caller's judgement (no connection, time-out, 502-504; never 500,
because a SOAP Fault comes as 500 from a system that is alive).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class BreakerState(StrEnum):
    """What the circuit does with the next call."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Outcome(StrEnum):
    """What an admitted call says about the other side's health."""

    ALIVE = "alive"
    FAILED = "failed"
    ABANDONED = "abandoned"  # cancelled by us: says nothing


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """Leave to call. Hand it back with the outcome; a ticket of an earlier era changes nothing any more."""

    era: int


@dataclass(frozen=True, kw_only=True)
class Refused:
    """No call now; asking again makes sense after ``wait_s`` seconds."""

    wait_s: float


class Breaker:
    """State of one system's circuit.

    Args:
        failures: failures in a row that open it.
        reset_s: pause in seconds before a probe may pass.

    Attributes:
        wary: others found the system down; a single failure is enough. It is ours to see, though: the fault may lie
            with them.
    """

    def __init__(self, *, failures: int, reset_s: float) -> None:
        self._limit = failures
        self._reset = timedelta(seconds=reset_s)
        self._failures = 0
        self._opened_at: datetime | None = None
        self._probing = False
        self._era = 0
        self.wary = False

    @property
    def failures(self) -> int:
        """Failures in a row so far."""
        return self._failures

    @property
    def opened_at(self) -> datetime | None:
        """Since when nothing but probes passes; None while closed."""
        return self._opened_at

    @property
    def probing(self) -> bool:
        """The one probe of a half-open circuit is under way."""
        return self._probing

    def state(self, now: datetime) -> BreakerState:
        """For status pages. A clock that was set back ends the pause rather than prolonging it."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        waited = now - self._opened_at
        if self._probing or waited >= self._reset or waited < timedelta():
            return BreakerState.HALF_OPEN
        return BreakerState.OPEN

    def wait_s(self, now: datetime) -> float:
        """Seconds until a probe may pass; 0 where calls pass."""
        if self._opened_at is None:
            return 0
        return max(0.0, (self._opened_at + self._reset - now).total_seconds())

    def admit(self, now: datetime) -> Admitted | Refused:
        """May a call be made now? A half-open circuit admits one and refuses the others until it is back."""
        match self.state(now):
            case BreakerState.CLOSED:
                return Admitted(era=self._era)
            case BreakerState.OPEN:
                return Refused(wait_s=self.wait_s(now))
            case BreakerState.HALF_OPEN:
                if self._probing:
                    return Refused(wait_s=self._reset.total_seconds())
                self._probing = True
                self._era += 1
                return Admitted(era=self._era)

    def settle(self, ticket: Admitted, outcome: Outcome, now: datetime) -> bool:
        """Take a ticket back. Returns True if the circuit opened or closed by it (worth a log line)."""
        if ticket.era != self._era or outcome is Outcome.ABANDONED:
            self._probing = self._probing and ticket.era != self._era
            return False
        if outcome is Outcome.ALIVE:
            closed = self._opened_at is not None
            self._failures, self._opened_at, self._probing = 0, None, False
            return closed
        self._failures += 1
        if self._probing or self.wary or self._failures >= self._limit:
            self._opened_at, self._probing = now, False
            # calls still under way belong to the era before: their late answers must not close what a probe decides
            self._era += 1
            return True
        return False
