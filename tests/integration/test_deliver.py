"""Deliver: each write takes effect once, in order, whatever dies, times out or is refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.canonical import digest_bytes
from connector.case import REGISTER
from connector.errors import (
    Conflict,
    CredentialsRefused,
    DatabaseUnavailable,
    InDoubt,
    NotOurs,
    Permanent,
    SafetyStop,
    Transient,
)
from connector.ledger.entry import EntryKind
from connector.services import control
from connector.store import deliveries
from connector.sync import deliver as deliver_module
from connector.sync import outcome as outcome_module
from connector.sync.deliver import attempt, deliver
from connector.sync.ending import MOST_CONFLICTS
from connector.sync.lookup import MOST_LOOKUPS
from connector.system import Files, Verdict
from tests.integration.core_world import CODE, NATIONAL, World, act, plain, world

SETTLING = 20.0


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, settling_s=SETTLING) as made:
        yield made


async def planned(w: World, *kinds: str, ref: str = "1") -> int:
    """A case of the portal on which the register's officials acted; the writes are planned. Returns its number."""
    w.national.put(ref, plain(ref))
    await w.observe(NATIONAL)
    await w.settle()
    await w.deliver(REGISTER)
    here = next(one for one in w.register.refs if w.register.data(one)["origin_ref"] == ref)
    data = w.register.data(here)
    own = [act(f"register:{here}{n}", kind, n) for n, kind in enumerate(kinds)]
    w.register.put(here, {**data, "acts": own})
    await w.observe(REGISTER)
    await w.settle()
    return (await w.case(NATIONAL, ref)).id


async def sent_acts(w: World, case_id: int | None = None) -> list[str]:
    """States of the writes to the portal, in order."""
    return [one.state for one in await w.writes(case_id) if one.target == NATIONAL]


# ---- order ----


async def test_writes_of_a_case_go_in_order_and_wait_for_each_other(w):
    await planned(w, "accepted", "assigned", "progress")
    w.national.fail(Transient("slow"))
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["waiting", "planned", "planned"]
    await w.deliver(NATIONAL)
    assert len(w.national.applied) == 1, "nothing overtakes the one that waits"
    w.clock.forward(9999)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"] * 3
    assert [one.fields["act"]["kind"] for one in w.national.effects] == ["accepted", "assigned", "progress"]


@pytest.mark.parametrize(
    "error", [Transient("slow"), InDoubt("lost"), Permanent("no"), NotOurs("no"), KeyError("x")]
)
async def test_a_case_that_waits_or_is_held_holds_up_no_other_case(w, error):
    one = await planned(w, "accepted", "assigned")
    two = await planned(w, "accepted", "assigned", ref="2")
    w.national.fail(error, times=99, when=lambda operation: operation.key.ref == "1")
    await w.deliver(NATIONAL)
    assert (await sent_acts(w, one))[1] == "planned"
    assert await sent_acts(w, two) == ["done", "done"]


async def test_a_quarantined_write_holds_the_later_ones_of_its_case_until_a_person_decides(w):
    await planned(w, "accepted", "assigned")
    w.national.fail(Permanent("no"))
    await w.rest(3)
    assert await sent_acts(w) == ["quarantined", "planned"]
    [item] = await w.held()
    await control.retry(w.ctx, item.id, actor="cli/mau")
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done", "done"]
    assert await w.held() == []


async def test_no_more_calls_at_a_time_than_the_system_bears(w):
    for ref in "12345678":
        await planned(w, "accepted", ref=ref)
    w.national.can(concurrency=3)
    running, most, three = 0, 0, asyncio.Event()

    async def count(_operation):
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            three.set()
        await asyncio.wait_for(three.wait(), 30)
        await asyncio.sleep(0.02)
        running -= 1

    w.national.during = count
    await w.deliver(NATIONAL)
    assert most == 3
    assert len(w.national.effects) == 8


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


@pytest.mark.parametrize("error", [Transient("slow"), InDoubt("garbled"), KeyError("x")])
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
    assert kinds[-2:] == ["sent", "done"]


# ---- waiting ----


async def test_waiting_backs_off_and_never_less_than_asked(w):
    await planned(w, "accepted")
    waits = []
    w.national.fail(Transient("busy", retry_after_s=7000.0))
    await w.deliver(NATIONAL)
    first = await w.write(target=NATIONAL)
    assert first.next_attempt_at == w.clock.now() + timedelta(seconds=7000)
    w.national.fail(Transient("busy"), times=12)
    for _ in range(12):
        w.clock.at = (await w.write(target=NATIONAL)).next_attempt_at
        await w.deliver(NATIONAL)
        waits.append(((await w.write(target=NATIONAL)).next_attempt_at - w.clock.now()).total_seconds())
    work = w.ctx.settings.work
    assert all(work.backoff_first_s / 2 <= wait <= work.backoff_most_s for wait in waits)
    assert max(waits) > 20 * work.backoff_first_s, "it grows"
    assert len({round(wait) for wait in waits}) > 6, "with jitter"
    assert (await w.write(target=NATIONAL)).attempts == 13


