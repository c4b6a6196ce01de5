"""The pure three-way merge: baseline, here, there → what to do. No I/O, no clock, no database.

*Here* is the register's telling of a case, *there* is one portal's telling of the same case, the *baseline* is the
last state both agreed on. The result is a :class:`Settlement`: moves (writes to plan), clashes (for a person) and the
baseline after what already agrees. Nothing is ever overwritten by being newer.

The decision table; ``tests/unit/test_merge_table.py`` checks it row by row, in the order in which it stands here.

===  =============================================================  ============================================
row  situation                                                      settlement
===  =============================================================  ============================================
E1   neither side tells the case                                    nothing
E2   only there, never linked                                       create here (with all its acts)
E3   only here, policy sends it there                               create there, then its travelling acts
E4   only here, policy keeps it here                                nothing
E5   both, never linked, same title and content                     link: both tellings become the baseline
E6   both, never linked, other title or content                     clash ``pair_differs``, no write
E7   linked, but here tells it no more                              clash ``vanished_here``, no write
E8   linked, there not read yet                                     as if there told nothing new
E9   linked by our own creation, here not read yet                  nothing
X1   here is restricted (secrecy), by mark or by act                nothing, ever: no move, no clash there
X2   there is restricted, here is not yet                           tighten here, nothing else moves
F1   a field unchanged on both sides                                nothing
F2   the owner changed it, the other did not                        update the other
F3   the other changed title or content, the owner did not          clash ``foreign_edit`` with both values
F4   both changed it, to the same                                   baseline moves
F5   both changed it, to different values                           clash ``both_changed``
F6   a side's value was never seen before (after our own write)     baseline adopts it
F7   a side still tells the value from before our own write         nothing: an older version, no edit
F8   there changed sender, place or files of a case born here       baseline adopts it: a portal loses some
F9   here changed sender, place or files of a case born there       nothing, until an update would overwrite it
F10  an update is due, but would overwrite an edit of the other     clash ``foreign_edit``, the update waits
F11  here tells a known sender no more (erased on a basis of law)   nothing: no edit, and no portal is emptied
P1   same privacy                                                   nothing
P2   here is stricter                                               tighten there
P3   there is stricter                                              tighten here
P4   the owner became looser than the baseline                      clash ``loosened``: a person's act is needed
P5   a side tells a looser mark from before our own tightening      nothing: an older version
A1   an act on both sides                                           baseline adopts it
A2   an act only here, in the baseline                              nothing: there told an older version
A3   an act only here, new, born here, there takes its kind         append there, in order of time
A4   an act only here, new, of a kind that there does not take      nothing: an inner act
A5   an act only there, new, not born here, here takes its kind     append here, in order of time
A6   an act only there, new, of a kind that here does not take      nothing: known from reading
A7   an act only there, in the baseline, of a kind that here takes  clash ``act_vanished`` here
A8   an act of ours, told by there without our mark                 recognised by kind and text: as A1
A9   there is recalled                                              acts there wait: clash ``recalled``
A10  there is recalled, and a person answered it                    the answer goes; refused: the others follow
A11  as A7, but appended by us and not read back yet                nothing: here told an older version
===  =============================================================  ============================================

The owner of title, content, sender, place and question files is the entry system (where the case was born); the
handling side owns acts of handling, which only append (rules §3.3.7).
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from connector.canonical import digest
from connector.case import STATUS_AFTER, Act, ActKind, Case, Privacy, in_order
from connector.mapping.intent import IntentKind
from connector.rules.visibility import restricted_by_act

SHARED = ("title", "content")
"""Fields that every system carries without loss: an edit of them shows on either side."""

OWNED = (*SHARED, "sender", "place", "files")
"""Fields whose change on the owner's side is carried over."""

OUR_KINDS_TOLD_AS = {ActKind.LATE_NOTICE: ActKind.PROGRESS, ActKind.LAPSED: ActKind.REFUSED}
"""Acts that a portal tells back under another kind."""

RECALL_ANSWERS = frozenset({ActKind.RECALL_AGREED, ActKind.RECALL_REFUSED})

CLOCKS_APART = timedelta(minutes=5)
"""A portal's row that is older than our act by more than this cannot be that act."""


