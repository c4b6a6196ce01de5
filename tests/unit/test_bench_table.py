"""The table of ``make bench``: what counts as a missed goal, and what a reader finds in it."""

import json
import re
from pathlib import Path

import pytest

from bench.sync import AT_ONCE, FLOORS, REAL, _goals
from bench.table import BEGIN, END, Row, show, write


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


def test_the_table_is_written_between_its_marks_and_nothing_else_of_the_document_changes(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text(
        "Trước đó.\n\n<!-- bench: begin -->\ncũ\n<!-- bench: end -->\n\nSau đó.\n", encoding="utf-8"
    )
    for value in (10.0, 20.0):
        write(document, [row(value, beside={"bare": 100.0}, goals={"bare": 0.5}, note="bộ xử lý")])
    told = document.read_text(encoding="utf-8")
    assert told.startswith("Trước đó.\n\n<!-- bench: begin -->\n")
    assert told.endswith("<!-- bench: end -->\n\nSau đó.\n")
    assert (
        "| push national | 20 cases/s | bare 100 | bare 0.20 | bare 0.5 MISSED (40%) |  | bộ xử lý |" in told
    )
    assert "cũ" not in told
    assert told.count("push national") == 1


def test_a_document_without_marks_is_left_as_it_is(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text("Không có bảng.", encoding="utf-8")
    with pytest.raises(ValueError, match="bench: begin"):
        write(document, [])
    assert document.read_text(encoding="utf-8") == "Không có bảng."


def test_the_manual_has_a_place_for_the_table():
    assert re.search(f"{BEGIN}.*{END}", Path("docs/performance.md").read_text(encoding="utf-8"), re.DOTALL)


def test_goals_are_judged_where_the_portal_takes_its_time():
    """Beside one that answers at once only what was reached before is held."""
    beside = {"bare": 1.0, "script": 1.0}
    assert _goals("push", "national_portal", REAL, beside) == {"bare": 0.5, "script": 3.0}
    assert _goals("pull", "national_portal", REAL, {"script": 1.0}) == {"script": 3.0}
    at_once = _goals("push", "national_portal", AT_ONCE, beside)
    assert all(0 < goal < 3.0 for goal in at_once.values())
    assert at_once["bare"] == FLOORS["push", "national_portal", "bare"]
