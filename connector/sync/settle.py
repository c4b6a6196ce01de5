"""Settle: take one dirty case, merge what the systems tell of it, write the resulting deliveries down.

The writes are planned (with their idempotency keys) before any call; planning the same thing twice changes nothing.
"""

from dataclasses import dataclass

import structlog

from connector import crash
from connector.case import REGISTER, Case
from connector.errors import (
    ConnectorError,
    DatabaseUnavailable,
    DiskFull,
    MasterKeyError,
    MergeConflict,
    SecrecyHold,
    WordsLost,
)
from connector.ledger.entry import EntryKind
from connector.mapping.intent import IntentKind
from connector.merge import Baseline, Clash, Move, Rules, Settlement, Side, merge, restricted
from connector.store import cases, deliveries, quarantine, rereading, tickets
from connector.store.cases import CaseRow
from connector.store.connection import Connection
from connector.store.database import Unit
from connector.store.deliveries import Delivery
from connector.store.links import Link
from connector.sync import committed, secrecy
from connector.sync.context import TOGETHER, Context, is_portal
from connector.sync.keys import delivery_key
from connector.sync.outcome import after, agree
from connector.system import Receipt

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Lens:
    """Which part of a settlement is wanted: the pair with this portal, writes to this side. None: all."""

    portal: str | None = None
    side: Side | None = None

    @property
    def whole(self) -> bool:
        """Does it leave nothing out?"""
        return self.portal is None and self.side is None

    def sees(self, portal: str) -> bool:
        """Is the pair with that portal looked at?"""
        return self.portal in (None, portal)

    def writes(self, side: Side) -> bool:
        """Are writes to that side planned?"""
        return self.side in (None, side)


EVERYTHING = Lens()


async def settle(ctx: Context, lane: int) -> bool:
    """Settle the dirty cases of a lane. True if some are left for another slice."""
    work = ctx.settings.work
    async with ctx.db.looking() as conn:
        ids = await cases.dirty(conn, lane=lane, lanes=ctx.lanes, most=work.slice_cases)
    for start in range(0, len(ids), TOGETHER):
        if ctx.stopping.is_set():
            break
        await _settle_some(ctx, sorted(ids[start : start + TOGETHER]))
    return len(ids) == work.slice_cases


async def _settle_some(ctx: Context, ids: list[int]) -> None:
    """Cases of a lane in one transaction; where one of them cannot go with the others, each goes by itself."""
    try:
        async with ctx.many, ctx.db.unit() as unit:
            for case_id in ids:
                await _take_and_settle(ctx, unit, case_id)
    except (DiskFull, MasterKeyError):
        raise
    except Exception as error:  # noqa: BLE001  # whose fault it is shows when each is settled by itself
        log.info("settled_one_by_one", cases=len(ids), kind=type(error).__name__)
        for case_id in ids:
            await _settle_one(ctx, case_id)
    else:
        for _ in ids:
            crash.point("settle.planned")


async def _settle_one(ctx: Context, case_id: int) -> None:
    """One case; a fault of ours with it is put before a person and does not hold up its lane."""
    try:
        async with ctx.db.unit() as unit:
            await _take_and_settle(ctx, unit, case_id)
        crash.point("settle.planned")
    except (DatabaseUnavailable, DiskFull, MasterKeyError):
        raise
    except Exception as error:  # it stays as it is until a person asks for it again, or it changes
        log.exception("settle_fault", case_id=case_id, kind=type(error).__name__)
        code = error.code if isinstance(error, ConnectorError) else ConnectorError.code
        async with ctx.db.unit() as unit:
            await cases.leave(unit.conn, case_id)
            reason = f"fault: {type(error).__name__}"
            await _before_a_person(ctx, unit, case_id, _fault(case_id), code=code, reason=reason)


async def _take_and_settle(ctx: Context, unit: Unit, case_id: int) -> None:
    row = await cases.take(unit.conn, case_id)
    if row is not None:
        await settle_case(ctx, unit, row)
        await quarantine.close(
            unit.conn, state="resolved", actor=unit.actor, note="settled", subject=_fault(case_id)
        )


def _fault(case_id: int) -> str:
    """Under which name a fault of ours with a case waits in the quarantine."""
    return f"case/{case_id}/fault"


