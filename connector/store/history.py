"""What was, hour by hour: entries of the log per system and kind, how far behind each system was, and its circuits.

Not evidence. The counters are taken from the log in the order of its numbers, so an entry counts once, whoever wrote it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection
from connector.store.deliveries import OPEN, among

WAITING = ("planned", "sent", "in_doubt", "waiting")
"""States of a write that goes on by itself: how long the oldest of them waits is the lag of a system."""

SLICE = 20_000
"""Entries counted in one transaction."""

MOST_SPANS = 10_000


@dataclass(frozen=True, kw_only=True)
class Counted:
    """So many entries of a kind about a system from ``at`` on, for an hour or longer. ``write``: about a delivery."""

    at: datetime
    system: str
    kind: str
    write: bool
    n: int


@dataclass(frozen=True, kw_only=True)
class Lag:
    """The worst within an hour or longer from ``at`` on. Seconds; ``read_s`` is None if the system was never read."""

    at: datetime
    system: str
    read_s: float | None
    wait_s: float
    open: int


@dataclass(frozen=True, kw_only=True)
class Span:
    """One process saw a circuit in this state, from when until when."""

    node: str
    system: str
    state: str
    since: datetime
    until: datetime


async def count_log(conn: Connection) -> bool:
    """Count the next slice of the log. True if more is left."""
    row = await (await conn.execute("SELECT seq FROM flow_counted FOR UPDATE")).fetchone()
    assert row is not None
    cursor = await conn.execute(
        """
        WITH slice AS (
            SELECT seq, at, system, kind, delivery_id IS NOT NULL AS write FROM ledger_entry WHERE seq > %(after)s ORDER BY seq LIMIT %(most)s
        ), counted AS (
            INSERT INTO flow_hour (hour, system, kind, write, n)
            SELECT date_trunc('hour', at), system, kind, write, count(*) FROM slice
            WHERE system IS NOT NULL GROUP BY 1, 2, 3, 4
            ON CONFLICT (hour, system, kind, write) DO UPDATE SET n = flow_hour.n + excluded.n
        ), last AS (SELECT max(seq) AS seq, count(*) AS n FROM slice)
        UPDATE flow_counted SET seq = last.seq FROM last WHERE last.n > 0 RETURNING last.n
        """,
        {"after": row["seq"], "most": SLICE},
    )
    moved = await cursor.fetchone()
    return moved is not None and moved["n"] == SLICE


async def note_lag(conn: Connection, systems: Collection[str], now: datetime) -> None:
    """How far behind each system is now; of an hour the worst stays."""
    await conn.execute(
        f"""
        INSERT INTO lag_hour (hour, system, read_s, wait_s, open)
        SELECT date_trunc('hour', %(now)s::timestamptz), name, extract(epoch FROM %(now)s - w.ok_at),
               coalesce(greatest(0, extract(epoch FROM %(now)s - d.oldest)), 0), coalesce(d.open, 0)
        FROM unnest(%(systems)s::text[]) AS name LEFT JOIN watermark AS w ON w.system = name
        LEFT JOIN (
            SELECT target, min(created_at) AS oldest, count(*) AS open FROM delivery
            WHERE {among(OPEN)} AND {among(WAITING)} GROUP BY target
        ) AS d ON d.target = name
        ORDER BY name
        ON CONFLICT (hour, system) DO UPDATE SET read_s = greatest(lag_hour.read_s, excluded.read_s),
            wait_s = greatest(lag_hour.wait_s, excluded.wait_s), open = greatest(lag_hour.open, excluded.open)
        """.encode(),  # noqa: S608  # constants
        {"now": now, "systems": list(systems)},
    )


async def waiting_since(conn: Connection) -> dict[str, datetime]:
    """Since when the oldest write of each system waits that goes on by itself; systems without one are left out."""
    query = f"""
        SELECT target, min(created_at) AS since FROM delivery
        WHERE {among(OPEN)} AND {among(WAITING)} GROUP BY target
        """  # noqa: S608  # constants
    cursor = await conn.execute(query.encode())
    return {row["target"]: row["since"] for row in await cursor.fetchall()}


async def counted(conn: Connection, since: datetime, kinds: Collection[str], step_s: int) -> list[Counted]:
    """Entries of some kinds in steps of so many seconds, which begin at ``since``."""
    cursor = await conn.execute(
        """
        SELECT date_bin(make_interval(secs => %(step)s), hour, %(since)s) AS at, system, kind, write,
               sum(n)::bigint AS n
        FROM flow_hour WHERE hour >= %(since)s AND kind = ANY(%(kinds)s) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """,
        {"since": since, "kinds": list(kinds), "step": step_s},
    )
    return [Counted(**row) for row in await cursor.fetchall()]


async def lags(conn: Connection, since: datetime, step_s: int) -> list[Lag]:
    """How far behind the systems were, in steps; a step in which nobody looked is not there."""
    cursor = await conn.execute(
        """
        SELECT date_bin(make_interval(secs => %(step)s), hour, %(since)s) AS at, system, max(read_s) AS read_s,
               max(wait_s) AS wait_s, max(open) AS open
        FROM lag_hour WHERE hour >= %(since)s GROUP BY 1, 2 ORDER BY 1, 2
        """,
        {"since": since, "step": step_s},
    )
    return [Lag(**row) for row in await cursor.fetchall()]


async def spans(conn: Connection, since: datetime) -> list[Span]:
    """How the circuits were seen since then; of a circuit that never rested the newest :data:`MOST_SPANS` spans."""
    cursor = await conn.execute(
        """
        SELECT node, system, state, since, until_at AS until FROM circuit_span
        WHERE until_at >= %s ORDER BY until_at DESC LIMIT %s
        """,
        (since, MOST_SPANS),
    )
    return [Span(**row) for row in await cursor.fetchall()]


async def forget(conn: Connection, before: datetime) -> None:
    """Remove what ended before that."""
    for table, column in (("flow_hour", "hour"), ("lag_hour", "hour"), ("circuit_span", "until_at")):
        await conn.execute(f"DELETE FROM {table} WHERE {column} < %s".encode(), (before,))  # noqa: S608  # constants
