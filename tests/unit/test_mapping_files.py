"""Checks of mapping files at start: every problem is told at once, each with file and line."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.errors import MappingFileError, NotFoundError
from connector.mapping import Mapping, MappingSet, agencies, codes, policy, rules, sections

ROOT = Path(__file__).parents[2] / "mappings"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the shipped mappings, free to break."""
    return Path(shutil.copytree(ROOT, tmp_path / "mappings"))


def problems(root: Path, extra: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(MappingFileError) as caught:
        MappingSet.load(root, extra)
    return caught.value.problems


def line_of(path: Path, text: str) -> int:
    """The 1-based line that holds a text."""
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line)


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def append_to(path: Path, line: str) -> int:
    """Add a line at the end and give its number."""
    text = path.read_text("utf-8").rstrip("\n") + "\n" + line + "\n"
    path.write_text(text, "utf-8")
    return len(text.splitlines())


def test_the_shipped_mappings_load() -> None:
    loaded = MappingSet.load(ROOT)
    assert set(loaded.mappings) == {"government_portal", "national_portal", "register"}
    assert loaded.agencies.find("H56") is loaded.agencies.find("000.00.00.H56")
    assert len(loaded.fingerprint) == 64
    for mapping in loaded.mappings.values():
        assert all(item.rows for item in mapping.lists.values())


def test_one_system_can_be_loaded_alone() -> None:
    assert Mapping.load(ROOT / "register").system == "register"


def test_an_unknown_system_is_named_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError) as caught:
        MappingSet.load(ROOT).for_system("zalo")
    assert caught.value.problems == ("government_portal", "national_portal", "register")


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    assert any("agencies.csv" in text for text in problems(tmp_path))


# ---- TOML ---------------------------------------------------------------------------------------------------

Break = Callable[[Path], int]


def _swap(old: str, new: str, above: int = 0) -> Break:
    """Replace a text in the national mapping and give its line, or that of its table some lines above."""

    def breaking(path: Path) -> int:
        line = line_of(path, old)
        replace_in(path, old, new)
        return line - above

    return breaking


@pytest.mark.parametrize(
    ("breaking", "text"),
    [
        (_swap('name_vi = "', "name_vi = "), "syntax error"),
        (_swap('contract = "', 'kontract = "'), "unknown key: kontract (contract?)"),
        (_swap('system = "national_portal"', 'system = "national"'), "must equal the folder's name"),
        (
            _swap('file = "natures.csv"', 'file = "nature.csv"'),
            "file not found: mappings/national_portal/nature.csv",
        ),
        (_swap('of = "nature"', 'of = "natur"'), "of lạ / unknown: natur"),
        (
            _swap('roles = { file = "roles.csv", of = "role" }', 'roles = { of = "role" }'),
            "needs file and of",
        ),
        (
            _swap('list = "natures", required', 'list = "naturs", required'),
            "list is not declared: naturs (natures?)",
        ),
        (_swap('title = { from = "TIEUDE"', 'titel = { from = "TIEUDE"'), "unknown field: titel (title?)"),
        (
            _swap('title = { from = "TIEUDE", as', 'title = { form = "TIEUDE", as'),
            "unknown key: form (from?)",
        ),
        (
            _swap('code = { from = "MAPAKNDONVI", max', 'kode = { from = "MAPAKNDONVI", max'),
            "unknown key: kode",
        ),
        (
            _swap('as = "prose", required = true, max = 500', 'as = "html", max = 500'),
            "as lạ / unknown: html",
        ),
        (_swap("max = 500 }", "max = -1 }"), "max phải là số dương"),
        (_swap("required = true, max = 20000", 'required = "yes"'), "required phải là true/false"),
        (_swap("'^[1-9]", "'^[1-9"), "bad regular expression"),
        (_swap("'~^[0-9A-Z]{3}", "'~^([0-9A-Z]{3}"), "bad regular expression"),
        (_swap('agency = "canonical", hint', 'agency = "iso", hint'), "agency lạ / unknown: iso"),
        (
            _swap(
                'version = { from = "record.LANTRALOI", as = "int", of = ["answered"]',
                'version = { from = "x", of = ["answred"]',
            ),
            "unknown act kind: answred (answered?)",
        ),
        (_swap('acts = ["accepted"]', 'acts = ["acepted"]'), "unknown act kind: acepted (accepted?)"),
        (_swap('acts = ["accepted"]', "acts = []"), "needs acts"),
        (_swap('on = "append"', 'on = "apend"'), "on lạ / unknown: apend"),
        (_swap('files = "leave"', 'files = "drop"'), "only send, leave"),
        (_swap('operation = "tiep_nhan"', 'service = "tiep_nhan"', 1), "missing: operation"),
        (
            _swap('MaPAKNDonVi = { from = "case.code"', 'MaPAKNDonVi = { from = "case.kode"'),
            "unknown path: case.kode",
        ),
        (
            _swap('MaTienDo = { from = "act.id", as = "id64"', 'MaTienDo = { as = "id64"'),
            "needs one of: from",
        ),
        (_swap('intent = "create"', "intent = 1"), "texts only"),
        (_swap('acts = ["answered"]', 'acts = ["refused"]', 3), "stands at line"),
        (_swap('valid_at = "moment", of', 'newest = ["recalled"], of'), "newest is for reading only"),
        (_swap('agency = "qcvn", valid_at = "moment"', 'valid_at = "moment"'), "valid_at needs agency"),
        (
            _swap('DiaDiem = { from = "header.place.text" }', 'DiaDiem = { shape = "place" }'),
            "not there: place",
        ),
        (_swap('DiaDiem = { from = "header.place.text" }', "DiaDiem = 5"), "a path or a table is needed"),
        (
            _swap('DiaDiem = { from = "header.place.text" }', 'DiaDiem = { each = "case.acts" }'),
            "needs item or shape",
        ),
        (_swap("[read.case.header.place]", "[read.case.header.plaza]"), "unknown field: plaza"),
        (
            _swap('submitted_at = { from = "NGAYGUI", as = "instant"', 'submitted_at = { from = "NGAYGUI"'),
            'needs as = "instant"',
        ),
        (_swap('size = { from = "DUNGLUONG", as = "int" }', 'size = "DUNGLUONG"'), 'needs as = "int"'),
        (
            _swap('nature = { from = "LOAIPAKN", list = "natures"', 'nature = { from = "LOAIPAKN"'),
            "a list, or one of: conduct",
        ),
        (_swap("[limits.files]", "[limits.folders]"), "unknown key: folders"),
    ],
)
def test_a_mistake_in_a_mapping_is_told_with_file_and_line(root: Path, breaking: Break, text: str) -> None:
    line = breaking(root / "national_portal/mapping.toml")
    found = [item for item in problems(root) if text in item]
    assert found
    file, number, _ = found[0].split(":", 2)
    assert file == "mappings/national_portal/mapping.toml"
    assert int(number) == line


