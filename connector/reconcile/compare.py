"""Compare what two systems tell of one case. Pure; the merge is the judge of what is equal (:mod:`connector.merge`).

What the merge would write or put before a person is a difference. Two things it leaves alone, because a live telling
may be an old one, are looked at besides, as a reconciliation reads both sides afresh: an act of ours that a portal no
longer tells (row A2), and what acts that both sides tell lead to, with the files that came with them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from connector.canonical import digest
from connector.case import Act, Case, absorb, status_of
from connector.mapping.intent import IntentKind
from connector.merge import (
    CLOCKS_APART,
    OUR_KINDS_TOLD_AS,
    OWNED,
    Baseline,
    Clash,
    Move,
    Rules,
    Side,
    digests,
    is_sent,
    merge,
    recognised,
    restricted,
)
from connector.reconcile.findings import Cause, Difference, FindingClass


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one system tells of a case now.

    Attributes:
        case: as the merge is to see it.
        acts: exactly the acts of this telling, without what is known from before.
        whole: it is all that the system tells, and no fragment: what is not in it is not there.
    """

    case: Case
    acts: tuple[Act, ...]
    whole: bool


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One case between the register (here) and one portal (there).

    Attributes:
        here, there: None if that side does not tell the case.
        here_known, there_known: we know a reference of it on that side, so that silence means that it is gone.
        carried: kinds of act of ours whose files travel there.
    """

    system: str
    case_id: int | None = None
    baseline: Baseline | None = None
    here: Told | None = None
    there: Told | None = None
    here_known: bool = False
    there_known: bool = False
    rules: Rules = field(default_factory=Rules)
    carried: frozenset[str] = frozenset()


def telling(known: Case | None, seen: Case) -> Told:
    """A side's telling: a whole one stands for itself, a fragment is folded into what was known before."""
    if seen.header is None:
        return Told(case=absorb(known, seen), acts=seen.acts, whole=False)
    hashes = {item.id: item.sha256 for item in known.attachments if item.sha256} if known else {}
    files = tuple(replace(item, sha256=item.sha256 or hashes.get(item.id)) for item in seen.attachments)
    case = replace(absorb(None, seen), attachments=files, code=seen.code or (known.code if known else None))
    return Told(case=case, acts=seen.acts, whole=True)


def compare(pair: Pair) -> tuple[Difference, ...]:
    """All that differs, each once; nothing if both sides are equal, or if law keeps the case where it is."""
    here, there = pair.here, pair.there
    if here is not None and restricted(here.case):
        return ()
    if gone := _gone(pair):
        return gone
    settled = merge(pair.baseline, here.case if here else None, there.case if there else None, pair.rules)
    creation = [move for move in settled.moves if move.kind is IntentKind.CREATE]
    found = [
        *(one for move in creation or settled.moves for one in _of_move(pair, move)),
        *(_of_clash(pair, clash) for clash in settled.clashes),
    ]
    if here is not None and there is not None and not restricted(there.case):
        found += _of_acts(pair, here, there, found)
    return tuple(found)


def _difference(pair: Pair, kind: FindingClass, cause: Cause, **more: object) -> Difference:
    return Difference(
        kind=kind,
        system=pair.system,
        cause=cause,
        case_id=pair.case_id,
        **more,  # type: ignore[arg-type]  # its own fields
    )


def _gone(pair: Pair) -> tuple[Difference, ...]:
    """A side that knew the case tells it no more. What a system deleted is not written again without a person."""
    lost = [
        (FindingClass.MISSING_HERE, Side.HERE, pair.here_known and pair.here is None),
        (FindingClass.MISSING_THERE, Side.THERE, pair.there_known and pair.there is None),
    ]
    return tuple(_difference(pair, kind, Cause.GONE, side=side) for kind, side, missing in lost if missing)


# ---- what the merge says ----------------------------------------------------------------------------------------


def _of_move(pair: Pair, move: Move) -> Iterator[Difference]:
    def one(kind: FindingClass, name: str | None = None, **values: str) -> Difference:
        return _difference(
            pair, kind, Cause.UNKNOWN, side=move.side, field=name, repairable=True, values=values
        )

    if move.kind is IntentKind.CREATE:
        here = move.side is Side.HERE
        yield one(FindingClass.MISSING_HERE if here else FindingClass.MISSING_THERE)
    elif move.kind is IntentKind.APPEND:
        yield one(FindingClass.ACT_MISSING, move.act_id)
    elif move.kind is IntentKind.TIGHTEN:
        yield one(FindingClass.FIELD_DIFFERS, "privacy", **_marks(pair))
    else:
        for name, values in _changed(pair, move.side):
            yield one(_class_of(name), name, **values)


