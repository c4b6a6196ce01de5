"""Walks through the entries of an export in constant memory: chain, hashes, tree, openings.

The first wrong entry ends the chain's check; the lines after it are only looked through for what became of the
entry that is due. Checkpoints are compared wherever the tree has just their size.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from connector.ledger.commitment import opens
from connector.ledger.restored import Restoration, declared
from connector.ledger.tree import MAX_LEVEL, Frontier, leaf_hash
from connector.verify.finding import Finding, Kind, safe
from connector.verify.lines import BadLine, Line, parse
from connector.verify.shapes import GENESIS, End, Entry, Gap, Summary, body_of, entry_bytes, is_count
from connector.verify.wanted import Wanted

MOST_SHIFT = 1000
"""By how many places an entry may have been renumbered for the verifier to say so."""


class Source(IntEnum):
    """Where a checkpoint comes from, the file's own first."""

    OWN = 0
    EARLIER = 1
    PREVIOUS = 2
    GIVEN = 3
    START = 4


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A size at which the tree must have a root.

    Attributes:
        trusted: the auditor brought it, or a key that the auditor brought signed it.
    """

    size: int
    root: bytes
    source: Source
    trusted: bool = False
    name: str = ""


class Walk:
    """Takes the lines after the first, one by one.

    Args:
        marks: all checkpoints that concern the file.
        size: entries that the file's own checkpoint covers, if it has one that can be read.
        complete_from: every entry after this one must be in the file; None if it may leave entries out.
    """

    def __init__(
        self, marks: Sequence[Mark], wanted: Wanted, size: int | None, complete_from: int | None
    ) -> None:
        self.findings: list[Finding] = []
        self.passed: list[Mark] = []
        self.unequal: list[Mark] = []
        self.missed: list[Mark] = []
        self.restored: list[Restoration] = []
        self.entries = self.gaps = self.left_out = self.opened = 0
        self.first: int | None = None
        self.last: int | None = None
        self.summary = False
        self.end: End | None = None
        self.tree = Frontier()
        self._marks = sorted(marks, key=lambda mark: (mark.size, mark.source))
        self._next = 0
        self._wanted, self._size, self._complete_from = wanted, size, complete_from
        self._head: object = GENESIS  # None behind a gap: unknown
        self._before: Entry | None = None
        self._doubted: tuple[Entry, int] | None = None
        self._sought: Finding | None = None
        self._compare()

    def proven(self, before: int, sources: Collection[Source] = tuple(Source)) -> int:
        """Entries up to the last checkpoint below that size that was equal, of those sources."""
        return max(
            (one.size for one in self.passed if one.size < before and one.source in sources), default=0
        )

    def declares_lost(self, mark: Mark) -> bool:
        """Does an entry of the file say that what this checkpoint was signed over is lost, since a restore?"""
        return any(one.covers(mark.size, mark.root) for one in self.restored)

    @property
    def broken(self) -> bool:
        """Was something wrong with an entry? The lines after it are not checked any more."""
        return bool(self.findings)

    def take(self, line: Line) -> bool:
        """Take the next line. False if it was the last one of the file: the next would stand after the end."""
        try:
            body = body_of(parse(line))
        except BadLine as bad:
            if not self.broken:
                self._damaged(line, bad)
            return True
        if isinstance(body, End):
            self._settle_doubt(None)
            self.end = body
            return False
        if self.broken:
            self._look(body)
        elif isinstance(body, Entry):
            self._entry(body, line.number)
        elif isinstance(body, Gap):
            self._settle_doubt(None)
            if not self.broken:
                self._gap(body, line.number)
        else:
            self._summary(body, line.number)
        return True

    def close(self) -> None:
        """No more lines. What is missing at the end is found here."""
        self._settle_doubt(None)
        self.missed += self._marks[self._next :]

    # ---- entries ------------------------------------------------------------------------------------------------

    @property
    def due(self) -> int:
        """Number of the entry that comes next."""
        return self.tree.size + 1

    def _entry(self, entry: Entry, line: int) -> None:
        if self._settle_doubt(entry):
            return
        if entry.seq != self.due:
            self._out_of_turn(entry, line)
            return
        if self._size is not None and entry.seq > self._size:
            self._found(Kind.BEYOND, entry.seq, line)
            return
        content = entry_bytes(entry.fields)
        if content is None or hashlib.sha256(content).hexdigest() != entry.hash:
            self._found_changed(entry, line)
        elif self._head is not None and entry.prev_hash != self._head:
            self._doubted = (entry, line)  # the entry after it tells which of the two is false
        else:
            self._check_opened(entry, line)
            if not self.broken:
                self._keep(entry, content)

    def _keep(self, entry: Entry, content: bytes) -> None:
        self.tree.append(leaf_hash(content))
        self.entries += 1
        self.first = self.first or entry.seq
        self.last = entry.seq
        self._head, self._before = entry.hash, entry
        data = entry.fields.get("data")
        told = declared(entry.fields.get("kind"), data) if isinstance(data, Mapping) else None
        if told is not None and told.at_size == entry.seq - 1:
            self.restored.append(told)
        self._compare()

    def _check_opened(self, entry: Entry, line: int) -> None:
        held = entry.fields.get("commitments", {})
        for name, opening in entry.opened.items():
            match opening:
                case [str(salt), value] if name in held and opens(name, (salt, value), str(held[name])):
                    self.opened += 1
                case _:
                    self._found(Kind.OPENING, entry.seq, line, name=safe(name))
                    return
        if not self._wanted.fits(entry.fields):
            self._found(Kind.FILTER, entry.seq, line)

    def _out_of_turn(self, entry: Entry, line: int) -> None:
        before = self._before
        if entry.seq > self.due:
            to = entry.seq - 1 if entry.seq - 1 > self.due else None
            self._found(Kind.MISSING, self.due, line, to=to)
        elif before and entry.seq == before.seq:
            same = entry.fields == before.fields
            self._found(Kind.DUPLICATED if same else Kind.INSERTED, entry.seq, line)
        else:
            self._found(Kind.REORDERED, entry.seq, line)

    def _found_changed(self, entry: Entry, line: int) -> None:
        shift = _renumbered_by(entry)
        if shift > 0:
            self._found(Kind.MISSING, entry.seq, line, to=entry.seq + shift - 1 if shift > 1 else None)
        elif shift < 0:
            self._found(Kind.INSERTED, entry.seq + shift, line)
        else:
            self._found(Kind.CHANGED, entry.seq, line)

    def _settle_doubt(self, following: Entry | None) -> bool:
        """Two neighbours that do not fit: the one after them vouches for the second, or does not."""
        if self._doubted is None:
            return False
        (entry, line), self._doubted = self._doubted, None
        since = self.proven(entry.seq) + 1
        if following is None:
            self._found(Kind.REPLACED, entry.seq - 1, line, to=entry.seq, since=since)
        elif following.seq == entry.seq:
            self._found(Kind.INSERTED, entry.seq, line)
        elif following.prev_hash == entry.hash:
            self._found(Kind.REPLACED, entry.seq - 1, line, since=since)
        else:
            self._found(Kind.REPLACED, entry.seq, line)
        return True

    # ---- the tree -----------------------------------------------------------------------------------------------

    def _gap(self, gap: Gap, line: int) -> None:
        if gap.first != self.due or gap.last < gap.first:
            self._found(Kind.GAP, self.due, line, to=gap.last if gap.last > self.due else None)
            return
        if self._size is not None and gap.last > self._size:
            self._found(Kind.BEYOND, self._size + 1, line)
            return
        if self._complete_from is not None and gap.last > self._complete_from:
            self._found(Kind.INCOMPLETE, max(gap.first, self._complete_from + 1), line, to=gap.last)
            return
        if not self._append_all(gap):
            self._found(Kind.GAP, gap.first, line, to=gap.last)
            return
        self.gaps += 1
        self.left_out += gap.last - gap.first + 1
        self._head = self._before = None
        self._compare()

    def _append_all(self, gap: Gap) -> bool:
        """Take the subtrees of a gap; False if they are not just as many entries as it leaves out."""
        for level, value in gap.nodes:
            if not 0 <= level <= MAX_LEVEL or self.tree.size + (1 << level) > gap.last:
                return False
            try:
                self.tree.append_subtree(level, value)
            except ValueError:
                return False
        return self.tree.size == gap.last

    def _compare(self) -> None:
        """Compare all checkpoints of just this size, once."""
        root: bytes | None = None
        while self._next < len(self._marks) and self._marks[self._next].size <= self.tree.size:
            mark = self._marks[self._next]
            self._next += 1
            if mark.size < self.tree.size:
                self.missed.append(mark)
                continue
            root = root or self.tree.root
            if mark.root == root:
                self.passed.append(mark)
            else:
                self.unequal.append(mark)

    # ---- the rest -----------------------------------------------------------------------------------------------

    def _summary(self, _body: Summary, line: int) -> None:
        if line == 2:
            self.summary = True
        else:
            self._found(Kind.DAMAGED, self.due, line, name="shape")

    def _damaged(self, line: Line, bad: BadLine) -> None:
        if self._settle_doubt(None):
            return
        kind = Kind.DAMAGED if line.whole or bad.fault == "too_long" else Kind.TRUNCATED
        self._found(kind, self.due, line.number, name=bad.fault.value)

    def _look(self, body: Entry | Gap | Summary) -> None:
        """After the first wrong entry: does the one that is due come later?"""
        sought = self._sought
        if sought is None or not isinstance(body, Entry) or body.seq != sought.seq:
            return
        kind = Kind.REORDERED if sought.kind is Kind.MISSING else Kind.INSERTED
        self.findings = [Finding(kind=kind, seq=sought.seq, line=sought.line)]
        self._sought = None

    def _found(
        self,
        kind: Kind,
        seq: int,
        line: int,
        *,
        to: int | None = None,
        since: int | None = None,
        name: str | None = None,
    ) -> None:
        since = since if since is not None and since < seq else None
        one = Finding(kind=kind, seq=seq, to=to, line=line, since=since, name=name)
        self.findings.append(one)
        if kind in (Kind.MISSING, Kind.CHANGED):
            self._sought = one


def _renumbered_by(entry: Entry) -> int:
    """How far the entry's number was moved if that is all that is wrong with it; 0 if it is not that."""
    for seq in _near(entry.seq):
        content = entry_bytes({**entry.fields, "seq": seq})
        if content is None:
            return 0
        if hashlib.sha256(content).hexdigest() == entry.hash:
            return seq - entry.seq
    return 0


def _near(seq: int) -> Iterator[int]:
    for shift in range(1, MOST_SHIFT + 1):
        yield from (one for one in (seq - shift, seq + shift) if is_count(one))
