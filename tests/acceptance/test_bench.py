"""The benchmarks as a program: told to stop, they leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

START_S, STOP_S = 60, 60


def programs_below(folder: Path) -> list[str]:
    """Processes that work in a folder, or were told of it."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"], ad_value=None):
        told = [*(process.info["cmdline"] or ()), process.info["cwd"] or ""]
        if process.pid != os.getpid() and any(str(folder) in one for one in told):
            found.append(" ".join(told)[:200])
    return found


@pytest.mark.slow
def test_a_bench_that_is_told_to_stop_takes_its_town_along(tmp_path):
    bench = subprocess.Popen(
        [sys.executable, "-m", "bench", "flow"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + START_S
        while not list(tmp_path.glob("*/town/national.ready")):
            assert bench.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        assert programs_below(tmp_path)
        bench.send_signal(signal.SIGTERM)
        assert bench.wait(STOP_S) == 130
    finally:
        bench.kill()
        bench.wait()
    assert programs_below(tmp_path) == []
