"""Reconciliation of many linked cases with few differences, against comparing every case anew.

The rows of the live flow are written by COPY; the systems are two that hold nothing and make each record when it is
asked for, page by page, in the plain shape of the tests. What is measured is the pass itself: reading, digesting,
comparing by sets, opening what differs.
"""

import hashlib
import json
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from bench.result import Measured
from connector.canonical import canonical_json
from connector.case import REGISTER
from connector.clock import SystemClock
from connector.merge import Rules, merge
from connector.reconcile.compare import telling
from connector.reconcile.scope import Reach, Scope
from connector.sealing import MasterKeys
from connector.sections.repair import ReconcileSettings
from connector.sections.systems import SystemSettings
from connector.settings import Settings
from connector.store import cases
from connector.store.database import Database
from connector.store.embedded import EmbeddedServer
from connector.store.masters import Vault
from connector.store.migrate import migrate
from connector.store.observations import fingerprint_of
from connector.store.reconcile import Run
from connector.store.tagged import tagged
from connector.store.vault import owner_of
from connector.sync.context import Context
from connector.sync.reconcile import run_pass
from connector.sync.settle import rules_of
from connector.system import Capabilities, Files, Page, Record, System
from tests.integration.core_mapping import NATIONAL, POLICY, SYSTEMS, write_mappings
from tests.integration.seeded import portal_case, register_case

PAGE = 1000
SAMPLE = 5_000
"""So many cases the naive comparison is given; its rate is what is compared."""

KEYS = MasterKeys({"bench": bytes(range(32))})


class Listing:
    """A system of so many cases that are made when they are asked for. The cursor counts changes."""

    def __init__(self, name: str, count: int) -> None:
        self.name = name
        self.count = count
        self._changed: dict[int, None] = {}  # in the order of their change
        self.told = 0
        self.capabilities = Capabilities(
            operations=frozenset(), lookup=frozenset(), idempotent=True, files=Files.INLINE, concurrency=8
        )

    def change(self, numbers: Iterable[int]) -> None:
        """From now on each of them reads otherwise."""
        self._changed |= dict.fromkeys(numbers)

    def record(self, n: int) -> Record:
        """The case as it stands; made anew each time, and counted."""
        self.told += 1
        here = self.name == REGISTER
        data = {**(register_case(n) if here else portal_case(n)), "files": []}
        changed = n in self._changed
        if changed:
            data["title"] = "Tiêu đề đã sửa"
        raw = canonical_json(tagged(data))
        return Record(system=self.name, ref=data["id"], data=data, raw=raw, version=str(int(changed)))

    async def changes(self, since: str | None) -> AsyncIterator[Page]:
        """Everything, or what changed since."""
        numbers = range(self.count) if since is None else sorted(list(self._changed)[int(since) :])
        mark = str(len(self._changed))
        for start in range(0, len(numbers), PAGE):
            yield Page(
                records=tuple(self.record(n) for n in numbers[start : start + PAGE]),
                watermark=mark if start + PAGE >= len(numbers) else since,
            )

    async def fetch(self, ref: str) -> Record:
        """One case."""
        return self.record(int(ref[1:]))


