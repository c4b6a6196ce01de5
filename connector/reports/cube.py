"""The numbers of a period as one cube: for each cell (agency, field, channel) and each key the case numbers behind it. Pure.

Every sum is taken from the same cube, so agencies, fields and channels add up to the total, and each number drills down (R31).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from connector.canonical import digest
from connector.case import Channel
from connector.reports.measures import APART, SUMS
from connector.reports.names import Names
from connector.reports.period import Period


class Cell(NamedTuple):
    """Where a count belongs."""

    agency: str
    field: str | None
    channel: Channel


@dataclass(frozen=True, kw_only=True)
class Report:
    """The numbers of one period.

    Attributes:
        as_of: the end of the period, or the moment of counting if that was earlier.
        cube: case numbers by cell and key, sorted; a case that came twice stands twice.
        days: working days to the answer, by cell; answers in years without a calendar are left out.
        apart: case numbers of what was taken off the system or erased, outside every cell.
        scope: the agency and field that it is narrowed to, as text; empty for the whole province.
    """

    period: Period
    as_of: datetime
    names: Names
    cube: Mapping[Cell, Mapping[str, tuple[str, ...]]]
    days: Mapping[Cell, tuple[int, ...]]
    apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scope: str = ""

    def ids(
        self,
        key: str,
        *,
        agency: str | None = None,
        field: str | None = None,
        channel: Channel | None = None,
    ) -> tuple[str, ...]:
        """The case numbers behind a number, sorted; ``""`` as field stands for cases without one."""
        return tuple(sorted(chain.from_iterable(self._behind(key, agency, field, channel))))

    def count(
        self,
        key: str,
        *,
        agency: str | None = None,
        field: str | None = None,
        channel: Channel | None = None,
    ) -> int:
        """The number itself."""
        return sum(map(len, self._behind(key, agency, field, channel)))

    def average_days(
        self, *, agency: str | None = None, field: str | None = None, channel: Channel | None = None
    ) -> float | None:
        """Working days from receipt to answer, on average; None without an answer."""
        cells = self._cells(agency, field, channel)
        days = [number for cell in cells for number in self.days.get(cell, ())]
        return sum(days) / len(days) if days else None

    def only(self, *, agencies: Collection[str] = (), field: str | None = None) -> "Report":
        """The same report for some agencies, one field, or both; without what is counted apart."""
        cells = [cell for cell in self._cells(None, field, None) if not agencies or cell.agency in agencies]
        return replace(
            self,
            cube={cell: self.cube[cell] for cell in cells},
            days={cell: self.days[cell] for cell in cells if cell in self.days},
            apart={},
            scope=", ".join(
                filter(
                    None,
                    (
                        ", ".join(map(self.names.agency, agencies)),
                        self.names.field(field or None) if field is not None else None,
                    ),
                )
            ),
        )

    def _behind(
        self, key: str, agency: str | None, field: str | None, channel: Channel | None
    ) -> Iterator[tuple[str, ...]]:
        if key in APART:
            if agency is None and field is None and channel is None:
                yield self.apart.get(key, ())
            return
        atoms = _atoms(key)
        for cell in self._cells(agency, field, channel):
            for name in atoms:
                yield self.cube[cell].get(name, ())

    def _cells(self, agency: str | None, field: str | None, channel: Channel | None) -> list[Cell]:
        near = self._by_agency.get(agency, []) if agency is not None else self.cube
        return [
            cell for cell in near if field in (None, cell.field or "") and channel in (None, cell.channel)
        ]

    @cached_property
    def _by_agency(self) -> Mapping[str, list[Cell]]:
        found: dict[str, list[Cell]] = defaultdict(list)
        for cell in self.cube:
            found[cell.agency].append(cell)
        return found

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every number and the case numbers behind it."""
        cube = {
            "|".join(part or "" for part in cell): {key: list(ids) for key, ids in keys.items()}
            for cell, keys in self.cube.items()
        }
        apart = {key: list(ids) for key, ids in self.apart.items()}
        return digest({"period": self.period.name, "as_of": self.as_of, "cube": cube, "apart": apart})


def _atoms(key: str) -> tuple[str, ...]:
    """The counted numbers that make up a sum."""
    return tuple(atom for part in SUMS[key] for atom in _atoms(part)) if key in SUMS else (key,)
