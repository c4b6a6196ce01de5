"""What the four steps of the flow share: systems, mappings, policy, store, clock. Built once in :mod:`connector.app`."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.case import REGISTER, Case, Status
from connector.clock import Clock
from connector.mapping import MappingSet
from connector.mapping.policy import Policy
from connector.rules.calendar import Calendar
from connector.settings import Settings
from connector.store.database import Database
from connector.system import System

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
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    dice: random.Random = field(default_factory=random.Random)

    @property
    def lanes(self) -> int:
        """Number of lanes a flow has."""
        return self.settings.work.lanes

    def lane(self, case_id: int) -> int:
        """The lane a case belongs to."""
        return case_id % self.lanes

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
