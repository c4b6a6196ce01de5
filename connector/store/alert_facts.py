"""What alerts look at, by queries that stay cheap however much is stored: open rows, and the newest of the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.alerts.condition import MOST_NAMED
from connector.errors import OnHold, TriedTooLong
from connector.store.connection import Connection
from connector.store.deliveries import UNKNOWN_EFFECT

NEWEST_ENTRIES = 5000
NEWEST_RUNS = 2000
"""So many of the newest rows are looked through for failures: on a busy day they are the last minutes."""

GOOD = ("done", "duplicate", "found")
BAD = ("waiting", "in_doubt", "quarantined")
"""Kinds of ledger entry that end an attempt to write."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Rows of one subject. ``cases``: a few of them, the longest waiting first."""

    subject: str
    count: int
    of: int | None = None
    codes: tuple[str, ...] = ()
    cases: tuple[int, ...] = ()
    since: datetime | None = None


async def failures(conn: Connection, since: datetime) -> list[Seen]:
    """Readings and writes that ended badly, out of all, by system."""
    cursor = await conn.execute(
        """
        WITH ended AS (
            SELECT system, kind = ANY(%(bad)s) AS bad, data->>'code' AS code FROM ledger_entry
            WHERE seq > (SELECT seq FROM ledger_head) - %(entries)s AND at >= %(since)s
              AND kind = ANY(%(kinds)s) AND delivery_id IS NOT NULL AND data->>'code' IS DISTINCT FROM %(hold)s
            UNION ALL
            SELECT system, outcome = 'failed', error_code FROM run
            WHERE id > (SELECT max(id) FROM run) - %(runs)s AND started_at >= %(since)s
              AND outcome IN ('ok', 'empty', 'failed')
        )
        SELECT system AS subject, count(*) FILTER (WHERE bad) AS count, count(*) AS of,
               array_agg(DISTINCT code) FILTER (WHERE bad AND code IS NOT NULL) AS codes
        FROM ended WHERE system IS NOT NULL GROUP BY system HAVING bool_or(bad) ORDER BY system
        """,
        {
            "bad": list(BAD),
            "kinds": [*GOOD, *BAD],
            "entries": NEWEST_ENTRIES,
            "runs": NEWEST_RUNS,
            "since": since,
            "hold": OnHold.code,
        },
    )
    return [Seen(**{**row, "codes": tuple(row["codes"] or ())}) for row in await cursor.fetchall()]


async def in_doubt(conn: Connection, before: datetime) -> list[Seen]:
    """Writes in doubt since before then, and those about which a person has to decide, by system."""
    return await _writes(
        conn,
        "(state = 'in_doubt' AND coalesce(sent_at, created_at) <= %(before)s)"
        " OR (state = 'quarantined' AND error_code = ANY(%(codes)s))",
        before=before,
        codes=sorted(UNKNOWN_EFFECT),
    )


async def given_up(conn: Connection) -> list[Seen]:
    """Writes that were tried for too long, by system."""
    return await _writes(
        conn, "state = 'quarantined' AND error_code = ANY(%(codes)s)", codes=[TriedTooLong.code]
    )


async def _writes(conn: Connection, condition: str, **values: object) -> list[Seen]:
    cursor = await conn.execute(
        f"""
        SELECT target AS subject, count(*) AS count, min(coalesce(sent_at, created_at)) AS since,
               (array_agg(case_id ORDER BY coalesce(sent_at, created_at)))[1:{MOST_NAMED}] AS cases
        FROM delivery WHERE state IN ('in_doubt', 'quarantined') AND ({condition}) GROUP BY target ORDER BY target
        """.encode(),  # noqa: S608  # constants
        values,
    )
    return [Seen(**{**row, "cases": _once(row["cases"])}) for row in await cursor.fetchall()]


async def findings(conn: Connection, severities: Sequence[str]) -> list[Seen]:
    """Open findings of these severities that nobody has acknowledged, by system."""
    cursor = await conn.execute(
        f"""
        SELECT system AS subject, count(*) AS count, min(opened_at) AS since, array_agg(DISTINCT kind) AS codes,
               (array_agg(case_id ORDER BY due_at, opened_at) FILTER (WHERE case_id IS NOT NULL))[1:{MOST_NAMED}] AS cases
        FROM finding WHERE closed_at IS NULL AND ack_by IS NULL AND severity = ANY(%s) GROUP BY system ORDER BY system
        """.encode(),  # noqa: S608  # a constant
        (list(severities),),
    )
    rows = await cursor.fetchall()
    return [Seen(**{**row, "codes": tuple(row["codes"]), "cases": _once(row["cases"])}) for row in rows]


