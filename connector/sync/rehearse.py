"""Rehearse: let the live flow take one case as far as its planned writes, see what it did, and take it back.

A preview is the very transaction that would run, rolled back. So a plan and the live flow cannot differ, and a preview
changes nothing: what was read for it is forgotten, and is read again when the plan runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from connector.case import REGISTER, Case, content_hash
from connector.errors import ConnectorError, DatabaseUnavailable, DiskFull, MasterKeyError, PrivacyStop
from connector.ledger.entry import Draft, EntryKind
from connector.mapping.intent import IntentKind
from connector.reconcile.plan import Change, Deed, Item, Subject, changes, is_published, takes_back
from connector.store import cases, deliveries, identity, links, quarantine
from connector.store.cases import CaseRow
from connector.store.connection import Connection
from connector.store.database import Unit
from connector.store.deliveries import Delivery
from connector.sync.context import Context, is_portal
from connector.sync.keep import Tally, take_in
from connector.sync.rebuild import rebuild
from connector.sync.settle import EVERYTHING, Lens, settle_case
from connector.system import Record

log = structlog.get_logger(__name__)


class TakeBack(Exception):  # no error: it ends a transaction that must leave nothing behind
    """What was done in this transaction is not to stay."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a system said just now, and when it was asked."""

    record: Record
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class Played:
    """What the flow did with one case, and what each system tells of it then (system → content hash).

    ``written``: act or intent of a write → its delivery, see :func:`write_name`.
    """

    case_id: int | None = None
    items: tuple[Item, ...] = ()
    tellings: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[tuple[object, ...], int] = field(default_factory=dict)


def write_name(item: Item) -> tuple[object, ...]:
    """What tells one write of a case from another."""
    return (item.system, item.intent, item.act_id, item.revision)


async def look(ctx: Context, subject: Subject, reads: frozenset[str] | None) -> tuple[Told, ...]:
    """Ask the systems for the case as they hold it now; nothing is kept.

    Args:
        reads: only these systems; None: every one that knows it.

    Raises:
        ConnectorError: what asking ended in.
    """
    found = []
    for system, ref in sorted(subject.refs.items()):
        if system in ctx.systems and (reads is None or system in reads):
            asked_at = ctx.clock.now()
            record = await _fetch(ctx, system, ref)
            found.append(Told(record=record, asked_at=asked_at))
    return tuple(found)


async def _fetch(ctx: Context, system: str, ref: str) -> Record:
    return await ctx.call(system, lambda: ctx.systems[system].fetch(ref))


async def rehearse(ctx: Context, subject: Subject, told: Sequence[Told], lens: Lens = EVERYTHING) -> Played:
    """What the flow would do with a case. Nothing of it stays."""
    played = Played()
    try:
        async with ctx.db.unit() as unit:
            played = await play(ctx, unit, subject, told, lens)
            raise TakeBack
    except TakeBack:
        return played
    except (DatabaseUnavailable, DiskFull, MasterKeyError):
        raise
    except ConnectorError as error:
        return Played(items=(ask(subject, error.code),))
    except Exception as error:  # a fault of ours with this one case; its neighbours are shown
        log.exception("rehearsal_fault", kind=type(error).__name__)
        return Played(items=(ask(subject, ConnectorError.code),))


def ask(subject: Subject, code: str) -> Item:
    """Nothing can be done with a case but to ask a person."""
    return Item(deed=Deed.ASK, system=min(subject.refs), code=code)


async def play(
    ctx: Context, unit: Unit, subject: Subject, told: Sequence[Told], lens: Lens = EVERYTHING
) -> Played:
    """Keep what was told and settle the case, in the caller's transaction; say what that did."""
    start = len(unit.drafts)
    if subject.pair:
        await _tie(ctx, unit, subject, told)
    for one in told:
        await take_in(ctx, unit, one.record, Tally(), asked_at=one.asked_at, listed=False)
    case_id = await _number(unit.conn, subject)
    before = await cases.take(unit.conn, case_id) if case_id is not None else None
    if before is None:
        return Played(items=_asked(subject, unit.drafts[start:]))
    row, rebuilt = before, []
    for portal in subject.rebuild:
        if (anew := await rebuild(ctx, unit, row, portal)) is not None:
            row = anew
            rebuilt.append(portal)
    await settle_case(ctx, unit, row, lens)
    if not lens.whole:
        await cases.mark_dirty(unit.conn, [row.id], ctx.clock.now())
        unit.wake("settle", lane=ctx.lane(row.id))
    return await _outcome(ctx, unit, before, unit.drafts[start:], rebuilt)


