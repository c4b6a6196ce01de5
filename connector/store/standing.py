"""How everything stands, for metrics: few statements over partial indexes, each bounded, within one short transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.store import tally
from connector.store.connection import Connection
from connector.store.deliveries import OPEN, among
from connector.store.history import WAITING

MOST = 100_000
"""So many deadlines are counted of each standing."""

PATIENCE_MS = 4000
"""A statement that takes longer is given up: metrics must never be what slows the work down."""

NEAR = timedelta(hours=24)
RECENT = timedelta(hours=1)
NEWEST_RUNS = 5000
"""So many of the newest passes are looked through."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One value of a metric; ``labels`` in the order of the catalogue."""

    metric: str
    labels: tuple[str, ...]
    value: float


async def read(conn: Connection, systems: Collection[str], now: datetime) -> list[Row]:
    """Everything that is read from the database, in a transaction that only reads.

    Raises:
        DatabaseUnavailable: also if a statement took longer than :data:`PATIENCE_MS`.
    """
    await conn.execute("SET TRANSACTION READ ONLY")
    await conn.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}".encode())
    values = {
        "now": now,
        "systems": list(systems),
        "near": now + NEAR,
        "recent": now - RECENT,
        "runs": NEWEST_RUNS,
        "most": MOST,
    }
    rows: list[Row] = []
    for query in _QUERIES:
        cursor = await conn.execute(query.encode(), values)
        rows += [
            Row(
                metric=row["metric"],
                labels=tuple(str(one) for one in row["labels"]),
                value=float(row["value"]),
            )
            for row in await cursor.fetchall()
        ]
    return [*rows, *_of_tally(await tally.totals(conn))]


def _of_tally(found: dict[str, int]) -> list[Row]:
    rows = [Row(metric="phanhoi_cases", labels=(), value=found.get(tally.CASES, 0))]
    for metric, prefix in (
        ("phanhoi_cases_linked", tally.LINKED),
        ("phanhoi_deliveries_done_total", tally.DONE),
    ):
        rows += [
            Row(metric=metric, labels=(name,), value=n) for name, n in tally.under(found, prefix).items()
        ]
    return rows


_LAGS = f"""
SELECT 'phanhoi_read_lag_seconds' AS metric, ARRAY[system] AS labels,
       greatest(0, extract(epoch FROM %(now)s - ok_at)) AS value
FROM watermark WHERE system = ANY(%(systems)s) AND ok_at IS NOT NULL
UNION ALL
SELECT 'phanhoi_write_lag_seconds', ARRAY[name], coalesce(greatest(0, extract(epoch FROM %(now)s - d.oldest)), 0)
FROM unnest(%(systems)s::text[]) AS name LEFT JOIN (
    SELECT target, min(created_at) AS oldest FROM delivery WHERE {among(OPEN)} AND {among(WAITING)} GROUP BY target
) AS d ON d.target = name
"""  # noqa: S608  # constants

_DELIVERIES = f"""
SELECT 'phanhoi_deliveries' AS metric, ARRAY[name, s.state] AS labels, coalesce(d.n, 0) AS value
FROM unnest(%(systems)s::text[]) AS name CROSS JOIN unnest(ARRAY{list(OPEN)}) AS s (state) LEFT JOIN (
    SELECT target, state, count(*) AS n FROM delivery WHERE {among(OPEN)} GROUP BY target, state
) AS d ON d.target = name AND d.state = s.state
UNION ALL
SELECT 'phanhoi_deliveries_due', ARRAY[name], coalesce(d.n, 0)
FROM unnest(%(systems)s::text[]) AS name LEFT JOIN (
    SELECT target, count(*) AS n FROM delivery
    WHERE {among(OPEN)} AND {among(WAITING)} AND next_attempt_at <= %(now)s GROUP BY target
) AS d ON d.target = name
"""  # noqa: S608  # constants

