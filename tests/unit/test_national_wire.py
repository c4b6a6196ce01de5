"""Every form in which ``mapi`` was seen to answer (national-portal contract §2.3, §10.1)."""

import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.national_portal.decode import Vocabulary, decode_item
from adapters.national_portal.profile import CodeList
from adapters.national_portal.wire import (
    Answer,
    Garbled,
    envelope,
    fold,
    read_answer,
    read_date,
    read_integer,
    read_nested,
    read_text,
    write_date,
    write_json,
)
from connector.canonical import digest
from connector.clock import LOCAL_ZONE
from connector.mapping import plain_text

SAMPLES = Path(__file__).parents[2] / "fixtures" / "national_portal"
PLAIN = Vocabulary()


def sample(name: str) -> Answer:
    return read_answer(200, (SAMPLES / f"{name}.json").read_bytes())


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LOCAL_ZONE)


def answer(**body: Any) -> Answer:
    return read_answer(200, json.dumps(body).encode())


# ---- the envelope -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (0, 0),
        ("0", 0),
        ("00", 0),
        (" 0 ", 0),
        ("-1", -1),
        (-1, -1),
        ("3", 3),
        ("-3", -3),
        ("+0", 0),
        (0.0, 0),
    ],
)
def test_error_code_is_an_integer_in_any_form(wire: object, code: int):
    assert answer(error_code=wire, message="").code == code


@pytest.mark.parametrize("wire", [None, "", "abc", "0x0", True, [], {}, "1.5", "٠", "9" * 30])
def test_an_error_code_that_is_no_integer_is_garbled(wire: object):
    with pytest.raises(Garbled, match="error_code"):
        answer(error_code=wire, message="thành công")


def test_an_absent_error_code_is_garbled():
    with pytest.raises(Garbled, match="error_code"):
        answer(message="thành công", result=[])


@pytest.mark.parametrize("key", ["result", "data", "RESULT", "Data"])
def test_the_payload_is_read_under_result_or_data_in_any_case(key: str):
    assert answer(error_code=0, **{key: [{"PAKNID": 1}]}).items == ({"PAKNID": 1},)


def test_an_empty_result_gives_way_to_data():
    assert answer(error_code=0, result=None, data=[{"a": 1}]).items == ({"a": 1},)


def test_an_object_stands_for_a_list_of_one():
    assert answer(error_code=0, result={"PAKNID": 1}).items == ({"PAKNID": 1},)


def test_a_list_wrapped_once_more_is_unwrapped():
    """``LayDVC`` answers ``result: {data: […]}`` (§2.2)."""
    assert answer(error_code=0, result={"data": [{"MADVC": "x"}]}).items == ({"MADVC": "x"},)


def test_a_payload_as_json_text_is_read():
    assert answer(error_code=0, result='[{"PAKNID": 1}]').items == ({"PAKNID": 1},)


@pytest.mark.parametrize("payload", [7, True, "kein JSON", '"text"'])
def test_a_payload_of_another_shape_is_garbled(payload: object):
    with pytest.raises(Garbled, match="payload"):
        answer(error_code=0, result=payload)


@pytest.mark.parametrize(
    "body", [{"error_code": 0}, {"error_code": 0, "result": None}, {"error_code": 0, "result": ""}]
)
def test_no_payload_is_an_empty_list(body: dict[str, object]):
    assert answer(**body).items == ()


@pytest.mark.parametrize("status", [400, 404, 500, 502])
def test_an_http_error_is_garbled_whatever_its_body_says(status: int):
    with pytest.raises(Garbled, match=str(status)):
        read_answer(status, b'{"error_code": 0, "message": "th\xc3\xa0nh c\xc3\xb4ng"}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe{\x00",
        b'{"error_code": 0',
        b"[1, 2]",
        b'"0"',
        b"[" * 100_000,
        (SAMPLES / "quirks" / "adapter_error.html").read_bytes(),
    ],
    ids=["empty", "utf-16", "cut off", "a list", "a text", "nested too deep", "html page"],
)
def test_what_is_no_json_object_in_utf8_is_garbled(body: bytes):
    with pytest.raises(Garbled):
        read_answer(200, body)


