"""Deliver: lost replies, dead workers and databases that go away write nothing twice and lose nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.errors import (
    Conflict,
    DatabaseUnavailable,
    InDoubt,
    NotOurs,
    Permanent,
    Transient,
    Unreadable,
)
from connector.services import control
from connector.sync import deliver as deliver_module
from connector.sync import outcome as outcome_module
from connector.sync.deliver import attempt, deliver
from connector.sync.lookup import MOST_LOOKUPS
from connector.system import Verdict
from tests.integration.core_mapping import CODE, NATIONAL, act, plain
from tests.integration.core_world import World, planned, sent_acts, world

SETTLING = 20.0


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, settling_s=SETTLING) as made:
        yield made


# ---- lost replies ----


async def test_a_lost_reply_is_looked_up_and_not_written_again(w):
    await planned(w, "accepted")
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["in_doubt"]
    assert w.national.looked_up == [], "not at once: the portal may still be at it"
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert len(w.national.applied) == 1
    kinds = await w.kinds()
    assert kinds.index("in_doubt") < kinds.index("found")


@pytest.mark.parametrize("echoes", [True, False])
async def test_a_case_whose_creation_lost_its_reply_is_not_copied_though_the_portal_leaves_our_code_out(
    w, echoes
):
    """If it repeats our transaction id, that is ours alone; else it waits until the outcome of what reads like it is known."""
    w.habits[NATIONAL].echoes = echoes
    w.register.put("57", plain("57", code=CODE, acts=[act("register:1", "accepted")]))
    await w.observe(REGISTER)
    await w.settle()
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    [ref] = w.national.refs
    told = w.national.data(ref)
    whole = dict(told)
    assert [told.pop(name) for name in ("code", "origin_system", "origin_ref")] == [CODE, REGISTER, "57"]
    w.national.put(ref, told)
    await w.observe(NATIONAL)
    assert [item.code for item in await w.held()] == ([] if echoes else ["PH-404"])
    await w.rest(3)
    w.national.put(ref, whole)
    w.clock.forward(SETTLING)
    await w.rest(4)
    assert w.register.refs == ["57"]
    assert len(await w.sql("SELECT id FROM case_record")) == 1
    assert await w.held() == []
    assert {one.state for one in await w.writes()} == {"done"}


async def test_another_case_of_the_same_words_comes_in_once_the_outcome_is_known(w):
    w.register.put("57", plain("57", code=CODE, acts=[act("register:1", "accepted")]))
    await w.observe(REGISTER)
    await w.settle()
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    w.national.put("1", plain("1"))
    w.national.put("2", plain("2", content="Chuyện khác hẳn."))
    await w.observe(NATIONAL)
    [item] = await w.held()
    assert (item.subject, item.code) == (f"{NATIONAL}/1", "PH-404")
    assert (await w.case(NATIONAL, "2")) is not None, "only what reads the same waits"
    w.clock.forward(SETTLING)
    await w.rest(3)
    assert [one.id for one in await w.held()] == [item.id]
    w.clock.forward(90000)
    await w.rest(4)
    assert await w.held() == [], "asked for again by itself"
    assert len(w.register.refs) == 3


async def test_a_write_that_had_no_effect_is_repeated_with_the_same_key_and_body(w):
    await planned(w, "accepted")
    w.national.fail(InDoubt("lost on the way there"))
    await w.deliver(NATIONAL)
    data = w.national.data("1")
    w.national.put("1", {**data, "acts": [act("national_portal:1.5", "rated", 300)]})
    await w.observe(NATIONAL)
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    first, second = w.national.applied
    assert first == second
    assert await sent_acts(w) == ["done"]
    kinds = await w.kinds()
    assert kinds[kinds.index("absent") + 1] == "sent"


async def test_where_repeating_does_no_harm_an_unknown_outcome_is_repeated_with_the_same_key(w):
    await planned(w, "accepted")
    w.national.can(lookup=frozenset())
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert len(w.national.effects) == 1
    assert (await w.kinds())[-1] == "duplicate"


async def undecidable(w: World) -> int:
    """A write of which nobody can tell whether it took effect. Returns its quarantine number."""
    await planned(w, "accepted")
    w.national.can(idempotent=False, lookup=frozenset())
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    for _ in range(MOST_LOOKUPS - 1):
        w.clock.forward(SETTLING)
        await w.deliver(NATIONAL)
        assert await sent_acts(w) == ["in_doubt"]
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    [item] = await w.held()
    assert (item.code, item.delivery_id) == ("PH-334", (await w.write(target=NATIONAL)).id)
    return item.id


async def test_what_nobody_can_tell_is_held_and_never_repeated_blindly(w):
    await undecidable(w)
    assert len(w.national.looked_up) == MOST_LOOKUPS
    w.clock.forward(9999)
    await w.rest(2)
    assert len(w.national.applied) == 1


async def test_a_retry_of_what_nobody_could_tell_looks_it_up_again(w):
    item = await undecidable(w)
    before = await w.write(target=NATIONAL)
    await control.retry(w.ctx, item, actor="cli/mau")
    await w.deliver(NATIONAL)
    [again] = await w.held()
    assert again.code == "PH-334"
    w.national.verdicts.append(Verdict.FOUND)
    await control.retry(w.ctx, again.id, actor="cli/mau")
    await w.deliver(NATIONAL)
    after = await w.write(target=NATIONAL)
    assert (after.state, after.key) == ("done", before.key)
    assert len(w.national.applied) == 1
    assert await w.held() == []


async def test_a_dismissal_ends_what_nobody_could_tell_and_lets_the_case_go_on(w):
    item = await undecidable(w)
    await control.dismiss(w.ctx, item, actor="cli/mau", note="đã thấy trên cổng")
    here = w.register.refs[0]
    data = w.register.data(here)
    w.register.put(here, {**data, "acts": [*data["acts"], act("register:9", "assigned", 9)]})
    await w.rest(3)
    assert await sent_acts(w) == ["dismissed", "done"]
    assert [one.fields["act"]["kind"] for one in w.national.effects] == ["accepted", "assigned"]


@pytest.mark.parametrize("error", [Permanent("no such case"), NotOurs("no"), Conflict("no")])
async def test_a_look_up_that_is_refused_does_not_end_the_doubt(w, error):
    """Else the retry would write under a new key what may stand there already."""
    await planned(w, "accepted")
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    w.national.fail(error, on="find")
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    [item] = await w.held()
    assert item.code == "PH-334"
    await control.retry(w.ctx, item.id, actor="cli/mau")
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert len(w.national.effects) == 1


@pytest.mark.parametrize(
    "error", [Transient("slow"), InDoubt("garbled"), Unreadable("garbled"), KeyError("x")]
)
async def test_a_look_up_that_fails_leaves_the_doubt_as_it_was(w, error):
    await planned(w, "accepted")
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    w.national.fail(error, on="find")
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["in_doubt"]
    w.clock.forward(9999)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert len(w.national.applied) == 1


# ---- deaths ----


class Killed(BaseException):
    """What kill -9 looks like from inside."""


async def test_orphans_of_a_dead_worker_are_in_doubt_and_looked_up_after_the_settling_time(w):
    await planned(w, "accepted")
    w.national.fail(Killed(), after_effect=True)
    with pytest.raises(Killed):
        await deliver(w.ctx, NATIONAL, 0)
    assert await sent_acts(w) == ["sent"]
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["in_doubt"]
    assert w.national.looked_up == [], "the dead worker's request may still be on its way"
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert len(w.national.applied) == 1


async def test_a_death_before_the_call_repeats_nothing_and_loses_nothing(w):
    await planned(w, "accepted")
    w.national.fail(Killed())
    with pytest.raises(Killed):
        await deliver(w.ctx, NATIONAL, 0)
    await w.deliver(NATIONAL)
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert len(w.national.effects) == 1


async def test_a_database_that_goes_away_after_the_effect_leaves_a_doubt_and_not_a_refusal(w, monkeypatch):
    """A refusal would be retried under a new key, and so written twice."""
    await planned(w, "accepted")

    async def away(*_args, **_more):
        msg = "gone"
        raise DatabaseUnavailable(msg)

    monkeypatch.setattr(deliver_module, "record_done", away)
    with pytest.raises(DatabaseUnavailable):
        await deliver(w.ctx, NATIONAL, 0)
    monkeypatch.undo()
    assert await sent_acts(w) == ["sent"]
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert w.national.doubled == []
    assert await w.held() == []


@pytest.mark.parametrize("step", ["load_files", "_mark_sent"])
async def test_a_database_that_goes_away_before_the_call_leaves_the_write_planned(w, monkeypatch, step):
    await planned(w, "accepted")

    async def away(*_args, **_more):
        msg = "gone"
        raise DatabaseUnavailable(msg)

    monkeypatch.setattr(deliver_module, step, away)
    with pytest.raises(DatabaseUnavailable):
        await deliver(w.ctx, NATIONAL, 0)
    monkeypatch.undo()
    assert await sent_acts(w) == ["planned"]
    assert await w.held() == []
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]


async def test_a_lane_is_not_left_while_a_write_of_it_is_under_way(w, monkeypatch):
    """If one write cannot be recorded, the others of the batch still end before somebody else may take the lane."""
    for ref in "123":
        await planned(w, "accepted", ref=ref)
    real, ended = outcome_module.record_done, []

    async def record(ctx, item, receipt, *more):
        if not ended:
            ended.append("failed")
            msg = "gone"
            raise DatabaseUnavailable(msg)
        await asyncio.sleep(0.05)
        await real(ctx, item, receipt, *more)
        ended.append("recorded")

    monkeypatch.setattr(deliver_module, "record_done", record)
    with pytest.raises(DatabaseUnavailable):
        await deliver(w.ctx, NATIONAL, 0)
    assert ended == ["failed", "recorded", "recorded"]


@pytest.mark.parametrize("after_effect", [True, False])
async def test_a_fault_of_an_adapter_neither_loses_nor_repeats_a_write(w, after_effect):
    await planned(w, "accepted")
    w.national.fail(ZeroDivisionError(), after_effect=after_effect)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["in_doubt"]
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert len(w.national.effects) == 1


async def test_a_fault_before_the_call_is_put_before_a_person(w, monkeypatch):
    await planned(w, "accepted")

    async def faulty(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr(deliver_module, "render", faulty)
    await w.deliver(NATIONAL)
    monkeypatch.undo()
    assert await sent_acts(w) == ["quarantined"]
    [item] = await w.held()
    await control.retry(w.ctx, item.id, actor="cli/mau")
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]


async def test_a_slow_worker_whose_lane_was_taken_over_undoes_nothing(w):
    """It comes back with an error after the one who took over has found the write and recorded it."""
    await planned(w, "accepted")

    async def taken_over(_operation):
        w.national.during = None
        w.clock.forward(SETTLING)
        await w.deliver(NATIONAL)

    w.national.during = taken_over
    w.national.fail(Transient("a late and wrong word"), after_effect=True)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert len(w.national.applied) == 1
    assert (await w.kinds()).count("found") == 1


async def test_two_drainers_with_the_same_batch_send_it_once(w):
    await planned(w, "accepted")
    item = await w.write(target=NATIONAL)
    await asyncio.gather(*(attempt(w.ctx, w.national, item) for _ in range(3)))
    assert len(w.national.applied) == 1
    kinds = await w.kinds()
    assert kinds[-3:] == ["sent", "agreed", "done"]
