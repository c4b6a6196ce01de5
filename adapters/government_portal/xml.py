"""The one XML parser: no DTD, no entity, no network, bounded in size, depth and number of elements.

Why every DOCTYPE is refused and not merely ignored: with entities unresolved a reference silently becomes empty text,
so a case would be stored with words missing (government-portal contract §8.1, row "encoding").
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lxml import etree

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 32
MAX_ELEMENTS = 500_000

_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")
"""How UTF-16 and UTF-32 begin."""
_DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"'>]*)")

Element = etree._Element  # noqa: SLF001  # lxml has no public name for the type of an element


class Why(StrEnum):
    """Why bytes were refused; never a piece of their content."""

    TOO_LARGE = "too_large"
    DOCTYPE = "doctype"
    ENCODING = "encoding"
    NOT_WELL_FORMED = "not_well_formed"
    TOO_DEEP = "too_deep"
    TOO_MANY_ELEMENTS = "too_many_elements"


class XmlRefused(Exception):
    """The bytes are not XML that may be read."""

    def __init__(self, reason: Why) -> None:
        super().__init__(f"XML refused: {reason}")
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class XmlBounds:
    """Largest message in bytes, deepest nesting, most elements."""

    max_bytes: int = MAX_BYTES
    max_depth: int = MAX_DEPTH
    max_elements: int = MAX_ELEMENTS


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        # whatever the message declares: in another encoding a DOCTYPE could hide from the search for one
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        remove_comments=True,
        remove_pis=True,
    )


def parse(data: bytes, bounds: XmlBounds | None = None) -> Element:
    """The root element.

    Comments and processing instructions are dropped.

    Raises:
        XmlRefused: too large, too deep, a DOCTYPE, another encoding than UTF-8, or not well formed.
    """
    bounds = bounds or XmlBounds()
    if len(data) > bounds.max_bytes:
        raise XmlRefused(Why.TOO_LARGE)
    _check_bytes(data, bounds)
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError):
        # the parser's own text may quote the content: it must not travel on
        raise XmlRefused(Why.NOT_WELL_FORMED) from None
    _check_document(root)
    _check_shape(root, bounds)
    return root


def _check_bytes(data: bytes, bounds: XmlBounds) -> None:
    """What must be known before a tree is built: a tree takes tens of bytes for each byte of a hostile message."""
    declared = _DECLARED.match(data)
    if data.startswith(_WIDE) or (
        declared and declared[1].upper() not in {b"UTF-8", b"UTF8", b"US-ASCII", b"ASCII"}
    ):
        raise XmlRefused(Why.ENCODING)
    if b"<!DOCTYPE" in data:
        raise XmlRefused(Why.DOCTYPE)
    # an element has one "<", or two with its end; an attribute has one "="
    if data.count(b"<") > 2 * bounds.max_elements + 2 or data.count(b"=") > 2 * bounds.max_elements:
        raise XmlRefused(Why.TOO_MANY_ELEMENTS)


def _check_document(root: Element) -> None:
    info: Any = root.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        raise XmlRefused(Why.DOCTYPE)


def _check_shape(root: Element, bounds: XmlBounds) -> None:
    depth = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        count += 1
        if depth > bounds.max_depth:
            raise XmlRefused(Why.TOO_DEEP)
        if count > bounds.max_elements:
            raise XmlRefused(Why.TOO_MANY_ELEMENTS)


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def children(parent: Element, tag: str) -> list[Element]:
    """Direct children with exactly that qualified name."""
    return [child for child in parent if child.tag == tag]
