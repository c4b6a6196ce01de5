"""Texts that mean harm: read in linear time, without what hides or disguises, and never to life again."""

import unicodedata

import pytest

from connector.canonical import canonical_json
from connector.mapping import has_markup, plain_text
from connector.mapping.text import clean
from connector.mapping.values import BadValue, as_bool, as_file_name, as_instant, as_int, as_text
from connector.nfc import MOST_MARKS, nfc
from connector.rules.secrecy import markings

LONG = 300_000

PATIENCE = pytest.mark.timeout(20)
"""What took hours before takes a second."""


# ---- time -----------------------------------------------------------------------------------------------------


@PATIENCE
@pytest.mark.parametrize(
    "unit",
    [
        "<a", "<script", "<br", "</p ", "<?xml", "<!doctype", "<!--", "<a '", '<a "', "<a '\"<a \"'", "<script></script ",
        "&lt;", "&amp;lt;b&gt;", "<b>&lt;", "<style>", "< ", "<p\t",
    ],
)  # fmt: skip
def test_markup_without_end_is_read_in_linear_time(unit: str):
    once = plain_text("<b>" + unit * (LONG // len(unit)))
    assert not has_markup(once)
    assert plain_text(once) == once


@PATIENCE
@pytest.mark.parametrize(
    "marks", ["\u0300" * LONG + "\u0327" * LONG, "\u0300\u0327" * LONG, "\u0e38\u0e48" * LONG]
)
def test_marks_without_end_are_sorted_in_linear_time(marks: str):
    """UAX #15 §13: a joiner after thirty marks. Python's own sorting is quadratic."""
    done = nfc("ê" + marks)
    assert nfc(done) == done
    assert clean(done) == clean(clean(done))
    assert len(canonical_json({"a": "ê" + marks})) > LONG


@PATIENCE
def test_a_marking_of_secrecy_is_looked_for_in_linear_time():
    assert not markings([("content", "ê" + "\u0300\u0327" * LONG)])


def test_text_of_people_is_plain_nfc():
    text = "Nguyễn Văn Mẫu, quê ở xã Mẫu 👩‍👩‍👧 " + "ก็" * 40
    for form in ("NFC", "NFD"):
        told = unicodedata.normalize(form, text)
        assert nfc(told) == unicodedata.normalize("NFC", text)
    assert nfc("a" + "\u0301" * MOST_MARKS) == unicodedata.normalize("NFC", "a" + "\u0301" * MOST_MARKS)


@PATIENCE
def test_a_text_escaped_over_and_over_does_not_come_to_life():
    ladder = " ".join("&" + "amp;" * depth + "lt;script&" + "amp;" * depth + "gt;" for depth in range(200))
    once = plain_text(f"<b>{ladder}</b>")
    assert not has_markup(once)
    assert plain_text(once) == once


# ---- markup ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        '<img alt="<" onerror=alert(1)>ổn',
        "<img alt='>' onerror=alert(1)>ổn",
        '<script data-x="<">alert(1)</script>ổn',
        "<script data-x='>'>alert(1)</script>ổn",
        "<ScRiPt\n>alert(1)</sCrIpT\t>ổn",
        "<style>@import 'x'</style>ổn",
        "&lt;script&gt;alert(1)&lt;/script&gt;<b>ổn</b>",
        "<b>&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;ổn</b>",
        "<scr<script>x</script>ipt>ổn",
        "<iframe src=javascript:alert(1)></iframe>ổn",
        "<svg/onload=alert(1)>ổn",
        "<img/src=x/onerror=alert(1)>ổn",
        "<video><source onerror=alert(1)></video>ổn",
        "<math><mi/><a href=javascript:x()>ổn</a></math>",
        "<!--<script>-->ổn",
        "<!-- không đóng",
    ],
)
def test_script_and_handlers_vanish_with_their_tags(raw: str):
    told = plain_text(raw)
    assert not has_markup(told)
    for part in ("<script", "onerror=", "onload=", "javascript:", "<img", "<iframe"):
        assert part not in told.lower()
    assert "ổn" in told or "không đóng" in raw


