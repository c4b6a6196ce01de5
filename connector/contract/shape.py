"""The shape of what a system tells of cases: names and types of fields, never a value. Pure.

A path joins names by dots, and ``*`` says *each element of the list*: ``LICHSU*.HANHDONG``. What an adapter could not
read stands under ``~``: ``~CaseEnvelope/FutureElement``. Names that could be somebody's data are not written down.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.system import Problem

UNREADABLE = "~"
"""Begins the path of something that an adapter could not read."""

OPTIONAL = "?"
"""Ends the form of a field that not every case has."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}\Z")
_LONG_NUMBER = re.compile(r"\d{6}")
_PLACE = re.compile(r"[A-Za-z0-9_./-]{1,150}\Z")
_INDEX = re.compile(r"\[\d+\]")
_STRANGE = "*strange*"
_DEEPEST = 8


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One telling: which case, its decoded tree, and what could not be read of it."""

    ref: str
    data: Mapping[str, Any] = field(repr=False)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What some tellings have in common.

    Attributes:
        lines: path → kinds of value, as ``text``, ``int|text``, ``group?``.
        having: path → cases that tell it.
        lacking: path → cases that tell its parent and not it.
    """

    refs: frozenset[str] = frozenset()
    lines: Mapping[str, str] = field(default_factory=dict)
    having: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lacking: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def lacks(self, path: str) -> frozenset[str]:
        """Cases that should tell the path and do not: all of them, if none ever did."""
        if path in self.lines:
            return self.lacking.get(path, frozenset())
        parent = path.rpartition(".")[0]
        return self.having.get(parent, frozenset()) if parent else self.refs


def learn(samples: Iterable[Sample]) -> Shape:
    """The shape of these tellings."""
    found = _Learner()
    for sample in samples:
        found.take(sample)
    return found.shape()


class _Learner:
    def __init__(self) -> None:
        self.refs: set[str] = set()
        self.kinds: dict[str, set[str]] = {}
        self.having: dict[str, set[str]] = {}
        self.groups: dict[str, list[tuple[str, frozenset[str]]]] = {}

    def take(self, sample: Sample) -> None:
        self.refs.add(sample.ref)
        self._group("", sample.data, sample.ref, 0)
        for problem in sample.problems:
            self._note(UNREADABLE + _place(problem.where), "unreadable", sample.ref)

    def _group(self, path: str, value: Mapping[str, Any], ref: str, depth: int) -> None:
        if depth > _DEEPEST:
            return
        names = {_name(key): item for key, item in value.items()}
        self.groups.setdefault(path, []).append((ref, frozenset(names)))
        for name, item in names.items():
            self._value(f"{path}.{name}" if path else name, item, ref, depth + 1)

    def _value(self, path: str, value: Any, ref: str, depth: int) -> None:
        self._note(path, _kind(value), ref)
        if isinstance(value, Mapping):
            self._group(path, value, ref, depth)
        elif isinstance(value, list | tuple):
            for item in value:
                self._value(f"{path}*", item, ref, depth)

    def _note(self, path: str, kind: str, ref: str) -> None:
        self.kinds.setdefault(path, set()).add(kind)
        self.having.setdefault(path, set()).add(ref)

    def shape(self) -> Shape:
        lacking = dict(self._lacking())
        return Shape(
            refs=frozenset(self.refs),
            lines={
                path: "|".join(sorted(kinds)) + (OPTIONAL if path in lacking else "")
                for path, kinds in sorted(self.kinds.items())
            },
            having={path: frozenset(refs) for path, refs in self.having.items()},
            lacking=lacking,
        )

    def _lacking(self) -> Iterator[tuple[str, frozenset[str]]]:
        for path, groups in self.groups.items():
            for name in frozenset[str]().union(*(names for _, names in groups)):
                without = frozenset(ref for ref, names in groups if name not in names)
                if without:
                    yield (f"{path}.{name}" if path else name), without


def _name(key: object) -> str:
    """A field's name; one that does not look like a name might be a person's data."""
    text = str(key)
    return text if _NAME.match(text) and not _LONG_NUMBER.search(text) else _STRANGE


def _place(where: str) -> str:
    text = _INDEX.sub("", where)
    return text if _PLACE.match(text) and not _LONG_NUMBER.search(text) else _STRANGE


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "flag"
        case int():
            return "int"
        case datetime():
            return "instant"
        case Mapping():
            return "group"
        case list() | tuple():
            return "list"
        case _:
            return "text"
