"""A counted report as the page shows it: sections, tables, and the key of each number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from connector.console.visit import Visit
from connector.reports import tables
from connector.reports.cube import Report
from connector.reports.explained import AVERAGE_DAYS, MEASURES
from connector.reports.tables import Line
from connector.texts import Text

NO_FIELD = "-"
"""Stands in an address for cases without a field."""


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number: its key, which finds the cases behind it, how it is counted, and how deep it lies within others."""

    key: str
    label: str
    how: str
    depth: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Section:
    """Numbers under one heading."""

    title: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A number of a row; ``key`` finds its cases."""

    key: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """An agency, a field, a channel or a duty. ``code``: None for a duty, and ``-`` for cases without a field."""

    code: str | None
    name: str
    cells: tuple[Cell, ...]
    average_days: float | None = None


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: ``of`` says what its rows are."""

    of: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A counted report. ``sha256`` proves the numbers and the cases behind them; the same stands in the log."""

    name: str
    title: str
    first: date
    last: date
    as_of: datetime
    scope: str
    sha256: str
    sections: tuple[Section, ...]
    average_days: float | None
    average_how: str
    grids: tuple[Grid, ...]


def counted(visit: Visit, found: Report) -> Counted:
    """The whole report, in the visitor's language."""
    lang = visit.lang
    return Counted(
        name=found.period.name,
        title=found.period.title.say(lang),
        first=found.period.first,
        last=found.period.last,
        as_of=found.as_of,
        scope=found.scope,
        sha256=found.digest,
        sections=tuple(
            Section(title=title.say(lang), numbers=tuple(_number(visit, found, key) for key in keys))
            for title, keys in tables.SECTIONS
        ),
        average_days=found.average_days(),
        average_how=AVERAGE_DAYS.how.say(lang),
        grids=(
            _grid(visit, found, "agency", tables.by_agency(found)),
            _grid(visit, found, "field", tables.by_field(found, lang)),
            _grid(visit, found, "channel", tables.by_channel(found, lang)),
            _duties(visit, found),
        ),
    )


def _number(visit: Visit, found: Report, key: str) -> Number:
    told = MEASURES[key]
    return Number(
        key=key,
        label=told.label.say(visit.lang),
        how=f"{told.how.say(visit.lang)} ({told.basis})",
        depth=tables.depth(key),
        count=found.count(key),
    )


def _grid(visit: Visit, found: Report, of: str, lines: list[Line]) -> Grid:
    return Grid(
        of=of,
        heads=_said(visit, (label for label, _ in tables.NARROW)),
        rows=tuple(
            Row(
                code=line.agency or line.channel or (line.field or NO_FIELD if of == "field" else None),
                name=line.label,
                cells=tuple(Cell(key=key, count=line.count(found, key)) for _, key in tables.NARROW),
                average_days=line.average(found),
            )
            for line in lines
        ),
    )


def _duties(visit: Visit, found: Report) -> Grid:
    return Grid(
        of="duty",
        heads=_said(visit, (label for _, label in tables.OUTCOMES)),
        rows=tuple(
            Row(
                code=None,
                name=line.label.say(visit.lang),
                cells=tuple(Cell(key=key, count=found.count(key)) for key in line.keys),
            )
            for line in tables.by_duty(found)
        ),
    )


def _said(visit: Visit, texts: Iterable[Text]) -> tuple[str, ...]:
    return tuple(one.say(visit.lang) for one in texts)
