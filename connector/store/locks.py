"""Locks that one process holds, over many transactions or for one, and loses when it dies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connector.store.connection import Connection
from connector.store.database import Database


@asynccontextmanager
async def only_one(db: Database, name: str) -> AsyncIterator[bool]:
    """Whether this process has the lock of that name; it is let go when the block ends."""
    async with db.reading() as conn:
        cursor = await conn.execute("SELECT pg_try_advisory_lock(hashtext(%s)) AS mine", (name,))
        row = await cursor.fetchone()
        mine = bool(row and row["mine"])
        # no transaction stays open meanwhile: it would keep dead rows from being cleared away
        await conn.commit()
        try:
            yield mine
        finally:
            if mine:
                await conn.execute("SELECT pg_advisory_unlock(hashtext(%s))", (name,))


async def try_for_transaction(conn: Connection, name: str) -> bool:
    """Take the lock of that name until the transaction ends, unless another one holds it."""
    cursor = await conn.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s)) AS mine", (name,))
    row = await cursor.fetchone()
    return bool(row and row["mine"])
