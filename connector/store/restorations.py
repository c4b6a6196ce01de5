"""Restores that were accepted, the hold until then, and the keys that must stay destroyed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from connector.case import REGISTER
from connector.store.connection import Connection
from connector.store.vault import Part

SCOPE = "restore"
"""While this is held nothing is read from any system and nothing is written; only an acceptance releases it."""


@dataclass(frozen=True, kw_only=True)
class Restored:
    """One acceptance; see the migration."""

    branch: int
    at_size: int
    lost_branch: int
    lost_size: int
    accepted_at: datetime
    accepted_by: str
    reason: str
    caught_up_at: datetime | None = None


async def newest(conn: Connection) -> Restored | None:
    """The last one."""
    row = await (await conn.execute("SELECT * FROM restoration ORDER BY branch DESC LIMIT 1")).fetchone()
    return Restored(**row) if row else None


async def branch(conn: Connection) -> int:
    """The log's branch: how often it went on after a restore."""
    last = await newest(conn)
    return last.branch if last else 0


async def add(conn: Connection, one: Restored) -> None:
    """It was accepted."""
    await conn.execute(
        """
        INSERT INTO restoration (branch, at_size, lost_branch, lost_size, accepted_at, accepted_by, reason)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (
            one.branch,
            one.at_size,
            one.lost_branch,
            one.lost_size,
            one.accepted_at,
            one.accepted_by,
            one.reason,
        ),
    )


async def catching_up(conn: Connection) -> Restored | None:
    """The last one, as long as writes of before may be unknown to us."""
    last = await newest(conn)
    return last if last is not None and last.caught_up_at is None else None


async def caught_up(conn: Connection, number: int, at: datetime) -> bool:
    """Nothing is in question any more. False if that was known."""
    query = "UPDATE restoration SET caught_up_at = %s WHERE branch = %s AND caught_up_at IS NULL"
    return (await conn.execute(query, (at, number))).rowcount == 1


async def begin_again(conn: Connection, at: datetime) -> None:
    """Every case is settled anew, and read again at the portals, also where it is over there.

    The register tells its changes by itself.
    """
    query = """
        UPDATE link SET refresh_at = %s FROM case_record
        WHERE case_record.id = case_id AND ended_at IS NULL AND system <> %s
        """
    await conn.execute(query, (at, REGISTER))
    await conn.execute("UPDATE case_record SET dirty_at = %s WHERE ended_at IS NULL", (at,))


async def unread_origins(conn: Connection, system: str, most: int) -> list[str]:
    """References at a portal of cases that began there and that we have never read there (again)."""
    cursor = await conn.execute(
        """
        SELECT origin_ref AS ref FROM case_record WHERE origin_system = %(system)s AND ended_at IS NULL
          AND NOT EXISTS (SELECT FROM link WHERE case_id = case_record.id AND system = %(system)s)
          AND NOT EXISTS (SELECT FROM quarantine AS item WHERE item.state = 'open'
                          AND item.system = %(system)s AND item.ref = case_record.origin_ref)
        ORDER BY id LIMIT %(most)s
        """,
        {"system": system, "most": most},
    )
    return [row["ref"] for row in await cursor.fetchall()]


async def open_questions(
    conn: Connection, since: datetime, systems: Collection[str], refreshed: Collection[str]
) -> int:
    """What has still to be read, settled or looked up before the state is whole again.

    Args:
        refreshed: those of the systems whose cases are read one by one.
    """
    row = await (
        await conn.execute(
            """
            SELECT (SELECT count(*) FROM unnest(%(systems)s::text[]) AS name WHERE NOT EXISTS (
                        SELECT FROM run WHERE kind = 'observe' AND system = name AND started_at >= %(since)s
                        AND outcome IN ('ok', 'empty')))
                 + (SELECT count(*) FROM link JOIN case_record ON case_record.id = case_id
                    WHERE refresh_at <= %(since)s AND ended_at IS NULL AND link.system = ANY(%(refreshed)s))
                 + (SELECT count(*) FROM case_record WHERE dirty_at IS NOT NULL AND ended_at IS NULL)
                 + (SELECT count(*) FROM delivery WHERE state IN ('planned', 'sent', 'in_doubt', 'waiting')
                    AND target = ANY(%(systems)s)) AS n
            """,
            {"since": since, "systems": list(systems), "refreshed": list(refreshed)},
        )
    ).fetchone()
    return int(row["n"]) if row else 0


# ---- keys that were destroyed ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Gone:
    """A destroyed key as it is kept outside: the owner only as a digest."""

    digest: bytes
    part: Part


async def unfiled(conn: Connection) -> list[tuple[str, Gone]]:
    """Destroyed keys that do not stand in the write-once folder yet, with their owners.

    Not those of our own numbers: a restored database gives the numbers of lost cases to others.
    """
    cursor = await conn.execute(
        """
        SELECT owner, sha256(convert_to(owner, 'UTF8')) AS digest, part FROM case_key
        WHERE destroyed_at IS NOT NULL AND filed_at IS NULL AND owner NOT LIKE 'case/%'
        ORDER BY destroyed_at LIMIT 10000
        """
    )
    return [
        (row["owner"], Gone(digest=bytes(row["digest"]), part=Part(row["part"])))
        for row in await cursor.fetchall()
    ]


async def filed(conn: Connection, owners: Collection[str], at: datetime) -> None:
    """They stand there now."""
    await conn.execute(
        "UPDATE case_key SET filed_at = %s WHERE owner = ANY(%s) AND destroyed_at IS NOT NULL AND filed_at IS NULL",
        (at, list(owners)),
    )


async def keep_gone(conn: Connection, gone: Collection[Gone]) -> None:
    """These keys are never made again, whatever a system may tell of their owners."""
    await conn.execute(
        """
        INSERT INTO erased_owner (digest, part) SELECT * FROM unnest(%s::bytea[], %s::text[]) ON CONFLICT DO NOTHING
        """,
        ([one.digest for one in gone], [one.part.value for one in gone]),
    )


async def returned(conn: Connection) -> list[tuple[str, Part, int | None]]:
    """Keys that a restore brought back although they were destroyed: owner, part, case."""
    cursor = await conn.execute(
        """
        SELECT owner, key.part, case_id FROM case_key AS key
        JOIN erased_owner AS gone ON gone.digest = sha256(convert_to(owner, 'UTF8')) AND gone.part = key.part
        WHERE blob IS NOT NULL ORDER BY case_id, owner, key.part
        """
    )
    return [(row["owner"], Part(row["part"]), row["case_id"]) for row in await cursor.fetchall()]


async def destroy_again(conn: Connection, owners: Collection[str], at: datetime) -> None:
    """Of owners that belong to no case."""
    await conn.execute(
        """
        UPDATE case_key SET master = NULL, blob = NULL, destroyed_at = %s WHERE owner = ANY(%s) AND blob IS NOT NULL
        """,
        (at, list(owners)),
    )
