"""Hold a flow or a system, once, with the reason in the ledger; a person releases it."""

from typing import Any

import structlog

from connector.errors import ConnectorError, SafetyStop
from connector.ledger.entry import EntryKind
from connector.store import flows
from connector.sync.context import Context
from connector.sync.guards import AMOUNTS

log = structlog.get_logger(__name__)


async def hold_flow(ctx: Context, flow: str, name: str, error: ConnectorError) -> None:
    """A guard stopped one flow of one system; everything else goes on."""
    await _hold(ctx, f"flow:{flow}:{name}", name, error, EntryKind.GUARD_STOPPED)


async def hold_system(ctx: Context, name: str, error: ConnectorError) -> None:
    """The account was refused: no lane of this system goes on, so nobody hammers the login."""
    await _hold(ctx, f"system:{name}", name, error, EntryKind.PAUSED)


async def _hold(ctx: Context, scope: str, name: str, error: ConnectorError, kind: EntryKind) -> None:
    guard, numbers = guard_of(error)
    async with ctx.db.unit() as unit:
        fresh = await flows.hold(
            unit.conn,
            scope,
            reason=error.message,
            code=error.code,
            actor=unit.actor,
            at=ctx.clock.now(),
            guard=guard,
            numbers=numbers,
        )
        if fresh:
            facts: dict[str, Any] = {"code": error.code, "scope": scope, "guard": guard, **numbers}
            unit.record(kind, system=name, **facts)
            log.error("held", system=name, next_step=" / ".join(error.next_step), **facts)


def guard_of(error: ConnectorError) -> tuple[str | None, dict[str, int]]:
    """Which guard stopped, and its numbers, fit for the ledger; a stop that an adapter ordered is ``adapter``."""
    if not isinstance(error, SafetyStop):
        return None, {}
    told = error.detail.get("guard")
    # an adapter may put anything into its detail: a number of nine digits could be somebody's
    numbers = {
        name: value for name, value in error.detail.items() if isinstance(value, int) and abs(value) < 10**8
    }
    return (str(told) if told in AMOUNTS else "adapter"), numbers
