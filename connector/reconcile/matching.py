"""Who is who in two systems that lived apart: the pairs of a first import. Pure.

Sure are a shared case code and an origin that one side tells of the other. Where neither is told, title, content, kind
of sender and day of submission together are the natural key. A pair is made only where it is the only one that can be
made on both sides; everything else is for a person, because a wrong pair would publish one citizen's answer to another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connector.canonical import digest
from connector.case import REGISTER, Case
from connector.clock import LOCAL_ZONE


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """What is needed of a case to find its twin; no content, so that a whole register fits into memory."""

    ref: str
    code: str | None
    origin: tuple[str, str]
    natural: str | None


@dataclass(frozen=True, kw_only=True)
class Matches:
    """Pairs (here, there); references that could be several; those that only one side tells."""

    pairs: tuple[tuple[str, str], ...]
    unsure_here: tuple[str, ...]
    unsure_there: tuple[str, ...]
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]


def sketch(case: Case) -> Sketch:
    """The sketch of a telling."""
    header = case.header
    natural = None
    if header is not None:
        day = header.submitted_at.astimezone(LOCAL_ZONE).date().isoformat()
        natural = digest([header.title.strip(), header.content.strip(), header.sender_kind, day])
    return Sketch(ref=case.ref, code=case.code, origin=case.origin, natural=natural)


def match(portal: str, here: Iterable[Sketch], there: Iterable[Sketch]) -> Matches:
    """Pair the register's cases with a portal's."""
    mine, theirs = {one.ref: one for one in here}, {one.ref: one for one in there}
    sure = _candidates(mine, theirs, portal)
    spare_here = {ref: one for ref, one in mine.items() if ref not in sure}
    taken = {ref for found in sure.values() for ref in found}
    spare_there = {ref: one for ref, one in theirs.items() if ref not in taken}
    likely = {**sure, **_alike(spare_here, spare_there)}
    back: dict[str, set[str]] = {}
    for ref, found in likely.items():
        for other in found:
            back.setdefault(other, set()).add(ref)
    pairs = tuple(
        (ref, other)
        for ref, found in likely.items()
        for other in found
        if len(found) == 1 and len(back[other]) == 1
    )
    paired_here, paired_there = {ref for ref, _ in pairs}, {ref for _, ref in pairs}
    return Matches(
        pairs=tuple(sorted(pairs)),
        unsure_here=tuple(sorted(set(likely) - paired_here)),
        unsure_there=tuple(sorted(set(back) - paired_there)),
        only_here=tuple(sorted(set(mine) - set(likely))),
        only_there=tuple(sorted(set(theirs) - set(back))),
    )


def _candidates(
    mine: Mapping[str, Sketch], theirs: Mapping[str, Sketch], portal: str
) -> dict[str, frozenset[str]]:
    """By code and by origin; two ways that lead to two cases make it unsure."""
    by_code: dict[str, set[str]] = {}
    by_origin: dict[str, set[str]] = {}
    for ref, one in theirs.items():
        if one.code:
            by_code.setdefault(one.code, set()).add(ref)
        if one.origin[0] == REGISTER:
            by_origin.setdefault(one.origin[1], set()).add(ref)
    found: dict[str, frozenset[str]] = {}
    for ref, one in mine.items():
        told = set(by_code.get(one.code, ()) if one.code else ()) | by_origin.get(ref, set())
        if one.origin[0] == portal and one.origin[1] in theirs:
            told.add(one.origin[1])
        if told:
            found[ref] = frozenset(told)
    return found


def _alike(mine: Mapping[str, Sketch], theirs: Mapping[str, Sketch]) -> dict[str, frozenset[str]]:
    """By natural key; a case that tells another code or another origin than its twin is none."""
    by_key: dict[str, list[Sketch]] = {}
    for one in theirs.values():
        if one.natural:
            by_key.setdefault(one.natural, []).append(one)
    found = {
        ref: frozenset(other.ref for other in by_key.get(one.natural or "", ()) if _may_be(one, other))
        for ref, one in mine.items()
    }
    return {ref: others for ref, others in found.items() if others}


def _may_be(one: Sketch, other: Sketch) -> bool:
    return not (one.code and other.code and one.code != other.code)
