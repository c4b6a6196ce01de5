"""Where the parts of a chart stand. Pure: the page draws them, in the colours of the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from connector.store.reconcile import Day

WIDTH, HEIGHT = 720, 180
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 26
LABELS = 6
"""So many days at most are named below."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar, from the ground up. ``kind``: ``opened`` or ``closed``."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Findings of one portal over time. ``dots``: what was left on the days with a pass; ``days``: x and day."""

    highest: int
    ground: int
    bars: tuple[Bar, ...]
    dots: tuple[tuple[float, float], ...]
    days: tuple[tuple[float, date], ...]
    opened: int
    closed: int
    left: int

    @property
    def line(self) -> str:
        """The dots, as a drawing's points."""
        return " ".join(f"{x},{y}" for x, y in self.dots)


def trend(found: Sequence[Day], first: date, last: date) -> Chart:
    """Draw days between two others, both included; ``found`` is not empty and in order."""
    count = (last - first).days + 1
    slot = (WIDTH - LEFT - RIGHT) / count
    highest = _round(max(max(one.opened, one.closed, one.standing) for one in found))
    scale = (HEIGHT - TOP - BOTTOM) / highest
    ground = HEIGHT - BOTTOM
    bars, dots = [], []
    for one in found:
        x = LEFT + (one.day - first).days * slot
        for kind, number, place in (("opened", one.opened, 0.15), ("closed", one.closed, 0.5)):
            height = round(number * scale, 1)
            bars.append(
                Bar(
                    kind=kind,
                    x=round(x + place * slot, 1),
                    y=round(ground - height, 1),
                    width=round(0.32 * slot, 1),
                    height=height,
                )
            )
        dots.append((round(x + slot / 2, 1), round(ground - one.standing * scale, 1)))
    every = -(-count // LABELS)
    named = [first + timedelta(days=i) for i in range(0, count, every)]
    return Chart(
        highest=highest,
        ground=ground,
        bars=tuple(one for one in bars if one.height),
        dots=tuple(dots),
        days=tuple((round(LEFT + ((day - first).days + 0.5) * slot, 1), day) for day in named),
        opened=sum(one.opened for one in found),
        closed=sum(one.closed for one in found),
        left=found[-1].standing,
    )


def _round(number: int) -> int:
    """The next 1, 2 or 5 with zeros: a top that can be read."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= number:
                return digit * power
        power *= 10
