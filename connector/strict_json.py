"""JSON that somebody else wrote: what can be read twice in two ways is not read at all.

Decoders differ in what they make of a name told twice, of ``NaN``, of a number with a thousand digits; an attacker
lives in that difference, and Python's own choice (the last one wins) would let a refusal pass as a success. Here such
a value becomes a :class:`Knot`: it spoils its own field or item, and what stands beside it can still be used.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

MOST_DEPTH = 40
"""Deepest nesting. Far beyond every contract, far below what the interpreter's own stack bears."""

MOST_DIGITS = 25
"""Longer whole numbers stay text: no contract has them, and converting them is quadratic."""


class BadJson(ValueError):
    """Not JSON in UTF-8, or nested without end. The text never quotes the content."""


@dataclass(frozen=True, kw_only=True)
class Knot:
    """A value that has no one meaning. ``values`` are what was told, for the evidence."""

    why: Literal["told twice", "nested too deep"]
    values: tuple[Any, ...] = field(default=(), repr=False)


def read(body: bytes | str) -> Any:
    """Decode JSON. Fractions, ``NaN`` and endless numbers come as text, so that every digit is kept.

    Raises:
        BadJson: see there.
    """
    try:
        text = body if isinstance(body, str) else body.decode("utf-8-sig")
        tree = json.loads(
            text, parse_float=str, parse_constant=str, parse_int=_whole, object_pairs_hook=named
        )
    except (ValueError, RecursionError):
        msg = "not JSON in UTF-8"
        raise BadJson(msg) from None
    return _pruned(tree) if text.count("[") + text.count("{") > MOST_DEPTH else tree


def write(value: Any) -> bytes:
    """Compact UTF-8; a half surrogate keeps its escape, a knot shows what was told."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_untied).encode(
        "utf-8", "backslashreplace"
    )


def named(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Names and values as a table; a name that is told with different values holds a knot of them."""
    table = dict(pairs)
    if len(table) == len(pairs):
        return table
    told: dict[str, list[Any]] = {}
    for name, value in pairs:
        told.setdefault(name, []).append(value)
    return {
        name: values[0] if all(value == values[0] for value in values) else _knot(values)
        for name, values in told.items()
    }


def _knot(values: Sequence[Any]) -> Knot:
    return Knot(why="told twice", values=tuple(values))


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def _pruned(tree: Any) -> Any:
    """The same tree, with a knot in place of everything below the deepest level."""
    waiting: list[tuple[Any, int]] = [(tree, 1)] if isinstance(tree, dict | list) else []
    while waiting:
        node, depth = waiting.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if not isinstance(value, dict | list):
                continue
            if depth < MOST_DEPTH:
                waiting.append((value, depth + 1))
            else:
                node[key] = Knot(why="nested too deep")
    return tree


def _untied(value: Any) -> Any:
    if isinstance(value, Knot):
        return {value.why: list(value.values)}
    msg = f"{type(value).__name__} is no JSON"
    raise TypeError(msg)
