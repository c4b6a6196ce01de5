"""Reconciliation of the real program with the twins: nothing is found that is not there, and what is there is found."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.demo.stage import Stage
from adapters.life.http import JsonHttp
from adapters.life.script import GOVERNMENT, NATIONAL
from connector.clock import SystemClock
from tests.acceptance.town import Town, stories

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

NO_GRACE = {"PHANHOI_RECONCILE__GRACE_S": "0"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Stage(tmp_path / "town", seed=1) as stage:
        yield Town(stage)


async def speak_at_the_portal(town: Town) -> None:
    """Somebody rates an answer at the national portal, or, where there is none yet, reminds of a case."""
    http = JsonHttp("national_control", town.at.national_control, SystemClock())
    try:
        told = await http.get("/control/cases")
        held = told["cases"] if isinstance(told, dict) else told
        answered = [one for one in held if one.get("answer")]
        if answered:
            await http.post(f"/control/cases/{answered[0]['id']}/rate", {"like": True, "comment": "Cảm ơn"})
        else:
            await http.post(f"/control/cases/{held[0]['id']}/remind", {"text": "Đề nghị sớm trả lời"})
    finally:
        await http.aclose()


def compared(town: Town, *options: str) -> dict[str, Any]:
    done = town.phanhoi("reconcile", "run", *options, "--json", env=town.environment(**NO_GRACE))
    assert done.status == 0, done.err
    runs = {one["system"]: one for one in done.json}
    assert {one["counts"].get("faults", 0) for one in runs.values()} == {0}
    return runs


async def test_what_the_live_flow_missed_is_found_and_gone_once_it_is_mended(town, tmp_path):
    told = stories(401, national=2, government=2, upward=1)
    daemon = town.connector(tmp_path, env=town.environment(**NO_GRACE))
    async with town.people(told) as people:
        await people.until_settled(daemon=daemon)
    daemon.stop()
    runs = compared(town, "--here", "--full")
    assert set(runs) == {NATIONAL, GOVERNMENT}
    assert [one["counts"]["alarms"] for one in runs.values()] == [0, 0], json.dumps(
        town.told("reconcile", "findings"), ensure_ascii=False
    )
    await speak_at_the_portal(town)
    compared(town, "--here", "--full", "--system", NATIONAL)
    [finding] = town.told("reconcile", "findings")
    assert (finding["kind"], finding["side"], finding["cause"]) == ("act_missing", "here", "not_observed")
    assert "print" not in finding
    again = town.connector(tmp_path, "again", town.environment(**NO_GRACE))
    try:
        # a finished thread is not read again by itself: the operator has the case read
        town.phanhoi("sync", "now", "--case", str(finding["case_id"]))
        clock = SystemClock()
        for _ in range(60):
            compared(town, "--system", NATIONAL)
            if not town.told("reconcile", "findings"):
                break
            await clock.sleep(0.5)
        [closed] = town.told("reconcile", "findings", "--all")
        assert (closed["id"], closed["closed_at"] is None) == (finding["id"], False)
        assert sum(one["closed"] for one in town.told("reconcile", "trend")) == 1
        assert town.phanhoi("log", "verify").status == 0
    finally:
        again.stop()
