"""A TOML file as an official reads it: a heading for each table, and below it one line for each value or rule. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NAMING = ("operation", "id", "duty", "name", "number", "code", "to", "channels", "each")
"""Keys that name a table of an array, the best first."""

_RULE = frozenset(
    {
        "from", "value", "template", "each", "item", "shape", "as", "list", "with", "label", "agency", "hint",
        "valid_at", "required", "max", "pattern", "when", "of", "newest", "file",
    }
)  # fmt: skip
"""Keys of a rule for a field (docs/mappings.md): a table of nothing else is read as one line."""

_TEXT = frozenset({"vi", "en"})


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One line. ``table``: the heading that it stands under."""

    table: str
    key: str
    value: Any

    @property
    def path(self) -> str:
        """Where it stands."""
        return f"{self.table}.{self.key}" if self.table else self.key


def leaves(tree: Mapping[str, Any], table: str = "") -> Iterator[Leaf]:
    """Every line, in the order of the file: a table's own values before the tables within."""
    inner: list[tuple[str, Mapping[str, Any]]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping) and not is_line(value):
            inner.append((key, value))
        elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            if all(map(is_line, value)):
                yield Leaf(table=table, key=key, value=value)
            else:
                inner += [(f"{key}[{label}]", one) for label, one in zip(_labels(value), value, strict=True)]
        else:
            yield Leaf(table=table, key=key, value=value)
    for key, value in inner:
        yield from leaves(value, f"{table}.{key}" if table else key)


def is_line(value: Mapping[str, Any]) -> bool:
    """Whether a table is read as one line: a rule, or a text in both languages."""
    return bool(value) and (set(value) <= _RULE or set(value) <= _TEXT)


def _labels(tables: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    """What each table of an array is called: by a key that tells them all apart, else by its number."""
    for key in _NAMING:
        told = [plain(one[key]) for one in tables if key in one]
        if len(told) == len(tables) and len(set(told)) == len(told):
            return told
    return [str(number) for number in range(1, len(tables) + 1)]


def plain(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def parts(value: Any) -> tuple[Mapping[str, str], ...]:
    """A value as alternatives, each as key → text: the parts of a rule, a text in both languages, or ``value`` alone."""
    if isinstance(value, Mapping):
        return ({key: plain(item) for key, item in value.items()},)
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        return tuple({key: plain(item) for key, item in one.items()} for one in value)
    return ({"value": plain(value)},)