def test_a_missing_part_is_told_at_its_table(root: Path) -> None:
    path = root / "national_portal/mapping.toml"
    replace_in(path, 'channel = { from = "NGUON", list = "channels", required = true }\n', "")
    line = line_of(path, "[read.case.header]")
    assert any(f"mapping.toml:{line}: thiếu / missing: header.channel" in item for item in problems(root))


# ---- CSV ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("5,sute,false,Nhãn,", "unknown canonical value: sute (site, "),
        ("1,conduct,false,Nhãn,", "stands at line 2 too"),
        ("5,conduct,false,Nhãn,", "already leaves as the code of line 2"),
        ("5,site,false,Nhãn", "4 cells, expected 5"),
        (",site,false,Nhãn,", "code missing"),
        ("5,,false,Nhãn,", "canonical missing"),
        ("5,site,maybe,Nhãn,", "must be true or false: maybe"),
    ],
)
def test_a_mistake_in_a_code_list_is_told_with_file_and_line(root: Path, row: str, text: str) -> None:
    line = append_to(root / "national_portal/natures.csv", row)
    assert any(f"natures.csv:{line}: " in item and text in item for item in problems(root))


def test_columns_are_checked(root: Path) -> None:
    path = root / "national_portal/natures.csv"
    replace_in(path, "code,canonical,verified,label_vi,note", "code,canonical,checked,label_vi,note")
    found = problems(root)
    assert any("natures.csv:1: thiếu cột / column missing: verified" in item for item in found)
    assert any("natures.csv:1: cột lạ / unknown column: checked" in item for item in found)


def test_a_direction_is_in_out_or_both(root: Path) -> None:
    line = append_to(root / "register/channels.csv", "fax,phone,sideways,true,Fax,")
    assert any(f"channels.csv:{line}: direction lạ" in item for item in problems(root))


def test_a_field_code_must_lead_to_a_field_of_the_rule(root: Path) -> None:
    line = append_to(root / "national_portal/field_codes.csv", "G9,giao_duc,in,false,Giáo dục,")
    assert any(f"field_codes.csv:{line}: " in item and "giao_duc" in item for item in problems(root))


def test_a_list_that_is_not_utf8_is_told_with_its_line(root: Path) -> None:
    path = root / "national_portal/natures.csv"
    path.write_bytes(path.read_bytes() + b"5,site,false,Hi\xd6n tr\xad\xeeng,\n")
    line = len(path.read_bytes().splitlines())
    assert f"mappings/national_portal/natures.csv:{line}: không phải UTF-8 / not UTF-8" in problems(root)


def test_a_list_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read(root: Path) -> None:
    path = root / "national_portal/natures.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert MappingSet.load(root).for_system("national_portal").lists["natures"].rows


def test_an_empty_list_is_told(root: Path) -> None:
    (root / "national_portal/natures.csv").write_text("# chỉ có ghi chú\n", "utf-8")
    assert "mappings/national_portal/natures.csv:1: tệp rỗng / empty file" in problems(root)


