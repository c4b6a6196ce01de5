"""Record: outcome, new baseline and ledger entry of a delivery commit in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector import crash
from connector.case import REGISTER, Privacy
from connector.errors import MergeConflict, SecrecyHold
from connector.ledger.entry import EntryKind
from connector.ledger.guard import Scalar
from connector.mapping.intent import IntentKind
from connector.merge import Baseline, Side, mark, perhaps
from connector.store import cases, deliveries, endings, links, quarantine
from connector.store.cases import CaseRow, End
from connector.store.database import Unit
from connector.store.deliveries import Delivery
from connector.store.links import Agreed
from connector.sync import committed
from connector.sync.context import Context, is_portal
from connector.sync.together import LEFT, Alone
from connector.system import Receipt


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A write that took effect; ``facts``: what else the ledger entry is to hold."""

    item: Delivery
    receipt: Receipt
    kind: EntryKind
    actor: str | None
    facts: Mapping[str, Scalar]


Recorded = None | Exception | Alone


async def record_done(
    ctx: Context,
    item: Delivery,
    receipt: Receipt,
    kind: EntryKind = EntryKind.DONE,
    *,
    actor: str | None = None,
    **facts: Scalar,
) -> None:
    """The write took effect (now, or before, as a look-up found or a person decided).

    It is recorded in one transaction with whatever else took effect now.

    Args:
        actor: who says so, if not the program itself.
        facts: what else the ledger entry is to hold.

    Raises:
        MergeConflict: a creation ended under the reference of another case, or under a second one of this case.
    """
    effect = Effect(item=item, receipt=receipt, kind=kind, actor=actor, facts=facts)
    await ctx.together(record).join(effect)
    crash.point("record.recorded", item.target, item.intent, item.basis.get("kind"))


async def record(ctx: Context, steps: Sequence[Effect], *, wait: bool) -> list[Recorded]:
    """Record what took effect, in one transaction; what belongs to a case that comes twice is left for another one."""
    now = ctx.clock.now()
    async with ctx.db.unit() as unit:
        rows = await cases.hold(unit.conn, {step.item.case_id for step in steps}, wait=wait)
        first = {step.item.case_id: step for step in reversed(steps)}
        refused: dict[int, Recorded] = {
            step.item.id: LEFT
            for step in steps
            if step.item.case_id not in rows or first[step.item.case_id] is not step
        }
        refused |= await _foreign_refs(unit, rows, [step for step in steps if step.item.id not in refused])
        taken = [step for step in steps if step.item.id not in refused]
        fresh = await deliveries.done(unit.conn, [(step.item, step.receipt) for step in taken], now)
        news = [(rows[step.item.case_id], step) for step in taken if step.item.id in fresh]
        for row, step in news:
            if row.end is not None:
                await _came_late(unit, row, row.end, step.item, step.receipt)
        await _move_baselines(ctx, unit, [pair for pair in news if pair[0].end is None], now)
    return [refused.get(step.item.id) for step in steps]


async def _came_late(unit: Unit, row: CaseRow, end: End, item: Delivery, receipt: Receipt) -> None:
    """It was on its way when the case ended: the fact is kept, so that the officer knows of the copy; nothing follows."""
    if row.link(item.target) is None and await cases.by_ref(unit.conn, item.target, receipt.ref) is None:
        await links.save_ref(unit.conn, row.id, item.target, receipt.ref, None)
    await endings.empty(unit.conn, row.id, end, code=SecrecyHold.code)
    unit.record(EntryKind.DONE, system=item.target, case_id=row.id, delivery_id=item.id, ref=receipt.ref)


async def _foreign_refs(
    unit: Unit, rows: Mapping[int, CaseRow], steps: Sequence[Effect]
) -> dict[int, Recorded]:
    """Two of our cases under one reference, or one under two, are never joined silently."""
    made = [
        step
        for step in steps
        if step.item.intent is IntentKind.CREATE and rows[step.item.case_id].end is None
    ]
    if not made:
        return {}
    owners = await cases.ids_by_ref(unit.conn, [(step.item.target, step.receipt.ref) for step in made])
    refused: dict[int, Recorded] = {}
    for step in made:
        item, ref = step.item, step.receipt.ref
        known = rows[item.case_id].link(item.target)
        owner = owners.setdefault((item.target, ref), item.case_id)
        if (known is not None and known.ref != ref) or owner != item.case_id:
            msg = f"{item.target} took the case under {ref}, which is not the reference of case {item.case_id} alone"
            refused[item.id] = MergeConflict(msg, cases=[item.case_id])
    return refused


