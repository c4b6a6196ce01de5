"""Signatures of webhooks, after Standard Webhooks: HMAC-SHA-256 over id, timestamp and body. Pure.

Receivers verify with any library of that standard, or with :func:`verified`. Several secrets sign at once, so that a secret
can be changed without a gap.
"""

import base64
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""A message whose timestamp lies further away is an old one that somebody sends again."""

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """The key of a secret: ``whsec_`` and base64, or any text."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except ValueError:  # also for letters with marks
            return secret.encode()
    return secret.encode()


def sign(body: bytes, *, message_id: str, at: datetime, secrets: Iterable[str]) -> dict[str, str]:
    """The headers that go with a body."""
    seconds = str(int(at.timestamp()))
    made = " ".join(f"v1,{_mac(key_of(one), message_id, seconds, body)}" for one in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": made}


def verified(body: bytes, headers: Mapping[str, str], *, secret: str, now: datetime) -> bool:
    """What a receiver does: is it from who knows the secret, unchanged, and of now? Header names in lower case."""
    message_id, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 12:
        return False
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        return False
    wanted = f"v1,{_mac(key_of(secret), message_id, seconds, body)}".encode()
    told = headers.get("webhook-signature", "").encode()
    return any(hmac.compare_digest(wanted, one) for one in told.split(b" "))


def _mac(key: bytes, message_id: str, seconds: str, body: bytes) -> str:
    signed = f"{message_id}.{seconds}.".encode() + body
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