@pytest.mark.parametrize("raw", ["giá x < 5 và y > 3", "a<b5> tấn", "tại <xã Mẫu>", "A&B", "1 <2> 3", "“<”"])
def test_the_words_of_a_citizen_stay(raw: str):
    assert plain_text(raw) == raw


# ---- characters -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mark",
    [*"\u202a\u202e\u2066\u2069\u200e\u200f\u061c\u206a\u200b\u2060\ufeff\ufff9\x00\x1b\x85", "\U000e0041"],
)
def test_marks_that_hide_or_turn_text_around_are_taken_out(mark: str):
    assert clean(f"đơn{mark}fdp.exe") == "đơnfdp.exe"


def test_other_line_ends_are_line_ends():
    assert clean("một\u2028hai\u2029ba\r\nbốn\rnăm") == "một\nhai\nba\nbốn\nnăm"


@pytest.mark.parametrize("raw", ["\ud800", "a\udfff", "\udc00\ud800"])
def test_half_a_character_is_a_bad_value(raw: str):
    with pytest.raises(BadValue):
        as_text(raw)


# ---- file names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\windows\\win.pdf", "win.pdf"),
        ("C:\\hồ sơ\\đơn.pdf", "đơn.pdf"),
        ("/srv/đơn.pdf", "đơn.pdf"),
        ("đơn.pdf/", None),
        ("..", None),
        (". . .", None),
        ("CON.pdf", "_CON.pdf"),
        ("nul", "_nul"),
        ("com1.tar.pdf", "_com1.tar.pdf"),
        ("LPT¹.pdf", "_LPT¹.pdf"),
        ("COM10.pdf", "COM10.pdf"),
        ("đơn.pdf. ", "đơn.pdf"),
        ("đơn.pdf::$DATA", "đơn.pdf__$DATA"),
        ("đơn\u202efdp.exe", "đơnfdp.exe"),
        ("đơn\r\nX-Them: 1.pdf", "đơn_X-Them_ 1.pdf"),
        ("đơn\x00.pdf", "đơn.pdf"),
        ('<img src="x">.pdf', "_img src=_x__.pdf"),
        ("giấy hẹn (bản 2), ký số.pdf", "giấy hẹn (bản 2), ký số.pdf"),
    ],
)
def test_a_file_name_is_one_step_of_a_path_on_every_machine(raw: str, name: str | None):
    if name is None:
        with pytest.raises(BadValue):
            as_file_name(raw)
        return
    assert as_file_name(raw) == name
    assert as_file_name(name) == name


# ---- numbers and instants of the mapping ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", ["9" * 5000, "１２", "1_000", "--1", "-", "", "1e5", True, 1.5, None, [], "0x10", "٣"]
)
def test_what_is_no_whole_number_is_a_bad_value(raw: object):
    with pytest.raises(BadValue):
        as_int(raw)


@pytest.mark.parametrize(
    "raw", ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-12:00", "2026-11-18", "x" * 10_000, "", 5, None]
)
def test_what_is_no_instant_is_a_bad_value(raw: object):
    with pytest.raises(BadValue):
        as_instant(raw)


@pytest.mark.parametrize("raw", ["có", "", "2", "TRUE ", [], {}, None])
def test_what_is_no_flag_is_a_bad_value(raw: object):
    if raw == "TRUE ":
        assert as_bool(raw) is True
        return
    with pytest.raises(BadValue):
        as_bool(raw)


# ---- on the screen --------------------------------------------------------------------------------------------


def test_a_portals_code_is_text_on_the_screen_and_no_order_to_it(capsys):
    """``[/b]`` used to end the command that was to show it."""
    from connector.cli.common import console, table

    shown = table("code")
    shown.add_row("[/b] [bold]x[/bold] :smile:")
    console().print(shown)
    console().print("[/b] [link=https://khac.example]x[/link]")
    out = capsys.readouterr().out
    assert "[/b] [bold]x[/bold] :smile:" in out
    assert "[link=https://khac.example]x[/link]" in out
