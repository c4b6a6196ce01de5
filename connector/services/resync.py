"""What people do with plans: preview, approve, start, pause, stop, look. Every act is an entry.

A plan is made by one official and, where it is large, takes something back, touches a published answer or would stop a
guard, approved by another. What is approved is the digest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from connector.case import REGISTER
from connector.errors import ApprovalNeeded, MergeConflict, NotFoundError, PlanOver, SafetyStop, UserError
from connector.ledger.entry import EntryKind
from connector.mapping.intent import IntentKind
from connector.reconcile.findings import Finding, FindingClass, is_repairable
from connector.reconcile.plan import Deed, Limits, Step, Subject, Verdict, reasons, totals
from connector.services.officers import Decision
from connector.store import cases, findings, plans, waves
from connector.store.connection import Connection
from connector.store.database import Database, Unit
from connector.store.plans import KeptStep, Plan
from connector.sync.census import census
from connector.sync.context import Context
from connector.sync.flood import ENDING
from connector.sync.guards import check_flood, check_rewrite, check_withdrawals
from connector.sync.rehearse import Played, ask
from connector.sync.resync import View, preview, step_of

LEAST_NAME = 8
"""So many characters of a digest have to be typed."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a plan is to be about.

    Attributes:
        cases: names of cases, as a person types them.
        findings: all open findings that a plan can repair; ``numbers``: only these.
        since, until: cases of which something was told or planned in the window.
        system: only the pairs with this portal; alone, all cases that it knows.
        direction: ``up`` to the portals, ``down`` to the register; None: both.
        first_import: tie what exists on both sides already, copy nothing.
        fresh: read the cases again from the systems.
    """

    cases: tuple[str, ...] = ()
    findings: bool = False
    numbers: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    system: str | None = None
    direction: str | None = None
    first_import: bool = False
    fresh: bool = True

    @property
    def scope(self) -> dict[str, Any]:
        """As it is kept: no content."""
        told = {
            "cases": list(self.cases),
            "findings": self.findings,
            "numbers": list(self.numbers),
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "system": self.system,
            "direction": self.direction,
            "first_import": self.first_import,
        }
        return {name: value for name, value in told.items() if value}


# ---- preview --------------------------------------------------------------------------------------------------


async def make(ctx: Context, wanted: Wanted, *, by: str) -> Plan | None:
    """Preview and keep the plan; None if there is nothing to do. Writes to no system and plans no write.

    Raises:
        UserError: nothing or an unknown thing is named, or it is too much for one plan.
        NotFoundError: no such case or finding.
    """
    _check(ctx, wanted)
    steps, told = await (_import(ctx, wanted) if wanted.first_import else _repair(ctx, wanted))
    if not steps:
        return None
    fresh = wanted.fresh or wanted.first_import
    found = totals(steps, reads=fresh, per_second=_rates(ctx))
    async with ctx.db.reading() as conn:
        verdicts = await _judge(ctx, conn, steps)
    limits = ctx.settings.resync
    why = reasons(found, verdicts, Limits(cases=limits.approve_cases, writes=limits.approve_writes))
    async with ctx.db.unit() as unit:
        digest = await plans.keep(
            unit.conn,
            steps,
            scope={**wanted.scope, **told},
            fresh=fresh,
            totals=found,
            verdicts=verdicts,
            reasons=why,
            made_by=by,
            at=ctx.clock.now(),
        )
        unit.record(
            EntryKind.RESYNC_PLANNED,
            actor=by,
            plan=digest,
            cases=found.cases,
            writes=found.writes,
            needs=len(why),
        )
    async with ctx.db.reading() as conn:
        return await plans.get(conn, digest)


def _check(ctx: Context, wanted: Wanted) -> None:
    if wanted.system is not None and (wanted.system not in ctx.systems or wanted.system == REGISTER):
        msg = f"{wanted.system} is no portal in use; known: {', '.join(sorted({*ctx.systems} - {REGISTER}))}"
        raise UserError(msg)
    if wanted.first_import and wanted.system is None:
        msg = "name the portal of a first import with --system"
        raise UserError(msg)
    named = (wanted.cases, wanted.findings, wanted.numbers, wanted.since, wanted.until, wanted.system)
    if not any(named):
        msg = "say what: --case, --findings, --finding, --since, --until, --system or --import"
        raise UserError(msg)


async def _repair(ctx: Context, wanted: Wanted) -> tuple[list[Step], Mapping[str, int]]:
    subjects = await subjects_of(ctx, wanted)
    view = View(portal=wanted.system, direction=wanted.direction)
    return [step async for step in preview(ctx, subjects, view, fresh=wanted.fresh)], {}


async def _import(ctx: Context, wanted: Wanted) -> tuple[list[Step], Mapping[str, int]]:
    """Pairs are tied; what could be several pairs, or cannot be read, is put before a person and never guessed."""
    assert wanted.system is not None
    found = await census(ctx, wanted.system)
    _little(ctx, len(found.pairs))
    view = View(portal=wanted.system, direction=wanted.direction)
    steps = [step async for step in preview(ctx, await _untied(ctx, found.pairs), view, fresh=True)]
    asked = [(subject, MergeConflict.code) for subject in found.unsure] + list(found.unread)
    steps += [step_of(subject, Played(items=(ask(subject, code),)), token_hex(16)) for subject, code in asked]
    return steps, {"only_here": found.only_here, "only_there": found.only_there}


async def _untied(ctx: Context, pairs: Sequence[Subject]) -> list[Subject]:
    """Pairs that are not tied yet."""
    result = []
    async with ctx.db.reading() as conn:
        for pair in pairs:
            known = {
                row.id if (row := await cases.by_ref(conn, system, ref)) else None
                for system, ref in pair.refs.items()
            }
            if len(known) > 1 or None in known:
                result.append(pair)
    return result


def _little(ctx: Context, count: int) -> None:
    most = ctx.settings.resync.most_cases
    if count > most:
        msg = f"more than {most} cases: narrow it by --since, --until or --system (resync.most_cases)"
        raise UserError(msg)


async def subjects_of(ctx: Context, wanted: Wanted) -> list[Subject]:
    """The cases that are meant, in order of their number; unknown ones last.

    Raises:
        UserError: too many.
        NotFoundError: no such case or finding.
    """
    most = ctx.settings.resync.most_cases
    async with ctx.db.reading() as conn:
        ids = [await _named(conn, name) for name in wanted.cases]
        found = await _found(conn, wanted) if wanted.findings or wanted.numbers else []
        if not wanted.cases and not found and not wanted.findings:
            ids = await cases.touched(
                conn, since=wanted.since, until=wanted.until, system=wanted.system, most=most + 1
            )
        repairs = _repairs(found)
        known = await cases.references(conn, sorted({*ids, *repairs}))
    subjects = [
        Subject(
            case_id=number, refs={**refs, **_missing(repairs, number)}, rebuild=_rebuilds(repairs, number)
        )
        for number, refs in known.items()
    ]
    strangers = [Subject(refs={one.system: one.ref}) for one in found if one.case_id is None and one.ref]
    _little(ctx, len(subjects) + len(strangers))
    return subjects + strangers


async def _named(conn: Connection, name: str) -> int:
    found = await cases.find(conn, name)
    if found is None:
        msg = f"no case is known as {name}"
        raise NotFoundError(msg)
    return found


async def _found(conn: Connection, wanted: Wanted) -> list[Finding]:
    """The findings that are meant; those that no plan can repair are left out, unless they were named."""
    if wanted.numbers:
        named = [await findings.get(conn, number) for number in wanted.numbers]
        missing = [str(n) for n, one in zip(wanted.numbers, named, strict=True) if one is None]
        if missing:
            msg = f"no such finding: {', '.join(missing)}"
            raise NotFoundError(msg)
        return [one for one in named if one is not None]
    result: list[Finding] = []
    after = 0
    while page := await findings.open_findings(conn, system=wanted.system, after=after):
        result += [one for one in page if is_repairable(one)]
        after = page[-1].id
    return result


def _repairs(found: Sequence[Finding]) -> dict[int, list[Finding]]:
    repairs: dict[int, list[Finding]] = {}
    for one in found:
        if one.case_id is not None:
            repairs.setdefault(one.case_id, []).append(one)
    return repairs


def _missing(repairs: Mapping[int, Sequence[Finding]], case_id: int) -> dict[str, str]:
    """References that a finding tells and that are not tied yet."""
    told = repairs.get(case_id, ())
    return {one.system: one.ref for one in told if one.ref and one.kind is FindingClass.MISSING_HERE}


def _rebuilds(repairs: Mapping[int, Sequence[Finding]], case_id: int) -> tuple[str, ...]:
    told = repairs.get(case_id, ())
    return tuple(sorted({one.system for one in told if one.kind is FindingClass.TAMPERED_BASELINE}))


def _rates(ctx: Context) -> dict[str, float]:
    told = {name: one.transport.rate_per_s for name, one in ctx.settings.systems.items()}
    return {name: rate for name, rate in told.items() if rate}


async def _judge(ctx: Context, conn: Connection, steps: Sequence[Step]) -> list[Verdict]:
    """The guards of writing on the plan, together with what was planned lately anyhow."""
    found: list[Verdict] = []
    since = ctx.clock.now() - timedelta(seconds=ctx.settings.guards.window_s)
    for system in sorted(ctx.systems):
        sends = [[i for i in step.items if i.deed is Deed.SEND and i.system == system] for step in steps]
        changed = sum(any(i.intent is not IntentKind.CREATE for i in items) for items in sends)
        ends = sum(any(i.act_kind in ENDING for i in items) for items in sends)
        edits = sum(
            any(i.intent in (IntentKind.UPDATE, IntentKind.TIGHTEN) for i in items) for items in sends
        )
        if not any(sends):
            continue
        lately = await waves.count(conn, system, changed_since=since, withdrawn_since=since, ending=ENDING)
        known = await cases.linked(conn, system)
        for guard, count in (
            ("flood", changed + lately.changed),
            ("withdrawals", ends + lately.withdrawn),
            ("rewrite", edits),
        ):
            found.append(
                Verdict(guard=guard, system=system, count=count, stops=_stops(ctx, guard, count, known))
            )
    return found


def _stops(ctx: Context, guard: str, count: int, known: int) -> bool:
    try:
        match guard:
            case "flood":
                check_flood(count, known, ctx.settings.guards)
            case "withdrawals":
                check_withdrawals(count, known, ctx.settings.guards)
            case _:
                check_rewrite(count, known, ctx.settings.guards)
    except SafetyStop:
        return True
    return False


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A plan with its first steps; ``left``: so many more are not shown."""

    plan: Plan
    steps: tuple[KeptStep, ...]
    left: int
    progress: Mapping[str, int]


