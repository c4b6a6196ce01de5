"""The embedded server comes back after it was killed, whatever its lock file says."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from connector.store.embedded import EmbeddedServer


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="phanhoi-", ignore_cleanup_errors=True) as parent:
        folder = Path(parent) / "postgres"
        yield folder
        EmbeddedServer(folder).stop_left_over()


def killed(folder: Path) -> str:
    """A server that held a row and was killed; its address."""
    url = EmbeddedServer(folder).start()
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 'đã lưu' AS word")
    os.kill(int((folder / "postmaster.pid").read_text("utf-8").split()[0]), signal.SIGKILL)
    return url


def holds_its_row(url: str) -> bool:
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT word FROM kept").fetchone() == ("đã lưu",)


def test_a_killed_server_starts_again_at_once(folder: Path) -> None:
    url = killed(folder)
    assert EmbeddedServer(folder).start() == url
    assert holds_its_row(url)


def test_a_lock_file_that_names_another_program_by_now_does_not_keep_the_server_down(folder: Path) -> None:
    """As after a restart of a container, where numbers of processes are given out again."""
    url = killed(folder)
    lock = folder / "postmaster.pid"
    lines = lock.read_text("utf-8").splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n", encoding="utf-8")
    assert EmbeddedServer(folder).start() == url
    assert holds_its_row(url)


def test_the_lock_file_of_a_living_server_stays(folder: Path) -> None:
    url = EmbeddedServer(folder).start()
    before = (folder / "postmaster.pid").read_text("utf-8")
    assert EmbeddedServer(folder).start() == url
    assert (folder / "postmaster.pid").read_text("utf-8") == before
