"""The console of a large province under twenty people at once: what every list and search page takes, as page and as JSON.

The rows are written by COPY, the console is the real program in a process of its own, people sign in through its door and
ask over HTTP on the loopback. Judged is what a person waits for, from the question until the whole answer is there;
beside it stands what the server itself says that it took.
"""

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from adapters.demo.stage import MASTER_KEYS, SIGNING_KEYS, Addresses, free_port, settings_text
from bench.cost import Meter
from bench.province import Province, furnish_cases
from bench.records import furnish_records
from bench.visitors import PASSWORD, ROLES, Known, Took, alone, share, sign_in, walk
from bench.watching import furnish_watching
from connector.app import load_names
from connector.clock import SystemClock
from connector.console.access.accounts import Accounts
from connector.keyfile import create
from connector.sealing import MasterKeys, new_master_line
from connector.settings import Settings, load_settings
from connector.store import tally
from connector.store.database import Database
from connector.store.embedded import EmbeddedServer
from connector.store.migrate import migrate
from connector.store.version import connect

BUDGET_S = 0.2
WARM_S = 5.0
"""So long people walk before it counts: a program that has just started is not what they open every day."""
REPEATS = 17
"""So often one person opens each page alone: as many as there are kinds of searching."""
SEES_ALL = "security_officer"
READY_S = 60


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be measured. ``folder``: where a province is kept for another time; None: made and thrown away."""

    cases: int
    entries: int
    users: int
    seconds: float
    think: float
    budget_s: float
    folder: Path | None


@dataclass(frozen=True, kw_only=True)
class ConsoleMeasured:
    """The outcome: one row a page, slowest first.

    ``cost``: processor seconds of one answer, of the console and of the database: they do not depend on what else runs.
    """

    rows: Sequence[Took]
    seconds: float
    wanted: Wanted
    cost: Mapping[str, Sequence[float]]
    load: tuple[float, float, float]

    @property
    def late(self) -> list[str]:
        """Pages of which more than one answer in twenty came after the budget."""
        return [one.name for one in self.rows if share(one.seen, 0.95) >= self.wanted.budget_s]

    @property
    def answers(self) -> int:
        """Of all pages."""
        return sum(len(one.seen) for one in self.rows)

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        every = [value for one in self.rows for value in one.seen]
        return {
            "cases": self.wanted.cases,
            "entries": self.wanted.entries,
            "users": self.wanted.users,
            "think_s": self.wanted.think,
            "seconds": round(self.seconds, 1),
            "answers": self.answers,
            "answers_per_s": round(self.answers / self.seconds, 1),
            "p95_ms": _ms(share(every, 0.95)),
            "load": [round(one, 2) for one in self.load],
            "budget_ms": _ms(self.wanted.budget_s),
            "late": self.late,
            "pages": [_row(one, self.cost.get(one.name, (0, 0))) for one in self.rows],
        }

    def __str__(self) -> str:
        """For people."""
        told = self.as_json()
        head = (
            f"{told['cases']:,} cases, {told['entries']:,} entries, {told['users']} people, {told['think_s']:g} s between"
            f" two pages: {told['answers']:,} answers in {told['seconds']:.0f} s ({told['answers_per_s']:.0f}/s),"
            f" p95 of all {told['p95_ms']:.0f} ms; load {told['load'][0]:.1f}"
        )
        lines = [
            head,
            f"{'page':<28}{'n':>6}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}{'server p95':>12}{'cpu':>7}{'db cpu':>8}  ms",
        ]
        for one in told["pages"]:
            numbers = "".join(f"{one[name]:>8.0f}" for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms"))
            late = "  LATE " + one["slowest"] if one["page"] in told["late"] else ""
            lines.append(
                f"{one['page']:<28}{one['answers']:>6}{numbers}{one['server_p95_ms']:>12.0f}"
                f"{one['console_cpu_ms']:>7.1f}{one['database_cpu_ms']:>8.1f}{late}"
            )
        return "\n".join(lines)


def _row(one: Took, cost: Sequence[float]) -> dict[str, Any]:
    return {
        "page": one.name,
        "answers": len(one.seen),
        **{f"p{part}_ms": _ms(share(one.seen, part / 100)) for part in (50, 95, 99)},
        "max_ms": _ms(max(one.seen)),
        "server_p95_ms": _ms(share(one.inside, 0.95)),
        "console_cpu_ms": _ms(cost[0]),
        "database_cpu_ms": _ms(cost[1]),
        "slowest": one.slowest,
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def measure_console(wanted: Wanted) -> ConsoleMeasured:
    """Furnish a province, or take up one that was kept, and let people walk through its console."""
    with tempfile.TemporaryDirectory(prefix="phanhoi-bench-", ignore_cleanup_errors=True) as own:
        folder = (wanted.folder or Path(own)).resolve()
        with _province(folder, wanted) as (url, settings):
            known = _known(url, settings, wanted)
            with _served(folder, url, settings) as (base, console):
                database = int((folder / "postgres" / "postmaster.pid").read_text("ascii").split()[0])
                meters = (Meter(console), Meter(database, children=True))
                return asyncio.run(_walked(base, url, settings, known, wanted, meters))


@contextmanager
def _province(folder: Path, wanted: Wanted) -> Iterator[tuple[str, Settings]]:
    """The database with its rows, and the settings."""
    folder.mkdir(parents=True, exist_ok=True)
    server = EmbeddedServer(folder / "postgres")
    try:
        url = server.start()
        migrate(url)
        settings = _settings(folder)
        if not (folder / "furnished").exists():
            _furnish(url, settings, folder, wanted)
        yield url, settings
    finally:
        server.stop()


@contextmanager
def _served(folder: Path, url: str, settings: Settings) -> Iterator[tuple[str, int]]:
    """The console as a process of its own; its address, once it answers, and its number."""
    base = f"http://127.0.0.1:{settings.console.port}"
    command = [sys.executable, "-m", "connector.cli", "--config", str(folder / "phanhoi.toml"), "console"]
    with (folder / "console.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **_secrets(url)}
        )  # our own program
    try:
        until = time.monotonic() + READY_S
        while not _answers(base):
            if process.poll() is not None or time.monotonic() > until:
                msg = f"the console did not start; see {folder / 'console.log'}"
                raise RuntimeError(msg)
            time.sleep(0.1)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _answers(base: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{base}/health").is_success
    return False


def _settings(folder: Path) -> Settings:
    """The demo's settings, with portals that nobody serves: no page calls one."""
    config = folder / "phanhoi.toml"
    if not (folder / MASTER_KEYS).exists():
        create(folder / MASTER_KEYS, SystemClock().now().date())
        create(folder / SIGNING_KEYS, SystemClock().now().date())
    nowhere = Addresses(national="http://127.0.0.1:9", national_control="", government="http://127.0.0.1:9",
                        government_control="", register="", tokens={})  # fmt: skip
    config.write_text(settings_text(folder, nowhere, console_port=free_port()), encoding="utf-8")
    before = dict(os.environ)
    os.environ.update(_secrets("postgresql:///none"))
    try:
        return load_settings(config)
    finally:
        os.environ.clear()
        os.environ.update(before)


