"""What a write to a portal costs in this process, layer by layer, and what SOAP costs by itself.

The shares are those of processor time under the profiler, which makes many short functions dearer than they are: they
tell where to look. What building and reading a message takes is measured without it.
"""

import asyncio
import cProfile
import pstats
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from adapters.demo.stage import Addresses, Stage
from adapters.life.script import GOVERNMENT, PORTALS, REGISTER
from bench.table import Row
from bench.town import connector, hand_in
from connector.store import deliveries
from connector.sync.context import Context
from connector.sync.deliver import attempt
from connector.sync.observe import observe
from connector.sync.settle import settle

LAYERS = (
    ("database driver", ("/psycopg", "/psycopg_pool", "/psycopg_binary")),
    ("event loop", ("/asyncio/", "/selectors.py", "/contextlib.py")),
    ("SOAP and XML", ("/zeep/", "/lxml/", "/adapters/government_portal/")),
    ("HTTP", ("/aiohttp/", "/httpx", "/connector/transport/", "/tenacity/", "/yarl/", "/multidict/")),
    ("portal's own words", ("/adapters/",)),
    ("mapping", ("/connector/mapping/", "/connector/text/")),
    (
        "log and canonical JSON",
        ("/connector/ledger/", "/connector/canonical.py", "/connector/nfc.py", "/rfc8785/"),
    ),
    ("sealing", ("/connector/sealing.py", "/connector/store/vault.py", "/cryptography/")),
    ("store", ("/connector/store/",)),
    ("sync and merge", ("/connector/",)),
)
"""Which files belong to what; the first that fits. What is built in belongs to whoever calls it."""

ROUNDS = 200


async def measure_layers(stage: Stage, at: Addresses, count: int) -> list[Row]:
    """Shares of each layer for each portal, and what SOAP takes."""
    await hand_in(at, count)
    rows: list[Row] = []
    async with connector(stage) as one:
        await observe(one.ctx, REGISTER)
        for lane in range(one.ctx.lanes):
            while await settle(one.ctx, lane):
                pass
        for portal in PORTALS:  # the government's last: its last item is overheard
            *items, left = await _creations(one.ctx, portal)
            system = one.ctx.systems[portal]
            profile = cProfile.Profile(time.process_time)
            began = time.process_time()
            profile.enable()
            await asyncio.gather(*(attempt(one.ctx, system, item) for item in items))
            profile.disable()
            took = (time.process_time() - began) / len(items)
            rows += _shares(portal.removesuffix("_portal"), profile, took, len(items))
        exchange = one.ctx.systems[GOVERNMENT]._exchange  # type: ignore[attr-defined]  # noqa: SLF001
        with _overheard(exchange) as heard:
            await attempt(one.ctx, one.ctx.systems[GOVERNMENT], left)
        rows += _soap(exchange, heard)
    return rows


async def _creations(ctx: Context, portal: str) -> list[deliveries.Delivery]:
    async with ctx.db.reading() as conn:
        ids = [
            row["case_id"]
            for row in await (
                await conn.execute(
                    "SELECT case_id FROM delivery WHERE target = %s AND intent = 'create'", (portal,)
                )
            ).fetchall()
        ]
        found = [item for case_id in ids for item in await deliveries.of_case(conn, case_id, portal)]
    return [item for item in found if item.intent.value == "create"]


def _shares(portal: str, profile: cProfile.Profile, took: float, count: int) -> Iterator[Row]:
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file == "~":
            for (caller, _, _), told in callers.items():
                spent[_layer(caller)] += told[2]
        else:
            spent[_layer(file)] += own
    whole = sum(spent.values())
    for name, seconds in spent.most_common():
        yield Row(
            name=f"share of a write to {portal}: {name}",
            unit="%",
            value=100 * seconds / whole,
            count=count,
            note=f"{1000 * took * seconds / whole:.1f} ms under the profiler",
        )


def _layer(file: str) -> str:
    return next((name for name, parts in LAYERS if any(part in file for part in parts)), "other")


@contextmanager
def _overheard(exchange: Any) -> Iterator[dict[str, tuple[Any, ...]]]:
    """What the exchange was last given to build and to read."""
    heard: dict[str, tuple[Any, ...]] = {}
    render, read = exchange.render, exchange._open  # noqa: SLF001  # what is measured lies there

    def rendered(*given: Any) -> bytes:
        heard["build"] = given
        return bytes(render(*given))

    def opened(*given: Any, **more: Any) -> Any:
        heard["read"] = given
        return read(*given, **more)

    exchange.render, exchange._open = rendered, opened  # noqa: SLF001
    try:
        yield heard
    finally:
        exchange.render, exchange._open = render, read  # noqa: SLF001


def _soap(exchange: Any, heard: dict[str, tuple[Any, ...]]) -> list[Row]:
    """The last creation once more: built from its fields to signed bytes; its answer from bytes to checked fields."""
    return [
        _each("a SOAP creation is built and signed", lambda: exchange.render(*heard["build"])),
        _each("its answer is parsed and checked", lambda: exchange._open(*heard["read"], write=True)),  # noqa: SLF001
    ]


def _each(name: str, work: Callable[[], Any]) -> Row:
    work()
    began = time.process_time()
    for _ in range(ROUNDS):
        work()
    return Row(name=name, unit="ms CPU", value=(time.process_time() - began) / ROUNDS * 1000, count=ROUNDS)
