"""An upgrade without a stop: the release that is at work and the next one, side by side on one database.

The next release is a copy of this one with one migration more, in both parts. What a future release really changes is
not tried here; that the way of upgrading loses, doubles and stops nothing is.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from adapters.demo.stage import Stage
from adapters.life.script import GOVERNMENT
from connector.errors import Unreachable
from connector.store.schema import NEEDED, NEWEST, order
from tests.acceptance.casting import Role, cast
from tests.acceptance.crashing import HASTE, Left, left_by, undisturbed_run, until_at_rest
from tests.acceptance.kit import PATIENCE_S, ROOT, Running
from tests.acceptance.town import People, Town

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]

NUMBER = f"{order(NEWEST)[0] + 1:04}"
PRE, POST = f"{NUMBER}_pre", f"{NUMBER}_post"
MIGRATION = '''"""The drill's own."""

from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    """As it says."""
    op.execute("""{statement}""")
'''
STORIES = cast(
    970,
    {
        "upgrade": (
            Role(plot="published"),
            Role(plot="up_published", portal=GOVERNMENT),
        )
    },
)["upgrade"]

PATIENT = {**HASTE, "PHANHOI_WORK__HEARTBEAT_S": "0.5", "PHANHOI_WORK__STALLED_AFTER_S": "6"}


@pytest.fixture(scope="module")
def town(module_folder: Path) -> Iterator[Town]:
    with Stage(module_folder / "town", seed=1) as stage:
        yield Town(stage)


@pytest.fixture(scope="module")
def next_release(module_folder: Path) -> Path:
    """A folder to put on Python's path: this program with a migration more."""
    folder = module_folder / "next"
    folder.mkdir()
    for package in ("connector", "adapters"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for data in ("mappings", "fixtures"):
        (folder / data).symlink_to(ROOT / data)
    schema = folder / "connector" / "store" / "schema.py"
    text = schema.read_text("utf-8")
    text = text.replace(f'NEWEST = "{NEWEST}"', f'NEWEST = "{POST}"')
    text = text.replace(f'NEEDED = "{NEEDED}"', f'NEEDED = "{PRE}"')
    schema.write_text(text, "utf-8")
    versions = folder / "connector" / "store" / "migrations" / "versions"
    added = "ALTER TABLE delivery ADD COLUMN drill text NOT NULL DEFAULT 'cũ'; CREATE TABLE drill (n int)"
    steps = ((PRE, NEWEST, added), (POST, PRE, "DROP TABLE drill"))
    for revision, before, statement in steps:
        written = MIGRATION.format(revision=revision, before=before, statement=statement)
        (versions / f"{revision}_drill.py").write_text(written, "utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(module_folder: Path) -> Left:
    return undisturbed_run(module_folder / "undisturbed", STORIES)


def version(town: Town) -> str:
    with psycopg.connect(town.stage.url) as conn:
        [row] = conn.execute("SELECT version_num FROM phanhoi.schema_version").fetchall()
    return str(row[0])


async def until_more_done(town: Town, people: People, *running: Running) -> None:
    """Live until some more writes are done."""
    end, before = time.monotonic() + PATIENCE_S, done(town)
    while done(town) <= before:
        assert time.monotonic() < end, [one.err[-2000:] for one in running]
        assert all(one.process.poll() is None for one in running), [one.err[-2000:] for one in running]
        with suppress(Unreachable):
            await people.look()
        await people.player.clock.sleep(0.2)


def done(town: Town) -> int:
    with psycopg.connect(town.stage.url) as conn:
        [row] = conn.execute("SELECT count(*) FROM phanhoi.delivery WHERE state = 'done'").fetchall()
    return int(row[0])


async def test_an_upgrade_node_by_node_loses_doubles_and_stops_nothing(
    town: Town, next_release: Path, undisturbed: Left, tmp_path: Path
) -> None:
    old = town.environment(**PATIENT, PHANHOI_NODE="may-cu")
    new = town.environment(
        **PATIENT, PHANHOI_NODE="may-moi", PHANHOI_GATEWAY__PORT="0", PYTHONPATH=str(next_release)
    )
    async with town.people(STORIES) as people:
        first = town.connector(tmp_path, "old", old)
        await until_more_done(town, people, first)

        town.phanhoi("daemon", env=new).failed_clearly("PH-202", 3)
        assert town.phanhoi("db", "migrate", "--pre", env=new).status == os.EX_OK
        assert version(town) == PRE

        # the old one goes on, also if it has to start again meanwhile
        await until_more_done(town, people, first)
        first.stop()
        first = town.connector(tmp_path, "old-again", old)
        log = town.told("log", "show", "--most", "100000")
        [moved] = [one for one in log if one["kind"] == "migrated"]
        assert moved["data"]["to_version"] == PRE, "told by the first that started on it"

        second = town.connector(tmp_path, "new", new)
        try:
            assert [one["name"] for one in town.told("status")["nodes"]] == ["may-cu", "may-moi"]
            refused = town.phanhoi("db", "migrate", env=new)
            refused.failed_clearly("PH-913", 3)
            assert "may-cu" in refused.err
            assert version(town) == PRE
            await until_more_done(town, people, first, second)

            first.stop()
            assert town.phanhoi("db", "migrate", env=new).status == os.EX_OK
            assert version(town) == POST
            town.phanhoi("daemon", env=old).failed_clearly("PH-202", 3)
            left = await left_by(town, people, await until_at_rest(town, people, second))
        finally:
            second.stop()
            first.stop()
    assert left == undisturbed.of(left)
