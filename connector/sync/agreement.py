"""Hold the writes that a changed contract concerns, and only those, until a person has approved it or it is back."""

from collections.abc import Iterable
from typing import Any

import structlog

from connector.contract.compare import Concern
from connector.errors import ContractHold
from connector.ledger.entry import EntryKind
from connector.store import contracts, flows
from connector.store.database import Unit
from connector.store.deliveries import Delivery
from connector.sync.context import Context
from connector.system import Operation

log = structlog.get_logger(__name__)


def scope_of(delivery_id: int) -> str:
    """The name under which one write is held."""
    return f"delivery:{delivery_id}"


async def hold_unagreed(
    ctx: Context, item: Delivery, operation: Operation, holding: Iterable[tuple[int, Concern]]
) -> bool:
    """Would this write do what is not agreed any more? Then it is held; what follows it to that system waits too.

    Args:
        holding: the differences that hold writes, and which.

    Returns:
        Whether it is held.
    """
    drift = next((number for number, concern in holding if concern.meets(operation)), None)
    if drift is None:
        return False
    async with ctx.db.unit() as unit:
        await hold_writes(ctx, unit, drift, [item])
    return True


async def hold_writes(ctx: Context, unit: Unit, drift: int, items: Iterable[Delivery]) -> None:
    """Hold these writes because of a difference; the reason is in the ledger."""
    for item in items:
        scope = scope_of(item.id)
        fresh = await flows.hold(
            unit.conn,
            scope,
            reason=f"the contract of {item.target} differs: see `phanhoi contract diff {item.target}` (no. {drift})",
            code=ContractHold.code,
            actor=unit.actor,
            at=ctx.clock.now(),
            numbers={"drift": drift},
        )
        if fresh:
            facts: dict[str, Any] = {"scope": scope, "code": ContractHold.code, "drift": drift}
            unit.record(
                EntryKind.PAUSED, system=item.target, case_id=item.case_id, delivery_id=item.id, **facts
            )
            log.warning(
                "write_held", system=item.target, delivery_id=item.id, code=ContractHold.code, drift=drift
            )


async def let_go(unit: Unit, drifts: list[int], *, actor: str | None = None) -> int:
    """The writes that these differences held go on. Returns how many."""
    scopes = await contracts.release(unit.conn, ContractHold.code, drifts)
    for scope in scopes:
        unit.record(EntryKind.RESUMED, actor=actor, scope=scope, code=ContractHold.code)
    if scopes:
        unit.wake("sweep")
    return len(scopes)
