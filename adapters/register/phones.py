"""Equal phone numbers are found by a keyed hash of their E.164 form, which tells no number (rules §7)."""

from connector.sealing import MasterKeys
from connector.text.phone import e164

_PURPOSE = "register.phone"


def phone_digest(masters: MasterKeys, raw: str | None) -> bytes | None:
    """The digest by which other cases of the same number are found; None for what is no phone number."""
    number = e164(raw) if raw else None
    return None if number is None else masters.match_digest(_PURPOSE, number)
