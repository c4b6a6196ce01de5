"""Sweep: the rows are the truth. Whatever wake-up was lost, due work is found again."""

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.errors import Permanent, Transient
from connector.store import flows
from connector.store.database import Wake
from connector.store.leaf import Place
from connector.sync.deliver import deliver
from connector.sync.settle import settle
from connector.sync.sweep import sweep
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import World, world


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, lanes=4) as made:
        yield made


class Woken:
    """Stands for the engine: remembers the wake-ups."""

    def __init__(self, w: World) -> None:
        self.wakes: list[Wake] = []
        w.db.defer_with(self)

    async def __call__(self, _conn: object, wakes: Iterable[Wake]) -> None:
        self.wakes += wakes


async def found(w: World) -> set[Wake]:
    """What a sweep wakes now."""
    woken = Woken(w)
    count = await sweep(w.ctx)
    assert count == len(woken.wakes)
    return set(woken.wakes)


async def settle_all(w: World) -> None:
    for lane in range(4):
        await settle(w.ctx, lane)


async def deliver_all(w: World, name: str) -> None:
    for lane in range(4):
        await deliver(w.ctx, name, lane)


async def test_nothing_due_wakes_nothing(w):
    assert await found(w) == set()


async def test_dirty_cases_wake_their_lanes(w):
    for ref in "12":
        w.national.put(ref, plain(ref))
    await w.observe(NATIONAL)
    assert await found(w) == {Wake(flow="settle", lane=1), Wake(flow="settle", lane=2)}


@pytest.mark.parametrize("state", ["planned", "waiting", "in_doubt", "sent"])
async def test_due_writes_wake_their_lanes(w, state):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await settle_all(w)
    await w.sql("UPDATE delivery SET state = %s, next_attempt_at = %s", state, w.clock.now())
    assert await found(w) == {Wake(flow="deliver", system=REGISTER, source=NATIONAL, lane=1)}


async def test_a_write_that_waits_wakes_its_lane_only_when_its_time_has_come(w):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await settle_all(w)
    w.register.fail(Transient("busy", retry_after_s=500.0))
    await deliver_all(w, REGISTER)
    assert await found(w) == set()
    w.clock.forward(500)
    assert await found(w) == {Wake(flow="deliver", system=REGISTER, source=NATIONAL, lane=1)}


async def test_a_write_that_waits_for_a_person_wakes_nothing(w):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await settle_all(w)
    w.register.fail(Permanent("no"))
    await deliver_all(w, REGISTER)
    w.clock.forward(9999999)
    assert await found(w) == {Wake(flow="refresh", system=NATIONAL)}, "it is only read again"


async def test_a_due_write_that_stands_behind_one_that_is_not_wakes_nothing(w):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await settle_all(w)
    w.register.fail(Permanent("no"))
    await deliver_all(w, REGISTER)
    await w.sql(
        "INSERT INTO delivery (case_id, target, source, intent, act_id, revision, key, state, next_attempt_at, created_at)"
        " SELECT case_id, target, source, 'append', 'later', 0, gen_random_uuid(), 'planned', now(), now() FROM delivery"
    )
    w.clock.forward(9999999)
    assert await found(w) == {Wake(flow="refresh", system=NATIONAL)}, "it is only read again"


async def test_writes_to_a_system_that_is_switched_off_wake_nothing(w):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await settle_all(w)
    await w.sql("UPDATE delivery SET target = 'gone_portal'")
    assert await found(w) == set()


async def test_passes_that_found_nothing_are_forgotten_after_a_day_but_for_the_last_good_one_and_others_never(
    w,
):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await w.observe(NATIONAL)
    w.national.fail(Transient("away"), on="changes")
    await w.observe(NATIONAL)
    w.clock.forward(timedelta(days=400).total_seconds())
    assert await outcomes_after_a_sweep(w) == ["failed", "empty", "ok"]
    w.national.put("2", plain("2"))
    await w.observe(NATIONAL)
    assert await outcomes_after_a_sweep(w) == ["ok", "failed", "ok"]


async def outcomes_after_a_sweep(w: World) -> list[str | None]:
    await sweep(w.ctx)
    async with w.db.reading() as conn:
        return [one.outcome for one in await flows.runs(conn, Place(most=10))]


async def test_losing_all_wake_ups_loses_nothing(w):
    """Only sweeps, never a wake-up of anybody else: the case arrives all the same."""
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    for _ in range(4):
        for wake in await found(w):
            w.db.defer_with(_ignore)
            if wake.flow == "settle":
                await settle_all(w)
            else:
                await deliver_all(w, wake.system)
    assert len(w.register.refs) == 1
    assert await found(w) == set()


async def _ignore(_conn: object, _wakes: Iterable[Wake]) -> None:
    """A wake-up that gets lost."""
