"""``make bench``: rates, each beside a baseline measured in the same run. Only the ratios travel between machines."""

import argparse
import asyncio
import json
import logging
import tempfile
from pathlib import Path

from adapters.demo.stage import Addresses, Stage
from bench.chain import measure_ledger
from bench.flow import measure_flow
from bench.result import Measured
from bench.town import town
from connector.logs import log_to_stderr


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--cases", type=int, default=100, help="cases for each portal (default 100)")
    parser.add_argument("--entries", type=int, default=1500, help="ledger entries (default 1500)")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    options = parser.parse_args()
    log_to_stderr(logging.WARNING)
    with (
        tempfile.TemporaryDirectory(prefix="phanhoi-bench-") as folder,
        town(Path(folder) / "town") as (stage, at),
    ):
        measured = asyncio.run(_measure(stage, at, options.cases, options.entries))
    if options.json:
        print(json.dumps([one.as_json() for one in measured], ensure_ascii=False, indent=2))
        return
    for one in measured:
        print(one)


async def _measure(stage: Stage, at: Addresses, count: int, entries: int) -> list[Measured]:
    flow = await measure_flow(stage, at, count)
    return [*flow, await measure_ledger(stage.url, entries)]


main()
