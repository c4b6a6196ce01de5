"""Circuits as the running processes see them: told by each now and then, read by whoever asks how things stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.store.connection import Connection

FRESH = timedelta(minutes=2)
"""What was told longer ago comes from a process that is gone."""

TELL_EVERY = FRESH / 4
"""A process tells at least so often."""


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """One system's circuit in one process: ``closed``, ``open`` or ``half_open``, since when."""

    node: str
    system: str
    state: str
    since: datetime


async def tell(conn: Connection, node: str, states: Mapping[str, str], at: datetime) -> None:
    """How this node sees its systems now."""
    async with conn.cursor() as many:
        await many.executemany(
            """
            INSERT INTO circuit (node, system, state, since, seen_at)
            VALUES (%(node)s, %(system)s, %(state)s, %(at)s, %(at)s)
            ON CONFLICT (node, system) DO UPDATE SET seen_at = excluded.seen_at, state = excluded.state,
                since = CASE WHEN circuit.state = excluded.state THEN circuit.since ELSE excluded.since END
            """,
            [{"node": node, "system": name, "state": state, "at": at} for name, state in states.items()],
        )
    await _keep_spans(conn, node, states, at)


async def _keep_spans(conn: Connection, node: str, states: Mapping[str, str], at: datetime) -> None:
    """The time line: a span goes on while nothing changes and the process lives, else a new one begins."""
    await conn.execute(
        """
        WITH told AS (
            SELECT * FROM unnest(%(systems)s::text[], %(states)s::text[]) AS told (system, state)
        ), last AS (
            SELECT DISTINCT ON (system) system, state, since FROM circuit_span
            WHERE node = %(node)s AND until_at >= %(fresh)s AND system = ANY(%(systems)s)
            ORDER BY system, since DESC
        ), gone_on AS (
            UPDATE circuit_span AS span SET until_at = greatest(until_at, %(at)s) FROM last
            WHERE span.node = %(node)s AND (span.system, span.since) = (last.system, last.since)
        )
        INSERT INTO circuit_span (node, system, state, since, until_at)
        SELECT %(node)s, told.system, told.state, %(at)s, %(at)s FROM told LEFT JOIN last USING (system)
        WHERE last.state IS DISTINCT FROM told.state
        ON CONFLICT (node, system, since) DO UPDATE SET state = excluded.state
        """,
        {
            "node": node,
            "systems": list(states),
            "states": list(states.values()),
            "at": at,
            "fresh": at - FRESH,
        },
    )


async def listed(conn: Connection, now: datetime) -> list[Circuit]:
    """What the living processes told last, open ones first."""
    cursor = await conn.execute(
        """
        SELECT node, system, state, since FROM circuit WHERE seen_at >= %s
        ORDER BY array_position(ARRAY['open', 'half_open', 'closed'], state), since, node, system
        """,
        (now - FRESH,),
    )
    return [Circuit(**row) for row in await cursor.fetchall()]


async def open_elsewhere(conn: Connection, node: str, now: datetime) -> set[str]:
    """Systems whose circuit another living process told to be open."""
    cursor = await conn.execute(
        "SELECT DISTINCT system FROM circuit WHERE state = 'open' AND node <> %s AND seen_at >= %s",
        (node, now - FRESH),
    )
    return {row["system"] for row in await cursor.fetchall()}
