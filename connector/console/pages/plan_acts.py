"""What people do with plans: make one, approve it as a second person, start, hold, stop it, open its values."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from connector.clock import LOCAL_ZONE
from connector.console.visit import Done, Shown, Visit
from connector.errors import UserError
from connector.services import planning, reconcile, resync
from connector.services.dossier import PURPOSES
from connector.services.officers import decision, official
from connector.services.plan_values import read_values, step_of_plan
from connector.services.planning import Wanted
from connector.store.plans import Plan

DIRECTIONS = ("up", "down")


@dataclass(frozen=True, kw_only=True)
class PlanForm:
    """What can be chosen; ``given``: what stands in the fields already."""

    portals: tuple[str, ...]
    directions: tuple[str, ...]
    given: dict[str, str]


async def form(visit: Visit) -> PlanForm:
    """Before a plan is made. A case or a finding of the address is filled in."""
    return PlanForm(
        portals=reconcile.portals(visit.site.settings),
        directions=DIRECTIONS,
        given={key: visit.asked(key) or "" for key in ("cases", "numbers")},
    )


async def make(visit: Visit) -> Done:
    """Preview and keep the plan. Writes to no system."""
    made = await planning.make(visit.site.ctx, _wanted(visit), by=official(visit.site.settings, visit.actor))
    if made is None:
        return Done(to="/plans/new", told="flash.plan_nothing", data={"plan": None})
    return Done(to=f"/plans/{made.digest}", told="flash.plan_made", data={"plan": made.digest})


def _wanted(visit: Visit) -> Wanted:
    direction, names = visit.given("direction"), _words(visit.given("cases"))
    if direction and direction not in DIRECTIONS:
        msg = f"direction: one of {', '.join(DIRECTIONS)}, or none"
        raise UserError(msg)
    numbers = _words(visit.given("numbers"))
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in numbers):
        msg = "numbers: numbers of findings are needed"
        raise UserError(msg)
    since, until = visit.given_day("since"), visit.given_day("until")
    return Wanted(
        cases=names,
        findings=visit.given("findings") == "yes",
        numbers=tuple(int(one) for one in numbers),
        since=datetime.combine(since, time(), LOCAL_ZONE) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), LOCAL_ZONE) if until else None,
        system=visit.given("system") or None,
        direction=direction or None,
        first_import=visit.given("first_import") == "yes",
        fresh=visit.given("stored") != "yes",
    )


def _words(text: str) -> tuple[str, ...]:
    """Names with blanks, commas or lines between them."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


async def approve(visit: Visit) -> Done:
    """A second person answers for exactly what the digest covers; never whoever made it."""
    decided = decision(visit.site.settings, officer=visit.actor, basis=visit.given("basis"))
    return _seen(await resync.approve(visit.site.ctx, visit.path["digest"], decided), "flash.plan_approved")


async def start(visit: Visit) -> Done:
    """Let the daemon carry it out."""
    return await _moved(visit, resync.start, "flash.plan_started")


async def pause(visit: Visit) -> Done:
    """Hold it after the case that is under way."""
    return await _moved(visit, resync.pause, "flash.plan_paused")


async def resume(visit: Visit) -> Done:
    """Let it go on."""
    return await _moved(visit, resync.resume, "flash.plan_resumed")


async def stop(visit: Visit) -> Done:
    """End it for good; what is done stays done."""
    return await _moved(visit, resync.stop, "flash.plan_stopped")


async def _moved(visit: Visit, move: Callable[..., Awaitable[Plan]], told: str) -> Done:
    by = official(visit.site.settings, visit.actor)
    return _seen(await move(visit.site.ctx, visit.path["digest"], by=by), told)


def _seen(plan: Plan, told: str) -> Done:
    return Done(to=f"/plans/{plan.digest}", told=told, data={"plan": plan.digest, "state": plan.state})


async def values(visit: Visit) -> Shown:
    """Old and new values of one case, for a stated purpose; the reading is in the log before the page is."""
    name, number, purpose = visit.path["digest"], visit.number("number"), visit.given("purpose")
    async with visit.site.db.reading() as conn:
        _, step = await step_of_plan(conn, name, number)
    await visit.seen(step.subject.case_id, f"{name[:12]}/{number}")
    if purpose not in PURPOSES:
        msg = f"purpose: one of {', '.join(PURPOSES)}"
        raise UserError(msg)
    found = await read_values(visit.site.ctx, name, number, actor=visit.actor, purpose=purpose)
    return Shown(template="values.html", model=found)
