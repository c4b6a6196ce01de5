"""Record: outcome, new baseline and ledger entry of a delivery commit in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from connector import crash
from connector.case import REGISTER, Privacy
from connector.errors import MergeConflict, SecrecyHold
from connector.ledger.entry import EntryKind
from connector.ledger.guard import Scalar
from connector.mapping.intent import IntentKind
from connector.merge import Baseline, Side, mark, perhaps
from connector.store import cases, deliveries, endings, quarantine
from connector.store.cases import CaseRow, End
from connector.store.database import Unit
from connector.store.deliveries import Delivery
from connector.sync import committed
from connector.sync.context import Context, is_portal
from connector.system import Receipt


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

    Args:
        actor: who says so, if not the program itself.
        facts: what else the ledger entry is to hold.

    Raises:
        MergeConflict: a creation ended under the reference of another case, or under a second one of this case.
    """
    now = ctx.clock.now()
    async with ctx.db.unit() as unit:
        row = await cases.get(unit.conn, item.case_id, lock=True)
        assert row is not None
        if not await deliveries.done(unit.conn, item, receipt, now):
            return
        if row.end is not None:
            await _came_late(unit, row, row.end, item, receipt)
            return
        await _own_ref(unit, row, item, receipt)
        # a portal is read back: what it shows, not what we sent, is what both sides agree on
        reads_back = ctx.systems[item.target].capabilities.refresh
        await _move_baseline(unit, row, item, receipt, refresh_at=now if reads_back else None, now=now)
        await quarantine.close(
            unit.conn, state="resolved", actor=unit.actor, note="delivered", subject=f"delivery/{item.id}"
        )
        unit.record(
            EntryKind.DUPLICATE if receipt.duplicate and kind is EntryKind.DONE else kind,
            system=item.target,
            case_id=row.id,
            delivery_id=item.id,
            actor=actor,
            key=str(item.key),
            ref=receipt.ref,
            sealed=committed.of_receipt(receipt),
            **facts,
        )
        unit.wake("settle", lane=ctx.lane(row.id))
        if reads_back:
            unit.wake("refresh", system=item.target)
        crash.point("record.recording", item.target, item.intent, item.basis.get("kind"))
    crash.point("record.recorded", item.target, item.intent, item.basis.get("kind"))


async def _came_late(unit: Unit, row: CaseRow, end: End, item: Delivery, receipt: Receipt) -> None:
    """It was on its way when the case ended: the fact is kept, so that the officer knows of the copy; nothing follows."""
    if row.link(item.target) is None and await cases.by_ref(unit.conn, item.target, receipt.ref) is None:
        await cases.save_ref(unit.conn, row.id, item.target, receipt.ref, None)
    await endings.empty(unit.conn, row.id, end, code=SecrecyHold.code)
    unit.record(EntryKind.DONE, system=item.target, case_id=row.id, delivery_id=item.id, ref=receipt.ref)


async def _own_ref(unit: Unit, row: CaseRow, item: Delivery, receipt: Receipt) -> None:
    """Two of our cases under one reference, or one under two, are never joined silently."""
    if item.intent is not IntentKind.CREATE:
        return
    known = row.link(item.target)
    other = await cases.by_ref(unit.conn, item.target, receipt.ref)
    if (known is None or known.ref == receipt.ref) and (other is None or other.id == row.id):
        return
    msg = (
        f"{item.target} took the case under {receipt.ref}, which is not the reference of case {row.id} alone"
    )
    raise MergeConflict(msg, cases=[row.id])


async def _move_baseline(
    unit: Unit, row: CaseRow, item: Delivery, receipt: Receipt, *, refresh_at: datetime | None, now: datetime
) -> None:
    """The tie to the target, and the baseline of the pair, which lies on the portal's link."""
    portal = item.target if is_portal(item.target) else item.source
    link = row.link(portal)
    before = link.baseline if link else None
    ref = receipt.ref if link is None else link.ref
    told = after(before, item)
    digest = await cases.agree(
        unit.conn, row.id, (item.target, receipt.ref), (portal, ref), told, refresh_at=refresh_at, now=now
    )
    _agreed(unit, row.id, portal, digest)
    if item.intent is IntentKind.CREATE:
        unit.record(EntryKind.LINKED, system=portal, case_id=row.id, ref=ref)


async def agree(unit: Unit, case_id: int, portal: str, ref: str, baseline: Baseline) -> None:
    """Both sides agree on this now; the log can prove later that the row is the one that was written here."""
    _agreed(unit, case_id, portal, await cases.save_baseline(unit.conn, case_id, portal, ref, baseline))


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
