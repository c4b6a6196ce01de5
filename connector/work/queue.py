"""The engine: Procrastinate, woken by lane. Jobs only say *look here*; the rows of the store are the truth."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate.worker import Worker

from connector.case import REGISTER
from connector.sections.work import WorkSettings
from connector.store import jobs
from connector.store.connection import LIVELINESS
from connector.store.database import Connection, Wake
from connector.store.schema import SCHEMA
from connector.telemetry.meter import Meter
from connector.telemetry.tracer import Untraced
from connector.work.membership import WORKER, Membership

log = structlog.get_logger(__name__)


def queue_of(wake: Wake) -> str:
    """A queue each for the core, for resyncs, for alerts (a mail server may be slow), for reading a system, for comparing it, and for each way of writing.

    A slow portal holds up nobody else.

    Writing into the register is two ways, one from each portal, because the files of a case are fetched on the way.
    """
    if wake.flow in {"resync", "alerts"}:
        return wake.flow
    flow = "observe" if wake.flow in {"refresh", "canary"} else wake.flow
    return "core" if wake.system is None else ":".join(filter(None, (flow, wake.system, wake.source)))


def name_of(wake: Wake) -> str:
    """The lock of a wake-up: one drainer per lane over all machines, equal wake-ups collapse."""
    return ":".join(
        str(part) for part in (wake.flow, wake.system, wake.source, wake.lane) if part is not None
    )


def job_of(wake: Wake) -> jobs.Job:
    """A wake-up as a job: its task is named like its flow."""
    given = {"system": wake.system, "source": wake.source, "lane": wake.lane}
    args = {key: value for key, value in given.items() if value is not None}
    return jobs.Job(name=name_of(wake), task=wake.flow, queue=queue_of(wake), args=args)


async def _by_statement(conn: psycopg.AsyncConnection[Any]) -> None:
    """Each of the engine's queries is one statement: BEGIN and COMMIT would be two more round trips."""
    await conn.set_autocommit(True)


NEVER_S = 10 * 365 * 86400.0
"""Patience of the engine's own search for dead workers: it would strike them off without their node's knowledge."""


class Queue:
    """Defers wake-ups on the caller's own connection and runs the workers.

    ``member``: this process among the others; without one it is a process of its own, unnamed.
    """

    def __init__(
        self,
        url: str,
        settings: WorkSettings,
        systems: Iterable[str],
        member: Membership | None = None,
        *,
        meter: Meter | None = None,
        tracer: Untraced | None = None,
    ) -> None:
        self.settings = settings
        self._meter = meter or Meter()
        self._tracer = tracer or Untraced()
        self._running: list[asyncio.Task[None]] = []
        self.member = member or Membership(url, settings, name="node", parts=[WORKER])
        self.member.workers = self._worker_ids
        self._workers: dict[str, Worker] = {}
        names = list(systems)
        ways = [Wake(flow="deliver", system=name, source=REGISTER) for name in names if name != REGISTER]
        back = [Wake(flow="deliver", system=REGISTER, source=name) for name in names if name != REGISTER]
        reading = [Wake(flow="observe", system=name) for name in names]
        # a pass of reconciliation takes as long as it takes: nothing else waits behind it
        comparing = [Wake(flow="reconcile", system=name) for name in names if name != REGISTER]
        self._queues = [
            "core",
            "resync",
            "alerts",
            *(queue_of(one) for one in (*reading, *ways, *back, *comparing)),
        ]
        self.app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=url,
                min_size=1,
                max_size=2 * len(self._queues) + 4,
                kwargs={**LIVELINESS.client, "options": f"-c search_path={SCHEMA} {LIVELINESS.server}"},
                configure=_by_statement,
            ),
        )
        self._worker: dict[str, Any] = {
            "concurrency": settings.worker_concurrency,
            "wait": True,
            "listen_notify": True,
            "delete_jobs": "always",
            "install_signal_handlers": False,
            "update_heartbeat_interval": settings.heartbeat_s,
            "stalled_worker_timeout": NEVER_S,
            "fetch_job_polling_interval": settings.sweep_every_s,
            "shutdown_graceful_timeout": settings.stop_grace_s,
            "worker_middleware": [self._seen],
        }

    async def defer(self, conn: Connection, wakes: Iterable[Wake]) -> None:
        """Turn wake-ups into jobs within the caller's transaction; those that wait already are enough.

        Raises:
            DatabaseUnavailable: the engine's tables cannot be written.
        """
        await jobs.defer(conn, [job_of(wake) for wake in wakes])

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """The engine's own connections."""
        async with self.app.open_async():
            try:
                yield
            finally:
                await self.member.aclose()

    @property
    def running(self) -> bool:
        """Whether every worker is at it."""
        return bool(self._running) and not any(one.done() for one in self._running)

    async def _seen(self, work: Callable[[], Awaitable[Any]], job: Any, _worker: Any) -> Any:
        """Around each job: it is timed and traced, and goes its way as if nobody looked."""
        flow, system, began = job.job.task_name, job.job.task_kwargs.get("system"), perf_counter()
        failed = True
        try:
            with self._tracer.job(flow, system):
                told = await work()
            failed = False
            return told
        finally:
            self._meter.job(flow, system, began, failed=failed)

    def _worker_ids(self) -> list[int]:
        return [one.worker_id for one in self._workers.values() if one.worker_id is not None]

    async def run(self, stop: asyncio.Event) -> None:
        """Run a worker per queue until ``stop``; jobs under way are finished or handed back in the stated time.

        Raises:
            LeaseLost: others have taken this process's lanes.
        """
        if not self.member.entered:
            await self.member.enter()
        self._workers = {name: Worker(self.app, [name], name=name, **self._worker) for name in self._queues}
        running = self._running = [
            asyncio.create_task(worker.run(), name=f"worker {name}")  # type: ignore[no-untyped-call]
            for name, worker in self._workers.items()
        ]
        # to the very end: while jobs are being finished the lanes are still ours
        over = asyncio.Event()
        keeping = asyncio.create_task(self.member.keep(over), name="membership")
        stopper = asyncio.create_task(stop.wait(), name="wait for the end")
        done, _ = await asyncio.wait([*running, keeping, stopper], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        # told, not cancelled: a cancellation that lands while the driver hands out a connection is swallowed
        for worker in self._workers.values():
            worker.stop()  # type: ignore[no-untyped-call]
        ended = await asyncio.gather(*running, stopper, return_exceptions=True)
        over.set()
        results = [*await asyncio.gather(keeping, return_exceptions=True), *ended]
        for result in results:
            if isinstance(result, Exception):
                raise result
        if stopper not in done:
            log.warning("worker_ended", reason="a worker stopped by itself")
