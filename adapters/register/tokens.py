"""Bearer tokens: 32 random bytes, shown once, stored as a hash, each with one role."""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from adapters.register.database import Connection, one, run
from connector.clock import Clock


class Role(StrEnum):
    """What a token may do."""

    INTAKE = "intake"  # a channel hands in cases and supplements
    OFFICER = "officer"  # the management site acts for named officials
    EXCHANGE = "exchange"  # the connector
    READER = "reader"  # statistics and the public projection: never a sender


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Who calls: the token's role and name."""

    role: Role
    name: str


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def create_token(conn: Connection, clock: Clock, role: Role, name: str) -> str:
    """Make a token and store its hash. The returned text cannot be shown again."""
    token = f"dk_{secrets.token_urlsafe(32)}"
    await run(conn, "put_token", role=role.value, name=name, sha256=_hash(token), now=clock.now())
    return token


async def revoke_tokens(conn: Connection, clock: Clock, role: Role, name: str) -> None:
    """End all tokens of that role and name at once."""
    await run(conn, "revoke_token", role=role.value, name=name, now=clock.now())


async def bearer_of(conn: Connection, token: str) -> Bearer | None:
    """Whose token it is; None if nobody's, or revoked."""
    row = await one(conn, "token", sha256=_hash(token))
    return Bearer(role=Role(row["role"]), name=row["name"]) if row else None
