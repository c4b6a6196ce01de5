"""Settle: what is to be written is planned once, before any call; the law's secrets are not planned at all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.errors import DatabaseUnavailable, InDoubt, Permanent, Transient
from connector.services import control
from connector.store import cases
from connector.sync import deliver as deliver_module
from connector.sync import settle as settle_module
from connector.sync.settle import settle
from connector.system import Verdict
from tests.integration.core_mapping import CODE, NATIONAL, act, plain
from tests.integration.core_world import World, world


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def pair(w: World) -> str:
    """A case of the portal that both sides hold. Returns its reference at the register."""
    w.national.put("1", plain("1"))
    await w.rest(2)
    return w.register.refs[0]


async def at_register(w: World, ref: str, *acts: tuple[str, str], **changes: object) -> None:
    """The register's officials act; it is observed and not yet settled."""
    data = w.register.data(ref)
    own = [
        act(f"register:{name}", kind, minute) for minute, (name, kind) in enumerate(acts, len(data["acts"]))
    ]
    w.register.put(ref, {**data, **changes, "acts": [*data["acts"], *own]})
    await w.observe(REGISTER)


def states(writes) -> list[tuple[str, str | None, str]]:
    return [(one.target, one.act_id, one.state) for one in writes]


# ---- planning ----


async def test_a_write_is_planned_with_its_key_before_any_call(w):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await w.settle()
    [write] = await w.writes()
    assert (write.target, write.intent, write.state) == (REGISTER, "create", "planned")
    assert w.register.applied == []
    assert [row["key"] for row in await w.sql("SELECT key FROM delivery_key")] == [write.key]
    await w.deliver()
    assert w.register.applied[0].key.id == write.key


async def test_the_same_settle_twice_plans_nothing_twice(w):
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"), ("2", "assigned"))
    for _ in range(3):
        async with w.db.unit() as unit:
            await cases.mark_dirty(unit.conn, [(await w.case(NATIONAL, "1")).id], w.clock.now())
        await w.settle()
    assert states(await w.writes())[1:] == [
        (NATIONAL, "register:1", "planned"),
        (NATIONAL, "register:2", "planned"),
    ]
    assert (await w.kinds()).count("planned") == 3


async def test_two_settlers_at_once_plan_nothing_twice(w):
    for n in range(10):
        w.national.put(str(n), plain(str(n)))
    await w.observe(NATIONAL)
    await asyncio.gather(*(settle(w.ctx, 0) for _ in range(4)))
    assert len(await w.writes()) == 10
    assert (await w.kinds()).count("planned") == 10


async def test_an_observation_during_a_settle_makes_the_case_dirty_again(w, monkeypatch):
    """The mark is cleared when settling begins, so nothing that comes after can be missed."""
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"))
    real = settle_module.settle_case

    async def interrupted(ctx, unit, row):
        data = w.register.data(ref)
        w.register.put(ref, {**data, "acts": [*data["acts"], act("register:2", "assigned", 9)]})
        observing = asyncio.create_task(w.observe(REGISTER))
        await real(ctx, unit, row)
        assert not observing.done(), "it waits for the case"
        waiting.append(observing)

    waiting: list[asyncio.Task] = []
    monkeypatch.setattr(settle_module, "settle_case", interrupted)
    await w.settle()
    monkeypatch.undo()
    await asyncio.gather(*waiting)
    await w.settle()
    assert [one.act_id for one in await w.writes()] == [None, "register:1", "register:2"]


async def test_a_local_case_goes_up_only_once_its_route_allows(w):
    w.register.put("57", plain("57", code=CODE))
    await w.rest(2)
    assert await w.writes() == []
    await at_register(w, "57", ("1", "accepted"))
    await w.rest(3)
    assert states(await w.writes()) == [(NATIONAL, None, "done"), (NATIONAL, "register:1", "done")]
    [ref] = w.national.refs
    assert [one["kind"] for one in w.national.data(ref)["acts"]] == ["accepted", "accepted"]


# ---- what stands there already ----


