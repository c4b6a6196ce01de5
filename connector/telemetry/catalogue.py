"""Every metric: its name, unit, labels and meaning. The registry is made from it, and a test holds the manual to it.

Names follow the conventions of Prometheus: base units, ``_total`` for what only grows, ``_timestamp_seconds`` for instants.
No label ever holds anything of a case: the values are names of systems, codes, states and routes, of which there are few.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a metric is to be read."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Origin(StrEnum):
    """Where its values come from."""

    PROCESS = "process"
    """Counted in this process alone: sum it over the processes."""
    DATABASE = "database"
    """Read from the database all share: the same in each process, never to be summed over them."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric. ``buckets``: upper bounds of a histogram, in its unit."""

    name: str
    kind: Kind
    origin: Origin
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""What a person or a lock waits for."""
SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""What a portal takes."""
LONG = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)
"""What a job takes."""


def _counter(name: str, meaning: str, *labels: str) -> Metric:
    return Metric(name=name, kind=Kind.COUNTER, origin=Origin.PROCESS, meaning=meaning, labels=labels)


def _histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Metric:
    return Metric(
        name=name,
        kind=Kind.HISTOGRAM,
        origin=Origin.PROCESS,
        meaning=meaning,
        labels=labels,
        buckets=buckets,
    )


def _live(name: str, meaning: str, *labels: str) -> Metric:
    return Metric(name=name, kind=Kind.GAUGE, origin=Origin.PROCESS, meaning=meaning, labels=labels)


def _standing(name: str, meaning: str, *labels: str, kind: Kind = Kind.GAUGE) -> Metric:
    return Metric(name=name, kind=kind, origin=Origin.DATABASE, meaning=meaning, labels=labels)


COUNTED = (
    _counter(
        "phanhoi_log_entries_total", "entries of the evidence log that this process wrote", "kind", "system"
    ),
    _counter(
        "phanhoi_delivery_outcomes_total",
        "ends of attempts at a write: `done`, `duplicate`, `found`, `waiting`, `in_doubt`, `quarantined`, `withheld`; with the error's code",
        "system",
        "outcome",
        "code",
    ),
    _histogram(
        "phanhoi_log_append_duration_seconds",
        "waiting for the end of the chain, writing the entries and committing",
        QUICK,
    ),
    _histogram(
        "phanhoi_http_client_duration_seconds",
        "one attempt at a call; `result` is the HTTP status or a word (`timeout`, `breaker_open`, `cancelled` …)",
        SLOW,
        "system",
        "operation",
        "result",
    ),
    _histogram(
        "phanhoi_job_duration_seconds",
        "one job of a flow (`observe`, `settle`, `deliver` …); `result` is `ok` or `failed`",
        LONG,
        "flow",
        "system",
        "result",
    ),
    _histogram(
        "phanhoi_web_request_duration_seconds",
        "one request to the console or the file gateway, by the route's pattern",
        QUICK,
        "server",
        "route",
        "method",
        "status",
    ),
    _histogram(
        "phanhoi_event_loop_lag_seconds", "how much later than asked for the process gets its turn", QUICK
    ),
)
"""Counted as it happens."""

LIVE = (
    _live("phanhoi_build_info", "1; the program's version", "version", "node"),
    _live(
        "phanhoi_circuit_state",
        "1 for the state in which this process sees the system's circuit, 0 for the others",
        "system",
        "state",
    ),
    _live("phanhoi_http_client_in_flight", "calls under way", "system"),
    _live("phanhoi_http_client_budget_waiting", "calls that wait for their turn in the budget", "system"),
    _live("phanhoi_http_client_budget_places", "this process's share of the budget, in calls", "system"),
    _live("phanhoi_lease_held", "1 while this process may send"),
    _live("phanhoi_database_pool_connections", "connections `lent` and `idle`", "state"),
    _live("phanhoi_database_pool_waiting", "tasks that wait for a connection"),
    _live("phanhoi_database_pool_size_limit", "most connections of the pool"),
)
"""Looked up in the process at each scrape."""

STANDING = (
    _standing("phanhoi_read_lag_seconds", "since a reading of the system last ended well", "system"),
    _standing(
        "phanhoi_write_lag_seconds", "age of the oldest write that goes on by itself; 0: none waits", "system"
    ),
    _standing("phanhoi_deliveries", "writes that are not over, by state", "system", "state"),
    _standing(
        "phanhoi_deliveries_done_total",
        "writes that took effect, since the beginning",
        "system",
        kind=Kind.COUNTER,
    ),
    _standing("phanhoi_deliveries_due", "writes that could be attempted now", "system"),
    _standing("phanhoi_cases", "cases known"),
    _standing("phanhoi_cases_linked", "cases tied to their twin in the system", "system"),
    _standing("phanhoi_cases_unsettled", "cases that changed and are not settled yet"),
    _standing("phanhoi_quarantine_items", "what waits for a person, by the error's code", "system", "code"),
    _standing(
        "phanhoi_findings",
        "open differences; `acknowledged` is `yes` or `no`",
        "system",
        "severity",
        "acknowledged",
    ),
    _standing(
        "phanhoi_deadlines",
        "open legal deadlines: `overdue`, or `near` (within 24 hours); counted up to 100 000",
        "standing",
    ),
    _standing(
        "phanhoi_deadlines_behind_writes",
        "the same of cases of which a write to the system is not over",
        "system",
        "standing",
    ),
    _standing(
        "phanhoi_holds",
        "what is held: `system`, `flow`, `case` …; `guard` names the guard that stopped it",
        "what",
        "system",
        "guard",
    ),
    _standing(
        "phanhoi_passes", "passes begun within the last hour, by how they ended", "flow", "system", "outcome"
    ),
    _standing("phanhoi_jobs", "the engine's jobs, `todo` and `doing`", "queue", "status"),
    _standing("phanhoi_nodes", "processes at work", "part"),
    _standing("phanhoi_log_size_entries", "entries of the evidence log"),
    _standing("phanhoi_log_unsealed_entries", "entries after the last sealed checkpoint"),
    _standing("phanhoi_log_checkpoint_age_seconds", "age of the last sealed checkpoint; absent: none yet"),
    _standing("phanhoi_log_outlet_failing", "1: the outlet takes no checkpoint now", "outlet"),
    _standing("phanhoi_alerts", "alerts that hold now", "condition"),
    _standing(
        "phanhoi_certificate_expiry_timestamp_seconds",
        "when a certificate ends that the settings name",
        "subject",
        "setting",
    ),
    _standing("phanhoi_disk_free_bytes", "free space at the embedded database"),
    _standing("phanhoi_clock_offset_seconds", "our clock less the database server's"),
    _standing("phanhoi_standing_read_timestamp_seconds", "when these values were read"),
    _standing("phanhoi_standing_read_duration_seconds", "how long reading them took"),
    _standing("phanhoi_standing_up", "1 if the last reading succeeded; at 0 the others are left out"),
)
"""Read from the database, at most every ``observability.refresh_s``."""

ALL: Mapping[str, Metric] = {one.name: one for one in (*COUNTED, *LIVE, *STANDING)}
