"""The engine: rows, wake-ups and entries commit together; one drainer per lane; the dead are taken over."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from connector.case import REGISTER
from connector.errors import DatabaseUnavailable, Transient
from connector.ledger.entry import EntryKind
from connector.store.database import Wake
from connector.sync.circuits import circuits
from connector.sync.sweep import sweep
from connector.work import tasks
from connector.work.queue import Queue, name_of, queue_of
from connector.work.recovery import follow_circuits
from connector.work.tasks import register_tasks
from tests.integration.core_mapping import NATIONAL, SYSTEMS, plain
from tests.integration.core_world import world
from tests.integration.engine import QUICK, Engine, until


@pytest.fixture
async def e(migrated_url: str, tmp_path: Path) -> AsyncIterator[Engine]:
    async with world(migrated_url, tmp_path, **QUICK) as w:
        queue = Queue(migrated_url, w.ctx.settings.work, SYSTEMS)
        register_tasks(queue, w.ctx)
        w.db.defer_with(queue.defer)
        async with queue.opened():
            yield Engine(w, queue)


INSERT = "INSERT INTO case_record (origin_system, origin_ref) VALUES ('x', '1')"
SETTLE = Wake(flow="settle", lane=0)


# ---- one transaction ----


async def test_rows_wake_ups_and_entries_commit_together(e):
    e.w.national.put("1", plain("1"))
    await e.w.observe(NATIONAL)
    assert await e.jobs() == [("settle", "settle:0", "todo")]
    assert await e.w.kinds() == ["observed"]


async def test_rows_wake_ups_and_entries_vanish_together(e):
    async def fail() -> None:
        async with e.w.db.unit() as unit:
            await unit.conn.execute(INSERT)
            unit.record(EntryKind.OBSERVED)
            unit.wake("settle", lane=0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await e.jobs() == []
    assert await e.w.kinds() == []
    assert await e.w.sql("SELECT 1 FROM case_record") == []


async def test_a_wake_up_that_cannot_be_written_takes_its_rows_with_it(e):
    async def fail() -> None:
        async with e.w.db.unit() as unit:
            await unit.conn.execute(INSERT)
            unit.wake("nonsense")
            await unit.conn.execute(
                "ALTER TABLE procrastinate_jobs ADD CONSTRAINT nonsense CHECK (task_name <> 'nonsense')"
            )

    with pytest.raises(DatabaseUnavailable):
        await fail()
    assert await e.w.sql("SELECT 1 FROM case_record") == []


async def test_an_entry_that_may_not_be_written_takes_its_wake_ups_with_it(e):
    """The ledger refuses what could be personal data; nothing of that unit stays."""

    async def fail() -> None:
        async with e.w.db.unit() as unit:
            unit.wake("settle", lane=0)
            unit.record(EntryKind.OBSERVED, note="Nguyễn Văn Mẫu")

    with pytest.raises(ValueError, match="free text"):
        await fail()
    assert await e.jobs() == []


# ---- collapsing ----


async def test_equal_wake_ups_collapse_and_others_do_not(e):
    await e.defer(SETTLE, Wake(flow="settle", lane=1))
    await e.defer(SETTLE)
    await e.defer(SETTLE, Wake(flow="deliver", system=REGISTER, lane=0))
    assert sorted(lock for _, lock, _ in await e.jobs()) == ["deliver:register:0", "settle:0", "settle:1"]


async def test_wake_ups_from_many_connections_collapse_and_spoil_nobodys_transaction(e):
    async def one(number: int) -> None:
        async with e.w.db.unit() as unit:
            await unit.conn.execute(
                "INSERT INTO case_record (origin_system, origin_ref) VALUES ('x', %s)", (str(number),)
            )
            unit.record(EntryKind.OBSERVED)
            unit.wakes.update({SETTLE, Wake(flow="settle", lane=1)})

    await asyncio.gather(*(one(number) for number in range(20)))
    assert len(await e.jobs()) == 2
    assert (await e.w.sql("SELECT count(*) AS n FROM case_record"))[0]["n"] == 20
    assert len(await e.w.kinds()) == 20


async def test_a_wake_up_that_somebody_else_is_deferring_does_not_spoil_the_transaction(e):
    """Both look before either has committed; the later one waits for the other and finds its job."""
    wakes = {SETTLE, Wake(flow="settle", lane=1)}
    async with e.w.db.unit() as other:
        await e.queue.defer(other.conn, wakes)
        late = asyncio.create_task(e.defer(*wakes))
        await until(lambda: waits_for_lock(e))
    await late
    assert sorted(await e.jobs()) == [("settle", "settle:0", "todo"), ("settle", "settle:1", "todo")]


async def waits_for_lock(e: Engine) -> bool:
    return bool(await e.w.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


TAKE = "SELECT id FROM procrastinate_fetch_job_v2(ARRAY['core'], NULL) WHERE id IS NOT NULL"


async def test_a_job_that_a_wake_up_collapsed_into_begins_only_after_the_wake_ups_rows_can_be_seen(e):
    """Else it would look before there is anything to see, and the rows would wait for the sweep."""
    await e.defer(SETTLE)
    async with e.w.db.unit() as unit:
        await unit.conn.execute(INSERT)
        await e.queue.defer(unit.conn, [SETTLE])
        assert await e.w.sql(TAKE) == []
    assert len(await e.jobs()) == 1
    assert len(await e.w.sql(TAKE)) == 1


async def test_whoever_passed_over_a_job_that_was_held_is_told_once_more(e):
    await e.defer(SETTLE)
    conn = await psycopg.AsyncConnection.connect(e.w.db.url, autocommit=True)
    async with conn:
        await conn.execute('LISTEN "procrastinate_queue_v1#core"')
        await e.defer(SETTLE)
        told = [one async for one in conn.notifies(timeout=30, stop_after=1)]
    assert json.loads(told[0].payload)["type"] == "job_inserted"
    assert len(await e.jobs()) == 1


def test_each_lane_has_a_name_and_reading_and_each_way_of_writing_have_a_queue_of_their_own():
    wakes = [
        Wake(flow="observe", system="a"),
        Wake(flow="refresh", system="a"),
        Wake(flow="deliver", system="a", source=REGISTER, lane=3),
        Wake(flow="deliver", system=REGISTER, source="a", lane=3),
        Wake(flow="deliver", system=REGISTER, source="b", lane=3),
        Wake(flow="settle", lane=3),
        Wake(flow="sweep"),
    ]
    assert [queue_of(one) for one in wakes] == [
        "observe:a",
        "observe:a",
        "deliver:a:register",
        "deliver:register:a",
        "deliver:register:b",
        "core",
        "core",
    ]
    assert len({name_of(one) for one in wakes}) == len(wakes)


# ---- at work ----


async def test_a_case_goes_all_the_way_on_wake_ups_alone(e):
    e.w.national.put("1", plain("1"))
    async with e.working():
        await e.defer(Wake(flow="observe", system=NATIONAL))

        async def arrived() -> bool:
            return bool(e.w.register.refs) and await e.jobs() == []

        await until(arrived)
    assert len(e.w.register.effects) == 1
    assert (await e.w.write(target=REGISTER)).state == "done"


async def test_a_lane_has_one_drainer_at_a_time_over_all_workers(e, monkeypatch):
    running, most, runs = 0, 0, 0

    async def drain(_ctx, _lane):
        nonlocal running, most, runs
        running += 1
        runs += 1
        most = max(most, running)
        await asyncio.sleep(0.1)
        running -= 1
        return False

    monkeypatch.setattr(tasks, "settle", drain)
    other = Queue(e.w.db.url, e.w.ctx.settings.work, SYSTEMS)
    register_tasks(other, e.w.ctx)
    async with other.opened(), e.working(), Engine(e.w, other).working():
        await e.defer(SETTLE)

        async def begun() -> bool:
            return runs >= 1

        await until(begun)
        await e.defer(SETTLE)

        async def twice() -> bool:
            return runs >= 2 and await e.jobs() == []

        await until(twice)
    assert (most, runs) == (1, 2)


async def test_a_slow_system_holds_up_no_other_system(e):
    e.w.national.put("1", plain("1"))
    e.w.government.put("2", plain("2"))
    free = asyncio.Event()
    changes = e.w.national.changes

    async def stuck(since):
        await free.wait()
        async for page in changes(since):
            yield page

    e.w.national.changes = stuck
    async with e.working():
        await e.defer(*(Wake(flow="observe", system=name) for name in SYSTEMS))

        async def arrived() -> bool:
            return len(e.w.register.refs) == 1

        await until(arrived)
        assert ("observe", f"observe:{NATIONAL}", "doing") in await e.jobs()
        free.set()

        async def both() -> bool:
            # as the clock does: a wake-up may have collapsed into a job that began before its rows were there
            await e.defer(Wake(flow="sweep"))
            return len(e.w.register.refs) == 2

        await until(both)


async def test_a_full_slice_asks_for_the_next(e):
    for number in range(7):
        e.w.national.put(str(number), plain(str(number)))
    work = e.w.ctx.settings.work.model_copy(update={"slice_cases": 2})
    settings = e.w.ctx.settings.model_copy(update={"work": work})
    ctx = replace(e.w.ctx, settings=settings)
    small = Queue(e.w.db.url, work, SYSTEMS)
    register_tasks(small, ctx)
    async with small.opened(), Engine(e.w, small).working():
        await e.defer(Wake(flow="observe", system=NATIONAL))

        async def arrived() -> bool:
            return len(e.w.register.refs) == 7

        await until(arrived)


async def test_a_job_that_fails_does_not_end_its_worker(e):
    e.w.national.put("1", plain("1"))
    real, failed = e.w.ctx.db.looking, []

    def broken():
        if not failed:
            failed.append(True)
            raise ZeroDivisionError
        return real()

    async with e.working():
        e.w.db.looking = broken
        await e.defer(Wake(flow="observe", system=NATIONAL))

        async def once() -> bool:
            return bool(failed)

        await until(once)
        e.w.db.looking = real
        await e.defer(Wake(flow="observe", system=NATIONAL))

        async def arrived() -> bool:
            return len(e.w.register.refs) == 1

        await until(arrived)


async def test_a_stop_ends_in_time_and_hands_back_what_waits(e):
    e.w.national.put("1", plain("1"))
    e.w.register.fail(Transient("away", retry_after_s=9999.0), times=99)
    async with e.working():
        await e.defer(Wake(flow="observe", system=NATIONAL))

        async def waits() -> bool:
            return any(one.state == "waiting" for one in await e.w.writes())

        await until(waits)
    assert all(status != "doing" for _, _, status in await e.jobs())


# ---- the dead ----


async def die(e: Engine, wake: Wake, *, seconds_ago: int) -> None:
    """A worker took this job, and has not been heard of for so long."""
    await e.defer(wake)
    [worker] = await e.w.sql(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s)) RETURNING id",
        seconds_ago,
    )
    await e.w.sql(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE queueing_lock = %s",
        worker["id"],
        name_of(wake),
    )


async def test_only_lanes_of_workers_that_are_silent_for_too_long_are_taken_over(e):
    await die(e, SETTLE, seconds_ago=60)
    await die(e, Wake(flow="settle", lane=1), seconds_ago=0)
    assert len((await e.queue.member.free_stalled()).locks) == 1
    assert [lock for _, lock, _ in await e.jobs()] == ["settle:1"]


async def test_taking_over_twice_at_once_is_safe(e):
    for lane in range(6):
        await die(e, Wake(flow="settle", lane=lane), seconds_ago=60)
    await asyncio.gather(*(e.queue.member.free_stalled() for _ in range(4)))
    assert await e.jobs() == []


async def test_a_dead_workers_lane_is_drained_by_the_living(e):
    e.w.national.put("1", plain("1"))
    await e.w.observe(NATIONAL)
    await e.w.sql("DELETE FROM procrastinate_jobs")
    await die(e, SETTLE, seconds_ago=60)
    async with e.working():

        async def drained() -> bool:
            await sweep(e.w.ctx)
            return len(e.w.register.refs) == 1

        await until(drained)


async def test_a_worker_that_died_in_the_sweep_itself_is_taken_over_too(e):
    """Else nobody would ever sweep again, and no lane of any dead worker would come free."""
    await die(e, Wake(flow="sweep"), seconds_ago=60)
    e.w.national.put("1", plain("1"))
    await e.w.observe(NATIONAL)
    await e.w.sql("DELETE FROM procrastinate_jobs WHERE task_name = 'settle'")
    async with e.working():
        await e.defer(Wake(flow="sweep"))

        async def arrived() -> bool:
            return len(e.w.register.refs) == 1

        await until(arrived)


# ---- reading again, and outages ----


async def test_more_cases_than_a_slice_holds_are_read_again_without_waiting_for_the_next_tick(e, monkeypatch):
    for ref in ("1", "2", "3"):
        e.w.national.put(ref, plain(ref))
    await e.w.rest(2)
    await e.w.sql("DELETE FROM procrastinate_jobs")
    work = e.w.ctx.settings.work.model_copy(update={"slice_cases": 1})
    monkeypatch.setattr(e.w.ctx, "settings", e.w.ctx.settings.model_copy(update={"work": work}))
    e.w.national.fetched.clear()
    e.w.clock.forward(90000)
    async with e.working():
        await e.defer(Wake(flow="refresh", system=NATIONAL))

        async def all_read() -> bool:
            return sorted(e.w.national.fetched) == ["1", "2", "3"]

        await until(all_read)


async def test_the_sweep_finds_cases_that_are_to_be_read_again(e):
    e.w.national.put("1", plain("1"))
    await e.w.rest(2)
    await e.w.sql("DELETE FROM procrastinate_jobs")
    await sweep(e.w.ctx)
    assert ("refresh", f"refresh:{NATIONAL}", "todo") not in await e.jobs()
    e.w.clock.forward(90000)
    await sweep(e.w.ctx)
    await e.w.sql("UPDATE link SET refresh_at = %s", e.w.clock.now())
    await sweep(e.w.ctx)
    assert [job for job in await e.jobs() if job[0] == "refresh"] == [
        ("refresh", f"refresh:{NATIONAL}", "todo")
    ]


async def test_what_waits_for_a_circuit_is_woken_when_it_turns(e):
    stop, lines = asyncio.Event(), circuits(e.w.clock, e.w.ctx.settings.systems, {})
    following = asyncio.create_task(follow_circuits(replace(e.w.ctx, circuits=lines), stop))

    async def swept() -> bool:
        return ("sweep", "sweep", "todo") in await e.jobs()

    await asyncio.sleep(0)
    assert not await swept()
    lines.turned.set()
    await until(swept)
    stop.set()
    await following


async def test_losing_the_engines_tables_content_loses_nothing(e):
    e.w.national.put("1", plain("1"))
    await e.w.observe(NATIONAL)
    await e.w.sql("DELETE FROM procrastinate_jobs")
    assert await e.jobs() == []
    async with e.working():
        await e.defer(Wake(flow="sweep"))

        async def arrived() -> bool:
            return len(e.w.register.refs) == 1

        await until(arrived)
