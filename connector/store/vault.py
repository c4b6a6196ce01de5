"""Case keys: made, found, wrapped anew, destroyed. The one way in which the store seals and opens (rules §5.1).

Everything in the database that holds, or lets one guess, who a sender is or what a case says is sealed with a key of
its *owner*: ``<system>/<ref>`` for what a system told (it is stored before its case is known), ``case/<id>`` for what
we made of it. An owner has two keys: *contact* for whatever may hold the sender's data, *file* for the case without
the sender. Contact data has the shorter life; both die with the case.

Keys are unwrapped for one transaction and then forgotten: destroying a key takes effect at once in every process.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg

from connector.errors import MasterKeyError, SealBroken
from connector.sealing import CaseKey, MasterKeys, Wrapped
from connector.store.connection import Connection
from connector.store.masters import Vault


class Part(StrEnum):
    """Which of an owner's keys."""

    CONTACT = "contact"
    FILE = "file"


@dataclass(frozen=True)
class Ring:
    """The keys of some owners, for one transaction. One that was destroyed, or never was, seals and opens nothing."""

    keys: Mapping[tuple[str, Part], CaseKey]

    def has(self, owner: str, part: Part) -> bool:
        """Is there such a key?"""
        return (owner, part) in self.keys

    def seal(self, owner: str, part: Part, place: str, plain: bytes) -> bytes | None:
        """Seal bytes for a place (``table.column/row``); None if the key was destroyed: it is not to be kept."""
        key = self.keys.get((owner, part))
        return key.seal(plain, place) if key else None

    def open(self, owner: str, part: Part, place: str, sealed: bytes | None) -> bytes | None:
        """What was sealed there; None if nothing was, or if it was erased.

        Raises:
            SealBroken: changed, or moved to another place.
        """
        key = self.keys.get((owner, part))
        return key.open(sealed, place) if key and sealed is not None else None

    def seal_json(self, owner: str, part: Part, place: str, value: Any) -> bytes | None:
        """Seal a JSON value.

        Raises:
            ValueError: a text with a NUL character, or half a surrogate pair: no system of ours can take it over.
        """
        return self.seal(owner, part, place, encode(value))

    def open_json(self, owner: str, part: Part, place: str, sealed: bytes | None) -> Any:
        """The JSON value that was sealed there, or None."""
        plain = self.open(owner, part, place, sealed)
        return None if plain is None else json.loads(plain)


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def encode(value: Any) -> bytes:
    """A JSON value as the bytes that are sealed. Raises ``ValueError`` for text that cannot be stored."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if _NUL.search(text):
        msg = "a text holds a NUL character"
        raise ValueError(msg)
    return text.encode()


def owner_of(system: str, ref: str) -> str:
    """The owner of what a system tells of its case."""
    return f"{system}/{ref}"


def case_owner(case_id: int) -> str:
    """The owner of what we made of a case: rendered writes, reasons, decisions."""
    return f"case/{case_id}"


def _name(owner: str, part: str) -> str:
    return f"{owner}/{part}"


async def ring(conn: Connection, owners: Collection[str]) -> Ring:
    """The keys that these owners have."""
    known = {} if conn.unwrapped is None else conn.unwrapped
    missing = [owner for owner in owners if owner not in known]
    if missing:
        known |= await take(conn, missing, await ask(conn, missing))
    return Ring({(owner, Part(part)): key for owner in owners for part, key in known[owner].items()})


async def ask(conn: Connection, owners: Collection[str]) -> psycopg.AsyncCursor[dict[str, Any]]:
    """Ask for the keys of these owners; for who asks for more in the same round trip."""
    query = "SELECT owner, part, master, blob FROM case_key WHERE owner = ANY(%s) AND blob IS NOT NULL"
    return await conn.execute(query, (list(owners),))


async def take(
    conn: Connection, owners: Collection[str], asked: psycopg.AsyncCursor[dict[str, Any]]
) -> dict[str, dict[str, CaseKey]]:
    """What :func:`ask` found, unwrapped: owner → part → key; remembered until the transaction ends."""
    found: dict[str, dict[str, CaseKey]] = {owner: {} for owner in owners}
    for row in await asked.fetchall():
        found[row["owner"]][row["part"]] = _unwrap(conn, row["owner"], row["part"], row)
    if conn.unwrapped is not None:
        conn.unwrapped |= found
    return found


def _unwrap(conn: Connection, owner: str, part: str, row: Mapping[str, Any], prefix: str = "") -> CaseKey:
    wrapped = Wrapped(master=row[f"{prefix}master"], blob=row[f"{prefix}blob"])
    return vault_of(conn).unwrap(wrapped, _name(owner, part))


LINK_KEYS = """
    contact.master AS contact_master, contact.blob AS contact_blob, file.master AS file_master, file.blob AS file_blob
