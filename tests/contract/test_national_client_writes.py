"""The national portal's client over real HTTP: every end of a write, alone and in batches (contract §10.6–10.7)."""

import asyncio
from uuid import uuid4

import pytest

from connector.errors import (
    Conflict,
    ConnectorError,
    ContractDrift,
    InDoubt,
    NotOurs,
    Permanent,
    Transient,
    Unreadable,
)
from connector.system import Key, Operation, System
from tests.contract.national_scripted import (
    AGENCY,
    CODE,
    PUSHED,
    REF,
    ROW,
    SESSION_DEAD,
    Connect,
    Dropped,
    Portal,
    Raw,
    Reply,
    Seen,
    accept,
    answer,
    ends,
    no,
    ok,
    progress,
    push,
    sample,
    with_act,
)


async def test_rows_1_and_2_a_write_with_code_and_word_is_done(portal: Portal, client: System):
    portal.on("TiepNhanPAKN", sample("accept"))
    receipt = await client.apply(accept())
    assert (receipt.ref, receipt.duplicate) == (REF, False)
    assert receipt.facts == {
        "MAPAKN": "PAKN-MAU-000123",
        "MAPAKNDONVI": "000.00.00.H56-261117-00042",
        "MADONVI": AGENCY,
        "TRANGTHAI": "3",
    }


async def test_row_4_a_repeat_is_a_duplicate_receipt(portal: Portal, client: System):
    portal.on(
        "TiepNhanPAKN", ok("Yêu cầu đã được ghi nhận trước đó, tiếp nhận thành công", ROW | {"TRUNGLAP": "1"})
    )
    assert (await client.apply(accept())).duplicate


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (ok("Tiếp nhận không thành công"), InDoubt),
        (ok(""), InDoubt),
        (no("PAKN khác đã tồn tại", code=3), Permanent),
        (no("PAKN không tồn tại", code=-3), Permanent),
        (sample("refuse.state_conflict"), Conflict),
        (no("Đơn vị không có quyền xử lý PAKN này"), NotOurs),
        (no("Dịch vụ không được hỗ trợ: TiepNhanPAKN"), ContractDrift),
        (no("Thiếu trường bắt buộc: NgayTiepNhan"), Permanent),
        (no("Hệ thống đang bận, vui lòng thử lại sau"), Transient),
        (Raw(503), Transient),
        (Raw(500, b"{}"), InDoubt),
        (Raw(404), InDoubt),
        (Raw(200, b"<html></html>"), InDoubt),
        ({"message": "Tiếp nhận thành công"}, InDoubt),
        ({"error_code": "x", "message": "Tiếp nhận thành công"}, InDoubt),
        (Dropped(), InDoubt),
        (ok("Tiếp nhận thành công", ROW | {"PAKNID": 1}), Unreadable),
    ],
)
async def test_every_other_end_of_a_write_has_its_error(
    portal: Portal, client: System, reply: Reply, kind: type[ConnectorError]
):
    portal.on("TiepNhanPAKN", reply)
    with pytest.raises(ConnectorError) as caught:
        await client.apply(accept())
    assert type(caught.value) is kind
    assert len(portal.calls("TiepNhanPAKN")) == 1


async def test_a_conflict_tells_the_status_that_the_portal_holds(portal: Portal, client: System):
    portal.on("TiepNhanPAKN", sample("refuse.state_conflict"))
    with pytest.raises(Conflict) as caught:
        await client.apply(accept())
    assert caught.value.detail["status"] == "3"


async def test_row_16_an_unknown_answer_is_verified_once_and_found_done(portal: Portal, client: System):
    operation = accept()
    portal.on("TiepNhanPAKN", no("Lỗi lạ"))
    portal.on("LayChiTietPAKN", with_act("TIEP_NHAN", "3", echo=str(operation.key.id)))
    assert (await client.apply(operation)).ref == REF


async def test_row_16_an_unknown_answer_without_effect_goes_to_a_person(portal: Portal, client: System):
    portal.on("TiepNhanPAKN", no("Lỗi lạ"))
    portal.on("LayChiTietPAKN", sample("detail"))
    portal.on("TraCuuPAKN", ok("", ROW | {"TRANGTHAI": "2", "NGAYCAPNHAT": "20261116091500"}))
    with pytest.raises(Permanent, match="row 16"):
        await client.apply(accept())


