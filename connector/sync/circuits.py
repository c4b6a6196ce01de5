"""Circuits: one breaker a system, fed by what its calls end in, so that no row is taken up for a system that is away.

The HTTP client has a breaker of its own, which spares each call its time-out. That is not enough: a write that is begun
for a dead system costs two transactions and two ledger entries all the same, and thousands of them would slow down
everybody else; and a portal that says "busy" in its own words is alive to HTTP. So the flows ask here first how many
calls they may begin: all, a single probe, or none. What is not begun stays due and is found by the sweep.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

import structlog

from connector.clock import Clock
from connector.errors import ConnectorError, CredentialsRefused, InDoubt, Transient, Unreachable
from connector.sections.systems import SystemSettings
from connector.transport.breaker import Admitted, Breaker, BreakerState, Outcome, Refused

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Line(Protocol):
    """What the HTTP client of a system tells of its own breaker."""

    @property
    def breaker_state(self) -> BreakerState:
        """Whether calls pass."""

    @property
    def admits(self) -> bool:
        """Whether this node has any share of the system's budget."""

    def beware(self, *, wary: bool) -> None:
        """Whether other nodes found the system down."""


@dataclass(frozen=True, kw_only=True)
class Circuits:
    """The circuits of one process. A system without one is always taken for well.

    Attributes:
        clock: tells the time.
        breakers: what the ends of calls say, by system.
        lines: HTTP clients, by system.
        turned: set whenever a circuit opens or closes; whoever waits for that clears it.
    """

    clock: Clock
    breakers: Mapping[str, Breaker] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)
    turned: asyncio.Event = field(default_factory=asyncio.Event)

    def state(self, name: str) -> BreakerState:
        """The worse of what the calls ended in and what the HTTP client says."""
        states = set()
        if name in self.breakers:
            states.add(self.breakers[name].state(self.clock.now()))
        if name in self.lines:
            states.add(self.lines[name].breaker_state)
        worst_first = (BreakerState.OPEN, BreakerState.HALF_OPEN)
        return next((one for one in worst_first if one in states), BreakerState.CLOSED)

    def room(self, name: str, most: int) -> int:
        """How many of ``most`` calls may be begun now; one at a time while the system is only probed."""
        if name in self.lines and not self.lines[name].admits:
            return 0
        match self.state(name):
            case BreakerState.CLOSED:
                return most
            case BreakerState.OPEN:
                return 0
            case BreakerState.HALF_OPEN:
                breaker = self.breakers.get(name)
                return 0 if breaker is not None and breaker.probing else 1

    def next_probe_s(self) -> float | None:
        """Seconds until the first of the open circuits may be probed; None if none is open."""
        now = self.clock.now()
        waits = [one.wait_s(now) for one in self.breakers.values() if one.state(now) is BreakerState.OPEN]
        return min(waits, default=None)

    def beware(self, names: Collection[str]) -> None:
        """Other nodes found these systems down: one failure of our own is enough to believe it."""
        for name, breaker in self.breakers.items():
            breaker.wary = name in names
        for name, line in self.lines.items():
            line.beware(wary=name in names)

    async def call(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """Make a call, and learn from its end.

        Raises:
            Unreachable: the circuit is open; certainly not called.
        """
        breaker = self.breakers.get(name)
        if breaker is None:
            return await make()
        ticket = breaker.admit(self.clock.now())
        if isinstance(ticket, Refused):
            msg = f"{name}: not called, its circuit is open"
            raise Unreachable(msg, ticket.wait_s, system=name, reason="circuit_open")
        outcome = Outcome.ABANDONED
        try:
            result = await make()
            outcome = Outcome.ALIVE
        except ConnectorError as error:
            outcome = _outcome(error)
            raise
        finally:
            self._settle(name, breaker, ticket, outcome)
        return result

    def _settle(self, name: str, breaker: Breaker, ticket: Admitted, outcome: Outcome) -> None:
        now: datetime = self.clock.now()
        if breaker.settle(ticket, outcome, now):
            log.warning("circuit_changed", system=name, state=breaker.state(now).value)
            self.turned.set()


def circuits(clock: Clock, systems: Mapping[str, SystemSettings], lines: Mapping[str, Line]) -> Circuits:
    """A closed circuit for each of these systems; limits are those of its HTTP client."""
    breakers = {
        name: Breaker(failures=one.transport.breaker_failures, reset_s=one.transport.breaker_reset_s)
        for name, one in systems.items()
    }
    return Circuits(clock=clock, breakers=breakers, lines=lines)


def _outcome(error: ConnectorError) -> Outcome:
    """A refusal is an answer. A lost answer says nothing: it may be the system, the way, or this one case."""
    if isinstance(error, InDoubt | CredentialsRefused):
        return Outcome.ABANDONED
    return Outcome.FAILED if isinstance(error, Transient) else Outcome.ALIVE
