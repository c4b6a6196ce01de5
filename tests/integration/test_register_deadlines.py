"""Deadlines through the real service with a clock moved by hand (R01, R16-R18, R21-R24, R32; invariant 2).

The worked dates are those of rules.md §1 and §4.2. The swap of 23/11/2026 is not decided: both days are kept.
"""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest

from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service import RegisterConfig
from adapters.register.ticker import ticker
from connector.rules.due import Due
from connector.rules.duty import Duty
from tests.integration.register_kit import (
    COMMUNE,
    HEALTH,
    OFFICE,
    US,
    C,
    Desk,
    HandClock,
    again,
    local,
    opened,
    rules_folder,
    submission,
    told,
)

SWAP = "2026-11-25/2026-11-26"


@pytest.fixture
async def clock():
    return HandClock()


@pytest.fixture
async def register(clock):
    async with opened(clock) as register:
        yield register


# ---- R01: which pack ----


async def test_R01_a_portals_case_gets_no_local_deadline_and_shows_that_the_basis_is_missing(register):
    desk = await Desk.portal(register)
    view = await desk.view()
    governing = [item for item in view.clocks if item.governs]
    assert [(item.duty, item.due, item.pack, item.late) for item in governing] == [
        ("classify", None, None, False)
    ]
    assert view.rule_pack is None
    assert {item.pack for item in view.clocks if not item.governs} == {"CS766/1", "ND20/1"}


@pytest.mark.parametrize("channel", ["phone", "officer"])
async def test_R01_post_and_phone_follow_their_own_law(register, channel):
    desk = await Desk.local(register, channel=channel, officer="cb-mau-01")
    assert (await desk.view()).rule_pack is None


async def test_R01_an_official_adopts_the_pack_with_a_reason_and_its_terms_run_from_the_acts(register, clock):
    desk = await Desk.portal(register)
    assert await desk.refused(C.ADOPT_PACK, rule_pack="TH-2020/1") is Code.TEXT_MISSING
    assert await desk.refused(C.ADOPT_PACK, text="Thuộc địa bàn tỉnh") is Code.PACK_UNKNOWN
    for wrong in ("TH-2019/1", "TH-2020/9", "TH-2025/1", "CS766/1"):  # unknown, empty, or only watching
        assert await desk.refused(C.ADOPT_PACK, text="Thuộc tỉnh", rule_pack=wrong) is Code.PACK_UNKNOWN
    clock.set("2026-11-19")
    await desk.do(C.ADOPT_PACK, text="Thuộc địa bàn tỉnh", rule_pack="TH-2020/1")
    assert (await desk.view()).rule_pack == "TH-2020/1"
    classify = await desk.clock(Duty.CLASSIFY)
    assert classify.due == Due(on=date(2026, 11, 20))  # received Wed 18/11: 2 WD, not 2 WD from the adoption
    assert (
        await desk.refused(C.ADOPT_PACK, text="Thuộc địa bàn tỉnh", rule_pack="TH-2020/1") is Code.ALREADY_SO
    )


async def test_R01_a_pack_adopted_while_the_unit_works_sets_the_units_end(register, clock):
    desk = await (await Desk.portal(register)).handed_over()
    assert (await desk.view()).due_at is None
    clock.set("2026-11-19")
    await desk.do(C.ADOPT_PACK, text="Thuộc địa bàn tỉnh", rule_pack="TH-2020/1")
    handle = await desk.clock(Duty.HANDLE)
    assert (await desk.view()).due_at == handle.due.ends_at.isoformat()


async def test_R01_the_case_stays_on_the_version_it_was_pinned_to(register):
    desk = await Desk.local(register)
    received = (await desk.acts())[0]
    assert received.details["rule_pack"] == "TH-2020/1"
    assert received.details["calendar"] == "2026-11-23.1"


# ---- R16-R18: classification, and the sender's time ----


async def test_R16_without_a_group_the_case_is_overdue_after_two_working_days(register, clock):
    clock.set("2026-11-20 09:30")
    desk = await Desk.local(register)
    clock.at = local("2026-11-26") - timedelta(hours=8) - US
    assert not (await desk.view()).clocks[0].late
    clock.at += US
    assert (await desk.view()).clocks[0].late


