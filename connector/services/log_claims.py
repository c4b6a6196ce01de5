"""What is said of the log outside the database: checkpoints in the folder and in people's hands, published keys."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from connector.errors import UserError
from connector.ledger.note import NoteError, PublicKey, parse_checkpoint, parse_keys, parse_note
from connector.services import log_folder

FOLDER = "folder"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a note says, and who keeps it."""

    size: int
    note: str
    source: str
    branch: int = 0


def of_folder(folder: Path | None, upto: tuple[int, int] | None = None) -> Iterator[Claim]:
    """Every checkpoint of the write-once folder; none of a later branch, or in it of a larger size, than ``upto``."""
    if folder is None:
        return
    for branch in log_folder.branches(folder):
        for size, path in log_folder.filed(log_folder.of_branch(folder, branch)):
            if upto is None or (branch <= upto[0] and size <= upto[1]):
                yield Claim(size=size, note=_text(path), source=FOLDER, branch=branch)


def of_files(files: Sequence[Path]) -> Iterator[Claim]:
    """Checkpoints that somebody kept.

    Raises:
        UserError: one cannot be read, or is none.
    """
    for path in files:
        text = _text(path)
        try:
            size = parse_checkpoint(parse_note(text).text).size
        except NoteError as error:
            msg = f"{path} is no checkpoint: {error}"
            raise UserError(msg) from None
        yield Claim(size=size, note=text, source=path.name)


def keys_of(path: Path) -> list[PublicKey]:
    """A list of keys as it was published.

    Raises:
        UserError: it cannot be read, or is none.
    """
    try:
        return list(parse_keys(json.loads(_text(path)))[1])
    except (ValueError, NoteError) as error:
        msg = f"{path} is no list of keys: {error}"
        raise UserError(msg) from None


def _text(path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        msg = f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}"
        raise UserError(msg) from None
