"""Writes that share a transaction: each is stored before it is sent, and none pays for another."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.store import cases
from connector.sync import deliver as deliver_module
from connector.sync.deliver import deliver
from connector.system import Operation, Receipt
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import World, world

MANY = "123456789"
PATIENCE_S = 60


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, lanes=1) as made:
        for ref in MANY:
            made.national.put(ref, plain(ref))
        await made.observe(NATIONAL)
        await made.settle()
        yield made


async def states(w: World) -> Counter[str]:
    return Counter(item.state for item in await w.writes())


async def test_each_write_is_stored_before_it_is_sent_and_has_its_own_entries(w, monkeypatch):
    apply, stood = w.register.apply, []

    async def looked(operation: Operation) -> Receipt:
        rows = await w.sql("SELECT state FROM delivery WHERE key = %s", operation.key.id)
        stood.append(rows[0]["state"])
        return await apply(operation)

    monkeypatch.setattr(w.register, "apply", looked)
    await w.deliver(REGISTER)
    assert stood == ["sent"] * len(MANY)
    assert await states(w) == {"done": len(MANY)}
    entries = await w.entries()
    for kind in ("sent", "done", "linked", "agreed"):
        told = Counter(one.case_id for one in entries if one.kind == kind and one.system)
        assert set(told.values()) == {1}, kind
        assert len(told) == len(MANY), kind


async def test_a_case_that_somebody_holds_holds_up_no_other_write(w):
    held = (await w.case(NATIONAL, MANY[0])).id
    async with asyncio.timeout(PATIENCE_S):
        async with w.db.unit() as unit:
            await cases.get(unit.conn, held, lock=True)
            drain = asyncio.create_task(deliver(w.ctx, REGISTER, 0))
            while (await states(w))["done"] < len(MANY) - 1:  # noqa: ASYNC110  # rows are waited for
                await asyncio.sleep(0.02)
            assert not drain.done()
        await drain
    assert await states(w) == {"done": len(MANY)}


async def test_two_creations_under_one_reference_are_not_joined_in_a_shared_transaction_either(
    w, monkeypatch
):
    new_ref, given = w.register.new_ref, iter(["R-1", "R-1"])
    monkeypatch.setattr(w.register, "new_ref", lambda: next(given, None) or new_ref())
    await w.deliver(REGISTER)
    assert await states(w) == {"done": len(MANY) - 1, "quarantined": 1}
    owners = await w.sql("SELECT case_id FROM link WHERE system = 'register' AND ref = 'R-1'")
    assert len(owners) == 1


async def test_a_write_that_was_cancelled_meanwhile_is_not_sent_and_the_others_are(w, monkeypatch):
    load = deliver_module.load_files
    gone = (await w.writes())[0]

    async def cancelled(*given):
        await w.sql("UPDATE delivery SET state = 'cancelled' WHERE id = %s", gone.id)
        return await load(*given)

    monkeypatch.setattr(deliver_module, "load_files", cancelled)
    await w.deliver(REGISTER)
    assert await states(w) == {"done": len(MANY) - 1, "cancelled": 1}
    assert len(w.register.effects) == len(MANY) - 1
