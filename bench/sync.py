"""Cases a second through the real daemon, up and down, beside what would be there instead.

Up: cases stand planned in the database; from the moment they are let go until the portal has taken the last one.
Down: cases stand at the portal; from the moment it is asked until the last one is in the register.
Beside it in the same town: the recorded requests sent bare, and a Huey script (:mod:`bench.script`).

Each is measured twice. With a portal that answers after :data:`LATENCY_S`, as real ones do, and bears so many calls at a
time: there it shows whether the connector keeps up, and the goals are judged. And with a portal that answers at once on
the same cores, with 1, 2 and 4 processes: there it shows what a case costs and where one machine ends.
"""

import asyncio
import os
import pickle
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count as counting
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import structlog

from adapters.demo.stage import Addresses, Stage
from adapters.life.faces import PortalFace
from adapters.life.http import JsonHttp
from adapters.life.script import PORTALS, REGISTER, Expect, Story
from adapters.life.story import story
from bench.faults import Town, controls_of, plan_all
from bench.load import Load
from bench.replay import Replay
from bench.table import Row
from bench.town import SEED, Connector, another_twin, cases_of, connector, hand_in
from connector.app import wired
from connector.clock import SystemClock
from connector.settings import load_settings
from connector.store import deliveries
from connector.sync.deliver import attempt
from connector.sync.observe import observe

log = structlog.get_logger(__name__)

WORKERS = (1, 2, 4)
LATENCY_S = 0.1
"""How long a portal takes to answer; 50 to 300 ms are usual over the provinces' network."""
REAL = f"at {LATENCY_S * 1000:g} ms"
AT_ONCE = ""
PACES = {REAL: LATENCY_S, AT_ONCE: 0.0}
"""Name → how long the portal takes."""
SHORT = {"national_portal": "national", "government_portal": "government"}
PATIENCE_S = 120


@dataclass(kw_only=True)
class Rates:
    """Cases a second by what was measured: pace, way, portal, and beside what."""

    found: dict[tuple[str, ...], float] = field(default_factory=dict)
    cpu: dict[tuple[str, ...], float] = field(default_factory=dict)


async def measure_sync(
    stage: Stage, at: Addresses, count: int, numbers: Sequence[int] = WORKERS
) -> list[Row]:
    """All rows of the table that are rates, with so many processes each."""
    rounds = 2 * (len(numbers) + 1) + 1
    await hand_in(at, rounds * count)
    rates = Rates()
    async with wired(load_settings(stage.config), stage.url, calls=False) as app:
        town = Town(stage=stage, app=app, controls=controls_of(at))
        await plan_all(town, rounds * count)
        stories = {portal: births(portal) for portal in PORTALS}
        for portal in PORTALS:
            for pace, workers in [(REAL, 1), *((AT_ONCE, number) for number in numbers)]:
                cases = [town.cases[portal].pop() for _ in range(count)]
                async with paced(town.controls[portal], pace):
                    await _push(town, rates, (pace, "push", portal, str(workers)), cases)
                    born = [next(stories[portal]) for _ in range(count)]
                    await _pull(town, rates, (pace, "pull", portal, str(workers)), born)
        await _bare(stage, town, rates, count, stories)
        await _scripts(stage, town, rates, count, stories, numbers)
    return list(_rows(rates, count, numbers))


@asynccontextmanager
async def paced(control: str, pace: str) -> AsyncIterator[None]:
    """A twin takes so long for each call until the block ends."""
    async with httpx.AsyncClient(base_url=control) as http:
        (await http.patch("/control/profile", json={"latency_s": PACES[pace]})).raise_for_status()
        try:
            yield
        finally:
            (await http.patch("/control/profile", json={"latency_s": 0})).raise_for_status()


# ---- the connector ----------------------------------------------------------------------------------------------


Key = tuple[str, str, str, str]
"""Pace, way, portal, number of processes."""


async def _push(town: Town, rates: Rates, key: Key, cases: list[int]) -> None:
    portal = key[2]
    async with town.connector(int(key[3])) as pids:
        load = Load(pids, town.stage.folder)
        began = time.perf_counter()
        await town.go(portal, cases)
        query = "SELECT count(*) AS n FROM delivery WHERE target = %s AND intent = 'create' AND state = 'done' AND case_id = ANY(%s)"
        await town.until(len(cases), query, portal, cases)
        took = time.perf_counter() - began
        spent = load.spent()
    log.info("measured", key=key, seconds=took)
    rates.found[key] = len(cases) / took
    rates.cpu[key] = spent / len(cases)


