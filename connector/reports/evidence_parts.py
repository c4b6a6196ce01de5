"""What all parts of the evidence document share: titles, tables, how instants and long words are shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Spacer

from connector.clock import LOCAL_ZONE
from connector.reports.paper import BOLD, FONT, ITALIC, centred, grid, text

SMALL = 9.5
"""Letters in tables, in points."""

MOST_LETTERS = 300
_BLOCK = 200


def section(number: str, title: str, english: str) -> list[Any]:
    """The title of a part; it stands with at least the beginning of what it names."""
    return [
        CondPageBreak(35 * mm),
        text(f"{number}. {title}", 13, BOLD, after=0.5 * mm),
        text(english, 10, ITALIC, after=1.5 * mm),
    ]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> list[Any]:
    """Rows of plain words under their headings; widths in mm. Long ones in blocks, which are laid out far quicker."""
    head = [centred(words, SMALL, BOLD) for words in heads]
    cells = [[text(words, SMALL) for words in row] for row in rows]
    blocks = [cells[at : at + _BLOCK] for at in range(0, len(cells), _BLOCK)]
    return [*(grid([head, *block], [one * mm for one in widths]) for block in blocks), Spacer(0, 4 * mm)]


def nothing(words: str) -> list[Any]:
    """What stands in the place of an empty table."""
    return [text(words, 11, FONT, after=4 * mm)]


def moment(at: datetime | None) -> str:
    """Vietnamese civil time, to the second."""
    return f"{at.astimezone(LOCAL_ZONE):%d/%m/%Y %H:%M:%S}" if at else "–"


def day(at: datetime) -> str:
    """Vietnamese civil day."""
    return f"{at.astimezone(LOCAL_ZONE):%d/%m/%Y}"


def clip(words: str) -> str:
    """The words, cut off if a page could not hold them in one cell; they stand whole in the bundle."""
    return words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS]}…"
