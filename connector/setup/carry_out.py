"""Write what was drafted, and make ready what it names: keys, database, register, the first administrator."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connector import keyfile
from connector.app import adapter_settings, mappings_root
from connector.case import REGISTER
from connector.clock import Clock
from connector.console.access.accounts import Accounts
from connector.console.access.passwords import check_strength
from connector.errors import SetupRefused
from connector.keyfile import master_keys
from connector.opening import database_url
from connector.settings import Settings
from connector.setup.draft import Draft
from connector.store.database import Database
from connector.store.masters import Vault
from connector.store.migrate import migrate


@dataclass(frozen=True, kw_only=True)
class Administrator:
    """The first account of the console."""

    name: str
    display_name: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        check_strength(self.password, self.name)


def require_free(target: Path, *, force: bool) -> None:
    """Refuse to write over settings or secrets.

    Raises:
        SetupRefused: something is there already.
    """
    there = [str(path) for path in (target, target.parent / "secrets") if path.exists()]
    if there and not force:
        msg = f"{', '.join(there)}: exists; --force overwrites it"
        raise SetupRefused(msg)


def write(made: Draft, clock: Clock) -> Iterator[Path]:
    """Write the files, secrets readable by their owner alone; yields each. Keys that are there stay.

    Raises:
        SetupRefused: a file cannot be written.
    """
    target, text = made.settings
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for path, value in made.secrets.items():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _write(path, value, 0o600)
            yield path
        if made.master_keys is not None and not made.master_keys.expanduser().exists():
            keyfile.create(made.master_keys.expanduser(), clock.now().date())
            yield made.master_keys
        # last: what names the others is not there before they are
        _write(target, text, 0o640)
        yield target
    except OSError as error:
        msg = f"{error.filename}: {error.strerror}"
        raise SetupRefused(msg) from None


def _write(path: Path, text: str, mode: int) -> None:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as out:
        out.write(text)
    part.replace(path)


async def make_ready(
    given: Settings, clock: Clock, *, own_register: bool, administrator: Administrator | None, actor: str
) -> None:
    """Bring the database to this version, install our own register there, and make the first account.

    Raises:
        DatabaseUnavailable, DatabaseVersionError, MasterKeyError: what the database says.
        UserError: there is such an account.
    """
    async with database_url(given) as url:
        masters = master_keys(given)
        migrate(url, masters=masters)
        if own_register:
            plugin, own = adapter_settings(given, [REGISTER])[REGISTER]
            assert plugin.install is not None
            await plugin.install(own, mappings_root(given))
        if administrator is None:
            return
        db = Database(url, clock=clock, actor=actor, size=2, vault=Vault(lambda: masters))
        await db.open()
        try:
            await Accounts(db, given, clock).create(
                administrator.name,
                display_name=administrator.display_name,
                role="administrator",
                password=administrator.password,
                actor=actor,
            )
        finally:
            await db.close()
