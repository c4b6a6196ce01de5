"""Findings: what a reconciliation found, by which name it is known again, how grave it is, and how it lives. Pure.

A finding is one difference between what two systems tell of one case. It keeps its name (:func:`name_of`) from pass to
pass, so that it closes itself when the difference is gone and re-opens when it returns. It holds classes, codes and
numbers; the digests of differing values are kept sealed, because a phone could be guessed from its digest.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from connector.canonical import digest
from connector.merge import Side


class FindingClass(StrEnum):
    """What kind of difference it is. ``IN_FLIGHT`` is counted by a pass and never becomes a finding."""

    MISSING_HERE = "missing_here"  # the portal holds the case, the register does not
    MISSING_THERE = "missing_there"  # the register holds it, the portal that must does not
    DUPLICATE = "duplicate"  # a system holds it under two references
    FIELD_DIFFERS = "field_differs"  # title, content, sender, place, privacy
    ACT_MISSING = "act_missing"  # one side did something that the other does not tell
    STATUS_DIFFERS = "status_differs"  # the same acts, another standing
    LATE = "late"  # a write is under way for longer than the grace
    ATTACHMENT_DIFFERS = "attachment_differs"  # the sender's files
    MAPPING_GAP = "mapping_gap"  # a system tells what the mapping cannot read
    IN_FLIGHT = "in_flight"  # within the grace: no alarm
    TAMPERED_BASELINE = "tampered_baseline"  # the stored baseline is not the one that the log tells


class Cause(StrEnum):
    """What probably led to it."""

    NOT_OBSERVED = "not_observed"  # the live flow never read what the system tells now
    NOT_SETTLED = "not_settled"  # it was read and nothing was planned yet
    HELD = "held"  # a system, flow or case is held
    WAITING = "waiting"  # a write waits for its next attempt
    IN_DOUBT = "in_doubt"  # a write whose outcome nobody knows
    FOR_A_PERSON = "for_a_person"  # it lies in quarantine
    DISMISSED = "dismissed"  # a person, or a rule, gave the write up
    GONE = "gone"  # the system does not tell it any more
    EDITED = "edited"  # the side that does not own it changed it
    BOTH_CHANGED = "both_changed"
    LOOSENED = "loosened"  # the mark of privacy became looser
    MADE_TWICE = "made_twice"
    TOLD_OTHERWISE = "told_otherwise"  # order, time or kind of acts differ
    UNREADABLE = "unreadable"  # no code or value of the mapping fits
    DATABASE_CHANGED = "database_changed"  # somebody wrote past the program
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How soon somebody has to look, weakest first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low, 3 for critical."""
        return list(Severity).index(self)


class Role(StrEnum):
    """Who has to look."""

    OPERATOR = "operator"  # whoever runs the connector
    INTAKE = "intake"  # the agency's intake
    UNIT = "unit"  # the agency that handles the case
    SECURITY = "security"  # whoever answers for the data's safety


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference as a comparison sees it, before it has a life.

    Attributes:
        kind: its class.
        system: the portal of the pair; of a duplicate, gap or baseline the system in which it shows.
        side: where something is missing or has to change; None where no side can be blamed.
        case_id: our case, if it is one of ours.
        ref: the reference that shows it, where there is no case of ours, one reference too many, or a gap; else None.
        field: name of a field, or id of an act.
        code: error code of what holds it up, if something does.
        repairable: the merge has a move that makes both sides equal; no person has to decide between values.
        values: digests of what each side tells, by name; never in clear in the database.
    """

    kind: FindingClass
    system: str
    cause: Cause
    side: Side | None = None
    case_id: int | None = None
    ref: str | None = None
    field: str | None = None
    code: str | None = None
    repairable: bool = False
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """A person has seen it and says why it may stand until a day."""

    officer: str
    note: str
    at: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A difference with what surrounds it: who has to look, how soon, and of which instants the two sides are."""

    difference: Difference
    severity: Severity
    role: Role
    agency: str | None = None
    due_at: datetime | None = None
    here_at: datetime | None = None
    there_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding as it is stored.

    Attributes:
        name: see :func:`name_of`; unique.
        print: see :func:`print_of`; changes when the finding does. Kept sealed.
        first_seen, last_seen: over all its spells.
        opened_at: begin of the present, or last, spell.
        closed_at: None while it is open.
        spells: how often it opened.
        here_at, there_at: as of when each side was read.
    """

    id: int
    name: str
    kind: FindingClass
    system: str
    side: Side | None
    case_id: int | None
    ref: str | None
    field: str | None
    cause: Cause
    code: str | None
    role: Role
    agency: str | None
    severity: Severity
    due_at: datetime | None
    repairable: bool
    here_at: datetime | None
    there_at: datetime | None
    first_seen: datetime
    last_seen: datetime
    opened_at: datetime
    closed_at: datetime | None
    spells: int
    print: str | None
    acknowledged: Acknowledgement | None = None

    @property
    def open(self) -> bool:
        """Whether the difference was there when the case was compared last."""
        return self.closed_at is None

    def age(self, now: datetime) -> timedelta:
        """How long its present spell lasts, or lasted."""
        return (self.closed_at or now) - self.opened_at

    def quiet(self, now: datetime) -> bool:
        """Whether a person's acknowledgement still stands."""
        return self.acknowledged is not None and now < self.acknowledged.until