async def settle_case(ctx: Context, unit: Unit, row: CaseRow, lens: Lens = EVERYTHING) -> None:
    """Merge the register's telling with each portal's, and plan what follows; nothing of a case that is held.

    Args:
        lens: a resync may want only a part; who leaves something out has to mark the case dirty again.
    """
    if row.end is not None:
        return
    home = row.link(REGISTER)
    here = home.state if home else None
    if here is not None and restricted(here):
        await rereading.stop(unit.conn, row.id)
        await tickets.forget_case(unit.conn, row.id)
    try:
        await secrecy.require_clear(unit.conn, row)
    except SecrecyHold as hold:
        await _hold(ctx, unit, row, hold)
        return
    linked = [link.system for link in row.links if is_portal(link.system)]
    outbound = ctx.policy.route(here).target if here is not None and not linked else None
    items = await deliveries.of_case(unit.conn, row.id)
    # a creation that is under way or no longer wanted belongs to a portal that is neither linked nor chosen
    begun = [item.target for item in items if is_portal(item.target) and item.state in deliveries.OPEN]
    for system in sorted({*linked, *begun, *([outbound] if outbound else [])}):
        if system in ctx.systems and lens.sees(system):
            await _settle_pair(ctx, unit, row, here, system, lens, items, outbound=system == outbound)
    if row.recovered:
        await _require_words(ctx, unit, row)


async def _hold(ctx: Context, unit: Unit, row: CaseRow, hold: SecrecyHold) -> None:
    """Before any copy leaves: no write stays planned, no file can be fetched, a person decides."""
    now = ctx.clock.now()
    await tickets.forget_case(unit.conn, row.id)
    for item in await deliveries.of_case(unit.conn, row.id):
        if item.state in deliveries.OPEN and not item.doubtful:
            await deliveries.cancel(unit.conn, item.id, code=hold.code, text=hold.message, at=now)
            unit.record(
                EntryKind.WITHHELD, system=item.target, case_id=row.id, delivery_id=item.id, code=hold.code
            )
    await _before_a_person(ctx, unit, row.id, secrecy.subject(row.id), code=hold.code, reason=hold.message)


async def _require_words(ctx: Context, unit: Unit, row: CaseRow) -> None:
    """A case of a lost time is in nobody's register until its portal has told what the sender wrote: not every one can."""
    subject = f"case/{row.id}/words"
    read = [link.state for link in row.links if link.state is not None]
    if any(told.header is not None for told in read):
        await quarantine.close(unit.conn, state="resolved", actor=unit.actor, note="told", subject=subject)
    elif read:
        reason = "the history of the case is told, and nothing of what the sender wrote"
        await _before_a_person(
            ctx, unit, row.id, subject, system=read[0].system, code=WordsLost.code, reason=reason
        )


async def _before_a_person(
    ctx: Context, unit: Unit, case_id: int, subject: str, *, system: str = REGISTER, code: str, reason: str
) -> None:
    """The case waits in the quarantine; what waits there already is only seen again."""
    item_id = await quarantine.put(
        unit.conn,
        subject=subject,
        system=system,
        case_id=case_id,
        code=code,
        reason=reason,
        at=ctx.clock.now(),
    )
    if item_id is not None:
        unit.record(EntryKind.QUARANTINED, case_id=case_id, code=code, quarantine_id=item_id)


async def _settle_pair(
    ctx: Context,
    unit: Unit,
    row: CaseRow,
    here: Case | None,
    system: str,
    lens: Lens,
    items: list[Delivery],
    *,
    outbound: bool,
) -> None:
    """``items``: the case's writes as they were; what is done for one pair touches none of another's."""
    link = row.link(system)
    rules = await rules_of(ctx, unit.conn, row.id, system, outbound=outbound)
    base = _baseline(row, link, items)
    found = merge(base, here, link.state if link else None, rules)
    if link is not None and found.baseline is not None and found.baseline != link.baseline:
        await agree(unit, row.id, system, link.ref, found.baseline)
        if link.baseline is None:
            unit.record(EntryKind.LINKED, system=system, case_id=row.id, ref=link.ref)
    await _close_settled(ctx, unit, row, here, system, found, items)
    for move in found.moves:
        if lens.writes(move.side):
            await _plan(ctx, unit, row, system, move, items)
    await _report(ctx, unit, row, link, system, found.clashes)


async def rules_of(ctx: Context, conn: Connection, case_id: int, system: str, *, outbound: bool) -> Rules:
    """What the merge of a case with one portal has to know besides the tellings."""
    return Rules(
        outbound=outbound,
        here_takes=ctx.mappings.for_system(REGISTER).accepts,
        there_takes=ctx.mappings.for_system(system).accepts,
        echoes=await deliveries.echoes(conn, case_id, system),
    )


def _baseline(row: CaseRow, link: Link | None, items: list[Delivery]) -> Baseline | None:
    """The baseline of a pair; that of a creation whose case is told already, before its own end was recorded."""
    if link is None or link.baseline is not None:
        return link.baseline if link else None
    pair = {link.system, REGISTER}
    for item in items:
        told = row.link(item.target)
        begun = item.intent is IntentKind.CREATE and item.state in deliveries.OPEN and item.basis
        if begun and {item.target, item.source} == pair and told is not None and told.state is not None:
            return after(None, item)
    return None


