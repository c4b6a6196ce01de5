"""Where the parts of a chart stand. Pure: the page draws them, in the colours of the style sheet.

Every chart has the same frame: a viewBox of :data:`WIDTH`, time from left to right, and instants named below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connector.store.reconcile import Day

WIDTH, HEIGHT = 560, 190
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 12, 34
LABELS = 7
"""So many instants at most are named below."""
GROUND = HEIGHT - BOTTOM
ROW = 40
"""Height of a row of a time line."""
GEOMETRY = {
    "width": WIDTH,
    "height": HEIGHT,
    "left": LEFT,
    "right": WIDTH - RIGHT,
    "top": TOP,
    "ground": GROUND,
}
"""The frame, for templates."""
SPANS_OF_TIME = (60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 432000, 864000)
"""Tops of a scale of seconds, from a minute to ten days."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle. ``kind`` names its colour; ``told`` is the number or state that it stands for."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Label:
    """An instant or day that is named below, and where."""

    x: float
    at: date


@dataclass(frozen=True, kw_only=True)
class BarChart:
    """Counts, one bar a step, of which the kinds stand on one another. ``sums``: kind → all of it; ``peaks``: the most."""

    highest: int
    boxes: tuple[Box, ...]
    labels: tuple[Label, ...]
    sums: Mapping[str, int]
    peaks: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line with gaps: ``pieces`` are points of polylines, ``dots`` those that stand alone."""

    kind: str
    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class LineChart:
    """Durations over time. ``highest``: seconds at the top; ``worst``: of each line, None if it was never known."""

    highest: int
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    worst: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a time line: its name, where its text stands, and its spans."""

    name: str
    y: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True, kw_only=True)
