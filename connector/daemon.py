"""The daemon: clock, workers and file gateway in one process, or some of them; stops on SIGTERM within the stated time.

Several of these processes, on one machine or on many, share one database. Each is a member of the list of nodes
(:mod:`connector.work.membership`); only the clock of one of them ticks, and each sends only while it holds its lease.
"""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Collection
from contextlib import nullcontext
from pathlib import Path

import psycopg
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
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
from connector.errors import ConnectorError, LeaseLost, SettingsError, UserError
from connector.gateway import build_gateway, listen, serve
from connector.ledger.entry import EntryKind
from connector.opening import database_url, prepare_database
from connector.reload import MappingWatch
from connector.services.restore import require_accepted
from connector.settings import Settings
from connector.stopping import CLOSING_S, LastCall
from connector.store import releases
from connector.store.database import Wake
from connector.sync.rewrite import judge_changes
from connector.sync.sweep import sweep
from connector.telemetry.listener import bind as bind_listener
from connector.telemetry.listener import run_listener
from connector.watch import in_our_words, watch
from connector.work.clock import build_clock
from connector.work.membership import CLOCK, WORKER
from connector.work.recovery import follow_circuits

log = structlog.get_logger(__name__)


ALL_PARTS = frozenset({WORKER, CLOCK})
"""What a daemon does; the console comes with it if the settings say so."""


async def run_daemon(
    settings: Settings, *, parts: frozenset[str] = ALL_PARTS, ready_file: Path | None = None
) -> None:
    """Run until SIGTERM or SIGINT.

    Args:
        parts: what this process does: workers (with the file gateway), clock.

    Raises:
        UserError: the gateway's port is taken.
        DatabaseVersionError, SettingsError (also if there is no register, or no portal), MappingFileError,
            MasterKeyError: before any work began.
        RestoreNotAccepted: the database is older than what was signed; nothing was read or written.
        DatabaseUnavailable, DiskFull, LeaseLost: before or during work; nothing is lost.

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
    with (
        _gateway_socket(settings) if WORKER in parts else nullcontext() as bound,
        bind_listener(settings.observability, settings.observability.port) or nullcontext() as telling,
    ):
        base = _file_base(settings, bound) if bound else None
        async with database_url(settings) as url:
            await prepare_database(settings, url)
            try:
                # a clock calls nobody and needs no system's secret
                async with wired(settings, url, file_base=base, calls=WORKER in parts, parts=parts) as app:
                    await _serve(app, url, stop, bound, telling, ready_file)
            except (psycopg.Error, ProcrastinateException) as error:
                raise in_our_words(error, settings) from None


def _gateway_socket(settings: Settings) -> socket.socket:
    try:
        return listen(settings.gateway.host, settings.gateway.port)
    except OSError as error:
        msg = f"gateway {settings.gateway.host}:{settings.gateway.port}: {error.strerror}"
        raise UserError(msg) from None


def _file_base(settings: Settings, bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return settings.gateway.public_base or f"http://{host}:{port}"


def _require_parties(systems: Collection[str]) -> None:
    """One side alone has nothing to be kept equal with."""
    if REGISTER not in systems or len(systems) < 2:
        msg = f"the connector needs the register and at least one portal; in use: {', '.join(sorted(systems)) or 'none'}"
        raise SettingsError(msg)


async def _serve(
    app: App,
    url: str,
    stop: asyncio.Event,
    bound: socket.socket | None,
    telling: socket.socket | None,
    ready_file: Path | None,
) -> None:
    ctx = app.ctx
    await require_accepted(ctx.db, ctx.settings, ctx.clock)
    mappings = await _start_up(app)
    parts = [asyncio.create_task(watch(ctx, stop)), asyncio.create_task(mappings.run(stop))]
    if bound is not None:
        parts.append(asyncio.create_task(serve(build_gateway(ctx), bound, stop)))
        parts.append(asyncio.create_task(follow_circuits(ctx, stop)))
    if telling is not None:
        parts.append(asyncio.create_task(run_listener(app, telling, stop)))
    # the queue keeps the membership of a process that works, to the end of its last job
    parts.append(asyncio.create_task(app.queue.run(stop) if bound is not None else app.member.keep(stop)))
    if ctx.settings.console.enabled and set(app.member.parts) >= ALL_PARTS:
        parts.append(asyncio.create_task(_console(app, url, stop)))
    clock = await _start_clock(app)
    systems = sorted(name for name, one in ctx.settings.systems.items() if one.enabled)
    log.info("daemon_ready", parts=app.member.parts, systems=systems, files=ctx.file_base)
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
            unit.record(EntryKind.STOPPED, parts=",".join(app.member.parts))
    log.info("daemon_stopped", faults=len(faults))
    # a lost lease and the watch know best: what a worker then stumbles over is only their consequence
    for fault in sorted(faults, key=_telling):
        raise fault


def _telling(fault: BaseException) -> int:
    return 0 if isinstance(fault, LeaseLost) else 1 if isinstance(fault, ConnectorError) else 2


async def _start_clock(app: App) -> AsyncIOScheduler:
    """Our clock, which ticks as long as it leads; without that part it stays an empty one."""
    ctx, member = app.ctx, app.member
    if CLOCK not in member.parts:
        clock = AsyncIOScheduler()
        clock.start()
        return clock

    async def wake(*wishes: Wake) -> None:
        async with ctx.db.unit() as unit:
            unit.wakes.update(wishes)

    async def tick(wish: Wake) -> None:
        if member.leads:
            await wake(wish)

    clock = build_clock(ctx.settings, tick)
    clock.start()
    enabled = [name for name, one in ctx.settings.systems.items() if one.enabled]
    # also where another clock leads: equal wake-ups collapse
    await wake(*(Wake(flow=flow, system=name) for name in enabled for flow in ("observe", "canary")))
    return clock


async def _console(app: App, url: str, stop: asyncio.Event) -> None:
    """The web console inside this process."""
    from connector.console.server import run_console  # noqa: PLC0415  # heavy, and only if it is wanted

    await run_console(app, url, stop, lambda address: log.info("console_ready", address=address))


async def _start_up(app: App) -> MappingWatch:
    """Join the others, take over the dead, wake every lane with due work, and write down that we began, and with which files."""
    async with app.ctx.db.unit() as unit:
        unit.record(EntryKind.STARTED, parts=",".join(app.member.parts))
        if versions := await releases.moved_from(unit.conn, app.ctx.clock.now()):
            unit.record(EntryKind.MIGRATED, from_version=versions[0], to_version=versions[1])
    # before any worker runs: what a changed mapping would rewrite is counted first
    rewritten = await judge_changes(app.ctx, fingerprints(app.settings))
    mappings = MappingWatch(app.ctx, mappings_root(app.settings))
    await mappings.begin(rewritten)
    await app.member.enter()
    await sweep(app.ctx)
    return mappings
