"""The class of an error decides how an attempt ends; nothing is retried without end and nothing disappears."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.clock import LOCAL_ZONE
from connector.errors import (
    Conflict,
    ConnectorError,
    ContractDrift,
    CredentialsRefused,
    InDoubt,
    NotOurs,
    Permanent,
    PrivacyStop,
    SafetyStop,
    Transient,
    TriedTooLong,
    Undecidable,
    Unmapped,
    Unreachable,
    Unreadable,
)
from connector.services import control
from connector.sync import deliver as deliver_module
from connector.system import Verdict
from tests.integration.core_mapping import NATIONAL, act
from tests.integration.core_world import World, planned, sent_acts, world

ME = "cli/mau"
DUE = datetime(2026, 11, 20, tzinfo=LOCAL_ZONE)
"""End of the due day of the story below."""


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, most_attempts=5, give_up_after_s=86400, settling_s=1) as made:
        yield made


@pytest.mark.parametrize(
    ("error", "state", "pause", "waits_for_person"),
    [
        (Transient("busy"), "waiting", None, False),
        (Unreachable("no route"), "waiting", None, False),
        (CredentialsRefused("login"), "waiting", f"system:{NATIONAL}", False),
        (SafetyStop("clock far off"), "waiting", f"flow:deliver:{NATIONAL}", False),
        (InDoubt("reply lost"), "in_doubt", None, False),
        (Conflict("state"), "planned", None, False),
        (PrivacyStop("private"), "cancelled", None, False),
        (Permanent("no"), "quarantined", None, True),
        (NotOurs("not yours"), "quarantined", None, True),
        (Unreadable("not the contract"), "quarantined", None, True),
        (ContractDrift("unknown operation"), "quarantined", None, True),
        (Undecidable("nobody knows"), "quarantined", None, True),
        (Unmapped("no such agency"), "quarantined", None, True),
        (KeyError("a fault of ours"), "in_doubt", None, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_every_class_of_error_has_one_end(w, error, state, pause, waits_for_person):
    await planned(w, "accepted")
    w.national.fail(error)
    await w.deliver(NATIONAL)
    [write] = [one for one in await w.writes() if one.target == NATIONAL]
    assert write.state == state
    assert [row["scope"] for row in await w.sql("SELECT scope FROM pause")] == ([pause] if pause else [])
    assert [one.delivery_id for one in await w.held()] == ([write.id] if waits_for_person else [])
    if isinstance(error, ConnectorError) and state != "planned":
        assert write.error_code == error.code


async def test_after_so_many_attempts_a_write_waits_for_a_person_and_stays(w):
    await planned(w, "accepted")
    w.national.fail(Transient("busy"), times=99)
    for _ in range(9):
        await w.deliver(NATIONAL)
        w.clock.forward(4000)
    assert len(w.national.applied) == 5
    [item] = await w.held()
    assert item.code == TriedTooLong.code
    assert "5 attempts" in item.reason
    assert "PH-301" in item.reason
    w.clock.forward(400 * 86400)
    await w.rest(2)
    assert await sent_acts(w) == ["quarantined"], "nothing leaves by age"
    assert [one.id for one in await w.held()] == [item.id]


async def test_after_so_long_a_write_waits_for_a_person_however_few_attempts_there_were(w):
    await planned(w, "accepted")
    w.national.fail(Transient("come back tomorrow", retry_after_s=86400.0), times=2)
    await w.deliver(NATIONAL)
    w.clock.forward(86400)
    await w.deliver(NATIONAL)
    assert [one.code for one in await w.held()] == [TriedTooLong.code]
    assert len(w.national.applied) == 2


async def test_an_attempt_that_ends_before_anything_is_sent_counts_too(w, monkeypatch):
    """Else a write whose files cannot be read is tried every few seconds for ever."""

    async def unreadable(*_: object) -> None:
        msg = "the file host does not answer"
        raise Transient(msg)

    await planned(w, "accepted")
    monkeypatch.setattr(deliver_module, "load_files", unreadable)
    waits = []
    for _ in range(4):
        await w.deliver(NATIONAL)
        write = await w.write(target=NATIONAL)
        waits.append(write.attempts)
        w.clock.forward(4000)
    await w.deliver(NATIONAL)
    assert waits == [1, 2, 3, 4]
    assert w.national.applied == []
    assert [one.code for one in await w.held()] == [TriedTooLong.code]


async def test_look_ups_that_fail_are_made_less_and_less_often(w):
    await planned(w, "accepted")
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    w.national.fail(Transient("busy"), on="find", times=999)
    for _ in range(80_000 // 60):
        await w.deliver(NATIONAL)
        w.clock.forward(60)
    assert len(w.national.looked_up) < 100, "not once a minute"


async def test_a_persons_retry_begins_a_new_row_of_attempts(w):
    await planned(w, "accepted")
    w.national.fail(Transient("busy"), times=6)
    for _ in range(6):
        await w.deliver(NATIONAL)
        w.clock.forward(4000)
    [item] = await w.held()
    w.clock.forward(90_000)
    await control.retry(w.ctx, item.id, actor=ME)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["waiting"], "the sixth failure is the first of the new row"
    w.clock.forward(4000)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert w.national.doubled == []


async def test_a_doubt_that_cannot_be_looked_up_for_too_long_waits_for_a_person_as_a_doubt(w):
    await planned(w, "accepted")
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    w.national.fail(Transient("busy"), on="find", times=999)
    for _ in range(30):
        await w.deliver(NATIONAL)
        w.clock.forward(4000)
    [item] = await w.held()
    assert item.code == Undecidable.code, (
        "it may have taken effect: a retry looks it up and writes nothing anew"
    )
    w.national.heal()
    await control.retry(w.ctx, item.id, actor=ME)
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"]
    assert len(w.national.effects) == 1


async def test_a_write_whose_every_answer_is_lost_before_its_effect_is_not_repeated_for_ever(w):
    await planned(w, "accepted")
    w.national.fail(InDoubt("cut off"), times=99)
    w.national.verdicts.extend([Verdict.ABSENT] * 99)
    for _ in range(12):
        await w.deliver(NATIONAL)
        w.clock.forward(60)
    assert len(w.national.applied) == 5
    assert len({one.key.id for one in w.national.applied}) == 1
    assert [one.code for one in await w.held()] == [Undecidable.code]


async def test_a_write_whose_deadline_is_near_is_tried_again_sooner(w):
    """The due day stands in the register's own telling; one wait takes at most an eighth of what is left."""
    patient = {"backoff_first_s": 60.0, "backoff_most_s": 400_000.0, "most_attempts": 99}
    work = w.ctx.settings.work.model_copy(update=patient)
    w.ctx = replace(w.ctx, settings=w.ctx.settings.model_copy(update={"work": work}))
    await planned(w)
    [here] = w.register.refs
    due = {"rule_pack": "TH-2020/1", "due.answer": "2026-11-19"}
    acts = [act(f"register:{here}0", "received", details=due), act(f"register:{here}1", "accepted", 1)]
    w.register.put(here, {**(w.register.data(here) or {}), "acts": acts})
    await w.observe(REGISTER)
    await w.settle()
    w.national.fail(Transient("busy"), times=99)
    for _ in range(20):
        write = await w.write(target=NATIONAL)
        w.clock.at = max(w.clock.at, write.next_attempt_at)
        left = DUE - w.clock.now()
        await w.deliver(NATIONAL)
        wait = (await w.write(target=NATIONAL)).next_attempt_at - w.clock.now()
        if left > timedelta(0):
            assert wait <= max(left / 8, timedelta(seconds=60))
    assert (await w.write(target=NATIONAL)).attempts == 20
