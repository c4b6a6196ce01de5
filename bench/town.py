"""The stage of the measurements: the demo's programs, and the connector's own parts in this process."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.demo.stage import Addresses, Program, Stage
from adapters.life.faces import RegisterFace, RegisterTokens
from adapters.life.http import JsonHttp
from adapters.life.script import PORTALS, REGISTER, Expect, Story
from adapters.life.story import story
from bench.replay import Recorder
from connector.app import adapter_settings, load_mappings, load_rules, master_keys
from connector.clock import SystemClock
from connector.settings import load_settings
from connector.store.database import Database
from connector.store.masters import Vault
from connector.sync.context import Context
from connector.system import Surroundings, System
from connector.transport import HttpClient

SEED = 1
RARELY_S = 86_400
"""As shipped: open cases are read again each day. Twice a minute, as in the demo, would be measured along with everything."""


@dataclass(frozen=True, kw_only=True)
class Connector:
    """The four steps' surroundings, and what goes over the wire."""

    ctx: Context
    sent: dict[str, Recorder]


@contextmanager
def town(folder: Path) -> Iterator[tuple[Stage, Addresses]]:
    """Database, register and twins as programs of their own; the connector's settings in the environment."""
    with Stage(folder, SEED, refresh_s=RARELY_S) as stage:
        at = stage.furnish()
        before = dict(os.environ)
        os.environ.update(stage.secrets())
        try:
            yield stage, at
        finally:
            os.environ.clear()
            os.environ.update(before)


@asynccontextmanager
async def connector(stage: Stage) -> AsyncIterator[Connector]:
    """As the daemon wires it, but for the clock and the queue, and with a recorder on each client."""
    settings = load_settings(stage.config)
    clock = SystemClock()
    mappings, policy = load_mappings(settings)
    rules = load_rules(settings)
    sent: dict[str, Recorder] = {}
    systems: dict[str, System] = {}
    async with AsyncExitStack() as stack:
        for name, (plugin, own) in adapter_settings(settings).items():
            transport = settings.systems[name].transport
            sent[name] = Recorder(transport)
            http = HttpClient(name, transport, clock, transport=sent[name])
            stack.push_async_callback(http.aclose)
            systems[name] = plugin.build(own, Surroundings(http=http, clock=clock, rules=rules))
            stack.push_async_callback(systems[name].aclose)
        db = Database(
            stage.url, clock=clock, actor="bench", size=20, vault=Vault(lambda: master_keys(settings))
        )
        await db.open()
        stack.push_async_callback(db.close)
        ctx = Context(
            settings=settings, clock=clock, db=db, systems=systems, mappings=mappings, policy=policy
        )
        yield Connector(ctx=ctx, sent=sent)


@contextmanager
def another_twin(stage: Stage, name: str) -> Iterator[dict[str, Any]]:
    """A second, fresh twin with the same seed and password; its addresses."""
    kind = name.removesuffix("_portal")
    secret = stage.secrets()[f"PHANHOI_SYSTEMS__{name.upper()}__ADAPTER__PASSWORD"]
    options = ["twin", kind, "--seed", str(SEED), "--password-env", "BENCH_PASSWORD"]
    program = Program(f"{kind}-again", stage.folder, options, {"BENCH_PASSWORD": secret})
    program.start()
    try:
        yield program.wait_ready()
    finally:
        program.stop()


async def cases_of(control_url: str) -> int:
    """How many cases a twin holds."""
    http = JsonHttp("control", control_url, SystemClock())
    try:
        dump = await http.get("/control/cases")
    finally:
        await http.aclose()
    return len(dump["cases"] if isinstance(dump, dict) else dump)


async def hand_in(at: Addresses, count: int) -> None:
    """So many cases for each portal, without files, entered in the register and taken up by an official there."""
    register = RegisterFace(at.register, RegisterTokens(**at.tokens), SystemClock())
    try:
        stories = {one.key: one for one in _upward(count)}
        for one in stories.values():
            await register.bear(one)
        for case in await register.cases(whole=True):
            if case.key in stories:
                await register.do(stories[case.key].steps[0], case)
    finally:
        await register.aclose()


def _upward(count: int) -> Iterator[Story]:
    wanted = dict.fromkeys(PORTALS, count)
    number = 0
    while any(wanted.values()):
        number += 1
        one = story(SEED, number)
        fits = one.birth == REGISTER and one.expect is Expect.SYNCED and not one.files
        if fits and wanted.get(one.twin or ""):
            wanted[str(one.twin)] -= 1
            yield one
