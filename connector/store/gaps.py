"""Gaps: times in which a system could not be read for longer than a day (Quy chế Đ10, R15)."""

from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One silence: from the last reading before it to the first one after it, if there was one."""

    id: int
    system: str
    since: datetime
    noticed_at: datetime
    ended_at: datetime | None


async def last_read(conn: Connection, system: str) -> datetime | None:
    """When a system was last read; since when that is tried in vain if it never was; None before the first try."""
    row = await (
        await conn.execute(
            """
            SELECT coalesce(
                (SELECT max(ended_at) FROM run
                 WHERE system = %(system)s AND kind = 'observe' AND outcome IN ('ok', 'empty')),
                (SELECT min(started_at) FROM run WHERE system = %(system)s AND kind = 'observe')) AS at
            """,
            {"system": system},
        )
    ).fetchone()
    assert row is not None
    at: datetime | None = row["at"]
    return at


async def notice(conn: Connection, system: str, since: datetime, at: datetime) -> bool:
    """A silence became too long. False if that is known already."""
    cursor = await conn.execute(
        "INSERT INTO pull_gap (system, since, noticed_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (system, since, at),
    )
    return cursor.rowcount == 1


async def close(conn: Connection, system: str, read_at: datetime) -> Gap | None:
    """The system was read again: the silence it ended, if there was one."""
    row = await (
        await conn.execute(
            """
            UPDATE pull_gap SET ended_at = %(at)s WHERE system = %(system)s AND ended_at IS NULL AND since < %(at)s
            RETURNING *
            """,
            {"system": system, "at": read_at},
        )
    ).fetchone()
    return Gap(**row) if row else None


async def listed(conn: Connection, *, system: str | None = None, most: int = 100) -> list[Gap]:
    """The newest silences; those that go on first."""
    cursor = await conn.execute(
        """
        SELECT * FROM pull_gap WHERE %(system)s::text IS NULL OR system = %(system)s
        ORDER BY ended_at IS NOT NULL, id DESC LIMIT %(most)s
        """,
        {"system": system, "most": most},
    )
    return [Gap(**row) for row in await cursor.fetchall()]
