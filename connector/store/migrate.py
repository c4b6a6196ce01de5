"""Bring the database to the version this program speaks, and refuse one that is newer."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from connector.errors import DatabaseVersionError
from connector.sealing import MasterKeys
from connector.store.schema import SCHEMA, VERSION_TABLE
from connector.store.version import connect


@dataclass(frozen=True, kw_only=True)
class SchemaInfo:
    """Where a database stands. ``current`` is None for an empty one; ``newer`` if this program does not know it."""

    current: str | None
    newest: str
    pending: tuple[str, ...]
    newer: bool


def migrate(url: str, to: str = "head", masters: MasterKeys | None = None) -> SchemaInfo:
    """Run what is pending, in one transaction, and say where the database stands then.

    Args:
        masters: needed only if an older program left clear data that is to be sealed.

    Raises:
        DatabaseVersionError: the database was made by a newer program.
        MasterKeyError: there is clear data to seal, and no key to do it.
        DatabaseUnavailable: no connection.
    """
    with _engine(url).connect() as connection:
        # the lock first: two sessions that create one schema at once end in an error, IF NOT EXISTS or not
        connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('phanhoi migrate'))")
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        connection.commit()
        info = _info(connection)
        if info.newer:
            raise _too_new(info)
        if info.pending:
            command.upgrade(_config(connection, masters), to)
            connection.commit()
        return _info(connection)


def inspect(url: str) -> SchemaInfo:
    """Where the database stands; changes nothing."""
    with _engine(url).connect() as connection:
        return _info(connection)


def require_current(url: str) -> None:
    """Refuse to work on a database that this program was not made for.

    Raises:
        DatabaseVersionError: older (migrate first) or newer (upgrade the program).
    """
    info = inspect(url)
    if info.newer:
        raise _too_new(info)
    if info.pending:
        msg = f"the database is at {info.current or 'nothing'}, this program needs {info.newest}"
        raise DatabaseVersionError(msg)


def _too_new(info: SchemaInfo) -> DatabaseVersionError:
    msg = f"the database is at version {info.current}, which is newer than this program ({info.newest})"
    return DatabaseVersionError(msg)


def _info(connection: sqlalchemy.Connection) -> SchemaInfo:
    context = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE, "version_table_schema": SCHEMA}
    )
    scripts = ScriptDirectory.from_config(_config(connection))
    chain = [script.revision for script in scripts.walk_revisions()][::-1]
    current = context.get_current_revision()
    newer = current is not None and current not in chain
    done = chain.index(current) + 1 if current in chain else 0
    return SchemaInfo(
        current=current, newest=chain[-1], pending=() if newer else tuple(chain[done:]), newer=newer
    )


def _config(connection: sqlalchemy.Connection, masters: MasterKeys | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["masters"] = masters
    return config


def _engine(url: str) -> sqlalchemy.Engine:
    # only migrations go through SQLAlchemy; the rest of the store is psycopg alone
    return sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: connect(url), poolclass=sqlalchemy.NullPool
    )
