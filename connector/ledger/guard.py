"""Keeps personal data out of the ledger by construction: what cannot be deleted must not be written.

An entry holds codes, ids, numbers and digests. The alphabet has no space and no letter with a diacritic, so names,
addresses and sentences do not fit; long runs of digits, which a phone or identity number would be, fit only under
keys that are known to hold ids.
"""

import re
from collections.abc import Iterable, Mapping

from connector.canonical import digest_bytes

Scalar = str | int | bool | None
"""What an entry's data may hold. No floats: one number must have one spelling (write ms, bytes, per mille)."""

MAX_VALUE = 200
MAX_KEYS = 24
MAX_INT = 2**53 - 1

ID_KEYS = frozenset(
    {
        "act", "answer", "attachment", "code", "delivery", "echo", "field", "here", "id", "item", "key", "message",
        "observation", "plan", "ref", "run", "there", "transaction", "version", "watermark", "AnswerId", "ItemId", "MAPAKN", "MaGiaoDich", "PAKNID",
        "TRALOIID",
    }
)  # fmt: skip
"""Keys that hold an id of ours or of a portal; ``field`` may name an act, ``here`` and ``there`` are digests."""

ID_ENDINGS = ("_code", "_digest", "_hash", "_id", "_key", "_ref", "_sha256", "_version", "_watermark")
NUMBER_KEYS = frozenset({"bytes", "size", "limit_bytes", "at_size", "sealed_size", "lost_size"})
"""Keys whose numbers may be large without being anybody's number."""

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}(?:\.[A-Za-z0-9_.:-]{1,80})?")
_CODE = re.compile(r"[A-Za-z0-9_.:,/+#=*~<>|-]*")
_ID = re.compile(r"[A-Za-z0-9_.:,/+#=*~<>|@-]*")
_HARMLESS = re.compile(
    r"[0-9a-f]{64}"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)"
)
_SEPARATORS = re.compile(r"[^A-Za-z0-9]")
_LONG_NUMBER = re.compile(r"\d{9}")


def check_data(data: Mapping[str, Scalar]) -> None:
    """Refuse data that could hold personal data.

    Raises:
        ValueError: names the key and the rule, never the value.
    """
    if len(data) > MAX_KEYS:
        msg = f"an entry holds at most {MAX_KEYS} facts"
        raise ValueError(msg)
    for key, value in data.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            msg = "a key of an entry must be a short plain name"
            raise ValueError(msg)
        _check_value(key, value)


def check_code(name: str, value: str | None) -> None:
    """The same for the actor, the system and other single codes.

    Raises:
        ValueError: names the field and the rule, never the value.
    """
    if value is not None:
        if not value:
            msg = f"{name} must not be empty"
            raise ValueError(msg)
        _check_value(name, value)


def as_code(value: str) -> str:
    """The value if it may stand in an entry as an id, else a digest that still tells two values apart.

    For ids that other systems invent: a strange one must neither leak nor keep the entry from being written.
    """
    if len(value) <= MAX_VALUE and _ID.fullmatch(value):
        return value
    return f"sha256:{digest_bytes(value.encode())}"


def check_names(names: Iterable[str]) -> None:
    """Refuse a name under which a value is committed that is not one of ours: it stands in clear.

    Raises:
        ValueError: it is no plain dotted name.
    """
    if not all(is_name(name) for name in names):
        msg = "a sealed value needs a short plain name"
        raise ValueError(msg)


def is_name(name: object) -> bool:
    """May a value be committed under that name?"""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def is_id_key(key: str) -> bool:
    """Does a key of that name hold an id or digest, which may be a long number?"""
    return key in ID_KEYS or key.endswith(ID_ENDINGS) or key in {"digest", "hash", "sha256"}


def _check_value(key: str, value: object) -> None:
    match value:
        case None | bool():
            return
        case int():
            _check_number(key, value)
        case str():
            _check_text(key, value)
        case _:
            msg = f"{key}: an entry holds text, whole numbers and yes/no, not {type(value).__name__}"
            raise ValueError(msg)


def _check_number(key: str, value: int) -> None:
    if abs(value) > MAX_INT:
        msg = f"{key}: the number is too large for canonical JSON; write it as text"
        raise ValueError(msg)
    if abs(value) >= 10**8 and key not in NUMBER_KEYS and not is_id_key(key):
        msg = f"{key}: a number of nine digits could be a phone or identity number"
        raise ValueError(msg)


def _check_text(key: str, value: str) -> None:
    if len(value) > MAX_VALUE:
        msg = f"{key}: an entry holds short codes, not {len(value)} characters"
        raise ValueError(msg)
    identifier = is_id_key(key)
    if not (_ID if identifier else _CODE).fullmatch(value):
        msg = f"{key}: an entry holds codes, no free text (letters without marks, digits, punctuation without spaces)"
        raise ValueError(msg)
    if not identifier and not _HARMLESS.fullmatch(value) and _LONG_NUMBER.search(_SEPARATORS.sub("", value)):
        msg = f"{key}: nine digits in a row could be a phone or identity number"
        raise ValueError(msg)
