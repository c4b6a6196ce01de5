"""The write-once folder: a file for each checkpoint, never overwritten, so that a rewritten database shows.

After a restore the log goes on in a *branch* of its own, in a folder of its own below: what was signed before stays
where it is, also where the restored database does not know it any more.

It should lie where the database's administrators cannot write twice: a WORM volume, another office's share.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeVar

from connector.errors import SealRefused, UserError
from connector.store.checkpoints import Stored

LineT = TypeVar("LineT")
SUFFIX = ".checkpoint"
READ_ONLY = 0o444


def refuse(text: str, seq: int | None, why: str, *, lost: int | None = None) -> NoReturn:
    """Nothing more is signed.

    Args:
        seq: number of the first entry, or size of the checkpoint, that is wrong.
        why: one word for the ledger.
        lost: entries that somebody outside has seen, where that is more than there are.

    Raises:
        SealRefused: always.
    """
    msg = f"nothing more is signed: {text}"
    raise SealRefused(msg, seq=seq, why=why, lost=lost) from None


def name_of(size: int) -> str:
    """Name of the file of a checkpoint of so many entries; names sort as sizes do."""
    return f"{size:015d}{SUFFIX}"


def of_branch(folder: Path, branch: int) -> Path:
    """Where the checkpoints of a branch lie."""
    return folder.expanduser() / f"restored-{branch:04d}" if branch else folder.expanduser()


def branches(folder: Path) -> Iterator[int]:
    """The branches of which something was filed, in order."""
    yield 0
    for path in sorted(folder.expanduser().glob("restored-*")):
        number = path.name.removeprefix("restored-")
        if number.isdecimal():
            yield int(number)


def filed(folder: Path) -> Iterator[tuple[int, Path]]:
    """Sizes and files of the folder, smallest first."""
    for path in sorted(folder.expanduser().glob(f"*{SUFFIX}")):
        if path.stem.isdecimal():
            yield int(path.stem), path


def newest_keys(folder: Path) -> Path | None:
    """The newest list of keys that was filed."""
    return max(folder.expanduser().glob("log-keys-*.json"), default=None)


def ahead(folder: Path | None, branch: int, size: int) -> tuple[int, int] | None:
    """Branch and size of the newest checkpoint of the folder that a database at that point does not know; None: none."""
    if folder is None or not folder.expanduser().is_dir():
        return None
    newest = max(
        ((one, size) for one in branches(folder) for size, _ in filed(of_branch(folder, one))), default=(0, 0)
    )
    return newest if newest > (branch, size) else None


def compare(folder: Path | None, last: Stored | None, branch: int = 0) -> None:
    """Does the folder know a later checkpoint than the database, or another one of its size?

    Raises:
        SealRefused: it does.
    """
    if folder is None or not folder.expanduser().is_dir():
        return
    newest = ahead(folder, branch, last.size if last else 0)
    if newest is not None:
        msg = f"the folder holds a checkpoint of {newest[1]} entries that the database does not know"
        refuse(msg, newest[1], "rolled_back")
    if last is not None:
        _same(of_branch(folder, branch) / name_of(last.size), last)


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
    write_once(folder.expanduser() / name_of(one.size), one.note.encode())
    _same(folder.expanduser() / name_of(one.size), one)


def write_keys(folder: Path, document: Mapping[str, object]) -> None:
    """Put the published keys there, a file for each number of keys.

    Raises:
        UserError: the folder cannot be written.
    """
    keys = document["keys"]
    assert isinstance(keys, list)
    path = folder.expanduser() / f"log-keys-{len(keys):04d}.json"
    write_once(path, (json.dumps(document, indent=2) + "\n").encode())


def write_once(path: Path, content: bytes) -> None:
    """A file that is there whole or not at all, and never over another one.

    Raises:
        UserError: it cannot be written.
    """
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


def write_list(folder: Path, kind: str, lines: Iterable[str], at: datetime) -> None:
    """What is kept in mind outside the database beside the checkpoints: a list that grows by files.

    Raises:
        UserError: the folder cannot be written.
    """
    name = f"{kind}-{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{os.urandom(4).hex()}.txt"
    write_once(folder.expanduser() / name, "".join(f"{line}\n" for line in lines).encode())


def read_list(folder: Path, kind: str, what: str, parse: Callable[[str], LineT]) -> Iterator[LineT]:
    """Every line of it that was ever filed.

    Args:
        what: of what it is a list, for the message.
        parse: makes sense of a line; may raise ``ValueError`` or ``TypeError``.

    Raises:
        UserError: a file cannot be read: what it keeps in mind would be forgotten.
    """
    for path in sorted(folder.expanduser().glob(f"{kind}-*.txt")):
        try:
            for line in path.read_text(encoding="utf-8").splitlines():
                yield parse(line)
        except (OSError, ValueError, TypeError) as error:
            why = getattr(error, "strerror", None) or "malformed"
            msg = f"the list of {what} {path} cannot be read: {why}"
            raise UserError(msg) from None
