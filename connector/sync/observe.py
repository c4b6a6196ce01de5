"""Observe: ask a system what changed, keep what it says, mark the touched cases dirty.

One bad record is kept and quarantined; its neighbours go on. The watermark moves only after everything on its page
is stored, and the next page is asked for only then (that is the adapter's leave to confirm).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from connector import crash
from connector.case import Status
from connector.errors import ConnectorError, CredentialsRefused, NotOurs, SafetyStop, Transient
from connector.store import cases, endings, flows, observations, releases, rereading
from connector.store.database import Unit
from connector.store.restorations import SCOPE
from connector.sync.asking import FETCH, fetch
from connector.sync.context import TOGETHER, Context, is_over
from connector.sync.guards import ONCE, check_answer, check_clock, check_watermark
from connector.sync.hold import hold_flow, hold_system
from connector.sync.keep import Tally, keep, keep_all, put_aside
from connector.sync.reread import reread_due
from connector.system import Page, Problem, Record, System

log = structlog.get_logger(__name__)


WAITING = (Status.ASSIGNED.value, Status.SUPPLEMENTED.value, Status.REWORK.value)
"""Statuses in which a case stands in a portal's waiting list: so many are expected in a whole answer."""


async def observe(ctx: Context, name: str) -> Tally:
    """One pass over what changed at ``name``. Errors of the seam end the pass, are recorded, and are not raised."""
    tally = Tally()
    async with ctx.db.looking() as conn:
        if await flows.held(conn, SCOPE, f"system:{name}", f"flow:observe:{name}"):
            return tally
        mark = await flows.watermark(conn, name)
    async with ctx.db.unit() as unit:
        run_id = await flows.begin(unit.conn, "observe", name, ctx.clock.now())
    outcome, code, asked_at = "ok", None, ctx.clock.now()
    try:
        await _compare(ctx, name, mark)
        async for page in ctx.systems[name].changes(mark.value):
            await _take_page(ctx, name, page, tally, asked_at)
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


async def _compare(ctx: Context, name: str, mark: flows.Watermark) -> None:
    """Before anything is asked: is our mark one of the past, and does the system's clock agree with ours?

    Raises:
        SafetyStop: it is not, or it does not.
        CredentialsRefused: the system was asked for its time and refused us.
    """
    guards, now = ctx.settings.guards, ctx.clock.now()
    accepted = await _accepted(ctx, name)
    if mark.stands_at is not None:
        passed = accepted.get("future_watermark")
        check_watermark(mark.stands_at, now, guards, system=name, accepted=passed)
    if mark.clock_at is not None and (now - mark.clock_at).total_seconds() < guards.clock_every_s:
        return
    try:
        pong = await ctx.systems[name].ping()
    except CredentialsRefused:
        raise
    except ConnectorError as error:  # no word about its clock; reading itself will say what is wrong
        log.info("ping_failed", system=name, code=error.code)
        return
    except Exception as error:  # a fault of the adapter's ping must not keep it from reading
        log.exception("ping_fault", system=name, kind=type(error).__name__)
        return
    if pong.server_time is not None:
        after = ctx.clock.now()
        trip = (after - now).total_seconds()
        passed = accepted.get("clock_skew")
        check_clock(pong.server_time, after, guards, round_trip_s=trip, system=name, accepted=passed)
    async with ctx.db.unit() as unit:
        await flows.clock_compared(unit.conn, name, ctx.clock.now())


async def _accepted(ctx: Context, name: str) -> dict[str, int]:
    """What a person let pass of this flow, and was not used up yet."""
    async with ctx.db.looking() as conn:
        return await releases.accepted(conn, f"flow:observe:{name}")


async def _take_page(ctx: Context, name: str, page: Page, tally: Tally, asked_at: datetime) -> None:
    system = ctx.systems[name]
    tally.pages += 1
    crash.point("observe.told", name)
    await _guard_page(ctx, system, page)
    records = await _follow(ctx, system, page.records, tally)
    for start in range(0, len(records), TOGETHER):
        some = records[start : start + TOGETHER]
        await keep_all(ctx, some, tally, asked_at=asked_at)
        for record in some:
            crash.point("observe.stored", name, record.kind)
    if tally.refused is not None:
        raise tally.refused
    crash.point("observe.page", name)
    async with ctx.db.unit() as unit:
        # a row that could not be followed up is asked for again: the watermark stays where it was
        mark_at = None if tally.skipped else page.watermark
        now = ctx.clock.now()
        await flows.move_watermark(unit.conn, name, mark_at, page.total, now, stands_at=page.mark_at)
        await releases.use(unit.conn, f"flow:observe:{name}", ONCE, now)
    crash.point("observe.moved", name)


