"""Releases of guards and fingerprints of what they compare: what a person let pass, once, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection
from connector.store.schema import VERSION_TABLE

DATABASE = "database"
"""Name of the fingerprint that is the database's version."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A person looked at the numbers of a stop and let so much pass. ``reason`` stands as it was typed."""

    scope: str
    guard: str
    amount: int | None
    actor: str
    reason: str
    at: datetime


async def add(conn: Connection, what: Release) -> None:
    """Let it pass. An older release of the same guard that was never used is over."""
    await conn.execute(
        "UPDATE guard_release SET used_at = %s WHERE scope = %s AND guard = %s AND used_at IS NULL",
        (what.at, what.scope, what.guard),
    )
    await conn.execute(
        "INSERT INTO guard_release (scope, guard, amount, actor, reason, at) VALUES (%s, %s, %s, %s, %s, %s)",
        (what.scope, what.guard, what.amount, what.actor, what.reason, what.at),
    )


async def accepted(conn: Connection, scope: str) -> dict[str, int]:
    """Guard → amount that may pass there, and was not used up yet."""
    cursor = await conn.execute(
        "SELECT guard, amount FROM guard_release WHERE scope = %s AND used_at IS NULL AND amount IS NOT NULL",
        (scope,),
    )
    return {row["guard"]: int(row["amount"]) for row in await cursor.fetchall()}


async def use(conn: Connection, scope: str, guards: frozenset[str], at: datetime) -> None:
    """What was let pass has passed."""
    await conn.execute(
        "UPDATE guard_release SET used_at = %s WHERE scope = %s AND guard = ANY(%s) AND used_at IS NULL",
        (at, scope, list(guards)),
    )


async def last(conn: Connection, scope: str) -> dict[str, datetime]:
    """Guard → when a person last let its stop pass: what was there before is not counted against it again."""
    cursor = await conn.execute(
        "SELECT guard, max(at) AS at FROM guard_release WHERE scope = %s GROUP BY guard", (scope,)
    )
    return {row["guard"]: row["at"] for row in await cursor.fetchall()}


async def of_scope(conn: Connection, scope: str) -> tuple[Release, ...]:
    """Everything that was let pass there, oldest first."""
    cursor = await conn.execute(
        "SELECT scope, guard, amount, actor, reason, at FROM guard_release WHERE scope = %s ORDER BY id",
        (scope,),
    )
    return tuple(Release(**row) for row in await cursor.fetchall())


async def fingerprints(conn: Connection) -> Mapping[str, str]:
    """Name → digest, as things stood when they were last judged."""
    cursor = await conn.execute("SELECT name, digest FROM fingerprint")
    return {row["name"]: row["digest"] for row in await cursor.fetchall()}


async def keep_fingerprint(conn: Connection, name: str, digest: str, at: datetime) -> None:
    """This is how it looks now."""
    await conn.execute(
        """
        INSERT INTO fingerprint (name, digest, at) VALUES (%(name)s, %(digest)s, %(at)s)
        ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, at = excluded.at
        """,
        {"name": name, "digest": digest, "at": at},
    )


async def moved_from(conn: Connection, at: datetime) -> tuple[str, str] | None:
    """The database's version when this was asked last, and its version now, if they differ; told once, whoever asks."""
    row = await (await conn.execute(f"SELECT version_num FROM {VERSION_TABLE}")).fetchone()  # noqa: S608  # a constant
    assert row is not None
    now = str(row["version_num"])
    kept = await (
        await conn.execute("SELECT digest FROM fingerprint WHERE name = %s FOR UPDATE", (DATABASE,))
    ).fetchone()
    if kept is not None and kept["digest"] == now:
        return None
    await keep_fingerprint(conn, DATABASE, now, at)
    return None if kept is None else (str(kept["digest"]), now)
