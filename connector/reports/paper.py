"""Official paper: A4, margins, heading and fonts of NĐ 30/2020/NĐ-CP (Phụ lục I), for reports and hand-over sheets.

The fonts lie beside this module and are embedded, so that every Vietnamese letter prints the same everywhere.
"""

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Table,
)

from connector.text.keys import exact

FONT = "PhieuSerif"
BOLD = "PhieuSerif-Bold"
ITALIC = "PhieuSerif-Italic"
FONTS = Path(__file__).parent / "fonts"

LEFT, RIGHT, TOP, BOTTOM = 30 * mm, 18 * mm, 20 * mm, 20 * mm
"""NĐ 30/2020: 30-35 mm left, 15-20 mm right, 20-25 mm above and below."""

_PAGES = {"upright": A4, "lying": landscape(A4)}

GREY = Color(0.92, 0.92, 0.92)

MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")


@cache
def use_fonts() -> None:
    """Make the embedded fonts known to the PDF library, once."""
    for name, style in ((FONT, "Regular"), (BOLD, "Bold"), (ITALIC, "Italic")):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"PhieuSerif-{style}.ttf")))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=ITALIC, boldItalic=BOLD)


@cache
def style(
    size: float,
    font: str = FONT,
    *,
    centre: bool = False,
    justify: bool = False,
    after: float = 0,
    indent: float = 0,
    left: float = 0,
) -> Any:
    """A paragraph style; running text is justified, as the decree has it, what stands in tables is not."""
    use_fonts()
    return ParagraphStyle(
        name=f"{font}-{size}",
        fontName=font,
        fontSize=size,
        leading=size * 1.25,
        alignment=TA_CENTER if centre else TA_JUSTIFY if justify else TA_LEFT,
        spaceAfter=after,
        firstLineIndent=indent,
        leftIndent=left,
        textColor=black,
    )


def text(words: str, size: float = 13, font: str = FONT, **how: Any) -> Any:
    """A paragraph of plain words: what is markup in them is shown, not obeyed; line breaks are kept."""
    return Paragraph(escape(_visible(words)).replace("\n", "<br/>"), style(size, font, **how))


def _visible(words: str) -> str:
    """NFC, as the font has the letters, without what is invisible or turns the direction of reading."""
    return "".join(
        char for char in exact(words) if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf"}
    )


def body(words: str, *, after: float = 0) -> Any:
    """A paragraph of running text."""
    return text(words, justify=True, indent=10 * mm, after=after)


def centred(words: str, size: float = 13, font: str = FONT, **how: Any) -> Any:
    """A centred paragraph."""
    return text(words, size, font, centre=True, **how)


def heading(above: str, issuer: str, number: str, place_and_day: str) -> Any:
    """Who issues it (left), the national name and motto (right), number and day below."""
    rows = [
        [
            [centred(above.upper(), 12), centred(issuer.upper(), 12, BOLD), _Rule(0.3)],
            [centred(MOTTO[0], 12, BOLD), centred(MOTTO[1], 13, BOLD), _Rule(0.57)],
        ],
        [centred(number, 13), centred(place_and_day, 13, ITALIC)],
    ]
    return side_by_side(rows, [68 * mm, 94 * mm])


def side_by_side(rows: Sequence[Sequence[Any]], widths: Sequence[float], more: Sequence[Any] = ()) -> Any:
    """A table without rules, for what merely stands beside each other."""
    plain = [
        # the font of a table is embedded even if all its cells are paragraphs with their own
        ("FONTNAME", (0, 0), (-1, -1), FONT),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ]
    return Table(rows, colWidths=widths, style=[*plain, *more])


class _Rule(Flowable):  # type: ignore[misc]  # the library has no types
    """A thin line in the middle, so wide a part of the column."""

    def __init__(self, part: float) -> None:
        super().__init__()
        self.part = part

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width = width
        return width, 5

    def draw(self) -> None:
        self.canv.setLineWidth(0.7)
        self.canv.line(self.width * (1 - self.part) / 2, 2, self.width * (1 + self.part) / 2, 2)


def grid(
    rows: Sequence[Sequence[Any]], widths: Sequence[float], *, head: int = 1, more: Sequence[Any] = ()
) -> Any:
    """A ruled table whose heading rows are repeated on each page."""
    plain = [
        ("FONTNAME", (0, 0), (-1, -1), FONT),
        ("GRID", (0, 0), (-1, -1), 0.5, black),
        ("BACKGROUND", (0, 0), (-1, head - 1), GREY),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    return Table(rows, colWidths=widths, repeatRows=head, style=[*plain, *more], hAlign="CENTER")


def turn(name: str) -> list[Any]:
    """A new page of the other kind: ``upright`` or ``lying``."""
    return [NextPageTemplate(name), PageBreak()]


def write(
    out: BinaryIO,
    story: list[Any],
    *,
    title: str,
    subject: str,
    author: str,
    foot: Callable[[], str] = str,
    first: str = "upright",
) -> None:
    """Lay the story out on A4 and write the PDF.

    Pages are numbered in the middle of the upper margin; the first page bears no number (NĐ 30/2020, Phụ lục I mục II.7).

    Args:
        out: where the bytes go.
        story: what to print.
        title: the document's title, for the reader's window and for search.
        subject: what it is.
        author: the issuing agency.
        foot: a line at the foot of every page.
        first: how the first page lies: ``upright`` or ``lying``.
    """
    use_fonts()

    def number(canvas: Any, page: Any) -> None:
        width, height = canvas._pagesize  # noqa: SLF001  # the library has no other way to tell
        canvas.saveState()
        if page.page > 1:
            canvas.setFont(FONT, 13)
            canvas.drawCentredString(width / 2, height - 12 * mm, str(page.page))
        canvas.setFont(ITALIC, 8)
        canvas.drawString(LEFT, 10 * mm, foot())
        canvas.restoreState()

    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=title,
        subject=subject,
        author=author,
        creator="phanhoi",
        lang="vi-VN",
        initialFontName=FONT,
    )
    document.addPageTemplates(
        [
            PageTemplate(id=name, pagesize=size, frames=[_frame(size)], onPage=number)
            for name, size in sorted(_PAGES.items(), key=lambda page: page[0] != first)
        ]
    )
    document.build(story)


def _frame(size: tuple[float, float]) -> Any:
    width, height = size
    return Frame(LEFT, BOTTOM, width - LEFT - RIGHT, height - TOP - BOTTOM, 0, 0, 0, 0, id="body")
