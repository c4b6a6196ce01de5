"""Bring the database to the version this program speaks, and refuse one that is newer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from connector.errors import DatabaseVersionError, OldNodesRunning
from connector.sealing import MasterKeys
from connector.store.schema import NEWEST, SCHEMA, VERSION_TABLE, order
from connector.store.version import connect

PRE = "pre"
"""The part of an upgrade that may run while the release before is still at work."""


@dataclass(frozen=True, kw_only=True)
class SchemaInfo:
    """Where a database stands.

    Attributes:
        current: its version; None for an empty one.
        newer: this program does not know that version.
        borne: a newer one, too, has so far only been added to: this program may go on working on it.
    """

    current: str | None
    newest: str
    pending: tuple[str, ...]
    newer: bool
    borne: bool = False

    @property
    def first_pre(self) -> tuple[str, ...]:
        """What is pending and only adds, up to the first that takes away."""
        return tuple(takewhile(lambda one: not order(one)[1], self.pending))


def migrate(url: str, to: str = "head", masters: MasterKeys | None = None) -> SchemaInfo:
    """Run what is pending, in one transaction, and say where the database stands then.

    Args:
        to: a revision; ``head``: all of them; :data:`PRE`: what the release before this one bears, and no more.
        masters: needed only if an older program left clear data that is to be sealed.

    Raises:
        DatabaseVersionError: the database was made by a newer program.
        OldNodesRunning: processes that would not bear what is pending run on it.
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
        steps = _steps(info, to)
        if steps:
            _require_no_older(connection, steps)
            command.upgrade(_config(connection, masters), steps[-1])
            _raise_floor(connection, steps)
            connection.commit()
        return _info(connection)


def _steps(info: SchemaInfo, to: str) -> tuple[str, ...]:
    if to == PRE:
        rest = info.pending[len(info.first_pre) :]
        if any(not order(one)[1] for one in rest):
            msg = "more than one release lies between: upgrade release by release, or stop all nodes and migrate at once"
            raise DatabaseVersionError(msg)
        return info.first_pre
    if to == "head" or to not in info.pending:
        return info.pending if to == "head" else ()
    return info.pending[: info.pending.index(to) + 1]


def _posts(steps: Sequence[str]) -> list[int]:
    return [number for number, post in map(order, steps) if post]


def _require_no_older(connection: sqlalchemy.Connection, steps: Sequence[str]) -> None:
    """What takes away waits until nobody lives who needs it. Who is silent counts as living until it is taken over."""
    posts = _posts(steps)
    if not posts or not sqlalchemy.inspect(connection).has_table("node", schema=SCHEMA):
        return
    rows = connection.exec_driver_sql("SELECT name, knows FROM node ORDER BY name").fetchall()
    old = [name for name, knows in rows if order(knows)[0] < max(posts)]
    if old:
        msg = f"still at work with an older program: {', '.join(old)}"
        raise OldNodesRunning(msg)


def _raise_floor(connection: sqlalchemy.Connection, steps: Sequence[str]) -> None:
    posts = _posts(steps)
    if posts and sqlalchemy.inspect(connection).has_table("schema_support", schema=SCHEMA):
        statement = "UPDATE schema_support SET least = greatest(least, %s)"
        connection.exec_driver_sql(statement, (max(posts),))


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
    if info.newer and not info.borne:
        raise _too_new(info)
    if any(not order(one)[1] for one in info.pending):
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
        current=current,
        newest=chain[-1],
        pending=() if newer else tuple(chain[done:]),
        newer=newer,
        borne=newer and _borne(connection),
    )


def _borne(connection: sqlalchemy.Connection) -> bool:
    if not sqlalchemy.inspect(connection).has_table("schema_support", schema=SCHEMA):
        return False
    least = connection.exec_driver_sql("SELECT least FROM schema_support").scalar_one()
    return bool(order(NEWEST)[0] >= least)


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