async def test_a_write_that_waits_never_expires_by_age(w):
    await planned(w, "accepted")
    w.national.fail(Transient("away"), times=40)
    for _ in range(40):
        w.clock.forward(30 * 86400)
        await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["waiting"]
    w.clock.forward(30 * 86400)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]


async def test_refused_credentials_hold_the_whole_system_after_few_tries(w):
    for n in range(12):
        await planned(w, "accepted", ref=str(n))
    w.national.can(concurrency=2)
    w.national.fail(CredentialsRefused("login"), times=99)
    await w.deliver(NATIONAL)
    assert len(w.national.applied) <= 2, "nobody hammers the login"
    assert [row["scope"] for row in await w.sql("SELECT scope FROM pause")] == ["system:national_portal"]
    w.clock.forward(9999)
    await w.deliver(NATIONAL)
    assert len(w.national.applied) <= 2
    w.national._failures.clear()
    await control.resume(w.ctx, f"system:{NATIONAL}", actor="cli/mau")
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"] * 12


async def test_a_guard_in_a_write_holds_deliveries_to_that_system_only(w):
    await planned(w, "accepted", "assigned")
    w.national.fail(SafetyStop("clock far off", guard="clock_skew"))
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["waiting", "planned"]
    assert [row["scope"] for row in await w.sql("SELECT scope FROM pause")] == [
        "flow:deliver:national_portal"
    ]
    w.clock.forward(9999)
    await w.deliver()
    assert len(w.national.applied) == 1
    await control.resume(w.ctx, "flow:deliver:national_portal", actor="cli/mau")
    await w.deliver()
    assert await sent_acts(w) == ["done", "done"]


@pytest.mark.parametrize("scope", ["system:national_portal", "flow:deliver:national_portal", "case:1"])
async def test_a_pause_stops_a_batch_that_is_under_way(w, scope):
    await planned(w, "accepted", "assigned", "progress")
    w.national.can(concurrency=1)

    async def stop(_operation):
        await control.pause(w.ctx, scope, actor="cli/mau", reason="kiểm tra")

    w.national.during = stop
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done", "planned", "planned"]
    await control.resume(w.ctx, scope, actor="cli/mau")
    w.national.during = None
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"] * 3


async def test_a_stop_lets_what_is_under_way_end_and_begins_nothing_new(w):
    for ref in "123":
        await planned(w, "accepted", ref=ref)
    w.national.can(concurrency=1)

    async def stop(_operation):
        w.ctx.stopping.set()

    w.national.during = stop
    await w.deliver(NATIONAL)
    assert sorted(await sent_acts(w)) == ["done", "planned", "planned"]


# ---- conflicts ----


async def test_a_conflict_reads_again_and_renews_with_a_new_key_so_many_times_and_no_more(w):
    await planned(w, "accepted")
    w.national.fail(Conflict("state forbids it"), times=99)
    keys = []
    for _ in range(MOST_CONFLICTS + 4):
        keys.append((await w.write(target=NATIONAL)).key)
        await w.deliver(NATIONAL)
        w.clock.forward(9999)
        await w.refresh()
        await w.settle()
    assert len(w.national.applied) == MOST_CONFLICTS + 1
    assert len({one.key.id for one in w.national.applied}) == MOST_CONFLICTS + 1
    assert w.national.fetched.count("1") >= MOST_CONFLICTS
    assert [one.code for one in await w.held()] == ["PH-320"]
    assert len(set(keys)) == MOST_CONFLICTS + 1


async def test_a_conflict_that_passes_is_delivered_under_its_new_key(w):
    await planned(w, "accepted")
    w.national.fail(Conflict("state forbids it"))
    await w.rest(3)
    assert await sent_acts(w) == ["done"]
    keys = [row["key"] for row in await w.sql("SELECT key FROM delivery_key ORDER BY key")]
    assert {one.key.id for one in w.national.applied} <= set(keys)
    assert await w.held() == []
    assert [one["kind"] for one in w.register.data(w.register.refs[0])["acts"]] == ["accepted"]


# ---- who is who ----


