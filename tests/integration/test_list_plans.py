"""No list of the console reads a whole table: what a page costs grows with the page, not with the province.

Twenty thousand cases, and every statement that the lists and totals run is explained by the database as it ran. What it
read is counted row by row, so that a condition no index knows, or an index that is read to its end, is seen.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from connector.store import (
    cases,
    deliveries,
    duties,
    finding_list,
    flows,
    gaps,
    log_list,
    quarantine,
    tally,
    work_list,
)
from connector.store.case_list import WORK, Search, find, unfiled
from connector.store.database import Connection, Database
from connector.store.leaf import Place
from connector.store.version import connect
from connector.testing import HandClock

CASES = 20_000
LARGE = {"case_record", "link", "delivery", "ledger_entry", "quarantine", "run"}
MOST_READ = 10_000
"""Rows that one part of a plan may look at: half of the smallest table; most look at a hundredth of it."""

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
NATIONAL, REGISTER = "national_portal", "register"
Read = Callable[[Connection], Awaitable[Any]]


def furnished(count: int) -> str:
    """Cases with all that lies around them, and the statistics of it."""
    return f"""
INSERT INTO case_record (code, origin_system, origin_ref, created_at, agency, field, dirty_at, filed)
    SELECT '000.00.00.H56-' || to_char(n, 'FM000000'), '{NATIONAL}', n::text, now(), 'A' || n % 20, 'L' || n % 4,
        CASE WHEN n % 500 = 0 THEN now() END, true FROM generate_series(1, {count}) AS n;
INSERT INTO link (case_id, system, ref, status)
    SELECT n, system, upper(left(system, 1)) || '-' || to_char(n, 'FM000000'),
        CASE WHEN n > {count} - 500 THEN 'NEW' WHEN n % 9 = 0 THEN 'REFUSED' ELSE 'CLOSED' END
    FROM generate_series(1, {count}) AS n, unnest(ARRAY['{REGISTER}', '{NATIONAL}']) AS system;
INSERT INTO delivery (case_id, target, source, intent, act_id, key, state)
    SELECT n, '{NATIONAL}', '{REGISTER}', 'append', n || '.' || i, gen_random_uuid(),
        CASE WHEN n > {count} - 300 THEN (ARRAY['planned', 'waiting', 'in_doubt', 'quarantined'])[1 + n % 4]
             WHEN n % 100 = 0 THEN 'cancelled' ELSE 'done' END
    FROM generate_series(1, {count}) AS n, generate_series(1, 3) AS i ORDER BY n, i;
INSERT INTO quarantine (subject, system, case_id, code, state)
    SELECT 'x/' || n, '{NATIONAL}', n, 'PH-330', CASE WHEN n % 20 = 0 THEN 'open' ELSE 'resolved' END
    FROM generate_series(1, {count}) AS n;
INSERT INTO ledger_entry (seq, at, kind, system, case_id, actor, data, prev_hash, hash)
    SELECT n, now(), CASE WHEN n % 1000 = 0 THEN 'purged' ELSE 'observed' END, '{NATIONAL}', 1 + n / 3, 'x', '{{}}', '', ''
    FROM generate_series(1, 3 * {count}) AS n;
INSERT INTO run (kind, system, started_at, ended_at, outcome)
    SELECT 'observe', CASE WHEN n % 100 = 0 THEN 'government_portal' ELSE '{NATIONAL}' END,
        now(), now() - n * interval '1 minute', 'ok' FROM generate_series(1, {count}) AS n;
ANALYZE;
"""  # noqa: S608  # constants


@pytest.fixture
async def db(migrated_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    size = getattr(request, "param", 500)
    with connect(migrated_url) as conn:
        conn.execute(furnished(size).encode())
    opened = Database(migrated_url, clock=HandClock(NOW), actor="mau", size=2)
    await opened.open()
    yield opened
    await opened.close()


@contextmanager
def explained(patch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The plans of all statements of the block, as they ran."""
    plans: list[dict[str, Any]] = []
    real = psycopg.AsyncCursor.execute

    async def execute(self: Any, query: Any, params: Any = None, **more: Any) -> Any:
        text = query if isinstance(query, bytes) else query.encode() if isinstance(query, str) else None
        if text is not None:
            async with psycopg.AsyncCursor(self.connection, row_factory=dict_row) as own:
                await real(own, b"EXPLAIN (ANALYZE, FORMAT JSON) " + text, params, **more)
                row = await own.fetchone()
                told = row["QUERY PLAN"]
                plans.append((told if isinstance(told, list) else json.loads(told))[0]["Plan"])
        return await real(self, query, params, **more)

    with patch.context() as within:
        within.setattr(psycopg.AsyncCursor, "execute", execute)
        yield plans


