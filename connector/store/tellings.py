"""What reports count: every case as one system tells it, without its sender, streamed in constant memory.

Only the file part of a case is opened here; the sender's data stays sealed, so a report cannot show what it has not read.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple

from connector.case import Case, from_json
from connector.store import vault
from connector.store.cases import EndedAs
from connector.store.connection import Connection
from connector.store.vault import Part, owner_of

_PAGE = 500


class Ended(NamedTuple):
    """A case of which only its number is left."""

    number: str
    kind: EndedAs
    at: datetime


async def tellings(conn: Connection, system: str) -> AsyncIterator[Case]:
    """Each case that ``system`` has told and that is not erased, oldest first; all as of one moment.

    Args:
        conn: a connection in a transaction, which a server-side cursor holds until the end.
        system: whose telling.

    Raises:
        MasterKeyError: the database was opened without the master key.
    """
    query = """
        SELECT case_id, system, ref, sealed_state FROM link
        WHERE system = %s AND sealed_state IS NOT NULL ORDER BY case_id
        """
    async with conn.cursor(name="tellings") as cursor:
        await cursor.execute(query, (system,))
        while rows := await cursor.fetchmany(_PAGE):
            keys = await vault.ring(conn, [owner_of(row["system"], row["ref"]) for row in rows])
            for row in rows:
                owner, place = owner_of(row["system"], row["ref"]), f"link.state/{row['case_id']}"
                state = keys.open_json(owner, Part.FILE, place, row["sealed_state"])
                if state is not None:
                    if state["header"] is not None:
                        state["header"]["sender"] = {}
                    yield from_json(state)


async def told(conn: Connection, system: str) -> int:
    """How many cases :func:`tellings` will yield, for a progress bar."""
    query = "SELECT count(*) AS n FROM link WHERE system = %s AND sealed_state IS NOT NULL"
    row = await (await conn.execute(query, (system,))).fetchone()
    return int(row["n"]) if row else 0


async def ended(conn: Connection, system: str) -> list[Ended]:
    """The cases that were taken off the system or erased: nothing of them is left but number and day."""
    cursor = await conn.execute(
        """
        SELECT coalesce(code, link.system || ':' || link.ref, 'case:' || id) AS number, ended_as, ended_at
        FROM case_record LEFT JOIN link ON link.case_id = case_record.id AND link.system = %s
        WHERE ended_as = ANY(%s) ORDER BY case_record.id
        """,
        (system, [EndedAs.OFF_SYSTEM.value, EndedAs.ERASED.value]),
    )
    return [
        Ended(number=row["number"], kind=EndedAs(row["ended_as"]), at=row["ended_at"])
        for row in await cursor.fetchall()
    ]
