"""Decisions and who makes them: classification, denunciations, privacy, answers (R04, R08-R13, R16, R26; NĐ 20/2008)."""

from uuid import uuid4

import pytest

from adapters.register.models import CaseFields, Supplement
from adapters.register.refusals import Code, RegisterRefused
from connector.app import shipped
from connector.case import REGISTER, ActKind
from connector.mapping import MappingSet
from connector.mapping.policy import Policy
from connector.system import Record
from tests.integration.register_kit import COMMUNE, C, Desk, HandClock, opened, portal_case, submission, told

DENOUNCED = "Tôi tố cáo ông A nhận tiền ngoài quy định"


@pytest.fixture
async def clock():
    return HandClock()


@pytest.fixture
async def register(clock):
    async with opened(clock) as register:
        yield register


async def refusal(awaitable) -> Code:
    with pytest.raises(RegisterRefused) as caught:
        await awaitable
    return caught.value.code


async def stays(desk: Desk) -> str | None:
    """Why the case, accepted or not, is not sent up to a portal, as the connector reads it."""
    case = await desk.case()
    reading = MappingSet.load(shipped("mappings")).for_system(REGISTER)
    seen = reading.read(Record(system=REGISTER, ref=case["id"], data=case, raw=b"", version=case["version"]))
    return Policy.load(shipped("mappings") / "policy.toml").route(seen).reason


# ---- R04 ----


async def test_R04_words_of_a_denunciation_hold_the_case_until_a_person_has_decided(register):
    desk = await Desk.local(register, content=DENOUNCED, nature="hanh_vi_cong_vu")
    case, view = await desk.case(), await desk.view()
    assert (case["state"], case["restricted"], view.suspected) == ("MOI", True, True)
    assert (view.proposal.group, view.proposal.reasons[0].code) == (None, "denunciation_words")
    assert await stays(desk) == "stay.restricted"
    assert await desk.refused(C.HAND_OVER, unit="Phòng Nghiệp vụ") is Code.SUSPICION_OPEN
    assert "hand_over" not in view.allowed


async def test_R04_a_person_finds_that_it_is_none_and_the_case_goes_its_way(register):
    desk = await Desk.local(register, content=DENOUNCED, nature="hanh_vi_cong_vu")
    for officer, code in ((None, Code.OFFICER_MISSING), ("connector", Code.SERVICE_ACCOUNT)):
        assert await desk.refused(C.RELEASE_HOLD, text="Không phải tố cáo", officer=officer) is code
    assert await desk.refused(C.RELEASE_HOLD, text=" ") is Code.TEXT_MISSING
    await desk.do(C.RELEASE_HOLD, text="Phản ánh hành vi, không phải đơn tố cáo")
    assert (await desk.case())["restricted"] is False
    await desk.handed_over()
    assert await stays(desk) == "go.national_portal"


async def test_R04_a_person_confirms_and_the_case_is_refused_and_stays_held(register):
    desk = await Desk.local(register, content=DENOUNCED)
    assert (
        await desk.do(C.REFUSE, text="Đề nghị gửi đơn đến nơi tiếp công dân", reason_code="KHIEU_NAI_TO_CAO")
        == "KHONG_TIEP_NHAN"
    )
    assert (await desk.case())["restricted"] is True
    assert await stays(desk) == "stay.restricted"


async def test_R04_a_denunciation_by_its_own_name_is_never_handed_to_a_unit(register):
    desk = await Desk.local(register, nature="to_cao", content="Đề nghị xem xét cán bộ xã")
    assert (await desk.case())["restricted"] is True
    await desk.do(C.RELEASE_HOLD, text="Đã xem")
    assert await desk.refused(C.HAND_OVER, unit="Phòng Nghiệp vụ") is Code.OUT_OF_SCOPE


async def test_R04_words_that_come_later_hold_the_case_too(register):
    added = await Desk.local(register)
    await added.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm")
    await register.supplement(added.ref, Supplement(channel="zalo", text=DENOUNCED))
    changed = await Desk.portal(register)
    await register.update(uuid4(), changed.ref, CaseFields(content=DENOUNCED))
    for desk in (added, changed):
        assert (await desk.view()).suspected
        assert (await desk.case())["restricted"] is True
        await desk.do(C.RELEASE_HOLD, text="Không phải tố cáo")
        assert (await desk.case())["restricted"] is False


async def test_R04_a_supplement_on_a_portal_and_a_case_born_there_are_looked_at_as_well(register):
    born = await Desk.portal(register, content=DENOUNCED)
    assert (await born.view()).suspected
    added = await Desk.portal(register, ref="900000002")
    await added.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm")
    await register.append(uuid4(), added.ref, [told(1, "supplemented", "2026-11-18 09:00", text=DENOUNCED)])
    assert (await added.view()).suspected


async def test_R04_a_case_that_its_portal_calls_a_denunciation_later_is_held_at_once(register):
    desk = await Desk.portal(register)
    await register.update(uuid4(), desk.ref, CaseFields(nature="to_cao"))
    assert (await desk.case())["restricted"] is True
    assert await desk.refused(C.HAND_OVER, unit="Phòng Nghiệp vụ") is Code.OUT_OF_SCOPE


