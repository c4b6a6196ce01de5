"""What the evidence file of a case holds, decided before anything is drawn: acts, writes, decisions, deadlines, proofs. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connector.canonical import plain
from connector.case import REGISTER, Act, ActKind, Case, Header, Privacy
from connector.ledger.entry import PROGRAM, Entry, EntryKind
from connector.ledger.export import Proof
from connector.merge import identify
from connector.reports.stays import stays
from connector.rules.duty import Clock
from connector.rules.visibility import Audience, privacy_of, shown


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one system calls the case, and how it stands there."""

    system: str
    ref: str
    status: str | None
    acts: int


@dataclass(frozen=True, kw_only=True)
class Known:
    """One act, and the systems that tell of it."""

    act: Act
    systems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One step of a write, as the log has it: ``kind`` is that of the entry, ``code`` the reason if one was noted."""

    seq: int
    at: datetime
    kind: str
    code: str | None


@dataclass(frozen=True, kw_only=True)
class Write:
    """One intended write, with all its steps."""

    id: int
    target: str
    intent: str
    act_kind: str | None
    state: str
    key: str
    steps: tuple[Attempt, ...]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person ordered: as an entry of the log (``seq``) or as an act of the case."""

    at: datetime
    kind: str
    officer: str
    basis: str | None
    seq: int | None


@dataclass(frozen=True, kw_only=True)
class Term:
    """One duty; ``state`` is the last part of a text key ``deadline.<state>``."""

    clock: Clock
    state: str

    @property
    def met(self) -> bool | None:
        """Whether it was kept; None while it runs, and where no basis for its day was ever adopted."""
        if self.clock.due is None:
            return None
        return {"done": True, "done_late": False, "late": False, "late_informed": False}.get(self.state)


@dataclass(frozen=True, kw_only=True)
class Gone:
    """What was destroyed: which part of whose keys, and when."""

    owner: str
    part: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How the connector has done with the case for good."""

    kind: str
    at: datetime
    officer: str
    basis: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything in the evidence file of one case, for one audience.

    Attributes:
        number: our number of the case.
        code: the register's code, or the reference at its birth.
        header: as far as the audience may see it; None if nothing is known (any more).
        entries: all entries of the case in the log, up to the checkpoint.
    """

    number: int
    code: str
    origin: str
    audience: Audience
    privacy: Privacy
    header: Header | None
    agency: str | None
    sides: tuple[Side, ...]
    acts: tuple[Known, ...]
    writes: tuple[Write, ...]
    decisions: tuple[Decision, ...]
    terms: tuple[Term, ...]
    gone: tuple[Gone, ...]
    end: Ended | None
    entries: tuple[Entry, ...]
    proof: Proof
    made_at: datetime
    officer: str

    def summary(self) -> dict[str, Any]:
        """For the people who open the bundle; codes and numbers only."""
        return {
            "id": self.number,
            "code": self.code,
            "origin": self.origin,
            "audience": self.audience.value,
            "sides": [{"system": one.system, "ref": one.ref, "status": one.status} for one in self.sides],
            "acts": len(self.acts),
            "writes": {state: self.in_state(state) for state in sorted({one.state for one in self.writes})},
            "deadlines": {"met": self.kept(met=True), "missed": self.kept(met=False)},
            "ended": self.end and {"as": self.end.kind, "at": plain(self.end.at), "basis": self.end.basis},
            "made_by": self.officer,
        }

    def in_state(self, *states: str) -> int:
        """How many writes are in one of these states."""
        return sum(one.state in states for one in self.writes)

    def kept(self, *, met: bool | None) -> int:
        """How many duties of law, by the pack that governs, were met or missed; None: neither can be said (yet)."""
        mine = [one for one in self.terms if one.clock.governs and one.clock.legal and one.state != "void"]
        return sum(one.met is met for one in mine)


def strictest(cases: Iterable[Case]) -> Privacy:
    """The privacy of a case over all that is told of it; restricted if nothing is told that says otherwise."""
    found = [privacy_of(case) for case in cases if case.header is not None]
    return max(found, key=lambda one: one.rank) if found else Privacy.RESTRICTED


