"""Runs that are broken off and runs that are not, and what both must have in common at the end."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg

from adapters.demo.stage import Stage
from adapters.life.http import JsonHttp
from adapters.life.reading import SeenCase, World, nfc
from adapters.life.script import GOVERNMENT, NATIONAL, PORTALS, REGISTER, Story
from connector.services.log_check import check
from tests.acceptance.casting import Role, openings
from tests.acceptance.kit import PATIENCE_S, Running
from tests.acceptance.town import People, Town

HASTE = {
    "PHANHOI_WORK__SETTLING_S": "0.5",
    "PHANHOI_WORK__SWEEP_EVERY_S": "1",
    "PHANHOI_WORK__BACKOFF_FIRST_S": "0.5",
    "PHANHOI_WORK__BACKOFF_MOST_S": "3",
    "PHANHOI_WORK__HEARTBEAT_S": "0.5",
    "PHANHOI_WORK__STALLED_AFTER_S": "2",
    "PHANHOI_SYSTEMS__REGISTER__OBSERVE_EVERY_S": "0.5",
    "PHANHOI_SYSTEMS__NATIONAL_PORTAL__OBSERVE_EVERY_S": "0.7",
    "PHANHOI_SYSTEMS__NATIONAL_PORTAL__REFRESH_EVERY_S": "2",
    "PHANHOI_SYSTEMS__GOVERNMENT_PORTAL__OBSERVE_EVERY_S": "0.7",
    "PHANHOI_SYSTEMS__GOVERNMENT_PORTAL__REFRESH_EVERY_S": "5",
}
"""Short waits everywhere: what is waited for here is the end of a story, not a portal's courtesy."""


async def past_openings(people: People, stories: Sequence[Story], daemon: Running) -> None:
    """Live through the openings, if there are any; from then on the whole stories are played."""
    if people.player.stories != stories:
        await people.until_settled(daemon=daemon)
        await people.change(stories)
        people.player.stories = list(stories)


def final(stories: Sequence[Story], world: World) -> dict[str, Any]:
    """What the three systems hold of each story, by their own words and without ids and times: equal for equal runs."""
    places = {system: world.by_key(system) for system in (REGISTER, *PORTALS)}
    return {
        f"{one.seed}/{one.number} {system}": [_shown(case) for case in found.get(one.key, [])]
        for one in stories
        for system, found in places.items()
    }


def _shown(case: SeenCase) -> dict[str, Any]:
    return {
        "state": case.state or case.status,
        "title": nfc(case.title),
        "content": nfc(case.content),
        "private": case.private,
        "sender": {name: nfc(value) for name, value in case.sender.items()},
        "acts": sorted((act.action, act.own, nfc(act.text)) for act in case.acts),
        "files": sorted((item.role, item.sha256 or "") for item in case.files),
        "answer": case.answer and replace(case.answer, files=tuple(sorted(case.answer.files))),
        "recall_answer": case.recall_answer,
    }


async def effects(town: Town, people: People, world: World) -> dict[str, Any]:
    """How often something took effect at the portals, by story: the twins' own count.

    Equal to that of an undisturbed run, nothing took effect twice. The twins' list of repeated keys would say less: two
    reports of progress within one second of one case look like one to it.
    """
    told: dict[str, Any] = {}
    for system, url in ((NATIONAL, town.at.national_control), (GOVERNMENT, town.at.government_control)):
        http = JsonHttp(system, url, people.player.clock)
        try:
            dump = await http.get("/control/effects")
        finally:
            await http.aclose()
        stories = {case.ref: case.key for case in world.of(system)}
        wanted = {one.key for one in people.player.stories}
        for row in dump["cases"]:
            key = stories.get(row["case"])
            if key in wanted:
                assert key is not None
                counts = {name: row[name] for name in ("creates", "updates", "answers", "acts")}
                told[f"{key[0]}/{key[1]} {system}"] = counts
    return told


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a run left behind, by story and system."""

    data: dict[str, Any]
    effects: dict[str, Any]

    def of(self, other: "Left") -> "Left":
        """The part of it that is about the stories of another run."""
        return Left(
            data={name: self.data[name] for name in other.data},
            effects={name: self.effects[name] for name in other.effects},
        )


async def left_by(town: Town, people: People, world: World) -> Left:
    """What these people's stories left behind."""
    return Left(data=final(people.player.stories, world), effects=await effects(town, people, world))


