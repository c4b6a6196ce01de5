"""A plain connection, and whether the database is at this program's version: without loading the migrations."""

from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from connector.errors import DatabaseUnavailable, SettingsError
from connector.store.schema import NEEDED, NEWEST, SCHEMA, VERSION_TABLE, order

CONNECT_S = 10
"""A server that does not answer for so long is called unavailable, in seconds."""


def connect(url: str) -> psycopg.Connection[Any]:
    """One connection with our search path.

    Raises:
        SettingsError: ``url`` is no PostgreSQL address.
        DatabaseUnavailable: nobody there, or the account was refused.
    """
    place = check_address(url)
    try:
        return psycopg.connect(url, connect_timeout=CONNECT_S, options=f"-c search_path={SCHEMA}")
    except psycopg.OperationalError as error:
        msg = f"no connection to the database {place}: {why(error)}"
        raise DatabaseUnavailable(msg) from None


def is_current(url: str) -> bool:
    """True if this program may work on the database as it is. Raises like :func:`connect`.

    That is so from the newest ``pre`` migration that it knows on, and beyond what it knows as long as the release after
    it has only added to the database: in a rolling upgrade both work side by side.
    """
    with connect(url) as conn:
        try:
            row = conn.execute(f"SELECT version_num FROM {SCHEMA}.{VERSION_TABLE}").fetchone()  # noqa: S608  # constants
            return row is not None and order(row[0]) >= order(NEEDED) and bears(conn)
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            return False


def bears(conn: psycopg.Connection[Any]) -> bool:
    """Whether a database that this program does not know, or knows, still bears it."""
    row = conn.execute("SELECT least FROM schema_support").fetchone()
    return row is not None and order(NEWEST)[0] >= row[0]


def check_address(url: str) -> str:
    """Where the address points, without account and password.

    Raises:
        SettingsError: it is no PostgreSQL address. The driver's own message would quote it, password and all.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        msg = "database.url is not a PostgreSQL address (postgresql://user:password@host:5432/name)"
        raise SettingsError(msg) from None
    return f"{parts.get('host', 'local')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def why(error: psycopg.OperationalError) -> str:
    """The reason in one line. The server names hosts and accounts, never a password."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rpartition("failed: ")[2] or type(error).__name__
