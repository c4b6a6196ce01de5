"""The register's schema: installed and upgraded in one transaction, with the sealing of rows that were in clear."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files

from adapters.register.database import Connection, one, rows, run
from adapters.register.upgrade import seal_clear_rows
from connector.errors import DatabaseVersionError, MasterKeyError
from connector.sealing import MasterKeys

_AFTER: Mapping[int, Callable[[Connection, MasterKeys, datetime], Awaitable[int]]] = {4: seal_clear_rows}
"""What is done in Python after a migration of that number."""


@cache
def migrations() -> tuple[tuple[int, str, bytes], ...]:
    """(version, name, SQL) of every migration, in order."""
    entries = sorted((files(__package__) / "sql" / "migrations").iterdir(), key=lambda item: item.name)
    return tuple(
        (int(entry.name[:4]), entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8").encode())
        for entry in entries
        if entry.name.endswith(".sql")
    )


async def install(conn: Connection, masters: MasterKeys, now: datetime) -> int:
    """Bring the schema ``register`` up to date; safe to repeat and to run from two programs at once.

    Returns:
        The schema version that is now installed.

    Raises:
        DatabaseVersionError: a newer program made this schema; nothing was changed.
        MasterKeyError: keys of cases are wrapped with a master key that is not among these.
    """
    newest = migrations()[-1][0]
    async with conn.transaction():
        for step in ("unhurried", "serialise_install", "version_table", "version_table_2"):
            await run(conn, step)
        row = await one(conn, "versions")
        installed = row["version"] if row else 0
        if installed > newest:
            msg = f"the register's schema has version {installed}, this program knows {newest}"
            raise DatabaseVersionError(msg, installed=installed, known=newest)
        for version, name, text in migrations():
            if version > installed:
                await conn.execute(text)
                if version in _AFTER:
                    await _AFTER[version](conn, masters, now)
                await run(conn, "applied", version=version, name=name)
        await _check_masters(conn, masters)
    return newest


async def _check_masters(conn: Connection, masters: MasterKeys) -> None:
    missing = {row["master"] for row in await rows(conn, "masters_in_use")} - set(masters.names)
    if missing:
        msg = f"keys of cases are wrapped with {', '.join(sorted(missing))}: not among the master keys given"
        raise MasterKeyError(msg)
