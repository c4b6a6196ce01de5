"""What the log commits to can be opened while the case's keys live, and by nobody afterwards; the log stands."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.case import to_json
from connector.ledger.commitment import opens
from connector.services import secrecy
from connector.services.erasure import erase
from connector.services.log_check import check
from connector.services.officers import Decision
from connector.store import openings
from tests.integration.core_mapping import NATIONAL, act, plain
from tests.integration.core_world import World, world

BY = Decision(officer="canbo.mau", basis="het-han-luu-tru")
ME = "cli/mau"


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def over(w: World) -> int:
    w.national.put("1", plain("1"))
    await w.rest(3)
    return (await w.case(NATIONAL, "1")).id


async def told(w: World, case_id: int):
    async with w.db.reading() as conn:
        return await openings.of_case(conn, case_id)


async def test_every_commitment_of_a_case_opens_to_what_was_told_and_sent(w):
    case_id = await over(w)
    found = await told(w, case_id)
    committed = {one.seq: one for one in await w.entries() if one.commitments}
    assert set(found) == set(committed)
    for seq, entry in committed.items():
        assert set(found[seq]) == set(entry.commitments)
        assert all(opens(name, opening, entry.commitments[name]) for name, opening in found[seq].items())
    assert {one.kind for one in committed.values()} == {"observed", "sent"}
    first = found[min(one.seq for one in committed.values() if one.system == NATIONAL)]
    state = to_json((await w.case(NATIONAL, "1")).link(NATIONAL).state)
    assert first["header.title"][1] == state["header"]["title"]
    assert first["header.sender"][1] == state["header"]["sender"]
    assert first["raw"][1]["size"] > 0


async def test_a_planned_act_is_committed_too(w):
    case_id = await over(w)
    ref = w.register.refs[0]
    data = w.register.data(ref)
    w.register.put(ref, {**data, "acts": [*data["acts"], act("register:9", "answered", text="Đã xử lý")]})
    await w.rest(3)
    found = await told(w, case_id)
    [planned] = [
        one for one in await w.entries() if one.kind == "planned" and one.data.get("act_id") == "register:9"
    ]
    assert found[planned.seq]["act"][1]["text"] == "Đã xử lý"


async def test_equal_tellings_of_two_cases_cannot_be_told_apart_or_matched(w):
    w.national.put("1", plain("1"))
    w.national.put("2", plain("2"))
    await w.rest(2)
    titles = [
        one.commitments["header.title"]
        for one in await w.entries()
        if one.kind == "observed" and one.system == NATIONAL
    ]
    assert len(titles) == len(set(titles)) >= 2


async def test_an_erased_contact_leaves_every_other_value_provable_and_the_sender_to_nobody(w):
    case_id = await over(w)
    await erase(w.ctx, str(case_id), "contact", BY, actor=ME)
    found = await told(w, case_id)
    observed = [one for one in await w.entries() if one.kind == "observed"]
    for entry in observed:
        assert "header.sender" not in found[entry.seq]
        assert "raw" not in found[entry.seq]
        assert opens("header.title", found[entry.seq]["header.title"], entry.commitments["header.title"])
    assert check(w.db.url).ok


@pytest.mark.parametrize("way", ["erased", "off_system"])
async def test_a_case_that_ended_opens_nothing_and_the_log_is_whole(w, way):
    case_id = await over(w)
    before = await w.sql("SELECT seq, part, sealed FROM ledger_opening")
    if way == "erased":
        await erase(w.ctx, str(case_id), "all", BY, actor=ME)
    else:
        await secrecy.confirm(w.ctx, str(case_id), BY, actor=ME)
    assert await told(w, case_id) == {}
    assert await w.sql("SELECT 1 FROM ledger_opening") == []
    # even a copy of the rows from a backup opens nothing any more: the key is gone
    for row in before:
        values = (row["seq"], row["part"], case_id, row["sealed"])
        await w.sql(
            "INSERT INTO ledger_opening (seq, part, case_id, sealed) VALUES (%s, %s, %s, %s)", *values
        )
    assert await told(w, case_id) == {}
    assert check(w.db.url).ok
    assert any(one.commitments for one in await w.entries())


async def test_what_is_told_of_an_ended_case_is_kept_nowhere(w):
    case_id = await over(w)
    await erase(w.ctx, str(case_id), "all", BY, actor=ME)
    w.national.put("1", plain("1", title="Tiêu đề khác"))
    await w.rest(2)
    assert await w.sql("SELECT 1 FROM ledger_opening WHERE case_id = %s", case_id) == []
