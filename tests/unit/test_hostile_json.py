"""JSON that means harm: no answer is read in two ways, and what spoils one item spoils no other."""

import json

import pytest

from adapters.national_portal.decode import Vocabulary, decode_item, upper_keys
from adapters.national_portal.wire import Garbled, read_answer, read_date, write_json
from connector import strict_json
from connector.canonical import digest
from connector.strict_json import MOST_DEPTH, BadJson, Knot

WORDS = Vocabulary()
ROW = {"PAKNID": 900000123, "TRANGTHAI": "2", "NGAYCAPNHAT": "20261118080000"}


def answered(*items: str) -> tuple[object, ...]:
    """Items of an answer that holds these texts as its elements."""
    return read_answer(200, f'{{"error_code": 0, "result": [{", ".join(items)}]}}'.encode()).items


def row(**more: str) -> str:
    """One good row, with raw JSON for further fields."""
    return json.dumps(ROW)[:-1] + "".join(f', "{name}": {value}' for name, value in more.items()) + "}"


def decoded(item: object, kind: str = "row"):
    """The item, and proof that all that was read has a canonical form."""
    found = decode_item(item, kind, WORDS)
    assert len(digest(found.data)) == 64
    assert write_json(item)
    return found


# ---- told twice -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b'{"error_code": -1, "message": "t\xe1\xbb\xab ch\xe1\xbb\x91i", "error_code": 0}',
        b'{"error_code": 0, "error_code": -1}',
        b'{"ERROR_CODE": -1, "error_code": 0}',
        b'{"error_code": -1, " error_code ": 0}',
        b'{"error_code": -1, "error\\u005fcode": 0}',
    ],
    ids=["refusal first", "refusal last", "by letter case", "by blanks", "by escape"],
)
def test_a_refusal_beside_a_success_is_no_success(body: bytes):
    """The last of two names wins in most readers, the first in others: a refused write must not count as done."""
    with pytest.raises(Garbled):
        read_answer(200, body)


def test_a_field_told_twice_spoils_its_own_row_only():
    bad, good = (decoded(item) for item in answered(row(TRANGTHAI='"10"'), row()))
    assert [(one.where, one.text) for one in bad.problems] == [("TRANGTHAI", "is told twice")]
    assert "TRANGTHAI" not in bad.data
    assert good.problems == ()


def test_what_was_told_twice_is_kept_as_evidence():
    (item,) = answered(row(TRANGTHAI='"10"'))
    assert b'{"told twice":["2","10"]}' in write_json(item)


def test_a_field_told_twice_alike_is_told_once():
    (good,) = (decoded(item) for item in answered(row(TRANGTHAI='"2"')))
    assert good.problems == ()


def test_a_renamed_field_is_not_confused_with_one_that_bears_the_profiles_name():
    words = Vocabulary(fields={"MATT": "TRANGTHAI"})
    assert upper_keys({"TrangThai": "x", "MaTT": "2"}, words)["TRANGTHAI"] == "2"


# ---- nesting --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [10, 100, 400])
@pytest.mark.parametrize("name", ["LICHSU", "TEPDINHKEM", "KHAC"])
def test_a_deep_field_spoils_its_own_row_only(name: str, depth: int):
    deep = f'[{{"{name}":' * depth + "1" + "}]" * depth
    bad, good = (decoded(item) for item in answered(row(**{name: deep}), row()))
    assert bad.problems
    assert good.problems == ()


def test_lists_in_texts_in_lists_go_no_deeper_than_files_of_an_act():
    text = "[]"
    for _ in range(8):
        text = json.dumps([{"LICHSU": text}])
    (bad,) = (decoded(item) for item in answered(row(LICHSU=json.dumps(text))))
    assert bad.problems


def test_nesting_without_end_is_no_json():
    for text in ("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000):
        with pytest.raises(BadJson):
            strict_json.read(text)


def test_what_lies_too_deep_becomes_a_knot():
    node = strict_json.read("[" * (MOST_DEPTH + 5) + "]" * (MOST_DEPTH + 5))
    for _ in range(MOST_DEPTH):
        (node,) = node
    assert node == Knot(why="nested too deep")


# ---- numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "9" * 30, "-" + "9" * 5000, "1e400", "9" * 5000 + ".0"]
)
def test_a_number_that_is_none_is_a_problem_and_never_silently_absent(value: str):
    """``NaN`` used to vanish: a field that was told must not look like one that was not."""
    bad, good = (decoded(item) for item in answered(row(LANTRALOI=value), row()))
    assert [one.where for one in bad.problems] == ["LANTRALOI"]
    assert good.problems == ()


@pytest.mark.parametrize("value", ["9" * 5000, "NaN", "1e3", "0.0"])
def test_a_case_number_that_is_none_is_a_problem(value: str):
    (bad,) = (decoded(item) for item in answered(f'{{"PAKNID": {value}, "TRANGTHAI": "2"}}'))
    assert any(one.where == "PAKNID" for one in bad.problems)


@pytest.mark.parametrize("value", ["1e0", "0.5", "NaN", "true", "[]", "{}", "null", '"x"', "9" * 5000])
def test_an_error_code_of_another_kind_is_no_success(value: str):
    with pytest.raises(Garbled):
        read_answer(200, f'{{"error_code": {value}}}'.encode())


# ---- dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["00010101000000", "99991231235959", "01/01/0001", "9999-12-31", "00000000"]
)
def test_a_date_at_the_end_of_the_calendar_is_a_problem_of_its_row(value: str):
    """It has no instant in another zone; turning it into one ended the reading of the whole list."""
    with pytest.raises(ValueError, match="no such day or time"):
        read_date(value)
    bad, good = (decoded(item) for item in answered(row(HANXULY=json.dumps(value)), row()))
    assert [one.where for one in bad.problems] == ["HANXULY"]
    assert good.problems == ()


# ---- characters -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "\\ud800",
        "\\u0000",
        "0900000000",
        "0900000000 Nguy\\u1ec5n V\\u0103n M\\u1eabu",
        "a" * 5000,
        "\\u202e",
    ],
)
def test_a_strange_name_of_a_field_is_a_problem_that_does_not_repeat_it(name: str):
    """It could not be stored, or it is somebody's data."""
    (bad,) = (decoded(item) for item in answered(row(**{name: '"x"'})))
    assert len(bad.problems) == 1
    assert "0900000000" not in str(bad.problems)
    assert len(str(bad.problems)) < 200


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\udfff\\ud800", "a\\u0000b"])
def test_a_text_that_no_database_holds_is_marked_and_its_row_goes_on(text: str):
    (found,) = (decoded(item) for item in answered(row(TIEUDE=f'"Vi\\u1ec7c {text}"')))
    assert found.problems == ()
    assert "\ufffd" in found.data["TIEUDE"]


@pytest.mark.parametrize(
    "body",
    [
        '{"error_code": 0}'.encode("utf-16"),
        '{"error_code": 0}'.encode("utf-32"),
        '{"error_code": 0, "message": "Đã nhận"}'.encode("cp1258", "replace"),
        b"+AHsAIg-error_code+ACI-: 0+AH0-",
    ],
    ids=["UTF-16", "UTF-32", "windows-1258", "UTF-7"],
)
def test_another_encoding_is_no_json(body: bytes):
    with pytest.raises(Garbled):
        read_answer(200, body)


@pytest.mark.parametrize(
    "body", [b"", b"\xef\xbb\xbf", b"null", b"[]", b'"x"', b"<html>", b'{"error_code":0}x', b"\x00"]
)
def test_what_is_no_object_is_no_answer(body: bytes):
    with pytest.raises(Garbled):
        read_answer(200, body)
