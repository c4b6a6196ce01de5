"""The drill: back up, run on, lose the database, restore, and go on; no write is repeated, none is lost.

Real processes, both twins, the register in a schema of its own. What the systems hold in the end, and how often each
write took effect there, is that of a run that nothing happened to.
"""

import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from adapters.demo.stage import Stage
from adapters.life.http import JsonHttp
from adapters.life.reading import World
from adapters.life.script import GOVERNMENT, NATIONAL, REGISTER, Story
from connector.case import ActKind
from connector.clock import SystemClock
from connector.services.log_check import check
from tests.acceptance.casting import Role, cast
from tests.acceptance.crashing import (
    HASTE,
    Left,
    effects,
    final,
    left_by,
    left_over,
    undisturbed_run,
    until_at_rest,
)
from tests.acceptance.kit import Running, until
from tests.acceptance.town import People, Town

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

COMPANY = (
    Role(plot="published", shows=(ActKind.PROGRESS,)),
    Role(plot="published", portal=GOVERNMENT),
    Role(plot="refused", portal=GOVERNMENT),
    Role(plot="up_published"),
    Role(plot="up_published", portal=GOVERNMENT),
)
STORIES = cast(951, {"drill": COMPANY})["drill"]
LATE = cast(952, {"late": (Role(plot="published"), Role(plot="published", portal=GOVERNMENT))})["late"]
"""Cases that begin only after the backup: nothing of them is in it."""
UP = cast(953, {"up": (Role(plot="up_published"), Role(plot="up_published", portal=GOVERNMENT))})["up"]
"""Begin only after the backup, in the register."""
AFTER = cast(954, {"after": (Role(plot="up_published"),)})["after"]
"""Begins after the restore, in the register."""
WHY = "dien-tap-khoi-phuc"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Stage(tmp_path / "town", seed=1) as stage:
        yield Town(stage)


@pytest.fixture(scope="module")
def undisturbed(module_folder: Path) -> Left:
    return undisturbed_run(module_folder / "undisturbed", [*STORIES, *LATE])


def one(town: Town, query: str) -> int:
    with psycopg.connect(town.stage.url) as conn:
        row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0] or 0)


def writes(town: Town) -> int:
    return one(town, "SELECT count(*) FROM phanhoi.delivery WHERE state = 'done'")


def sealed(town: Town) -> int:
    return one(town, "SELECT max(size) FROM phanhoi.ledger_checkpoint WHERE filed_at IS NOT NULL")


def unfiled(town: Town) -> int:
    return one(town, "SELECT count(*) FROM phanhoi.link WHERE filed_at IS NULL")


def keys_for(town: Town) -> Path:
    """A pair of keys, as the manual says to make them."""
    key = town.stage.folder / "sao-luu.key"
    told = town.phanhoi("backup", "keys", key)
    section = "[backup]\n" + told.out[told.out.index("recipients =") :]
    config = town.stage.config
    config.write_text(f"{config.read_text('utf-8')}\n{section}", encoding="utf-8")
    return key


def lose(town: Town, daemon: Running, *schemas: str) -> None:
    """Nothing of these is left in the database."""
    daemon.signal(signal.SIGKILL)
    daemon.process.wait()
    with psycopg.connect(town.stage.url) as conn:
        for schema in schemas:
            conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


async def until_some(town: Town, people: People, daemon: Running, count: int) -> None:
    """Live until so many writes are done."""
    while writes(town) < count:
        assert daemon.process.poll() is None, daemon.err
        await people.look()
        await people.player.clock.sleep(0.2)


async def test_after_a_restore_nothing_is_written_twice_and_nothing_is_lost(town, tmp_path, undisturbed):
    env = town.environment(**HASTE)
    key, file = keys_for(town), tmp_path / "truoc.phb"
    daemon = town.connector(tmp_path, "before", env)
    async with town.people(STORIES) as people:
        await until_some(town, people, daemon, 4)
        made = town.phanhoi("backup", "make", file, "--json")
        assert made.status == 0, made.err
        backed_up = made.json["manifest"]
        people.player.add(LATE)
        await people.until_settled(daemon=daemon)
        lost = writes(town) - backed_up["rows"]["phanhoi.delivery"]
        assert lost > 3, "writes happened after the backup"
        until(lambda: sealed(town) > backed_up["ledger_size"], "more was signed", while_runs=daemon)
        seen_outside = sealed(town)
        lose(town, daemon, "phanhoi")

        loaded = town.phanhoi("restore", "load", file, "--key", key, "--only", "phanhoi")
        assert loaded.status == 0, loaded.err
        refused = town.start(tmp_path, "refused", env)
        with refused.watched():
            refused.ended().failed_clearly("PH-930", 5)
        assert town.told("restore", "status")["ahead"] == [0, seen_outside]

        accepted = town.phanhoi("restore", "accept", "--reason", WHY, "--json")
        assert accepted.status == 0, accepted.err
        assert accepted.json["restored"]["lost_size"] == seen_outside
        daemon = town.connector(tmp_path, "after", env)
        try:
            world = await until_at_rest(town, people, daemon)
            until(
                lambda: town.told("restore", "status")["last"]["caught_up_at"], "caught up", while_runs=daemon
            )
            until(lambda: sealed(town) > accepted.json["restored"]["at_size"], "signed on", while_runs=daemon)
            assert await left_by(town, people, world) == undisturbed
        finally:
            daemon.stop()

    checked = check(town.stage.url, folder=town.stage.folder / "checkpoints")
    checked.demand()
    assert checked.lost > 0, "the lost branch is known, declared and signed"
    assert one(town, "SELECT count(*) FROM phanhoi.ledger_entry WHERE kind = 'caught_up'") == 1
    # what the lost time had written was found, not written again
    found = one(town, "SELECT count(*) FROM phanhoi.ledger_entry WHERE kind IN ('found', 'duplicate')")
    assert found > 0