def undisturbed_run(folder: Path, told: Sequence[Story]) -> Left:
    """What these stories leave behind in a town of their own, by a connector that nobody kills."""

    async def play(town: Town) -> Left:
        async with town.people(openings(told)) as people:
            running = town.connector(folder, env=town.environment(**HASTE))
            try:
                await past_openings(people, told, running)
                world = await until_at_rest(town, people, running)
            finally:
                running.stop()
            return await left_by(town, people, world)

    folder.mkdir()
    with Stage(folder / "town", seed=1) as stage:
        return asyncio.run(play(Town(stage)))


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where the connector dies, one start after the other, and the stories it dies over.

    Attributes:
        dies: crash points, as :meth:`connector.crash.CrashAt.parse` takes them.
        fails: an order for the national twin, given first.
    """

    dies: tuple[str, ...]
    roles: tuple[Role, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    fails: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return " then ".join(self.dies)


async def broken_off(town: Town, scene: Scene, told: Sequence[Story], folder: Path) -> Left:
    """Play it, die wherever the scene says, start again without a switch, and live to the end."""
    env = town.environment(**HASTE, **scene.env)
    async with town.people(openings(told)) as people:
        if scene.fails:
            _order(town, scene.fails)
        before = closed_by_telling(town.stage.url)
        for number, place in enumerate(scene.dies):
            dying = town.start(folder, f"dying-{number}", {**env, "PHANHOI_CRASH_AT": place})
            with dying.watched():
                await past_openings(people, told, dying)
                if not await died(town, people, dying, before):
                    break
        again = town.connector(folder, "again", env)
        try:
            world = await until_at_rest(town, people, again)
        finally:
            again.stop()
        return await left_by(town, people, world)


def _order(town: Town, failure: Mapping[str, Any]) -> None:
    httpx.post(f"{town.at.national_control}/control/fail_next", json=failure).raise_for_status()


async def died(town: Town, people: People, daemon: Running, before: int) -> bool:
    """Live until the connector has died by the signal it sent itself.

    False: it never will. Once a write has taken effect the portal may tell of it before anybody looks it up, and that
    telling ends the write as well; then no later point of it is ever passed. The log says so, and nothing else counts.
    """
    end = time.monotonic() + PATIENCE_S
    while daemon.process.poll() is None:
        over = closed_by_telling(town.stage.url) > before and not left_over(town.stage.url)
        if over and people.player.progress.settled == len(people.player.stories):
            daemon.stop()
            return False
        assert time.monotonic() < end, (people.player.progress, daemon.err[-4000:])
        await people.look()
        await people.player.clock.sleep(0.1)
    assert daemon.process.returncode == -9, daemon.err[-4000:]
    return True


def closed_by_telling(url: str) -> int:
    """How many writes of unknown outcome ended because their effect was told."""
    with psycopg.connect(url) as conn:
        row = conn.execute(
            "SELECT count(*) FROM phanhoi.ledger_entry WHERE kind = 'found' AND data ->> 'by' = 'observation'"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def until_at_rest(town: Town, people: People, daemon: Running, url: str | None = None) -> World:
    """Live to the end, until nothing is on its way any more; the three systems agree, the ledger holds.

    Args:
        url: the connector's database, if it is not the town's.
    """
    url = url or town.stage.url
    await people.until_settled(daemon=daemon)
    end = time.monotonic() + PATIENCE_S
    while rest := left_over(url):
        assert time.monotonic() < end, (rest, daemon.err[-4000:])
        await people.player.clock.sleep(0.2)
    seen = await people.look()
    assert seen.converged, seen.differences
    assert seen.linked == len(people.player.stories)
    assert check(url).ok
    return await people.player.world()


def left_over(url: str) -> dict[str, int]:
    """What is not over: open writes, cases to be settled, questions to people."""
    with psycopg.connect(url) as conn:
        row = conn.execute(
            """
            SELECT (SELECT count(*) FROM phanhoi.delivery WHERE state NOT IN ('done', 'cancelled')),
                   (SELECT count(*) FROM phanhoi.case_record WHERE dirty_at IS NOT NULL),
                   (SELECT count(*) FROM phanhoi.quarantine WHERE state = 'open')
            """
        ).fetchone()
    assert row is not None
    named = dict(zip(("deliveries", "dirty", "quarantine"), row, strict=True))
    return {name: count for name, count in named.items() if count}
