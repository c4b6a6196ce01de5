"""The files of a report, read back: numbers are numbers, Vietnamese is intact, nothing of a citizen is in them."""

import csv
import io
import json
import re
import unicodedata
from itertools import pairwise
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from reportlab.pdfbase.ttfonts import TTFontFile

from connector.case import ActKind, Channel, Privacy
from connector.jsonable import jsonable
from connector.reports import tables
from connector.reports.cube import Report
from connector.reports.explained import MEASURES
from connector.reports.measures import Measure
from connector.reports.paper import FONTS
from connector.reports.pdf import write_pdf
from connector.reports.plain import as_json, write_csv
from connector.reports.xlsx import write_xlsx
from tests.unit.report_kit import MAU, VI_DU, Story, counted

M = Measure
SECRETS = ("Nguyễn", "0900000000", "Rác thải", "chợ Mẫu", "Chợ Mẫu")


@pytest.fixture(scope="module")
def found() -> Report:
    return counted(
        [
            Story(1)
            .received("2026-10-05")
            .handed_over("2026-10-06")
            .result("2026-10-07")
            .answered("2026-10-08"),
            Story(2, Channel.ZALO, "an_toan_thuc_pham")
            .received("2026-10-05", VI_DU)
            .add(ActKind.REFUSED, "2026-10-06"),
            Story(3, field=None).received("2026-09-28"),
            Story(4, privacy=Privacy.PRIVATE).received("2026-10-05"),
        ],
        "2026-10",
    )


@pytest.fixture(scope="module")
def book(found: Report) -> Any:
    out = io.BytesIO()
    write_xlsx(found, out)
    return load_workbook(out)


@pytest.fixture(scope="module")
def letter(found: Report) -> PdfReader:
    return pdf(found)


def pdf(found: Report) -> PdfReader:
    out = io.BytesIO()
    write_pdf(found, out)
    return PdfReader(out)


def words(letter: PdfReader) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in letter.pages))


def rows(sheet: Any) -> list[tuple[Any, ...]]:
    return [tuple(cell for cell in row) for row in sheet.iter_rows(values_only=True)]


# ---- workbook -----------------------------------------------------------------------------------------------


def test_the_workbook_has_the_sheets_of_the_report(book: Any) -> None:
    assert book.sheetnames == [
        "Tổng hợp",
        "Theo cơ quan",
        "Theo lĩnh vực",
        "Theo kênh",
        "Theo nghĩa vụ",
        "Chi tiết",
        "Chú giải",
    ]


def test_numbers_are_numbers_and_equal_the_report(book: Any, found: Report) -> None:
    told = {row[3]: row[2] for row in rows(book["Tổng hợp"]) if row[3] in MEASURES}
    assert told == {key: found.count(key) for _, keys in tables.SECTIONS for key in keys}
    assert {type(value) for value in told.values()} == {int}
    whole = next(row for row in rows(book["Theo cơ quan"]) if row[1] == "Toàn tỉnh")
    assert list(whole[3:-1]) == [found.count(key) for key in tables.WIDE_KEYS]


def test_the_sheet_by_agency_adds_up(book: Any) -> None:
    _, _, _, _, whole, *agencies = rows(book["Theo cơ quan"])
    assert [row[1] for row in agencies] == ["Sở Mẫu (hư cấu)", "Sở Ví Dụ (hư cấu)"]
    for column in range(3, 3 + len(tables.WIDE_KEYS)):
        assert whole[column] == sum(row[column] for row in agencies)


def test_the_sheet_by_duty_adds_up_over_the_agencies(book: Any, found: Report) -> None:
    told = rows(book["Theo nghĩa vụ"])[4:]
    for duty in tables.by_duty(found):
        whole, *agencies = [row[4:] for row in told if row[2] == duty.label.vi]
        assert list(whole) == [sum(column) for column in zip(*agencies, strict=True)] or not agencies
        assert list(whole) == [found.count(key) for key in duty.keys]


def test_R31_behind_each_number_stand_its_cases(book: Any, found: Report) -> None:
    details = rows(book["Chi tiết"])[4:]
    for key in MEASURES:
        of_total = [row[4] for row in details if row[0] == key and row[2] == "Toàn tỉnh"]
        assert of_total == list(found.ids(key))
    assert {row[3] for row in details} >= {None, MAU, VI_DU, "moi_truong"}


