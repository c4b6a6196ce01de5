"""Checkpoints: the size and root of the log at an instant, as a signed note (C2SP signed-note, tlog-checkpoint).

The text of a checkpoint is::

    <origin>
    <size>
    <base64 root>
    time <RFC 3339, UTC>
    previous <size> <base64 root>

then an empty line, then one line a signature: ``— <key name> <base64 of key id and signature>``. The last two lines
of the text are extension lines: when it was signed, and which checkpoint it follows, so that a chain of checkpoints
shows a missing one. Keys are Ed25519; witnesses add cosignatures (C2SP tlog-cosignature, v1).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
KEYS_FORMAT: Final = "phanhoi-log-keys/1"

_NAME = re.compile(r"[^\s+]{1,200}")
_LINE = re.compile("— ([^ +\n]+) ([A-Za-z0-9+/]+={0,2})")
_NUMBER = re.compile(r"0|[1-9]\d{0,18}")


class NoteFault(StrEnum):
    """What is wrong with a note."""

    MALFORMED = "malformed"  # no note, no checkpoint, no list of keys
    UNKNOWN_KEY = "unknown_key"  # no signature by a key of the log
    BAD_SIGNATURE = "bad_signature"  # a signature that claims a key of the log, and is not by it
    NOT_VALID_THEN = "not_valid_then"  # by a key of the log, but not at the time the checkpoint names


class NoteError(ValueError):
    """A note that proves nothing; ``fault`` says why, ``key`` names the key if one is known."""

    def __init__(self, fault: NoteFault, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.key = key


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a checkpoint says.

    Attributes:
        origin: name of the log, worldwide its own.
        size: number of entries.
        root: root of the tree over them.
        time: when it was signed; full seconds, UTC.
        previous_size: size of the checkpoint before; 0 (with the root of the empty tree) for the first.
    """

    origin: str
    size: int
    root: bytes
    time: datetime
    previous_size: int
    previous_root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return (
            f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"
            f"time {instant_text(self.time)}\n"
            f"previous {self.previous_size} {_base64(self.previous_root)}\n"
        )


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One signature line: who, the first four bytes of the key's digest, and the signature as its kind has it."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """As it stands in the note."""
        return f"— {self.name} {_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, kw_only=True)
class Note:
    """A text and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)

    def signed_also(self, more: Iterable[Signature]) -> "Note":
        """The same with further signatures."""
        return replace(self, signatures=(*self.signatures, *more))


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """A published key of the log, with the time in which its signatures count.

    Attributes:
        valid_until: None while it is in force; not included.
    """

    name: str
    public: bytes
    valid_from: datetime
    valid_until: datetime | None = None

    @property
    def key_id(self) -> bytes:
        """First four bytes of the digest of name, kind and key."""
        return key_id(self.name, ED25519, self.public)

    def valid_at(self, instant: datetime) -> bool:
        """Do signatures of that instant count?"""
        return self.valid_from <= instant and (self.valid_until is None or instant < self.valid_until)


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A key that signs checkpoints. Its text form never shows the secret."""

    name: str
    secret: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self.secret.public_key().public_bytes_raw()

    def sign(self, text: str) -> Signature:
        """Sign the text of a note."""
        return Signature(
            name=self.name,
            key_id=key_id(self.name, ED25519, self.public),
            value=self.secret.sign(text.encode()),
        )

    def __repr__(self) -> str:
        return f"SigningKey(name={self.name!r})"


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def good_name(name: str) -> bool:
    """May a key, or a log, be called so? No spaces, no plus sign."""
    return _NAME.fullmatch(name) is not None


def parse_note(text: str) -> Note:
    """Read a note.

    Raises:
        NoteError: malformed.
    """
    body, cut, tail = text.rpartition("\n\n")
    if not cut or not body or not tail.endswith("\n"):
        _refuse("a note is a text, an empty line, and signatures")
    return Note(text=body + "\n", signatures=parse_signatures(tail))


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Read signature lines, as a note ends with them and a witness answers with them.

    Raises:
        NoteError: malformed.
    """
    found: list[Signature] = []
    for line in lines.removesuffix("\n").split("\n"):
        match = _LINE.fullmatch(line)
        value = _bytes(match[2]) if match else b""
        if match is None or len(value) < 5:
            _refuse("a signature line is malformed")
        found.append(Signature(name=match[1], key_id=value[:4], value=value[4:]))
    return tuple(found)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint (without its signatures). Further lines would not be ours and are refused.

    Raises:
        NoteError: malformed.
    """
    lines = text.split("\n")
    if len(lines) != 6 or lines[5] or not lines[3].startswith("time "):
        _refuse("a checkpoint has five lines")
    word, _, before = lines[4].partition(" ")
    size, _, root = before.partition(" ")
    if word != "previous" or not good_name(lines[0]):
        _refuse("a checkpoint names its log and the checkpoint before it")
    checkpoint = Checkpoint(
        origin=lines[0],
        size=_number(lines[1]),
        root=_hash(lines[2]),
        time=parse_instant(lines[3].removeprefix("time ")),
        previous_size=_number(size),
        previous_root=_hash(root),
    )
    if checkpoint.text() != text or checkpoint.previous_size > checkpoint.size:
        _refuse("the checkpoint is not written as ours are")
    return checkpoint


