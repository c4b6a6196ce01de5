"""The hash chain: each entry's hash covers all its fields and the hash before it.

The hash of an entry is SHA-256 over the RFC 8785 JSON of its fields without ``hash``. Format 2 has commitments
(:mod:`connector.ledger.commitment`); entries of format 1, which had none, stay verifiable. The Merkle tree
(:mod:`connector.ledger.tree`) takes the same bytes (:func:`entry_bytes`) as its leaves.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.canonical import canonical_json, digest_bytes, plain
from connector.ledger.entry import Draft, Entry
from connector.ledger.guard import MAX_INT

FORMAT = 2
"""Version of the hashed form; part of it, so that one form can never be mistaken for another."""

FORMAT_WITHOUT_COMMITMENTS = 1


@dataclass(frozen=True, kw_only=True)
class Head:
    """The end of a chain: number and hash of its last entry."""

    seq: int
    hash: str


GENESIS = Head(seq=0, hash=digest_bytes(b"phanhoi-connector ledger 1"))
"""End of an empty chain: what the first entry follows."""


def link(drafts: Iterable[Draft], head: Head, at: datetime) -> list[Entry]:
    """Append drafts to a chain, in their order; pure, so the caller holds the lock and writes the rows.

    Args:
        head: the present end of the chain.
        at: the instant of recording, with a zone; the same for all.

    Raises:
        TypeError: ``at`` has no zone.
    """
    entries: list[Entry] = []
    for draft in drafts:
        fields: dict[str, Any] = {
            "seq": head.seq + 1,
            "at": at,
            "kind": draft.kind.value,
            "system": draft.system,
            "case_id": draft.case_id,
            "delivery_id": draft.delivery_id,
            "actor": draft.actor,
            "data": draft.data,
            "prev_hash": head.hash,
            "commitments": draft.commitments,
        }
        entry = Entry(**fields, hash=digest_bytes(_bytes(fields)))
        entries.append(entry)
        head = head_of(entry)
    return entries


def head_of(entry: Entry) -> Head:
    """The end of a chain whose last entry this is."""
    return Head(seq=entry.seq, hash=entry.hash)


def entry_fields(entry: Entry) -> dict[str, Any]:
    """The fields that the hash covers, by name."""
    return {name: value for name, value in vars(entry).items() if name != "hash"}


def entry_bytes(entry: Entry) -> bytes:
    """The canonical bytes that the hash covers.

    Raises:
        ValueError: the entry holds what no entry of ours ever held (a float, a letter beyond ASCII, nested data).
        TypeError: same, a value without canonical form.
    """
    return _bytes(entry_fields(entry))


def entry_document(entry: Entry) -> dict[str, Any]:
    """The entry as it is handed to others: the fields that the hash covers, and the hash, as plain JSON.

    Raises like :func:`entry_bytes` for a date without a zone; nothing else is checked.
    """
    document: dict[str, Any] = plain(_with_format(entry_fields(entry)))
    return {**document, "hash": entry.hash}


def entry_hash(entry: Entry) -> str:
    """The hash that the entry's fields call for. Raises like :func:`entry_bytes`."""
    return digest_bytes(entry_bytes(entry))


def _bytes(fields: dict[str, Any]) -> bytes:
    named = (fields["data"], fields["commitments"] or {})
    values = [*fields.values(), *(one for mapping in named for pair in mapping.items() for one in pair)]
    for value in values:
        # canonical JSON gives 1 and 1.0, and two Unicode forms of one text, the same bytes; in a log that must
        # show every change neither may appear at all
        if isinstance(value, float) or (isinstance(value, str) and not value.isascii()):
            msg = "no entry holds floats or letters beyond ASCII"
            raise ValueError(msg)
    document = _with_format({**fields, "at": plain(fields["at"])})
    if any(isinstance(value, int) and abs(value) > MAX_INT for value in values):
        return canonical_json(document)  # which refuses it
    # for ASCII and whole numbers in range this is RFC 8785, five times as quickly; a test holds the two together
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=dict
    ).encode()


def _with_format(fields: dict[str, Any]) -> dict[str, Any]:
    if fields["commitments"] is not None:
        return {**fields, "format": FORMAT}
    older = {name: value for name, value in fields.items() if name != "commitments"}
    return {**older, "format": FORMAT_WITHOUT_COMMITMENTS}
