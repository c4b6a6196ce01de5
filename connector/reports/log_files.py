"""Entries of the log as CSV and as a workbook: one row at a time, in constant memory."""

import csv
import io
from typing import Any, BinaryIO, Protocol

import xlsxwriter

from connector.ledger.entry import Entry
from connector.reports.log_table import COLUMNS, About, cells, conditions
from connector.texts import Text

MOST_ROWS = 1_048_575
"""A sheet of the format holds 1,048,576 rows, one of which is the heading; longer logs go on in a further sheet."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class View(Protocol):
    """A file for people that takes entries as they come."""

    def add(self, entry: Entry) -> None:
        """The next entry."""
        ...

    def close(self, about: About) -> None:
        """All entries were added: write what is left."""
        ...


def harmless(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: those that look like one get an apostrophe in front."""
    return f"'{text}" if text.startswith(_FORMULA) else text


class LogCsv:
    """CSV, UTF-8 with the mark that tells spreadsheets so."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._text = io.StringIO(newline="")
        self._rows = csv.writer(self._text)
        out.write(b"\xef\xbb\xbf")
        self._row([column.name for column in COLUMNS])

    def add(self, entry: Entry) -> None:
        """The next entry."""
        self._row([harmless(cell) if isinstance(cell, str) else cell for cell in cells(entry)])

    def close(self, about: About) -> None:
        """Nothing is left; what a CSV says of itself stands in its manifest."""

    def _row(self, values: list[str | int | None]) -> None:
        self._rows.writerow(values)
        self._out.write(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()


class LogXlsx:
    """A workbook that keeps one row in memory at a time; nothing in it becomes a formula or a link."""

    def __init__(self, out: BinaryIO) -> None:
        self._book = xlsxwriter.Workbook(
            out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        base = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
        self._plain = self._book.add_format(base)
        self._head = self._book.add_format({**base, "bold": True, "text_wrap": True, "bg_color": "#EBEBEB"})
        self._title = self._book.add_format({**base, "bold": True, "font_size": 14})
        self._wrapped = self._book.add_format({**base, "text_wrap": True})
        self._sheet: Any = None
        self._count = 0

    def add(self, entry: Entry) -> None:
        """The next entry."""
        at = self._count % MOST_ROWS
        if at == 0:
            self._begin(self._count // MOST_ROWS + 1)
        self._count += 1
        for column, value in enumerate(cells(entry)):
            if isinstance(value, int):
                self._sheet.write_number(at + 1, column, value, self._plain)
            elif value:
                self._sheet.write_string(at + 1, column, value, self._plain)

    def close(self, about: About) -> None:
        """Write the sheet that explains the others, and the file."""
        if self._sheet is None:
            self._begin(1)
        self._explain(about)
        self._book.close()

    def _begin(self, part: int) -> None:
        self._sheet = self._book.add_worksheet("Nhật ký" if part == 1 else f"Nhật ký {part}")
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.freeze_panes(1, 1)
        for at, column in enumerate(COLUMNS):
            self._sheet.set_column(at, at, column.width)
            self._sheet.write_string(0, at, f"{column.title.vi}\n{column.title.en}", self._head)

    def _explain(self, about: About) -> None:
        sheet = self._book.add_worksheet("Chú giải")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 110)
        sheet.write_string(
            0, 0, "Trích xuất nhật ký đối soát / Export of the reconciliation log", self._title
        )
        for at, (name, value) in enumerate(explained(about), start=2):
            sheet.write_string(at, 0, f"{name.vi}\n{name.en}", self._head)
            sheet.write_string(at, 1, value, self._wrapped)


def explained(about: About) -> list[tuple[Text, str]]:
    """What a view says of itself, line by line."""
    return [
        (Text("Điều kiện chọn", "Picked by"), conditions(about.wanted)),
        (Text("Số mục", "Entries"), str(about.entries)),
        (Text("Người lập", "Made by"), about.made_by),
        (Text("Điểm niêm phong", "Checkpoint"), about.proof.checkpoint.strip()),
        (
            Text("Giá trị chứng minh", "What proves it"),
            (
                "Bảng này để đọc. Bằng chứng nằm trong tệp .jsonl cùng lần trích xuất; kiểm tra ngoại tuyến bằng "
                "`phanhoi-verify`.\nThis table is for reading. The proof is the .jsonl file of the same export; check "
                "it offline with `phanhoi-verify`."
            ),
        ),
    ]