async def _plan(
    ctx: Context, unit: Unit, row: CaseRow, system: str, move: Move, items: list[Delivery]
) -> None:
    target, source = (system, REGISTER) if move.side is Side.THERE else (REGISTER, system)
    wanted = (target, move.kind, move.act_id, move.revision)
    # an intent that was cancelled is planned again under the key of its next epoch
    epoch = next((item.epoch + 1 for item in items if _intent(item) == wanted), 0)
    told = row.link(source)
    act = told.state.act(move.act_id) if told and told.state and move.act_id else None
    delivery_id = await deliveries.plan(
        unit.conn,
        case_id=row.id,
        target=target,
        source=source,
        intent=move.kind,
        act_id=move.act_id,
        act_kind=act.kind.value if act else None,
        revision=move.revision,
        key=delivery_key(
            target, (row.origin_system, row.origin_ref), move.kind, move.act_id, move.revision, epoch
        ),
        at=ctx.clock.now(),
    )
    if delivery_id is None:
        return
    unit.record(
        EntryKind.PLANNED,
        system=target,
        case_id=row.id,
        delivery_id=delivery_id,
        intent=move.kind.value,
        act_id=move.act_id,
        sealed=committed.of_act(act),
    )
    unit.wake("deliver", system=target, source=source, lane=ctx.lane(row.id))
    crash.point("settle.planning", target, move.kind)


async def _close_settled(
    ctx: Context,
    unit: Unit,
    row: CaseRow,
    here: Case | None,
    system: str,
    found: Settlement,
    items: list[Delivery],
) -> None:
    """Open deliveries that an observation proved done, or that are not wanted for now, are closed."""
    wanted = {
        (system if move.side is Side.THERE else REGISTER, move.kind, move.act_id, move.revision)
        for move in found.moves
    }
    for item in items:
        between = {item.target, item.source} == {system, REGISTER}
        if not between or item.state not in deliveries.OPEN:
            continue
        if item.doubtful and here is not None and restricted(here):
            await deliveries.strip(unit.conn, item)
        if item.state == "sent":
            continue
        if _intent(item) in wanted:
            continue
        if _proved(item, row, found.baseline):
            link = row.link(item.target)
            receipt = Receipt(ref=link.ref if link else "", duplicate=True)
            await deliveries.done(unit.conn, [(item, receipt)], ctx.clock.now())
            unit.record(
                EntryKind.FOUND, system=item.target, case_id=row.id, delivery_id=item.id, by="observation"
            )
        elif item.doubtful:
            continue
        else:
            await deliveries.cancel(
                unit.conn, item.id, code="PH-320", text="not wanted in the present state", at=ctx.clock.now()
            )
            unit.record(EntryKind.CANCELLED, system=item.target, case_id=row.id, delivery_id=item.id)
        await quarantine.close(
            unit.conn, state="resolved", actor=unit.actor, note="settled", subject=f"delivery/{item.id}"
        )


def _intent(item: Delivery) -> tuple[str, IntentKind, str | None, int]:
    return item.target, item.intent, item.act_id, item.revision


def _proved(item: Delivery, row: CaseRow, baseline: Baseline | None) -> bool:
    """Both sides have it: an act in the baseline; a creation whose case is told by its target."""
    if item.intent is IntentKind.APPEND:
        return baseline is not None and item.act_id in baseline.acts
    link = row.link(item.target)
    return item.intent is IntentKind.CREATE and link is not None and link.state is not None


async def _report(
    ctx: Context, unit: Unit, row: CaseRow, link: Link | None, system: str, clashes: tuple[Clash, ...]
) -> None:
    """Clashes are quarantined with both values (as digests); those that are gone close themselves."""
    prefix = f"case/{row.id}/{system}/"
    seen: list[str] = []
    for clash in clashes:
        subject = f"{prefix}{clash.reason}/{clash.field or ''}"
        seen.append(subject)
        item_id = await quarantine.put(
            unit.conn,
            subject=subject,
            system=system,
            ref=link.ref if link else None,
            case_id=row.id,
            code=MergeConflict.code,
            reason=f"{clash.reason} {clash.field or ''} here={clash.here} there={clash.there}".strip(),
            at=ctx.clock.now(),
        )
        if item_id is not None:
            unit.record(
                EntryKind.CONFLICT,
                system=system,
                case_id=row.id,
                reason=clash.reason,
                field=clash.field,
                here=clash.here,
                there=clash.there,
            )
    for item in await quarantine.close_others(unit.conn, prefix, seen, actor=unit.actor):
        unit.record(EntryKind.RETRIED, system=system, case_id=row.id, quarantine_id=item.id)