async def measure_reconcile(count: int) -> list[Measured]:
    """All rows of the measurement; the database is made and thrown away."""
    with tempfile.TemporaryDirectory(prefix="phanhoi-bench-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedServer(Path(folder) / "data")
        url = server.start()
        migrate(url)
        try:
            return await _measure(url, Path(folder), count)
        finally:
            server.stop()


@asynccontextmanager
async def opened(url: str, folder: Path, systems: Mapping[str, Listing]) -> AsyncIterator[Context]:
    """What the steps need, with these two systems."""
    clock = SystemClock()
    db = Database(url, clock=clock, actor="bench", size=20, vault=Vault(lambda: KEYS))
    await db.open()
    mappings = folder / "mappings"
    mappings.mkdir(exist_ok=True)
    try:
        yield Context(
            settings=Settings(
                reconcile=ReconcileSettings(grace_s=0), systems={name: SystemSettings() for name in SYSTEMS}
            ),
            clock=clock,
            db=db,
            # they only read: what a writing system can do beyond that, nobody asks of them
            systems=cast("dict[str, System]", dict(systems)),
            mappings=write_mappings(mappings),
            policy=POLICY,
        )
    finally:
        await db.close()


async def _measure(url: str, folder: Path, count: int) -> list[Measured]:
    systems = {name: Listing(name, count) for name in (REGISTER, NATIONAL)}
    async with opened(url, folder, systems) as ctx:
        await furnish(ctx, systems, count)
        naive = await _naive(ctx, systems, min(count, SAMPLE)) / min(count, SAMPLE) * count
        measured = []
        first = min(100, count // 10)
        for differing in (first, max(first + 1, count // 100)):
            # a differing case stays different, and whoever differs since is listed
            systems[NATIONAL].change(range(differing))
            measured.append(await _timed(ctx, systems, Reach.CHANGES, differing, naive))
        measured.append(await _timed(ctx, systems, Reach.FULL, differing, naive))
    return measured


async def _timed(
    ctx: Context, systems: dict[str, Listing], reach: Reach, differing: int, naive: float
) -> Measured:
    count = systems[REGISTER].count
    for one in systems.values():
        one.told = 0
    before, began = _mib(), time.perf_counter()
    run: Run | None = await run_pass(ctx, NATIONAL, Scope(reach=reach), actor=None)
    seconds = time.perf_counter() - began
    assert run is not None
    assert run.state == "done", run
    assert run.counts["open"] == differing, run
    read = sum(one.told for one in systems.values())
    told = f"{read:,} records read, {run.counts['judged']:,} opened, peak memory +{_mib() - before:.0f} MiB"
    return Measured(
        name=f"reconcile {reach.value}, {differing:,} of {count:,} differ ({seconds:.1f} s: {told})",
        unit="cases",
        count=count,
        seconds=seconds,
        baseline="naive full compare",
        baseline_seconds=naive,
    )


def _mib() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _naive(ctx: Context, systems: dict[str, Listing], sample: int) -> float:
    """Every case of a sample: read on both sides, mapped, its baseline opened, merged. Seconds."""
    began = time.perf_counter()
    for n in range(sample):
        async with ctx.db.reading() as conn:
            row = await cases.get(conn, n + 1)
            rules = await rules_of(ctx, conn, n + 1, NATIONAL, outbound=False)
        assert row is not None
        link = row.link(NATIONAL)
        assert link is not None
        told = [
            ctx.mappings.for_system(name).read(await one.fetch(f"{name[0].upper()}{n}"))
            for name, one in systems.items()
        ]
        here, there = (telling(None, one).case for one in told)
        assert not merge(link.baseline, here, there, rules).moves
    return time.perf_counter() - began


# ---- rows -------------------------------------------------------------------------------------------------------


async def furnish(ctx: Context, systems: dict[str, Listing], count: int) -> None:
    """Linked, settled, seen and judged pairs, as the live flow and a pass leave them; ten thousand at a time."""
    for start in range(0, count, 10_000):
        numbers = range(start, min(start + 10_000, count))
        async with ctx.db.unit() as unit:
            await _copy(unit.conn, "case_record (code, origin_system, origin_ref)", _cases(numbers))
            keys, links, agreed, seen, judged = _rows(ctx, systems, numbers)
            await _copy(unit.conn, "case_key (owner, part, case_id, master, blob)", keys)
            await _copy(unit.conn, "link (case_id, system, ref, status, sealed_baseline, changed_at)", links)
            await _copy(
                unit.conn,
                "ledger_entry (seq, at, kind, system, case_id, actor, data, prev_hash, hash)",
                agreed,
            )
            await _copy(
                unit.conn,
                "sighting (system, ref, case_id, version, kind, print, since, noticed_at, seen_at)",
                seen,
            )
            await _copy(
                unit.conn, "verdict (case_id, system, here_print, there_print, clean, judged_at)", judged
            )
    async with ctx.db.unit() as unit:
        await unit.conn.execute("UPDATE ledger_head SET seq = %s", (count,))
        old = ctx.clock.now() - timedelta(days=1)
        await unit.conn.execute(
            "INSERT INTO reconcile_cursor (portal, system, value, told_at)"
            " SELECT %s, system, '0', %s FROM unnest(%s::text[]) AS system",
            (NATIONAL, old, [REGISTER, NATIONAL]),
        )


def _cases(numbers: range) -> Iterator[tuple[Any, ...]]:
    for n in numbers:
        yield register_case(n)["code"], NATIONAL, f"N{n}"


def _rows(ctx: Context, systems: dict[str, Listing], numbers: range) -> tuple[list[tuple[Any, ...]], ...]:
    keys, links, agreed, seen, judged = [], [], [], [], []
    old = ctx.clock.now() - timedelta(days=2)
    for n in numbers:
        prints = {name: fingerprint_of(one.record(n)) for name, one in systems.items()}
        owner = owner_of(NATIONAL, f"N{n}")
        key, wrapped = KEYS.new_key(f"{owner}/contact")
        sealed = key.seal(_baseline(ctx, systems, n), f"link.baseline/{n + 1}")
        keys.append((owner, "contact", n + 1, wrapped.master, wrapped.blob))
        links += [
            (n + 1, REGISTER, f"R{n}", "ANSWERED", None, old),
            (n + 1, NATIONAL, f"N{n}", "ANSWERED", sealed, old),
        ]
        proof = json.dumps({"baseline_digest": hashlib.sha256(sealed).hexdigest()})
        agreed.append((n + 1, old, "agreed", NATIONAL, n + 1, "bench", proof, "", ""))
        seen += [
            (name, f"{name[0].upper()}{n}", n + 1, "0", "case", prints[name], old, old, old)
            for name in systems
        ]
        judged.append((n + 1, NATIONAL, prints[REGISTER], prints[NATIONAL], True, old))
    return keys, links, agreed, seen, judged


_TEMPLATE: dict[str, Any] = {}


def _baseline(ctx: Context, systems: dict[str, Listing], n: int) -> bytes:
    """That of the first pair, which differs from the others by the names of its acts alone."""
    if not _TEMPLATE:
        here, there = (
            telling(None, ctx.mappings.for_system(name).read(one.record(0))).case
            for name, one in systems.items()
        )
        takes = {name: ctx.mappings.for_system(name).accepts for name in systems}
        rules = Rules(here_takes=takes[REGISTER], there_takes=takes[NATIONAL])
        agreed = merge(None, here, there, rules).baseline
        assert agreed is not None
        plain = replace(agreed, acts=frozenset())
        _TEMPLATE.update(
            here=dict(plain.here), there=dict(plain.there), privacy=plain.privacy.value, revision=0, unread=[]
        )
    acts = [f"{REGISTER}:R{n}.{i}" for i in (1, 2)]
    return json.dumps({**_TEMPLATE, "acts": acts}).encode()


async def _copy(conn: Any, table: str, rows: Any) -> None:
    async with conn.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            await copy.write_row(row)
