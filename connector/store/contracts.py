"""The recorded contracts, the newest look at each, and what differs from them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from connector.canonical import digest
from connector.contract.compare import Concern, Difference
from connector.store.connection import Connection

_CONCERN: TypeAdapter[Concern] = TypeAdapter(Concern)
_COLUMNS = "id, system, part, path, change, was, now, uses, concern, holds, cases, state, first_seen, last_seen, closed_by"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One recorded version of one part. ``basis`` is None for what was recorded at the first look."""

    system: str
    part: str
    number: int
    lines: Mapping[str, str]
    digest: str
    at: datetime
    actor: str
    basis: str | None


@dataclass(frozen=True, kw_only=True)
class Check:
    """The newest check of a system: ``same``, ``drifted`` or ``failed`` with a code.

    ``seen``: up to which observation each kind of record was learned from.
    """

    system: str
    at: datetime
    outcome: str
    code: str | None = None
    seen: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A difference's number; is it new, and is it still to be decided?"""

    id: int
    fresh: bool
    open: bool


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One difference that was found; ``cases`` is the number of open cases that it concerned at the newest check."""

    id: int
    system: str
    part: str
    path: str
    change: str
    was: str | None
    now: str | None
    uses: tuple[str, ...]
    concern: Concern
    holds: bool
    cases: int
    state: str
    first_seen: datetime
    last_seen: datetime
    closed_by: str | None


# ---- versions and looks -------------------------------------------------------------------------------------


async def in_force(conn: Connection, system: str | None = None) -> list[Version]:
    """The newest version of every part; of one system, if named."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT ON (system, part) system, part, number, lines, digest, at, actor, basis
        FROM contract_version WHERE (%(s)s::text IS NULL OR system = %(s)s) ORDER BY system, part, number DESC
        """,
        {"s": system},
    )
    return [Version(**row) for row in await cursor.fetchall()]


async def record(
    conn: Connection,
    system: str,
    part: str,
    lines: Mapping[str, str],
    *,
    at: datetime,
    actor: str,
    basis: str | None = None,
) -> Version:
    """A further version of a part. Nothing of the versions before it is changed."""
    row = await (
        await conn.execute(
            """
            INSERT INTO contract_version (system, part, number, lines, digest, at, actor, basis)
            SELECT %(s)s, %(p)s, coalesce(max(number), 0) + 1, %(lines)s, %(digest)s, %(at)s, %(actor)s, %(basis)s
            FROM contract_version WHERE system = %(s)s AND part = %(p)s
            RETURNING system, part, number, lines, digest, at, actor, basis
            """,
            {
                "s": system,
                "p": part,
                "lines": Jsonb(dict(lines)),
                "digest": digest(dict(lines)),
                "at": at,
                "actor": actor,
                "basis": basis,
            },
        )
    ).fetchone()
    assert row is not None
    return Version(**row)


async def looked(
    conn: Connection, system: str, part: str, kind: str, lines: Mapping[str, str], at: datetime
) -> None:
    """What a part looks like now."""
    await conn.execute(
        """
        INSERT INTO contract_look (system, part, kind, lines, digest, at) VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (system, part) DO UPDATE
        SET kind = excluded.kind, lines = excluded.lines, digest = excluded.digest, at = excluded.at
        """,
        (system, part, kind, Jsonb(dict(lines)), digest(dict(lines)), at),
    )


async def looks(conn: Connection, system: str) -> dict[str, Mapping[str, str]]:
    """The newest look at every part of a system."""
    cursor = await conn.execute(
        "SELECT part, lines FROM contract_look WHERE system = %s ORDER BY part", (system,)
    )
    return {row["part"]: row["lines"] for row in await cursor.fetchall()}


# ---- checks -------------------------------------------------------------------------------------------------


async def checks(conn: Connection) -> dict[str, Check]:
    """The newest check of each system."""
    cursor = await conn.execute("SELECT system, at, outcome, code, seen FROM contract_check ORDER BY system")
    return {row["system"]: Check(**row) for row in await cursor.fetchall()}


async def checked(conn: Connection, check: Check) -> None:
    """A check ended."""
    await conn.execute(
        """
        INSERT INTO contract_check (system, at, outcome, code, seen) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (system) DO UPDATE SET at = excluded.at, outcome = excluded.outcome, code = excluded.code,
            seen = contract_check.seen || excluded.seen
        """,
        (check.system, check.at, check.outcome, check.code, Jsonb(dict(check.seen))),
    )


async def kinds_told(conn: Connection, system: str) -> list[str]:
    """Kinds of record that a system ever told; by steps through the index, as there may be millions of rows."""
    cursor = await conn.execute(
        """
        WITH RECURSIVE kinds AS (
            (SELECT kind FROM observation WHERE system = %(s)s ORDER BY kind LIMIT 1)
            UNION ALL
            SELECT (SELECT kind FROM observation WHERE system = %(s)s AND kind > before.kind ORDER BY kind LIMIT 1)
            FROM kinds AS before WHERE before.kind IS NOT NULL
        )
        SELECT kind FROM kinds WHERE kind IS NOT NULL
        """,
        {"s": system},
    )
    return [row["kind"] for row in await cursor.fetchall()]


async def newest_tellings(conn: Connection, system: str, kind: str, *, after: int, most: int) -> list[int]:
    """Ids of the newest observations of a kind after that one; of cases that have not ended."""
    cursor = await conn.execute(
        """
        SELECT id FROM observation
        WHERE system = %s AND kind = %s AND id > %s AND sealed_data IS NOT NULL ORDER BY id DESC LIMIT %s
        """,
        (system, kind, after, most),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def cases_told(conn: Connection, system: str, refs: Collection[str]) -> set[int]:
    """Cases that go on and are known to a system under these references."""
    cursor = await conn.execute(
        """
        SELECT case_id FROM link JOIN case_record ON case_record.id = case_id
        WHERE system = %s AND ref = ANY(%s) AND ended_at IS NULL
        """,
        (system, list(refs)),
    )
    return {row["case_id"] for row in await cursor.fetchall()}


# ---- drift --------------------------------------------------------------------------------------------------


async def note(conn: Connection, system: str, found: Difference, *, cases: int, at: datetime) -> Noted:
    """Write a difference down, or that it is still there. What a person accepted stays accepted while it is the same."""
    row = await (
        await conn.execute(
            """
            INSERT INTO contract_drift (system, part, path, change, was, now, uses, concern, holds, cases,
                                        first_seen, last_seen)
            VALUES (%(system)s, %(part)s, %(path)s, %(change)s, %(was)s, %(now)s, %(uses)s, %(concern)s, %(holds)s,
                    %(cases)s, %(at)s, %(at)s)
            ON CONFLICT (system, part, path, change) WHERE state IN ('open', 'accepted') DO UPDATE
            SET was = excluded.was, now = excluded.now, uses = excluded.uses, concern = excluded.concern,
                holds = excluded.holds, cases = excluded.cases, last_seen = excluded.last_seen,
                state = CASE WHEN contract_drift.now IS DISTINCT FROM excluded.now THEN 'open'
                             ELSE contract_drift.state END
            RETURNING id, state, (xmax = 0) AS fresh
            """,
            {
                "system": system,
                "part": found.part,
                "path": found.path,
                "change": found.change.value,
                "was": found.was,
                "now": found.now,
                "uses": Jsonb([str(use) for use in found.uses]),
                "concern": Jsonb(_CONCERN.dump_python(found.concern, mode="json")),
                "holds": found.concern.holds,
                "cases": cases,
                "at": at,
            },
        )
    ).fetchone()
    assert row is not None
    return Noted(id=row["id"], fresh=row["fresh"], open=row["state"] == "open")


async def drifts(
    conn: Connection, system: str | None = None, *, state: str = "open", most: int = 1000
) -> list[Drift]:
    """Differences in a state, those that hold something first."""
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM contract_drift
        WHERE state = %(state)s AND (%(s)s::text IS NULL OR system = %(s)s)
        ORDER BY system, holds DESC, id LIMIT %(most)s
        """,  # noqa: S608  # the columns are a constant
        {"s": system, "state": state, "most": most},
    )
    return [_drift(row) for row in await cursor.fetchall()]