"""
LINK_KEYS_FROM = """
    LEFT JOIN case_key AS contact ON contact.owner = link.system || '/' || link.ref AND contact.part = 'contact'
    LEFT JOIN case_key AS file ON file.owner = link.system || '/' || link.ref AND file.part = 'file'
"""
"""Columns and joins that bring the keys along with rows of ``link``, for :func:`ring_of_links`."""


def ring_of_links(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> Ring:
    """The keys of links that were read with :data:`LINK_KEYS`."""
    found: dict[tuple[str, Part], CaseKey] = {}
    for row in rows:
        owner = owner_of(row["system"], row["ref"])
        keys = {
            part.value: _unwrap(conn, owner, part, row, f"{part.value}_")
            for part in Part
            if row[f"{part.value}_blob"] is not None
        }
        found |= {(owner, Part(part)): key for part, key in keys.items()}
        if conn.unwrapped is not None:
            conn.unwrapped[owner] = keys
    return Ring(found)


async def sealing(conn: Connection, owner: str, case_id: int | None = None) -> Ring:
    """The keys of an owner, made if there were never any. Destroyed ones are not made again."""
    known = await ring(conn, [owner])
    if len(known.keys) == len(Part):
        return known
    await make(conn, {owner: case_id})
    return await ring(conn, [owner])


async def make(conn: Connection, owners: Mapping[str, int | None]) -> None:
    """See to it that these owners have keys: owner → the case with which they die. Destroyed ones are not made again."""
    known = await ring(conn, owners)
    masters = vault_of(conn).masters
    made = {
        (owner, part): masters.new_key(_name(owner, part))
        for owner in sorted(
            owners
        )  # two transactions that make the same ones never wait for each other in a ring
        if not all(known.has(owner, part) for part in Part)
        for part in Part
    }
    if not made:
        return
    cursor = await conn.execute(
        """
        WITH gone AS (  -- destroyed before the database was restored to an older state
            SELECT owner FROM unnest(%(each)s::text[]) AS owner
            JOIN erased_owner ON digest = sha256(convert_to(owner, 'UTF8'))
        )
        INSERT INTO case_key (owner, part, case_id, master, blob, destroyed_at)
        SELECT owner, part, case_id, CASE WHEN ended THEN NULL ELSE master END,
               CASE WHEN ended THEN NULL ELSE blob END, CASE WHEN ended THEN now() END
        FROM unnest(%(owners)s::text[], %(parts)s::text[], %(cases)s::bigint[], %(masters)s::text[], %(blobs)s::bytea[])
             AS made (owner, part, case_id, master, blob),
             LATERAL (SELECT made.owner IN (SELECT owner FROM gone) AS ended) AS known
        ON CONFLICT (owner, part) DO NOTHING RETURNING owner, destroyed_at
        """,
        {
            "each": sorted({owner for owner, _ in made}),
            "owners": [owner for owner, _ in made],
            "parts": [part.value for _, part in made],
            "cases": [owners[owner] for owner, _ in made],
            "masters": [wrapped.master for _, wrapped in made.values()],
            "blobs": [wrapped.blob for _, wrapped in made.values()],
        },
    )
    alive = [row["owner"] for row in await cursor.fetchall() if row["destroyed_at"] is None]
    if conn.unwrapped is None:
        return
    for owner in {owner for owner, _ in made}:
        if alive.count(owner) == len(Part):
            conn.unwrapped[owner] = {part.value: made[owner, part][0] for part in Part}
        else:  # another connection made them a moment ago, or they were destroyed
            conn.unwrapped.pop(owner, None)


def forget(conn: Connection) -> None:
    """What was unwrapped before may not be what is stored now."""
    if conn.unwrapped is not None:
        conn.unwrapped.clear()


async def assign(conn: Connection, owner: str, case_id: int) -> None:
    """What this owner tells turned out to be about that case: the keys die with it."""
    await conn.execute(
        "UPDATE case_key SET case_id = %s WHERE owner = %s AND case_id IS DISTINCT FROM %s",
        (case_id, owner, case_id),
    )


async def destroy(conn: Connection, case_id: int, parts: Collection[Part], at: datetime) -> int:
    """Destroy a case's keys, also those that its references would be given. Returns how many there were."""
    await conn.execute(
        """
        INSERT INTO case_key (owner, part, case_id, destroyed_at)
        SELECT owner, part, %(case_id)s, %(at)s FROM unnest(%(parts)s::text[]) AS part, (
            SELECT system || '/' || ref AS owner FROM link WHERE case_id = %(case_id)s
            UNION SELECT origin_system || '/' || origin_ref FROM case_record WHERE id = %(case_id)s
            UNION SELECT %(own)s
        ) AS owners
        ON CONFLICT (owner, part) DO UPDATE SET case_id = excluded.case_id
        """,
        {"case_id": case_id, "at": at, "parts": [part.value for part in parts], "own": case_owner(case_id)},
    )
    forget(conn)
    cursor = await conn.execute(
        """
        UPDATE case_key SET master = NULL, blob = NULL, destroyed_at = %s
        WHERE case_id = %s AND part = ANY(%s) AND blob IS NOT NULL
        """,
        (at, case_id, [part.value for part in parts]),
    )
    return cursor.rowcount


