"""Openings of committed values: sealed under the case's keys, so that they end with them while the log stands.

What may tell who the sender is is sealed with the *contact* key, the rest with the *file* key: an erased contact leaves
every other value provable. An opening need not be bound to its row: in another row it does not give the commitment.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from connector.canonical import canonical_json
from connector.ledger.commitment import Opening
from connector.ledger.entry import Draft, Entry
from connector.store import vault
from connector.store.connection import Connection
from connector.store.vault import Part, case_owner

_OF_THE_FILE = frozenset({"act", "acts", "attachments"})
_OF_THE_SENDER = frozenset({"header.sender"})

Sealed = Mapping[Part, bytes | None]
"""The openings of one draft; None under a key that was destroyed."""


def part_of(name: str) -> Part:
    """Which key seals the opening of a value of that name: only what is known to hold no sender lives longer."""
    known = name in _OF_THE_FILE or name.startswith(("case.", "header."))
    return Part.FILE if known and name not in _OF_THE_SENDER else Part.CONTACT


async def seal(conn: Connection, drafts: Iterable[Draft]) -> list[Sealed]:
    """Seal the openings of each draft, before the end of the chain is locked."""
    rings: dict[int, vault.Ring] = {}
    sealed: list[Sealed] = []
    for draft in drafts:
        if not draft.openings or draft.case_id is None:
            sealed.append({})
            continue
        owner = case_owner(draft.case_id)
        if draft.case_id not in rings:
            rings[draft.case_id] = await vault.sealing(conn, owner, draft.case_id)
        parts: dict[Part, dict[str, Opening]] = {}
        for name, opening in draft.openings.items():
            parts.setdefault(part_of(name), {})[name] = opening
        ring = rings[draft.case_id]
        sealed.append(
            {part: ring.seal(owner, part, _place(part), _packed(some)) for part, some in parts.items()}
        )
    return sealed


def rows(entries: Iterable[Entry], sealed: Iterable[Sealed]) -> dict[str, list[Any]]:
    """The sealed openings as columns, to be written with their entries in one statement."""
    found = [
        (entry.seq, part.value, entry.case_id, blob)
        for entry, parts in zip(entries, sealed, strict=True)
        for part, blob in parts.items()
        if blob is not None
    ]
    names = ("seqs", "parts", "cases", "sealed")
    return {name: [row[place] for row in found] for place, name in enumerate(names)}


async def of_case(conn: Connection, case_id: int) -> dict[int, dict[str, Opening]]:
    """All openings of a case that its keys still open: number of the entry → name → (salt, value).

    Raises:
        SealBroken: one was changed.
    """
    cursor = await conn.execute(
        "SELECT seq, part, sealed FROM ledger_opening WHERE case_id = %s ORDER BY seq, part", (case_id,)
    )
    owner = case_owner(case_id)
    ring = await vault.ring(conn, [owner])
    found: dict[int, dict[str, Opening]] = {}
    for row in await cursor.fetchall():
        part = Part(row["part"])
        packed = ring.open(owner, part, _place(part), row["sealed"])
        if packed is not None:
            found.setdefault(row["seq"], {}).update(_unpacked(packed))
    return found


def _place(part: Part) -> str:
    return f"ledger_opening.sealed/{part.value}"


def _packed(openings: Mapping[str, Opening]) -> bytes:
    return zlib.compress(canonical_json(openings))


def _unpacked(packed: bytes) -> dict[str, Opening]:
    told: dict[str, Any] = json.loads(zlib.decompress(packed))
    return {name: (salt, value) for name, (salt, value) in told.items()}
