"""Versions of the mappings folder: what came into force when, what was refused and why, and every text once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from connector.canonical import digest_bytes
from connector.store.connection import Connection
from connector.store.leaf import Place

_COLUMNS = "number, digest, state, at, actor, cases, problems"


@dataclass(frozen=True, kw_only=True)
class MappingVersion:
    """One version.

    Attributes:
        state: ``in_force`` (from ``at`` until the next one), ``refused``, or ``restart``: it waits for a restart.
        actor: the process that took or refused it.
        cases: settled cases that it would rewrite, as counted when it came; None for the first one.
        problems: why it was refused, each as ``path:line: text``.
    """

    number: int
    digest: str
    state: str
    at: datetime
    actor: str
    cases: int | None
    problems: tuple[str, ...]


async def keep(
    conn: Connection,
    files: Mapping[str, bytes],
    *,
    digest: str,
    state: str,
    at: datetime,
    actor: str,
    cases: int | None = None,
    problems: Sequence[str] = (),
) -> int:
    """Keep a version with all its texts; returns its number."""
    row = await (
        await conn.execute(
            """
            INSERT INTO mapping_version (digest, state, at, actor, cases, problems)
            VALUES (%s, %s, %s, %s, %s, %s) RETURNING number
            """,
            (digest, state, at, actor, cases, Jsonb(list(problems))),
        )
    ).fetchone()
    assert row is not None
    number = int(row["number"])
    texts = {name: (digest_bytes(data), data) for name, data in files.items()}
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO mapping_text (digest, data) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            sorted(set(texts.values())),
        )
        await cursor.executemany(
            "INSERT INTO mapping_file (version, name, digest) VALUES (%s, %s, %s)",
            [(number, name, found) for name, (found, _) in sorted(texts.items())],
        )
    return number


async def newest(conn: Connection, state: str | None = None) -> MappingVersion | None:
    """The version that came last; of one state, if named."""
    found = await listed(conn, Place(most=1), state=state)
    return found[0] if found else None


async def listed(conn: Connection, at: Place[int], *, state: str | None = None) -> list[MappingVersion]:
    """Versions, newest first."""
    where, order = at.sql("number", falling=True)
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM mapping_version WHERE (%(state)s::text IS NULL OR state = %(state)s) AND {where}
        ORDER BY {order} LIMIT %(most)s
        """,  # noqa: S608  # constants
        {"state": state, **at.values},
    )
    return [_version(row) for row in await cursor.fetchall()]


async def get(conn: Connection, number: int) -> MappingVersion | None:
    """A version by its number."""
    query = f"SELECT {_COLUMNS} FROM mapping_version WHERE number = %s"  # noqa: S608  # constants
    row = await (await conn.execute(query, (number,))).fetchone()
    return _version(row) if row else None


async def before(conn: Connection, number: int) -> int | None:
    """The number of the version that was in force before this one came."""
    query = "SELECT max(number) AS number FROM mapping_version WHERE number < %s AND state = 'in_force'"
    row = await (await conn.execute(query, (number,))).fetchone()
    return row["number"] if row else None


async def files(conn: Connection, number: int) -> dict[str, bytes]:
    """Name → bytes of every file of a version."""
    cursor = await conn.execute(
        """
        SELECT name, data FROM mapping_file JOIN mapping_text USING (digest)
        WHERE version = %s ORDER BY name
        """,
        (number,),
    )
    return {row["name"]: bytes(row["data"]) for row in await cursor.fetchall()}


async def since(conn: Connection, number: int) -> dict[str, MappingVersion]:
    """Name → the version in force that brought each file of a version as it is: who last changed it, and when."""
    cursor = await conn.execute(
        f"""
        WITH mine AS (SELECT name, digest FROM mapping_file WHERE version = %(number)s),
        told AS (
            SELECT mine.name, v.number, (f.digest IS NOT DISTINCT FROM mine.digest) AS same
            FROM mine CROSS JOIN mapping_version v
            LEFT JOIN mapping_file f ON f.version = v.number AND f.name = mine.name
            WHERE v.number <= %(number)s AND (v.state = 'in_force' OR v.number = %(number)s)
        ),
        broken AS (SELECT name, max(number) FILTER (WHERE NOT same) AS last FROM told GROUP BY name),
        first AS (
            SELECT told.name, min(told.number) AS number FROM told JOIN broken USING (name)
            WHERE told.number > coalesce(broken.last, 0) GROUP BY told.name
        )
        SELECT name, {_COLUMNS} FROM first JOIN mapping_version USING (number)
        """,  # noqa: S608  # constants
        {"number": number},
    )
    return {row["name"]: _version(row) for row in await cursor.fetchall()}


def _version(row: Mapping[str, object]) -> MappingVersion:
    facts = {name: row[name] for name in _COLUMNS.split(", ")}
    return MappingVersion(**{**facts, "problems": tuple(facts["problems"])})  # type: ignore[arg-type]  # a row
