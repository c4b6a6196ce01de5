"""Passes of reconciliation: where each stands, which cases it has to look at, what it judged. Sets, not loops."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from connector.case import REGISTER
from connector.mapping.intent import IntentKind
from connector.merge import Side
from connector.reconcile.explain import Write
from connector.store.connection import Connection
from connector.store.leaf import Place


@dataclass(frozen=True, kw_only=True)
class Run:
    """One pass.

    Attributes:
        system: the portal that is compared with the register.
        scope: what it is about, see :class:`connector.reconcile.scope.Scope`.
        state: ``waiting``, ``running``, ``stopped`` (goes on where it was), ``failed`` (likewise), ``done``, or ``dropped`` (another
            one was begun in its place).
        step: what comes next.
        progress: how far each step got.
        counts: what it did and found.
        stop: a person asked it to stop.
    """

    id: int
    system: str
    scope: Mapping[str, Any]
    state: str
    step: str
    progress: Mapping[str, Any]
    counts: Mapping[str, int]
    actor: str
    error_code: str | None
    stop: bool
    started_at: datetime
    ended_at: datetime | None


async def begin(
    conn: Connection, system: str, scope: Mapping[str, Any], step: str, actor: str, at: datetime
) -> Run:
    """A pass is ordered; it waits until somebody is at it."""
    row = await (
        await conn.execute(
            """
            INSERT INTO reconcile_run (system, scope, state, step, actor, started_at)
            VALUES (%s, %s, 'waiting', %s, %s, %s) RETURNING *
            """,
            (system, Jsonb(dict(scope)), step, actor, at),
        )
    ).fetchone()
    assert row is not None
    return Run(**row)


async def unfinished(conn: Connection, system: str) -> Run | None:
    """The newest pass over a portal, if it did not come to its end."""
    row = await (
        await conn.execute(
            "SELECT * FROM reconcile_run WHERE system = %s ORDER BY id DESC LIMIT 1 FOR UPDATE", (system,)
        )
    ).fetchone()
    return Run(**row) if row and row["state"] not in ("done", "dropped") else None


async def get(conn: Connection, run_id: int) -> Run:
    """A pass that there is."""
    row = await (await conn.execute("SELECT * FROM reconcile_run WHERE id = %s", (run_id,))).fetchone()
    assert row is not None
    return Run(**row)


async def start(conn: Connection, run: Run, at: datetime) -> None:
    """Somebody is at it; what was left of passes before it is dropped. The caller holds the portal's lock."""
    await conn.execute(
        "UPDATE reconcile_run SET state = 'dropped' WHERE system = %s AND id < %s AND state NOT IN ('done', 'dropped')",
        (run.system, run.id),
    )
    await conn.execute(
        """
        UPDATE reconcile_run SET state = 'running', stop = false, ended_at = NULL, error_code = NULL,
            started_at = CASE WHEN state = 'waiting' THEN %s ELSE started_at END
        WHERE id = %s
        """,
        (at, run.id),
    )


async def set_state(
    conn: Connection, run_id: int, state: str, at: datetime | None, code: str | None = None
) -> None:
    """It runs, was stopped, failed, or is done."""
    await conn.execute(
        "UPDATE reconcile_run SET state = %s, ended_at = %s, error_code = %s, stop = false WHERE id = %s",
        (state, at, code, run_id),
    )


async def keep_progress(
    conn: Connection, run_id: int, step: str, progress: Mapping[str, Any], counts: Mapping[str, int]
) -> None:
    """How far it got: in the transaction of what got it there."""
    await conn.execute(
        "UPDATE reconcile_run SET step = %s, progress = %s, counts = %s WHERE id = %s",
        (step, Jsonb(dict(progress)), Jsonb(dict(counts)), run_id),
    )


async def ask_to_stop(conn: Connection, system: str) -> bool:
    """Let the running pass over a portal stop where it is. False if none runs."""
    cursor = await conn.execute(
        "UPDATE reconcile_run SET stop = true WHERE system = %s AND state = 'running'", (system,)
    )
    return cursor.rowcount > 0


async def stops(conn: Connection, run_id: int) -> bool:
    """Was it asked to stop?"""
    row = await (await conn.execute("SELECT stop FROM reconcile_run WHERE id = %s", (run_id,))).fetchone()
    return row is None or bool(row["stop"])


