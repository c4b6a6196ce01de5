"""The clock: APScheduler ticks that only wake flows. One per node; ticks of several nodes collapse in the queue."""

from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from connector.case import REGISTER
from connector.clock import LOCAL_ZONE
from connector.settings import Settings
from connector.store.database import Wake
from connector.sync.coverage import LAG

MOST_REFRESH_TICK_S = 60.0
"""Cases that are due for a second reading are looked for at least this often."""


MOST_UPKEEP_TICK_S = 3600.0
"""Whether a contract's comparison or a purge is due is asked at least this often: a restart loses no turn."""


def build_clock(settings: Settings, wake: Callable[[Wake], Awaitable[None]]) -> AsyncIOScheduler:
    """A scheduler with one tick per system and flow, and the sweep. Start and stop it yourself."""
    scheduler = AsyncIOScheduler(
        timezone=LOCAL_ZONE,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )

    def tick(wish: Wake, seconds: float) -> None:
        # a little jitter, so that several installations do not ask a portal in the same second
        scheduler.add_job(
            wake,
            "interval",
            seconds=seconds,
            jitter=seconds * 0.05 if seconds > 1 else None,
            args=[wish],
            id=":".join(filter(None, (wish.flow, wish.system))),
        )

    for name, section in settings.systems.items():
        if section.enabled:
            tick(Wake(flow="observe", system=name), section.observe_every_s)
            tick(Wake(flow="refresh", system=name), min(MOST_REFRESH_TICK_S, section.refresh_every_s / 2))
            if settings.canary.enabled:
                tick(
                    Wake(flow="canary", system=name),
                    min(settings.canary.again_s, settings.canary.every_s / 2),
                )
            if settings.reconcile.enabled and name != REGISTER:
                tick(Wake(flow="reconcile", system=name), settings.reconcile.every_s)
    if settings.retention.enabled:
        tick(Wake(flow="retention"), min(MOST_UPKEEP_TICK_S, settings.retention.every_s / 2))
    tick(Wake(flow="coverage"), LAG.total_seconds())
    if settings.alerts.enabled:
        tick(Wake(flow="alerts"), settings.alerts.look_every_s)
    tick(Wake(flow="sweep"), settings.work.sweep_every_s)
    if settings.ledger.origin is not None:
        tick(Wake(flow="seal"), settings.ledger.seal_every_s)
    return scheduler
