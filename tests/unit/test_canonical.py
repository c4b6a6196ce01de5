"""Canonical JSON: the vectors that RFC 8785 publishes, and what we do to a value before (NFC, UTC)."""

import hashlib
import json
import struct
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from connector.canonical import canonical_json, digest, digest_bytes, plain
from connector.clock import LOCAL_ZONE


class Colour(StrEnum):
    RED = "đỏ"


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


# ---- RFC 8785 -----------------------------------------------------------------------------------------------

NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
"""RFC 8785 appendix B: IEEE 754 bits → JSON."""


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_of_appendix_b(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_json(number) == text.encode()


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_what_is_no_number_is_refused(bits: str) -> None:
    """Appendix B: NaN and the infinities end in an error."""
    with pytest.raises(ValueError):
        canonical_json(struct.unpack(">d", bytes.fromhex(bits))[0])


def test_the_sample_of_section_3_2_2() -> None:
    """Literals, numbers and string escapes, with the keys in order."""
    value = json.loads(
        r'{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],'
        r' "string": "\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}'
    )
    expected = (
        r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        r'"string":"€$\u000f\nA' + "'" + r'B\"\\\\\"/"}'
    )
    assert canonical_json(value) == expected.encode()


def test_keys_are_sorted_by_utf16_units_as_in_section_3_2_3() -> None:
    """An emoji (two units from D83D) stands before U+FF21, though its code point is higher.

    The RFC's own last key, U+FB33, is no stable letter under NFC: it stands as its two parts, after «ö».
    """
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\u00f6", "\uff21"]
    ordered = ["\r", "1", "\x80", "\u00f6", nfc("\ufb33"), "\u20ac", "\U0001f600", "\uff21"]
    assert list(json.loads(canonical_json(dict.fromkeys(keys, 0)))) == ordered


def test_only_what_json_needs_is_escaped() -> None:
    """Section 3.2.2.2: two-letter escapes, lower-case hexadecimal for the rest, everything else as it is."""
    assert canonical_json("\b\t\n\f\r\x00\x1f\x7f/<ế>") == rb'"\b\t\n\f\r\u0000\u001f' + '\x7f/<ế>"'.encode()


def test_integers_beyond_the_doubles_are_refused() -> None:
    """Nobody could read them back exactly: such an id has to be text."""
    assert canonical_json(2**53 - 1) == b"9007199254740991"
    with pytest.raises(ValueError):
        canonical_json(2**53)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError):
        canonical_json("\ud83d")


# ---- before RFC 8785 ----------------------------------------------------------------------------------------


def test_two_unicode_forms_of_one_text_are_one_content() -> None:
    """Also in keys."""
    text = "Phản ánh về đường hỏng ở xã Mẫu"
    composed, parted = nfc(text), unicodedata.normalize("NFD", text)
    assert composed != parted
    assert canonical_json({composed: composed}) == canonical_json({parted: parted})
    assert digest(parted) == digest(composed)


def test_one_instant_in_two_zones_is_one_content() -> None:
    local = datetime(2026, 11, 18, 7, 55, tzinfo=LOCAL_ZONE)
    zones = (local, local.astimezone(UTC), local.astimezone(timezone(timedelta(hours=-5))))
    assert {canonical_json(one) for one in zones} == {b'"2026-11-18T00:55:00.000000Z"'}


def test_an_instant_without_a_zone_is_refused() -> None:
    """Also deep inside; nobody guesses a zone."""
    with pytest.raises(TypeError, match="without a zone"):
        canonical_json({"acts": [{"at": datetime(2026, 11, 18, 7, 55)}]})  # noqa: DTZ001  # the very thing refused


@pytest.mark.parametrize(
    "value", [b"abc", {1, 2}, date(2026, 11, 18), object(), 1j], ids=lambda value: type(value).__name__
)
def test_what_has_no_canonical_form_is_refused_by_its_type_and_not_by_its_content(value: object) -> None:
    with pytest.raises(TypeError, match=f"^{type(value).__name__} has no canonical form$"):
        plain([value])


def test_our_own_types_become_plain() -> None:
    name = UUID("5b0f2d1e-0000-4000-8000-000000000001")
    assert plain({"a": Colour.RED, "b": (1, True, None), 3: name}) == {
        "a": "đỏ",
        "b": [1, True, None],
        "3": str(name),
    }


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e15, 1e15)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])).map(nfc), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_canonical_json_reads_back_to_the_same_and_is_its_own_canonical_form(value: Any) -> None:
    told = canonical_json(value)
    assert json.loads(told) == plain(value)
    assert canonical_json(json.loads(told)) == told


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])).map(nfc), JSON), st.randoms())
def test_the_order_of_keys_does_not_matter(value: dict[str, Any], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert canonical_json(dict(items)) == canonical_json(value)


@given(JSON)
def test_the_digest_is_the_sha256_of_the_bytes(value: Any) -> None:
    assert digest(value) == hashlib.sha256(canonical_json(value)).hexdigest()


def test_the_digest_of_bytes_knows_no_unicode() -> None:
    """A file is evidence: its exact bytes count."""
    forms = [unicodedata.normalize(form, "ế").encode() for form in ("NFC", "NFD")]
    assert len({digest_bytes(data) for data in forms}) == 2
    assert digest_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_two_keys_that_are_one_in_nfc_are_refused_and_not_merged() -> None:
    with pytest.raises(TypeError, match="two keys"):
        canonical_json({"hòa": 1, unicodedata.normalize("NFD", "hòa"): 2})


# ---- the quick way -----------------------------------------------------------------------------------------------

_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
_KEYS = st.text(max_size=4) | st.sampled_from(["\ufb33", "\U0001f600", "đ", "a\x7f", '"', "\\"])


@given(st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner), max_leaves=20))
def test_whichever_way_the_bytes_are_made_they_are_those_of_rfc_8785(value: Any) -> None:
    try:
        expected = rfc8785.dumps(plain(value))
    except (TypeError, ValueError):
        with pytest.raises((TypeError, ValueError)):
            canonical_json(value)
    else:
        assert canonical_json(value) == expected


@pytest.mark.parametrize(
    "text", ["\x00\x1f\x7f\u2028", '"\\/\b\f\n\r\t', "Nguyễn Văn Mẫu", "\U0001f600\ufb33"]
)
def test_escapes_are_those_of_rfc_8785_in_keys_too(text: str) -> None:
    assert canonical_json({text: [text]}) == rfc8785.dumps(plain({text: [text]}))
