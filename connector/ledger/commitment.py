"""Salted commitments: an entry binds a value that must not stand in it, and shows it later to whom it concerns.

A commitment is SHA-256 over the canonical JSON of ``[salt, name, value]``. Without the salt (16 random bytes) even
a value of few possibilities cannot be guessed from it; salt and value together are its *opening*.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from connector.canonical import digest, digest_bytes

SALT_BYTES = 16

Opening = tuple[str, Any]
"""Salt (32 hex digits) and value (canonical JSON) of one commitment."""

Openings = Mapping[str, Opening]
"""The openings of one entry, by the name of the value."""


def commitment(name: str, opening: Opening) -> str:
    """The commitment that an opening gives, as 64 hex digits.

    Raises:
        TypeError: the value has no canonical form.
        ValueError: same, a number out of the range of canonical JSON.
    """
    salt, value = opening
    return digest([salt, name, value])


def commitments(openings: Openings) -> dict[str, str]:
    """The commitments of an entry, by name. Raises like :func:`commitment`."""
    return {name: commitment(name, opening) for name, opening in openings.items()}


def salted(values: Mapping[str, Any]) -> dict[str, Opening]:
    """Give each value a random salt of its own."""
    return {name: (secrets.token_hex(SALT_BYTES), value) for name, value in values.items()}


def opens(name: str, opening: Opening, expected: str) -> bool:
    """Is this the opening of that commitment? False also for values without canonical form."""
    try:
        return hmac.compare_digest(commitment(name, opening).encode(), expected.encode())
    except (TypeError, ValueError):
        return False


def large(data: bytes) -> dict[str, Any]:
    """What is committed instead of bytes: their digest and their number."""
    return {"sha256": digest_bytes(data), "size": len(data)}
