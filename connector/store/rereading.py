"""Which cases are read again at a system, and when: what changed there shows in no list, or not in time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from connector.store.connection import Connection

DUE_SINCE = "coalesce(link.refresh_at > coalesce(%(asked_at)s::timestamptz, '-infinity') AND link.refresh_at <= %(now)s, false)"
"""The case became due for reading while it was being read: we wrote to it meanwhile, so this reading is not enough."""


async def due(conn: Connection, system: str, at: datetime, most: int) -> list[str]:
    """References that are to be read again, never of a case that has ended; longest due first.

    Where more are due than asked for, half of the slice are those that became due last: what a person asked for, or we
    have just written to, does not wait behind a backlog, nor does asking again and again put it off for ever.
    """
    cursor = await conn.execute(
        """
        WITH due AS NOT MATERIALIZED (
            SELECT ref, refresh_at FROM link JOIN case_record ON case_record.id = case_id
            WHERE system = %(system)s AND refresh_at <= %(at)s AND ended_at IS NULL
        )
        SELECT ref FROM (
            (SELECT ref, refresh_at FROM due ORDER BY refresh_at, ref LIMIT %(oldest)s)
            UNION
            (SELECT ref, refresh_at FROM due ORDER BY refresh_at DESC, ref DESC LIMIT %(newest)s)
        ) AS slice ORDER BY refresh_at, ref
        """,
        {"system": system, "at": at, "oldest": most - most // 2, "newest": most // 2},
    )
    return [row["ref"] for row in await cursor.fetchall()]


async def due_systems(conn: Connection, systems: Sequence[str], at: datetime) -> list[str]:
    """Those of the systems that have a case to be read again now."""
    cursor = await conn.execute(
        """
        SELECT name FROM unnest(%s::text[]) AS name
        WHERE EXISTS (SELECT FROM link JOIN case_record ON case_record.id = case_id
                      WHERE system = name AND refresh_at <= %s AND ended_at IS NULL)
        """,
        (list(systems), at),
    )
    return [row["name"] for row in await cursor.fetchall()]


async def postpone(conn: Connection, system: str, refs: Sequence[str], until: datetime | None) -> None:
    """Read these again later; None: no more."""
    await conn.execute(
        "UPDATE link SET refresh_at = %s WHERE system = %s AND ref = ANY(%s)", (until, system, list(refs))
    )


async def later(
    conn: Connection,
    system: str,
    ref: str,
    until: datetime | None,
    *,
    asked_at: datetime | None,
    now: datetime,
) -> None:
    """This reading is done; the next one is due at ``until`` (None: never), unless it became due after ``asked_at``."""
    await conn.execute(
        f"UPDATE link SET refresh_at = %(until)s WHERE system = %(system)s AND ref = %(ref)s AND NOT {DUE_SINCE}",  # noqa: S608  # a constant
        {"until": until, "system": system, "ref": ref, "asked_at": asked_at, "now": now},
    )


async def at_once(conn: Connection, case_id: int, at: datetime, systems: Collection[str]) -> None:
    """Have a case read again at once in these systems: those of which each case is asked for by itself."""
    await conn.execute(
        "UPDATE link SET refresh_at = %s WHERE case_id = %s AND system = ANY(%s)",
        (at, case_id, list(systems)),
    )


async def stop(conn: Connection, case_id: int) -> None:
    """Have no link of a case read again by itself."""
    await conn.execute("UPDATE link SET refresh_at = NULL WHERE case_id = %s", (case_id,))
