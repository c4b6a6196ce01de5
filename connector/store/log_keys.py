"""The public keys by which checkpoints are checked, and the time in which each counts."""

from dataclasses import dataclass
from datetime import datetime

from connector.ledger.note import PublicKey
from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A key and its name in the key file."""

    label: str
    key: PublicKey


async def listed(conn: Connection) -> list[Listed]:
    """All keys that ever counted, oldest first."""
    cursor = await conn.execute("SELECT * FROM ledger_key ORDER BY valid_from, label")
    return [
        Listed(
            label=row["label"],
            key=PublicKey(
                name=row["name"],
                public=bytes(row["public"]),
                valid_from=row["valid_from"],
                valid_until=row["valid_until"],
            ),
        )
        for row in await cursor.fetchall()
    ]


async def add(conn: Connection, label: str, key: PublicKey) -> None:
    """A key counts from now on."""
    await conn.execute(
        """
        INSERT INTO ledger_key (id, label, name, public, valid_from, valid_until) VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (key.key_id.hex(), label, key.name, key.public, key.valid_from, key.valid_until),
    )


async def end_all(conn: Connection, until: datetime) -> None:
    """Keys that still count do so no longer from that instant."""
    await conn.execute("UPDATE ledger_key SET valid_until = %s WHERE valid_until IS NULL", (until,))
