"""A resync as two officials live it: one previews, the other approves, the command dies, a case changes meanwhile."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from adapters.demo.stage import Stage
from adapters.life.script import GOVERNMENT, NATIONAL
from tests.acceptance.casting import Role, cast
from tests.acceptance.kit import Running, until
from tests.acceptance.town import Town

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

MAKER, CHECKER = "nguyen.van.mau", "tran.thi.mau"
COMMENT = "Trả lời rõ ràng, cảm ơn cán bộ"
UNHURRIED = {"PHANHOI_SYSTEMS__NATIONAL_PORTAL__TRANSPORT__RATE_PER_S": "1"}
"""So that a command can be killed in the middle."""


@pytest.fixture(scope="module")
def town(module_folder: Path) -> Iterator[Town]:
    with Stage(module_folder / "town", seed=1) as stage:
        yield Town(stage)


@pytest.fixture(scope="module")
def lived(town: Town, module_folder: Path) -> list[str]:
    """Cases whose answer is public, on which both sides agree; no connector runs. Their numbers at the portal."""

    async def live() -> None:
        told = cast(970, {"resync": (Role(plot="published"),) * 4})["resync"]
        async with town.people(told) as people:
            running = town.connector(module_folder)
            try:
                await people.until_settled(daemon=running)
            finally:
                running.stop()

    asyncio.run(live())
    return [str(one["id"]) for one in control(town, "cases")]


def control(town: Town, path: str, body: Any = None) -> Any:
    """What people do at the portal."""
    url = f"{town.at.national_control}/control/{path}"
    answer = httpx.get(url) if body is None else httpx.post(url, json=body)
    return answer.raise_for_status().json()


def finished(town: Town) -> int:
    with psycopg.connect(town.stage.url) as conn:
        row = conn.execute("SELECT count(*) FROM phanhoi.resync_step WHERE state <> 'pending'").fetchone()
    assert row is not None
    return int(row[0])


def thanked(town: Town) -> Counter[str]:
    """How often the register itself holds that comment, by the portal's number of the case."""

    async def look() -> Counter[str]:
        async with town.people([]) as people:
            seen = (await people.player.world()).register
        texts = [(one.origin[1], act.text) for one in seen if one.origin for act in one.acts]
        return Counter(ref for ref, text in texts if text == COMMENT)

    return asyncio.run(look())


def test_two_officials_a_kill_and_a_change_in_between(town: Town, lived: list[str], tmp_path: Path) -> None:
    for ref in lived:
        control(town, f"cases/{ref}/rate", {"like": True, "comment": COMMENT})
    made = town.told("resync", "plan", "--system", NATIONAL, "--by", MAKER)
    plan = made["digest"]
    assert made["reasons"] == ["published"]
    sends = [item for step in made["steps"] for item in step["items"] if item["deed"] == "send"]
    assert [(one["act_kind"], one["system"]) for one in sends] == [("rated", "register")] * len(lived)
    assert all(one["changes"][0]["new"] == COMMENT for one in sends)

    town.phanhoi("resync", "apply", plan, "--by", MAKER).failed_clearly("PH-106", 2)
    approval = ("resync", "approve", plan[:12], "--basis", "12/QD-VP", "--by")
    town.phanhoi(*approval, MAKER).failed_clearly("PH-100", 2)
    assert town.phanhoi(*approval, CHECKER).status == 0

    control(town, f"cases/{lived[2]}/rate", {"like": False, "comment": "Tôi nghĩ lại rồi"})
    die_in_the_middle(town, tmp_path, plan)
    # else the live flow would read the cases by itself, and nothing would be left to do
    reading = ("--flow", f"observe:{NATIONAL}")
    assert town.phanhoi("pause", *reading, "--reason", "đồng bộ lại").status == 0
    running = town.connector(tmp_path)
    try:
        done = town.phanhoi("resync", "apply", plan, "--by", MAKER)
        assert done.status == 0, done.err
        sides = {
            one["refs"][NATIONAL]: (one["state"], one["code"]) for one in town.told("resync", "items", plan)
        }
        changed = ("held", "PH-412")
        assert sides == {ref: changed if ref == lived[2] else ("done", None) for ref in lived}
        until(lambda: delivered(town, plan) == len(lived) - 1, "its writes are done", while_runs=running)
    finally:
        running.stop()
    assert thanked(town) == Counter(ref for ref in lived if ref != lived[2])
    [row] = [one for one in town.told("resync", "list") if one["digest"] == plan]
    assert (row["state"], row["made_by"], row["approved_by"]) == ("done", MAKER, CHECKER)
    assert town.phanhoi("log", "verify").status == 0


def die_in_the_middle(town: Town, folder: Path, plan: str) -> None:
    """``kill -9`` while the command carries the plan out itself."""
    options = ("--config", town.stage.config, "resync", "apply", plan, "--by", MAKER, "--here")
    command = Running(folder, "apply", *options, env=town.environment(**UNHURRIED))
    with command.watched():
        until(lambda: finished(town) >= 1, "something is done", while_runs=command, every=0.02)
        command.signal(signal.SIGKILL)
        command.ended()
    assert 1 <= finished(town) < 4


def delivered(town: Town, plan: str) -> int:
    items = [item for step in town.told("resync", "items", plan) for item in step["items"]]
    return sum(item["delivery_state"] == "done" for item in items)


def test_people_read_what_a_plan_does(town: Town, lived: list[str]) -> None:
    control(town, f"cases/{lived[0]}/rate", {"like": True, "comment": "Xin cảm ơn lần nữa"})
    done = town.phanhoi("resync", "plan", "--case", f"{NATIONAL}:{lived[0]}", "--by", MAKER)
    assert done.status == 0, done.err
    for words in ("Xin cảm ơn lần nữa", "Cần người thứ hai duyệt", "phanhoi resync apply", "1 lệnh gửi"):
        assert words in done.out
    equal = town.phanhoi("resync", "plan", "--case", f"{NATIONAL}:{lived[1]}", "--by", MAKER)
    assert "Không có việc gì phải làm" in equal.out
    plan = town.told("resync", "list")[0]["digest"]
    assert town.phanhoi("resync", "stop", plan, "--by", MAKER).status == 0
    town.phanhoi("resync", "resume", plan, "--by", MAKER).failed_clearly("PH-107", 2)
    town.phanhoi("resync", "show", "khong-co").failed_clearly("PH-103", 2)
    town.phanhoi("resync", "plan", "--by", MAKER).failed_clearly("PH-100", 2)
    town.phanhoi("resync", "plan", "--findings", "--by", "Nguyễn Văn Mẫu").failed_clearly("PH-100", 2)


def test_a_first_import_over_real_interfaces_finds_the_pairs_tied_already(
    town: Town, lived: list[str]
) -> None:
    """The register's feed and the portal's list are read from end to end; a queue is left alone."""
    assert len(lived) == 4
    done = town.phanhoi("resync", "plan", "--import", "--system", NATIONAL, "--by", MAKER)
    assert done.status == 0, done.err
    assert "Không có việc gì phải làm" in done.out
    town.phanhoi("resync", "plan", "--import", "--system", GOVERNMENT, "--by", MAKER).failed_clearly(
        "PH-100", 2
    )
