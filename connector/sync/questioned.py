"""After a restore: a write that our database plans may have been made already, by the state that was lost."""

from dataclasses import replace

from connector.ledger.entry import EntryKind
from connector.store import deliveries
from connector.store.deliveries import Delivery
from connector.sync.context import Context
from connector.sync.render import render

BY_RESTORE = "restore"


async def questioned(ctx: Context, item: Delivery) -> Delivery:
    """The same write, in doubt if an unknown past may hold it: then it is looked up by its key before it is sent.

    A key names the case by its origin and the act by its id, so what is planned anew has the key it had before.

    Raises like :func:`connector.sync.render.render`.
    """
    if not item.questioned or item.state not in ("planned", "waiting"):
        return item
    operation, basis = item.operation, item.basis
    if operation is None or basis.get("stripped"):
        operation, basis = await render(ctx, item)
    now = ctx.clock.now()
    async with ctx.db.unit() as unit:
        if not await deliveries.question(unit.conn, item, operation, basis, now):
            return item  # overtaken: the next step finds out
        unit.record(
            EntryKind.IN_DOUBT,
            system=item.target,
            case_id=item.case_id,
            delivery_id=item.id,
            by=BY_RESTORE,
            key=str(operation.key.id),
        )
    return replace(item, state="in_doubt", operation=operation, basis=basis, sent_at=now)
