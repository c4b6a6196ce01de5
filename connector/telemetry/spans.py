"""Traces by OpenTelemetry: everything that happens to one case is one trace, whichever process or system it happens in.

The trace's id is made from the case's number and the installation, so nothing has to be carried along: not by a delivery,
not by a wake-up, and never by a call to a portal. A case is traced wholly or not at all, in every process alike.

====================  ==================================================================================
span                  covers
====================  ==================================================================================
``job <flow>``        one job of the engine, a trace of its own; spans of the cases it moved are linked to it
``observe``           the transaction in which a system's telling of the case was kept
``settle``            the transaction in which its writes were planned
``deliver``           one attempt at a write, with the calls and transactions inside it
``record``            any other transaction that wrote log entries about the case
``call``              one HTTP request of an attempt, or of a job
====================  ==================================================================================

Attributes are an allow-list of names, and their values must look like codes: anything else is left out.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from time import time_ns
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context as SpanContext
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, Status, StatusCode

from connector.ledger.entry import Draft
from connector.ledger.kinds import EntryKind
from connector.telemetry.committed import Committed
from connector.telemetry.tracer import Untraced

if TYPE_CHECKING:
    from connector.store.deliveries import Delivery
    from connector.transport import CallSeen

ALLOWED = frozenset(
    {
        "case_id", "delivery_id", "system", "source", "intent", "act_kind", "attempt", "state", "outcome", "code",
        "kinds", "flow", "operation", "method", "result",
    }
)  # fmt: skip
"""Every attribute that a span may carry."""

_CODE = re.compile(r"[A-Za-z0-9_.,:-]{1,120}")
_BAD = frozenset({EntryKind.WAITING, EntryKind.IN_DOUBT, EntryKind.QUARANTINED})
_ENDS = _BAD | {EntryKind.DONE, EntryKind.DUPLICATE, EntryKind.FOUND, EntryKind.WITHHELD, EntryKind.CANCELLED}

Value = str | int


def allowed(facts: Mapping[str, object]) -> dict[str, Value]:
    """Those facts that a span may carry: on the list, and a number or a word that looks like a code."""
    return {
        name: value
        for name, value in facts.items()
        if name in ALLOWED and (isinstance(value, int) or (isinstance(value, str) and _CODE.fullmatch(value)))
    }


def trace_of(installation: str, case_id: int) -> int:
    """The id of a case's trace: the same in every process of one installation, another in any other."""
    text = f"phanhoi/{installation}/case/{case_id}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:16]) or 1


class _CaseIds(RandomIdGenerator):
    """Gives the next trace the id that was asked for, if one was."""

    def __init__(self) -> None:
        self.wanted: int | None = None

    def generate_trace_id(self) -> int:
        wanted, self.wanted = self.wanted, None
        return super().generate_trace_id() if wanted is None else wanted


class Traced(Untraced):
    """Makes spans.

    Args:
        processor: takes the finished spans.
        installation: what tells this installation's cases from another's; its log's origin, for one.
        node: name of this machine.
        share: of the cases that are traced, between 0 and 1.
    """

    def __init__(
        self, processor: SpanProcessor, *, installation: str, node: str, version: str, share: float = 1
    ) -> None:
        self._installation = installation
        self._ids = _CaseIds()
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            # not Resource.create: the environment, the command line and the host's name would go along
            resource=Resource(
                {"service.name": "phanhoi", "service.version": version, "service.instance.id": node}
            ),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("connector")

    def job(self, flow: str, system: str | None) -> AbstractContextManager[None]:
        """A trace of its own: a job moves many cases."""
        return self._within(
            self._tracer.start_span(
                f"job {flow}", SpanContext(), attributes=allowed({"flow": flow, "system": system})
            )
        )

    def attempt(self, item: "Delivery") -> AbstractContextManager[None]:
        """``deliver``, in the trace of its case."""
        facts = {
            "case_id": item.case_id,
            "delivery_id": item.id,
            "system": item.target,
            "source": item.source,
            "intent": str(item.intent.value),
            "act_kind": item.act_kind,
            "attempt": item.attempts + 1,
            "state": item.state,
        }
        return self._within(self._of_case("deliver", item.case_id, facts, None))

    def committed(self, told: Committed) -> None:
        """One span for each case that the transaction wrote about."""
        by_case: dict[int, list[Draft]] = {}
        for entry in told.entries:
            if entry.case_id is not None:
                by_case.setdefault(entry.case_id, []).append(entry)
        for case_id, entries in by_case.items():
            span = self._of_case(_step(entries), case_id, _facts(case_id, entries), told.began_ns)
            span.end()
            self._tell_outcome(case_id, entries)

    def http_call(self, seen: "CallSeen") -> None:
        """``call``, below whatever made it; without that it is nobody's."""
        around = trace.get_current_span()
        if not around.is_recording():
            return
        facts = {
            "system": seen.system,
            "operation": seen.operation,
            "method": seen.method,
            "result": seen.result,
        }
        began = time_ns() - int(seen.elapsed_s * 1e9)
        span = self._tracer.start_span(
            "call", attributes=allowed(facts), start_time=began, kind=trace.SpanKind.CLIENT
        )
        if not seen.result.isdecimal() or int(seen.result) >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def close(self) -> None:
        """Hand over what waits, and end."""
        self._provider.shutdown()

    # ---- the spans of a case ----

    def _of_case(
        self, name: str, case_id: int, facts: Mapping[str, object], began_ns: int | None
    ) -> trace.Span:
        """A span in the case's trace: below the current one if that is of the case too, else linked to it."""
        around = trace.get_current_span().get_span_context()
        wanted = trace_of(self._installation, case_id)
        if around.trace_id == wanted:
            return self._tracer.start_span(name, attributes=allowed(facts), start_time=began_ns)
        links = [Link(around)] if around.is_valid else []
        self._ids.wanted = wanted
        return self._tracer.start_span(
            name, SpanContext(), attributes=allowed(facts), links=links, start_time=began_ns
        )

    def _tell_outcome(self, case_id: int, entries: Sequence[Draft]) -> None:
        """How the attempt around us ended is only known here."""
        around = trace.get_current_span()
        if around.get_span_context().trace_id != trace_of(self._installation, case_id):
            return
        for entry in entries:
            if entry.kind in _ENDS and entry.delivery_id is not None:
                told = allowed({"outcome": entry.kind.value, "code": entry.data.get("code")})
                around.set_attributes(told)
                if entry.kind in _BAD:
                    around.set_status(Status(StatusCode.ERROR))

    @contextmanager
    def _within(self, span: trace.Span) -> Iterator[None]:
        # never the exception itself: its message may quote what it choked on
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield
            except BaseException:
                span.set_status(Status(StatusCode.ERROR))
                raise


def _step(entries: Sequence[Draft]) -> str:
    kinds = {entry.kind for entry in entries}
    if EntryKind.OBSERVED in kinds:
        return "observe"
    return "settle" if EntryKind.PLANNED in kinds else "record"


def _facts(case_id: int, entries: Sequence[Draft]) -> dict[str, object]:
    kinds = ",".join(dict.fromkeys(entry.kind.value for entry in entries))
    one = entries[0]
    return {"case_id": case_id, "system": one.system, "delivery_id": one.delivery_id, "kinds": kinds}