# ---- R08-R13 ----


async def test_R08_the_same_zalo_message_three_times_is_one_case(register):
    message = submission(external_id="zalo-mau-1")
    receipts = [await register.take_in(message) for _ in range(3)]
    assert len({receipt.id for receipt in receipts}) == 1
    assert [receipt.duplicate for receipt in receipts] == [False, True, True]


@pytest.mark.parametrize(
    ("officer", "code"),
    [
        (None, Code.DECISION_WITHOUT_OFFICER),
        ("connector", Code.SERVICE_ACCOUNT),
        ("svc-sync", Code.SERVICE_ACCOUNT),
    ],
)
async def test_R09_a_sync_event_that_refuses_without_an_official_is_refused_whole(register, officer, code):
    desk = await Desk.portal(register)
    before = await desk.case()
    event = told(1, "refused", "2026-11-18 09:00", agency=COMMUNE, officer=officer, text="Nhóm 1")
    assert await refusal(register.append(uuid4(), desk.ref, [event])) is code
    assert await refusal(register.create(uuid4(), portal_case("900000009", acts=[event]))) is code
    assert await desk.case() == before
    assert len(await register.cases()) == 1


async def test_R10_a_text_without_marks_passes_and_english_is_only_proposed_for_refusal(register):
    plain = await Desk.local(register, content="Rac thai do ra duong")
    assert (await plain.view()).proposal.group == 4
    english = await Desk.local(register, content="The road in front of my house is broken, please repair it")
    assert (await english.view()).proposal.group == 1
    assert await english.state() == "MOI", "a human decides"
    await english.handed_over()


async def test_R11_without_a_phone_an_adopted_case_is_no_group_4_but_curable(register):
    desk = await Desk.portal(register)
    assert (await desk.view()).proposal.group == 4, "a portal's sender logged in there"
    await desk.do(C.ADOPT_PACK, text="Thuộc địa bàn tỉnh", rule_pack="TH-2020/1")
    proposal = (await desk.view()).proposal
    assert (proposal.group, [reason.code for reason in proposal.reasons]) == (2, ["phone_missing"])
    assert await desk.refused(C.HAND_OVER, unit="Phòng Nghiệp vụ") is Code.SENDER_INCOMPLETE
    assert await desk.do(C.ASK_SUPPLEMENT, text="Thiếu số điện thoại") == "CHO_BO_SUNG"


async def test_R11_a_case_about_a_regulation_without_an_address_is_curable(register):
    desk = await Desk.local(register, nature="quy_dinh_hanh_chinh", field="thu_tuc_hanh_chinh")
    proposal = (await desk.view()).proposal
    assert (proposal.group, [reason.code for reason in proposal.reasons]) == (2, ["address_missing"])
    await desk.handed_over()  # no hard stop


async def test_R12_privacy_can_be_asked_for_at_any_time_even_after_publication(register):
    desk = await published(register)
    await desk.do(C.MAKE_PRIVATE, officer=None)
    case = await desk.case()
    assert (case["state"], case["private"]) == ("DA_CONG_KHAI", True)
    acts = [act.kind for act in await desk.acts()]
    assert acts[-2:] == [ActKind.ANSWERED, ActKind.MADE_PRIVATE], "the audit keeps both"


async def test_R12_nothing_in_the_register_unsets_privacy(register):
    """The sender's own act could; none is offered, because no channel can prove that the sender means it."""
    desk = await Desk.portal(register, private=True)
    await register.update(uuid4(), desk.ref, CaseFields(private=False))
    for number, kind in enumerate(kind for kind in ActKind if kind is not ActKind.RECEIVED):
        event = told(number, kind, "2026-11-18 09:00", officer="cb-cong-01", details={"private": "0"})
        try:
            await register.append(uuid4(), desk.ref, [event])
        except RegisterRefused:
            continue
    assert (await desk.case())["private"] is True
    assert not {name for name in C if "public" in name.value or "open" in name.value} - {C.PUBLISH_ANSWER}


async def published(register, **facts) -> Desk:
    desk = await (await Desk.local(register, **facts)).handed_over()
    await desk.do(C.RESULT, text="Đã thu gom rác")
    await desk.do(C.PUBLISH_ANSWER, redaction_done=True)
    return desk


async def test_R13_a_published_answer_is_corrected_by_a_second_version_with_its_reason(register):
    desk = await published(register)
    assert await desk.refused(C.CORRECT_ANSWER, text="Đã thu gom 3 tấn") is Code.TEXT_MISSING
    await desk.do(C.CORRECT_ANSWER, text="Đã thu gom 3 tấn", reason_code="SAI_SO_LIEU", redaction_done=True)
    first, second = [act for act in await desk.acts() if act.kind is ActKind.ANSWERED]
    assert (first.text, first.details["version"]) == ("Đã thu gom rác", "1")
    assert (second.text, second.details["version"], second.details["reason"]) == (
        "Đã thu gom 3 tấn",
        "2",
        "SAI_SO_LIEU",
    )


