"""The promise under faults and kills, in short: real programs, misbehaving portals, a connector that dies at random moments."""

import json
import os
from pathlib import Path

import pytest

from tests.acceptance.kit import processes_naming, rehearse

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]

CASES, KILLS = 40, 5


def test_a_storm_with_kills_neither_loses_nor_doubles_a_case(tmp_path: Path) -> None:
    """Every create loses its first reply, one call in fifty meets each other fault, and the connector dies five times."""
    done = rehearse(
        *("adapters.demo.soak", "--profile", "storm", "--seed", 7, "--json"),
        *("--cases", CASES, "--kills", KILLS, "--minutes", 6, "--folder", tmp_path / "data"),
    )
    told = json.loads(done.stdout)
    assert told["ok"], (told, done.stderr)
    assert done.returncode == os.EX_OK
    assert (told["cases"], told["kills"], told["died_by_itself"]) == (CASES, KILLS, 0)
    assert (told["duplicates"], told["lost"], told["in_doubt"]) == (0, 0, 0)
    assert told["converged"] is True
    assert told["effects_repeated"] == []
    lost = sum(of_twin.get("lose_first", 0) for of_twin in told["faults"].values())
    assert lost > 0, "the faults must have struck"
    assert told["messages"]["writes_ratio"] > 1
    assert processes_naming(tmp_path) == []
