"""Tokens with which programs use the console's API. Only the hash of each is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class TokenRow:
    """One token. ``scopes`` are rights; what its account's role does not hold now, it does not give."""

    id: int
    account: str
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


_COLUMNS = "id, account, label, scopes, created_at, created_by, expires_at, used_at, revoked_at, revoked_by"


async def add(
    conn: Connection,
    *,
    token_hash: bytes,
    account: str,
    label: str,
    scopes: Sequence[str],
    by: str,
    at: datetime,
    expires_at: datetime,
) -> TokenRow:
    """A new token."""
    cursor = await conn.execute(
        f"""
        INSERT INTO api_token (token_hash, account, label, scopes, created_by, created_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}
        """.encode(),  # noqa: S608  # a constant
        (token_hash, account, label, list(scopes), by, at, expires_at),
    )
    row = await cursor.fetchone()
    assert row is not None
    return _row(row)


async def by_hash(conn: Connection, token_hash: bytes) -> TokenRow | None:
    """The token of that hash, ended or not."""
    query = f"SELECT {_COLUMNS} FROM api_token WHERE token_hash = %s"  # noqa: S608  # a constant
    row = await (await conn.execute(query.encode(), (token_hash,))).fetchone()
    return _row(row) if row else None


async def listed(conn: Connection, account: str | None, *, most: int = 500) -> list[TokenRow]:
    """Tokens, newest first; of one account, if named."""
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM api_token WHERE %(account)s::text IS NULL OR account = %(account)s
        ORDER BY id DESC LIMIT %(most)s
        """.encode(),  # noqa: S608  # a constant
        {"account": account, "most": most},
    )
    return [_row(row) for row in await cursor.fetchall()]


async def used(conn: Connection, token_id: int, at: datetime) -> None:
    """It is in use."""
    await conn.execute("UPDATE api_token SET used_at = %s WHERE id = %s", (at, token_id))


async def revoke(
    conn: Connection, *, by: str, at: datetime, token_id: int | None = None, account: str | None = None
) -> list[TokenRow]:
    """End one token (``token_id``; of ``account`` only, if named too), or all of an account. Returns those that ended."""
    cursor = await conn.execute(
        f"""
        UPDATE api_token SET revoked_at = %(at)s, revoked_by = %(by)s
        WHERE revoked_at IS NULL AND (%(id)s::bigint IS NULL OR id = %(id)s)
          AND (%(account)s::text IS NULL OR account = %(account)s)
          AND (%(id)s::bigint IS NOT NULL OR %(account)s::text IS NOT NULL)
        RETURNING {_COLUMNS}
        """.encode(),  # noqa: S608  # a constant
        {"at": at, "by": by, "id": token_id, "account": account},
    )
    return [_row(row) for row in await cursor.fetchall()]


def _row(row: dict[str, Any]) -> TokenRow:
    return TokenRow(**{**row, "scopes": tuple(row["scopes"])})
