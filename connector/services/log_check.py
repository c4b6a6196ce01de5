"""Check the whole log against everything that was ever signed: chain, tree, tiles, checkpoints, folder, a given note.

One pass with constant memory: entries, tiles and checkpoints come in the order of the entries. What each finding means
for an official stands in ``docs/evidence-log.md``.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import merge
from pathlib import Path

from connector.errors import LedgerBroken
from connector.ledger import tree
from connector.ledger.chain import GENESIS, Head, entry_bytes
from connector.ledger.entry import Entry
from connector.ledger.note import (
    Checkpoint,
    Note,
    NoteError,
    PublicKey,
    parse_checkpoint,
    parse_note,
    verify_note,
)
from connector.ledger.restored import Restoration, declared
from connector.ledger.tree import Frontier
from connector.ledger.verify import Report, Verifier
from connector.services import log_folder
from connector.services.log_claims import FOLDER, Claim, keys_of, of_files, of_folder
from connector.store import evidence
from connector.store.checkpoints import Stored
from connector.store.evidence import Tile
from connector.store.tiles import SPAN, STEP

MOST_FINDINGS = 20
"""So many are named; where a history was rewritten, every later checkpoint is wrong too."""


DATABASE = "database"


class What(StrEnum):
    """What is wrong beyond a single entry."""

    ROLLED_BACK = "rolled_back"  # entries were signed that are not there (any more)
    REWRITTEN = "rewritten"  # the entries are whole in themselves, but others than those that were signed
    RE_SIGNED = "re_signed"  # a checkpoint that no key of the log signed at a time at which it counted
    NOTE_CHANGED = (
        "note_changed"  # the database keeps another checkpoint of that size than the folder, or than it says
    )
    NOTE_MISSING = "note_missing"  # the folder, or a checkpoint, knows one that the database has lost
    TILE_CHANGED = "tile_changed"  # a stored subtree is not that of its entries: proofs from it would fail
    KEYS_CHANGED = "keys_changed"  # the published keys are not those of the folder
    NOTE_UNREADABLE = "note_unreadable"  # a file that is no checkpoint of this log


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One of them. ``size``: of the checkpoint, or up to which entry; ``source``: database, folder, or the file's name."""

    what: What
    size: int
    source: str