# ---- R16 ----


async def test_R16_a_group_is_given_once_by_a_person_and_only_a_new_custody_or_supplement_asks_anew(register):
    desk = await Desk.local(register)
    assert (await desk.case())["group"] is None
    assert await desk.refused(C.HAND_OVER, unit="Phòng Nghiệp vụ", officer=None) is Code.OFFICER_MISSING
    await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm")
    assert (await desk.case())["group"] == 2
    for name, facts in [
        (C.REFUSE, {"text": "x"}),
        (C.HAND_OVER, {"unit": "P"}),
        (C.REASSIGN, {"to_agency": COMMUNE}),
    ]:
        assert await desk.refused(name, **facts) is Code.WRONG_STATE
    await desk.do(C.SUPPLEMENT, text="Phố Mẫu", officer=None)
    assert (await desk.case())["group"] is None
    await desk.do(C.REASSIGN, to_agency=COMMUNE)
    assert (await desk.case())["group"] is None
    await desk.handed_over()
    assert (await desk.case())["group"] == 4
    assert await desk.refused(C.REFUSE, text="Nhầm nhóm") is Code.WRONG_STATE
    groups = [act.details["group"] for act in await desk.acts() if "group" in act.details]
    assert groups == ["2", "3", "4"], "each decision is kept"


# ---- R26, and the decree above ----


@pytest.mark.parametrize("facts", [{"private": True}, {"content": DENOUNCED, "nature": "hanh_vi_cong_vu"}])
async def test_R26_a_secret_case_is_answered_privately_and_never_published(register, facts):
    desk = await Desk.local(register, **facts)
    if (await desk.view()).suspected:
        await desk.do(C.RELEASE_HOLD, text="Không phải tố cáo")
        await desk.do(C.RESTRICT, hold=True, reason_code="R04")
    await desk.handed_over()
    await desk.do(C.RESULT, text="Đã xử lý")
    assert await desk.refused(C.PUBLISH_ANSWER, redaction_done=True) is Code.IS_PRIVATE
    assert await desk.do(C.ANSWER_PRIVATELY) == "DA_TRA_LOI_RIENG"
    answered = [act for act in await desk.acts() if act.kind is ActKind.ANSWERED]
    assert [act.details["publishable"] for act in answered] == ["0"]


async def test_R26_an_open_case_is_answered_in_public_only_after_the_redaction_was_confirmed(register):
    desk = await (await Desk.local(register)).handed_over()
    await desk.do(C.RESULT, text="Đã xử lý")
    assert await desk.refused(C.ANSWER_PRIVATELY) is Code.NOT_PRIVATE
    assert await desk.refused(C.PUBLISH_ANSWER) is Code.REDACTION_MISSING


REGULATION = {"nature": "quy_dinh_hanh_chinh", "field": "thu_tuc_hanh_chinh"}


async def test_ND20_to_keep_collecting_is_a_sub_status_of_handling_and_no_rejection(register):
    desk = await (await Desk.local(register, **REGULATION)).handed_over()
    due = (await desk.view()).due_at
    assert await desk.do(C.KEEP_COLLECTING, text="Chưa đủ cơ sở, tiếp tục tập hợp") == "DANG_XU_LY"
    view = await desk.view()
    assert (view.sub_status, view.due_at) == ("tiep_tuc_tap_hop", due)
    await desk.do(C.RESULT, text="Đã xem xét", outcome="kien_nghi")
    assert (await desk.view()).sub_status is None
    other = await (await Desk.local(register)).handed_over()
    assert await other.refused(C.KEEP_COLLECTING, text="Chưa đủ cơ sở") is Code.NOT_A_REGULATION


async def test_ND20_what_becomes_of_a_regulation_is_a_code_on_result_and_answer(register):
    desk = await (await Desk.local(register, **REGULATION)).handed_over()
    await desk.do(C.RESULT, text="Kiến nghị sửa đổi", outcome="kien_nghi")
    await desk.do(C.PUBLISH_ANSWER, redaction_done=True, outcome="sua_doi_bai_bo")
    outcomes = [act.details["outcome"] for act in await desk.acts() if "outcome" in act.details]
    assert outcomes == ["kien_nghi", "sua_doi_bai_bo"]
    other = await (await Desk.local(register)).handed_over()
    assert await other.refused(C.RESULT, text="Xong", outcome="kien_nghi") is Code.NOT_A_REGULATION


async def test_R09_no_system_gives_an_act_the_marks_that_are_the_registers_own(register):
    desk = await Desk.portal(register)
    await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm")
    marks = {
        "late": "1",
        "suspected": "denunciation",
        "due.classify": "2030-01-01",
        "calendar": "x",
        "like": "1",
    }
    await register.append(
        uuid4(), desk.ref, [told(1, "supplemented", "2026-11-18 09:00", text="x", details=marks)]
    )
    assert await desk.state() == "MOI"
    kept = (await desk.acts())[-1].details
    assert kept["like"] == "1"
    assert not {"late", "suspected", "due.classify"} & set(kept)
