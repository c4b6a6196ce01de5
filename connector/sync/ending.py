"""How an attempt ends that has no receipt: the class of the error decides. The table stands in :mod:`connector.sync.deliver`."""

from datetime import datetime, timedelta
from math import log2

from connector.case import REGISTER
from connector.errors import (
    Conflict,
    ConnectorError,
    CredentialsRefused,
    InDoubt,
    Permanent,
    PrivacyStop,
    SafetyStop,
    Transient,
    TriedTooLong,
    Undecidable,
    Unmapped,
)
from connector.ledger.entry import EntryKind
from connector.store import cases, deliveries, quarantine, rereading
from connector.store.deliveries import Delivery, Stand
from connector.sync.context import Context
from connector.sync.hold import hold_flow, hold_system
from connector.sync.keys import next_key

MOST_CONFLICTS = 5
"""So often a case is read and planned again before a person is asked."""


async def end_attempt(ctx: Context, item: Delivery, error: ConnectorError, left: Stand | None = None) -> None:
    """Record how an attempt ended that has no receipt.

    Args:
        left: where the attempt left the delivery. If another node has taken it over since, nothing is recorded: that
            node finds out by itself what became of the write.
    """
    if isinstance(error, CredentialsRefused):
        await _wait(ctx, item, error, left)
        await hold_system(ctx, item.target, error)
    elif isinstance(error, SafetyStop):
        await _wait(ctx, item, error, left)
        await hold_flow(ctx, "deliver", item.target, error)
    elif isinstance(error, Transient | InDoubt) and _too_long(ctx, item):
        await _quarantine(ctx, item, _given_up(ctx, item, error), left)
    elif isinstance(error, Transient):
        await _wait(ctx, item, error, left)
    elif isinstance(error, InDoubt):
        await _doubt(ctx, item, error, left)
    elif isinstance(error, Conflict) and item.epoch < MOST_CONFLICTS:
        await _plan_again(ctx, item, error, left)
    elif isinstance(error, PrivacyStop):
        await _withhold(ctx, item, error, left)
    else:
        await _quarantine(ctx, item, error, left)


def _too_long(ctx: Context, item: Delivery) -> bool:
    """Nothing is retried without end: after so many attempts, or so long, a person is asked. It stays either way."""
    work, now = ctx.settings.work, ctx.clock.now()
    span = now - (item.trying_since or now)
    return item.attempts + 1 >= work.most_attempts or span >= timedelta(seconds=work.give_up_after_s)


def _given_up(ctx: Context, item: Delivery, error: Transient | InDoubt) -> Permanent:
    now = ctx.clock.now()
    hours = int((now - (item.trying_since or now)).total_seconds() // 3600)
    msg = f"{item.attempts + 1} attempts in {hours} h; the last one ended in {error.code}: {error.message}"
    # what could not be looked up for so long may have taken effect: it must not be written anew
    doubtful = item.state == "in_doubt" or isinstance(error, InDoubt)
    return Undecidable(msg) if doubtful else TriedTooLong(msg)


async def _withhold(ctx: Context, item: Delivery, error: PrivacyStop, left: Stand | None) -> None:
    async with ctx.db.unit() as unit:
        if not await deliveries.cancel(
            unit.conn, item.id, code=error.code, text=error.message, at=ctx.clock.now(), left=left
        ):
            return
        unit.record(
            EntryKind.WITHHELD,
            system=item.target,
            case_id=item.case_id,
            delivery_id=item.id,
            code=error.code,
        )


async def _wait(ctx: Context, item: Delivery, error: Transient | SafetyStop, left: Stand | None) -> None:
    # after a look-up that failed, the outcome of the write itself is as unknown as before
    state = "in_doubt" if item.state == "in_doubt" else "waiting"
    least_s = error.retry_after_s if isinstance(error, Transient) else None
    now = ctx.clock.now()
    async with ctx.db.unit() as unit:
        row = await cases.get(unit.conn, item.case_id)
        home = row.link(REGISTER) if row else None
        until = now + ctx.backoff(
            _failures(ctx, item, now), least_s, ctx.time_left(home.state if home else None)
        )
        if not await deliveries.postpone(
            unit.conn,
            item.id,
            state=state,
            code=error.code,
            text=error.message,
            until=until,
            at=now,
            left=left,
        ):
            return
        unit.record(
            EntryKind.WAITING,
            system=item.target,
            case_id=item.case_id,
            delivery_id=item.id,
            code=error.code,
            attempt=item.attempts + 1,
        )


def _failures(ctx: Context, item: Delivery, now: datetime) -> int:
    """How many failures a wait is made for. Look-ups are not counted, so there the time since the write stands in."""
    if item.state != "in_doubt" or item.sent_at is None:
        return item.attempts
    spans = (now - item.sent_at).total_seconds() / ctx.settings.work.backoff_first_s
    return int(log2(1 + max(0.0, spans)))


async def _doubt(ctx: Context, item: Delivery, error: InDoubt, left: Stand | None) -> None:
    now = ctx.clock.now()
    until = now + timedelta(seconds=ctx.settings.work.settling_s)
    async with ctx.db.unit() as unit:
        if not await deliveries.postpone(
            unit.conn,
            item.id,
            state="in_doubt",
            code=error.code,
            text=error.message,
            until=until,
            at=now,
            left=left,
        ):
            return
        unit.record(
            EntryKind.IN_DOUBT, system=item.target, case_id=item.case_id, delivery_id=item.id, code=error.code
        )


async def _plan_again(ctx: Context, item: Delivery, error: Conflict, left: Stand | None) -> None:
    """The remote's state forbids it and nothing was written: read the case again, then try with a new key."""
    key = next_key(item.key)
    now = ctx.clock.now()
    async with ctx.db.unit() as unit:
        row = await cases.get(unit.conn, item.case_id, lock=True)
        link = row.link(item.target) if row else None
        if not await deliveries.renew(unit.conn, item.id, key, now + ctx.backoff(item.epoch), left=left):
            return
        await cases.mark_dirty(unit.conn, [item.case_id], now)
        if link is not None:
            await rereading.postpone(unit.conn, item.target, [link.ref], now)
        unit.record(
            EntryKind.RETRIED, system=item.target, case_id=item.case_id, delivery_id=item.id, code=error.code
        )
        unit.wake("refresh", system=item.target)


async def _quarantine(ctx: Context, item: Delivery, error: ConnectorError, left: Stand | None) -> None:
    now = ctx.clock.now()
    candidates = error.candidates if isinstance(error, Unmapped) else ()
    async with ctx.db.unit() as unit:
        if not await deliveries.postpone(
            unit.conn,
            item.id,
            state="quarantined",
            code=error.code,
            text=error.message,
            until=now,
            at=now,
            left=left,
        ):
            return
        item_id = await quarantine.put(
            unit.conn,
            subject=f"delivery/{item.id}",
            system=item.target,
            case_id=item.case_id,
            delivery_id=item.id,
            code=error.code,
            reason=error.message,
            candidates=candidates,
            at=now,
        )
        unit.record(
            EntryKind.QUARANTINED,
            system=item.target,
            case_id=item.case_id,
            delivery_id=item.id,
            code=error.code,
            quarantine_id=item_id,
        )
