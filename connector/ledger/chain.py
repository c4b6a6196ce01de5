"""The hash chain: each entry's hash covers all its fields and the hash before it.

The hash of an entry is SHA-256 over the RFC 8785 JSON of its fields without ``hash``. A later sealing of ranges
(Merkle tree, signatures) takes :func:`entry_bytes` as its leaves and needs nothing else from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.canonical import canonical_json, digest_bytes
from connector.ledger.entry import Draft, Entry

FORMAT = 1
"""Version of the hashed form; part of it, so that a later form can never be mistaken for this one."""


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


def entry_hash(entry: Entry) -> str:
    """The hash that the entry's fields call for. Raises like :func:`entry_bytes`."""
    return digest_bytes(entry_bytes(entry))


def _bytes(fields: dict[str, Any]) -> bytes:
    for value in (*fields.values(), *fields["data"].keys(), *fields["data"].values()):
        # canonical JSON gives 1 and 1.0, and two Unicode forms of one text, the same bytes; in a log that must
        # show every change neither may appear at all
        if isinstance(value, float) or (isinstance(value, str) and not value.isascii()):
            msg = "no entry holds floats or letters beyond ASCII"
            raise ValueError(msg)
    return canonical_json({**fields, "format": FORMAT})