async def runs(conn: Connection, at: Place[int], *, system: str | None = None) -> list[Run]:
    """Passes, newest first; over one portal, if told."""
    where, order = at.sql("id", falling=True)
    cursor = await conn.execute(
        f"""
        SELECT * FROM reconcile_run WHERE (%(system)s::text IS NULL OR system = %(system)s) AND {where}
        ORDER BY {order} LIMIT %(most)s
        """.encode(),  # noqa: S608  # constants
        {"system": system, **at.values},
    )
    return [Run(**row) for row in await cursor.fetchall()]


async def last_full(conn: Connection, system: str) -> datetime | None:
    """When the last full pass over a portal that came to its end began."""
    row = await (
        await conn.execute(
            """
            SELECT max(started_at) AS at FROM reconcile_run
            WHERE system = %s AND state = 'done' AND scope ->> 'reach' = 'full'
            """,
            (system,),
        )
    ).fetchone()
    at: datetime | None = row["at"] if row else None
    return at


@dataclass(frozen=True, kw_only=True)
class Day:
    """The passes over one portal that came to their end on one day, in numbers; the last two as the last pass left them."""

    day: date
    system: str
    passes: int
    opened: int
    closed: int
    standing: int
    in_flight: int


async def by_day(conn: Connection, since: datetime, *, system: str | None, zone: str) -> list[Day]:
    """Passes over everything or over changes that came to their end, summed up by civil day, oldest first."""
    cursor = await conn.execute(
        """
        SELECT (ended_at AT TIME ZONE %(zone)s)::date AS day, system, count(*) AS passes,
            coalesce(sum((counts ->> 'opened')::bigint), 0)::bigint AS opened,
            coalesce(sum((counts ->> 'closed')::bigint), 0)::bigint AS closed,
            coalesce((array_agg((counts ->> 'open')::bigint ORDER BY id DESC))[1], 0) AS standing,
            coalesce((array_agg((counts ->> 'in_flight')::bigint ORDER BY id DESC))[1], 0) AS in_flight
        FROM reconcile_run WHERE state = 'done' AND ended_at >= %(since)s AND scope ->> 'reach' <> 'cases'
          AND (%(system)s::text IS NULL OR system = %(system)s)
        GROUP BY day, system ORDER BY day, system
        """,
        {"since": since, "system": system, "zone": zone},
    )
    return [Day(**row) for row in await cursor.fetchall()]


# ---- own cursors ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How far a system was asked for changes; ``told_at`` by the clock of the database."""

    value: str | None
    told_at: datetime


async def cursor_of(conn: Connection, portal: str, system: str) -> Cursor | None:
    """Where the next pass over changes begins; None before the first one."""
    query = "SELECT value, told_at FROM reconcile_cursor WHERE portal = %s AND system = %s"
    row = await (await conn.execute(query, (portal, system))).fetchone()
    return Cursor(**row) if row else None


async def move_cursor(
    conn: Connection, portal: str, system: str, value: str | None, told_at: datetime
) -> None:
    """A pass came to its end: the next one begins where this one did."""
    await conn.execute(
        """
        INSERT INTO reconcile_cursor (portal, system, value, told_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (portal, system) DO UPDATE SET value = excluded.value, told_at = excluded.told_at
        """,
        (portal, system, value, told_at),
    )


async def database_time(conn: Connection) -> datetime:
    """The clock by which ``link.changed_at`` is told."""
    row = await (await conn.execute("SELECT now() AS at")).fetchone()
    assert row is not None
    at: datetime = row["at"]
    return at


# ---- which cases have to be looked at ---------------------------------------------------------------------------

_PAIR = """
    c.ended_at IS NULL
    AND (t.case_id IS NOT NULL OR NOT EXISTS (
        SELECT FROM link AS o WHERE o.case_id = c.id AND o.system <> ALL(%(own)s)))
"""
"""A pair of this portal: linked with it, or with no other."""

_UNEQUAL = """
    (v.clean IS NOT TRUE OR v.here_print IS DISTINCT FROM sh.print OR v.there_print IS DISTINCT FROM st.print)
"""
"""Not found equal as it is told now."""