def whole_reads(plan: dict[str, Any]) -> Iterator[str]:
    """Parts of a plan that read a large table row by row, or more of it than a page needs."""
    table = plan.get("Relation Name")
    if table in LARGE:
        loops = plan["Actual Loops"]
        read = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * loops
        if (plan["Node Type"] == "Seq Scan" and loops) or read > MOST_READ:
            yield f"{plan['Node Type']} of {table}: {read:.0f} rows"
    for part in plan.get("Plans", ()):
        yield from whole_reads(part)


def _log(*, case_id: int | None = None, kind: str | None = None, **at: int) -> Read:
    return lambda conn: log_list.entries(conn, Place(**at, most=101), case_id=case_id, kind=kind)


def _writes(*states: str, target: str | None = None, **at: int) -> Read:
    return lambda conn: work_list.writes(conn, Place(**at, most=51), states=states, target=target)


def _find(before: int | None = None, after: int | None = None, **asked: Any) -> Read:
    return lambda conn: find(conn, Search(at=Place(before=before, after=after, most=51), **asked))


PAGES: dict[str, Read] = {
    "cases": _find(),
    "cases, deep": _find(before=9_000),
    "cases, deep and back": _find(after=9_000),
    "cases by the beginning of all codes, back": _find(name="000.00.00.H56-", after=9_000),
    "cases by words for agencies, back": _find(name="mau", agencies=["A3", "A4"], after=3_000),
    "cases in a common state, back": _find(status="CLOSED", after=3_000),
    "cases in a seldom state, back": _find(status="NEW", after=CASES - 400),
    "open writes, back": _writes(*deliveries.OPEN, after=30_000),
    "writes that are done, back": _writes("done", after=30_000),
    "cases by the beginning of all codes": _find(name="000.00.00.H56-"),
    "cases by the beginning of old codes": _find(name="000.00.00.H56-0012"),
    "cases by the end of a code": _find(name="12345"),
    "cases by a reference": _find(name="n-004711"),
    "cases by words for a state": _find(name="moi", statuses=["NEW"]),
    "cases by words for agencies, deep": _find(name="mau", agencies=["A3", "A4"], before=9_000),
    "cases in a seldom state": _find(status="NEW"),
    "cases in a common state, deep": _find(status="CLOSED", before=9_000),
    "cases of an agency in a state": _find(agency="A3", status="REFUSED"),
    "cases of a field and a system": _find(field="L1", system=REGISTER, before=9_000),
    **{f"cases, {work}": _find(work=work) for work in WORK},
    "a case by its code": lambda conn: cases.find(conn, "000.00.00.H56-004711"),
    "a case by its number": lambda conn: cases.find(conn, "4711"),
    "a case by its reference": lambda conn: cases.find(conn, "N-004711"),
    "a case that nobody knows": lambda conn: cases.find(conn, "không có"),
    "open writes": _writes(*deliveries.OPEN),
    "open writes of a system, deep": _writes(*deliveries.OPEN, target=REGISTER, before=30_000),
    "writes that are done": _writes("done"),
    "writes that are done, of a system without any": _writes("done", target=REGISTER),
    "writes that were given up, deep": _writes("cancelled", before=30_000),
    "doubts for a person": lambda conn: work_list.doubts(conn, Place(most=51), person=True),
    "doubts for a person, back": lambda conn: work_list.doubts(
        conn, Place(before=30_000, most=51), person=True
    ),
    "doubts that look themselves up": lambda conn: work_list.doubts(conn, Place(most=21), person=False),
    "quarantine": lambda conn: quarantine.listed(conn, at=Place(most=51)),
    "quarantine, deep": lambda conn: quarantine.listed(
        conn, state="resolved", at=Place(after=15_000, most=51)
    ),
    "quarantine, deep and back": lambda conn: quarantine.listed(
        conn, state="resolved", at=Place(before=15_000, most=51)
    ),
    "quarantine, counted": quarantine.count,
    "runs of a seldom system": lambda conn: flows.runs(conn, Place(most=51), system="government_portal"),
    "the last run of a system": lambda conn: gaps.last_read(conn, "government_portal"),
    "log": _log(),
    "log, deep": _log(before=20_000),
    "log, deep and back": _log(after=20_000),
    "log of a seldom kind": _log(kind="purged"),
    "log of a seldom kind, back": _log(kind="purged", after=20_000),
    "log of a kind that there is not": _log(kind="conflict"),
    "log of a case": _log(case_id=777),
    "log of a case and a kind": _log(case_id=777, kind="done"),
    "totals of cases": cases.totals,
    "totals of writes": deliveries.counts,
    "linked cases": lambda conn: cases.linked(conn, NATIONAL),
    "unfiled cases": lambda conn: unfiled(conn, after=0, most=200),
    "deadlines behind a system that stands": lambda conn: duties.due_behind(
        conn, NATIONAL, after=NOW, until=NOW + timedelta(hours=24), most=301
    ),
    "findings": lambda conn: finding_list.find(conn, finding_list.Search()),
}


