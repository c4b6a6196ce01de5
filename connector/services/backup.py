"""Backups: made from one snapshot, sealed to keys that do not lie on the server, proven by restoring."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from connector.backup.box import BoxWriter, opened
from connector.backup.keys import Identity, parse_identities, parse_recipient
from connector.backup.manifest import Manifest, Standing, parse_manifest
from connector.errors import BackupBroken, BackupDiffers, BackupKeyError, UserError
from connector.ledger.note import parse_checkpoint, parse_note
from connector.sealing import MasterKeys
from connector.services.log_check import Checked, check
from connector.settings import Settings
from connector.store import dump, vault
from connector.store.embedded import EmbeddedServer
from connector.store.version import connect

SUFFIX = ".phb"
_PIECE = 1 << 20
_MOST_MANIFEST = 1 << 20


def name_of(at: datetime) -> str:
    """Name of a backup in a folder of them; names sort as instants do."""
    return f"phanhoi-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"


def make(settings: Settings, url: str, out: BinaryIO, now: datetime) -> Manifest:
    """Write a backup of what the database holds at this moment.

    Raises:
        BackupKeyError: no key to seal it to.
        BackupToolMissing, ToolFailed, DatabaseUnavailable: no dump; what was written is no backup.
    """
    recipients = [parse_recipient(one) for one in settings.backup.recipients]
    box = BoxWriter(out, recipients)
    with dump.snapshot(url, settings.backup.programs) as (at, stream):
        made = Manifest(
            made_at=now.astimezone(UTC).isoformat(), program=version("phanhoi-connector"), **asdict(at)
        )
        box.write(made.line())
        while piece := stream.read(_PIECE):
            box.write(piece)
    box.finish()
    return made


def identities(path: Path) -> list[Identity]:
    """The secret keys of a file.

    Raises:
        BackupKeyError: it cannot be read, or holds none.
    """
    try:
        return parse_identities(path.expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeError) as error:
        msg = f"the key file {path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}"
        raise BackupKeyError(msg) from None


@contextmanager
def reading(path: Path, keys: Sequence[Identity]) -> Iterator[tuple[Manifest, Iterator[bytes]]]:
    """What a backup says of itself, and the dump in it.

    Raises:
        BackupBroken, BackupKeyError: see :func:`connector.backup.box.opened`.
        UserError: the file cannot be read.
    """
    try:
        file = path.expanduser().open("rb")
    except OSError as error:
        msg = f"{path}: {error.strerror}"
        raise UserError(msg) from None
    with file:
        pieces = opened(file, keys)
        first = next(pieces, b"")
        line, found, rest = first.partition(b"\n")
        if not found or len(line) > _MOST_MANIFEST:
            msg = "the backup has no manifest"
            raise BackupBroken(msg)
        yield parse_manifest(line), _joined(rest, pieces)


def _joined(first: bytes, following: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from following


def read_whole(path: Path, keys: Sequence[Identity]) -> Manifest:
    """Open it from the first byte to the last, so that nothing is dropped for a backup that turns out to be cut off.

    Raises like :func:`reading`.
    """
    with reading(path, keys) as (manifest, pieces):
        for _ in pieces:
            pass
    return manifest


def load(
    path: Path, keys: Sequence[Identity], url: str, schemas: Sequence[str], programs: Path | None
) -> Manifest:
    """Put the backup's schemas into a database, in the place of what is there.

    Raises:
        UserError: a schema is not in it.
        BackupBroken, BackupKeyError, BackupToolMissing, ToolFailed, DatabaseUnavailable: nothing is restored.
    """
    with reading(path, keys) as (manifest, pieces):
        missing = sorted(set(schemas) - set(manifest.schemas))
        if missing:
            msg = f"the backup does not hold {', '.join(missing)}"
            raise UserError(msg)
        with dump.loading(url, schemas, programs) as stream:
            for piece in pieces:
                stream.write(piece)
    return manifest


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A backup that was restored and looked at.

    Attributes:
        opens: the master keys at hand open its sealed content; None if none were at hand.
        log: the whole log, checked.
    """

    manifest: Manifest
    log: Checked
    opens: bool | None


def verify(
    path: Path,
    keys: Sequence[Identity],
    *,
    scratch: Path | None = None,
    programs: Path | None = None,
    masters: MasterKeys | None = None,
    folder: Path | None = None,
    each: Callable[[], None] = lambda: None,
) -> Verified:
    """Restore a backup into a server of its own, which is gone afterwards, and compare it with what it says of itself.

    Args:
        scratch: where that server's data lies meanwhile; as large as the database.
        folder: the write-once folder: its checkpoints up to the backup must be those of the backup.

    Raises:
        BackupDiffers: rows, migration or log are others than the manifest says.
        LedgerBroken: the log in it is wrong.
        MasterKeyError: the master keys at hand are not those of this backup.
        BackupBroken, BackupKeyError, BackupToolMissing, ToolFailed: it cannot be restored.
    """
    with tempfile.TemporaryDirectory(prefix="phanhoi-verify-", dir=scratch) as place:
        server = EmbeddedServer(Path(place) / "postgres")
        try:
            url = server.start()
            manifest = load(path, keys, url, read_whole(path, keys).schemas, programs)
            with connect(url) as conn:
                found = dump.standing(conn)
            _compare(manifest, found)
            log = _check_log(manifest, url, Path(place), folder, each)
            opens = None if masters is None else _opens(url, masters)
        finally:
            server.stop()
    return Verified(manifest=manifest, log=log, opens=opens)


def _compare(manifest: Manifest, found: Standing) -> None:
    told, seen = asdict(manifest), asdict(found)
    wrong = [name for name in seen if name not in ("server", "rows") and told[name] != seen[name]]
    wrong += [
        f"rows of {name}"
        for name in sorted({*manifest.rows, *found.rows})
        if manifest.rows.get(name) != found.rows.get(name)
    ]
    if wrong:
        msg = f"restored otherwise than the backup says: {', '.join(wrong)}"
        raise BackupDiffers(msg)


def _check_log(
    manifest: Manifest, url: str, place: Path, folder: Path | None, each: Callable[[], None]
) -> Checked:
    files = []
    if manifest.checkpoint is not None:
        file = place / "newest.checkpoint"
        file.write_text(manifest.checkpoint, encoding="utf-8")
        files.append(file)
    checked = check(url, files=files, folder=folder, upto=(manifest.branch, _sealed(manifest)), each=each)
    checked.demand()
    return checked


def _sealed(manifest: Manifest) -> int:
    """Entries that its newest checkpoint covers."""
    return parse_checkpoint(parse_note(manifest.checkpoint).text).size if manifest.checkpoint else 0


def _opens(url: str, masters: MasterKeys) -> bool:
    with connect(url) as conn:
        vault.check_each(conn, masters)
    return True