def is_repairable(finding: Finding) -> bool:
    """Whether a plan can make it go away without a person deciding between two values."""
    return finding.open and finding.repairable


def name_of(difference: Difference) -> str:
    """By what a difference is known again: class, systems, case (or reference) and field; never by its values."""
    about = f"ref/{difference.ref}" if _by_ref(difference) else f"case/{difference.case_id}"
    return digest([difference.kind.value, difference.system, difference.side, about, difference.field])


def _by_ref(difference: Difference) -> bool:
    by_ref = difference.kind in (FindingClass.DUPLICATE, FindingClass.MAPPING_GAP)
    return difference.ref is not None and (by_ref or difference.case_id is None)


def print_of(difference: Difference) -> str:
    """What it says now: an acknowledgement stands only as long as this stays."""
    return digest([difference.cause.value, difference.code, difference.repairable, dict(difference.values)])


class Step(StrEnum):
    """What became of a finding in one comparison."""

    OPENED = "opened"
    REOPENED = "reopened"
    CHANGED = "changed"
    STAYED = "stayed"
    CLOSED = "closed"


def next_step(known: Finding | None, seen: Seen | None) -> Step | None:
    """What a comparison makes of a finding: the whole life of it.

    Args:
        known: what is stored under the name; None if nothing ever was.
        seen: what was found under the name now; None if the difference is gone.

    Returns:
        None if there is nothing to do: it is not there and was not open.
    """
    if seen is None:
        return Step.CLOSED if known is not None and known.open else None
    if known is None:
        return Step.OPENED
    if not known.open:
        return Step.REOPENED
    graver = seen.severity.rank > known.severity.rank
    return Step.CHANGED if graver or known.print != print_of(seen.difference) else Step.STAYED


def ends_acknowledgement(step: Step) -> bool:
    """A person's word was about another state of things."""
    return step in (Step.REOPENED, Step.CHANGED, Step.CLOSED)


def severity_of(
    difference: Difference, due_at: datetime | None, now: datetime, *, urgent: timedelta, finished: bool
) -> Severity:
    """How soon somebody has to look: by the nearest open deadline of the case.

    Args:
        due_at: end of the nearest open duty, passed or not; None if no duty is open.
        urgent: time before a deadline from which it is high.
        finished: nothing is open in the case any more.
    """
    if difference.kind is FindingClass.TAMPERED_BASELINE or difference.cause is Cause.LOOSENED:
        return Severity.CRITICAL
    if due_at is not None and due_at <= now:
        return Severity.CRITICAL
    if due_at is not None and due_at - now <= urgent:
        return Severity.HIGH
    missing = difference.kind in (FindingClass.MISSING_HERE, FindingClass.MISSING_THERE)
    if missing:
        return Severity.HIGH
    return Severity.LOW if finished else Severity.NORMAL


_ROLES: Mapping[FindingClass, Role] = {
    FindingClass.MISSING_HERE: Role.INTAKE,
    FindingClass.MISSING_THERE: Role.INTAKE,
    FindingClass.DUPLICATE: Role.INTAKE,
    FindingClass.FIELD_DIFFERS: Role.INTAKE,
    FindingClass.ATTACHMENT_DIFFERS: Role.INTAKE,
    FindingClass.ACT_MISSING: Role.UNIT,
    FindingClass.STATUS_DIFFERS: Role.UNIT,
    FindingClass.LATE: Role.OPERATOR,
    FindingClass.MAPPING_GAP: Role.OPERATOR,
    FindingClass.TAMPERED_BASELINE: Role.SECURITY,
}
_OUR_FAULT = frozenset({Cause.NOT_OBSERVED, Cause.NOT_SETTLED, Cause.HELD})


def role_of(difference: Difference) -> Role:
    """Who has to look: the operator for what the program did not do, else who answers for the matter."""
    if difference.cause in _OUR_FAULT:
        return Role.OPERATOR
    return _ROLES[difference.kind]
