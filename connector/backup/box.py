"""The sealed file of a backup: streamed, authenticated from its first byte to its last, in constant memory.

The form is that of age (https://age-encryption.org/v1) with AES-256-GCM. A first line names form and version, a second
one (JSON) holds the file's key once for each recipient, wrapped by a key agreed over X25519; then come chunks of 1 MiB,
each with its tag. The nonce of a chunk is its number and whether it is the last: none can be left out, moved, repeated,
or the end cut off. The payload's key depends on the whole header: who changes that opens nothing.
"""

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connector.backup.keys import Identity, Recipient
from connector.errors import BackupBroken, BackupKeyError

MAGIC = b"phanhoi-backup 1\n"
CHUNK = 1 << 20
_TAG = 16
_KEY = 32
_MOST_HEADER = 64 * 1024
_ZERO = bytes(12)  # a wrapping key is used once


class BoxWriter:
    """Seals what is written; the file is whole only once :meth:`finish` has returned."""

    def __init__(self, out: BinaryIO, recipients: Sequence[Recipient]) -> None:
        if not recipients:
            msg = "a backup needs at least one key that it is sealed to (backup.recipients)"
            raise BackupKeyError(msg)
        file_key = os.urandom(_KEY)
        header = json.dumps({"to": [_wrap(file_key, one) for one in recipients]}).encode() + b"\n"
        self._out = out
        self._payload = _payload(file_key, header)
        self._number = 0
        self._waiting = bytearray()
        out.write(MAGIC + header)

    def write(self, data: bytes) -> None:
        """Take more."""
        self._waiting += data
        while len(self._waiting) > CHUNK:  # the last one is known only at the end
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        """Write the last chunk."""
        self._chunk(bytes(self._waiting), last=True)

    def _chunk(self, data: bytes, *, last: bool) -> None:
        self._out.write(self._payload.encrypt(_nonce(self._number, last=last), data, None))
        self._number += 1


def opened(file: BinaryIO, identities: Sequence[Identity]) -> Iterator[bytes]:
    """What was sealed, piece by piece; each piece is authentic, the whole only once all have come.

    Raises:
        BackupBroken: no backup, of a newer form, changed, or cut off.
        BackupKeyError: it is sealed to none of these keys.
    """
    if file.readline(len(MAGIC)) != MAGIC:
        msg = "this is no backup of this program, or of a newer form"
        raise BackupBroken(msg)
    header = file.readline(_MOST_HEADER)
    payload = _payload(_file_key(header, identities), header)
    number, piece = 0, file.read(CHUNK + _TAG)
    while True:
        following = file.read(CHUNK + _TAG)
        try:
            yield payload.decrypt(_nonce(number, last=not following), piece, None)
        except (InvalidTag, ValueError):
            msg = f"the backup was changed or cut off at piece {number + 1}"
            raise BackupBroken(msg) from None
        if not following:
            return
        number, piece = number + 1, following


def _payload(file_key: bytes, header: bytes) -> AESGCM:
    salt = hashlib.sha256(MAGIC + header).digest()
    return AESGCM(HKDF(SHA256(), _KEY, salt, b"phanhoi backup payload").derive(file_key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _wrap(file_key: bytes, to: Recipient) -> dict[str, str]:
    once = X25519PrivateKey.generate()
    public = once.public_key().public_bytes_raw()
    key = _agreed(once, to.key(), public + to.public)
    wrapped = AESGCM(key).encrypt(_ZERO, file_key, None)
    return {"id": to.id, "once": base64.b64encode(public).decode(), "key": base64.b64encode(wrapped).decode()}


def _agreed(own: X25519PrivateKey, other: X25519PublicKey, salt: bytes) -> bytes:
    return HKDF(SHA256(), _KEY, salt, b"phanhoi backup key").derive(own.exchange(other))


def _file_key(header: bytes, identities: Sequence[Identity]) -> bytes:
    by_id = {one.recipient.id: one for one in identities}
    try:
        for one in json.loads(header)["to"]:
            identity = by_id.get(one["id"])
            if identity is None:
                continue
            public = base64.b64decode(one["once"], validate=True)
            key = _agreed(
                identity.key(), X25519PublicKey.from_public_bytes(public), public + identity.recipient.public
            )
            return AESGCM(key).decrypt(_ZERO, base64.b64decode(one["key"], validate=True), None)
    except (ValueError, KeyError, TypeError, InvalidTag, binascii.Error):
        msg = "the head of the backup was changed"
        raise BackupBroken(msg) from None
    msg = "the backup is sealed to another key than the given one"
    raise BackupKeyError(msg)
