"""Keys of backups: the public one lies on the server and only seals, the secret one lies elsewhere and opens.

X25519. A server that is broken into can make backups and read none.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from connector.errors import BackupKeyError

PUBLIC = "phanhoi-backup-public:"
SECRET = "phanhoi-backup-secret:"  # noqa: S105  # how such a line begins
_BYTES = 32


@dataclass(frozen=True)
class Recipient:
    """A public key to which a backup is sealed."""

    public: bytes

    @property
    def id(self) -> str:
        """Short name of the key."""
        return hashlib.sha256(self.public).hexdigest()[:16]

    def text(self) -> str:
        """As it stands in the settings."""
        return PUBLIC + base64.b64encode(self.public).decode()

    def key(self) -> X25519PublicKey:
        """For the arithmetic."""
        return X25519PublicKey.from_public_bytes(self.public)


@dataclass(frozen=True)
class Identity:
    """A secret key that opens backups. Never logged."""

    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> "Identity":
        """A fresh one."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @property
    def recipient(self) -> Recipient:
        """Its public half."""
        return Recipient(self.key().public_key().public_bytes_raw())

    def key(self) -> X25519PrivateKey:
        """For the arithmetic."""
        return X25519PrivateKey.from_private_bytes(self.secret)

    def text(self) -> str:
        """The lines of its file."""
        secret = SECRET + base64.b64encode(self.secret).decode()
        return f"# {self.recipient.text()}\n{secret}\n"


def parse_recipient(text: str) -> Recipient:
    """A public key as the settings name it.

    Raises:
        BackupKeyError: it is none.
    """
    return Recipient(_bytes(text.strip(), PUBLIC))


def parse_identities(text: str) -> list[Identity]:
    """The secret keys of a key file; ``#`` begins a comment.

    Raises:
        BackupKeyError: there is none, or a line is none. The message never quotes it.
    """
    lines: Iterable[str] = (line.partition("#")[0].strip() for line in text.splitlines())
    found = [Identity(_bytes(line, SECRET)) for line in lines if line]
    if not found:
        msg = "the key file holds no key"
        raise BackupKeyError(msg)
    return found


def _bytes(text: str, begins: str) -> bytes:
    try:
        value = base64.b64decode(text.removeprefix(begins), validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if not text.startswith(begins) or len(value) != _BYTES:
        msg = f"a key of backups is one line {begins}<base64 of {_BYTES} bytes>"
        raise BackupKeyError(msg)
    return value
