"""Reads request fields as strictly as the contract allows (national-portal contract §10.1).

Keys are read in any case; absent, null and "" mean the same; a required text of blanks only is missing; lengths
count code points. Whatever no service asked for is refused by :meth:`Fields.done`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.national_portal.twin.clock import ZONE
from adapters.national_portal.twin.codes import FLAGS
from adapters.national_portal.twin.errors import invalid, missing

_LONG_DATE = re.compile(r"\d{14}", re.ASCII)
_SHORT_DATE = re.compile(r"\d{2}/\d{2}/\d{4}", re.ASCII)


class Fields:
    """The fields of one request or of one item of ``data``. Every reader may raise a ``Refusal``."""

    def __init__(self, raw: Mapping[str, Any], *, nfc_only: bool = True, where: str = "") -> None:
        self._values: dict[str, Any] = {}
        self._names: dict[str, str] = {}
        self._nfc_only = nfc_only
        self._where = where
        for name, value in raw.items():
            key = name.casefold()
            if key in self._values:
                raise invalid(name, "tên trường lặp lại")
            self._values[key] = value
            self._names[key] = name
        self._unread = set(self._values)

    @property
    def raw(self) -> Mapping[str, Any]:
        """All values by lower-case key: what makes two bodies the same."""
        return self._values

    def _take(self, name: str, *, required: bool) -> Any:
        key = name.casefold()
        self._unread.discard(key)
        value = self._values.get(key)
        if value is None or value == "":
            if required:
                raise missing(self._where + name)
            return None
        return value

    def text(self, name: str, limit: int, *, required: bool = False) -> str | None:
        """A text of at most ``limit`` code points, in NFC."""
        value = self._take(name, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            raise invalid(self._where + name)
        if self._nfc_only and not unicodedata.is_normalized("NFC", value):
            raise invalid(self._where + name, "không phải Unicode NFC")
        value = unicodedata.normalize("NFC", value)
        if not value.strip():
            if required:
                raise missing(self._where + name)
            return None
        if len(value) > limit:
            raise invalid(self._where + name, f"quá {limit} ký tự")
        return value

    def must_text(self, name: str, limit: int) -> str:
        """A required text."""
        value = self.text(name, limit, required=True)
        assert value is not None
        return value

    def date(self, name: str, *, short: bool = False) -> datetime | None:
        """``yyyyMMddHHmmss`` in Asia/Ho_Chi_Minh; ``short`` demands ``dd/MM/yyyy``."""
        value = self._take(name, required=False)
        if value is None:
            return None
        form, pattern = ("%d/%m/%Y", _SHORT_DATE) if short else ("%Y%m%d%H%M%S", _LONG_DATE)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise invalid(self._where + name)
        try:
            return datetime.strptime(value, form).replace(tzinfo=ZONE)
        except ValueError:
            raise invalid(self._where + name) from None

    def must_date(self, name: str, *, short: bool = False) -> datetime:
        """A required date."""
        value = self.date(name, short=short)
        if value is None:
            raise missing(self._where + name)
        return value

    def code(self, name: str, known: Iterable[str]) -> str | None:
        """A code of a closed list, as a string."""
        value = self._take(name, required=False)
        if value is not None and (not isinstance(value, str) or value not in known):
            raise invalid(self._where + name)
        return value

    def must_code(self, name: str, known: Iterable[str]) -> str:
        """A required code."""
        value = self.code(name, known)
        if value is None:
            raise missing(self._where + name)
        return value

    def flag(self, name: str) -> bool | None:
        """``"0"`` or ``"1"``."""
        value = self.code(name, FLAGS)
        return None if value is None else value == "1"

    def must_flag(self, name: str) -> bool:
        """A required flag."""
        return self.must_code(name, FLAGS) == "1"

    def integer(self, name: str) -> int | None:
        """A JSON integer above 0."""
        value = self._take(name, required=False)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value <= 0):
            raise invalid(self._where + name)
        return value

    def must_integer(self, name: str) -> int:
        """A required integer."""
        value = self.integer(name)
        if value is None:
            raise missing(self._where + name)
        return value

    def size(self, name: str) -> int | None:
        """A size in bytes: JSON integer or numeric string."""
        value = self._take(name, required=False)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise invalid(self._where + name)
        return value

    def transaction(self) -> str | None:
        """``MaGiaoDich``: a UUID, or None."""
        value = self._take("MaGiaoDich", required=False)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise invalid(field="MaGiaoDich")
            return str(UUID(value))
        except ValueError:
            raise invalid(field="MaGiaoDich") from None

    def items(self, name: str, *, required: bool = False) -> list[Mapping[str, Any]]:
        """An array of objects."""
        value = self._take(name, required=required)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise invalid(self._where + name)
        if required and not value:
            raise missing(self._where + name)
        return value

    def done(self, *, strict: bool) -> None:
        """Refuse what nobody read: the contract does not know it."""
        if strict and self._unread:
            raise invalid(self._where + self._names[min(self._unread)], "trường không có trong đặc tả")
