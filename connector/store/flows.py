"""Watermarks, pauses and runs: where each flow stands, what holds it, what each pass did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class Watermark:
    """How far a system was read. ``total`` is the size of its last whole answer."""

    system: str
    value: str | None
    total: int | None
    asked_at: datetime | None
    ok_at: datetime | None
    released: bool = False


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Something is held: ``system:<name>``, ``flow:observe:<name>``, ``case:<id>``."""

    scope: str
    reason: str
    code: str | None
    actor: str
    at: datetime


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
    row = await (await conn.execute("SELECT * FROM watermark WHERE system = %s", (system,))).fetchone()
    return (
        Watermark(**row)
        if row
        else Watermark(system=system, value=None, total=None, asked_at=None, ok_at=None)
    )


async def move_watermark(
    conn: Connection, system: str, value: str | None, total: int | None, at: datetime
) -> None:
    """A page was stored: in the same transaction as its observations."""
    await conn.execute(
        """
        INSERT INTO watermark (system, value, total, asked_at, ok_at) VALUES (%(s)s, %(v)s, %(t)s, %(at)s, %(at)s)
        ON CONFLICT (system) DO UPDATE SET value = coalesce(excluded.value, watermark.value),
            total = coalesce(excluded.total, watermark.total), asked_at = %(at)s, ok_at = %(at)s,
            released = false
        """,
        {"s": system, "v": value, "t": total, "at": at},
    )


async def let_pass(conn: Connection, system: str) -> None:
    """A person looked at the numbers: the next answer of this system passes the guard, once."""
    await conn.execute(
        """
        INSERT INTO watermark (system, released) VALUES (%s, true)
        ON CONFLICT (system) DO UPDATE SET released = true
        """,
        (system,),
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
    conn: Connection, scope: str, *, reason: str, code: str | None, actor: str, at: datetime
) -> bool:
    """Hold something. False if it was held already (the first reason stays)."""
    cursor = await conn.execute(
        "INSERT INTO pause (scope, reason, code, actor, at) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (scope, reason, code, actor, at),
    )
    return cursor.rowcount == 1


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


async def runs(conn: Connection, *, most: int, system: str | None = None) -> list[Run]:
    """The newest passes."""
    cursor = await conn.execute(
        "SELECT * FROM run WHERE (%(s)s::text IS NULL OR system = %(s)s) ORDER BY id DESC LIMIT %(most)s",
        {"s": system, "most": most},
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
