"""Observe: ask a system what changed, keep what it says, mark the touched cases dirty.

One bad record is kept and quarantined; its neighbours go on. The watermark moves only after everything on its page
is stored, and the next page is asked for only then (that is the adapter's leave to confirm).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from connector.case import Status, absorb
from connector.errors import (
    ConnectorError,
    CredentialsRefused,
    MergeConflict,
    SafetyStop,
    Transient,
    Unmapped,
    Unreadable,
)
from connector.ledger.entry import EntryKind
from connector.store import cases, flows, observations, quarantine
from connector.store.database import Unit
from connector.sync.context import Context
from connector.sync.guards import check_answer
from connector.sync.hold import hold_flow, hold_system
from connector.system import Page, Problem, Record, System

log = structlog.get_logger(__name__)


WAITING = (Status.ASSIGNED.value, Status.SUPPLEMENTED.value, Status.REWORK.value)
"""Statuses in which a case stands in a portal's waiting list: so many are expected in a whole answer."""


@dataclass(kw_only=True)
class Tally:
    """What a pass did."""

    seen: int = 0
    new: int = 0
    quarantined: int = 0
    skipped: int = 0
    pages: int = 0
    codes: set[str] = field(default_factory=set)

    def as_counts(self) -> dict[str, int]:
        """For the run's row."""
        return {"seen": self.seen, "new": self.new, "quarantined": self.quarantined, "skipped": self.skipped}

    @property
    def outcome(self) -> str:
        """``empty`` if the pass found nothing worth keeping."""
        return "ok" if self.new or self.quarantined or self.skipped else "empty"


async def observe(ctx: Context, name: str) -> Tally:
    """One pass over what changed at ``name``. Errors of the seam end the pass, are recorded, and are not raised."""
    tally = Tally()
    async with ctx.db.reading() as conn:
        if await flows.held(conn, f"system:{name}", f"flow:observe:{name}"):
            return tally
        mark = await flows.watermark(conn, name)
    async with ctx.db.unit() as unit:
        run_id = await flows.begin(unit.conn, "observe", name, ctx.clock.now())
    outcome, code = "ok", None
    try:
        async for page in ctx.systems[name].changes(mark.value):
            await _take_page(ctx, name, page, mark, tally)
            if ctx.stopping.is_set():
                break
        outcome = tally.outcome
    except ConnectorError as error:
        outcome, code = "failed", error.code
        await _failed(ctx, name, error)
    async with ctx.db.unit() as unit:
        await flows.end(unit.conn, run_id, outcome, tally.as_counts(), ctx.clock.now(), code)
    return tally


async def _take_page(ctx: Context, name: str, page: Page, mark: flows.Watermark, tally: Tally) -> None:
    system = ctx.systems[name]
    tally.pages += 1
    if system.capabilities.whole_list and page.total is not None and not mark.released:
        async with ctx.db.reading() as conn:
            expected = await cases.waiting(conn, name, WAITING)
        check_answer(page.total, expected, ctx.settings.guards, system=name)
    for record in await _follow(ctx, system, page.records, tally):
        await keep(ctx, record, tally)
    async with ctx.db.unit() as unit:
        # a row that could not be followed up is asked for again: the watermark stays where it was
        mark_at = None if tally.skipped else page.watermark
        await flows.move_watermark(unit.conn, name, mark_at, page.total, ctx.clock.now())


async def _follow(ctx: Context, system: System, told: Sequence[Record], tally: Tally) -> list[Record]:
    """Turn list rows into whole cases: only those whose version was never read are asked for."""
    tally.seen += len(told)
    hints = [record for record in told if not record.complete and not record.problems]
    async with ctx.db.reading() as conn:
        known = await observations.known(conn, system.name, [record.ref for record in hints])
    fresh = [record for record in hints if (record.ref, record.version) not in known]
    fetched = await asyncio.gather(*(_fetch(system, hint, tally) for hint in fresh))
    whole = [record for record in told if record.complete or record.problems]
    return whole + [record for record in fetched if record is not None]


async def _fetch(system: System, hint: Record, tally: Tally) -> Record | None:
    try:
        return replace(await system.fetch(hint.ref), version=hint.version)
    except Transient as error:
        tally.skipped += 1
        log.warning("fetch_postponed", system=system.name, ref=hint.ref, code=error.code)
        return None
    except ConnectorError as error:
        return replace(hint, problems=(Problem(where="fetch", text=error.code),))


