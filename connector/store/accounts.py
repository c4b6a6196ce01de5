"""Accounts of the console: who may sign in, and tries that failed. Passwords are hashes, secrets of codes are sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.store import vault
from connector.store.connection import Connection
from connector.store.vault import Part


@dataclass(frozen=True, kw_only=True)
class AccountRow:
    """One account.

    Attributes:
        agencies: empty: not limited.
        totp: one-time codes are set up.
        password: there is one; without it the account is open by single sign-on alone.
        sso: tied to a person whom a provider proves.
    """

    name: str
    display_name: str
    role: str
    agencies: tuple[str, ...]
    totp: bool
    password: bool
    sso: bool
    locked_at: datetime | None
    created_at: datetime
    signed_in_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Proofs:
    """What a sign-in is checked against. Never shown."""

    password_hash: str | None
    totp_secret: str | None
    totp_step: int


_COLUMNS = (
    "name, display_name, role, agencies, sealed_totp IS NOT NULL AS totp, password_hash IS NOT NULL AS password, "
    "sso_subject IS NOT NULL AS sso, locked_at, created_at, signed_in_at"
)


async def add(
    conn: Connection,
    *,
    name: str,
    display_name: str,
    role: str,
    agencies: Sequence[str],
    password_hash: str | None,
    at: datetime,
) -> bool:
    """A new account; without a password only single sign-on opens it. False if the name is taken."""
    cursor = await conn.execute(
        """
        INSERT INTO account (name, display_name, role, agencies, password_hash, created_at)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        (name, display_name, role, list(agencies), password_hash, at),
    )
    return cursor.rowcount == 1


async def get(conn: Connection, name: str, *, lock: bool = False) -> AccountRow | None:
    """One account."""
    query = f"SELECT {_COLUMNS} FROM account WHERE name = %s" + (" FOR UPDATE" if lock else "")  # noqa: S608  # constants
    row = await (await conn.execute(query.encode(), (name,))).fetchone()
    return _row(row) if row else None


async def listed(conn: Connection) -> list[AccountRow]:
    """All accounts by name."""
    cursor = await conn.execute(f"SELECT {_COLUMNS} FROM account ORDER BY name".encode())  # noqa: S608  # a constant
    return [_row(row) for row in await cursor.fetchall()]


async def proofs(conn: Connection, name: str) -> Proofs | None:
    """What the account's sign-in is checked against."""
    query = "SELECT password_hash, sealed_totp, totp_step FROM account WHERE name = %s"
    row = await (await conn.execute(query, (name,))).fetchone()
    if row is None:
        return None
    secret = await opened_secret(conn, name, row["sealed_totp"])
    return Proofs(password_hash=row["password_hash"], totp_secret=secret, totp_step=row["totp_step"])


async def set_password(conn: Connection, name: str, password_hash: str) -> None:
    """Another password."""
    await conn.execute("UPDATE account SET password_hash = %s WHERE name = %s", (password_hash, name))


async def by_person(conn: Connection, issuer: str, subject: str) -> AccountRow | None:
    """The account of a person whom a provider proves; locked against other changes."""
    query = f"SELECT {_COLUMNS} FROM account WHERE sso_issuer = %s AND sso_subject = %s FOR UPDATE"  # noqa: S608  # constants
    row = await (await conn.execute(query.encode(), (issuer, subject))).fetchone()
    return _row(row) if row else None


async def tie(conn: Connection, name: str, issuer: str | None, subject: str | None) -> bool:
    """Tie an account to a person, or (None) to nobody. False if another account is tied to them."""
    cursor = await conn.execute(
        """
        UPDATE account SET sso_issuer = %(issuer)s, sso_subject = %(subject)s
        WHERE name = %(name)s AND NOT EXISTS (
            SELECT FROM account WHERE sso_issuer = %(issuer)s AND sso_subject = %(subject)s AND name <> %(name)s)
        """,
        {"name": name, "issuer": issuer, "subject": subject},
    )
    return cursor.rowcount == 1


async def set_role(conn: Connection, name: str, role: str, agencies: Sequence[str]) -> None:
    """Another role, and the agencies it is limited to."""
    await conn.execute(
        "UPDATE account SET role = %s, agencies = %s WHERE name = %s", (role, list(agencies), name)
    )


async def set_locked(conn: Connection, name: str, at: datetime | None) -> None:
    """Lock it (``at``) or unlock it (None)."""
    await conn.execute("UPDATE account SET locked_at = %s WHERE name = %s", (at, name))


async def set_totp(conn: Connection, name: str, secret: str | None) -> None:
    """Another secret of one-time codes; None: they are to be set up anew."""
    sealed = await sealed_secret(conn, name, secret) if secret is not None else None
    await conn.execute("UPDATE account SET sealed_totp = %s, totp_step = 0 WHERE name = %s", (sealed, name))


async def use_step(conn: Connection, name: str, step: int) -> bool:
    """A code of that time step is used up. False if it, or a later one, was used before."""
    cursor = await conn.execute(
        "UPDATE account SET totp_step = %s WHERE name = %s AND totp_step < %s", (step, name, step)
    )
    return cursor.rowcount == 1


async def signed_in(conn: Connection, name: str, at: datetime) -> None:
    """A sign-in is complete: tries before it count no more."""
    await conn.execute("UPDATE account SET signed_in_at = %s WHERE name = %s", (at, name))
    await forgive(conn, name)


async def count_try(
    conn: Connection, *, name: str | None, address: str, at: datetime, since: datetime
) -> tuple[int, int, int]:
    """Write a try down before it is judged, so that many at once are all counted; older ones are swept away.

    Returns its number, and how many failed since then: of that account, and from that address, this one not counted.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('sign in'))")
    await conn.execute("DELETE FROM sign_in_try WHERE at < %s", (since,))
    row = await (
        await conn.execute(
            """
            WITH fresh AS (
                INSERT INTO sign_in_try (at, account, address) VALUES (%(at)s, %(name)s, %(address)s) RETURNING id
            )
            SELECT (SELECT id FROM fresh) AS id, count(*) FILTER (WHERE account = %(name)s) AS own,
                   count(*) FILTER (WHERE address = %(address)s) AS here
            FROM sign_in_try
            """,
            {"name": name, "address": address, "at": at},
        )
    ).fetchone()
    assert row is not None
    return int(row["id"]), int(row["own"]), int(row["here"])


async def forget_try(conn: Connection, try_id: int) -> None:
    """It succeeded."""
    await conn.execute("DELETE FROM sign_in_try WHERE id = %s", (try_id,))


async def forgive(conn: Connection, name: str) -> None:
    """Failed tries of an account count no more."""
    await conn.execute("DELETE FROM sign_in_try WHERE account = %s", (name,))


async def sealed_secret(conn: Connection, name: str, secret: str) -> bytes | None:
    """A secret of one-time codes, sealed for that account."""
    owner = owner_of_account(name)
    keys = await vault.sealing(conn, owner)
    return keys.seal(owner, Part.CONTACT, f"account.totp/{name}", secret.encode())


async def opened_secret(conn: Connection, name: str, sealed: bytes | None) -> str | None:
    """What was sealed for that account."""
    if sealed is None:
        return None
    keys = await vault.ring(conn, [owner_of_account(name)])
    plain = keys.open(owner_of_account(name), Part.CONTACT, f"account.totp/{name}", sealed)
    return plain.decode() if plain is not None else None


def owner_of_account(name: str) -> str:
    """The owner of what only that account may read."""
    return f"account/{name}"


def _row(row: dict[str, Any]) -> AccountRow:
    return AccountRow(**{**row, "agencies": tuple(row["agencies"])})
