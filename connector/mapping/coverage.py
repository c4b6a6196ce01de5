"""Which codes of a system are understood: what it really told beside what the lists know. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.mapping.codes import NOTHING, CodeList, Direction
from connector.mapping.evaluate import AGENCIES
from connector.mapping.mapping import Mapping as SystemMapping
from connector.mapping.trouble import nearest


class State(StrEnum):
    """``unmapped``: told, and no list knows it. ``unverified``: known, not confirmed by the other side.

    ``verified``: known and confirmed. ``unseen``: known, never told.
    """

    UNMAPPED = "unmapped"
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    UNSEEN = "unseen"


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """How often a code was told, and when last."""

    list: str
    code: str
    count: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, kw_only=True)
class CodeLine:
    """One code. ``means``: our values, several where conditions decide; ``near``: the nearest known codes of an unknown one."""

    list: str
    code: str
    state: State
    means: tuple[str, ...] = ()
    label: str = ""
    near: tuple[str, ...] = ()
    count: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None


def coverage(mapping: SystemMapping, seen: Iterable[Sighting]) -> tuple[CodeLine, ...]:
    """Every code that the system told, and every code that its lists read and it never told; what is unknown first.

    Agencies that were never told are left out: the list is the whole country's.
    """
    told = {(one.list, one.code): one for one in seen}
    lines = [_line(mapping, one) for one in told.values()]
    for name, codes in mapping.lists.items():
        for code in _read(codes):
            if (name, code) not in told:
                means, label, _ = _known(codes, code)
                lines.append(CodeLine(list=name, code=code, state=State.UNSEEN, means=means, label=label))
    order = list(State)
    return tuple(sorted(lines, key=lambda one: (order.index(one.state), one.list, -one.count, one.code)))


def sums(lines: Iterable[CodeLine]) -> Mapping[str, int]:
    """How many codes are in each state."""
    found = dict.fromkeys((state.value for state in State), 0)
    for one in lines:
        found[one.state.value] += 1
    return found


def _line(mapping: SystemMapping, one: Sighting) -> CodeLine:
    facts = {"count": one.count, "first_seen": one.first_seen, "last_seen": one.last_seen}
    if one.list == AGENCIES:
        agency = mapping.agencies.find(one.code)
        if agency is not None:
            return CodeLine(
                list=one.list,
                code=one.code,
                state=State.VERIFIED,
                means=(agency.canonical,),
                label=agency.name_vi,
                **facts,  # type: ignore[arg-type]  # three fields of the line
            )
        near = mapping.agencies.candidates(one.code, None)
        return CodeLine(list=one.list, code=one.code, state=State.UNMAPPED, near=near, **facts)  # type: ignore[arg-type]
    codes = mapping.lists.get(one.list)
    means, label, verified = _known(codes, one.code) if codes else ((), "", None)
    if verified is None:
        pairs = ((row.code or "", row.label_vi) for row in codes.rows) if codes else ()
        near = nearest(one.code, pairs)
        return CodeLine(list=one.list, code=one.code, state=State.UNMAPPED, near=near, **facts)  # type: ignore[arg-type]
    state = State.VERIFIED if verified else State.UNVERIFIED
    return CodeLine(list=one.list, code=one.code, state=state, means=means, label=label, **facts)  # type: ignore[arg-type]


def _read(codes: CodeList) -> list[str]:
    """Codes that may come in."""
    return list(
        dict.fromkeys(row.code for row in codes.rows if row.code and row.direction is not Direction.OUT)
    )


def _known(codes: CodeList, code: str) -> tuple[tuple[str, ...], str, bool | None]:
    """What a code means, its label, and whether every row of it is confirmed; None for a code that no row reads."""
    rows = [row for row in codes.rows if row.code == code and row.direction is not Direction.OUT]
    if not rows:
        return (), "", None
    means = tuple(dict.fromkeys(row.canonical or NOTHING for row in rows))
    return means, rows[0].label_vi, all(row.verified for row in rows)
