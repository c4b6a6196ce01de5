"""A plan: what a resync will do, item by item, with a digest. Pure: no I/O, no clock, no database.

What is approved is exactly what runs: a plan's digest covers its items in order, an item's digest covers all that is
shown of it. Both are kept in the clear, and a phone number could be guessed from its digest; so each step has a salt,
which is sealed together with the values.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum

from connector.canonical import canonical_json, digest
from connector.case import STATUS_AFTER, ActKind, Case, Status
from connector.mapping.intent import IntentKind

FINAL = frozenset({Status.ANSWERED, Status.PUBLISHED, Status.CLOSED})
"""A case that stands so has its answer; whatever takes it back from there is a downgrade."""

ASSUMED_CALL_S = 0.5
"""How long a call is taken to last where no budget says how many may be made."""


class Deed(StrEnum):
    """What an item does."""

    SEND = "send"  # one write to one system
    LINK = "link"  # two that exist are tied, nothing is copied
    READ = "read"  # a newer telling is kept, nothing is written anywhere
    AGREE = "agree"  # both sides say the same already: the baseline moves
    CLOSE = "close"  # an open write is over: it took effect, or nobody wants it any more
    REBUILD = "rebuild"  # the baseline is made anew from what the systems tell
    ASK = "ask"  # nothing: only a person can settle this


FREE = frozenset({Deed.READ, Deed.AGREE})
"""Bookkeeping that the live flow may do at any time: it is shown, but its absence is no other outcome."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field as the target tells it now, and as it will be. None: nothing, or nothing known."""

    field: str
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that a plan does.

    Attributes:
        system: where it is done; for a write its target.
        source: whose telling a write carries.
        act_id, act_kind: the act that a write appends.
        code: why a person is asked, or why a write will be withheld; a stable code or a reason of the merge.
        calls: calls to ``system`` that it needs.
        downgrade: it takes something back: a final status, or a baseline.
        published: it touches a case whose answer is public.
    """

    deed: Deed
    system: str
    source: str | None = None
    intent: IntentKind | None = None
    act_id: str | None = None
    act_kind: str | None = None
    revision: int = 0
    code: str | None = None
    changes: tuple[Change, ...] = field(default=(), repr=False)
    calls: int = 0
    downgrade: bool = False
    published: bool = False


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One case as a plan names it: our number where we have one, and its references.

    ``pair``: both references exist and nobody has tied them; ``rebuild``: portals whose baseline is made anew.
    """

    refs: Mapping[str, str]
    case_id: int | None = None
    pair: bool = False
    rebuild: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """All that a plan does with one case: it is done as a whole or held back as a whole.

    ``told``: a salted digest of all that the systems tell of the case, see :func:`told_digest`.
    """

    subject: Subject
    items: tuple[Item, ...]
    told: str
    salt: str = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """One digest an item, in order."""
        return tuple(item_digest(item, self.subject, self.told, self.salt) for item in self.items)

    @property
    def binding(self) -> tuple[str, ...]:
        """The digests of what must come out again when the plan runs."""
        pairs = zip(self.items, self.digests, strict=True)
        return tuple(digest for item, digest in pairs if item.deed not in FREE)

    @property
    def acts(self) -> bool:
        """Does it do anything, or only ask?"""
        return any(item.deed is not Deed.ASK for item in self.items)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a guard says of a plan: so many cases at a system, and whether the guard would stop them."""

    guard: str
    system: str
    count: int
    stops: bool


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From what size on a second person has to approve."""

    cases: int
    writes: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """A plan in numbers. ``calls`` per system, reading included."""

    cases: int
    deeds: Mapping[str, int]
    calls: Mapping[str, int]
    downgrades: int
    published: int
    seconds: int

    @property
    def writes(self) -> int:
        """Writes to any system."""
        return self.deeds.get(Deed.SEND.value, 0)


def told_digest(tellings: Mapping[str, str], salt: str) -> str:
    """A salted digest of what each system tells (system → content hash): whatever changes in it, the step is another."""
    return digest({"salt": salt, "told": dict(tellings)})


