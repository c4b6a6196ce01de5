"""The kinds of line of an export (``phanhoi: log-export/1``) as values. What is missing or of another type is refused."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.verify.lines import BadLine, Fault

EXPORT = "log-export/1"
GENESIS = "3b0589d53537e50640e7f2770217cf504f3804abc2779991a978f7fe4f605c67"
"""The hash that the first entry follows: SHA-256 of ``phanhoi-connector ledger 1``."""

FIELDS = frozenset(
    {"format", "seq", "at", "kind", "system", "case_id", "delivery_id", "actor", "data", "prev_hash", "hash"}
)
"""What every entry has, whatever its format; its hash covers whatever else it has."""

MOST_NUMBER = 2**53 - 1
_HEX = re.compile(r"[0-9a-f]{64}")
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, kw_only=True)
class Head:
    """First line. ``keys`` is the list as the file gives it, which proves nothing by itself."""

    origin: str
    made_at: str
    wanted: Mapping[str, Any]
    checkpoint: str
    timestamp: str | None
    earlier: tuple[str, ...]
    keys: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands in the file: all its fields, and what is opened of its commitments."""

    seq: int
    fields: Mapping[str, Any]
    opened: Mapping[str, Any]

    @property
    def hash(self) -> object:
        """The hash that the entry gives itself."""
        return self.fields.get("hash")

    @property
    def prev_hash(self) -> object:
        """The hash of the entry before, as this one has it."""
        return self.fields.get("prev_hash")


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries that the file leaves out, with the perfect subtrees that stand for them."""

    first: int
    last: int
    nodes: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class End:
    """Last line: what the file counts of itself, and the digest of all before it."""

    entries: int
    gaps: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a case, for people; nothing proves it."""


def head_of(tree: Mapping[str, Any]) -> Head:
    """First line of a file.

    Raises:
        BadLine: it is none.
    """
    if tree.get("phanhoi") != EXPORT:
        raise BadLine(Fault.SHAPE)
    earlier, stamp = tree.get("earlier"), tree.get("timestamp")
    texts = [tree.get("origin"), tree.get("made_at"), tree.get("checkpoint"), "" if stamp is None else stamp]
    if not isinstance(earlier, list) or not isinstance(tree.get("filter"), dict):
        raise BadLine(Fault.SHAPE)
    if not all(isinstance(text, str) for text in (*texts, *earlier)):
        raise BadLine(Fault.SHAPE)
    return Head(
        origin=tree["origin"],
        made_at=tree["made_at"],
        wanted=tree["filter"],
        checkpoint=tree["checkpoint"],
        timestamp=stamp,
        earlier=tuple(earlier),
        keys=tree.get("keys"),
    )


def body_of(tree: Mapping[str, Any]) -> Entry | Gap | End | Summary:
    """Any later line.

    Raises:
        BadLine: it is none of the known ones.
    """
    match tree:
        case {"entry": {"seq": int(seq)} as fields, **rest} if is_count(seq) and rest.keys() <= {"open"}:
            opened = rest.get("open", {})
            if isinstance(opened, dict):
                return Entry(seq, fields, opened)
        case {"gap": [int(first), int(last), [*nodes]], **rest} if not rest:
            return Gap(first, last, tuple(_node(node) for node in nodes))
        case {"end": {"entries": int(entries), "gaps": int(gaps), "sha256": str(digest)}, **rest} if not rest:
            return End(entries, gaps, digest)
        case {"case": dict(), **rest} if not rest:
            return Summary()
    raise BadLine(Fault.SHAPE)


def entry_bytes(fields: Mapping[str, Any]) -> bytes | None:
    """What the entry's hash covers; None if no entry of ours ever looked like that.

    An entry is ASCII and has no fractions, so RFC 8785 is the standard library's compact sorted form. What is not so
    has another form there, and thus another hash than it claims.
    """
    if not fields.keys() >= FIELDS or not isinstance(fields.get("commitments", {}), dict):
        return None
    text = _canonical({name: value for name, value in fields.items() if name != "hash"})
    return text.encode() if text.isascii() else None


def is_count(value: object) -> bool:
    """A whole number from 1 on, as numbers of entries are."""
    return type(value) is int and 1 <= value <= MOST_NUMBER


def is_hash(value: object) -> bool:
    """64 hex digits."""
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


def _node(node: object) -> tuple[int, bytes]:
    match node:
        case [int(level), str(value)] if type(level) is int and is_hash(value):
            return level, bytes.fromhex(value)
    raise BadLine(Fault.SHAPE)
