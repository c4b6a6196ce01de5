"""Filters that people keep for themselves, by list. Name and query are sealed for their account: a person may write anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.store import vault
from connector.store.accounts import owner_of_account
from connector.store.connection import Connection
from connector.store.vault import Part


@dataclass(frozen=True, kw_only=True)
class SavedFilter:
    """One filter. ``query``: what is asked of the list."""

    id: int
    name: str
    query: Mapping[str, str]


async def listed(conn: Connection, account: str, of: str) -> tuple[SavedFilter, ...]:
    """The filters that an account keeps of a list, in the order in which they were saved."""
    cursor = await conn.execute(
        "SELECT id, sealed_named FROM saved_filter WHERE account = %s AND list = %s ORDER BY id",
        (account, of),
    )
    rows = await cursor.fetchall()
    if not rows:
        return ()
    owner = owner_of_account(account)
    keys = await vault.ring(conn, [owner])
    opened = [
        (row["id"], keys.open_json(owner, Part.CONTACT, _place(account, of), row["sealed_named"]))
        for row in rows
    ]
    return tuple(SavedFilter(id=number, **told) for number, told in opened if told is not None)


async def add(
    conn: Connection, account: str, of: str, *, name: str, query: Mapping[str, str], at: datetime
) -> int:
    """Keep a filter. Returns its number."""
    owner = owner_of_account(account)
    keys = await vault.sealing(conn, owner)
    told = {"name": name, "query": dict(query)}
    cursor = await conn.execute(
        "INSERT INTO saved_filter (account, list, sealed_named, saved_at) VALUES (%s, %s, %s, %s) RETURNING id",
        (account, of, keys.seal_json(owner, Part.CONTACT, _place(account, of), told), at),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row["id"])


async def remove(conn: Connection, account: str, number: int) -> str | None:
    """Forget a filter of that account. Returns its list; None: the account has none of that number."""
    cursor = await conn.execute(
        "DELETE FROM saved_filter WHERE id = %s AND account = %s RETURNING list", (number, account)
    )
    row = await cursor.fetchone()
    return str(row["list"]) if row else None


def _place(account: str, of: str) -> str:
    return f"saved_filter.named/{account}/{of}"