def _changed(pair: Pair, target: Side) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The fields that an update would carry over."""
    if pair.here is None or pair.there is None:
        return
    told = {Side.HERE: digests(pair.here.case), Side.THERE: digests(pair.there.case)}
    owner = Side.THERE if target is Side.HERE else Side.HERE
    base = pair.baseline or Baseline()
    known = base.here if owner is Side.HERE else base.there
    moved = [name for name in OWNED if told[owner].get(name) != known.get(name, told[owner].get(name))]
    apart = [name for name in OWNED if told[Side.HERE].get(name) != told[Side.THERE].get(name)]
    for name in [one for one in moved if one in apart] or moved or apart[:1]:
        yield name, {side.value: told[side].get(name, "") for side in Side}


def _of_clash(pair: Pair, clash: Clash) -> Difference:
    values = {
        name: value for name, value in (("here", clash.here), ("there", clash.there)) if value is not None
    }
    side: Side | None = Side.HERE
    match clash.reason:
        case "vanished_here":
            return _difference(pair, FindingClass.MISSING_HERE, Cause.GONE, side=side)
        case "act_vanished":
            kind, cause = FindingClass.ACT_MISSING, Cause.GONE
        case "recalled":
            kind, cause = FindingClass.STATUS_DIFFERS, Cause.FOR_A_PERSON
        case "loosened":
            return _difference(
                pair, FindingClass.FIELD_DIFFERS, Cause.LOOSENED, field="privacy", values=values
            )
        case reason:
            causes = {"both_changed": Cause.BOTH_CHANGED, "foreign_edit": Cause.EDITED}
            kind, cause, side = _class_of(clash.field), causes.get(reason, Cause.UNKNOWN), None
    return _difference(pair, kind, cause, side=side, field=clash.field, values=values)


def _class_of(name: str | None) -> FindingClass:
    return FindingClass.ATTACHMENT_DIFFERS if name == "files" else FindingClass.FIELD_DIFFERS


def _marks(pair: Pair) -> Mapping[str, str]:
    sides = ((Side.HERE, pair.here), (Side.THERE, pair.there))
    return {
        side.value: told.case.header.privacy.value
        for side, told in sides
        if told is not None and told.case.header is not None
    }


# ---- what a fresh reading shows besides -------------------------------------------------------------------------


def _of_acts(pair: Pair, here: Told, there: Told, found: Collection[Difference]) -> list[Difference]:
    base = pair.baseline or Baseline()
    now = recognised(base, here.case, replace(there.case, acts=there.acts), pair.rules)
    heard = {act.id for act in now}
    lost = [
        _difference(pair, FindingClass.ACT_MISSING, Cause.GONE, side=Side.THERE, field=act.id)
        for act in here.case.acts
        if is_sent(act, here.case, pair.rules) and act.id in base.acts and act.id not in heard
    ]
    if lost or any(one.kind is FindingClass.ACT_MISSING for one in found):
        return lost
    both = recognised(base, here.case, there.case, pair.rules)
    shared = [(mine, act) for act in both if (mine := here.case.act(act.id)) is not None]
    return [*_standing(pair, shared), *_files(pair, here, there, shared)]


def _standing(pair: Pair, shared: Collection[tuple[Act, Act]]) -> Iterator[Difference]:
    """The status that each side derives from the acts which both tell.

    A portal stamps what it takes by its own clock, often to the second: a stamp close to ours is ours.
    """
    mine = status_of(replace(ours, kind=OUR_KINDS_TOLD_AS.get(ours.kind, ours.kind)) for ours, _ in shared)
    theirs = status_of(
        replace(
            ours,
            kind=OUR_KINDS_TOLD_AS.get(told.kind, told.kind),
            at=ours.at if abs(told.at - ours.at) <= CLOCKS_APART else told.at,
        )
        for ours, told in shared
    )
    if mine is not theirs:
        values = {"here": mine.value, "there": theirs.value}
        yield _difference(pair, FindingClass.STATUS_DIFFERS, Cause.TOLD_OTHERWISE, values=values)


def _files(pair: Pair, here: Told, there: Told, shared: Iterable[tuple[Act, Act]]) -> Iterator[Difference]:
    """Files that came with an act and that the other side tells as others; a system may not tell them at all."""
    if not there.whole:
        return
    for mine, act in shared:
        ours, theirs = _prints(here.case, mine), _prints(there.case, act)
        carried = mine.birthplace != here.case.system or mine.kind.value in pair.carried
        if not ours or not theirs or not carried:
            continue
        sure = None not in ours and None not in theirs
        if len(ours) != len(theirs) or (sure and ours != theirs):
            values = {"here": digest(ours), "there": digest(theirs)}
            cause = Cause.TOLD_OTHERWISE
            yield _difference(pair, FindingClass.ATTACHMENT_DIFFERS, cause, field=mine.id, values=values)


def _prints(case: Case, act: Act) -> list[str | None]:
    found = [item.sha256 if (item := case.attachment(name)) else None for name in act.attachments]
    return sorted(found, key=lambda one: one or "")