def item_digest(item: Item, subject: Subject, told: str, salt: str) -> str:
    """SHA-256 over everything that is shown of an item, whose it is, and on what tellings it rests; salted.

    Our own number of the case is left out: a case that nobody knew yet gets its number when the plan runs.
    """
    return digest({"salt": salt, "told": told, "refs": dict(subject.refs), **asdict(item)})


def plan_digest(digests: Iterable[str]) -> str:
    """SHA-256 over the canonical JSON of all item digests in order: what is approved, and what runs."""
    return hashlib.sha256(canonical_json(list(digests))).hexdigest()


def totals(steps: Sequence[Step], *, reads: bool, per_second: Mapping[str, float]) -> Totals:
    """Count a plan.

    Args:
        reads: each case is read again when the plan runs, one call per reference.
        per_second: calls per second that a system's budget allows, by system.
    """
    items = [item for step in steps for item in step.items]
    calls: Counter[str] = Counter()
    for item in items:
        calls[item.system] += item.calls
    for step in steps:
        if reads and step.acts:
            calls.update(step.subject.refs.keys())
    return Totals(
        cases=sum(step.acts for step in steps),
        deeds=dict(Counter(item.deed.value for item in items)),
        calls={name: count for name, count in sorted(calls.items()) if count},
        downgrades=sum(item.downgrade for item in items),
        published=sum(item.published for item in items),
        seconds=round(lasts(calls, per_second).total_seconds()),
    )


def lasts(calls: Mapping[str, int], per_second: Mapping[str, float]) -> timedelta:
    """How long so many calls last: the systems are called side by side, so the slowest one counts."""
    seconds = [count / per_second.get(name, 1 / ASSUMED_CALL_S) for name, count in calls.items()]
    return timedelta(seconds=max(seconds, default=0))


def reasons(found: Totals, verdicts: Iterable[Verdict], limits: Limits) -> tuple[str, ...]:
    """Why a second person has to approve; empty if nobody has to."""
    told = {
        "large": found.cases > limits.cases or found.writes > limits.writes,
        "downgrade": found.downgrades > 0,
        "published": found.published > 0,
        "guard": any(one.stops for one in verdicts),
    }
    return tuple(name for name, true in told.items() if true)


def takes_back(target: Case | None, kind: ActKind | None) -> bool:
    """Would this act take a case that has its answer back to a status without one?"""
    if target is None or kind is None or target.status not in FINAL:
        return False
    return STATUS_AFTER.get(kind, target.status) not in FINAL


def is_published(*tellings: Case | None) -> bool:
    """Does any side tell that the answer was published, and not that this was taken back?"""
    for one in tellings:
        steps = [act.kind for act in one.acts] if one is not None else []
        if ActKind.PUBLISHED in steps:
            rest = steps[len(steps) - 1 - steps[::-1].index(ActKind.PUBLISHED) :]
            if ActKind.UNPUBLISHED not in rest:
                return True
    return False


# ---- what people see of a write ------------------------------------------------------------------------------


def changes(kind: IntentKind, new: Case, old: Case | None, act_id: str | None = None) -> tuple[Change, ...]:
    """The fields that a write changes, with both values. ``new`` is the copy that leaves, after the privacy gate."""
    if kind is IntentKind.APPEND:
        act = new.act(act_id) if act_id else None
        return (Change(field=f"act.{act.kind.value}", new=act.text),) if act else ()
    mine, theirs = fields(new), fields(old) if old else {}
    wanted = ("privacy",) if kind is IntentKind.TIGHTEN else tuple(mine)
    told = [Change(field=name, old=theirs.get(name), new=mine.get(name)) for name in wanted]
    if kind is IntentKind.CREATE:
        told += [Change(field=f"act.{act.kind.value}", new=act.text) for act in new.acts]
    return tuple(one for one in told if one.old != one.new)


def fields(case: Case) -> dict[str, str | None]:
    """The fields of a case that the systems have in common, as text."""
    header = case.header
    if header is None:
        return {}
    who = header.sender
    sender = [who.name, who.organisation, who.phone, who.address, who.email]
    files = [item.file_name for item in case.attachments if item.role == "question"]
    return {
        "title": header.title,
        "content": header.content,
        "sender": "; ".join(filter(None, sender)) or None,
        "place": header.place.text if header.place else None,
        "privacy": header.privacy.value,
        "files": "; ".join(sorted(files)) or None,
    }
