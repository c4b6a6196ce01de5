"""Items of an answer -> ``Record.data``, pure (national-portal contract §10.3 and the quirks of §2.3).

A field that cannot be read becomes a :class:`~connector.system.Problem` of its item and is left out; the other
fields and the other items go on. A problem names place and shape, never the value.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.national_portal.profile import (
    CODES,
    DATES,
    FLAGS,
    IDS,
    INTEGERS,
    NESTED,
    REQUIRED,
    RICH_TEXTS,
    CodeList,
)
from adapters.national_portal.wire import clean, read_date, read_integer, read_nested, read_text
from connector.mapping import plain_text
from connector.strict_json import Knot, named
from connector.system import Problem

MOST_EXACT = 2**53 - 1
"""Canonical JSON knows no larger whole number."""

_FLAG_FORMS = {"true": "1", "false": "0"}

_NAME = re.compile(r"[A-Z][A-Z0-9_.-]{0,63}")
"""What a field's name looks like; another one might be a person's data, so no message may show it."""

DEEPEST = 2
"""Files of an entry of the history of a case: lists within lists go no further."""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """One item: what could be read, and what could not."""

    data: Mapping[str, Any] = field(repr=False)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """How this portal's names and codes differ from the profile's (settings ``fields`` and ``codes``).

    Attributes:
        fields: wire name, upper case -> name of the profile.
        codes: list -> wire code -> code of the profile.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[CodeList, Mapping[str, str]] = field(default_factory=dict)


def decode_item(item: object, kind: str, words: Vocabulary) -> Decoded:
    """Decode one list row (``kind`` ``row``) or one detail (``case``)."""
    reader = _Reader(words)
    data = reader.read_object(item, where="")
    reader.demand(data, kind, where="")
    if "PAKNID" in data and int(data["PAKNID"]) <= 0:
        reader.complain("PAKNID", "is not above zero")
    return Decoded(data=data, problems=tuple(reader.problems))


def upper_keys(item: Mapping[Any, object], words: Vocabulary) -> dict[str, object]:
    """Keys in the profile's spelling, whatever case and names the portal uses."""
    told = [(str(key).strip().upper(), value) for key, value in item.items()]
    renamed = {words.fields[key] for key, _ in told if key in words.fields}
    # where the settings give a field another name, a field that happens to bear the profile's name is not it
    return named(
        [
            (words.fields.get(key, key), value)
            for key, value in told
            if key in words.fields or key not in renamed
        ]
    )


class _Reader:
    """Reads one item and collects what it stumbled over."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.problems: list[Problem] = []

    def complain(self, where: str, text: str) -> None:
        self.problems.append(Problem(where=where, text=text))

    def demand(self, data: Mapping[str, Any], kind: str, where: str) -> None:
        for name in REQUIRED[kind]:
            place = f"{where}{name}"
            if name not in data and all(problem.where != place for problem in self.problems):
                self.complain(place, "is missing")

    def read_object(self, item: object, where: str) -> dict[str, Any]:
        if not isinstance(item, Mapping):
            self.complain(where.rstrip(".") or "item", f"is no object but {type(item).__name__}")
            return {}
        data = {}
        for key, value in upper_keys(item, self.words).items():
            if not _NAME.fullmatch(key):
                self.complain(
                    where.rstrip(".") or "item", f"has a field with a strange name ({len(key)} characters)"
                )
                continue
            read = self.read_field(key, value, where)
            if read is not None:
                data[key] = read
        return data

    def read_field(self, key: str, value: object, where: str) -> Any:
        place = f"{where}{key}"
        if isinstance(value, Knot):
            self.complain(place, f"is {value.why}")
            return None
        if key in NESTED and where.count("[") < DEEPEST:
            return self.read_list(key, value, place)
        if key == "TEPID" and where.startswith("LICHSU"):
            return self.read_ids(value, place)
        if isinstance(value, dict | list):
            self.complain(place, f"is no scalar but {type(value).__name__}")
            return None
        if key in DATES:
            return self.read_when(value, place)
        if key in IDS or key in INTEGERS:
            return self.read_number(key, value, place)
        return self.read_plain(key, value)

    def read_list(self, key: str, value: object, place: str) -> list[dict[str, Any]] | None:
        if value is None or value == "":
            return None
        items = read_nested(value)
        if items is None:
            self.complain(place, f"is no list but {type(value).__name__}")
            return None
        rows = []
        for index, item in enumerate(items):
            where = f"{place}[{index}]."
            row = self.read_object(item, where)
            self.demand(row, key, where)
            rows.append(row)
        return rows

    def read_ids(self, value: object, place: str) -> list[str] | None:
        items: Sequence[object] | None
        if isinstance(value, str) and not value.lstrip().startswith("["):
            items = value.split(",")
        else:
            items = [value] if isinstance(value, int) else read_nested(value)
        if items is None:
            self.complain(place, "is no list of ids")
            return None
        return [text for text in map(read_text, items) if text] or None

    def read_when(self, value: object, place: str) -> Any:
        try:
            return read_date(value)
        except ValueError as error:
            self.complain(place, str(error))
            return None

    def read_number(self, key: str, value: object, place: str) -> str | int | None:
        text = read_text(value)
        if text is None:
            return None
        number = read_integer(value)
        if number is None or (key in INTEGERS and abs(number) > MOST_EXACT):
            # history and answer ids are opaque to us; only the case's own id must be a number
            if key in IDS and key != "PAKNID":
                return text
            self.complain(place, f"is no whole number ({len(text)} characters)")
            return None
        return str(number) if key in IDS else number

    def read_plain(self, key: str, value: object) -> str | None:
        if key in RICH_TEXTS and isinstance(value, str):
            return plain_text(clean(value)).strip() or None
        text = read_text(value)
        if text is None:
            return None
        if key in FLAGS:
            return _FLAG_FORMS.get(text.casefold(), text)
        code_list = CODES.get(key)
        return text if code_list is None else self.words.codes.get(code_list, {}).get(text, text)