async def ask_holding(conn: Connection, system: str) -> psycopg.AsyncCursor[dict[str, Any]]:
    """Ask for open differences that hold writes to a system; for who asks for more in the same round trip."""
    return await conn.execute(
        "SELECT id, concern FROM contract_drift WHERE system = %s AND state = 'open' AND holds ORDER BY id",
        (system,),
    )


async def take_holding(asked: psycopg.AsyncCursor[dict[str, Any]]) -> list[tuple[int, Concern]]:
    """What :func:`ask_holding` found: number of the difference, and which writes it concerns."""
    return [(row["id"], _CONCERN.validate_python(row["concern"])) for row in await asked.fetchall()]


async def close(conn: Connection, ids: Collection[int], *, state: str, actor: str, at: datetime) -> None:
    """``approved`` or ``accepted`` by a person, or ``gone`` by itself."""
    await conn.execute(
        """
        UPDATE contract_drift SET state = %s, closed_by = %s, closed_at = %s
        WHERE id = ANY(%s) AND state IN ('open', 'accepted')
        """,
        (state, actor, at, list(ids)),
    )


async def unseen(conn: Connection, system: str, parts: Collection[str], seen: Collection[int]) -> list[Drift]:
    """Differences of these parts that a check did not find any more."""
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM contract_drift WHERE system = %s AND part = ANY(%s)
          AND state IN ('open', 'accepted') AND NOT id = ANY(%s) ORDER BY id
        """,  # noqa: S608  # the columns are a constant
        (system, list(parts), list(seen)),
    )
    return [_drift(row) for row in await cursor.fetchall()]


async def release(conn: Connection, code: str, ids: Sequence[int]) -> list[str]:
    """Let go of the writes that these differences held. Returns the scopes."""
    cursor = await conn.execute(
        "DELETE FROM pause WHERE code = %s AND (numbers->>'drift')::bigint = ANY(%s) RETURNING scope",
        (code, list(ids)),
    )
    return [row["scope"] for row in await cursor.fetchall()]


async def held_writes(conn: Connection, code: str) -> dict[int, int]:
    """Number of writes that each difference holds now."""
    cursor = await conn.execute(
        "SELECT (numbers->>'drift')::bigint AS id, count(*) AS n FROM pause WHERE code = %s GROUP BY 1",
        (code,),
    )
    return {row["id"]: row["n"] for row in await cursor.fetchall()}


def _drift(row: dict[str, Any]) -> Drift:
    return Drift(**{**row, "uses": tuple(row["uses"]), "concern": _CONCERN.validate_python(row["concern"])})
