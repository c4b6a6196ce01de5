"""What grows with the number of linked cases, and what must not: memory, and the cost of a pass over 100 changes.

The rows of the live flow are written by COPY (:func:`bench.reconcile.furnish`); the passes run in a process of their
own, whose memory is looked at. A first import reads pairs that are equal on both sides, which are tied and not copied.
"""

import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from bench.reconcile import PAGE, Listing, furnish, opened
from bench.table import Row
from connector.canonical import canonical_json
from connector.case import REGISTER
from connector.clock import SystemClock
from connector.store.embedded import EmbeddedServer
from connector.store.migrate import migrate
from connector.store.tagged import tagged
from connector.sync.context import Context
from connector.sync.observe import observe
from connector.sync.settle import settle
from connector.system import Page, Pong, Record
from tests.integration.core_mapping import NATIONAL

CHANGES = 100
PASSES = 5
FLAT = 1.2
"""A pass over so many changes may take a fifth more among many cases than among few."""

IMPORT_PER_S = 1_000_000 / 3600
"""A million cases in an hour."""


class Changing(Listing):
    """A system that tells of the same cases again, each time with another title."""

    def __init__(self, name: str, count: int) -> None:
        super().__init__(name, count)
        self.feed: list[int] = []

    def record(self, n: int) -> Record:
        """The case with the title of its last change."""
        plain = super().record(n)
        version = str(len(self.feed))
        data = {**plain.data, "title": f"Tiêu đề lần {version}"} if n in self.feed else plain.data
        raw = canonical_json(tagged(data))
        return Record(system=self.name, ref=plain.ref, data=data, raw=raw, version=version)

    async def ping(self) -> Pong:
        """It keeps our time."""
        return Pong(server_time=SystemClock().now())

    async def changes(self, since: str | None) -> AsyncIterator[Page]:
        """What changed since; everything the first time."""
        numbers = self.feed[int(since) :] if since is not None else range(self.count)
        for start in range(0, len(numbers), PAGE):
            some = numbers[start : start + PAGE]
            whole = start + PAGE >= len(numbers)
            yield Page(
                records=tuple(map(self.record, some)), watermark=str(len(self.feed)) if whole else since
            )


def measure_growth(sizes: Sequence[int], imported: int) -> list[Row]:
    """Rows for so many linked cases each, and for a first import of so many pairs."""
    spawn = multiprocessing.get_context("spawn")
    told = {}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="phanhoi-bench-", ignore_cleanup_errors=True) as folder:
            server = EmbeddedServer(Path(folder) / "data")
            url = server.start()
            try:
                migrate(url)
                asyncio.run(_furnish(url, Path(folder), size))
                with spawn.Pool(1) as pool:
                    told[size] = pool.apply(_passes, (url, folder, size))
            finally:
                server.stop()
    return [*_rows(told), _import_row(imported)]


def _rows(told: dict[int, tuple[float, float, float]]) -> list[Row]:
    first = min(told)
    rows = []
    for size, (cpu, wall, peak) in told.items():
        beside = {} if size == first else {f"{first:,} cases": told[first][0] * 1000}
        rows.append(
            Row(
                name=f"pass over {CHANGES} changes among {size:,} linked cases",
                unit="ms CPU",
                value=cpu * 1000,
                count=CHANGES,
                beside=beside,
                at_most=told[first][0] * 1000 * FLAT if size != first else None,
                note=f"{wall * 1000:,.0f} ms by the clock",
            )
        )
        rows.append(Row(name=f"memory with {size:,} linked cases", unit="MB", value=peak, count=size))
    return rows


async def _furnish(url: str, folder: Path, size: int) -> None:
    systems = {name: Changing(name, size) for name in (REGISTER, NATIONAL)}
    async with opened(url, folder, systems) as ctx:
        await furnish(ctx, dict(systems), size)
        async with ctx.db.unit() as unit:
            # as if the passes so far had read everything
            for name in systems:
                await unit.conn.execute(
                    "INSERT INTO watermark (system, value, clock_at) VALUES (%s, '0', now())", (name,)
                )
            await unit.conn.execute(
                "INSERT INTO observation (system, ref, case_id, kind, version, digest, fingerprint, media_type)"
                " SELECT system, ref, case_id, kind, version, print, print, 'application/json' FROM sighting"
            )
        await ctx.db.vacuum(["observation", "link", "case_record", "case_key", "ledger_entry"])


def _passes(url: str, folder: str, size: int) -> tuple[float, float, float]:
    """In a process of its own: processor seconds and seconds of a pass, and peak memory in MB."""
    return asyncio.run(_timed_passes(url, Path(folder), size))


async def _timed_passes(url: str, folder: Path, size: int) -> tuple[float, float, float]:
    systems = {name: Changing(name, size) for name in (REGISTER, NATIONAL)}
    found = []
    async with opened(url, folder, systems) as ctx:
        for _ in range(PASSES + 1):
            for one in systems.values():
                one.feed += range(CHANGES)
            cpu, wall = time.process_time(), time.perf_counter()
            await _pass(ctx)
            found.append((time.process_time() - cpu, time.perf_counter() - wall))
    # the first pass also reads for the first time; what is steady is meant
    cpu, wall = min(found[1:])
    return cpu, wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _pass(ctx: Context) -> None:
    for name in (REGISTER, NATIONAL):
        tally = await observe(ctx, name)
        assert tally.outcome in ("ok", "empty"), tally
    for lane in range(ctx.lanes):
        while await settle(ctx, lane):
            pass


def _import_row(pairs: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="phanhoi-bench-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedServer(Path(folder) / "data")
        url = server.start()
        try:
            migrate(url)
            seconds = asyncio.run(_import(url, Path(folder), pairs))
        finally:
            server.stop()
    return Row(
        name="first import: pairs read on both sides and tied, one process",
        unit="cases/s",
        value=pairs / seconds,
        count=pairs,
        beside={"a million in an hour": IMPORT_PER_S},
        goals={"a million in an hour": 1.0},
        note="one processor",
    )


async def _import(url: str, folder: Path, pairs: int) -> float:
    systems: dict[str, Any] = {name: Changing(name, pairs) for name in (REGISTER, NATIONAL)}
    async with opened(url, folder, systems) as ctx:
        began = time.perf_counter()
        await _pass(ctx)
        seconds = time.perf_counter() - began
        async with ctx.db.reading() as conn:
            row = await (
                await conn.execute("SELECT count(*) AS n FROM link WHERE sealed_baseline IS NOT NULL")
            ).fetchone()
        assert row is not None
        assert row["n"] == pairs, row
    return seconds
