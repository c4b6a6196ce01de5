"""File tickets: unguessable, expiring addresses under which a portal fetches a file of ours."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from connector.case import Attachment
from connector.store import vault
from connector.store.connection import Connection
from connector.store.vault import Part, owner_of

_ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


async def issue(
    conn: Connection, *, system: str, ref: str, attachment: Attachment, expires_at: datetime
) -> str:
    """Make a token for one file; only its hash is kept."""
    token = secrets.token_urlsafe(24)
    await prolong(conn, token, system=system, ref=ref, attachment=attachment, expires_at=expires_at)
    return token


async def prolong(
    conn: Connection, token: str, *, system: str, ref: str, attachment: Attachment, expires_at: datetime
) -> None:
    """Make a token good until then, even one that had expired and was forgotten."""
    owner, body = owner_of(system, ref), _ATTACHMENT.dump_python(attachment, mode="json")
    keys = await vault.sealing(conn, owner)
    await conn.execute(
        """
        INSERT INTO file_ticket (token_hash, system, ref, sealed_attachment, expires_at) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (token_hash) DO UPDATE SET expires_at = greatest(file_ticket.expires_at, excluded.expires_at)
        """,
        (
            _hash(token),
            system,
            ref,
            keys.seal_json(owner, Part.CONTACT, _place(_hash(token)), body),
            expires_at,
        ),
    )


async def redeem(conn: Connection, token: str, at: datetime) -> tuple[str, str, Attachment] | None:
    """(system, ref, attachment) behind a token that is still good; a portal may fetch a file more than once.

    None for a token that nobody gave, that has expired, or whose case was erased.
    """
    row: dict[str, Any] | None = await (
        await conn.execute(
            "SELECT * FROM file_ticket WHERE token_hash = %s AND expires_at > %s", (_hash(token), at)
        )
    ).fetchone()
    if row is None:
        return None
    owner = owner_of(row["system"], row["ref"])
    keys = await vault.ring(conn, [owner])
    body = keys.open_json(owner, Part.CONTACT, _place(_hash(token)), row["sealed_attachment"])
    return (row["system"], row["ref"], _ATTACHMENT.validate_python(body)) if body is not None else None


async def forget_case(conn: Connection, case_id: int) -> None:
    """Drop all addresses of a case's files."""
    await conn.execute(
        "DELETE FROM file_ticket WHERE (system, ref) IN (SELECT system, ref FROM link WHERE case_id = %s)",
        (case_id,),
    )


async def forget_expired(conn: Connection, at: datetime) -> None:
    """Drop tickets that are of no use any more."""
    await conn.execute("DELETE FROM file_ticket WHERE expires_at < %s", (at,))


def _place(token_hash: bytes) -> str:
    return f"file_ticket.attachment/{token_hash.hex()}"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
