"""What a step costs the database: a statement is a round trip, and round trips are what the connector's time goes into."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import PipelineStatus

from connector.case import REGISTER
from connector.store import cases
from connector.sync.deliver import deliver
from connector.sync.settle import settle
from connector.work.queue import Queue
from tests.integration.core_mapping import NATIONAL, SYSTEMS, plain
from tests.integration.core_world import World, world


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, lanes=1) as made:
        queue = Queue(migrated_url, made.ctx.settings.work, SYSTEMS)
        made.db.defer_with(queue.defer)
        yield made


@contextmanager
def counted(patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The round trips of the block, without those that begin and end transactions; a pipeline is one."""
    trips: list[str] = []
    execute, pipeline = psycopg.AsyncCursor.execute, psycopg.AsyncConnection.pipeline

    async def executed(self, query, *given, **more):
        if self.connection.info.pipeline_status is PipelineStatus.OFF:
            trips.append(str(query))
        return await execute(self, query, *given, **more)

    def piped(self):
        trips.append("pipeline")
        return pipeline(self)

    with patch.context() as within:
        within.setattr(psycopg.AsyncCursor, "execute", executed)
        within.setattr(psycopg.AsyncConnection, "pipeline", piped)
        yield trips


async def test_reading_a_new_case_costs_no_more_statements_than_it_did(w, monkeypatch):
    w.national.put("1", plain("1"))
    with counted(monkeypatch) as trips:
        await w.observe(NATIONAL)
    assert len(trips) <= 26, trips


async def test_many_records_of_a_page_cost_far_less_each_than_one(w, monkeypatch):
    for number in range(25):
        w.national.put(str(number), plain(str(number)))
    with counted(monkeypatch) as trips:
        await w.observe(NATIONAL)
    assert len(trips) / 25 <= 11.6, trips


async def test_many_cases_are_settled_at_less_cost_each_than_one(w, monkeypatch):
    for number in range(25):
        w.national.put(str(number), plain(str(number)))
    await w.observe(NATIONAL)
    with counted(monkeypatch) as trips:
        await settle(w.ctx, 0)
    assert len(trips) / 25 <= 7.2, trips


async def test_settling_a_case_of_which_nothing_is_new_costs_no_more_statements_than_it_did(w, monkeypatch):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await settle(w.ctx, 0)
    async with w.db.unit() as unit:
        await cases.mark_dirty(unit.conn, [1], w.clock.now())
    with counted(monkeypatch) as trips:
        await settle(w.ctx, 0)
    assert len(trips) <= 8, trips


async def test_a_write_costs_no_more_statements_than_it_did(w, monkeypatch):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await settle(w.ctx, 0)
    with counted(monkeypatch) as trips:
        await deliver(w.ctx, REGISTER, 0)
    assert (await w.sql("SELECT state FROM delivery"))[0]["state"] == "done"
    assert len(trips) <= 24, trips


async def test_writes_that_are_under_way_together_cost_less_each_than_one(w, monkeypatch):
    for number in range(25):
        w.national.put(str(number), plain(str(number)))
    await w.observe(NATIONAL)
    await settle(w.ctx, 0)
    with counted(monkeypatch) as trips:
        await deliver(w.ctx, REGISTER, 0)
    assert {row["state"] for row in await w.sql("SELECT state FROM delivery")} == {"done"}
    assert len(trips) / 25 <= 14, trips


async def test_a_connection_that_was_only_looked_through_serves_transactions_again_whatever_ended_the_look(w):
    for error in (None, ZeroDivisionError(), asyncio.CancelledError()):
        with suppress(ZeroDivisionError, asyncio.CancelledError):
            async with w.db.looking() as conn:
                await conn.execute("SELECT 1")
                if error is not None:
                    raise error
    looks = [asyncio.create_task(look_long(w)) for _ in range(3)]
    await asyncio.sleep(0.2)
    for task in looks:
        task.cancel()
    await asyncio.gather(*looks, return_exceptions=True)
    for _ in range(6):
        async with w.db.unit() as unit:
            assert not unit.conn.autocommit


async def look_long(w: World) -> None:
    async with w.db.looking() as conn:
        await conn.execute("SELECT pg_sleep(30)")
