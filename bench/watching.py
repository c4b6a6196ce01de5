"""What watching leaves behind in a province: alerts, a year of what the charts are drawn from, duties, and nodes at work."""

from typing import Any

import psycopg

from bench.province import Province
from connector.alerts.condition import Condition, Fact
from connector.jsonable import jsonable
from connector.ledger.kinds import EntryKind
from connector.store.schema import NEWEST
from connector.store.vault import encode

ALERTS = (6, 2_000)
"""Alerts that hold now, and that ended."""
HISTORY_DAYS = 365
_COUNTED = tuple(
    kind.value
    for kind in (
        EntryKind.OBSERVED,
        EntryKind.DONE,
        EntryKind.WAITING,
        EntryKind.IN_DOUBT,
        EntryKind.QUARANTINED,
    )
)


def furnish_watching(conn: psycopg.Connection[Any], town: Province) -> None:
    """All of it."""
    for part in (_alerts, _history, _duties, _nodes):
        part(conn, town)
        conn.commit()


def _alerts(conn: psycopg.Connection[Any], town: Province) -> None:
    holding, over = ALERTS
    conditions = list(Condition)
    for number in range(holding + over):
        fact = Fact(
            condition=conditions[number % len(conditions)],
            subject=None if number >= holding else f"mau-{number}",
            count=1 + number % 40,
            cases=(1 + number % town.cases,),
        )
        conn.execute(
            """
            INSERT INTO alert (condition, subject, fact, raised_at, told_at, told_weight, tellings, ended_at)
            VALUES (%(condition)s, %(subject)s, %(fact)s, %(now)s - %(hours)s * interval '1 h', %(now)s, 1, 1,
                    CASE WHEN %(over)s THEN %(now)s - (%(hours)s - 1) * interval '1 h' END)
            """,
            {
                "condition": fact.condition.value,
                "subject": fact.subject,
                "fact": encode(jsonable(fact)).decode(),
                "now": town.now,
                "hours": 2 + 4 * (holding + over - number),
                "over": number >= holding,
            },
        )


def _history(conn: psycopg.Connection[Any], town: Province) -> None:
    told = {"now": town.now, "days": HISTORY_DAYS, "kinds": list(_COUNTED)}
    conn.execute("SET LOCAL timezone TO 'Asia/Ho_Chi_Minh'")
    hours = "generate_series(date_trunc('hour', %(now)s::timestamptz) - %(days)s * interval '1 d', %(now)s, interval '1 h')"
    systems = "unnest(ARRAY['register', 'national_portal', 'government_portal'])"
    conn.execute(
        f"""
        INSERT INTO flow_hour (hour, system, kind, write, n)
        SELECT hour, system, kind, kind <> 'observed', 1 + extract(hour FROM hour)::int
        FROM {hours} AS hour, {systems} AS system, unnest(%(kinds)s::text[]) AS kind
        """.encode(),  # noqa: S608  # constants
        told,
    )
    conn.execute(
        f"""
        INSERT INTO lag_hour (hour, system, read_s, wait_s, open)
        SELECT hour, system, 60 + extract(hour FROM hour), 5, 10 FROM {hours} AS hour, {systems} AS system
        """.encode(),  # noqa: S608  # constants
        told,
    )
    conn.execute(
        f"""
        INSERT INTO circuit_span (node, system, state, since, until_at)
        SELECT 'may-1', system, CASE WHEN day_number %% 10 = 0 THEN 'open' ELSE 'closed' END,
               %(now)s - day_number * interval '1 d', %(now)s - (day_number - 1) * interval '1 d'
        FROM generate_series(1, %(days)s) AS day_number, {systems} AS system
        """.encode(),  # noqa: S608  # constants
        told,
    )
    conn.execute("UPDATE flow_counted SET seq = (SELECT seq FROM ledger_head)")


def _duties(conn: psycopg.Connection[Any], town: Province) -> None:  # noqa: ARG001  # as the other parts
    """One of each case: done in time, done late, or still to be done."""
    conn.execute(
        """
        INSERT INTO case_duty (case_id, number, duty, governs, nearest, due_at, closed_at, met)
        SELECT id, 0, 'handle', true, true, created_at + interval '15 d',
               CASE WHEN id %% 9 <> 0 THEN created_at + (id %% 18) * interval '1 d' END,
               CASE WHEN id %% 9 <> 0 THEN id %% 18 <= 15 END
        FROM case_record
        ON CONFLICT DO NOTHING
        """,
        {},
    )
    conn.execute("UPDATE link SET duties_of = changed_at WHERE system = 'register'")


def _nodes(conn: psycopg.Connection[Any], town: Province) -> None:  # noqa: ARG001  # as the other parts
    conn.execute(
        """
        INSERT INTO node (id, name, parts, version, knows)
        SELECT gen_random_uuid(), 'may-' || n, ARRAY['worker', 'clock'], '1', %s FROM generate_series(1, 3) AS n
        """,
        (NEWEST,),
    )
