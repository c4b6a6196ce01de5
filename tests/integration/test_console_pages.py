"""The pages of the console over a real database: what they show, to whom, and what their buttons do."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.clock import LOCAL_ZONE
from connector.console.access.rights import Role
from connector.console.server import file_cases
from connector.contract.compare import Change, Concern, Difference
from connector.errors import InDoubt
from connector.ledger.entry import EntryKind
from connector.store import case_list, checkpoints, contracts, flows, restorations
from connector.sync.history import keep_history
from connector.sync.lookup import MOST_LOOKUPS
from tests.integration.console_kit import BASE, Town, quick_passwords, town
from tests.integration.core_mapping import CODE, NATIONAL, plain
from tests.integration.core_world import planned, sent_acts, world

__all__ = ["quick_passwords"]

SENDER = "Nguyễn Văn Mẫu gửi"
"""Not the name of any account."""
PROVINCE = "000.00.00.H56"
PAGES = (
    "/overview",
    "/alerts",
    "/charts",
    "/cases",
    "/deliveries",
    "/quarantine",
    "/doubt",
    "/runs",
    "/pauses",
    "/nodes",
    "/reconcile",
    "/findings",
    "/plans",
    "/log",
    "/log/checkpoints",
    "/log/export",
    "/plans/new",
    "/reports",
    "/mappings",
    "/mappings/diff",
    "/mappings/coverage",
    "/mappings/file?file=policy.toml",
    "/mappings/file?file=agencies.csv",
    "/mappings/file?file=national_portal/mapping.toml",
    "/rule-packs",
    "/contracts",
    "/retention",
    "/users",
    "/access-review",
    "/settings",
    "/account",
)


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path, settling_s=20.0) as made, town(made, migrated_url) as opened:
        yield opened


def case(ref: str, **facts: object) -> dict:
    return plain(ref, sender=SENDER, **facts)


async def test_every_page_is_whole_in_both_languages_and_its_twin_is_json(t: Town) -> None:
    await planned(t.world, "accepted")
    admin = await t.enter("qt.mau", Role.ADMINISTRATOR)
    for lang, word in (("vi", "Hồ sơ"), ("en", "Cases")):
        await admin.client.get(f"/language/{lang}")
        for path in (*PAGES, "/cases/1"):
            answer = await admin.get(path)
            assert answer.status_code == 200, (path, answer.text[-2000:])
            assert f'<html lang="{lang}">' in answer.text
            assert word in answer.text
            assert "style=" not in answer.text
            assert (
                re.sub(r'<script src="/static/live\.js\?v=\w+" defer></script>', "", answer.text).count(
                    "<script"
                )
                == 0
            )
            assert not re.search(r"<\w[^>]*\son\w+=", answer.text), "no script stands in a page"
            assert isinstance((await admin.client.get(f"/api{path}")).json(), dict)


async def test_no_page_shows_who_sent_a_case_or_what_it_says(t: Town) -> None:
    t.world.national.put("1", case("1"))
    t.world.national.put("2", case("2", acts=[{"id": "x", "kind": "LA", "at": "2026-11-17T09:00:00+07:00"}]))
    await t.world.rest(2)
    admin = await t.enter("qt.mau", Role.ADMINISTRATOR)
    title = str(case("1")["title"])
    for path in (*PAGES, "/cases/1", "/cases/2"):
        for address in (path, f"/api{path}"):
            text = (await admin.client.get(address)).text
            assert SENDER not in text
            assert title not in text, address


async def test_the_sender_is_shown_for_a_purpose_and_the_log_has_it_first(t: Town) -> None:
    t.world.national.put("1", case("1"))
    await t.world.rest(2)
    operator = await t.enter("vh.mau", Role.OPERATOR)
    assert (await operator.post("/cases/1/sender", purpose="tò mò")).status_code == 400
    assert "sender_read" not in await t.world.kinds()
    answer = await operator.post("/cases/1/sender", purpose="contact")
    assert SENDER in answer.text
    assert answer.headers["cache-control"] == "no-store"
    entry = (await t.world.entries())[-1]
    assert (entry.kind, entry.actor, entry.case_id, entry.data["purpose"]) == (
        "sender_read",
        "vh.mau",
        1,
        "contact",
    )
    assert (await operator.call("/cases/1/sender", purpose="audit")).json()["name"] == SENDER


async def test_the_sender_of_a_restricted_or_marked_case_is_shown_to_nobody(t: Town) -> None:
    t.world.national.put("1", case("1", privacy="restricted"))
    t.world.national.put("2", case("2", content="Kèm TÀI LIỆU MẬT của đơn vị, đề nghị xem xét."))
    await t.world.rest(2)
    operator = await t.enter("vh.mau", Role.OPERATOR)
    for number in (1, 2):
        assert (await operator.post(f"/cases/{number}/sender", purpose="contact")).status_code == 403
    assert "sender_read" not in await t.world.kinds()


# ---- finding ------------------------------------------------------------------------------------------------


async def test_cases_are_found_by_both_ends_of_a_code_by_reference_and_by_names_without_marks(
    t: Town,
) -> None:
    t.world.register.put("7", case("7", code=CODE))
    t.world.national.put("PAKN-88", case("PAKN-88"))
    await t.world.observe(REGISTER, NATIONAL)
    await t.world.settle()
    viewer = await t.enter("xem.mau", Role.VIEWER)

    async def found(**query: str) -> list[str]:
        told = (await viewer.client.get("/api/cases", params=query)).json()
        return sorted(one["origin_ref"] for one in told["rows"])

    both = ["7", "PAKN-88"]
    assert await found() == both
    assert await found(q=CODE[:12]) == ["7"]
    assert await found(q=CODE[-5:]) == ["7"]
    assert await found(q="pakn") == ["PAKN-88"]
    assert await found(q="-88") == ["PAKN-88"]
    assert await found(q="%") == []
    assert await found(q="ubnd tinh") == await found(q="UBND Tỉnh") == await found(agency=PROVINCE) == both
    assert await found(q="moi") == await found(q="Mới") == await found(status="NEW") == both
    assert await found(system=REGISTER) == ["7"]
    assert await found(q="không có ai") == []
    assert await found(work="ended") == []


async def test_the_list_goes_on_page_by_page_and_its_address_can_be_kept(t: Town) -> None:
    for number in range(1, 61):
        t.world.national.put(str(number), case(str(number)))
    await t.world.observe(NATIONAL)
    viewer = await t.enter("xem.mau", Role.VIEWER)
    first = (await viewer.client.get("/api/cases", params={"status": "NEW"})).json()
    rest = (await viewer.client.get("/api/cases", params={"status": "NEW", "before": first["older"]})).json()
    assert [len(first["rows"]), len(rest["rows"]), rest["older"]] == [50, 10, None]
    assert not {one["id"] for one in first["rows"]} & {one["id"] for one in rest["rows"]}
    page = await viewer.get("/cases", status="NEW")
    assert f"before={first['older']}&amp;status=NEW" in page.text


async def test_an_account_limited_to_agencies_sees_their_cases_and_no_others(t: Town) -> None:
    t.world.national.put("1", case("1"))
    await t.world.observe(NATIONAL)
    own = await t.enter("tinh.mau", Role.OPERATOR, (PROVINCE,))
    other = await t.enter("so.mau", Role.OPERATOR, ("000.00.01.H56",))
    assert len((await own.client.get("/api/cases")).json()["rows"]) == 1
    assert (await other.client.get("/api/cases")).json()["rows"] == []
    assert ((await own.get("/cases/1")).status_code, (await other.get("/cases/1")).status_code) == (200, 404)
    assert (await other.post("/cases/1/sender", purpose="contact")).status_code == 404
    assert (await own.get("/")).headers["location"] == "/cases"
    for path in ("/overview", "/deliveries", "/quarantine", "/log"):
        assert (await own.get(path)).status_code == 403


async def test_cases_of_an_older_program_are_filed_when_the_console_starts(t: Town) -> None:
    t.world.national.put("1", case("1"))
    await t.world.observe(NATIONAL)
    await t.world.sql("UPDATE case_record SET agency = NULL, field = NULL, filed = false")
    await file_cases(t.world.db)
    assert await t.world.sql("SELECT agency FROM case_record") == [{"agency": PROVINCE}]


async def test_a_case_of_which_nobody_knows_the_agency_is_looked_at_once_and_not_at_every_start(
    t: Town,
) -> None:
    t.world.national.put("1", case("1"))
    await t.world.observe(NATIONAL)
    await t.world.sql("UPDATE case_record SET agency = NULL, filed = false")
    async with t.world.db.reading() as conn:
        assert await case_list.unfiled(conn, after=0, most=10) == [1]
    await file_cases(t.world.db)
    await t.world.sql("UPDATE case_record SET agency = NULL")
    async with t.world.db.reading() as conn:
        assert await case_list.unfiled(conn, after=0, most=10) == []


# ---- explaining ---------------------------------------------------------------------------------------------


async def test_the_sides_show_what_is_agreed_what_is_missing_and_what_was_changed(t: Town) -> None:
    number = await planned(t.world, "accepted")
    viewer = await t.enter("xem.mau", Role.VIEWER)

    async def pair() -> dict:
        return (await viewer.client.get(f"/api/cases/{number}")).json()["file"]["pairs"][0]

    [act] = (await pair())["acts"]
    assert (act["kind"], act["here"], act["there"], act["agreed"], act["travels"]) == (
        "accepted",
        True,
        False,
        False,
        True,
    )
    assert "CHƯA CÓ" in (await viewer.get(f"/cases/{number}")).text
    await t.world.rest(2)
    [act] = (await pair())["acts"]
    assert (act["here"], act["there"], act["agreed"]) == (True, True, True)
    assert "Hai phía đã khớp" in (await viewer.get(f"/cases/{number}")).text
    t.world.national.put("1", {**(t.world.national.data("1") or {}), "title": "Tiêu đề khác"})
    await t.world.refresh(NATIONAL)
    await t.world.settle()
    changed = {one["name"]: one["there"] for one in (await pair())["fields"]}
    assert changed["title"] in ("changed", "same")


async def test_the_page_that_an_action_shows_leads_back_to_one_that_can_be_opened(t: Town) -> None:
    auditor = await t.enter("kt.mau", Role.AUDITOR)
    for referer, to in (
        (f"{BASE}/log?kind=done", "%2Flog%3Fkind%3Ddone"),
        ("http://ke.gian.example/x", "%2F"),
        ("", "%2F"),
    ):
        data, headers = {"csrf": auditor.csrf}, {"referer": referer} if referer else {}
        answer = await auditor.client.post("/log/verify", data=data, headers=headers)
        assert f'href="/language/en?next={to}"' in answer.text


async def test_only_those_who_may_read_the_log_see_the_proof_of_a_case(t: Town) -> None:
    number = await planned(t.world, "accepted")
    viewer, auditor = await t.enter("xem.mau", Role.VIEWER), await t.enter("kt.mau", Role.AUDITOR)
    assert "idempot" not in (await viewer.get(f"/cases/{number}")).text
    assert (await viewer.client.get(f"/api/cases/{number}")).json()["file"]["entries"] == []
    assert (await auditor.client.get(f"/api/cases/{number}")).json()["file"]["entries"]
    assert "Nhật ký của hồ sơ" in (await auditor.get(f"/cases/{number}")).text


# ---- acting -------------------------------------------------------------------------------------------------


async def test_a_quarantined_item_is_tried_again_or_dismissed_with_a_note(t: Town) -> None:
    for ref in ("1", "2"):
        t.world.national.put(ref, case(ref, privacy="lạ"))
    await t.world.observe(NATIONAL)
    first, second = await t.world.held()
    operator = await t.enter("vh.mau", Role.OPERATOR)
    assert first.code in (await operator.get("/quarantine")).text
    t.world.national.put("1", case("1"))
    assert (await operator.post(f"/quarantine/{first.id}/retry")).status_code == 303
    assert [one.id for one in await t.world.held()] == [second.id]
    assert (await operator.post(f"/quarantine/{second.id}/dismiss", note=" ")).status_code == 400
    answer = await operator.post(f"/quarantine/{second.id}/dismiss", note="Hồ sơ thử của cổng")
    assert answer.headers["location"] == "/quarantine?done=flash.dismissed"
    assert "Đã bỏ qua." in (await operator.get("/quarantine", done="flash.dismissed")).text
    assert await t.world.held() == []
    told = {(one.kind, one.actor, one.data.get("quarantine_id")) for one in await t.world.entries()}
    assert {("retried", "vh.mau", first.id), ("dismissed", "vh.mau", second.id)} <= told
    assert "Hồ sơ thử của cổng" in (await operator.get("/quarantine", state="dismissed")).text


async def test_a_write_in_doubt_is_decided_on_its_evidence_by_the_account_that_is_signed_in(t: Town) -> None:
    w = t.world
    await planned(w, "accepted")
    w.national.can(idempotent=False, lookup=frozenset())
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    for _ in range(MOST_LOOKUPS + 1):
        await w.deliver(NATIONAL)
        w.clock.forward(20)
    number = (await w.write(target=NATIONAL)).id
    approver = await t.enter("pd.mau", Role.APPROVER)
    assert f"/doubt/{number}" in (await approver.get("/doubt")).text
    page = await approver.get(f"/doubt/{number}")
    assert str((await w.write(target=NATIONAL)).key) in page.text
    assert "Tiếp nhận xử lý" in page.text, "what the portal tells stands beside it"
    assert (await approver.post(f"/doubt/{number}/decide", effect="yes", basis="")).status_code == 400
    assert (await approver.post(f"/doubt/{number}/decide", effect="có", basis="15/QD-VP")).status_code == 400
    assert await sent_acts(w) == ["quarantined"]
    assert (await approver.post(f"/doubt/{number}/decide", effect="yes", basis="15/QD-VP")).status_code == 303
    assert await sent_acts(w) == ["done"]
    entry = next(one for one in await w.entries() if one.kind == "doubt_decided")
    assert (entry.actor, entry.data["officer_id"], entry.data["basis_code"]) == (
        "pd.mau",
        "pd.mau",
        "15/QD-VP",
    )
    assert (await approver.get(f"/doubt/{number}")).status_code == 404


async def test_a_portal_is_held_and_let_go_with_a_reason(t: Town) -> None:
    t.world.national.put("1", case("1"))
    await t.world.observe(NATIONAL)
    operator = await t.enter("vh.mau", Role.OPERATOR)
    await operator.get("/pauses")
    scope = f"system:{NATIONAL}"
    assert (await operator.post("/pauses", scope=scope, reason="")).status_code == 400
    assert (await operator.post("/pauses", scope="system:la", reason="thử")).status_code == 400
    assert (
        await operator.post("/pauses", scope=scope, reason="Cổng báo bảo trì đến 15:00")
    ).status_code == 303
    assert "Cổng báo bảo trì đến 15:00" in (await operator.get("/pauses")).text
    page = (await operator.get("/cases/1")).text
    assert "Người có thể xử lý: Cán bộ vận hành, Quản trị viên" in page
    assert "TẠM DỪNG" in (await operator.get("/overview")).text
    answer = await operator.call("/pauses/resume", scope=scope, reason="Cổng đã chạy lại")
    assert answer.json() == {"ok": True, "told": "flash.resumed", "next": "/pauses", "scope": scope}
    assert [one.actor for one in await t.world.entries() if one.kind in ("paused", "resumed")] == [
        "vh.mau"
    ] * 2


async def test_whatever_can_be_held_has_a_name(t: Town) -> None:
    names = {
        f"system:{NATIONAL}": "Cổng Dịch vụ công quốc gia",
        f"flow:observe:{NATIONAL}": "Đọc từ Cổng Dịch vụ công quốc gia",
        f"flow:deliver:{NATIONAL}": "Gửi tới Cổng Dịch vụ công quốc gia",
        checkpoints.SCOPE: "Niêm phong nhật ký",
        restorations.SCOPE: "Mọi việc đọc và gửi, sau khôi phục",
        "case:1": "Hồ sơ 1",
    }
    async with t.world.db.unit() as unit:
        for scope in names:
            await flows.hold(unit.conn, scope, reason="thử", code=None, actor="cb", at=t.world.clock.now())
    page = (await (await t.enter("vh.mau", Role.OPERATOR)).get("/pauses")).text
    assert [name for name in names.values() if name not in page] == []


async def test_deadlines_that_a_held_portal_puts_at_risk_stand_on_the_first_page(t: Town) -> None:
    number = await planned(t.world, "accepted")
    operator = await t.enter("vh.mau", Role.OPERATOR)
    await keep_history(t.world.ctx)
    now = t.world.clock.now()

    async def due(after: timedelta) -> None:
        await t.world.sql("DELETE FROM case_duty")
        await t.world.sql(
            "INSERT INTO case_duty VALUES (%s, 0, 'handle', true, true, %s, NULL, NULL)", number, now + after
        )

    async def risks() -> list[dict]:
        return (await operator.client.get("/api/overview")).json()["risks"]

    await due(timedelta(hours=3))
    assert await risks() == [], "the portal takes what it is sent"
    await operator.post("/pauses", scope=f"system:{NATIONAL}", reason="bảo trì")
    [one] = await risks()
    assert (one["system"], one["cases"], one["whole"]) == (NATIONAL, [number], True)
    until = (now + timedelta(hours=3)).astimezone(LOCAL_ZONE).strftime("%H:%M")
    sentence = f"1 hồ sơ sẽ quá hạn nếu Cổng Dịch vụ công quốc gia còn ngừng đến {until}"
    assert sentence in (await operator.get("/overview")).text
    await due(timedelta(hours=30))
    assert await risks() == [], "not within a day"
    await due(timedelta(hours=-1))
    assert await risks() == [], "late already, whatever the portal does"
    await due(timedelta(hours=3))
    await t.world.sql(
        "UPDATE link SET changed_at = changed_at + interval '1 second' WHERE system = 'register'"
    )
    assert [one["whole"] for one in await risks()] == [False], "a telling whose deadlines were not read yet"


async def test_the_log_is_verified_and_the_verification_is_in_the_log(t: Town) -> None:
    await planned(t.world, "accepted")
    auditor = await t.enter("kt.mau", Role.AUDITOR)
    assert "Nhật ký nguyên vẹn" in (await auditor.post("/log/verify")).text
    entry = (await t.world.entries())[-1]
    assert (entry.kind, entry.actor, entry.data["ok"]) == ("log_verified", "kt.mau", True)
    await t.world.sql("ALTER TABLE ledger_entry DISABLE TRIGGER ALL")
    await t.world.sql("UPDATE ledger_entry SET actor = 'ai_do' WHERE seq = 2")
    answer = await auditor.call("/log/verify")
    assert (answer.json()["ok"], answer.json()["report"]["broken"]["seq"]) == (False, 2)
    assert "NHẬT KÝ BỊ SỬA" in (await auditor.post("/log/verify")).text


async def test_what_differs_from_a_recorded_contract_is_shown_with_what_it_holds(t: Town) -> None:
    at = t.world.clock.now()
    lines = {"/linh-vuc/01": "Đất đai", "/linh-vuc/02": "Môi trường"}
    gone = Difference(
        part="fields", path="/linh-vuc/02", change=Change.GONE, was="Môi trường", concern=Concern(every=True)
    )
    async with t.world.db.unit() as unit:
        await contracts.record(unit.conn, NATIONAL, "fields", lines, at=at, actor="cb.mau", basis="15/QD-VP")
        await contracts.note(unit.conn, NATIONAL, gone, cases=3, at=at)
        await contracts.checked(unit.conn, contracts.Check(system=NATIONAL, at=at, outcome="drifted"))
    viewer = await t.enter("xem.mau", Role.VIEWER)
    page = (await viewer.get("/contracts")).text
    for text in ("có điểm khác", "fields › /linh-vuc/02", "Môi trường", "giữ 0 lệnh gửi", "15/QD-VP"):
        assert text in page, text
    rows = {one["system"]: one for one in (await viewer.client.get("/api/contracts")).json()["rows"]}
    assert (rows[NATIONAL]["parts"][0]["lines"], len(rows[NATIONAL]["drifts"])) == (2, 1)
    assert f"--seen {rows[NATIONAL]['review']}" in page
    assert rows[REGISTER]["check"] is None


async def test_what_is_over_its_period_and_what_was_removed_is_read_and_never_changed_here(t: Town) -> None:
    auditor, viewer = await t.enter("kt.mau", Role.AUDITOR), await t.enter("xem.mau", Role.VIEWER)
    async with t.world.db.unit() as unit:
        facts = {"name": "runs", "rows": 7, "plan": "a1b2c3", "basis_code": "16/QD-VP"}
        unit.record(EntryKind.PURGED, actor="cb.mau", **facts)
    while "Đang đếm" in (page := (await auditor.get("/retention")).text):  # noqa: ASYNC110  # a page tells it, no event
        await asyncio.sleep(0.05)
    for text in ("Nội dung lệnh gửi đã xong", "chưa quy định", "Nhật ký lượt chạy", "16/QD-VP"):
        assert text in page, text
    assert (await viewer.get("/retention")).status_code == 403
    assert "post" not in page.split("<main")[1]


async def test_the_settings_page_names_secrets_and_never_shows_one(t: Town) -> None:
    auditor = await t.enter("kt.mau", Role.AUDITOR)
    told = (await auditor.client.get("/api/settings")).json()["sections"]
    rows = {one["name"]: one for section in told.values() for one in section}
    assert rows["console.port"]["value"] == "8070"
    assert rows["privacy.master_keys"]["secret"]
    assert "worker_concurrency" in str(rows)


async def test_what_a_portal_or_a_person_wrote_is_text_on_a_page_and_nothing_else(t: Town) -> None:
    operator = await t.enter("vh.mau", Role.OPERATOR)
    evil = "<script>alert(1)</script>\"'><b>"
    await operator.get("/pauses")
    await operator.post("/pauses", scope=f"system:{NATIONAL}", reason=evil)
    for answer in (
        await operator.get("/pauses"),
        await operator.get("/cases", q=evil),
        await operator.get(f"/cases/{evil}"),
    ):
        assert "<script" not in answer.text
        assert "<b>" not in answer.text
