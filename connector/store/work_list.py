"""Lists of what is on its way, page by page, without opening a seal: for the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection


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
    conn: Connection, *, states: Sequence[str], target: str | None, before: int | None, most: int
) -> list[DeliveryLine]:
    """Writes in these states, newest first."""
    where = ["state = {state}"]
    if target is not None:
        where.append("target = %(target)s")
    if before is not None:
        where.append("id < %(before)s")
    one = f"(SELECT {_COLUMNS} FROM delivery WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT %(most)s)"  # noqa: S608  # constants
    # each state by itself: its newest lie together in an index, those of all states do not
    every = " UNION ALL ".join(one.format(state=f"%(state_{n})s") for n in range(len(states)))
    cursor = await conn.execute(
        f"SELECT * FROM ({every}) AS found ORDER BY id DESC LIMIT %(most)s".encode(),  # noqa: S608  # constants
        {
            "target": target,
            "before": before,
            "most": most,
            **{f"state_{n}": state for n, state in enumerate(states)},
        },
        prepare=False,  # planned for these values: a plan for any state could use no index of some
    )
    return [DeliveryLine(**row) for row in await cursor.fetchall()]