async def test_what_an_observation_proves_is_not_written(w):
    """The portal tells our act with our transaction id before its reply was ever recorded."""
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"))
    await w.settle()
    write = await w.write(target=NATIONAL)
    data = w.national.data("1")
    w.national.put("1", {**data, "acts": [act("national_portal:1.1", "accepted", echo=str(write.key))]})
    await w.observe(NATIONAL)
    await w.settle()
    assert (await w.write(target=NATIONAL)).state == "done"
    await w.deliver()
    assert w.national.applied == []
    assert "found" in await w.kinds()


async def test_what_is_no_longer_wanted_is_cancelled_and_planned_anew_when_it_is(w):
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"))
    await w.settle()
    first = await w.write(target=NATIONAL)
    w.national.put("1", {**w.national.data("1"), "acts": [act("national_portal:1.1", "recalled", 30)]})
    await w.observe(NATIONAL)
    await w.settle()
    assert (await w.write(target=NATIONAL)).state == "cancelled"
    more = [act("national_portal:1.1", "recalled", 30), act("national_portal:1.2", "forwarded", 40)]
    w.national.put("1", {**w.national.data("1"), "acts": more})
    await w.observe(NATIONAL)
    await w.settle()
    again = await w.write(target=NATIONAL)
    assert (again.id, again.state, again.epoch) == (first.id, "planned", 1)
    assert again.key != first.key


async def test_what_may_have_taken_effect_is_never_planned_under_another_key(w):
    """In doubt, held as undecidable: an act that is not wanted for a while keeps its one key."""
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"))
    await w.settle()
    w.national.can(idempotent=False)
    w.national.verdicts.extend([Verdict.UNKNOWN] * 50)
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    for _ in range(12):
        await w.deliver(NATIONAL)
        w.clock.forward(21)
    held = await w.write(target=NATIONAL)
    assert (held.state, held.error_code) == ("quarantined", "PH-334")
    more = [act("national_portal:1.8", "recalled", 30)]
    w.national.put("1", {**w.national.data("1"), "acts": more})
    await w.observe(NATIONAL)
    await w.settle()
    more += [act("national_portal:1.9", "forwarded", 40)]
    w.national.put("1", {**w.national.data("1"), "acts": more})
    await w.observe(NATIONAL)
    await w.settle()
    after = await w.write(target=NATIONAL)
    assert (after.state, after.key) == ("quarantined", held.key)
    assert [one.code for one in await w.held()] == ["PH-334"]


async def test_settling_never_cancels_what_is_being_sent(w):
    """A recall comes in while our act is on the wire: its outcome decides, not the wish of the moment."""
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"))
    await w.settle()

    async def meddle(operation):
        data = w.national.data("1")
        w.national.put("1", {**data, "acts": [*data["acts"], act("national_portal:1.9", "recalled", 30)]})
        await w.observe(NATIONAL)
        await w.settle()

    w.national.during = meddle
    await w.deliver(NATIONAL)
    assert (await w.write(target=NATIONAL)).state == "done"
    assert len(w.national.effects) == 1


async def test_what_settling_has_cancelled_is_not_sent_by_a_drainer_that_read_it_before(w, monkeypatch):
    """The drainer holds a batch in its hands while the case changes under it."""
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"))
    await w.settle()
    real = deliver_module.load_files

    async def meanwhile(ctx, item, operation):
        w.national.put("1", {**w.national.data("1"), "acts": [act("national_portal:1.9", "recalled", 30)]})
        await w.observe(NATIONAL)
        await w.settle()
        return await real(ctx, item, operation)

    monkeypatch.setattr(deliver_module, "load_files", meanwhile)
    await w.deliver(NATIONAL)
    assert w.national.applied == []
    assert (await w.write(target=NATIONAL)).state == "cancelled"


# ---- secrecy ----


@pytest.mark.parametrize("by", ["mark", "act"])
async def test_a_restricted_case_plans_nothing(w, by):
    ref = await pair(w)
    secret = {"privacy": "restricted"} if by == "mark" else {}
    acts = [("1", "accepted")] if by == "mark" else [("1", "accepted"), ("2", "restricted")]
    await at_register(w, ref, *acts, **secret)
    await w.rest(2)
    assert [one.target for one in await w.writes()] == [REGISTER]
    assert w.national.applied == []


