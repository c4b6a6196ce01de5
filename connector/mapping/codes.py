"""Code lists: which wire code means which value of ours, as a table that an official can sign.

A list is a CSV with the columns ``code, canonical, verified, label_vi, note`` and, as needed, ``direction``
(``both`` if empty, ``in`` or ``out``) and condition columns ``if_<name>``. Rows are tried from top to bottom; the
first whose conditions all hold decides. ``-`` as ``canonical`` or ``code`` says on purpose: nothing there.
An unknown code is never a default: it is a problem with the nearest known codes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from connector.case import ActKind, Channel, Nature, Privacy, SenderKind, Status
from connector.mapping.files import Source, Table
from connector.mapping.trouble import FileTrouble, Where, nearest, shown

NOTHING = "-"
_BASE = ("code", "canonical", "verified", "label_vi", "note")
_CONDITION = "if_"


class Direction(StrEnum):
    """Which way a row may be used."""

    BOTH = "both"
    IN = "in"
    OUT = "out"


ROLES = frozenset({"question", "answer", "evidence"})
"""What an attachment is for (national-portal contract §10.5, VaiTro)."""

VOCABULARIES: Mapping[str, frozenset[str] | None] = MappingProxyType(
    {
        "act": frozenset(ActKind),
        "channel": frozenset(Channel),
        "nature": frozenset(Nature),
        "privacy": frozenset(Privacy),
        "sender_kind": frozenset(SenderKind),
        "status": frozenset(Status),
        "role": ROLES,
        "free": None,
    }
)
"""What the canonical column of a list may hold; ``field`` is added from the shared list of fields."""


class UnknownCode(LookupError):
    """The list has no row for that code or value. ``candidates`` are the nearest it has."""

    def __init__(self, text: str, candidates: tuple[str, ...]) -> None:
        super().__init__(text)
        self.text = text
        self.candidates = candidates


@dataclass(frozen=True, kw_only=True)
class CodeRow:
    """One line of a list."""

    code: str | None
    canonical: str | None
    direction: Direction
    verified: bool
    label_vi: str
    note: str
    conditions: Mapping[str, str] = field(default_factory=dict)
    where: Where


class CodeList:
    """One list, usable both ways."""

    def __init__(self, name: str, rows: Iterable[CodeRow], conditions: tuple[str, ...] = ()) -> None:
        self.name = name
        self.rows = tuple(rows)
        self.conditions = conditions
        self._in: dict[str, list[CodeRow]] = {}
        self._out: dict[str, CodeRow] = {}
        self._labels: dict[str, str] = {}
        for row in self.rows:
            if row.direction is not Direction.OUT and row.code is not None:
                self._in.setdefault(row.code, []).append(row)
            if row.direction is not Direction.IN and row.canonical is not None:
                self._out.setdefault(row.canonical, row)
        # The label of the row that leaves names the value best: several codes may come in as one value.
        for row in (*self._out.values(), *self.rows):
            if row.canonical is not None:
                self._labels.setdefault(row.canonical, row.label_vi)

    def read(self, code: str, facts: Mapping[str, str] | None = None) -> str | None:
        """The canonical value of a wire code; None where the list says that it has none.

        Args:
            code: as the wire has it.
            facts: what the condition columns ask for.

        Raises:
            UnknownCode: no row for the code, or none whose conditions hold.
        """
        rows = self._in.get(code)
        if rows is None:
            text = f"mã {shown(code)} không có trong danh mục «{self.name}» / code {shown(code)} is not in the list"
            raise UnknownCode(text, nearest(code, ((r.code or "", r.label_vi) for r in self.rows)))
        known = facts or {}
        for row in rows:
            if all(known.get(name, "") == wanted for name, wanted in row.conditions.items()):
                return row.canonical
        told = ", ".join(f"{name}={shown(known.get(name) or NOTHING)}" for name in self.conditions)
        text = f"mã {shown(code)} với {told} không có nghĩa trong danh mục «{self.name}» / has no meaning with these"
        raise UnknownCode(text, tuple(dict.fromkeys(r.canonical for r in rows if r.canonical)))

    def write(self, canonical: str) -> str | None:
        """The wire code of a canonical value; None where the list says that nothing is sent.

        Raises:
            UnknownCode: no row that may be used outwards.
        """
        row = self._out.get(canonical)
        if row is None:
            text = (
                f"giá trị {shown(canonical)} không có mã gửi đi trong danh mục «{self.name}» / "
                f"value {shown(canonical)} has no outgoing code in the list"
            )
            raise UnknownCode(
                text, nearest(canonical, ((key, row.label_vi) for key, row in self._out.items()))
            )
        return row.code

    def label(self, canonical: str) -> str | None:
        """The Vietnamese label of a canonical value, if the list names one."""
        return self._labels.get(canonical) or None

    def unverified(self) -> tuple[CodeRow, ...]:
        """Rows that nobody has confirmed with the other side yet."""
        return tuple(row for row in self.rows if not row.verified)


def load_list(
    source: Source, *, name: str, file: str, vocabulary: frozenset[str] | None, wanted_by: Where | None = None
) -> CodeList | None:
    """Read and check one list; problems go to the source's collector.

    Args:
        name: how mappings call the list.
        file: relative to the mappings folder.
        vocabulary: what ``canonical`` may hold; None if anything.
        wanted_by: the line that asks for the list, named if the file is missing.
    """
    table = source.table(file, wanted_by)
    if table is None or not _columns_known(table, source.trouble):
        return None
    rows = [_row(table, line, row, vocabulary, source.trouble) for line, row in table.rows]
    good = [row for row in rows if row is not None]
    _check_doubles(good, source.trouble)
    conditions = tuple(name.removeprefix(_CONDITION) for name in table.columns if name.startswith(_CONDITION))
    return CodeList(name, good, conditions)


def _columns_known(table: Table, trouble: FileTrouble) -> bool:
    missing = [name for name in _BASE if name not in table.columns]
    for name in missing:
        trouble.add(table.where, f"thiếu cột / column missing: {name}")
    for name in table.columns:
        if name not in (*_BASE, "direction") and not name.startswith(_CONDITION):
            trouble.add(table.where, f"cột lạ / unknown column: {name}")
    return not missing


def _row(
    table: Table, line: int, row: Mapping[str, str], vocabulary: frozenset[str] | None, trouble: FileTrouble
) -> CodeRow | None:
    where = table.at(line)
    known = len(trouble.problems)
    for column in ("code", "canonical"):
        if not row[column]:
            trouble.add(where, f"thiếu {column}; ghi «-» nếu không có / {column} missing; write «-» for none")
    canonical = row["canonical"]
    if vocabulary is not None and canonical not in (NOTHING, "") and canonical not in vocabulary:
        near = ", ".join(nearest(canonical, ((item, "") for item in vocabulary)))
        trouble.add(where, f"giá trị lạ / unknown canonical value: {canonical} ({near}?)")
    direction = row.get("direction") or Direction.BOTH.value
    if direction not in list(Direction):
        trouble.add(where, f"direction lạ / unknown: {direction}")
    if row["verified"] not in ("true", "false"):
        trouble.add(where, f"verified phải là true hoặc false / must be true or false: {row['verified']}")
    if len(trouble.problems) > known:
        return None
    return CodeRow(
        code=None if row["code"] == NOTHING else row["code"],
        canonical=None if canonical == NOTHING else canonical,
        direction=Direction(direction),
        verified=row["verified"] == "true",
        label_vi=row["label_vi"],
        note=row["note"],
        conditions={
            name.removeprefix(_CONDITION): value
            for name, value in row.items()
            if name.startswith(_CONDITION) and value
        },
        where=where,
    )


def _check_doubles(rows: Iterable[CodeRow], trouble: FileTrouble) -> None:
    """One code means one thing (per set of conditions); one value leaves as one code."""
    seen_in: dict[tuple[str, tuple[tuple[str, str], ...]], CodeRow] = {}
    seen_out: dict[str, CodeRow] = {}
    for row in rows:
        if row.direction is not Direction.OUT and row.code is not None:
            key = (row.code, tuple(sorted(row.conditions.items())))
            before = seen_in.setdefault(key, row)
            if before is not row:
                trouble.add(
                    row.where,
                    f"mã {row.code} đã có ở dòng {before.where.line} / code stands at line {before.where.line} too",
                )
        if row.direction is not Direction.IN and row.canonical is not None:
            first = seen_out.setdefault(row.canonical, row)
            if first is not row:
                trouble.add(
                    row.where,
                    f"giá trị {row.canonical} đã gửi đi bằng mã ở dòng {first.where.line}; ghi direction=in / "
                    f"value already leaves as the code of line {first.where.line}; write direction=in",
                )
