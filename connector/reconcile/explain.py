"""Explain: which differences are under way, which are late, and what probably led to the others. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.errors import PrivacyStop, SecrecyHold
from connector.mapping.intent import IntentKind
from connector.merge import Side
from connector.reconcile.findings import Cause, Difference, FindingClass

_OURS_TO_KEEP = frozenset({PrivacyStop.code, SecrecyHold.code})
"""Writes cancelled with these must not leave: that the other side lacks them is as it must be."""


@dataclass(frozen=True, kw_only=True)
class Write:
    """One delivery of the case between the two sides, as far as it explains a difference."""

    side: Side
    intent: IntentKind
    act_id: str | None
    state: str
    code: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What is going on around a case.

    Attributes:
        active_at: the newest instant at which a side changed, or a write between them ended; None if long ago.
        unread: sides that tell now what the live flow never read.
        dirty: something was read and nothing is planned yet.
        held: sides (or the case) that a person or a guard holds.
        put_aside: code of an open quarantine item of the case, if there is one.
    """

    writes: Sequence[Write] = ()
    active_at: datetime | None = None
    unread: frozenset[Side] = frozenset()
    dirty: bool = False
    held: frozenset[Side] = frozenset()
    put_aside: str | None = None


def explain(
    differences: Iterable[Difference], around: Surroundings, now: datetime, grace: timedelta
) -> tuple[Difference, ...]:
    """Each difference with its cause; those within the grace as ``IN_FLIGHT``; none for what must not leave.

    Args:
        grace: for so long after the last thing that happened, a difference is no alarm.
    """
    return tuple(one for told in differences for one in _explained(told, around, now, grace))


def _explained(
    told: Difference, around: Surroundings, now: datetime, grace: timedelta
) -> Iterator[Difference]:
    write = _write_of(told, around.writes)
    if write is not None and write.state == "cancelled" and write.code in _OURS_TO_KEEP:
        return
    going = write is not None and write.state in ("planned", "sent", "waiting", "in_doubt")
    if _recent(around.active_at, now, grace) or (
        going and write is not None and _recent(write.created_at, now, grace)
    ):
        yield replace(told, kind=FindingClass.IN_FLIGHT)
    elif write is None or not told.repairable:
        yield replace(told, cause=_cause(told, around), code=told.code or around.put_aside)
    elif going:
        yield replace(told, kind=FindingClass.LATE, cause=_delay(write, around), code=write.code)
    elif write.state == "quarantined":
        yield replace(told, cause=Cause.FOR_A_PERSON, code=write.code, repairable=False)
    elif write.state == "dismissed":
        yield replace(told, cause=Cause.DISMISSED, code=write.code, repairable=False)
    else:
        yield replace(told, cause=_cause(told, around), code=told.code or around.put_aside)


def _recent(at: datetime | None, now: datetime, grace: timedelta) -> bool:
    return at is not None and now - at < grace


def _write_of(told: Difference, writes: Iterable[Write]) -> Write | None:
    """The newest write that would make the two sides equal."""
    wanted = [
        one
        for one in writes
        if one.side is told.side
        and one.intent in _intents(told)
        and (one.intent is not IntentKind.APPEND or one.act_id == told.field)
        # what was done before cannot be what is missing now
        and one.state != "done"
    ]
    return wanted[-1] if wanted else None


def _intents(told: Difference) -> tuple[IntentKind, ...]:
    match told.kind:
        case FindingClass.MISSING_HERE | FindingClass.MISSING_THERE:
            return (IntentKind.CREATE,)
        case FindingClass.ACT_MISSING:
            return (IntentKind.APPEND,)
        case FindingClass.FIELD_DIFFERS if told.field == "privacy":
            return (IntentKind.TIGHTEN,)
        case FindingClass.FIELD_DIFFERS | FindingClass.ATTACHMENT_DIFFERS:
            return (IntentKind.UPDATE,)
    return ()


def _delay(write: Write, around: Surroundings) -> Cause:
    if write.side in around.held:
        return Cause.HELD
    return Cause.IN_DOUBT if write.state in ("sent", "in_doubt") else Cause.WAITING


def _cause(told: Difference, around: Surroundings) -> Cause:
    if told.cause is not Cause.UNKNOWN:
        return told.cause
    if around.held:
        return Cause.HELD
    if around.unread:
        return Cause.NOT_OBSERVED
    if around.dirty:
        return Cause.NOT_SETTLED
    return Cause.FOR_A_PERSON if around.put_aside else Cause.UNKNOWN
