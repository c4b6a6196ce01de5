"""Group commit: steps of several writes that come while a transaction is under way share the next one.

Each step is decided by itself and recorded by an entry of its own; what they share is the beginning, the lock at the
end of the log and the flush. Nobody waits for company: a step that comes alone goes alone.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from enum import Enum, auto
from typing import Any, Final, Generic, Protocol, TypeVar

import structlog

from connector.errors import DiskFull, MasterKeyError

log = structlog.get_logger(__name__)


class Alone(Enum):
    """What a step ends in that could not go with the others."""

    LEFT = auto()


LEFT: Final = Alone.LEFT

StepT = TypeVar("StepT")
EndT = TypeVar("EndT")
StepT_contra = TypeVar("StepT_contra", contravariant=True)
EndT_co = TypeVar("EndT_co", covariant=True)


class Work(Protocol[StepT_contra, EndT_co]):
    """One transaction with these steps; what each ended in, in their order, an error where it is to be raised."""

    async def __call__(
        self, steps: Sequence[StepT_contra], *, wait: bool
    ) -> Sequence[EndT_co | Exception | Alone]:
        """Without ``wait`` it leaves out (:data:`LEFT`) whatever somebody else holds."""


class Together(Generic[StepT, EndT]):
    """Takes steps of one kind to the database, as many at a time as wait.

    Args:
        most: so many share a transaction.
        many: held by a transaction with more than one.
    """

    def __init__(self, work: Work[StepT, EndT], *, most: int, many: asyncio.Lock) -> None:
        self._work = work
        self._most = most
        self._many = many
        self._waiting: list[tuple[StepT, asyncio.Future[EndT]]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._busy = False

    async def join(self, step: StepT) -> EndT:
        """Go with the next transaction; what became of this step, once that is committed.

        Raises:
            Exception: what this step ended in.
        """
        ended: asyncio.Future[EndT] = asyncio.get_running_loop().create_future()
        self._waiting.append((step, ended))
        if not self._busy:
            self._busy = True
            self._start(self._drain())
        return await ended

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # told to everybody who waited; nobody waits for the task

    async def _drain(self) -> None:
        some: list[tuple[StepT, asyncio.Future[EndT]]] = []
        try:
            while self._waiting:
                some, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._take(some)
        except BaseException as end:
            for _, ended in [*some, *self._waiting]:
                _end(ended, end)
            self._waiting.clear()
            raise
        finally:
            self._busy = False

    async def _take(self, some: list[tuple[StepT, "asyncio.Future[EndT]"]]) -> None:
        try:
            async with AsyncExitStack() as stack:
                if len(some) > 1:
                    await stack.enter_async_context(self._many)
                results = await self._work([step for step, _ in some], wait=False)
        except Exception as error:  # noqa: BLE001  # whose fault it is shows when each goes by itself
            if len(some) == 1 or isinstance(error, DiskFull | MasterKeyError):
                for _, ended in some:
                    _end(ended, error)
                return
            log.info("went_one_by_one", steps=len(some), kind=type(error).__name__)
            results = [LEFT] * len(some)
        for (step, ended), result in zip(some, results, strict=True):
            if isinstance(result, Alone):
                self._start(self._alone(step, ended))  # nobody else waits for what it waits for
            else:
                _end(ended, result)

    async def _alone(self, step: StepT, ended: "asyncio.Future[EndT]") -> None:
        try:
            (result,) = await self._work([step], wait=True)
            assert not isinstance(result, Alone), step
            _end(ended, result)
        except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to the caller
            _end(ended, error)
        except BaseException as end:
            _end(ended, end)
            raise


def _end(ended: "asyncio.Future[EndT]", result: EndT | BaseException) -> None:
    """Tell whoever waits, unless he has gone. Whoever waits for one that is stopped is stopped as well, never left waiting."""
    if ended.done():
        return
    if isinstance(result, asyncio.CancelledError):
        ended.cancel()
    elif isinstance(result, BaseException):
        ended.set_exception(result)
    else:
        ended.set_result(result)
