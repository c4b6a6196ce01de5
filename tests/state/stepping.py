"""Where a running flow can be stopped: every commit, and both edges of every call to another system.

A killed process leaves behind what was committed and what the other systems took; nothing else is seen of it again. So
these are all the points at which one death differs from another, and unlike a cancellation at some await they are the
same in every run: a sequence that failed fails again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from connector.store.database import Database, Unit


class Killed(BaseException):
    """SIGKILL: nothing of ours may catch it."""


@dataclass(kw_only=True)
class Process:
    """One run of a flow.

    Attributes:
        dies_at: the step at which it is killed; None: it lives.
        meets_at: the first step, outside of any transaction, from this one on at which ``meanwhile`` happens.
        meanwhile: what another process does while this one stands still.
    """

    dies_at: int | None = None
    meets_at: int | None = None
    meanwhile: Callable[[], Awaitable[None]] | None = None
    steps: int = 0
    dead: bool = False


HERE: ContextVar[Process | None] = ContextVar("process", default=None)
"""The process that the running task belongs to."""


async def step(*, in_transaction: bool = False) -> None:
    """The process that runs here passes a point at which it may die or be overtaken."""
    process = HERE.get()
    if process is None:
        return
    process.steps += 1
    if process.dead or process.steps == process.dies_at:
        process.dead = True
        raise Killed
    if in_transaction or process.meanwhile is None or process.steps < (process.meets_at or 0):
        return
    meanwhile, process.meanwhile = process.meanwhile, None
    mine = HERE.set(None)
    try:
        await meanwhile()
    finally:
        HERE.reset(mine)


class SteppedDatabase(Database):
    """A database whose transactions are steps: just before the commit, and just after it."""

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        async with super().unit() as unit:
            yield unit
            await step(in_transaction=True)
        await step()
