"""Answers to writes that named an idempotency key: the same key again gets the same answer, and nothing is done twice."""

from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """What was answered first. ``status`` None: the call is under way, or was cut short."""

    call_digest: str
    status: int | None
    body: str | None


async def begin(
    conn: Connection, account: str, key: str, call_digest: str, *, at: datetime, since: datetime
) -> KeptAnswer | None:
    """Take the key for a call. None: it is ours now; else what stands under it. Answers from before ``since`` are gone."""
    await conn.execute("DELETE FROM kept_answer WHERE made_at < %s", (since,))
    cursor = await conn.execute(
        """
        INSERT INTO kept_answer (account, key, call_digest, made_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        (account, key, call_digest, at),
    )
    if cursor.rowcount == 1:
        return None
    query = "SELECT call_digest, status, body FROM kept_answer WHERE account = %s AND key = %s"
    row = await (await conn.execute(query, (account, key))).fetchone()
    return KeptAnswer(**row) if row else None


async def keep(conn: Connection, account: str, key: str, *, status: int, body: str) -> None:
    """The call was answered."""
    await conn.execute(
        "UPDATE kept_answer SET status = %s, body = %s WHERE account = %s AND key = %s",
        (status, body, account, key),
    )


async def forget(conn: Connection, account: str, key: str) -> None:
    """The call changed nothing: the key is free again."""
    await conn.execute("DELETE FROM kept_answer WHERE account = %s AND key = %s", (account, key))
