"""The main job, shown: three systems, real programs, real signals."""

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.kit import Done, Running, processes_naming, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CASES, SEED = 40, 7
KILL_AFTER = (10, 60, 110, 160)
"""Deliveries done when the connector is killed: early, twice in the middle, late."""
CTRL_C_S = 30
"""Within so many seconds of Ctrl-C everything has stopped."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """A demo that has ended."""

    done: Done
    folder: Path

    @property
    def final(self) -> list[dict[str, Any]]:
        """Where each story ended, by the three systems' own data."""
        return [json.loads(line) for line in (self.folder / "final.jsonl").read_text("utf-8").splitlines()]


def once(folder: Path) -> Running:
    """``phanhoi demo --once`` under way."""
    options = ("--cases", str(CASES), "--seed", str(SEED), "--once", "--json", "--minutes", "4")
    return Running(folder, "demo", "demo", *options, "--folder", folder / "data")


@pytest.fixture(scope="module")
def undisturbed(module_folder: Path) -> Iterator[Played]:
    running = once(module_folder)
    try:
        yield Played(done=running.ended(200), folder=module_folder / "data")
    finally:
        running.stop()


def holds_what_the_demo_promises(done: Done) -> dict[str, Any]:
    """Every field of the promise; status 0 only because all of it holds."""
    assert done.status == 0, done.err
    told: dict[str, Any] = done.json
    assert told["cases"] == CASES
    assert 0 < told["linked"] <= CASES
    assert told["delivered"] > told["linked"]
    assert (told["duplicates"], told["lost"], told["in_doubt"]) == (0, 0, 0)
    assert told["converged"] is True
    assert told["differences"] == []
    assert told["ledger_ok"] is True
    assert told["ledger_entries"] > told["delivered"]
    assert told["ledger_sealed"] > 0
    assert told["seconds"] > 0
    assert told["quarantined"], "the seeded fault must show"
    assert len(told["quarantined"]) == told["quarantine_expected"]
    assert all(item["code"].startswith("PH-") and item["reason"] for item in told["quarantined"])
    return told


def test_all_cases_flow_and_the_three_systems_agree(undisturbed: Played) -> None:
    told = holds_what_the_demo_promises(undisturbed.done)
    assert told["restarts"] == 0
    assert len(undisturbed.final) == CASES
    assert processes_naming(undisturbed.folder) == []


@pytest.mark.faults
def test_killing_the_connector_again_and_again_changes_nothing_in_the_result(
    undisturbed: Played, tmp_path: Path
) -> None:
    """``kill -9`` while a write is on its way, four times; the demo restarts it as a supervisor would."""
    running = once(tmp_path)
    try:
        for number, least in enumerate(KILL_AFTER):
            os.kill(in_the_middle(running, tmp_path / "data", least), signal.SIGKILL)
            until(partial(_noticed, running, number), "the demo notices", while_runs=running)
        killed = Played(done=running.ended(200), folder=tmp_path / "data")
    finally:
        running.stop()
    told, before = holds_what_the_demo_promises(killed.done), undisturbed.done.json
    assert told["restarts"] == len(KILL_AFTER)
    same = ("cases", "linked", "quarantine_expected")
    assert {name: told[name] for name in same} == {name: before[name] for name in same}
    assert sorted(item["code"] for item in told["quarantined"]) == sorted(
        item["code"] for item in before["quarantined"]
    )
    assert killed.final == undisturbed.final
    assert processes_naming(tmp_path) == []


def _noticed(running: Running, before: int) -> bool:
    return running.err.count("(mã -9)") > before


def in_the_middle(running: Running, data: Path, least: int) -> int:
    """The connector's process number, at a moment when so many writes are done and one is on its way."""

    def look() -> int | None:
        try:
            pid = json.loads((data / "daemon.ready").read_text("utf-8"))["pid"]
            place = (data / "postgres" / "postmaster.pid").read_text("utf-8").splitlines()[4]
            with psycopg.connect(f"postgresql://postgres:@/postgres?host={place}") as conn:
                row = conn.execute(
                    "SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'sent')"
                    " FROM phanhoi.delivery"
                ).fetchone()
        except (OSError, ValueError, IndexError, psycopg.Error):
            return None
        return int(pid) if row is not None and row[0] >= least and row[1] else None

    what = f"{least} writes done and one on its way"
    return until(look, what, while_runs=running, timeout=120, every=0.02)


def test_ctrl_c_stops_every_program_and_the_database(tmp_path: Path) -> None:
    """Without ``--once`` the demo runs until Ctrl-C, says what to open and try, and leaves nothing running."""
    running = Running(tmp_path, "demo", "demo", "--cases", "10", "--folder", tmp_path / "data")
    try:
        until(lambda: "phanhoi case show 1" in running.err, "it says what to try", while_runs=running)
        assert any("postgres" in line for line in processes_naming(tmp_path / "data"))
        began = time.monotonic()
        running.signal(signal.SIGINT)
        done = running.ended(2 * CTRL_C_S)
        took = time.monotonic() - began
    finally:
        running.stop()
    assert done.status == 0, done.err
    assert "Traceback" not in done.err
    assert took < CTRL_C_S
    assert processes_naming(tmp_path / "data") == []