def verify_note(note: Note, keys: Iterable[PublicKey]) -> Checkpoint:
    """The checkpoint of a note that a key of the log signed, at a time at which that key counted.

    Raises:
        NoteError: each fault of :class:`NoteFault`.
    """
    checkpoint = parse_checkpoint(note.text)
    known = {(key.name, key.key_id): key for key in keys}
    signed = [(s, known[s.name, s.key_id]) for s in note.signatures if (s.name, s.key_id) in known]
    if not signed:
        raise NoteError(NoteFault.UNKNOWN_KEY, "no key of the log signed this checkpoint")
    for signature, key in signed:
        if not _is_by(key.public, signature.value, note.text.encode()):
            raise NoteError(NoteFault.BAD_SIGNATURE, f"the signature is not by {key.name}", key.name)
    if not any(key.valid_at(checkpoint.time) for _, key in signed):
        name = signed[0][1].name
        raise NoteError(NoteFault.NOT_VALID_THEN, f"{name} did not count at {checkpoint.time}", name)
    return checkpoint


def verify_cosignature(note: Note, name: str, public: bytes) -> datetime | None:
    """When the witness of that key saw the checkpoint; None if it did not sign it."""
    wanted = key_id(name, COSIGNATURE, public)
    for signature in note.signatures:
        if (signature.name, signature.key_id) == (name, wanted) and len(signature.value) == 72:
            seconds = int.from_bytes(signature.value[:8])
            if _is_by(public, signature.value[8:], cosigned_text(note.text, seconds)):
                return datetime.fromtimestamp(seconds, UTC)
    return None


def parse_verifier_key(text: str) -> tuple[str, int, bytes]:
    """Name, kind and key of a verifier key (``name+id+base64``), as a witness publishes its own.

    Raises:
        NoteError: malformed, or the id is of another key.
    """
    name, _, rest = text.partition("+")
    told, _, key = rest.partition("+")
    raw = _bytes(key)
    if not good_name(name) or len(raw) != 33 or told != key_id(name, raw[0], raw[1:]).hex():
        _refuse("the verifier key is malformed, or its id is of another key")
    return name, raw[0], raw[1:]


def verifier_key(name: str, kind: int, public: bytes) -> str:
    """The reverse."""
    return f"{name}+{key_id(name, kind, public).hex()}+{_base64(bytes([kind]) + public)}"


def cosigned_text(text: str, seconds: int) -> bytes:
    """What a witness signs: the note's text and when it saw it (seconds since 1970)."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def keys_document(origin: str, keys: Iterable[PublicKey]) -> dict[str, Any]:
    """The keys as they are published: the content of ``log-keys.json``."""
    return {
        "format": KEYS_FORMAT,
        "origin": origin,
        "keys": [
            {
                "name": key.name,
                "id": key.key_id.hex(),
                "public": _base64(key.public),
                "valid_from": instant_text(key.valid_from),
                "valid_until": instant_text(key.valid_until) if key.valid_until else None,
            }
            for key in keys
        ],
    }


def parse_keys(document: Any) -> tuple[str, tuple[PublicKey, ...]]:
    """Origin and keys of a published list.

    Raises:
        NoteError: malformed, or a key whose id is not its own.
    """
    try:
        if document["format"] != KEYS_FORMAT:
            _refuse("the list of keys has another format")
        pairs = [(item["id"], _public_key(item)) for item in document["keys"]]
        origin = str(document["origin"])
    except (KeyError, TypeError, AttributeError):
        _refuse("the list of keys is malformed")
    if any(key.key_id.hex() != given for given, key in pairs):
        _refuse("a key of the list has another id")
    return origin, tuple(key for _, key in pairs)


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC, full seconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> datetime:
    """The reverse.

    Raises:
        NoteError: malformed.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (ValueError, TypeError):
        _refuse("a time is malformed")


def _public_key(item: dict[str, Any]) -> PublicKey:
    until = item["valid_until"]
    return PublicKey(
        name=item["name"],
        public=_hash(item["public"]),
        valid_from=parse_instant(item["valid_from"]),
        valid_until=parse_instant(until) if until is not None else None,
    )


def _is_by(public: bytes, signature: bytes, data: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        _refuse("a size is malformed")
    return int(text)


def _hash(text: str) -> bytes:
    value = _bytes(text)
    if len(value) != 32:
        _refuse("a hash has 32 bytes")
    return value


def _bytes(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        _refuse("base64 is malformed")
    if _base64(value) != text:
        _refuse("base64 has one spelling")
    return value


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _refuse(message: str) -> NoReturn:
    raise NoteError(NoteFault.MALFORMED, message) from None
