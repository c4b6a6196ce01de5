"""One look at everything that a doctor asks about. A part that cannot be had is left out and says why by its code."""

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from connector.checkup import database
from connector.checkup.line import Line
from connector.clock import Clock
from connector.errors import ConnectorError
from connector.services.alert_certificates import Expiry, expiries
from connector.services.alert_facts import certificate_files
from connector.settings import Settings
from connector.store import checkpoints, circuits, doctor, flows, nodes, standing
from connector.store.circuits import Circuit
from connector.store.database import Database
from connector.store.flows import Pause, Run
from connector.store.leaf import Place
from connector.store.nodes import Node
from connector.store.schema import NEEDED, NEWEST
from connector.store.standing import Row
from connector.store.version import is_current
from connector.telemetry.reader import read_metrics

RUNS = 100
"""So many of the newest passes are told."""


@dataclass(kw_only=True)
class Look:
    """What was found. ``missing``: parts that could not be had, with the code or the kind of what was in the way."""

    settings: Settings
    now: datetime
    database: list[Line] = field(default_factory=list)
    connected: bool = False
    standing: list[Row] = field(default_factory=list)
    pauses: Sequence[Pause] = ()
    circuits: Sequence[Circuit] = ()
    nodes: Sequence[Node] = ()
    runs: Sequence[Run] = ()
    troubles: Sequence[checkpoints.Trouble] = ()
    server: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    certificates: list[Expiry] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    disks: dict[str, dict[str, int]] = field(default_factory=dict)
    metrics: str | None = None
    missing: dict[str, str] = field(default_factory=dict)

    def values(self, metric: str) -> dict[tuple[str, ...], float]:
        """Values of one of the standing's metrics by its labels."""
        return {row.labels: row.value for row in self.standing if row.metric == metric}


async def look(settings: Settings, clock: Clock) -> Look:
    """Look at everything; nothing is written anywhere, and no system is called."""
    found = Look(settings=settings, now=clock.now())
    found.database = await database.lines(settings)
    await _try(found, "database", lambda: _database(found, settings, clock))
    await _try(found, "metrics", lambda: _metrics(found, clock))
    await asyncio.to_thread(_machine, found)
    return found


async def _try(found: Look, part: str, work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except ConnectorError as error:
        found.missing[part] = error.code
    except (OSError, ValueError, LookupError) as error:
        found.missing[part] = type(error).__name__


async def _database(found: Look, settings: Settings, clock: Clock) -> None:
    given = settings.database.url
    url = (
        given.get_secret_value() if given is not None else await asyncio.to_thread(database.running, settings)
    )
    if url is None or not await asyncio.to_thread(is_current, url):
        found.missing["database"] = "not_usable"
        return
    db = Database(url, clock=clock, actor="doctor", size=1)
    await db.open()
    try:
        names = [name for name, section in settings.systems.items() if section.enabled]
        async with db.reading() as conn:
            found.standing = await standing.read(conn, names, clock.now())
        async with db.reading() as conn:
            found.pauses = await flows.pauses(conn)
            found.circuits = await circuits.listed(conn, clock.now())
            found.nodes = await nodes.listed(conn)
            found.runs = await flows.runs(conn, Place(most=RUNS))
            found.troubles = await checkpoints.troubles(conn)
        found.connected = True
        await _try(found, "server", lambda: _server(found, db))
    finally:
        await db.close()


async def _server(found: Look, db: Database) -> None:
    async with db.reading() as conn:
        found.server = await doctor.server(conn)


async def _metrics(found: Look, clock: Clock) -> None:
    own = found.settings.observability
    if own.port:
        found.metrics = await read_metrics(own, clock)


def _machine(found: Look) -> None:
    for one in certificate_files(found.settings):
        try:
            found.certificates += expiries([one])
        except (OSError, ValueError):
            found.unreadable.append(f"{one[0]}.{one[1]}")
    for name, folder in folders(found.settings).items():
        there = folder.expanduser()
        if there.exists():
            usage = shutil.disk_usage(there)
            found.disks[name] = {"total_bytes": usage.total, "free_bytes": usage.free}


def folders(settings: Settings) -> dict[str, Path]:
    """The folders that must have room, by the setting that names them."""
    named = {
        "database.folder": settings.database.folder if settings.database.url is None else None,
        "ledger.checkpoint_folder": settings.ledger.checkpoint_folder,
        "retention.exports_folder": settings.retention.exports_folder,
    }
    return {name: folder for name, folder in named.items() if folder is not None}


def versions() -> dict[str, Any]:
    """The program, what it runs on, and every package that it needs."""
    return {
        "program": version("phanhoi-connector"),
        "schema": {"newest": NEWEST, "needed": NEEDED},
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "encoding": sys.getfilesystemencoding(),
        "packages": {name: found for name in _needed() if (found := _version(name)) is not None},
    }


def _needed() -> list[str]:
    wanted = [one for one in requires("phanhoi-connector") or () if "extra" not in one or "otel" in one]
    names = [one.split(";")[0] for one in wanted]
    return sorted({"".join(c if c.isalnum() or c in "-_." else " " for c in one).split()[0] for one in names})


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
