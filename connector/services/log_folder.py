"""The write-once folder: a file for each checkpoint, never overwritten, so that a rewritten database shows.

It should lie where the database's administrators cannot write twice: a WORM volume, another office's share.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from connector.errors import SealRefused, UserError
from connector.store.checkpoints import Stored

SUFFIX = ".checkpoint"
READ_ONLY = 0o444


def refuse(text: str, seq: int | None, why: str) -> NoReturn:
    """Nothing more is signed.

    Args:
        seq: number of the first entry, or size of the checkpoint, that is wrong.
        why: one word for the ledger.

    Raises:
        SealRefused: always.
    """
    msg = f"nothing more is signed: {text}"
    raise SealRefused(msg, seq=seq, why=why) from None


def name_of(size: int) -> str:
    """Name of the file of a checkpoint of so many entries; names sort as sizes do."""
    return f"{size:015d}{SUFFIX}"


def filed(folder: Path) -> Iterator[tuple[int, Path]]:
    """Sizes and files of the folder, smallest first."""
    for path in sorted(folder.expanduser().glob(f"*{SUFFIX}")):
        if path.stem.isdecimal():
            yield int(path.stem), path


def newest_keys(folder: Path) -> Path | None:
    """The newest list of keys that was filed."""
    return max(folder.expanduser().glob("log-keys-*.json"), default=None)


def compare(folder: Path | None, last: Stored | None) -> None:
    """Does the folder know a later checkpoint than the database, or another one of its size?

    Raises:
        SealRefused: it does.
    """
    if folder is None or not folder.expanduser().is_dir():
        return
    newest = max(filed(folder), default=None)
    if newest is not None and newest[0] > (last.size if last else 0):
        msg = f"the folder holds a checkpoint of {newest[0]} entries that the database does not know"
        refuse(msg, newest[0], "rolled_back")
    if last is not None:
        _same(folder.expanduser() / name_of(last.size), last)


def _same(path: Path, one: Stored) -> None:
    with suppress(FileNotFoundError):
        if path.read_bytes() != one.note.encode():
            msg = f"the folder holds another checkpoint of {one.size} entries than the database"
            refuse(msg, one.size, "re_signed")


def write(folder: Path, one: Stored) -> None:
    """Put a checkpoint there; one that lies there already must be the same.

    Raises:
        UserError: the folder cannot be written.
        SealRefused: another one of that size lies there.
    """
    _write_once(folder.expanduser() / name_of(one.size), one.note.encode())
    _same(folder.expanduser() / name_of(one.size), one)


def write_keys(folder: Path, document: Mapping[str, object]) -> None:
    """Put the published keys there, a file for each number of keys.

    Raises:
        UserError: the folder cannot be written.
    """
    keys = document["keys"]
    assert isinstance(keys, list)
    path = folder.expanduser() / f"log-keys-{len(keys):04d}.json"
    _write_once(path, (json.dumps(document, indent=2) + "\n").encode())


def _write_once(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            return
        # whole or not at all: a crash must not leave half a checkpoint under its final name
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READ_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)  # fails if it exists: nothing is ever overwritten
        draft.unlink()
    except OSError as error:
        msg = f"the checkpoint folder {path.parent} cannot be written: {error.strerror}"
        raise UserError(msg) from None
