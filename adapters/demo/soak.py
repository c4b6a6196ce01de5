"""``make soak``: many cases, misbehaving portals, a connector that is killed again and again; is the promise kept?

The same stage, stories and judge as the demo. Both twins run with a fault profile; the connector dies by SIGKILL at
random moments and is started again. Under ``storm`` all faults must heal by themselves, and the person at the keyboard
only lets go on what a guard holds. A profile with faults that wait for a person by design (``worst``) is given that
person for the quarantine as well: the claim is that nothing was lost or doubled, not that nobody was needed.

Once the stories have ended the twins are healed, so that what was read in vain a moment ago can be brought to its end; the
judge looks at still water.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from adapters.demo.chronicle import Chronicle, chronicles, repeated_effects
from adapters.demo.kills import Killer
from adapters.demo.person import Person, needs_person
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
from adapters.demo.stage import Addresses, Stage, refresh_pace
from adapters.life.compare import compare
from adapters.life.play import Player, PlayOptions
from adapters.life.script import Expect
from adapters.twin_kit.program import shipped
from connector.app import wired
from connector.clock import SystemClock
from connector.errors import ConnectorError, Undecidable
from connector.logs import log_to_stderr
from connector.settings import Settings, load_settings
from connector.store import quarantine
from connector.store.database import Database

TICK_S = 0.5
TELL_EVERY_S = 30.0
GIVE_UP_S = 120.0
"""What does not show on the other side though nothing has moved for so long will not: readings that met a fault wait too."""

HEALED_AT = 0.999
"""Share of all steps after which the twins are healed where a person is needed: the last of ten thousand stories wait for
the dice alone. Where nobody is needed every last step must come through by itself."""

COOLDOWN = "PHANHOI_SYSTEMS__NATIONAL_PORTAL__ADAPTER__REFUSAL_COOLDOWN_S"
"""A refused session is remembered for a quarter of an hour, which would outlast a run; here for a second."""

PATIENCE = "PHANHOI_SYSTEMS__GOVERNMENT_PORTAL__ADAPTER__POISON_PASSES"
"""A pass comes every two seconds here, not every few minutes: where each fifth answer is garbled, three garbled passes in
a row are nothing that a person should be asked about, and what is given up at a queue does not come again."""

TOLD_ONCE = ("unknown_kind", "unknown_status", "unknown_event", "dropped_fields")
"""A queue tells each item once. Only an official could say what an unknown code meant; and of an item that keeps the
contract without a field that is optional, such as the text of a reminder, nobody could know that it had one."""

HARDENED = """
[systems.national_portal.transport]
read_timeout_s = 10
max_reply_bytes = 4194304
retry_base_s = 0.1
retry_after_cap_s = 5
breaker_reset_s = 0.1
breaker_failures = 50

