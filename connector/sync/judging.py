"""Judging: one case is compared between the register and one portal, and its findings are brought up to date.

What the live flow has kept is taken for what a system tells only while a pass has just seen the same digest. Before
anything is called a difference both sides are asked once more, so that a long pass does not compare two moments.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connector.case import REGISTER, Act, ActKind, Case
from connector.errors import ConnectorError, MergeConflict, SealBroken, Unmapped, Unreadable
from connector.ledger.entry import EntryKind
from connector.mapping.intent import Intent, IntentKind
from connector.merge import Rules, Side
from connector.reconcile.compare import Pair, Told, compare, telling
from connector.reconcile.explain import Surroundings, explain
from connector.reconcile.findings import (
    Cause,
    Difference,
    Finding,
    FindingClass,
    Seen,
    Step,
    name_of,
    role_of,
    severity_of,
)
from connector.reconcile.scope import Reach, Scope
from connector.rules.clocks import clocks, strictest
from connector.rules.course import follow
from connector.store import cases, findings, observations, reconcile, sightings
from connector.store.cases import CaseRow
from connector.store.database import Unit
from connector.store.links import Link
from connector.store.sightings import Sighting
from connector.sync.context import FINISHED, Context, is_over
from connector.sync.keep import POISON
from connector.sync.settle import rules_of
from connector.sync.sighting import Answer, ask, seen_of
from connector.system import Record

KINDS = {
    Step.OPENED: EntryKind.FINDING_OPENED,
    Step.REOPENED: EntryKind.FINDING_REOPENED,
    Step.CHANGED: EntryKind.FINDING_CHANGED,
    Step.CLOSED: EntryKind.FINDING_CLOSED,
}


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What judging has to know of the pass that it is part of."""

    portal: str
    scope: Scope
    began: datetime


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One side of a case as it is told now.

    Attributes:
        ref: None if we know none.
        told: None if it is not told, or cannot be read.
        gap: code, if it cannot be read.
        silent: nobody could say anything now.
        stored: it was not asked for just now.
    """

    system: str
    ref: str | None = None
    told: Told | None = None
    gap: str | None = None
    silent: bool = False
    stored: bool = False
    seen: Sighting | None = None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What became of one case: alarms, what is under way, and what is new or gone of it."""

    alarms: int = 0
    in_flight: int = 0
    unread: int = 0
    opened: int = 0
    closed: int = 0


async def judge_case(ctx: Context, this: Pass, case_id: int) -> Judged:
    """Compare one case and bring its findings up to date."""
    async with ctx.db.reading() as conn:
        sound = await reconcile.baseline_holds(conn, case_id, this.portal)
        try:
            row = await cases.get(conn, case_id)
        except SealBroken:
            if sound:
                raise
            row = None
    if not sound:
        return await _record(ctx, this, case_id, (_tampered(this, case_id),), (), None)
    if row is None or row.end is not None:
        return Judged()
    heard = await _hear(ctx, this, row, afresh=this.scope.reach is Reach.CASES)
    found = await _compared(ctx, this, row, heard)
    if any(one.kind is not FindingClass.IN_FLIGHT for one in found) and any(one.stored for one in heard):
        heard = await _hear(ctx, this, row, afresh=True)
        found = await _compared(ctx, this, row, heard)
    return await _record(ctx, this, case_id, found, heard, row)


def _tampered(this: Pass, case_id: int) -> Difference:
    return Difference(
        kind=FindingClass.TAMPERED_BASELINE,
        system=this.portal,
        cause=Cause.DATABASE_CHANGED,
        case_id=case_id,
        repairable=True,
    )


# ---- what the two sides tell ------------------------------------------------------------------------------------


async def _hear(ctx: Context, this: Pass, row: CaseRow, *, afresh: bool) -> tuple[Heard, Heard]:
    here = await _side(ctx, this, row, REGISTER, afresh=afresh)
    return here, await _side(ctx, this, row, this.portal, afresh=afresh)


async def _side(ctx: Context, this: Pass, row: CaseRow, name: str, *, afresh: bool) -> Heard:
    link = row.link(name)
    async with ctx.db.reading() as conn:
        seen = (
            await sightings.of_ref(conn, name, link.ref)
            if link is not None
            else await sightings.of_case(conn, row.id, name)
        )
        ref = link.ref if link is not None else seen.ref if seen is not None else None
        if ref is None:
            return Heard(system=name)
        record = None
        if not afresh and seen is not None and seen.known and _current(ctx, this, name, seen):
            assert seen.kind is not None
            assert seen.print is not None
            record = await observations.told(conn, name, ref, seen.kind, seen.print)
    if record is not None:
        return _heard(ctx, name, ref, link, record, seen, stored=True)
    return await hear_ref(ctx, name, ref, link)


