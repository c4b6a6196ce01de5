"""The log, leaf by leaf, for the console."""

from connector.ledger.entry import Entry
from connector.store.connection import Connection
from connector.store.leaf import Place


async def entries(conn: Connection, at: Place[int], *, case_id: int | None, kind: str | None) -> list[Entry]:
    """Entries, newest first; only those of a case or of a kind, if named."""
    where, order = at.sql("seq", falling=True)
    if case_id is not None:
        where += " AND case_id = %(case_id)s"
    if kind is not None:
        where += " AND kind = %(kind)s"
    cursor = await conn.execute(
        f"SELECT * FROM ledger_entry WHERE {where} ORDER BY {order} LIMIT %(most)s".encode(),  # noqa: S608  # constants
        {"case_id": case_id, "kind": kind, **at.values},
        prepare=False,  # planned for these values, see work_list
    )
    return [Entry(**row) for row in await cursor.fetchall()]
