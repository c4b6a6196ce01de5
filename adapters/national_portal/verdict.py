"""What an answer means: the table of national-portal contract §10.7, in its order.

The decision takes (integer of ``error_code``, ``message`` case-folded in NFC) and nothing else. Message texts never
leave: an error carries the row, the code and sizes, because a portal's message may repeat what a citizen wrote.
"""

import re
from collections.abc import Callable, Mapping
from enum import IntEnum, StrEnum

from adapters.national_portal.profile import REQUEST_FIELDS
from adapters.national_portal.settings import NationalPortalSettings
from adapters.national_portal.wire import fold, read_text
from connector.errors import (
    Conflict,
    ConnectorError,
    ContractDrift,
    CredentialsRefused,
    InDoubt,
    NotOurs,
    Permanent,
    Transient,
)


class Intent(StrEnum):
    """What the call was for: a read cannot be in doubt."""

    READ = "read"
    WRITE = "write"


class Row(IntEnum):
    """Rows of the table."""

    READ_DONE = 1
    WRITE_DONE = 2
    NOT_PROVEN = 3
    REPEAT = 4
    SESSION = 5
    LOGIN_REFUSED = 6
    EXISTS = 7
    ABSENT = 8
    WRONG_STATE = 9
    NOT_OURS = 10
    UNKNOWN_SERVICE = 11
    INVALID = 12
    PARTIAL = 13
    BUSY = 14
    GARBLED = 15
    OTHER = 16


DONE = frozenset({Row.READ_DONE, Row.WRITE_DONE, Row.REPEAT})

_COUNT = re.compile(r"(\d+)\s*/\s*(\d+) bản ghi")
_WORD = re.compile(r"[A-Za-z]+")


class Judge:
    """The table, with the words of the settings. Pure."""

    def __init__(self, settings: NationalPortalSettings) -> None:
        words = settings.words
        self._success = _folded(settings.success_words)
        self._failure = _folded(settings.failure_words)
        self._exists = _folded(settings.exists_words)
        self._by_words: tuple[tuple[Row, tuple[str, ...]], ...] = (
            (Row.SESSION, _folded(words.session)),
            (Row.LOGIN_REFUSED, _folded(words.login_refused)),
            (Row.EXISTS, self._exists),
            (Row.ABSENT, _folded(words.absent)),
            (Row.WRONG_STATE, _folded(words.wrong_state)),
            (Row.NOT_OURS, _folded(words.not_ours)),
            (Row.UNKNOWN_SERVICE, _folded(words.unknown_service)),
            (Row.INVALID, _folded(words.invalid)),
        )
        self._busy = _folded(words.busy)

    def __call__(self, intent: Intent, code: int, message: str, *, repeat: bool = False) -> Row:
        """The row that ``code`` and ``message`` fall into; ``repeat``: the answer's row says ``TRUNGLAP`` 1."""
        text = fold(message)
        if code == 0:
            return self._of_zero(intent, text, repeat=repeat)
        for row, words in self._by_words:
            if _has(text, words):
                return row
        if _COUNT.search(text) and _has(text, self._success):
            return Row.PARTIAL
        return Row.BUSY if _has(text, self._busy) else Row.OTHER

    def _of_zero(self, intent: Intent, text: str, *, repeat: bool) -> Row:
        if intent is Intent.READ:
            return Row.READ_DONE
        if _has(text, self._success) and not _has(text, self._failure):
            if _short_count(text):
                return Row.PARTIAL
            return Row.REPEAT if repeat else Row.WRITE_DONE
        return Row.EXISTS if _has(text, self._exists) else Row.NOT_PROVEN


def error_of(
    row: Row, intent: Intent, service: str, *, code: int | None = None, message: str = "", **detail: object
) -> ConnectorError:
    """The error of the seam for a row that is no success. ``message`` is only searched for a field name."""
    facts = {"service": service, "row": int(row), "error_code": code, "message_size": len(message), **detail}
    if row is Row.INVALID and (named := _field_named(message)):
        facts["field"] = named
    kind, text = _ERRORS[row](intent)
    return kind(f"{service}: {text} (§10.7 row {int(row)}, error_code {code})", **facts)


def item_succeeded(item: Mapping[str, object]) -> bool | None:
    """``KETQUA`` of one row of a batch: True, False, or None if the row does not say."""
    said = read_text(item.get("KETQUA"))
    return None if said is None else said in {"1", "true", "True"}


def is_repeat(item: Mapping[str, object]) -> bool:
    """``TRUNGLAP`` 1."""
    return read_text(item.get("TRUNGLAP")) in {"1", "true", "True"}


def _field_named(message: str) -> str | None:
    """The field that a refusal names; only a name of the contract, for the text may as well repeat a value."""
    words = {word.casefold() for word in _WORD.findall(message)}
    return next((name for name in REQUEST_FIELDS if name.casefold() in words), None)


_Choice = Callable[[Intent], tuple[type[ConnectorError], str]]


def _always(kind: type[ConnectorError], text: str) -> _Choice:
    return lambda _intent: (kind, text)


def _doubt_if_written(read: type[ConnectorError], text: str) -> _Choice:
    return lambda intent: (InDoubt if intent is Intent.WRITE else read, text)


_ERRORS: Mapping[Row, _Choice] = {
    Row.NOT_PROVEN: _doubt_if_written(Permanent, "error_code 0 without the words of success"),
    Row.SESSION: _always(CredentialsRefused, "the session was refused again after a new login"),
    Row.LOGIN_REFUSED: _always(CredentialsRefused, "account or password refused"),
    Row.EXISTS: _always(Permanent, "the portal already holds it under another case"),
    Row.ABSENT: _always(Permanent, "the portal does not know the case"),
    Row.WRONG_STATE: _always(Conflict, "the case's status does not allow it"),
    Row.NOT_OURS: _always(NotOurs, "not ours to handle, or the agency code does not match the account"),
    Row.UNKNOWN_SERVICE: _always(ContractDrift, "the portal does not know this service"),
    Row.INVALID: _always(Permanent, "the portal refused a value"),
    Row.PARTIAL: _doubt_if_written(Permanent, "done for some items, without saying which"),
    Row.BUSY: _always(Transient, "busy or under maintenance"),
    Row.GARBLED: _doubt_if_written(Transient, "unreadable answer"),
    Row.OTHER: _doubt_if_written(Permanent, "an answer that the contract does not list"),
}


def _folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold(word) for word in words)


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _short_count(text: str) -> bool:
    """``2/3 bản ghi``: fewer done than asked."""
    found = _COUNT.search(text)
    return found is not None and int(found.group(1)) < int(found.group(2))
