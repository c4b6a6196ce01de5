"""Reconcile: one pass over the register and one portal, in steps that can be stopped and go on where they were.

Both systems are read through their own interfaces with cursors of reconciliation's own; the live watermark is neither
asked nor moved, and nothing that is read goes into the live flow. What is told is written down by digest and compared
with what was found equal before, by sets; only cases that differ from that are opened, asked for and merged.

==========  ==========================================================================================================
reach       what it does
==========  ==========================================================================================================
full        reads all that both systems list; asks for every linked case that no list showed; looks for strangers and
            for baselines that are not the log's; judges what was never found equal as it is told now
changes     reads the lists from the end of the pass before; judges the cases in which something happened, and those
            with open findings. What a portal shows in no list (``refresh``) is only seen by a full pass
cases       asks both systems for the cases that a person chose, and judges them
==========  ==========================================================================================================
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import structlog

from connector.case import REGISTER
from connector.errors import ConnectorError, CredentialsRefused, OnHold
from connector.ledger.entry import EntryKind
from connector.reconcile.scope import Reach, Scope, Step, from_json, to_json
from connector.store import findings, flows, reconcile
from connector.store.connection import Connection
from connector.store.locks import only_one
from connector.store.reconcile import Run
from connector.sync.context import Context
from connector.sync.hold import hold_system
from connector.sync.judging import Pass
from connector.sync.walk import Stopped, Walk

log = structlog.get_logger(__name__)


async def reconcile_due(ctx: Context, portal: str) -> Run | None:
    """What the clock orders: go on with what was stopped, else a full pass if it is time, else one over changes."""
    now, section = ctx.clock.now(), ctx.settings.reconcile
    async with ctx.db.reading() as conn:
        full = await reconcile.last_full(conn, portal)
        left = await reconcile.unfinished(conn, portal)
    if left is not None:
        return await run_pass(ctx, portal, from_json(left.scope), actor=None)
    due = full is None or now - full >= timedelta(seconds=section.full_every_s)
    return await run_pass(ctx, portal, Scope(reach=Reach.FULL if due else Reach.CHANGES), actor=None)


async def order_pass(ctx: Context, portal: str, scope: Scope, *, actor: str, anew: bool = False) -> Run:
    """Have a running daemon do it: what is written down here is what it goes on with next.

    Returns:
        The pass that was ordered, or the same one that is under way or was stopped.
    """
    async with ctx.db.unit() as unit:
        scope = await _wanted(unit.conn, portal, scope)
        left = await reconcile.unfinished(unit.conn, portal)
        same = left is not None and left.scope == to_json(scope) and not anew
        if left is None or not same:
            left = await reconcile.begin(
                unit.conn, portal, to_json(scope), scope.steps[0].value, actor, ctx.clock.now()
            )
        unit.wake("reconcile", system=portal)
    return left


async def run_pass(
    ctx: Context,
    portal: str,
    scope: Scope,
    *,
    actor: str | None,
    anew: bool = False,
    told: Callable[[Run], None] = lambda _run: None,
) -> Run | None:
    """Run a pass to its end, or until it is stopped; one of the same scope that was stopped goes on.

    Args:
        actor: who ordered it; None: the clock.
        anew: begin again, even if one could go on.
        told: is called with how far it got after each part.

    Returns:
        The pass as it stands; None if another process is at it.
    """
    async with only_one(ctx.db, f"reconcile/{portal}") as mine:
        if not mine:
            return None
        walk = await _begin(ctx, portal, scope, actor, anew=anew)
        walk.told = told
        state, code = "done", None
        try:
            await _require_free(ctx, portal)
            await walk.go()
        except Stopped:
            state = "stopped"
        except ConnectorError as error:
            state, code = "failed", error.code
            log.warning("reconcile_failed", system=portal, code=error.code, reason=error.message)
            if isinstance(error, CredentialsRefused) and walk.asking is not None:
                await hold_system(ctx, walk.asking, error)
        return await _end(ctx, walk, state, code, actor)


async def _end(ctx: Context, walk: Walk, state: str, code: str | None, actor: str | None) -> Run:
    """Write down how it ended; acknowledgements whose day has come end with it."""
    run, now = walk.run, ctx.clock.now()
    async with ctx.db.unit() as unit:
        await reconcile.set_state(unit.conn, run.id, state, now, code)
        counts = await findings.counts(unit.conn)
        walk.counts["open"] = sum(counts.get(run.system, {}).values())
        await reconcile.keep_progress(unit.conn, run.id, walk.step.value, walk.progress, walk.counts)
        for one in await findings.run_out(unit.conn, now):
            unit.record(
                EntryKind.ACKNOWLEDGEMENT_ENDED,
                system=one.system,
                case_id=one.case_id,
                finding_id=one.id,
                reason="expired",
            )
        unit.record(
            EntryKind.RECONCILED,
            system=run.system,
            actor=actor,
            run_id=run.id,
            reach=walk.this.scope.reach.value,
            outcome=state,
            code=code,
            **cast("dict[str, Any]", walk.counts),
        )
        return await reconcile.get(unit.conn, run.id)


async def _require_free(ctx: Context, portal: str) -> None:
    async with ctx.db.reading() as conn:
        pause = await flows.held(conn, f"system:{portal}", f"system:{REGISTER}", f"flow:reconcile:{portal}")
    if pause is not None:
        msg = f"{pause.scope} is held"
        raise OnHold(msg, scope=pause.scope)


async def _wanted(conn: Connection, portal: str, scope: Scope) -> Scope:
    """Before the first pass, what changed since the one before is everything."""
    first = scope.reach is Reach.CHANGES and await reconcile.cursor_of(conn, portal, REGISTER) is None
    return replace(scope, reach=Reach.FULL) if first else scope


async def _begin(ctx: Context, portal: str, scope: Scope, actor: str | None, *, anew: bool) -> Walk:
    now = ctx.clock.now()
    async with ctx.db.unit() as unit:
        scope = await _wanted(unit.conn, portal, scope)
        run = await reconcile.unfinished(unit.conn, portal)
        if run is None or anew or run.scope != to_json(scope):
            who = actor or unit.actor
            run = await reconcile.begin(unit.conn, portal, to_json(scope), scope.steps[0].value, who, now)
        await reconcile.start(unit.conn, run, now)
        told_at = (await reconcile.database_time(unit.conn)).isoformat()
        run = await reconcile.get(unit.conn, run.id)
    this = Pass(portal=portal, scope=scope, began=run.started_at)
    progress = {"told_at": told_at, **run.progress}
    return Walk(
        ctx=ctx, run=run, this=this, step=Step(run.step), progress=progress, counts=Counter(run.counts)
    )
