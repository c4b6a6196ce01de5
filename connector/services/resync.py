"""What people do with plans: approve, start, pause, stop, look. Every act is an entry.

A plan is made (:mod:`connector.services.planning`) by one official and, where it is large, takes something back, touches
a published answer or would stop a guard, approved by another. What is approved is the digest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from connector.errors import ApprovalNeeded, NotFoundError, PlanOver, UserError
from connector.ledger.entry import EntryKind
from connector.services.officers import Decision
from connector.store import plans
from connector.store.connection import Connection
from connector.store.database import Database, Unit
from connector.store.leaf import Place
from connector.store.plans import KeptStep, Plan
from connector.sync.context import Context

LEAST_NAME = 8
"""So many characters of a digest have to be typed."""


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
        steps = await plans.steps(conn, plan.id, Place(most=most), states=states)
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


async def approve(ctx: Context, name: str, decided: Decision, *, via: str | None = None) -> Plan:
    """A second person answers for exactly what the digest covers.

    Args:
        via: the account that the command ran under, for the log: two officials at one keyboard are seen there.

    Raises:
        UserError: it is the person who made it.
        PlanOver: it has begun, has ended, or is too old.
    """
    async with ctx.db.unit() as unit:
        plan = await plan_of(unit.conn, name, lock=True)
        _still(ctx, plan, "ready")
        if decided.officer.casefold() == plan.made_by.casefold():
            msg = f"{decided.officer} made this plan: another person approves it"
            raise UserError(msg)
        at = ctx.clock.now()
        await plans.approve(unit.conn, plan.id, by=decided.officer, basis=decided.basis, at=at)
        unit.record(
            EntryKind.RESYNC_APPROVED,
            actor=decided.officer,
            via_id=via,
            plan=plan.digest,
            basis_code=decided.basis,
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
