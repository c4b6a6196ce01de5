"""Run the demo: play the stories to their end, wait until the connector rests, compare, report."""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from adapters.demo.guests import account_of, invite_guests
from adapters.demo.stage import Addresses, Stage
from adapters.life.compare import compare
from adapters.life.faces import PortalFace, RegisterFace, RegisterTokens
from adapters.life.http import JsonHttp
from adapters.life.play import Player, PlayOptions
from adapters.life.reading import World
from adapters.life.script import GOVERNMENT, NATIONAL, PORTALS, REGISTER, Story
from adapters.life.story import tell as tell_stories
from adapters.life.verdict import Comparison
from connector.app import load_rules, master_keys
from connector.canonical import digest_bytes
from connector.clock import SystemClock
from connector.console.access.rights import Role
from connector.errors import ConnectorError
from connector.services.log_check import check
from connector.services.overview import overview
from connector.settings import Settings, load_settings
from connector.store import deliveries, quarantine
from connector.store.database import Database
from connector.store.masters import Vault
from connector.texts import say

NOT_CONVERGED = 6
INTERRUPTED = 130
CALM_ROUNDS = 3
STILL_S = 8
"""Longer than every clock of the demo's settings, so that a late change would have shown."""
MORE_STORIES = 50


def run_demo(options: argparse.Namespace) -> int:
    """The whole demo; returns the exit status."""
    out = Console(stderr=True, highlight=False, soft_wrap=True)
    began = time.monotonic()
    out.print(say("demo.starting"))
    # a shell's background job inherits an ignored Ctrl-C; whoever sends it here means it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # a supervisor's stop is a person's stop
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        with Stage(options.folder, options.seed, console=not options.once) as stage:
            addresses = stage.open()
            _invite(out, stage, addresses, once=options.once)
            status = asyncio.run(_play(options, stage, addresses, out, began))
    except KeyboardInterrupt:
        status = INTERRUPTED if options.once else 0
    except ConnectorError as error:
        out.print(f"{error}\n→ {error.next_step[0]}\n→ {error.next_step[1]}", markup=False)
        return error.exit_status
    out.print(say("demo.stopped", folder=options.folder))
    return status


def _invite(out: Console, stage: Stage, at: Addresses, *, once: bool) -> None:
    """Say what to open and try."""
    out.print(say("demo.ready"))
    if once:
        return
    password = asyncio.run(invite_guests(stage.url, load_settings(stage.config)))
    out.print(
        say(
            "demo.console",
            address=f"http://127.0.0.1:{stage.console_port}/",
            accounts=", ".join(map(account_of, Role)),
            password=password,
        ),
        markup=False,
    )
    out.print(say("demo.try"))
    out.print(
        f"""\
  export PHANHOI_CONFIG={stage.config}
  phanhoi status
  phanhoi cases
  phanhoi case show 1
  phanhoi quarantine list
  phanhoi log verify
  phanhoi doctor
  http://127.0.0.1:{stage.metrics_port}/metrics
  {at.register}/api/v1/health
  {at.national_control}/control/cases
  {at.government_control}/control/cases
""",
        markup=False,
    )


async def _play(options: argparse.Namespace, stage: Stage, at: Addresses, out: Console, began: float) -> int:
    # an event and not a cancellation, which asyncio.wait_for may swallow; first of all, so that none gets lost
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        settings = load_settings(stage.config)
        vault = Vault(lambda: master_keys(settings))
        db = Database(stage.url, clock=clock, actor="demo", size=4, vault=vault)
        await db.open()
        stack.push_async_callback(db.close)
        player = await build_player(stack, options, at, clock)
        restarts = await _until_done(options, stage, player, db, settings, out, stop)
        if stop.is_set():
            return INTERRUPTED if options.once else 0
        world = await player.world()
        comparison = compare(player.stories, world)
        result = await result_of(comparison, player, db, settings, stage.url)
        result["restarts"] = restarts
        result["final"] = keep_final(stage.folder, player, world)
        result["seconds"] = round(time.monotonic() - began, 1)
        print_result(result, as_json=options.json, out=out)
        return 0 if result["ok"] else NOT_CONVERGED


async def build_player(
    stack: AsyncExitStack,
    options: argparse.Namespace,
    at: Addresses,
    clock: SystemClock,
    play: PlayOptions | None = None,
) -> Player:
    """Everybody who acts in the stories, with clients that ``stack`` closes."""

    def http(name: str, url: str) -> JsonHttp:
        client = JsonHttp(name, url, clock)
        stack.push_async_callback(client.aclose)
        return client

    tokens = RegisterTokens(**at.tokens)
    register = RegisterFace(at.register, tokens, clock)
    stack.push_async_callback(register.aclose)
    return Player(
        tell_stories(options.seed, options.cases),
        register=register,
        national=PortalFace(NATIONAL, http("national_control", at.national_control), clock),
        government=PortalFace(GOVERNMENT, http("government_control", at.government_control), clock),
        clock=clock,
        options=play or PlayOptions(tick_s=0.5),
    )


