"""A table of a rule file: typed reading of its keys, every problem noted with its line."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from connector.mapping.files import Document, TomlPath
from connector.mapping.trouble import FileTrouble, Where, nearest

E = TypeVar("E", bound=StrEnum)


class Table:
    """One TOML table; :meth:`inside` and :meth:`each` give the tables in it. Getters return None after a problem."""

    def __init__(self, document: Document, trouble: FileTrouble, path: TomlPath = ()) -> None:
        self._document = document
        self._trouble = trouble
        self._path = path
        raw: Any = document.data
        for part in path:
            raw = raw[part]
        self.raw: Mapping[str, Any] = raw

    def where(self, *keys: str | int) -> Where:
        """The line of a key, or of the table itself."""
        return self._document.where(*self._path, *keys)

    def problem(self, key: str, text: str) -> None:
        """Note a problem at a key."""
        self._trouble.add(self.where(key), f"{key}: {text}")

    def known(self, keys: Iterable[str]) -> None:
        """Note every key that is not one of these."""
        allowed = list(keys)
        for name in self.raw:
            if name not in allowed:
                near = ", ".join(nearest(str(name), ((key, "") for key in allowed), 1))
                self.problem(name, f"khóa lạ / unknown key ({near}?)")

    def inside(self, key: str) -> "Table | None":
        """The table under a key, if there is one."""
        if key not in self.raw:
            return None
        if not isinstance(self.raw[key], Mapping):
            self.problem(key, "cần là bảng / must be a table")
            return None
        return Table(self._document, self._trouble, (*self._path, key))

    def each(self, key: str) -> "Iterator[Table]":
        """The tables of an array ``[[key]]``."""
        rows = self.raw.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            self.problem(key, f"cần là các bảng [[{key}]] / must be tables [[{key}]]")
            return
        for number in range(len(rows)):
            yield Table(self._document, self._trouble, (*self._path, key, number))

    def text(self, key: str, *, needed: bool = True) -> str | None:
        """A text that is not blank."""
        value = self._value(key, needed=needed)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self.problem(key, "cần là chữ, không rỗng / must be a text that is not blank")
        return None

    def texts(self, key: str, *, empty: bool = False) -> tuple[str, ...]:
        """A list of texts; ``empty`` says whether it may have none."""
        value = self._value(key, needed=True)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.problem(key, "cần là danh sách chữ / must be a list of texts")
            return ()
        if not value and not empty:
            self.problem(key, "danh sách rỗng / empty list")
        return tuple(value)

    def day(self, key: str, *, needed: bool = False) -> date | None:
        """A civil day, ``2026-11-23`` without quotes."""
        value = self._value(key, needed=needed)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.problem(key, "cần là ngày, như 2026-11-23 / must be a date such as 2026-11-23")
        return None

    def count(self, key: str) -> int | None:
        """A whole number above zero."""
        value = self._value(key, needed=True)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self.problem(key, "cần là số nguyên lớn hơn 0 / must be a whole number above 0")
        return None

    def flag(self, key: str, *, default: bool) -> bool:
        """``true`` or ``false``."""
        value = self.raw.get(key, default)
        if isinstance(value, bool):
            return value
        self.problem(key, "cần là true hoặc false / must be true or false")
        return default

    def one_of(self, key: str, kind: type[E]) -> E | None:
        """A word of a fixed vocabulary."""
        value = self.text(key)
        return None if value is None else self.word(key, value, kind)

    def word(self, key: str, value: str, kind: type[E]) -> E | None:
        """That value as a word of the vocabulary."""
        if value in list(kind):
            return kind(value)
        self.problem(key, f"giá trị lạ / unknown value: {value} ({', '.join(kind)})")
        return None

    def _value(self, key: str, *, needed: bool) -> Any:
        if needed and key not in self.raw:
            self._trouble.add(self.where(), f"thiếu / missing: {key}")
        return self.raw.get(key)
