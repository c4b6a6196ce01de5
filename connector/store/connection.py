"""The connection that every query function takes: rows are dicts, the search path is ours, the vault is at hand."""

from typing import Any

import psycopg

from connector.store.masters import Vault


class Connection(psycopg.AsyncConnection[dict[str, Any]]):
    """A connection of the pool; ``vault`` is None for commands that read nothing sealed."""

    vault: Vault | None = None
