"""Every secret can be given in each way that the manual names, and the stronger way wins."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connector.app import plugins
from connector.settings import load_settings
from connector.setup.draft import secret_paths

VALUE = "bí-mật-mẫu"
ASCII = "bi-mat-mau"
"""A mail server takes no other letters in a password."""
PATHS = sorted(
    path
    for path in secret_paths(plugins())
    # the ways to the portal are a tagged union: each arm is given with its kind, as a whole
    if "route" not in path
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PHANHOI_SECRETS_DIR", raising=False)
    found = tmp_path / "phanhoi.toml"
    found.write_text('node = "may-mau"\n', encoding="utf-8")
    return found


def told(path: tuple[str, ...]) -> str:
    """How a value is written where only text can be."""
    return json.dumps([value(path)]) if path[-1] == "secrets" else value(path)


def value(path: tuple[str, ...]) -> str:
    """A value that fits."""
    return ASCII if path[:2] == ("alerts", "mail") else VALUE


def given(file: Path, path: tuple[str, ...]) -> Any:
    """What is in force, in clear."""
    here: Any = load_settings(file)
    for step in path:
        here = here[step] if isinstance(here, dict) else getattr(here, step)
    if isinstance(here, tuple):
        (here,) = here
    return here.get_secret_value() if isinstance(here, SecretStr) else here


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_by_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]) -> None:
    monkeypatch.setenv(f"PHANHOI_{'__'.join(path).upper()}", told(path))
    assert given(file, path) == value(path)


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_by_a_file_in_the_folder_that_the_environment_names(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    folder = tmp_path / "noi-khac"
    folder.mkdir()
    (folder / "__".join(path)).write_text(told(path), encoding="utf-8")
    monkeypatch.setenv("PHANHOI_SECRETS_DIR", str(folder))
    assert given(file, path) == value(path)


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_by_a_file_in_the_folder_beside_the_settings(file: Path, path: tuple[str, ...]) -> None:
    folder = file.parent / "secrets"
    folder.mkdir()
    (folder / "__".join(path)).write_text(told(path), encoding="utf-8")
    assert given(file, path) == value(path)


def test_the_stronger_way_wins(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ("privacy", "master_keys")
    for folder, value in ((file.parent / "secrets", "canh-tep"), (tmp_path / "noi-khac", "noi-khac")):
        folder.mkdir()
        (folder / "__".join(path)).write_text(value)
    file.write_text('[privacy]\nmaster_keys = "trong-tep"\n')
    assert given(file, path) == "canh-tep"
    monkeypatch.setenv("PHANHOI_SECRETS_DIR", str(tmp_path / "noi-khac"))
    assert given(file, path) == "noi-khac", "the folder that is named, and not the one beside"
    monkeypatch.setenv("PHANHOI_PRIVACY__MASTER_KEYS", "moi-truong")
    assert given(file, path) == "moi-truong"
