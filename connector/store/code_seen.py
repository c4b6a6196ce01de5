"""The codes that systems told: how often, since when, and until when. Counted from kept observations, after the fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class CodeSeen:
    """One code of one list of one system. ``count``: distinct tellings that held it."""

    system: str
    list: str
    code: str
    count: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Up to which observation was counted, when last, and whether that count came to its end."""

    observation: int
    at: datetime | None
    ended: bool


async def counted(conn: Connection) -> Counted:
    """How far the count is."""
    row = await (await conn.execute("SELECT observation, at, ended FROM code_count")).fetchone()
    return Counted(**row) if row else Counted(observation=0, at=None, ended=True)


async def next_tellings(
    conn: Connection, after: int, until: datetime, most: int
) -> list[tuple[int, datetime]]:
    """Observations after one, oldest first, that were kept before ``until``: id and instant."""
    cursor = await conn.execute(
        "SELECT id, observed_at FROM observation WHERE id > %s AND observed_at < %s ORDER BY id LIMIT %s",
        (after, until, most),
    )
    return [(int(row["id"]), row["observed_at"]) for row in await cursor.fetchall()]


async def add(conn: Connection, found: Mapping[tuple[str, str, str], tuple[int, datetime, datetime]]) -> None:
    """Add what was counted: (system, list, code) → how often, first and last instant."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """
            INSERT INTO code_seen (system, list, code, count, first_seen, last_seen)
            VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (system, list, code) DO UPDATE
            SET count = code_seen.count + excluded.count,
                first_seen = least(code_seen.first_seen, excluded.first_seen),
                last_seen = greatest(code_seen.last_seen, excluded.last_seen)
            """,
            [(*key, *facts) for key, facts in sorted(found.items())],
        )


async def moved(conn: Connection, observation: int, at: datetime, *, ended: bool) -> None:
    """The count has come so far."""
    await conn.execute(
        """
        INSERT INTO code_count (observation, at, ended) VALUES (%s, %s, %s)
        ON CONFLICT (single) DO UPDATE
        SET observation = excluded.observation, at = excluded.at, ended = excluded.ended
        """,
        (observation, at, ended),
    )


async def of_system(conn: Connection, system: str) -> list[CodeSeen]:
    """All codes that a system told."""
    cursor = await conn.execute(
        "SELECT system, list, code, count, first_seen, last_seen FROM code_seen WHERE system = %s ORDER BY list, code",
        (system,),
    )
    return [CodeSeen(**row) for row in await cursor.fetchall()]
