"""The connection that every query function takes: rows are dicts, the search path is ours, the vault is at hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from connector.sealing import CaseKey
from connector.store.masters import Vault


class Connection(psycopg.AsyncConnection[dict[str, Any]]):
    """A connection of the pool; ``vault`` is None for commands that read nothing sealed."""

    vault: Vault | None = None
    unwrapped: dict[str, dict[str, CaseKey]] | None = None
    """Owner → part → key: what this transaction has unwrapped so far; None where nothing is to be remembered."""


@dataclass(frozen=True, kw_only=True)
class Liveliness:
    """How soon either end of a connection notices that the other is gone.

    Without it a node that is cut off would wait for a quarter of an hour, and the server would keep its row locks, the
    end of the ledger among them, as long. ``client``: parameters of the driver. ``server``: options of the session.
    """

    client: Mapping[str, Any]
    server: str


LIVELINESS = Liveliness(
    client={
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    },
    server="-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=10000 -c client_connection_check_interval=5000",
)
"""About ten seconds, less than the patience of the other nodes (``work.stalled_after_s``)."""
