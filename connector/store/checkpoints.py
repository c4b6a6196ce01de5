"""Signed checkpoints: append-only; only what others add to one (time stamp, cosignatures, filing) comes later."""

from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection
from connector.store.leaf import Place

SCOPE = "flow:seal:log"
"""What is held after a refusal to seal, until a person has looked."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('phanhoi seal'))"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A checkpoint as it is kept.

    Attributes:
        note: as it was signed, without what others added.
        head_hash: hash of its last entry, by which the chain goes on.
        timestamp_token: an RFC 3161 response over the note's text.
        cosignatures: signature lines of the witness.
    """

    size: int
    root: bytes
    head_hash: str
    signed_at: datetime
    note: str
    timestamp_token: bytes | None = None
    cosignatures: str | None = None
    filed_at: datetime | None = None

    @property
    def whole_note(self) -> str:
        """The note with the cosignatures."""
        return self.note + (self.cosignatures or "")


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What could not be done (``seal``, ``folder``, ``witness``, ``timestamp``), and since when."""

    outlet: str
    code: str
    since: datetime
    tried_at: datetime


async def lock(conn: Connection) -> None:
    """One node seals, or changes keys, at a time; until the transaction ends."""
    await conn.execute(_LOCK)


async def newest(conn: Connection) -> Stored | None:
    """The last checkpoint."""
    row = await (await conn.execute("SELECT * FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")).fetchone()
    return Stored(**row) if row else None


async def listed(conn: Connection, *, after: int = 0, most: int | None = None) -> list[Stored]:
    """Checkpoints of more than ``after`` entries, smallest first; with ``most`` the newest ones."""
    cursor = await conn.execute(
        "SELECT * FROM ledger_checkpoint WHERE size > %s ORDER BY size DESC LIMIT %s", (after, most)
    )
    return [Stored(**row) for row in reversed(await cursor.fetchall())]


async def around(conn: Connection, at: Place[int]) -> list[Stored]:
    """A leaf of the list of checkpoints, newest first; a place in it is a size."""
    where, order = at.sql("size", falling=True)
    query = f"SELECT * FROM ledger_checkpoint WHERE {where} ORDER BY {order} LIMIT %(most)s"  # noqa: S608  # constants
    return [Stored(**row) for row in await (await conn.execute(query.encode(), at.values)).fetchall()]


async def add(conn: Connection, one: Stored) -> None:
    """Keep a new checkpoint."""
    await conn.execute(
        "INSERT INTO ledger_checkpoint (size, root, head_hash, signed_at, note) VALUES (%s, %s, %s, %s, %s)",
        (one.size, one.root, one.head_hash, one.signed_at, one.note),
    )


async def unsealed(conn: Connection) -> int:
    """Number of entries after the last checkpoint."""
    row = await (
        await conn.execute(
            "SELECT (SELECT seq FROM ledger_head) - coalesce((SELECT max(size) FROM ledger_checkpoint), 0) AS n"
        )
    ).fetchone()
    return int(row["n"] or 0) if row else 0


async def unfiled(conn: Connection) -> list[Stored]:
    """Checkpoints that do not lie in the write-once folder yet, smallest first."""
    cursor = await conn.execute(
        "SELECT * FROM ledger_checkpoint WHERE filed_at IS NULL ORDER BY size LIMIT 1000"
    )
    return [Stored(**row) for row in await cursor.fetchall()]


async def filed(conn: Connection, size: int, at: datetime) -> None:
    """It lies in the folder."""
    await conn.execute("UPDATE ledger_checkpoint SET filed_at = %s WHERE size = %s", (at, size))


async def stamped(conn: Connection, size: int, token: bytes) -> None:
    """A time-stamping authority has stamped it."""
    await conn.execute("UPDATE ledger_checkpoint SET timestamp_token = %s WHERE size = %s", (token, size))


async def last_stamp(conn: Connection) -> datetime | None:
    """When the last checkpoint was signed that has a time stamp."""
    query = "SELECT max(signed_at) AS at FROM ledger_checkpoint WHERE timestamp_token IS NOT NULL"
    row = await (await conn.execute(query)).fetchone()
    return row["at"] if row else None


async def witnessed(conn: Connection, size: int, lines: str) -> None:
    """A witness has seen it."""
    await conn.execute("UPDATE ledger_checkpoint SET cosignatures = %s WHERE size = %s", (lines, size))


async def last_witnessed(conn: Connection) -> int:
    """Size of the last checkpoint that the witness has seen; 0: none."""
    query = "SELECT coalesce(max(size), 0) AS size FROM ledger_checkpoint WHERE cosignatures IS NOT NULL"
    row = await (await conn.execute(query)).fetchone()
    return int(row["size"]) if row else 0


async def troubles(conn: Connection) -> list[Trouble]:
    """Outlets that do not take checkpoints now."""
    cursor = await conn.execute("SELECT * FROM ledger_outlet ORDER BY outlet")
    return [Trouble(**row) for row in await cursor.fetchall()]


async def went(conn: Connection, outlet: str, code: str | None, at: datetime) -> None:
    """How the last attempt at an outlet ended; None: well."""
    if code is None:
        await conn.execute("DELETE FROM ledger_outlet WHERE outlet = %s", (outlet,))
        return
    await conn.execute(
        """
        INSERT INTO ledger_outlet (outlet, code, since, tried_at) VALUES (%(o)s, %(c)s, %(at)s, %(at)s)
        ON CONFLICT (outlet) DO UPDATE SET code = excluded.code, tried_at = excluded.tried_at
        """,
        {"o": outlet, "c": code, "at": at},
    )
