"""What a look at the database tells before anything works on it. Reads only."""

from dataclasses import dataclass

from connector.store.migrate import inspect
from connector.store.schema import NEWEST, SCHEMA
from connector.store.version import check_address, connect

LEAST_VERSION = 15
"""The oldest PostgreSQL that we are tested with."""

_RIGHTS = """
SELECT
    current_setting('server_version') AS version,
    has_database_privilege(current_database(), 'CREATE') AS may_create,
    to_regnamespace(%(schema)s) IS NULL AS absent,
    COALESCE((SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = %(schema)s), true) AS owns
"""


@dataclass(frozen=True, kw_only=True)
class DatabaseLook:
    """How a database stands towards this program; ``missing_rights`` are named as PostgreSQL does."""

    place: str
    version: str
    schema: str | None
    newest: str
    pending: bool
    newer: bool
    missing_rights: tuple[str, ...]


def look(url: str) -> DatabaseLook:
    """Look at it.

    Raises:
        SettingsError: no PostgreSQL address. DatabaseUnavailable: nobody there, or the account was refused.
    """
    with connect(url) as conn:
        conn.read_only = True
        row = conn.execute(_RIGHTS, {"schema": SCHEMA}).fetchone()
    assert row is not None
    version, may_create, absent, owns = row
    info = inspect(url)
    missing = []
    if absent and not may_create:
        missing.append("CREATE ON DATABASE")
    if not owns:
        missing.append(f"OWNER OF SCHEMA {SCHEMA}")
    return DatabaseLook(
        place=check_address(url),
        version=version,
        schema=info.current,
        newest=NEWEST,
        pending=bool(info.pending),
        newer=info.newer,
        missing_rights=tuple(missing),
    )
