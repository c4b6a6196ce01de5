"""Sessions of the console: one row for each browser that signed in. Only the hash of its cookie is kept."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from connector.store import accounts
from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """One session.

    Attributes:
        stage: ``full``, or what is still missing: a one-time ``code``, or setting codes up (``enrol``).
        sso: it began at the provider of single sign-on.
    """

    id: int
    account: str
    stage: str
    csrf: str
    address: str
    sso: bool
    created_at: datetime
    seen_at: datetime


_COLUMNS = "id, account, stage, csrf, address, sso, created_at, seen_at"


async def add(
    conn: Connection,
    *,
    token_hash: bytes,
    account: str,
    stage: str,
    csrf: str,
    address: str,
    sso: bool,
    at: datetime,
    sid: str | None = None,
    instead_of: int | None = None,
) -> int:
    """A new session. Returns its number. ``sid``: the provider's name for it; it goes on from one to the next."""
    row = await (
        await conn.execute(
            """
            INSERT INTO console_session (token_hash, account, stage, csrf, address, sso, created_at, seen_at, sso_sid)
            VALUES (%(hash)s, %(account)s, %(stage)s, %(csrf)s, %(address)s, %(sso)s, %(at)s, %(at)s,
                coalesce(%(sid)s, (SELECT sso_sid FROM console_session WHERE id = %(instead_of)s))) RETURNING id
            """,
            {
                "hash": token_hash,
                "account": account,
                "stage": stage,
                "csrf": csrf,
                "address": address,
                "sso": sso,
                "at": at,
                "sid": sid,
                "instead_of": instead_of,
            },
        )
    ).fetchone()
    assert row is not None
    return int(row["id"])


async def by_token(
    conn: Connection, token_hash: bytes, *, seen_after: datetime, begun_after: datetime
) -> SessionRow | None:
    """The session of a cookie, if it has not ended and neither time-out has passed."""
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM console_session
        WHERE token_hash = %s AND ended_at IS NULL AND seen_at > %s AND created_at > %s
        """.encode(),  # noqa: S608  # a constant
        (token_hash, seen_after, begun_after),
    )
    row = await cursor.fetchone()
    return SessionRow(**row) if row else None


async def seen(conn: Connection, session_id: int, at: datetime) -> None:
    """It is in use."""
    await conn.execute("UPDATE console_session SET seen_at = %s WHERE id = %s", (at, session_id))


async def open_ones(
    conn: Connection, *, account: str | None, seen_after: datetime, begun_after: datetime
) -> list[SessionRow]:
    """Sessions in which somebody is signed in, newest first; of one account, if named."""
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM console_session
        WHERE ended_at IS NULL AND stage = 'full' AND seen_at > %(seen)s AND created_at > %(begun)s
          AND (%(account)s::text IS NULL OR account = %(account)s)
        ORDER BY id DESC LIMIT 500
        """.encode(),  # noqa: S608  # a constant
        {"account": account, "seen": seen_after, "begun": begun_after},
    )
    return [SessionRow(**row) for row in await cursor.fetchall()]


async def end(
    conn: Connection,
    *,
    by: str,
    at: datetime,
    session_id: int | None = None,
    account: str | None = None,
    but: int | None = None,
) -> int:
    """End one session (``session_id``; of ``account`` only, if named too), or all of an account ``but`` one.

    Returns how many ended.
    """
    cursor = await conn.execute(
        """
        UPDATE console_session SET ended_at = %(at)s, ended_by = %(by)s, sealed_new_totp = NULL
        WHERE ended_at IS NULL AND (%(id)s::bigint IS NULL OR id = %(id)s)
          AND (%(account)s::text IS NULL OR account = %(account)s) AND id IS DISTINCT FROM %(but)s::bigint
          AND (%(id)s::bigint IS NOT NULL OR %(account)s::text IS NOT NULL)
        """,
        {"at": at, "by": by, "id": session_id, "account": account, "but": but},
    )
    return cursor.rowcount


async def end_at_provider(
    conn: Connection, *, account: str | None, sid: str | None, by: str, at: datetime
) -> dict[str, int]:
    """End what began at the provider: of a session of theirs, of a person, or of both. Returns account → how many.

    A session of the account of which the provider told no name may be the one that is meant, so it ends, too.
    """
    cursor = await conn.execute(
        """
        UPDATE console_session SET ended_at = %(at)s, ended_by = %(by)s, sealed_new_totp = NULL
        WHERE ended_at IS NULL AND sso AND (%(account)s::text IS NULL OR account = %(account)s)
          AND (%(sid)s::text IS NULL OR sso_sid = %(sid)s OR (sso_sid IS NULL AND account = %(account)s))
          AND (%(account)s::text IS NOT NULL OR %(sid)s::text IS NOT NULL)
        RETURNING account
        """,
        {"account": account, "sid": sid, "by": by, "at": at},
    )
    return dict(Counter(row["account"] for row in await cursor.fetchall()))


async def sweep(conn: Connection, *, seen_before: datetime) -> None:
    """Rows of sessions that have long been over say nothing that the ledger does not."""
    await conn.execute("DELETE FROM console_session WHERE seen_at < %s", (seen_before,))


async def keep_new_secret(conn: Connection, session: SessionRow, secret: str) -> None:
    """The secret that is being set up in this session, until a first code proves it."""
    sealed = await accounts.sealed_secret(conn, session.account, secret)
    await conn.execute("UPDATE console_session SET sealed_new_totp = %s WHERE id = %s", (sealed, session.id))


async def new_secret(conn: Connection, session: SessionRow) -> str | None:
    """That secret, if one was shown."""
    cursor = await conn.execute("SELECT sealed_new_totp FROM console_session WHERE id = %s", (session.id,))
    row = await cursor.fetchone()
    return await accounts.opened_secret(conn, session.account, row["sealed_new_totp"]) if row else None
