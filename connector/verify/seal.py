"""The head of an export: its checkpoints, by whom they are signed, witnessed and time-stamped."""

import base64
import binascii
from dataclasses import dataclass, field

from connector.ledger.note import (
    Checkpoint,
    Note,
    NoteError,
    instant_text,
    parse_checkpoint,
    parse_note,
    verify_cosignature,
)
from connector.verify.finding import Fact, Finding, Kind, Result, safe
from connector.verify.shapes import Head
from connector.verify.stamp import NoStampLibraryError, StampError, stamped_at
from connector.verify.trust import Keys, Trust, keys_of, signature_fault
from connector.verify.walk import Mark, Source

MOST_FAULTS = 20
"""After so many wrong checkpoints the rest is not looked at: a list of nonsense must not fill the memory."""


@dataclass(kw_only=True)
class Sealed:
    """What the head says, as far as it holds.

    Attributes:
        checkpoint: the file's own; None if it cannot be read.
        marks: where the tree must have which root.
    """

    checkpoint: Checkpoint | None = None
    marks: list[Mark] = field(default_factory=list)


def judge_head(head: Head, trust: Trust, result: Result) -> Sealed:
    """Check the checkpoints of the head. What is wrong becomes a finding; what can be compared becomes a mark."""
    keys = trust.keys or _keys_inside(head, result)
    sealed = Sealed(marks=list(trust.marks))
    read = _read(head.checkpoint, result, line=1)
    if read is None:
        return sealed
    note, checkpoint = read
    sealed.checkpoint = checkpoint
    right = _check_signature(note, checkpoint, keys, trust, result)
    if checkpoint.origin != head.origin:
        result.findings.append(Finding(kind=Kind.OTHER_LOG, line=1, name=safe(head.origin)))
    trusted = right and trust.keys is not None
    sealed.marks.append(Mark(size=checkpoint.size, root=checkpoint.root, source=Source.OWN, trusted=trusted))
    if right:
        sealed.marks.append(
            Mark(size=checkpoint.previous_size, root=checkpoint.previous_root, source=Source.PREVIOUS)
        )
    _witnesses(note, trust, result)
    _stamp(head, note, trust, result)
    _earlier(head, checkpoint, keys, sealed, result)
    return sealed


def _keys_inside(head: Head, result: Result) -> Keys | None:
    """The file's own list of keys: good for consistency, no reason to trust."""
    if head.keys is None:
        return None
    try:
        return keys_of(head.keys)
    except NoteError:
        result.findings.append(Finding(kind=Kind.DAMAGED, line=1, name="keys"))
        return None


def _read(text: str, result: Result, *, line: int) -> tuple[Note, Checkpoint] | None:
    try:
        note = parse_note(text)
        return note, parse_checkpoint(note.text)
    except ValueError:
        result.findings.append(Finding(kind=Kind.CHECKPOINT, line=line))
        return None


def _check_signature(
    note: Note, checkpoint: Checkpoint, keys: Keys | None, trust: Trust, result: Result
) -> bool:
    if keys is None:
        return False
    fault = signature_fault(note, keys, checkpoint)
    signer = safe(note.signatures[0].name)
    if fault:
        name = safe(checkpoint.origin) if fault is Kind.OTHER_LOG else signer
        result.findings.append(Finding(kind=fault, line=1, seq=checkpoint.size or None, name=name))
        return False
    result.tell(
        Fact.SIGNED if trust.keys else Fact.SEALED,
        size=checkpoint.size,
        time=instant_text(checkpoint.time),
        key=signer,
    )
    return True


def _witnesses(note: Note, trust: Trust, result: Result) -> None:
    for witness in trust.witnesses:
        try:
            seen = verify_cosignature(note, witness.name, witness.public)
        except (ValueError, OverflowError, OSError):
            seen = None
        if seen:
            result.tell(Fact.WITNESSED, name=safe(witness.name), time=instant_text(seen))
        else:
            result.findings.append(Finding(kind=Kind.NO_WITNESS, line=1, name=safe(witness.name)))


def _stamp(head: Head, note: Note, trust: Trust, result: Result) -> None:
    if trust.authorities is None:
        if head.timestamp is not None:
            result.tell(Fact.STAMP_IGNORED)
        return
    if head.timestamp is None:
        result.findings.append(Finding(kind=Kind.NO_TIMESTAMP, line=1))
        return
    try:
        token = base64.b64decode(head.timestamp, validate=True)
        seen = stamped_at(token, note.text, trust.authorities)
        result.tell(Fact.STAMPED, time=instant_text(seen))
    except NoStampLibraryError:
        result.findings.append(Finding(kind=Kind.NO_LIBRARY, name="rfc3161-client"))
    except (StampError, binascii.Error, ValueError):
        result.findings.append(Finding(kind=Kind.TIMESTAMP, line=1))


def _earlier(head: Head, newest: Checkpoint, keys: Keys | None, sealed: Sealed, result: Result) -> None:
    for text in head.earlier:
        if len(result.findings) >= MOST_FAULTS:
            return
        read = _read(text, result, line=1)
        if read is None:
            continue
        note, one = read
        fault = signature_fault(note, keys, one) if keys else None
        if fault is None and one.origin != newest.origin:
            fault = Kind.OTHER_LOG
        if fault is None and one.size > newest.size:
            fault = Kind.TWO_HISTORIES
        if fault:
            name = safe(note.signatures[0].name)
            result.findings.append(Finding(kind=fault, line=1, seq=one.size or None, name=name))
        else:
            sealed.marks.append(Mark(size=one.size, root=one.root, source=Source.EARLIER))
