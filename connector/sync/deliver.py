"""Deliver: privacy gate → mapping → adapter → outcome. One write at a time per case and system, in order.

What an attempt ends in is decided by the class of the error (:mod:`connector.errors`), never by its text:

===================  =======================================================================================
ends in              then
===================  =======================================================================================
a receipt            ``done``; the baseline moves in the same transaction
Transient            ``waiting``; back-off with full jitter, shorter near a deadline, never less than the other
                     side asked for; after ``work.most_attempts`` or ``work.give_up_after_s`` for a person
CredentialsRefused   ``waiting``; the whole system is held until a person has corrected the account
InDoubt              ``in_doubt``; looked up at the remote before anything is written again
Conflict             the case is read again and planned again, at most :data:`~connector.sync.ending.MOST_CONFLICTS` times
Unmapped, Permanent  ``quarantined``, for a person
PrivacyStop          ``cancelled``: it must not leave (SecrecyHold: until an officer has decided)
SafetyStop           ``waiting``; deliveries to this system are held until a person has looked
no database, no key  the row stays as it is: what was marked as sent is looked up next time
anything else        ``in_doubt`` if it may have been sent, else ``quarantined``: a fault of ours loses nothing
===================  =======================================================================================
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from connector import crash
from connector.contract.compare import Concern
from connector.errors import (
    ConnectorError,
    DatabaseUnavailable,
    DiskFull,
    InDoubt,
    LeaseLost,
    MasterKeyError,
    Permanent,
    Unreachable,
)
from connector.ledger.entry import EntryKind
from connector.store import cases, contracts, deliveries, flows, restorations
from connector.store.cases import CaseRow
from connector.store.deliveries import Delivery, Sending, Stand
from connector.sync import agreement
from connector.sync.context import Context
from connector.sync.ending import end_attempt
from connector.sync.flood import wave_stop
from connector.sync.hold import hold_flow
from connector.sync.lookup import look_up
from connector.sync.marking import Marking, kind_of, mark
from connector.sync.outcome import record_done
from connector.sync.questioned import questioned
from connector.sync.render import load_files, render
from connector.system import Operation, System, Verdict

log = structlog.get_logger(__name__)


async def deliver(ctx: Context, name: str, lane: int, source: str | None = None) -> bool:
    """Drain what is due in a lane, within one slice. True if more can be done now.

    Args:
        source: only writes that carry what this system told; None: all of them. Each source has lanes of its own,
            because the files of a slow source are fetched here, and what others tell must not wait for them.
    """
    system, work = ctx.systems[name], ctx.settings.work
    await _doubt_orphans(ctx, name, lane, source)
    until = ctx.clock.now() + timedelta(seconds=work.slice_s)
    while not ctx.stopping.is_set():
        room = ctx.room(name, work.slice_cases)
        if not room:
            return False
        async with ctx.db.looking() as conn:
            if await flows.held(conn, restorations.SCOPE, f"system:{name}", f"flow:deliver:{name}"):
                return False
            batch = await deliveries.due(
                conn,
                target=name,
                source=source,
                lane=lane,
                lanes=ctx.lanes,
                at=ctx.clock.now(),
                most=room,
            )
            stop = await wave_stop(ctx, conn, name) if batch else None
        if not batch:
            return False
        if stop is not None:
            await hold_flow(ctx, "deliver", name, stop)
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
            # a circuit that opened meanwhile: the rest of the batch stays due
            if not ctx.stopping.is_set() and ctx.room(system.name, 1):
                with ctx.tracer.attempt(item):
                    await attempt(ctx, system, item)

    # to the end even if one fails: nobody else may take this lane while a write of it is still under way
    results = await asyncio.gather(*(one(item) for item in batch), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _doubt_orphans(ctx: Context, name: str, lane: int, source: str | None) -> None:
    settling = timedelta(seconds=ctx.settings.work.settling_s)
    async with ctx.db.looking() as conn:
        if not await deliveries.has_orphans(conn, target=name, source=source, lane=lane, lanes=ctx.lanes):
            return
    async with ctx.db.unit() as unit:
        now = ctx.clock.now()
        orphans = await deliveries.doubt_orphans(
            unit.conn, target=name, source=source, lane=lane, lanes=ctx.lanes, at=now, settling=settling
        )
        for item in orphans:
            unit.record(
                EntryKind.IN_DOUBT,
                system=name,
                case_id=item.case_id,
                delivery_id=item.id,
                by="start",
                key=str(item.key),
            )
    for item in orphans:
        crash.point("deliver.doubted", name, item.intent)


async def attempt(ctx: Context, system: System, item: Delivery) -> None:
    """One attempt at one delivery; every end of it is recorded.

    Raises:
        DatabaseUnavailable, DiskFull, MasterKeyError: nothing can be recorded now.
        LeaseLost: others may have taken this lane; nothing more is sent.
    """
    ctx.lease.require()
    case = await _look(ctx, item)
    if case.held:
        return
    sent = item.state == "in_doubt"
    seen, left = None, (item.state, item.attempts)
    try:
        item = await questioned(ctx, item)
        sent = item.state == "in_doubt"
        left = (item.state, item.attempts)
        if item.state == "in_doubt":
            seen = await look_up(ctx, system, item)
            crash.point("deliver.looked_up", *kind_of(item, item.basis))
            if seen.receipt is not None:
                await record_done(ctx, item, seen.receipt, EntryKind.FOUND)
                return
            case = await _look(ctx, item)  # that took as long as the other side liked
        operation, basis = await _operation(ctx, item, case.row)
        if await agreement.hold_unagreed(ctx, item, operation, case.holding):
            return
        operation = await load_files(ctx, item, operation)
        crash.point("deliver.rendered", *kind_of(item, basis))
        absent = seen is None or seen.verdict is Verdict.ABSENT
        sending = Sending(item=item, operation=operation, basis=basis)
        if not await _mark_sent(ctx, Marking(sending=sending, absent=absent, seen=case.row)):
            log.info("delivery_overtaken", delivery_id=item.id)
            return
        sent, left = True, ("sent", item.attempts + 1)
        crash.point("deliver.sending", *kind_of(item, basis))
        ctx.lease.require()
        receipt = await ctx.call(item.target, lambda: system.apply(operation))
        crash.point("deliver.answered", *kind_of(item, basis))
        await record_done(ctx, replace(item, operation=operation, basis=basis), receipt)
    except LeaseLost as lost:
        await _keep_back(ctx, item, lost, left)
        raise
    except (DatabaseUnavailable, DiskFull, MasterKeyError):
        raise
    except ConnectorError as error:
        crash.point("deliver.failed", *kind_of(item, item.basis))
        await end_attempt(ctx, item, error, left)
    except Exception as error:  # a fault of ours must neither lose nor repeat a write
        log.exception("deliver_fault", delivery_id=item.id, kind=type(error).__name__)
        name = type(error).__name__
        fault = InDoubt(f"fault after sending: {name}") if sent else Permanent(f"fault: {name}")
        await end_attempt(ctx, item, fault, left)


async def _keep_back(ctx: Context, item: Delivery, lost: LeaseLost, left: Stand) -> None:
    """Marked, and certainly not sent: unless others have it already, it waits, and nobody need look it up."""
    if left[0] == "sent":
        await end_attempt(ctx, item, Unreachable(lost.message, system=item.target), left)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """A case a moment before one of its writes leaves.

    Attributes:
        held: now, not only when the batch was read: a refused account is not tried 200 times. Of a case that was taken
            off the system nothing leaves any more, not even a look-up.
        holding: what is not agreed any more with the target.
    """

    held: bool
    row: CaseRow | None
    holding: Sequence[tuple[int, Concern]]


async def _look(ctx: Context, item: Delivery) -> _Look:
    flow = (f"system:{item.target}", f"flow:deliver:{item.target}")
    scopes = (restorations.SCOPE, *flow, f"case:{item.case_id}", agreement.scope_of(item.id))
    async with ctx.db.looking() as conn:
        async with conn.pipeline():
            held = await cases.ask_ended_or_held(conn, item.case_id, scopes)
            asked = await contracts.ask_holding(conn, item.target)
            case = await cases.ask(conn, item.case_id)
        row = await cases.told(conn, case)
        holding = await contracts.take_holding(asked)
        return _Look(held=await held.fetchone() is not None, holding=holding, row=row)


async def _operation(
    ctx: Context, item: Delivery, row: CaseRow | None
) -> tuple[Operation, Mapping[str, Any]]:
    """The write as it was rendered the first time: the same key always carries the same body."""
    if item.operation is not None and not item.basis.get("stripped"):
        return item.operation, item.basis
    return await render(ctx, item, row)


async def _mark_sent(ctx: Context, marking: Marking) -> bool:
    """With others that are about to leave; see :func:`connector.sync.marking.mark`."""
    return bool(await ctx.together(mark).join(marking))
