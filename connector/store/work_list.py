"""Lists of what is on its way, page by page, without opening a seal: for the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from connector.store.connection import Connection
from connector.store.deliveries import UNKNOWN_EFFECT
from connector.store.leaf import Place


@dataclass(frozen=True, kw_only=True)
class DeliveryLine:
    """One intended write. Its reason in words stands on the page of its case."""

    id: int
    case_id: int
    target: str
    intent: str
    act_kind: str | None
    state: str
    attempts: int
    next_attempt_at: datetime
    error_code: str | None
    created_at: datetime
    finished_at: datetime | None


_COLUMNS = "id, case_id, target, intent, act_kind, state, attempts, next_attempt_at, error_code, created_at, finished_at"


async def writes(
    conn: Connection, at: Place[int], *, states: Sequence[str], target: str | None
) -> list[DeliveryLine]:
    """Writes in these states, newest first."""
    where, order = at.sql("id", falling=True)
    if target is not None:
        where += " AND target = %(target)s"
    one = f"(SELECT {_COLUMNS} FROM delivery WHERE state = {{state}} AND {where} ORDER BY {order} LIMIT %(most)s)"  # noqa: S608  # constants
    # each state by itself: its newest lie together in an index, those of all states do not
    every = " UNION ALL ".join(one.format(state=f"%(state_{n})s") for n in range(len(states)))
    cursor = await conn.execute(
        f"SELECT * FROM ({every}) AS found ORDER BY {order} LIMIT %(most)s".encode(),  # noqa: S608  # constants
        {
            "target": target,
            **at.values,
            **{f"state_{n}": state for n, state in enumerate(states)},
        },
        prepare=False,  # planned for these values: a plan for any state could use no index of some
    )
    return [DeliveryLine(**row) for row in await cursor.fetchall()]


@dataclass(frozen=True, kw_only=True)
class DoubtLine:
    """One write of which nobody knows whether it took effect. ``next_attempt_at``: when it looks itself up; None: a person decides."""

    id: int
    case_id: int
    target: str
    intent: str
    act: str | None
    act_kind: str | None
    key: UUID
    state: str
    attempts: int
    sent_at: datetime | None
    next_attempt_at: datetime | None
    code: str | None


async def doubts(conn: Connection, at: Place[int], *, person: bool) -> list[DoubtLine]:
    """Such writes, oldest first: those that wait for a ``person``, or those that still look themselves up."""
    where, order = at.sql("id", falling=False)
    which = "state = 'quarantined' AND error_code = ANY(%(codes)s)" if person else "state = 'in_doubt'"
    cursor = await conn.execute(
        f"""
        SELECT id, case_id, target, intent, act_id AS act, act_kind, key, state, attempts, sent_at,
               CASE WHEN state = 'in_doubt' THEN next_attempt_at END AS next_attempt_at, error_code AS code
        FROM delivery WHERE {which} AND {where} ORDER BY {order} LIMIT %(most)s
        """.encode(),  # noqa: S608  # constants
        {"codes": sorted(UNKNOWN_EFFECT), **at.values},
        prepare=False,  # as above
    )
    return [DoubtLine(**row) for row in await cursor.fetchall()]