async def test_pending_writes_of_a_case_that_becomes_restricted_are_emptied_and_not_sent(w):
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"), ("2", "assigned"), ("3", "progress"))
    await w.settle()
    w.national.fail(Transient("slow"))
    await w.deliver(NATIONAL)
    assert [one.state for one in await w.writes()][1:] == ["waiting", "planned", "planned"]
    await at_register(w, ref, privacy="restricted")
    await w.settle()
    assert [one.state for one in await w.writes()][1:] == ["cancelled"] * 3
    assert await w.sql("SELECT 1 FROM delivery WHERE sealed_operation IS NOT NULL") == []
    w.clock.forward(9999)
    await w.deliver(NATIONAL)
    assert len(w.national.applied) == 1


async def test_a_retry_of_a_restricted_case_is_not_sent_even_before_it_is_settled(w):
    """The write was rendered while the case was open; between two attempts an official restricts it."""
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"))
    await w.settle()
    w.national.fail(Transient("slow"))
    await w.deliver(NATIONAL)
    await at_register(w, ref, privacy="restricted")
    w.clock.forward(9999)
    await w.deliver(NATIONAL)
    assert len(w.national.applied) == 1
    assert (await w.write(target=NATIONAL)).state == "cancelled"
    assert "withheld" in await w.kinds()


async def test_a_doubtful_write_of_a_restricted_case_keeps_its_key_and_loses_its_body(w):
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"))
    await w.settle()
    w.national.fail(InDoubt("reply lost"))
    await w.deliver(NATIONAL)
    await at_register(w, ref, privacy="restricted")
    await w.settle()
    write = await w.write(target=NATIONAL)
    assert write.state == "in_doubt"
    assert (write.operation.key.id, dict(write.operation.fields)) == (write.key, {})
    w.clock.forward(21)
    await w.deliver(NATIONAL)
    assert [key.id for key in w.national.looked_up] == [write.key]
    assert len(w.national.applied) == 1, "absent, and not sent again"
    assert (await w.write(target=NATIONAL)).state == "cancelled"


async def test_a_write_that_waited_while_the_case_became_private_is_rendered_anew_under_a_new_key(w):
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"))
    await w.settle()
    w.national.fail(Transient("slow"))
    await w.deliver(NATIONAL)
    before = await w.write(target=NATIONAL, act_id="register:1")
    await at_register(w, ref, privacy="private")
    w.clock.forward(9999)
    await w.deliver(NATIONAL)
    assert len(w.national.applied) == 1
    w.clock.forward(9999)
    await w.deliver(NATIONAL)
    after = await w.write(target=NATIONAL, act_id="register:1")
    assert (after.state, after.epoch) == ("done", 1)
    assert after.key != before.key
    assert w.national.doubled == []


# ---- no loops ----


@pytest.mark.parametrize("echoes", [True, False])
async def test_our_own_acts_come_back_as_no_news(w, echoes):
    w.habits[NATIONAL].echoes = echoes
    ref = await pair(w)
    await at_register(w, ref, ("1", "accepted"), ("2", "assigned"), ("3", "answered"))
    await w.rest(6)
    told = [one["id"] for one in w.register.data(ref)["acts"]]
    assert told == ["register:1", "register:2", "register:3"]
    assert [one["kind"] for one in w.national.data("1")["acts"]] == ["accepted", "assigned", "answered"]
    before = await w.kinds()
    await w.rest(3)
    assert await w.kinds() == before


async def test_acts_of_the_portal_come_in_and_do_not_go_back(w):
    ref = await pair(w)
    w.national.put("1", {**w.national.data("1"), "acts": [act("national_portal:1.1", "rated", 5)]})
    await w.rest(4)
    assert [one["id"] for one in w.register.data(ref)["acts"]] == ["national_portal:1.1"]
    assert w.national.applied == []
    assert await w.held() == []


async def test_an_edit_of_the_owner_is_carried_over_each_time_it_changes(w):
    """A → B → A → B are three updates, not one."""
    ref = await pair(w)
    for title in ("Hai", "Ba", "Hai", "Ba"):
        w.national.put("1", {**w.national.data("1"), "title": title})
        await w.rest(2)
        assert w.register.data(ref)["title"] == title
    assert len([one for one in await w.writes() if one.intent == "update"]) == 4
    assert await w.held() == []


