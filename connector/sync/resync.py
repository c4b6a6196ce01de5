"""Resync: preview cases by rehearsing them, and carry a plan out step by step.

A step is one case. It is rehearsed again, in the very transaction that will stay: if that does not do exactly what was
shown, the transaction is taken back and the step is held. The steps' rows are the plan's own cursor; no live watermark
moves. What is planned goes the way of all writes, with its idempotency key, its order and its guards.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import structlog

from connector.case import REGISTER
from connector.errors import (
    Changed,
    ConnectorError,
    DatabaseUnavailable,
    DiskFull,
    MasterKeyError,
    Transient,
    Unreadable,
)
from connector.ledger.entry import EntryKind
from connector.merge import Side
from connector.reconcile.plan import Deed, Step, Subject, told_digest
from connector.store import plans
from connector.store.database import Unit
from connector.store.leaf import Place
from connector.store.plans import KeptStep, Plan
from connector.sync.asking import FETCH
from connector.sync.context import Context
from connector.sync.rehearse import Played, TakeBack, Told, ask, look, play, rehearse, write_name
from connector.sync.settle import Lens

log = structlog.get_logger(__name__)

AT_A_TIME = 8
"""Cases that are read side by side for a preview."""


SIDES = {"down": Side.HERE, "up": Side.THERE}
"""The side that a direction writes to."""


@dataclass(frozen=True, kw_only=True)
class View:
    """Which part of the cases a plan is about. None: all."""

    portal: str | None = None
    direction: str | None = None

    @property
    def lens(self) -> Lens:
        """The part of a settlement."""
        return Lens(portal=self.portal, side=SIDES[self.direction] if self.direction else None)

    def reads(self, systems: Iterable[str]) -> frozenset[str]:
        """The systems that are read again: only those whose tellings would be carried on."""
        wanted = {name for name in systems if self.portal is None or name in (REGISTER, self.portal)}
        if self.direction == "up":
            return frozenset(wanted & {REGISTER})
        return frozenset(wanted - {REGISTER} if self.direction == "down" else wanted)


# ---- preview --------------------------------------------------------------------------------------------------


async def preview(
    ctx: Context, subjects: Sequence[Subject], view: View, *, fresh: bool
) -> AsyncIterator[Step]:
    """What would be done, case by case; those that need nothing are left out. Changes nothing."""
    for start in range(0, len(subjects), AT_A_TIME):
        some = subjects[start : start + AT_A_TIME]
        told = await asyncio.gather(*(_read(ctx, one, view, fresh=fresh) for one in some))
        for subject, answer in zip(some, told, strict=True):
            played = await _foresee(ctx, subject, answer, view)
            if played.items:
                yield step_of(subject, played, token_hex(16))


def step_of(subject: Subject, played: Played, salt: str) -> Step:
    """What was rehearsed, as a step of a plan."""
    return Step(subject=subject, items=played.items, told=told_digest(played.tellings, salt), salt=salt)


async def _read(
    ctx: Context, subject: Subject, view: View, *, fresh: bool
) -> tuple[Told, ...] | ConnectorError:
    if not fresh:
        return ()
    try:
        return await look(ctx, subject, view.reads(ctx.systems))
    except ConnectorError as error:
        return error
    except Exception as error:  # a fault of an adapter with this one case
        log.exception("fetch_fault", kind=type(error).__name__)
        return Unreadable(f"{FETCH}: {type(error).__name__}")


async def _foresee(
    ctx: Context, subject: Subject, told: tuple[Told, ...] | ConnectorError, view: View
) -> Played:
    if isinstance(told, ConnectorError):
        return Played(items=(ask(subject, told.code),))
    return await rehearse(ctx, subject, told, view.lens)


# ---- carry out ------------------------------------------------------------------------------------------------


async def resync(ctx: Context, plan_id: int) -> bool:
    """Carry out a slice of a plan. True if more can be done now.

    A step whose case cannot be read for now stays; the sweep comes back to it.
    """
    until, last, done = ctx.clock.now() + timedelta(seconds=ctx.settings.work.slice_s), 0, 0
    while not ctx.stopping.is_set():
        async with ctx.db.reading() as conn:
            plan = await plans.by_id(conn, plan_id)
            left = await plans.steps(conn, plan_id, Place(after=last, most=1), states=["pending"])
        if plan is None or plan.state != "running":
            return False
        if not left:
            if last == 0:
                await _end(ctx, plan)
            return last > 0 and done > 0
        if ctx.clock.now() > until:
            return done > 0
        last = left[0].number
        done += await _step(ctx, plan, last, left[0].subject)
    return False


async def _end(ctx: Context, plan: Plan) -> None:
    async with ctx.db.unit() as unit:
        kept = await plans.get(unit.conn, plan.digest, lock=True)
        if kept is not None and kept.state == "running":
            await plans.move(unit.conn, plan.id, "done", at=ctx.clock.now())
            unit.record(EntryKind.RESYNC_MOVED, plan=plan.digest, state="done")


async def _step(ctx: Context, plan: Plan, number: int, subject: Subject) -> bool:
    """One case: exactly what was shown, or nothing. True if it is over."""
    view = View(portal=plan.scope.get("system"), direction=plan.scope.get("direction"))
    try:
        told = await look(ctx, subject, view.reads(ctx.systems)) if plan.fresh else ()
        await _carry_out(ctx, plan, number, told, view.lens)
    except (DatabaseUnavailable, DiskFull, MasterKeyError):
        raise
    except Transient as error:
        return await _later(ctx, plan, number, error)
    except ConnectorError as error:
        await _hold(ctx, plan, number, "held", error.code)
    except Exception as error:  # a fault of ours with this one case
        log.exception("resync_fault", plan=plan.digest, step=number, kind=type(error).__name__)
        await _hold(ctx, plan, number, "failed", ConnectorError.code)
    return True


async def _carry_out(ctx: Context, plan: Plan, number: int, told: tuple[Told, ...], lens: Lens) -> None:
    async with ctx.db.unit() as unit:
        step = await plans.take(unit.conn, plan.id, number)
        if step is None:
            return
        played = await _as_shown(ctx, unit, plan, step, told, lens)
        at = ctx.clock.now()
        facts: dict[str, Any] = {"plan": plan.digest, "step": number}
        if played is None:
            await _put_aside(unit, plan, step, "held", Changed.code, at)
            return
        written = {
            one.number: delivery_id
            for one in step.items
            if one.item.deed is Deed.SEND and (delivery_id := played.written.get(write_name(one.item)))
        }
        await plans.finish(
            unit.conn, plan.id, number, state="done", at=at, case_id=played.case_id, written=written
        )
        unit.record(EntryKind.RESYNCED, case_id=played.case_id, **facts, writes=len(written))


async def _as_shown(
    ctx: Context, unit: Unit, plan: Plan, step: KeptStep, told: tuple[Told, ...], lens: Lens
) -> Played | None:
    """Play the step; None, and nothing of it stays, if that is not what was shown."""
    if step.salt is None:  # its case was erased meanwhile
        return None
    drafts, wakes, actor = len(unit.drafts), set(unit.wakes), unit.actor
    try:
        async with unit.conn.transaction():
            unit.actor = plan.started_by or actor
            played = await play(ctx, unit, step.subject, told, lens)
            now = step_of(step.subject, played, step.salt)
            if (now.told, now.binding) != (step.told, step.binding):
                raise TakeBack
            return played
    except (TakeBack, ConnectorError) as error:
        if isinstance(error, DatabaseUnavailable | DiskFull | MasterKeyError):
            raise
        del unit.drafts[drafts:]
        unit.wakes = wakes
        return None
    finally:
        unit.actor = actor


async def _later(ctx: Context, plan: Plan, number: int, error: Transient) -> bool:
    """The system does not answer now. True once it was asked too often."""
    async with ctx.db.unit() as unit:
        tries = await plans.tried(unit.conn, plan.id, number, error.code)
    log.info("resync_postponed", plan=plan.digest, step=number, code=error.code)
    if tries < ctx.settings.resync.most_attempts:
        return False
    await _hold(ctx, plan, number, "failed", error.code)
    return True


async def _hold(ctx: Context, plan: Plan, number: int, state: str, code: str) -> None:
    async with ctx.db.unit() as unit:
        step = await plans.take(unit.conn, plan.id, number)
        if step is not None:
            await _put_aside(unit, plan, step, state, code, ctx.clock.now())


async def _put_aside(unit: Unit, plan: Plan, step: KeptStep, state: str, code: str, at: datetime) -> None:
    """Nothing of this step was done, and nothing will be."""
    await plans.finish(unit.conn, plan.id, step.number, state=state, code=code, at=at)
    unit.record(
        EntryKind.RESYNC_HELD, case_id=step.subject.case_id, plan=plan.digest, step=step.number, code=code
    )