async def _pull(town: Town, rates: Rates, key: Key, births: list[Story]) -> None:
    portal = key[2]
    scope = f"flow:observe:{portal}"
    await town.sql("INSERT INTO pause (scope, reason, actor, at) VALUES (%s, 'bench', 'bench', now())", scope)
    async with town.connector(int(key[3])) as pids:
        refs = await bear(town.controls[portal], portal, births)
        load = Load(pids, town.stage.folder)
        began = time.perf_counter()
        await town.sql("DELETE FROM pause WHERE scope = %s", scope)
        async with town.app.ctx.db.unit() as unit:
            unit.wake("observe", system=portal)
        query = """
            SELECT count(*) AS n FROM link AS there JOIN link AS here USING (case_id)
            WHERE there.system = %s AND here.system = 'register' AND there.ref = ANY(%s)
            """
        await town.until(len(refs), query, portal, refs)
        took = time.perf_counter() - began
        spent = load.spent()
    log.info("measured", key=key, seconds=took)
    rates.found[key] = len(refs) / took
    rates.cpu[key] = spent / len(refs)


def births(portal: str) -> Iterator[Story]:
    """Stories that begin at a portal and end on both sides, without files."""
    for number in counting(1):
        one = story(SEED, number)
        if one.birth == portal and one.expect is Expect.SYNCED and not one.files:
            yield one


async def bear(control: str, portal: str, births: list[Story]) -> list[str]:
    """Enter them at the portal; their references there."""
    http = JsonHttp("bench.control", control, SystemClock())
    try:
        face = PortalFace(portal, http, SystemClock())
        before = {one.ref for one in await face.cases(whole=True)}
        for one in births:
            await face.bear(one)
        return sorted({one.ref for one in await face.cases(whole=True)} - before)
    finally:
        await http.aclose()


# ---- bare -------------------------------------------------------------------------------------------------------


async def _bare(
    stage: Stage, town: Town, rates: Rates, count: int, stories: Mapping[str, Iterator[Story]]
) -> None:
    """The same requests, recorded from this process, with nothing around them."""
    async with connector(stage) as one:
        for portal in PORTALS:
            transport = one.ctx.settings.systems[portal].transport
            items = await _items(one.ctx, portal, [town.cases[portal].pop() for _ in range(count)])
            one.sent[portal].seen.clear()
            await asyncio.gather(*(attempt(one.ctx, one.ctx.systems[portal], item) for item in items))
            sent = list(one.sent[portal].seen)
            for pace in PACES:
                with another_twin(stage, portal) as twin:
                    async with paced(twin["control_url"], pace):
                        seconds = await Replay(address=twin["url"], requests=sent, settings=transport).run()
                    assert await cases_of(twin["control_url"]) == count
                rates.found[pace, "push", portal, "bare"] = count / seconds
                await _read(
                    stage, town, one, rates, (pace, portal), [next(stories[portal]) for _ in range(count)]
                )


async def _read(
    stage: Stage, town: Town, one: Connector, rates: Rates, key: tuple[str, str], births: list[Story]
) -> None:
    """Listed, fetched, kept and folded into cases; and the same requests bare."""
    pace, portal = key
    await bear(town.controls[portal], portal, births)
    one.sent[portal].seen.clear()
    async with paced(town.controls[portal], pace):
        began = time.perf_counter()
        tally = await observe(one.ctx, portal)
        rates.found[pace, "read", portal] = tally.new / (time.perf_counter() - began)
    sent = list(one.sent[portal].seen)
    settings = one.ctx.settings.systems[portal].transport
    with another_twin(stage, portal) as twin:
        await bear(twin["control_url"], portal, births)
        async with paced(twin["control_url"], pace):
            seconds = await Replay(address=twin["url"], requests=sent, settings=settings).run()
    rates.found[pace, "read", portal, "bare"] = tally.new / seconds


async def _items(ctx: Any, portal: str, cases: list[int]) -> list[deliveries.Delivery]:
    async with ctx.db.reading() as conn:
        rows = [item for case_id in cases for item in await deliveries.of_case(conn, case_id, portal)]
    return [item for item in rows if item.intent.value == "create"]


# ---- the script -------------------------------------------------------------------------------------------------


async def _scripts(
    stage: Stage,
    town: Town,
    rates: Rates,
    count: int,
    stories: Mapping[str, Iterator[Story]],
    numbers: Sequence[int],
) -> None:
    told = await _told(town)
    for portal in PORTALS:
        # a worker of the script makes one call at a time: it gets as many as the portal bears
        places = town.app.ctx.settings.systems[portal].transport.max_concurrency
        for pace, workers in [(REAL, places), *((AT_ONCE, number) for number in numbers)]:
            beside = (str(workers) if pace == AT_ONCE else "1", "script")
            async with paced(town.controls[portal], pace):
                cases = [told[town.cases[portal].pop()] for _ in range(count)]
                jobs: list[tuple[str, tuple[Any, ...]]] = [("push", (portal, case)) for case in cases]
                rates.found[pace, "push", portal, *beside] = await _script(stage, workers, jobs, count)
                born = [next(stories[portal]) for _ in range(count)]
                refs = await bear(town.controls[portal], portal, born)
                jobs = [("look", (portal, refs))]
                rates.found[pace, "pull", portal, *beside] = await _script(stage, workers, jobs, count)