def _secrets(url: str) -> dict[str, str]:
    password = secrets.token_urlsafe(18)
    return {
        "PHANHOI_DATABASE__URL": url,
        "PHANHOI_SYSTEMS__NATIONAL_PORTAL__ADAPTER__PASSWORD": password,
        "PHANHOI_SYSTEMS__GOVERNMENT_PORTAL__ADAPTER__PASSWORD": password,
        "PHANHOI_SYSTEMS__REGISTER__ADAPTER__DATABASE_URL": url,
        "PHANHOI_SYSTEMS__REGISTER__ADAPTER__MASTER_KEYS": new_master_line("bench"),
    }


def _furnish(url: str, settings: Settings, folder: Path, wanted: Wanted) -> None:
    masters = MasterKeys.parse((folder / MASTER_KEYS).read_text("utf-8"))
    now = SystemClock().now()
    names = load_names(settings, now.date())
    town = Province.of(wanted.cases, now, masters, names.agencies)
    with connect(url) as conn:
        furnish_cases(conn, town)
        furnish_records(conn, town, wanted.entries)
        furnish_watching(conn, town)
    asyncio.run(_swept(url))
    with connect(url) as conn:
        conn.autocommit = True
        conn.execute("VACUUM (ANALYZE)")
        # years of rows were written at once: no province has their checkpoint under way while people work
        conn.execute("CHECKPOINT")
    (folder / "furnished").touch()