_TABLES = """
    case_record AS c
    LEFT JOIN link AS t ON t.case_id = c.id AND t.system = %(portal)s
    LEFT JOIN link AS h ON h.case_id = c.id AND h.system = %(register)s
    LEFT JOIN sighting AS st ON st.system = %(portal)s AND st.ref = t.ref
    LEFT JOIN sighting AS sh ON sh.system = %(register)s AND sh.ref = h.ref
    LEFT JOIN verdict AS v ON v.case_id = c.id AND v.system = %(portal)s
"""


async def unequal(conn: Connection, portal: str, *, after: int, upto: int, most: int) -> list[int]:
    """Cases with numbers in (after, upto] whose tellings are not those that were found equal, in order."""
    cursor = await conn.execute(
        f"SELECT c.id FROM {_TABLES} WHERE c.id > %(after)s AND c.id <= %(upto)s AND {_PAIR} AND {_UNEQUAL}"  # noqa: S608  # constants
        " ORDER BY c.id LIMIT %(most)s",
        {**_names(portal), "after": after, "upto": upto, "most": most},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def touched(
    conn: Connection, portal: str, *, began: datetime, since: datetime, after: int, most: int
) -> list[int]:
    """The same, but only cases in which something happened: cost grows with changes, not with cases.

    Args:
        began: begin of this pass, by our clock: what was noticed since.
        since: begin of the pass before, by the database's clock: what the live flow changed since.
    """
    cursor = await conn.execute(
        f"""
        WITH few AS (
            SELECT case_id AS id FROM sighting
            WHERE system = ANY(%(own)s) AND noticed_at >= %(began)s AND case_id > %(after)s
            UNION SELECT case_id FROM verdict WHERE system = %(portal)s AND NOT clean AND case_id > %(after)s
            UNION SELECT case_id FROM link
            WHERE system = ANY(%(own)s) AND changed_at >= %(since)s AND case_id > %(after)s
            UNION SELECT case_id FROM finding
            WHERE system = %(portal)s AND closed_at IS NULL AND case_id > %(after)s
        )
        SELECT c.id FROM few JOIN {_TABLES} ON few.id = c.id WHERE {_PAIR} ORDER BY c.id LIMIT %(most)s
        """,  # noqa: S608  # constants
        {**_names(portal), "began": began, "since": since, "after": after, "most": most},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def chosen(
    conn: Connection,
    portal: str,
    *,
    case_id: int | None,
    since: datetime | None,
    until: datetime | None,
    after: int,
    most: int,
) -> list[int]:
    """Cases above ``after`` that a person asked for: one, or those that changed within a window."""
    cursor = await conn.execute(
        f"""
        SELECT c.id FROM {_TABLES}
        WHERE c.id > %(after)s AND {_PAIR} AND (%(case)s::bigint IS NULL OR c.id = %(case)s)
          AND (%(since)s::timestamptz IS NULL OR greatest(t.changed_at, h.changed_at) >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR least(t.changed_at, h.changed_at) < %(until)s)
        ORDER BY c.id LIMIT %(most)s
        """,  # noqa: S608  # constants
        {
            **_names(portal),
            "after": after,
            "case": case_id,
            "since": since,
            "until": until,
            "most": most,
        },
    )
    return [row["id"] for row in await cursor.fetchall()]


async def last_case(conn: Connection) -> int:
    """The highest number of a case."""
    row = await (await conn.execute("SELECT coalesce(max(id), 0) AS id FROM case_record")).fetchone()
    assert row is not None
    return int(row["id"])


async def doubt_baselines(conn: Connection, portal: str) -> int:
    """Let every case be looked at whose baseline is not the one that the log tells. Returns how many there are."""
    cursor = await conn.execute(
        f"""
        INSERT INTO verdict (case_id, system, clean, judged_at)
        SELECT l.case_id, l.system, false, now() FROM link AS l
        JOIN case_record AS c ON c.id = l.case_id AND c.ended_at IS NULL
        JOIN LATERAL ({_AGREED}) AS agreed ON true
        WHERE l.system = %(portal)s AND {_TAMPERED}
        ON CONFLICT (case_id, system) DO UPDATE SET clean = false
        """,  # noqa: S608  # a constant
        {"portal": portal},
    )
    return cursor.rowcount


async def baseline_holds(conn: Connection, case_id: int, portal: str) -> bool:
    """Is a case's baseline the one that the log tells? True also if the log never told one."""
    row = await (
        await conn.execute(
            f"""
            SELECT FROM link AS l JOIN LATERAL ({_AGREED}) AS agreed ON true
            WHERE l.case_id = %(case)s AND l.system = %(portal)s AND {_TAMPERED}
            """,  # a constant
            {"case": case_id, "portal": portal},
        )
    ).fetchone()
    return row is None


_AGREED = """
    SELECT e.data ->> 'baseline_digest' AS digest FROM ledger_entry AS e
    WHERE e.kind = 'agreed' AND e.case_id = l.case_id AND e.system = l.system ORDER BY e.seq DESC LIMIT 1
"""

_TAMPERED = "coalesce(encode(sha256(l.sealed_baseline), 'hex'), '') <> agreed.digest"


def _names(portal: str) -> dict[str, Any]:
    return {"portal": portal, "register": REGISTER, "own": [REGISTER, portal]}


# ---- what was judged --------------------------------------------------------------------------------------------


async def keep_verdict(
    conn: Connection,
    case_id: int,
    portal: str,
    here: str | None,
    there: str | None,
    *,
    clean: bool,
    at: datetime,
) -> None:
    """These two tellings were compared."""
    await conn.execute(
        """
        INSERT INTO verdict (case_id, system, here_print, there_print, clean, judged_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (case_id, system) DO UPDATE SET here_print = excluded.here_print,
            there_print = excluded.there_print, clean = excluded.clean, judged_at = excluded.judged_at
        """,
        (case_id, portal, here, there, clean, at),
    )


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is going on around a case: writes between the two sides, holds, what waits for a person."""

    writes: tuple[Write, ...] = ()
    written_at: datetime | None = None
    dirty: bool = False
    held: frozenset[Side] = field(default_factory=frozenset)
    put_aside: str | None = None


async def standing(conn: Connection, case_id: int, portal: str) -> Standing:
    """Read it; nothing sealed is opened."""
    both = {"case": case_id, "own": [REGISTER, portal]}
    cursor = await conn.execute(
        """
        SELECT target, intent, act_id, state, error_code, created_at, finished_at FROM delivery
        WHERE case_id = %(case)s AND target = ANY(%(own)s) AND source = ANY(%(own)s) ORDER BY id
        """,
        both,
    )
    rows = await cursor.fetchall()
    row = await (await conn.execute(_AROUND, {**both, "portal": portal, "register": REGISTER})).fetchone()
    assert row is not None
    sides = {REGISTER: Side.HERE, portal: Side.THERE}
    ended = [one["finished_at"] for one in rows if one["state"] == "done" and one["finished_at"]]
    held = {
        Side.HERE: row["case_held"] or row["here_held"],
        Side.THERE: row["case_held"] or row["there_held"],
    }
    return Standing(
        writes=tuple(
            Write(
                side=sides[one["target"]],
                intent=IntentKind(one["intent"]),
                act_id=one["act_id"],
                state=one["state"],
                code=one["error_code"],
                created_at=one["created_at"],
            )
            for one in rows
        ),
        written_at=max(ended, default=None),
        dirty=row["dirty"],
        held=frozenset(side for side, is_held in held.items() if is_held),
        put_aside=row["put_aside"],
    )


_AROUND = """
SELECT dirty_at IS NOT NULL AS dirty,
    EXISTS (SELECT FROM pause WHERE scope = 'case:' || c.id) AS case_held,
    EXISTS (SELECT FROM pause WHERE scope IN ('system:' || %(register)s, 'flow:deliver:' || %(register)s,
                                              'flow:observe:' || %(portal)s)) AS here_held,
    EXISTS (SELECT FROM pause WHERE scope IN ('system:' || %(portal)s, 'flow:deliver:' || %(portal)s,
                                              'flow:observe:' || %(register)s)) AS there_held,
    (SELECT code FROM quarantine AS q WHERE q.state = 'open' AND (q.case_id = c.id OR (q.system, q.ref) IN
        (SELECT system, ref FROM link WHERE case_id = c.id AND system = ANY(%(own)s))) ORDER BY q.id DESC LIMIT 1)
        AS put_aside
FROM case_record AS c WHERE c.id = %(case)s
"""
