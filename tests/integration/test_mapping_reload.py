"""Changed mapping files: in force without a restart once they are whole and right, refused with reasons otherwise."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.app import shipped
from connector.case import REGISTER
from connector.errors import NotFoundError
from connector.mapping.compare import Kind
from connector.mapping.folder import Folder
from connector.reload import MappingWatch
from connector.services import mappings as service
from connector.store import mapping_versions
from connector.store.leaf import Place
from connector.store.mapping_versions import MappingVersion
from connector.sync.rewrite import MAPPINGS, judge_changes
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import World, world


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, settling_s=20.0) as made:
        for name in ("rule_packs", "calendars"):
            shutil.copytree(shipped("mappings") / name, tmp_path / name)
        for name in ("rules.toml", "policy.toml"):
            shutil.copy(shipped("mappings") / name, tmp_path / name)
        yield made


async def begun(w: World) -> MappingWatch:
    watch = MappingWatch(w.ctx, w.mappings)
    await watch.begin(await judge_changes(w.ctx, {MAPPINGS: Folder.read(w.mappings).digest}))
    return watch


async def looked(watch: MappingWatch) -> None:
    """One look sees that something changed, the next that it stands still."""
    await watch.look()
    await watch.look()


def edit(w: World, name: str, old: str, new: str) -> None:
    path = w.mappings / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


async def versions(w: World) -> list[MappingVersion]:
    async with w.db.reading() as conn:
        return await mapping_versions.listed(conn, Place())


async def test_the_first_start_keeps_what_it_started_with_once(w: World) -> None:
    await begun(w)
    await begun(w)
    [version] = await versions(w)
    assert (version.state, version.cases, version.digest) == (
        "in_force",
        None,
        Folder.read(w.mappings).digest,
    )
    async with w.db.reading() as conn:
        kept = await mapping_versions.files(conn, version.number)
    assert kept == dict(Folder.read(w.mappings).files)
    assert (await w.kinds()).count("mapping_loaded") == 1


async def test_a_right_change_is_in_force_without_a_restart_and_in_the_log(w: World) -> None:
    watch = await begun(w)
    w.national.put("1", plain("1", privacy="la"))
    await w.observe(NATIONAL)
    assert [one.code for one in await w.held()] == ["PH-401"]
    edit(w, f"{NATIONAL}/privacy.csv", "open,open", "la,open,true,lạ,\nopen,private")
    edit(w, f"{NATIONAL}/privacy.csv", "private,private,true,private,\n", "")
    await looked(watch)
    assert w.ctx.mappings.for_system(NATIONAL).lists["privacy"].read("la") == "open"
    newest, first = await versions(w)
    assert (newest.state, newest.cases, first.state) == ("in_force", 0, "in_force")
    assert (await w.kinds())[-2:] == ["mapping_changed", "mapping_loaded"]
    old, new, changes = await service.difference(w.db, Folder.read(w.mappings), None, None)
    assert (old, new) == (str(first.number), str(newest.number))
    assert {(one.kind, one.place) for one in changes} == {
        (Kind.ADDED, "la"),
        (Kind.REMOVED, "private"),
        (Kind.CHANGED, "open"),
    }


async def test_a_wrong_change_is_refused_with_its_lines_and_the_version_before_stays(w: World) -> None:
    watch = await begun(w)
    before = w.ctx.mappings
    edit(w, f"{NATIONAL}/acts.csv", "accepted,accepted,true", "accepted,aceptd,true")
    await looked(watch)
    await looked(watch)
    assert w.ctx.mappings is before
    refused, first = await versions(w)
    assert (refused.state, first.state) == ("refused", "in_force")
    [problem] = refused.problems
    assert problem.startswith(f"{w.mappings.name}/{NATIONAL}/acts.csv:")
    assert "accepted" in problem
    assert (await w.kinds()).count("mapping_refused") == 1, "told once, not at each look"
    edit(w, f"{NATIONAL}/acts.csv", "accepted,aceptd,true", "accepted,accepted,true")
    await looked(watch)
    assert len(await versions(w)) == 2, "the files are again what is in force"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("policy.toml", '[[route]]\nto = "khong_co"\n'),
        ("agencies.csv", "a,b\n1\n"),
        ("rules.toml", "khong = = toml"),
        (f"{NATIONAL}/mapping.toml", 'system = "khac"\n'),
    ],
)
async def test_every_kind_of_file_is_checked_before_anything_changes(w: World, name: str, text: str) -> None:
    watch = await begun(w)
    before = w.ctx.mappings, w.ctx.policy
    (w.mappings / name).write_text(text, encoding="utf-8")
    await looked(watch)
    assert (w.ctx.mappings, w.ctx.policy) == before
    assert (await versions(w))[0].state == "refused"


async def test_a_system_in_use_cannot_lose_its_mapping(w: World) -> None:
    watch = await begun(w)
    shutil.rmtree(w.mappings / NATIONAL)
    await looked(watch)
    newest = (await versions(w))[0]
    assert newest.state == "refused"
    assert NATIONAL in newest.problems[0]


async def test_a_change_that_is_still_being_written_is_not_taken(w: World) -> None:
    watch = await begun(w)
    edit(w, "fields.csv", "code,", "# đang chép\ncode,")
    await watch.look()
    edit(w, "fields.csv", "# đang chép\n", "# chép tiếp\n# nữa\n")
    await watch.look()
    assert len(await versions(w)) == 1
    await watch.look()
    assert len(await versions(w)) == 2


async def test_a_change_that_would_rewrite_many_cases_holds_their_flow_until_a_person_looked(
    w: World,
) -> None:
    guards = w.ctx.settings.guards.model_copy(update={"rewrite_min_count": 1, "rewrite_percent": 1})
    w.ctx.settings = w.ctx.settings.model_copy(update={"guards": guards})
    for number in range(1, 6):
        w.national.put(str(number), plain(str(number)))
    await w.rest(3)
    watch = await begun(w)
    edit(w, f"{NATIONAL}/privacy.csv", "open,open", "open,private")
    edit(w, f"{NATIONAL}/privacy.csv", "private,private", "x,open")
    await looked(watch)
    newest = (await versions(w))[0]
    assert (newest.state, newest.cases) == ("in_force", 5)
    held = await w.sql("SELECT scope, guard FROM pause")
    assert held == [{"scope": f"flow:deliver:{REGISTER}", "guard": "rewrite"}]
    assert "guard_stopped" in await w.kinds()


async def test_changed_rules_wait_for_a_restart_whole(w: World) -> None:
    watch = await begun(w)
    before = w.ctx.mappings
    edit(w, "rule_packs/TH-2020.1.toml", "status", "# sửa\nstatus")
    edit(w, "fields.csv", "code,", "# sửa\ncode,")
    await looked(watch)
    assert w.ctx.mappings is before
    assert (await versions(w))[0].state == "restart"
    await begun(w)
    assert [one.state for one in await versions(w)] == ["in_force", "restart", "in_force"]


async def test_two_processes_over_one_folder_tell_a_change_once(w: World) -> None:
    one, other = await begun(w), await begun(w)
    edit(w, "fields.csv", "code,", "# sửa\ncode,")
    for _ in range(3):
        await asyncio.gather(one.look(), other.look())
    assert len(await versions(w)) == 2
    assert (await w.kinds()).count("mapping_loaded") == 2


async def test_a_console_of_its_own_takes_only_what_is_in_force(w: World) -> None:
    watch = await begun(w)
    console = replace(w.ctx)
    follower = MappingWatch(console, w.mappings, follows=True)
    await follower.begin()
    edit(w, f"{NATIONAL}/privacy.csv", "open,open", "la,private,true,lạ,\nopen,open")
    edit(w, f"{NATIONAL}/privacy.csv", "\nprivate,private,true,private,", "")
    for _ in range(3):
        await follower.look()
    codes = [row.code for row in console.mappings.for_system(NATIONAL).lists["privacy"].rows]
    assert "la" not in codes, "nobody judged it yet"
    await looked(watch)
    await follower.look()
    assert console.mappings.for_system(NATIONAL).lists["privacy"].read("la") == "private"


async def test_each_file_names_the_version_that_brought_it(w: World) -> None:
    watch = await begun(w)
    edit(w, "fields.csv", "code,", "# sửa\ncode,")
    await looked(watch)
    edit(w, f"{NATIONAL}/acts.csv", "code,", "# sửa\ncode,")
    await looked(watch)
    told = {
        one.name: one.since.number for one in await service.files(w.db, Folder.read(w.mappings)) if one.since
    }
    third, second, first = (one.number for one in await versions(w))
    assert told["fields.csv"] == second
    assert told[f"{NATIONAL}/acts.csv"] == third
    assert told["agencies.csv"] == first


async def test_texts_are_kept_once_and_an_unknown_version_is_told_so(w: World) -> None:
    watch = await begun(w)
    [before] = await w.sql("SELECT count(*) AS n FROM mapping_text")
    edit(w, "fields.csv", "code,", "# sửa\ncode,")
    await looked(watch)
    [after] = await w.sql("SELECT count(*) AS n FROM mapping_text")
    assert after["n"] == before["n"] + 1
    with pytest.raises(NotFoundError):
        await service.texts(w.db, Folder.read(w.mappings), "999")


async def test_the_watch_looks_until_it_is_told_to_stop(w: World) -> None:
    work = w.ctx.settings.work.model_copy(update={"mappings_every_s": 0.01})
    w.ctx.settings = w.ctx.settings.model_copy(update={"work": work})
    watch, stop = await begun(w), asyncio.Event()
    edit(w, "fields.csv", "code,", "# sửa\ncode,")
    look = watch.look

    async def looked_at() -> None:
        await look()
        if len(await versions(w)) == 2:
            stop.set()

    watch.look = looked_at  # type: ignore[method-assign]
    await asyncio.wait_for(watch.run(stop), 60)