async def test_row_16_an_unknown_answer_that_cannot_be_verified_stays_in_doubt(
    portal: Portal, client: System
):
    portal.on("TiepNhanPAKN", no("Lỗi lạ"))
    portal.on("LayChiTietPAKN", no("Hệ thống đang bận, vui lòng thử lại sau"))
    with pytest.raises(InDoubt):
        await client.apply(accept())


async def test_no_error_repeats_what_the_portal_wrote(portal: Portal, client: System):
    leak = "Nguyễn Văn Mẫu 0900000000 mau@example.com"
    for message in (
        f"Giá trị không hợp lệ: {leak}",
        f"{leak} đã tồn tại",
        f"Trạng thái hiện tại không cho phép thao tác {leak}",
    ):
        portal.on("TiepNhanPAKN", no(message))
        with pytest.raises(ConnectorError) as caught:
            await client.apply(accept())
        shown = f"{caught.value} {caught.value!r} {dict(caught.value.detail)}"
        assert not any(word in shown for word in ("Mẫu", "0900000000", "example.com"))


def _all_done(seen: Seen) -> Reply:
    rows = [
        {
            "PAKNID": item["PAKNID"],
            "MATIENDO": item["MaTienDo"],
            "KETQUA": "1",
            "THONGBAO": "",
            "TRANGTHAI": "5",
        }
        for item in seen.json["data"]
    ]
    return ok(f"Cập nhật tiến độ thành công {len(rows)}/{len(rows)} bản ghi", *rows)


async def test_progress_of_one_moment_shares_calls_of_at_most_ten(portal: Portal, client: System):
    portal.on("CapNhatTienDoPAKN", _all_done)
    writes = [progress(str(900000300 + number), f"ev-{number}") for number in range(12)]
    receipts = await asyncio.gather(*(client.apply(write) for write in writes))
    assert [receipt.ref for receipt in receipts] == [write.key.ref for write in writes]
    assert [len(body["data"]) for body in portal.bodies("CapNhatTienDoPAKN")] == [10, 2]


async def test_each_item_of_a_batch_carries_its_own_transaction_id(portal: Portal, client: System):
    portal.on("CapNhatTienDoPAKN", _all_done)
    writes = [progress("900000301", "ev-1"), progress("900000302", "ev-2")]
    await asyncio.gather(*(client.apply(write) for write in writes))
    (body,) = portal.bodies("CapNhatTienDoPAKN")
    assert [item["MaGiaoDich"] for item in body["data"]] == [str(write.key.id) for write in writes]
    assert "MaGiaoDich" not in body


async def test_the_batch_limit_is_that_of_the_settings(portal: Portal, connect: Connect):
    portal.on("CapNhatTienDoPAKN", _all_done)
    client = connect(batch={"tien_do": 1})
    await asyncio.gather(
        *(client.apply(progress(str(900000300 + number), f"ev-{number}")) for number in range(3))
    )
    assert [len(body["data"]) for body in portal.bodies("CapNhatTienDoPAKN")] == [1, 1, 1]


async def test_row_13_each_item_gets_its_own_row(portal: Portal, client: System):
    portal.on("CapNhatTienDoPAKN", sample("quirks/batch_partly"))
    done, conflict, repeat = await ends(
        *(client.apply(progress(f"9000003{number:02}", f"ev-3{number:02}")) for number in (1, 2, 3))
    )
    assert (done.ref, done.duplicate) == ("900000301", False)
    assert isinstance(conflict, Conflict)
    assert conflict.detail["status"] == "9"
    assert (repeat.ref, repeat.duplicate) == ("900000303", True)


async def test_row_13_without_rows_every_item_is_in_doubt(portal: Portal, client: System):
    portal.on("CapNhatTienDoPAKN", no("Cập nhật tiến độ thành công 2/3 bản ghi"))
    found = await ends(*(client.apply(progress(f"90000030{number}", f"ev-{number}")) for number in (1, 2, 3)))
    assert [type(end) for end in found] == [InDoubt] * 3


async def test_a_whole_success_without_rows_is_a_success_for_all(portal: Portal, client: System):
    portal.on("CapNhatTienDoPAKN", ok("Cập nhật tiến độ thành công 2/2 bản ghi"))
    found = await ends(*(client.apply(progress(f"90000030{number}", f"ev-{number}")) for number in (1, 2)))
    assert [receipt.ref for receipt in found] == ["900000301", "900000302"]