@dataclass(kw_only=True)
class Checked:
    """The outcome.

    Attributes:
        report: of the chain.
        root: root of the tree over what was read, 64 hex digits.
        notes: checkpoints of the database that were found right.
        copies: checkpoints of the folder and given ones that were found right.
        lost: checkpoints that a restore, declared in the log, left without their entries.
        signed: entries that the last right checkpoint covers.
        findings: first of all that is wrong with what was signed.
    """

    report: Report
    root: str
    notes: int = 0
    copies: int = 0
    lost: int = 0
    signed: int = 0
    restored: tuple[Restoration, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return self.report.ok and not self.findings

    def demand(self) -> None:
        """Raise ``LedgerBroken`` if something is wrong; the first wrong entry is named before anything else."""
        self.report.demand()
        for one in self.findings:
            msg = f"checkpoint of {one.size} entries ({one.source}): {one.what.value}"
            raise LedgerBroken(msg, size=one.size, why=one.what.value, source=one.source)


Mark = tuple[int, int, Tile | Stored | Claim]


def check(
    url: str,
    *,
    folder: Path | None = None,
    files: Sequence[Path] = (),
    keys_file: Path | None = None,
    upto: tuple[int, int] | None = None,
    each: Callable[[], None] = lambda: None,
) -> Checked:
    """Check everything.

    Args:
        folder: the write-once folder.
        files: checkpoints from elsewhere: an auditor's copy.
        keys_file: published keys from elsewhere; without it those of the database are believed.
        upto: branch and size of the last checkpoint of a backup: what the folder holds beyond them came later.
        each: called for each entry, for a progress bar.

    Raises:
        UserError: a given file cannot be read.
    """
    claims = sorted((*of_folder(folder, upto), *of_files(files)), key=lambda one: one.size)
    with evidence.opened(url) as read:
        keys = keys_of(keys_file) if keys_file else read.keys()
        marks = _in_order(read.tiles(), read.checkpoints(), claims)
        walk = _Walk(keys, marks, folder)
        checked = walk.along(read.entries(), read.head(), each)
    checked.findings += _other_keys(folder, keys, walk.branch)
    del checked.findings[MOST_FINDINGS:]
    return checked


def _in_order(tiles: Iterable[Tile], stored: Iterable[Stored], claims: Iterable[Claim]) -> Iterator[Mark]:
    """Everything that is said of the tree, by the entry after which it is said; what the database says comes first."""
    return merge(
        ((one.end, 0, one) for one in tiles),
        ((one.size, 1, one) for one in stored),
        ((one.size, 2, one) for one in claims),
        key=lambda mark: mark[:2],
    )


class _Walk:
    """One walk along the entries, which meets every mark where it belongs."""

    def __init__(self, keys: Sequence[PublicKey], marks: Iterator[Mark], folder: Path | None) -> None:
        self._keys = keys
        self._folder = folder
        self._restored: list[Restoration] = []
        self._marks = marks
        self._frontier = Frontier()
        self._blocks: list[list[bytes]] = [[]]
        self._complete: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._before: tuple[int, bytes] = (0, tree.EMPTY_ROOT)
        self._last: Stored | None = None
        self._findings: list[Finding] = []
        self._notes = self._copies = self._lost_ones = self._signed = 0

    @property
    def branch(self) -> int:
        """The branch in which the log stands."""
        return max((one.branch for one in self._restored), default=0)

    def along(self, entries: Iterable[Entry], end: Head, each: Callable[[], None]) -> Checked:
        verifier, mark = Verifier(GENESIS), next(self._marks, None)
        for entry in entries:
            each()
            if not verifier.take(entry):
                break
            if entry.seq == self._frontier.size + 1:
                self._grow(entry)
                while mark is not None and mark[0] <= entry.seq:
                    self._meet(mark[2], entry)
                    mark = next(self._marks, None)
        report = verifier.report(end)
        while report.ok and mark is not None:
            self._lost(mark[2])
            mark = next(self._marks, None)
        return Checked(
            report=report,
            root=self._frontier.root.hex(),
            notes=self._notes,
            copies=self._copies,
            lost=self._lost_ones,
            restored=tuple(self._restored),
            signed=self._signed,
            findings=self._findings,
        )

    def _grow(self, entry: Entry) -> None:
        value = tree.leaf_hash(entry_bytes(entry))
        self._frontier.append(value)
        told = declared(entry.kind, entry.data)
        if told is not None and told.at_size == entry.seq - 1:
            self._restored.append(told)
        self._complete.clear()
        for level, block in enumerate(self._blocks):
            block.append(value)
            if len(block) < SPAN:
                return
            value = tree.root(block)
            step = (level + 1) * STEP
            self._complete[step, (self._frontier.size >> step) - 1] = value, b"".join(block)
            block.clear()
        self._blocks.append([value])

    def _meet(self, mark: Tile | Stored | Claim, entry: Entry) -> None:
        match mark:
            case Tile():
                value, leaves = self._complete.get((mark.level, mark.number), (b"", b""))
                if (mark.hash, mark.leaves or leaves) != (value, leaves):
                    self._find(What.TILE_CHANGED, mark.end, DATABASE)
            case Stored():
                self._meet_stored(mark, entry)
            case Claim():
                self._meet_claim(mark)

    def _meet_stored(self, one: Stored, entry: Entry) -> None:
        self._last = one
        if (one.size, one.root, one.head_hash) != (self._frontier.size, self._frontier.root, entry.hash):
            self._find(What.REWRITTEN, one.size, DATABASE)
            return
        told = self._told(Claim(size=one.size, note=one.note, source=DATABASE))
        if told is None:
            return
        self._notes += 1
        if (told.previous_size, told.previous_root) != self._before:
            self._find(What.NOTE_MISSING, told.previous_size, DATABASE)
        self._before = (told.size, told.root)
        self._signed = one.size

    def _meet_claim(self, claim: Claim) -> None:
        if self._is_declared_lost(claim):
            self._lost_ones += 1
            return
        if self._told(claim) is None:
            return
        if self._last is None or self._last.size != claim.size:
            self._find(What.NOTE_MISSING, claim.size, claim.source)
        elif parse_note(self._last.note).text != parse_note(claim.note).text:
            self._find(What.NOTE_CHANGED, claim.size, claim.source)
        else:
            self._copies += 1

    def _is_declared_lost(self, claim: Claim) -> bool:
        """Is it of a branch that a later entry of the log declares lost, and was it signed by a key of the log?"""
        try:
            note = parse_note(claim.note)
            told = parse_checkpoint(note.text)
        except NoteError:
            return False
        if (told.size, told.root) == (claim.size, self._frontier.root) and self._last_is(claim):
            return False  # it was signed before the backup was made, and is here
        lost = any(
            one.branch > claim.branch and one.covers(told.size, told.root) and told.size == claim.size
            for one in self._restored
        )
        return lost and _is_signed(note, self._keys_of(claim))

    def _last_is(self, claim: Claim) -> bool:
        return self._last is not None and self._last.size == claim.size

    def _keys_of(self, claim: Claim) -> Sequence[PublicKey]:
        """The keys of the log; for the folder also those that were filed there and lost with the branch."""
        filed = (
            log_folder.newest_keys(log_folder.of_branch(self._folder, claim.branch))
            if self._folder is not None and claim.source == FOLDER
            else None
        )
        return self._keys if filed is None else [*self._keys, *keys_of(filed)]

    def _told(self, claim: Claim) -> Checkpoint | None:
        """What the note says, if it is of the tree as it stands here and signed as it must be."""
        try:
            note = parse_note(claim.note)
            told = parse_checkpoint(note.text)
        except NoteError:
            self._find(What.NOTE_UNREADABLE, claim.size, claim.source)
            return None
        if told.size != claim.size:
            self._find(What.NOTE_CHANGED, claim.size, claim.source)
        elif told.root != self._frontier.root:
            self._find(What.REWRITTEN, claim.size, claim.source)
        elif not _is_signed(note, self._keys):
            self._find(What.RE_SIGNED, claim.size, claim.source)
        else:
            return told
        return None

    def _lost(self, mark: Tile | Stored | Claim) -> None:
        """Said of entries beyond the last one."""
        match mark:
            case Tile():
                self._find(What.TILE_CHANGED, mark.end, DATABASE)
            case Stored():
                self._find(What.ROLLED_BACK, mark.size, DATABASE)
            case Claim() if self._is_declared_lost(mark):
                self._lost_ones += 1
            case Claim():
                self._find(What.ROLLED_BACK, mark.size, mark.source)

    def _find(self, what: What, size: int, source: str) -> None:
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(Finding(what=what, size=size, source=source))


def _is_signed(note: Note, keys: Sequence[PublicKey]) -> bool:
    try:
        verify_note(note, keys)
    except NoteError:
        return False
    return True


def _other_keys(folder: Path | None, keys: Sequence[PublicKey], branch: int) -> list[Finding]:
    """Keys that were filed once must be among the published ones; only their end may have come since."""
    filed = log_folder.newest_keys(log_folder.of_branch(folder, branch)) if folder is not None else None
    if filed is None:
        return []
    now = {(key.name, key.public, key.valid_from) for key in keys}
    then = {(key.name, key.public, key.valid_from) for key in keys_of(filed)}
    return [] if then <= now else [Finding(what=What.KEYS_CHANGED, size=0, source=FOLDER)]
