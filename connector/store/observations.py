"""Observations: exact bytes, digest, decoded record. Append-only and idempotent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from connector.canonical import digest, digest_bytes
from connector.store.database import Connection
from connector.store.tagged import tagged, untagged
from connector.system import Problem, Record

_PROBLEMS: TypeAdapter[tuple[Problem, ...]] = TypeAdapter(tuple[Problem, ...])


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of a record: its row, and whether it is new, a mere repeat, or told once more after another."""

    id: int
    fresh: bool
    repeat: bool


async def store(conn: Connection, record: Record, case_id: int | None, *, listed: bool = True) -> Kept:
    """Keep a record. The same telling is kept once.

    Args:
        listed: the version is the one that lists tell: the same version again is a repeat, and it is remembered even
            if the telling is not new. Without it only the reader can say whether an old telling is news.
    """
    data = tagged(record.data)
    row = await (
        await conn.execute(
            """
            WITH before AS (
                SELECT version FROM observation
                WHERE (system, ref, kind, fingerprint) = (%(system)s, %(ref)s, %(kind)s, %(print)s)
            )
            INSERT INTO observation (system, ref, case_id, kind, version, digest, fingerprint, media_type, raw, data)
            VALUES (%(system)s, %(ref)s, %(case_id)s, %(kind)s, %(version)s, %(digest)s, %(print)s, %(media)s, %(raw)s, %(data)s)
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
                "print": digest(data),
                "media": record.media_type,
                "raw": record.raw,
                "listed": listed,
                "data": Jsonb(
                    {
                        "data": data,
                        "problems": _PROBLEMS.dump_python(record.problems, mode="json"),
                    }
                ),
            },
        )
    ).fetchone()
    assert row is not None
    # no version before although it is not fresh: another connection kept the same record a moment ago
    repeat = not row["fresh"] and listed and row["before"] in (None, row["version"])
    return Kept(id=int(row["id"]), fresh=row["fresh"], repeat=repeat)


async def known(conn: Connection, system: str, refs: Sequence[str]) -> set[tuple[str, str]]:
    """(ref, version) of everything read before: a list row among them needs no second reading."""
    cursor = await conn.execute(
        "SELECT DISTINCT ref, version FROM observation WHERE system = %s AND ref = ANY(%s)",
        (system, list(refs)),
    )
    return {(row["ref"], row["version"]) for row in await cursor.fetchall()}


async def load(conn: Connection, observation_id: int) -> Record | None:
    """A kept record, as the adapter decoded it: for a corrected mapping to read again."""
    row = await (await conn.execute("SELECT * FROM observation WHERE id = %s", (observation_id,))).fetchone()
    if row is None:
        return None
    body: dict[str, Any] = row["data"]
    return Record(
        system=row["system"],
        ref=row["ref"],
        kind=row["kind"],
        data=untagged(body["data"]),
        raw=row["raw"],
        media_type=row["media_type"],
        version=row["version"],
        problems=_PROBLEMS.validate_python(body["problems"]),
    )


async def assign(conn: Connection, observation_id: int, case_id: int) -> None:
    """The record turned out to be about this case."""
    await conn.execute("UPDATE observation SET case_id = %s WHERE id = %s", (case_id, observation_id))
