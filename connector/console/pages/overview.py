"""The first page of the day: is it healthy, what waits for me, what will be late."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.console.access.rights import Right
from connector.console.visit import Visit
from connector.services.at_risk import AtRisk, at_risk
from connector.services.overview import Overview, SystemStatus, overview
from connector.store import alerts, finding_list, history, plans
from connector.store.deliveries import OPEN

REFRESH_S = 10


@dataclass(frozen=True, kw_only=True)
class SystemLine:
    """One system: ``health`` is ``good``, ``warn`` or ``bad``; ``open`` counts its writes that are not over.

    ``oldest``: since when a write waits that goes on by itself.
    """

    status: SystemStatus
    health: str
    circuit: str
    open: int
    done: int
    oldest: datetime | None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Something that a person has to do. ``kind``: last part of a text key ``home.<kind>``; ``grave``: before all else.

    ``mine``: the visitor is one of those who may do it.
    """

    kind: str
    path: str
    count: int
    grave: bool
    mine: bool


@dataclass(frozen=True, kw_only=True)
class Home:
    """How it stands. ``alerts``: open ones. ``findings``: open ones that nobody has acknowledged; ``plans``: that wait for a second person."""

    now: Overview
    systems: tuple[SystemLine, ...]
    health: str
    risks: tuple[AtRisk, ...]
    waits: tuple[Waiting, ...]
    findings: int
    plans: int
    alerts: int


async def home(visit: Visit) -> Home:
    """Read it."""
    ctx = visit.site.ctx
    now = ctx.clock.now()
    found = await overview(ctx.db, ctx.settings, ctx.book.calendar, now)
    async with ctx.db.reading() as conn:
        differ = await finding_list.waiting(conn)
        firing = await alerts.count_open(conn)
        waiting = await plans.waiting(conn, since=now - timedelta(seconds=ctx.settings.resync.valid_s))
        oldest = await history.waiting_since(conn)
    systems = tuple(_line(one, oldest.get(one.name)) for one in found.systems)
    worst = [one.health for one in systems] + (["warn"] if found.pauses else [])
    return Home(
        now=found,
        systems=systems,
        health="bad" if "bad" in worst else "warn" if "warn" in worst else "good",
        risks=await at_risk(ctx.db, found, now),
        waits=_waits(visit, found, differ, waiting, firing),
        findings=differ,
        plans=waiting,
        alerts=firing,
    )


def live(page: Home) -> int | None:  # noqa: ARG001  # things happen at any time
    """How soon the page is out of date."""
    return REFRESH_S


def _waits(
    visit: Visit, found: Overview, differ: int, plans_waiting: int, firing: int
) -> tuple[Waiting, ...]:
    told = (
        ("alerts", "/alerts", firing, True, Right.RETRY),
        ("quarantined", "/quarantine", found.quarantined, True, Right.RETRY),
        ("in_doubt", "/doubt", found.in_doubt, True, Right.DECIDE_DOUBT),
        ("pauses", "/pauses", len(found.pauses), False, Right.PAUSE),
        ("findings", "/findings", differ, False, Right.RETRY),
        ("plans", "/plans?state=ready", plans_waiting, False, Right.APPROVE),
    )
    return tuple(
        Waiting(kind=kind, path=path, count=count, grave=grave, mine=right in visit.rights)
        for kind, path, count, grave, right in told
    )


def _line(one: SystemStatus, oldest: datetime | None) -> SystemLine:
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
        oldest=oldest,
    )
