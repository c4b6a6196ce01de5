"""Single values on their way in and out. Pure; a value that does not fit raises :class:`BadValue`."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from connector.clock import LOCAL_ZONE
from connector.mapping.text import clean, encodable, plain_text

_YES = frozenset({"1", "true"})
_NO = frozenset({"0", "false"})
_WHOLE = re.compile("-?[0-9]{1,18}")
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f<>:"|?*]')
_DEVICE = re.compile(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]", re.IGNORECASE)


class BadValue(ValueError):
    """The value cannot be read in the wanted form. The text never holds the value itself."""


def as_text(raw: Any) -> str:
    """A scalar as clean text; flags as ``1``/``0``, instants as ISO 8601."""
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if isinstance(raw, datetime):
        return as_iso(raw)
    if not isinstance(raw, str | int | float):
        msg = f"cần văn bản / text expected, not {type(raw).__name__}"
        raise BadValue(msg)
    text = str(raw)
    if not encodable(text):
        msg = "ký tự không hợp lệ (nửa cặp surrogate) / broken characters"
        raise BadValue(msg)
    return clean(text)


def as_prose(raw: Any) -> str:
    """Free text with any markup taken out."""
    return plain_text(as_text(raw))


def as_file_name(raw: Any) -> str:
    r"""A name under which a file may be saved anywhere: one step of a path, no sign that some system reads as an order.

    ``C:\hồ sơ\đơn.pdf`` and ``../../đơn.pdf`` are ``đơn.pdf``; ``CON.pdf``, a device, becomes ``_CON.pdf``.
    """
    last = as_text(raw).replace("\\", "/").rpartition("/")[2]
    name = _NOT_IN_NAMES.sub("_", last).strip(" .")
    if _DEVICE.fullmatch(name.partition(".")[0].rstrip()):
        name = f"_{name}"
    if not name:
        msg = "tên tệp trống / empty file name"
        raise BadValue(msg)
    return name


def as_code(raw: Any) -> str:
    """A scalar as a code list spells it: booleans as ``true``/``false``."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return as_text(raw)


def as_instant(raw: Any) -> datetime:
    """An aware instant, in local civil time."""
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw.strip())
        except ValueError:
            raw = None
    if not isinstance(raw, datetime) or raw.tzinfo is None:
        msg = "cần thời điểm có múi giờ / an instant with a zone is needed"
        raise BadValue(msg)
    try:
        return raw.astimezone(LOCAL_ZONE)
    except OverflowError:
        msg = "thời điểm ngoài phạm vi / instant out of range"
        raise BadValue(msg) from None


def as_iso(raw: Any) -> str:
    """An instant as ISO 8601 with offset."""
    return as_instant(raw).isoformat()


def utc_second(raw: Any) -> str:
    """An instant for use in an id: UTC, to the second."""
    return as_instant(raw).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_int(raw: Any) -> int:
    """A whole number, also from its decimal text."""
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        msg = "cần số nguyên / a whole number is needed"
        raise BadValue(msg)
    text = str(raw).strip()
    if not _WHOLE.fullmatch(text):
        msg = "cần số nguyên / a whole number is needed"
        raise BadValue(msg)
    return int(text)


def as_bool(raw: Any) -> bool:
    """A flag: true/false, ``1``/``0``."""
    text = as_code(raw).casefold()
    if text in _YES or text in _NO:
        return text in _YES
    msg = "cờ chỉ nhận 0 hoặc 1 / a flag is 0 or 1"
    raise BadValue(msg)


def as_flag(raw: Any) -> str:
    """A flag as ``1``/``0``."""
    return "1" if as_bool(raw) else "0"


def as_facts(raw: Any) -> dict[str, str]:
    """Small facts by name, all as text; absent ones left out."""
    if not isinstance(raw, Mapping):
        msg = f"cần bảng tên–giá trị / names and values expected, not {type(raw).__name__}"
        raise BadValue(msg)
    texts = {clean(str(key)): as_text(value) for key, value in raw.items() if value is not None}
    return {key: texts[key] for key in sorted(texts) if texts[key]}


def as_sha256(raw: Any) -> str:
    """SHA-256 hex of the NFC text as UTF-8 (national-portal contract §10.6.8)."""
    return hashlib.sha256(as_text(raw).encode()).hexdigest()


def as_id64(raw: Any) -> str:
    """An id of at most 64 characters: itself if it fits, else its SHA-256 hex."""
    text = as_text(raw)
    return text if len(text) <= 64 else hashlib.sha256(text.encode()).hexdigest()


READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": as_text,
    "prose": as_prose,
    "file_name": as_file_name,
    "instant": as_instant,
    "iso": as_iso,
    "int": as_int,
    "flag": as_bool,
    "facts": as_facts,
}
"""``as`` on the way in."""

WRITERS: Mapping[str, Callable[[Any], Any]] = {
    "text": as_text,
    "instant": as_instant,
    "iso": as_iso,
    "int": as_int,
    "flag": as_flag,
    "bool": as_bool,
    "facts": as_facts,
    "sha256": as_sha256,
    "id64": as_id64,
}
"""``as`` on the way out."""
