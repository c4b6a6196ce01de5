"""``make bench``: measure, and print ratios. ``ARGS="--count 500 --json"``."""

import argparse
import asyncio
import json
import logging
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.flow import flow
from bench.ledger import ledger
from bench.measure import Figure
from connector.logs import log_to_stderr
from connector.store.embedded import EmbeddedServer
from connector.store.migrate import migrate


def main() -> None:
    """Run the benches on an embedded database and a twin in a process of its own."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="cases and entries")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    log_to_stderr(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="phanhoi-bench-") as folder:
        server = EmbeddedServer(Path(folder) / "postgres")
        url = server.start()
        try:
            migrate(url)
            figures = _run(url, Path(folder), options.count)
        finally:
            server.stop()
    _print(figures, as_json=options.json)


def _run(url: str, folder: Path, count: int) -> list[Figure]:
    password = secrets.token_urlsafe(12)
    ready = folder / "ready"
    command = [sys.executable, "-m", "connector.cli", "twin", "national", "--password-env", "BENCH_PASSWORD"]
    twin = subprocess.Popen(
        [*command, "--ready-file", str(ready)],
        env={**os.environ, "BENCH_PASSWORD": password},
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 30
        while not ready.exists() and time.monotonic() < until:
            time.sleep(0.05)
        address = json.loads(ready.read_text("utf-8"))
        return [*asyncio.run(ledger(url, 5 * count)), *asyncio.run(flow(url, address, password, count))]
    finally:
        twin.terminate()
        twin.wait()


def _print(figures: list[Figure], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([{**vars(one), "ratio": one.ratio} for one in figures], indent=2))
        return
    for one in figures:
        print(
            f"{one.name:14} {one.ratio:6.2f} × {one.baseline:30}"
            f" ({one.ours_per_s:8.1f} against {one.baseline_per_s:8.1f} {one.unit}/s)"
        )


if __name__ == "__main__":
    main()
