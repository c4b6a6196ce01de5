"""Who holds a case: one custodian, agencies and roles by date, no ping-pong (R02, R03, R05, R06, R19, R20, R23)."""

import asyncio
from datetime import date

import pytest

from adapters.register.catalogue_file import read_agencies
from adapters.register.models import AgencyIn, HolderIn, Order
from adapters.register.refusals import Code, RegisterRefused
from tests.integration.register_kit import (
    COMMUNE,
    DISTRICT,
    HEALTH,
    OFFICE,
    PROVINCE,
    C,
    Desk,
    HandClock,
    local,
    opened,
    submission,
)

CENTRE = "000.00.02.H56"
ROLE_CSV = """\
canonical,qcvn,qd20,name_vi,level,valid_from,valid_to,successor,role,note
000.00.00.H56,000.00.00.H56,H56,UBND tỉnh (mẫu),province,,,,,hư cấu
000.00.01.H56,000.00.01.H56,H56.1,Văn phòng UBND tỉnh (mẫu),department,,,,dau_moi_tinh,hư cấu
000.00.02.H56,000.00.02.H56,H56.2,Trung tâm mẫu,department,2025-07-01,,,dau_moi_tinh,hư cấu
"""


@pytest.fixture
async def clock():
    return HandClock()


@pytest.fixture
async def register(clock):
    async with opened(clock) as register:
        yield register


async def add_field(register, code: str, *, first: str, last: str | None = None) -> None:
    """By the Chairman's direction (Đ5.2)."""
    async with register.database.connection() as conn:
        await conn.execute(
            b"""INSERT INTO register.field (code, name, valid_from, valid_to, basis)
                VALUES (%s, 'mau', %s, %s, 'mau')
                ON CONFLICT (code) DO UPDATE SET valid_from = excluded.valid_from""",
            [code, first, last],
        )
    register.scope.forget_directory()


async def test_R02_a_field_that_is_not_one_of_the_four_cannot_be_handled(register):
    desk = await Desk.local(register, field="giao_duc")
    proposal = (await desk.view()).proposal
    assert (proposal.group, [reason.code for reason in proposal.reasons]) == (1, ["field_not_taken"])
    assert await desk.refused(C.HAND_OVER, unit="Phòng Nghiệp vụ") is Code.FIELD_OUT_OF_SCOPE
    assert await desk.do(C.REFUSE, text="Lĩnh vực không thuộc phạm vi") == "KHONG_TIEP_NHAN"


async def test_R03_a_field_counts_by_the_day_of_receipt(register, clock):
    await add_field(register, "giao_duc_mau", first="2026-06-01")
    clock.set("2026-05-31 23:59:59")
    before = await Desk.local(register, field="giao_duc_mau")
    clock.set("2026-06-01 00:00")
    after = await Desk.local(register, field="giao_duc_mau")
    assert await before.refused(C.HAND_OVER, unit="Phòng Nghiệp vụ") is Code.FIELD_OUT_OF_SCOPE
    assert (await after.view()).proposal.group == 4
    await after.handed_over()


async def test_R05_two_agencies_claim_the_same_case_and_there_is_one_custodian(register):
    desk = await Desk.local(register)
    await desk.do(C.TO_PROVINCE_ROLE, text="Chưa rõ thẩm quyền")
    order = Order(officer="cb-mau-01", agency=OFFICE)

    async def claim(agency: str) -> str:
        try:
            await register.perform(
                desk.ref, C.ASSIGN_FROM_PROVINCE, order.model_copy(update={"to_agency": agency})
            )
        except RegisterRefused as error:
            return error.code.value
        return "taken"

    assert sorted(await asyncio.gather(claim(HEALTH), claim(COMMUNE))) == ["WRONG_STATE", "taken"]
    custody = [act for act in await desk.acts() if "from_role" in act.details]
    assert [act.details["to_agency"] for act in custody] == [(await desk.case())["agency"]]


async def test_R05_an_agency_that_does_not_hold_the_case_can_do_nothing_with_it(register):
    desk = await Desk.local(register)
    for name, facts in [
        (C.REFUSE, {"text": "Ngoài phạm vi"}),
        (C.HAND_OVER, {"unit": "Phòng Nghiệp vụ"}),
        (C.REASSIGN, {"to_agency": COMMUNE}),
        (C.ADOPT_PACK, {"text": "Thuộc tỉnh", "rule_pack": "TH-2020/1"}),
    ]:
        assert await desk.refused(name, agency=COMMUNE, **facts) is Code.NOT_CUSTODIAN


async def test_R06_the_province_role_is_held_by_date_and_older_acts_show_the_old_holder(
    register, clock, tmp_path
):
    file = tmp_path / "agencies.csv"
    file.write_text(ROLE_CSV, encoding="utf-8")
    agencies, holders = read_agencies(file)
    assert holders == (
        HolderIn(agency=OFFICE),
        HolderIn(agency=CENTRE, valid_from=date(2025, 7, 1)),
    )
    await register.put_agencies(agencies, province_role=holders)
    clock.set("2025-06-30")
    before = await Desk.local(register)
    await before.do(C.TO_PROVINCE_ROLE, text="Chưa rõ thẩm quyền")
    clock.set("2025-07-01")
    after = await Desk.local(register)
    await after.do(C.TO_PROVINCE_ROLE, text="Chưa rõ thẩm quyền")
    assert (await before.acts())[-1].details["to_agency"] == OFFICE
    assert (await after.acts())[-1].details["to_agency"] == CENTRE
    # the role, not the former holder, assigns what still waits
    wrong = {"agency": OFFICE, "to_agency": HEALTH}
    assert await before.refused(C.ASSIGN_FROM_PROVINCE, **wrong) is Code.NOT_PROVINCE_ROLE
    await before.do(C.ASSIGN_FROM_PROVINCE, agency=CENTRE, to_agency=HEALTH)
    assert (await before.acts())[-1].agency == CENTRE


