"""One call from its arrival to the last byte of its answer, faults included, and its line in the journal."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from starlette.types import Receive, Send

from adapters.twin_kit.controlled import Controlled
from adapters.twin_kit.faults import Faults, Plan
from adapters.twin_kit.journal import Trace, begin_trace
from adapters.twin_kit.reply import Reply, deliver, page, retry_after
from adapters.twin_kit.server import cut

_LOSING: Final = ("drop_after_commit", "reset_after_commit")
_STATUSES: Final[Mapping[str, int]] = {
    "http_500": 500,
    "html_502": 502,
    "http_503": 503,
    "http_504": 504,
    "http_429": 429,
}
_MAY_RETRY: Final = (429, 503)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is known of a call before any work.

    ``ids`` are for the journal: ``case``, ``own_code``, ``key`` and the portal's own.
    """

    service: str
    write: bool = False
    ids: Mapping[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


Work = Callable[[], Awaitable[Reply]]
Refuse = Callable[[str], Reply | None]


class Exchange:
    """The connection's side of a twin.

    Args:
        twin: its faults decide what strikes, its journal gets a line for every call.
        refuse: the portal's own words for a fault before the work (``busy`` and the like); None if the call goes on
            and meets it there.
        name: who signs the error pages.
    """

    def __init__(self, twin: Controlled, *, refuse: Refuse, name: str) -> None:
        self._twin = twin
        self._refuse = refuse
        self._name = name

    @property
    def _faults(self) -> Faults[Any]:
        return self._twin.faults

    async def serve(self, asked: Asked, work: Work, receive: Receive, send: Send) -> None:
        """Do the work between the faults that are drawn for this call."""
        plan = self._faults.plan(asked.service, write=asked.write)
        if plan.latency_s:
            await asyncio.sleep(plan.latency_s)
        trace = begin_trace()
        if plan.before is not None:
            trace.faults.append(plan.before)
            if await self._fails(plan, asked, trace, receive, send):
                return
        reply = await work()
        if plan.after == "call_twice":
            reply = await work()
        lost = self._lost(plan, trace)
        if lost or (plan.after and plan.after not in _LOSING):
            trace.faults.append(lost or plan.after or "")
        self._note(asked, reply, trace, status=None if lost else reply.status)
        if lost:
            await cut(receive, send, reset=lost == "reset_after_commit")
            return
        if plan.after == "slow":
            await asyncio.sleep(self._faults.profile.slow_s if plan.delay_s is None else plan.delay_s)
        elif plan.delay_s:
            await asyncio.sleep(plan.delay_s)
        await deliver(reply, plan.after, self._faults.profile, receive, send)

    def _lost(self, plan: Plan, trace: Trace) -> str | None:
        """The fault that takes the answer of a call with an effect; ``lose_first`` counts even under another fault."""
        first = self._faults.loses_reply(trace.effects)
        if trace.effects and plan.after in _LOSING:
            return plan.after
        return "lose_first" if first else None

    async def _fails(self, plan: Plan, asked: Asked, trace: Trace, receive: Receive, send: Send) -> bool:
        """Carry out a fault before the work; False if the call goes on."""
        mode = plan.before or ""
        if plan.delay_s:
            await asyncio.sleep(plan.delay_s)
        if mode in ("drop_before", "reset_before", "refuse"):
            self._note(asked, Reply(outcome="dropped"), trace, status=None)
            if mode == "refuse" and self._twin.port is not None:
                self._twin.port.refuse(self._faults.profile.refuse_s)
            await cut(receive, send, reset=mode == "reset_before")
            return True
        reply = self._page(mode) if mode in _STATUSES else self._refuse(mode)
        if reply is None:
            return False
        self._note(asked, reply, trace, status=reply.status)
        await deliver(reply, None, self._faults.profile, receive, send)
        return True

    def _page(self, mode: str) -> Reply:
        status = _STATUSES[mode]
        reply = page(status, name=self._name, outcome=mode)
        if status not in _MAY_RETRY:
            return reply
        return replace(reply, headers=retry_after(self._faults.profile, self._faults.stream("retry_after")))

    def _note(self, asked: Asked, reply: Reply, trace: Trace, *, status: int | None) -> None:
        ids = {**asked.ids, **reply.facts}
        if ids.get("case") is None and trace.effects:
            ids["case"] = trace.effects[0].case or None
        if asked.write:
            ids["write"] = True
        self._twin.journal.add(
            asked.service, at=asked.at, outcome=reply.outcome, status=status, told=trace, **ids
        )
