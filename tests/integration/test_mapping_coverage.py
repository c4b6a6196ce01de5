"""Which codes were really told: counted once each, apart from the flow, beside what the lists know."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.mapping.coverage import State
from connector.services import mappings as service
from connector.sync.coverage import EVERY, LAG, count_codes, count_due
from tests.integration.core_mapping import NATIONAL, act, plain
from tests.integration.core_world import World, world


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def aged(w: World) -> None:
    """What was kept a moment ago is old enough to be counted."""
    await w.sql("UPDATE observation SET observed_at = %s", w.clock.now() - 2 * LAG)


async def found(w: World) -> dict[tuple[str, str], tuple[State, int]]:
    told = await service.coverage(w.db, w.ctx.mappings, NATIONAL)
    return {(one.list, one.code): (one.state, one.count) for one in told.lines}


async def test_known_and_unknown_codes_are_counted_once_for_each_distinct_telling(w: World) -> None:
    w.national.put("1", plain("1"))
    w.national.put("2", plain("2", privacy="rieng_tu", acts=[act("x", "accepted"), act("y", "accepted", 1)]))
    await w.observe(NATIONAL)
    await w.observe(NATIONAL)
    await aged(w)
    await count_codes(w.ctx)
    codes = await found(w)
    assert codes["privacy", "open"] == (State.VERIFIED, 1)
    assert codes["privacy", "rieng_tu"] == (State.UNMAPPED, 1)
    assert codes["acts", "accepted"] == (State.VERIFIED, 1)
    assert codes["privacy", "restricted"] == (State.UNSEEN, 0)
    await count_codes(w.ctx)
    assert await found(w) == codes, "no telling is counted twice"
    first = (await service.coverage(w.db, w.ctx.mappings, NATIONAL)).lines[0]
    assert (first.code, first.near[0]) == ("rieng_tu", "private (private)")


async def test_a_telling_too_young_is_left_for_the_next_count(w: World) -> None:
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await w.sql("UPDATE observation SET observed_at = %s", w.clock.now())
    await count_codes(w.ctx)
    assert (await found(w))["privacy", "open"] == (State.UNSEEN, 0)
    w.clock.forward((LAG + timedelta(seconds=1)).total_seconds())
    await count_codes(w.ctx)
    assert (await found(w))["privacy", "open"] == (State.VERIFIED, 1)


async def test_what_is_no_code_is_not_taken_down(w: World) -> None:
    w.national.put("1", plain("1", privacy="Nguyễn Văn Mẫu gửi"))
    w.national.put("2", plain("2", privacy="+84900000000"))
    await w.observe(NATIONAL)
    await aged(w)
    await count_codes(w.ctx)
    told = str(await w.sql("SELECT code FROM code_seen"))
    assert "Mẫu" not in told
    assert "900000000" not in told
    assert "18 ký tự" in told


async def test_the_count_goes_on_where_it_stopped_and_is_due_again_after_a_while(w: World) -> None:
    work = w.ctx.settings.work.model_copy(update={"slice_cases": 1})
    w.ctx.settings = w.ctx.settings.model_copy(update={"work": work})
    for number in range(1, 4):
        w.national.put(str(number), plain(str(number)))
    await w.observe(NATIONAL)
    await aged(w)
    assert await count_codes(w.ctx, slice_s=0)
    assert (await found(w))["privacy", "open"][1] == 1
    assert not await count_due(w.ctx), "a count that was cut short is due at once, and goes to its end"
    assert (await found(w))["privacy", "open"][1] == 3
    w.national.put("9", plain("9"))
    await w.observe(NATIONAL)
    await aged(w)
    await count_due(w.ctx)
    assert (await found(w))["privacy", "open"][1] == 3, "not due yet"
    w.clock.forward(EVERY.total_seconds())
    await count_due(w.ctx)
    assert (await found(w))["privacy", "open"][1] == 4
