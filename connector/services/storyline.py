"""One time line of a case: what people did on each side, what became of our writes, and which deadlines fell between. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.case import REGISTER
from connector.ledger.entry import Entry, EntryKind
from connector.services.deadlines import Deadline
from connector.services.explain import SideView
from connector.services.sides import ActLine, Pair

ATTEMPTS = frozenset(
    {
        EntryKind.SENT,
        EntryKind.DONE,
        EntryKind.DUPLICATE,
        EntryKind.WAITING,
        EntryKind.IN_DOUBT,
        EntryKind.FOUND,
        EntryKind.ABSENT,
        EntryKind.DOUBT_DECIDED,
        EntryKind.QUARANTINED,
        EntryKind.RETRIED,
        EntryKind.CANCELLED,
        EntryKind.WITHHELD,
    }
)
"""What the log says about one attempt at a write, from its beginning to how it ended."""

TOLD = (ATTEMPTS - {EntryKind.SENT}) | {EntryKind.LINKED, EntryKind.CONFLICT, EntryKind.SECRECY_CLEARED}
"""What the time line shows of the log: outcomes. That a write began is said by how it ended."""

MATTERS = frozenset({"open", "late", "late_informed", "done_late"})
"""States of a deadline whose day is an event: it is to come, or it passed undone."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One line of the log about a delivery: kind, and the code of an error."""

    at: datetime
    kind: str
    code: str | None
    actor: str


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of the time line: exactly one of ``act``, ``attempt`` and ``due`` is there.

    Attributes:
        systems: who tells the act; to which system the attempt went.
        delivery_id, intent: of an attempt.
        ahead: it lies in the future.
    """

    at: datetime
    systems: tuple[str, ...] = ()
    act: ActLine | None = None
    attempt: Attempt | None = None
    due: Deadline | None = None
    delivery_id: int | None = None
    intent: str | None = None
    ahead: bool = False


def storyline(
    pairs: Sequence[Pair],
    sides: Sequence[SideView],
    deadlines: Iterable[Deadline],
    entries: Iterable[Entry],
    writes: Iterable[Mapping[str, Any]],
    now: datetime,
) -> tuple[Moment, ...]:
    """Put everything in order of time; what happened comes before a deadline of the same instant."""
    moments = [*_acts(pairs, sides), *_attempts(entries, {one["id"]: one["intent"] for one in writes})]
    moments += _dues(deadlines, now)
    return tuple(sorted(moments, key=lambda one: (one.at, one.due is not None)))


def attempts(entries: Iterable[Entry]) -> dict[int, tuple[Attempt, ...]]:
    """Delivery → its attempts as the log tells them, oldest first."""
    found: dict[int, list[Attempt]] = {}
    for one in entries:
        if one.delivery_id is not None and one.kind in ATTEMPTS:
            found.setdefault(one.delivery_id, []).append(_attempt(one))
    return {number: tuple(told) for number, told in found.items()}


def _attempt(entry: Entry) -> Attempt:
    code = entry.data.get("code")
    return Attempt(at=entry.at, kind=entry.kind, code=str(code) if code else None, actor=entry.actor)


def _attempts(entries: Iterable[Entry], intents: Mapping[int, str]) -> list[Moment]:
    return [
        Moment(
            at=one.at,
            systems=(one.system,) if one.system else (),
            attempt=_attempt(one),
            delivery_id=one.delivery_id,
            intent=intents.get(one.delivery_id) if one.delivery_id else None,
        )
        for one in entries
        if one.kind in TOLD
    ]


def _acts(pairs: Sequence[Pair], sides: Sequence[SideView]) -> list[Moment]:
    """Every act once, with all systems that tell it; a case without a portal has the register's word alone."""
    told: dict[str, tuple[ActLine, set[str]]] = {}
    for pair in pairs:
        for act in pair.acts:
            _, systems = told.setdefault(act.id, (act, set()))
            systems |= ({REGISTER} if act.here else set()) | ({pair.system} if act.there else set())
    if not pairs:
        for side in sides:
            for one in side.acts:
                line = ActLine(**one, agreed=False, here=True, there=False, travels=False)
                told[line.id] = (line, {side.system})
    return [Moment(at=act.at, systems=tuple(sorted(systems)), act=act) for act, systems in told.values()]


def _dues(deadlines: Iterable[Deadline], now: datetime) -> list[Moment]:
    return [
        Moment(at=one.clock.due.ends_at, due=one, ahead=one.clock.due.ends_at > now)
        for one in deadlines
        if one.clock.due is not None and one.clock.governs and one.state in MATTERS
    ]
