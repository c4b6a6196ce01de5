"""What the connector stands on dies in the middle of traffic: database, network, disk, the other worker, a system.

Each time the work goes on by itself, or after the start that any supervisor makes, and the three systems hold in the
end what they hold after an undisturbed run of the same stories.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from adapters.demo.stage import Stage
from adapters.life.script import GOVERNMENT, NATIONAL
from connector.case import ActKind
from connector.errors import Unreachable
from connector.store.embedded import EmbeddedServer
from tests.acceptance.casting import Role, cast
from tests.acceptance.crashing import HASTE, Left, left_by, undisturbed_run, until_at_rest
from tests.acceptance.kit import PATIENCE_S, Done, Running, until
from tests.acceptance.little_disk import little_disk
from tests.acceptance.town import People, Town

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

COMPANY = (
    Role(plot="published", shows=(ActKind.PROGRESS,)),
    Role(plot="refused", portal=GOVERNMENT),
    Role(plot="published", portal=GOVERNMENT),
    Role(plot="up_published", portal=GOVERNMENT),
)
KILLS = ("backend", "database", "network", "half-open", "disk", "worker", "register", "portal")
STORIES = cast(950, dict.fromkeys(KILLS, COMPANY))

SHORT_CALLS = {
    f"PHANHOI_SYSTEMS__{name.upper()}__TRANSPORT__READ_TIMEOUT_S": "3" for name in (NATIONAL, GOVERNMENT)
}
SLOW_S = 0.3
"""What each call to a twin takes."""


@pytest.fixture(scope="module")
def town(module_folder: Path) -> Iterator[Town]:
    with Stage(module_folder / "town", seed=1) as stage:
        yield Town(stage)


@pytest.fixture
def fresh_town(tmp_path: Path) -> Iterator[Town]:
    """For a connector with a database of its own."""
    with Stage(tmp_path / "town", seed=1) as stage:
        yield Town(stage)


@pytest.fixture(scope="module")
def undisturbed(module_folder: Path) -> Left:
    told = [one for stories in STORIES.values() for one in stories]
    return undisturbed_run(module_folder / "undisturbed", told)


def env_of(town: Town, **more: str) -> dict[str, str]:
    return town.environment(**HASTE, **SHORT_CALLS, **more)


@contextmanager
def slow_portals(town: Town) -> Iterator[None]:
    """Both portals take their time, so that there is always a write on its way to be struck."""

    def latency(seconds: float) -> None:
        for url in (town.at.national_control, town.at.government_control):
            httpx.patch(f"{url}/control/profile", json={"latency_s": seconds}).raise_for_status()

    latency(SLOW_S)
    try:
        yield
    finally:
        latency(0)


async def until_writing(
    town: Town, people: People, daemon: Running, url: str | None = None, *, target: str = "%"
) -> None:
    """Live until some of these people's acts are done and a write is on its way."""
    end = time.monotonic() + PATIENCE_S
    while True:
        assert time.monotonic() < end, daemon.err[-4000:]
        assert daemon.process.poll() is None, daemon.err[-4000:]
        with suppress(Unreachable):
            await people.look()
        with psycopg.connect(url or town.stage.url) as conn:
            row = conn.execute(
                "SELECT count(*) FROM phanhoi.delivery WHERE state = 'sent' AND target LIKE %s", (target,)
            ).fetchone()
        if row is not None and row[0] and people.player.progress.steps_done >= 2:
            return


async def check_end(
    town: Town, people: People, daemon: Running, undisturbed: Left, url: str | None = None
) -> None:
    """All ends as it ends undisturbed."""
    left = await left_by(town, people, await until_at_rest(town, people, daemon, url))
    assert left == undisturbed.of(left)


