"""Observe: who is who, and what holds a flow."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.errors import CredentialsRefused
from connector.services import control
from connector.store import flows
from connector.sync.keep import Tally, keep
from connector.sync.settle import settle
from tests.integration.core_mapping import CODE, NATIONAL, act, plain
from tests.integration.core_world import World, world


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def watermark(w: World, name: str = NATIONAL) -> str | None:
    async with w.db.reading() as conn:
        return (await flows.watermark(conn, name)).value


async def stored(w: World) -> list[str]:
    return [row["ref"] for row in await w.sql("SELECT ref FROM observation ORDER BY id")]


# ---- who is who ----


async def test_a_pair_whose_code_the_portal_knows_is_linked_and_not_copied(w):
    w.register.put("57", plain("57", code=CODE, origin_system=NATIONAL, origin_ref="1"))
    w.national.put("1", plain("1", code=CODE))
    await w.rest(3)
    assert len(w.register.refs) == len(w.national.refs) == 1
    assert await w.writes() == []
    assert (await w.case(NATIONAL, "1")).id == (await w.case(REGISTER, "57")).id
    assert "linked" in await w.kinds()


@pytest.mark.parametrize("first", [REGISTER, NATIONAL])
async def test_a_pair_of_which_one_side_is_told_first_is_linked_by_its_origin(w, first):
    w.register.put("57", plain("57", code=CODE, origin_system=NATIONAL, origin_ref="1"))
    w.national.put("1", plain("1"))
    await w.observe(first)
    await w.observe()
    await w.rest(3)
    assert await w.writes() == []
    assert len(w.register.refs) == 1


async def test_a_case_of_ours_that_a_portal_tells_first_is_linked_by_its_code(w):
    w.national.put("1", plain("1", code=CODE, origin_system=REGISTER, origin_ref=CODE))
    await w.observe(NATIONAL)
    w.register.put("57", plain("57", code=CODE))
    await w.observe(REGISTER)
    assert (await w.case(NATIONAL, "1")).id == (await w.case(REGISTER, "57")).id


@pytest.mark.parametrize("code", [CODE, None])
async def test_both_at_once_from_two_connections_are_one_case(w, code):
    here, there = [], []
    for n in range(12):
        own = f"{CODE[:-2]}{n:02d}"
        here.append(
            w.register.put(f"5{n}", plain(f"5{n}", code=own, origin_system=NATIONAL, origin_ref=f"9{n}"))
        )
        there.append(w.national.put(f"9{n}", plain(f"9{n}", code=code and own)))
    pairs = [record for pair in zip(here, there, strict=True) for record in pair]
    await asyncio.gather(*(keep(w.ctx, record, Tally()) for record in pairs))
    assert (await w.sql("SELECT count(*) AS n FROM case_record"))[0]["n"] == 12
    assert await w.held() == []
    await settle(w.ctx, 0)
    assert await w.writes() == []


async def test_two_of_our_cases_under_one_reference_are_put_aside(w):
    other = CODE.replace("57", "58")
    w.register.put("57", plain("57", code=CODE, origin_system=NATIONAL, origin_ref="1"))
    w.register.put("58", plain("58", code=other))
    w.national.put("1", plain("1", code=other))
    await w.observe()
    [item] = await w.held()
    assert (item.subject, item.code) == ("national_portal/1", "PH-402")
    assert (await w.sql("SELECT count(*) AS n FROM link WHERE system = %s", NATIONAL))[0]["n"] == 0


async def test_two_references_under_one_of_our_cases_are_put_aside(w):
    """The second would else overwrite what the first one told."""
    w.register.put("57", plain("57", code=CODE))
    w.national.put("1", plain("1", code=CODE))
    w.national.put("2", plain("2", code=CODE, title="Hồ sơ khác hẳn"))
    await w.observe()
    [item] = await w.held()
    assert (item.subject, item.code) == ("national_portal/2", "PH-402")
    link = (await w.case(REGISTER, "57")).link(NATIONAL)
    assert (link.ref, link.state.header.title) == ("1", "Chậm trả kết quả hồ sơ")


async def test_a_reference_that_comes_under_another_code_is_put_aside(w):
    w.national.put("1", plain("1", code=CODE))
    await w.observe(NATIONAL)
    w.national.put("1", plain("1", code=CODE.replace("57", "58")))
    await w.observe(NATIONAL)
    assert [(one.subject, one.code) for one in await w.held()] == [("national_portal/1", "PH-402")]
    assert (await w.case(NATIONAL, "1")).code == CODE


# ---- guards and holds ----


async def test_an_emptied_answer_stops_one_flow_and_the_other_goes_on(w):
    w.national.can(whole_list=True)
    forwarded = [act("x:1", "forwarded")]
    for n in range(30):
        w.national.put(str(n), plain(str(n), acts=[{**forwarded[0], "id": f"national_portal:{n}.1"}]))
    await w.observe(NATIONAL)
    for n in range(30):
        w.national.forget(str(n))
    await w.observe(NATIONAL)
    [pause] = await w.sql("SELECT scope, code FROM pause")
    assert (pause["scope"], pause["code"]) == ("flow:observe:national_portal", "PH-410")
    assert (await w.kinds())[-1] == "guard_stopped"
    asked = len(w.national.asked)
    w.government.put("g1", plain("g1"))
    await w.observe()
    assert len(w.national.asked) == asked, "a held flow does not ask"
    assert (await w.case("government_portal", "g1")).link("government_portal") is not None


async def test_a_released_guard_lets_one_answer_pass_and_stands_again(w):
    w.national.can(whole_list=True)
    for n in range(30):
        w.national.put(str(n), plain(str(n), acts=[act(f"national_portal:{n}.1", "forwarded")]))
    await w.observe(NATIONAL)
    w.national.total = 3
    await w.observe(NATIONAL)
    scope = await control.scope_of(w.ctx, system=None, flow=f"observe:{NATIONAL}", case=None)
    assert await control.resume(w.ctx, scope, actor="cli/mau", reason="cổng đã xác nhận")
    w.national.put("30", plain("30"))
    await w.observe(NATIONAL)
    assert await w.sql("SELECT 1 FROM pause") == []
    assert "30" in await stored(w)
    await w.observe(NATIONAL)
    assert [row["scope"] for row in await w.sql("SELECT scope FROM pause")] == [scope]
    assert (await w.kinds()).count("guard_stopped") == 2


@pytest.mark.parametrize("on", ["changes", "fetch"])
async def test_refused_credentials_hold_the_system_after_few_tries(w, on):
    w.national.rows = True
    w.national.can(concurrency=2)
    for n in range(20):
        w.national.put(str(n), plain(str(n)))
    w.national.fail(CredentialsRefused("login"), on=on, times=99)
    await w.observe(NATIONAL)
    assert len(w.national.fetched) <= 2
    [pause] = await w.sql("SELECT scope, code FROM pause")
    assert (pause["scope"], pause["code"]) == ("system:national_portal", "PH-303")
    await w.observe(NATIONAL)
    assert len(w.national.asked) == 1


async def test_refused_credentials_at_a_refresh_hold_the_system(w):
    w.national.put("1", plain("1"))
    await w.rest(2)
    w.clock.forward(90000)
    w.national.fail(CredentialsRefused("login"), on="fetch", times=99)
    await w.refresh()
    assert [row["scope"] for row in await w.sql("SELECT scope FROM pause")] == ["system:national_portal"]
