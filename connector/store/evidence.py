"""The whole log as an auditor reads it: one snapshot, streamed in constant memory, without the daemon's machinery."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import merge
from typing import Any

import psycopg
from psycopg.rows import dict_row

from connector.ledger.chain import GENESIS, Head
from connector.ledger.entry import Entry
from connector.ledger.note import PublicKey
from connector.store.checkpoints import Stored
from connector.store.schema import SCHEMA
from connector.store.tiles import STEP

BATCH = 5000
LEVELS = range(STEP, 63, STEP)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A stored subtree; ``leaves`` only at the lowest level."""

    level: int
    number: int
    hash: bytes
    leaves: bytes | None

    @property
    def end(self) -> int:
        """Number of its last entry."""
        return (self.number + 1) << self.level


class Reader:
    """Reads one snapshot."""

    def __init__(self, conn: psycopg.Connection[dict[str, Any]]) -> None:
        self._conn = conn

    def entries(self) -> Iterator[Entry]:
        """All entries, by number."""
        return (Entry(**row) for row in self._stream("entries", "SELECT * FROM ledger_entry ORDER BY seq"))

    def tiles(self) -> Iterator[Tile]:
        """All tiles in the order in which the growing log completes them."""
        # a stream for each level, along the primary key: sorting all of them would copy every leaf hash
        return merge(*(self._tiles(level) for level in LEVELS), key=lambda tile: (tile.end, tile.level))

    def _tiles(self, level: int) -> Iterator[Tile]:
        query = f"SELECT * FROM ledger_tile WHERE level = {level:d} ORDER BY number"  # noqa: S608  # a number of ours
        return (Tile(**row) for row in self._stream(f"tiles_{level}", query))

    def checkpoints(self) -> Iterator[Stored]:
        """All checkpoints, smallest first."""
        query = "SELECT * FROM ledger_checkpoint ORDER BY size"
        return (Stored(**row) for row in self._stream("checkpoints", query))

    def keys(self) -> list[PublicKey]:
        """All keys that ever counted, oldest first."""
        rows = self._conn.execute(
            "SELECT name, public, valid_from, valid_until FROM ledger_key ORDER BY valid_from, label"
        )
        return [PublicKey(**row) for row in rows]

    def head(self) -> Head:
        """The end of the chain as its own row states it: a cut-off tail shows against it."""
        row = self._conn.execute("SELECT seq, hash FROM ledger_head").fetchone()
        return Head(seq=row["seq"], hash=row["hash"]) if row else GENESIS

    def _stream(self, name: str, query: str) -> Iterator[dict[str, Any]]:
        with self._conn.cursor(name=f"evidence_{name}") as cursor:
            cursor.itersize = BATCH if name == "entries" else BATCH >> STEP
            cursor.execute(query.encode())
            yield from cursor


@contextmanager
def opened(url: str) -> Iterator[Reader]:
    """A connection of its own, in one snapshot, so that a log that grows meanwhile is no contradiction."""
    with psycopg.connect(url, row_factory=dict_row, options=f"-c search_path={SCHEMA}") as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        yield Reader(conn)
