"""What is kept longer than its period: counted, and removed, class by class. The ledger is no class: it stays.

Nothing of an open case is ever due. A case is *over* if every side tells it in a last state, nothing of it is dirty, on
its way, held or waiting for a person, and nothing about it has changed since the day up to which data is due. Removing
empties the sealed columns; numbers, references, instants and digests stay, so that a telling is still known by its digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.case import Status
from connector.store import endings
from connector.store.cases import End, EndedAs
from connector.store.connection import Connection
from connector.store.deliveries import OPEN

OVER = (Status.PUBLISHED, Status.CLOSED, Status.REFUSED, Status.RETURNED_VPCP, Status.TRANSFERRED)
"""States in which nobody of this province has to do anything any more."""

BATCH = 20_000
"""Rows removed in one transaction."""

BATCH_OF_CASES = 500
"""Cases ended in one transaction: each takes a handful of statements."""

_OVER = """
over AS (
    SELECT c.id, (SELECT max(changed_at) FROM link WHERE case_id = c.id) AS at
    FROM case_record AS c
    WHERE (c.ended_at IS NULL OR c.ended_as = 'contact_erased') AND c.dirty_at IS NULL
      AND c.created_at < %(cutoff)s AND EXISTS (SELECT FROM link WHERE case_id = c.id)
      AND NOT EXISTS (SELECT FROM link WHERE case_id = c.id
          AND (status IS NULL OR NOT status = ANY(%(last)s) OR changed_at >= %(cutoff)s))
      AND NOT EXISTS (SELECT FROM delivery WHERE case_id = c.id
          AND (state = ANY(%(open)s) OR finished_at >= %(cutoff)s))
      AND NOT EXISTS (SELECT FROM quarantine WHERE state = 'open' AND case_id = c.id)
      AND NOT EXISTS (SELECT FROM link JOIN quarantine AS q USING (system, ref)
          WHERE q.state = 'open' AND link.case_id = c.id)
      AND NOT EXISTS (SELECT FROM pause WHERE scope = 'case:' || c.id)
)
"""

_TOLD = """
SELECT o.id::text AS key, o.observed_at AS at FROM observation AS o
WHERE o.observed_at < %(cutoff)s AND (o.sealed_raw IS NOT NULL OR o.sealed_data IS NOT NULL) AND
"""

_FORGET_TOLD = (
    "UPDATE observation SET sealed_raw = NULL, sealed_data = NULL WHERE id = ANY(%(keys)s::bigint[])"
)


@dataclass(frozen=True, kw_only=True)
class _Class:
    """``pick`` gives key and instant of what is due; ``remove`` takes the keys; ``tables`` hold the dead rows then."""

    pick: str
    remove: str
    tables: tuple[str, ...]


_CLASSES: Mapping[str, _Class] = {
    "superseded_observations": _Class(
        pick=f"""{_TOLD} o.case_id IN (SELECT id FROM over) AND EXISTS (SELECT FROM observation AS newer
            WHERE (newer.system, newer.ref, newer.kind) = (o.system, o.ref, o.kind) AND newer.id > o.id)""",  # noqa: S608  # made of constants
        remove=_FORGET_TOLD,
        tables=("observation",),
    ),
    "observations": _Class(
        pick=f"""{_TOLD} (o.case_id IN (SELECT id FROM over) OR (o.case_id IS NULL
            AND NOT EXISTS (SELECT FROM link WHERE (link.system, link.ref) = (o.system, o.ref))
            AND NOT EXISTS (SELECT FROM quarantine AS q WHERE q.state = 'open'
                AND (q.observation_id = o.id OR (q.system, q.ref) = (o.system, o.ref)))))""",  # noqa: S608  # made of constants
        remove=_FORGET_TOLD,
        tables=("observation",),
    ),
    "deliveries": _Class(
        pick="""SELECT d.id::text AS key, d.finished_at AS at FROM delivery AS d
            WHERE d.case_id IN (SELECT id FROM over) AND d.finished_at < %(cutoff)s AND NOT d.state = ANY(%(open)s)
              AND num_nonnulls(d.sealed_operation, d.sealed_basis, d.sealed_error_text, d.sealed_receipt) > 0""",
        remove="""UPDATE delivery SET sealed_operation = NULL, sealed_basis = NULL, sealed_error_text = NULL,
            sealed_receipt = NULL WHERE id = ANY(%(keys)s::bigint[])""",
        tables=("delivery",),
    ),
    "openings": _Class(
        pick="""SELECT o.seq || '/' || o.part AS key, e.at FROM ledger_opening AS o JOIN ledger_entry AS e USING (seq)
            WHERE o.case_id IN (SELECT id FROM over) AND e.at < %(cutoff)s""",
        remove="DELETE FROM ledger_opening WHERE seq || '/' || part = ANY(%(keys)s)",
        tables=("ledger_opening",),
    ),
    "previews": _Class(
        pick="""SELECT i.plan_id || '/' || i.step || '/' || i.number AS key, coalesce(p.ended_at, p.made_at) AS at
            FROM resync_item AS i JOIN resync_plan AS p ON p.id = i.plan_id
            WHERE i.sealed_changes IS NOT NULL AND NOT p.state IN ('running', 'paused')
              AND coalesce(p.ended_at, p.made_at) < %(cutoff)s""",
        remove="""UPDATE resync_item SET sealed_changes = NULL
            WHERE plan_id || '/' || step || '/' || number = ANY(%(keys)s)""",
        tables=("resync_item",),
    ),
    "findings": _Class(
        pick="""SELECT f.id::text AS key, f.closed_at AS at FROM finding AS f
            WHERE f.closed_at < %(cutoff)s AND num_nonnulls(f.sealed_print, f.sealed_ack) > 0""",
        remove="UPDATE finding SET sealed_print = NULL, sealed_ack = NULL WHERE id = ANY(%(keys)s::bigint[])",
        tables=("finding",),
    ),
    "quarantine": _Class(
        pick="""SELECT q.id::text AS key, q.last_seen AS at FROM quarantine AS q
            WHERE q.state <> 'open' AND q.last_seen < %(cutoff)s
              AND (num_nonnulls(q.sealed_reason, q.sealed_closed_note) > 0 OR q.candidates <> '[]')
              AND (q.case_id IS NULL OR q.case_id IN (SELECT id FROM over))
              AND NOT EXISTS (SELECT FROM link WHERE (link.system, link.ref) = (q.system, q.ref)
                  AND NOT link.case_id IN (SELECT id FROM over))""",
        remove="""UPDATE quarantine SET sealed_reason = NULL, sealed_closed_note = NULL, candidates = '[]'
            WHERE id = ANY(%(keys)s::bigint[])""",
        tables=("quarantine",),
    ),
    "file_tickets": _Class(
        pick="""SELECT encode(token_hash, 'hex') AS key, expires_at AS at FROM file_ticket
            WHERE expires_at < %(cutoff)s""",
        remove="DELETE FROM file_ticket WHERE encode(token_hash, 'hex') = ANY(%(keys)s)",
        tables=("file_ticket",),
    ),
    "jobs": _Class(
        pick="""SELECT j.id::text AS key, max(e.at) AS at FROM procrastinate_jobs AS j
            JOIN procrastinate_events AS e ON e.job_id = j.id
            WHERE NOT j.status IN ('todo', 'doing') GROUP BY j.id HAVING max(e.at) < %(cutoff)s""",
        remove="DELETE FROM procrastinate_jobs WHERE id = ANY(%(keys)s::bigint[])",
        tables=("procrastinate_jobs", "procrastinate_events"),
    ),
    "runs": _Class(
        pick="""SELECT run.id::text AS key, ended_at AS at FROM run WHERE ended_at < %(cutoff)s AND NOT id IN (
            SELECT max(id) FROM run WHERE kind = 'observe' AND outcome IN ('ok', 'empty') GROUP BY system)""",
        remove="DELETE FROM run WHERE id = ANY(%(keys)s::bigint[])",
        tables=("run",),
    ),
    "contacts": _Class(
        pick="""SELECT over.id::text AS key, over.at FROM over JOIN case_record USING (id) WHERE ended_at IS NULL""",
        remove="",
        tables=("observation", "link", "delivery", "quarantine", "case_key"),
    ),
    "case_files": _Class(
        pick="SELECT over.id::text AS key, over.at FROM over",
        remove="",
        tables=("observation", "link", "delivery", "quarantine", "secrecy_clearance", "case_key"),
    ),
}
NAMES = tuple(_CLASSES)
"""Every class that lies in the database; the last two end the case itself by destroying its keys."""

_ENDS = {"contacts": EndedAs.CONTACT_ERASED, "case_files": EndedAs.ERASED}


@dataclass(frozen=True, kw_only=True)
class Due:
    """What of a class is kept too long. ``digest`` tells two selections apart."""

    rows: int
    oldest: datetime | None
    digest: str


async def due(conn: Connection, name: str, cutoff: datetime) -> Due:
    """Count what of a class is older than that."""
    row = await (
        await conn.execute(
            f"""
            WITH {_OVER}, due AS ({_CLASSES[name].pick})
            SELECT count(*) AS rows, min(at) AS oldest, coalesce(sum(hashtextextended(key, 0)::numeric), 0)::text AS mark
            FROM due
            """.encode(),  # noqa: S608  # made of constants
            _values(cutoff),
        )
    ).fetchone()
    assert row is not None
    return Due(rows=row["rows"], oldest=row["oldest"], digest=f"{row['rows']}/{row['mark']}")


async def remove(
    conn: Connection, name: str, cutoff: datetime, *, at: datetime, officer: str, basis: str
) -> list[int]:
    """Remove one batch of what is due. Returns the keys of the cases that ended, else one number for each row."""
    keys = await _picked(conn, name, cutoff)
    if name not in _ENDS:
        if keys:
            await conn.execute(_CLASSES[name].remove.encode(), {"keys": keys})
        return [0] * len(keys)
    # under the cases' locks once more: one that somebody told anew a moment ago is not over
    await conn.execute("SELECT FROM case_record WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE", (keys,))
    ended = [int(key) for key in await _picked(conn, name, cutoff, among=keys)]
    for case_id in ended:
        end = End(kind=_ENDS[name], at=at, officer=officer, basis=basis)
        await endings.end(conn, case_id, end, code="PH-403")
    return ended


async def _picked(
    conn: Connection, name: str, cutoff: datetime, *, among: list[str] | None = None
) -> list[str]:
    """Keys of one batch of what is due; only of those named, if some are."""
    cursor = await conn.execute(
        f"""
        WITH {_OVER}, due AS ({_CLASSES[name].pick})
        SELECT key FROM due WHERE %(among)s::text[] IS NULL OR key = ANY(%(among)s) LIMIT %(most)s
        """.encode(),  # noqa: S608  # made of constants
        {**_values(cutoff), "among": among, "most": BATCH_OF_CASES if name in _ENDS else BATCH},
    )
    return [row["key"] for row in await cursor.fetchall()]


def tables(name: str) -> tuple[str, ...]:
    """Tables in which a purge of that class leaves dead rows."""
    return _CLASSES[name].tables


def _values(cutoff: datetime) -> dict[str, Any]:
    return {"cutoff": cutoff, "last": [one.value for one in OVER], "open": list(OPEN)}