@pytest.mark.parametrize("db", [CASES], indirect=True)
async def test_no_list_and_no_total_reads_a_whole_table(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {}
    async with db.reading() as conn:
        for name, read in PAGES.items():
            with explained(monkeypatch) as plans:
                await read(conn)
            assert plans, name
            if found := [part for plan in plans for part in whole_reads(plan)]:
                wrong[name] = found
        # the oracle can fail: on a condition without an index, and on an index that is read to its end
        for query in (
            "SELECT count(*) FROM delivery WHERE attempts > 3",
            "SELECT id FROM case_record ORDER BY id",
        ):
            with explained(monkeypatch) as plans:
                await conn.execute(query.encode())
            assert [part for plan in plans for part in whole_reads(plan)], query
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


async def test_totals_that_are_kept_are_what_counting_gives(db: Database) -> None:
    async def agree(conn: Connection) -> None:
        found = await tally.totals(conn)
        for name, query in (
            (tally.CASES, "SELECT count(*) AS n FROM case_record"),
            (tally.LINKED + REGISTER, "SELECT count(*) AS n FROM link WHERE system = 'register'"),
            (tally.DONE + NATIONAL, "SELECT count(*) AS n FROM delivery WHERE state = 'done'"),
        ):
            row = await (await conn.execute(query.encode())).fetchone()
            assert row is not None
            assert found.get(name, 0) == row["n"], name

    async with db.unit() as unit:
        await agree(unit.conn)
        await unit.conn.execute("UPDATE delivery SET state = 'done' WHERE id > 1400")
        await unit.conn.execute("UPDATE delivery SET state = 'done' WHERE id > 1490")
        await unit.conn.execute("UPDATE delivery SET state = 'waiting' WHERE id <= 5")
        await unit.conn.execute("DELETE FROM link WHERE case_id = 9 AND system = 'register'")
        for number in range(tally.MOST_ROWS):
            query = "INSERT INTO case_record (origin_system, origin_ref) VALUES ('x', %s)"
            await unit.conn.execute(query, (str(number),))
        await agree(unit.conn)
        await tally.fold(unit.conn)
        await agree(unit.conn)
        row = await (await unit.conn.execute("SELECT count(*) AS n FROM tally")).fetchone()
        assert row is not None
        assert row["n"] <= 5, "many rows of one name became one"


async def test_what_a_transaction_takes_back_is_in_no_total(db: Database) -> None:
    async with db.reading() as conn:
        before = await tally.total(conn, tally.CASES)
    async with db.unit() as unit:
        await unit.conn.execute("INSERT INTO case_record (origin_system, origin_ref) VALUES ('x', 'y')")
        assert await tally.total(unit.conn, tally.CASES) == before + 1
        await unit.conn.rollback()
    async with db.reading() as conn:
        assert await tally.total(conn, tally.CASES) == before