async def test_R17_received_on_friday_20_november_is_due_on_wednesday_25(register, clock):
    clock.set("2026-11-20 09:30")
    desk = await Desk.local(register)
    (received,) = await desk.acts()
    assert received.details["due.classify"] == SWAP
    shown = (await desk.view()).clocks[0]
    assert (shown.due, shown.otherwise) == ("2026-11-25", "2026-11-26")
    assert await desk.refused(C.REFUSE, text=" \n ") is Code.TEXT_MISSING
    assert await desk.do(C.REFUSE, text="Không thuộc phạm vi tiếp nhận") == "KHONG_TIEP_NHAN"
    assert await desk.refused(C.HAND_OVER, unit="Phòng Nghiệp vụ") is Code.FINAL


async def waiting(register, clock) -> Desk:
    clock.set("2026-11-09")
    desk = await Desk.local(register)
    clock.set("2026-11-11 16:00")
    await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm")
    return desk


async def test_R18_a_supplement_in_the_last_second_of_the_last_day_counts(register, clock):
    desk = await waiting(register, clock)
    assert (await desk.view()).supplement_due_at == "2026-11-18T23:59:59.999999+07:00"
    clock.set("2026-11-18 23:59:59")
    assert await desk.do(C.SUPPLEMENT, text="Trước số nhà 1, phố Mẫu", officer=None) == "MOI"
    classify = await desk.clock(Duty.CLASSIFY)  # a new 2 WD from the supplement (Q2)
    assert classify.due.on == date(2026, 11, 20)


async def test_R18_at_midnight_the_case_is_closed_by_the_clock_and_the_sender_is_told(register, clock):
    desk = await waiting(register, clock)
    clock.at = local("2026-11-19 00:00") - US
    assert (await register.tick()).lapsed == 0
    clock.at += US
    assert await desk.refused(C.SUPPLEMENT, text="Trước số nhà 1", officer=None) is Code.SUPPLEMENT_LATE
    assert (await register.tick()).lapsed == 1
    assert await desk.state() == "HET_HAN_BO_SUNG"
    lapsed = (await desk.acts())[-1]
    assert (lapsed.kind, lapsed.officer, lapsed.details["reason_code"]) == ("lapsed", None, "HET_HAN_BO_SUNG")
    assert lapsed.text == "Quá thời hạn bổ sung thông tin"
    assert (await register.tick()).lapsed == 0
    assert await desk.refused(C.SUPPLEMENT, text="Trước số nhà 1", officer=None) is Code.FINAL


async def test_R18_the_request_states_what_is_missing_and_nobody_shortens_the_senders_time(register, clock):
    desk = await Desk.local(register)
    assert await desk.refused(C.ASK_SUPPLEMENT, text="  ") is Code.TEXT_MISSING
    clock.set("2026-11-09")
    short = local("2026-11-15")
    assert await desk.refused(C.ASK_SUPPLEMENT, text="Thiếu địa điểm", due_at=short) is Code.DUE_TOO_EARLY
    await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm", due_at=local("2026-11-30 17:00"))
    assert (await desk.view()).supplement_due_at == "2026-11-30T17:00:00+07:00"


async def test_R18_while_a_swap_is_open_the_sender_has_the_later_day(register, clock):
    clock.set("2026-11-18")
    desk = await Desk.local(register)
    await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm")
    assert (await desk.clock(Duty.SUPPLEMENT)).due == Due(on=date(2026, 11, 26), otherwise=date(2026, 11, 27))
    assert (await desk.view()).supplement_due_at == "2026-11-27T23:59:59.999999+07:00"


async def test_R18_no_person_lapses_a_case(register, clock):
    desk = await waiting(register, clock)
    clock.set("2026-12-01")
    assert await desk.refused(C.LAPSE) is Code.CLOCK_ONLY
    assert "lapse" not in (await desk.view()).allowed


async def test_T5_a_case_without_a_known_end_never_lapses(register, clock):
    desk = await Desk.portal(register)
    await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm")
    clock.set("2027-11-01")
    assert (await register.tick()).lapsed == 0
    assert await desk.state() == "CHO_BO_SUNG"


