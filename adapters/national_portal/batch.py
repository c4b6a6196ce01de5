"""Gathers concurrent writes of one service into one ``data[]`` (national-portal contract §10.1: at most 10)."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.national_portal.profile import INSERT_OR_UPDATE
from adapters.national_portal.render import Rendered
from connector import crash
from connector.errors import ConnectorError
from connector.system import Receipt

Outcome = Receipt | ConnectorError
Send = Callable[[Sequence[Rendered]], Awaitable[Sequence[Outcome]]]


@dataclass(kw_only=True)
class _Gathering:
    """One batch that still takes items."""

    items: list[tuple[Rendered, asyncio.Future[Receipt]]] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None


class Coalescer:
    """The seam stays one operation; the wire gets batches.

    A batch leaves when it is full, or when its first item has waited ``linger_s``. It never holds two writes of one
    case: their order and their rows in the answer would be unclear.

    Args:
        limits: most items by service.
        send: sends one batch and says what became of each item, in order; an error that it raises counts for all.
    """

    def __init__(self, limits: Mapping[str, int], linger_s: float, send: Send) -> None:
        self._limits = limits
        self._linger_s = linger_s
        self._send = send
        self._open: dict[tuple[str, str | None], _Gathering] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def put(self, rendered: Rendered) -> Receipt:
        """Send it with whatever else goes the same way now.

        Raises:
            ConnectorError: what became of this item.
        """
        group = (rendered.service, rendered.lead.get(INSERT_OR_UPDATE))
        if any(_case(rendered) == _case(other) for other, _ in self._items(group)):
            self._flush(group)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Receipt] = loop.create_future()
        gathering = self._open.setdefault(group, _Gathering())
        gathering.items.append((rendered, answer))
        if len(gathering.items) >= self._limits.get(rendered.service, 1):
            self._flush(group)
        elif gathering.timer is None:
            # the loop's own timer: milliseconds of the machine, whatever clock the calendar runs on
            gathering.timer = loop.call_later(self._linger_s, self._flush, group)
        return await answer

    async def aclose(self) -> None:
        """Send what waits and see it through."""
        for group in tuple(self._open):
            self._flush(group)
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    def _items(self, group: tuple[str, str | None]) -> list[tuple[Rendered, asyncio.Future[Receipt]]]:
        gathering = self._open.get(group)
        return gathering.items if gathering else []

    def _flush(self, group: tuple[str, str | None]) -> None:
        gathering = self._open.pop(group, None)
        if gathering is None:
            return
        if gathering.timer is not None:
            gathering.timer.cancel()
        task = asyncio.get_running_loop().create_task(self._run(gathering.items))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, items: list[tuple[Rendered, asyncio.Future[Receipt]]]) -> None:
        # whoever gave up before the batch left is not sent
        waiting = [(rendered, answer) for rendered, answer in items if not answer.done()]
        if not waiting:
            return
        # which is "many" only if it really holds more than one
        kind = waiting[0][0].service, "many" if len(waiting) > 1 else "one"
        crash.point("batch.gathered", *kind)
        try:
            outcomes = await self._send([rendered for rendered, _ in waiting])
            crash.point("batch.answered", *kind)
        except asyncio.CancelledError:
            for _, answer in waiting:
                answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to the callers
            for _, answer in waiting:
                _fail(answer, error)
            return
        for (_, answer), outcome in zip(waiting, outcomes, strict=True):
            if isinstance(outcome, Receipt):
                if not answer.done():
                    answer.set_result(outcome)
            else:
                _fail(answer, outcome)


def _fail(answer: "asyncio.Future[Receipt]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(copy.copy(error) if isinstance(error, ConnectorError) else error)


def _case(rendered: Rendered) -> tuple[str | None, str | None]:
    key = rendered.operation.key
    return (key.ref, None) if key.ref is not None else (None, key.code)
