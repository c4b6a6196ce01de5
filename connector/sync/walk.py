"""Walk: the steps of one pass of reconciliation. Whatever it knows lies in its row after each part."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

import structlog

from connector.case import REGISTER
from connector.errors import CredentialsRefused, DatabaseUnavailable, DiskFull, MasterKeyError
from connector.reconcile.scope import Reach, Step
from connector.store import reconcile, sightings
from connector.store.reconcile import Run
from connector.sync.context import Context
from connector.sync.judging import Judged, Pass, judge_case
from connector.sync.sighting import take, visit
from connector.sync.strangers import close_outlived, judge_put_aside, judge_stranger

log = structlog.get_logger(__name__)

KeyT = TypeVar("KeyT", int, str)

ID_SPAN = 50_000
"""Case numbers that one comparing statement runs over: it must end soon enough to be stopped."""


class Stopped(Exception):
    """A person, or the end of the program, stopped it; it goes on where it was."""


@dataclass(kw_only=True)
class Walk:
    """One pass under way.

    Attributes:
        progress: how far each step got: cursors of each system, the last number or reference.
        asking: the system that is being read.
        told: is called after each part.
    """

    ctx: Context
    run: Run
    this: Pass
    progress: dict[str, Any]
    counts: Counter[str]
    asking: str | None = None
    step: Step
    told: Callable[[Run], None] = field(default=lambda _run: None)

    async def go(self) -> None:
        """The steps from where it stands to the end.

        Raises:
            Stopped: it was asked to stop.
            ConnectorError: a system cannot be read.
        """
        steps = self.this.scope.steps
        for step in steps[steps.index(Step(self.run.step)) :]:
            self.step = step
            await self.keep()
            await _WORKS[step](self)
            self.progress.pop("after", None)

    async def keep(self) -> None:
        """Write down how far it got.

        Raises:
            Stopped: it was asked to stop.
        """
        async with self.ctx.db.unit() as unit:
            await reconcile.keep_progress(unit.conn, self.run.id, self.step.value, self.progress, self.counts)
            stop = await reconcile.stops(unit.conn, self.run.id)
        self.told(replace(self.run, step=self.step.value, counts=dict(self.counts)))
        if stop or self.ctx.stopping.is_set():
            raise Stopped

    async def _slices(
        self, some: Callable[[KeyT], Awaitable[list[KeyT]]], start: KeyT
    ) -> AsyncIterator[list[KeyT]]:
        """So many at a time, in order, each slice written down once it is done."""
        after: KeyT = self.progress.get("after", start)
        while found := await some(after):
            yield found
            if self.ctx.stopping.is_set():
                raise Stopped  # some of them were left out: they are looked at again
            after = self.progress["after"] = found[-1]
            await self.keep()
        self.progress.pop("after", None)

    async def _count(self, name: str, works: Iterable[Coroutine[Any, Any, Judged]]) -> None:
        """A few at a time; a fault with one case holds up no other."""
        gate = asyncio.Semaphore(self.ctx.systems[name].capabilities.concurrency)

        async def one(work: Coroutine[Any, Any, Judged]) -> Judged | None:
            async with gate:
                if self.ctx.stopping.is_set():
                    work.close()
                    return Judged()
                try:
                    return await work
                except (CredentialsRefused, DatabaseUnavailable, DiskFull, MasterKeyError):
                    raise
                except Exception as error:
                    log.exception("judge_fault", system=name, kind=type(error).__name__)
                    return None

        for found in await asyncio.gather(*(one(work) for work in works)):
            if found is None:
                self.counts["faults"] += 1
            else:
                self._add(found)

    def _add(self, found: Judged) -> None:
        self.counts.update(asdict(found))

    async def read(self, name: str) -> None:
        """All that a system lists: from the beginning, or from where the pass before ended."""
        ctx, portal = self.ctx, self.this.portal
        self.asking = name
        if ctx.systems[name].capabilities.queue:
            return
        place = f"cursor:{name}"
        if place not in self.progress:
            async with ctx.db.reading() as conn:
                before = await reconcile.cursor_of(conn, portal, name)
            full = self.this.scope.reach is Reach.FULL
            self.progress[place] = None if full or before is None else before.value
        pages = ctx.systems[name].changes(self.progress[place])
        async for page in pages:
            every = self.this.scope.reach is Reach.FULL
            self.counts["listed"] += len(page.records)
            self.counts["asked"] += await take(ctx, name, page.records, every=every)
            if ctx.stopping.is_set():
                raise Stopped  # some of its rows were left out: it is asked for again
            self.progress[place] = page.watermark or self.progress[place]
            await self.keep()

    async def visit(self, name: str) -> None:
        """Linked cases that no list showed: are they still there?"""
        self.asking = name

        async def some(after: str) -> list[str]:
            async with self.ctx.db.reading() as conn:
                return await sightings.unseen(
                    conn, name, before=self.this.began, after=after, most=self._most, portal=self.this.portal
                )

        async for refs in self._slices(some, ""):
            self.counts["asked"] += len(refs)
            self.counts["unread"] += await visit(self.ctx, name, refs)

    async def strangers(self) -> None:
        """The register's first: a portal's may be the twin of one of them."""
        for name in (REGISTER, self.this.portal):
            place = f"strangers:{name}"
            if place in self.progress:
                continue
            self.asking = name
            async with self.ctx.db.unit() as unit:
                await sightings.adopt(unit.conn, name)

            async def some(after: str, name: str = name) -> list[str]:
                async with self.ctx.db.reading() as conn:
                    found = await sightings.strangers(conn, name, after=after, most=self._most)
                return [one.ref for one in found]

            async for refs in self._slices(some, ""):
                await self._count(name, (self._stranger(name, ref) for ref in refs))
            self.progress[place] = True
        self._add(await close_outlived(self.ctx, self.this))
        if self.ctx.systems[self.this.portal].capabilities.queue:
            self._add(await judge_put_aside(self.ctx, self.this))

    async def _stranger(self, name: str, ref: str) -> Judged:
        async with self.ctx.db.reading() as conn:
            seen = await sightings.of_ref(conn, name, ref)
        return Judged() if seen is None else await judge_stranger(self.ctx, self.this, seen)

    async def baselines(self) -> None:
        """Cases whose baseline is not the one that the log tells are to be judged."""
        async with self.ctx.db.unit() as unit:
            self.counts["baselines"] = await reconcile.doubt_baselines(unit.conn, self.this.portal)

    async def judge(self) -> None:
        """Open, ask for and compare what the sets could not find equal."""
        self.asking = self.this.portal
        async for ids in self._slices(self._candidates, 0):
            self.counts["judged"] += len(ids)
            await self._count(self.this.portal, (judge_case(self.ctx, self.this, case_id) for case_id in ids))

    async def _candidates(self, after: int) -> list[int]:
        scope, portal = self.this.scope, self.this.portal
        async with self.ctx.db.reading() as conn:
            if scope.reach is Reach.CASES:
                return await reconcile.chosen(
                    conn,
                    portal,
                    case_id=scope.case_id,
                    since=scope.since,
                    until=scope.until,
                    after=after,
                    most=self._most,
                )
            if scope.reach is Reach.CHANGES:
                before = await reconcile.cursor_of(conn, portal, REGISTER)
                since = before.told_at if before else datetime.fromisoformat(self.progress["told_at"])
                return await reconcile.touched(
                    conn, portal, began=self.this.began, since=since, after=after, most=self._most
                )
            last = await reconcile.last_case(conn)
            while after < last:
                upto = after + ID_SPAN
                ids = await reconcile.unequal(conn, portal, after=after, upto=upto, most=self._most)
                if ids:
                    return ids
                after = upto
                await self.keep()
        return []

    async def end(self) -> None:
        """The next pass over changes begins where this one began."""
        scope = self.this.scope
        if scope.reach is Reach.CASES or scope.agency is not None or scope.field is not None:
            return
        told_at = datetime.fromisoformat(self.progress["told_at"])
        async with self.ctx.db.unit() as unit:
            for name in (REGISTER, self.this.portal):
                value = self.progress.get(f"cursor:{name}")
                await reconcile.move_cursor(unit.conn, self.this.portal, name, value, told_at)

    @property
    def _most(self) -> int:
        return self.ctx.settings.reconcile.slice_cases


_WORKS: Mapping[Step, Callable[[Walk], Awaitable[None]]] = {
    Step.READ_HERE: lambda walk: walk.read(REGISTER),
    Step.READ_THERE: lambda walk: walk.read(walk.this.portal),
    Step.VISIT_HERE: lambda walk: walk.visit(REGISTER),
    Step.VISIT_THERE: lambda walk: walk.visit(walk.this.portal),
    Step.STRANGERS: Walk.strangers,
    Step.BASELINES: Walk.baselines,
    Step.JUDGE: Walk.judge,
    Step.END: Walk.end,
}