def test_a_long_list_of_cases_goes_on_in_a_further_sheet(
    found: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.reports.xlsx.MOST_ROWS", 10)
    out = io.BytesIO()
    write_xlsx(found, out)
    read = load_workbook(out)
    parts = [name for name in read.sheetnames if name.startswith("Chi tiết")]
    assert parts[:2] == ["Chi tiết", "Chi tiết 2"]
    assert sum(len(rows(read[name])) - 4 for name in parts) == len(list(tables.behind(found)))


def test_what_looks_like_a_formula_stays_text() -> None:
    story = Story(1, field="=1+1").received("2026-10-05", "=HYPERLINK(0)")
    out = io.BytesIO()
    write_xlsx(counted([story], "2026-10"), out)
    cells = [cell for sheet in load_workbook(out) for row in sheet.iter_rows() for cell in row]
    assert {
        cell.data_type for cell in cells if isinstance(cell.value, str) and cell.value.startswith("=")
    } == {"s"}


# ---- letter -------------------------------------------------------------------------------------------------


def test_the_letter_is_laid_out_as_the_decree_on_paperwork_asks(letter: PdfReader) -> None:
    text = words(letter)
    for part in (
        "UBND TỈNH THANH HÓA",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: ........../BC-VP",
        "BÁO CÁO",
        "Kết quả tiếp nhận, xử lý phản ánh, kiến nghị của tổ chức, cá nhân tháng 10 năm 2026",
        "số liệu tính đến hết ngày 31/10/2026",
        "Nơi nhận:",
        "THỦ TRƯỞNG CƠ QUAN",
        "PHỤ LỤC I",
        "PHỤ LỤC II",
        "PHỤ LỤC III",
    ):
        assert part in text
    sizes = [{round(float(side)) for side in page.mediabox[2:]} for page in letter.pages]
    assert all(size == {595, 842} for size in sizes), "A4"
    assert not letter.pages[0].extract_text().startswith("1"), "the first page bears no number"
    assert letter.pages[1].extract_text().startswith("2")


def test_the_letter_tells_the_numbers_and_the_digest_of_the_ledger(letter: PdfReader, found: Report) -> None:
    text = words(letter)
    assert "tiếp nhận 3 phản ánh, kiến nghị; tồn kỳ trước chuyển sang 1." in text
    assert found.digest in text.replace(" ", "")
    for line in (*tables.by_agency(found), *tables.by_field(found)):
        assert line.label in text


def test_every_font_of_the_letter_is_embedded(letter: PdfReader) -> None:
    fonts = {
        font["/BaseFont"]: font
        for page in letter.pages
        for font in (one.get_object() for one in page["/Resources"]["/Font"].values())
    }
    assert len(fonts) == 3
    for name, font in fonts.items():
        assert "/FontFile2" in font["/FontDescriptor"], name


def test_a_report_over_many_agencies_repeats_the_heads_of_its_table() -> None:
    agencies = [f"000.{number:02d}.50.H56" for number in range(10, 90)]
    many = pdf(counted([Story(n).received("2026-10-05", code) for n, code in enumerate(agencies)], "2026-10"))
    heads = [page for page in many.pages if "Cơ quan" in page.extract_text() and "TT" in page.extract_text()]
    assert len(heads) >= 3
    text = words(many)
    assert not [code for code in agencies if code not in text]


@pytest.mark.parametrize("style", ["Regular", "Bold", "Italic"])
def test_the_shipped_fonts_have_every_vietnamese_letter(style: str) -> None:
    font = TTFontFile(str(FONTS / f"PhieuSerif-{style}.ttf"))
    marks = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    vowels = "aăâeêioôơuưy"
    letters = {unicodedata.normalize("NFC", vowel + mark) for vowel in vowels for mark in marks} | {"đ"}
    needed = letters | {one.upper() for one in letters} | set("–…“”‘’·−≤≥0123456789")
    assert all(len(one) == 1 for one in needed)
    assert not {one for one in needed if ord(one) not in font.charToGlyph}


# ---- CSV, JSON, and what is in none of them -----------------------------------------------------------------


def test_the_csv_holds_every_number_that_is_not_zero(found: Report) -> None:
    out = io.StringIO(newline="")
    write_csv(found, out)
    told = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert {row["bang"] for row in told} == {"tong_hop", "theo_co_quan", "theo_linh_vuc", "theo_kenh"}
    total = {row["ma_so"]: int(row["so_luong"]) for row in told if row["bang"] == "tong_hop"}
    assert total == {key: n for key in MEASURES if (n := found.count(key))}


def test_the_json_holds_the_numbers_and_the_digest(found: Report) -> None:
    told = json.loads(json.dumps(jsonable(as_json(found))))
    assert told["sha256"] == found.digest
    assert told["total"]["received"] == 3
    assert {
        one["name"]: one["numbers"]["outstanding"]
        for one in told["fields"]
        if "outstanding" in one["numbers"]
    }
    assert [one["code"] for one in told["agencies"]] == [MAU, VI_DU]


def test_nothing_of_a_citizen_is_in_any_file(book: Any, letter: PdfReader, found: Report) -> None:
    text = words(letter) + "".join(str(row) for sheet in book for row in rows(sheet)) + repr(found)
    text += json.dumps(jsonable(as_json(found)), ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in text]


def test_the_explanations_are_in_the_notes(book: Any) -> None:
    told = {row[0]: row[2] for row in rows(book["Chú giải"])}
    assert {key: one.how.vi for key, one in tables.EXPLAINED}.items() <= told.items()
    keys = [row[0] for row in rows(book["Chú giải"]) if row[0] in MEASURES]
    assert keys == list(MEASURES)
    assert all(first != second for first, second in pairwise(keys))
