"""``make nodes``: several connectors on hosts of their own over one database; hosts are cut off and killed in mid-work.

The same stage, stories and judge as the soak. Register, portals and PostgreSQL run on this machine; each connector in a
network namespace, with its own address, gateway and name. At seeded moments one of them loses its cable, is killed, or
is told to stop; it is healed or started again as a supervisor would, and at the end the three systems' own data must
agree. Printed is, besides that, how many writes a second were completed before, during and after.
"""

import argparse
import asyncio
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from adapters.demo.chronicle import Chronicle, chronicles, repeated_effects
from adapters.demo.hosts import Hosts
from adapters.demo.person import Person
from adapters.demo.run import (
    CALM_ROUNDS,
    INTERRUPTED,
    NOT_CONVERGED,
    at_work,
    build_player,
    keep_final,
    nobody_failed,
    print_result,
    rests,
    result_of,
)
from adapters.demo.stage import Addresses, Program, Stage, refresh_pace
from adapters.demo.storm import Fleet, Storm
from adapters.life.compare import compare
from adapters.life.play import Player, PlayOptions
from connector.app import wired
from connector.clock import SystemClock
from connector.errors import ConnectorError
from connector.ledger.entry import EntryKind
from connector.logs import log_to_stderr
from connector.settings import Settings, load_settings
from connector.store.database import Database

TICK_S = 0.5
TELL_EVERY_S = 30.0
CONNECTIONS = 400
"""Each connector keeps up to some seventy of them; PostgreSQL's own default is a hundred in all."""

SHORT = """
[systems.{name}.transport]
plain_http_hosts = ["{host}"]
file_networks = ["{network}"]
read_timeout_s = 10
retry_base_s = 0.1
breaker_reset_s = 2
max_concurrency = 12
"""

PATIENT = {"PHANHOI_WORK__HEARTBEAT_S": "2", "PHANHOI_WORK__STALLED_AFTER_S": "15"}
"""Half the time of the shipped settings, so that a take-over comes while a cable is out."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 only if the promise held; 6: it did not; 2: no hosts can be made here; 130: interrupted."""
    options = _parser().parse_args(argv)
    out = Console(stderr=True, highlight=False, soft_wrap=True)
    log_to_stderr(logging.ERROR)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        with ExitStack() as stack:
            hosts = stack.enter_context(Hosts(options.nodes))
            stage = stack.enter_context(_stage(options, hosts))
            at, fleet = _fleet(stage, hosts)
            os.environ.update(stage.secrets())
            return asyncio.run(_run(options, stage, at, fleet, out))
    except KeyboardInterrupt:
        return INTERRUPTED
    except ConnectorError as error:
        out.print(f"{error}\n→ {error.next_step[0]}\n→ {error.next_step[1]}", markup=False)
        return error.exit_status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make nodes", description=__doc__)
    add = parser.add_argument
    add("--cases", type=int, default=200, help="số hồ sơ / number of cases (default 200)")
    add("--nodes", type=int, default=3, help="số máy / number of hosts (default 3)")
    add(
        "--blows", type=int, help="số lần cắt mạng, kill / cuts and kills (default: one in 25 cases, 3 to 60)"
    )
    add("--seed", type=int, default=1, help="cùng số cho cùng câu chuyện / same seed, same stories")
    add("--folder", type=Path, default=Path("var/nodes"), help="thư mục dữ liệu, bị xóa / wiped at start")
    add("--minutes", type=float, default=1440, help="bỏ cuộc sau / give up after (default: a day)")
    return parser


def _stage(options: argparse.Namespace, hosts: Hosts) -> Stage:
    return Stage(
        options.folder,
        options.seed,
        refresh_s=refresh_pace(options.cases),
        address=hosts.address,
        file_hosts=hosts.addresses,
    )


def _fleet(stage: Stage, hosts: Hosts) -> tuple[Addresses, Fleet]:
    """Open the database to the hosts, and start a connector on each."""
    password = secrets.token_urlsafe(18)
    stage.server.listen(hosts.address, hosts.network, password, CONNECTIONS)
    at = stage.furnish()
    with stage.config.open("a", encoding="utf-8") as config:
        for name in ("national_portal", "government_portal"):
            config.write(SHORT.format(name=name, host=hosts.address, network=hosts.network))
    url = f"postgresql://postgres:{password}@{hosts.address}/postgres"
    programs = [_node(stage, hosts, number, url) for number in range(len(hosts.names))]
    for program in programs:
        program.wait_ready()
    return at, Fleet(programs=tuple(programs), hosts=hosts)


