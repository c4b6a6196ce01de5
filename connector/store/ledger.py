"""The ledger's rows. Appending locks the end of the chain, so entries of all nodes have one order."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from connector.ledger.chain import GENESIS, Head, head_of, link
from connector.ledger.entry import Draft, Entry
from connector.ledger.kinds import EntryKind
from connector.store import openings
from connector.store.connection import Connection

_COLUMNS = {
    "seq": "bigint",
    "at": "timestamptz",
    "kind": "text",
    "system": "text",
    "case_id": "bigint",
    "delivery_id": "bigint",
    "actor": "text",
    "data": "jsonb",
    "commitments": "jsonb",
    "prev_hash": "text",
    "hash": "text",
}

_INSERT = f"""
WITH moved AS (
    UPDATE ledger_head SET seq = %(last_seq)s, hash = %(last_hash)s
), opened AS (
    INSERT INTO ledger_opening (seq, part, case_id, sealed)
    SELECT * FROM unnest(%(seqs)s::bigint[], %(parts)s::text[], %(cases)s::bigint[], %(sealed)s::bytea[])
)
INSERT INTO ledger_entry ({", ".join(_COLUMNS)})
SELECT * FROM jsonb_to_recordset(%(entries)s) AS entry ({", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())})
"""  # noqa: S608  # constants


async def append(conn: Connection, drafts: Sequence[Draft], at: datetime, *, commit: bool = False) -> None:
    """Chain the drafts to the end and write them, with their openings; the last thing a transaction does.

    Args:
        conn: a connection in a transaction.
        drafts: in their order.
        at: the instant of recording.
        commit: end the transaction with it. The end of the chain is then held for one round trip, not for two.
    """
    sealed = await openings.seal(conn, drafts)
    entries = link(drafts, await hold_end(conn), at)
    last = head_of(entries[-1])
    rows = Jsonb([_row(entry) for entry in entries])
    values = {"entries": rows, "last_seq": last.seq, "last_hash": last.hash, **openings.rows(entries, sealed)}
    if not commit:
        await conn.execute(_INSERT, values)
        return
    async with conn.pipeline():
        await conn.execute(_INSERT, values)
        await conn.commit()


async def hold_end(conn: Connection) -> Head:
    """The end of the chain, where nobody else appends until the transaction ends."""
    row = await (await conn.execute("SELECT seq, hash FROM ledger_head FOR UPDATE")).fetchone()
    assert row is not None
    return Head(seq=row["seq"], hash=row["hash"])


async def head(conn: Connection) -> Head:
    """The end of the chain."""
    row = await (await conn.execute("SELECT seq, hash FROM ledger_head")).fetchone()
    return Head(seq=row["seq"], hash=row["hash"]) if row else GENESIS


async def entries(
    conn: Connection,
    *,
    after: int = 0,
    until: int = 2**63 - 1,
    case_id: int | None = None,
    newest: int | None = None,
    kind: str | None = None,
) -> AsyncIterator[Entry]:
    """Entries in order; all of them are streamed by a server-side cursor in constant memory.

    Args:
        conn: a connection in a transaction.
        after: only entries with a higher sequence number.
        until: none with a higher one.
        case_id: only one case's.
        newest: only that many, from the end (still in ascending order).
        kind: only entries of that kind.
    """
    where = ["seq > %(after)s", "seq <= %(until)s"]
    if case_id is not None:
        where.append("case_id = %(case_id)s")
    if kind is not None:
        where.append("kind = %(kind)s")
    wanted = f"SELECT * FROM ledger_entry WHERE {' AND '.join(where)} ORDER BY seq"  # noqa: S608  # constants
    values = {"after": after, "until": until, "case_id": case_id, "newest": newest, "kind": kind}
    if newest is not None:
        # few: no cursor on the server is worth its round trips. Planned for these values, see work_list
        query = f"SELECT * FROM ({wanted} DESC LIMIT %(newest)s) AS picked ORDER BY seq"  # noqa: S608  # constants
        for row in await (await conn.execute(query.encode(), values, prepare=False)).fetchall():
            yield Entry(**row)
        return
    async with conn.cursor(name="ledger_entries") as cursor:
        await cursor.execute(wanted.encode(), values)
        async for row in cursor:
            yield Entry(**row)


async def all_of(conn: psycopg.AsyncConnection[dict[str, Any]], kind: EntryKind, *, most: int) -> list[Entry]:
    """The newest entries of a kind, newest first."""
    cursor = await conn.execute(
        # as a literal, so that a partial index on the kind is used
        sql.SQL("SELECT * FROM ledger_entry WHERE kind = {} ORDER BY seq DESC LIMIT {}").format(
            kind.value, most
        )
    )
    return [Entry(**row) for row in await cursor.fetchall()]


async def newest_of(conn: psycopg.AsyncConnection[dict[str, Any]], kind: EntryKind) -> Entry | None:
    """The newest entry of a kind."""
    found = await all_of(conn, kind, most=1)
    return found[0] if found else None


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "kind": str(entry.kind),
        "system": entry.system,
        "case_id": entry.case_id,
        "delivery_id": entry.delivery_id,
        "actor": entry.actor,
        "data": dict(entry.data),
        "commitments": None if entry.commitments is None else dict(entry.commitments),
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }
