"""The report as a workbook: the same tables, numbers as numbers, and behind each number its cases."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any, BinaryIO

import xlsxwriter

from connector.clock import LOCAL_ZONE
from connector.reports import tables
from connector.reports.cube import Report
from connector.reports.explained import AVERAGE_DAYS, MEASURES
from connector.reports.measures import Measure
from connector.reports.tables import Line

M = Measure

MOST_ROWS = 1_000_000
"""A sheet of the format holds 1,048,576 rows; longer lists go on in a further sheet."""

Cell = str | int | float | None


class _Book:
    """A workbook that keeps one row in memory at a time."""

    def __init__(self, out: BinaryIO, report: Report) -> None:
        self.book = xlsxwriter.Workbook(
            out,
            # nothing that anybody typed becomes a formula or a link
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        self.book.set_properties(
            {
                "title": f"Báo cáo phản ánh, kiến nghị {report.period.title.vi}",
                "subject": report.digest,
                "created": report.as_of.astimezone(UTC).replace(tzinfo=None),
            }
        )
        base = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
        self.plain = self.book.add_format({**base, "border": 1, "text_wrap": True})
        self.number = self.book.add_format({**base, "border": 1, "num_format": "#,##0"})
        self.decimal = self.book.add_format({**base, "border": 1, "num_format": "#,##0.0"})
        self.percent = self.book.add_format({**base, "border": 1, "num_format": "0.0%"})
        self.head = self.book.add_format(
            {**base, "border": 1, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#EBEBEB"}
        )
        self.title = self.book.add_format({**base, "bold": True, "font_size": 14})
        self.small = self.book.add_format({**base, "italic": True})
        self.report = report

    def sheet(self, name: str, title: str, english: str, widths: Sequence[float]) -> Any:
        """A sheet with its two titles; the first free row is 3."""
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self.report.period.name} · {self.report.digest[:16]}&R&P/&N")
        scope = f" ({self.report.scope})" if self.report.scope else ""
        sheet.write_string(0, 0, f"{title} {self.report.period.title.vi}{scope}", self.title)
        sheet.write_string(1, 0, f"{english}, {self.report.period.title.en}", self.small)
        return sheet

    def row(self, sheet: Any, row: int, cells: Iterable[Cell], form: Any = None) -> None:
        """Write one row; an empty value stays an empty ruled cell."""
        for column, value in enumerate(cells):
            if value is None:
                sheet.write_blank(row, column, None, form or self.plain)
            elif isinstance(value, str):
                sheet.write_string(row, column, value, form or self.plain)
            else:
                sheet.write_number(
                    row, column, value, form or (self.decimal if isinstance(value, float) else self.number)
                )


def write_xlsx(report: Report, out: BinaryIO) -> None:
    """Write the whole report."""
    book = _Book(out, report)
    _summary(book)
    _wide(book, "Theo cơ quan", "Số liệu theo cơ quan,", "By agency", "Cơ quan", tables.by_agency(report))
    _wide(book, "Theo lĩnh vực", "Số liệu theo lĩnh vực,", "By field", "Lĩnh vực", tables.by_field(report))
    _channels(book)
    _duties(book)
    _behind(book)
    _notes(book)
    book.book.close()


def _summary(book: _Book) -> None:
    report = book.report
    sheet = book.sheet("Tổng hợp", "Tổng hợp", "Summary", (52, 44, 12, 32))
    as_of = report.as_of.astimezone(LOCAL_ZONE)
    sheet.write_string(2, 0, f"Số liệu tính đến {as_of:%H:%M %d/%m/%Y}; SHA-256 {report.digest}", book.small)
    book.row(sheet, 3, ("Chỉ tiêu", "Number", "Số lượng", "Mã số"), book.head)
    sheet.freeze_panes(4, 0)
    at = 4
    for title, keys in tables.SECTIONS:
        book.row(sheet, at, (title.vi, title.en, None, None), book.head)
        for key in keys:
            at += 1
            one = MEASURES[key]
            indent = "    " * tables.depth(key)
            book.row(sheet, at, (indent + one.label.vi, one.label.en, report.count(key), key))
        at += 1
    average = AVERAGE_DAYS.label
    book.row(sheet, at, (average.vi, average.en, report.average_days(), "average_days"))


def _wide(book: _Book, name: str, title: str, english: str, of: str, lines: list[Line]) -> None:
    sheet = book.sheet(name, title, english, (5, 34, 15, *[8.5] * (len(tables.WIDE_KEYS) + 1)))
    sheet.set_row(2, 32)
    sheet.set_row(3, 76)
    book.row(sheet, 2, [None] * (len(tables.WIDE_KEYS) + 4), book.head)
    first = 3
    for group, columns in tables.WIDE:
        last = first + len(columns) - 1
        sheet.merge_range(2, first, 2, last, f"{group.vi}\n{group.en}", book.head)
        first = last + 1
    labels = [f"{label.vi}\n{label.en}" for _, columns in tables.WIDE for _, label in columns]
    book.row(sheet, 3, ("TT", of, "Mã", *labels, f"{tables.AVERAGE.vi}\n{tables.AVERAGE.en}"), book.head)
    sheet.freeze_panes(4, 2)
    sheet.repeat_rows(2, 3)
    for place, line in enumerate((tables.total(book.report), *lines)):
        numbers = (line.count(book.report, key) for key in tables.WIDE_KEYS)
        code = line.agency or line.field or None
        book.row(sheet, 4 + place, (place or None, line.label, code, *numbers, line.average(book.report)))


def _channels(book: _Book) -> None:
    sheet = book.sheet("Theo kênh", "Tiếp nhận theo kênh,", "Received, by channel", (44, 24, 14, 14))
    book.row(sheet, 3, ("Kênh tiếp nhận", "Mã", "Số lượng", "Tỷ lệ"), book.head)
    for at, line in enumerate(tables.by_channel(book.report), start=4):
        book.row(sheet, at, (line.label, line.channel, line.count(book.report, M.RECEIVED)))
        sheet.write_number(at, 3, tables.share(book.report, line), book.percent)


def _duties(book: _Book) -> None:
    """Of the whole, then of each agency."""
    report = book.report
    sheet = book.sheet(
        "Theo nghĩa vụ", "Thời hạn theo nghĩa vụ,", "Deadlines, by duty", (40, 18, 36, 36, *[15] * 4)
    )
    labels = (f"{label.vi}\n{label.en}" for _, label in tables.OUTCOMES)
    book.row(sheet, 3, ("Cơ quan", "Mã", "Nghĩa vụ", "Duty", *labels), book.head)
    sheet.freeze_panes(4, 0)
    whole = tables.total(report)
    rows = [(whole, one) for one in tables.by_duty(report)]
    rows += [(line, one) for line in tables.by_agency(report) for one in tables.by_duty(report, line)]
    for at, (line, one) in enumerate(rows, start=4):
        counts = (line.count(report, key) for key in one.keys)
        book.row(sheet, at, (line.label, line.agency, one.label.vi, one.label.en, *counts))


def _behind(book: _Book) -> None:
    """Every number of the tables with its case numbers (R31)."""
    sheet = None
    for count, (key, line, case) in enumerate(tables.behind(book.report)):
        at = count % MOST_ROWS
        if at == 0:
            part = count // MOST_ROWS + 1
            name = "Chi tiết" if part == 1 else f"Chi tiết {part}"
            sheet = book.sheet(
                name, "Hồ sơ của từng con số,", "Cases behind each number", (34, 44, 44, 20, 32)
            )
            head = ("Mã số chỉ tiêu", "Chỉ tiêu", "Thuộc dòng", "Mã dòng", "Mã hồ sơ")
            book.row(sheet, 3, head, book.head)
            sheet.freeze_panes(4, 0)
        code = line.agency or line.field or None
        book.row(sheet, 4 + at, (key, MEASURES[key].label.vi, line.label, code, case))


def _notes(book: _Book) -> None:
    sheet = book.sheet(
        "Chú giải", "Cách tính các chỉ tiêu,", "How each number is counted", (34, 40, 60, 60, 22)
    )
    book.row(sheet, 3, ("Mã số", "Chỉ tiêu", "Cách tính", "How it is counted", "Căn cứ"), book.head)
    sheet.freeze_panes(4, 0)
    for at, (key, one) in enumerate(tables.EXPLAINED, start=4):
        book.row(sheet, at, (key, one.label.vi, one.how.vi, one.how.en, one.basis))
