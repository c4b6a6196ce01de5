"""The daemon: clock, workers and file gateway in one process; stops on SIGTERM within the stated time."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Collection
from pathlib import Path

import psycopg
import structlog
from procrastinate.exceptions import ProcrastinateException

from connector.app import (
    App,
    adapter_settings,
    fingerprints,
    load_mappings,
    mappings_root,
    master_keys,
    wired,
)
from connector.case import REGISTER
from connector.errors import ConnectorError, SettingsError, UserError
from connector.gateway import build_gateway, listen, serve
from connector.ledger.entry import EntryKind
from connector.opening import database_url, prepare_database
from connector.reload import MappingWatch
from connector.settings import Settings
from connector.stopping import CLOSING_S, LastCall
from connector.store.database import Wake
from connector.sync.rewrite import judge_changes
from connector.sync.sweep import sweep
from connector.watch import in_our_words, watch
from connector.work.clock import build_clock

log = structlog.get_logger(__name__)


async def run_daemon(settings: Settings, *, ready_file: Path | None = None) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        UserError: the gateway's port is taken.
        DatabaseVersionError, SettingsError (also if there is no register, or no portal), MappingFileError,
            MasterKeyError: before any work began.
        DatabaseUnavailable, DiskFull: before or during work; nothing is lost.

    A stop that hangs ends the process itself, with :class:`StopOverdue` in the log.
    """
    # before the database is started: a wrong file must not leave a server behind
    _require_parties(adapter_settings(settings))
    load_mappings(settings)
    master_keys(settings)
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
            try:
                async with wired(settings, url, file_base=base) as app:
                    await _serve(app, url, stop, bound, ready_file)
            except (psycopg.Error, ProcrastinateException) as error:
                raise in_our_words(error, settings) from None


def _require_parties(systems: Collection[str]) -> None:
    """One side alone has nothing to be kept equal with."""
    if REGISTER not in systems or len(systems) < 2:
        msg = f"the connector needs the register and at least one portal; in use: {', '.join(sorted(systems)) or 'none'}"
        raise SettingsError(msg)


async def _serve(
    app: App, url: str, stop: asyncio.Event, bound: socket.socket, ready_file: Path | None
) -> None:
    ctx = app.ctx
    mappings = await _start_up(app)
    parts = [
        asyncio.create_task(serve(build_gateway(ctx), bound, stop)),
        asyncio.create_task(app.queue.run(stop)),
        asyncio.create_task(watch(ctx, stop)),
        asyncio.create_task(mappings.run(stop)),
    ]
    if ctx.settings.console.enabled:
        parts.append(asyncio.create_task(_console(app, url, stop)))

    async def wake(wish: Wake) -> None:
        async with ctx.db.unit() as unit:
            unit.wakes.add(wish)

    clock = build_clock(ctx.settings, wake)
    clock.start()
    for name in ctx.systems:
        await wake(Wake(flow="observe", system=name))
        await wake(Wake(flow="canary", system=name))
    log.info("daemon_ready", systems=sorted(ctx.systems), files=ctx.file_base)
    if ready_file is not None:
        told = json.dumps({"files": ctx.file_base, "pid": os.getpid()})
        await asyncio.to_thread(ready_file.write_text, told, encoding="utf-8")
    # a part that ends by itself is a fault: stop the rest and let the supervisor restart us
    ended = asyncio.create_task(stop.wait())
    await asyncio.wait([ended, *parts], return_when=asyncio.FIRST_COMPLETED)
    LastCall(ctx.settings.work.stop_grace_s + CLOSING_S, asyncio.get_running_loop()).start()
    ctx.stopping.set()
    stop.set()
    clock.pause()
    results = await asyncio.gather(*parts, return_exceptions=True)
    clock.shutdown(wait=False)
    faults = [in_our_words(one, ctx.settings) for one in results if isinstance(one, Exception)]
    if not faults:
        async with ctx.db.unit() as unit:
            unit.record(EntryKind.STOPPED)
    log.info("daemon_stopped", faults=len(faults))
    # the watch knows best: what a worker then stumbles over is only its consequence
    for fault in sorted(faults, key=lambda one: not isinstance(one, ConnectorError)):
        raise fault


async def _console(app: App, url: str, stop: asyncio.Event) -> None:
    """The web console inside this process."""
    from connector.console.server import run_console  # noqa: PLC0415  # heavy, and only if it is wanted

    await run_console(app, url, stop, lambda address: log.info("console_ready", address=address))


async def _start_up(app: App) -> MappingWatch:
    """Free the lanes of dead workers, wake every lane with due work, and write down that we began, and with which files."""
    async with app.ctx.db.unit() as unit:
        unit.record(EntryKind.STARTED)
    # before any worker runs: what a changed mapping would rewrite is counted first
    rewritten = await judge_changes(app.ctx, fingerprints(app.settings))
    mappings = MappingWatch(app.ctx, mappings_root(app.settings))
    await mappings.begin(rewritten)
    await app.queue.take_over_stalled()
    await sweep(app.ctx)
    return mappings