@asynccontextmanager
async def at_work(**work: Coroutine[Any, Any, None]) -> AsyncIterator[dict[str, asyncio.Task[None]]]:
    """Let these go on beside the block, by name, and cancel them at its end."""
    tasks = {name: asyncio.create_task(one, name=name) for name, one in work.items()}
    try:
        yield tasks
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


def nobody_failed(work: Iterable[asyncio.Task[None]]) -> None:
    """Raises what one of them ended in."""
    for task in work:
        if task.done():
            task.result()


async def _until_done(
    options: argparse.Namespace,
    stage: Stage,
    player: Player,
    db: Database,
    settings: Settings,
    out: Console,
    stop: asyncio.Event,
) -> int:
    """Play until all stories have ended and the systems rest (``--once``), or until ``stop``."""
    restarts, calm = 0, 0
    until = time.monotonic() + options.minutes * 60
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out) as bar:
        task = bar.add_task(say("demo.progress"), total=len(player.stories))
        while calm < CALM_ROUNDS and not stop.is_set() and not (options.once and time.monotonic() > until):
            status = stage.mend()
            if status is not None:
                restarts += 1
                out.print(say("demo.restarted", code=status))
            progress = await player.tick()
            bar.update(task, completed=progress.settled, total=len(player.stories))
            if progress.finished and not options.once:
                player.add(
                    tell_stories(options.seed, len(player.stories) + MORE_STORIES)[len(player.stories) :]
                )
            elif progress.finished:
                calm = calm + 1 if await rests(player, db, settings) else 0
            await asyncio.sleep(player.options.tick_s)
    return restarts


async def rests(player: Player, db: Database, settings: Settings) -> bool:
    """Nothing is on its way, and the systems' own data agree or will not change any more."""
    try:
        return (
            await overview(db, settings, load_rules(settings).calendar, SystemClock().now())
        ).idle and player.progress.still_s > STILL_S
    except ConnectorError:
        return False


def final_data(stories: Sequence[Story], world: World) -> list[dict[str, Any]]:
    """Where each story ended, by the systems' own words and without ids and times: equal for equal runs."""
    places = {system: world.by_key(system) for system in (REGISTER, *PORTALS)}
    return [
        {
            "story": story.number,
            **{
                system: sorted(case.state or case.status or "" for case in found.get(story.key, []))
                for system, found in places.items()
            },
        }
        for story in stories
    ]


def keep_final(folder: Path, player: Player, world: World) -> str:
    """Write the final data beside the logs; two runs are compared by its digest, or line by line."""
    rows = final_data(player.stories, world)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "final.jsonl").write_text(text, encoding="utf-8")
    return digest_bytes(text.encode())


async def result_of(
    comparison: Comparison, player: Player, db: Database, settings: Settings, url: str
) -> dict[str, Any]:
    """What the run showed. ``converged``, ``lost`` and ``duplicates`` come from the systems' own data alone."""
    found = await overview(db, settings, load_rules(settings).calendar, SystemClock().now())
    async with db.reading() as conn:
        per_target = await deliveries.counts(conn)
        items = await quarantine.listed(conn)
    checked = await asyncio.to_thread(check, url, folder=settings.ledger.checkpoint_folder)
    told = comparison.as_json()
    result = {
        "cases": comparison.cases,
        "linked": comparison.linked,
        "delivered": sum(states.get("done", 0) for states in per_target.values()),
        "duplicates": len(comparison.duplicates),
        "lost": len(comparison.lost),
        "in_doubt": found.in_doubt,
        "quarantined": [
            {"system": item.system, "ref": item.ref, "code": item.code, "reason": item.reason}
            for item in items
        ],
        "quarantine_expected": len(comparison.quarantined),
        "converged": comparison.converged,
        "acts_compared": comparison.acts,
        "ledger_entries": checked.report.checked,
        "ledger_sealed": checked.signed,
        "ledger_ok": checked.ok,
        "stuck": [{"story": number, "reason": reason} for number, reason in player.progress.stuck],
        "differences": told["differences"],
    }
    result["ok"] = bool(
        result["converged"]
        and checked.ok
        and not found.in_doubt
        and not player.progress.stuck
        and len(items) == len(comparison.quarantined)
    )
    return result


def print_result(result: dict[str, Any], *, as_json: bool, out: Console) -> None:
    """For machines on standard output, or for people."""
    if as_json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
        return
    for key, value in result.items():
        out.print(f"{key}: {value}", markup=False)
