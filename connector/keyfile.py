"""Key files: the master keys, and the keys that sign checkpoints. Never in the database, never in a log.

Both kinds have one form: lines ``name:base64`` of 32 bytes, the one in use first.
"""

import os
from datetime import date
from pathlib import Path

from connector.errors import MasterKeyError, SettingsError, SigningKeyError, UserError
from connector.sealing import MasterKeys, key_lines, new_master_line, with_new_master
from connector.settings import Settings

ONLY_OWNER = 0o600


def master_keys(settings: Settings) -> MasterKeys:
    """The master keys in force, read anew each time.

    Raises:
        MasterKeyError: neither file nor text is given, or both; the file cannot be read; a line is malformed.
    """
    given, file = settings.privacy.master_keys, settings.privacy.master_keys_file
    if (given is None) == (file is None):
        msg = "exactly one of privacy.master_keys_file and privacy.master_keys is needed"
        raise MasterKeyError(msg)
    return MasterKeys.parse(given.get_secret_value() if given is not None else _read(file))


def master_keys_if_given(settings: Settings) -> MasterKeys | None:
    """The same, or None if the settings name neither. Raises like :func:`master_keys` for wrong ones."""
    privacy = settings.privacy
    return master_keys(settings) if privacy.master_keys or privacy.master_keys_file else None


def signing_keys(settings: Settings) -> dict[str, bytes]:
    """The secrets of the keys that sign checkpoints, by name, the one in use first; none if the settings name none.

    Raises:
        SigningKeyError: the file cannot be read, holds none, or a line is malformed.
        SettingsError: file and text are given, or the log has no origin.
    """
    given, file = settings.ledger.signing_keys, settings.ledger.signing_keys_file
    if given is None and file is None:
        return {}
    if (given is not None and file is not None) or settings.ledger.origin is None:
        msg = "ledger: give one of signing_keys_file and signing_keys, and the log's origin"
        raise SettingsError(msg)
    try:
        keys = key_lines(given.get_secret_value() if given is not None else _read(file))
    except (ValueError, MasterKeyError) as error:
        msg = f"the signing keys: {error.message if isinstance(error, MasterKeyError) else error}"
        raise SigningKeyError(msg) from None
    if not keys:
        msg = "the signing keys: there is none"
        raise SigningKeyError(msg)
    return keys


def create(path: Path, today: date) -> str:
    """Write a new file with one fresh key, readable by its owner alone; returns the key's name.

    Raises:
        UserError: the file exists: it may hold the only key to the data.
    """
    name = today.isoformat()
    write_new(path, new_master_line(name) + "\n")
    return name


def write_new(path: Path, text: str) -> None:
    """A new file, readable by its owner alone.

    Raises:
        UserError: the file exists: it may hold the only key to the data.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OWNER)
    except FileExistsError:
        msg = f"{path} exists; it may hold the only key, so it is not overwritten"
        raise UserError(msg) from None
    except OSError as error:
        msg = f"{path}: {error.strerror}"
        raise UserError(msg) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        _on_disk(file.fileno())


def add_in_front(path: Path, today: date) -> str:
    """Put a fresh key in front of the file's, at once or not at all; returns the key's name.

    Raises:
        MasterKeyError: the file cannot be read, or is malformed.
    """
    text = _read(path)
    try:
        known = key_lines(text)
    except ValueError as error:
        msg = f"{path}: {error}"
        raise MasterKeyError(msg) from None
    name = next(
        name
        for name in (today.isoformat(), *(f"{today.isoformat()}.{number}" for number in range(2, 1000)))
        if name not in known
    )
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    owner = path.stat()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OWNER)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), owner.st_mode & 0o777)
        if os.geteuid() == 0:  # the account of the daemon must still be able to read it
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(with_new_master(text.splitlines(), name))
        _on_disk(file.fileno())
    new.replace(path)
    return name


def _on_disk(descriptor: int) -> None:
    os.fsync(descriptor)


def _read(path: Path | None) -> str:
    assert path is not None
    try:
        return path.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        msg = f"the key file {path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}"
        raise MasterKeyError(msg) from None
