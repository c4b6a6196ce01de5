"""What differs between two versions of the mappings: rows and cells, not lines of text. Pure.

A code list is a table: its rows are known by their code and conditions, so that a row which merely moved down is no change
of meaning unless the order of rows changed, which decides in a list. A TOML file is a tree: a table of an array is known by
what names it (the operation, the duty, the channels), by its number only where nothing does.
"""

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connector.mapping.tree import leaves, plain

_KEYS = ("code", "canonical", "valid_from")
_SUMMARY = ("canonical", "name_vi", "label_vi", "direction", "verified", "note")


class Kind(StrEnum):
    """How something differs. ``order``: the same rows, tried in another order. ``unreadable``: no table, no tree."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    ORDER = "order"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference.

    Attributes:
        place: the row or the path; empty for the whole file.
        column: the cell; empty for a whole row.
    """

    file: str
    kind: Kind
    place: str = ""
    column: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A CSV file: its columns and its rows."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """Every difference, file by file.

    Args:
        before: name → text of every file of the older version.
        after: the same of the newer one.
    """
    found: list[Change] = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if old is None or new is None:
            kind = Kind.ADDED if old is None else Kind.REMOVED
            found.append(Change(file=name, kind=kind))
        else:
            found += _csv(name, old, new) if name.endswith(".csv") else _toml(name, old, new)
    return tuple(found)


# ---- tables -------------------------------------------------------------------------------------------------


def rows(text: str) -> Rows:
    """The rows of a CSV file as mapping files have them: one row a line, notes and blank lines left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    told = [[cell.strip() for cell in next(csv.reader(io.StringIO(line)), [])] for line in lines]
    if not told:
        return Rows(columns=(), rows=())
    columns = tuple(told[0])
    return Rows(columns=columns, rows=tuple(dict(zip(columns, cells, strict=False)) for cells in told[1:]))


def _csv(name: str, old: str, new: str) -> Iterator[Change]:
    before, after = rows(old), rows(new)
    was, now = _keyed(before, after)
    for key in [key for key in was if key not in now]:
        yield Change(file=name, kind=Kind.REMOVED, place=key, before=_summary(was[key]))
    for key, row in now.items():
        if key not in was:
            yield Change(file=name, kind=Kind.ADDED, place=key, after=_summary(row))
            continue
        for column in dict.fromkeys((*before.columns, *after.columns)):
            one, other = was[key].get(column, ""), row.get(column, "")
            if one != other:
                yield Change(file=name, kind=Kind.CHANGED, place=key, column=column, before=one, after=other)
    kept = [key for key in was if key in now]
    if kept != [key for key in now if key in was]:
        yield Change(file=name, kind=Kind.ORDER)


def _keyed(before: Rows, after: Rows) -> tuple[dict[str, Mapping[str, str]], dict[str, Mapping[str, str]]]:
    """Rows by what names them: as few columns as tell all rows of both versions apart, then numbers."""
    common = [name for name in before.columns if name in after.columns]
    conditions = [name for name in common if name.startswith("if_")]
    naming = [name for name in _KEYS if name in common] or common[:1]
    columns: tuple[str, ...] = ()
    for length in range(1, len(naming) + 1):
        columns = (*naming[:length], *conditions)
        if all(_apart(one, columns) for one in (before, after)):
            break
    return _numbered(before, columns), _numbered(after, columns)


def _apart(told: Rows, columns: Sequence[str]) -> bool:
    keys = [tuple(row.get(name, "") for name in columns) for row in told.rows]
    return len(keys) == len(set(keys))


def _numbered(told: Rows, columns: Sequence[str]) -> dict[str, Mapping[str, str]]:
    seen: Counter[str] = Counter()
    found: dict[str, Mapping[str, str]] = {}
    for row in told.rows:
        first = row.get(columns[0], "") if columns else next(iter(row.values()), "")
        parts = [first, *(f"{name}={row[name]}" for name in columns[1:] if row.get(name))]
        key = ", ".join(parts)
        seen[key] += 1
        found[key if seen[key] == 1 else f"{key} #{seen[key]}"] = row
    return found


def _summary(row: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={row[name]}" for name in _SUMMARY if row.get(name))


# ---- trees --------------------------------------------------------------------------------------------------


def _toml(name: str, old: str, new: str) -> Iterator[Change]:
    try:
        was, now = tomllib.loads(old), tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        yield Change(file=name, kind=Kind.UNREADABLE)
        return
    before, after = _values(was), _values(now)
    for path in [path for path in before if path not in after]:
        yield Change(file=name, kind=Kind.REMOVED, place=path, before=before[path])
    for path, value in after.items():
        if path not in before:
            yield Change(file=name, kind=Kind.ADDED, place=path, after=value)
        elif before[path] != value:
            yield Change(file=name, kind=Kind.CHANGED, place=path, before=before[path], after=value)


def _values(tree: Mapping[str, Any]) -> dict[str, str]:
    return {leaf.path: plain(leaf.value) for leaf in leaves(tree)}
