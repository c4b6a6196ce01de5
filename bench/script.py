"""What a team would write instead: Huey with SQLite, a task a case, the same clients and mappings, a table of what was done.

A task that fails is tried again by Huey. That is all: an answer that is lost is written again, and nothing is merged,
logged or compared. Only the consumer's processes import this; where it works comes by environment.
"""

import asyncio
import os
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from huey import SqliteHuey

from connector.app import build_systems, load_mappings
from connector.case import REGISTER
from connector.clock import SystemClock
from connector.mapping import MappingSet
from connector.mapping.intent import Intent, IntentKind
from connector.mapping.policy import Policy
from connector.settings import load_settings
from connector.system import Record, System

FOLDER, CONFIG = "BENCH_SCRIPT_FOLDER", "BENCH_SCRIPT_CONFIG"

folder = Path(os.environ[FOLDER])
huey = SqliteHuey("script", filename=str(folder / "huey.db"), fsync=True)


@cache
def wiring() -> tuple[asyncio.Runner, dict[str, System], MappingSet, Policy]:
    """Clients and mappings, once a process, on an event loop that lives as long."""
    settings = load_settings(Path(os.environ[CONFIG]))
    # one call at a time in each process: waiting for others to join a batch would only cost time
    settings.systems["national_portal"].adapter["batch_linger_ms"] = 0
    runner = asyncio.Runner()
    runner.get_loop()
    return runner, build_systems(settings, SystemClock())[0], *load_mappings(settings)


@huey.on_startup()
def warm() -> None:
    """Each of the consumer's processes tells that it is ready."""
    wiring()
    (folder / f"warm-{os.getpid()}").touch()


@huey.task(retries=3)
def push(portal: str, told: dict[str, Any]) -> None:
    """A case of the register goes to a portal."""
    runner, systems, mappings, policy = wiring()
    record = Record(system=REGISTER, ref=told["id"], data=told, raw=b"", version="")
    case = mappings.for_system(REGISTER).read(record)
    intent = Intent(kind=IntentKind.CREATE, case=policy.gate(case, portal, IntentKind.CREATE))
    operation = mappings.for_system(portal).write(intent, uuid4(), ())
    receipt = runner.run(systems[portal].apply(operation))
    _done(told["id"], receipt.ref)


@huey.task(retries=3)
def look(portal: str, refs: list[str]) -> None:
    """Ask a portal what is new; a task for each case that is wanted."""
    runner, systems, _, _ = wiring()
    wanted = set(refs)

    async def told() -> list[Record]:
        return [record async for page in systems[portal].changes(None) for record in page.records]

    for record in runner.run(told()):
        if record.ref in wanted:
            wanted.discard(record.ref)
            pull(portal, record)


@huey.task(retries=3)
def pull(portal: str, record: Record) -> None:
    """A case of a portal goes into the register."""
    runner, systems, mappings, policy = wiring()
    whole = record if record.complete else runner.run(systems[portal].fetch(record.ref))
    case = mappings.for_system(portal).read(whole)
    intent = Intent(kind=IntentKind.CREATE, case=policy.gate(case, REGISTER, IntentKind.CREATE))
    operation = mappings.for_system(REGISTER).write(intent, uuid4(), ())
    receipt = runner.run(systems[REGISTER].apply(operation))
    _done(record.ref, receipt.ref)


def _done(ref: str, there: str) -> None:
    with _table() as table:
        table.execute("INSERT OR REPLACE INTO done VALUES (?, ?)", (ref, there))


@cache
def _table() -> sqlite3.Connection:
    table = sqlite3.connect(folder / "done.db", timeout=30, check_same_thread=False)
    table.execute("PRAGMA journal_mode = wal")
    table.execute("PRAGMA synchronous = full")
    table.execute("CREATE TABLE IF NOT EXISTS done (ref TEXT PRIMARY KEY, there TEXT)")
    return table


def count() -> int:
    """How many are done."""
    return int(_table().execute("SELECT count(*) FROM done").fetchone()[0])
