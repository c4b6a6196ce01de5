"""The manual of faults names every switch of both twins, each proved by tests that exist."""

import re
from dataclasses import fields
from pathlib import Path

from adapters.demo.person import WAITS_FOR_PERSON, needs_person
from adapters.government_portal.twin.profile import Profile as Government
from adapters.national_portal.twin.profile import Profile as National

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| ---", "| Lỗi"))
]
SWITCHES = {item.name for profile in (National, Government) for item in fields(profile)}


def names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_every_switch_of_both_twins_has_its_row_and_no_row_another() -> None:
    told = [name for row in ROWS for name in names(row[0])]
    assert sorted(told) == sorted(SWITCHES)


def test_every_row_says_all_four_things_in_both_languages() -> None:
    for row in ROWS:
        assert len(row) == 4, row
        assert " / " in row[1], row
        assert all(row), row


def test_every_row_is_proved_by_tests_that_exist() -> None:
    there = set[str]()
    for path in (ROOT / "tests").rglob("*.py"):
        there.update(re.findall(r"def (test_\w+)\(", path.read_text(encoding="utf-8")))
    told = {name for row in ROWS for name in names(row[3])}
    assert not told - there
    assert all(names(row[3]) for row in ROWS)


def test_the_switches_that_wait_for_a_person_are_marked() -> None:
    marked = {name for row in ROWS if "☺" in row[0] for name in names(row[0])}
    assert marked >= WAITS_FOR_PERSON
    assert needs_person("worst")
    assert not needs_person("storm"), "all that is left of worst in it must heal by itself"