def _current(ctx: Context, this: Pass, name: str, seen: Sighting) -> bool:
    """Was it seen in this pass; or, where every change shows in the list that this pass has read, at any time?"""
    can = ctx.systems[name].capabilities
    listed = this.scope.reach is Reach.CHANGES and not (can.queue or can.refresh)
    return listed or seen.seen_at >= this.began


async def hear_ref(ctx: Context, name: str, ref: str, link: Link | None) -> Heard:
    """Ask for one reference now, and write down what was told."""
    answer: Answer = await ask(ctx, name, ref)
    told = seen_of(ref, answer)
    async with ctx.db.unit() as unit:
        if told is not None:
            await sightings.keep(unit.conn, name, [told], ctx.clock.now())
        seen = await sightings.of_ref(unit.conn, name, ref)
    if answer.record is not None:
        return _heard(ctx, name, ref, link, answer.record, seen, stored=False)
    silent = answer.unread or (answer.gone and is_over(link))
    return Heard(system=name, ref=ref, gap=answer.gap, silent=silent, seen=seen)


def _heard(
    ctx: Context,
    name: str,
    ref: str,
    link: Link | None,
    record: Record,
    seen: Sighting | None,
    *,
    stored: bool,
) -> Heard:
    told, gap = None, None
    try:
        if record.problems:
            gap = Unreadable.code
        else:
            said = ctx.mappings.for_system(name).read(record)
            told = telling(link.state if link is not None else None, said)
    except (Unmapped, Unreadable, MergeConflict) as error:
        gap = error.code
    except POISON:
        gap = ConnectorError.code
    return Heard(system=name, ref=ref, told=told, gap=gap, stored=stored, seen=seen)


# ---- comparing --------------------------------------------------------------------------------------------------


async def _compared(
    ctx: Context, this: Pass, row: CaseRow, heard: tuple[Heard, Heard]
) -> tuple[Difference, ...]:
    here, there = heard
    if here.silent or there.silent:
        return ()
    async with ctx.db.reading() as conn:
        rules = await rules_of(ctx, conn, row.id, this.portal, outbound=_outbound(ctx, this, row, here))
        around = await _around(ctx, this, row.id, heard)
    gaps = tuple(
        Difference(
            kind=FindingClass.MAPPING_GAP,
            system=one.system,
            cause=Cause.UNREADABLE,
            case_id=row.id,
            ref=one.ref,
            code=one.gap,
        )
        for one in heard
        if one.gap is not None
    )
    found = gaps or compare(_pair(ctx, this, row, here, there, rules))
    grace = timedelta(seconds=ctx.settings.reconcile.grace_s)
    return explain(filter(this.scope.takes, found), around, ctx.clock.now(), grace)


def _outbound(ctx: Context, this: Pass, row: CaseRow, here: Heard) -> bool:
    linked = any(link.system != REGISTER for link in row.links)
    return not linked and here.told is not None and ctx.policy.route(here.told.case).target == this.portal


def _pair(ctx: Context, this: Pass, row: CaseRow, here: Heard, there: Heard, rules: Rules) -> Pair:
    link = row.link(this.portal)
    return Pair(
        system=this.portal,
        case_id=row.id,
        baseline=link.baseline if link is not None else None,
        here=here.told,
        there=there.told,
        here_known=here.ref is not None,
        there_known=there.ref is not None,
        rules=rules,
        carried=_carried(ctx, this.portal, here.told.case if here.told else None),
    )


def _carried(ctx: Context, portal: str, case: Case | None) -> frozenset[str]:
    """Kinds of act whose files travel there."""
    if case is None:
        return frozenset()
    mapping = ctx.mappings.for_system(portal)

    def carries(act: Act) -> bool:
        return mapping.carries_files(Intent(kind=IntentKind.APPEND, case=case, act=act))

    found: dict[ActKind, bool] = {}
    for act in case.acts:
        if act.attachments and act.kind in mapping.accepts and act.kind not in found:
            found[act.kind] = carries(act)
    return frozenset(kind.value for kind, does in found.items() if does)


async def _around(ctx: Context, this: Pass, case_id: int, heard: Sequence[Heard]) -> Surroundings:
    async with ctx.db.reading() as conn:
        standing = await reconcile.standing(conn, case_id, this.portal)
    sides = dict(zip((Side.HERE, Side.THERE), heard, strict=True))
    active = [one.seen.since for one in heard if one.seen is not None]
    return Surroundings(
        writes=standing.writes,
        active_at=max([*active, *([standing.written_at] if standing.written_at else [])], default=None),
        unread=frozenset(side for side, one in sides.items() if one.seen is not None and not one.seen.known),
        dirty=standing.dirty,
        held=standing.held,
        put_aside=standing.put_aside,
    )