async def test_an_item_that_got_no_row_among_others_is_in_doubt(portal: Portal, client: System):
    row = {"PAKNID": 900000301, "MATIENDO": "ev-1", "KETQUA": "1", "TRANGTHAI": "5"}
    portal.on("CapNhatTienDoPAKN", ok("Cập nhật tiến độ thành công", row))
    done, lost = await ends(
        *(client.apply(progress(f"90000030{number}", f"ev-{number}")) for number in (1, 2))
    )
    assert done.ref == "900000301"
    assert isinstance(lost, InDoubt)


async def test_an_item_that_failed_in_unknown_words_goes_to_a_person(portal: Portal, client: System):
    row = {"PAKNID": 900000301, "MATIENDO": "ev-1", "KETQUA": "0", "THONGBAO": "Lỗi lạ"}
    portal.on("CapNhatTienDoPAKN", no("Cập nhật tiến độ thành công 0/1 bản ghi", row))
    with pytest.raises(Permanent):
        await client.apply(progress("900000301", "ev-1"))


async def test_a_batch_refused_as_a_whole_is_sent_one_by_one(portal: Portal, client: System):
    """One bad item must not take its neighbours along; natural keys make the resend harmless."""

    def reply(seen: Seen) -> Reply:
        items = seen.json["data"]
        if any(item["PAKNID"] == 900000302 for item in items):
            return no("Giá trị không hợp lệ: NoiDungXuLy")
        return _all_done(seen)

    portal.on("CapNhatTienDoPAKN", reply)
    found = await ends(*(client.apply(progress(f"90000030{number}", f"ev-{number}")) for number in (1, 2, 3)))
    assert (found[0].ref, found[2].ref) == ("900000301", "900000303")
    assert isinstance(found[1], Permanent)
    assert found[1].detail["field"] == "NoiDungXuLy"
    assert [len(body["data"]) for body in portal.bodies("CapNhatTienDoPAKN")] == [3, 1, 1, 1]


async def test_a_refused_batch_is_not_resent_where_repeats_have_effect(portal: Portal, connect: Connect):
    portal.on("CapNhatTienDoPAKN", no("Giá trị không hợp lệ: NoiDungXuLy"))
    client = connect(remote_idempotent=False)
    found = await ends(*(client.apply(progress(f"90000030{number}", f"ev-{number}")) for number in (1, 2)))
    assert [type(end) for end in found] == [InDoubt, InDoubt]
    assert len(portal.calls("CapNhatTienDoPAKN")) == 1
    assert not client.capabilities.idempotent


async def test_a_session_that_dies_in_mid_batch_is_replaced_and_the_batch_resent(
    portal: Portal, client: System
):
    portal.on("CapNhatTienDoPAKN", SESSION_DEAD, _all_done)
    found = await ends(*(client.apply(progress(f"90000030{number}", f"ev-{number}")) for number in (1, 2)))
    assert [receipt.ref for receipt in found] == ["900000301", "900000302"]
    first, second = portal.bodies("CapNhatTienDoPAKN")
    assert first["data"] == second["data"]


async def test_a_session_that_dies_in_mid_batch_is_in_doubt_where_repeats_have_effect(
    portal: Portal, connect: Connect
):
    portal.on("CapNhatTienDoPAKN", SESSION_DEAD, _all_done)
    client = connect(remote_idempotent=False)
    found = await ends(*(client.apply(progress(f"90000030{number}", f"ev-{number}")) for number in (1, 2)))
    assert [type(end) for end in found] == [InDoubt, InDoubt]


async def test_a_lost_batch_leaves_every_item_in_doubt(portal: Portal, client: System):
    portal.on("CapNhatTienDoPAKN", Dropped())
    found = await ends(*(client.apply(progress(f"90000030{number}", f"ev-{number}")) for number in (1, 2)))
    assert [type(end) for end in found] == [InDoubt, InDoubt]
    assert len(portal.calls("CapNhatTienDoPAKN")) == 1


