"""Did an earlier write of the connector take effect? By its key, or by the natural key of what it carried."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.register.database import one, rows
from adapters.register.service.scope import Scope
from adapters.register.service.values import ExchangeReceipt


@dataclass(frozen=True, kw_only=True)
class Natural:
    """Natural keys of an earlier write, for the look-up."""

    origin_system: str | None = None
    origin_ref: str | None = None
    acts: tuple[str, ...] = ()


async def find(scope: Scope, key: UUID | None, natural: Natural) -> ExchangeReceipt | None:
    """What an earlier write brought about, by key or by natural key; None: it had no effect. Reads only."""
    async with scope.database.connection() as conn:
        if key is not None:
            row = await one(conn, "find_key", key=key)
            if row is not None:
                return from_stored(row["receipt"], duplicate=True)
        if natural.origin_system and natural.origin_ref:
            row = await one(
                conn, "find_origin", origin_system=natural.origin_system, origin_ref=natural.origin_ref
            )
            return None if row is None else ExchangeReceipt(
                ref=str(row["id"]), duplicate=True, facts={"code": row["code"]}
            )  # fmt: skip
        if natural.acts:
            found = await rows(conn, "find_acts", act_ids=list(natural.acts))
            if len(found) == len(set(natural.acts)):
                return ExchangeReceipt(ref=str(found[0]["case_id"]), duplicate=True)
    return None


def from_stored(stored: Mapping[str, Any], *, duplicate: bool) -> ExchangeReceipt:
    """The receipt as it was stored with its key."""
    return ExchangeReceipt(ref=stored["ref"], duplicate=duplicate, facts=stored["facts"])
