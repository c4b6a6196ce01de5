"""Tiles: perfect subtrees of the log's Merkle tree, kept so that a proof need not read a million entries.

A row of level 8 stands for 256 entries and holds their leaf hashes; rows of level 16, 24 … stand for 256 rows of the
level below. They are written when a range is sealed; what no tile covers yet is hashed from the entries themselves.
"""

from collections import OrderedDict

from connector.errors import LedgerBroken
from connector.ledger import tree
from connector.ledger.chain import entry_bytes
from connector.ledger.entry import Entry
from connector.ledger.tree import HASH_BYTES, Frontier, Node
from connector.store.connection import Connection

STEP = 8
"""Levels from one row's tile to the next."""

SPAN = 1 << STEP
"""Entries of a tile of the lowest level, and tiles of a tile above."""

_KEPT = 8
"""Blocks of leaf hashes that a reader remembers: gaps of an export come in order."""


def leaf_of(entry: Entry) -> bytes:
    """Leaf hash of an entry as it stands in the database.

    Raises:
        LedgerBroken: it has no canonical form, so it is none that was ever written.
    """
    try:
        return tree.leaf_hash(entry_bytes(entry))
    except (TypeError, ValueError, AttributeError):
        msg = f"ledger entry {entry.seq} is wrong: changed"
        raise LedgerBroken(msg, seq=entry.seq, why="changed") from None


class Tiles:
    """Reads subtrees within one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._blocks: OrderedDict[int, list[bytes]] = OrderedDict()

    async def nodes(self, from_seq: int, to_seq: int) -> list[Node]:
        """The fewest perfect subtrees that make up these entries (both included), left to right.

        Raises:
            LedgerBroken: an entry among them is missing, or no entry at all.
        """
        parts = tree.cover(from_seq - 1, to_seq)
        return [(level, await self._node(level, first)) for level, first in parts]

    async def root(self, start: int, stop: int) -> bytes:
        """Root of a range of leaves that a proof asks for (:data:`connector.ledger.tree.Range`). Raises like :meth:`nodes`."""
        return tree.fold(await self.nodes(start + 1, stop))

    async def frontier(self, size: int) -> Frontier:
        """The right edge of the tree of so many entries. Raises like :meth:`nodes`."""
        return Frontier(await self.nodes(1, size))

    async def inclusion(self, seq: int, size: int) -> list[bytes]:
        """Proof that an entry is in the tree of that size. Raises like :meth:`nodes`."""
        return [await self.root(*part) for part in tree.inclusion_ranges(seq - 1, size)]

    async def consistency(self, old: int, new: int) -> list[bytes]:
        """Proof that the tree of ``old`` entries is the beginning of that of ``new``. Raises like :meth:`nodes`."""
        return [await self.root(*part) for part in tree.consistency_ranges(old, new)]

    async def _node(self, level: int, first: int) -> bytes:
        if level < STEP:
            return tree.root(await self._leaves(first, 1 << level))
        below = level - level % STEP
        number, count = first >> below, 1 << (level - below)
        cursor = await self._conn.execute(
            "SELECT hash FROM ledger_tile WHERE level = %s AND number >= %s AND number < %s ORDER BY number",
            (below, number, number + count),
        )
        hashes = [bytes(row["hash"]) for row in await cursor.fetchall()]
        if len(hashes) == count:
            return tree.root(hashes)
        half = 1 << (level - 1)
        return tree.node_hash(await self._node(level - 1, first), await self._node(level - 1, first + half))

    async def _leaves(self, first: int, count: int) -> list[bytes]:
        number, offset = first >> STEP, first % SPAN
        known = self._blocks.get(number, [])
        if len(known) < offset + count:
            known = await self._block(number)
            self._blocks[number] = known
            if len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)
        if len(known) < offset + count:
            missing = number * SPAN + len(known) + 1
            msg = f"ledger entry {missing} is wrong: missing"
            raise LedgerBroken(msg, seq=missing, why="missing")
        return known[offset : offset + count]

    async def _block(self, number: int) -> list[bytes]:
        """Leaf hashes of a block: of its tile, or of the entries that stand there without a gap."""
        query = "SELECT leaves FROM ledger_tile WHERE level = %s AND number = %s"
        row = await (await self._conn.execute(query, (STEP, number))).fetchone()
        if row is not None:
            leaves = bytes(row["leaves"])
            return [leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES)]
        first = number * SPAN + 1
        cursor = await self._conn.execute(
            "SELECT * FROM ledger_entry WHERE seq >= %s AND seq < %s ORDER BY seq", (first, first + SPAN)
        )
        found: list[bytes] = []
        for one in await cursor.fetchall():
            if one["seq"] != first + len(found):
                break
            found.append(leaf_of(Entry(**one)))
        return found


class Paver:
    """Writes the tiles that a growing range completes. Begins at a block's first entry."""

    def __init__(self, conn: Connection, size: int) -> None:
        assert size % SPAN == 0
        self._conn = conn
        self._size = size
        self._leaves: list[bytes] = []

    async def add(self, leaf: bytes) -> None:
        """Take the next leaf."""
        self._size += 1
        self._leaves.append(leaf)
        if len(self._leaves) == SPAN:
            number = self._size // SPAN - 1
            await self._put(STEP, number, tree.root(self._leaves), b"".join(self._leaves))
            self._leaves.clear()
            level = 2 * STEP
            while self._size % (1 << level) == 0:
                await self._put(level, (self._size >> level) - 1, await self._above(level), None)
                level += STEP

    async def _put(self, level: int, number: int, value: bytes, leaves: bytes | None) -> None:
        await self._conn.execute(
            "INSERT INTO ledger_tile (level, number, hash, leaves) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (level, number, value, leaves),
        )

    async def _above(self, level: int) -> bytes:
        first = ((self._size >> level) - 1) * SPAN
        cursor = await self._conn.execute(
            "SELECT hash FROM ledger_tile WHERE level = %s AND number >= %s AND number < %s ORDER BY number",
            (level - STEP, first, first + SPAN),
        )
        return tree.root([bytes(row["hash"]) for row in await cursor.fetchall()])