def _node(stage: Stage, hosts: Hosts, number: int, url: str) -> Program:
    address = hosts.addresses[number]
    own = {
        **stage.secrets(),
        **PATIENT,
        "PHANHOI_NODE": f"may-{number + 1}",
        "PHANHOI_DATABASE__URL": url,
        "PHANHOI_SYSTEMS__REGISTER__ADAPTER__DATABASE_URL": url,
        "PHANHOI_GATEWAY__HOST": address,
        "PHANHOI_GATEWAY__PORT": "8090",
        "PHANHOI_GATEWAY__PUBLIC_BASE": f"http://{address}:8090",
    }
    arguments = ["--config", str(stage.config), "daemon"]
    return stage.program(f"may-{number + 1}", arguments, own, hosts.within(number))


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Everybody who takes part."""

    player: Player
    person: Person
    storm: Storm
    chronicles: tuple[Chronicle, ...]
    db: Database
    settings: Settings

    def share_done(self) -> float:
        """Share of all steps of all stories that are done."""
        return self.player.progress.share_done


async def _run(options: argparse.Namespace, stage: Stage, at: Addresses, fleet: Fleet, out: Console) -> int:
    began = time.monotonic()
    blows = min(60, max(3, options.cases // 25)) if options.blows is None else options.blows
    async with AsyncExitStack() as stack:
        cast = await _cast(stack, options, blows, stage, at, fleet)
        async with at_work(
            storm=cast.storm.work(cast.share_done),
            supervisor=fleet.mend(),
            person=cast.person.work(),
            **{one.name: one.work() for one in cast.chronicles},
        ) as work:
            await _until_rest(options, cast, work, out)
        result = await _result(options, stage, cast, fleet)
        result["ok"] = result["ok"] and len(cast.storm.blows) == blows
    result["seconds"] = round(time.monotonic() - began, 1)
    print_result(result, as_json=True, out=out)
    return 0 if result["ok"] else NOT_CONVERGED


async def _cast(
    stack: AsyncExitStack,
    options: argparse.Namespace,
    blows: int,
    stage: Stage,
    at: Addresses,
    fleet: Fleet,
) -> Cast:
    clock = SystemClock()
    settings = load_settings(stage.config)
    app = await stack.enter_async_context(wired(settings, stage.url, clock=clock))
    play = PlayOptions(tick_s=TICK_S, most_open=max(200, options.cases // 10))

    return Cast(
        player=await build_player(stack, options, at, clock, play),
        person=Person(app.ctx, retries=False),
        storm=Storm(fleet, clock, seed=options.seed, count=blows),
        chronicles=chronicles(stack, at, clock),
        db=app.ctx.db,
        settings=settings,
    )


async def _until_rest(
    options: argparse.Namespace, cast: Cast, work: dict[str, asyncio.Task[None]], out: Console
) -> None:
    """Play to the end of all stories and all blows, and wait for rest."""
    calm, told_at = 0, 0.0
    until = time.monotonic() + options.minutes * 60
    while calm < CALM_ROUNDS and time.monotonic() < until:
        progress = await cast.player.tick()
        if time.monotonic() > told_at + TELL_EVERY_S:
            told_at = time.monotonic()
            out.print(
                f"{progress.settled}/{progress.stories} settled, {progress.share_done:.0%} of all steps,"
                f" {len(cast.storm.blows)} blows, still for {progress.still_s:.0f} s, waiting: {progress.waiting}"
            )
        nobody_failed(work.values())
        if progress.finished and work["storm"].done():
            calm = calm + 1 if await rests(cast.player, cast.db, cast.settings) else 0
        await asyncio.sleep(TICK_S)


async def _result(options: argparse.Namespace, stage: Stage, cast: Cast, fleet: Fleet) -> dict[str, Any]:
    """The demo's result, and what only this run has. ``ok`` says whether the promise held."""
    world = await cast.player.world()
    comparison = compare(cast.player.stories, world)
    result = await result_of(comparison, cast.player, cast.db, cast.settings, stage.url)
    repeated = await repeated_effects(cast.chronicles)
    async with cast.db.reading() as conn:
        row = await (
            await conn.execute(
                "SELECT count(*) AS n FROM ledger_entry WHERE kind = %s", (EntryKind.TAKEN_OVER.value,)
            )
        ).fetchone()
    result |= {
        "nodes": options.nodes,
        "seed": options.seed,
        "effects_repeated": repeated,
        "final": keep_final(stage.folder, cast.player, world),
        "blows": [one.as_json() for one in cast.storm.blows],
        "taken_over": row["n"] if row else 0,
        "ended_by_themselves": dict(sorted(fleet.ended.items())),
        "throughput": await cast.storm.throughput(cast.db),
    }
    result["ok"] = result["ok"] and not repeated
    return result


if __name__ == "__main__":
    sys.exit(main())