@dataclass(frozen=True, kw_only=True)
class Destroyed:
    """A key that was destroyed; what it sealed cannot be read any more, wherever a copy lies."""

    owner: str
    part: str
    at: datetime


async def gone(conn: Connection, case_id: int) -> list[Destroyed]:
    """The destroyed keys of a case, in order."""
    cursor = await conn.execute(
        """
        SELECT owner, part, destroyed_at AS at FROM case_key
        WHERE case_id = %s AND destroyed_at IS NOT NULL ORDER BY destroyed_at, owner, part
        """,
        (case_id,),
    )
    return [Destroyed(**row) for row in await cursor.fetchall()]


_ONE_OF_EACH = """
WITH RECURSIVE masters AS (
    (SELECT master FROM case_key WHERE master IS NOT NULL ORDER BY master LIMIT 1)
    UNION ALL
    SELECT (SELECT master FROM case_key WHERE master > before.master ORDER BY master LIMIT 1)
    FROM masters AS before WHERE before.master IS NOT NULL
)
SELECT one.* FROM masters,
LATERAL (SELECT owner, part, master, blob FROM case_key WHERE master = masters.master LIMIT 1) AS one
"""
"""A key wrapped by each master key; by steps through the index, as there may be a million of them."""


async def check(conn: Connection) -> None:
    """Do the given master keys open what is stored? One key of each is tried.

    Raises:
        MasterKeyError: a master key is missing, or one of that name is another key.
    """
    for row in await (await conn.execute(_ONE_OF_EACH)).fetchall():
        name = _name(row["owner"], row["part"])
        try:
            vault_of(conn).unwrap(Wrapped(master=row["master"], blob=row["blob"]), name)
        except SealBroken as error:
            msg = (
                f"the master key {row['master']} does not open what is stored: it is another key of that name"
            )
            raise MasterKeyError(msg) from error


def check_each(conn: psycopg.Connection[Any], masters: MasterKeys) -> None:
    """The same as :func:`check` for a restored copy. Raises like it, and ``SealBroken`` for another key of that name."""
    for owner, part, master, blob in conn.execute(_ONE_OF_EACH).fetchall():
        masters.unwrap(Wrapped(master=master, blob=blob), _name(owner, part))


async def counts(conn: Connection) -> dict[str | None, int]:
    """Number of keys by the master key that wraps them; under None those that were destroyed."""
    cursor = await conn.execute(
        "SELECT master, count(*) AS n FROM case_key GROUP BY master ORDER BY master NULLS LAST"
    )
    return {row["master"]: row["n"] for row in await cursor.fetchall()}


async def rewrap(conn: Connection, most: int) -> int:
    """Wrap so many keys anew that an older one of the given master keys wraps. 0: none is left that is not in use."""
    vault = vault_of(conn)
    cursor = await conn.execute(
        """
        SELECT owner, part, master, blob FROM case_key WHERE master = ANY(%s)
        LIMIT %s FOR UPDATE SKIP LOCKED
        """,
        (list(vault.masters.names[1:]), most),
    )
    rows = await cursor.fetchall()
    for row in rows:
        name = _name(row["owner"], row["part"])
        new = vault.masters.wrap(vault.unwrap(Wrapped(master=row["master"], blob=row["blob"]), name), name)
        await conn.execute(
            "UPDATE case_key SET master = %s, blob = %s WHERE owner = %s AND part = %s",
            (new.master, new.blob, row["owner"], row["part"]),
        )
    return len(rows)


def vault_of(conn: Connection) -> Vault:
    """The master keys that the connection was opened with.

    Raises:
        MasterKeyError: it was opened without.
    """
    if conn.vault is None:
        msg = "no master key is given (privacy.master_keys_file or privacy.master_keys)"
        raise MasterKeyError(msg)
    return conn.vault
