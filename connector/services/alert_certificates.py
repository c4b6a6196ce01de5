"""When the certificates end that the settings name: our own towards the systems, and the authorities that we trust."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """One file's first end. ``role``: the setting that names it."""

    subject: str
    role: str
    at: datetime


CHAIN = "client_cert_file"
"""The one kind of file of which every certificate is needed; of authorities one that is trusted will do."""


def expiries(files: Iterable[tuple[str, str, Path]]) -> list[Expiry]:
    """When each file stops being of use: a chain with its first end, a bundle of authorities with its last.

    Raises:
        OSError, ValueError: a file cannot be read, or holds no certificate.
    """
    return [
        Expiry(
            subject=subject,
            role=role,
            at=(min if role == CHAIN else max)(_ends(path)),
        )
        for subject, role, path in files
    ]


def _ends(path: Path) -> list[datetime]:
    return [
        one.not_valid_after_utc for one in x509.load_pem_x509_certificates(path.expanduser().read_bytes())
    ]