_WAITING = """
SELECT 'phanhoi_cases_unsettled' AS metric, ARRAY[]::text[] AS labels, count(*) AS value
FROM case_record WHERE dirty_at IS NOT NULL
UNION ALL
SELECT 'phanhoi_quarantine_items', ARRAY[coalesce(system, ''), coalesce(code, '')], count(*)
FROM quarantine WHERE state = 'open' GROUP BY system, code
UNION ALL
SELECT 'phanhoi_findings', ARRAY[system, severity, CASE WHEN ack_by IS NULL THEN 'no' ELSE 'yes' END], count(*)
FROM finding WHERE closed_at IS NULL GROUP BY system, severity, ack_by IS NULL
UNION ALL
SELECT 'phanhoi_holds', ARRAY[split_part(scope, ':', 1),
       CASE WHEN scope LIKE 'system:%%' OR scope LIKE 'flow:%%' THEN regexp_replace(scope, '^.*:', '') ELSE '' END,
       coalesce(guard, '')], count(*)
FROM pause GROUP BY 2
UNION ALL
SELECT 'phanhoi_alerts', ARRAY[condition], count(*) FROM alert WHERE ended_at IS NULL GROUP BY condition
"""

_DEADLINES = f"""
SELECT 'phanhoi_deadlines' AS metric, ARRAY['overdue'] AS labels, count(*) AS value
FROM (SELECT FROM case_duty WHERE nearest AND due_at <= %(now)s LIMIT %(most)s) AS overdue
UNION ALL
SELECT 'phanhoi_deadlines', ARRAY['near'], count(*)
FROM (SELECT FROM case_duty WHERE nearest AND due_at > %(now)s AND due_at <= %(near)s LIMIT %(most)s) AS near
UNION ALL
SELECT 'phanhoi_deadlines_behind_writes', ARRAY[name, standing], coalesce(behind.n, 0)
FROM unnest(%(systems)s::text[]) AS name CROSS JOIN unnest(ARRAY['overdue', 'near']) AS standing LEFT JOIN (
    SELECT target, CASE WHEN due_at <= %(now)s THEN 'overdue' ELSE 'near' END AS stands, count(DISTINCT case_id) AS n
    FROM (SELECT target, case_id FROM delivery WHERE {among(OPEN)} LIMIT %(most)s) AS waiting
    JOIN case_duty USING (case_id) WHERE nearest AND due_at <= %(near)s GROUP BY 1, 2
) AS behind ON behind.target = name AND behind.stands = standing
"""  # noqa: S608  # constants

_PROGRAM = """
SELECT 'phanhoi_passes' AS metric, ARRAY[kind, coalesce(system, ''), coalesce(outcome, 'running')] AS labels,
       count(*) AS value
FROM run WHERE id > (SELECT max(id) FROM run) - %(runs)s AND started_at >= %(recent)s GROUP BY 2
UNION ALL
SELECT 'phanhoi_jobs', ARRAY[queue_name, status::text], count(*)
FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY queue_name, status
UNION ALL
SELECT 'phanhoi_nodes', ARRAY[part], count(*) FROM node, unnest(parts) AS part GROUP BY part
UNION ALL
SELECT 'phanhoi_clock_offset_seconds', ARRAY[]::text[], extract(epoch FROM %(now)s - clock_timestamp())
"""

_LOG = """
SELECT 'phanhoi_log_size_entries' AS metric, ARRAY[]::text[] AS labels, seq AS value FROM ledger_head
UNION ALL
SELECT 'phanhoi_log_unsealed_entries', ARRAY[]::text[],
       (SELECT seq FROM ledger_head) - coalesce((SELECT max(size) FROM ledger_checkpoint), 0)
UNION ALL
SELECT 'phanhoi_log_checkpoint_age_seconds', ARRAY[]::text[], extract(epoch FROM %(now)s - signed_at)
FROM (SELECT signed_at FROM ledger_checkpoint ORDER BY size DESC LIMIT 1) AS newest
UNION ALL
SELECT 'phanhoi_log_outlet_failing', ARRAY[outlet], 1 FROM ledger_outlet
"""

_QUERIES = (_LAGS, _DELIVERIES, _WAITING, _DEADLINES, _PROGRAM, _LOG)
