"""The three keys and the Vietnamese order (rules §7)."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.text.collate import sort_key
from connector.text.folded import fold
from connector.text.keys import accent_free, exact, tone_folded


def test_the_exact_key_repairs_the_order_of_marks_and_half_composed_letters() -> None:
    assert exact("a\u0323\u0302") == exact("a\u0302\u0323") == "ậ"
    assert exact("ê\u0301") == "ế"


def test_the_exact_key_keeps_the_place_of_the_tone_apart() -> None:
    assert exact("hòa") != exact("hoà")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thanh Hóa", "Thanh Hoá"),
        ("Thủy", "Thuỷ"),
        ("Hoằng Hóa", "HOẰNG  HOÁ"),
        ("xòe", "xoè"),
        ("Hóa Quỳ", "Hoá Qùy"),
        ("Cẩm Thủy", unicodedata.normalize("NFD", "Cẩm Thuỷ")),
        ("lọa", "loạ"),
    ],
)
def test_the_tone_folded_key_is_one_for_both_places_of_the_tone(one: str, other: str) -> None:
    assert tone_folded(one) == tone_folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("hoa", "hoá"), ("hoạ", "hoả"), ("ma", "má"), ("oặt", "oạt"), ("tuy", "tuỳ"), ("của", "cuả")],
)
def test_the_tone_folded_key_keeps_different_words_apart(one: str, other: str) -> None:
    assert tone_folded(one) != tone_folded(other)


def test_the_tone_folded_key_leaves_shaped_letters_alone() -> None:
    assert tone_folded("Hoằng Hoặc") == "hoằng hoặc"


@pytest.mark.parametrize(
    "text", ["Đường", "ĐƯỜNG", "Ðường", "Ɖường", "duong", unicodedata.normalize("NFD", "đường")]
)
def test_the_accent_free_key_is_one_for_every_writing(text: str) -> None:
    assert accent_free(text) == "duong"


def test_the_accent_free_key_is_no_identity() -> None:
    assert len({accent_free(word) for word in ("ma", "má", "mà", "mã", "mả", "mạ")}) == 1


VIETNAMESE = st.text(alphabet="aăâeêioôơuưyáàảãạặậếộựởđĐÐBbhqx 019.-\u0301\u0323")


@given(VIETNAMESE)
def test_each_key_is_its_own_key(text: str) -> None:
    for key in (exact, tone_folded, accent_free):
        assert key(key(text)) == key(text)


def test_vietnamese_order_puts_letters_first_and_tones_after() -> None:
    ordered = [
        "an",
        "ăn",
        "ấn",
        "ba",
        "dê",
        "đá",
        "em",
        "êm",
        "lan",
        "Lan",
        "Làn",
        "lan can",
        "ong",
        "ông",
        "ơn",
        "ung",
        "ưng",
        "xã",
        "ý",
    ]
    assert all(sort_key(one) < sort_key(other) for one, other in pairwise(ordered))


def test_vietnamese_order_of_tones() -> None:
    ordered = ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert all(sort_key(one) < sort_key(other) for one, other in pairwise(ordered))


def test_letters_with_marks_are_not_last() -> None:
    names = ["Xuân Hòa", "Đông Sơn", "Yên Định", "Ễ", "Dân Lực", "Ngọc Lặc", "Bỉm Sơn"]
    assert sorted(names, key=sort_key) == [
        "Bỉm Sơn",
        "Dân Lực",
        "Đông Sơn",
        "Ễ",
        "Ngọc Lặc",
        "Xuân Hòa",
        "Yên Định",
    ]


def test_a_tone_decides_only_where_all_letters_are_equal() -> None:
    assert sorted(["má b", "ma c", "ma b"], key=sort_key) == ["ma b", "má b", "ma c"]


@given(VIETNAMESE, VIETNAMESE)
def test_equal_sort_keys_mean_the_same_text(one: str, other: str) -> None:
    if sort_key(one) == sort_key(other):
        assert exact(one) == exact(other)


@given(st.text())
def test_folding_keeps_the_way_back(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.bare) == len(folded.starts) == len(folded.ends)
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert 0 <= start < end <= len(text)
