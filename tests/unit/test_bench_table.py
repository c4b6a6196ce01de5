"""The table of ``make bench``: what counts as a missed goal, and what a reader finds in it."""

import json

import pytest

from bench.table import Row, show


def row(value: float, **more: object) -> Row:
    return Row(name="push national", unit="cases/s", value=value, count=60, **more)


@pytest.mark.parametrize(("value", "missed"), [(300.0, False), (201.0, False), (199.0, True)])
def test_a_goal_is_missed_when_more_than_a_third_of_it_is_lacking(value, missed):
    assert row(value, beside={"script": 100.0}, goals={"script": 3.0}).missed is missed


@pytest.mark.parametrize(("seconds", "missed"), [(0.4, False), (1.4, False), (1.6, True)])
def test_what_should_be_small_is_missed_when_it_is_half_as_much_again(seconds, missed):
    assert row(seconds, at_most=1.0).missed is missed


def test_one_missed_goal_of_two_is_missed():
    told = row(100.0, beside={"bare": 1000.0, "script": 10.0}, goals={"bare": 0.5, "script": 3.0})
    assert told.missed
    assert told.ratios == {"bare": 0.1, "script": 10.0}


def test_what_has_no_goal_is_never_missed():
    assert not row(0.0, beside={"bare": 10.0}).missed


def test_machines_are_told_ratios_and_which_part_of_each_goal_is_reached():
    told = json.loads(json.dumps(row(50.0, beside={"bare": 100.0}, goals={"bare": 0.5}).as_json()))
    assert told["ratios"] == {"bare": 0.5}
    assert told["reached"] == {"bare": 1.0}
    assert told["missed"] is False


def test_people_see_what_was_missed(capsys):
    show([row(10.0, beside={"bare": 100.0}, goals={"bare": 0.5}), row(0.5, at_most=1.0)])
    out = capsys.readouterr().out
    assert "MISSED (20%)" in out
    assert "≤ 1 ✓" in out