def test_a_byte_order_mark_is_borne():
    assert read_answer(200, b'\xef\xbb\xbf{"error_code": 0}').code == 0


def test_garbled_names_the_shape_and_never_the_content():
    with pytest.raises(Garbled) as caught:
        read_answer(200, "Nguyễn Văn Mẫu 0900000000".encode())
    assert "Mẫu" not in str(caught.value)
    assert "0900000000" not in str(caught.value)


def test_an_answer_shows_no_content_when_printed():
    assert "Mẫu" not in repr(answer(error_code=-1, message="Nguyễn Văn Mẫu", result=[{"HOVATEN": "Mẫu"}]))


def test_the_exact_bytes_are_kept():
    body = (SAMPLES / "detail.json").read_bytes()
    assert read_answer(200, body).raw == body


def test_a_login_carries_the_session():
    assert sample("login").session == "phien-mau-0001"


def test_the_request_has_session_madonvi_and_service_at_top():
    sent = json.loads(envelope("s", "000.00.00.H56", "LayChiTietPAKN", {"PAKNID": 900000123}))
    assert sent == {
        "session": "s",
        "madonvi": "000.00.00.H56",
        "service": "LayChiTietPAKN",
        "PAKNID": 900000123,
    }


# ---- scalars ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire", [None, "", "   ", [], {}])
def test_absent_null_and_blank_are_the_same(wire: object):
    assert read_text(wire) is None


def test_texts_are_brought_to_nfc_and_trimmed():
    assert read_text(unicodedata.normalize("NFD", " Thanh Hóa ")) == "Thanh Hóa"


def test_letters_that_no_database_stores_become_a_mark():
    assert read_text("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert write_json({"a": "\ud800"}) == b'{"a":"\\ud800"}'


@pytest.mark.parametrize(
    ("wire", "number"), [("48213", 48213), (48213, 48213), ("48213.0", 48213), (" 7 ", 7)]
)
def test_numbers_come_as_numbers_or_texts(wire: object, number: int):
    assert read_integer(wire) == number


@pytest.mark.parametrize("wire", ["1.5", "abc", True, None, "", "1e3", "9" * 20])
def test_what_is_no_whole_number_is_none(wire: object):
    assert read_integer(wire) is None


@pytest.mark.parametrize(
    ("wire", "rows"),
    [
        ([1], [1]),
        ("[1]", [1]),
        ({"a": 1}, [{"a": 1}]),
        ('{"a": 1}', [{"a": 1}]),
        (None, []),
        ("", []),
        ("x", None),
        (7, None),
    ],
)
def test_lists_may_be_json_text_or_one_bare_object(wire: object, rows: object):
    assert read_nested(wire) == rows


def test_folding_hides_case_unicode_form_and_blanks():
    assert fold(unicodedata.normalize("NFD", "THÀNH  CÔNG")) == fold("thành công")


# ---- dates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wire", "instant"),
    [
        ("20261115203000", local(2026, 11, 15, 20, 30)),
        (20261115203000, local(2026, 11, 15, 20, 30)),
        ("20261115", local(2026, 11, 15)),
        ("15/11/2026 20:30:00", local(2026, 11, 15, 20, 30)),
        ("15/11/2026 20:30", local(2026, 11, 15, 20, 30)),
        ("15/11/2026", local(2026, 11, 15)),
        ("5/1/2026", local(2026, 1, 5)),
        ("2026-11-15", local(2026, 11, 15)),
        ("2026-11-15T20:30:00", local(2026, 11, 15, 20, 30)),
        ("2026-11-15 20:30:00.123", local(2026, 11, 15, 20, 30)),
        ("20261115--203000", local(2026, 11, 15, 20, 30)),
        ("2026--11-15", local(2026, 11, 15)),
        ("15--11--2026", local(2026, 11, 15)),
        ("15-11-2026", local(2026, 11, 15)),
    ],
)
def test_dates_are_read_in_every_seen_form_and_doubled_hyphens_repaired(wire: object, instant: datetime):
    assert read_date(wire) == instant


