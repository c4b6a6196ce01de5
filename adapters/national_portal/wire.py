"""The ``mapi`` envelope, pure: bytes in, an :class:`Answer` out; texts and dates as the wire writes them.

Reads every form that real systems were seen to send (national-portal contract §2.3, §10.1): ``error_code`` as
number or text, ``result`` or ``data``, an object for a one-element list, any key case, JSON text inside a string,
numbers as text, absent = null = "".
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector import strict_json
from connector.clock import LOCAL_ZONE, sensible
from connector.nfc import nfc

Json = Any

HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "Charset": "utf-8"}
"""As real clients send them; ``Charset`` is a header of its own (§2.1)."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}(?:\.0+)?")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DASHES = re.compile(r"-{2,}")
_TIME = r"(?:[ T](?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2}))?(?:\.\d+)?)?"
_DATE_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2}))?",
        r"(?P<d>\d{1,2})[/-](?P<m>\d{1,2})[/-](?P<y>\d{4})" + _TIME,
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})" + _TIME,
    )
)


class Garbled(Exception):
    """The answer is no ``mapi`` envelope (§10.7 row 15). The text names the shape, never the content."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One decoded answer. ``message`` may carry personal data: it is matched, never shown.

    Attributes:
        code: ``error_code`` as integer.
        items: the payload's elements, keys as they came; an element that is no object stays what it is.
        session: of a login.
        raw: the exact body.
    """

    code: int
    message: str = field(repr=False)
    items: tuple[Json, ...] = field(default=(), repr=False)
    session: str | None = field(default=None, repr=False)
    raw: bytes = field(default=b"", repr=False)


def read_answer(status: int, body: bytes) -> Answer:
    """Read one HTTP answer of ``mapi``.

    Raises:
        Garbled: 4xx/5xx, not JSON, an HTML page, or ``error_code`` absent or not an integer.
    """
    if status != 200:
        msg = f"HTTP {status}"
        raise Garbled(msg)
    tree = read_json(body)
    if not isinstance(tree, dict):
        msg = "the answer is not a JSON object"
        raise Garbled(msg)
    top = strict_json.named([(str(key).strip().casefold(), value) for key, value in tree.items()])
    return Answer(
        code=read_error_code(top.get("error_code")),
        message=read_text(top.get("message")) or "",
        items=_items(top),
        session=read_text(top.get("session")),
        raw=body,
    )


def read_json(body: bytes) -> Json:
    """Decode JSON (:mod:`connector.strict_json`): a field told twice spoils itself, not its neighbours.

    Raises:
        Garbled: not UTF-8 or not JSON, e.g. an error page of the adapter.
    """
    try:
        return strict_json.read(body)
    except strict_json.BadJson:
        msg = "the answer is not JSON in UTF-8"
        raise Garbled(msg) from None


def read_error_code(value: Json) -> int:
    """``0``, ``"0"``, ``"00"``, ``" -1 "`` … as integer (§2.3).

    Raises:
        Garbled: absent or not an integer.
    """
    code = None if isinstance(value, bool) else read_integer(value)
    if code is None:
        msg = "error_code is absent or not an integer"
        raise Garbled(msg)
    return code


def read_integer(value: Json) -> int | None:
    """A whole number in any of its forms, else None. Never raises."""
    text = read_text(value)
    if text is None or isinstance(value, bool) or not _INTEGER.fullmatch(text):
        return None
    return int(text.partition(".")[0])


def read_text(value: Json) -> str | None:
    """A scalar as trimmed NFC text; None for null, blanks and what is no scalar."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | int):
        return clean(str(value)).strip() or None
    return None


def clean(text: str) -> str:
    """NFC; letters that no database stores (NUL, half surrogates) become the replacement mark."""
    return nfc(_UNSTORABLE.sub("\ufffd", text))


def read_nested(value: Json) -> list[Json] | None:
    """A list that may come as JSON text inside a string, or as one bare object. None if it is none of these."""
    if isinstance(value, str):
        if not value.strip():
            return []
        try:
            value = strict_json.read(value)
        except strict_json.BadJson:
            return None
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else None


def read_date(value: Json) -> datetime | None:
    """An instant at Thanh Hóa: ``yyyyMMddHHmmss``, ``dd/MM/yyyy[ HH:mm:ss]``, ISO without zone; repairs ``--``.

    None if absent.

    Raises:
        ValueError: no such form, or no such day; the text tells the shape only.
    """
    text = read_text(value)
    if text is None:
        return None
    for candidate in _repaired(text):
        for form in _DATE_FORMS:
            if found := form.fullmatch(candidate):
                return _instant(found)
    msg = f"no known form of date ({len(text)} characters)"
    raise ValueError(msg)


def write_date(value: datetime, form: str = "yyyyMMddHHmmss") -> str:
    """``yyyyMMddHHmmss`` or ``dd/MM/yyyy``, civil time of Viet Nam, no zone."""
    local = value.astimezone(LOCAL_ZONE)
    return local.strftime("%d/%m/%Y" if form == "dd/MM/yyyy" else "%Y%m%d%H%M%S")


def fold(text: str) -> str:
    """For comparing words: NFC, case-folded, runs of blanks as one."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def envelope(session: str, madonvi: str, service: str, body: Mapping[str, Json]) -> bytes:
    """The request of every call but login (§2.2)."""
    return write_json({"session": session, "madonvi": madonvi, "service": service, **body})


def write_json(value: Json) -> bytes:
    """Compact UTF-8; a half surrogate keeps its escape."""
    return strict_json.write(value)


def _items(top: Mapping[str, Json]) -> tuple[Json, ...]:
    payload = top.get("result")
    if payload is None or payload == "":
        payload = top.get("data")
    if isinstance(payload, dict):
        inner = strict_json.named([(str(key).casefold(), value) for key, value in payload.items()])
        if set(inner) == {"data"}:  # LayDVC wraps its list once more (§2.2)
            payload = inner["data"]
    items = read_nested(payload)
    if items is None:
        msg = "the payload is neither a list nor an object"
        raise Garbled(msg)
    return tuple(items)


def _repaired(text: str) -> tuple[str, ...]:
    if "--" not in text:
        return (text,)
    return _DASHES.sub("-", text), _DASHES.sub("", text)


def _instant(found: re.Match[str]) -> datetime:
    parts = {key: int(value) for key, value in found.groupdict().items() if value}
    clock = (parts.get("H", 0), parts.get("M", 0), parts.get("S", 0))
    try:
        return sensible(datetime(parts["y"], parts["m"], parts["d"], *clock, tzinfo=LOCAL_ZONE))
    except ValueError:
        msg = "no such day or time"
        raise ValueError(msg) from None
