"""Erasure is destroying keys: of the sender alone, or of the whole case; the tombstone and the hashes stay (rules §5.1)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.case import REGISTER, Sender
from connector.errors import NotFoundError, UserError
from connector.rules.book import RuleBook
from connector.services.erasure import erase
from connector.services.explain import explain
from connector.services.officers import Decision
from tests.integration.core_mapping import NATIONAL, act, plain
from tests.integration.core_world import World, planned, world

BY = Decision(officer="canbo.mau", basis="het-han-luu-tru")
ME = "cli/mau"


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def over(w: World) -> int:
    """A case that both sides hold and that nothing is to be done about."""
    w.national.put("1", plain("1"))
    await w.rest(3)
    return (await w.case(NATIONAL, "1")).id


async def test_erasing_the_contact_leaves_the_case_file_and_nobody_in_it(w):
    case_id = await over(w)
    await erase(w.ctx, str(case_id), "contact", BY, actor=ME)
    row = await w.case(NATIONAL, "1")
    for link in row.links:
        assert link.state.header.content == plain("1")["content"]
        assert (link.state.header.sender, link.baseline) == (Sender(), None)
    assert await w.observations() == [], "the exact bytes name the sender: they are gone"
    assert len(await w.sql("SELECT digest FROM observation WHERE digest <> ''")) == 2
    assert row.end.kind == "contact_erased"


async def test_erasing_everything_leaves_numbers_instants_and_hashes(w):
    case_id = await over(w)
    await erase(w.ctx, str(case_id), "all", BY, actor=ME)
    row = await w.case(NATIONAL, "1")
    assert {link.system: link.state for link in row.links} == {REGISTER: None, NATIONAL: None}
    assert await w.sql("SELECT 1 FROM case_key WHERE blob IS NOT NULL") == []
    view = await explain(w.db, str(case_id), book=RuleBook(), now=w.clock.now())
    assert (view.end.officer, view.end.basis) == (BY.officer, BY.basis)
    [entry] = [one for one in await w.entries() if one.kind == "erased"]
    assert (entry.data["what"], entry.data["officer_id"], entry.actor) == ("all", BY.officer, ME)


@pytest.mark.parametrize("what", ["contact", "all"])
async def test_an_erased_case_is_never_written_as_an_empty_one(w, what):
    """Without the end of the case, a sender that is gone here would look like an edit to be carried over."""
    case_id = await over(w)
    await erase(w.ctx, str(case_id), what, BY, actor=ME)
    told = [len(one.applied) for one in (w.register, w.national)]
    w.national.put("1", plain("1", title="Tiêu đề khác", acts=[act("national_portal:3", "supplemented")]))
    await w.rest(3)
    assert [len(one.applied) for one in (w.register, w.national)] == told
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).baseline is None
    assert [one for one in w.logs if "fault" in one["event"]] == []


async def test_contact_first_and_everything_later(w):
    case_id = await over(w)
    await erase(w.ctx, str(case_id), "contact", BY, actor=ME)
    with pytest.raises(UserError, match="ended"):
        await erase(w.ctx, str(case_id), "contact", BY, actor=ME)
    await erase(w.ctx, str(case_id), "all", BY, actor=ME)
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).state is None
    with pytest.raises(UserError, match="ended"):
        await erase(w.ctx, str(case_id), "all", BY, actor=ME)


async def test_nothing_is_erased_while_writes_are_open(w):
    case_id = await planned(w, "accepted")
    with pytest.raises(UserError, match="open writes"):
        await erase(w.ctx, str(case_id), "all", BY, actor=ME)
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).state is not None
    with pytest.raises(NotFoundError):
        await erase(w.ctx, "khong-co", "all", BY, actor=ME)


async def test_a_restricted_case_may_be_erased_with_its_open_writes(w):
    case_id = await planned(w, "accepted")
    here = w.register.refs[0]
    w.register.put(here, {**w.register.data(here), "privacy": "restricted"})
    await w.observe(REGISTER)
    await erase(w.ctx, str(case_id), "all", BY, actor=ME)
    assert {one.state for one in await w.writes(case_id)} <= {"done", "cancelled"}


async def test_other_cases_keep_their_data(w):
    case_id = await over(w)
    w.national.put("2", plain("2"))
    await w.rest(2)
    await erase(w.ctx, str(case_id), "all", BY, actor=ME)
    assert (await w.case(NATIONAL, "2")).link(NATIONAL).state.header.sender.name == "Nguyễn Văn Mẫu"