async def shown(db: Database, name: str, *, most: int = 50, states: Sequence[str] = ()) -> Shown:
    """A plan for people: values in clear, as long as their case lives.

    Raises:
        NotFoundError: no such plan.
    """
    async with db.reading() as conn:
        plan = await plan_of(conn, name)
        steps = await plans.steps(conn, plan.id, most=most, states=states)
        progress = await plans.progress(conn, plan.id)
    count = sum(n for state, n in progress.items() if (state in states if states else "_" not in state))
    return Shown(plan=plan, steps=tuple(steps), left=max(0, count - len(steps)), progress=progress)


# ---- decide ---------------------------------------------------------------------------------------------------


async def plan_of(conn: Connection, name: str, *, lock: bool = False) -> Plan:
    """The plan with that digest, or with the one that begins so.

    Raises:
        NotFoundError: none, or several.
    """
    plan = await plans.get(conn, name, lock=lock) if len(name) >= LEAST_NAME else None
    if plan is None:
        msg = f"no plan, or more than one, begins with {name}; name at least {LEAST_NAME} characters"
        raise NotFoundError(msg)
    return plan


async def approve(ctx: Context, name: str, decided: Decision) -> Plan:
    """A second person answers for exactly what the digest covers.

    Raises:
        UserError: it is the person who made it.
        PlanOver: it has begun, has ended, or is too old.
    """
    async with ctx.db.unit() as unit:
        plan = await plan_of(unit.conn, name, lock=True)
        _still(ctx, plan, "ready")
        if decided.officer == plan.made_by:
            msg = f"{decided.officer} made this plan: another person approves it"
            raise UserError(msg)
        at = ctx.clock.now()
        await plans.approve(unit.conn, plan.id, by=decided.officer, basis=decided.basis, at=at)
        unit.record(
            EntryKind.RESYNC_APPROVED, actor=decided.officer, plan=plan.digest, basis_code=decided.basis
        )
        return replace(plan, approved_by=decided.officer, approved_at=at, basis=decided.basis)


