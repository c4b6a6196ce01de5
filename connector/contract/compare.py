"""Compare what a system tells of its contract with the recorded version. Pure.

A difference *holds* what relies on it, or only *tells*: an unknown optional field tells; a code that is gone holds the
writes that carry it; a required field that is gone holds the writes of the cases that were told without it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from connector.contract.shape import OPTIONAL, UNREADABLE, Shape
from connector.contract.uses import Use, Uses
from connector.system import ContractPart, Operation, PartKind

ANSWERS = "answers/"
"""Begins the name of the part that is learned from the tellings of one kind of record."""


class Change(StrEnum):
    """How one line of a contract differs from the recorded one."""

    ADDED = "added"
    GONE = "gone"
    CHANGED = "changed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Concern:
    """Which writes to the system a difference concerns: those that meet everything that is named. Nothing named: none.

    Attributes:
        every: all writes to that system: none of its answers can be read.
        refs: references of the cases, as that system has them.
        operation: name of the operation.
        fields: wire names of the fields in which ``code`` would travel.
    """

    every: bool = False
    refs: frozenset[str] = frozenset()
    operation: str | None = None
    fields: frozenset[str] = frozenset()
    code: str | None = None

    @property
    def holds(self) -> bool:
        """Does it concern any write at all?"""
        return self.every or bool(self.refs) or self.operation is not None or self.code is not None

    def meets(self, operation: Operation) -> bool:
        """Would this write do what is not agreed any more?"""
        if self.every:
            return True
        if not self.holds or (self.operation is not None and operation.key.operation != self.operation):
            return False
        if self.refs and operation.key.ref not in self.refs:
            return False
        return self.code is None or _carries(
            operation.fields, {name.lower() for name in self.fields}, self.code
        )


def _carries(value: Any, fields: set[str], code: str, name: str = "") -> bool:
    if isinstance(value, Mapping):
        return any(_carries(item, fields, code, str(key).lower()) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(_carries(item, fields, code, name) for item in value)
    return name in fields and str(value) == code


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One line that is not as it was recorded; ``uses`` are the lines of the mapping that rely on it."""

    part: str
    path: str
    change: Change
    was: str | None = None
    now: str | None = None
    uses: tuple[Use, ...] = ()
    concern: Concern = field(default_factory=Concern)


def compare_part(was: Mapping[str, str], now: ContractPart, uses: Uses) -> tuple[Difference, ...]:
    """What a system tells by itself against the recorded lines."""
    trouble = now.trouble or ("empty" if was and not now.lines else None)
    if trouble is not None:
        # an emptied catalogue is no list of a thousand dropped codes: nobody acts on it
        concern = Concern(every=now.kind is PartKind.VERSION)
        change = Difference(
            part=now.name, path=now.name, change=Change.UNREADABLE, now=trouble, concern=concern
        )
        return (change,)
    judge = {PartKind.SCHEMA: _schema, PartKind.CODES: _codes, PartKind.VERSION: _version}[now.kind]
    return tuple(
        judge(Difference(part=now.name, path=path, change=change, was=old, now=new), now, uses)
        for path, change, old, new in _lines(was, now.lines)
    )


def _lines(
    was: Mapping[str, str], now: Mapping[str, str]
) -> Iterator[tuple[str, Change, str | None, str | None]]:
    for path in sorted({*was, *now}):
        old, new = was.get(path), now.get(path)
        if old != new:
            change = Change.ADDED if old is None else Change.GONE if new is None else Change.CHANGED
            yield path, change, old, new


def _version(found: Difference, now: ContractPart, uses: Uses) -> Difference:  # noqa: ARG001  # as its sisters
    return found


def _codes(found: Difference, now: ContractPart, uses: Uses) -> Difference:
    """A code that is gone or switched off holds the writes that carry it."""
    dead = found.change is Change.GONE or (found.now or "").startswith("off")
    lines = uses.codes.get(found.path) or uses.named(now.fields)
    concern = Concern(fields=now.fields, code=found.path) if dead else Concern()
    return _with(found, lines, concern)