async def drifts(conn: Connection) -> list[Seen]:
    """Open differences from recorded contracts, by system."""
    cursor = await conn.execute(
        """
        SELECT system AS subject, count(*) AS count, min(first_seen) AS since FROM contract_drift
        WHERE state = 'open' GROUP BY system ORDER BY system
        """
    )
    return [Seen(**row) for row in await cursor.fetchall()]


async def silences(conn: Connection) -> list[Seen]:
    """Systems that could not be read for a day (R15)."""
    cursor = await conn.execute(
        "SELECT system AS subject, 1 AS count, since FROM pull_gap WHERE ended_at IS NULL ORDER BY system"
    )
    return [Seen(**row) for row in await cursor.fetchall()]


async def quarantined(conn: Connection, since: datetime) -> list[Seen]:
    """Items that were put aside since then, out of all that wait, by system."""
    cursor = await conn.execute(
        """
        SELECT system AS subject, count(*) FILTER (WHERE first_seen >= %(since)s) AS count, count(*) AS of,
               array_agg(DISTINCT code) FILTER (WHERE first_seen >= %(since)s) AS codes
        FROM quarantine WHERE state = 'open' GROUP BY system ORDER BY system
        """,
        {"since": since},
    )
    return [Seen(**{**row, "codes": tuple(row["codes"] or ())}) for row in await cursor.fetchall()]


async def untold(conn: Connection, *, tries: int) -> list[Seen]:
    """Messages that a channel refused, or has not taken after so many tries; nothing was taken there since."""
    cursor = await conn.execute(
        """
        SELECT channel AS subject, count(*) AS count, min(made_at) AS since, array_agg(DISTINCT code) AS codes
        FROM alert_message AS m
        WHERE (state = 'failed' OR (state = 'waiting' AND attempts >= %s AND code IS NOT NULL))
          AND NOT EXISTS (SELECT FROM alert_message AS later WHERE later.channel = m.channel AND later.state = 'sent'
                          AND later.ended_at > m.made_at)
        GROUP BY channel ORDER BY channel
        """,
        (tries,),
    )
    return [Seen(**{**row, "codes": tuple(filter(None, row["codes"]))}) for row in await cursor.fetchall()]


async def last_verification(conn: Connection) -> tuple[bool, datetime] | None:
    """How the newest verification of the log by the console ended, and when."""
    row = await (
        await conn.execute(
            "SELECT (data->>'ok')::boolean AS ok, at FROM ledger_entry WHERE kind = 'log_verified' ORDER BY seq DESC LIMIT 1"
        )
    ).fetchone()
    return (row["ok"], row["at"]) if row else None


async def entry_at(conn: Connection, seq: int) -> datetime | None:
    """When an entry was written."""
    row = await (await conn.execute("SELECT at FROM ledger_entry WHERE seq = %s", (seq,))).fetchone()
    return row["at"] if row else None


async def tokens(conn: Connection, now: datetime, until: datetime) -> list[tuple[int, datetime]]:
    """Tokens in force that end by then, the first to end first."""
    cursor = await conn.execute(
        """
        SELECT id, expires_at FROM api_token WHERE revoked_at IS NULL AND expires_at > %s AND expires_at <= %s
        ORDER BY expires_at LIMIT 1000
        """,
        (now, until),
    )
    return [(row["id"], row["expires_at"]) for row in await cursor.fetchall()]


async def done_since(conn: Connection, first: datetime, last: datetime) -> dict[str, int]:
    """Writes that took effect in a period, by system. Reads all of them: once a day is enough."""
    cursor = await conn.execute(
        """
        SELECT target, count(*) AS n FROM delivery WHERE state = 'done' AND finished_at >= %s AND finished_at < %s
        GROUP BY target
        """,
        (first, last),
    )
    return {row["target"]: row["n"] for row in await cursor.fetchall()}


async def new_cases(conn: Connection, first: datetime, last: datetime) -> int:
    """Cases that came to be known in a period. Reads all of them."""
    cursor = await conn.execute(
        "SELECT count(*) AS n FROM case_record WHERE created_at >= %s AND created_at < %s", (first, last)
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


def _once(cases: Sequence[int] | None) -> tuple[int, ...]:
    return tuple(dict.fromkeys(cases or ()))
