"""Writes of unknown outcome: the evidence side by side, and an official decides; nothing is ever repeated blindly."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.errors import InDoubt, MergeConflict, NotFoundError, Transient, Unreachable, UserError
from connector.services import doubt
from connector.services.officers import Decision
from connector.sync.lookup import MOST_LOOKUPS
from connector.system import Verdict
from tests.integration.core_mapping import CODE, NATIONAL, plain
from tests.integration.core_world import World, planned, sent_acts, world

ME = "cli/mau"
BY = Decision(officer="cb.mau", basis="15/QD-VP")
SETTLING = 20.0


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, settling_s=SETTLING) as made:
        yield made


async def undecidable(w: World, *, effect: bool) -> int:
    """A write whose reply was lost, at a portal without any look-up. Returns the delivery's number."""
    await planned(w, "accepted")
    w.national.can(idempotent=False, lookup=frozenset())
    w.national.fail(InDoubt("reply lost"), after_effect=effect)
    for _ in range(MOST_LOOKUPS + 1):
        await w.deliver(NATIONAL)
        w.clock.forward(SETTLING)
    assert await sent_acts(w) == ["quarantined"]
    return (await w.write(target=NATIONAL)).id


async def undecidable_filing(w: World) -> int:
    """A case of the register's own whose filing at the portal got no reply, although it took effect."""
    w.national.can(idempotent=False, lookup=frozenset())
    acts = [{"id": "register:1", "kind": "accepted", "at": "2026-11-17T09:00:00+07:00", "text": None}]
    w.register.put("58", plain("58", code=CODE, acts=acts))
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.observe(REGISTER)
    await w.settle()
    for _ in range(MOST_LOOKUPS + 1):
        await w.deliver(NATIONAL)
        w.clock.forward(SETTLING)
    return (await w.write(target=NATIONAL, intent="create")).id


async def test_what_is_in_doubt_is_listed_from_the_first_moment_on(w):
    await planned(w, "accepted")
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    assert await doubt.listed(w.db, target=None, most=9) == ()
    await w.deliver(NATIONAL)
    [one] = await doubt.listed(w.db, target=NATIONAL, most=9)
    assert (one.state, one.operation, one.act_kind, one.attempts) == ("in_doubt", "append", "accepted", 1)
    assert one.next_attempt_at is not None
    assert await doubt.listed(w.db, target=REGISTER, most=9) == ()
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    assert await doubt.listed(w.db, target=None, most=9) == (), "a look-up cleared it"


async def test_the_evidence_shows_both_sides_and_no_content(w):
    number = await undecidable(w, effect=True)
    found = await doubt.look(w.ctx, number)
    write = await w.write(target=NATIONAL)
    assert (found.sent.key, found.sent.operation, found.sent.attempts) == (str(write.key), "append", 1)
    assert (found.sent.sent_at, found.sent.code) == (write.sent_at, "PH-334")
    assert (found.told.ref, found.told.lookup, found.told.verdict) == ("1", False, Verdict.UNKNOWN)
    assert [one["kind"] for one in found.told.acts] == ["accepted"], "the act stands there"
    for secret in ("Nguyễn Văn Mẫu", "Chậm trả", "Quá hẹn"):
        assert secret not in repr(found)


async def test_a_system_that_cannot_be_asked_leaves_the_evidence_half_empty(w):
    number = await undecidable(w, effect=True)
    w.national.fail(Unreachable("no route"), on="find")
    found = await doubt.look(w.ctx, number)
    assert (found.told.code, found.told.acts, found.told.verdict) == ("PH-302", (), None)


