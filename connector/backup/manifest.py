"""What a backup says of itself, in its first line: enough to judge what was restored, and no personal data."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from connector.errors import BackupBroken

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a database stands.

    Attributes:
        schemas: which schemas are in it.
        schema_version: newest migration of the connector's schema.
        server: major version of the PostgreSQL server.
        masters: names of the master keys without which the sealed content cannot be read.
        ledger_size, ledger_head: number and hash of the last entry.
        checkpoint: the newest signed checkpoint as a note.
        branch: how often the log had been continued after a restore.
        rows: rows of each table.
    """

    schemas: tuple[str, ...]
    schema_version: str
    server: int
    masters: tuple[str, ...]
    ledger_size: int
    ledger_head: str
    checkpoint: str | None
    branch: int
    rows: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Manifest(Standing):
    """What a backup says of itself: where the database stood, when (ISO 8601, UTC), and by which program it was made."""

    made_at: str
    program: str

    def line(self) -> bytes:
        """The first line."""
        return json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True).encode() + b"\n"


def parse_manifest(line: bytes) -> Manifest:
    """Read the first line.

    Raises:
        BackupBroken: it is none, or of a newer form.
    """
    try:
        told = json.loads(line)
        if told.pop("format") != FORMAT:
            raise ValueError  # told below
        return Manifest(**{**told, "schemas": tuple(told["schemas"]), "masters": tuple(told["masters"])})
    except (ValueError, KeyError, TypeError, AttributeError):
        msg = "the backup's manifest cannot be read: it is of another form"
        raise BackupBroken(msg) from None