class Side(StrEnum):
    """Which of the two sides a move writes to."""

    HERE = "here"
    THERE = "there"


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The last state both sides agreed on.

    ``here`` and ``there`` hold a digest per field *as that side told it* (a portal may carry a field with loss);
    a field that is missing was never seen on that side. ``revision`` counts changes of fields and privacy, so that
    A → B → A → B makes three updates and not one. ``unread`` names (by :func:`mark`) what we wrote to a side and have
    not heard from it since: until then it may go on telling the older value.
    """

    here: Mapping[str, str] = field(default_factory=dict)
    there: Mapping[str, str] = field(default_factory=dict)
    privacy: Privacy = Privacy.OPEN
    acts: frozenset[str] = frozenset()
    revision: int = 0
    unread: frozenset[str] = frozenset()


def mark(side: Side, name: str) -> str:
    """How :attr:`Baseline.unread` names a field, ``privacy`` or an act of a side."""
    return f"{side.value}/{name}"


def perhaps(name: str) -> str:
    """How it names a field that a write of something else may have carried along."""
    return f"{name}?"


@dataclass(frozen=True, kw_only=True)
class Move:
    """One write to plan. ``act`` for an append; ``revision`` tells one update from the next."""

    side: Side
    kind: IntentKind
    act_id: str | None = None
    revision: int = 0


@dataclass(frozen=True, kw_only=True)
class Clash:
    """A difference that only a person may settle.

    Values are digests, never content, and only of title and content: a phone number could be guessed from its digest.
    """

    reason: str
    field: str | None = None
    here: str | None = None
    there: str | None = None


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What the merge found: moves in order, clashes, and the baseline after what agrees already."""

    moves: tuple[Move, ...] = ()
    clashes: tuple[Clash, ...] = ()
    baseline: Baseline | None = None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the merge is told about the two sides.

    Attributes:
        outbound: policy sends this local case there.
        here_takes: kinds of act that here has an operation for; likewise ``there_takes``.
        echoes: transaction id of ours → id of the act it carried.
    """

    outbound: bool = False
    here_takes: frozenset[ActKind] = frozenset()
    there_takes: frozenset[ActKind] = frozenset()
    echoes: Mapping[str, str] = field(default_factory=dict)


def merge(baseline: Baseline | None, here: Case | None, there: Case | None, rules: Rules) -> Settlement:
    """Compare the two tellings with the baseline and say what to do. See the table above."""
    if here is not None and restricted(here):
        return Settlement(baseline=baseline)
    if here is None:
        return _only_there(baseline, there)
    if baseline is None:
        return _unlinked(here, there, rules)
    return _linked(baseline, here, there, rules)


def _only_there(baseline: Baseline | None, there: Case | None) -> Settlement:
    if baseline is not None:
        # nothing was ever heard from here if the link comes from our own creation
        clashes = (Clash(reason="vanished_here"),) if baseline.here else ()
        return Settlement(clashes=clashes, baseline=baseline)
    if there is None or there.header is None:
        return Settlement()
    return Settlement(moves=(Move(side=Side.HERE, kind=IntentKind.CREATE),))


def _unlinked(here: Case, there: Case | None, rules: Rules) -> Settlement:
    if there is None:
        if not rules.outbound:
            return Settlement()
        create = Move(side=Side.THERE, kind=IntentKind.CREATE)
        sendable = [act for act in here.acts if is_sent(act, here, rules)]
        return Settlement(moves=(create, *_appends_there(Baseline(), sendable, ())))
    differing = [
        name
        for name in SHARED
        if here.header and there.header and digests(here)[name] != digests(there)[name]
    ]
    if differing:
        clashes = tuple(
            Clash(reason="pair_differs", field=name, here=digests(here)[name], there=digests(there)[name])
            for name in differing
        )
        return Settlement(clashes=clashes)
    fresh = Baseline(privacy=min(_privacy(here), _privacy(there), key=lambda item: item.rank))
    return _linked(fresh, here, there, rules)


def _linked(baseline: Baseline, here: Case, there: Case | None, rules: Rules) -> Settlement:
    sendable = [act for act in here.acts if is_sent(act, here, rules)]
    told = recognised(baseline, here, there, rules)
    moves: list[Move] = []
    clashes: list[Clash] = []
    after = _tighten(baseline, here, there, moves, clashes)
    if there is not None and restricted(there):
        return Settlement(moves=tuple(moves), clashes=tuple(clashes), baseline=after)
    after = _fields(after, here, there, moves, clashes)
    after = _meet(after, here, told)
    outgoing = _appends_there(after, sendable, told)
    if _recalled(told):
        held = [move for move in outgoing if _kind_of(here, move) not in RECALL_ANSWERS]
        if held:
            clashes.append(Clash(reason="recalled"))
        outgoing = [move for move in outgoing if move not in held]
    moves += outgoing
    moves += _appends_here(after, here, told, rules, clashes)
    return Settlement(moves=tuple(moves), clashes=tuple(clashes), baseline=after)


# ---- fields -------------------------------------------------------------------------------------------------


def _fields(
    base: Baseline, here: Case, there: Case | None, moves: list[Move], clashes: list[Clash]
) -> Baseline:
    """Rows F1–F11. What is agreed moves into the baseline; an update is planned, never assumed."""
    if there is None or there.header is None or here.header is None:
        return _adopt(base, here, there)
    now = {Side.HERE: digests(here), Side.THERE: digests(there)}
    known = {Side.HERE: dict(base.here), Side.THERE: dict(base.there)}
    owner, other = (Side.HERE, Side.THERE) if here.origin[0] == here.system else (Side.THERE, Side.HERE)
    unread, edits, due = set(base.unread), dict[str, bool](), False
    for name in OWNED:
        mine, theirs = now[owner][name], now[other][name]
        if name == "sender" and _NO_SENDER == now[Side.HERE][name] != known[Side.HERE].get(name, _NO_SENDER):
            continue
        maybe = mark(other, perhaps(name)) in unread
        moved = maybe or known[owner].get(name, mine) != mine
        before = known[other].get(name)
        waits = maybe or mark(other, name) in unread
        if waits and theirs == before and (maybe or before != known[owner].get(name)):
            due = due or moved
            continue
        edited = not waits and before not in (None, theirs) and theirs != mine
        if edited and (name in SHARED or other is Side.HERE):
            edits[name] = moved
            due = due or moved
            continue
        unread.discard(mark(other, name))
        known[other][name] = theirs
        due = due or (moved and theirs != mine)
        if theirs == mine or not moved:
            known[owner][name] = mine
            unread.discard(mark(other, perhaps(name)))
    found = [_edit(name, now, moved=moved) for name, moved in edits.items() if name in SHARED or due]
    clashes += found
    if due and not found:
        moves.append(Move(side=other, kind=IntentKind.UPDATE, revision=base.revision + 1))
    return replace(base, here=known[Side.HERE], there=known[Side.THERE], unread=frozenset(unread))


_NO_SENDER = digest([None] * 5)
"""Digest of a sender of whom nothing is told, see :func:`digests`."""


def _edit(name: str, now: Mapping[Side, Mapping[str, str]], *, moved: bool) -> Clash:
    values = {side.value: now[side][name] for side in Side} if name in SHARED else {}
    return Clash(reason="both_changed" if moved else "foreign_edit", field=name, **values)


def _adopt(base: Baseline, here: Case, there: Case | None) -> Baseline:
    """One side tells no header: what the other tells for the first time is the agreed value."""
    seen_here = {**digests(here), **base.here} if here.header else base.here
    seen_there = {**digests(there), **base.there} if there is not None and there.header else base.there
    return replace(base, here=seen_here, there=seen_there)


def digests(case: Case) -> dict[str, str]:
    """The digest of each owned field as this telling has it; empty for a fragment."""
    header = case.header
    if header is None:
        return {}
    questions = sorted(
        item.sha256 or item.id
        for item in case.attachments
        if item.role == "question" and item.id.startswith(f"{case.origin[0]}:")
    )
    sender = header.sender
    return {
        "title": digest(header.title.strip()),
        "content": digest(header.content.strip()),
        "sender": digest([sender.name, sender.organisation, sender.phone, sender.address, sender.email]),
        "place": digest(
            [header.place.text, header.place.latitude, header.place.longitude] if header.place else None
        ),
        "files": digest(questions),
    }


# ---- privacy ------------------------------------------------------------------------------------------------


def _tighten(
    base: Baseline, here: Case, there: Case | None, moves: list[Move], clashes: list[Clash]
) -> Baseline:
    """Rows P1–P5: visibility only tightens by itself."""
    mine, base = _visibility(base, Side.HERE, here)
    theirs, base = _visibility(base, Side.THERE, there)
    if mine is theirs:
        return base if base.privacy is mine else replace(base, privacy=mine, revision=base.revision + 1)
    owner = mine if here.origin[0] == here.system else theirs
    if base.privacy.rank > owner.rank:
        clashes.append(Clash(reason="loosened", here=mine.value, there=theirs.value))
        return base
    target = Side.THERE if mine.rank > theirs.rank else Side.HERE
    moves.append(Move(side=target, kind=IntentKind.TIGHTEN, revision=base.revision + 1))
    return base


def _visibility(base: Baseline, side: Side, case: Case | None) -> tuple[Privacy, Baseline]:
    """What a side's mark is, as far as it can be known, and the baseline once it was heard."""
    if case is None or case.header is None:
        return base.privacy, base
    told, waits = case.header.privacy, mark(side, "privacy")
    if waits in base.unread and told.rank < base.privacy.rank:
        return base.privacy, base
    return told, replace(base, unread=base.unread - {waits})


