"""The lines of an export file: entries, and in the place of all others the hashes that prove nothing else was there. Pure.

JSON Lines, UTF-8 (docs/exports.md). A reader appends leaves and subtrees, as they come, to one
:class:`connector.ledger.tree.Frontier`, and must meet the root of every checkpoint at its size.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.canonical import plain
from connector.ledger.chain import entry_document
from connector.ledger.commitment import Openings
from connector.ledger.entry import Entry
from connector.ledger.tree import Node

FORMAT = "log-export/1"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a file proves itself against.

    Attributes:
        size: number of entries that the checkpoint covers.
        checkpoint: the signed note.
        timestamp: base64 of its RFC 3161 token, if it has one.
        earlier: sizes and notes of earlier checkpoints, smallest first; the file shows that the log only grew since.
        keys: the published keys of the log (``log-keys.json``).
    """

    origin: str
    size: int
    checkpoint: str
    timestamp: str | None
    earlier: tuple[tuple[int, str], ...]
    keys: Mapping[str, Any]

    @property
    def cuts(self) -> tuple[int, ...]:
        """Sizes at which a gap must be cut, so that a reader passes exactly there."""
        return tuple(size for size, _ in self.earlier)


@dataclass(frozen=True)
class Gap:
    """Entries ``first`` to ``last`` (both included) that are not in the file."""

    first: int
    last: int


def gaps(first: int, last: int, cuts: Sequence[int]) -> list[Gap]:
    """The gaps from entry ``first`` to entry ``last``, cut where a checkpoint ends."""
    found: list[Gap] = []
    for cut in (*(one for one in cuts if first <= one < last), last):
        if first <= cut:
            found.append(Gap(first, cut))
            first = cut + 1
    return found


class Lines:
    """Makes the lines, one call a line, and remembers what the last one has to tell."""

    def __init__(self) -> None:
        self.entries = 0
        self.gaps = 0
        self._sum = hashlib.sha256()

    def head(self, proof: Proof, wanted: Mapping[str, Any], made_at: datetime) -> bytes:
        """The first line. ``wanted`` are the conditions that the entries were picked by."""
        return self._line(
            {
                "phanhoi": FORMAT,
                "origin": proof.origin,
                "made_at": plain(made_at),
                "filter": wanted,
                "checkpoint": proof.checkpoint,
                "timestamp": proof.timestamp,
                "earlier": [note for _, note in proof.earlier],
                "keys": proof.keys,
            }
        )

    def case(self, summary: Mapping[str, Any]) -> bytes:
        """What the file is about, for people; nothing of this line is proven."""
        return self._line({"case": summary})

    def entry(self, entry: Entry, openings: Openings | None = None) -> bytes:
        """One entry as its hash covers it, and what may be shown of its sealed values."""
        self.entries += 1
        line: dict[str, Any] = {"entry": entry_document(entry)}
        if openings:
            line["open"] = {name: [salt, value] for name, (salt, value) in openings.items()}
        return self._line(line)

    def gap(self, gap: Gap, nodes: Iterable[Node]) -> bytes:
        """The perfect subtrees (:func:`connector.ledger.tree.cover`) in the place of entries that are not in the file."""
        self.gaps += 1
        hashes = [[level, value.hex()] for level, value in nodes]
        return self._line({"gap": [gap.first, gap.last, hashes]})

    def end(self) -> bytes:
        """The last line: a file that was cut off has none."""
        told = {"entries": self.entries, "gaps": self.gaps, "sha256": self._sum.hexdigest()}
        return self._line({"end": told})

    def _line(self, value: object) -> bytes:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._sum.update(line)
        return line
