"""Reading a portal with dlt, the open-source loader that comes nearest: its REST client, its normaliser, its load into files.

National portal alone: the Government Portal speaks SOAP, for which dlt has no source. dlt keeps what it reads; it maps
nothing, ties nothing to a case and answers nothing, so the connector's rate beside it is that of reading, keeping
*and* folding (:func:`connector.sync.observe.observe`).
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.demo.stage import Addresses, Stage
from adapters.life.script import NATIONAL
from bench.sync import bear, births
from bench.table import Row
from bench.town import connector
from connector.sync.observe import observe


async def measure_dlt(stage: Stage, at: Addresses, count: int) -> list[Row]:
    """One row: the same cases read by both."""
    stories = births(NATIONAL)
    await bear(at.national_control, NATIONAL, [next(stories) for _ in range(count)])
    async with connector(stage) as one:
        began = time.perf_counter()
        tally = await observe(one.ctx, NATIONAL)
        ours = time.perf_counter() - began
        assert tally.new == count, tally
        sent = [
            json.loads(request.content)
            for request in one.sent[NATIONAL].seen
            if b"login" not in request.url.raw_path
        ]
        url = str(one.sent[NATIONAL].seen[-1].url)
    calls = {"url": url, "bodies": sent, "headers": _headers(one.sent[NATIONAL].seen[-1])}
    theirs = _dlt(stage.folder, calls)
    return [
        Row(
            name="read national (kept and folded), beside dlt",
            unit="cases/s",
            value=count / ours,
            count=count,
            beside={"dlt": count / theirs},
            goals={"dlt": 1.0},
            note="dlt does not map, tie or log",
        )
    ]


def _headers(request: Any) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}


def _dlt(folder: Path, calls: dict[str, Any]) -> float:
    """Seconds that dlt takes, in a process of its own, from its first request to the end of its load."""
    work = folder / "dlt"
    work.mkdir()
    environment = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(work)}
    done = subprocess.run(
        [sys.executable, "-m", "bench.pulling", str(work)],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=300,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return float(done.stdout.splitlines()[-1])


def _load(work: Path, calls: dict[str, Any]) -> float:
    """The list, and a request for each case, as a dlt pipeline into files with its state beside them."""
    import dlt  # noqa: PLC0415  # of make bench alone
    from dlt.sources.helpers.rest_client import RESTClient  # noqa: PLC0415

    client = RESTClient(base_url=calls["url"], headers=calls["headers"])

    @dlt.resource(name="cases", write_disposition="append", parallelized=True)
    def cases() -> Iterator[Any]:
        for body in calls["bodies"]:
            yield told(body)

    @dlt.defer
    def told(body: dict[str, Any]) -> Any:
        return client.post("", json=body).json()

    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.filesystem(str(work / "loaded")),
        dataset_name="bench",
        pipelines_dir=str(work),
    )
    began = time.perf_counter()
    pipeline.run(cases(), loader_file_format="jsonl")
    return time.perf_counter() - began


if __name__ == "__main__":
    print(_load(Path(sys.argv[1]), json.load(sys.stdin)))
