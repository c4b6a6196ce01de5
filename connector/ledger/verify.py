"""Checks a chain from start to end in one pass with constant memory, and names the first entry that is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from connector.errors import LedgerBroken
from connector.ledger.chain import Head, entry_hash, head_of
from connector.ledger.entry import Entry


class Why(StrEnum):
    """What is wrong with the named entry."""

    CHANGED = "changed"  # its fields do not give its hash
    MISSING = "missing"  # it is not there; the entries around it are
    REORDERED = "reordered"  # another entry stands in its place, and it or a neighbour comes later or twice
    WRONG_PREV = (
        "wrong_prev"  # whole in itself, but does not follow its predecessor: one of them was replaced
    )


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first wrong place. ``expected`` and ``found`` are numbers or hashes, as ``why`` has it."""

    seq: int
    why: Why
    expected: str
    found: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """Outcome of a verification.

    Attributes:
        checked: entries found right, before the first wrong one.
        head: the end of the part that is right; an auditor notes it and starts there next time.
        broken: the first wrong place, None if all is right.
    """

    checked: int
    head: Head
    broken: Broken | None = None

    @property
    def ok(self) -> bool:
        """True if nothing wrong was found."""
        return self.broken is None

    def demand(self) -> None:
        """Raise ``LedgerBroken`` if something is wrong."""
        if self.broken:
            msg = f"ledger entry {self.broken.seq} is wrong: {self.broken.why.value}"
            raise LedgerBroken(msg, seq=self.broken.seq, why=self.broken.why.value, checked=self.checked)


class Verifier:
    """The check one entry at a time, for a stream that arrives by itself (a database cursor, a file).

    Args:
        start: ``GENESIS``, or the end of a part that was verified before.
        end: where the chain must reach at least, see :func:`verify`; may also be given to :meth:`report`.
    """

    def __init__(self, start: Head, end: Head | None = None) -> None:
        self._head = start
        self._end = end
        self._checked = 0
        self._broken: Broken | None = None
        self._early: Entry | None = None

    def take(self, entry: Entry) -> bool:
        """Take the next entry as it is kept. False once something is wrong: nothing more needs to be read."""
        if self._broken is None:
            if self._early:
                self._broken = _out_of_turn(self._head.seq + 1, self._early, entry)
            elif entry.seq > self._head.seq + 1:
                # only the entry after it tells a gap from a change of places
                self._early = entry
            else:
                self._broken = _check(entry, self._head) or _differs_from(self._end, entry)
                if self._broken is None:
                    self._head, self._checked = head_of(entry), self._checked + 1
        return self._broken is None

    def report(self, end: Head | None = None) -> Report:
        """What was found, once all entries were taken."""
        end, broken = end or self._end, self._broken
        if broken is None and self._early:
            broken = _out_of_turn(self._head.seq + 1, self._early, None)
        if broken is None and end and self._head.seq < end.seq:
            broken = Broken(
                seq=self._head.seq + 1, why=Why.MISSING, expected=str(end.seq), found=str(self._head.seq)
            )
        if broken is None and end and self._head.seq == end.seq and self._head.hash != end.hash:
            broken = Broken(seq=end.seq, why=Why.CHANGED, expected=end.hash, found=self._head.hash)
        return Report(checked=self._checked, head=self._head, broken=broken)


def verify(entries: Iterable[Entry], start: Head, end: Head | None = None) -> Report:
    """Check that the entries are an unbroken chain from ``start``.

    Args:
        entries: in the order in which they are kept (by number).
        start: ``GENESIS``, or the end of a part that was verified before.
        end: where the chain must reach at least, if known from elsewhere (an earlier report, a printed receipt):
            only with it can a cut-off tail, or a chain rewritten as a whole, be noticed.
    """
    verifier = Verifier(start, end)
    for entry in entries:
        if not verifier.take(entry):
            break
    return verifier.report()


def _out_of_turn(due: int, early: Entry, following: Entry | None) -> Broken:
    why = Why.REORDERED if following is not None and following.seq <= early.seq else Why.MISSING
    return Broken(seq=due, why=why, expected=str(due), found=str(early.seq))


def _check(entry: Entry, head: Head) -> Broken | None:
    due = head.seq + 1
    if entry.seq != due:
        return Broken(seq=due, why=Why.REORDERED, expected=str(due), found=str(entry.seq))
    actual = _hash_or_nothing(entry)
    if actual != entry.hash:
        return Broken(seq=entry.seq, why=Why.CHANGED, expected=entry.hash, found=actual)
    if entry.prev_hash != head.hash:
        return Broken(seq=entry.seq, why=Why.WRONG_PREV, expected=head.hash, found=entry.prev_hash)
    return None


def _differs_from(end: Head | None, entry: Entry) -> Broken | None:
    """A chain that was rewritten as a whole is right in itself; only a hash noted elsewhere shows it."""
    if end is None or entry.seq != end.seq or entry.hash == end.hash:
        return None
    return Broken(seq=entry.seq, why=Why.CHANGED, expected=end.hash, found=entry.hash)


def _hash_or_nothing(entry: Entry) -> str:
    try:
        return entry_hash(entry)
    except (TypeError, ValueError, AttributeError):
        return "no canonical form"
