"""From an act in the register to its arrival at the portal: with nothing else to do, and while much else is on its way.

The act is an official taking up a case, through the register's own interface; the clock runs from the register's answer
until the portal's twin shows the case. The register is asked for changes every second, as the settings of the demo say.
"""

import asyncio
import time
from collections.abc import Iterator
from statistics import median, quantiles

from adapters.demo.stage import Addresses, Stage
from adapters.life.faces import PortalFace, RegisterFace, RegisterTokens
from adapters.life.http import JsonHttp
from adapters.life.script import NATIONAL, REGISTER, Expect, Story
from adapters.life.story import story
from bench.faults import Town, controls_of, plan_all
from bench.table import Row
from bench.town import SEED, hand_in
from connector.app import wired
from connector.clock import SystemClock
from connector.settings import load_settings

LOOK_S = 0.02
PATIENCE_S = 60
GOAL_S = 1.0


async def measure_latency(stage: Stage, at: Addresses, count: int, burden: int) -> list[Row]:
    """Rows for an idle connector, and for one that has ``burden`` other writes for the portal before it."""
    await hand_in(at, burden)
    register = RegisterFace(at.register, RegisterTokens(**at.tokens), SystemClock())
    http = JsonHttp("bench.control", at.national_control, SystemClock())
    portal = PortalFace(NATIONAL, http, SystemClock())
    numbers = iter(range(100_000, 200_000))
    try:
        async with wired(load_settings(stage.config), stage.url, calls=False) as app:
            town = Town(stage=stage, app=app, controls=controls_of(at))
            await plan_all(town, burden)
            async with town.connector():
                idle = [await _one(register, portal, _next(numbers)) for _ in range(count)]
                for name, cases in town.cases.items():
                    await town.go(name, cases)
                loaded = [await _one(register, portal, _next(numbers)) for _ in range(count)]
    finally:
        await register.aclose()
        await http.aclose()
    return [*_rows("idle", idle, goal=True), *_rows(f"behind {2 * burden} others", loaded, goal=False)]


def _next(numbers: Iterator[int]) -> Story:
    """A story that goes up to the national portal, without files."""
    while True:
        one = story(SEED, next(numbers))
        if one.birth == REGISTER and one.expect is Expect.SYNCED and one.twin == NATIONAL and not one.files:
            return one


async def _one(register: RegisterFace, portal: PortalFace, one: Story) -> float:
    """Seconds from the act to its arrival."""
    await register.bear(one)
    case = next(case for case in await register.cases() if case.key == one.key)
    await register.do(one.steps[0], case)
    began = time.perf_counter()
    async with asyncio.timeout(PATIENCE_S):
        # another process is waited for
        while not any(case.key == one.key for case in await portal.cases()):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
    return time.perf_counter() - began


def _rows(name: str, seconds: list[float], *, goal: bool) -> list[Row]:
    return [
        Row(
            name=f"act in the register → portal, {name}, p50",
            unit="s",
            value=median(seconds),
            count=len(seconds),
            at_most=GOAL_S if goal else None,
            note="how often the register is asked (1 s here)",
        ),
        Row(
            name=f"act in the register → portal, {name}, p99",
            unit="s",
            value=quantiles(seconds, n=100, method="inclusive")[98],
            count=len(seconds),
        ),
    ]
