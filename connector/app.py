"""The composition root: wires settings, store, systems, mappings and engine; everything else takes what it needs."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connector.canonical import digest
from connector.clock import Clock, SystemClock
from connector.errors import SettingsError
from connector.keyfile import master_keys as master_keys  # noqa: PLC0414  # of the composition root's interface
from connector.lease import Lease
from connector.ledger.entry import EntryKind
from connector.ledger.guard import as_code
from connector.mapping import MappingSet
from connector.mapping.files import Source
from connector.mapping.folder import Folder
from connector.mapping.mapping import SharedLists
from connector.mapping.policy import Policy
from connector.mapping.trouble import FileTrouble
from connector.reports.names import Names
from connector.rules.book import RuleBook
from connector.settings import Settings, problems_of
from connector.store import nodes, observations
from connector.store.database import Database
from connector.store.masters import Vault
from connector.sync.circuits import circuits
from connector.sync.context import Context
from connector.sync.rewrite import MAPPINGS
from connector.system import Plugin, Surroundings, System
from connector.telemetry.committed import Committed
from connector.telemetry.meter import Meter
from connector.telemetry.tracer import Untraced
from connector.transport import CallSeen, HttpClient
from connector.transport.otlp import tracer as tracer_of
from connector.work.membership import WORKER, Membership
from connector.work.queue import Queue
from connector.work.tasks import register_tasks


@dataclass(frozen=True, kw_only=True)
class App:
    """One wired program. ``clients`` are the HTTP clients by system, for their breakers."""

    settings: Settings
    ctx: Context
    queue: Queue
    member: Membership
    clients: dict[str, HttpClient]


def shipped(folder: str) -> Path:
    """A data folder that comes with the program: beside the packages in a checkout, inside them when installed."""
    inside = Path(__file__).parent / "_shipped" / folder
    return inside if inside.exists() else Path(__file__).parent.parent / folder


def mappings_root(settings: Settings) -> Path:
    """The mappings in force."""
    return settings.mappings or shipped("mappings")


def load_mappings(settings: Settings) -> tuple[MappingSet, Policy]:
    """Read and check all mapping files and the policy.

    Raises:
        MappingFileError: with every problem, each with file and line.
    """
    return read_mappings(mappings_root(settings))


def read_mappings(root: Path) -> tuple[MappingSet, Policy]:
    """The same of one folder. Raises as :func:`load_mappings`."""
    return MappingSet.load(root), Policy.load(root / "policy.toml")


def load_rules(settings: Settings) -> RuleBook:
    """Read and check all calendars, rule packs and their assignment.

    Raises:
        RuleFileError: with every problem, each with file and line.
    """
    return RuleBook.load(mappings_root(settings))


def load_names(settings: Settings, day: date) -> Names:
    """The agencies and fields as of one day, for what people read.

    Raises:
        MappingFileError: with every problem, each with file and line.
    """
    trouble = FileTrouble()
    lists = SharedLists.load(Source(mappings_root(settings), None, trouble))
    trouble.raise_if_any()
    return Names(agencies=lists.agencies, fields=lists.fields, day=day)


def plugins() -> dict[str, Plugin[Any]]:
    """All installed adapters by name."""
    return {entry.name: entry.load() for entry in entry_points(group="connector.systems")}


def adapter_settings(
    settings: Settings, names: Iterable[str] | None = None
) -> dict[str, tuple[Plugin[Any], Any]]:
    """Check each enabled system's own section.

    Raises:
        SettingsError: unknown system, or wrong adapter settings, all of them at once.
    """
    known = plugins()
    checked: dict[str, tuple[Plugin[Any], Any]] = {}
    problems: list[str] = []
    for name, section in settings.systems.items():
        if not section.enabled or (names is not None and name not in names):
            continue
        plugin = known.get(name)
        if plugin is None:
            problems.append(
                f"systems.{name}: no adapter of that name is installed ({', '.join(sorted(known))})"
            )
            continue
        try:
            checked[name] = (plugin, plugin.settings.model_validate(section.adapter))
        except ValidationError as error:
            problems += [f"systems.{name}.adapter.{text}" for text in problems_of(error)]
    if problems:
        msg = "wrong system settings"
        raise SettingsError(msg, problems=tuple(problems))
    return checked


def build_systems(
    settings: Settings,
    clock: Clock,
    names: Iterable[str] | None = None,
    *,
    db: Database | None = None,
    lease: Lease | None = None,
    seen: Callable[[CallSeen], None] | None = None,
) -> tuple[dict[str, System], dict[str, HttpClient]]:
    """The clients of all enabled systems. Nothing is called yet; without ``db`` they know of nothing stored.

    ``seen`` is told of each attempt at a call.
    """
    rules = load_rules(settings)
    systems: dict[str, System] = {}
    clients: dict[str, HttpClient] = {}
    for name, (plugin, own) in adapter_settings(settings, names).items():
        clients[name] = HttpClient(name, settings.systems[name].transport, clock, lease=lease, observer=seen)
        stored = partial(_stored, db, name) if db is not None else None
        around = Surroundings(http=clients[name], clock=clock, rules=rules, stored=stored)
        systems[name] = plugin.build(own, around)
    return systems, clients


@asynccontextmanager
async def one_system(settings: Settings, clock: Clock, name: str) -> AsyncIterator[System]:
    """The client of one system by itself, until the block ends; it knows of nothing stored."""
    systems, clients = build_systems(settings, clock, [name])
    try:
        yield systems[name]
    finally:
        await systems[name].aclose()
        await clients[name].aclose()


async def _stored(db: Database, name: str, refs: Sequence[str]) -> set[tuple[str, str]]:
    async with db.looking() as conn:
        return await observations.known(conn, name, refs)


def fingerprints(settings: Settings) -> dict[str, str]:
    """Digests of what may rewrite cases when it changes: the mappings folder, and each system's own settings.

    Secrets show as stars in what is digested: a digest of one could be guessed.
    """
    own = {name: model.model_dump(mode="json") for name, (_, model) in adapter_settings(settings).items()}
    return {MAPPINGS: Folder.read(mappings_root(settings)).digest, "settings": digest(own)}


def _share(clients: Mapping[str, HttpClient], member: Membership) -> None:
    """What the settings allow holds for all nodes together."""
    for client in clients.values():
        client.share(member.rank(WORKER), member.count(WORKER))


async def _take_over(ctx: Context, member: Membership) -> nodes.Taken:
    """Take over who was silent, write it down, and have the lanes drained at once."""
    async with ctx.db.unit() as unit:
        taken = await nodes.take_over(unit.conn, member.workers(), ctx.settings.work.stalled_after_s)
        if taken.nodes or taken.locks:
            names = ",".join(taken.nodes) or "unknown"
            unit.record(EntryKind.TAKEN_OVER, node=as_code(names), lanes=len(taken.locks))
        if taken.locks:
            unit.wake("sweep")
    return taken


def _committed(meter: Meter, tracer: Untraced, told: Committed) -> None:
    meter.committed(told)
    tracer.committed(told)


def _called(meter: Meter, tracer: Untraced, seen: CallSeen) -> None:
    meter.http_call(seen)
    tracer.http_call(seen)


@asynccontextmanager
async def wired(
    settings: Settings,
    url: str,
    *,
    clock: Clock | None = None,
    file_base: str | None = None,
    calls: bool = True,
    parts: Collection[str] = (WORKER,),
) -> AsyncIterator[App]:
    """Everything, open and connected, until the block ends. The database must be migrated.

    ``parts``: what this process tells others that it does, once it joins them.

    Without ``calls`` no system can be spoken to and none of their secrets is needed: enough to pause, resume, wake.

    Raises:
        MasterKeyError: no master key, or not those that the stored keys were wrapped with.
        MappingFileError, RuleFileError, SettingsError, DatabaseUnavailable: what cannot be used.
    """
    clock = clock or SystemClock()
    mappings, policy = load_mappings(settings)
    vault = Vault(lambda: master_keys(settings))
    lease, meter = Lease(), Meter()
    async with AsyncExitStack() as stack:
        tracer = tracer_of(
            settings.observability, installation=settings.ledger.origin or "", node=settings.node
        )
        # what waits to be sent is sent by a thread: nobody waits for it on the loop
        stack.push_async_callback(asyncio.to_thread, tracer.close)
        db = Database(
            url,
            clock=clock,
            actor=f"{settings.node}/{os.getpid()}",
            size=settings.database.pool_size,
            vault=vault,
            witness=partial(_committed, meter, tracer),
        )
        seen = partial(_called, meter, tracer)
        systems, clients = (
            build_systems(settings, clock, db=db, lease=lease, seen=seen) if calls else ({}, {})
        )
        for system in systems.values():
            stack.push_async_callback(system.aclose)
        for client in clients.values():
            stack.push_async_callback(client.aclose)
        await db.open()
        stack.push_async_callback(db.close)
        await db.check_keys()
        book = load_rules(settings)
        ctx = Context(
            settings=settings,
            clock=clock,
            db=db,
            systems=systems,
            mappings=mappings,
            policy=policy,
            book=book,
            file_base=file_base or settings.gateway.public_base,
            circuits=circuits(clock, settings.systems, clients),
            lease=lease,
            meter=meter,
            tracer=tracer,
        )
        member = Membership(
            url,
            settings.work,
            name=settings.node,
            parts=parts,
            lease=lease,
            on_roll=partial(_share, clients),
            take_over=lambda: _take_over(ctx, member),
        )
        queue = Queue(url, settings.work, settings.systems, member, meter=meter, tracer=tracer)
        register_tasks(queue, ctx)
        db.defer_with(queue.defer)
        await stack.enter_async_context(queue.opened())
        yield App(settings=settings, ctx=ctx, queue=queue, member=member, clients=clients)