def _privacy(case: Case) -> Privacy:
    return case.header.privacy if case.header else Privacy.OPEN


def restricted(case: Case) -> bool:
    """By mark or by act: either alone is enough to stop everything (rules §3.3.6). A hold that was released does not count."""
    return _privacy(case) is Privacy.RESTRICTED or restricted_by_act(case.acts)


# ---- acts ---------------------------------------------------------------------------------------------------


def recognised(baseline: Baseline, here: Case, there: Case | None, rules: Rules) -> tuple[Act, ...]:
    """The acts that there tells, each under the id by which here knows it; see :func:`identify`."""
    sendable = [act for act in here.acts if is_sent(act, here, rules)]
    # what was sent is looked for first, so that a later entry of the same words is not taken for it
    sent_first = sorted(sendable, key=lambda act: act.id not in baseline.acts)
    return identify(there.acts if there else (), sent_first, rules.echoes, {act.id for act in here.acts})


def identify(
    told: Iterable[Act], ours: Iterable[Act], echoes: Mapping[str, str], known: Collection[str] = ()
) -> tuple[Act, ...]:
    """Give each act that there tells the id by which here knows it.

    By our transaction id where the portal repeats it; else an act that here does not know is recognised by kind and
    text (row A8), each of ours at most once.

    Args:
        told: the acts as there tells them.
        ours: the acts that may have been sent there.
        echoes: transaction id of ours → id of the act it carried.
        known: ids of all acts that here knows.
    """
    told = tuple(told)
    by_echo = {act.id: echoes[act.echo] for act in told if act.echo is not None and act.echo in echoes}
    taken = {act.id for act in told} | set(by_echo.values())
    spare = [act for act in ours if act.id not in taken]
    result: list[Act] = []
    for act in told:
        name = by_echo.get(act.id)
        if name is None and act.echo is None and act.id not in known:
            match = next((mine for mine in spare if _same_telling(mine, act)), None)
            if match is not None:
                spare.remove(match)
                name = match.id
        result.append(replace(act, id=name) if name else act)
    return tuple(result)


