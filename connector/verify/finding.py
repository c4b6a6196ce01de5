"""What the verifier finds, and what follows from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Verdict(IntEnum):
    """Outcome, and exit status of the program."""

    RIGHT = 0
    WRONG = 1
    UNCHECKED = 2  # bad usage, unreadable file, something asked for that this file cannot show
    UNANCHORED = 3  # right in itself, but nothing that the auditor brought vouches for it


class Kind(StrEnum):
    """What was found. A kind keeps its name for ever; its meaning stands in :mod:`connector.verify.meanings`."""

    # entries
    CHANGED = "changed"
    REPLACED = "replaced"
    MISSING = "missing"
    REORDERED = "reordered"
    INSERTED = "inserted"
    DUPLICATED = "duplicated"
    OPENING = "opening"
    # the tree
    TREE = "tree"
    GAP = "gap"
    CUT_OFF = "cut_off"
    BEYOND = "beyond"
    # checkpoints
    CHECKPOINT = "checkpoint"
    BAD_SIGNATURE = "bad_signature"
    RE_SIGNED = "re_signed"
    KEY_NOT_VALID = "key_not_valid"
    OTHER_LOG = "other_log"
    ROLLED_BACK = "rolled_back"
    REWRITTEN = "rewritten"
    TWO_HISTORIES = "two_histories"
    CHECKPOINT_GONE = "checkpoint_gone"
    TIMESTAMP = "timestamp"
    # the file
    DAMAGED = "damaged"
    TRUNCATED = "truncated"
    AFTER_END = "after_end"
    DIGEST = "digest"
    COUNTS = "counts"
    FILTER = "filter"
    INCOMPLETE = "incomplete"
    # the manifest
    FILE_GONE = "file_gone"
    FILE_DIFFERS = "file_differs"
    MANIFEST = "manifest"
    # cannot be checked
    UNREADABLE = "unreadable"
    NO_EXPORT = "no_export"
    NO_LIBRARY = "no_library"
    # not anchored
    ONLY_ITSELF = "only_itself"
    ANCHORED_PARTLY = "anchored_partly"
    NO_WITNESS = "no_witness"
    NO_TIMESTAMP = "no_timestamp"


_UNCHECKED = frozenset({Kind.UNREADABLE, Kind.NO_EXPORT, Kind.NO_LIBRARY})
_UNANCHORED = frozenset({Kind.ONLY_ITSELF, Kind.ANCHORED_PARTLY, Kind.NO_WITNESS, Kind.NO_TIMESTAMP})


class Fact(StrEnum):
    """What was seen and is worth telling, without being wrong."""

    SIGNED = "signed"
    SEALED = "sealed"
    EARLIER = "earlier"
    COMPARED = "compared"
    COMPLETE = "complete"
    LEFT_OUT = "left_out"
    OPENED = "opened"
    SUMMARY = "summary"
    FILTERED = "filtered"
    OUTCOME = "outcome"
    NOT_PASSED = "not_passed"
    OLD = "old"
    STAMPED = "stamped"
    STAMP_IGNORED = "stamp_ignored"
    WITNESSED = "witnessed"
    FILE_RIGHT = "file_right"
    RESTORED = "restored"
    LOST_BRANCH = "lost_branch"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong or open.

    Attributes:
        seq, to: the entries concerned: the first, and the last if it is a range.
        line: line of the file.
        since: from where on entries before ``seq`` are unproven as well.
        name: a field, key, file or reason, made safe for a terminal.
    """

    kind: Kind
    seq: int | None = None
    to: int | None = None
    line: int | None = None
    since: int | None = None
    name: str | None = None

    @property
    def verdict(self) -> Verdict:
        """What it means for the whole."""
        if self.kind in _UNCHECKED:
            return Verdict.UNCHECKED
        return Verdict.UNANCHORED if self.kind in _UNANCHORED else Verdict.WRONG


@dataclass(kw_only=True)
class Result:
    """What came out for one file.

    Attributes:
        entries: entries of the file that are right.
        first, last: their first and last number.
        size: entries that the file's checkpoint covers.
        sha256: of the whole file, for the record.
        facts: with the arguments of their texts.
    """

    file: str
    findings: list[Finding] = field(default_factory=list)
    facts: list[tuple[Fact, Mapping[str, object]]] = field(default_factory=list)
    entries: int = 0
    first: int | None = None
    last: int | None = None
    size: int | None = None
    sha256: str | None = None

    def tell(self, fact: Fact, **args: object) -> None:
        """Note a fact."""
        self.facts.append((fact, args))

    @property
    def verdict(self) -> Verdict:
        """The worst of what was found."""
        return worst(one.verdict for one in self.findings)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Wrong beats not checked beats not anchored beats right."""
    found: Sequence[Verdict] = list(verdicts)
    order = (Verdict.WRONG, Verdict.UNCHECKED, Verdict.UNANCHORED)
    return next((one for one in order if one in found), Verdict.RIGHT)


def safe(text: object) -> str:
    """A name out of a file that somebody else wrote: short, and nothing that steers a terminal."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in str(text)[:80])
    return shown + ("…" if len(str(text)) > 80 else "")
