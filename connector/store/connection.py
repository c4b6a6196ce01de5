"""The connection that every query function takes: rows are dicts, the search path is ours, the vault is at hand."""

from typing import Any

import psycopg

from connector.sealing import CaseKey
from connector.store.masters import Vault


class Connection(psycopg.AsyncConnection[dict[str, Any]]):
    """A connection of the pool; ``vault`` is None for commands that read nothing sealed."""

    vault: Vault | None = None
    unwrapped: dict[str, dict[str, CaseKey]] | None = None
    """Owner → part → key: what this transaction has unwrapped so far; None where nothing is to be remembered."""
