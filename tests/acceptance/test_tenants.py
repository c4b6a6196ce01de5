"""Two provinces under one roof: each has its own, the trouble of one is not the other's."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.demo.stage import Stage
from adapters.life.script import GOVERNMENT
from tests.acceptance.casting import Role, cast
from tests.acceptance.kit import Running, processes_naming, until
from tests.acceptance.town import Town

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]

A, B, BROKEN = "tinh-a", "tinh-b", "tinh-hong"
STORIES = cast(
    980,
    {
        A: (Role(plot="published"),),
        B: (Role(plot="published", portal=GOVERNMENT),),
        "later": (Role(plot="published"),),
    },
)


@pytest.fixture(scope="module")
def towns(module_folder: Path) -> Iterator[dict[str, Town]]:
    with Stage(module_folder / A, seed=1) as first, Stage(module_folder / B, seed=2) as second:
        yield {A: Town(first), B: Town(second)}


def settle_in(folder: Path, name: str, town: Town) -> None:
    """The tenant's folder, as its administrator writes it: settings, and each secret a file."""
    own = folder / name
    (own / "secrets").mkdir(parents=True)
    text = town.stage.config.read_text("utf-8")
    text = text.replace('node = "demo"', f'node = "{name}"').replace(
        "demo.phanhoi.example", f"{name}.example"
    )
    (own / "phanhoi.toml").write_text(text, "utf-8")
    for key, value in town.stage.secrets().items():
        (own / "secrets" / key.removeprefix("PHANHOI_").lower()).write_text(value, "utf-8")


def clear_text(url: str) -> str:
    """Everything that a tenant's database holds, as far as it can be read without a key."""
    with psycopg.connect(url) as conn:
        tables = conn.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('phanhoi', 'register')"
        ).fetchall()
        return "\n".join(
            str(row)
            for (table,) in tables
            for row in conn.execute(f"SELECT t::text FROM {table} AS t").fetchall()  # noqa: S608  # the catalogue's own names
        )


async def test_nothing_of_one_tenant_reaches_another_and_the_trouble_of_one_stays_its_own(
    towns: dict[str, Town], tmp_path: Path
) -> None:
    folder = tmp_path / "don-vi"
    for name, town in towns.items():
        settle_in(folder, name, town)
    (folder / BROKEN).mkdir()
    (folder / BROKEN / "phanhoi.toml").write_text("khong_co = 1", "utf-8")
    running = Running(tmp_path, "tenants", "daemon", "--tenants", folder)
    try:
        until(lambda: running.events("tenant_stopped"), "the broken one waits", while_runs=running)
        async with towns[A].people(STORIES[A]) as first, towns[B].people(STORIES[B]) as second:
            seen = await asyncio.gather(
                first.until_settled(daemon=running), second.until_settled(daemon=running)
            )
        assert [one.linked for one in seen] == [1, 1]

        held = {name: clear_text(town.stage.url) for name, town in towns.items()}
        logs = {name: (folder / name / "daemon.log").read_text("utf-8") for name in towns}
        for name, other in ((A, B), (B, A)):
            assert f"{name}/" in held[name], "who wrote the log's entries"
            assert f"{other}/" not in held[name]
            for secret in towns[other].stage.secrets().values():
                assert secret not in held[name] + logs[name]
            with psycopg.connect(towns[name].stage.url) as conn:
                [row] = conn.execute("SELECT count(*) FROM phanhoi.case_record").fetchall()
            assert row[0] == 1

        # the ground of one breaks away: it ends and is tried again, the other works on
        towns[B].stage.server.stop()
        until(
            lambda: [one for one in running.events("tenant_ended") if one["tenant"] == B],
            "its daemon ends",
            while_runs=running,
            timeout=180,  # it waits half a minute for its database, then stops in the stated time
        )
        async with towns[A].people(STORIES["later"]) as third:
            await third.until_settled(daemon=running)
        assert not [one for one in running.events("tenant_ended") if one["tenant"] == A]
    finally:
        done = running.stop()
    assert done.status == 0, done.err
    assert processes_naming(folder) == []
    shutil.rmtree(folder)
