"""The example of docs/adding-a-system.md: a package of somebody else's, installed as such, keeps every promise."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

import httpx
import pytest

from tests.acceptance.kit import ROOT, Done, environment, phanhoi

EXAMPLE = ROOT / "docs" / "examples" / "hotline-1022"
NAME = "hotline_1022"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True, kw_only=True)
class Installed:
    """The example's package in a folder of its own, and a mappings folder with its mapping in it."""

    packages: Path
    mappings: Path

    @property
    def environment(self) -> dict[str, str]:
        """Where the program finds both."""
        return environment(
            PYTHONPATH=f"{self.packages}:{ROOT}",
            PHANHOI_MAPPINGS=str(self.mappings),
            HOTLINE_KEY="mat-khau-mau",
        )

    def conformance(self, folder: Path) -> Done:
        """The command of an administrator."""
        command = ("conformance", "--system", NAME, "--json")
        return phanhoi(*command, cwd=folder, env=self.environment, timeout=200)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("example")
    source = shutil.copytree(EXAMPLE, folder / "source")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index")
    done = subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--target", folder / "packages", source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    shutil.copytree(EXAMPLE / "mappings" / NAME, folder / "mappings" / NAME)
    return Installed(packages=folder / "packages", mappings=folder / "mappings")


def test_the_example_keeps_every_promise_and_is_found_by_its_entry_point(
    installed: Installed, tmp_path: Path
) -> None:
    done = installed.conformance(tmp_path)
    assert done.status == 0, done.out + done.err
    told = {one["promise"]: one["result"] for one in done.json["outcomes"]}
    assert len(told) > 20
    assert {name for name, result in told.items() if result != "passed"} == {
        "the_next_page_confirms_the_one_before"
    }


def test_a_code_that_its_mapping_lacks_is_a_broken_promise(installed: Installed, tmp_path: Path) -> None:
    """The suite can fail: what the twin tells and the mapping does not know."""
    mappings = shutil.copytree(installed.mappings, tmp_path / "mappings")
    entries = mappings / NAME / "entries.csv"
    rows = entries.read_text(encoding="utf-8").splitlines(keepends=True)
    entries.write_text("".join(row for row in rows if not row.startswith("NHAC,")), encoding="utf-8")
    done = Installed(packages=installed.packages, mappings=mappings).conformance(tmp_path)
    assert done.status == 1
    failed = [one["promise"] for one in done.json["outcomes"] if one["result"] == "failed"]
    assert "every_record_maps_without_a_gap" in failed


@contextmanager
def twin(installed: Installed) -> Iterator[str]:
    command = (sys.executable, "-m", "connector.cli", "twin", NAME, "--port", "0")
    with subprocess.Popen(command, env=installed.environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def test_its_twin_runs_as_a_program_and_knows_its_key(installed: Installed) -> None:
    with twin(installed) as address:
        ping = f"{address}/v1/ping"
        assert httpx.get(ping, headers={"x-api-key": "mat-khau-mau"}, timeout=60).json()["version"] == "1.0"
        assert httpx.get(ping, headers={"x-api-key": "sai"}, timeout=60).status_code == 401


def test_the_core_knows_nothing_of_the_example(installed: Installed) -> None:
    told = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    (found,) = distributions(path=[str(installed.packages)])
    assert {(one.group, one.name, one.value) for one in found.entry_points} == {
        (group, name, value) for group, names in told.items() for name, value in names.items()
    }
    core = [*(ROOT / "connector").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]
    assert not [path for path in core if NAME in path.read_text(encoding="utf-8")]


def test_the_manual_shows_files_of_the_example_that_exist() -> None:
    page = (ROOT / "docs" / "adding-a-system.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\((examples/[^)#]+)\)", page)
    assert len(named) >= 6
    assert not [name for name in named if not os.path.lexists(ROOT / "docs" / name)]
