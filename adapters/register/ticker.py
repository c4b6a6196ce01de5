"""The register's clock: APScheduler calls :meth:`Register.tick`; several servers may do so at once."""

import logging
from datetime import datetime

import psycopg
import psycopg_pool
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from adapters.register.service import Register
from connector.clock import LOCAL_ZONE

log = logging.getLogger("adapters.register")


def ticker(register: Register, every_s: float) -> AsyncIOScheduler:
    """A scheduler with the one tick, the first at once. Start and stop it yourself."""
    scheduler = AsyncIOScheduler(
        timezone=LOCAL_ZONE,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    first = datetime.now(LOCAL_ZONE)
    scheduler.add_job(_tick, "interval", seconds=every_s, next_run_time=first, args=[register], id="tick")
    return scheduler


async def _tick(register: Register) -> None:
    try:
        done = await register.tick()
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed) as error:
        log.warning("the register's clock waits for its database: %s", type(error).__name__)
        return
    if done.lapsed or done.recomputed or done.failed:
        log.info("tick: %s lapsed, %s recomputed, %s failed", done.lapsed, done.recomputed, done.failed)
