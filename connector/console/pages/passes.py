"""Reconciliation: how it stands, how it went day by day, its passes, and one ordered now."""

from dataclasses import dataclass
from datetime import date, timedelta

from connector.clock import LOCAL_ZONE
from connector.console.visit import Done, Visit
from connector.errors import UserError
from connector.reconcile.scope import Reach, Scope
from connector.services import reconcile
from connector.services.reconcile import Standing
from connector.store import reconcile as store
from connector.store.leaf import leaf
from connector.store.reconcile import Day, Run
from connector.sync.reconcile import order_pass

PAGE = 20
DAYS = 30
"""So far back the chart goes."""
RUNNING_S, REFRESH_S = 5, 30
"""Seconds after which the page is out of date, with and without a pass under way."""
REACHES = (Reach.CHANGES.value, Reach.FULL.value)


@dataclass(frozen=True, kw_only=True)
class ReconcilePage:
    """``trend``: portal → its days with a pass, oldest first, between ``first_day`` and ``last_day``."""

    standing: tuple[Standing, ...]
    trend: dict[str, tuple[Day, ...]]
    first_day: date
    last_day: date
    rows: tuple[Run, ...]
    asked: dict[str, str]
    older: int | None
    newer: int | None
    choices: dict[str, tuple[str, ...]]
    daemon: bool


async def home(visit: Visit) -> ReconcilePage:
    """Read it; the passes of one portal, if asked."""
    db, settings, now = visit.site.db, visit.site.settings, visit.site.ctx.clock.now()
    choices = {"system": reconcile.portals(settings), "reach": REACHES}
    system = visit.asked_of("system", choices["system"])
    at = visit.place(PAGE)
    async with db.reading() as conn:
        runs = leaf(await store.runs(conn, at, system=system), lambda one: one.id, at, falling=True)
    today = now.astimezone(LOCAL_ZONE).date()
    days = await reconcile.trend(db, system=system, days=DAYS, now=now)
    shown = [one for one in days if one.day > today - timedelta(days=DAYS)]
    return ReconcilePage(
        standing=await reconcile.standing(db, settings),
        trend={name: tuple(one for one in shown if one.system == name) for name in choices["system"]},
        first_day=today - timedelta(days=DAYS - 1),
        last_day=today,
        rows=runs.rows,
        asked={"system": system} if system else {},
        older=runs.before,
        newer=runs.after,
        choices=choices,
        daemon=await reconcile.daemon_runs(db, now),
    )


def live(page: ReconcilePage) -> int | None:
    """How soon the page is out of date."""
    running = any(one.newest is not None and one.newest.state == "running" for one in page.standing)
    return RUNNING_S if running else REFRESH_S


async def run(visit: Visit) -> Done:
    """Have the daemon compare now: one portal or all; what changed, everything, or one case."""
    ctx, known = visit.site.ctx, reconcile.portals(visit.site.settings)
    system, name = visit.given("system"), visit.given("case")
    reach = visit.given("reach") or Reach.CHANGES.value
    if (system and system not in known) or reach not in REACHES:
        msg = f"system: one of {', '.join(known)}; reach: one of {', '.join(REACHES)}"
        raise UserError(msg)
    if not await reconcile.daemon_runs(ctx.db, ctx.clock.now()):
        raise UserError(visit.say("passes.no_daemon"))
    scope = Scope(reach=Reach(reach))
    if name:
        scope = Scope(reach=Reach.CASES, case_id=await visit.case_id(name))
    runs = [
        await order_pass(ctx, one, scope, actor=visit.actor) for one in ([system] if system else list(known))
    ]
    return Done(to="/reconcile", told="flash.pass_ordered", data={"runs": [one.id for one in runs]})


async def stop(visit: Visit) -> Done:
    """Let the running pass over a portal stop where it is; it can go on."""
    known, system = reconcile.portals(visit.site.settings), visit.given("system")
    if system not in known:
        msg = f"system: one of {', '.join(known)}"
        raise UserError(msg)
    async with visit.site.db.unit() as unit:
        stops = await store.ask_to_stop(unit.conn, system)
    return Done(to="/reconcile", told="flash.pass_stops" if stops else "flash.pass_idle")