async def test_a_creation_that_ends_under_the_reference_of_another_case_is_put_aside(w):
    await planned(w, "accepted")
    w.register.put("57", plain("57", code=CODE, acts=[act("register:571", "accepted")]))
    await w.observe(REGISTER)
    await w.settle()

    w.national._effect = lambda system, operation: "1"
    await w.deliver(NATIONAL)
    write = await w.write(target=NATIONAL, intent="create")
    assert (write.state, write.error_code) == ("quarantined", "PH-402")
    assert (await w.case(REGISTER, "57")).link(NATIONAL) is None
    [item] = await w.held()
    applied = len(w.national.applied)
    await control.retry(w.ctx, item.id, actor="cli/mau")
    await w.deliver(NATIONAL)
    assert len(w.national.applied) == applied, "it took effect: it is looked up, not written again"


# ---- files ----


PDF = {"id": "register:7", "role": "answer", "file_name": "tra-loi.pdf", "sha256": digest_bytes(b"pdf")}


async def answered(w: World) -> None:
    await planned(w, "accepted")
    await w.deliver(NATIONAL)
    here = w.register.refs[0]
    data = w.register.data(here)
    answer = {**act("register:99", "answered", 30, "Đã giải quyết."), "files": ["register:7"]}
    w.register.put(here, {**data, "acts": [*data["acts"], answer], "files": [PDF]})
    await w.observe(REGISTER)
    await w.settle()


async def test_files_that_travel_inline_are_read_and_checked_and_never_stored(w):
    w.register.files["register:7"] = b"pdf"
    await answered(w)
    w.national.fail(Transient("slow"))
    await w.deliver(NATIONAL)
    rows = await w.sql("SELECT operation::text AS text FROM delivery WHERE operation IS NOT NULL")
    assert len(rows) == 1
    assert "content" not in rows[0]["text"]
    w.clock.forward(9999)
    await w.deliver(NATIONAL)
    assert w.national.effects[-1].files[0].content == b"pdf"


async def test_a_file_with_another_hash_is_not_sent(w):
    w.register.files["register:7"] = b"something else"
    await answered(w)
    for _ in range(6):
        await w.deliver(NATIONAL)
        w.clock.forward(9999)
    assert len(w.national.effects) == 1
    write = await w.write(act_id="register:99")
    assert write.state in ("waiting", "quarantined")


async def test_addresses_of_a_write_that_waited_are_good_again_when_it_goes_out(w):
    """Same key, same body: the address in it may have expired and been forgotten meanwhile."""
    w.national.can(files=Files.REFERENCE)
    w.ctx = type(w.ctx)(**{**vars(w.ctx), "file_base": "http://127.0.0.1:1"})
    await answered(w)
    w.national.fail(Transient("away"))
    await w.deliver(NATIONAL)
    w.clock.forward(10 * 86400)
    from connector.store import tickets
    from connector.sync.sweep import sweep

    await sweep(w.ctx)
    assert await w.sql("SELECT 1 FROM file_ticket") == []
    await w.deliver(NATIONAL)
    uri = w.national.effects[-1].files[0].uri
    async with w.db.reading() as conn:
        found = await tickets.redeem(conn, uri.rpartition("/")[2], w.clock.now())
    assert found is not None
    assert (found[0], found[2].id) == (REGISTER, "register:7")


# ---- the record ----


async def test_outcome_baseline_and_entry_commit_together_or_not_at_all(w, monkeypatch):
    await planned(w, "accepted")
    before = (await w.case(NATIONAL, "1")).link(NATIONAL).baseline

    class Stop(Exception):
        """In the middle of the transaction."""

    async def broken(*_args, **_more):
        raise Stop

    monkeypatch.setattr(outcome_module.cases, "mark_dirty", broken)
    await w.deliver(NATIONAL)
    monkeypatch.undo()
    assert await sent_acts(w) == ["in_doubt"]
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).baseline == before
    assert "done" not in (await w.kinds())[-2:]
    w.clock.forward(SETTLING)
    await w.deliver(NATIONAL)
    link = (await w.case(NATIONAL, "1")).link(NATIONAL)
    assert (await w.write(target=NATIONAL)).act_id in link.baseline.acts
    assert (await w.kinds())[-1] == EntryKind.FOUND.value


async def test_the_body_of_a_write_is_dropped_once_its_outcome_is_known(w):
    await planned(w, "accepted")
    await w.deliver(NATIONAL)
    assert await w.sql("SELECT 1 FROM delivery WHERE operation IS NOT NULL") == []


async def test_a_write_is_due_only_while_it_is_the_first_open_one_of_its_case(w):
    await planned(w, "accepted", "assigned")
    async with w.db.reading() as conn:
        due = await deliveries.due(conn, target=NATIONAL, lane=0, lanes=1, at=w.clock.now(), most=10)
    assert [one.act_id for one in due] == [(await w.writes())[1].act_id]
