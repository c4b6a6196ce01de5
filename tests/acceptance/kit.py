"""Real programs, real signals: start ``phanhoi`` as a user does and look at what it prints and leaves behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "connector.cli")
PATIENCE_S = 60
"""Longest wait for something that must happen; a loaded machine is slow, a broken program never gets there."""


def environment(**more: str) -> dict[str, str]:
    """A user's environment: nothing of ours is set but what the test says."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PHANHOI_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output as the one JSON document that it must be."""
        return json.loads(self.out)

    def failed_clearly(self, code: str, status: int) -> None:
        """ONE message with its code, the next step in both languages, the documented status, and no traceback."""
        assert self.status == status, (self.status, self.err)
        told = [line for line in self.err.splitlines() if not line.startswith("{")]  # log lines are JSON
        assert "Traceback" not in self.err, self.err
        assert told, "nothing was said"
        assert told[0].startswith(f"{code}: "), self.err
        assert sum(line.startswith("PH-") for line in told) == 1, self.err
        steps = [line for line in told if line.startswith("→ ")]
        assert len(steps) == 2, self.err
        assert any(letter in steps[0] for letter in "ạảãàáậẩẫầấăằắẵặđêếềệễôốồổộơớờởợưứừửữựịỉĩìí"), steps[0]
        assert steps[1][2:].isascii(), steps[1]


def phanhoi(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60
) -> Done:
    """Run a command to its end."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=env or environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Done(status=done.returncode, out=done.stdout, err=done.stderr)


class Running:
    """A program that runs until it is told to stop; its output goes to files."""

    def __init__(
        self, folder: Path, name: str, *arguments: str | Path, env: Mapping[str, str] | None = None
    ) -> None:
        self._out, self._err = folder / f"{name}.out", folder / f"{name}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*COMMAND, *map(str, arguments)],
                cwd=folder,
                env=env or environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def err(self) -> str:
        """What it has said on standard error so far."""
        return self._err.read_text(encoding="utf-8")

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        lines = [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == name]

    def signal(self, number: signal.Signals) -> None:
        """Send a real signal."""
        self.process.send_signal(number)

    def ended(self, timeout: float = PATIENCE_S) -> Done:
        """Wait for its end."""
        self.process.wait(timeout)
        return Done(status=self.process.returncode, out=self._out.read_text(encoding="utf-8"), err=self.err)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """For a program that must end by itself: it is killed if the test fails before."""
        try:
            yield
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def stop(self) -> Done:
        """SIGTERM, and its end."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.ended()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


def until(
    look: Callable[[], T | None],
    what: str,
    *,
    while_runs: Running | None = None,
    timeout: float = PATIENCE_S,
    every: float = 0.1,
) -> T:
    """Wait until ``look`` finds something (anything true); fail with ``what`` if it never does."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        if while_runs is not None and while_runs.process.poll() is not None:
            msg = f"ended before this happened: {what}\n{while_runs.err}"
            raise AssertionError(msg)
        time.sleep(every)
    msg = f"never happened: {what}"
    raise AssertionError(msg)


def processes_naming(folder: Path) -> list[str]:
    """Command lines of all living processes that name the folder: children, and the embedded server."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def rehearse(module: str, *words: object) -> subprocess.CompletedProcess[str]:
    """A long run of the project's own programs, to its end."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        stdin=subprocess.DEVNULL,
    )