# ---- clashes and faults ----


async def test_a_clash_is_put_aside_with_digests_and_closes_itself(w):
    ref = await pair(w)
    await at_register(w, ref, title="Cán bộ sửa tiêu đề")
    await w.settle()
    [item] = await w.held()
    assert item.code == "PH-402"
    assert item.subject.startswith(f"case/{item.case_id}/{NATIONAL}/foreign_edit")
    assert "Cán bộ" not in item.reason
    assert len(await w.writes()) == 1
    await at_register(w, ref, title=plain("1")["title"])
    await w.settle()
    assert await w.held() == []


async def test_a_case_that_our_code_cannot_settle_does_not_hold_up_its_lane(w, monkeypatch):
    for n in range(5):
        w.national.put(str(n), plain(str(n)))
    await w.observe(NATIONAL)
    poisoned = (await w.case(NATIONAL, "0")).id
    real = settle_module.settle_case

    async def faulty(ctx, unit, row):
        await real(ctx, unit, row)
        if row.id == poisoned:
            raise KeyError(row.id)

    monkeypatch.setattr(settle_module, "settle_case", faulty)
    await w.settle()
    assert {one.case_id for one in await w.writes()} == set(range(1, 6)) - {poisoned}
    [item] = await w.held()
    assert (item.subject, item.code) == (f"case/{poisoned}/fault", "PH-000")
    monkeypatch.undo()
    await control.retry(w.ctx, item.id, actor="cli/mau")
    await w.settle()
    assert await w.held() == []
    assert len(await w.writes()) == 5


async def test_without_a_database_a_case_stays_dirty_and_is_nobodys_fault(w, monkeypatch):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)

    async def away(ctx, unit, row):
        msg = "gone"
        raise DatabaseUnavailable(msg)

    monkeypatch.setattr(settle_module, "settle_case", away)
    with pytest.raises(DatabaseUnavailable):
        await w.settle()
    monkeypatch.undo()
    assert await w.held() == []
    await w.settle()
    assert len(await w.writes()) == 1


async def test_a_paused_case_is_not_settled_and_the_others_are(w):
    for ref in "12":
        w.national.put(ref, plain(ref))
    await w.observe(NATIONAL)
    first = (await w.case(NATIONAL, "1")).id
    scope = await control.scope_of(w.ctx, system=None, flow=None, case=f"{NATIONAL}:1")
    assert scope == f"case:{first}"
    await control.pause(w.ctx, scope, actor="cli/mau", reason="kiểm tra")
    await w.settle()
    assert [one.case_id for one in await w.writes()] == [(await w.case(NATIONAL, "2")).id]
    await control.resume(w.ctx, scope, actor="cli/mau")
    await w.settle()
    assert len(await w.writes()) == 2


async def test_a_refused_creation_of_a_case_that_is_known_there_meanwhile_closes_itself(w):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await w.settle()
    w.register.fail(Permanent("no"))
    await w.deliver(REGISTER)
    assert [one.code for one in await w.held()] == ["PH-330"]
    w.register.put("57", plain("57", code=CODE, origin_system=NATIONAL, origin_ref="1"))
    await w.observe(REGISTER)
    await w.settle()
    assert await w.held() == []
    assert (await w.write(target=REGISTER)).state == "done"
    assert w.register.refs == ["57"]


async def test_an_edit_while_a_creation_is_in_doubt_becomes_an_update_and_no_clash(w):
    """What was created is what both sides agreed on, even if its end was never recorded."""
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await w.settle()
    w.register.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(REGISTER)
    w.national.put("1", {**w.national.data("1"), "title": "Tiêu đề đã sửa"})
    await w.observe(NATIONAL, REGISTER)
    await w.settle()
    assert await w.held() == []
    await w.rest(3)
    assert [w.register.data(ref)["title"] for ref in w.register.refs] == ["Tiêu đề đã sửa"]
    assert await w.held() == []
