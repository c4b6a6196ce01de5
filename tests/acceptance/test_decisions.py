"""What waits for an official, with the real programs: a guard's stop, and a write of which nobody got an answer."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adapters.demo.stage import Stage
from adapters.life.script import GOVERNMENT, NATIONAL, REGISTER
from tests.acceptance.kit import until
from tests.acceptance.town import Town, stories

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def town(module_folder: Path) -> Iterator[Town]:
    with Stage(module_folder / "town", seed=1) as stage:
        yield Town(stage)


async def _begun(town: Town, folder: Path) -> None:
    """Some cases of the national portal are known on both sides and not over; the connector has stopped."""
    async with town.people(stories(401, national=3)) as people:
        running = town.connector(folder, "before")
        try:
            async with asyncio.timeout(90):
                while (
                    town.system(REGISTER)["linked"] < 3
                    or town.system(REGISTER)["deliveries"].get("done", 0) < 3
                ):
                    await people.look()
            until(lambda: town.told("status")["idle"], "nothing is left to do", while_runs=running)
        finally:
            running.stop()


async def test_a_changed_mapping_is_counted_before_anything_is_written(town: Town, tmp_path: Path) -> None:
    await _begun(town, tmp_path)
    own = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", own)
    target = own / NATIONAL / "mapping.toml"
    text = target.read_text("utf-8")
    changed = text.replace('title = { from = "TIEUDE"', 'title = { from = "NOIDUNG"', 1)
    assert changed != text
    target.write_text(changed, encoding="utf-8")
    env = town.environment(
        PHANHOI_MAPPINGS=str(own), PHANHOI_GUARDS__REWRITE_MIN_COUNT="1", PHANHOI_GUARDS__REWRITE_PERCENT="1"
    )
    running = town.connector(tmp_path, "after", env)
    flow = f"deliver:{REGISTER}"
    try:
        [pause] = town.told("status")["pauses"]
        assert (pause["scope"], pause["code"], pause["guard"]) == (f"flow:{flow}", "PH-410", "rewrite")
        assert pause["numbers"]["cases"] >= 2
        assert str(pause["numbers"]["cases"]) in town.phanhoi("status").out
        assert town.system(GOVERNMENT)["last_outcome"] in ("ok", "empty", None)
        town.phanhoi("resume", "--flow", flow).failed_clearly("PH-100", 2)
        assert town.phanhoi("resume", "--flow", flow, "--reason", "15/QĐ-VP đã duyệt").status == 0
        assert town.told("status")["pauses"] == []
    finally:
        running.stop()
    [entry] = [one for one in town.told("log", "show", "--most", "500") if one["kind"] == "guard_stopped"]
    assert entry["data"]["cases"] == pause["numbers"]["cases"]
    assert town.phanhoi("log", "verify").status == 0
    again = town.connector(tmp_path, "again", env)
    try:
        assert town.told("status")["pauses"] == [], "what was released is not judged again"
    finally:
        again.stop()


async def test_an_official_ends_a_doubt_on_the_evidence_of_both_sides(town: Town, tmp_path: Path) -> None:
    """The answer to the first write of a kind is lost after its effect, and nobody looks it up for an hour."""
    rule = {"service": "TiepNhanPAKN", "mode": "drop_after_commit", "times": 1}
    async with httpx.AsyncClient(base_url=town.at.national_control) as control:
        reply = await control.patch("/control/profile", json={"fail_next": [rule]})
        assert reply.status_code == 200, reply.text
    running = town.connector(tmp_path, "daemon", town.environment(PHANHOI_WORK__SETTLING_S="3600"))
    async with town.people(stories(402, national=3)) as people:
        try:
            async with asyncio.timeout(90):
                while not (doubts := town.told("doubt", "list")):
                    await people.look()
        finally:
            running.stop()
    number = str(doubts[0]["id"])
    assert (doubts[0]["state"], doubts[0]["operation"], doubts[0]["attempts"]) == ("in_doubt", "tiep_nhan", 1)
    found = town.told("doubt", "show", number)
    assert (found["told"]["verdict"], found["told"]["lookup"], found["told"]["code"]) == ("found", True, None)
    assert "accepted" in {one["kind"] for one in found["told"]["acts"]}
    shown = town.phanhoi("doubt", "show", number).out
    assert found["sent"]["key"] in shown
    assert "ĐÃ có hiệu lực" in shown
    decide = ("doubt", "decide", number, "--by", "cb.mau", "--basis", "15/QD-VP", "--effect")
    town.phanhoi(*decide, "no").failed_clearly("PH-100", 2)
    town.phanhoi(*decide, "co").failed_clearly("PH-100", 2)
    assert town.phanhoi(*decide, "yes").status == 0
    assert town.told("doubt", "list") == []
    town.phanhoi(*decide, "yes").failed_clearly("PH-103", 2)
    [entry] = [one for one in town.told("log", "show", "--most", "500") if one["kind"] == "doubt_decided"]
    assert (entry["data"]["officer_id"], entry["data"]["effect"]) == ("cb.mau", True)
