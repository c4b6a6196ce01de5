"""Watermarks, pauses and runs: where each flow stands, what holds it, what each pass did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from connector.store.connection import Connection
from connector.store.leaf import Place


@dataclass(frozen=True, kw_only=True)
class Watermark:
    """How far a system was read.

    Attributes:
        total: size of its last whole answer.
        stands_at: the instant that the value means, where it is one.
        clock_at: when its clock was last compared with ours.
    """

    system: str
    value: str | None = None
    total: int | None = None
    asked_at: datetime | None = None
    ok_at: datetime | None = None
    stands_at: datetime | None = None
    clock_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Something is held: ``system:<name>``, ``flow:observe:<name>``, ``case:<id>``.

    ``guard`` and ``numbers`` say which guard stopped it, and why.
    """

    scope: str
    reason: str
    code: str | None
    actor: str
    at: datetime
    guard: str | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One pass."""

    id: int
    kind: str
    system: str | None
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    error_code: str | None
    counts: Mapping[str, Any]


async def watermark(conn: Connection, system: str) -> Watermark:
    """How far ``system`` was read; empty if never."""
    query = """
        SELECT system, value, total, asked_at, ok_at, stands_at, clock_at FROM watermark WHERE system = %s
        """
    row = await (await conn.execute(query, (system,))).fetchone()
    return Watermark(**row) if row else Watermark(system=system)


async def move_watermark(
    conn: Connection,
    system: str,
    value: str | None,
    total: int | None,
    at: datetime,
    *,
    stands_at: datetime | None = None,
) -> None:
    """A page was stored: in the same transaction as its observations. Without a value the mark stays."""
    await conn.execute(
        """
        INSERT INTO watermark (system, value, total, asked_at, ok_at, stands_at)
        VALUES (%(s)s, %(v)s, %(t)s, %(at)s, %(at)s, %(stands)s)
        ON CONFLICT (system) DO UPDATE SET value = coalesce(excluded.value, watermark.value),
            total = coalesce(excluded.total, watermark.total), asked_at = %(at)s, ok_at = %(at)s,
            stands_at = CASE WHEN excluded.value IS NULL THEN watermark.stands_at ELSE excluded.stands_at END
        """,
        {"s": system, "v": value, "t": total, "at": at, "stands": stands_at},
    )


async def clock_compared(conn: Connection, system: str, at: datetime) -> None:
    """The system's clock was compared with ours."""
    await conn.execute(
        """
        INSERT INTO watermark (system, clock_at) VALUES (%(s)s, %(at)s)
        ON CONFLICT (system) DO UPDATE SET clock_at = %(at)s
        """,
        {"s": system, "at": at},
    )


async def pauses(conn: Connection) -> list[Pause]:
    """All that is held."""
    return [
        Pause(**row) for row in await (await conn.execute("SELECT * FROM pause ORDER BY scope")).fetchall()
    ]


async def held(conn: Connection, *scopes: str) -> Pause | None:
    """The first of these scopes that is held."""
    row = await (
        await conn.execute("SELECT * FROM pause WHERE scope = ANY(%s) LIMIT 1", (list(scopes),))
    ).fetchone()
    return Pause(**row) if row else None


async def hold(
    conn: Connection,
    scope: str,
    *,
    reason: str,
    code: str | None,
    actor: str,
    at: datetime,
    guard: str | None = None,
    numbers: Mapping[str, Any] | None = None,
) -> bool:
    """Hold something. False if it was held already (the first reason stays)."""
    cursor = await conn.execute(
        """
        INSERT INTO pause (scope, reason, code, actor, at, guard, numbers) VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT DO NOTHING
        """,
        (scope, reason, code, actor, at, guard, Jsonb(dict(numbers or {}))),
    )
    return cursor.rowcount == 1


async def renumber(
    conn: Connection, scope: str, reason: str, numbers: Mapping[str, Any], *, guard: str | None
) -> None:
    """What a guard's stop is about has grown: the next look shows it."""
    await conn.execute(
        "UPDATE pause SET reason = %s, numbers = %s, guard = %s WHERE scope = %s",
        (reason, Jsonb(dict(numbers)), guard, scope),
    )


async def release(conn: Connection, scope: str) -> bool:
    """Let it go on. False if it was not held."""
    return (await conn.execute("DELETE FROM pause WHERE scope = %s", (scope,))).rowcount == 1


async def begin(conn: Connection, kind: str, system: str | None, at: datetime) -> int:
    """A pass begins."""
    row = await (
        await conn.execute(
            "INSERT INTO run (kind, system, started_at) VALUES (%s, %s, %s) RETURNING id", (kind, system, at)
        )
    ).fetchone()
    assert row is not None
    return int(row["id"])


async def end(
    conn: Connection,
    run_id: int,
    outcome: str,
    counts: Mapping[str, Any],
    at: datetime,
    code: str | None = None,
) -> None:
    """A pass ended: ``ok``, ``empty``, ``failed`` or ``stopped``."""
    await conn.execute(
        "UPDATE run SET ended_at = %s, outcome = %s, counts = %s, error_code = %s WHERE id = %s",
        (at, outcome, Jsonb(dict(counts)), code, run_id),
    )


async def runs(conn: Connection, at: Place[int], *, system: str | None = None) -> list[Run]:
    """Passes, the newest first; of one system, if named."""
    where, order = at.sql("id", falling=True)
    if system is not None:
        where += " AND system = %(system)s"
    cursor = await conn.execute(
        f"SELECT * FROM run WHERE {where} ORDER BY {order} LIMIT %(most)s".encode(),  # noqa: S608  # constants
        {"system": system, **at.values},
    )
    return [Run(**row) for row in await cursor.fetchall()]


async def forget_empty_runs(conn: Connection, before: datetime) -> None:
    """Passes that found nothing say nothing: keep the table small. Others stay, and each system's last good one."""
    await conn.execute(
        """
        DELETE FROM run WHERE outcome = 'empty' AND ended_at < %s AND id NOT IN (
            SELECT max(id) FROM run WHERE kind = 'observe' AND outcome IN ('ok', 'empty') GROUP BY system)
        """,
        (before,),
    )


async def forget_watermark(conn: Connection, system: str) -> None:
    """It is read from its beginning: it was itself set back, and our mark may lie in a future that it lost."""
    await conn.execute("DELETE FROM watermark WHERE system = %s", (system,))
