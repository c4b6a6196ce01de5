"""Encodings from before Unicode are noticed and a conversion is offered (rules §7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.text.legacy import Encoding, convert, detect


@pytest.mark.parametrize(
    ("text", "encoding", "meant"),
    [
        ("Thanh Hãa", Encoding.TCVN3, "Thanh Hóa"),
        ("ph­êng x·", Encoding.TCVN3, "phường xã"),
        ("§­êng h­ háng nÆng", Encoding.TCVN3, "Đường hư hỏng nặng"),
        ("phöôøng xaõ", Encoding.VNI, "phường xã"),
        ("Ñöôøng hö hoûng naëng, ñeà nghò söûa", Encoding.VNI, "Đường hư hỏng nặng, đề nghị sửa"),
        ("THANH HOÙA", Encoding.VNI, "THANH HÓA"),
    ],
)
def test_an_old_encoding_is_found_and_its_meaning_proposed(text: str, encoding: Encoding, meant: str) -> None:
    found = detect(text)
    assert found is not None
    assert (found.encoding, found.proposed) == (encoding, meant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Phường Hạc Thành có rác thải, đề nghị xử lý",
        "Rac thai do ra duong",
        "Người mẹ · con «trích» ½ giờ",
        "bụi 35 µg/m³ ở 30 °C",
        "xe Citroën của ông Müller",
        "São Paulo, café, crème brûlée, naïve",
        "Điều 5 § 2 — © 2026 ®",
        "Ðường Nguyễn Văn Mẫu",
    ],
)
def test_a_text_that_reads_well_is_left_alone(text: str) -> None:
    assert detect(text) is None


SYLLABLES = [
    "đường",
    "phường",
    "xã",
    "rác",
    "thải",
    "hỏng",
    "nặng",
    "nghị",
    "xử",
    "lý",
    "nước",
    "bẩn",
    "chợ",
    "huyện",
    "thủy",
    "quỹ",
]


@given(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=8, unique=True), st.sampled_from(Encoding))
def test_what_was_written_in_an_old_encoding_is_read_back(words: list[str], encoding: Encoding) -> None:
    from connector.text.legacy import _TABLES

    codes = {letter: code for code, letter in _TABLES[encoding].items()}
    text = " ".join(["phường", *words])  # a word of two letters alone is too little to go by
    old = "".join(codes.get(letter, letter) for letter in text)
    assert convert(old, encoding) == text
    if encoding is Encoding.TCVN3:
        found = detect(old)
        assert found is not None
        assert found.proposed == text


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    detect(text)
