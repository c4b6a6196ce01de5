"""The deadlines of a case as an official reads them: its clocks, and what they mean at this moment."""

from dataclasses import dataclass
from datetime import datetime

from connector.case import REGISTER, ActKind, Case
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks, strictest
from connector.rules.duty import Clock


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """One clock now.

    ``state`` is the last part of a text key ``deadline.<state>``; ``first`` marks the strictest open clock of its duty.
    """

    clock: Clock
    state: str
    first: bool


@dataclass(frozen=True, kw_only=True)
class PortalDue:
    """The due instant that a portal itself states: shown beside ours, never mixed with it."""

    system: str
    at: datetime


def deadlines(case: Case, book: RuleBook, now: datetime) -> tuple[Deadline, ...]:
    """What the register's telling of a case says of its duties at ``now``."""
    running = clocks(case.acts, book)
    first = strictest(running).values()
    return tuple(Deadline(clock=one, state=_state(one, now), first=one in first) for one in running)


def portal_due(case: Case) -> PortalDue | None:
    """A portal's own due instant: what it states of the case, else what its last change of the day said."""
    if case.system == REGISTER:
        return None
    changed = [
        act.details["due_at"]
        for act in case.acts
        if act.kind is ActKind.DUE_CHANGED and "due_at" in act.details
    ]
    at = case.due_at or (datetime.fromisoformat(changed[-1]) if changed else None)
    return PortalDue(system=case.system, at=at) if at else None


def _state(clock: Clock, now: datetime) -> str:
    if clock.open and clock.due is None:
        return "uncomputed" if clock.basis else "missing"
    if clock.open and clock.late(now):
        return "late_informed" if clock.informed_at else "late"
    if clock.open:
        return "open"
    if not clock.fulfilled:
        return "void"
    return "done_late" if clock.late(now) else "done"
