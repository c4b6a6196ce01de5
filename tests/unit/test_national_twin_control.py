"""The control interface (docs/twins.md)."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.unit.national_twin_kit import OTHER, OURS, PASSWORD, Kit, kit

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIST = "DanhSachPAKNChoXuLy"
FILE = {
    "name": "anh.jpg",
    "media_type": "image/jpeg",
    "content_base64": base64.b64encode(b"\xff\xd8\xff.").decode(),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Kit]:
    async with kit() as found:
        yield found


@pytest.fixture
def portal(served: Kit) -> Kit:
    served.reset()
    return served


async def test_a_created_case_is_assigned_at_once_and_told_whole(portal: Kit) -> None:
    case_id = await portal.create(
        files=[FILE], own_code="000.00.00.H56-261116-00001", place={"text": "Ngã tư Mẫu", "latitude": 19.8}
    )
    dump = await portal.dump(case_id)
    history = dump.pop("history")
    assert dump == {
        "id": str(case_id),
        "own_code": "000.00.00.H56-261116-00001",
        "public_code": "PAKN-MAU-000001",
        "status": "ASSIGNED",
        "holder_status": "ASSIGNED",
        "agency": OURS,
        "kind": "1",
        "field": "G15-MAU01",
        "source": "1",
        "submitter_type": "1",
        "title": "Chậm trả kết quả hồ sơ hộ tịch",
        "content": "Tôi nộp hồ sơ tại xã Mẫu từ ngày 02/11/2026, quá hẹn ba ngày vẫn chưa nhận được kết quả.",
        "private": False,
        "publishable": False,
        "anonymous": True,
        "public": False,
        "rework": 0,
        "sender": {
            "name": "Nguyễn Văn Mẫu",
            "organisation": None,
            "phone": "0900000000",
            "address": "Thôn Mẫu, xã Mẫu, tỉnh Thanh Hóa",
            "email": "nguyenvanmau@example.com",
        },
        "submitted_at": "2026-11-15T20:30:00+07:00",
        "changed_at": "2026-11-16T09:15:00+07:00",
        "due_at": "2026-12-08T23:59:59+07:00",
        "answer": None,
        "files": [
            {
                "id": "T-1-1",
                "name": "anh.jpg",
                "role": "question",
                "sha256": hashlib.sha256(b"\xff\xd8\xff.").hexdigest(),
            }
        ],
    }
    assert [(act["action"], act["status"]) for act in history] == [("GUI", "NEW"), ("CHUYEN", "ASSIGNED")]
    assert set(history[0]) == {"id", "at", "action", "status", "agency", "officer", "text", "transaction"}


async def test_unknown_codes_may_be_injected(portal: Kit) -> None:
    case_id = await portal.create(kind="9", source="77", submitter_type="8", field="LA", agency=OURS)
    item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    assert (item["LOAIPAKN"], item["NGUON"], item["DOITUONG"], item["MALINHVUC"]) == ("9", "77", "8", "LA")


async def test_the_portal_sets_a_due_date_unless_told_otherwise(portal: Kit) -> None:
    body = {"title": "T", "content": "N", "kind": "1", "agency": OURS}
    set_by_itself = await portal.control("POST", "cases", body)
    assert (await portal.dump(int(set_by_itself.json()["id"])))["due_at"] == "2026-12-08T23:59:59+07:00"
    none = await portal.control("POST", "cases", body | {"due_at": None})
    item = (await portal.call("LayChiTietPAKN", PAKNID=int(none.json()["id"])))["result"][0]
    assert not {"HANXULY", "CANCUHAN"} & set(item)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"content": None},
        {"agency": ""},
        {"kind": 1},
        {"sender": "Mẫu"},
        {"due_at": "mai"},
        {"due_at": "2026-11-16T00:00:00"},
        {"files": [{"name": "a.pdf"}]},
        {"files": [{"name": "a.pdf", "content_base64": "!"}]},
        {"id": "x"},
    ],
)
async def test_a_bad_creation_is_400_with_a_reason(portal: Kit, wrong: dict[str, Any]) -> None:
    body = {"title": "T", "content": "N", "kind": "1", "agency": OURS} | wrong
    reply = await portal.control("POST", "cases", body)
    assert reply.status_code == 400
    assert reply.json()["error"]


# ---- events --------------------------------------------------------------------------------------------------

BODIES: dict[str, dict[str, Any]] = {
    "supplement": {"text": "Mã hồ sơ: MAU-1."},
    "publish": {},
    "unpublish": {},
    "rework": {"reason": "Chưa rõ."},
    "recall": {"reason": "Gửi nhầm."},
    "rate": {"like": True, "comment": "Tốt."},
    "remind": {"text": "Đề nghị đẩy nhanh."},
    "change_due": {"due_at": "2026-12-31T23:59:59+07:00"},
    "transfer": {"agency": "000.00.00.G09", "reason": "Đúng thẩm quyền bộ."},
    "close": {},
}
OPEN = {
    "ASSIGNED",
    "ACCEPTED",
    "UNIT_ASSIGNED",
    "IN_PROGRESS",
    "SUPPLEMENT_REQUESTED",
    "SUPPLEMENTED",
    "ANSWERED",
    "REWORK",
}
WITH_ANSWER = {"ANSWERED", "PUBLISHED", "REWORK", "CLOSED"}
ALL = OPEN | WITH_ANSWER | {"REFUSED", "RETURNED_VPCP", "TRANSFERRED", "RECALLED"}


@pytest.mark.parametrize(
    ("event", "allowed", "action"),
    [
        ("supplement", {"SUPPLEMENT_REQUESTED"}, "DA_BO_SUNG"),
        ("publish", {"ANSWERED"}, "CONG_KHAI"),
        ("unpublish", {"PUBLISHED"}, "GO_CONG_KHAI"),
        ("rework", {"ANSWERED", "PUBLISHED"}, "LAM_LAI"),
        ("recall", OPEN | {"TRANSFERRED"}, "THU_HOI"),
        ("rate", WITH_ANSWER, "DANH_GIA"),
        ("remind", OPEN | {"TRANSFERRED"}, "NHAC_VIEC"),
        ("change_due", OPEN | {"TRANSFERRED"}, "DOI_HAN"),
        ("transfer", {"ASSIGNED", "ACCEPTED", "SUPPLEMENTED", "RETURNED_VPCP", "TRANSFERRED"}, "CHUYEN"),
        ("close", {"PUBLISHED"}, "DONG"),
    ],
)
async def test_an_event_happens_where_the_moves_allow_it(
    portal: Kit, event: str, allowed: set[str], action: str
) -> None:
    """A case that we passed on lives on with its receiver, where it is open."""
    found = set()
    for status in ALL:
        case_id = await portal.reach(status)
        before = await portal.dump(case_id)
        reply = await portal.event(case_id, event, **BODIES[event])
        after = await portal.dump(case_id)
        if reply.status_code == 200:
            found.add(status)
            assert reply.json() == {"id": str(case_id), "status": after["status"]}
            assert after["history"][-1]["action"] == action
            assert after["history"][-1]["agency"] == "000.00.00.G22"
        else:
            assert (reply.status_code, after) == (409, before)
            assert reply.json()["error"]
    assert found == allowed


async def test_an_event_shows_on_the_wire(portal: Kit) -> None:
    case_id = await portal.reach("SUPPLEMENT_REQUESTED")
    await portal.happen(case_id, "supplement", text="Gửi thêm ảnh.", files=[FILE])
    item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    act = item["LICHSU"][-1]
    assert (act["HANHDONG"], act["NOIDUNG"], act["TEPID"]) == ("DA_BO_SUNG", "Gửi thêm ảnh.", ["T-1-1"])
    assert item["TEPDINHKEM"][0]["VAITRO"] == "3"


async def test_rework_is_counted_and_rating_is_kept(portal: Kit) -> None:
    case_id = await portal.reach("ANSWERED")
    await portal.happen(case_id, "rework", reason="Chưa rõ.")
    await portal.happen(case_id, "rate", like=False, comment="Chưa hài lòng.")
    item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    assert (item["LANLAMLAI"], item["DANHGIA"], item["YKIENDANHGIA"]) == (1, "0", "Chưa hài lòng.")
    assert item["TRANGTHAI"] == "10"


async def test_a_changed_due_date_shows(portal: Kit) -> None:
    case_id = await portal.reach("ACCEPTED")
    await portal.happen(case_id, "change_due", due_at="2026-12-31T16:59:59+00:00")
    item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    assert item["HANXULY"] == "20261231235959"


async def test_what_a_sender_corrects_shows_and_privacy_has_no_way_back(portal: Kit) -> None:
    case_id = await portal.reach("ACCEPTED")
    before = await portal.dump(case_id)
    await portal.happen(case_id, "correct", content="Đường đã hỏng thêm.", private=True)
    await portal.happen(case_id, "correct", private=False)
    item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    assert (item["NOIDUNG"], item["BIMAT"]) == ("Đường đã hỏng thêm.", "1")
    after = await portal.dump(case_id)
    assert (after["history"], after["title"]) == (before["history"], before["title"])


async def test_a_case_that_ended_is_not_corrected(portal: Kit) -> None:
    case_id = await portal.reach("REFUSED")
    assert (await portal.event(case_id, "correct", content="Khác.")).status_code == 409


async def test_a_private_answer_is_published_only_by_force(portal: Kit) -> None:
    case_id = await portal.reach("ACCEPTED")
    await portal.answer(case_id, CONGKHAI="0")
    assert (await portal.event(case_id, "publish")).status_code == 409
    assert await portal.happen(case_id, "publish", force=True) == "PUBLISHED"


async def test_what_was_taken_off_may_be_published_again(portal: Kit) -> None:
    """The table of moves has no way back from 9: taking off leaves the status, and may not be done twice."""
    case_id = await portal.reach("PUBLISHED")
    assert await portal.happen(case_id, "unpublish") == "PUBLISHED"
    assert (await portal.event(case_id, "unpublish")).status_code == 409
    assert await portal.happen(case_id, "publish") == "PUBLISHED"


async def test_the_dump_tells_what_our_agency_sees(portal: Kit) -> None:
    case_id = await portal.reach("TRANSFERRED")
    dump = await portal.dump(case_id)
    assert (dump["status"], dump["holder_status"], dump["agency"]) == ("TRANSFERRED", "ASSIGNED", OTHER)


async def test_the_answer_is_dumped_with_its_files(portal: Kit) -> None:
    case_id = await portal.reach("ANSWERED")
    assert (await portal.dump(case_id))["answer"] == {
        "version": 1,
        "text": "Trả lời lần 1.",
        "publishable": True,
        "signer": "Trần Thị Ví Dụ",
        "files": [],
    }


async def test_unknown_cases_and_events_are_404(portal: Kit) -> None:
    case_id = await portal.create()
    assert (await portal.control("GET", "cases/5")).status_code == 404
    assert (await portal.control("GET", "cases/abc")).status_code == 404
    assert (await portal.event(5, "publish")).status_code == 404
    assert (await portal.event(case_id, "explode")).status_code == 404


async def test_cases_are_listed_and_narrowed(portal: Kit) -> None:
    await portal.create()
    accepted = await portal.reach("ACCEPTED")
    assert len((await portal.control("GET", "cases")).json()) == 2
    narrowed = (await portal.control("GET", "cases?status=ACCEPTED")).json()
    assert [item["id"] for item in narrowed] == [str(accepted)]
    assert (await portal.control("GET", f"cases?agency={OTHER}")).json() == []


# ---- journal, profile, clock, reset, health ------------------------------------------------------------------


async def test_the_journal_holds_ids_and_outcomes_and_no_content(portal: Kit) -> None:
    case_id = await portal.create()
    tx = "5d0f7c1e-0000-4000-8000-000000000001"
    await portal.refuse(case_id, MaGiaoDich=tx, LyDo="Lý do của Nguyễn Văn Mẫu")
    await portal.progress(case_id, "ev-9")
    entries = (await portal.control("GET", "journal")).json()
    assert [entry["service"] for entry in entries] == ["login", "TuChoiPAKN", "CapNhatTienDoPAKN"]
    expected = {"status": 200, "outcome": "ok", "error_code": 0, "case": str(case_id), "key": tx}
    assert (expected | {"effect": True}).items() <= entries[1].items()
    assert entries[2]["items"] == [{"case": str(case_id), "event": "ev-9"}]
    assert (entries[2]["outcome"], entries[2]["effect"]) == ("partly", False)
    text = json.dumps(entries, ensure_ascii=False)
    for secret in ("Nguyễn", "Lý do", PASSWORD, "phien-"):
        assert secret not in text
    assert len((await portal.control("GET", "journal?since=2")).json()) == 1


async def test_profile_put_replaces_and_patch_changes(portal: Kit) -> None:
    await portal.control("PUT", "profile", {"empty_list": True})
    patched = (await portal.control("PATCH", "profile", {"nested_string": True})).json()
    assert (patched["empty_list"], patched["nested_string"]) == (True, True)
    replaced = (await portal.control("PUT", "profile", {})).json()
    assert (replaced["empty_list"], replaced["nested_string"]) == (False, False)
    assert (await portal.control("GET", "profile")).json() == replaced


@pytest.mark.parametrize("body", [{"khong_co": 1}, {"http_503": "x"}, [1]])
async def test_a_bad_profile_changes_nothing(portal: Kit, body: Any) -> None:
    await portal.control("PUT", "profile", {"empty_list": True})
    reply = await portal.control("PUT", "profile", body)
    assert reply.status_code == 400
    assert (await portal.control("GET", "profile")).json()["empty_list"] is True


async def test_the_clock_jumps_runs_and_stands(portal: Kit) -> None:
    told = await portal.control("PUT", "clock", {"now": "2027-02-05T08:00:00+07:00", "frozen": True})
    assert told.json() == {"now": "2027-02-05T08:00:00+07:00"}
    await portal.control("PUT", "clock", {"advance_s": 3600})
    assert (await portal.control("GET", "clock")).json() == {"now": "2027-02-05T09:00:00+07:00"}
    assert (await portal.control("PUT", "clock", {"now": "hôm nay"})).status_code == 400
    assert (await portal.control("PUT", "clock", {"advance_s": "1"})).status_code == 400


async def test_reset_forgets_everything(portal: Kit) -> None:
    await portal.create()
    await portal.control("PUT", "profile", {"empty_list": True})
    await portal.login()
    assert (await portal.control("POST", "reset")).json() == {"cases": 0}
    assert (await portal.control("GET", "cases")).json() == []
    assert (await portal.control("GET", "journal")).json() == []
    assert (await portal.control("GET", "profile")).json()["empty_list"] is False
    assert (await portal.call(LIST))["message"].startswith("Phiên làm việc"), "sessions are gone too"
    assert await portal.create() == 900000001, "ids start again"


async def test_sessions_can_be_killed(portal: Kit) -> None:
    await portal.login()
    await portal.control("DELETE", "sessions")
    assert (await portal.call(LIST))["error_code"] == "-1"


async def test_health_tells_who_it_is(portal: Kit) -> None:
    await portal.create()
    health = (await portal.control("GET", "health")).json()
    assert health == {
        "ok": True,
        "portal": "national",
        "agency": OURS,
        "seed": 1,
        "now": "2026-11-16T09:15:00+07:00",
        "cases": 1,
        "sessions": 0,
    }
