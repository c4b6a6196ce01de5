"""Deliver: privacy gate → mapping → adapter → outcome. One write at a time per case and system, in order.

What an attempt ends in is decided by the class of the error (:mod:`connector.errors`), never by its text:

===================  =======================================================================================
ends in              then
===================  =======================================================================================
a receipt            ``done``; the baseline moves in the same transaction
Transient            ``waiting``; back-off with full jitter, never less than the other side asked for
CredentialsRefused   ``waiting``; the whole system is held until a person has corrected the account
InDoubt              ``in_doubt``; looked up at the remote before anything is written again
Conflict             the case is read again and planned again, at most :data:`MOST_CONFLICTS` times
Unmapped, Permanent  ``quarantined``, for a person
PrivacyStop          ``cancelled``: it must not leave
anything else        ``in_doubt`` if it may have been sent, else ``quarantined``: a fault of ours loses nothing
===================  =======================================================================================
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from connector.errors import (
    Conflict,
    ConnectorError,
    CredentialsRefused,
    InDoubt,
    Permanent,
    PrivacyStop,
    Transient,
    Undecidable,
    Unmapped,
)
from connector.ledger.entry import EntryKind
from connector.store import cases, deliveries, flows, quarantine
from connector.store.deliveries import Delivery
from connector.sync.context import Context
from connector.sync.hold import hold_system
from connector.sync.keys import delivery_key
from connector.sync.outcome import record_done
from connector.sync.render import load_files, render
from connector.system import Operation, Receipt, System, Verdict

log = structlog.get_logger(__name__)

MOST_CONFLICTS = 5
"""So often a case is read and planned again before a person is asked."""

MOST_LOOKUPS = 8
"""So often a look-up is tried before a person is asked."""


async def deliver(ctx: Context, name: str, lane: int) -> bool:
    """Drain what is due in a lane, within one slice. True if more is due."""
    system, work = ctx.systems[name], ctx.settings.work
    await _doubt_orphans(ctx, name, lane)
    until = ctx.clock.now() + timedelta(seconds=work.slice_s)
    while not ctx.stopping.is_set():
        async with ctx.db.reading() as conn:
            if await flows.held(conn, f"system:{name}", f"flow:deliver:{name}"):
                return False
            batch = await deliveries.due(
                conn, target=name, lane=lane, lanes=ctx.lanes, at=ctx.clock.now(), most=work.slice_cases
            )
        if not batch:
            return False
        if ctx.clock.now() > until:
            return True
        await _gather(ctx, system, batch)
    return False


async def _gather(ctx: Context, system: System, batch: list[Delivery]) -> None:
    """Different cases at a time, as many as the system bears."""
    gate = asyncio.Semaphore(system.capabilities.concurrency)

    async def one(item: Delivery) -> None:
        async with gate:
            if not ctx.stopping.is_set():
                await attempt(ctx, system, item)

    await asyncio.gather(*(one(item) for item in batch))


async def _doubt_orphans(ctx: Context, name: str, lane: int) -> None:
    async with ctx.db.unit() as unit:
        now = ctx.clock.now()
        for item in await deliveries.doubt_orphans(
            unit.conn, target=name, lane=lane, lanes=ctx.lanes, at=now
        ):
            unit.record(
                EntryKind.IN_DOUBT,
                system=name,
                case_id=item.case_id,
                delivery_id=item.id,
                by="start",
                key=str(item.key),
            )


async def attempt(ctx: Context, system: System, item: Delivery) -> None:
    """One attempt at one delivery; every end of it is recorded."""
    sent = item.state == "in_doubt"
    try:
        if item.state == "in_doubt":
            receipt = await _look_up(system, item)
            if receipt is not None:
                await record_done(ctx, item, receipt, EntryKind.FOUND)
                return
        operation, basis = await _operation(ctx, item)
        operation = await load_files(ctx, item, operation)
        await _mark_sent(ctx, item, operation, basis)
        sent = True
        receipt = await system.apply(operation)
        await record_done(ctx, replace(item, operation=operation, basis=basis), receipt)
    except ConnectorError as error:
        await _end(ctx, item, error)
    except Exception as error:  # a fault of ours must neither lose nor repeat a write
        log.exception("deliver_fault", delivery_id=item.id, kind=type(error).__name__)
        name = type(error).__name__
        await _end(
            ctx, item, InDoubt(f"fault after sending: {name}") if sent else Permanent(f"fault: {name}")
        )


async def _operation(ctx: Context, item: Delivery) -> tuple[Operation, Mapping[str, Any]]:
    """The write as it was rendered the first time: the same key always carries the same body."""
    if item.operation is not None:
        return item.operation, item.basis
    return await render(ctx, item)


async def _mark_sent(ctx: Context, item: Delivery, operation: Operation, basis: Mapping[str, Any]) -> None:
    async with ctx.db.unit() as unit:
        await deliveries.sent(unit.conn, item.id, operation, basis, ctx.clock.now())
        unit.record(
            EntryKind.SENT,
            system=item.target,
            case_id=item.case_id,
            delivery_id=item.id,
            key=str(operation.key.id),
            operation=operation.key.operation,
            attempt=item.attempts + 1,
        )


async def _look_up(system: System, item: Delivery) -> Receipt | None:
    """Did the earlier attempt take effect? None: certainly not, or repeating it cannot do harm.

    Raises:
        Undecidable: nobody can tell, and repeating it might write twice: a person decides.
    """
    if item.operation is None:
        return None
    sighting = await system.find(item.operation.key)
    if sighting.verdict is Verdict.FOUND and sighting.receipt is not None:
        return sighting.receipt
    if sighting.verdict is Verdict.ABSENT or system.capabilities.idempotent:
        return None
    if item.attempts < MOST_LOOKUPS:
        msg = "the remote cannot tell yet whether the write took effect"
        raise InDoubt(msg)
    msg = "nobody can tell whether the write took effect; it is held, never repeated blindly"
    raise Undecidable(msg)


async def _end(ctx: Context, item: Delivery, error: ConnectorError) -> None:
    """Record how an attempt ended that has no receipt."""
    if isinstance(error, Transient):
        await _wait(ctx, item, error)
        if isinstance(error, CredentialsRefused):
            await hold_system(ctx, item.target, error)
    elif isinstance(error, InDoubt):
        await _doubt(ctx, item, error)
    elif isinstance(error, Conflict) and item.epoch < MOST_CONFLICTS:
        await _plan_again(ctx, item, error)
    elif isinstance(error, PrivacyStop):
        async with ctx.db.unit() as unit:
            await deliveries.cancel(
                unit.conn, item.id, code=error.code, text=error.message, at=ctx.clock.now()
            )
            unit.record(
                EntryKind.WITHHELD,
                system=item.target,
                case_id=item.case_id,
                delivery_id=item.id,
                code=error.code,
            )
    else:
        await _quarantine(ctx, item, error)


async def _wait(ctx: Context, item: Delivery, error: Transient) -> None:
    # after a look-up that failed, the outcome of the write itself is as unknown as before
    state = "in_doubt" if item.state == "in_doubt" else "waiting"
    until = ctx.clock.now() + ctx.backoff(item.attempts, error.retry_after_s)
    async with ctx.db.unit() as unit:
        await deliveries.postpone(
            unit.conn, item.id, state=state, code=error.code, text=error.message, until=until
        )
        unit.record(
            EntryKind.WAITING,
            system=item.target,
            case_id=item.case_id,
            delivery_id=item.id,
            code=error.code,
            attempt=item.attempts + 1,
        )


async def _doubt(ctx: Context, item: Delivery, error: InDoubt) -> None:
    until = ctx.clock.now() + timedelta(seconds=ctx.settings.work.settling_s)
    async with ctx.db.unit() as unit:
        await deliveries.postpone(
            unit.conn, item.id, state="in_doubt", code=error.code, text=error.message, until=until
        )
        unit.record(
            EntryKind.IN_DOUBT, system=item.target, case_id=item.case_id, delivery_id=item.id, code=error.code
        )


async def _plan_again(ctx: Context, item: Delivery, error: Conflict) -> None:
    """The remote's state forbids it and nothing was written: read the case again, then try with a new key."""
    key = delivery_key(item.target, item.case_id, item.intent, item.act_id, item.revision, item.epoch + 1)
    now = ctx.clock.now()
    async with ctx.db.unit() as unit:
        row = await cases.get(unit.conn, item.case_id, lock=True)
        link = row.link(item.target) if row else None
        await deliveries.renew(unit.conn, item.id, key, now + ctx.backoff(item.epoch))
        await cases.mark_dirty(unit.conn, [item.case_id], now)
        if link is not None:
            await cases.postpone_refresh(unit.conn, item.target, [link.ref], now)
        unit.record(
            EntryKind.RETRIED, system=item.target, case_id=item.case_id, delivery_id=item.id, code=error.code
        )
        unit.wake("refresh", system=item.target)


async def _quarantine(ctx: Context, item: Delivery, error: ConnectorError) -> None:
    now = ctx.clock.now()
    candidates = error.candidates if isinstance(error, Unmapped) else ()
    async with ctx.db.unit() as unit:
        await deliveries.postpone(
            unit.conn, item.id, state="quarantined", code=error.code, text=error.message, until=now
        )
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
