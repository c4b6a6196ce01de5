"""The jobs: each flow, a thin call into :mod:`connector.sync` or :mod:`connector.services`."""

import structlog

from connector.errors import ConnectorError
from connector.services import alert_channels, alerts, digest
from connector.services.log_outlets import seal_and_send
from connector.store.database import Wake
from connector.sync.canary import check_due
from connector.sync.context import Context
from connector.sync.coverage import count_due
from connector.sync.deliver import deliver
from connector.sync.observe import observe, refresh
from connector.sync.reconcile import reconcile_due
from connector.sync.resync import resync
from connector.sync.retention import purge_due
from connector.sync.settle import settle
from connector.sync.sweep import sweep
from connector.work.queue import Queue

log = structlog.get_logger(__name__)


def register_tasks(queue: Queue, ctx: Context) -> None:
    """Give the engine its tasks, bound to this process's context."""

    async def again(wake: Wake) -> None:
        async with ctx.db.unit() as unit:
            unit.wakes.add(wake)

    @queue.app.task(name="settle")
    async def settle_task(lane: int) -> None:
        if await settle(ctx, lane):
            await again(Wake(flow="settle", lane=lane))

    @queue.app.task(name="deliver")
    async def deliver_task(system: str, source: str, lane: int) -> None:
        if await deliver(ctx, system, lane, source):
            await again(Wake(flow="deliver", system=system, source=source, lane=lane))

    @queue.app.task(name="resync")
    async def resync_task(lane: int) -> None:
        """``lane`` is the number of the plan."""
        if await resync(ctx, lane):
            await again(Wake(flow="resync", lane=lane))

    @queue.app.task(name="refresh")
    async def refresh_task(system: str) -> None:
        tally = await refresh(ctx, system)
        if tally.more:
            await again(Wake(flow="refresh", system=system))

    _register_upkeep(queue, ctx)


def _register_upkeep(queue: Queue, ctx: Context) -> None:
    """What its tick alone begins: asking for changes, the sweep, comparing contracts and systems, purges."""

    @queue.app.task(name="observe")
    async def observe_task(system: str) -> None:
        await observe(ctx, system)

    @queue.app.task(name="canary")
    async def canary_task(system: str) -> None:
        await check_due(ctx, system)

    @queue.app.task(name="retention")
    async def retention_task() -> None:
        await purge_due(ctx)

    @queue.app.task(name="reconcile")
    async def reconcile_task(system: str) -> None:
        await reconcile_due(ctx, system)

    @queue.app.task(name="sweep")
    async def sweep_task() -> None:
        try:
            await sweep(ctx)
        except ConnectorError as error:
            log.warning("sweep_failed", code=error.code, reason=error.message)

    @queue.app.task(name="coverage")
    async def coverage_task() -> None:
        if await count_due(ctx):
            async with ctx.db.unit() as unit:
                unit.wakes.add(Wake(flow="coverage"))

    _register_seal(queue, ctx)
    _register_alerts(queue, ctx)


def _register_seal(queue: Queue, ctx: Context) -> None:
    @queue.app.task(name="seal")
    async def seal_task() -> None:
        try:
            await seal_and_send(ctx.db, ctx.settings, ctx.clock)
        except ConnectorError as error:
            log.warning("seal_failed", code=error.code, reason=error.message)


def _register_alerts(queue: Queue, ctx: Context) -> None:
    @queue.app.task(name="alerts")
    async def alerts_task() -> None:
        """Each part by itself: what is put up already goes out even if the next look fails."""
        for part in (alerts.look, digest.put_up_due, alert_channels.send_due):
            try:
                await part(ctx)
            except ConnectorError as error:
                log.warning("alerts_failed", part=part.__name__, code=error.code, reason=error.message)
