"""The table of ``make bench``: what was measured, what it is compared with, and whether the goals are met.

Only ratios and what is measured against itself travel between machines; absolute values tell of the one that ran it.
"""

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HEADS = ("measured", "value", "beside it", "ratio", "goal", "CPU a case", "what limits it")

MISSED_BY = 2 / 3
"""A goal is missed when less than this part of it is reached: more than a third is lacking."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line.

    Attributes:
        name: what was measured.
        unit: of ``value``.
        value: the connector's.
        count: how many were measured.
        beside: what else was measured in the same run, in the same unit.
        goals: by what it is compared with: how many times as much it should be.
        at_most: for a value that should be small: how much it may be.
        note: what limits it, or what else there is to say.
        cpu_s: processor seconds a case, the connector's and the database's together.
    """

    name: str
    unit: str
    value: float
    count: int
    beside: Mapping[str, float] = field(default_factory=dict)
    goals: Mapping[str, float] = field(default_factory=dict)
    at_most: float | None = None
    note: str = ""
    cpu_s: float | None = None

    @property
    def ratios(self) -> dict[str, float]:
        """How many times as much as each that it is compared with."""
        return {name: self.value / other for name, other in self.beside.items() if other}

    @property
    def reached(self) -> dict[str, float]:
        """Which part of each goal is reached; 1 is all of it."""
        told = {name: self.ratios[name] / goal for name, goal in self.goals.items()}
        if self.at_most is not None:
            told[f"≤ {self.at_most:g}"] = self.at_most / self.value if self.value else 1.0
        return told

    @property
    def missed(self) -> bool:
        """Is a goal missed by more than a third?"""
        return any(part < MISSED_BY for part in self.reached.values())

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "ratios": self.ratios, "reached": self.reached, "missed": self.missed}


def machine() -> dict[str, Any]:
    """Where it ran."""
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_at_end": round(os.getloadavg()[0], 1),
    }


def show(rows: Iterable[Row]) -> None:
    """For people."""
    table = Table(*HEADS, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*_cells(row))
    Console(width=150, highlight=False).print(table)
    print(_where())


BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def write(document: Path, rows: Iterable[Row]) -> None:
    """Put the table between the two marks of a Markdown document; the rest of it stays.

    Raises:
        ValueError: the document has no such marks.
    """
    before, begun, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (begun and ended):
        msg = f"{document.name} has no {BEGIN} … {END}"
        raise ValueError(msg)
    lines = [_line(HEADS), _line(["---"] * len(HEADS)), *(_line(_cells(row)) for row in rows)]
    text = "\n".join([BEGIN, "", *lines, "", f"Measured on: {_where()}.", "", END])
    document.write_text(before + text + after, encoding="utf-8")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _where() -> str:
    return ", ".join(f"{name} {value}" for name, value in machine().items())


def _cells(row: Row) -> tuple[str, ...]:
    goals = [f"{name} {goal:g}{_mark(row.reached[name])}" for name, goal in row.goals.items()]
    goals += [f"{name}{_mark(part)}" for name, part in row.reached.items() if name not in row.goals]
    return (
        row.name,
        f"{row.value:,.3g} {row.unit}" if row.value < 100 else f"{row.value:,.0f} {row.unit}",
        ", ".join(
            f"{name} {value:,.0f}" if value >= 10 else f"{name} {value:.2g}"
            for name, value in row.beside.items()
        ),
        ", ".join(f"{name} {value:.2f}" for name, value in row.ratios.items()),
        ", ".join(goals),
        f"{row.cpu_s * 1000:.1f} ms" if row.cpu_s is not None else "",
        row.note,
    )


def _mark(part: float) -> str:
    return " ✓" if part >= 1 else f" ({part:.0%})" if part >= MISSED_BY else f" MISSED ({part:.0%})"
