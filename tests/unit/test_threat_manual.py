"""The threat model and the page of rotations name tests that exist, boundary by boundary, and secrets that the program has."""

import re
from pathlib import Path

import pytest

from connector.app import plugins
from connector.incident.classes import DataClass
from connector.incident.duties import duties
from connector.incident.ways import Way
from connector.setting_names import every_setting
from connector.testing import HandClock
from connector.texts import CATALOGUE

ROOT = Path(__file__).parents[2]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of the tables that end with four columns, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return [row for row in cells if row[0] not in {"---", "threat", "secret"}]


THREATS = page("threat-model.md")
BOUNDARIES = re.split(r"^## (?=B\d )", THREATS, flags=re.MULTILINE)[1:]
TESTS = {
    name
    for path in (ROOT / "tests").rglob("*.py")
    for name in re.findall(r"def (test_\w+)\(", path.read_text(encoding="utf-8"))
}


def test_every_threat_says_what_stands_against_it_what_remains_and_is_proved_by_tests_that_exist():
    for boundary in BOUNDARIES:
        found = rows(boundary.split("\n## ")[0])
        assert found, boundary[:30]
        for row in found:
            assert len(row) == 4, row
            assert re.match(r"[STRIDE] ", row[0]), row
            named = re.findall(r"`(test_\w+)`", row[2])
            assert named, row
            assert not set(named) - TESTS, row


def test_every_boundary_of_the_picture_has_its_table_and_together_they_cover_all_six_letters():
    picture = THREATS.split("```")[1]
    assert set(re.findall(r"\bB\d", picture)) == {one[:2] for one in BOUNDARIES}
    assert {row[0][0] for one in BOUNDARIES for row in rows(one.split("\n## ")[0])} == set("STRIDE")


def test_every_rotation_is_proved_by_tests_that_exist():
    for row in rows(page("rotation.md")):
        assert len(row) == 4, row
        named = re.findall(r"`(test_\w+)`", row[3])
        assert named, row
        assert not set(named) - TESTS, row


def test_every_secret_of_the_settings_has_its_row():
    found = {name for name, field in every_setting(plugins()).items() if "SecretStr" in str(field.annotation)}
    assert {
        "database.url",
        "systems.<name>.push.secrets",
        "systems.national_portal.adapter.password",
    } <= found
    told = {name for row in rows(page("rotation.md")) for name in re.findall(r"`([\w.<>]+)`", row[0])}
    assert not found - told


@pytest.mark.parametrize(
    ("area", "names"),
    [
        ("way", list(Way)),
        ("class", list(DataClass)),
        ("basis", [one.basis for one in duties(HandClock().now(), anything=True, located=True)]),
        ("duty", [one.name for one in duties(HandClock().now(), anything=True, located=True)]),
    ],
)
def test_every_way_class_and_duty_of_an_incident_has_its_text(area, names):
    assert not [name for name in names if f"incident.{area}_{name}" not in CATALOGUE]


def test_the_page_of_incidents_tells_every_duty_with_its_hours():
    told = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (\d+) h \|", page("incident.md"), re.MULTILINE))
    assert told == {
        one.name: str(one.hours) for one in duties(HandClock().now(), anything=True, located=True)
    }
