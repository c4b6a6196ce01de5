"""Lines of a file that somebody else wrote: bounded, and read in one way or not at all."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO, NoReturn

MOST_BYTES = 8 * 1024 * 1024
"""Longest line. The longest honest one is a head with thousands of checkpoints, or a large opened text."""

MOST_DEPTH = 48
"""Deepest nesting of a line; a case in its canonical form has six."""


MOST_PARTS = 100_000
"""Most lists and objects of a line: what is decoded takes many times the bytes of the line."""


class Fault(StrEnum):
    """Why a line cannot be read."""

    TOO_LONG = "too_long"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TWICE = "told_twice"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    NO_OBJECT = "no_object"
    SHAPE = "shape"


class BadLine(ValueError):
    """A line that has no one meaning. Never quotes it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its number (from 1); ``whole`` is False if the file ended within it, or it was cut for its length."""

    number: int
    content: bytes
    whole: bool


def read_lines(stream: BinaryIO, most: int = MOST_BYTES) -> Iterator[Line]:
    """The lines of a stream, never more than ``most`` bytes of it in memory. After a line that is too long: none."""
    number = 0
    while content := stream.readline(most + 1):
        number += 1
        yield Line(number, content, content.endswith(b"\n"))
        if len(content) > most:
            return


def parse(line: Line) -> dict[str, Any]:
    """The JSON object of a line.

    Raises:
        BadLine: longer or deeper than anything honest, no UTF-8, no JSON (``NaN`` is none), a name told twice.
    """
    if len(line.content) > MOST_BYTES:
        raise BadLine(Fault.TOO_LONG)
    return parse_object(line.content)


def parse_object(content: bytes) -> dict[str, Any]:
    """The same for a whole small file. Raises like :func:`parse`."""
    parts = content.count(b"{") + content.count(b"[")
    if parts > MOST_PARTS:
        raise BadLine(Fault.TOO_MANY)
    try:
        tree = _decode(content.decode("utf-8"))
    except BadLine:
        raise
    except UnicodeDecodeError:
        raise BadLine(Fault.NOT_UTF8) from None
    except RecursionError:
        raise BadLine(Fault.TOO_DEEP) from None
    except ValueError:
        raise BadLine(Fault.NOT_JSON) from None
    if not isinstance(tree, dict):
        raise BadLine(Fault.NO_OBJECT)
    if parts > MOST_DEPTH:
        _check_depth(tree)
    return tree


def _named(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise BadLine(Fault.TWICE)
    return table


def _no_constant(_name: str) -> NoReturn:
    raise BadLine(Fault.NOT_JSON)


_decode = json.JSONDecoder(object_pairs_hook=_named, parse_constant=_no_constant).decode


def _check_depth(tree: object) -> None:
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, dict | list):
            if depth > MOST_DEPTH:
                raise BadLine(Fault.TOO_DEEP)
            waiting += [(value, depth + 1) for value in (node.values() if isinstance(node, dict) else node)]
