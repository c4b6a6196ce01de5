"""Canonical JSON and digests: the same content always gives the same bytes.

Strings are brought to NFC first, so that two Unicode forms of one Vietnamese text are one content; instants become
UTC; then RFC 8785 (JSON Canonicalization Scheme) fixes key order, numbers and escapes.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import rfc8785

from connector.nfc import nfc

MAX_INT = 2**53 - 1
"""What a JSON number carries exactly."""


def plain(value: object) -> Any:
    """Turn a value of ours into what JSON knows.

    Args:
        value: nested mappings, sequences, strings, numbers, booleans, None, aware datetimes, enums, UUIDs.

    Raises:
        TypeError: for anything else, for an instant without a zone, for two keys that are one in NFC.
    """
    if isinstance(value, str) and not isinstance(value, Enum):
        return nfc(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            msg = "an instant without a zone has no canonical form"
            raise TypeError(msg)
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return _named(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    msg = f"{type(value).__name__} has no canonical form"
    raise TypeError(msg)


def _named(value: Mapping[Any, object]) -> dict[str, Any]:
    named = {nfc(str(key)): plain(item) for key, item in value.items()}
    if len(named) != len(value):
        msg = "two keys are one in NFC: the value has no canonical form"
        raise TypeError(msg)
    return named


def canonical_json(value: object) -> bytes:
    """The RFC 8785 bytes of ``value`` after :func:`plain`.

    Raises:
        TypeError: see :func:`plain`.
        ValueError: a number that canonical JSON does not carry exactly, half a surrogate pair.
    """
    told = plain(value)
    if not _ordinary(told):
        return rfc8785.dumps(told)
    # the encoder in C writes the same bytes for these, many times as quickly; a test holds the two together
    return _ENCODE(told).encode()


_ENCODE = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), sort_keys=True
).encode


def _ordinary(told: Any) -> bool:
    """No number but whole ones in range, no key that sorts otherwise by UTF-16 units than by letters."""
    kind = type(told)
    if kind is str or told is None or kind is bool:
        return True
    if kind is int:
        return bool(-MAX_INT <= told <= MAX_INT)
    if kind is dict:
        return all(key.isascii() for key in told) and all(map(_ordinary, told.values()))
    return kind is list and all(map(_ordinary, told))


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def digest_bytes(data: bytes) -> str:
    """SHA-256 of exact bytes, as 64 hex digits: for files and raw payloads, before any Unicode change."""
    return hashlib.sha256(data).hexdigest()
