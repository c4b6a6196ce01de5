"""Hold a flow or a system, once, with the reason in the ledger; a person releases it."""

import structlog

from connector.errors import ConnectorError
from connector.ledger.entry import EntryKind
from connector.store import flows
from connector.sync.context import Context

log = structlog.get_logger(__name__)


async def hold_flow(ctx: Context, flow: str, name: str, error: ConnectorError) -> None:
    """A guard stopped one flow of one system; everything else goes on."""
    await _hold(ctx, f"flow:{flow}:{name}", name, error, EntryKind.GUARD_STOPPED)


async def hold_system(ctx: Context, name: str, error: ConnectorError) -> None:
    """The account was refused: no lane of this system goes on, so nobody hammers the login."""
    await _hold(ctx, f"system:{name}", name, error, EntryKind.PAUSED)


async def _hold(ctx: Context, scope: str, name: str, error: ConnectorError, kind: EntryKind) -> None:
    async with ctx.db.unit() as unit:
        fresh = await flows.hold(
            unit.conn, scope, reason=error.message, code=error.code, actor=unit.actor, at=ctx.clock.now()
        )
        if fresh:
            unit.record(kind, system=name, code=error.code, scope=scope)
            log.error("held", scope=scope, code=error.code, next_step=" / ".join(error.next_step))
