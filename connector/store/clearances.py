"""Markings of state secrecy that an officer looked at and cleared. New ones hold the case again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from connector.store import vault
from connector.store.connection import Connection
from connector.store.vault import Part, case_owner


@dataclass(frozen=True, kw_only=True)
class Clearance:
    """One decision. ``digests`` name the markings it was about."""

    officer: str
    basis: str
    at: datetime
    digests: frozenset[str]


async def add(
    conn: Connection, case_id: int, digests: Collection[str], *, officer: str, basis: str, at: datetime
) -> None:
    """Remember a decision."""
    keys = await vault.sealing(conn, case_owner(case_id), case_id)
    sealed = keys.seal_json(case_owner(case_id), Part.FILE, _place(case_id), sorted(digests))
    await conn.execute(
        "INSERT INTO secrecy_clearance (case_id, sealed_digests, officer, basis, at) VALUES (%s, %s, %s, %s, %s)",
        (case_id, sealed, officer, basis, at),
    )


async def of_case(conn: Connection, case_id: int) -> tuple[Clearance, ...]:
    """All decisions about a case, oldest first."""
    cursor = await conn.execute("SELECT * FROM secrecy_clearance WHERE case_id = %s ORDER BY id", (case_id,))
    rows = await cursor.fetchall()
    keys = await vault.ring(conn, [case_owner(case_id)] if rows else [])
    return tuple(
        Clearance(
            officer=row["officer"],
            basis=row["basis"],
            at=row["at"],
            digests=frozenset(
                keys.open_json(case_owner(case_id), Part.FILE, _place(case_id), row["sealed_digests"]) or ()
            ),
        )
        for row in rows
    )


def _place(case_id: int) -> str:
    return f"secrecy_clearance.digests/{case_id}"