async def refresh(ctx: Context, name: str) -> Tally:
    """Read linked cases again whose time has come: what a portal tells in no list shows only here."""
    tally = Tally()
    system, now = ctx.systems[name], ctx.clock.now()
    if not system.capabilities.refresh:
        return tally
    async with ctx.db.reading() as conn:
        if await flows.held(conn, f"system:{name}", f"flow:observe:{name}"):
            return tally
        refs = await cases.due_refresh(conn, name, now, ctx.settings.work.slice_cases)
    tally.seen = len(refs)
    await asyncio.gather(*(_refresh_one(ctx, system, ref, tally) for ref in refs))
    return tally


async def _refresh_one(ctx: Context, system: System, ref: str, tally: Tally) -> None:
    try:
        record = await system.fetch(ref)
    except ConnectorError as error:
        tally.skipped += 1
        tally.codes.add(error.code)
        until = (
            None
            if not isinstance(error, Transient)
            else ctx.clock.now() + ctx.backoff(1, error.retry_after_s)
        )
        async with ctx.db.unit() as unit:
            await cases.postpone_refresh(unit.conn, system.name, [ref], until)
            if until is None:
                await _quarantine(ctx, unit, system.name, ref, error, observation_id=None)
        return
    await keep(ctx, record, tally)


async def keep(ctx: Context, record: Record, tally: Tally) -> None:
    """Store one record and fold it into its case, in one transaction."""
    async with ctx.db.unit() as unit:
        observation_id = await observations.store(unit.conn, record, None)
        if observation_id is None:
            await _unchanged(ctx, unit, record)
            return
        await fold(ctx, unit, record, observation_id, tally)


async def fold(ctx: Context, unit: Unit, record: Record, observation_id: int, tally: Tally) -> None:
    """Map a kept record and fold it into its case; what cannot be mapped is quarantined with its reason."""
    subject = f"{record.system}/{record.ref}"
    try:
        if record.problems:
            raise Unreadable(_list(record.problems), ref=record.ref)
        told = ctx.mappings.for_system(record.system).read(record)
        async with unit.conn.transaction():
            case_id = await cases.resolve(unit.conn, told)
    except (Unmapped, Unreadable, MergeConflict) as error:
        tally.quarantined += 1
        await _quarantine(ctx, unit, record.system, record.ref, error, observation_id)
        return
    tally.new += 1
    row = await cases.get(unit.conn, case_id, lock=True)
    assert row is not None
    link = row.link(record.system)
    state = absorb(link.state if link else None, told)
    await observations.assign(unit.conn, observation_id, case_id)
    await cases.save_state(unit.conn, case_id, state, ctx.refresh_at(state))
    await cases.mark_dirty(unit.conn, [case_id], ctx.clock.now())
    for item in await quarantine.close(
        unit.conn, state="resolved", actor=unit.actor, note="read and mapped", subject=subject
    ):
        unit.record(EntryKind.RETRIED, system=record.system, case_id=case_id, quarantine_id=item.id)
    unit.record(
        EntryKind.OBSERVED,
        system=record.system,
        case_id=case_id,
        ref=record.ref,
        observation_id=observation_id,
        status=state.status.value,
    )
    unit.wake("settle", lane=ctx.lane(case_id))


async def _unchanged(ctx: Context, unit: Unit, record: Record) -> None:
    """Nothing new: only the time of the next reading moves."""
    case = await cases.by_ref(unit.conn, record.system, record.ref)
    link = case.link(record.system) if case else None
    if link and link.state:
        await cases.postpone_refresh(unit.conn, record.system, [record.ref], ctx.refresh_at(link.state))


async def _quarantine(
    ctx: Context, unit: Unit, system: str, ref: str, error: ConnectorError, observation_id: int | None
) -> None:
    candidates = error.candidates if isinstance(error, Unmapped) else ()
    item_id = await quarantine.put(
        unit.conn,
        subject=f"{system}/{ref}",
        system=system,
        ref=ref,
        code=error.code,
        reason=error.message,
        candidates=candidates,
        observation_id=observation_id,
        at=ctx.clock.now(),
    )
    if item_id is not None:
        unit.record(EntryKind.QUARANTINED, system=system, ref=ref, code=error.code, quarantine_id=item_id)


async def _failed(ctx: Context, name: str, error: ConnectorError) -> None:
    log.warning("observe_failed", system=name, code=error.code, reason=error.message)
    if isinstance(error, SafetyStop):
        await hold_flow(ctx, "observe", name, error)
    elif isinstance(error, CredentialsRefused):
        await hold_system(ctx, name, error)


def _list(problems: Iterable[Problem]) -> str:
    return "; ".join(f"{problem.where}: {problem.text}" for problem in problems)
