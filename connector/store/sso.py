"""Sign-ins that are under way at the provider of single sign-on. Nothing secret: the verifier stays in the browser."""

from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """What a sign-in was begun with. ``goal``: the page that somebody wanted."""

    nonce: str
    goal: str


async def add(
    conn: Connection,
    *,
    state: str,
    challenge: str,
    nonce: str,
    goal: str,
    at: datetime,
    since: datetime,
    most: int,
) -> bool:
    """A sign-in begins; those begun before ``since`` are over. False if so many are under way already."""
    await conn.execute("DELETE FROM sso_request WHERE at <= %s", (since,))
    cursor = await conn.execute(
        """
        INSERT INTO sso_request (state, challenge, nonce, goal, at)
        SELECT %s, %s, %s, %s, %s WHERE (SELECT count(*) FROM sso_request) < %s
        """,
        (state, challenge, nonce, goal, at, most),
    )
    return cursor.rowcount == 1


async def take_logout(conn: Connection, *, jti_hash: bytes, until: datetime, at: datetime) -> bool:
    """A logout token is taken. False if it was before; those that are over by now are forgotten."""
    await conn.execute("DELETE FROM sso_logout WHERE until <= %s", (at,))
    cursor = await conn.execute(
        "INSERT INTO sso_logout (jti_hash, until) VALUES (%s, %s) ON CONFLICT DO NOTHING", (jti_hash, until)
    )
    return cursor.rowcount == 1


async def take(conn: Connection, *, state: str, challenge: str, since: datetime) -> UnderWay | None:
    """The sign-in that this browser began, once; None if it did not, or too long ago, or it was taken before."""
    cursor = await conn.execute(
        "DELETE FROM sso_request WHERE state = %s AND challenge = %s AND at > %s RETURNING nonce, goal",
        (state, challenge, since),
    )
    row = await cursor.fetchone()
    return UnderWay(**row) if row else None