async def test_T5_a_portals_case_waits_a_grace_for_what_was_supplemented_there_in_time(register, clock):
    desk = await Desk.portal(register)
    await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm", due_at=local("2026-11-20 17:00"))
    clock.set("2026-11-21 16:00")
    assert (await register.tick()).lapsed == 0
    await register.append(uuid4(), desk.ref, [told(1, "supplemented", "2026-11-20 16:59", text="Phố Mẫu")])
    assert await desk.state() == "MOI"


async def test_T5_what_a_portal_took_too_late_is_kept_and_reopens_nothing(register, clock):
    desk = await Desk.portal(register)
    await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm", due_at=local("2026-11-20 17:00"))
    clock.set("2026-11-21")
    await register.append(uuid4(), desk.ref, [told(1, "supplemented", "2026-11-20 17:01", text="Phố Mẫu")])
    assert await desk.state() == "CHO_BO_SUNG"
    assert (await desk.acts())[-1].details["late"] == "1"
    clock.set("2026-11-21 17:01")
    assert (await register.tick()).lapsed == 1


async def test_T5_several_servers_lapse_each_case_once(register, clock):
    desks = [await waiting(register, clock) for _ in range(5)]
    clock.set("2026-11-19")
    others = [again(register), again(register)]
    done = await asyncio.gather(*(server.tick() for server in (register, *others)))
    assert sum(tick.lapsed for tick in done) == len(desks)
    for desk in desks:
        assert [act.kind for act in await desk.acts()].count("lapsed") == 1
    for server in others:
        await server.aclose()


@pytest.mark.parametrize("damage", [b"group_no = 4", b"sealed = sealed || sealed"])
async def test_T5_one_case_that_cannot_be_read_holds_up_no_other(register, clock, damage):
    broken, sound = await waiting(register, clock), await waiting(register, clock)
    async with register.database.connection() as conn:
        await conn.execute(b"UPDATE register.case_record SET %b WHERE id = %%s" % damage, [int(broken.ref)])
    clock.set("2026-11-19")
    ticked = await register.tick()
    assert (ticked.lapsed, ticked.failed > 0) == (1, True)
    assert await sound.state() == "HET_HAN_BO_SUNG"


# ---- R21-R24: handling, coordination, publication ----


@pytest.mark.parametrize(("handed_over", "due"), [("2026-11-04", "2026-11-18"), ("2027-02-03", "2027-02-24")])
async def test_R21_the_unit_has_ten_working_days_from_the_hand_over(register, clock, handed_over, due):
    clock.set(handed_over)
    desk = await (await Desk.local(register)).handed_over()
    assert (await desk.clock(Duty.HANDLE)).due == Due.parse(due)
    assert (await desk.view()).due_at == f"{due}T23:59:59.999999+07:00"


async def test_R21_the_strict_count_from_receipt_is_shown_beside(register, clock):
    clock.set("2026-11-02")
    desk = await Desk.local(register)
    clock.set("2026-11-04")
    await desk.handed_over()
    assert (await desk.clock(Duty.HANDLE)).strict == Due(on=date(2026, 11, 16))


async def test_R22_late_at_due_plus_one_second_and_a_notice_informs_but_extends_nothing(register, clock):
    clock.set("2026-11-04")
    desk = await (await Desk.local(register)).handed_over()
    clock.set("2026-11-18 23:59:59")
    assert await desk.refused(C.LATE_NOTICE, text="Chờ kết quả đo") is Code.NOT_LATE
    clock.at += timedelta(seconds=1)
    handle = await desk.clock(Duty.HANDLE)
    assert (handle.late(clock.at), handle.informed_at) == (True, None)
    await desk.do(C.LATE_NOTICE, text="Chờ kết quả đo")
    told_late = await desk.clock(Duty.HANDLE)
    assert (told_late.due, told_late.late(clock.at), told_late.open) == (handle.due, True, True)
    assert told_late.informed_at == clock.at
    clock.set("2026-11-20")
    await desk.do(C.RESULT, text="Đã xử lý")
    assert (await desk.clock(Duty.HANDLE)).late(clock.at), "still counted late when done"


