"""The commands that the manual shows work: they are typed as they stand, beside a demo that runs.

A block after ``<!-- run -->`` is run in a shell that stops at the first failure; ``# → text`` beside a command says what the
page's output must hold. The block after ``<!-- run: demo -->`` starts the demo.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.kit import ROOT, Running, environment, processes_naming, until

DOCS = ROOT / "docs"
REQUIRED = {
    "operations.md",
    "verify.md",
    "exports.md",
    "resync.md",
    "howto/operator.md",
    "howto/administrator.md",
    "howto/auditor.md",
    "howto/mapping.md",
    "howto/real-portal.md",
    "tutorial.md",
}
"""Pages whose commands are typed by readers. The Vietnamese ones have the same (``test_docs_site.py``)."""


def marked(page: Path, mark: str = "run") -> list[str]:
    pattern = rf"^<!-- {mark} -->\n```sh\n(.*?)^```"
    return re.findall(pattern, page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


WITH_COMMANDS = [
    path for path in sorted(DOCS.rglob("*.md")) if marked(path) and not path.name.endswith(".vi.md")
]
# the tutorial kills the connector: last
WITH_COMMANDS.sort(key=lambda path: path.name == "tutorial.md")


def test_the_pages_by_which_people_work_are_run() -> None:
    assert {path.relative_to(DOCS).as_posix() for path in WITH_COMMANDS} >= REQUIRED


def test_no_mark_stands_before_anything_but_commands() -> None:
    """A misspelt mark, or one without its block, would run nothing and say nothing."""
    for page in DOCS.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- run") == len(marked(page)) + len(marked(page, "run: demo")), page.name


@pytest.fixture(scope="module")
def demo(module_folder: Path) -> Iterator[dict[str, str]]:
    """The demo of the tutorial, in a folder of its own; the environment of the second window."""
    (block,) = marked(DOCS / "tutorial.md", "run: demo")
    found = re.fullmatch(r'make demo ARGS="(.*)"\n', block)
    assert found is not None
    running = Running(module_folder, "demo", "demo", *shlex.split(found[1]))
    try:
        line = until(
            lambda: re.search(r"export PHANHOI_CONFIG=(\S+)", running.err),
            "an address",
            while_runs=running,
            timeout=300,
        )
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        env = environment(PHANHOI_CONFIG=line[1], PATH=path, LANG="C.UTF-8")
        look = ("phanhoi", "log", "show", "--case", "1", "--json")
        until(
            lambda: (
                '"sent"' in subprocess.run(look, env=env, capture_output=True, text=True, check=False).stdout
            ),
            "the first case was sent to its portal",
            while_runs=running,
            timeout=300,
        )
        yield env
    finally:
        running.stop()
    assert processes_naming(module_folder) == []


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_the_commands_of_the_page_work_as_they_stand(
    page: Path, module_folder: Path, demo: dict[str, str]
) -> None:
    commands = "".join(marked(page))
    work = module_folder / page.stem
    work.mkdir()
    (work / "var").symlink_to(module_folder / "var")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"set -x\n{commands}"],
        cwd=work,
        env=demo,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-4000:]
    assert "Traceback" not in said
    for wanted in re.findall(r"# → (.+)$", commands, re.MULTILINE):
        assert wanted in done.stdout, f"{wanted}\n{said[-4000:]}"
