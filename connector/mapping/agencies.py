"""The agency list: one canonical code per agency, both official forms as aliases, validity by date.

The forms are QCVN 102:2016 (``000.00.00.H56``) and QĐ 20/2020/QĐ-TTg (``H56``). Nothing converts one into the other:
the list says which belong together. Names are never an identity; they only help to propose candidates.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from connector.mapping.files import Source, Table
from connector.mapping.trouble import FileTrouble, Where, nearest

QCVN = re.compile(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z][0-9]{2}\Z")
QD20 = re.compile(r"[A-Z][0-9]{2}(\.[0-9A-Z]+)*\Z")
_COLUMNS = (
    "canonical",
    "qcvn",
    "qd20",
    "name_vi",
    "level",
    "valid_from",
    "valid_to",
    "successor",
    "role",
    "note",
)


class Level(StrEnum):
    """Where an agency stands, seen from the province."""

    PROVINCE = "province"
    DEPARTMENT = "department"
    DISTRICT = "district"  # ended on 30/06/2025
    COMMUNE = "commune"
    CENTRAL = "central"
    OUTSIDE = "outside"  # another province or body


class AgencySide(StrEnum):
    """Whose act it is, where the actor decides what a status means."""

    OWN = "own"
    CENTRAL = "central"
    OUTSIDE = "outside"


_SIDES = {Level.CENTRAL: AgencySide.CENTRAL, Level.OUTSIDE: AgencySide.OUTSIDE}


@dataclass(frozen=True, kw_only=True)
class Agency:
    """One row: an agency for a span of days. ``valid_to`` is its last day; None on either end means open."""

    canonical: str
    name_vi: str
    level: Level
    qcvn: str | None = None
    qd20: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None
    role: str | None = None
    where: Where

    @property
    def side(self) -> AgencySide:
        """Own for every body of the province."""
        return _SIDES.get(self.level, AgencySide.OWN)

    def form(self, name: str) -> str | None:
        """The code in the wanted form: ``canonical``, ``qcvn``, ``qd20``, or ``name``."""
        forms = {"canonical": self.canonical, "qcvn": self.qcvn, "qd20": self.qd20, "name": self.name_vi}
        return forms[name]

    def valid_on(self, day: date) -> bool:
        """Whether the agency existed on that civil date."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)

    def overlaps(self, other: "Agency") -> bool:
        """Whether the two spans share a day."""
        return (self.valid_from or date.min) <= (other.valid_to or date.max) and (
            other.valid_from or date.min
        ) <= (self.valid_to or date.max)


class AgencyList:
    """All agencies, looked up by any of their codes."""

    def __init__(self, agencies: Iterable[Agency] = ()) -> None:
        self.agencies = tuple(agencies)
        self._by_code: dict[str, list[Agency]] = {}
        for agency in sorted(self.agencies, key=lambda item: item.valid_from or date.min):
            for code in dict.fromkeys(_aliases(agency)):
                self._by_code.setdefault(code, []).append(agency)

    @classmethod
    def load(cls, source: Source, name: str = "agencies.csv") -> "AgencyList":
        """Read and check the list; problems go to the source's collector."""
        table = source.table(name)
        if table is None:
            return cls()
        agencies = cls(
            tuple(filter(None, (_agency(table, line, row, source.trouble) for line, row in table.rows)))
            if _columns_known(table, source.trouble)
            else ()
        )
        agencies.check(source.trouble)
        return agencies

    def find(self, code: str, on: date | None = None) -> Agency | None:
        """The agency with that code in either form; its row valid on the day, else its newest row."""
        rows = self._by_code.get(code.strip().upper(), [])
        if on is not None:
            return next((row for row in rows if row.valid_on(on)), rows[-1] if rows else None)
        return rows[-1] if rows else None

    def successor(self, agency: Agency, on: date) -> Agency | None:
        """The agency that stands in for a closed one on that day, through any number of mergers (R19)."""
        seen: set[str] = set()
        current: Agency | None = agency
        while current is not None and current.successor and current.canonical not in seen:
            seen.add(current.canonical)
            current = self.find(current.successor, on)
            if current is not None and current.valid_on(on):
                return current
        return None

    def candidates(self, code: str, name: str | None = None) -> tuple[str, ...]:
        """The agencies nearest to an unknown code or, if told, to its name."""
        pairs = [(item.canonical, item.name_vi) for item in self.agencies]
        by_name = nearest(name, [("", label) for _, label in pairs], 1) if name else ()
        named = [pair for pair in pairs if f" ({pair[1]})" in by_name]
        return tuple(dict.fromkeys((*nearest(name or code, named, 1), *nearest(code, pairs, 3))))[:3]

    def check(self, trouble: FileTrouble) -> None:
        """Successors exist; no code stands for two rows on one day."""
        for agency in self.agencies:
            if agency.successor and agency.successor.upper() not in self._by_code:
                trouble.add(
                    agency.where, f"successor không có trong danh sách / not listed: {agency.successor}"
                )
        for code, rows in self._by_code.items():
            for number, row in enumerate(rows):
                for other in rows[:number]:
                    if row.overlaps(other):
                        later, earlier = sorted((row, other), key=lambda item: -item.where.line)
                        trouble.add(
                            later.where,
                            f"mã {code} trùng thời gian hiệu lực với dòng {earlier.where.line} / "
                            f"code {code} overlaps in validity with line {earlier.where.line}",
                        )


def _aliases(agency: Agency) -> list[str]:
    return [code.upper() for code in (agency.canonical, agency.qcvn, agency.qd20) if code]


def _columns_known(table: Table, trouble: FileTrouble) -> bool:
    missing = [name for name in _COLUMNS[:-1] if name not in table.columns]
    unknown = [name for name in table.columns if name not in _COLUMNS]
    for name in missing:
        trouble.add(table.where, f"thiếu cột / column missing: {name}")
    for name in unknown:
        trouble.add(table.where, f"cột lạ / unknown column: {name}")
    return not missing


def _agency(table: Table, line: int, row: Mapping[str, str], trouble: FileTrouble) -> Agency | None:
    where = table.at(line)
    known = len(trouble.problems)
    for column, form in (("qcvn", QCVN), ("qd20", QD20)):
        if row[column] and not (form.match(row[column]) and len(row[column]) <= 35):
            trouble.add(where, f"{column} sai dạng / malformed: {row[column]}")
    for column in ("canonical", "name_vi"):
        if not row[column]:
            trouble.add(where, f"thiếu / missing: {column}")
    if row["level"] not in list(Level):
        trouble.add(where, f"level lạ / unknown: {row['level']}")
    first, last = (_day(row[column], where, column, trouble) for column in ("valid_from", "valid_to"))
    if first and last and last < first:
        trouble.add(where, "valid_to trước valid_from / valid_to before valid_from")
    if len(trouble.problems) > known:
        return None
    return Agency(
        canonical=row["canonical"],
        qcvn=row["qcvn"] or None,
        qd20=row["qd20"] or None,
        name_vi=row["name_vi"],
        level=Level(row["level"]),
        valid_from=first,
        valid_to=last,
        successor=row["successor"] or None,
        role=row["role"] or None,
        where=where,
    )


def _day(text: str, where: Where, column: str, trouble: FileTrouble) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        trouble.add(where, f"{column} không phải YYYY-MM-DD / not YYYY-MM-DD: {text}")
        return None
