"""What a person may do to the flow: hold, release, ask now, retry or dismiss. Every act is a ledger entry."""

from collections.abc import Sequence
from dataclasses import replace

from connector.errors import ConnectorError, NotFoundError, SafetyStop, SecrecyHold, UserError
from connector.ledger.entry import EntryKind
from connector.store import (
    cases,
    checkpoints,
    deliveries,
    flows,
    observations,
    quarantine,
    releases,
    rereading,
)
from connector.store.database import Connection, Unit
from connector.store.quarantine import Item
from connector.store.releases import Release
from connector.sync.context import Context
from connector.sync.flood import wave_stop
from connector.sync.guards import AMOUNTS, PLANNED
from connector.sync.hold import guard_of
from connector.sync.keep import Tally, fold, keep
from connector.sync.keys import next_key
from connector.sync.reread import reread
from connector.system import Record


async def scope_of(ctx: Context, *, system: str | None, flow: str | None, case: str | None) -> str:
    """The one thing that is to be held or released.

    Raises:
        UserError: none or several were named, or the system is unknown.
        NotFoundError: no such case.
    """
    named = [value for value in (system, flow, case) if value]
    if len(named) != 1:
        msg = "name exactly one of --system, --flow, --case"
        raise UserError(msg)
    if case:
        return f"case:{await _case_id(ctx, case)}"
    if f"flow:{flow}" == checkpoints.SCOPE:
        return checkpoints.SCOPE
    name = system or str(flow).rpartition(":")[2]
    if name not in ctx.settings.systems:
        msg = f"unknown system {name}; known: {', '.join(sorted(ctx.settings.systems))}"
        raise UserError(msg)
    if flow and flow.partition(":")[0] not in {"observe", "deliver"}:
        msg = "a flow is observe:<system> or deliver:<system>"
        raise UserError(msg)
    return f"flow:{flow}" if flow else f"system:{name}"


async def _case_id(ctx: Context, name: str) -> int:
    async with ctx.db.reading() as conn:
        found = await cases.find(conn, name)
    if found is None:
        msg = f"no case is known as {name}"
        raise NotFoundError(msg)
    return found


async def pause(ctx: Context, scope: str, *, actor: str, reason: str) -> bool:
    """Hold it. False if it was held already."""
    async with ctx.db.unit() as unit:
        fresh = await flows.hold(unit.conn, scope, reason=reason, code=None, actor=actor, at=ctx.clock.now())
        if fresh:
            unit.record(EntryKind.PAUSED, actor=actor, scope=scope)
        return fresh


async def resume(ctx: Context, scope: str, *, actor: str, reason: str | None = None) -> bool:
    """Let it go on, at once. False if it was not held.

    What a guard stopped needs a reason; the number that the stop names passes once, and no more than that.

    Raises:
        UserError: a guard stopped it and no reason is given, or the number has grown since it was shown.
    """
    reason = (reason or "").strip()
    async with ctx.db.unit() as unit:
        pause = await flows.held(unit.conn, scope)
        grown = await _grown(ctx, unit.conn, pause) if pause is not None else None
        if pause is not None and grown is None:
            if pause.guard is not None:
                await _let_pass(ctx, unit, pause, pause.guard, actor=actor, reason=reason)
            await flows.release(unit.conn, scope)
            facts = {"guard": pause.guard, **pause.numbers, "reason_code": reason or None}
            unit.record(EntryKind.RESUMED, actor=actor, scope=scope, **facts)
            unit.wake("sweep")
    if grown is not None:  # after the commit, so that the next look shows the number that is meant
        msg = f"{scope}: {grown.message}. That is more than was shown: look again, then resume"
        raise UserError(msg)
    return pause is not None


async def _grown(ctx: Context, conn: Connection, pause: flows.Pause) -> SafetyStop | None:
    """Held writes go on being planned, whatever holds them: nobody lets a number pass that he has not seen."""
    if not pause.scope.startswith("flow:deliver:"):
        return None
    stop = await wave_stop(ctx, conn, pause.scope.rpartition(":")[2], held_since=pause.at)
    if stop is None:
        return None
    guard, numbers = guard_of(stop)
    amount = AMOUNTS.get(guard or "", "")
    if guard == pause.guard and numbers[amount] <= pause.numbers[amount]:
        return None
    if pause.guard is not None and pause.guard not in PLANNED:
        return None  # released for its own reason first; the next drain stops for this one
    await flows.renumber(conn, pause.scope, stop.message, {**pause.numbers, **numbers}, guard=guard)
    return stop


async def _let_pass(
    ctx: Context, unit: Unit, pause: flows.Pause, guard: str, *, actor: str, reason: str
) -> None:
    if not reason:
        msg = f"{pause.scope} was stopped by a guard: say with --reason why it may go on"
        raise UserError(msg)
    amount = pause.numbers.get(AMOUNTS.get(guard, ""))
    what = Release(
        scope=pause.scope, guard=guard, amount=amount, actor=actor, reason=reason, at=ctx.clock.now()
    )
    await releases.add(unit.conn, what)


async def sync_now(ctx: Context, *, system: str | None, case: str | None, actor: str) -> list[str]:
    """Ask now instead of at the next tick. Returns what was woken."""
    case_id = await _case_id(ctx, case) if case else None
    names = [system] if system else sorted(name for name, one in ctx.settings.systems.items() if one.enabled)
    if system and system not in ctx.settings.systems:
        msg = f"unknown system {system}; known: {', '.join(sorted(ctx.settings.systems))}"
        raise UserError(msg)
    async with ctx.db.unit() as unit:
        now = ctx.clock.now()
        if case_id is not None:
            if await cases.is_ended(unit.conn, case_id):
                msg = f"case {case_id} has ended here: nothing is read or sent of it any more"
                raise UserError(msg)
            await rereading.at_once(unit.conn, case_id, now, ctx.refreshed)
            await cases.mark_dirty(unit.conn, [case_id], now)
            unit.wake("settle", lane=ctx.lane(case_id))
        for name in names:
            unit.wake("observe" if case_id is None else "refresh", system=name)
        unit.wake("sweep")
        unit.record(EntryKind.RETRIED, actor=actor, case_id=case_id, scope="sync_now", system=system)
    return names


