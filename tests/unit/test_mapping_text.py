"""Text on its way into the canonical form (rules §7)."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.mapping.text import clean, has_markup, plain_text


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("Đường hỏng ở thôn Mẫu", "Đường hỏng ở thôn Mẫu"),
        ("a < b và c > d", "a < b và c > d"),
        ("x<5 & y>3", "x<5 & y>3"),
        ("<xã Mẫu> và a<b5>", "<xã Mẫu> và a<b5>"),
        ("R&amp;D", "R&amp;D"),
        ("<b>Rác</b> &amp; <i>nước</i>", "Rác & nước"),
        ("một<br>hai<br/>ba", "một\nhai\nba"),
        ("<p>một</p><p>hai</p>", "một\nhai"),
        ("<ul><li>một</li><li>hai</li></ul>", "một\nhai"),
        ("trước<script type='x'>alert('<b>')</script>sau", "trướcsau"),
        ("trước<SCRIPT>không đóng", "trước"),
        ("trước<style>p{}</style >sau", "trướcsau"),
        ("trước<!-- giấu -->sau", "trướcsau"),
        ("<p>&lt;script&gt;alert(1)&lt;/script&gt;còn</p>", "còn"),
        ('<a href="javascript:x()" onclick="y()">liên kết</a>', "liên kết"),
        ('<img src=x onerror="alert(1)">ảnh', "ảnh"),
        ("<p>nhiều    khoảng&nbsp;trắng</p>", "nhiều khoảng trắng"),
        ("một\r\nhai\rba", "một\nhai\nba"),
        ("ẩn\u200b\u202eđảo\ufeff\x00", "ẩnđảo"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("  quanh  ", "quanh"),
    ],
)
def test_plain_text(raw: str, plain: str) -> None:
    assert plain_text(raw) == plain


def test_tone_placement_is_not_unified() -> None:
    """«hòa» and «hoà» are different letters; NFC repairs mark order only (rules §7)."""
    assert clean("hòa") != clean("hoà")
    assert clean(unicodedata.normalize("NFD", "ệ")) == "ệ"


@given(st.text())
@example("<<b>script>alert(1)<</b>/script>")
@example("<p>&amp;lt;p&amp;gt;</p>")
def test_the_result_has_no_markup_and_does_not_change_again(text: str) -> None:
    once = plain_text(text)
    assert not has_markup(once)
    assert plain_text(once) == once
