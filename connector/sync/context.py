"""What the four steps of the flow share: systems, mappings, policy, store, clock. Built once in :mod:`connector.app`."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from connector.case import REGISTER, Case, Status
from connector.clock import Clock
from connector.mapping import MappingSet
from connector.mapping.policy import Policy
from connector.rules.calendar import Calendar
from connector.settings import Settings
from connector.store.database import Database
from connector.sync.circuits import Circuits
from connector.system import System

T = TypeVar("T")

FINISHED = frozenset({Status.CLOSED, Status.REFUSED, Status.RETURNED_VPCP, Status.TRANSFERRED})
"""Outward states after which a portal thread is not read again by itself."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """The wiring of observe, settle, deliver and sweep. Without a calendar every day counts as a working day."""

    settings: Settings
    clock: Clock
    db: Database
    systems: Mapping[str, System]
    mappings: MappingSet
    policy: Policy
    calendar: Calendar | None = None
    file_base: str | None = None
    circuits: Circuits | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    dice: random.Random = field(default_factory=random.Random)

    @property
    def lanes(self) -> int:
        """Number of lanes a flow has."""
        return self.settings.work.lanes

    def lane(self, case_id: int) -> int:
        """The lane a case belongs to."""
        return case_id % self.lanes

    def room(self, system: str, most: int) -> int:
        """How many of ``most`` calls to a system may be begun now."""
        return most if self.circuits is None else self.circuits.room(system, most)

    async def call(self, system: str, make: Callable[[], Awaitable[T]]) -> T:
        """Make a call to a system through its circuit.

        Raises:
            Unreachable: the circuit is open; certainly not called.
        """
        return await make() if self.circuits is None else await self.circuits.call(system, make)

    def refresh_at(self, state: Case) -> datetime | None:
        """When to read this telling again; None if the system tells its changes by itself or the thread is over."""
        system = self.systems.get(state.system)
        if system is None or not system.capabilities.refresh or state.status in FINISHED:
            return None
        return self.clock.now() + timedelta(seconds=self.settings.systems[state.system].refresh_every_s)

    def backoff(self, attempts: int, least_s: float | None = None) -> timedelta:
        """How long a delivery waits: exponential, capped, full jitter; never less than the other side asked for."""
        work = self.settings.work
        most = min(work.backoff_most_s, work.backoff_first_s * 2 ** min(attempts, 20))
        return timedelta(seconds=max(least_s or 0, self.dice.uniform(work.backoff_first_s / 2, most)))


def is_portal(name: str) -> bool:
    """Every system but the register."""
    return name != REGISTER