async def start(ctx: Context, name: str, *, by: str) -> Plan:
    """Carry a plan out: the daemon does it, in the background.

    Raises:
        ApprovalNeeded: nobody has approved it who has to.
        PlanOver: it has begun, has ended, or is too old.
    """
    async with ctx.db.unit() as unit:
        plan = await plan_of(unit.conn, name, lock=True)
        _still(ctx, plan, "ready")
        if plan.reasons and plan.approved_by is None:
            msg = f"plan {plan.digest[:12]} needs the approval of a second person: {', '.join(plan.reasons)}"
            raise ApprovalNeeded(msg)
        return await _move(ctx, unit, plan, "running", "started", by)


async def start_or_join(ctx: Context, name: str, *, by: str) -> Plan:
    """Start a plan, or look at one that runs or is done already: the command may have been left before."""
    async with ctx.db.reading() as conn:
        plan = await plan_of(conn, name)
    return plan if plan.state in ("running", "done") else await start(ctx, name, by=by)


async def pause(ctx: Context, name: str, *, by: str) -> Plan:
    """Hold it after the case that is under way. Raises :class:`PlanOver` if it does not run."""
    async with ctx.db.unit() as unit:
        plan = await plan_of(unit.conn, name, lock=True)
        _still(ctx, plan, "running")
        return await _move(ctx, unit, plan, "paused", "paused", by)


