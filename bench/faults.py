"""Isolation: how fast writes go through to one portal while the other is dead, slow or throttling, against it being idle.

The connector runs as a program of its own, as in production. Rounds with and without the fault alternate, so that a
machine that is slow for a while is slow for both.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from adapters.demo.stage import Addresses, Program, Stage, free_port
from adapters.life.script import PORTALS, REGISTER
from bench.result import Measured
from bench.town import hand_in
from connector.app import App, wired
from connector.settings import load_settings
from connector.store.deliveries import OPEN

LATER = timedelta(days=1)
PATIENCE_S = 120

CALM: Mapping[str, Any] = {"latency_s": 0, "rate_limit": 0}
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "dead": {},
    "throttling (5 calls a minute)": {"rate_limit": 5},
    "slow (60 s a call)": {"latency_s": 60},
}
"""Switches of the twin; ``dead``: nobody listens on its port."""


@dataclass(kw_only=True)
class Town:
    """What the rounds share. ``cases`` are those whose writes wait to be let go, by portal."""

    stage: Stage
    app: App
    controls: Mapping[str, str]
    cases: dict[str, list[int]] = field(default_factory=dict)

    async def sql(self, text: str, *values: object) -> list[dict[str, Any]]:
        """One statement."""
        async with self.app.ctx.db.unit() as unit:
            cursor = await unit.conn.execute(text.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def go(self, portal: str, cases: list[int]) -> None:
        """Their writes to this portal are due now."""
        ctx = self.app.ctx
        async with ctx.db.unit() as unit:
            await unit.conn.execute(
                """
                UPDATE delivery SET next_attempt_at = %s, state = 'planned'
                WHERE target = %s AND case_id = ANY(%s) AND state = ANY(%s)
                """,
                (ctx.clock.now(), portal, cases, list(OPEN)),
            )
            for case_id in cases:
                unit.wake("deliver", system=portal, source=REGISTER, lane=ctx.lane(case_id))

    async def put_off(self, portal: str, cases: list[int]) -> None:
        """None of their writes is due."""
        await self.sql(
            "UPDATE delivery SET next_attempt_at = %s WHERE target = %s AND case_id = ANY(%s)",
            self.app.ctx.clock.now() + LATER,
            portal,
            cases,
        )

    async def all_done(self, portal: str, cases: list[int]) -> None:
        """Wait until none of their writes is open."""
        query = (
            "SELECT count(*) AS n FROM delivery WHERE target = %s AND case_id = ANY(%s) AND state = ANY(%s)"
        )
        await self.until(0, query, portal, cases, list(OPEN))

    async def until(self, number: int, query: str, *values: object) -> None:
        """Wait until a query counts so many."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if (await self.sql(query, *values))[0]["n"] == number:
                    return
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def fault(self, portal: str, switches: Mapping[str, Any]) -> AsyncIterator[None]:
        """The portal misbehaves until the block ends."""
        async with httpx.AsyncClient(base_url=self.controls[portal]) as http:
            if switches:
                (await http.patch("/control/profile", json=dict(switches))).raise_for_status()
            else:
                (await http.post("/control/refuse", json={"for_s": 3600})).raise_for_status()
            try:
                yield
            finally:
                (await http.patch("/control/profile", json=dict(CALM))).raise_for_status()
                (await http.post("/control/refuse", json={"for_s": 0.01})).raise_for_status()

    @asynccontextmanager
    async def connector(self, count: int = 1) -> AsyncIterator[list[int]]:
        """So many daemons, with closed circuits, that have read the register and settled what it told; their pids."""
        programs = [self._daemon(number) for number in range(count)]
        try:
            for program in programs:
                program.start()
            for program in programs:
                await asyncio.to_thread(program.wait_ready)
            await self.until(0, "SELECT count(*) AS n FROM case_record WHERE dirty_at IS NOT NULL")
            yield [program.process.pid for program in programs if program.process]
        finally:
            # not stopped in order: calls of a slow portal would be waited for
            for process in [program.process for program in programs if program.process]:
                process.kill()
                await asyncio.to_thread(process.wait)
            # their lanes need not be found dead first; losing these loses nothing
            await self.sql("DELETE FROM procrastinate_jobs")

    def _daemon(self, number: int) -> Program:
        own = {"PHANHOI_NODE": f"node-{number}", "PHANHOI_GATEWAY__PORT": str(free_port())}
        options = ["--config", str(self.stage.config), "daemon"]
        return Program(f"daemon-{number}", self.stage.folder, options, {**self.stage.secrets(), **own})


