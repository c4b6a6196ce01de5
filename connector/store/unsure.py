"""Creations of which nobody knows yet whether they took effect, and the tellings that may be what they made."""

from typing import Any

import psycopg

from connector.case import REGISTER, Case
from connector.store import cases
from connector.store.cases import CaseRow
from connector.store.connection import Connection
from connector.store.deliveries import UNKNOWN_EFFECT
from connector.text.keys import exact

MOST = 50
"""So many, the newest, are compared: each has to be opened."""

Asked = psycopg.AsyncCursor[dict[str, Any]]


async def ask(conn: Connection, system: str) -> Asked:
    """Ask which cases are being created at a system with unknown outcome; for who asks for more in the same round trip."""
    return await conn.execute(
        """
        SELECT case_id FROM delivery WHERE target = %s AND intent = 'create'
          AND (state IN ('sent', 'in_doubt') OR state = 'quarantined' AND error_code = ANY(%s))
        ORDER BY id DESC LIMIT %s
        """,
        (system, sorted(UNKNOWN_EFFECT), MOST),
    )


async def same_words(conn: Connection, told: Case, asked: Asked) -> list[int]:
    """Those of the cases that :func:`ask` found that read as this telling does."""
    if told.header is None or told.system == REGISTER or told.system != told.origin[0]:
        return []
    rows = [await cases.get(conn, row["case_id"]) for row in await asked.fetchall()]
    words = exact(told.header.content)
    return sorted(row.id for row in rows if row is not None and _words(row) == words)


def _words(row: CaseRow) -> str | None:
    """What the sender wrote; None: it was erased, or never read."""
    link = row.link(row.origin_system)
    return exact(link.state.header.content) if link and link.state and link.state.header else None