def struck(pid: int) -> None:
    """Kill it, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{pid}").exists() or _is_dead(pid), "it is gone")


def _is_dead(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
    return True


class Supervised(Running):
    """A connector that is started again whenever it ends for want of its database, as a supervisor would."""

    def __init__(self, town: Town, folder: Path, env: Mapping[str, str]) -> None:
        self._again = lambda number: town.start(folder, f"start-{number}", env)
        self._starts = 1
        self._now = self._again(1)

    @property
    def process(self) -> "subprocess.Popen[bytes]":  # type: ignore[override]
        """The process of now."""
        if self._now.process.poll() is not None:
            self._now.ended().failed_clearly("PH-201", 3)
            self._starts += 1
            assert self._starts < 30, self.err
            self._now = self._again(self._starts)
        return self._now.process

    @property
    def err(self) -> str:
        """What the process of now has said."""
        return self._now.err

    def stop(self) -> Done:
        """SIGTERM, and its end."""
        return self._now.stop()


# ---- the database ------------------------------------------------------------------------------------------


async def test_a_killed_backend_is_survived(town: Town, undisturbed: Left, tmp_path: Path) -> None:
    """PostgreSQL then throws out everybody and replays its log."""
    async with town.people(STORIES["backend"]) as people:
        running = Supervised(town, tmp_path, env_of(town))
        try:
            with slow_portals(town):
                await until_writing(town, people, running)
                with psycopg.connect(town.stage.url) as conn:
                    row = conn.execute(
                        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                        " AND pid <> pg_backend_pid() ORDER BY state_change DESC NULLS LAST LIMIT 1"
                    ).fetchone()
                assert row is not None
                os.kill(row[0], signal.SIGKILL)
            await check_end(town, people, running, undisturbed)
        finally:
            running.stop()


async def test_a_killed_database_server_is_survived(town: Town, undisturbed: Left, tmp_path: Path) -> None:
    """It comes back with what was committed; the connector goes on, or says what it lacks and is started again."""
    folder = town.stage.folder / "postgres"
    async with town.people(STORIES["database"]) as people:
        running = Supervised(town, tmp_path, env_of(town))
        try:
            with slow_portals(town):
                await until_writing(town, people, running)
                struck(int((folder / "postmaster.pid").read_text("utf-8").split()[0]))
            assert await asyncio.to_thread(EmbeddedServer(folder).start) == town.stage.url
            await check_end(town, people, running, undisturbed)
        finally:
            running.stop()


# ---- the network -------------------------------------------------------------------------------------------


async def test_a_network_that_breaks_in_mid_traffic_is_survived(
    town: Town, undisturbed: Left, tmp_path: Path
) -> None:
    async with town.people(STORIES["network"]) as people:
        running = town.connector(tmp_path, env=env_of(town))
        try:
            with slow_portals(town):
                for _ in range(2):
                    await until_writing(town, people, running)
                    town.door.shut()
                    await people.player.clock.sleep(1)
                    town.door.open()
            await check_end(town, people, running, undisturbed)
        finally:
            if town.door.is_shut:
                town.door.open()
            running.stop()


async def test_connections_of_which_one_half_is_dead_are_survived(
    town: Town, undisturbed: Left, tmp_path: Path
) -> None:
    """What is asked for is done and no answer comes: each write in these seconds is looked up, none is repeated."""
    async with town.people(STORIES["half-open"]) as people:
        running = town.connector(tmp_path, env=env_of(town))
        try:
            with slow_portals(town):
                await until_writing(town, people, running, target=NATIONAL)
                town.door.jam()
                await until_doubtful(town, people, running)
                town.door.shut()
                town.door.open()
            await check_end(town, people, running, undisturbed)
        finally:
            if not town.door.is_shut:
                town.door.shut()
            town.door.open()
            running.stop()


async def until_doubtful(town: Town, people: People, daemon: Running) -> None:
    """Live on until the answer to a write has not come."""
    end = time.monotonic() + PATIENCE_S
    while not doubtful(town):
        assert time.monotonic() < end, daemon.err[-4000:]
        with suppress(Unreachable):
            await people.player.tick()
        await people.player.clock.sleep(0.1)


def doubtful(town: Town) -> int:
    """Writes of which nobody knows yet whether they took effect."""
    with psycopg.connect(town.stage.url) as conn:
        row = conn.execute("SELECT count(*) FROM phanhoi.delivery WHERE state = 'in_doubt'").fetchone()
    assert row is not None
    return int(row[0])


# ---- the disk ----------------------------------------------------------------------------------------------


async def test_a_disk_that_fills_in_mid_delivery_is_survived(
    fresh_town: Town, undisturbed: Left, tmp_path: Path
) -> None:
    """Space comes back, and the work goes on where it stood."""
    town = fresh_town
    with little_disk(tmp_path / "disk") as disk:
        folder = disk.folder / "postgres"
        env = env_of(
            town,
            PHANHOI_DATABASE__URL="",
            PHANHOI_DATABASE__FOLDER=str(folder),
            PHANHOI_DATABASE__LEAST_FREE_MIB=str(disk.least_free_mib),
        )
        async with town.people(STORIES["disk"]) as people:
            try:
                running = town.connector(tmp_path, "before", env)
                url = disk.url
                with slow_portals(town):
                    await until_writing(town, people, running, url)
                    with disk.full(), running.watched():
                        running.ended().failed_clearly("PH-203", 3)
                again = town.connector(tmp_path, "after", env)
                try:
                    await check_end(town, people, again, undisturbed, url)
                finally:
                    again.stop()
            finally:
                disk.stop_server()


# ---- the other worker --------------------------------------------------------------------------------------


async def test_a_killed_workers_lanes_are_taken_over_by_the_other(
    town: Town, undisturbed: Left, tmp_path: Path
) -> None:
    """Two connectors over one database; the one that dies in mid-write is not started again."""
    async with town.people(STORIES["worker"]) as people:
        dying = town.connector(tmp_path, "one", env_of(town, PHANHOI_NODE="may-1"))
        with slow_portals(town), dying.watched():
            await until_writing(town, people, dying)
            other = town.connector(
                tmp_path, "two", env_of(town, PHANHOI_NODE="may-2", PHANHOI_GATEWAY__PORT="0")
            )
            dying.signal(signal.SIGKILL)
            dying.process.wait()
        try:
            await check_end(town, people, other, undisturbed)
        finally:
            other.stop()


# ---- the systems -------------------------------------------------------------------------------------------


async def test_a_killed_register_comes_back_with_its_state(
    town: Town, undisturbed: Left, tmp_path: Path
) -> None:
    """Spoken to by its API; officials and senders are without it as well."""
    env = env_of(
        town,
        PHANHOI_SYSTEMS__REGISTER__ADAPTER__ACCESS="rest",
        PHANHOI_SYSTEMS__REGISTER__ADAPTER__BASE_URL=town.at.register,
        PHANHOI_SYSTEMS__REGISTER__ADAPTER__TOKEN=town.at.tokens["exchange"],
    )
    register = town.stage.programs["register"]
    register.arguments += ["--port", str(urlsplit(town.at.register).port)]
    async with town.people(STORIES["register"]) as people:
        running = town.connector(tmp_path, env=env)
        try:
            with slow_portals(town):
                for _ in range(2):
                    await until_writing(town, people, running)
                    assert register.process is not None
                    register.process.kill()
                    register.process.wait()
                    await people.player.clock.sleep(1)
                    register.start()
                    await asyncio.to_thread(register.wait_ready)
            await check_end(town, people, running, undisturbed)
        finally:
            running.stop()


async def test_a_portal_that_stands_still_and_wakes_is_survived(
    town: Town, undisturbed: Left, tmp_path: Path
) -> None:
    """Stopped with all it holds, for longer than a call waits; what it had taken it does when it wakes."""
    async with town.people(STORIES["portal"]) as people:
        running = town.connector(tmp_path, env=env_of(town))
        twin = town.stage.programs["government"].process
        assert twin is not None
        try:
            with slow_portals(town):
                await until_writing(town, people, running, target=GOVERNMENT)
                twin.send_signal(signal.SIGSTOP)
                try:
                    until(lambda: doubtful(town) or None, "a write is in doubt", while_runs=running)
                finally:
                    twin.send_signal(signal.SIGCONT)
            await check_end(town, people, running, undisturbed)
        finally:
            running.stop()
