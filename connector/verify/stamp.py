"""Time stamps (RFC 3161) of checkpoints, by certificates that the auditor brings."""

import hashlib
from datetime import datetime

PEM_END = b"-----END CERTIFICATE-----"


class StampError(Exception):
    """The time stamp does not vouch for that text."""


class NoStampLibraryError(Exception):
    """The library for time stamps is not installed."""


def stamped_at(token: bytes, text: str, authorities: bytes) -> datetime:
    """When an authority saw the text.

    Args:
        token: a time-stamp token, or the whole reply of an authority; DER.
        text: what was stamped.
        authorities: certificates in PEM; any of them may have signed, or have vouched for who did.

    Raises:
        StampError: it is no time stamp of that text by one of them.
        NoStampLibraryError: see there.
    """
    try:
        from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415  # optional, see the docstring
        from rfc3161_client import (  # noqa: PLC0415  # same
            VerificationError,
            VerifierBuilder,
            decode_timestamp_response,
        )
    except ImportError:
        raise NoStampLibraryError from None
    try:
        pems = [part.strip() + b"\n" + PEM_END for part in authorities.split(PEM_END)[:-1]]
        roots = [load_pem_x509_certificate(pem) for pem in dict.fromkeys(pems)]
        reply = decode_timestamp_response(_reply(token))
        VerifierBuilder(roots=roots).build().verify(reply, hashlib.sha256(text.encode()).digest())
    except (VerificationError, ValueError, TypeError, IndexError, KeyError, AssertionError):
        raise StampError from None
    seen: datetime = reply.tst_info.gen_time
    return seen


def _reply(token: bytes) -> bytes:
    """A bare token as the reply it came in: a sequence of the status *granted* and the token."""
    body = token[_header_size(token) :]
    if body[:1] != b"\x06":  # a token begins with the object id of signed data
        return token
    granted = b"\x30\x03\x02\x01\x00"
    return b"\x30" + _length(len(granted) + len(token)) + granted + token


def _header_size(der: bytes) -> int:
    if len(der) < 2 or der[0] != 0x30:
        return 0
    return 2 + (der[1] & 0x7F if der[1] & 0x80 else 0)


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(digits)]) + digits