async def _move_baselines(
    ctx: Context, unit: Unit, news: Sequence[tuple[CaseRow, Effect]], now: datetime
) -> None:
    """The tie to each target, the baseline of each pair, which lies on the portal's link, and what follows."""
    if not news:
        return
    agreed = [_agreed_by(ctx, row, step, now) for row, step in news]
    digests = await links.agree(unit.conn, agreed, now)
    subjects = [f"delivery/{step.item.id}" for _, step in news]
    await quarantine.resolve(unit.conn, subjects, actor=unit.actor, note="delivered")
    for (row, step), told, digest in zip(news, agreed, digests, strict=True):
        item, (portal, ref) = step.item, told.portal
        _agreed(unit, row.id, portal, digest)
        if item.intent is IntentKind.CREATE:
            unit.record(EntryKind.LINKED, system=portal, case_id=row.id, ref=ref)
        repeated = step.receipt.duplicate and step.kind is EntryKind.DONE
        unit.record(
            EntryKind.DUPLICATE if repeated else step.kind,
            system=item.target,
            case_id=row.id,
            delivery_id=item.id,
            actor=step.actor,
            key=str(item.key),
            ref=step.receipt.ref,
            sealed=committed.of_receipt(step.receipt),
            **step.facts,
        )
        unit.wake("settle", lane=ctx.lane(row.id))
        if told.refresh_at is not None:
            unit.wake("refresh", system=item.target)
        crash.point("record.recording", item.target, item.intent, item.basis.get("kind"))


def _agreed_by(ctx: Context, row: CaseRow, step: Effect, now: datetime) -> Agreed:
    item, ref = step.item, step.receipt.ref
    portal = item.target if is_portal(item.target) else item.source
    link = row.link(portal)
    # a portal is read back: what it shows, not what we sent, is what both sides agree on
    reads_back = ctx.systems[item.target].capabilities.refresh
    return Agreed(
        case_id=row.id,
        written=(item.target, ref),
        portal=(portal, ref if link is None else link.ref),
        baseline=after(link.baseline if link else None, item),
        refresh_at=now if reads_back else None,
    )


async def agree(unit: Unit, case_id: int, portal: str, ref: str, baseline: Baseline) -> None:
    """Both sides agree on this now; the log can prove later that the row is the one that was written here."""
    _agreed(unit, case_id, portal, await links.save_baseline(unit.conn, case_id, portal, ref, baseline))


def _agreed(unit: Unit, case_id: int, portal: str, digest: str | None) -> None:
    if digest is not None:
        unit.record(EntryKind.AGREED, system=portal, case_id=case_id, baseline_digest=digest)


def after(before: Baseline | None, item: Delivery) -> Baseline:
    """The baseline once this delivery is done. Pure."""
    base = before or Baseline()
    fields: Mapping[str, str] = dict(item.basis.get("fields", {}))
    privacy = Privacy(item.basis.get("privacy", "open"))
    target = Side.HERE if item.target == REGISTER else Side.THERE
    to_here = target is Side.HERE
    if item.intent is IntentKind.CREATE:
        acts = frozenset(item.basis.get("acts", ())) if to_here else frozenset()
        here, there = ({}, fields) if to_here else (fields, {})
        return replace(
            base, here=here, there=there, privacy=base.privacy.strictest(privacy), acts=base.acts | acts
        )
    if item.intent is IntentKind.APPEND:
        if item.act_id is None:
            return base
        unread = base.unread | {mark(target, item.act_id)} if to_here else base.unread
        return replace(base, acts=base.acts | {item.act_id}, unread=unread)
    # revisions never go back, not even if an older write is proved after a newer change was agreed
    base = replace(base, revision=max(base.revision, item.revision))
    source = base.there if to_here else base.here
    news = {name for name, value in fields.items() if source.get(name) != value}
    if item.intent is IntentKind.TIGHTEN:
        # some systems tighten by writing the whole header, so the fields may have gone along
        unread = base.unread | {mark(target, perhaps(name)) for name in news} | {mark(target, "privacy")}
        return replace(base, privacy=base.privacy.strictest(privacy), unread=unread)
    # an update: the owner's values are agreed; what the other side will tell of them is not known yet
    settled = {mark(target, perhaps(name)) for name in fields}
    unread = (base.unread - settled) | {mark(target, name) for name in news}
    mine = {**source, **fields}
    here, there = (base.here, mine) if to_here else (mine, base.there)
    return replace(base, here=here, there=there, unread=unread)
