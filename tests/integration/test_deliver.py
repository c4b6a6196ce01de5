"""Deliver: each write takes effect once, in order, however often it waits or is refused."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.canonical import digest_bytes
from connector.case import REGISTER
from connector.errors import (
    Conflict,
    CredentialsRefused,
    InDoubt,
    NotOurs,
    Permanent,
    SafetyStop,
    Transient,
    Unreadable,
)
from connector.ledger.entry import EntryKind
from connector.services import control
from connector.store import deliveries, tickets
from connector.sync import outcome as outcome_module
from connector.sync.ending import MOST_CONFLICTS
from connector.sync.sweep import sweep
from connector.system import Files
from tests.integration.core_mapping import CODE, NATIONAL, act, plain
from tests.integration.core_world import World, planned, sent_acts, world

SETTLING = 20.0


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, settling_s=SETTLING) as made:
        yield made


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
    """After long enough it waits for a person instead of for the portal, and goes on as if nothing had been."""
    await planned(w, "accepted")
    w.national.fail(Transient("away"), times=40)
    for _ in range(40):
        w.clock.forward(30 * 86400)
        await w.deliver(NATIONAL)
    [item] = await w.held()
    assert (item.code, await sent_acts(w)) == ("PH-335", ["quarantined"])
    w.national.heal()
    await control.retry(w.ctx, item.id, actor="cli/mau")
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
    w.national.heal()
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
    await control.resume(w.ctx, "flow:deliver:national_portal", actor="cli/mau", reason="đã chỉnh giờ")
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
    w.national.effect = lambda _system, _operation: "1"
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
    [kept] = [one.operation for one in await w.writes() if one.operation is not None]
    assert [file.content for file in kept.files] == [None]
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


async def test_a_file_that_comes_garbled_is_asked_for_again(w):
    w.register.files["register:7"] = b"pdf"
    whole = w.register.read_file

    async def garbled(*_: object) -> bytes:
        msg = "the answer cannot be read"
        raise Unreadable(msg)

    w.register.read_file = garbled
    await answered(w)
    await w.deliver(NATIONAL)
    write = await w.write(act_id="register:99")
    assert (write.state, write.error_code) == ("waiting", "PH-301")
    w.register.read_file = whole
    w.clock.forward(9999)
    await w.deliver(NATIONAL)
    assert (await w.write(act_id="register:99")).state == "done"
    assert await w.held() == []


async def test_addresses_of_a_write_that_waited_are_good_again_when_it_goes_out(w):
    """Same key, same body: the address in it may have expired and been forgotten meanwhile."""
    w.national.can(files=Files.REFERENCE)
    w.ctx = replace(w.ctx, file_base="http://127.0.0.1:1")
    await answered(w)
    w.national.fail(Transient("away"))
    await w.deliver(NATIONAL)
    w.clock.forward(10 * 86400)
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

    monkeypatch.setattr(outcome_module.quarantine, "resolve", broken)
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
    assert await w.sql("SELECT 1 FROM delivery WHERE sealed_operation IS NOT NULL") == []


async def test_a_write_is_due_only_while_it_is_the_first_open_one_of_its_case(w):
    await planned(w, "accepted", "assigned")
    async with w.db.reading() as conn:
        due = await deliveries.due(conn, target=NATIONAL, lane=0, lanes=1, at=w.clock.now(), most=10)
    assert [one.act_id for one in due] == [(await w.writes())[1].act_id]