def _schema(found: Difference, now: ContractPart, uses: Uses) -> Difference:  # noqa: ARG001  # as its sisters
    """What a write has to look like: a code not allowed any more, a field gone, changed, or demanded."""
    place, _, code = found.path.partition("=")
    operation, _, inner = place.partition("/")
    name = inner.rpartition("/")[2]
    lines = uses.writing(operation, [name]) if name else ()
    if code:
        held = found.change is Change.GONE and bool(lines)
        concern = Concern(operation=operation, fields=frozenset({name}), code=code) if held else Concern()
        return _with(found, uses.codes.get(code) or lines or uses.named([name]), concern)
    # an optional field that we do not write may come, go or change; what no mapping line writes the adapter does
    optional = all(" 0.." in form for form in (found.was, found.now) if form is not None)
    written = uses.writing(operation)
    held = bool(written) and (not optional or (bool(lines) and found.change is not Change.ADDED))
    return _with(
        found,
        lines or (written if held else uses.named([name])),
        Concern(operation=operation) if held else Concern(),
    )


def _with(found: Difference, uses: tuple[Use, ...], concern: Concern) -> Difference:
    return Difference(
        part=found.part,
        path=found.path,
        change=found.change,
        was=found.was,
        now=found.now,
        uses=uses,
        concern=concern,
    )


# ---- what is learned from tellings --------------------------------------------------------------------------


def compare_shape(
    kind: str, was: Mapping[str, str], now: Shape, uses: Uses, *, least: int
) -> tuple[Difference, ...]:
    """Tellings of one kind of record against the recorded shape and against what the mapping needs.

    Args:
        kind: of the records.
        was: recorded lines; empty if nothing was recorded yet.
        now: learned from tellings that came since.
        uses: what the mapping relies on.
        least: so many cases have to show the same; one broken record is no other contract.
    """
    return tuple(_shape_differences(kind, was, now, uses, least))


def _shape_differences(
    kind: str, was: Mapping[str, str], now: Shape, uses: Uses, least: int
) -> Iterator[Difference]:
    part = ANSWERS + kind
    for path, form in now.lines.items():
        refs = now.having[path]
        if len(refs) < least:
            continue
        lines = uses.reading(kind, path)
        if path.startswith(UNREADABLE):
            told = uses.named([_field(path)])
            yield Difference(
                part=part,
                path=path,
                change=Change.UNREADABLE,
                now=form,
                uses=told,
                concern=Concern(refs=refs),
            )
        elif was and path not in was and not lines:
            yield Difference(part=part, path=path, change=Change.ADDED, now=form)
        elif path in was and not _types(form) <= _types(was[path]):
            concern = Concern(refs=refs) if lines else Concern()
            yield Difference(
                part=part,
                path=path,
                change=Change.CHANGED,
                was=was[path],
                now=form,
                uses=lines,
                concern=concern,
            )
    yield from _gone(kind, was, now, uses, least)


def _gone(kind: str, was: Mapping[str, str], now: Shape, uses: Uses, least: int) -> Iterator[Difference]:
    needed = uses.required.get(kind, frozenset())
    for path in sorted({*was, *needed}):
        refs, lines = now.lacks(path), uses.reading(kind, path)
        if path in needed and len(refs) >= least:
            concern = Concern(refs=refs)
        elif (
            path in was and not was[path].endswith(OPTIONAL) and path not in now.lines and len(refs) >= least
        ):
            concern = Concern()
        else:
            continue
        yield Difference(
            part=ANSWERS + kind, path=path, change=Change.GONE, was=was.get(path), uses=lines, concern=concern
        )


def recorded(kind: str, was: Mapping[str, str], now: Shape, uses: Uses, *, least: int) -> dict[str, str]:
    """The lines to record: the union of both, optional where either is. Nothing that fewer than ``least`` cases show.

    What a single case shows could be that case's own; what could not be read is never part of a contract.
    """
    lines = dict(was)
    for path, form in now.lines.items():
        shared = len(now.having[path]) >= least or uses.reading(kind, path)
        if shared and not path.startswith(UNREADABLE):
            lines[path] = _both(was.get(path), form)
    for path in was:
        if path not in now.lines and len(now.lacks(path)) >= least:
            lines[path] = _both(was[path], was[path] + OPTIONAL)
    return lines


def _both(old: str | None, new: str) -> str:
    if old is None:
        return new
    optional = OPTIONAL if OPTIONAL in (old[-1:], new[-1:]) else ""
    return "|".join(sorted(_types(old) | _types(new))) + optional


def _types(form: str) -> set[str]:
    return set(form.rstrip(OPTIONAL).split("|"))


def _field(path: str) -> str:
    return path.removeprefix(UNREADABLE).replace("/", ".").rpartition(".")[2]