@pytest.mark.parametrize("wire", [None, "", "  "])
def test_no_date_is_none(wire: object):
    assert read_date(wire) is None


@pytest.mark.parametrize(
    "wire", ["20261332256199", "31/02/2026", "20260230000000", "hôm qua", "2026", "00000000000000"]
)
def test_an_impossible_date_is_an_error_that_does_not_repeat_it(wire: str):
    with pytest.raises(ValueError, match=r"no such|no known") as caught:
        read_date(wire)
    assert wire not in str(caught.value)


def test_dates_go_out_in_civil_time_of_viet_nam():
    instant = datetime(2026, 11, 15, 20, 30, tzinfo=UTC)
    assert write_date(instant) == "20261116033000"
    assert write_date(instant, "dd/MM/yyyy") == "16/11/2026"


# ---- items --------------------------------------------------------------------------------------------------


def detail(name: str = "detail") -> dict[str, Any]:
    decoded = decode_item(sample(name).items[0], "case", PLAIN)
    assert decoded.problems == ()
    return dict(decoded.data)


def test_a_detail_of_the_contract_is_read_whole():
    data = detail()
    assert data["PAKNID"] == "900000123"
    assert data["NGAYGUI"] == local(2026, 11, 15, 20, 30)
    assert data["TRANGTHAI"] == "2"
    assert data["TEPDINHKEM"][0]["DUNGLUONG"] == 48213
    assert data["LICHSU"][1]["THOIDIEM"] == local(2026, 11, 16, 9, 15)
    assert data["LICHSU"][0]["LICHSUID"] == "1"


@pytest.mark.parametrize("quirk", ["quirks/detail_nested_strings", "quirks/detail_lower_keys_object_data"])
def test_nested_strings_lower_case_keys_and_object_payload_change_nothing(quirk: str):
    assert detail(quirk) == detail()


def test_numbers_as_text_and_fractions_keep_every_digit():
    data = detail("quirks/detail_numbers_as_text")
    assert (data["PAKNID"], data["LANLAMLAI"], data["LANTRALOI"], data["TRALOIID"]) == (
        "900000123",
        1,
        2,
        "700045",
    )
    assert (data["VIDO"], data["KINHDO"]) == ("19.8077", "105.776800")


def test_markup_is_taken_out_and_its_script_vanishes():
    text = detail("quirks/detail_markup")["NOIDUNG"]
    assert text == "Tôi nộp hồ sơ ngày 02/11/2026.\nQuá hẹn & chưa có kết quả."


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        ("giá < 5 và > 3", "giá < 5 và > 3"),
        ("a<x và y>b", "a<x và y>b"),
        ("A &amp; B", "A &amp; B"),
        ("dòng 1\n  dòng 2", "dòng 1\n  dòng 2"),
        ("<b>đậm</b>", "đậm"),
        ("<div>một</div><div>hai</div>", "một\nhai"),
        ("x<!-- ẩn -->y", "xy"),
        ("<script>cắt giữa chừng", ""),
        ("<p>&lt;script&gt;alert(1)&lt;/script&gt;ổn</p>", "ổn"),
        ('<img src=x onerror="alert(1)">ổn', "ổn"),
    ],
)
def test_only_real_markup_is_removed(wire: str, text: str):
    assert plain_text(wire) == text


def test_absent_null_and_empty_fields_of_an_item_are_absent():
    first, second = (decode_item(item, "row", PLAIN) for item in sample("quirks/list_nulls").items)
    assert first.data | {"PAKNID": ""} == second.data | {"PAKNID": ""}
    assert "MALINHVUC" not in first.data
    assert "HANXULY" not in first.data


