"""Look-up: what became of a write whose reply was lost, before anything is written again."""

from datetime import timedelta

import structlog

from connector.errors import ConnectorError, InDoubt, Transient, Undecidable, Unreadable
from connector.store.deliveries import Delivery
from connector.sync.context import Context
from connector.system import Sighting, System, Verdict

log = structlog.get_logger(__name__)

MOST_LOOKUPS = 8
"""After so many settling times without a clear word a person is asked."""


async def look_up(ctx: Context, system: System, item: Delivery) -> Sighting:
    """Did the earlier attempt take effect? Found, with its receipt; absent; or unknown where repeating does no harm.

    Raises:
        Transient: the remote cannot be asked now.
        InDoubt: it cannot tell yet; ask again after the settling time.
        Undecidable: nobody can tell, and repeating it might write twice: a person decides.
    """
    if item.operation is None:
        return Sighting(verdict=Verdict.ABSENT)
    sighting = await _find(ctx, system, item)
    if sighting is not None:
        if sighting.receipt is not None or sighting.verdict is Verdict.ABSENT:
            return sighting
        if sighting.verdict is Verdict.UNKNOWN and system.capabilities.idempotent:
            return sighting
    patience = timedelta(seconds=ctx.settings.work.settling_s * MOST_LOOKUPS)
    if item.sent_at is not None and ctx.clock.now() < item.sent_at + patience:
        msg = "the remote cannot tell yet whether the write took effect"
        raise InDoubt(msg)
    msg = "nobody can tell whether the write took effect; it is held, never repeated blindly"
    raise Undecidable(msg)


async def _find(ctx: Context, system: System, item: Delivery) -> Sighting | None:
    """Ask; None if no answer came. Neither a refusal nor a fault of ours says anything about the write itself."""
    assert item.operation is not None
    key = item.operation.key
    try:
        return await ctx.call(item.target, lambda: system.find(key))
    except Transient:
        raise
    except ConnectorError as error:
        log.warning("look_up_refused", system=item.target, delivery_id=item.id, code=error.code)
        if isinstance(error, Unreadable):  # no refusal: asked for again, like an answer that did not come
            msg = "the answer to the look-up cannot be read"
            raise Transient(msg) from error
        if not isinstance(error, InDoubt):
            msg = f"the look-up was refused ({error.code}); it is held, never repeated blindly"
            raise Undecidable(msg) from error
    except Exception as error:  # whatever broke, the write itself is as doubtful as before
        log.exception("look_up_fault", system=item.target, delivery_id=item.id, kind=type(error).__name__)
    return None