# ---- agencies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("000.00.97.H56,000.00.97.H5,H56.97,Sở Lạ (hư cấu),department,,,,,", "qcvn sai dạng"),
        ("000.00.97.H56,000.00.97.H56,h56,Sở Lạ (hư cấu),department,,,,,", "qd20 sai dạng"),
        ("000.00.97.H56,000.00.97.H56,,,department,,,,,", "missing: name_vi"),
        ("000.00.97.H56,000.00.97.H56,,Sở Lạ (hư cấu),ward,,,,,", "level lạ / unknown: ward"),
        (
            "000.00.97.H56,000.00.97.H56,,Sở Lạ (hư cấu),department,31/12/2025,,,,",
            "not YYYY-MM-DD: 31/12/2025",
        ),
        (
            "000.00.97.H56,000.00.97.H56,,Sở Lạ (hư cấu),department,2025-02-01,2025-01-01,,,",
            "before valid_from",
        ),
        (
            "000.00.97.H56,000.00.97.H56,,Sở Lạ (hư cấu),department,,,000.00.96.H56,,",
            "not listed: 000.00.96.H56",
        ),
        ("000.00.77.H56,000.00.77.H56,,Sở Mẫu (hư cấu),department,2026-01-01,,,,", "overlaps in validity"),
        ("000.00.97.H56,000.00.97.H56,H56.77,Sở Lạ (hư cấu),department,,,,,", "code H56.77 overlaps"),
    ],
)
def test_a_mistake_in_the_agency_list_is_told_with_file_and_line(root: Path, row: str, text: str) -> None:
    line = append_to(root / "agencies.csv", row)
    assert any(f"mappings/agencies.csv:{line}: " in item and text in item for item in problems(root))


def test_one_code_may_belong_to_two_rows_one_after_the_other(root: Path) -> None:
    """An agency that was renamed keeps its code; its newest row names it."""
    path = root / "agencies.csv"
    old = "000.00.97.H56,000.00.97.H56,,Sở Cũ (hư cấu),department,,2025-02-28,,,"
    append_to(path, "000.00.97.H56,000.00.97.H56,,Sở Mới (hư cấu),department,2025-03-01,,,,")
    append_to(path, old)
    found = MappingSet.load(root).agencies.find("000.00.97.H56")
    assert found is not None
    assert found.name_vi == "Sở Mới (hư cấu)"


def test_sample_agencies_are_marked_as_fictitious() -> None:
    """Only the codes that are publicly known may stand without the mark."""
    known = {"000.00.00.H56", "000.00.00.G22"}
    for agency in MappingSet.load(ROOT).agencies.agencies:
        assert agency.canonical in known or "hư cấu" in agency.name_vi


# ---- many problems, shadowing -------------------------------------------------------------------------------


def test_all_problems_of_all_files_come_together_in_order(root: Path) -> None:
    replace_in(root / "register/mapping.toml", 'list = "natures"', 'list = "nature"')
    append_to(root / "government_portal/natures.csv", "X,nothing,false,,")
    append_to(root / "agencies.csv", "x,y")
    found = problems(root)
    assert [item.split(":")[0] for item in found] == [
        "mappings/agencies.csv",
        "mappings/government_portal/natures.csv",
        "mappings/register/mapping.toml",
    ]


def test_a_file_of_the_extra_folder_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    extra = tmp_path / "rieng"
    (extra / "national_portal").mkdir(parents=True)
    lines = (ROOT / "national_portal/natures.csv").read_text("utf-8").replace("1,conduct", "01,conduct")
    (extra / "national_portal/natures.csv").write_text(lines, "utf-8")
    own = MappingSet.load(ROOT, extra)
    assert own.for_system("national_portal").lists["natures"].read("01") == "conduct"
    assert own.fingerprint != MappingSet.load(ROOT).fingerprint


def test_problems_of_the_extra_folder_name_its_own_file(tmp_path: Path) -> None:
    extra = tmp_path / "rieng"
    (extra / "national_portal").mkdir(parents=True)
    (extra / "national_portal/natures.csv").write_text(
        "code,canonical,verified,label_vi,note\n9,x,no,,\n", "utf-8"
    )
    assert all(item.startswith("rieng/national_portal/natures.csv:2: ") for item in problems(ROOT, extra))


def test_another_system_can_be_added_by_the_extra_folder(tmp_path: Path) -> None:
    extra = tmp_path / "rieng"
    shutil.copytree(ROOT / "register", extra / "so_khac")
    replace_in(extra / "so_khac/mapping.toml", 'system = "register"', 'system = "so_khac"')
    assert MappingSet.load(ROOT, extra).for_system("so_khac").accepts


# ---- documentation ------------------------------------------------------------------------------------------


def test_every_word_of_the_language_is_documented() -> None:
    """A key that an official cannot look up might as well not exist."""
    manual = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text("utf-8")
    words = {*rules._KEYS, *rules.READ_FORMS, *rules.WRITE_FORMS, *rules.AGENCY_FORMS}
    words |= {*sections._READ_KEYS, *sections._WRITE_KEYS, *codes.VOCABULARIES, "field", *codes.Direction}
    words |= {*agencies.Level, *agencies.AgencySide, *policy.Identity, *policy.PlaceDetail}
    assert {word for word in words if not re.search(rf"\b{word}\b", manual)} == set()