async def test_answers_tell_their_id(portal: Portal, client: System):
    portal.on("DongBoKetQuaXuLyPAKN", sample("answer"))
    receipt = await client.apply(answer())
    assert receipt.facts["TRALOIID"] == "700045"
    assert receipt.facts["LANTRALOI"] == "1"
    assert receipt.facts["MABAMTRALOI"] == "1ab4" + "0" * 60


async def test_a_push_takes_its_transaction_id_beside_the_data(portal: Portal, client: System):
    portal.on("DongBoPAKN", ok("Đồng bộ PAKN thành công", PUSHED))
    operation = push()
    receipt = await client.apply(operation)
    assert (receipt.ref, receipt.duplicate) == ("900000456", False)
    (body,) = portal.bodies("DongBoPAKN")
    assert (body["isUpdating"], body["MaGiaoDich"]) == ("False", str(operation.key.id))


@pytest.mark.parametrize("code", [3, -3, -1, 0])
async def test_row_7_a_case_that_exists_is_linked_from_the_row(portal: Portal, client: System, code: int):
    portal.on("DongBoPAKN", sample("push.exists") | {"error_code": code})
    receipt = await client.apply(push())
    assert (receipt.ref, receipt.duplicate) == ("900000456", True)


async def test_row_7_a_case_that_exists_is_looked_up_where_no_row_came(portal: Portal, client: System):
    portal.on("DongBoPAKN", no(f"PAKN {CODE} đã tồn tại", code=3))
    portal.on("TraCuuPAKN", sample("lookup"))
    receipt = await client.apply(push())
    assert (receipt.ref, receipt.duplicate) == ("900000456", True)
    assert portal.bodies("TraCuuPAKN")[0]["MaPAKNDonVi"] == CODE


async def test_row_7_a_case_that_exists_nowhere_to_be_seen_is_in_doubt(portal: Portal, client: System):
    portal.on("DongBoPAKN", no(f"PAKN {CODE} đã tồn tại", code=3))
    portal.on("TraCuuPAKN", ok("Tra cứu thành công"))
    with pytest.raises(InDoubt):
        await client.apply(push())


async def test_two_of_our_cases_are_never_linked_to_one_silently(portal: Portal, client: System):
    portal.on("DongBoPAKN", no("đã tồn tại", PUSHED | {"MAPAKNDONVI": "000.00.00.H56-261118-00058"}, code=3))
    with pytest.raises(Unreadable, match="another case"):
        await client.apply(push())


async def test_row_8_an_update_of_an_absent_case_is_repeated_once_as_insert(portal: Portal, client: System):
    def reply(seen: Seen) -> Reply:
        if seen.json["isUpdating"] == "True":
            return no(f"PAKN {CODE} không tồn tại", code=-3)
        return ok("Đồng bộ PAKN thành công", PUSHED)

    portal.on("DongBoPAKN", reply)
    assert (await client.apply(push(updating=True))).ref == "900000456"
    update, insert = portal.bodies("DongBoPAKN")
    assert (update["isUpdating"], insert["isUpdating"]) == ("True", "False")
    assert update["data"] == insert["data"]
    assert update["MaGiaoDich"] != insert["MaGiaoDich"]


async def test_row_8_it_is_not_repeated_for_ever(portal: Portal, client: System):
    portal.on("DongBoPAKN", no(f"PAKN {CODE} không tồn tại", code=-3))
    with pytest.raises(Permanent):
        await client.apply(push(updating=True))
    assert len(portal.calls("DongBoPAKN")) == 2


async def test_a_batch_of_pushes_gets_rows_by_our_code(portal: Portal, connect: Connect):
    other = "000.00.00.H56-261118-00058"
    rows = [
        PUSHED | {"MAPAKNDONVI": other, "PAKNID": 900000457, "KETQUA": "1"},
        PUSHED | {"KETQUA": "0", "THONGBAO": "PAKN đã tồn tại"},
    ]
    portal.on("DongBoPAKN", no("Đồng bộ thành công 1/2 bản ghi", *rows))
    client = connect(batch={"dong_bo": 10})
    second = push()
    second = Operation(key=Key(id=uuid4(), operation="dong_bo", code=other), fields=second.fields)
    one, two = await asyncio.gather(client.apply(push()), client.apply(second))
    assert (one.ref, one.duplicate) == ("900000456", True)
    assert (two.ref, two.duplicate) == ("900000457", False)