[systems.government_portal.transport]
read_timeout_s = 10
max_reply_bytes = 4194304
retry_base_s = 0.1
retry_after_cap_s = 5
breaker_reset_s = 0.1
breaker_failures = 50
"""
"""Short waits: an absurd Retry-After would stretch a run by an hour, and a portal here is sick for a third of a second after each
fiftieth call, so a circuit that opened at once, or rested for longer, would be open most of the run. And a limit below the
huge replies of the profiles, as docs/twins.md demands."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 only if the promise held; 6: it did not; 130: interrupted."""
    options = _parser().parse_args(argv)
    kills = max(3, options.cases // 200) if options.kills is None else options.kills
    out = Console(stderr=True, highlight=False, soft_wrap=True)
    began = time.monotonic()
    log_to_stderr(logging.ERROR)
    # a shell's background job inherits an ignored Ctrl-C; whoever sends it here means it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    os.environ[COOLDOWN] = "1"
    os.environ[PATIENCE] = "20"
    try:
        pace = refresh_pace(options.cases)
        with Stage(options.folder, options.seed, profile=options.profile, refresh_s=pace) as stage:
            addresses = stage.furnish()
            with stage.config.open("a", encoding="utf-8") as config:
                config.write(HARDENED)
            stage.start_connector()
            # the person at the keyboard has the operator's secrets
            os.environ.update(stage.secrets())
            return asyncio.run(_soak(options, kills, stage, addresses, out, began))
    except KeyboardInterrupt:
        return INTERRUPTED
    except ConnectorError as error:
        out.print(f"{error}\n→ {error.next_step[0]}\n→ {error.next_step[1]}", markup=False)
        return error.exit_status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    add = parser.add_argument
    add("--cases", type=int, default=200, help="số hồ sơ / number of cases (default 200)")
    add(
        "--seed",
        type=int,
        default=1,
        help="cùng số cho cùng câu chuyện / same seed, same stories and moments",
    )
    add("--profile", default="storm", help=f"{', '.join(shipped())} (default storm)")
    add("--kills", type=int, help="số lần kill -9 / SIGKILLs of the connector (default: one in 200 cases)")
    add("--json", action="store_true", help="in một đối tượng JSON / print one JSON object")
    add("--folder", type=Path, default=Path("var/soak"), help="thư mục dữ liệu, bị xóa / wiped at start")
    add("--minutes", type=float, default=1440, help="bỏ cuộc sau / give up after (default: a day)")
    return parser


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Everybody who takes part; ``refresh_s`` is the connector's pace of reading again."""

    refresh_s: float
    player: Player
    killer: Killer
    person: Person
    chronicles: tuple[Chronicle, ...]
    db: Database
    settings: Settings

    def share_done(self) -> float:
        """Share of all steps of all stories that are done."""
        return self.player.progress.share_done


async def _soak(
    options: argparse.Namespace, kills: int, stage: Stage, at: Addresses, out: Console, began: float
) -> int:
    async with AsyncExitStack() as stack:
        cast = await _cast(stack, options, kills, stage, at)
        await cast.chronicles[1].turn_off(TOLD_ONCE)
        async with at_work(
            kills=cast.killer.work(cast.share_done),
            person=cast.person.work(),
            **{one.name: one.work() for one in cast.chronicles},
        ) as work:
            deaths = await _until_rest(options, stage, cast, work, out)
        result = await _result(options, stage, cast, deaths)
        result["ok"] = result["ok"] and cast.killer.done == kills
    result["seconds"] = round(time.monotonic() - began, 1)
    print_result(result, as_json=options.json, out=out)
    return 0 if result["ok"] else NOT_CONVERGED


async def _cast(
    stack: AsyncExitStack, options: argparse.Namespace, kills: int, stage: Stage, at: Addresses
) -> Cast:
    clock = SystemClock()
    settings = load_settings(stage.config)
    app = await stack.enter_async_context(wired(settings, stage.url, clock=clock))
    play = PlayOptions(tick_s=TICK_S, most_open=max(200, options.cases // 10))

    return Cast(
        refresh_s=stage.refresh_s,
        player=await build_player(stack, options, at, clock, play),
        killer=Killer(stage, app.ctx.db, clock, seed=options.seed, count=kills),
        person=Person(app.ctx, retries=needs_person(options.profile)),
        chronicles=chronicles(stack, at, clock),
        db=app.ctx.db,
        settings=settings,
    )


async def _until_rest(
    options: argparse.Namespace, stage: Stage, cast: Cast, work: dict[str, asyncio.Task[None]], out: Console
) -> int:
    """Play to the end of all stories and of all kills, heal what must be healed, wait for rest.

    Returns how often the connector died by itself.
    """
    deaths, calm, told_at, healed = 0, 0, 0.0, False
    heal_at = HEALED_AT if cast.person.retries else 1.0
    until = time.monotonic() + options.minutes * 60
    while calm < CALM_ROUNDS and time.monotonic() < until:
        deaths += stage.mend() is not None
        progress = await cast.player.tick()
        if time.monotonic() > told_at + TELL_EVERY_S:
            told_at = time.monotonic()
            out.print(
                f"{progress.settled}/{progress.stories} settled, {progress.born} born, {progress.share_done:.0%} of all"
                f" steps, {cast.killer.done} kills, still for {progress.still_s:.0f} s, waiting: {progress.waiting}"
            )
        nobody_failed(work.values())
        if not healed and progress.share_done >= heal_at and work["kills"].done():
            healed = True
            await asyncio.gather(*(one.heal() for one in cast.chronicles))
            cast.person.begin_anew()
        calm = calm + 1 if healed and progress.finished and await _rests(cast) else 0
        await asyncio.sleep(TICK_S)
    return deaths


async def _rests(cast: Cast) -> bool:
    """Nothing is on its way, and nothing waits that time or the person at the keyboard could still bring to an end."""
    progress = cast.player.progress
    given_up = progress.still_s >= GIVE_UP_S + cast.refresh_s * 4
    if progress.settled < progress.stories and not given_up:
        return False
    if not await rests(cast.player, cast.db, cast.settings):
        return False
    seeded = sum(story.expect is Expect.QUARANTINE for story in cast.player.stories)
    async with cast.db.reading() as conn:
        if await quarantine.count(conn) > seeded:
            return False
    # the last reading before the healing may have left a field out of a case that had settled: the next one makes up for it
    return given_up or not compare(cast.player.stories, await cast.player.world()).differences


async def _result(options: argparse.Namespace, stage: Stage, cast: Cast, deaths: int) -> dict[str, Any]:
    """The demo's result, and what only a soak has. ``ok`` says whether the promise held."""
    world = await cast.player.world()
    comparison = compare(cast.player.stories, world)
    result = await result_of(comparison, cast.player, cast.db, cast.settings, stage.url)
    repeated = await repeated_effects(cast.chronicles)
    undecided = sum(item["code"] == Undecidable.code for item in result["quarantined"])
    result |= {
        "profile": options.profile,
        "seed": options.seed,
        "effects_repeated": repeated,
        "in_doubt": result["in_doubt"] + undecided,
        "final": keep_final(stage.folder, cast.player, world),
        **cast.killer.as_json(),
        "died_by_itself": deaths,
        "person": dict(sorted(cast.person.did.items())),
        "attempts": await _attempts(cast.db),
        "messages": _messages(cast.chronicles, comparison.cases),
        "faults": {one.name: dict(sorted(one.faults.items())) for one in cast.chronicles},
    }
    result["ok"] = result["ok"] and not repeated and not result["in_doubt"] and not deaths
    return result


async def _attempts(db: Database) -> dict[str, Any]:
    """How often writes that are done were sent, as the connector counts: attempts → number of writes."""
    async with db.reading() as conn:
        rows = await (
            await conn.execute(
                "SELECT attempts, count(*) AS n FROM delivery WHERE state = 'done' GROUP BY attempts ORDER BY attempts"
            )
        ).fetchall()
    spread = {int(row["attempts"]): int(row["n"]) for row in rows}
    done = sum(spread.values())
    mean = sum(attempts * n for attempts, n in spread.items()) / max(1, done)
    return {"mean": round(mean, 2), "most": max(spread, default=0), "spread": spread}


def _messages(chronicles: Sequence[Chronicle], cases: int) -> dict[str, Any]:
    """Calls that the twins saw. Fault-free, each write that took effect needs one call: that is the minimum."""
    writes, needed = sum(one.writes for one in chronicles), sum(one.took_effect for one in chronicles)
    calls = sum(one.calls.total() for one in chronicles)
    return {
        "writes_per_case": round(writes / max(1, cases), 2),
        "fewest_writes_per_case": round(needed / max(1, cases), 2),
        "writes_ratio": round(writes / max(1, needed), 2),
        "calls_per_case": round(calls / max(1, cases), 1),
        "journal_missed": sum(one.missed for one in chronicles),
    }


if __name__ == "__main__":
    sys.exit(main())