async def resume(ctx: Context, name: str, *, by: str) -> Plan:
    """Let it go on. Raises :class:`PlanOver` if it is not paused."""
    async with ctx.db.unit() as unit:
        plan = await plan_of(unit.conn, name, lock=True)
        _still(ctx, plan, "paused")
        return await _move(ctx, unit, plan, "running", "resumed", by)


async def stop(ctx: Context, name: str, *, by: str) -> Plan:
    """End it for good; what is done stays done, the rest is skipped. Raises :class:`PlanOver` if it has ended."""
    async with ctx.db.unit() as unit:
        plan = await plan_of(unit.conn, name, lock=True)
        if plan.state in plans.OVER:
            _still(ctx, plan, "running")
        return await _move(ctx, unit, plan, "stopped", "stopped", by)


async def _move(ctx: Context, unit: Unit, plan: Plan, state: str, told: str, by: str) -> Plan:
    await plans.move(unit.conn, plan.id, state, at=ctx.clock.now(), by=by)
    unit.record(EntryKind.RESYNC_MOVED, actor=by, plan=plan.digest, state=told)
    if state == "running":
        unit.wake("resync", lane=plan.id)
    return replace(plan, state=state)


def _still(ctx: Context, plan: Plan, state: str) -> None:
    if plan.state != state:
        msg = f"plan {plan.digest[:12]} is {plan.state}, not {state}"
        raise PlanOver(msg)
    old = ctx.clock.now() - plan.made_at > timedelta(seconds=ctx.settings.resync.valid_s)
    if state == "ready" and old:
        msg = f"plan {plan.digest[:12]} was previewed too long ago (resync.valid_s)"
        raise PlanOver(msg)
