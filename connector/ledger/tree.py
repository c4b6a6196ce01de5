"""The Merkle tree over the log (RFC 9162 §2.1): roots, proofs, and a frontier that needs constant memory.

Leaf ``i`` (from 0) is entry ``i + 1``; its bytes are what the entry's hash covers. Standard library only, so that a
verifier can take this file as it stands. Proofs are planned as ranges of leaves first (:func:`inclusion_ranges`,
:func:`consistency_ranges`); whoever has the leaves, or perfect subtrees of them, turns each range into its root.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
MAX_LEVEL = 62
"""Highest level of a subtree: no log has more leaves than a signed 64-bit number counts."""

Node = tuple[int, bytes]
"""A perfect subtree: its level (0 is a leaf, level ``l`` holds ``2**l`` leaves) and its hash."""

Range = tuple[int, int]
"""Leaves from (included) and to (not included), counted from 0."""


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of the node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


class Frontier:
    """The right edge of a growing tree: at most one perfect subtree a level, largest first.

    Args:
        nodes: an edge kept from earlier, as :attr:`nodes` gave it.

    Raises:
        ValueError: the nodes are no edge of a tree.
    """

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        self.size = 0
        self._nodes: list[Node] = []
        for level, value in nodes:
            self.append_subtree(level, value)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The perfect subtrees, left to right."""
        return tuple(self._nodes)

    @property
    def root(self) -> bytes:
        """Root of all leaves taken so far."""
        return fold(self._nodes) if self._nodes else EMPTY_ROOT

    def append(self, leaf: bytes) -> None:
        """Take the hash of the next leaf."""
        self.append_subtree(0, leaf)

    def append_subtree(self, level: int, value: bytes) -> None:
        """Take the next ``2**level`` leaves, whose root is ``value``.

        Raises:
            ValueError: such a subtree cannot begin here, or it is no hash.
        """
        if not 0 <= level <= MAX_LEVEL or self.size % (1 << level) or len(value) != HASH_BYTES:
            msg = f"no subtree of level {level} can begin at leaf {self.size}"
            raise ValueError(msg)
        self.size += 1 << level
        self._nodes.append((level, value))
        while len(self._nodes) > 1 and self._nodes[-2][0] == self._nodes[-1][0]:
            (below, left), (_, right) = self._nodes[-2:]
            self._nodes[-2:] = [(below + 1, node_hash(left, right))]

    def copy(self) -> "Frontier":
        """A frontier of its own with the same leaves."""
        other = Frontier()
        other.size, other._nodes = self.size, list(self._nodes)
        return other


def fold(nodes: Sequence[Node]) -> bytes:
    """Root of a range that is cut as the tree cuts it: perfect subtrees left to right, ever smaller.

    Raises:
        ValueError: there are none.
    """
    if not nodes:
        msg = "a range without leaves has no root"
        raise ValueError(msg)
    value = nodes[-1][1]
    for _, left in reversed(nodes[:-1]):
        value = node_hash(left, value)
    return value


def root(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root


def cover(start: int, stop: int) -> list[tuple[int, int]]:
    """The fewest perfect subtrees that make up the leaves ``start`` to ``stop`` (not included), left to right.

    Returns:
        level and first leaf of each; the first leaf is a multiple of ``2**level``.
    """
    parts: list[tuple[int, int]] = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        parts.append((level, start))
        start += 1 << level
    return parts


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose roots prove that leaf ``index`` is in the tree of ``size`` leaves, in order of the proof.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        msg = f"a tree of {size} leaves has no leaf {index}"
        raise ValueError(msg)
    ranges: list[Range] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The ranges whose roots prove that the tree of ``old`` leaves is the beginning of the tree of ``new`` leaves.

    Nothing is needed if both are one, or if the older is empty.

    Raises:
        ValueError: the newer tree is smaller.
    """
    if not 0 <= old <= new:
        msg = f"a tree of {old} leaves is no beginning of one of {new}"
        raise ValueError(msg)
    if old in (0, new):
        return []
    ranges: list[Range] = []
    start, stop = 0, new
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        ranges.append((start, stop))
    return ranges[::-1]


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The proof out of all leaf hashes; for logs that fit into memory. Raises like :func:`inclusion_ranges`."""
    return [root(leaves[start:stop]) for start, stop in inclusion_ranges(index, len(leaves))]


def consistency_proof(old: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The proof out of all leaf hashes; for logs that fit into memory. Raises like :func:`consistency_ranges`."""
    return [root(leaves[start:stop]) for start, stop in consistency_ranges(old, len(leaves))]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes) -> bool:
    """Does the proof show that the leaf hash stands at ``index`` of the tree with that root (RFC 9162 §2.1.3.2)?"""
    if not 0 <= index < size:
        return False
    number, last, value = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            value = node_hash(other, value)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            value = node_hash(value, other)
        number, last = number >> 1, last >> 1
    return last == 0 and value == expected


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Does the proof show that the older tree is the beginning of the newer (RFC 9162 §2.1.4.2)?"""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    older = newer = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            older, newer = node_hash(other, older), node_hash(other, newer)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            newer = node_hash(newer, other)
        number, last = number >> 1, last >> 1
    return last == 0 and older == old_root and newer == new_root


def _split(size: int) -> int:
    """Largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)
