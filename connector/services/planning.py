"""Make a plan: which cases are meant, what would be done with them, what the guards say, who has to approve it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from connector.case import REGISTER
from connector.errors import MergeConflict, NotFoundError, SafetyStop, UserError
from connector.ledger.entry import EntryKind
from connector.mapping.intent import IntentKind
from connector.reconcile.findings import Finding, FindingClass, is_repairable
from connector.reconcile.plan import Deed, Limits, Step, Subject, Verdict, reasons, totals
from connector.store import cases, findings, links, plans, waves
from connector.store.connection import Connection
from connector.store.plans import Plan
from connector.sync.census import census
from connector.sync.context import Context
from connector.sync.flood import ENDING
from connector.sync.guards import check_flood, check_rewrite, check_withdrawals
from connector.sync.rehearse import Played, ask
from connector.sync.resync import View, preview, step_of


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


async def make(ctx: Context, wanted: Wanted, *, by: str, via: str | None = None) -> Plan | None:
    """Preview and keep the plan; None if there is nothing to do. Writes to no system and plans no write.

    Args:
        by: the official's account.
        via: the account that the command ran under, for the log.

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
            via_id=via,
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
    if wanted.first_import and wanted.direction is not None:
        msg = "a first import looks at both sides: it has no direction"
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
        known = await links.references(conn, sorted({*ids, *repairs}))
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
