"""Reports counted while somebody waits: one at a time, told how far, and kept a while, so that what was seen is what is taken away."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connector.clock import LOCAL_ZONE, Clock
from connector.reports.cube import Report
from connector.reports.names import Names
from connector.reports.period import Period
from connector.rules.book import RuleBook
from connector.services import report as service
from connector.store.database import Database

KEPT = timedelta(minutes=10)
"""How long a counted report answers for its period: the numbers say as of when."""

MOST_KEPT = 4
"""So many periods are kept; the one counted first goes first."""


@dataclass(kw_only=True)
class Progress:
    """How far a count is. ``total`` is 0 until it has begun."""

    done: int = 0
    total: int = 0


@dataclass(kw_only=True)
class _Job:
    """One count. ``at``: when it was ended."""

    task: asyncio.Task[Report]
    progress: Progress
    at: datetime | None = None


class ReportDesk:
    """Counts reports of the whole province, and keeps the newest of them."""

    def __init__(
        self,
        db: Database,
        book: Callable[[], RuleBook],
        names: Callable[[date], Names],
        clock: Clock,
    ) -> None:
        self._db = db
        self._book = book
        self._names = names
        self._clock = clock
        self._jobs: dict[str, _Job] = {}
        self._turn = asyncio.Lock()

    async def ask(self, period: Period, *, wait_s: float) -> Report | Progress:
        """The report, or how far it is if it takes longer than ``wait_s`` seconds; asked again, the count goes on."""
        job = self._job(period)
        await asyncio.wait([job.task], timeout=wait_s)
        return job.task.result() if job.task.done() else job.progress

    async def whole(self, period: Period) -> Report:
        """The report, however long it takes."""
        job = self._job(period)
        await asyncio.wait([job.task])
        return job.task.result()

    def forget(self, period: Period) -> None:
        """The next to ask has it counted anew; a count that is under way goes on."""
        job = self._jobs.get(period.name)
        if job is not None and job.task.done():
            del self._jobs[period.name]

    async def aclose(self) -> None:
        """Give up what is under way."""
        for job in self._jobs.values():
            job.task.cancel()
        await asyncio.gather(*(job.task for job in self._jobs.values()), return_exceptions=True)
        self._jobs.clear()

    def _job(self, period: Period) -> _Job:
        job = self._jobs.get(period.name)
        if job is None or self._stale(job):
            progress = Progress()
            job = _Job(task=asyncio.create_task(self._count(period, progress)), progress=progress)
            job.task.add_done_callback(lambda _task: self._ended(job))
            self._jobs.pop(period.name, None)  # the newest stands last
            self._jobs[period.name] = job
            self._make_room()
        return job

    def _ended(self, job: _Job) -> None:
        job.at = self._clock.now()
        if not job.task.cancelled():
            job.task.exception()  # it is told to whoever asks; if nobody does, it is not a fault of the program

    def _stale(self, job: _Job) -> bool:
        if not job.task.done():
            return False
        failed = job.task.cancelled() or job.task.exception() is not None
        return failed or (job.at is not None and self._clock.now() - job.at > KEPT)

    def _make_room(self) -> None:
        done = [name for name, job in self._jobs.items() if job.task.done()]
        for name in done[: max(0, len(self._jobs) - MOST_KEPT)]:
            del self._jobs[name]

    async def _count(self, period: Period, progress: Progress) -> Report:
        def told(done: int, total: int) -> None:
            progress.done, progress.total = done, total

        async with self._turn:
            last = min(period.last, self._clock.now().astimezone(LOCAL_ZONE).date())
            names = await asyncio.to_thread(self._names, max(last, period.first))
            return await service.count(
                self._db, period, book=self._book(), names=names, clock=self._clock, progress=told
            )