async def _swept(url: str) -> None:
    """What a daemon's sweep would have folded long ago: the rows were written behind its back."""
    db = Database(url, clock=SystemClock(), actor="bench", size=1)
    await db.open()
    try:
        async with db.unit() as unit:
            await tally.fold(unit.conn)
    finally:
        await db.close()


def _known(url: str, settings: Settings, wanted: Wanted) -> Known:
    """What addresses are made of, out of the database."""
    with connect(url) as conn:

        def column(query: str) -> list[Any]:
            return [row[0] for row in conn.execute(query.encode())]

        return Known(
            cases=wanted.cases,
            entries=wanted.entries,
            writes=column("SELECT max(id) FROM delivery")[0],
            codes=column("SELECT code FROM case_record ORDER BY random() LIMIT 500"),
            refs=column("SELECT ref FROM link ORDER BY random() LIMIT 500"),
            agencies=_agencies(settings),
            findings=column("SELECT id FROM finding ORDER BY random() LIMIT 500"),
            items=column("SELECT id FROM quarantine ORDER BY random() LIMIT 500"),
            alerts=column("SELECT max(id) FROM alert")[0],
            plans=column("SELECT digest FROM resync_plan ORDER BY id DESC LIMIT 5"),
        )


def _agencies(settings: Settings) -> list[str]:
    names = load_names(settings, SystemClock().now().date())
    return list(dict.fromkeys(one.canonical for one in names.agencies.agencies))


async def _walked(
    base: str, url: str, settings: Settings, known: Known, wanted: Wanted, meters: Sequence[Meter]
) -> ConsoleMeasured:
    """Everybody signs in; one opens each page alone, then all walk for as long as it was asked for."""
    names = [(f"do.{os.getpid()}.{number}", ROLES[number % len(ROLES)]) for number in range(wanted.users)]
    await _accounts(url, settings, names)
    async with AsyncExitStack() as stack:
        people = []
        for name, role in names:
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=base, timeout=60))
            await sign_in(client, name)
            people.append((client, role))

        async def all_walk(seconds: float, seed: int) -> dict[str, Took]:
            took: dict[str, Took] = {}
            until = time.monotonic() + seconds
            walks = (
                walk(client, role, seed + place, known, took, until=until, think=wanted.think)
                for place, (client, role) in enumerate(people)
            )
            await asyncio.gather(*walks)
            return took

        everything = next(client for client, role in people if role == SEES_ALL)
        cost = await alone(everything, SEES_ALL, known, REPEATS, [one.read for one in meters])
        await all_walk(min(WARM_S, wanted.seconds), 1_000)
        began = time.monotonic()
        took = await all_walk(wanted.seconds, 0)
        seconds = time.monotonic() - began
    rows = sorted(took.values(), key=lambda one: -share(one.seen, 0.95))
    return ConsoleMeasured(rows=rows, seconds=seconds, wanted=wanted, cost=cost, load=os.getloadavg())


async def _accounts(url: str, settings: Settings, names: Sequence[tuple[str, str]]) -> None:
    clock = SystemClock()
    db = Database(url, clock=clock, actor="bench", size=2)
    await db.open()
    try:
        accounts = Accounts(db, settings, clock)
        for name, role in names:
            await accounts.create(
                name, display_name="Nguyễn Văn Mẫu", role=role, password=PASSWORD, actor="bench"
            )
    finally:
        await db.close()