async def retry(ctx: Context, item_id: int, *, actor: str) -> Item:
    """Try a quarantined item again: map the kept record anew, ask the system once more, or deliver anew.

    Raises:
        NotFoundError: no open item of that number.
        ConnectorError: what asking the system ended in; the item stays open.
    """
    async with ctx.db.reading() as conn:
        item = await _open(conn, item_id)
        kept = await observations.load(conn, item.observation_id) if item.observation_id is not None else None
    if item.ref is not None and item.case_id is None and (kept is None or kept.problems):
        # the kept bytes would only end in the same problem
        await _ask_again(ctx, item, actor)
        return item
    again = False
    async with ctx.db.unit() as unit:
        item = await _open(unit.conn, item_id)
        _record_retry(unit, item, actor)
        if item.delivery_id is not None:
            await _deliver_again(ctx, unit, item, actor)
        elif kept is not None and item.observation_id is not None:
            await fold(ctx, unit, kept, item.observation_id, Tally())
            whole = item.subject == f"{item.system}/{item.ref}"
            again = whole and await quarantine.is_open(unit.conn, item.subject)
        elif item.case_id is not None:
            await cases.mark_dirty(unit.conn, [item.case_id], ctx.clock.now())
            await rereading.at_once(unit.conn, item.case_id, ctx.clock.now(), ctx.refreshed)
            unit.wake("settle", lane=ctx.lane(item.case_id))
    if again and kept is not None:
        await _look_anew(ctx, kept)
    return item


async def retry_each(ctx: Context, items: Sequence[int], *, actor: str) -> list[ConnectorError]:
    """Try several again. One that fails does not keep the others from being tried; what they failed with is returned."""
    failed = []
    for number in items:
        try:
            await retry(ctx, number, actor=actor)
        except ConnectorError as error:
            failed.append(error)
    return failed


async def _look_anew(ctx: Context, kept: Record) -> None:
    """The mapping still does not take the kept record: perhaps the system tells it otherwise by now."""
    system = ctx.systems.get(kept.system)
    if system is not None:
        asked_at = ctx.clock.now()
        told = replace(await system.fetch(kept.ref), version=kept.version)
        await keep(ctx, told, Tally(), asked_at=asked_at, waited_for=True)


def _record_retry(unit: Unit, item: Item, actor: str) -> None:
    unit.record(
        EntryKind.RETRIED, actor=actor, system=item.system, case_id=item.case_id, quarantine_id=item.id
    )


async def _ask_again(ctx: Context, item: Item, actor: str) -> None:
    if item.system not in ctx.systems:
        msg = f"{item.system} is not in use: it cannot be asked again"
        raise NotFoundError(msg)
    await reread(ctx, item, actor=actor)


async def _deliver_again(ctx: Context, unit: Unit, item: Item, actor: str) -> None:
    assert item.delivery_id is not None
    write = await deliveries.get(unit.conn, item.delivery_id)
    assert write is not None
    now = ctx.clock.now()
    if item.code in deliveries.UNKNOWN_EFFECT:
        # its outcome is still unknown: look it up again, never write blindly
        await deliveries.postpone(
            unit.conn, write.id, state="in_doubt", code=item.code, text=item.reason, until=now, at=now
        )
        await deliveries.try_anew(unit.conn, write.id, now)
    else:
        await deliveries.renew(unit.conn, write.id, next_key(write.key), now, by_person=True)
    await quarantine.close(unit.conn, state="resolved", actor=actor, note="retried", item_id=item.id)
    # what it was rendered from may have been wrong itself (a file's hash), and a finished case is not read by itself
    await rereading.at_once(unit.conn, write.case_id, now, ctx.refreshed)
    unit.wake("deliver", system=write.target, source=write.source, lane=ctx.lane(write.case_id))


async def dismiss(ctx: Context, item_id: int, *, actor: str, note: str) -> Item:
    """Close an item by a person's decision, with a note. Its delivery, if it has one, is not sent any more.

    Raises:
        UserError: no note, or a hold for secrecy, which is not dismissed but decided.
        NotFoundError: no open item of that number.
    """
    if not note.strip():
        msg = "a dismissal needs a note that says why"
        raise UserError(msg)
    async with ctx.db.unit() as unit:
        item = await _open(unit.conn, item_id)
        if item.code == SecrecyHold.code:
            msg = f"item {item_id} is a hold for secrecy: decide by `phanhoi secrecy clear` or `confirm`"
            raise UserError(msg)
        if item.delivery_id is not None:
            await deliveries.cancel(
                unit.conn,
                item.delivery_id,
                state="dismissed",
                code=item.code,
                text="dismissed by a person",
                at=ctx.clock.now(),
            )
        await quarantine.close(unit.conn, state="dismissed", actor=actor, note=note, item_id=item.id)
        unit.record(
            EntryKind.DISMISSED,
            actor=actor,
            system=item.system,
            case_id=item.case_id,
            delivery_id=item.delivery_id,
            quarantine_id=item.id,
            code=item.code,
        )
        return item


async def _open(conn: Connection, item_id: int) -> Item:
    item = await quarantine.get(conn, item_id)
    if item is None or item.state != "open":
        msg = f"no open quarantine item {item_id}"
        raise NotFoundError(msg)
    return item