async def test_R19_a_case_that_comes_back_is_refused_and_routed_to_the_province_role(register):
    desk = await Desk.local(register)
    await desk.do(C.REASSIGN, to_agency=COMMUNE)
    with pytest.raises(RegisterRefused, match=f"{HEALTH} → {OFFICE}") as caught:
        await desk.do(C.REASSIGN, to_agency=HEALTH)
    assert caught.value.code is Code.PING_PONG
    assert "to_province_role" in caught.value.refusal.next_en
    assert await desk.do(C.TO_PROVINCE_ROLE, text="Hai cơ quan cùng chuyển đi") == "CHO_PHAN_CONG"


async def test_R19_a_longer_way_round_is_ping_pong_too(register):
    desk = await Desk.local(register)
    for agency in (COMMUNE, PROVINCE):
        await desk.do(C.REASSIGN, to_agency=agency)
    assert await desk.refused(C.REASSIGN, to_agency=HEALTH) is Code.PING_PONG
    assert await desk.refused(C.REASSIGN, to_agency=COMMUNE) is Code.PING_PONG


async def test_R19_district_code_after_july_2025_is_refused_and_a_successor_proposed(register, clock):
    clock.set("2025-06-30 23:59:59")
    desk = await Desk.local(register)
    await desk.do(C.REASSIGN, to_agency=DISTRICT)  # its last day
    clock.set("2025-07-01 00:00")
    desk = await Desk.local(register)
    with pytest.raises(RegisterRefused, match=f"{DISTRICT} → {COMMUNE}") as caught:
        await desk.do(C.REASSIGN, to_agency=DISTRICT)
    assert caught.value.code is Code.RECEIVER_INACTIVE
    with pytest.raises(RegisterRefused, match=f"{DISTRICT} → {COMMUNE}"):
        await register.take_in(submission(agency=DISTRICT))


async def test_R19_a_district_that_ended_holding_a_case_can_still_pass_it_on(register, clock):
    clock.set("2025-06-30")
    desk = await Desk.local(register, agency=DISTRICT)
    clock.set("2025-07-01")
    assert await desk.do(C.REASSIGN, to_agency=COMMUNE) == "MOI"


async def test_R19_the_receiver_gets_its_own_two_working_days(register, clock):
    clock.set("2026-11-09")
    desk = await Desk.local(register)
    clock.set("2026-11-11")
    await desk.do(C.REASSIGN, to_agency=COMMUNE)
    (classify,) = [item for item in (await desk.view()).clocks if item.duty == "classify" and item.governs]
    assert (classify.agency, classify.due) == (COMMUNE, "2026-11-13")


async def test_R19_at_the_province_role_only_a_target_runs_that_no_law_sets(register):
    desk = await Desk.local(register)
    await desk.do(C.TO_PROVINCE_ROLE, text="Chưa rõ thẩm quyền")
    (assign,) = [item for item in (await desk.view()).clocks if item.governs]
    assert (assign.duty, assign.legal) == ("assign", False)


async def test_R20_the_unit_is_of_the_agency_that_holds_the_case(register):
    inner = "001.00.15.H56"
    await register.put_agencies([AgencyIn(code=inner, name="Phòng mẫu", parent=HEALTH)])
    desk = await Desk.local(register)
    assert await desk.refused(C.HAND_OVER, unit=COMMUNE) is Code.UNIT_ELSEWHERE
    assert await desk.refused(C.HAND_OVER, unit=" ") is Code.UNIT_MISSING
    assert await desk.do(C.HAND_OVER, unit=inner) == "DANG_XU_LY"


async def test_R23_a_coordinator_is_another_agency_that_is_active_today(register, clock):
    desk = await (await Desk.local(register)).handed_over()
    wanted = {"text": "Đề nghị phối hợp"}
    assert await desk.refused(C.COORDINATE, **wanted) is Code.RECEIVER_MISSING
    assert await desk.refused(C.COORDINATE, to_agency=HEALTH, **wanted) is Code.RECEIVER_IS_SENDER
    assert await desk.refused(C.COORDINATE, to_agency=DISTRICT, **wanted) is Code.RECEIVER_INACTIVE
    await desk.do(C.COORDINATE, to_agency=COMMUNE, **wanted)
    assert await desk.refused(C.COORDINATE, to_agency=COMMUNE, **wanted) is Code.ALREADY_SO
    assert (await desk.case())["agency"] == HEALTH, "the lead keeps the case"
    clock.at = local("2026-11-19")
    assert await desk.do(C.RESULT, text="Đã xử lý") == "CO_KET_QUA", "nobody has to wait for a coordinator"
