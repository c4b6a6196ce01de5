"""The deadlines of all cases, one row a clock: read from the register's telling by the rules, a while after it changed.

What is stored here is a copy for counting: which deadline holds is always read from the case itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from connector.case import REGISTER
from connector.store import locks
from connector.store.connection import Connection
from connector.store.deliveries import OPEN, among


@dataclass(frozen=True, kw_only=True)
class DutyRow:
    """One clock with a due day.

    Attributes:
        governs: the pack that binds the case says so; others only watch.
        nearest: of the open clocks of its duty the one that ends first.
        met: fulfilled in time; None while it is open, and if it was never fulfilled.
    """

    duty: str
    governs: bool
    nearest: bool
    due_at: datetime
    closed_at: datetime | None
    met: bool | None


@dataclass(frozen=True, kw_only=True)
class Met:
    """So many duties of a kind were done within a step of time from ``at`` on, in time or not."""

    at: datetime
    duty: str
    met: bool
    n: int


_CHANGED = f"system = '{REGISTER}' AND duties_of IS DISTINCT FROM changed_at"


async def changed(conn: Connection, most: int) -> list[tuple[int, datetime]]:
    """Cases whose register telling is newer than their rows, with the mark of that telling.

    None while another process reads them: until the commit there is one.
    """
    if not await locks.try_for_transaction(conn, "duties"):
        return []
    cursor = await conn.execute(
        f"SELECT case_id, changed_at FROM link WHERE {_CHANGED} ORDER BY case_id LIMIT %s".encode(),  # noqa: S608  # constants
        (most,),
    )
    return [(row["case_id"], row["changed_at"]) for row in await cursor.fetchall()]


async def any_changed(conn: Connection) -> bool:
    """Whether some case's rows are not up to date."""
    query = f"SELECT FROM link WHERE {_CHANGED} LIMIT 1"
    return await (await conn.execute(query.encode())).fetchone() is not None


async def replace(
    conn: Connection, found: Mapping[int, Sequence[DutyRow]], marks: Sequence[tuple[int, datetime]]
) -> None:
    """Put these rows in the place of what these cases had.

    A link that somebody holds is not waited for: it keeps its old mark, so its case is read again.
    """
    numbers = [number for number, _ in marks]
    rows = [
        {
            "case_id": case_id,
            "number": number,
            "duty": one.duty,
            "governs": one.governs,
            "nearest": one.nearest,
            "due_at": one.due_at.isoformat(),
            "closed_at": one.closed_at.isoformat() if one.closed_at else None,
            "met": one.met,
        }
        for case_id, clocks in found.items()
        for number, one in enumerate(clocks)
    ]
    await conn.execute("DELETE FROM case_duty WHERE case_id = ANY(%s)", (numbers,))
    await conn.execute(
        """
        INSERT INTO case_duty SELECT * FROM jsonb_to_recordset(%s) AS row (case_id bigint, number smallint,
            duty text, governs boolean, nearest boolean, due_at timestamptz, closed_at timestamptz, met boolean)
        """,
        (Jsonb(rows),),
    )
    await conn.execute(
        """
        WITH free AS (
            SELECT case_id FROM link WHERE system = %(register)s AND case_id = ANY(%(numbers)s)
            FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE link SET duties_of = told.mark
        FROM free JOIN unnest(%(numbers)s::bigint[], %(marks)s::timestamptz[]) AS told (id, mark) ON id = free.case_id
        WHERE link.case_id = free.case_id AND system = %(register)s
        """,
        {"register": REGISTER, "numbers": numbers, "marks": [mark for _, mark in marks]},
    )


async def met(conn: Connection, since: datetime, step_s: int) -> list[Met]:
    """Duties that were done since then, by the pack that governs, in steps of so many seconds."""
    cursor = await conn.execute(
        """
        SELECT date_bin(make_interval(secs => %(step)s), closed_at, %(since)s) AS at, duty, met, count(*) AS n
        FROM case_duty WHERE met IS NOT NULL AND governs AND closed_at >= %(since)s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        {"since": since, "step": step_s},
    )
    return [Met(**row) for row in await cursor.fetchall()]


async def due_behind(
    conn: Connection, system: str, *, after: datetime, until: datetime, most: int
) -> list[tuple[datetime, int]]:
    """Cases with a write to a system that is not over, whose nearest open deadline ends within these instants.

    By deadline, the nearest first.
    """
    cursor = await conn.execute(
        f"""
        SELECT min(due_at) AS due_at, case_id FROM case_duty
        WHERE nearest AND due_at > %(after)s AND due_at <= %(until)s
          AND case_id IN (SELECT case_id FROM delivery WHERE target = %(system)s AND {among(OPEN)})
        GROUP BY case_id ORDER BY 1, 2 LIMIT %(most)s
        """.encode(),  # noqa: S608  # constants
        {"system": system, "after": after, "until": until, "most": most},
    )
    return [(row["due_at"], row["case_id"]) for row in await cursor.fetchall()]
