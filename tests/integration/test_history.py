"""History for charts: counted once from the log, whoever wrote it; deadlines copied from the rules; circuits as they were seen."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connector.app import load_rules
from connector.case import REGISTER
from connector.rules.clocks import clocks
from connector.store import cases, circuits, duties, endings, history
from connector.store.cases import End, EndedAs
from connector.store.circuits import FRESH
from connector.sync.history import BATCH, keep_history
from connector.sync.sweep import sweep
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, plain
from tests.integration.core_world import World, planned, world

SYSTEMS = (REGISTER, NATIONAL, GOVERNMENT)


@pytest.fixture
async def w(migrated_url, tmp_path):
    async with world(migrated_url, tmp_path) as made:
        yield made


async def counted(w: World) -> dict[tuple[str, str], int]:
    rows = await w.sql("SELECT system, kind, sum(n)::int AS n FROM flow_hour GROUP BY 1, 2")
    return {(row["system"], row["kind"]): row["n"] for row in rows}


async def in_the_log(w: World) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for one in await w.entries():
        if one.system:
            found[one.system, one.kind] = found.get((one.system, one.kind), 0) + 1
    return found


async def test_every_entry_counts_once_however_often_and_by_whomever_it_is_counted(w, monkeypatch):
    monkeypatch.setattr(history, "SLICE", 7)
    await planned(w, "accepted")
    for _ in range(3):
        await keep_history(w.ctx)
    while await counted(w) != await in_the_log(w):
        before = await counted(w)
        await keep_history(w.ctx)
        assert await counted(w) != before, "it comes to its end"
    await w.rest(2)
    for _ in range(20):
        await keep_history(w.ctx)
    assert await counted(w) == await in_the_log(w)
    writes = await w.sql("SELECT kind FROM flow_hour WHERE write AND kind IN ('observed', 'linked')")
    assert writes == [], "what is read is no write"


async def test_the_counters_can_be_thrown_away_and_are_the_same_again(w):
    await planned(w, "accepted")
    await keep_history(w.ctx)
    before = await counted(w)
    await w.sql("DELETE FROM flow_hour")
    await w.sql("UPDATE flow_counted SET seq = 0")
    await keep_history(w.ctx)
    assert await counted(w) == before != {}


async def test_the_sweep_keeps_the_history(w):
    await planned(w, "accepted")
    await sweep(w.ctx)
    assert await counted(w) == await in_the_log(w)


async def test_of_an_hour_the_worst_lag_stays_and_a_system_never_read_says_so(w):
    start = w.clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    w.clock.forward((start - w.clock.now()).total_seconds())
    await w.observe(NATIONAL)
    for seconds in (300, 1200, 5):
        w.clock.forward(seconds)
        await keep_history(w.ctx)
        if seconds == 1200:
            await w.observe(NATIONAL)
    async with w.db.reading() as conn:
        found = {one.system: one for one in await history.lags(conn, start, 3600)}
    assert found[NATIONAL].read_s == pytest.approx(1500)
    assert found[GOVERNMENT].read_s is None
    assert found[NATIONAL].at == start


async def test_what_waits_for_a_person_is_no_lag_of_a_system(w):
    await planned(w, "accepted")
    assert set(await open_since(w)) == {NATIONAL}
    await w.sql("UPDATE delivery SET state = 'quarantined' WHERE target = %s AND state = 'planned'", NATIONAL)
    assert await open_since(w) == {}


async def open_since(w: World) -> dict[str, datetime]:
    async with w.db.reading() as conn:
        return await history.waiting_since(conn)


async def test_history_is_forgotten_after_its_days(w):
    await planned(w, "accepted")
    await tell(w, "nút", closed=NATIONAL)
    await keep_history(w.ctx)
    assert await counted(w)
    w.clock.forward(86400 * (w.ctx.settings.console.history_days + 1))
    await keep_history(w.ctx)
    assert await counted(w) == {}
    assert await w.sql("SELECT FROM circuit_span") == []
    assert {row["hour"] for row in await w.sql("SELECT hour FROM lag_hour")} == {
        w.clock.now().replace(minute=0, second=0, microsecond=0)
    }


# ---- deadlines ----------------------------------------------------------------------------------------------


async def rows(w: World) -> list[dict]:
    return await w.sql("SELECT * FROM case_duty ORDER BY case_id, number")


async def test_deadlines_are_those_of_the_rules_and_follow_a_newer_telling(w):
    w.ctx = ctx_with_rules(w)
    number = await planned(w, "accepted")
    await keep_history(w.ctx)
    async with w.db.reading() as conn:
        row = await cases.get(conn, number)
        assert not await duties.any_changed(conn)
    assert row is not None
    home = row.link(REGISTER)
    assert home is not None
    assert home.state is not None
    wanted = [one for one in clocks(home.state.acts, w.ctx.book) if one.due]
    assert [(one["duty"], one["due_at"]) for one in await rows(w)] == [
        (one.duty.value, one.due.ends_at) for one in wanted if one.due
    ]
    await w.sql("UPDATE case_duty SET duty = 'khac'")
    await keep_history(w.ctx)
    assert all(one["duty"] == "khac" for one in await rows(w)), "what did not change is not read again"
    await w.sql("UPDATE link SET changed_at = now() + interval '1 second' WHERE system = 'register'")
    await keep_history(w.ctx)
    assert all(one["duty"] != "khac" for one in await rows(w))


def ctx_with_rules(w: World):
    return replace(w.ctx, book=load_rules(w.ctx.settings))


async def test_many_changed_cases_are_caught_up_with_in_batches(w):
    for n in range(BATCH + 5):
        await w.sql("INSERT INTO case_record (origin_system, origin_ref) VALUES ('register', %s)", str(n))
    await w.sql("INSERT INTO link (case_id, system, ref) SELECT id, 'register', origin_ref FROM case_record")
    await keep_history(w.ctx)
    async with w.db.reading() as conn:
        assert not await duties.any_changed(conn)


async def test_deadlines_behind_a_system_are_found_nearest_first_and_bounded(w):
    numbers = []
    for ref in ("1", "2", "3"):
        w.national.put(ref, plain(ref))
        numbers.append(await planned(w, "accepted", ref=ref))
    now = w.clock.now()
    for place, number in enumerate(numbers):
        await w.sql(
            "INSERT INTO case_duty VALUES (%s, 90, 'handle', true, true, %s, NULL, NULL)",
            number,
            now + timedelta(hours=3 - place),
        )

    async def behind(system: str, hours: int, most: int = 9) -> list[int]:
        async with w.db.reading() as conn:
            until = now + timedelta(hours=hours)
            found = await duties.due_behind(conn, system, after=now, until=until, most=most)
        return [number for _, number in found]

    assert await behind(NATIONAL, 24) == numbers[::-1]
    assert await behind(NATIONAL, 2) == numbers[:0:-1]
    assert await behind(NATIONAL, 24, most=1) == numbers[2:]
    assert await behind(GOVERNMENT, 24) == [], "nothing waits there"


async def test_the_deadlines_of_an_erased_case_go_with_it(w):
    number = await planned(w, "accepted")
    await w.sql("INSERT INTO case_duty VALUES (%s, 90, 'handle', true, true, now(), NULL, NULL)", number)
    async with w.db.unit() as unit:
        end = End(kind=EndedAs.OFF_SYSTEM, at=w.clock.now(), officer="can-bo", basis="1/QD")
        await endings.end(unit.conn, number, end, code="PH-403")
    await keep_history(w.ctx)
    assert await rows(w) == []


# ---- circuits -----------------------------------------------------------------------------------------------


async def tell(w: World, node: str, **states: str) -> None:
    async with w.db.unit() as unit:
        await circuits.tell(unit.conn, node, {name: state for state, name in states.items()}, w.clock.now())


async def seen(w: World) -> list[tuple[str, int]]:
    """State and length in seconds of every span."""
    found = await w.sql(
        "SELECT state, extract(epoch FROM until_at - since)::int AS s FROM circuit_span ORDER BY since"
    )
    return [(row["state"], row["s"]) for row in found]


async def test_a_span_lasts_while_the_state_does_and_a_dead_process_leaves_a_hole(w):
    await tell(w, "nút", closed=NATIONAL)
    for _ in range(3):
        w.clock.forward(30)
        await tell(w, "nút", closed=NATIONAL)
    w.clock.forward(30)
    await tell(w, "nút", open=NATIONAL)
    assert await seen(w) == [("closed", 120), ("open", 0)], "until the moment of the change"
    w.clock.forward(FRESH.total_seconds() + 30)
    await tell(w, "nút", open=NATIONAL)
    assert await seen(w) == [("closed", 120), ("open", 0), ("open", 0)], "nobody saw what was between"


async def test_every_process_has_its_own_time_line(w):
    await tell(w, "một", closed=NATIONAL)
    await tell(w, "hai", open=NATIONAL)
    w.clock.forward(30)
    await tell(w, "một", closed=NATIONAL)
    async with w.db.reading() as conn:
        spans = await history.spans(conn, w.clock.now() - timedelta(seconds=20))
    assert [(one.node, one.state) for one in spans] == [("một", "closed")]