async def test_what_register_and_connector_have_both_lost_comes_back_from_the_portals_under_its_old_code(
    town, tmp_path
):
    """A portal tells by itself only what waits there; each of these has been taken on, answered or handed up."""
    env = town.environment(**HASTE)
    key, file = keys_for(town), tmp_path / "ca-hai.phb"
    lost_time = [*LATE, *UP]
    daemon = town.connector(tmp_path, "before", env)
    async with town.people(STORIES) as people:
        kept = final(STORIES, await until_at_rest(town, people, daemon))
        assert town.phanhoi("backup", "make", file).status == 0
        people.player.add(lost_time)
        before = await until_at_rest(town, people, daemon)
        took_effect = await effects(town, people, before)
    until(lambda: not unfiled(town), "the folder knows them all", while_runs=daemon)
    register = town.stage.programs["register"]
    register.stop()
    lose(town, daemon, "phanhoi", "register")

    loaded = town.phanhoi("restore", "load", file, "--key", key)
    assert loaded.status == 0, loaded.err
    register.start()
    town.at = replace(town.at, register=register.wait_ready()["url"])
    accepted = town.phanhoi("restore", "accept", "--reason", WHY, "--json")
    assert accepted.status == 0, accepted.err
    assert accepted.json["recovered"] == accepted.json["lost_codes"] == len(lost_time)
    daemon = town.connector(tmp_path, "after", env)
    try:
        until(lambda: town.told("restore", "status")["last"]["caught_up_at"], "caught up", while_runs=daemon)
        # the Government Portal hands a case out once, and tells its history only: the operator is asked
        assert [item["code"] for item in town.told("quarantine", "list")] == ["PH-405", "PH-405"]
        await hand_out_again(town, [one for one in lost_time if one.portal == GOVERNMENT], before)
        until(lambda: not town.told("quarantine", "list"), "each is told", while_runs=daemon)
        until(lambda: not left_over(town.stage.url), "at rest", while_runs=daemon)
        async with town.people([*STORIES, *lost_time]) as people:
            world = await people.player.world()
            assert final(STORIES, world) == kept
            assert await effects(town, people, world) == took_effect, "nothing is written to a portal twice"
            assert in_register(lost_time, world) == in_register(lost_time, before)
        async with town.people(AFTER) as people:
            # nobody who comes now is taken for somebody of the lost time: by code, by id, or by the key of a write
            world = await until_at_rest(town, people, daemon)
            (came,) = world.by_key(REGISTER)[AFTER[0].key]
            (gone_up,) = world.by_key(NATIONAL)[AFTER[0].key]
            assert came.content == gone_up.content
            assert came.code not in {
                code for held in in_register(lost_time, before).values() for code, _ in held
            }
    finally:
        daemon.stop()
    check(town.stage.url, folder=town.stage.folder / "checkpoints").demand()


async def hand_out_again(town: Town, stories: Sequence[Story], world: World) -> None:
    """What the Government Portal's operator does."""
    http = JsonHttp(GOVERNMENT, town.at.government_control, SystemClock())
    try:
        for one in stories:
            (case,) = world.by_key(GOVERNMENT)[one.key]
            await http.post(f"/control/cases/{case.ref}/hand_out", {})
    finally:
        await http.aclose()


def in_register(
    stories: Sequence[Story], world: World
) -> dict[tuple[int, int], list[tuple[str | None, str]]]:
    """By story: code and words of each of its cases there."""
    held = world.by_key(REGISTER)
    return {one.key: [(case.code, case.content) for case in held.get(one.key, [])] for one in stories}
