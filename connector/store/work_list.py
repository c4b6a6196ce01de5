"""Lists of what is on its way, page by page, without opening a seal: for the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection
from connector.store.deliveries import OPEN, among


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


_FEW = (OPEN, ("cancelled", "dismissed"))


async def writes(
    conn: Connection, *, states: Sequence[str], target: str | None, before: int | None, most: int
) -> list[DeliveryLine]:
    """Writes in these states, newest first."""
    few = next((part for part in _FEW if set(states) <= set(part)), None)
    indexed = f"{among(few)} AND" if few else ""
    cursor = await conn.execute(
        f"""
        SELECT id, case_id, target, intent, act_kind, state, attempts, next_attempt_at, error_code, created_at, finished_at
        FROM delivery WHERE {indexed} state = ANY(%(states)s) AND (%(target)s::text IS NULL OR target = %(target)s)
          AND (%(before)s::bigint IS NULL OR id < %(before)s)
        ORDER BY id DESC LIMIT %(most)s
        """.encode(),  # noqa: S608  # constants
        {"states": list(states), "target": target, "before": before, "most": most},
    )
    return [DeliveryLine(**row) for row in await cursor.fetchall()]
