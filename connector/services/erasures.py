"""The list of erasures in the write-once folder: so that no backup brings a destroyed key back.

A file for each time that something was destroyed: lines ``<SHA-256 of the owner's name> <part>``. Who reads it learns
of no case; who knows a case's reference can tell that it was erased.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from connector.errors import UserError
from connector.services.log_folder import write_once
from connector.store.restorations import Gone
from connector.store.vault import Part

_FILES = "erased-*.txt"


def write(folder: Path, gone: Iterable[Gone], at: datetime) -> None:
    """File what was destroyed.

    Raises:
        UserError: the folder cannot be written.
    """
    name = f"erased-{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{os.urandom(4).hex()}.txt"
    text = "".join(f"{one.digest.hex()} {one.part.value}\n" for one in gone)
    write_once(folder.expanduser() / name, text.encode())


def listed(folder: Path) -> list[Gone]:
    """All that was ever filed.

    Raises:
        UserError: a file cannot be read: what was erased would come back.
    """
    found: list[Gone] = []
    for path in sorted(folder.expanduser().glob(_FILES)):
        try:
            for line in path.read_text(encoding="ascii").splitlines():
                digest, part = line.split()
                found.append(Gone(digest=bytes.fromhex(digest), part=Part(part)))
        except (OSError, ValueError) as error:
            msg = f"the list of erasures {path} cannot be read: {getattr(error, 'strerror', None) or 'malformed'}"
            raise UserError(msg) from None
    return found
