"""Observe: ask a system what changed, keep what it says, mark the touched cases dirty.

One bad record is kept and quarantined; its neighbours go on. The watermark moves only after everything on its page
is stored, and the next page is asked for only then (that is the adapter's leave to confirm).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from connector.canonical import digest_bytes
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
from connector.store.database import UNSTORABLE, Unit
from connector.sync.context import Context
from connector.sync.guards import check_answer
from connector.sync.hold import hold_flow, hold_system
from connector.system import Page, Problem, Record, System

log = structlog.get_logger(__name__)


WAITING = (Status.ASSIGNED.value, Status.SUPPLEMENTED.value, Status.REWORK.value)
"""Statuses in which a case stands in a portal's waiting list: so many are expected in a whole answer."""

POISON: tuple[type[Exception], ...] = (
    *UNSTORABLE,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a record may make our own code end in. Such a record is put aside; it must not stop its neighbours."""


FETCH = "fetch"
"""Where a problem lies that came up while a case was asked for: asking again may cure it."""


@dataclass(kw_only=True)
class Tally:
    """What a pass did."""

    seen: int = 0
    new: int = 0
    quarantined: int = 0
    skipped: int = 0
    pages: int = 0
    codes: set[str] = field(default_factory=set)
    refused: CredentialsRefused | None = None

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
    outcome, code, asked_at = "ok", None, ctx.clock.now()
    try:
        async for page in ctx.systems[name].changes(mark.value):
            await _take_page(ctx, name, page, mark, tally, asked_at)
            if ctx.stopping.is_set():
                break
            asked_at = ctx.clock.now()
        outcome = tally.outcome
    except ConnectorError as error:
        outcome, code = "failed", error.code
        await _failed(ctx, name, error)
    except Exception as error:  # a fault of an adapter: the watermark stands, the next pass asks again
        outcome, code = "failed", ConnectorError.code
        log.exception("observe_fault", system=name, kind=type(error).__name__)
    async with ctx.db.unit() as unit:
        await flows.end(unit.conn, run_id, outcome, tally.as_counts(), ctx.clock.now(), code)
    return tally


async def _take_page(
    ctx: Context, name: str, page: Page, mark: flows.Watermark, tally: Tally, asked_at: datetime
) -> None:
    system = ctx.systems[name]
    tally.pages += 1
    if system.capabilities.whole_list and page.total is not None and not mark.released:
        async with ctx.db.reading() as conn:
            expected = await cases.waiting(conn, name, WAITING)
        check_answer(page.total, expected, ctx.settings.guards, system=name)
    for record in await _follow(ctx, system, page.records, tally):
        await keep(ctx, record, tally, asked_at=asked_at)
    if tally.refused is not None:
        raise tally.refused
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
    gate = asyncio.Semaphore(system.capabilities.concurrency)
    fetched = await asyncio.gather(*(_fetch(system, hint, tally, gate) for hint in fresh))
    whole = [record for record in told if record.complete or record.problems]
    return whole + [record for record in fetched if record is not None]


async def _fetch(system: System, hint: Record, tally: Tally, gate: asyncio.Semaphore) -> Record | None:
    async with gate:
        if tally.refused is not None:
            return None
        try:
            return replace(await system.fetch(hint.ref), version=hint.version)
        except Transient as error:
            tally.skipped += 1
            if isinstance(error, CredentialsRefused):
                tally.refused = error
            log.warning("fetch_postponed", system=system.name, ref=hint.ref, code=error.code)
            return None
        except ConnectorError as error:
            text = error.code
        except Exception as error:  # a fault of the adapter with this one case
            log.exception("fetch_fault", system=system.name, ref=hint.ref, kind=type(error).__name__)
            text = type(error).__name__
        return replace(hint, problems=(Problem(where=FETCH, text=text),))


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
    gate = asyncio.Semaphore(system.capabilities.concurrency)
    results = await asyncio.gather(
        *(_refresh_one(ctx, system, ref, tally, gate) for ref in refs), return_exceptions=True
    )
    if tally.refused is not None:
        await hold_system(ctx, name, tally.refused)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return tally


async def _refresh_one(ctx: Context, system: System, ref: str, tally: Tally, gate: asyncio.Semaphore) -> None:
    async with gate:
        if tally.refused is not None or ctx.stopping.is_set():
            return
        asked_at = ctx.clock.now()
        try:
            record = await system.fetch(ref)
        except ConnectorError as error:
            await _not_refreshed(ctx, system, ref, error, tally)
        except Exception as error:  # a fault of the adapter with this one case
            log.exception("fetch_fault", system=system.name, ref=ref, kind=type(error).__name__)
            fault = Unreadable(f"{FETCH}: {type(error).__name__}", ref=ref)
            await _not_refreshed(ctx, system, ref, fault, tally)
        else:
            await keep(ctx, record, tally, asked_at=asked_at, listed=False)


async def _not_refreshed(ctx: Context, system: System, ref: str, error: ConnectorError, tally: Tally) -> None:
    tally.skipped += 1
    tally.codes.add(error.code)
    if isinstance(error, CredentialsRefused):
        tally.refused = error
    log.info("refresh_failed", system=system.name, ref=ref, code=error.code)
    async with ctx.db.unit() as unit:
        if isinstance(error, Transient):
            until = ctx.clock.now() + ctx.backoff(1, error.retry_after_s)
            await cases.postpone_refresh(unit.conn, system.name, [ref], until)
        else:
            await cases.postpone_refresh(unit.conn, system.name, [ref], None)
            await _quarantine(ctx, unit, system.name, ref, error, observation_id=None)


async def keep(
    ctx: Context, record: Record, tally: Tally, *, asked_at: datetime | None = None, listed: bool = True
) -> None:
    """Store one record and fold it into its case, in one transaction.

    Args:
        asked_at: when the system was asked for it; what we wrote since is not in it and has to be read back.
        listed: its version is the one by which lists tell it, so that a row of that version needs no second reading.
    """
    try:
        await _keep(ctx, record, tally, asked_at, listed=listed)
    except POISON as error:
        log.exception("record_fault", system=record.system, kind=type(error).__name__)
        await _keep(ctx, _put_aside(record, error), tally, asked_at, listed=listed)


async def _keep(
    ctx: Context, record: Record, tally: Tally, asked_at: datetime | None, *, listed: bool
) -> None:
    async with ctx.db.unit() as unit:
        kept = await observations.store(unit.conn, record, None, listed=listed)
        # a telling of before may come back after another one: what was changed was changed back
        if kept.repeat or (not kept.fresh and await quarantine.is_dismissed(unit.conn, kept.id)):
            await _unchanged(ctx, unit, record, asked_at)
        else:
            await fold(ctx, unit, record, kept.id, tally, asked_at=asked_at, again=not kept.fresh)


def _put_aside(record: Record, error: Exception) -> Record:
    """The same record as evidence only: its exact bytes, and what they made our code end in."""
    return replace(
        record,
        ref=_storable(record.ref),
        version=_storable(record.version),
        data={"bytes": digest_bytes(record.raw)},
        problems=(Problem(where="record", text=type(error).__name__),),
    )


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


async def fold(
    ctx: Context,
    unit: Unit,
    record: Record,
    observation_id: int,
    tally: Tally,
    *,
    asked_at: datetime | None = None,
    again: bool = False,
) -> None:
    """Map a kept record and fold it into its case; what cannot be mapped is quarantined with its reason.

    Args:
        asked_at: see :func:`keep`.
        again: it was folded before; it is news only if the system told something else in between.
    """
    try:
        if record.problems:
            raise Unreadable(_list(record.problems), ref=record.ref)
        told = ctx.mappings.for_system(record.system).read(record)
        async with unit.conn.transaction():
            case_id = await cases.resolve(unit.conn, told)
    except (Unmapped, Unreadable, MergeConflict) as error:
        tally.quarantined += 1
        subject = _subject(ctx, record)
        await _quarantine(ctx, unit, record.system, record.ref, error, observation_id, subject=subject)
        await _unchanged(ctx, unit, record, asked_at)
        return
    row = await cases.get(unit.conn, case_id, lock=True)
    assert row is not None
    link = row.link(record.system)
    state = absorb(link.state if link else None, told)
    await _resolved(ctx, unit, record, case_id)
    if again and link is not None and link.state == state:
        await _unchanged(ctx, unit, record, asked_at)
        return
    tally.new += 1
    now = ctx.clock.now()
    await observations.assign(unit.conn, observation_id, case_id)
    await cases.save_state(unit.conn, case_id, state, ctx.refresh_at(state), asked_at=asked_at, now=now)
    await cases.mark_dirty(unit.conn, [case_id], now)
    unit.record(
        EntryKind.OBSERVED,
        system=record.system,
        case_id=case_id,
        ref=record.ref,
        observation_id=observation_id,
        status=state.status.value,
    )
    unit.wake("settle", lane=ctx.lane(case_id))


async def _resolved(ctx: Context, unit: Unit, record: Record, case_id: int) -> None:
    """It is read and mapped: what was put aside under its name is over."""
    for item in await quarantine.close(
        unit.conn,
        state="resolved",
        actor=unit.actor,
        note="read and mapped",
        subject=_subject(ctx, record),
    ):
        unit.record(EntryKind.RETRIED, system=record.system, case_id=case_id, quarantine_id=item.id)


def _subject(ctx: Context, record: Record) -> str:
    """Under which name a record is put aside.

    A whole case takes the place of what was told of it before. A fragment stands for itself: no later one makes up for
    it, so it keeps an item of its own until that very fragment can be read.
    """
    section = ctx.mappings.for_system(record.system).reads.get(record.kind)
    name = f"{record.system}/{record.ref}"
    return name if section is None or section.header is not None else f"{name}/{record.version}"


async def _unchanged(ctx: Context, unit: Unit, record: Record, asked_at: datetime | None) -> None:
    """Nothing new, or nothing that can be used: only the time of the next reading moves."""
    case = await cases.by_ref(unit.conn, record.system, record.ref)
    link = case.link(record.system) if case else None
    if link is None:
        return
    now = ctx.clock.now()
    # a case that could never be read is tried again at the same pace, not with every tick
    every = timedelta(seconds=ctx.settings.systems[record.system].refresh_every_s)
    until = ctx.refresh_at(link.state) if link.state else now + every
    await cases.read_later(unit.conn, record.system, record.ref, until, asked_at=asked_at, now=now)


async def _quarantine(
    ctx: Context,
    unit: Unit,
    system: str,
    ref: str,
    error: ConnectorError,
    observation_id: int | None,
    *,
    subject: str | None = None,
) -> None:
    candidates = error.candidates if isinstance(error, Unmapped) else ()
    item_id = await quarantine.put(
        unit.conn,
        subject=subject or f"{system}/{ref}",
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
