"""The one HTTP client: what may be called, how often, and what the end of a call means for its caller."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from connector.clock import Clock
from connector.errors import InDoubt, SettingsError, Transient, Unreachable, Unreadable
from connector.lease import Lease
from connector.transport import engine
from connector.transport.address import check_url
from connector.transport.breaker import Admitted, Breaker, BreakerState, Outcome, Refused
from connector.transport.budget import Budget
from connector.transport.foreign import ForeignFiles
from connector.transport.opening import open_transport
from connector.transport.redact import safe_path
from connector.transport.retry import AttemptFailed, RetryPolicy, retry_after_s
from connector.transport.settings import TransportSettings

log = structlog.get_logger("connector.transport")

BREAKER_OPEN = "breaker_open"
NO_SHARE = "no_share_of_budget"
UNWELL = frozenset({502, 503, 504})
BUSY = frozenset({429, 503})


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A whole answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    elapsed_s: float


@dataclass(frozen=True, kw_only=True)
class CallSeen:
    """What an observer is told of each attempt: safe for metrics and logs.

    ``operation`` is the adapter's own word for what was called, ``other`` if it gave none; never a part of an address.
    ``result`` is the HTTP status as text, or the word for what went wrong (:class:`connector.transport.engine.Why`,
    ``breaker_open``, ``cancelled``).
    """

    system: str
    operation: str
    method: str
    host: str
    result: str
    elapsed_s: float


class HttpClient:
    """One client per system for life: its connections, budget, breaker and in-call retries.

    Any HTTP status is a reply, judged by the adapter (a SOAP Fault comes as 500). Redirects are never followed.

    Args:
        name: the system's name, for errors and logs.
        settings: limits and TLS files.
        clock: tells the time and waits.
        transport: another engine, for tests that need no socket.
        observer: called after each attempt; must not raise.
        lease: without it nothing that may have an effect is sent.

    Raises:
        SettingsError: a TLS file is missing or unusable.
    """

    def __init__(
        self,
        name: str,
        settings: TransportSettings,
        clock: Clock,
        *,
        transport: engine.AsyncTransport | None = None,
        observer: Callable[[CallSeen], None] | None = None,
        lease: Lease | None = None,
    ) -> None:
        self.name = name
        self._lease = lease or Lease()
        self._settings = settings
        self._clock = clock
        self._observer = observer
        self._transport = transport or open_transport(name, settings)
        self._foreign = ForeignFiles(name, settings)
        self._breaker = Breaker(failures=settings.breaker_failures, reset_s=settings.breaker_reset_s)
        self._budget = Budget(
            concurrency=settings.max_concurrency, rate_per_s=settings.rate_per_s, clock=clock
        )
        self._policy = RetryPolicy(
            tries=settings.tries, total_s=settings.retry_total_s, base_s=settings.retry_base_s
        )

    @property
    def breaker_state(self) -> BreakerState:
        """For status pages."""
        return self._breaker.state(self._clock.now())

    def share(self, rank: int, nodes: int) -> None:
        """Leave the others their part of this system's budget (:meth:`connector.transport.budget.Budget.share`)."""
        self._budget.share(rank, nodes)

    def beware(self, *, wary: bool) -> None:
        """Whether other nodes found this system down: then a single failure opens the breaker here, too."""
        self._breaker.wary = wary

    @property
    def admits(self) -> bool:
        """Whether this node has any share of the budget."""
        return self._budget.places > 0

    @property
    def places(self) -> int:
        """This node's share of the budget: calls that it may have under way."""
        return self._budget.places

    @property
    def in_flight(self) -> int:
        """Calls under way now."""
        return self._budget.in_use

    @property
    def queued(self) -> int:
        """Calls that wait for their turn in the budget."""
        return self._budget.queued

    async def request(
        self,
        method: str,
        url: str,
        *,
        safe: bool,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        read_timeout_s: float | None = None,
        max_bytes: int | None = None,
        operation: str = "other",
    ) -> Reply:
        """Send one request and read the whole answer.

        Args:
            safe: repeating has no effect at the other side (a read): connection faults, time-outs and 502–504 are
                retried inside the call; 429/503 with a Retry-After that fits into ``retry_total_s`` as well. An
                unsafe request is sent at most once: only a connection that could not be made is retried.
            params: added to the query that ``url`` may carry.
            max_bytes: the largest file that is taken; without it ``max_reply_bytes`` of the settings holds.
            operation: what is called, in one of the adapter's few words for it: a label of metrics.

        Raises:
            Unreachable: no connection, or the breaker is open; certainly not sent.
            Transient: a safe request that failed in the end; or 429/503 to any request.
            Unreadable: a safe request for a file brought more than ``max_bytes``; asking again would bring the same.
            InDoubt: an unsafe request was sent and no whole answer came back (time-out, reset, too large).
            LeaseLost: an unsafe request; not sent, for other nodes may have taken this one's work over.
            SettingsError: the address must not be called (see :func:`connector.transport.address.check_url`), or a
                header holds what no header may.
        """
        parts = check_url(url, self._settings.plain_http_hosts)
        _check_headers(headers or {})
        limits = engine.Limits(
            connect_s=self._settings.connect_timeout_s,
            read_s=read_timeout_s or self._settings.read_timeout_s,
            max_bytes=max_bytes or self._settings.max_reply_bytes,
        )
        out = engine.Outgoing(
            method=method.upper(), url=url, headers=headers or {}, params=params, content=content
        )
        call = _Call(
            out=out,
            limits=limits,
            host=parts.hostname or "",
            path=safe_path(parts.path),
            safe=safe,
            capped=max_bytes is not None,
            operation=operation,
        )
        return await self._policy.call(lambda: self._attempt(call), self._clock)

    async def fetch_foreign(self, url: str, *, max_bytes: int) -> Reply:
        """GET a file behind an address that came from outside (:class:`connector.transport.foreign.ForeignFiles`).

        That server is not the system: its faults say nothing about the system's health and do not touch the breaker.

        Raises:
            Permanent, Unreadable, Transient: see :meth:`connector.transport.foreign.ForeignFiles.fetch`.
        """
        loop = asyncio.get_running_loop()
        async with self._budget.slot():
            started = loop.time()
            answer = await self._foreign.fetch(url, max_bytes=max_bytes)
        return _reply(answer, loop.time() - started)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()
        await self._foreign.aclose()

    async def _attempt(self, call: "_Call") -> Reply:
        if not self.admits:
            raise AttemptFailed(self._unreachable(call, NO_SHARE, None), again=False)
        async with self._budget.slot():
            if not call.safe:
                # after all waiting: what follows is the wire
                self._lease.require()
            ticket = self._breaker.admit(self._clock.now())
            if isinstance(ticket, Refused):
                self._tell(call, BREAKER_OPEN, 0)
                raise AttemptFailed(self._unreachable(call, BREAKER_OPEN, ticket.wait_s), again=False)
            reply = await self._exchange(call, ticket)
        if reply.status in BUSY or (call.safe and reply.status in UNWELL):
            raise self._put_off(call, reply)
        return reply

    async def _exchange(self, call: "_Call", ticket: Admitted) -> Reply:
        loop = asyncio.get_running_loop()
        started = loop.time()
        outcome, result = Outcome.ABANDONED, "cancelled"
        try:
            answer = await engine.exchange(self._transport, call.out, call.limits)
            outcome = Outcome.FAILED if answer.status in UNWELL else Outcome.ALIVE
            result = str(answer.status)
        except engine.Fault as fault:
            outcome = Outcome.ALIVE if fault.why in _ALIVE else Outcome.FAILED
            result = fault.why.value
            raise self._failed(call, fault) from None
        finally:
            self._settle(ticket, outcome)
            self._tell(call, result, loop.time() - started)
        return _reply(answer, loop.time() - started)

    def _failed(self, call: "_Call", fault: engine.Fault) -> AttemptFailed:
        """What a fault means for the caller, and whether another attempt is harmless and hopeful."""
        if not fault.sent:
            return AttemptFailed(
                self._unreachable(call, fault.why, None), again=fault.why is not engine.Why.TLS
            )
        msg = f"{self.name}: {call.out.method} ended without a whole answer ({fault.why})"
        if not call.safe:
            error = InDoubt(msg, system=self.name, host=call.host, reason=fault.why.value)
            return AttemptFailed(error, again=False)
        if fault.why is engine.Why.TOO_LARGE and call.capped:
            unread = Unreadable(msg, system=self.name, host=call.host, reason=fault.why.value)
            return AttemptFailed(unread, again=False)
        missed = Transient(msg, system=self.name, host=call.host, reason=fault.why.value)
        return AttemptFailed(missed, again=fault.why not in _ALIVE)

    def _put_off(self, call: "_Call", reply: Reply) -> AttemptFailed:
        wait = retry_after_s(
            reply.headers.get("retry-after"),
            now=self._clock.now(),
            cap_s=self._settings.retry_after_cap_s,
            server_date=reply.headers.get("date"),
        )
        msg = f"{self.name}: the system asked to come back later (HTTP {reply.status})"
        error = Transient(msg, wait, system=self.name, host=call.host, status=reply.status)
        # 429 without a date tells us to slow down, not to try again within the second
        again = call.safe and (reply.status != 429 or wait is not None)
        return AttemptFailed(error, again=again, floor_s=wait or 0)

    def _unreachable(self, call: "_Call", reason: str, retry_after: float | None) -> Unreachable:
        msg = f"{self.name}: cannot be reached ({reason})"
        return Unreachable(msg, retry_after, system=self.name, host=call.host, reason=str(reason))

    def _settle(self, ticket: Admitted, outcome: Outcome) -> None:
        now = self._clock.now()
        if self._breaker.settle(ticket, outcome, now):
            log.warning("breaker_changed", system=self.name, state=self._breaker.state(now).value)

    def _tell(self, call: "_Call", result: str, elapsed_s: float) -> None:
        seen = CallSeen(
            system=self.name,
            operation=call.operation,
            method=call.out.method,
            host=call.host,
            result=result,
            elapsed_s=round(elapsed_s, 6),
        )
        fine = result.isdecimal() and int(result) < 500
        (log.debug if fine else log.warning)(
            "http_call",
            system=seen.system,
            method=seen.method,
            host=seen.host,
            path=call.path,
            result=result,
            elapsed_s=seen.elapsed_s,
        )
        if self._observer:
            self._observer(seen)


_ALIVE = frozenset({engine.Why.TOO_LARGE, engine.Why.UNREADABLE})
"""Faults of an answer that did come: the system lives, and asking again would bring the same."""


@dataclass(frozen=True, kw_only=True)
class _Call:
    """One call, the same for all its attempts. ``path`` is already safe for logs."""

    out: engine.Outgoing
    limits: engine.Limits
    host: str
    path: str
    safe: bool
    capped: bool
    operation: str


def _reply(answer: engine.Incoming, elapsed_s: float) -> Reply:
    return Reply(status=answer.status, headers=answer.headers, content=answer.content, elapsed_s=elapsed_s)


_HEADER = re.compile(r"[\x20-\x7e\t]*")


def _check_headers(headers: Mapping[str, str]) -> None:
    """A line end in a header would begin another header, or another request."""
    for name, value in headers.items():
        if not _HEADER.fullmatch(value):
            msg = f"the header {name} holds a character that no header may hold; look at the setting or secret behind it"
            raise SettingsError(msg, header=name)