async def test_R22_an_agencys_own_day_that_is_over_is_not_yet_late_by_law(register, clock):
    clock.set("2026-11-04")
    desk = await (await Desk.local(register)).handed_over(due_at=local("2026-11-10"))
    clock.set("2026-11-12")
    assert await desk.refused(C.LATE_NOTICE, text="Chờ kết quả đo") is Code.NOT_LATE


async def test_T16_a_result_that_is_sent_back_does_not_restart_the_time(register, clock):
    clock.set("2026-11-04")
    desk = await (await Desk.local(register)).handed_over()
    due = (await desk.clock(Duty.HANDLE)).due
    clock.set("2026-11-16")
    await desk.do(C.RESULT, text="Đã xử lý")
    clock.set("2026-11-17")
    await desk.do(C.SEND_BACK, text="Thiếu số liệu")
    handle = await desk.clock(Duty.HANDLE)
    assert (handle.due, handle.open) == (due, True)
    assert (await desk.view()).due_at == due.ends_at.isoformat()


async def test_R23_each_coordinator_has_five_working_days_and_moves_the_leads_day_never(register, clock):
    clock.set("2026-11-04")
    desk = await (await Desk.local(register)).handed_over()
    lead = (await desk.clock(Duty.HANDLE)).due
    clock.set("2026-11-09")
    await desk.do(C.COORDINATE, text="Đề nghị phối hợp", to_agencies=[COMMUNE, OFFICE])
    clock.set("2026-11-20")
    await desk.do(C.COORDINATION_ANSWER, text="Đã kiểm tra", agency=COMMUNE)
    children = {
        item.agency: item for item in (await desk.view()).clocks if item.duty == "coordinate" and item.governs
    }
    assert (children[OFFICE].due, children[OFFICE].late) == ("2026-11-16", True)
    assert COMMUNE not in children, "answered, though late"
    assert (await desk.clock(Duty.HANDLE)).due == lead
    assert (await desk.view()).due_at == lead.ends_at.isoformat()
    assert (
        await desk.refused(C.COORDINATION_ANSWER, text="Đã kiểm tra", agency=COMMUNE) is Code.NOT_COORDINATOR
    )


@pytest.mark.parametrize(
    ("result", "due"), [("2026-11-18", "2026-11-19"), ("2026-11-20", "2026-11-23/2026-11-25")]
)
async def test_R24_the_result_is_published_within_one_working_day(register, clock, result, due):
    clock.set("2026-11-09")
    desk = await (await Desk.local(register)).handed_over()
    clock.set(result)
    await desk.do(C.RESULT, text="Đã xử lý")
    assert (await desk.clock(Duty.PUBLISH)).due == Due.parse(due)


# ---- R32: an agency's own steps ----


async def test_R32_no_own_day_lies_after_the_legal_one(register, clock):
    clock.set("2026-11-04")
    desk = await Desk.local(register)
    late = local("2026-11-19 00:00")
    assert await desk.refused(C.HAND_OVER, unit="Phòng Nghiệp vụ", due_at=late) is Code.DUE_TOO_LATE
    await desk.handed_over(due_at=late - US)
    late = local("2026-11-12 00:00")
    assert (
        await desk.refused(C.COORDINATE, text="Đề nghị", to_agency=COMMUNE, due_at=late) is Code.DUE_TOO_LATE
    )


async def test_R32_an_agencys_inner_step_sets_the_units_day_inside_the_legal_term(clock, tmp_path):
    step = f'[[inner]]\nagency = "{HEALTH}"\nduty = "handle"\ndays = 7\nbasis = "Quy trình nội bộ mẫu"\n'
    clock.set("2026-11-04")
    async with opened(clock, book=rules_folder(tmp_path, inner=step)) as register:
        desk = await (await Desk.local(register)).handed_over()
        assert (await desk.view()).due_at == "2026-11-13T23:59:59.999999+07:00"
        handle = await desk.clock(Duty.HANDLE)
        assert (handle.due.on, handle.internal.on) == (date(2026, 11, 18), date(2026, 11, 13))


