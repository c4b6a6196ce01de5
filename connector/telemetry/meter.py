"""The meter of one process: its own registry, and one method for each thing that is counted as it happens."""

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.process_collector import ProcessCollector

from connector.ledger.kinds import EntryKind
from connector.telemetry.catalogue import COUNTED, Kind, Metric
from connector.telemetry.committed import Committed

if TYPE_CHECKING:
    from connector.transport import CallSeen

# a second series for each, which nobody asks for
disable_created_metrics()  # type: ignore[no-untyped-call]  # of the library

NONE = ""
"""The value of a label that does not apply."""

OUTCOMES = frozenset(
    {
        EntryKind.DONE,
        EntryKind.DUPLICATE,
        EntryKind.FOUND,
        EntryKind.WAITING,
        EntryKind.IN_DOUBT,
        EntryKind.QUARANTINED,
        EntryKind.WITHHELD,
    }
)
"""Kinds of entry about a delivery that end an attempt at it."""


class Meter:
    """Counts. Cheap enough to be there always: about a microsecond an event, and nothing is kept of any case."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._instruments: dict[str, MetricWrapperBase] = {one.name: self._made(one) for one in COUNTED}

    def _made(self, one: Metric) -> MetricWrapperBase:
        if one.kind is Kind.HISTOGRAM:
            return Histogram(one.name, one.meaning, one.labels, buckets=one.buckets, registry=self.registry)
        return Counter(one.name, one.meaning, one.labels, registry=self.registry)

    def with_process(self) -> None:
        """Tell of the process itself, too, by the names that every dashboard knows (``process_…``, ``python_gc_…``)."""
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)

    # ---- events ----

    def committed(self, told: Committed) -> None:
        """A transaction committed with its entries."""
        self._observe("phanhoi_log_append_duration_seconds", told.append_s)
        for entry in told.entries:
            self._count("phanhoi_log_entries_total", entry.kind.value, entry.system or NONE)
            if entry.kind in OUTCOMES and entry.delivery_id is not None:
                code = entry.data.get("code")
                self._count(
                    "phanhoi_delivery_outcomes_total",
                    entry.system or NONE,
                    entry.kind.value,
                    str(code or NONE),
                )

    def http_call(self, seen: "CallSeen") -> None:
        """An attempt at a call ended."""
        self._observe(
            "phanhoi_http_client_duration_seconds", seen.elapsed_s, seen.system, seen.operation, seen.result
        )

    def job(self, flow: str, system: str | None, began: float, *, failed: bool) -> None:
        """A job ended that began at ``began`` of :func:`time.perf_counter`."""
        result = "failed" if failed else "ok"
        self._observe("phanhoi_job_duration_seconds", perf_counter() - began, flow, system or NONE, result)

    def web_request(self, server: str, route: str, method: str, status: int, began: float) -> None:
        """A request was answered; ``route`` is the pattern, never the path."""
        self._observe(
            "phanhoi_web_request_duration_seconds", perf_counter() - began, server, route, method, str(status)
        )

    def loop_lag(self, seconds: float) -> None:
        """The event loop gave us our turn so much too late."""
        self._observe("phanhoi_event_loop_lag_seconds", seconds)

    def _count(self, name: str, *labels: str) -> None:
        one = self._instruments[name]
        assert isinstance(one, Counter)
        one.labels(*labels).inc()

    def _observe(self, name: str, value: float, *labels: str) -> None:
        one = self._instruments[name]
        assert isinstance(one, Histogram)
        (one.labels(*labels) if labels else one).observe(value)


def names_of(registry: CollectorRegistry) -> Iterable[str]:
    """Names of the families that a registry tells now, counters with their ``_total``."""
    for family in registry.collect():
        yield f"{family.name}_total" if family.type == "counter" else family.name
