"""Gauges that this process knows by itself: looked up at each scrape, kept nowhere."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connector.sync.context import Context
from connector.telemetry.catalogue import LIVE
from connector.transport import HttpClient
from connector.transport.breaker import BreakerState

Value = tuple[str, tuple[str, ...], float]


class Live(Collector):
    """Circuits, budgets, the pool and the lease of one process."""

    def __init__(self, ctx: Context, clients: Mapping[str, HttpClient]) -> None:
        self._ctx = ctx
        self._clients = clients

    def collect(self) -> Iterable[Metric]:
        """The families, in the order of the catalogue."""
        seen = list(self._values())
        for one in LIVE:
            family = GaugeMetricFamily(one.name, one.meaning, labels=one.labels)
            for name, labels, value in seen:
                if name == one.name:
                    family.add_metric(labels, value)
            yield family

    def _values(self) -> Iterator[Value]:
        ctx = self._ctx
        yield "phanhoi_build_info", (version("phanhoi-connector"), ctx.settings.node), 1
        yield "phanhoi_lease_held", (), float(ctx.lease.held)
        yield from self._of_systems()
        pool = ctx.db.pool
        idle = pool.get("pool_available", 0)
        yield "phanhoi_database_pool_connections", ("idle",), idle
        yield "phanhoi_database_pool_connections", ("lent",), pool.get("pool_size", 0) - idle
        yield "phanhoi_database_pool_waiting", (), pool.get("requests_waiting", 0)
        yield "phanhoi_database_pool_size_limit", (), pool.get("pool_max", 0)

    def _of_systems(self) -> Iterator[Value]:
        for name in self._ctx.systems:
            if self._ctx.circuits is not None:
                state = self._ctx.circuits.state(name)
                for one in BreakerState:
                    yield "phanhoi_circuit_state", (name, one.value), float(one is state)
        for name, client in self._clients.items():
            yield "phanhoi_http_client_in_flight", (name,), client.in_flight
            yield "phanhoi_http_client_budget_waiting", (name,), client.queued
            yield "phanhoi_http_client_budget_places", (name,), client.places
