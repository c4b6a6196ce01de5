"""State secrets (R25, rules §5.3): a marking holds a case before any copy leaves; a confirmed one ends it as a whole."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.case import REGISTER
from connector.errors import InDoubt, NotFoundError, Transient, Undecidable, UserError
from connector.gateway import build_gateway
from connector.rules.book import RuleBook
from connector.services import control, officers, secrecy
from connector.services.explain import explain
from connector.services.officers import Decision
from connector.store import tickets
from connector.system import Verdict
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, act, plain
from tests.integration.core_world import World, planned, world

MARK = "TUYỆT MẬT"
BY = Decision(officer="canbo.mau", basis="12/QD-UBND")
ME = "cli/mau"


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


def calls(w: World) -> list[int]:
    """How often any system was asked for a case, told something or looked up."""
    return [
        len(asked)
        for system in (w.register, w.national, w.government)
        for asked in (system.fetched, system.applied, system.looked_up)
    ]


async def nothing_readable(w: World, case_id: int) -> None:
    """No column of the case holds anything sealed, and no key of it is left."""
    for table in ("link", "delivery", "observation", "quarantine", "secrecy_clearance"):
        rows = await w.sql(f"SELECT to_jsonb(t) AS row FROM {table} AS t WHERE case_id = %s", case_id)  # noqa: S608
        left = [
            name for one in rows for name, value in one["row"].items() if name.startswith("sealed_") and value
        ]
        assert left == [], table
    assert await w.sql("SELECT 1 FROM case_key WHERE case_id = %s AND blob IS NOT NULL", case_id) == []


def taken_off(ref: str, **changes: Any) -> dict[str, Any]:
    details = {"decision": "off_system", "basis": "12/QD-UBND"}
    return plain(
        ref,
        privacy="restricted",
        acts=[act("register:9", "restricted", 9, officer="canbo.mau", details=details)],
        **changes,
    )


# ---- tripwire ----


@pytest.mark.parametrize("where", ["title", "content", "act", "file"])
async def test_R25_a_marking_told_by_a_portal_holds_the_case_before_any_copy(w, where):
    marked = {
        "title": {"title": MARK},
        "content": {"content": f"Tài liệu kèm theo.\n{MARK}\nHết."},
        "act": {"acts": [act("national_portal:1", "forwarded", text=MARK)]},
        "file": {"files": [{"id": "national_portal:7", "role": "question", "file_name": "12-TUYET_MAT.pdf"}]},
    }
    w.national.put("1", plain("1", **marked[where]))
    await w.rest(3)
    assert await w.writes() == []
    assert w.register.applied == []
    [item] = await w.held()
    assert item.code == "PH-703"
    assert "TUYET_MAT" in item.reason
    assert MARK not in item.reason
    view = await explain(w.db, "1", book=RuleBook(), now=w.clock.now())
    assert [one.code for one in view.quarantine] == ["PH-703"]


async def test_R25_a_marking_told_by_the_register_holds_the_case_before_any_copy(w):
    w.register.put("5", plain("5", title=MARK, origin_system=REGISTER, acts=[act("register:1", "accepted")]))
    await w.rest(3)
    assert await w.writes() == []
    assert w.national.applied == w.government.applied == []


async def test_R25_ordinary_words_trip_nothing(w):
    w.national.put("1", plain("1", content="Đề nghị giữ bí mật số điện thoại của tôi."))
    await w.rest(2)
    assert await w.held() == []
    assert len(w.register.effects) == 1


async def test_R25_a_marking_that_comes_up_later_stops_what_was_planned(w):
    case_id = await planned(w, "accepted", "assigned")
    w.national.put("1", plain("1", title=MARK))
    await w.observe(NATIONAL)
    await w.deliver(NATIONAL)
    assert w.national.applied == [], (
        "the point of no return looks once more, before the case is settled again"
    )
    await w.settle()
    assert {one.state for one in await w.writes(case_id) if one.target == NATIONAL} == {"cancelled"}
    await w.rest(2)
    assert w.national.applied == []


async def test_R25_a_doubtful_write_of_a_held_case_is_looked_up_and_never_repeated(w):
    case_id = await planned(w, "accepted")
    w.national.fail(InDoubt("reply lost"))
    await w.deliver(NATIONAL)
    w.national.put("1", plain("1", title=MARK))
    await w.observe(NATIONAL)
    await w.settle()
    w.clock.forward(60)
    w.national.verdicts.append(Verdict.UNKNOWN)
    await w.deliver(NATIONAL)
    assert len(w.national.applied) == 1
    [write] = [one for one in await w.writes(case_id) if one.target == NATIONAL]
    assert (write.state, write.error_code) == ("quarantined", Undecidable.code)


async def test_R25_a_hold_stays_when_the_marking_disappears_until_an_officer_decides(w):
    w.national.put("1", plain("1", title=MARK))
    await w.rest(1)
    w.national.put("1", plain("1"))
    await w.rest(2)
    assert w.register.applied == []
    assert await secrecy.clear(w.ctx, "1", BY, actor=ME) == 0
    await w.rest(2)
    assert len(w.register.effects) == 1


async def test_R25_a_cleared_marking_lets_the_case_go_and_a_new_one_holds_it_again(w):
    w.national.put("1", plain("1", title=MARK))
    await w.rest(1)
    [held] = await secrecy.held(w.db)
    assert await secrecy.clear(w.ctx, str(held.case_id), BY, actor=ME) == 1
    await w.rest(3)
    assert len(w.register.effects) == 1, "the copy tells the same marking, and it is cleared there too"
    assert await secrecy.held(w.db) == ()
    w.national.put("1", plain("1", title=MARK, acts=[act("national_portal:2", "supplemented", text="MẬT")]))
    await w.rest(2)
    assert len(w.register.applied) == 1
    view = await secrecy.look(w.db, "1")
    assert [(one.place, one.level, one.cleared) for one in view.marks if not one.cleared] == [
        ("act/national_portal:2", "MAT", False)
    ]
    [entry] = [one for one in await w.entries() if one.kind == "secrecy_cleared"]
    assert (entry.data["officer_id"], entry.data["basis_code"]) == (BY.officer, BY.basis)


async def test_R25_a_marking_that_came_up_after_the_officer_looked_is_not_cleared_unseen(w):
    w.national.put("1", plain("1", title=MARK))
    await w.rest(1)
    seen = (await secrecy.look(w.db, "1")).review
    w.national.put("1", plain("1", title=MARK, content="MẬT"))
    await w.observe(NATIONAL)
    with pytest.raises(UserError, match="changed"):
        await secrecy.clear(w.ctx, "1", BY, actor=ME, seen=seen)
    await w.rest(1)
    assert w.register.applied == []
    assert await secrecy.clear(w.ctx, "1", BY, actor=ME, seen=(await secrecy.look(w.db, "1")).review) == 2


async def test_a_hold_cannot_be_dismissed_and_what_is_not_held_cannot_be_cleared(w):
    w.national.put("1", plain("1", title=MARK))
    await w.rest(1)
    [item] = await w.held()
    with pytest.raises(UserError, match="secrecy"):
        await control.dismiss(w.ctx, item.id, actor=ME, note="không")
    await control.retry(w.ctx, item.id, actor=ME)
    await w.rest(1)
    assert w.register.applied == []
    await secrecy.clear(w.ctx, "1", BY, actor=ME)
    with pytest.raises(UserError, match="not held"):
        await secrecy.clear(w.ctx, "1", BY, actor=ME)
    with pytest.raises(NotFoundError):
        await secrecy.confirm(w.ctx, "khong-co", BY, actor=ME)


@pytest.mark.parametrize(
    "name", ["connector", "register", "node-1", "cli/mau", "", "Nguyễn Văn Mẫu", "000.00.00.H56"]
)
def test_R09_a_service_account_never_decides(w, name):
    given = w.ctx.settings.model_copy(deep=True)
    given.systems[NATIONAL].adapter["username"] = "000.00.00.H56"
    with pytest.raises(UserError):
        officers.decision(given, officer=name, basis="12/QD-UBND")
    with pytest.raises(UserError, match="basis"):
        officers.decision(given, officer="canbo.mau", basis=" ")
    assert officers.decision(given, officer="canbo.mau", basis="12/QĐ-UBND").officer == "canbo.mau"


async def test_a_file_address_given_before_a_marking_came_up_leads_nowhere(w):
    import httpx

    w.national.put(
        "1", plain("1", files=[{"id": "national_portal:7", "role": "question", "file_name": "a.pdf"}])
    )
    w.national.files["national_portal:7"] = b"pdf"
    await w.rest(1)
    state = (await w.case(NATIONAL, "1")).link(NATIONAL).state
    async with w.db.unit() as unit:
        token = await tickets.issue(
            unit.conn,
            system=NATIONAL,
            ref="1",
            attachment=state.attachments[0],
            expires_at=w.clock.forward(3600),
        )
    w.clock.forward(-3600)
    transport = httpx.ASGITransport(build_gateway(w.ctx))
    async with httpx.AsyncClient(transport=transport, base_url="http://tep.example") as client:
        assert (await client.get(f"/tai-tep/{token}")).status_code == 200
        w.national.put("1", plain("1", title=MARK))
        await w.observe(NATIONAL)
        assert (await client.get(f"/tai-tep/{token}")).status_code == 404


# ---- hard stop ----

STATES = ["planned", "waiting", "in_doubt", "quarantined", "sent"]


async def in_state(w: World, state: str) -> int:
    """A case with a write to the portal that stands in that state."""
    case_id = await planned(w, "accepted")
    if state == "waiting":
        w.national.fail(Transient("slow"))
    elif state in ("in_doubt", "quarantined"):
        w.national.fail(InDoubt("reply lost") if state == "in_doubt" else Undecidable("unknown"))
    if state == "sent":
        await w.sql("UPDATE delivery SET state = 'sent', sent_at = now() WHERE target = %s", NATIONAL)
    elif state != "planned":
        await w.deliver(NATIONAL)
    assert [one.state for one in await w.writes(case_id) if one.target == NATIONAL] == [state]
    return case_id


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("how", ["officer", "register"])
async def test_T15_the_hard_stop_ends_every_write_and_leaves_nothing_readable(w, state, how):
    case_id = await in_state(w, state)
    key = [one.key for one in await w.writes(case_id) if one.target == NATIONAL]
    if how == "officer":
        remains = await secrecy.confirm(w.ctx, str(case_id), BY, actor=ME)
        assert remains.until == w.clock.now()
    else:
        here = (await w.case(NATIONAL, "1")).link(REGISTER).ref
        w.register.put(here, {**taken_off(here), "origin_system": NATIONAL, "origin_ref": "1"})
        await w.observe(REGISTER)
    await nothing_readable(w, case_id)
    assert {one.state for one in await w.writes(case_id)} <= {"cancelled", "done"}
    assert [one.key for one in await w.writes(case_id) if one.target == NATIONAL] == key, (
        "kept for a look-up by hand"
    )
    row = await w.case(NATIONAL, "1")
    assert (row.end.kind, row.end.officer, row.end.basis) == ("off_system", BY.officer, BY.basis)
    assert {link.system: link.state for link in row.links} == {REGISTER: None, NATIONAL: None}
    before = calls(w)
    w.national.put("1", plain("1", title="Tiêu đề mới"))
    w.national.rows = True
    for _ in range(3):
        w.clock.forward(90000)
        await w.rest(2)
    assert calls(w) == before, "no request about it ever leaves again"
    await nothing_readable(w, case_id)
    assert "off_system" in await w.kinds()


async def test_T15_a_write_that_was_on_its_way_is_recorded_and_nothing_follows(w):
    case_id = await planned(w, "accepted")

    async def meanwhile(_: object) -> None:
        await secrecy.confirm(w.ctx, str(case_id), BY, actor=ME)

    w.national.during = meanwhile
    await w.deliver(NATIONAL)
    [write] = [one for one in await w.writes(case_id) if one.target == NATIONAL]
    assert write.state == "done"
    await nothing_readable(w, case_id)
    before = calls(w)
    await w.rest(3)
    assert calls(w) == before


async def test_T15_later_tellings_are_kept_as_a_fact_and_a_digest_alone(w):
    case_id = await in_state(w, "planned")
    await secrecy.confirm(w.ctx, str(case_id), BY, actor=ME)
    w.national.put("1", plain("1", title="Tiêu đề mới"))
    await w.observe(NATIONAL)
    rows = await w.sql("SELECT digest, sealed_raw, sealed_data FROM observation WHERE ref = '1' ORDER BY id")
    assert len(rows) == 2
    assert all(len(row["digest"]) == 64 and row["sealed_raw"] is row["sealed_data"] is None for row in rows)
    assert await w.held() == []


async def test_T15_a_case_that_is_first_told_when_it_is_off_the_system_is_never_readable(w):
    w.register.put("5", taken_off("5", origin_system=REGISTER))
    await w.observe(REGISTER)
    case_id = (await w.case(REGISTER, "5")).id
    await nothing_readable(w, case_id)
    w.government.put("8", plain("8", origin_system=REGISTER, origin_ref="5"))
    await w.rest(2)
    row = await w.case(GOVERNMENT, "8")
    assert (row.id, row.link(GOVERNMENT).state) == (case_id, None)
    await nothing_readable(w, case_id)


async def test_T15_what_was_put_aside_or_paused_holds_no_word_of_it_either(w):
    case_id = await in_state(w, "planned")
    w.national.put("1", plain("1", privacy="la"))
    await w.observe(NATIONAL)
    await control.pause(w.ctx, f"case:{case_id}", actor=ME, reason="chờ xem xét nội dung")
    assert len(await w.held()) == 1
    await secrecy.confirm(w.ctx, str(case_id), BY, actor=ME)
    assert await w.held() == []
    assert await w.sql("SELECT 1 FROM quarantine WHERE sealed_reason IS NOT NULL") == []
    assert await w.sql("SELECT 1 FROM pause") == []


async def test_T15_the_end_is_shown_and_is_final(w):
    case_id = await in_state(w, "in_doubt")
    remains = await secrecy.confirm(w.ctx, str(case_id), BY, actor=ME)
    assert len(remains.doubtful) == 1
    view = await explain(w.db, str(case_id), book=RuleBook(), now=w.clock.now())
    assert (view.end.basis, [one.key for one in view.next]) == (BY.basis, ["next.ended"])
    with pytest.raises(UserError, match="ended"):
        await secrecy.confirm(w.ctx, str(case_id), BY, actor=ME)
    with pytest.raises(UserError, match="ended"):
        await control.sync_now(w.ctx, system=None, case=str(case_id), actor=ME)
    with pytest.raises(UserError, match="not held"):
        await secrecy.clear(w.ctx, str(case_id), BY, actor=ME)