async def _tie(ctx: Context, unit: Unit, subject: Subject, told: Sequence[Told]) -> None:
    """Both exist: the portal's reference becomes one of the register's case, before either is folded in."""
    home = next(one for one in told if one.record.system == REGISTER)
    case_id = await identity.resolve(unit.conn, ctx.mappings.for_system(REGISTER).read(home.record))
    for system, ref in subject.refs.items():
        if is_portal(system) and await cases.by_ref(unit.conn, system, ref) is None:
            await links.save_ref(unit.conn, case_id, system, ref, None)


async def _number(conn: Connection, subject: Subject) -> int | None:
    """Our number of the case: known before, or since it was folded in a moment ago."""
    if subject.case_id is not None:
        return subject.case_id
    for system, ref in sorted(subject.refs.items()):
        row = await cases.by_ref(conn, system, ref)
        if row is not None:
            return row.id
    return None


def _asked(subject: Subject, drafts: Sequence[Draft]) -> tuple[Item, ...]:
    """A telling that could not even be tied to a case: what it was put aside for."""
    codes = [str(one.data["code"]) for one in drafts if one.kind is EntryKind.QUARANTINED]
    return tuple(ask(subject, code) for code in codes)


async def _outcome(
    ctx: Context, unit: Unit, before: CaseRow, drafts: Sequence[Draft], rebuilt: Sequence[str]
) -> Played:
    """Every effect on a case is an entry of the ledger: the entries of the transaction are what it did."""
    after = await cases.get(unit.conn, before.id)
    assert after is not None
    items = [Item(deed=Deed.REBUILD, system=one, downgrade=True) for one in rebuilt]
    written: dict[tuple[object, ...], int] = {}
    for draft in drafts:
        item = await _item(ctx, unit.conn, after, draft)
        if item is not None:
            items.append(item)
            if item.deed is Deed.SEND and draft.delivery_id is not None:
                written[write_name(item)] = draft.delivery_id
    items += _agreed(before, after, items)
    items += [
        Item(deed=Deed.ASK, system=one.system, code=one.code)
        for one in await quarantine.of_case(unit.conn, before.id)
        if one.state == "open"
    ]
    tellings = {link.system: content_hash(link.state) for link in after.links if link.state is not None}
    return Played(case_id=before.id, items=tuple(items), tellings=tellings, written=written)


async def _item(ctx: Context, conn: Connection, row: CaseRow, draft: Draft) -> Item | None:
    system = draft.system or REGISTER
    match draft.kind:
        case EntryKind.PLANNED | EntryKind.CANCELLED | EntryKind.FOUND if draft.delivery_id is not None:
            write = await deliveries.get(conn, draft.delivery_id)
            assert write is not None
            if draft.kind is EntryKind.PLANNED:
                return _send(ctx, row, write)
            return replace(_of_write(Deed.CLOSE, write), code=draft.kind.value)
        case EntryKind.OBSERVED:
            return _read(row, system)
        case EntryKind.LINKED:
            return Item(deed=Deed.LINK, system=system)
        case _:
            return None


def _send(ctx: Context, row: CaseRow, write: Delivery) -> Item:
    source, target = _state(row, write.source), _state(row, write.target)
    act = source.act(write.act_id) if source and write.act_id else None
    code: str | None = None
    shown: tuple[Change, ...] = ()
    try:
        if source is not None:
            leaves = ctx.policy.gate(source, write.target, write.intent)
            shown = changes(write.intent, leaves, target, write.act_id)
    except PrivacyStop as stop:
        code = stop.code
    return replace(
        _of_write(Deed.SEND, write),
        code=code,
        changes=shown,
        calls=1 + ctx.systems[write.target].capabilities.refresh,
        downgrade=write.intent is IntentKind.APPEND and takes_back(target, act.kind if act else None),
        published=is_published(source, target),
    )


def _of_write(deed: Deed, write: Delivery) -> Item:
    return Item(
        deed=deed,
        system=write.target,
        source=write.source,
        intent=write.intent,
        act_id=write.act_id,
        act_kind=write.act_kind,
        revision=write.revision,
    )


def _read(row: CaseRow, system: str) -> Item:
    state = _state(row, system)
    status = Change(field="status", new=state.status.value if state else None)
    return Item(deed=Deed.READ, system=system, changes=(status,))


def _agreed(before: CaseRow, after: CaseRow, items: Sequence[Item]) -> list[Item]:
    told = {item.system for item in items if item.deed in (Deed.LINK, Deed.REBUILD)}
    moved = [
        link.system
        for link in after.links
        if link.system not in told
        and (was := before.link(link.system)) is not None
        and was.baseline != link.baseline
    ]
    return [Item(deed=Deed.AGREE, system=system) for system in moved]


def _state(row: CaseRow, system: str) -> Case | None:
    link = row.link(system)
    return link.state if link else None
