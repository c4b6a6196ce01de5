"""Views of the log for people: the same rows in CSV, workbook and document; nothing in them becomes a formula."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from connector.ledger.entry import Entry
from connector.ledger.filter import LogFilter
from connector.reports.log_files import LogCsv, LogXlsx, View, harmless
from connector.reports.log_pdf import LogPdf
from connector.reports.log_table import COLUMNS, About, cells, conditions
from tests.unit.evidence_kit import SENT_AT, chain, drafts, proof

ENTRIES = chain(drafts(25))


def about() -> About:
    return About(wanted=LogFilter(), made_at=SENT_AT, made_by="cli/mau", entries=25, proof=proof(ENTRIES))


def made(view: type[Any], entries: list[Entry] = ENTRIES) -> bytes:
    out = io.BytesIO()
    one: View = view(out)
    for entry in entries:
        one.add(entry)
    one.close(about())
    return out.getvalue()


def rows(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_csv_has_a_row_for_each_entry_and_names_its_columns() -> None:
    head, *told = rows(made(LogCsv))
    assert head == [column.name for column in COLUMNS]
    assert told == [["" if cell is None else str(cell) for cell in cells(entry)] for entry in ENTRIES]


def test_what_looks_like_a_formula_gets_an_apostrophe_in_the_csv() -> None:
    for text in ("=1+1", "+84", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert harmless(text) == f"'{text}"
    assert harmless("sent=1") == "sent=1"
    forged = [replace(ENTRIES[0], kind="=HYPERLINK(0)", actor="+84900000000", data={"a": "=1"}, hash="@x")]
    row = dict(zip([column.name for column in COLUMNS], rows(made(LogCsv, forged))[1], strict=True))
    assert row["loai"] == "'=HYPERLINK(0)"
    assert row["tai_khoan"] == "'+84900000000"
    assert row["ma_bam"] == "'@x"
    assert row["du_kien"] == "a==1"


def test_the_workbook_has_numbers_as_numbers_and_no_formula() -> None:
    forged = [*ENTRIES, replace(ENTRIES[0], kind="=HYPERLINK(0)", actor="=1+1")]
    book = load_workbook(io.BytesIO(made(LogXlsx, forged)))
    assert book.sheetnames == ["Nhật ký", "Chú giải"]
    sheet = book["Nhật ký"]
    assert [sheet.cell(row, 1).value for row in range(2, 27)] == [entry.seq for entry in ENTRIES]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"n", "s"}
    assert sheet.cell(27, 8).value == "=1+1"


def test_a_long_log_goes_on_in_a_further_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.reports.log_files.MOST_ROWS", 10)
    book = load_workbook(io.BytesIO(made(LogXlsx)))
    assert book.sheetnames == ["Nhật ký", "Nhật ký 2", "Nhật ký 3", "Chú giải"]
    assert [book[name].max_row - 1 for name in book.sheetnames[:3]] == [10, 10, 5]


def test_the_document_tells_every_entry_the_conditions_and_the_checkpoint() -> None:
    pages = PdfReader(io.BytesIO(made(LogPdf))).pages
    words = " ".join(page.extract_text() for page in pages)
    assert "toàn bộ nhật ký" in words
    assert "Hệ thống kia đã nhận" in words
    assert "phanhoi-verify" in words
    assert all(entry.hash[:16] in words for entry in ENTRIES)


def test_a_fact_of_any_length_fits_on_a_page() -> None:
    long = replace(ENTRIES[0], data={f"k{number}": "x" * 200 for number in range(24)})
    assert PdfReader(io.BytesIO(made(LogPdf, [long]))).pages


def test_conditions_are_told_in_words() -> None:
    wanted = LogFilter(systems=("register",), kinds=("sent", "done"), case_id=5)
    assert conditions(wanted) == "Hệ thống: register; Hồ sơ: 5; Loại: sent, done"
    assert conditions(LogFilter(), "en") == "the whole log"
