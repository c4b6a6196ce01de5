"""The core under every fault in any order. ``-m soak`` runs the long form; its size is set by environment variables."""

import os
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.state.machine import CoreMachine

SHORT = settings(
    max_examples=25,
    stateful_step_count=12,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
SOAK = settings(
    SHORT,
    max_examples=int(os.environ.get("STATE_EXAMPLES", "1000")),
    stateful_step_count=int(os.environ.get("STATE_STEPS", "60")),
    derandomize=False,
    print_blob=True,
)
ROUGH = settings(SHORT, max_examples=40, phases=(Phase.generate,), report_multiple_bugs=False)


def play(new_url: Callable[[], str], size: settings) -> Counter[str]:
    """Run the machine. Returns the number of examples and of steps that processes took."""
    machine = type("Core", (CoreMachine,), {"new_url": staticmethod(new_url), "tally": Counter()})
    run_state_machine_as_test(machine, settings=size)
    return machine.tally


@pytest.mark.faults
@pytest.mark.timeout(300)
def test_every_fault_in_any_order_leaves_the_three_systems_equal(new_url: Callable[[], str]) -> None:
    tally = play(new_url, SHORT)
    assert tally["examples"] >= 15
    assert tally["steps"] > 1000
    assert tally["deaths"] > 10


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_many_long_lives_leave_the_three_systems_equal(new_url: Callable[[], str]) -> None:
    tally = play(new_url, SOAK)
    print(f"\n{dict(tally)}")  # noqa: T201  # the run's own report