def custodian(register: Case | None) -> str | None:
    """The agency that has the case now, or had it last, by the register's telling."""
    if register is None:
        return None
    way = stays(register.acts)
    if way:
        return way[-1].agency
    return register.header.agency if register.header else None


def seen_by(case: Case, audience: Audience, privacy: Privacy) -> Case:
    """What the audience sees of one telling of a case of that privacy, whatever that telling itself says of it."""
    if case.header is not None:
        case = replace(case, header=replace(case.header, privacy=case.header.privacy.strictest(privacy)))
    return shown(case, audience)


def known_acts(
    told: Mapping[str, Case], echoes: Mapping[str, Mapping[str, str]], audience: Audience, privacy: Privacy
) -> tuple[Known, ...]:
    """The acts of all sides by time; what the portals tell of our own acts is one with them.

    Args:
        told: what each system tells, by system.
        echoes: per portal: transaction id of ours → id of the act it carried.
    """
    home = told.get(REGISTER)
    ours = home.acts if home else ()
    acts: dict[str, Act] = {}
    where: dict[str, list[str]] = {}
    for system, case in sorted(told.items(), key=lambda item: item[0] != REGISTER):
        named = case
        if system != REGISTER:
            names = identify(case.acts, ours, echoes.get(system, {}), {act.id for act in ours})
            named = replace(case, acts=names)
        for act in seen_by(named, audience, privacy).acts:
            acts.setdefault(act.id, act)
            where.setdefault(act.id, []).append(system)
    ordered = sorted(acts.values(), key=lambda act: act.at)
    return tuple(Known(act=act, systems=tuple(where[act.id])) for act in ordered)


STEPS = frozenset(
    {
        EntryKind.PLANNED, EntryKind.WITHHELD, EntryKind.SENT, EntryKind.DONE, EntryKind.DUPLICATE, EntryKind.WAITING,
        EntryKind.IN_DOUBT, EntryKind.FOUND, EntryKind.ABSENT, EntryKind.DOUBT_DECIDED, EntryKind.QUARANTINED,
        EntryKind.DISMISSED, EntryKind.RETRIED, EntryKind.CANCELLED,
    }
)  # fmt: skip
"""Kinds of entries that are steps of a write."""


def steps(entries: Iterable[Entry], delivery: int) -> tuple[Attempt, ...]:
    """All that the log has of one write, in order."""
    return tuple(
        Attempt(seq=one.seq, at=one.at, kind=one.kind, code=_text(one.data.get("code")))
        for one in entries
        if one.delivery_id == delivery and one.kind in STEPS
    )


DECIDING = frozenset(
    {
        ActKind.ACCEPTED, ActKind.REFUSED, ActKind.SUPPLEMENT_REQUESTED, ActKind.TRANSFERRED, ActKind.REASSIGNED,
        ActKind.RETURNED, ActKind.ASSIGNED, ActKind.RESULT_SENT_BACK, ActKind.ANSWERED, ActKind.CLOSED,
        ActKind.RECALL_AGREED, ActKind.RECALL_REFUSED, ActKind.MADE_PRIVATE, ActKind.RESTRICTED,
    }
)  # fmt: skip
"""Acts by which an official decides."""


def by_person(entry: Entry) -> bool:
    """Did somebody order it? A program's account ends in the number of its process (``node-1/4711``)."""
    program = entry.actor == PROGRAM or entry.actor.rpartition("/")[2].isdigit()
    return "officer_id" in entry.data or not program


def decisions(entries: Iterable[Entry], acts: Iterable[Known]) -> tuple[Decision, ...]:
    """Who decided what, by time: entries that a person ordered, and deciding acts with their official."""
    ordered = [
        Decision(
            at=one.at,
            kind=one.kind,
            officer=_text(one.data.get("officer_id")) or one.actor,
            basis=_text(one.data.get("basis_code")),
            seq=one.seq,
        )
        for one in entries
        if by_person(one)
    ]
    ordered += [
        Decision(
            at=one.act.at,
            kind=f"act.{one.act.kind.value}",
            officer=one.act.officer,
            basis=one.act.details.get("document_number") or one.act.details.get("reason_code"),
            seq=None,
        )
        for one in acts
        if one.act.officer and one.act.kind in DECIDING
    ]
    return tuple(sorted(ordered, key=lambda one: one.at))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
