"""An incident is counted from the log and the sealed cases; the counting is recorded, asks for a right, and tells nobody's name."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.case import REGISTER
from connector.console.access.rights import Role
from connector.errors import AccessDenied, UserError
from connector.incident.classes import DataClass
from connector.incident.tally import Affected, Incident
from connector.incident.ways import Scope, Way
from connector.jsonable import jsonable
from connector.services.dossier import read_sender
from connector.services.erasure import erase
from connector.services.incident import count
from connector.services.officers import Decision
from connector.store import accounts
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import World, planned, world

SENDER = "Trần Thị Ví Dụ"
BY = Decision(officer="cb-mau-02", basis="QĐ 15/2026")


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def counting(w: World, since: datetime | None = None, **more: Any) -> Incident:
    scope = {name: more.pop(name) for name in ("systems", "actor", "case_id") if name in more}
    before = more.pop("before", w.clock.now() + timedelta(seconds=1))
    given = {"by": "an.ninh.mau", "noticed": w.clock.now(), **more}
    return await count(
        w.db, w.ctx.settings, Scope(since=since, before=before, **scope), clock=w.clock, **given
    )


async def told(w: World, *refs: str, sender: str = SENDER) -> list[int]:
    for ref in refs:
        w.national.put(ref, plain(ref, sender=sender))
    await w.observe(NATIONAL)
    return [(await w.case(NATIONAL, ref)).id for ref in refs]


async def account(w: World, name: str, role: Role, *, agencies: tuple[str, ...] = ()) -> None:
    async with w.db.unit() as unit:
        await accounts.add(
            unit.conn,
            name=name,
            display_name="Người Mẫu",
            role=role.value,
            agencies=agencies,
            password_hash=None,
            at=w.clock.now(),
        )


async def test_a_window_counts_what_moved_in_it_and_nothing_before_or_after(w):
    await told(w, "1")
    w.clock.forward(3600)
    since = w.clock.now()
    [second] = await told(w, "2", sender="Lê Văn Thử")
    w.clock.forward(3600)
    before = w.clock.now()
    await told(w, "3")
    found = await counting(w, since, before=before)
    assert [one.case_id for one in found.named] == [second]
    assert (found.cases, found.subjects, found.unopened) == (1, 1, 0)
    assert (found.first, found.last) == (since, since)
    assert found.ways == {Way.TOLD: 1}
    assert found.classes == {DataClass.NAME: 1, DataClass.CONTENT: 1}


async def test_without_a_beginning_everything_that_was_ever_told_counts_as_in_a_stolen_copy(w):
    await told(w, "1", "2")
    w.clock.forward(86400 * 400)
    await told(w, "3", sender="Lê Văn Thử")
    found = await counting(w)
    assert (found.cases, found.subjects) == (3, 2)


async def test_readings_of_one_account_are_told_from_those_of_others(w):
    first, second, _ = await told(w, "1", "2", "3")
    for case_id, actor in ((first, "canbo.mau"), (first, "canbo.mau"), (second, "canbo.khac")):
        await read_sender(w.ctx, case_id, actor=actor, purpose="handling")
    found = await counting(w, actor="canbo.mau")
    assert [(one.case_id, one.ways, one.entries) for one in found.named] == [(first, (Way.READ,), 2)]
    assert [(one.kind, one.actor, one.entries, one.cases) for one in found.happened] == [
        ("sender_read", "canbo.mau", 2, 1)
    ]


async def test_what_went_to_a_system_is_told_from_what_came_from_it(w):
    case_id = await planned(w, "accepted")
    await w.deliver(NATIONAL)
    portal = await counting(w, systems=(NATIONAL,))
    assert portal.ways == {Way.TOLD: 1, Way.SENT: 1}
    assert (await counting(w, systems=(REGISTER,), case_id=case_id)).cases == 1
    assert (await counting(w, systems=("government_portal",))).cases == 0


async def test_an_erased_case_counts_although_nobody_can_open_it_any_more(w):
    first, _ = await told(w, "1", "2")
    await erase(w.ctx, str(first), "all", BY, actor="cli/test")
    found = await counting(w)
    assert (found.cases, found.unopened, found.subjects, found.at_most) == (2, 1, 1, 2)
    persons = next(one for one in found.duties if one.name == "persons")
    assert persons.applies is None, "what it held a person has to find out"


async def test_without_master_keys_every_case_counts_and_nothing_is_opened(w):
    await told(w, "1", "2")
    found = await counting(w, opened=False)
    assert (found.cases, found.unopened, found.classes) == (2, 2, {})


async def test_more_cases_than_one_batch_are_each_handed_over_once(w, monkeypatch):
    monkeypatch.setattr("connector.store.incidents.BATCH", 2)
    numbers = await told(w, *map(str, range(1, 6)))
    each: list[Affected] = []
    found = await counting(w, most=1, each=each.append)
    assert [one.case_id for one in each] == sorted(numbers)
    assert (found.cases, len(found.named)) == (5, 1)


async def test_the_counting_is_an_entry_with_window_and_counts_and_is_no_way_itself(w):
    await told(w, "1")
    since = w.clock.now()
    found = await counting(w, since)
    entry = (await w.entries())[-1]
    assert (entry.kind, entry.actor) == ("incident_counted", "an.ninh.mau")
    assert entry.data["since"] == since.isoformat()
    assert (entry.data["cases"], entry.data["subjects"], entry.data["upto"]) == (1, 1, found.upto)
    assert (await counting(w)).cases == 1
    await w.kinds()  # verifies the chain


async def test_no_answer_names_anybody(w):
    await told(w, "1")
    found = await counting(w)
    assert SENDER not in repr(jsonable(found)) + repr(found)


async def test_who_asks_needs_the_right_once_the_console_has_accounts(w):
    await account(w, "an.ninh.mau", Role.SECURITY_OFFICER)
    await account(w, "dieu.hanh.mau", Role.OPERATOR)
    await account(w, "kiem.toan.xa", Role.AUDITOR, agencies=("000.00.77.H56",))
    assert (await counting(w)).cases == 0
    for name in ("dieu.hanh.mau", "kiem.toan.xa", "khong.co"):
        with pytest.raises(AccessDenied):
            await counting(w, by=name)
    await w.sql("UPDATE account SET locked_at = now() WHERE name = 'an.ninh.mau'")
    with pytest.raises(AccessDenied):
        await counting(w)
    assert (await w.kinds()).count("incident_counted") == 1


@pytest.mark.parametrize("wrong", ["turned", "future", "before", "program", "name"])
async def test_a_window_that_cannot_be_and_a_program_that_asks_are_refused(w, wrong):
    now = w.clock.now()
    given: dict[str, Any] = {
        "turned": {"since": now + timedelta(hours=1)},
        "future": {"noticed": now + timedelta(hours=1)},
        "before": {"since": now - timedelta(hours=1), "noticed": now - timedelta(hours=2)},
        "program": {"by": NATIONAL},
        "name": {"by": "Nguyễn Văn Mẫu"},
    }[wrong]
    with pytest.raises(UserError):
        await counting(w, **given)
    assert "incident_counted" not in await w.kinds()


async def test_a_short_window_of_a_long_log_is_found_by_its_index(w):
    """Sixty thousand entries; the window's block is looked at, the log is not."""
    await w.sql("ALTER TABLE ledger_entry DISABLE TRIGGER ALL")
    await w.sql(
        """
        INSERT INTO ledger_entry (seq, at, kind, actor, data, prev_hash, hash)
        SELECT n, '2026-01-01'::timestamptz + n * interval '1 minute', 'started', 'connector', '{}', repeat('a', 64), repeat('b', 64)
        FROM generate_series(1000, 60999) AS n
        """
    )
    await w.sql("SELECT brin_summarize_new_values('ledger_entry_at')")
    await w.sql("ANALYZE ledger_entry")
    plan = await w.sql(
        """
        EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT count(*) FROM ledger_entry
        WHERE at >= '2026-01-20'::timestamptz AND at < '2026-01-21'::timestamptz
        """
    )
    top = plan[0]["QUERY PLAN"][0]["Plan"]
    assert "ledger_entry_at" in repr(top)
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 200
