"""Cases a second through the real daemon, up and down, with 1, 2 and 4 of them, beside what would be there instead.

Up: cases stand planned in the database; from the moment they are let go until the portal has taken the last one.
Down: cases stand at the portal; from the moment it is asked until the last one is in the register.
Beside it in the same town: the recorded requests sent bare, and a Huey script (:mod:`bench.script`) with as many workers.
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
from pathlib import Path
from typing import Any

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
from bench.town import SEED, another_twin, cases_of, connector, hand_in
from connector.app import wired
from connector.clock import SystemClock
from connector.settings import load_settings
from connector.store import deliveries
from connector.sync.deliver import attempt
from connector.sync.observe import observe

log = structlog.get_logger(__name__)

WORKERS = (1, 2, 4)
SHORT = {"national_portal": "national", "government_portal": "government"}
PATIENCE_S = 120


@dataclass(kw_only=True)
class Rates:
    """Cases a second by what was measured."""

    found: dict[tuple[str, ...], float] = field(default_factory=dict)
    cpu: dict[tuple[str, ...], float] = field(default_factory=dict)


async def measure_sync(
    stage: Stage, at: Addresses, count: int, numbers: Sequence[int] = WORKERS
) -> list[Row]:
    """All rows of the table that are rates, with so many processes each."""
    rounds = 2 * len(numbers) + 1
    await hand_in(at, rounds * count)
    rates = Rates()
    async with wired(load_settings(stage.config), stage.url, calls=False) as app:
        town = Town(stage=stage, app=app, controls=controls_of(at))
        await plan_all(town, rounds * count)
        for portal in PORTALS:
            for workers in numbers:
                cases = [town.cases[portal].pop() for _ in range(count)]
                await _push(town, rates, portal, workers, cases)
        stories = {portal: births(portal) for portal in PORTALS}
        for portal in PORTALS:
            for workers in numbers:
                await _pull(town, rates, portal, workers, [next(stories[portal]) for _ in range(count)])
        await _bare(stage, town, rates, count, stories)
        await _scripts(stage, town, rates, count, stories, numbers)
    return list(_rows(rates, count, numbers))


# ---- the connector ----------------------------------------------------------------------------------------------


async def _push(town: Town, rates: Rates, portal: str, workers: int, cases: list[int]) -> None:
    async with town.connector(workers) as pids:
        load = Load(pids, town.stage.folder)
        began = time.perf_counter()
        await town.go(portal, cases)
        query = "SELECT count(*) AS n FROM delivery WHERE target = %s AND intent = 'create' AND state = 'done' AND case_id = ANY(%s)"
        await town.until(len(cases), query, portal, cases)
        took = time.perf_counter() - began
        spent = load.spent()
    key = ("push", portal, str(workers))
    log.info("measured", key=key, seconds=took)
    rates.found[key] = len(cases) / took
    rates.cpu[key] = spent / len(cases)


async def _pull(town: Town, rates: Rates, portal: str, workers: int, births: list[Story]) -> None:
    scope = f"flow:observe:{portal}"
    await town.sql("INSERT INTO pause (scope, reason, actor, at) VALUES (%s, 'bench', 'bench', now())", scope)
    async with town.connector(workers) as pids:
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
    key = ("pull", portal, str(workers))
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
            with another_twin(stage, portal) as twin:
                sent = list(one.sent[portal].seen)
                seconds = await Replay(address=twin["url"], requests=sent, settings=transport).run()
                assert await cases_of(twin["control_url"]) == count
            rates.found["push", portal, "bare"] = count / seconds
            births = [next(stories[portal]) for _ in range(count)]
            await bear(town.controls[portal], portal, births)
            one.sent[portal].seen.clear()
            began = time.perf_counter()
            tally = await observe(one.ctx, portal)
            rates.found["read", portal] = tally.new / (time.perf_counter() - began)
            sent = list(one.sent[portal].seen)
            with another_twin(stage, portal) as twin:
                await bear(twin["control_url"], portal, births)
                seconds = await Replay(address=twin["url"], requests=sent, settings=transport).run()
            rates.found["read", portal, "bare"] = tally.new / seconds


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
        for workers in numbers:
            cases = [told[town.cases[portal].pop()] for _ in range(count)]
            jobs = [("push", (portal, case)) for case in cases]
            rates.found["push", portal, str(workers), "script"] = await _script(stage, workers, jobs, count)
        for workers in numbers:
            refs = await bear(town.controls[portal], portal, [next(stories[portal]) for _ in range(count)])
            jobs = [("look", (portal, refs))]
            rates.found["pull", portal, str(workers), "script"] = await _script(stage, workers, jobs, count)


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


def _rows(rates: Rates, count: int, numbers: Sequence[int]) -> Iterator[Row]:
    for way in ("push", "pull"):
        for portal in PORTALS:
            for workers in map(str, numbers):
                beside = {"script": rates.found[way, portal, workers, "script"]}
                goals = {"script": 3.0}
                if way == "push" and workers == "1":
                    beside["bare"] = rates.found[way, portal, "bare"]
                    goals["bare"] = 0.5
                yield Row(
                    name=f"{way} {SHORT[portal]}, {workers} process{'es' if workers != '1' else ''}",
                    unit="cases/s",
                    value=rates.found[way, portal, workers],
                    count=count,
                    beside=beside,
                    goals=goals,
                    cpu_s=rates.cpu[way, portal, workers],
                )
    for portal in PORTALS:
        yield Row(
            name=f"read {SHORT[portal]} (kept and folded)",
            unit="cases/s",
            value=rates.found["read", portal],
            count=count,
            beside={"bare": rates.found["read", portal, "bare"]},
            goals={"bare": 0.5},
        )
