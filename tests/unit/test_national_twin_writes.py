"""Accept, refuse, ask, transfer: examples, preconditions, repeats, MaGiaoDich (contract §10.4, §10.6.3 to .6)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.unit.national_twin_kit import OTHER, OURS, VPCP, Kit, kit

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATE = "Trạng thái hiện tại không cho phép thao tác"
TX = "5d0f7c1e-0000-4000-8000-000000000001"
CODE = "000.00.00.H56-261117-00042"
ALL = (
    "ASSIGNED",
    "ACCEPTED",
    "UNIT_ASSIGNED",
    "IN_PROGRESS",
    "SUPPLEMENT_REQUESTED",
    "SUPPLEMENTED",
    "ANSWERED",
    "PUBLISHED",
    "REWORK",
    "REFUSED",
    "RETURNED_VPCP",
    "TRANSFERRED",
    "RECALLED",
    "CLOSED",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Kit]:
    async with kit() as found:
        yield found


@pytest.fixture
def portal(served: Kit) -> Kit:
    served.reset()
    return served


async def history(portal: Kit, case_id: int) -> list[dict[str, Any]]:
    return (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]["LICHSU"]


# ---- the contract's examples ---------------------------------------------------------------------------------


async def test_accept_is_the_contracts_example(portal: Kit) -> None:
    await portal.create(id=900000123)
    portal.at("2026-11-17T08:10:03+07:00")
    told = await portal.call(
        "TiepNhanPAKN",
        PAKNID=900000123,
        NgayTiepNhan="20261117081000",
        MaPAKNDonVi=CODE,
        NguoiTiepNhan="cb-mau-01",
        MaGiaoDich=TX,
    )
    assert told == {
        "error_code": "0",
        "message": "Tiếp nhận thành công",
        "result": [
            {
                "PAKNID": 900000123,
                "MAPAKN": "PAKN-MAU-000123",
                "MAPAKNDONVI": CODE,
                "MADONVI": OURS,
                "TRANGTHAI": "3",
                "NGAYCAPNHAT": "20261117081003",
                "HANXULY": "20261208235959",
            }
        ],
    }
    act = (await history(portal, 900000123))[-1]
    assert act == {
        "LICHSUID": 3,
        "THOIDIEM": "20261117081000",
        "HANHDONG": "TIEP_NHAN",
        "TRANGTHAITRUOC": "2",
        "TRANGTHAISAU": "3",
        "MADONVI": OURS,
        "TENDONVI": "UBND tỉnh Thanh Hóa",
        "NGUOIXULY": "cb-mau-01",
        "MAGIAODICH": TX,
    }


async def test_a_refusal_after_acceptance_is_the_contracts_conflict(portal: Kit) -> None:
    await portal.create(id=900000123)
    portal.at("2026-11-17T08:10:03+07:00")
    await portal.accept(900000123)
    told = await portal.refuse(900000123, MaLyDo="TU_VAN_PHAP_LUAT")
    assert (told["error_code"], told["message"]) == ("-1", STATE)
    row = {"PAKNID": 900000123, "MAPAKN": "PAKN-MAU-000123", "MADONVI": OURS, "TRANGTHAI": "3"}
    assert (row | {"NGAYCAPNHAT": "20261117081003"}).items() <= told["result"][0].items()


async def test_refuse_ends_with_11_and_its_reason_in_the_history(portal: Kit) -> None:
    case_id = await portal.create()
    told = await portal.refuse(case_id, MaLyDo="NGOAI_LINH_VUC", NguoiXuLy="cb-mau-01", MaGiaoDich=TX)
    assert (told["message"], told["result"][0]["TRANGTHAI"]) == ("Từ chối tiếp nhận thành công", "11")
    act = (await history(portal, case_id))[-1]
    assert (act["HANHDONG"], act["NOIDUNG"], act["MAGIAODICH"]) == (
        "TU_CHOI",
        "Không thuộc phạm vi tiếp nhận.",
        TX,
    )


async def test_ask_for_a_supplement_is_the_contracts_example(portal: Kit) -> None:
    await portal.create(id=900000123)
    portal.at("2026-11-17T09:00:02+07:00")
    told = await portal.call(
        "YeuCauBoSungPAKN",
        PAKNID=900000123,
        NoiDungYeuCau="Đề nghị bổ sung mã hồ sơ và ngày hẹn trả kết quả ghi trên giấy tiếp nhận.",
        HanBoSung="20261125235959",
        NgayXuLy="20261117090000",
        NguoiXuLy="cb-mau-01",
    )
    assert told["message"] == "Gửi yêu cầu bổ sung thành công"
    expected = {"TRANGTHAI": "6", "NGAYCAPNHAT": "20261117090002", "MADONVI": OURS}
    assert expected.items() <= told["result"][0].items()


async def test_return_to_vpcp_is_the_contracts_example(portal: Kit) -> None:
    await portal.create(id=900000123)
    portal.at("2026-11-17T10:00:04+07:00")
    told = await portal.call(
        "ChuyenPAKN",
        PAKNID=900000123,
        LoaiChuyen="2",
        LyDo="Nội dung thuộc thẩm quyền của cơ quan trung ương.",
        NgayChuyen="20261117100000",
        NguoiXuLy="cb-mau-01",
    )
    assert told == {
        "error_code": "0",
        "message": "Chuyển PAKN thành công",
        "result": [
            {
                "PAKNID": 900000123,
                "MAPAKN": "PAKN-MAU-000123",
                "MADONVI": VPCP,
                "TRANGTHAI": "12",
                "NGAYCAPNHAT": "20261117100004",
            }
        ],
    }


# ---- preconditions (§10.4), every status against every service -----------------------------------------------


async def allowed_in(portal: Kit, write: str, **more: Any) -> set[str]:
    """Statuses in which the write takes effect; everywhere else it must be a conflict with the current row."""
    found = set()
    for status in ALL:
        case_id = await portal.reach(status)
        before = await portal.dump(case_id)
        told = await getattr(portal, write)(case_id, **more)
        after = await portal.dump(case_id)
        if told["error_code"] == "0" and "TRUNGLAP" not in told["result"][0]:
            found.add(status)
            assert len(after["history"]) > len(before["history"])
        else:
            assert after == before, "a refusal or a repeat changes nothing"
        if told["error_code"] != "0":
            assert told["message"] == STATE
            assert told["result"][0]["TRANGTHAI"]
    return found


async def test_accept_is_allowed_in_2_and_7(portal: Kit) -> None:
    assert await allowed_in(portal, "accept") == {"ASSIGNED", "SUPPLEMENTED"}


async def test_refuse_is_allowed_in_2_and_7(portal: Kit) -> None:
    assert await allowed_in(portal, "refuse", LyDo="Lý do khác.") == {"ASSIGNED", "SUPPLEMENTED"}


async def test_a_lapse_refuses_in_6_as_well(portal: Kit) -> None:
    found = await allowed_in(portal, "refuse", MaLyDo="HET_HAN_BO_SUNG")
    assert found == {"ASSIGNED", "SUPPLEMENTED", "SUPPLEMENT_REQUESTED"}


async def test_asking_is_allowed_in_2_and_7(portal: Kit) -> None:
    assert await allowed_in(portal, "ask", NoiDungYeuCau="Xin thêm ảnh.") == {"ASSIGNED", "SUPPLEMENTED"}


async def test_asking_after_acceptance_needs_the_switch(portal: Kit) -> None:
    portal.switch(supplement_after_acceptance=True)
    found = await allowed_in(portal, "ask", NoiDungYeuCau="Xin thêm ảnh.")
    assert found == {"ASSIGNED", "SUPPLEMENTED", "ACCEPTED"}


async def test_transfer_is_allowed_in_2_3_and_7(portal: Kit) -> None:
    found = await allowed_in(portal, "transfer", LoaiChuyen="1", MaDonViNhan="000.00.00.G09")
    assert found == {"ASSIGNED", "ACCEPTED", "SUPPLEMENTED"}


async def test_a_supplement_asked_after_acceptance_does_not_reopen_the_decision(portal: Kit) -> None:
    """7 allows accept, refuse and ask only if the case was not accepted before; it allows progress if it was."""
    portal.switch(supplement_after_acceptance=True)
    case_id = await portal.reach("ACCEPTED")
    await portal.ask(case_id)
    await portal.happen(case_id, "supplement", text="Đã thêm.")
    assert (await portal.refuse(case_id))["message"] == STATE
    assert (await portal.ask(case_id, NoiDungYeuCau="Lại thiếu."))["message"] == STATE
    assert (await portal.progress(case_id))["error_code"] == "0"


# ---- repeats -------------------------------------------------------------------------------------------------


async def test_accepting_again_is_a_repeat_in_every_later_status(portal: Kit) -> None:
    case_id = await portal.reach("ANSWERED")
    told = await portal.accept(case_id)
    assert told["message"] == "Yêu cầu đã được ghi nhận trước đó, tiếp nhận thành công"
    assert told["result"][0]["TRUNGLAP"] == "1"
    assert told["result"][0]["TRANGTHAI"] == "8"


async def test_a_repeat_may_bring_the_code_that_was_missing(portal: Kit) -> None:
    case_id = await portal.reach("ACCEPTED")
    told = await portal.accept(case_id, MaPAKNDonVi=CODE)
    assert (told["result"][0]["TRUNGLAP"], told["result"][0]["MAPAKNDONVI"]) == ("1", CODE)
    other = await portal.accept(case_id, MaPAKNDonVi="000.00.00.H56-261117-00043")
    assert other["message"].startswith("Giá trị không hợp lệ: MaPAKNDonVi")


async def test_only_the_same_refusal_is_a_repeat(portal: Kit) -> None:
    case_id = await portal.reach("REFUSED")
    assert (await portal.refuse(case_id))["result"][0]["TRUNGLAP"] == "1"
    assert (await portal.refuse(case_id, LyDo="Lý do khác."))["message"] == STATE


async def test_only_the_same_request_is_a_repeat_while_it_waits(portal: Kit) -> None:
    case_id = await portal.reach("SUPPLEMENT_REQUESTED")
    assert (await portal.ask(case_id))["result"][0]["TRUNGLAP"] == "1"
    assert (await portal.ask(case_id, NoiDungYeuCau="Khác."))["message"] == STATE
    await portal.happen(case_id, "supplement", text="Đã thêm.")
    assert "TRUNGLAP" not in (await portal.ask(case_id))["result"][0], (
        "after the supplement it is a new request"
    )


async def test_the_same_transfer_is_a_repeat(portal: Kit) -> None:
    case_id = await portal.reach("TRANSFERRED")
    again = await portal.transfer(case_id, LoaiChuyen="1", MaDonViNhan=OTHER)
    assert again["result"][0]["TRUNGLAP"] == "1"
    assert again["result"][0]["TRANGTHAI"] == "13"


@pytest.mark.parametrize("write", ["accept", "refuse", "ask", "transfer"])
async def test_the_same_transaction_gets_the_same_answer(portal: Kit, write: str) -> None:
    """Also after the case moved on: the answer is the stored one, marked as known."""
    case_id = await portal.create()
    first = await getattr(portal, write)(case_id, MaGiaoDich=TX)
    if write == "ask":
        await portal.happen(case_id, "supplement", text="Đã thêm.")
    before = await portal.dump(case_id)
    again = await getattr(portal, write)(case_id, MaGiaoDich=TX.upper())
    assert again["error_code"] == "0"
    assert again["message"].startswith("Yêu cầu đã được ghi nhận trước đó, ")
    assert again["message"].endswith("thành công")
    assert again["result"] == [first["result"][0] | {"TRUNGLAP": "1"}]
    assert await portal.dump(case_id) == before


async def test_a_transaction_id_with_another_body_is_an_error(portal: Kit) -> None:
    case_id = await portal.create()
    await portal.refuse(case_id, MaGiaoDich=TX)
    told = await portal.refuse(case_id, MaGiaoDich=TX, LyDo="Khác.")
    assert (told["error_code"], told["message"]) == (
        "-1",
        "Giá trị không hợp lệ: MaGiaoDich (đã dùng cho yêu cầu khác)",
    )
    other_service = await portal.ask(case_id, MaGiaoDich=TX)
    assert other_service["message"].startswith("Giá trị không hợp lệ: MaGiaoDich")


async def test_a_refused_write_may_come_again_under_its_transaction_id(portal: Kit) -> None:
    """Only what took effect is remembered: else a passing conflict would stick to the key for ever."""
    case_id = await portal.reach("SUPPLEMENT_REQUESTED")
    assert (await portal.accept(case_id, MaGiaoDich=TX))["message"] == STATE
    await portal.happen(case_id, "supplement", text="Đã thêm.")
    told = await portal.accept(case_id, MaGiaoDich=TX)
    assert (told["error_code"], "TRUNGLAP" in told["result"][0]) == ("0", False)


async def test_transaction_ids_of_two_agencies_do_not_meet(portal: Kit) -> None:
    ours, theirs = await portal.create(), await portal.create(agency=OTHER)
    await portal.accept(ours, MaGiaoDich=TX)
    told = await portal.call(
        "TiepNhanPAKN", as_agency=OTHER, PAKNID=theirs, NgayTiepNhan="20261117081000", MaGiaoDich=TX
    )
    assert told["error_code"] == "0"


async def test_without_idempotency_every_repeat_is_new(portal: Kit) -> None:
    portal.switch(idempotent=False)
    case_id = await portal.create()
    await portal.accept(case_id, MaGiaoDich=TX)
    assert (await portal.accept(case_id, MaGiaoDich=TX))["message"] == STATE


# ---- fields --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("write", "change", "message"),
    [
        ("accept", {"NgayTiepNhan": ""}, "Thiếu trường bắt buộc: NgayTiepNhan"),
        ("accept", {"PAKNID": None}, "Thiếu trường bắt buộc: PAKNID"),
        ("accept", {"PAKNID": "1"}, "Giá trị không hợp lệ: PAKNID"),
        ("accept", {"NgayTiepNhan": "17/11/2026"}, "Giá trị không hợp lệ: NgayTiepNhan"),
        ("accept", {"NguoiTiepNhan": "c" * 51}, "Giá trị không hợp lệ: NguoiTiepNhan (quá 50 ký tự)"),
        ("accept", {"NguoiTiepNhan": 7}, "Giá trị không hợp lệ: NguoiTiepNhan"),
        ("accept", {"MaPAKNDonVi": "000.00.00.H99-261117-00042"}, "Mã PAKN đơn vị không hợp lệ"),
        ("accept", {"MaPAKNDonVi": f"{CODE}{'0' * 30}"}, "Giá trị không hợp lệ: MaPAKNDonVi (quá 50 ký tự)"),
        ("accept", {"MaGiaoDich": "42"}, "Giá trị không hợp lệ: MaGiaoDich"),
        ("refuse", {"LyDo": ""}, "Thiếu trường bắt buộc: LyDo"),
        ("refuse", {"LyDo": " \n "}, "Thiếu trường bắt buộc: LyDo"),
        ("refuse", {"LyDo": "ế" * 2001}, "Giá trị không hợp lệ: LyDo (quá 2000 ký tự)"),
        ("refuse", {"LyDo": "ti\u0302\u0301"}, "Giá trị không hợp lệ: LyDo (không phải Unicode NFC)"),
        ("refuse", {"MaLyDo": "VI_SAO"}, "Giá trị không hợp lệ: MaLyDo"),
        ("refuse", {"NgayXuLy": None}, "Thiếu trường bắt buộc: NgayXuLy"),
        ("ask", {"NoiDungYeuCau": ""}, "Thiếu trường bắt buộc: NoiDungYeuCau"),
        ("ask", {"HanBoSung": "mai"}, "Giá trị không hợp lệ: HanBoSung"),
        ("transfer", {"LoaiChuyen": "4"}, "Giá trị không hợp lệ: LoaiChuyen"),
        ("transfer", {"LoaiChuyen": 2}, "Giá trị không hợp lệ: LoaiChuyen"),
        ("transfer", {"LyDo": ""}, "Thiếu trường bắt buộc: LyDo"),
        ("transfer", {"LoaiChuyen": "1"}, "Thiếu trường bắt buộc: MaDonViNhan"),
        ("transfer", {"LoaiChuyen": "3"}, "Thiếu trường bắt buộc: MaDonViNhan"),
        ("transfer", {"LoaiChuyen": "1", "MaDonViNhan": OURS}, "Mã đơn vị nhận không hợp lệ"),
        ("transfer", {"LoaiChuyen": "1", "MaDonViNhan": "000.00.00.H00"}, "Mã đơn vị nhận không hợp lệ"),
        ("transfer", {"LoaiChuyen": "1", "MaDonViNhan": "000.00.79.H56"}, "Mã đơn vị nhận không hợp lệ"),
        ("transfer", {"LoaiChuyen": "2", "MaDonViNhan": OTHER}, "Mã đơn vị nhận không hợp lệ"),
    ],
)
async def test_a_bad_field_is_named_and_nothing_happens(
    portal: Kit, write: str, change: dict[str, Any], message: str
) -> None:
    case_id = await portal.create()
    given = {
        "accept": ("TiepNhanPAKN", {"NgayTiepNhan": "20261117081000"}),
        "refuse": ("TuChoiPAKN", {"LyDo": "Lý do.", "NgayXuLy": "20261117090000"}),
        "ask": ("YeuCauBoSungPAKN", {"NoiDungYeuCau": "Thiếu mã.", "NgayXuLy": "20261117090000"}),
        "transfer": ("ChuyenPAKN", {"LoaiChuyen": "2", "LyDo": "Sai.", "NgayChuyen": "20261117100000"}),
    }
    service, fields = given[write]
    told = await portal.call(service, **({"PAKNID": case_id} | fields | change))
    assert (told["error_code"], told["message"]) == ("-1", message)
    assert (await portal.dump(case_id))["status"] == "ASSIGNED"


async def test_lengths_count_code_points_not_bytes(portal: Kit) -> None:
    assert (await portal.refuse(await portal.create(), LyDo="ế" * 2000))["error_code"] == "0"


async def test_text_in_another_unicode_form_is_taken_with_the_switch(portal: Kit) -> None:
    portal.switch(text_form="any")
    case_id = await portal.create()
    await portal.refuse(case_id, LyDo="thie\u0302\u0301u")
    assert (await portal.dump(case_id))["history"][-1]["text"] == "thiếu"


@pytest.mark.parametrize("write", ["accept", "refuse", "ask", "transfer"])
async def test_unknown_and_foreign_cases_are_told_apart(portal: Kit, write: str) -> None:
    absent = await getattr(portal, write)(900009999)
    assert (absent["error_code"], absent["message"]) == ("-3", "PAKN 900009999 không tồn tại")
    foreign = await getattr(portal, write)(await portal.create(agency=OTHER))
    assert (foreign["error_code"], foreign["message"]) == ("-1", "Đơn vị không có quyền xử lý PAKN này")


async def test_a_code_that_belongs_to_another_case_exists_already(portal: Kit) -> None:
    first, second = await portal.create(), await portal.create()
    await portal.accept(first, MaPAKNDonVi=CODE)
    told = await portal.accept(second, MaPAKNDonVi=CODE)
    assert (told["error_code"], told["message"]) == ("3", f"PAKN {CODE} đã tồn tại")
    assert told["result"][0]["PAKNID"] == first
    assert (await portal.dump(second))["status"] == "ASSIGNED"


# ---- custody -------------------------------------------------------------------------------------------------


async def test_the_receiver_gets_the_case_with_a_new_clock(portal: Kit) -> None:
    case_id = await portal.create(due_at="2026-11-20T23:59:59+07:00")
    portal.at("2026-11-17T10:00:04+07:00")
    await portal.transfer(case_id, LoaiChuyen="1", MaDonViNhan=OTHER, MaGiaoDich=TX)
    row = (await portal.call("DanhSachPAKNChoXuLy", as_agency=OTHER))["result"][0]
    assert (row["PAKNID"], row["TRANGTHAI"], row["NGAYCHUYEN"]) == (case_id, "2", "20261117100004")
    assert row["HANXULY"] == "20261209235959"
    assert row["MADONVICHUYEN"] == OURS
    accepted = await portal.call(
        "TiepNhanPAKN", as_agency=OTHER, PAKNID=case_id, NgayTiepNhan="20261118080000"
    )
    assert accepted["result"][0]["TRANGTHAI"] == "3"


async def test_the_former_holder_sees_its_own_act_as_the_last(portal: Kit) -> None:
    case_id = await portal.reach("TRANSFERRED")
    await portal.call("TiepNhanPAKN", as_agency=OTHER, PAKNID=case_id, NgayTiepNhan="20261118080000")
    item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    assert item["TRANGTHAI"] == "13"
    assert item["LICHSU"][-1]["HANHDONG"] == "TRA_LAI"
    assert (await portal.accept(case_id))["message"] == STATE


async def test_the_former_holder_may_be_shut_out(portal: Kit) -> None:
    """The switch takes the detail away; the look-up still proves the transfer."""
    portal.switch(transfer_view="forbidden")
    case_id = await portal.reach("TRANSFERRED")
    told = await portal.call("LayChiTietPAKN", PAKNID=case_id)
    assert told["message"] == "Đơn vị không có quyền xử lý PAKN này"
    assert (await portal.accept(case_id))["message"] == "Đơn vị không có quyền xử lý PAKN này"
    assert (await portal.call("TraCuuPAKN", PAKNID=case_id))["result"][0]["TRANGTHAI"] == "13"


async def test_a_mere_report_of_a_transfer_gives_the_receiver_no_work(portal: Kit) -> None:
    case_id = await portal.create()
    told = await portal.transfer(case_id, LoaiChuyen="3", MaDonViNhan=OTHER)
    assert (told["result"][0]["TRANGTHAI"], told["result"][0]["MADONVI"]) == ("13", OTHER)
    assert (await portal.call("DanhSachPAKNChoXuLy", as_agency=OTHER))["result"] == []


async def test_nobody_sends_a_case_back_to_who_sent_it_away(portal: Kit) -> None:
    case_id = await portal.reach("TRANSFERRED")
    told = await portal.call(
        "ChuyenPAKN",
        as_agency=OTHER,
        PAKNID=case_id,
        LoaiChuyen="1",
        MaDonViNhan=OURS,
        LyDo="Không phải của chúng tôi.",
        NgayChuyen="20261118080000",
    )
    assert told["message"] == "Đơn vị nhận không hợp lệ: đã trả lại trước đó"


async def test_a_case_that_comes_back_is_a_new_custody(portal: Kit) -> None:
    """The portal forwards it to us once more: it waits again, and our earlier acceptance does not count."""
    case_id = await portal.create()
    await portal.accept(case_id)
    await portal.transfer(case_id)
    assert await portal.happen(case_id, "transfer", agency=OURS, reason="Đúng thẩm quyền tỉnh.") == "ASSIGNED"
    told = await portal.accept(case_id)
    assert (told["error_code"], "TRUNGLAP" in told["result"][0]) == ("0", False)


async def test_an_act_told_late_keeps_the_history_in_order(portal: Kit) -> None:
    """Oldest first: an act that is told after a newer one gets that one's time."""
    portal.at("2026-11-17T12:00:00+07:00")
    case_id = await portal.create()
    await portal.accept(case_id)
    times = [act["THOIDIEM"] for act in await history(portal, case_id)]
    assert times == sorted(times)
    assert times[-1] == "20261117120000"


async def test_each_agency_has_its_own_code_of_a_case(portal: Kit) -> None:
    """The receiver of a transfer links its own; we go on finding the case by ours."""
    case_id = await portal.create()
    await portal.accept(case_id, MaPAKNDonVi=CODE)
    await portal.transfer(case_id, LoaiChuyen="1", MaDonViNhan=OTHER)
    theirs = f"{OTHER}-261118-00001"
    told = await portal.call(
        "TiepNhanPAKN", as_agency=OTHER, PAKNID=case_id, NgayTiepNhan="20261118080000", MaPAKNDonVi=theirs
    )
    assert told["result"][0]["MAPAKNDONVI"] == theirs
    found = (await portal.call("TraCuuPAKN", MaPAKNDonVi=CODE))["result"][0]
    assert (found["PAKNID"], found["MAPAKNDONVI"], found["TRANGTHAI"]) == (case_id, CODE, "13")