class TimeLine:
    """States over time, a row each."""

    height: int
    rows: tuple[Row, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Findings of one portal: what opened and closed each day as bars, what was left as a line of ``dots``."""

    highest: int
    boxes: tuple[Box, ...]
    dots: tuple[tuple[float, float], ...]
    labels: tuple[Label, ...]
    sums: Mapping[str, int]
    left: int

    @property
    def line(self) -> str:
        """The dots, as a drawing's points."""
        return _points(self.dots)


def bars(counts: Sequence[tuple[datetime, Mapping[str, int]]], kinds: Sequence[str]) -> BarChart:
    """Draw a counted series; ``kinds`` from the ground up. ``counts`` is not empty and in equal steps."""
    width = _slot(len(counts))
    highest = round_up(max(sum(one[kind] for kind in kinds) for _, one in counts))
    boxes: list[Box] = []
    for place, (_, one) in enumerate(counts):
        ground = float(GROUND)
        for kind in kinds:
            height = one[kind] * _height() / highest
            if one[kind]:
                boxes.append(_box(kind, LEFT + (place + 0.12) * width, ground - height, 0.76 * width, height))
            ground -= height
    return BarChart(
        highest=highest,
        boxes=tuple(boxes),
        labels=_labels([at for at, _ in counts], width),
        sums={kind: sum(one[kind] for _, one in counts) for kind in kinds},
        peaks={kind: max(one[kind] for _, one in counts) for kind in kinds},
    )


def lines(at: Sequence[datetime], series: Mapping[str, Sequence[float | None]]) -> LineChart:
    """Draw durations in seconds, None where nothing is known; ``at`` is not empty and in equal steps."""
    width = _slot(len(at))
    known = [value for values in series.values() for value in values if value is not None]
    highest = round_up_time(max(known, default=0))
    drawn = []
    for kind, values in series.items():
        pieces: list[list[tuple[float, float]]] = [[]]
        for place, value in enumerate(values):
            if value is None:
                pieces.append([])
                continue
            y = GROUND - min(value, highest) * _height() / highest
            pieces[-1].append((round(LEFT + (place + 0.5) * width, 1), round(y, 1)))
        drawn.append(
            Line(
                kind=kind,
                pieces=tuple(_points(one) for one in pieces if len(one) > 1),
                dots=tuple(one[0] for one in pieces if len(one) == 1),
            )
        )
    worst = {
        kind: max((one for one in values if one is not None), default=None) for kind, values in series.items()
    }
    return LineChart(highest=highest, lines=tuple(drawn), labels=_labels(at, width), worst=worst)


def time_line(
    rows: Mapping[str, Sequence[tuple[str, datetime, datetime]]], at: Sequence[datetime], until: datetime
) -> TimeLine:
    """Draw states (name, begin, end) over the steps ``at``, of which the last one ends at ``until``; a row a name.

    A span too short to be seen is drawn one unit wide, and only once where many of them share a unit.
    """
    whole = (until - at[0]).total_seconds()
    drawn = []
    for place, (name, spans) in enumerate(rows.items()):
        y = TOP + place * ROW
        boxes: dict[tuple[int, str], Box] = {}
        for state, begins, ends in spans:
            x = LEFT + (begins - at[0]).total_seconds() / whole * _width()
            width = (ends - begins).total_seconds() / whole * _width()
            boxes[(int(x), state)] = _box(state, x, y + ROW * 0.5, max(width, 1.0), ROW * 0.35)
        # what is short comes last, so that nothing long hides it
        drawn.append(
            Row(name=name, y=round(y + ROW * 0.4, 1), boxes=tuple(sorted(boxes.values(), key=_by_width)))
        )
    height = TOP + ROW * len(rows) + BOTTOM
    return TimeLine(height=height, rows=tuple(drawn), labels=_labels(at, _slot(len(at)), between=False))


def trend(found: Sequence[Day], first: date, last: date) -> Trend:
    """Draw days between two others, both included; ``found`` is not empty and in order."""
    count = (last - first).days + 1
    slot = _slot(count)
    highest = round_up(max(max(one.opened, one.closed, one.standing) for one in found))
    boxes, dots = [], []
    for one in found:
        x = LEFT + (one.day - first).days * slot
        for kind, number, place in (("opened", one.opened, 0.15), ("closed", one.closed, 0.5)):
            height = number * _height() / highest
            if number:
                boxes.append(_box(kind, x + place * slot, GROUND - height, 0.32 * slot, height))
        dots.append((round(x + slot / 2, 1), round(GROUND - one.standing * _height() / highest, 1)))
    return Trend(
        highest=highest,
        boxes=tuple(boxes),
        dots=tuple(dots),
        labels=_labels([first + timedelta(days=i) for i in range(count)], slot),
        sums={"opened": sum(one.opened for one in found), "closed": sum(one.closed for one in found)},
        left=found[-1].standing,
    )


def round_up(number: int) -> int:
    """The next 1, 2 or 5 with zeros: a top that can be read."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= number:
                return digit * power
        power *= 10


def round_up_time(seconds: float) -> int:
    """The next duration of :data:`SPANS_OF_TIME`; beyond them the next 1, 2 or 5 with zeros, in days."""
    day = SPANS_OF_TIME[-1] // 10
    return next((one for one in SPANS_OF_TIME if one >= seconds), round_up(-int(-seconds // day)) * day)


def _width() -> int:
    return WIDTH - LEFT - RIGHT


def _height() -> int:
    return GROUND - TOP


def _slot(count: int) -> float:
    return _width() / count


def _by_width(box: Box) -> float:
    return -box.width


def _box(kind: str, x: float, y: float, width: float, height: float) -> Box:
    """Rounded; what is there is seen, however small its share."""
    tall = max(round(height, 1), 0.5)
    return Box(
        kind=kind, x=round(x, 1), y=round(min(y, y + height - tall), 1), width=round(width, 1), height=tall
    )


def _labels(at: Sequence[date], width: float, *, between: bool = True) -> tuple[Label, ...]:
    every = -(-len(at) // LABELS)
    shift = 0.5 if between else 0.0
    return tuple(
        Label(x=round(LEFT + (place + shift) * width, 1), at=at[place]) for place in range(0, len(at), every)
    )


def _points(found: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in found)