async def _guard_page(ctx: Context, system: System, page: Page) -> None:
    """Nothing of a page is kept that no person has let pass."""
    name, guards = system.name, ctx.settings.guards
    accepted = await _accepted(ctx, name)
    if page.mark_at is not None:
        passed = accepted.get("future_watermark")
        check_watermark(page.mark_at, ctx.clock.now(), guards, system=name, accepted=passed)
    if system.capabilities.whole_list and page.total is not None:
        async with ctx.db.looking() as conn:
            expected = await cases.waiting(conn, name, WAITING)
        least = min(
            (accepted[one] for one in ("emptied_answer", "shrunken_answer") if one in accepted), default=None
        )
        check_answer(page.total, expected, guards, system=name, accepted=least)


async def _follow(ctx: Context, system: System, told: Sequence[Record], tally: Tally) -> list[Record]:
    """Turn list rows into whole cases: only those whose version was never read, and never those of an ended case."""
    tally.seen += len(told)
    hints = [record for record in told if not record.complete and not record.problems]
    async with ctx.db.looking() as conn:
        refs = [record.ref for record in hints]
        known = await observations.known(conn, system.name, refs)
        ended = await endings.ended_refs(conn, system.name, refs)
    fresh = [
        record for record in hints if (record.ref, record.version) not in known and record.ref not in ended
    ]
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
    """Read linked cases again whose time has come, within one slice: what a portal tells in no list shows only here."""
    tally = Tally()
    system, now = ctx.systems[name], ctx.clock.now()
    if not system.capabilities.refresh:
        return tally
    async with ctx.db.looking() as conn:
        if await flows.held(conn, SCOPE, f"system:{name}", f"flow:observe:{name}"):
            return tally
        most = ctx.room(name, ctx.settings.work.slice_cases)
        refs = await rereading.due(conn, name, now, most) if most else []
    tally.seen = len(refs)
    gate = asyncio.Semaphore(system.capabilities.concurrency)
    results = await asyncio.gather(
        *(_refresh_one(ctx, system, ref, tally, gate) for ref in refs), return_exceptions=True
    )
    tally.more = 0 < len(refs) == most and tally.refused is None
    await reread_due(ctx, name, tally)
    if tally.refused is not None:
        await hold_system(ctx, name, tally.refused)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return tally


async def _refresh_one(ctx: Context, system: System, ref: str, tally: Tally, gate: asyncio.Semaphore) -> None:
    async with gate:
        if tally.refused is not None or ctx.stopping.is_set() or not ctx.room(system.name, 1):
            return
        asked_at = ctx.clock.now()
        try:
            record = await fetch(ctx, system.name, ref)
        except ConnectorError as error:
            await _not_refreshed(ctx, system, ref, error, tally)
        else:
            crash.point("refresh.fetched", system.name)
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
            await rereading.postpone(unit.conn, system.name, [ref], until)
        elif isinstance(error, NotOurs) and await _is_over(unit, system.name, ref):
            # a thread that was handed on, or that the portal has put away, is not told to us any more: that is no loss
            await rereading.postpone(unit.conn, system.name, [ref], None)
        else:
            await rereading.postpone(unit.conn, system.name, [ref], None)
            await put_aside(ctx, unit, system.name, ref, error, observation_id=None)


async def _is_over(unit: Unit, name: str, ref: str) -> bool:
    case = await cases.by_ref(unit.conn, name, ref)
    return case is not None and is_over(case.link(name))


async def _failed(ctx: Context, name: str, error: ConnectorError) -> None:
    log.warning("observe_failed", system=name, code=error.code, reason=error.message)
    if isinstance(error, SafetyStop):
        await hold_flow(ctx, "observe", name, error)
    elif isinstance(error, CredentialsRefused):
        await hold_system(ctx, name, error)