def test_an_impossible_date_is_a_problem_of_its_item_alone():
    hyphen, slash, impossible, doubled = (
        decode_item(item, "row", PLAIN) for item in sample("quirks/list_dates").items
    )
    assert hyphen.data["NGAYGUI"] == slash.data["NGAYGUI"] == local(2026, 11, 15, 20, 30)
    assert doubled.data["NGAYGUI"] == local(2026, 11, 15)
    assert [problem.where for problem in impossible.problems] == ["NGAYGUI"]
    assert impossible.data["PAKNID"] == "900000203"
    assert [*hyphen.problems, *slash.problems, *doubled.problems] == []


def test_bad_items_have_problems_and_unknown_codes_pass_to_the_mapping():
    found = [decode_item(item, "row", PLAIN) for item in sample("quirks/list_odd_items").items]
    assert [[problem.where for problem in item.problems] for item in found] == [
        [],
        ["item", "PAKNID", "TRANGTHAI", "NGAYCAPNHAT"],
        ["PAKNID"],
        ["PAKNID"],
        [],
        ["TRANGTHAI"],
    ]
    assert found[4].data["TRANGTHAI"] == "99"


def test_problems_name_place_and_shape_and_no_content():
    item = sample("detail").items[0] | {"NGAYGUI": "Nguyễn Văn Mẫu", "LANTRALOI": "0900000000x", "LICHSU": 7}
    problems = decode_item(item, "case", PLAIN).problems
    assert {problem.where for problem in problems} == {"NGAYGUI", "LANTRALOI", "LICHSU"}
    assert not any("Mẫu" in problem.text or "0900000000" in problem.text for problem in problems)


def test_a_bad_date_inside_the_history_names_its_row():
    item = json.loads((SAMPLES / "detail.json").read_bytes())["result"][0]
    item["LICHSU"][1]["THOIDIEM"] = "20261332256199"
    assert [problem.where for problem in decode_item(item, "case", PLAIN).problems] == ["LICHSU[1].THOIDIEM"]


@pytest.mark.parametrize("name", ["BIMAT", "CONGKHAI", "LICHSU"])
def test_a_detail_without_its_privacy_flags_or_history_is_not_trusted(name: str):
    """A silent default could make a private case public."""
    item = {key: value for key, value in sample("detail").items[0].items() if key != name}
    assert [(problem.where, problem.text) for problem in decode_item(item, "case", PLAIN).problems] == [
        (name, "is missing")
    ]


@pytest.mark.parametrize(
    ("wire", "flag"), [(True, "1"), (False, "0"), ("True", "1"), ("false", "0"), (1, "1"), ("2", "2")]
)
def test_flags_come_as_text_number_or_boolean(wire: object, flag: str):
    assert decode_item(sample("detail").items[0] | {"BIMAT": wire}, "case", PLAIN).data["BIMAT"] == flag


@pytest.mark.parametrize("wire", [["T-1", "T-2"], '["T-1", "T-2"]', "T-1, T-2"])
def test_file_ids_of_an_act_come_as_list_json_text_or_joined(wire: object):
    item = json.loads((SAMPLES / "detail.json").read_bytes())["result"][0]
    item["LICHSU"][0]["TEPID"] = wire
    assert decode_item(item, "case", PLAIN).data["LICHSU"][0]["TEPID"] == ["T-1", "T-2"]


def test_a_number_that_canonical_json_does_not_know_is_a_problem():
    decoded = decode_item(sample("detail").items[0] | {"LANTRALOI": 2**60}, "case", PLAIN)
    assert [problem.where for problem in decoded.problems] == ["LANTRALOI"]
    assert digest(decoded.data)


def test_a_scalar_field_that_holds_a_list_is_a_problem():
    decoded = decode_item(sample("detail").items[0] | {"TIEUDE": ["x"]}, "case", PLAIN)
    assert [problem.where for problem in decoded.problems] == ["TIEUDE"]


def test_other_field_names_and_codes_are_translated_by_the_settings():
    words = Vocabulary(fields={"MATRANGTHAI": "TRANGTHAI"}, codes={CodeList.STATUS: {"M2": "2"}})
    item = dict(sample("detail").items[0])
    item["MaTrangThai"] = "M2"
    del item["TRANGTHAI"]
    assert decode_item(item, "case", words).data["TRANGTHAI"] == "2"
