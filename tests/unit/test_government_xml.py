"""The XML parser lets in nothing that could fetch, expand, hide or exhaust."""

from pathlib import Path

import pytest

from adapters.government_portal.xml import Why, XmlBounds, XmlRefused, parse

FIXTURES = Path(__file__).parents[2] / "fixtures" / "government_portal"


def refusal(data: bytes, **bounds: int) -> Why:
    with pytest.raises(XmlRefused) as caught:
        parse(data, XmlBounds(**bounds))
    return caught.value.reason


def test_a_doctype_is_refused_even_if_it_declares_nothing_dangerous():
    """Left unresolved, its entity would silently become empty text."""
    assert refusal((FIXTURES / "doctype.xml").read_bytes()) is Why.DOCTYPE
    assert refusal(b"<!DOCTYPE a><a/>") is Why.DOCTYPE


def test_a_doctype_is_found_in_an_encoding_that_hides_it_from_a_byte_search():
    hidden = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode(
        "utf-16"
    )
    assert b"<!DOCTYPE" not in hidden
    assert refusal(hidden) is Why.ENCODING


def test_an_expanding_entity_costs_nothing():
    bomb = b'<!DOCTYPE a [<!ENTITY x "yyyy"><!ENTITY z "&x;&x;&x;">]><a>&z;</a>'
    assert refusal(bomb) is Why.DOCTYPE


@pytest.mark.parametrize(
    ("data", "bounds", "why"),
    [
        (b"<a>" * 40 + b"</a>" * 40, {"max_depth": 32}, Why.TOO_DEEP),
        (b"<a>" + b"<b/>" * 200 + b"</a>", {"max_elements": 100}, Why.TOO_MANY_ELEMENTS),
        (b"<a>" + b"x" * 200 + b"</a>", {"max_bytes": 100}, Why.TOO_LARGE),
        (b"<a><b></a>", {}, Why.NOT_WELL_FORMED),
        (b"", {}, Why.NOT_WELL_FORMED),
        (b"<html><br></html>", {}, Why.NOT_WELL_FORMED),
        (b"<a>Tr\xe0 l\xf5i</a>", {}, Why.NOT_WELL_FORMED),
        (b'<?xml version="1.0" encoding="windows-1258"?><a>x</a>', {}, Why.ENCODING),
    ],
    ids=["depth", "elements", "bytes", "torn", "empty", "page", "undeclared charset", "declared charset"],
)
def test_what_is_out_of_bounds_is_refused_with_a_word(data, bounds, why):
    assert refusal(data, **bounds) is why


def test_a_refusal_does_not_quote_what_it_refused():
    with pytest.raises(XmlRefused) as caught:
        parse("<a>Nguyễn Văn Mẫu</b>".encode())
    assert "Mẫu" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_comments_cannot_split_a_value():
    assert parse(b"<a>900<!-- x -->123</a>").text == "900123"