# ---- invariant 2: another calendar ----


async def test_a_new_calendar_moves_open_due_days_by_a_recorded_act_and_never_silently(
    register, clock, tmp_path
):
    clock.set("2026-11-20")
    desk, done = await Desk.local(register), await Desk.local(register)
    await done.do(C.REFUSE, text="Ngoài phạm vi")
    assert (await register.tick()).recomputed == 0
    before = await desk.acts()
    newer = again(register, book=rules_folder(tmp_path, swap=True))
    assert (await newer.tick()).recomputed == 1
    acts = await desk.acts()
    assert acts[: len(before)] == before, "what was computed stays as it was"
    moved = [dict(act.details) for act in acts[len(before) :] if act.details["pack"] == "TH-2020/1"]
    assert moved == [
        {
            "duty": "classify",
            "opened_by": before[0].id,
            "agency": HEALTH,
            "pack": "TH-2020/1",
            "old": SWAP,
            "new": "2026-11-26",
            "calendar": "2026-12-01.1",
        }
    ]
    assert (await newer.tick()).recomputed == 0
    assert [act.kind for act in await done.acts()].count("due_recomputed") == 0, "a final case is history"
    assert (await register.tick()).recomputed == 0, "a server with the older calendar turns nothing back"
    await newer.aclose()


async def test_a_new_calendar_moves_the_units_end_and_keeps_what_the_sender_was_told(
    register, clock, tmp_path
):
    clock.set("2026-11-18")
    asked, handed = await Desk.local(register), await (await Desk.local(register)).handed_over()
    await asked.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm")
    told_end = (await asked.view()).supplement_due_at
    newer = again(register, book=rules_folder(tmp_path, swap=True))
    await newer.tick()
    assert (await asked.view()).supplement_due_at == told_end == "2026-11-27T23:59:59.999999+07:00"
    due = (await handed.clock(Duty.HANDLE)).due
    assert (await handed.view()).due_at == due.ends_at.isoformat()
    await newer.aclose()


async def test_R21_a_year_without_a_calendar_loses_no_case_and_the_day_comes_with_the_calendar(
    clock, tmp_path
):
    clock.set("2026-12-30")
    async with opened(clock, book=rules_folder(tmp_path, without=2027)) as register:
        desk = await (await Desk.local(register)).handed_over()
        assert (await desk.view()).due_at is None
        assert (await desk.acts())[-1].details["calendar_lacks"] == "2027"
        await register.tick()
        newer = again(register, book=rules_folder(tmp_path / "newer", swap=True))
        assert (await newer.tick()).recomputed == 1
        assert (await desk.view()).due_at == "2027-01-14T23:59:59.999999+07:00"
        await newer.aclose()


async def test_the_grace_is_a_setting(clock):
    async with opened(clock, config=RegisterConfig(portal_grace=timedelta(0))) as register:
        desk = await Desk.portal(register)
        await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm", due_at=local("2026-11-20 17:00"))
        clock.set("2026-11-20 17:01")
        assert (await register.tick()).lapsed == 1


async def test_the_register_refuses_an_intake_with_nothing_but_its_own_reasons(register):
    """A refused message leaves no case behind: neither an act nor a number is used up."""
    with pytest.raises(RegisterRefused):
        await register.take_in(submission(sender={"name": "Nguyễn Văn Mẫu"}))
    assert await register.cases() == []


async def test_T5_a_served_register_lapses_by_itself(register, clock):
    """Nobody calls the tick: the server's own clock does, at once and then again and again."""
    desk = await waiting(register, clock)
    ticking = ticker(register, 0.05)
    ticking.start()
    try:
        await asyncio.sleep(0.2)
        assert await desk.state() == "CHO_BO_SUNG"
        clock.set("2026-11-19")
        for _ in range(400):
            await asyncio.sleep(0.05)
            if await desk.state() == "HET_HAN_BO_SUNG":
                break
        assert await desk.state() == "HET_HAN_BO_SUNG"
    finally:
        ticking.shutdown(wait=False)
