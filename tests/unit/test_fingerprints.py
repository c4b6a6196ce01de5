"""What is compared at the start: a changed mapping or setting shows, a secret does not."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from connector.app import fingerprints, shipped
from connector.sections.systems import SystemSettings
from connector.settings import Settings
from connector.sync.rewrite import MAPPINGS


def portal(**changes: Any) -> dict[str, SystemSettings]:
    least = {"adapter_base": "http://127.0.0.1:9", "madonvi": "000.00.00.H56", "password": "mat-khau-mau"}
    return {"national_portal": SystemSettings(adapter=least | changes)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("mappings"), tmp_path / "mappings"))


def test_the_same_files_and_settings_look_the_same(folder: Path) -> None:
    told = fingerprints(Settings(mappings=folder, systems=portal()))
    assert told == fingerprints(Settings(mappings=folder, systems=portal()))


@pytest.mark.parametrize("name", ["policy.toml", "agencies.csv", "national_portal/mapping.toml"])
def test_a_changed_file_of_the_mappings_shows(folder: Path, name: str) -> None:
    before = fingerprints(Settings(mappings=folder, systems=portal()))
    file = folder / name
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    after = fingerprints(Settings(mappings=folder, systems=portal()))
    assert before[MAPPINGS] != after[MAPPINGS]
    assert before["settings"] == after["settings"]


def test_a_changed_setting_of_an_adapter_shows_and_a_changed_password_does_not(folder: Path) -> None:
    before = fingerprints(Settings(mappings=folder, systems=portal()))
    other = fingerprints(Settings(mappings=folder, systems=portal(madonvi="000.00.77.H56")))
    again = fingerprints(Settings(mappings=folder, systems=portal(password="mat-khau-moi")))
    assert other["settings"] != before["settings"]
    assert again == before
