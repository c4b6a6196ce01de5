"""Several processes over one database: who is silent is taken over, who was taken over sends nothing more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.errors import LeaseLost, Transient
from connector.lease import Lease
from connector.sections.work import WorkSettings
from connector.store import circuits, nodes
from connector.store.database import Wake
from connector.sync import deliver as deliver_module
from connector.sync.deliver import deliver
from connector.work.clock import build_clock
from connector.work.membership import CLOCK, CONSOLE, WORKER, Membership, joined, stay
from connector.work.queue import Queue
from tests.integration.core_mapping import NATIONAL, SYSTEMS, plain
from tests.integration.core_world import World, world
from tests.integration.engine import QUICK, Engine, until

WORK = WorkSettings(heartbeat_s=0.2, stalled_after_s=30)


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


@asynccontextmanager
async def member(url: str, name: str, *parts: str) -> AsyncIterator[Membership]:
    one = Membership(url, WORK, name=name, parts=parts or (WORKER, CLOCK))
    await one.enter()
    try:
        yield one
    finally:
        await one.aclose()


async def silent(w: World, one: Membership, seconds: float = 60) -> None:
    """The database has not heard of it for so long."""
    await w.sql("UPDATE node SET seen_at = now() - %s * interval '1 s' WHERE id = %s", seconds, one.id)


# ---- the list ----


async def test_nodes_know_of_each_other_and_whose_clock_ticks(w: World) -> None:
    async with member(w.db.url, "may-1") as first, member(w.db.url, "may-2") as second:
        await first.tell()
        assert [one.name for one in first.living] == ["may-1", "may-2"]
        assert (first.rank(WORKER), second.rank(WORKER), first.count(WORKER)) == (0, 1, 2)
        assert (first.leads, second.leads) == (True, False)


async def test_a_process_that_only_shows_pages_takes_no_share_of_a_portals_budget(w: World) -> None:
    async with member(w.db.url, "may-1") as first, member(w.db.url, "may-1", "console"):
        await first.tell()
        assert first.count(WORKER) == 1


async def test_a_node_that_stops_in_good_order_is_gone_from_the_list(w: World) -> None:
    async with member(w.db.url, "may-1") as one:
        stop = asyncio.Event()
        stop.set()
        await one.keep(stop)
    async with w.db.reading() as conn:
        assert await nodes.listed(conn) == []


async def test_the_clock_of_the_next_leads_when_the_leader_is_silent(w: World) -> None:
    async with member(w.db.url, "may-1") as first, member(w.db.url, "may-2") as second:
        await silent(w, first)
        await second.tell()
        assert second.leads


async def test_a_clock_that_was_started_again_need_not_wait_for_its_dead_predecessor(w: World) -> None:
    async with member(w.db.url, "may-1") as killed, member(w.db.url, "may-1") as again:
        assert killed.leads
        await again.tell()
        assert again.leads
        assert again.count(WORKER) == 2, "the budget is not taken before it is certain that nobody has it"


async def test_a_process_without_lanes_that_was_struck_off_comes_back(w: World) -> None:
    page = Membership(w.db.url, WORK, name="may-1", parts=[CONSOLE])
    async with joined(page):
        await w.sql("DELETE FROM node")

        async def back() -> bool:
            return bool(await w.sql("SELECT 1 FROM node"))

        await until(back)
    assert await w.sql("SELECT 1 FROM node") == []
    await page.aclose()


async def test_a_process_that_is_told_to_stop_just_as_it_comes_back_leaves_as_well(
    w: World, monkeypatch
) -> None:
    page, over = Membership(w.db.url, WORK, name="may-1", parts=[CONSOLE]), asyncio.Event()

    async def enter() -> None:
        await Membership.enter(page)
        over.set()

    await page.enter()
    await w.sql("DELETE FROM node")
    monkeypatch.setattr(page, "enter", enter)
    await asyncio.wait_for(stay(page, over), 30)
    assert over.is_set()
    assert await w.sql("SELECT 1 FROM node") == []


# ---- taking over ----


async def test_who_was_silent_for_too_long_is_struck_off_and_learns_so(w: World) -> None:
    async with member(w.db.url, "may-1") as lost, member(w.db.url, "may-2") as other:
        await silent(w, lost)
        await other.tell()
        assert [one.name for one in other.living] == ["may-2"]
        assert lost.lease.held, "by its own clock it may still believe so"
        with pytest.raises(LeaseLost, match="taken the lanes"):
            await lost.tell()
        assert not lost.lease.held


async def test_who_was_silent_but_was_not_taken_over_goes_on(w: World) -> None:
    async with member(w.db.url, "may-1") as one:
        await silent(w, one)
        await one.tell()
        assert one.lease.held


async def test_a_node_that_was_taken_over_ends_all_its_workers(w: World, tmp_path: Path) -> None:
    """It must not take up another lane, and the supervisor starts it anew."""
    one = Membership(w.db.url, w.ctx.settings.work.model_copy(update=QUICK), name="may-1", parts=[WORKER])
    queue = Queue(w.db.url, w.ctx.settings.work.model_copy(update=QUICK), SYSTEMS, one)
    async with queue.opened():
        running = asyncio.create_task(queue.run(asyncio.Event()))

        async def at_work() -> bool:
            assert not running.done()
            return bool(await w.sql("SELECT 1 FROM node WHERE cardinality(workers) > 5"))

        await until(at_work)
        await w.sql("DELETE FROM node")
        with pytest.raises(LeaseLost):
            await asyncio.wait_for(running, 30)


async def test_workers_of_a_living_node_are_never_older_than_the_node_itself(w: World) -> None:
    """Else their lanes could be taken while the node holds its lease."""
    [row] = await w.sql(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
    )
    async with member(w.db.url, "may-1") as one, member(w.db.url, "may-2") as other:
        one.workers = lambda: [row["id"]]
        await one.tell()
        assert (await other.free_stalled()).nodes == ()
        assert len(await w.sql("SELECT 1 FROM procrastinate_workers")) == 1


# ---- fencing ----


class TurningClock:
    """A monotonic clock that jumps ahead at the n-th look."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> float:
        self.looks -= 1
        return 1000.0 if self.looks >= 0 else 9999.0


