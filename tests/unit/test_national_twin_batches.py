"""Progress and answers: examples, batches of at most ten, preconditions, repeats, files (§10.6.7, §10.6.8)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.conformance.file_host import FileHost
from tests.unit.national_twin_kit import OTHER, OURS, Kit, kit

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Kit]:
    async with kit() as found:
        yield found


@pytest.fixture
def portal(served: Kit) -> Kit:
    served.reset()
    return served


@pytest.fixture(scope="module")
def host() -> Iterator[FileHost]:
    serving = FileHost()
    yield serving
    serving.close()


STATE = "Trạng thái hiện tại không cho phép thao tác"
TX = "5d0f7c1e-0000-4000-8000-00000000000"
PDF = b"%PDF-1.7 tra loi"


def first(told: dict[str, Any]) -> dict[str, Any]:
    return told["result"][0]


# ---- progress ------------------------------------------------------------------------------------------------


async def test_progress_is_the_contracts_example(portal: Kit) -> None:
    await portal.create(id=900000123)
    await portal.accept(900000123)
    portal.at("2026-11-17T14:30:02+07:00")
    told = await portal.call(
        "CapNhatTienDoPAKN",
        data=[
            {
                "PAKNID": 900000123,
                "MaTienDo": "ev-000981",
                "TrangThai": "4",
                "ThoiDiemXuLy": "20261117143000",
                "NoiDungXuLy": "Đã giao đơn vị chuyên môn kiểm tra hồ sơ.",
                "NguoiXuLy": "cb-mau-01",
                "PhongBanXuLy": "Văn phòng",
                "NgayBatDau": "20261117143000",
                "NgayKetThucDuKien": "20261202235959",
            }
        ],
    )
    assert told["message"] == "Cập nhật tiến độ thành công 1/1 bản ghi"
    assert told["error_code"] == "0"
    expected = {
        "PAKNID": 900000123,
        "MATIENDO": "ev-000981",
        "KETQUA": "1",
        "THONGBAO": "",
        "TRANGTHAI": "4",
        "NGAYCAPNHAT": "20261117143002",
    }
    assert expected.items() <= first(told).items()
    act = (await portal.dump(900000123))["history"][-1]
    assert (act["action"], act["status"], act["officer"]) == ("PHAN_CONG", "UNIT_ASSIGNED", "cb-mau-01")


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("4", {"ACCEPTED", "UNIT_ASSIGNED", "IN_PROGRESS"}),
        ("5", {"ACCEPTED", "UNIT_ASSIGNED", "IN_PROGRESS", "REWORK"}),
        ("15", {"PUBLISHED"}),
    ],
)
async def test_progress_is_allowed_where_the_table_says(portal: Kit, target: str, allowed: set[str]) -> None:
    every = (
        "ASSIGNED ACCEPTED UNIT_ASSIGNED IN_PROGRESS SUPPLEMENT_REQUESTED SUPPLEMENTED ANSWERED PUBLISHED REWORK"
        " REFUSED RETURNED_VPCP TRANSFERRED RECALLED CLOSED"
    )
    found = set()
    for status in every.split():
        case_id = await portal.reach(status)
        told = await portal.progress(case_id, "ev-thu", target, ThoiDiemXuLy="20261118080000")
        if told["error_code"] == "0":
            found.add(status)
            assert first(told)["TRANGTHAI"] == target
        else:
            assert (first(told)["KETQUA"], first(told)["THONGBAO"]) == ("0", STATE)
    assert found == allowed


async def test_a_private_answer_may_be_closed_without_publication(portal: Kit) -> None:
    case_id = await portal.reach("ACCEPTED")
    await portal.answer(case_id, CONGKHAI="0")
    told = await portal.progress(case_id, "dong-1", "15", ThoiDiemXuLy="20261118080000")
    assert first(told)["TRANGTHAI"] == "15"


async def test_progress_older_than_the_newest_act_is_a_conflict(portal: Kit) -> None:
    """The contract's words: the newest known act, whoever's it is; the switch narrows it."""
    case_id = await portal.reach("IN_PROGRESS")
    portal.at("2026-11-18T08:00:00+07:00")
    await portal.happen(case_id, "remind", text="Đề nghị đẩy nhanh.")
    late = {"ThoiDiemXuLy": "20261117150000"}
    told = await portal.progress(case_id, "ev-muon", **late)
    assert (told["error_code"], first(told)["THONGBAO"], first(told)["TRANGTHAI"]) == ("-1", STATE, "5")
    portal.switch(progress_order="own")
    assert (await portal.progress(case_id, "ev-muon", **late))["error_code"] == "0"
    older = await portal.progress(case_id, "ev-xua", ThoiDiemXuLy="20261117100000")
    assert first(older)["THONGBAO"] == STATE
    portal.switch(progress_order="off")
    assert (await portal.progress(case_id, "ev-xua", ThoiDiemXuLy="20261117100000"))["error_code"] == "0"


async def test_the_same_second_is_not_older(portal: Kit) -> None:
    case_id = await portal.reach("IN_PROGRESS")
    assert (await portal.progress(case_id, "ev-2"))["error_code"] == "0"


async def test_repeated_progress_writes_no_second_row(portal: Kit) -> None:
    case_id = await portal.reach("ACCEPTED")
    await portal.progress(case_id, "ev-1")
    await portal.answer(case_id)
    before = await portal.dump(case_id)
    again = first(await portal.progress(case_id, "ev-1"))
    assert (again["KETQUA"], again["TRUNGLAP"], again["TRANGTHAI"]) == ("1", "1", "8")
    assert await portal.dump(case_id) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"MaTienDo": ""}, "Thiếu trường bắt buộc: MaTienDo"),
        ({"MaTienDo": "e" * 65}, "Giá trị không hợp lệ: MaTienDo (quá 64 ký tự)"),
        ({"TrangThai": "8"}, "Giá trị không hợp lệ: TrangThai"),
        ({"TrangThai": 5}, "Giá trị không hợp lệ: TrangThai"),
        ({"ThoiDiemXuLy": ""}, "Thiếu trường bắt buộc: ThoiDiemXuLy"),
        ({"ThoiDiemXuLy": "20261131000000"}, "Giá trị không hợp lệ: ThoiDiemXuLy"),
        ({"NoiDungXuLy": "  "}, "Thiếu trường bắt buộc: NoiDungXuLy"),
        ({"NoiDungXuLy": "x" * 4001}, "Giá trị không hợp lệ: NoiDungXuLy (quá 4000 ký tự)"),
        ({"NguoiXuLy": "x" * 51}, "Giá trị không hợp lệ: NguoiXuLy (quá 50 ký tự)"),
        ({"NgayBatDau": "hôm nay"}, "Giá trị không hợp lệ: NgayBatDau"),
        ({"GhiChu": "x"}, "Giá trị không hợp lệ: GhiChu (trường không có trong đặc tả)"),
        ({"PAKNID": 900009999}, "PAKN 900009999 không tồn tại"),
    ],
)
async def test_a_bad_progress_item_fails_by_itself(portal: Kit, change: dict[str, Any], message: str) -> None:
    case_id = await portal.reach("ACCEPTED")
    told = await portal.call(
        "CapNhatTienDoPAKN", data=[portal.step(case_id, "tot"), portal.step(case_id, "hong") | change]
    )
    assert (told["error_code"], told["message"]) == ("-1", "Cập nhật tiến độ thành công 1/2 bản ghi")
    good, bad = told["result"]
    assert (good["KETQUA"], bad["KETQUA"], bad["THONGBAO"]) == ("1", "0", message)


async def test_a_foreign_item_fails_by_itself(portal: Kit) -> None:
    foreign = await portal.create(agency=OTHER)
    assert first(await portal.progress(foreign))["THONGBAO"] == "Đơn vị không có quyền xử lý PAKN này"


@pytest.mark.parametrize("service", ["CapNhatTienDoPAKN", "DongBoKetQuaXuLyPAKN", "DongBoPAKN"])
async def test_batches_hold_one_to_ten_objects(portal: Kit, service: str) -> None:
    more = {"isUpdating": "False"} if service == "DongBoPAKN" else {}
    for data, message in (
        ([{}] * 11, "Vượt quá số bản ghi cho phép (10)"),
        (None, "Thiếu trường bắt buộc: data"),
        ([], "Thiếu trường bắt buộc: data"),
        ({}, "Giá trị không hợp lệ: data"),
        ([1], "Giá trị không hợp lệ: data"),
    ):
        told = await portal.call(service, data=data, **more)
        assert (told["error_code"], told["message"]) == ("-1", message)


async def test_rows_per_item_can_be_switched_off(portal: Kit) -> None:
    """The count stays; a single item then tells its reason in the message."""
    portal.switch(per_item=False)
    case_id = await portal.reach("ACCEPTED")
    two = [portal.step(case_id, "a"), portal.step(case_id, "b", "15")]
    told = await portal.call("CapNhatTienDoPAKN", data=two)
    assert (told["error_code"], told["message"], told["result"]) == (
        "-1",
        "Cập nhật tiến độ thành công 1/2 bản ghi",
        [],
    )
    assert (await portal.progress(case_id, "c", "15"))["message"] == STATE


async def test_every_item_may_carry_its_own_transaction(portal: Kit) -> None:
    """A sender that collects several writes into one batch keeps one id per write; each is echoed and remembered."""
    one, two = await portal.reach("ACCEPTED"), await portal.reach("ACCEPTED")
    items = [portal.step(one, MaGiaoDich=f"{TX}1"), portal.step(two, MaGiaoDich=f"{TX}2")]
    await portal.call("CapNhatTienDoPAKN", data=items)
    for number, case_id in ((1, one), (2, two)):
        assert (await portal.dump(case_id))["history"][-1]["transaction"] == f"{TX}{number}"
    again = await portal.call("CapNhatTienDoPAKN", data=items[::-1])
    assert [row["TRUNGLAP"] for row in again["result"]] == ["1", "1"]
    told = await portal.progress(one, NoiDungXuLy="Khác.", MaGiaoDich=f"{TX}1")
    assert first(told)["THONGBAO"] == "Giá trị không hợp lệ: MaGiaoDich (đã dùng cho yêu cầu khác)"


async def test_a_transaction_of_the_whole_batch_is_echoed_in_every_act(portal: Kit) -> None:
    case_id = await portal.reach("ACCEPTED")
    data = [portal.step(case_id, "a"), portal.step(case_id, "b")]
    await portal.call("CapNhatTienDoPAKN", data=data, MaGiaoDich=f"{TX}3")
    assert [act["transaction"] for act in (await portal.dump(case_id))["history"][-2:]] == [f"{TX}3"] * 2
    again = await portal.call("CapNhatTienDoPAKN", data=data, MaGiaoDich=f"{TX}3")
    assert again["message"].startswith("Yêu cầu đã được ghi nhận trước đó, ")


# ---- answers -------------------------------------------------------------------------------------------------


async def test_an_answer_is_the_contracts_example(portal: Kit, host: FileHost) -> None:
    await portal.create(id=900000123)
    await portal.accept(900000123)
    portal.at("2026-11-30T15:30:04+07:00")
    text = "UBND xã Mẫu đã trả kết quả hồ sơ ngày 18/11/2026 và xin lỗi công dân về việc chậm trễ."
    told = await portal.call(
        "DongBoKetQuaXuLyPAKN",
        data=[
            {
                "PAKNID": 900000123,
                "MADONVI": OURS,
                "LANTRALOI": 1,
                "NOIDUNGTRALOI": text,
                "NGUOITRALOI": "Trần Thị Ví Dụ",
                "CHUCVUNGUOITRALOI": "Phó Chánh Văn phòng",
                "NGAYTRALOI": "20261130153000",
                "SOVANBAN": "123/VP-MAU",
                "CONGKHAI": "1",
                "TEPDINHKEM": [
                    {
                        "TEPID": "A-42-1",
                        "TENTEP": "tra-loi.pdf",
                        "LOAITEP": "application/pdf",
                        "DUNGLUONG": str(len(PDF)),
                        "MABAM": hashlib.sha256(PDF).hexdigest(),
                        "KYSO": "1",
                        "DUONGDAN": host.put("/tai-tep/b81c20", PDF),
                    }
                ],
            }
        ],
    )
    assert (told["error_code"], told["message"]) == ("0", "Đồng bộ kết quả thành công 1/1 bản ghi")
    row = first(told)
    expected = {
        "PAKNID": 900000123,
        "LANTRALOI": 1,
        "TRANGTHAI": "8",
        "KETQUA": "1",
        "THONGBAO": "",
        "NGAYCAPNHAT": "20261130153004",
        "MABAMTRALOI": hashlib.sha256(text.encode()).hexdigest(),
    }
    assert expected.items() <= row.items()
    assert isinstance(row["TRALOIID"], int)
    item = first(await portal.call("LayChiTietPAKN", PAKNID=900000123))
    shown = {
        "NOIDUNGTRALOI": text,
        "SOVANBAN": "123/VP-MAU",
        "NGUOITRALOI": "Trần Thị Ví Dụ",
        "CHUCVUNGUOITRALOI": "Phó Chánh Văn phòng",
        "NGAYTRALOI": "20261130153000",
        "TRALOIID": row["TRALOIID"],
    }
    assert shown.items() <= item.items()
    file = item["TEPDINHKEM"][0]
    assert (file["TEPID"], file["VAITRO"], file["KYSO"]) == ("A-42-1", "2", "1")
    path = "/" + file["DUONGDAN"].split("/", 3)[3]
    assert (await portal.http.get(portal.served.url + path)).content == PDF, "served byte by byte as it came"
    assert item["LICHSU"][-1]["TEPID"] == ["A-42-1"]


async def test_an_answer_is_allowed_where_the_table_says(portal: Kit) -> None:
    found = set()
    for status in (
        "ASSIGNED",
        "ACCEPTED",
        "UNIT_ASSIGNED",
        "IN_PROGRESS",
        "SUPPLEMENT_REQUESTED",
        "SUPPLEMENTED",
    ):
        if (await portal.answer(await portal.reach(status)))["error_code"] == "0":
            found.add(status)
    for status in ("ANSWERED", "PUBLISHED", "REWORK", "REFUSED", "TRANSFERRED", "RECALLED", "CLOSED"):
        case_id = await portal.reach(status)
        told = await portal.answer(case_id, 2)
        if told["error_code"] == "0":
            found.add(status)
        else:
            assert first(told)["THONGBAO"] == STATE
    assert found == {"ACCEPTED", "UNIT_ASSIGNED", "IN_PROGRESS", "ANSWERED", "REWORK"}


async def test_the_same_text_again_is_a_repeat(portal: Kit) -> None:
    case_id = await portal.reach("ANSWERED")
    before = await portal.dump(case_id)
    row = first(await portal.answer(case_id))
    assert (row["KETQUA"], row["TRUNGLAP"], row["LANTRALOI"]) == ("1", "1", 1)
    assert await portal.dump(case_id) == before


async def test_a_lower_version_with_the_same_text_is_a_repeat(portal: Kit) -> None:
    case_id = await portal.reach("ANSWERED")
    await portal.answer(case_id, 3)
    assert first(await portal.answer(case_id, 1))["TRUNGLAP"] == "1", "version 1 as it was"
    same = first(await portal.answer(case_id, 2, NOIDUNGTRALOI="Trả lời lần 3."))
    assert (same["TRUNGLAP"], same["LANTRALOI"]) == ("1", 3)


async def test_the_same_version_with_another_text_is_refused(portal: Kit) -> None:
    case_id = await portal.reach("ANSWERED")
    row = first(await portal.answer(case_id, 1, NOIDUNGTRALOI="Khác."))
    assert (row["KETQUA"], row["THONGBAO"]) == ("0", "Lần trả lời không hợp lệ")


@pytest.mark.parametrize("status", ["ANSWERED", "REWORK"])
async def test_a_higher_version_replaces(portal: Kit, status: str) -> None:
    case_id = await portal.reach(status)
    row = first(await portal.answer(case_id, 2))
    assert (row["LANTRALOI"], row["TRANGTHAI"]) == (2, "8")
    dump = await portal.dump(case_id)
    assert dump["answer"]["text"] == "Trả lời lần 2."
    assert [act["action"] for act in dump["history"]].count("TRA_LOI") == 2


async def test_a_repeat_stays_a_repeat_after_publication(portal: Kit) -> None:
    case_id = await portal.reach("PUBLISHED")
    assert first(await portal.answer(case_id))["TRUNGLAP"] == "1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"MADONVI": "000.00.00.H00"}, "Giá trị không hợp lệ: MADONVI"),
        ({"LANTRALOI": 0}, "Giá trị không hợp lệ: LANTRALOI"),
        ({"LANTRALOI": "1"}, "Giá trị không hợp lệ: LANTRALOI"),
        ({"NOIDUNGTRALOI": ""}, "Thiếu trường bắt buộc: NOIDUNGTRALOI"),
        ({"NOIDUNGTRALOI": "ạ" * 20_001}, "Giá trị không hợp lệ: NOIDUNGTRALOI (quá 20000 ký tự)"),
        ({"NGUOITRALOI": None}, "Thiếu trường bắt buộc: NGUOITRALOI"),
        ({"CHUCVUNGUOITRALOI": None}, "Thiếu trường bắt buộc: CHUCVUNGUOITRALOI"),
        ({"NGAYTRALOI": "30/11/2026"}, "Giá trị không hợp lệ: NGAYTRALOI"),
        ({"CONGKHAI": ""}, "Thiếu trường bắt buộc: CONGKHAI"),
        ({"CONGKHAI": True}, "Giá trị không hợp lệ: CONGKHAI"),
        ({"TEPDINHKEM": {}}, "Giá trị không hợp lệ: TEPDINHKEM"),
    ],
)
async def test_a_bad_answer_names_its_field(portal: Kit, change: dict[str, Any], message: str) -> None:
    case_id = await portal.reach("ACCEPTED")
    assert first(await portal.answer(case_id, **change))["THONGBAO"] == message
    assert (await portal.dump(case_id))["answer"] is None


async def test_the_answer_date_may_be_that_of_the_question_service(portal: Kit) -> None:
    portal.switch(answer_date_form="slash")
    case_id = await portal.create()
    await portal.accept(case_id)
    assert first(await portal.answer(case_id))["THONGBAO"] == "Giá trị không hợp lệ: NGAYTRALOI"
    assert (await portal.answer(case_id, NGAYTRALOI="30/11/2026"))["error_code"] == "0"


# ---- files ---------------------------------------------------------------------------------------------------


def entry(url: str, **changes: Any) -> dict[str, Any]:
    return {"TEPID": "A-1", "TENTEP": "a.pdf", "DUONGDAN": url} | changes


@pytest.mark.parametrize(
    "change",
    [
        {"MABAM": "0" * 64},
        {"DUNGLUONG": 3},
        {"TENTEP": "a.exe"},
        {"TENTEP": "khong-duoi"},
        {"TENTEP": "a.docx"},
        {"TENTEP": "a.png"},
        {"DUNGLUONG": str(21 * 1024 * 1024)},
        {"DUONGDAN": "/khong-co.pdf"},
        {"DUONGDAN": "/chuyen-huong"},
        {"DUONGDAN": "file:///etc/hostname"},
        {"DUONGDAN": "https://127.0.0.1/a.pdf"},
        {"DUONGDAN": "http://gateway.example/a.pdf"},
        {"DUONGDAN": "khong phai dia chi"},
    ],
)
async def test_a_file_that_is_not_what_it_should_be_fails_its_item(
    portal: Kit, host: FileHost, change: dict[str, Any]
) -> None:
    """Hash, size, kind, address; redirects are not followed and no other host is ever asked."""
    host.put("/a.pdf", PDF)
    file = entry(host.url + "/a.pdf", MABAM=hashlib.sha256(PDF).hexdigest()) | change
    if file["DUONGDAN"].startswith("/"):
        file["DUONGDAN"] = host.url + file["DUONGDAN"]
    case_id = await portal.reach("ACCEPTED")
    row = first(await portal.answer(case_id, TEPDINHKEM=[file]))
    assert (row["KETQUA"], row["THONGBAO"]) == ("0", "Tệp đính kèm không hợp lệ: A-1")
    assert (await portal.dump(case_id))["status"] == "ACCEPTED"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"TEPID": ""}, "Thiếu trường bắt buộc: TEPDINHKEM.TEPID"),
        ({"DUONGDAN": None}, "Thiếu trường bắt buộc: TEPDINHKEM.DUONGDAN"),
        ({"TENTEP": "a" * 252 + ".pdf"}, "Giá trị không hợp lệ: TEPDINHKEM.TENTEP (quá 255 ký tự)"),
        ({"MABAM": "ABC"}, "Giá trị không hợp lệ: TEPDINHKEM.MABAM"),
        ({"VAITRO": "1"}, "Giá trị không hợp lệ: TEPDINHKEM.VAITRO"),
        ({"DUNGLUONG": "3 KB"}, "Giá trị không hợp lệ: TEPDINHKEM.DUNGLUONG"),
        ({"KHAC": "1"}, "Giá trị không hợp lệ: TEPDINHKEM.KHAC (trường không có trong đặc tả)"),
    ],
)
async def test_a_bad_file_entry_names_its_field(portal: Kit, change: dict[str, Any], message: str) -> None:
    case_id = await portal.reach("ACCEPTED")
    told = await portal.answer(case_id, TEPDINHKEM=[entry("http://127.0.0.1:9/a.pdf") | change])
    assert first(told)["THONGBAO"] == message


async def test_at_most_ten_files_with_ids_of_their_own(portal: Kit, host: FileHost) -> None:
    case_id = await portal.reach("ACCEPTED")
    url = host.put("/a.pdf", PDF)
    many = [entry(url, TEPID=f"A-{number}") for number in range(11)]
    assert "TEPDINHKEM" in first(await portal.answer(case_id, TEPDINHKEM=many))["THONGBAO"]
    twice = first(await portal.answer(case_id, TEPDINHKEM=[entry(url)] * 2))
    assert twice["THONGBAO"] == "Giá trị không hợp lệ: TEPID (lặp lại)"
    assert (await portal.answer(case_id, TEPDINHKEM=many[:10]))["error_code"] == "0"


async def test_a_repeat_fetches_nothing(portal: Kit, host: FileHost) -> None:
    """Download addresses expire; a repeated answer must not need them."""
    case_id = await portal.reach("ACCEPTED")
    file = entry(host.put("/mot-lan.pdf", PDF))
    await portal.answer(case_id, TEPDINHKEM=[file])
    host.files.clear()
    assert first(await portal.answer(case_id, TEPDINHKEM=[file]))["TRUNGLAP"] == "1"
    assert host.asked.count("/mot-lan.pdf") == 1


async def test_switches_widen_what_files_are_taken(portal: Kit, host: FileHost) -> None:
    portal.switch(allow_png=True)
    case_id = await portal.create()
    await portal.accept(case_id)
    png = entry(host.put("/a.png", b"\x89PNG\r\n\x1a\n..."), TENTEP="a.png")
    assert (await portal.answer(case_id, TEPDINHKEM=[png]))["error_code"] == "0"
    portal.switch(magic_check=False)
    odd = entry(host.put("/odd.pdf", b"abc"), TEPID="A-2")
    assert (await portal.answer(case_id, 2, TEPDINHKEM=[odd]))["error_code"] == "0"


async def test_a_foreign_address_may_be_mapped_to_an_adapter(host: FileHost) -> None:
    """As behind a security server: the announced host is only reached through the local adapter."""
    host.put("/forward/tai-tep/b81c20", PDF)
    async with kit(fetch_map={"gateway.example": f"{host.url}/forward"}) as portal:
        case_id = await portal.reach("ACCEPTED")
        file = entry("http://gateway.example/tai-tep/b81c20")
        assert (await portal.answer(case_id, TEPDINHKEM=[file]))["error_code"] == "0"


async def test_two_equal_answers_at_once_have_one_effect(portal: Kit, host: FileHost) -> None:
    """The second arrives while the first one's file is being fetched."""
    case_id = await portal.reach("ACCEPTED")
    file = entry(host.put("/a.pdf", PDF))
    both = await asyncio.gather(*(portal.answer(case_id, TEPDINHKEM=[file]) for _ in range(2)))
    assert sorted(first(told).get("TRUNGLAP", "0") for told in both) == ["0", "1"]
    actions = [act["action"] for act in (await portal.dump(case_id))["history"]]
    assert actions.count("TRA_LOI") == 1
