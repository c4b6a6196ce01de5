"""Crash points: each is in the code once, in the manual, exercised by a test, and out of reach outside a rehearsal."""

import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from connector import crash
from connector.crash import POINTS, CrashAt
from connector.errors import SettingsError
from connector.settings import REHEARSAL_MARK, Settings, crash_at
from tests.acceptance.test_crashes import SCENES, UNCONFIRMED

ROOT = Path(__file__).parents[2]


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    kill = Mock()
    monkeypatch.setattr("connector.crash.os.kill", kill)
    yield kill
    crash.arm(None)


def test_every_point_of_the_source_is_declared_and_every_declared_one_stands_in_the_source() -> None:
    used = re.compile(r'crash\.point\(\s*"([a-z_.]+)"')
    found = {
        name
        for folder in ("connector", "adapters")
        for path in (ROOT / folder).rglob("*.py")
        for name in used.findall(path.read_text("utf-8"))
    }
    assert found == set(POINTS)


def test_every_point_is_died_at_by_a_scene() -> None:
    assert {CrashAt.parse(place).point for scene in (*SCENES, UNCONFIRMED) for place in scene.dies} == set(
        POINTS
    )


def test_the_manual_tells_every_point() -> None:
    text = (ROOT / "docs" / "crashes.md").read_text("utf-8")
    assert re.findall(r"^\| `([a-z_.]+)` \|", text, re.MULTILINE) == list(POINTS)


def test_it_dies_at_the_nth_pass_of_the_kind_that_was_named(killed: Mock) -> None:
    crash.arm(CrashAt.parse("deliver.sending:register/append:2"))
    crash.point("deliver.answered", "register", "append", "rated")
    crash.point("deliver.sending", "national_portal", "append", "answered")
    crash.point("deliver.sending", "register", "append", "rated")
    assert not killed.called
    crash.point("deliver.sending", "register", "append", None)
    assert killed.call_count == 1


def test_nothing_is_armed_unless_it_is_asked_for(killed: Mock) -> None:
    for name in POINTS:
        crash.point(name)
    assert not killed.called
    assert not [name for name in Settings.model_fields if "crash" in name], "no settings file can arm it"


def test_outside_a_rehearsals_folder_the_switch_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "phanhoi.toml"
    monkeypatch.delenv("PHANHOI_CRASH_AT", raising=False)
    assert crash_at(config) is None
    monkeypatch.setenv("PHANHOI_CRASH_AT", "deliver.sending")
    with pytest.raises(SettingsError, match="rehearsal"):
        crash_at(config)
    (tmp_path / REHEARSAL_MARK).touch()
    assert crash_at(config) == CrashAt(point="deliver.sending")


@pytest.mark.parametrize(
    "text", ["deliver.nowhere", "deliver.sending:register:x", "deliver.sending:register:0"]
)
def test_a_point_that_nobody_knows_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / REHEARSAL_MARK).touch()
    monkeypatch.setenv("PHANHOI_CRASH_AT", text)
    with pytest.raises(SettingsError, match="PHANHOI_CRASH_AT"):
        crash_at(tmp_path / "phanhoi.toml")
