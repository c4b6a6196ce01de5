"""The redaction assistant (rules §5.1): what it marks, what it leaves, and that its own words are clean."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rules.redaction import PROPOSED, Kind, identifying, redacted, suggestions

FOUND = [
    ("gọi 0900000000 nhé", "0900000000", Kind.PHONE),
    ("gọi 0900 000 000.", "0900 000 000", Kind.PHONE),
    ("gọi +84-900-000-000", "+84-900-000-000", Kind.PHONE),
    ("gọi (0237) 3.721.150 giờ hành chính", "(0237) 3.721.150", Kind.PHONE),
    ("gọi ０９００００００００", "０９００００００００", Kind.PHONE),
    ("gọi O9OO000000", "O9OO000000", Kind.PHONE),
    ("gọi 0900\u200b000000", "0900\u200b000000", Kind.PHONE),
    ("sđt0900000000", "0900000000", Kind.PHONE),
    ("nhà số 5 0900000000 gặp tôi", "0900000000", Kind.PHONE),
    ("gọi 0900000000 2 lần", "0900000000", Kind.PHONE),
    ("gọi 0900000000gặp Mẫu", "0900000000", Kind.PHONE),
    ("ổ gà dài 12\n0900000000", "0900000000", Kind.PHONE),
    ("số cũ 01230000000", "01230000000", Kind.PHONE),
    ("CCCD 038000000000", "038000000000", Kind.IDENTITY),
    ("CMND 170 000 000", "170 000 000", Kind.IDENTITY),
    ("thư tới mau.nguyen@example.com nhé", "mau.nguyen@example.com", Kind.EMAIL),
    ("số tài khoản 0000 1111 2222", "0000 1111 2222", Kind.ACCOUNT),
    ("STK: 12345678 Ngân hàng Mẫu", "12345678", Kind.ACCOUNT),
    ("tài khoản ngân hàng Mẫu số 9704000000000001", "9704000000000001", Kind.ACCOUNT),
    ("chuyển tới 9704000000000001 nhé", "9704000000000001", Kind.ACCOUNT),
    ("xe 36A-123.45 đỗ sai", "36A-123.45", Kind.PLATE),
    ("xe máy 36-B1 234.56 chạy ẩu", "36-B1 234.56", Kind.PLATE),
    ("xe 36B1-23456", "36B1-23456", Kind.PLATE),
    ("xe 36a-123.45", "36a-123.45", Kind.PLATE),
    ("xe 36LD 123.45", "36LD 123.45", Kind.PLATE),
    ("xe 36A-1234", "36A-1234", Kind.PLATE),
    ("ông Nguyễn Văn Mẫu đòi tiền", "Nguyễn Văn Mẫu", Kind.NAME),
    ("Bà Mẫu ở xã Thử", "Mẫu", Kind.NAME),
    ("anh Trần Thử, cán bộ xã", "Trần Thử", Kind.NAME),
    ("cán bộ Lê Thị Mẫu UBND xã", "Lê Thị Mẫu", Kind.NAME),
    ("Tôi tên là Phạm Mẫu Thử, xin phản ánh", "Phạm Mẫu Thử", Kind.NAME),
    ("Họ và tên: Lò Thử", "Lò Thử", Kind.NAME),
    ("ÔNG NGUYỄN VĂN MẪU", "NGUYỄN VĂN MẪU", Kind.NAME),
]

LEFT = [
    "",
    "Đường Bà Triệu hư hỏng nặng",
    "chợ Ông Bình rất bẩn",
    "mong trả lời ông bà. Bổ sung thêm biển báo",
    "Kính gửi Ông Chủ tịch UBND tỉnh",
    "đề nghị anh em công nhân sửa",
    "dự án 150.000.000 đồng",
    "rộng 120.000.000 m2",
    "ngày 18/11/2026 lúc 08:30",
    "từ 15h30 ngày 18.11.2026",
    "tệp van-ban.signed_1700000000000.pdf",
    "hồ sơ 000.00.00.H56-261118-00057",
    "Quyết định 05/2020/QĐ-UBND",
    "gọi 1022 hoặc 113",
    "Điều 12 khoản 2, Nghị định 20/2008/NĐ-CP",
    "ổ gà sâu 20 cm, rộng 150 cm, dài 1200 mm",
]


@pytest.mark.parametrize(("text", "part", "kind"), FOUND)
def test_personal_data_is_marked_where_it_stands(text: str, part: str, kind: Kind) -> None:
    found = suggestions(text)
    assert [(item.kind, text[slice(*item.span)]) for item in found] == [(kind, part)]
    assert redacted(text, found) == text.replace(part, PROPOSED[kind])


@pytest.mark.parametrize("text", LEFT)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_is_nobodys_data_is_left(text: str, form: str) -> None:
    assert suggestions(unicodedata.normalize(form, text)) == ()


def test_marks_typed_apart_change_nothing() -> None:
    text = unicodedata.normalize("NFD", "ông Nguyễn Văn Mẫu, 0900000000")
    assert [item.kind for item in suggestions(text)] == [Kind.NAME, Kind.PHONE]
    assert (
        redacted(text, suggestions(text))
        == unicodedata.normalize("NFD", "ông ") + "[họ tên], [số điện thoại]"
    )


@pytest.mark.parametrize(
    "text",
    ["nhà NGUYEN VAN MAU đây", "tôi (nguyễn  văn mẫu) viết", "Nguyễn Văn Mẫu", "chữ ký: nguyễn văn mẫu."],
)
def test_R11_the_senders_own_name_is_found_without_a_form_of_address(text: str) -> None:
    (found,) = suggestions(text, ["Nguyễn Văn Mẫu", None, ""])
    assert found.kind is Kind.SENDER


def test_R11_a_name_of_one_word_is_not_looked_for_in_every_word() -> None:
    assert suggestions("theo mẫu đơn", ["Mẫu"]) == ()


def test_R11_a_street_that_bears_the_senders_name_is_a_street() -> None:
    assert suggestions("đường Lê Lợi ngập nước", ["Lê Lợi"]) == ()
    assert [item.kind for item in suggestions("Lê Lợi phản ánh", ["Lê Lợi"])] == [Kind.SENDER]


def test_an_address_identifies_by_its_house_and_not_by_its_province() -> None:
    facts = dict.fromkeys(("name", "organisation", "email", "phone"))
    assert identifying(**facts, address="xã Mẫu, Thanh Hóa") == (None,) * 5
    assert identifying(**facts, address="số 7 ngõ Mẫu")[2] == "số 7 ngõ Mẫu"


def test_several_findings_do_not_overlap_and_come_in_order() -> None:
    text = "ông Mẫu (0900000000, mau@example.com), xe 36A-123.45, STK 12345678"
    found = suggestions(text)
    assert [item.kind for item in found] == [Kind.NAME, Kind.PHONE, Kind.EMAIL, Kind.PLATE, Kind.ACCOUNT]
    assert redacted(text, found) == (
        "ông [họ tên] ([số điện thoại], [thư điện tử]), xe [biển số xe], STK [số tài khoản]"
    )


PIECES = st.sampled_from(
    [part for _, part, _ in FOUND] + ["rác thải", "ông", "Sở", "[họ tên]", "xe", "STK", ",", "\n"]
)


@given(st.lists(PIECES, max_size=6).map(" ".join))
def test_what_is_redacted_once_needs_no_second_redaction(text: str) -> None:
    once = redacted(text, suggestions(text))
    assert not {item.kind for item in suggestions(once)} - {Kind.NAME}
    twice = redacted(once, suggestions(once))
    assert len(suggestions(twice)) <= len(suggestions(once))


@given(st.text(max_size=80))
def test_any_text_can_be_looked_at(text: str) -> None:
    for item in suggestions(text):
        assert 0 <= item.span[0] < item.span[1] <= len(text)