def _same_telling(mine: Act, told: Act) -> bool:
    kind = OUR_KINDS_TOLD_AS.get(mine.kind, mine.kind)
    born_elsewhere = mine.birthplace != told.birthplace
    in_time = told.at >= mine.at - CLOCKS_APART
    return born_elsewhere and in_time and kind is told.kind and _words(mine.text) == _words(told.text)


def _words(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def _meet(base: Baseline, here: Case, told: Iterable[Act]) -> Baseline:
    """Row A1: what both sides tell is agreed; what here tells has been read back."""
    known = {act.id for act in here.acts}
    unread = base.unread - {mark(Side.HERE, name) for name in known}
    return replace(base, acts=base.acts | (known & {act.id for act in told}), unread=unread)


def _recalled(told: Iterable[Act]) -> bool:
    """Row A9: the portal took the case back; a refusal that it has taken, or any step of its own, ends that."""
    steps = [
        act.kind for act in in_order(told) if act.kind in STATUS_AFTER or act.kind is ActKind.RECALL_REFUSED
    ]
    return bool(steps) and steps[-1] is ActKind.RECALLED


def is_sent(act: Act, here: Case, rules: Rules) -> bool:
    """Whether an act of here is one that there is told of."""
    return act.birthplace == here.system and act.kind in rules.there_takes


def _appends_there(base: Baseline, sendable: Iterable[Act], told: Iterable[Act]) -> list[Move]:
    """Rows A2–A4: what here did and there does not know yet."""
    known = base.acts | {act.id for act in told}
    return [
        Move(side=Side.THERE, kind=IntentKind.APPEND, act_id=act.id)
        for act in sendable
        if act.id not in known
    ]


def _appends_here(
    base: Baseline, here: Case, told: Iterable[Act], rules: Rules, clashes: list[Clash]
) -> list[Move]:
    """Rows A5–A7 and A11: what happened there and here does not know yet."""
    known = {act.id for act in here.acts}
    moves: list[Move] = []
    for act in told:
        if act.id in known or act.kind not in rules.here_takes:
            continue
        if act.id in base.acts:
            if mark(Side.HERE, act.id) not in base.unread:
                clashes.append(Clash(reason="act_vanished", field=act.id))
        elif act.birthplace != here.system:
            moves.append(Move(side=Side.HERE, kind=IntentKind.APPEND, act_id=act.id))
    return moves


def _kind_of(case: Case, move: Move) -> ActKind | None:
    act = case.act(move.act_id) if move.act_id else None
    return act.kind if act else None
