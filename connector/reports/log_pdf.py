"""Entries of the log as a document for people: a heading, the entries, and what proves them."""

from typing import Any, BinaryIO

from reportlab.lib.units import mm
from reportlab.platypus import Spacer

from connector.clock import LOCAL_ZONE
from connector.ledger.entry import Entry
from connector.reports.log_files import explained
from connector.reports.log_table import About, conditions, facts, meaning
from connector.reports.names import system_name
from connector.reports.paper import BOLD, ITALIC, centred, grid, side_by_side, text, write

MOST_ENTRIES = 5000
"""Some four hundred pages; nobody reads more on paper, and laying out takes memory by the page."""

MOST_LETTERS = 600
_BLOCK = 250
_WIDTHS = [14 * mm, 20 * mm, 56 * mm, 32 * mm, 17 * mm, 24 * mm, 58 * mm, 27 * mm]


class LogPdf:
    """A PDF; the entries are laid out when all are known."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._rows: list[list[Any]] = []

    def add(self, entry: Entry) -> None:
        """The next entry."""
        self._rows.append(_row(entry))

    def close(self, about: About) -> None:
        """Lay it out and write it."""
        at = about.made_at.astimezone(LOCAL_ZONE)
        title = "Trích xuất nhật ký đối soát"
        write(
            self._out,
            [*_opening(about), *self._tables(), *_closing(about)],
            title=title,
            subject=conditions(about.wanted),
            author=about.made_by,
            foot=lambda: f"Lập lúc {at:%H:%M ngày %d/%m/%Y}, tài khoản {about.made_by}",
            first="lying",
        )

    def _tables(self) -> list[Any]:
        """In blocks: one table of thousands of rows takes far longer to lay out than many short ones."""
        head = [
            centred(words, 8, BOLD)
            for words in (
                "Mục",
                "Thời điểm",
                "Loại",
                "Hệ thống",
                "Hồ sơ\nlệnh gửi",
                "Tài khoản",
                "Dữ kiện",
                "Mã băm\n(16 ký tự đầu)",
            )
        ]
        blocks = (self._rows[at : at + _BLOCK] for at in range(0, len(self._rows), _BLOCK))
        return [grid([head, *block], _WIDTHS) for block in blocks]


def _row(entry: Entry) -> list[Any]:
    where = "\n".join(str(one) for one in (entry.case_id, entry.delivery_id) if one is not None)
    return [
        text(str(entry.seq), 8),
        text(f"{entry.at.astimezone(LOCAL_ZONE):%d/%m/%Y %H:%M:%S}", 8),
        text(f"{meaning(entry.kind)}\n({entry.kind})", 8),
        text(system_name(entry.system) if entry.system else "–", 8),
        text(where or "–", 8),
        text(entry.actor, 8),
        text(_clip(facts(entry.data)) or "–", 8),
        text(entry.hash[:16], 8),
    ]


def _clip(words: str) -> str:
    """A row must fit on a page; the whole stands in the other files."""
    return words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS]}…"


def _opening(about: About) -> list[Any]:
    return [
        centred("TRÍCH XUẤT NHẬT KÝ ĐỐI SOÁT", 14, BOLD),
        centred("Export of the reconciliation log", 10, ITALIC, after=2 * mm),
        centred(f"{conditions(about.wanted)} — {about.entries} mục", 11, after=3 * mm),
    ]


def _closing(about: About) -> list[Any]:
    rows = [[text(name.vi, 10, BOLD), text(value, 9)] for name, value in explained(about)]
    return [Spacer(0, 4 * mm), side_by_side(rows, [40 * mm, 200 * mm])]