async def _told(town: Town) -> dict[int, dict[str, Any]]:
    """Each case as the register tells it."""
    async with wired(load_settings(town.stage.config), town.stage.url) as app, app.ctx.db.reading() as conn:
        rows = await (
            await conn.execute("SELECT ref, case_id FROM link WHERE system = %s", (REGISTER,))
        ).fetchall()
        ids = {row["ref"]: row["case_id"] for row in rows}
        return {
            ids[record.ref]: dict(record.data)
            async for page in app.ctx.systems[REGISTER].changes(None)
            for record in page.records
            if record.ref in ids
        }


async def _script(stage: Stage, workers: int, jobs: list[tuple[str, tuple[Any, ...]]], count: int) -> float:
    """Cases a second, from the first task being written down until the last case is done."""
    folder = stage.folder / f"script-{time.monotonic_ns()}"
    folder.mkdir()
    async with _consumer(stage, folder, workers):
        command = [sys.executable, "-c", _PRODUCER]
        process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(stage, folder)
        )
        out, _ = await asyncio.wait_for(process.communicate(pickle.dumps((jobs, count))), PATIENCE_S)
        return count / float(out)


_PRODUCER = """
import pickle, sys, time
from bench import script
jobs, count = pickle.load(sys.stdin.buffer)
began = time.perf_counter()
for name, given in jobs:
    getattr(script, name)(*given)
while script.count() < count:
    time.sleep(0.02)
print(time.perf_counter() - began)
"""


@asynccontextmanager
async def _consumer(stage: Stage, folder: Path, workers: int) -> AsyncIterator[None]:
    """Huey's own program, warm: each of its processes has its clients before the clock runs."""
    options = ["bench.script.huey", "-w", str(workers), "-k", "process", "-d", "0.02", "-m", "0.1", "-q"]
    with (folder / "huey.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "huey.bin.huey_consumer",
            *options,
            stdout=log,
            stderr=log,
            env=_environment(stage, folder),
        )
    try:
        while _warm(folder) < workers:
            await asyncio.sleep(0.05)
            if process.returncode is not None:
                msg = f"the script's consumer ended; see {folder / 'huey.log'}"
                raise RuntimeError(msg)
        yield
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


def _warm(folder: Path) -> int:
    return len(list(folder.glob("warm-*")))


def _environment(stage: Stage, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        **stage.secrets(),
        "BENCH_SCRIPT_FOLDER": str(folder),
        "BENCH_SCRIPT_CONFIG": str(stage.config),
    }


# ---- rows -------------------------------------------------------------------------------------------------------


FLOORS: Mapping[tuple[str, str, str], float] = {
    ("push", "national_portal", "bare"): 0.04,
    ("push", "government_portal", "bare"): 0.1,
}
"""What was reached beside a portal that answers at once (way, portal, beside what): less than two thirds is a loss."""


def _rows(rates: Rates, count: int, numbers: Sequence[int]) -> Iterator[Row]:
    for way, portal in product(("push", "pull"), PORTALS):
        for pace, workers in [(REAL, "1"), *((AT_ONCE, str(number)) for number in numbers)]:
            beside = {"script": rates.found[pace, way, portal, workers, "script"]}
            if way == "push" and workers == "1":
                beside["bare"] = rates.found[pace, way, portal, "bare"]
            yield Row(
                name=_named(way, portal, pace, f"{workers} process{'es' if workers != '1' else ''}"),
                unit="cases/s",
                value=rates.found[pace, way, portal, workers],
                count=count,
                beside=beside,
                goals=_goals(way, portal, pace, beside),
                cpu_s=rates.cpu[pace, way, portal, workers],
                note=_limit(way, pace),
            )
    for portal, pace in product(PORTALS, PACES):
        beside = {"bare": rates.found[pace, "read", portal, "bare"]}
        yield Row(
            name=_named("read", portal, pace, "kept and folded"),
            unit="cases/s",
            value=rates.found[pace, "read", portal],
            count=count,
            beside=beside,
            goals=_goals("read", portal, pace, beside),
            note=_limit("read", pace),
        )


def _limit(way: str, pace: str) -> str:
    if pace == AT_ONCE:
        return "this machine's processors"
    return (
        "the calls that the portal bears at a time" if way == "push" else "one reader a portal, page by page"
    )


def _named(way: str, portal: str, pace: str, more: str) -> str:
    return ", ".join([f"{way} {SHORT[portal]} {pace or 'at once'}", more])


def _goals(way: str, portal: str, pace: str, beside: Mapping[str, float]) -> dict[str, float]:
    """The goals hold where a portal takes its time; where it takes none, what was reached is not to be lost."""
    if pace == REAL:
        return {other: {"script": 3.0, "bare": 0.5}[other] for other in beside}
    return {other: FLOORS[way, portal, other] for other in beside if (way, portal, other) in FLOORS}
