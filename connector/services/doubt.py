"""Writes of which nobody can tell whether they took effect: the evidence side by side, and an official's decision.

What we sent is told by operation, key, instant and attempts; what the other side tells now is the case read again.
Neither shows content beyond what ``phanhoi case show`` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.errors import ConnectorError, NotFoundError, UserError
from connector.ledger.entry import EntryKind
from connector.services.explain import acts_shown
from connector.services.officers import Decision
from connector.store import cases, deliveries, quarantine
from connector.store.cases import CaseRow
from connector.store.database import Database
from connector.store.deliveries import Delivery
from connector.sync.context import Context
from connector.sync.keys import next_key
from connector.sync.outcome import record_done
from connector.system import Receipt, Verdict


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What we sent, and what came of it so far."""

    id: int
    case_id: int
    target: str
    intent: str
    act: str | None
    act_kind: str | None
    operation: str | None
    key: str
    sent_at: datetime | None
    attempts: int
    state: str
    code: str | None
    reason: str | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the target tells now. ``code``: why it told nothing; ``verdict`` of a look-up made just now."""

    ref: str | None
    verdict: Verdict | None
    found_ref: str | None
    status: str | None
    acts: tuple[Mapping[str, Any], ...]
    lookup: bool
    code: str | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Both, side by side."""

    sent: Sent
    told: Told


async def listed(db: Database, *, target: str | None, most: int) -> tuple[Sent, ...]:
    """All that is in doubt, oldest first; those that still look themselves up have a next attempt."""
    async with db.reading() as conn:
        return tuple(_sent(one) for one in await deliveries.doubtful(conn, target=target, most=most))


async def look(ctx: Context, delivery_id: int) -> Evidence:
    """The evidence about one write; the target is asked now.

    Raises:
        NotFoundError: no such delivery, or it is not in doubt.
    """
    async with ctx.db.reading() as conn:
        item = _undecided(await deliveries.get(conn, delivery_id), delivery_id)
        row = await cases.get(conn, item.case_id)
    link = row.link(item.target) if row else None
    return Evidence(sent=_sent(item), told=await _ask(ctx, item, link.ref if link else None))


async def _ask(ctx: Context, item: Delivery, ref: str | None) -> Told:
    """Look up and read again. Whatever that ends in, the write itself is as doubtful as before."""
    system = ctx.systems.get(item.target)
    verdict, found, state, code, lookup = None, None, None, None, False
    try:
        if system is not None and item.operation is not None:
            lookup = item.operation.key.operation in system.capabilities.lookup
            sighting = await system.find(item.operation.key)
            verdict, found = sighting.verdict, sighting.receipt.ref if sighting.receipt else None
        ref = ref or found
        if system is not None and ref is not None:
            state = ctx.mappings.for_system(item.target).read(await system.fetch(ref))
    except ConnectorError as error:
        code = error.code
    return Told(
        ref=ref,
        verdict=verdict,
        found_ref=found,
        status=state.status.value if state else None,
        acts=acts_shown(state) if state else (),
        lookup=lookup,
        code=code,
    )


async def decide(
    ctx: Context, delivery_id: int, by: Decision, *, effect: bool, actor: str, ref: str | None = None
) -> None:
    """An official says whether the write took effect. Yes: it is done. No: it may be sent again, under a new key.

    Args:
        ref: the target's reference of the case, needed where the write was to create it.

    Raises:
        NotFoundError: no such delivery, or it is not in doubt (any more).
        UserError: no reference where one is needed, or the target itself shows that the write took effect.
        MergeConflict: the reference is that of another case.
    """
    async with ctx.db.reading() as conn:
        item = _undecided(await deliveries.get(conn, delivery_id), delivery_id)
        row = await cases.get(conn, item.case_id)
    facts: dict[str, Any] = {"officer_id": by.officer, "basis_code": by.basis, "effect": effect}
    if effect:
        receipt = Receipt(ref=_ref(item, row, ref), facts={"decided_by": by.officer})
        await record_done(ctx, item, receipt, EntryKind.DOUBT_DECIDED, actor=actor, **facts)
        return
    await _refuse_if_found(ctx, item)
    async with ctx.db.unit() as unit:
        # under the case's lock, as the point of no return in deliver: one of the two comes first
        await cases.get(unit.conn, item.case_id, lock=True)
        item = _undecided(await deliveries.get(unit.conn, delivery_id), delivery_id)
        now = ctx.clock.now()
        await deliveries.renew(unit.conn, item.id, next_key(item.key), now, by_person=True)
        await quarantine.close(
            unit.conn, state="resolved", actor=actor, note="decided", subject=f"delivery/{item.id}"
        )
        unit.record(
            EntryKind.DOUBT_DECIDED,
            system=item.target,
            case_id=item.case_id,
            delivery_id=item.id,
            actor=actor,
            key=str(item.key),
            **facts,
        )
        unit.wake("deliver", system=item.target, lane=ctx.lane(item.case_id))


async def _refuse_if_found(ctx: Context, item: Delivery) -> None:
    """A last look: an official's *no* against the target's own *yes* would write twice."""
    told = await _ask(ctx, item, None)
    if told.verdict is Verdict.FOUND:
        msg = f"{item.target} shows that write {item.id} took effect: decide --effect yes"
        raise UserError(msg)


def _ref(item: Delivery, row: CaseRow | None, given: str | None) -> str:
    link = row.link(item.target) if row else None
    if given or link:
        return given or (link.ref if link else "")
    msg = f"write {item.id} was to create the case: name the reference that {item.target} gave it, with --ref"
    raise UserError(msg)


def _undecided(item: Delivery | None, delivery_id: int) -> Delivery:
    # one that is under way will be in doubt, or done, in a moment
    if item is not None and item.doubtful and item.state != "sent":
        return item
    msg = f"delivery {delivery_id} is not in doubt"
    raise NotFoundError(msg)


def _sent(item: Delivery) -> Sent:
    return Sent(
        id=item.id,
        case_id=item.case_id,
        target=item.target,
        intent=item.intent.value,
        act=item.act_id,
        act_kind=item.act_kind,
        operation=item.operation.key.operation if item.operation else None,
        key=str(item.key),
        sent_at=item.sent_at,
        attempts=item.attempts,
        state=item.state,
        code=item.error_code,
        reason=item.error_text,
        next_attempt_at=item.next_attempt_at if item.state == "in_doubt" else None,
    )
