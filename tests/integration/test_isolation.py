"""Isolation: one slow, dead or throttling system, and one bad case, hold up nobody else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.errors import InDoubt, Transient, Unreachable
from connector.services.overview import overview
from connector.store.circuits import FRESH
from connector.store.database import Wake
from connector.sync import deliver as delivering
from connector.sync.circuits import circuits
from connector.sync.settle import settle
from connector.sync.sweep import sweep
from connector.watch import Board
from connector.work.queue import Queue
from connector.work.tasks import register_tasks
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, SYSTEMS, act, plain
from tests.integration.core_world import World, planned, sent_acts, world
from tests.integration.engine import QUICK, Engine, until

PDF = {"id": "pdf", "role": "question", "file_name": "don.pdf"}
LANES = 8


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """One lane; circuits as the daemon has them."""
    async with world(migrated_url, tmp_path) as made:
        made.ctx = replace(made.ctx, circuits=circuits(made.clock, made.ctx.settings.systems, {}))
        yield made


@pytest.fixture
async def e(migrated_url: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """More lanes than a queue has workers, and workers that run."""
    async with world(migrated_url, tmp_path, **QUICK, lanes=LANES) as made:
        queue = Queue(migrated_url, made.ctx.settings.work, SYSTEMS)
        register_tasks(queue, made.ctx)
        made.db.defer_with(queue.defer)
        async with queue.opened():
            yield Engine(made, queue)


def hang(system, method: str) -> tuple[asyncio.Event, list[object]]:
    """Let a call of this system last until the event is set; the list tells who waits."""
    free, waiting = asyncio.Event(), []
    real = getattr(system, method)

    async def slow(*arguments):
        waiting.append(arguments)
        await free.wait()
        return await real(*arguments)

    setattr(system, method, slow)
    return free, waiting


async def every_lane(w: World, *names: str) -> None:
    """Settle all lanes and deliver to these systems, without the engine."""
    for lane in range(LANES):
        await settle(w.ctx, lane)
        for name in names:
            await delivering.deliver(w.ctx, name, lane)


# ---- a slow portal ----


async def test_files_that_a_slow_portal_does_not_hand_out_hold_up_no_case_of_the_other_portal(e):
    """Into the register both portals write; with one queue for both, all its workers would wait for these files."""
    for number in range(2 * LANES):
        e.w.national.put(str(number), plain(str(number), files=[PDF]))
    e.w.national.files["pdf"] = b"pdf"
    free, waiting = hang(e.w.national, "read_file")
    async with e.working():
        await e.defer(Wake(flow="observe", system=NATIONAL))

        async def all_workers_wait() -> bool:
            return len(waiting) >= e.w.ctx.settings.work.worker_concurrency

        await until(all_workers_wait)
        e.w.government.put("900", plain("900"))
        await e.defer(Wake(flow="observe", system=GOVERNMENT))

        async def arrived() -> bool:
            return len(e.w.register.refs) == 1

        await until(arrived)
        free.set()

        async def all_arrived() -> bool:
            return len(e.w.register.refs) == 2 * LANES + 1

        await until(all_arrived)
    assert e.w.register.doubled == []


async def test_writes_that_hang_in_a_slow_portal_hold_neither_settling_nor_the_database_nor_the_other_portal(
    e,
):
    """More of them than the pool has connections."""
    count, pool = 4 * LANES, 8
    for number in range(count):
        e.w.national.put(str(number), plain(str(number)))
    await e.w.observe(NATIONAL)
    await every_lane(e.w, REGISTER)
    for number, ref in enumerate(e.w.register.refs):
        here = e.w.register.data(ref) or {}
        e.w.register.put(ref, {**here, "acts": [act(f"register:{ref}1", "accepted", number)]})
    await e.w.observe(REGISTER)
    await every_lane(e.w)
    free, waiting = hang(e.w.national, "apply")
    async with e.working():

        async def many_hang() -> bool:
            return len(waiting) > pool

        await until(many_hang)
        e.w.government.put("900", plain("900"))
        await e.defer(Wake(flow="observe", system=GOVERNMENT))

        async def arrived() -> bool:
            return len(e.w.register.refs) == count + 1

        await until(arrived)
        assert not e.w.national.effects
        free.set()

        async def all_sent() -> bool:
            return len(e.w.national.effects) == count

        await until(all_sent)
    assert e.w.national.doubled == []


async def test_no_connection_is_held_while_a_system_is_called(w):
    called = set()

    def watched(system, method: str) -> None:
        real = getattr(system, method)

        async def call(*arguments):
            called.add(method)
            assert w.db.lent == 0, f"{method} of {system.name} is called with a connection in hand"
            return await real(*arguments)

        setattr(system, method, call)

    for system in (w.register, w.national, w.government):
        for method in ("fetch", "find", "apply", "read_file"):
            watched(system, method)
    changes = w.national.changes

    async def pages(since):
        assert w.db.lent == 0
        called.add("changes")
        async for page in changes(since):
            yield page
            assert w.db.lent == 0

    w.national.changes = pages
    w.national.files["pdf"] = b"pdf"
    w.national.put("1", plain("1", files=[PDF]))
    await w.observe(NATIONAL)
    await w.settle()
    w.register.fail(InDoubt("mất trả lời"))
    await w.deliver(REGISTER)
    w.clock.forward(60)
    await w.rest(2)
    w.national.rows = True
    w.national.put("1", plain("1", files=[PDF], title="Chậm trả kết quả, lần hai"))
    await w.rest(2)
    assert called == {"changes", "fetch", "find", "apply", "read_file"}


# ---- a dead or throttling portal ----


async def many_planned(w: World, count: int) -> None:
    for number in range(count):
        await planned(w, "accepted", ref=str(number))


@pytest.mark.parametrize("error", [Unreachable("không có đường"), Transient("bận", 1.0)])
async def test_a_system_that_takes_nothing_costs_a_few_begun_writes_then_one_a_pause_and_heals_by_itself(
    w, error
):
    await many_planned(w, 24)
    w.national.fail(error, times=999)
    before = len(w.national.applied)
    await w.deliver(NATIONAL)
    first = len(w.national.applied) - before
    assert first == w.ctx.settings.systems[NATIONAL].transport.breaker_failures
    begun = first + w.national.capabilities.concurrency
    assert (await sent_acts(w)).count("planned") >= 24 - begun, "what was not begun is as it was"
    assert (await w.kinds()).count("sent") - len(w.register.effects) <= begun

    w.clock.forward(2)
    woken: list[Wake] = []

    async def remember(_conn, wakes):
        woken.extend(wakes)

    w.db.defer_with(remember)
    await sweep(w.ctx)
    assert not [one for one in woken if one.system == NATIONAL], "no worker is woken for it"

    w.clock.forward(30)
    await w.deliver(NATIONAL)
    assert len(w.national.applied) - before == first + 1, "one probe"
    await w.deliver(NATIONAL)
    assert len(w.national.applied) - before == first + 1, "and none until the next pause is over"

    w.national.heal()
    w.clock.forward(3600)
    await w.deliver(NATIONAL)
    assert set(await sent_acts(w)) == {"done"}
    assert w.national.doubled == []


async def test_cases_are_not_read_again_at_a_system_that_does_not_answer(w):
    await many_planned(w, 24)
    await w.deliver(NATIONAL)
    w.clock.forward(1)
    w.national.fail(Transient("bận"), on="fetch", times=999)
    before = len(w.national.fetched)
    await w.refresh(NATIONAL)
    first = len(w.national.fetched) - before
    assert first < 24
    await w.refresh(NATIONAL)
    assert len(w.national.fetched) - before == first
    w.national.heal()
    w.clock.forward(3600)
    await w.refresh(NATIONAL)
    assert len(w.national.fetched) - before == first + 1, "a probe"
    await w.refresh(NATIONAL)
    assert len(w.national.fetched) - before == first + 24


async def test_the_status_shows_an_open_circuit_while_the_process_that_sees_it_lives(w):
    board = Board(w.ctx)

    async def shown(name: str) -> list[str]:
        now = w.clock.now()
        found = await overview(w.db, w.ctx.settings, w.ctx.calendar, now)
        return [seen.state for one in found.systems if one.name == name for seen in one.circuits]

    assert await shown(NATIONAL) == []
    await board.tell()
    assert await shown(NATIONAL) == ["closed"]
    await many_planned(w, 12)
    w.national.fail(Transient("bận"), times=999)
    await w.deliver(NATIONAL)
    await board.tell()
    assert (await shown(NATIONAL), await shown(GOVERNMENT)) == (["open"], ["closed"])
    w.clock.forward(31)
    await board.tell()
    assert await shown(NATIONAL) == ["half_open"]
    w.clock.forward(FRESH.total_seconds() + 1)
    assert await shown(NATIONAL) == []


# ---- bad cases ----


async def test_a_thousand_failing_writes_let_a_new_one_be_the_second_to_be_taken_up(w, monkeypatch):
    """The bound is a number of claims, whatever the thousand are: waiting, in doubt, quarantined, due since long."""
    await w.sql(
        """
        WITH bad AS (
            INSERT INTO case_record (origin_system, origin_ref)
            SELECT %s, 'bad-' || n FROM generate_series(1, 1000) AS n RETURNING id
        )
        INSERT INTO delivery (case_id, target, source, intent, revision, key, state, attempts, next_attempt_at)
        SELECT id, %s, %s, 'create', 0, gen_random_uuid(),
               (ARRAY['waiting', 'in_doubt', 'quarantined'])[1 + id %% 3], 9, %s FROM bad
        """,
        NATIONAL,
        REGISTER,
        NATIONAL,
        w.clock.now(),
    )
    w.clock.forward(3600)
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await w.settle()
    good = await w.write(state="planned")
    claims: list[int] = []
    real = delivering.attempt

    async def counted(ctx, system, item):
        claims.append(item.id)
        await real(ctx, system, item)

    monkeypatch.setattr(delivering, "attempt", counted)
    await w.deliver(REGISTER)
    assert good.id in claims[:2]
    assert len(set(claims)) == 1 + 667, "and each of those that are due had its turn"


async def test_repeated_writes_are_not_put_off_for_ever_by_new_ones(w):
    w.national.put("0", plain("0"))
    await w.observe(NATIONAL)
    await w.settle()
    w.register.fail(Transient("bận"))
    await w.deliver(REGISTER)
    w.clock.forward(60)
    for number in range(1, 9):
        w.national.put(str(number), plain(str(number)))
    await w.observe(NATIONAL)
    await w.settle()
    await w.deliver(REGISTER)
    order = [dict(one.fields)["origin_ref"] for one in w.register.effects]
    assert order.index("0") < w.register.capabilities.concurrency, "of the first that are under way together"


async def test_a_case_whose_call_hangs_holds_up_no_other_case_of_its_batch(w):
    for number in range(12):
        w.national.put(str(number), plain(str(number)))
    await w.observe(NATIONAL)
    await w.settle()
    free = asyncio.Event()

    async def during(operation):
        if dict(operation.fields)["origin_ref"] == "0":
            await free.wait()

    w.register.during = during
    running = asyncio.create_task(w.deliver(REGISTER))

    async def the_others() -> bool:
        return [one.state for one in await w.writes()].count("done") == 11

    await until(the_others)
    free.set()
    await running
    assert w.register.doubled == []
