"""Entries of the log picked by conditions, streamed in constant memory."""

from collections.abc import AsyncIterator
from typing import Any

from connector.ledger.entry import Entry
from connector.ledger.filter import LogFilter
from connector.store.connection import Connection

_BATCH = 500

_CONDITIONS = """
FROM ledger_entry AS entry WHERE seq <= %(upto)s
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(before)s::timestamptz IS NULL OR at < %(before)s)
  AND (%(case_id)s::bigint IS NULL OR case_id = %(case_id)s)
  AND (%(systems)s::text[] IS NULL OR system = ANY(%(systems)s))
  AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
  AND (%(actors)s::text[] IS NULL OR actor = ANY(%(actors)s))
  AND (%(outcomes)s::text[] IS NULL OR EXISTS (
        SELECT FROM delivery WHERE delivery.id = entry.delivery_id AND state = ANY(%(outcomes)s)))
"""


async def picked(conn: Connection, wanted: LogFilter, upto: int) -> AsyncIterator[Entry]:
    """The entries up to number ``upto`` that fit, in order.

    Args:
        conn: a connection in a transaction, which a server-side cursor holds until the end.
    """
    async with conn.cursor(name="log_export") as cursor:
        cursor.itersize = _BATCH
        await cursor.execute(f"SELECT * {_CONDITIONS} ORDER BY seq", _values(wanted, upto))
        async for row in cursor:
            yield Entry(**row)


async def count(conn: Connection, wanted: LogFilter, upto: int) -> int:
    """How many :func:`picked` will yield."""
    cursor = await conn.execute(f"SELECT count(*) AS n {_CONDITIONS}", _values(wanted, upto))
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


def _values(wanted: LogFilter, upto: int) -> dict[str, Any]:
    return {
        "upto": upto,
        "since": wanted.since,
        "before": wanted.before,
        "case_id": wanted.case_id,
        "systems": list(wanted.systems) or None,
        "kinds": list(wanted.kinds) or None,
        "actors": list(wanted.actors) or None,
        "outcomes": list(wanted.outcomes) or None,
    }
