"""Observations: exact bytes, digest, decoded record. Append-only and idempotent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from connector.canonical import digest, digest_bytes
from connector.store import vault
from connector.store.connection import Connection
from connector.store.tagged import tagged, untagged
from connector.store.vault import Part, owner_of
from connector.system import Problem, Record

_PROBLEMS: TypeAdapter[tuple[Problem, ...]] = TypeAdapter(tuple[Problem, ...])


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of a record: its row, and whether it is new, a mere repeat, or told once more after another.

    ``sealed`` is False if the keys of its case were destroyed: only the fact and the digest are kept.
    """

    id: int
    fresh: bool
    repeat: bool
    sealed: bool


def fingerprint_of(record: Record) -> str:
    """Digest of the decoded record: equal means that the same was told."""
    return digest(tagged(record.data))


async def store(conn: Connection, record: Record, case_id: int | None, *, listed: bool = True) -> Kept:
    """Keep a record. The same telling is kept once.

    Args:
        listed: the version is the one that lists tell: the same version again is a repeat, and it is remembered even
            if the telling is not new. Without it only the reader can say whether an old telling is news.
    """
    data = tagged(record.data)
    fingerprint = fingerprint_of(record)
    owner, place = owner_of(record.system, record.ref), f"{record.kind}/{fingerprint}"
    keys = await vault.sealing(conn, owner, case_id)
    body = {"data": data, "problems": _PROBLEMS.dump_python(record.problems, mode="json")}
    row = await (
        await conn.execute(
            """
            WITH before AS (
                SELECT version FROM observation
                WHERE (system, ref, kind, fingerprint) = (%(system)s, %(ref)s, %(kind)s, %(print)s)
            )
            INSERT INTO observation (system, ref, case_id, kind, version, digest, fingerprint, media_type,
                                     sealed_raw, sealed_data)
            VALUES (%(system)s, %(ref)s, %(case_id)s, %(kind)s, %(version)s, %(digest)s, %(print)s, %(media)s,
                    %(raw)s, %(data)s)
            ON CONFLICT (system, ref, kind, fingerprint) DO UPDATE
            SET version = CASE WHEN %(listed)s THEN excluded.version ELSE observation.version END
            RETURNING id, (xmax = 0) AS fresh, version, (SELECT version FROM before) AS before
            """,
            {
                "system": record.system,
                "ref": record.ref,
                "case_id": case_id,
                "kind": record.kind,
                "version": record.version,
                "digest": digest_bytes(record.raw),
                "print": fingerprint,
                "media": record.media_type,
                "raw": keys.seal(owner, Part.CONTACT, f"observation.raw/{place}", record.raw),
                "data": keys.seal_json(owner, Part.CONTACT, f"observation.data/{place}", body),
                "listed": listed,
            },
        )
    ).fetchone()
    assert row is not None
    # no version before although it is not fresh: another connection kept the same record a moment ago
    repeat = not row["fresh"] and listed and row["before"] in (None, row["version"])
    sealed = keys.has(owner, Part.CONTACT)
    return Kept(id=int(row["id"]), fresh=row["fresh"], repeat=repeat, sealed=sealed)


async def known(conn: Connection, system: str, refs: Sequence[str]) -> set[tuple[str, str]]:
    """(ref, version) of everything read before: a list row among them needs no second reading."""
    cursor = await conn.execute(
        "SELECT DISTINCT ref, version FROM observation WHERE system = %s AND ref = ANY(%s)",
        (system, list(refs)),
    )
    return {(row["ref"], row["version"]) for row in await cursor.fetchall()}


async def load(conn: Connection, observation_id: int) -> Record | None:
    """A kept record, as the adapter decoded it: for a corrected mapping to read again. None if it was erased."""
    row = await (await conn.execute("SELECT * FROM observation WHERE id = %s", (observation_id,))).fetchone()
    return await _open(conn, row) if row is not None else None


async def told(conn: Connection, system: str, ref: str, kind: str, fingerprint: str) -> Record | None:
    """The kept record with just this content, if there is one that was not erased."""
    query = "SELECT * FROM observation WHERE (system, ref, kind, fingerprint) = (%s, %s, %s, %s)"
    row = await (await conn.execute(query, (system, ref, kind, fingerprint))).fetchone()
    return await _open(conn, row) if row is not None else None


async def _open(conn: Connection, row: dict[str, Any]) -> Record | None:
    owner, place = owner_of(row["system"], row["ref"]), f"{row['kind']}/{row['fingerprint']}"
    keys = await vault.ring(conn, [owner])
    raw = keys.open(owner, Part.CONTACT, f"observation.raw/{place}", row["sealed_raw"])
    body: dict[str, Any] | None = keys.open_json(
        owner, Part.CONTACT, f"observation.data/{place}", row["sealed_data"]
    )
    if raw is None or body is None:
        return None
    return Record(
        system=row["system"],
        ref=row["ref"],
        kind=row["kind"],
        data=untagged(body["data"]),
        raw=raw,
        media_type=row["media_type"],
        version=row["version"],
        problems=_PROBLEMS.validate_python(body["problems"]),
    )


async def newest(conn: Connection, case_id: int, system: str) -> Record | None:
    """The record of a case that a system told last for the first time."""
    query = "SELECT max(id) AS id FROM observation WHERE case_id = %s AND system = %s"
    row = await (await conn.execute(query, (case_id, system))).fetchone()
    return await load(conn, row["id"]) if row and row["id"] is not None else None


async def assign(conn: Connection, observation_id: int, case_id: int) -> None:
    """The record turned out to be about this case: it shares the fate of the case's keys."""
    row = await (
        await conn.execute(
            "UPDATE observation SET case_id = %s WHERE id = %s RETURNING system, ref",
            (case_id, observation_id),
        )
    ).fetchone()
    assert row is not None
    await vault.assign(conn, owner_of(row["system"], row["ref"]), case_id)
