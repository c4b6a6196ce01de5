"""The list of erasures in the write-once folder: so that no backup brings a destroyed key back.

A file for each time that something was destroyed: lines ``<SHA-256 of the owner's name> <part>``. Who reads it learns
of no case; who knows a case's reference can tell that it was erased.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from connector.services import log_folder
from connector.store.restorations import Gone
from connector.store.vault import Part

_KIND = "erased"


def write(folder: Path, gone: Iterable[Gone], at: datetime) -> None:
    """File what was destroyed.

    Raises:
        UserError: the folder cannot be written.
    """
    log_folder.write_list(folder, _KIND, (f"{one.digest.hex()} {one.part.value}" for one in gone), at)


def listed(folder: Path) -> list[Gone]:
    """All that was ever filed.

    Raises:
        UserError: a file cannot be read: what was erased would come back.
    """
    return list(log_folder.read_list(folder, _KIND, "erasures", _gone))


def _gone(line: str) -> Gone:
    digest, part = line.split()
    return Gone(digest=bytes.fromhex(digest), part=Part(part))
