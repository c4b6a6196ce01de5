"""How the number of overdue cases grows while a system stands still; which deadlines stand on a case's time line."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from connector.rules.due import Due
from connector.rules.duty import Clock, Duty
from connector.services.at_risk import STEPS, Step, steps
from connector.services.deadlines import Deadline
from connector.services.storyline import MATTERS, storyline

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_cases_of_one_instant_are_one_step_and_each_step_counts_all_before() -> None:
    assert steps([at(1), at(1), at(7)]) == (Step(until=at(1), count=2), Step(until=at(7), count=3))


def test_of_many_instants_the_first_ones_and_the_last_are_told() -> None:
    found = steps([at(hour) for hour in range(1, 13)])
    assert len(found) == STEPS
    assert (found[0].count, found[-1]) == (1, Step(until=at(12), count=12))


DEADLINE = Deadline(
    clock=Clock(
        duty=Duty.CLASSIFY,
        pack="TH-2020/1",
        governs=True,
        legal=True,
        agency="000.00.00.H56",
        opened_by="a",
        starts_at=NOW,
        due=Due(on=date(2026, 11, 24)),
    ),
    state="open",
    first=True,
)


@pytest.mark.parametrize(("days", "ahead"), [(0, True), (30, False)])
def test_a_deadline_stands_on_the_time_line_with_whether_it_is_to_come(days: int, ahead: bool) -> None:
    [one] = storyline((), (), [DEADLINE], (), (), NOW + timedelta(days=days))
    assert (one.due, one.ahead) == (DEADLINE, ahead)
    assert one.at == DEADLINE.clock.due.ends_at  # type: ignore[union-attr]


@pytest.mark.parametrize("state", ["done", "void", "missing", "uncomputed"])
def test_a_deadline_that_was_kept_or_never_had_a_day_is_no_event(state: str) -> None:
    assert state not in MATTERS
    assert storyline((), (), [replace(DEADLINE, state=state)], (), (), NOW) == ()


def test_what_only_watches_is_no_event() -> None:
    watching = replace(DEADLINE, clock=replace(DEADLINE.clock, governs=False))
    assert storyline((), (), [watching], (), (), NOW) == ()
