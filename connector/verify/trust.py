"""What the auditor brings from a safe place: keys, checkpoints, where the last audit ended, witnesses, authorities."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connector.ledger.note import (
    COSIGNATURE,
    Checkpoint,
    Note,
    NoteError,
    NoteFault,
    PublicKey,
    parse_checkpoint,
    parse_keys,
    parse_note,
    parse_verifier_key,
    verify_note,
)
from connector.verify.finding import Finding, Kind, Result, safe
from connector.verify.lines import MOST_BYTES, BadLine, parse_object
from connector.verify.shapes import head_of
from connector.verify.walk import Mark, Source

NOT_NOTES = frozenset({".json", ".tsr", ".tst", ".der", ".pem", ".md"})
"""Endings of what may lie beside the checkpoints of a folder."""
LISTS = ("erased-*.txt", "cases-*.txt")
"""What the connector itself files there besides: what a restore must not bring back, and what it must not lose."""

FAULTS = {
    NoteFault.MALFORMED: Kind.CHECKPOINT,
    NoteFault.UNKNOWN_KEY: Kind.RE_SIGNED,
    NoteFault.BAD_SIGNATURE: Kind.BAD_SIGNATURE,
    NoteFault.NOT_VALID_THEN: Kind.KEY_NOT_VALID,
}


class CannotCheckError(Exception):
    """Something that the auditor named cannot be used; nothing is checked then."""

    def __init__(self, kind: Kind, name: object) -> None:
        super().__init__(kind.value)
        self.finding = Finding(kind=kind, name=safe(name))


@dataclass(frozen=True, kw_only=True)
class Keys:
    """A list of keys and the log they belong to."""

    origin: str
    keys: tuple[PublicKey, ...]


@dataclass(frozen=True, kw_only=True)
class Witness:
    """Name and key of a witness."""

    name: str
    public: bytes


@dataclass(kw_only=True)
class Trust:
    """Everything the auditor brings.

    Attributes:
        keys: None if only the file's own list is there.
        marks: given checkpoints; ``start`` is where the last audit ended, one of them.
        authorities: PEM certificates of time-stamping authorities.
        old: files may end before the newest given checkpoint.
        results: what is wrong with the given checkpoints themselves.
    """

    keys: Keys | None = None
    marks: list[Mark] = field(default_factory=list)
    start: Mark | None = None
    witnesses: tuple[Witness, ...] = ()
    authorities: bytes | None = None
    old: bool = False
    results: list[Result] = field(default_factory=list)

    @property
    def newest(self) -> Mark | None:
        """The given checkpoint that covers most."""
        return max(self.marks, key=lambda mark: mark.size, default=None)


def load_keys(path: Path) -> Keys:
    """Read ``log-keys.json``.

    Raises:
        CannotCheckError: it is none.
    """
    try:
        return keys_of(parse_object(contents(path)))
    except (BadLine, NoteError):
        raise CannotCheckError(Kind.UNREADABLE, path.name) from None


def keys_of(document: object) -> Keys:
    """A list of keys out of its decoded form.

    Raises:
        NoteError: malformed.
    """
    try:
        origin, keys = parse_keys(document)
        return Keys(origin=origin, keys=keys)
    except NoteError:
        raise
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
        raise NoteError(NoteFault.MALFORMED, "the list of keys is malformed") from None


def load_witness(text: str) -> Witness:
    """A witness's key as C2SP writes it: ``name+hash+base64``, or a file that holds it.

    Raises:
        CannotCheckError: malformed.
    """
    try:
        path = Path(text)
        key = contents(path).decode("utf-8", "replace").strip() if path.is_file() else text
        name, kind, public = parse_verifier_key(key)
    except (ValueError, OSError):
        raise CannotCheckError(Kind.UNREADABLE, text) from None
    if kind != COSIGNATURE:
        raise CannotCheckError(Kind.UNREADABLE, text)
    return Witness(name=name, public=public)


def load_checkpoints(trust: Trust, paths: Iterable[Path]) -> None:
    """Take checkpoints, and folders of them, into ``trust``; what contradicts itself becomes a result.

    Raises:
        CannotCheckError: a file cannot be read, or a named one holds no checkpoint.
    """
    for path in paths:
        result = Result(file=safe(path))
        if path.is_dir():
            found = list(_from_folder(path, trust, result))
            _check_folder(found, result)
        else:
            found = [load_checkpoint(path, trust, result)]
        trust.marks += [_mark(name, one, Source.GIVEN) for name, one in found]
        if result.findings:
            trust.results.append(result)


def load_start(trust: Trust, path: Path) -> None:
    """Take where the last audit ended: a checkpoint, or the export that was checked then. Raises like above."""
    result = Result(file=safe(path))
    name, one = load_checkpoint(path, trust, result)
    trust.start = _mark(name, one, Source.START)
    trust.marks.append(trust.start)
    if result.findings:
        trust.results.append(result)


def load_checkpoint(path: Path, trust: Trust, result: Result) -> tuple[str, Checkpoint]:
    """The checkpoint of one file: a note, or the first line of an export.

    Raises:
        CannotCheckError: there is none.
    """
    content = contents(path, first_line=True)
    try:
        if content.startswith(b"{"):
            content = head_of(parse_object(content)).checkpoint.encode()
        return path.name, judged(content.decode(), trust.keys, result, safe(path.name))
    except (BadLine, ValueError):
        raise CannotCheckError(Kind.UNREADABLE, path.name) from None


def judged(text: str, keys: Keys | None, result: Result, name: str) -> Checkpoint:
    """A checkpoint whose signature is checked if there are keys; faults of the signature become findings.

    Raises:
        NoteError: it is no checkpoint.
    """
    note = parse_note(text)
    checkpoint = parse_checkpoint(note.text)
    if keys is not None:
        fault = signature_fault(note, keys, checkpoint)
        if fault:
            result.findings.append(Finding(kind=fault, name=name, seq=checkpoint.size or None))
    return checkpoint


def signature_fault(note: Note, keys: Keys, checkpoint: Checkpoint) -> Kind | None:
    """What is wrong with the signature of a checkpoint; None if a key of that log signed it."""
    try:
        verify_note(note, keys.keys)
    except NoteError as error:
        return FAULTS[error.fault]
    return None if checkpoint.origin == keys.origin else Kind.OTHER_LOG


def contents(path: Path, *, first_line: bool = False) -> bytes:
    """A small file, or, if it is one of JSON Lines, its first line.

    Raises:
        CannotCheckError: it cannot be read, or is not small.
    """
    try:
        with path.open("rb") as stream:
            content = stream.readline(MOST_BYTES + 1)
            if not (first_line and content.startswith(b"{")):
                content += stream.read(MOST_BYTES + 1 - len(content))
    except OSError:
        raise CannotCheckError(Kind.UNREADABLE, path.name) from None
    if len(content) > MOST_BYTES:
        raise CannotCheckError(Kind.UNREADABLE, path.name)
    return content


def _from_folder(folder: Path, trust: Trust, result: Result) -> Iterator[tuple[str, Checkpoint]]:
    try:
        files = [one for one in sorted(folder.iterdir()) if one.is_file() and not one.name.startswith(".")]
    except OSError:
        raise CannotCheckError(Kind.UNREADABLE, folder.name) from None
    for path in files:
        if path.suffix not in NOT_NOTES and not any(path.match(name) for name in LISTS):
            try:
                yield load_checkpoint(path, trust, result)
            except CannotCheckError:
                result.findings.append(Finding(kind=Kind.CHECKPOINT, name=safe(path.name)))


def _check_folder(found: list[tuple[str, Checkpoint]], result: Result) -> None:
    """Checkpoints name the one before them: a gap in the folder shows, and so do two histories."""
    roots: dict[int, bytes] = {}
    for name, one in sorted(found, key=lambda pair: (pair[1].size, pair[1].time)):
        before = roots.get(one.previous_size)
        if roots and before is None and one.previous_size:
            result.findings.append(Finding(kind=Kind.CHECKPOINT_GONE, seq=one.previous_size, name=safe(name)))
        elif (before or one.previous_root) != one.previous_root or roots.get(one.size, one.root) != one.root:
            result.findings.append(Finding(kind=Kind.TWO_HISTORIES, seq=one.size or None, name=safe(name)))
        roots.setdefault(one.size, one.root)


def _mark(name: str, one: Checkpoint, source: Source) -> Mark:
    return Mark(size=one.size, root=one.root, source=source, trusted=True, name=safe(name))
