"""The whole table, one part after the other, each in a town of its own."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from adapters.demo.stage import Addresses, Stage
from bench.growth import measure_growth
from bench.latency import measure_latency
from bench.layers import measure_layers
from bench.pulling import measure_dlt
from bench.sync import WORKERS, measure_sync
from bench.table import Row
from bench.town import town

log = structlog.get_logger(__name__)

SIZES = (10_000, 100_000)
FULL = 1_000_000
QUICK = (200, 1_000)


def measure(*, full: bool = False, quick: bool = False) -> list[Row]:
    """All rows.

    Args:
        full: among a million linked cases, too.
        quick: from so few cases that only the form of the table counts: what the tests look at.
    """
    cases, acts, burden = (4, 4, 4) if quick else (60, 40, 100)
    parts: tuple[Callable[[Stage, Addresses], Awaitable[list[Row]]], ...] = (
        lambda stage, at: measure_sync(stage, at, cases, (1, 2) if quick else WORKERS),
        lambda stage, at: measure_dlt(stage, at, 5 * cases),
        lambda stage, at: measure_latency(stage, at, acts, burden),
        lambda stage, at: measure_layers(stage, at, cases),
    )
    rows: list[Row] = []
    for part in parts:
        with (
            tempfile.TemporaryDirectory(prefix="phanhoi-bench-") as folder,
            town(Path(folder) / "town") as (stage, at),
        ):
            rows += asyncio.run(_run(part, stage, at))
            log.warning("measured", rows=len(rows))
    sizes = QUICK if quick else (*SIZES, FULL) if full else SIZES
    return rows + measure_growth(sizes, 5 * cases if quick else 2_000)


async def _run(
    part: Callable[[Stage, Addresses], Awaitable[list[Row]]], stage: Stage, at: Addresses
) -> list[Row]:
    return await part(stage, at)