async def test_yes_ends_it_with_officer_and_basis_and_nothing_is_sent_again(w):
    number = await undecidable(w, effect=True)
    await doubt.decide(w.ctx, number, BY, effect=True, actor=ME)
    assert await sent_acts(w) == ["done"]
    assert await w.held() == []
    entry = next(one for one in await w.entries() if one.kind == "doubt_decided")
    assert (entry.actor, entry.delivery_id, entry.data["effect"]) == (ME, number, True)
    assert (entry.data["officer_id"], entry.data["basis_code"]) == (BY.officer, BY.basis)
    await w.rest(3)
    assert len(w.national.applied) == 1
    assert [len(one.acts) for one in [(await w.case(NATIONAL, "1")).link(NATIONAL).baseline]] == [1]


async def test_no_sends_it_again_under_a_new_key_once(w):
    number = await undecidable(w, effect=False)
    before = (await w.write(target=NATIONAL)).key
    await doubt.decide(w.ctx, number, BY, effect=False, actor=ME)
    after = await w.write(target=NATIONAL)
    assert (after.state, after.attempts, after.operation) == ("planned", 0, None)
    assert after.key != before
    await w.rest(2)
    assert [one.key.id for one in w.national.effects] == [after.key]
    assert await w.held() == []
    entry = next(one for one in await w.entries() if one.kind == "doubt_decided")
    assert entry.data["effect"] is False


async def test_no_is_refused_when_the_portal_itself_shows_the_effect(w):
    number = await undecidable(w, effect=True)
    w.national.can(lookup=frozenset({"append"}))
    with pytest.raises(UserError, match="took effect"):
        await doubt.decide(w.ctx, number, BY, effect=False, actor=ME)
    assert await sent_acts(w) == ["quarantined"]
    await w.rest(2)
    assert len(w.national.effects) == 1


async def test_a_doubt_that_still_looks_itself_up_may_be_decided_too(w):
    await planned(w, "accepted")
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    number = (await w.write(target=NATIONAL)).id
    await doubt.decide(w.ctx, number, BY, effect=True, actor=ME)
    w.clock.forward(SETTLING)
    await w.rest(2)
    assert len(w.national.applied) == 1


async def test_what_is_under_way_or_over_is_not_decided(w):
    await planned(w, "accepted")
    number = (await w.write(target=NATIONAL)).id
    refused: list[str] = []

    async def decide_now(_operation):
        with pytest.raises(NotFoundError) as caught:
            await doubt.decide(w.ctx, number, BY, effect=False, actor=ME)
        refused.append(caught.value.message)

    w.national.during = decide_now
    await w.deliver(NATIONAL)
    with pytest.raises(NotFoundError):
        await doubt.decide(w.ctx, number, BY, effect=False, actor=ME)
    with pytest.raises(NotFoundError):
        await doubt.look(w.ctx, 999)
    assert refused
    assert await sent_acts(w) == ["done"]


async def test_a_filing_that_took_effect_needs_the_reference_that_the_portal_gave_it(w):
    number = await undecidable_filing(w)
    with pytest.raises(UserError, match="--ref"):
        await doubt.decide(w.ctx, number, BY, effect=True, actor=ME)
    [ref] = w.national.refs
    await doubt.decide(w.ctx, number, BY, effect=True, actor=ME, ref=ref)
    await w.rest(3)
    assert (await w.case(REGISTER, "58")).link(NATIONAL).ref == ref
    assert len([one for one in w.national.applied if one.key.operation == "create"]) == 1
    assert len(w.national.refs) == 1


async def test_a_reference_of_another_case_is_refused(w):
    w.national.put("7", plain("7"))
    await w.observe(NATIONAL)
    number = await undecidable_filing(w)
    with pytest.raises(MergeConflict):
        await doubt.decide(w.ctx, number, BY, effect=True, actor=ME, ref="7")
    assert (await w.write(target=NATIONAL, intent="create")).state == "quarantined"


async def test_a_decision_does_not_need_the_portal_to_answer(w):
    number = await undecidable(w, effect=False)
    w.national.fail(Transient("busy"), on="find", times=9)
    await doubt.decide(w.ctx, number, BY, effect=False, actor=ME)
    assert (await w.write(target=NATIONAL)).state == "planned"