def leased(looks: int) -> Lease:
    """A lease that has run out when it is looked at for the n-th time after this."""
    clock = TurningClock(looks + 1)
    lease = Lease(clock)
    lease.renew(lease.now(), 30)
    return lease


async def planned(w: World) -> None:
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await w.settle()


async def test_without_a_lease_no_write_is_begun(w: World) -> None:
    await planned(w)
    w.ctx.lease.end()
    with pytest.raises(LeaseLost):
        await w.deliver(REGISTER)
    assert (w.register.effects, (await w.write(target=REGISTER)).state) == ([], "planned")


async def test_a_lease_that_ends_after_the_mark_keeps_the_write_back_and_nobody_need_doubt_it(
    w: World,
) -> None:
    """No byte has left. So it waits like after a connection that could not be made, and is sent once."""
    await planned(w)
    cut_off = replace(w.ctx, lease=leased(1))
    with pytest.raises(LeaseLost):
        await deliver(cut_off, REGISTER, 0)
    assert (w.register.effects, (await w.write(target=REGISTER)).state) == ([], "waiting")
    w.clock.forward(600)
    await w.deliver(REGISTER)
    assert (len(w.register.effects), (await w.write(target=REGISTER)).state) == (1, "done")
    told = [kind for kind in await w.kinds() if kind in {"sent", "waiting", "in_doubt", "done"}]
    assert told == ["sent", "waiting", "sent", "done"]


async def test_a_lease_that_ended_because_others_took_over_leaves_the_write_to_them(w: World) -> None:
    await planned(w)
    lease = Lease()
    mark = deliver_module._mark_sent

    async def marked(*given: object, **more: object) -> bool:
        done = await mark(*given, **more)
        await w.sql("UPDATE delivery SET state = 'in_doubt' WHERE state = 'sent'")
        lease.end()
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliver_module, "_mark_sent", marked)
        with pytest.raises(LeaseLost):
            await deliver(replace(w.ctx, lease=lease), REGISTER, 0)
    assert (w.register.effects, (await w.write(target=REGISTER)).state) == ([], "in_doubt")


async def test_the_late_failure_of_a_node_that_was_taken_over_changes_nothing(w: World) -> None:
    """It says nothing about the write that the other node has begun meanwhile."""
    await planned(w)
    apply = w.register.apply

    async def slow(operation: object) -> object:
        # cut off here; the other node doubts, looks up, and waits with its answer
        w.register.apply = apply
        await deliver(w.ctx, REGISTER, 0)
        msg = "mất liên lạc"
        raise Transient(msg)

    w.register.apply = slow
    await deliver(w.ctx, REGISTER, 0)
    assert (await w.write(target=REGISTER)).state == "in_doubt"
    assert "waiting" not in await w.kinds()


async def test_the_late_success_of_a_node_that_was_taken_over_is_taken_down(w: World) -> None:
    await planned(w)
    apply = w.register.apply

    async def slow(operation: object) -> object:
        w.register.apply = apply
        await deliver(w.ctx, REGISTER, 0)
        return await apply(operation)

    w.register.apply = slow
    await deliver(w.ctx, REGISTER, 0)
    w.clock.forward(600)
    await deliver(w.ctx, REGISTER, 0)
    assert (len(w.register.effects), (await w.write(target=REGISTER)).state) == (1, "done")


# ---- clocks ----


async def test_two_clocks_that_tick_at_once_do_no_harm(migrated_url: str, tmp_path: Path) -> None:
    """For a moment two may believe that they lead: equal ticks collapse, and what they wake is done once at a time."""
    async with world(migrated_url, tmp_path, **QUICK) as made:
        queue = Queue(migrated_url, made.ctx.settings.work, SYSTEMS)
        made.db.defer_with(queue.defer)
        engine = Engine(made, queue)

        async def wake(wish: Wake) -> None:
            await engine.defer(wish)

        async with queue.opened():
            for _ in range(2):
                clocks = [build_clock(made.ctx.settings, wake) for _ in range(2)]
                ticks = [job for clock in clocks for job in clock.get_jobs()]
                await asyncio.gather(*(job.func(*job.args) for job in ticks))
            names = [lock for _, lock, _ in await engine.jobs()]
    assert "sweep" in names
    assert len(names) == len(set(names)) == len({job.id for job in ticks})


# ---- circuits ----


async def test_a_circuit_that_another_node_found_open_makes_us_wary_and_our_own_does_not(w: World) -> None:
    now = w.clock.now()
    async with w.db.unit() as unit:
        await circuits.tell(unit.conn, "may-1", {NATIONAL: "open", REGISTER: "closed"}, now)
    async with w.db.reading() as conn:
        assert await circuits.open_elsewhere(conn, "may-2", now) == {NATIONAL}
        assert await circuits.open_elsewhere(conn, "may-1", now) == set()
        assert await circuits.open_elsewhere(conn, "may-2", now + circuits.FRESH * 2) == set()
