"""``make bench``: one table of speed, latency and memory, with the goals and what would be there instead.

Exit status 1 if a goal is missed by more than a third. With a part named: that part alone, each rate beside a baseline
of the same run.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
from pathlib import Path

from adapters.demo.stage import Addresses, Stage
from bench.chain import measure_ledger
from bench.console import BUDGET_S, Wanted, measure_console
from bench.export import measure_export
from bench.faults import measure_faults
from bench.flow import measure_flow
from bench.log import measure_log
from bench.reconcile import measure_reconcile
from bench.result import Measured
from bench.table import machine, show, write
from bench.town import town
from bench.verify import measure_verify
from connector.logs import log_to_stderr

PARTS = ("flow", "ledger", "log", "faults", "reconcile", "verify")
LARGE = ("console", "export")
"""Parts that take minutes."""
INTERRUPTED = 130
DOCUMENT = Path("docs/performance.md")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "part",
        nargs="*",
        choices=[*PARTS, *LARGE, []],
        help=f"{', '.join((*PARTS, *LARGE))}; none: the table",
    )
    parser.add_argument("--full", action="store_true", help="the table with a million linked cases, too")
    parser.add_argument(
        "--quick", action="store_true", help="the table from so few cases that only its form counts"
    )
    parser.add_argument("--cases", type=int, help="cases for each portal (default 100; for console 200,000)")
    parser.add_argument("--entries", type=int, help="ledger entries (default 1500; for export 1,000,000)")
    parser.add_argument(
        "--burst", type=int, default=40, help="cases of each round beside a fault (default 40)"
    )
    parser.add_argument("--repeats", type=int, default=2, help="pairs of rounds for each fault (default 2)")
    parser.add_argument(
        "--verified", type=int, default=1_000_000, help="entries of the verified export (default 1000000)"
    )
    parser.add_argument(
        "--linked", type=int, default=100_000, help="linked cases to reconcile (default 100000)"
    )
    console = parser.add_argument_group("console (200,000 cases and 2,000,000 entries where none are named)")
    console.add_argument("--users", type=int, default=20, help="people at once (default 20)")
    console.add_argument("--seconds", type=float, default=60, help="how long they walk (default 60)")
    console.add_argument(
        "--think", type=float, default=1, help="seconds between two pages of one (default 1)"
    )
    console.add_argument(
        "--budget-ms", type=float, default=BUDGET_S * 1000, help="p95 of a page (default 200)"
    )
    console.add_argument("--folder", type=Path, help="keep the province there, and take it up again")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.add_argument(
        "--markdown",
        type=Path,
        nargs="?",
        const=DOCUMENT,
        metavar="FILE",
        help=f"write the table into a document, between its marks (without FILE: {DOCUMENT})",
    )
    options = parser.parse_args()
    log_to_stderr(logging.WARNING)
    # told to stop, everything that was started is stopped in order; a background job inherits an ignored Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        status = _chosen(options)
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


def _chosen(options: argparse.Namespace) -> int:
    if options.part == ["console"]:
        return _console(options)
    return _run_parts(options) if options.part else _table(options)


def _table(options: argparse.Namespace) -> int:
    from bench.whole import measure  # noqa: PLC0415  # what it is compared with is installed by make bench alone

    rows = measure(full=options.full, quick=options.quick)
    if options.json:
        told = {"machine": machine(), "rows": [row.as_json() for row in rows]}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        show(rows)
    if options.markdown is not None:
        write(options.markdown, rows)
    return 1 if any(row.missed for row in rows) and not options.quick else 0


def _run_parts(options: argparse.Namespace) -> int:
    measured: list[Measured] = []
    for part in options.part:
        if part == "verify":  # needs no town
            measured.append(measure_verify(options.verified))
            continue
        if part == "export":  # nor does this
            measured += measure_export(options.entries or 1_000_000)
            continue
        if part == "log":  # needs a database and nobody else
            with tempfile.TemporaryDirectory(prefix="phanhoi-bench-") as folder:
                measured += asyncio.run(measure_log(Path(folder), options.entries or 1500))
            continue
        if part == "reconcile":
            measured += asyncio.run(measure_reconcile(options.linked))
            continue
        with (
            tempfile.TemporaryDirectory(prefix="phanhoi-bench-") as folder,
            town(Path(folder) / "town") as (stage, at),
        ):
            measured += asyncio.run(_measure(part, stage, at, options))
    if options.json:
        print(json.dumps([one.as_json() for one in measured], ensure_ascii=False, indent=2))
        return 0
    for one in measured:
        print(one)
    return 0


def _console(options: argparse.Namespace) -> int:
    """The console alone: it is judged by a budget and not by a baseline. 1 if a page misses it."""
    found = measure_console(
        Wanted(
            cases=options.cases or 200_000,
            entries=options.entries or 2_000_000,
            users=options.users,
            seconds=options.seconds,
            think=options.think,
            budget_s=options.budget_ms / 1000,
            folder=options.folder,
        )
    )
    print(json.dumps(found.as_json(), ensure_ascii=False, indent=2) if options.json else found)
    return 1 if found.late else 0


async def _measure(part: str, stage: Stage, at: Addresses, options: argparse.Namespace) -> list[Measured]:
    """One part, in a town of its own: what another left behind must not slow it down."""
    match part:
        case "flow":
            return await measure_flow(stage, at, options.cases or 100)
        case "ledger":
            return [await measure_ledger(stage.url, options.entries or 1500)]
        case _:
            return await measure_faults(stage, at, options.burst, options.repeats)


if __name__ == "__main__":  # not in the processes that a part starts
    main()
