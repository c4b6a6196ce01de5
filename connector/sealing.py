"""Envelope encryption of what is secret at rest: a key for each case, wrapped by a master key. Pure: no I/O.

A *master key* lies outside the database (file or environment). A *case key* is 32 random bytes, stored only wrapped.
What is sealed with a case key can be read as long as that key exists; destroying it erases everything sealed with it,
in the database and in every copy of it (rules §5.1). Rotation wraps the case keys anew and leaves the data alone.

AES-256-GCM throughout. Each sealed value is bound to its place (table, column, owner), so that a value moved to
another row does not open. Form: one byte of version, 12 bytes of nonce, ciphertext with its 16-byte tag.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connector.errors import MasterKeyError, SealBroken

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


@dataclass(frozen=True, kw_only=True)
class Wrapped:
    """A case key as it is stored: which master key wraps it, and the wrapped bytes."""

    master: str
    blob: bytes


@dataclass(frozen=True)
class CaseKey:
    """An unwrapped key of one case. Never stored, never logged."""

    secret: bytes = field(repr=False)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt bytes for one place, such as ``link.state/42``."""
        return _seal(self.secret, plain, place)

    def open(self, sealed: bytes, place: str) -> bytes:
        """The bytes that were sealed for that place.

        Raises:
            SealBroken: another key, another place, or changed bytes.
        """
        return _open(self.secret, sealed, place)


class MasterKeys:
    """The master keys in use, by id. The first one wraps; the others only open what they wrapped before a rotation."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES or not name.strip() for name, key in keys.items()):
            msg = f"a master key needs a name and {KEY_BYTES} bytes"
            raise MasterKeyError(msg)
        self._keys = dict(keys)
        self.current = next(iter(self._keys))

    def __repr__(self) -> str:
        """Names only."""
        return f"MasterKeys({', '.join(self._keys)})"

    @classmethod
    def parse(cls, text: str) -> "MasterKeys":
        """Read lines ``name:base64``; the first line is the current key, ``#`` begins a comment.

        Raises:
            MasterKeyError: no line, a line of another form, a name twice, or a key of the wrong length.
        """
        try:
            return cls(key_lines(text))
        except ValueError as error:
            msg = f"the master keys: {error}"
            raise MasterKeyError(msg) from None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the keys, the current one first."""
        return tuple(self._keys)

    def new_key(self, owner: str) -> tuple[CaseKey, Wrapped]:
        """A fresh case key for an owner, and its stored form."""
        key = CaseKey(os.urandom(KEY_BYTES))
        return key, self.wrap(key, owner)

    def wrap(self, key: CaseKey, owner: str) -> Wrapped:
        """The stored form under the current master key."""
        return Wrapped(master=self.current, blob=_seal(self._keys[self.current], key.secret, f"key/{owner}"))

    def unwrap(self, wrapped: Wrapped, owner: str) -> CaseKey:
        """The case key of that owner.

        Raises:
            MasterKeyError: the master key that wrapped it is not among these.
            SealBroken: it was wrapped for another owner, or changed.
        """
        master = self._keys.get(wrapped.master)
        if master is None:
            msg = f"the master key {wrapped.master} is not among those given ({', '.join(self._keys)})"
            raise MasterKeyError(msg)
        return CaseKey(_open(master, wrapped.blob, f"key/{owner}"))

    def match_digest(self, purpose: str, value: str) -> bytes:
        """A keyed hash by which equal values are found without storing them. It changes with the oldest master key only.

        The last key of the list is the oldest: rotation puts new keys in front, so matches survive it until that key
        is removed and the digests are made anew.
        """
        oldest = self._keys[self.names[-1]]
        return hmac.new(oldest, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()


def key_lines(text: str) -> dict[str, bytes]:
    """Keys by name out of lines ``name:base64``, in their order; ``#`` begins a comment.

    Raises:
        ValueError: a line of another form, a name twice, or a key of the wrong length; names the line, never its text.
    """
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, _, value = line.partition("#")[0].strip().partition(":")
        if not name and not value:
            continue
        try:
            secret = base64.b64decode(value.strip(), validate=True)
        except binascii.Error:
            secret = b""
        if len(secret) != KEY_BYTES or name in keys:
            msg = f"line {number} is not name:base64 of {KEY_BYTES} bytes, or repeats a name"
            raise ValueError(msg)
        keys[name.strip()] = secret
    return keys


def new_master_line(name: str) -> str:
    """A line for the master-key file: a fresh key under that name."""
    return f"{name}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def with_new_master(lines: Iterable[str], name: str) -> str:
    """The text of the key file with a fresh key in front: what a rotation writes before it wraps the case keys anew."""
    return "\n".join([new_master_line(name), *(line for line in lines if line.strip())]) + "\n"


def _seal(secret: bytes, plain: bytes, place: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(secret).encrypt(nonce, plain, place.encode())


def _open(secret: bytes, sealed: bytes, place: str) -> bytes:
    sealed = bytes(sealed)
    if sealed[:1] != _VERSION:
        msg = f"{place} is not in a known sealed form"
        raise SealBroken(msg)
    start = 1 + _NONCE_BYTES
    try:
        return AESGCM(secret).decrypt(sealed[1:start], sealed[start:], place.encode())
    except InvalidTag:
        msg = f"{place} does not open: another key, another place, or changed bytes"
        raise SealBroken(msg) from None
