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


def expiries(files: Iterable[tuple[str, str, Path]]) -> list[Expiry]:
    """The first certificate to end of each file: of a chain, and of a bundle, any end breaks something.

    Raises:
        OSError, ValueError: a file cannot be read, or holds no certificate.
    """
    return [
        Expiry(
            subject=subject,
            role=role,
            at=min(
                one.not_valid_after_utc
                for one in x509.load_pem_x509_certificates(path.expanduser().read_bytes())
            ),
        )
        for subject, role, path in files
    ]