async def measure_faults(stage: Stage, at: Addresses, count: int, repeats: int) -> list[Measured]:
    """Each portal in each fault, ``count`` cases of the other portal a round, so many pairs of rounds for each fault."""
    rounds = 2 * repeats * len(FAULTS)
    await hand_in(at, (rounds + 1) * count)
    controls = controls_of(at)
    async with wired(load_settings(stage.config), stage.url, calls=False) as app:
        town = Town(stage=stage, app=app, controls=controls)
        await plan_all(town, (rounds + 1) * count)
        found = []
        for sick, well in (PORTALS, tuple(reversed(PORTALS))):
            burden = [town.cases[sick].pop() for _ in range(count)]
            found += [await _compare(town, sick, well, name, burden, repeats) for name in FAULTS]
        return found


def controls_of(at: Addresses) -> dict[str, str]:
    """Where each twin takes orders."""
    return {"national_portal": at.national_control, "government_portal": at.government_control}


async def plan_all(town: Town, count: int) -> None:
    """Let the connector read and plan, but deliver nothing yet."""
    for portal in PORTALS:
        await town.sql(
            "INSERT INTO pause (scope, reason, actor, at) VALUES (%s, 'bench', 'bench', now())",
            f"flow:deliver:{portal}",
        )
    creations = "FROM delivery WHERE target = %s AND intent = 'create'"
    async with town.connector():
        for portal in PORTALS:
            await town.until(count, f"SELECT count(*) AS n {creations}", portal)
    for portal in PORTALS:
        rows = await town.sql(f"SELECT case_id {creations} ORDER BY 1", portal)
        town.cases[portal] = [row["case_id"] for row in rows]
        await town.put_off(portal, town.cases[portal])
    await town.sql("DELETE FROM pause")


async def _compare(town: Town, sick: str, well: str, name: str, burden: list[int], repeats: int) -> Measured:
    seconds = {True: 0.0, False: 0.0}
    writes = 0
    for number in range(repeats):
        # first the one, then the other: a machine that grows slower or faster does so for both
        for faulty in (False, True) if number % 2 == 0 else (True, False):
            cases = [town.cases[well].pop() for _ in burden]
            if faulty:
                async with town.fault(sick, FAULTS[name]):
                    took, done = await _round(town, well, cases, sick, burden)
                await town.put_off(sick, burden)
                writes += done
            else:
                took, done = await _round(town, well, cases)
            seconds[faulty] += took / done
    return Measured(
        name=f"deliver to {well}, {sick} {name}",
        unit="writes",
        count=writes,
        seconds=seconds[True] * writes / repeats,
        baseline=f"{sick} idle",
        baseline_seconds=seconds[False] * writes / repeats,
    )


async def _round(
    town: Town, well: str, cases: list[int], sick: str | None = None, burden: list[int] | None = None
) -> tuple[float, int]:
    """Seconds until all writes of these cases are done, and how many they were."""
    async with town.connector():
        if sick is not None and burden:
            await town.go(sick, burden)
        began = time.perf_counter()
        await town.go(well, cases)
        await town.all_done(well, cases)
        took = time.perf_counter() - began
    query = "SELECT count(*) AS n FROM delivery WHERE target = %s AND case_id = ANY(%s) AND state = 'done'"
    return took, int((await town.sql(query, well, cases))[0]["n"])
