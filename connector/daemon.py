"""The daemon: clock, workers and file gateway in one process; stops on SIGTERM within the stated time."""

import asyncio
import json
import signal
from pathlib import Path

import structlog

from connector.app import App, wired
from connector.errors import UserError
from connector.gateway import build_gateway, listen, serve
from connector.ledger.entry import EntryKind
from connector.opening import database_url, prepare_database
from connector.settings import Settings
from connector.store.database import Wake
from connector.sync.sweep import sweep
from connector.work.clock import build_clock

log = structlog.get_logger(__name__)


async def run_daemon(settings: Settings, *, ready_file: Path | None = None) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        UserError: the gateway's port is taken.
        DatabaseUnavailable, DatabaseVersionError, DiskFull, SettingsError, MappingFileError: before any work began.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    try:
        bound = listen(settings.gateway.host, settings.gateway.port)
    except OSError as error:
        msg = f"gateway {settings.gateway.host}:{settings.gateway.port}: {error.strerror}"
        raise UserError(msg) from None
    with bound:
        host, port = bound.getsockname()[:2]
        base = settings.gateway.public_base or f"http://{host}:{port}"
        async with database_url(settings) as url:
            await prepare_database(settings, url)
            async with wired(settings, url, file_base=base) as app:
                await _serve(app, stop, bound, ready_file)


async def _serve(app: App, stop: asyncio.Event, bound: object, ready_file: Path | None) -> None:
    ctx = app.ctx
    await _start_up(app)
    gateway = asyncio.create_task(serve(build_gateway(ctx), bound, stop))  # type: ignore[arg-type]
    workers = asyncio.create_task(app.queue.run(stop))

    async def wake(wish: Wake) -> None:
        async with ctx.db.unit() as unit:
            unit.wakes.add(wish)

    clock = build_clock(ctx.settings, wake)
    clock.start()
    for name in ctx.systems:
        await wake(Wake(flow="observe", system=name))
    log.info("daemon_ready", systems=sorted(ctx.systems), files=ctx.file_base)
    if ready_file is not None:
        await asyncio.to_thread(ready_file.write_text, json.dumps({"files": ctx.file_base}), encoding="utf-8")
    # a worker or the gateway that ends by itself is a fault: stop the rest and let the supervisor restart us
    ended = asyncio.create_task(stop.wait())
    await asyncio.wait([ended, gateway, workers], return_when=asyncio.FIRST_COMPLETED)
    ctx.stopping.set()
    stop.set()
    clock.shutdown(wait=False)
    results = await asyncio.gather(gateway, workers, return_exceptions=True)
    async with ctx.db.unit() as unit:
        unit.record(EntryKind.STOPPED)
    log.info("daemon_stopped")
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _start_up(app: App) -> None:
    """Free the lanes of dead workers, wake every lane with due work, and write down that we began."""
    async with app.ctx.db.unit() as unit:
        unit.record(EntryKind.STARTED)
    await app.queue.take_over_stalled()
    await sweep(app.ctx)
