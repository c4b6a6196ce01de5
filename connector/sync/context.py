"""What the four steps of the flow share: systems, mappings, policy, store, clock. Built once in :mod:`connector.app`."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from connector.case import REGISTER, Case, Status
from connector.clock import Clock
from connector.lease import Lease
from connector.mapping import MappingSet
from connector.mapping.policy import Policy
from connector.rules.book import RuleBook
from connector.rules.calendar import Calendar
from connector.rules.clocks import clocks, strictest
from connector.settings import Settings
from connector.store.database import Database
from connector.store.links import Link
from connector.sync.backoff import backoff
from connector.sync.circuits import Circuits
from connector.sync.together import Together
from connector.system import System
from connector.telemetry.meter import Meter
from connector.telemetry.tracer import Untraced

T = TypeVar("T")

FINISHED = frozenset({Status.CLOSED, Status.REFUSED, Status.RETURNED_VPCP, Status.TRANSFERRED})
"""Outward states after which little happens to a portal's thread."""

TOGETHER = 25
"""So many cases share a transaction: enough that beginning, waking, logging and flushing cost each of them little, few
enough that nobody waits long for one that is locked meanwhile."""


@dataclass(kw_only=True)
class Context:
    """The wiring of observe, settle, deliver and sweep.

    Mappings and policy are replaced while it lives, both at once, when other files come into force
    (:mod:`connector.reload`); nothing else ever changes. ``many`` is held by a transaction that locks several cases:
    two of them could wait for each other.

    An empty book still reads due days out of the acts, and takes every day for a working day.
    """

    settings: Settings
    clock: Clock
    db: Database
    systems: Mapping[str, System]
    mappings: MappingSet
    policy: Policy
    book: RuleBook = field(default_factory=RuleBook)
    file_base: str | None = None
    circuits: Circuits | None = None
    lease: Lease = field(default_factory=Lease)
    meter: Meter = field(default_factory=Meter)
    tracer: Untraced = field(default_factory=Untraced)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    many: asyncio.Lock = field(default_factory=asyncio.Lock)
    dice: random.Random = field(default_factory=random.Random)
    _meeting: dict[Any, Together[Any, Any]] = field(init=False, default_factory=dict, repr=False)

    @property
    def lanes(self) -> int:
        """Number of lanes a flow has."""
        return self.settings.work.lanes

    def lane(self, case_id: int) -> int:
        """The lane a case belongs to."""
        return case_id % self.lanes

    @property
    def calendar(self) -> Calendar | None:
        """The newest working calendar, if there is one."""
        return self.book.calendar if self.book.calendars else None

    @property
    def refreshed(self) -> list[str]:
        """The systems whose cases are read one by one, since no list of theirs tells every change."""
        return [name for name, system in self.systems.items() if system.capabilities.refresh]

    def together(self, work: Callable[..., Coroutine[Any, Any, Sequence[Any]]]) -> Together[Any, Any]:
        """Where steps that this function takes (with this context) meet, to share a transaction."""
        if work not in self._meeting:
            self._meeting[work] = Together(partial(work, self), most=TOGETHER, many=self.many)
        return self._meeting[work]

    def room(self, system: str, most: int) -> int:
        """How many of ``most`` calls to a system may be begun now."""
        return most if self.circuits is None else self.circuits.room(system, most)

    async def call(self, system: str, make: Callable[[], Awaitable[T]]) -> T:
        """Make a call to a system through its circuit.

        Raises:
            Unreachable: the circuit is open; certainly not called.
        """
        return await make() if self.circuits is None else await self.circuits.call(system, make)

    def refresh_at(self, state: Case, *, changed: bool) -> datetime | None:
        """When to read this telling again; None if the system tells its changes by itself or the thread is long over.

        A thread that is over may still be rated, and its last reading may have lacked something. So it is read once
        more after each reading that told something new, and then ever more rarely for some weeks after its last act.

        Args:
            changed: this reading told something new.
        """
        system = self.systems.get(state.system)
        if system is None or not system.capabilities.refresh:
            return None
        now, section = self.clock.now(), self.settings.systems[state.system]
        every = timedelta(seconds=section.refresh_every_s)
        if changed or state.status not in FINISHED:
            return now + every
        quiet = now - max(act.at for act in state.acts)
        until = max(every, quiet)
        return now + until if quiet + until <= timedelta(days=section.refresh_finished_days) else None

    def backoff(
        self, attempts: int, least_s: float | None = None, time_left: timedelta | None = None
    ) -> timedelta:
        """How long something waits for its next attempt; see :func:`connector.sync.backoff.backoff`."""
        work = self.settings.work
        bounds = {"first_s": work.backoff_first_s, "most_s": work.backoff_most_s}
        return backoff(attempts, least_s, time_left, **bounds, dice=self.dice)

    def time_left(self, home: Case | None) -> timedelta | None:
        """Until the nearest open deadline that the register's telling of a case names and that has not passed."""
        if home is None:
            return None
        now = self.clock.now()
        ends = [clock.due.ends_at for clock in strictest(clocks(home.acts, self.book)).values() if clock.due]
        return min((end - now for end in ends if end > now), default=None)


def is_portal(name: str) -> bool:
    """Every system but the register."""
    return name != REGISTER


def is_over(link: Link | None) -> bool:
    """A portal's thread that ended, or was handed on: that it is not told to us any more is no loss."""
    return (
        link is not None
        and is_portal(link.system)
        and link.state is not None
        and link.state.status in FINISHED
    )
