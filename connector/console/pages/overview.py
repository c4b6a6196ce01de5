"""The first page of the day: is it healthy, what waits for a person, what will be late."""

from dataclasses import dataclass
from datetime import timedelta

from connector.console.visit import Visit
from connector.services.at_risk import AtRisk, at_risk
from connector.services.overview import Overview, SystemStatus, overview
from connector.store import alerts, finding_list, plans
from connector.store.deliveries import OPEN


@dataclass(frozen=True, kw_only=True)
class SystemLine:
    """One system: ``health`` is ``good``, ``warn`` or ``bad``; ``open`` counts its writes that are not over."""

    status: SystemStatus
    health: str
    circuit: str
    open: int
    done: int


@dataclass(frozen=True, kw_only=True)
class Home:
    """How it stands. ``alerts``: open ones. ``findings``: open ones that nobody has acknowledged; ``plans``: that wait for a second person."""

    now: Overview
    systems: tuple[SystemLine, ...]
    health: str
    risks: tuple[AtRisk, ...]
    findings: int
    plans: int
    alerts: int


async def home(visit: Visit) -> Home:
    """Read it."""
    ctx = visit.site.ctx
    found = await overview(ctx.db, ctx.settings, ctx.book.calendar, ctx.clock.now())
    async with ctx.db.reading() as conn:
        differ = await finding_list.waiting(conn)
        valid = timedelta(seconds=ctx.settings.resync.valid_s)
        firing = await alerts.count_open(conn)
        waiting = await plans.waiting(conn, since=ctx.clock.now() - valid)
    systems = tuple(_line(one) for one in found.systems)
    worst = [one.health for one in systems] + (["warn"] if found.pauses else [])
    return Home(
        now=found,
        systems=systems,
        health="bad" if "bad" in worst else "warn" if "warn" in worst else "good",
        risks=await at_risk(ctx, found),
        findings=differ,
        plans=waiting,
        alerts=firing,
    )


def _line(one: SystemStatus) -> SystemLine:
    circuit = one.circuits[0].state if one.circuits else "unknown"
    bad = one.unheard_since is not None or circuit == "open"
    # without a daemon nothing is read or sent, however well the last run ended
    idle = circuit in ("half_open", "unknown")
    warn = one.paused is not None or one.last_outcome in ("failed", "stopped") or idle
    return SystemLine(
        status=one,
        health="bad" if bad else "warn" if warn else "good",
        circuit=circuit,
        open=sum(count for state, count in one.deliveries.items() if state in OPEN),
        done=one.deliveries.get("done", 0),
    )