# ---- recording --------------------------------------------------------------------------------------------------


async def _record(
    ctx: Context,
    this: Pass,
    case_id: int,
    found: Sequence[Difference],
    heard: Sequence[Heard],
    row: CaseRow | None,
) -> Judged:
    alarms = [one for one in found if one.kind is not FindingClass.IN_FLIGHT]
    told = {one.system: one for one in heard}
    silent = any(one.silent for one in heard)
    home = _home(heard, row)
    if this.scope.agency is not None and _agency(home) != this.scope.agency:
        return Judged()
    seen = [seen_as(ctx, one, home, heard) for one in alarms]
    changed = Judged()
    async with ctx.db.unit() as unit:
        if not silent:
            known = await findings.of_case(unit.conn, case_id, this.portal)
            for one in heard:
                if one.ref is not None:
                    known += await findings.of_ref(unit.conn, one.system, one.ref)
            # a reference too many is looked at by itself
            known = [one for one in known if one.kind is not FindingClass.DUPLICATE]
            flying = len(found) > len(alarms) or row is None
            changed = await bring(ctx, unit, this, known, seen, closes=not flying)
        prints = [told[name].seen for name in (REGISTER, this.portal) if name in told]
        here, there = [one.print if one else None for one in prints] if prints else (None, None)
        clean = not found and not silent and this.scope.field is None
        if this.scope.field is None or found:
            await reconcile.keep_verdict(
                unit.conn, case_id, this.portal, here, there, clean=clean, at=ctx.clock.now()
            )
    return replace(changed, alarms=len(alarms), in_flight=len(found) - len(alarms), unread=int(silent))


async def bring(
    ctx: Context, unit: Unit, this: Pass, known: Sequence[Finding], seen: Sequence[Seen], *, closes: bool
) -> Judged:
    """Bring findings up to date, and tell the log what changed.

    Args:
        closes: what was not found is gone; without it, something is still under way and nothing closes.
    """
    names = {name_of(one.difference) for one in seen}
    looked = [
        one for one in known if one.name in names or (closes and this.scope.covers(one.kind, one.field))
    ]
    changes = await findings.judge(unit.conn, looked, seen, ctx.clock.now())
    for change in changes:
        one = change.finding
        facts: dict[str, Any] = {"finding_id": one.id, "finding": one.kind.value, "field": one.field}
        if change.step is not Step.CLOSED:
            facts |= {"cause": one.cause.value, "severity": one.severity.value, "code": one.code}
        unit.record(KINDS[change.step], system=one.system, case_id=one.case_id, ref=one.ref, **facts)
        if change.ended:
            unit.record(
                EntryKind.ACKNOWLEDGEMENT_ENDED,
                system=one.system,
                case_id=one.case_id,
                finding_id=one.id,
                reason=change.step.value,
            )
    steps = [change.step for change in changes]
    return Judged(
        opened=steps.count(Step.OPENED) + steps.count(Step.REOPENED), closed=steps.count(Step.CLOSED)
    )


def seen_as(ctx: Context, told: Difference, home: Case | None, heard: Sequence[Heard]) -> Seen:
    """A difference with owner, severity by deadline, and the two instants of which it speaks."""
    now = ctx.clock.now()
    running = strictest(clocks(home.acts, ctx.book)).values() if home else ()
    due = min((one.due.ends_at for one in running if one.due), default=None)
    at = {one.system == REGISTER: one.seen.seen_at for one in heard if one.seen is not None}
    return Seen(
        difference=told,
        severity=severity_of(
            told,
            due,
            now,
            urgent=timedelta(seconds=ctx.settings.reconcile.urgent_s),
            finished=home is not None and home.status in FINISHED,
        ),
        role=role_of(told),
        agency=_agency(home),
        due_at=due,
        here_at=at.get(True),
        there_at=at.get(False),
    )


def _home(heard: Sequence[Heard], row: CaseRow | None) -> Case | None:
    """What the register says of the case; what the portal says where it says nothing."""
    told = [one.told.case for one in heard if one.told is not None]
    kept = [link.state for link in row.links if link.state is not None] if row else []
    found = sorted([*told, *kept], key=lambda case: case.system != REGISTER)
    return found[0] if found else None


def _agency(home: Case | None) -> str | None:
    if home is None:
        return None
    return follow(home.acts).agency or (home.header.agency if home.header else None)
