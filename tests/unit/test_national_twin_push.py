"""``DongBoPAKN``: insert, exists, update, absent, privacy, files (national-portal contract §10.6.9)."""

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


CODE = "000.00.00.H56-261118-00057"
TX = "5d0f7c1e-0000-4000-8000-000000000009"
PDF = b"%PDF-1.7 cau hoi"


async def test_a_new_case_gets_the_portals_ids(portal: Kit) -> None:
    portal.at("2026-11-18T08:01:02+07:00")
    told = await portal.push(more={"MaGiaoDich": TX})
    assert (told["error_code"], told["message"]) == ("0", f"Đồng bộ PAKN {CODE} thành công")
    row = told["result"][0]
    expected = {
        "MAPAKNDONVI": CODE,
        "MADONVI": OURS,
        "TRANGTHAI": "2",
        "NGAYCAPNHAT": "20261118080102",
        "KETQUA": "1",
        "THONGBAO": "",
    }
    assert expected.items() <= row.items()
    assert row["PAKNID"] > 0
    assert row["MAPAKN"].startswith("PAKN-MAU-")
    dump = await portal.dump(row["PAKNID"])
    assert dump["title"] == "Đề nghị bỏ một giấy tờ trùng trong thủ tục"
    assert [act["transaction"] for act in dump["history"]] == [TX, TX]


async def test_a_known_code_is_the_contracts_exists_answer(portal: Kit) -> None:
    portal.at("2026-11-18T08:01:02+07:00")
    case_id = (await portal.push())["result"][0]["PAKNID"]
    told = await portal.push()
    assert (told["error_code"], told["message"]) == ("3", f"PAKN {CODE} đã tồn tại")
    expected = {
        "PAKNID": case_id,
        "MAPAKNDONVI": CODE,
        "MADONVI": OURS,
        "TRANGTHAI": "2",
        "NGAYCAPNHAT": "20261118080102",
        "TRUNGLAP": "1",
        "KETQUA": "0",
        "THONGBAO": "đã tồn tại",
    }
    assert expected.items() <= told["result"][0].items()


async def test_the_same_transaction_is_a_repeat_and_no_exists(portal: Kit) -> None:
    first = await portal.push(more={"MaGiaoDich": TX})
    again = await portal.push(more={"MaGiaoDich": TX})
    assert (again["error_code"], again["result"][0]["TRUNGLAP"]) == ("0", "1")
    assert again["result"][0]["PAKNID"] == first["result"][0]["PAKNID"]


async def test_an_update_replaces_the_senders_side_whole(portal: Kit) -> None:
    case_id = (await portal.push(TrangThai="3", DiaDiem="Ngã tư Mẫu"))["result"][0]["PAKNID"]
    told = await portal.push(updating="True", TieuDe="Tiêu đề mới", TrangThai="5", BiMat="1")
    assert told["error_code"] == "0"
    assert "thành công" in told["message"]
    dump = await portal.dump(case_id)
    assert (dump["title"], dump["private"], dump["status"]) == ("Tiêu đề mới", True, "ACCEPTED")
    item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    assert "DIADIEM" not in item, "what the update leaves out is gone"


async def test_an_update_moves_the_date_of_change(portal: Kit) -> None:
    await portal.push()
    portal.at("2026-11-19T08:00:00+07:00")
    row = (await portal.push(updating="True"))["result"][0]
    assert row["NGAYCAPNHAT"] == "20261119080000"


async def test_an_update_of_an_unknown_code_is_absent(portal: Kit) -> None:
    told = await portal.push(updating="True")
    assert (told["error_code"], told["message"]) == ("-3", f"PAKN {CODE} không tồn tại")


async def test_an_update_may_only_tighten_privacy(portal: Kit) -> None:
    """Loosening needs the sender's own act, which the portal cannot see: a switch lets it pass."""
    case_id = (await portal.push(BiMat="1"))["result"][0]["PAKNID"]
    for change in ({"BiMat": "0"}, {"BiMat": "1", "CongKhai": "1"}):
        told = await portal.push(updating="True", **change)
        assert told["error_code"] == "-1"
        assert "không được nới lỏng" in told["message"]
    assert (await portal.dump(case_id))["private"] is True
    portal.switch(allow_loosening=True)
    assert (await portal.push(updating="True", BiMat="0"))["error_code"] == "0"


async def test_a_case_born_at_the_portal_takes_no_update(portal: Kit) -> None:
    case_id = await portal.create()
    await portal.accept(case_id, MaPAKNDonVi=CODE)
    told = await portal.push(updating="True")
    assert (told["error_code"], told["message"]) == ("-1", "Đơn vị không có quyền xử lý PAKN này")
    exists = await portal.push()
    assert (exists["error_code"], exists["result"][0]["PAKNID"]) == ("3", case_id)


@pytest.mark.parametrize(
    ("status", "actions"),
    [
        ("2", ["GUI", "CHUYEN"]),
        ("3", ["GUI", "CHUYEN", "TIEP_NHAN"]),
        ("4", ["GUI", "CHUYEN", "TIEP_NHAN", "PHAN_CONG"]),
        ("5", ["GUI", "CHUYEN", "TIEP_NHAN", "TIEN_DO"]),
    ],
)
async def test_the_given_status_has_its_history(portal: Kit, status: str, actions: list[str]) -> None:
    row = (await portal.push(TrangThai=status))["result"][0]
    assert row["TRANGTHAI"] == status
    dump = await portal.dump(row["PAKNID"])
    assert [act["action"] for act in dump["history"]] == actions
    assert {act["agency"] for act in dump["history"]} == {OURS}


async def test_later_acts_travel_by_the_portals_id(portal: Kit) -> None:
    """Also when a unit of ours is named as handling agency: who pushed keeps its right."""
    case_id = (await portal.push(MaDonVi="000.00.77.H56", TenDonVi="Sở Mẫu"))["result"][0]["PAKNID"]
    assert (await portal.accept(case_id))["error_code"] == "0"
    assert (await portal.answer(case_id, NGAYTRALOI="20261120080000"))["error_code"] == "0"
    assert await portal.happen(case_id, "publish") == "PUBLISHED"


async def test_a_pushed_case_waits_in_the_list_until_accepted(portal: Kit) -> None:
    await portal.push()
    row = (await portal.call("DanhSachPAKNChoXuLy"))["result"][0]
    assert (row["MAPAKNDONVI"], row["NGUON"]) == (CODE, "9"), "the code lets the owner recognise its own case"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"MaPAKNDonVi": ""}, "Thiếu trường bắt buộc: MaPAKNDonVi"),
        ({"MaPAKNDonVi": f"{OTHER}-261118-00057"}, "Mã PAKN đơn vị không hợp lệ"),
        ({"Nguon": "10"}, "Giá trị không hợp lệ: Nguon"),
        ({"Nguon": 9}, "Giá trị không hợp lệ: Nguon"),
        ({"LoaiPAKN": ""}, "Thiếu trường bắt buộc: LoaiPAKN"),
        ({"LoaiPAKN": "5"}, "Giá trị không hợp lệ: LoaiPAKN"),
        ({"DoiTuong": "0"}, "Giá trị không hợp lệ: DoiTuong"),
        ({"MaLinhVuc": "LA"}, "Giá trị không hợp lệ: MaLinhVuc"),
        ({"MaDonVi": "000.00.00.H00"}, "Giá trị không hợp lệ: MaDonVi"),
        ({"TenDonVi": ""}, "Thiếu trường bắt buộc: TenDonVi"),
        ({"TieuDe": "ề" * 501}, "Giá trị không hợp lệ: TieuDe (quá 500 ký tự)"),
        ({"NoiDung": "ề" * 20_001}, "Giá trị không hợp lệ: NoiDung (quá 20000 ký tự)"),
        ({"NgayGui": ""}, "Thiếu trường bắt buộc: NgayGui"),
        ({"NgayTiepNhan": "2026-11-18"}, "Giá trị không hợp lệ: NgayTiepNhan"),
        ({"HanXuLy": "18/11/2026"}, "Giá trị không hợp lệ: HanXuLy"),
        ({"TrangThai": "8"}, "Giá trị không hợp lệ: TrangThai"),
        ({"TrangThai": ""}, "Thiếu trường bắt buộc: TrangThai"),
        ({"CongKhai": ""}, "Thiếu trường bắt buộc: CongKhai"),
        ({"BiMat": "co"}, "Giá trị không hợp lệ: BiMat"),
        ({"AnDanh": "2"}, "Giá trị không hợp lệ: AnDanh"),
    ],
)
async def test_a_bad_field_is_named_and_nothing_is_created(
    portal: Kit, change: dict[str, Any], message: str
) -> None:
    told = await portal.push(**change)
    assert (told["error_code"], told["message"]) == ("-1", message)
    assert (await portal.control("GET", "cases")).json() == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "Thiếu trường bắt buộc: isUpdating"),
        (True, "Giá trị không hợp lệ: isUpdating"),
        ("true", "Giá trị không hợp lệ: isUpdating"),
    ],
)
async def test_is_updating_is_the_text_true_or_false(portal: Kit, value: Any, message: str) -> None:
    assert (await portal.push(updating=value))["message"] == message


async def test_several_items_are_told_one_by_one(portal: Kit) -> None:
    await portal.push()
    other = "000.00.00.H56-261118-00058"
    items = [
        portal.pushed(),
        portal.pushed(MaPAKNDonVi=other),
        portal.pushed(MaPAKNDonVi=other, LoaiPAKN="7"),
    ]
    told = await portal.call("DongBoPAKN", isUpdating="False", data=items)
    assert (told["error_code"], told["message"]) == ("-1", "Đồng bộ thành công 1/3 bản ghi")
    assert [row["KETQUA"] for row in told["result"]] == ["0", "1", "0"]
    assert told["result"][0]["THONGBAO"] == f"PAKN {CODE} đã tồn tại"
    assert told["result"][2] == {
        "MAPAKNDONVI": other,
        "KETQUA": "0",
        "THONGBAO": "Giá trị không hợp lệ: LoaiPAKN",
    }


async def test_files_are_fetched_and_replaced_by_an_update(portal: Kit, host: FileHost) -> None:
    file = {
        "TepId": "register:12",
        "TenTep": "cau-hoi.pdf",
        "LoaiTep": "application/pdf",
        "DungLuong": len(PDF),
        "MaBam": hashlib.sha256(PDF).hexdigest(),
        "VaiTro": "1",
        "KySo": "0",
        "DuongDan": host.put("/cau-hoi.pdf", PDF),
    }
    case_id = (await portal.push(TepDinhKem=[file]))["result"][0]["PAKNID"]
    shown = (await portal.dump(case_id))["files"]
    assert shown == [
        {
            "id": "register:12",
            "name": "cau-hoi.pdf",
            "role": "question",
            "sha256": hashlib.sha256(PDF).hexdigest(),
        }
    ]
    await portal.push(updating="True", TepDinhKem=[file | {"TepId": "register:13"}])
    assert [item["id"] for item in (await portal.dump(case_id))["files"]] == ["register:13"]


async def test_a_bad_file_stops_the_insert(portal: Kit, host: FileHost) -> None:
    file = {"TepId": "register:12", "TenTep": "a.pdf", "VaiTro": "1", "DuongDan": f"{host.url}/khong-co"}
    told = await portal.push(TepDinhKem=[file])
    assert (told["error_code"], told["message"]) == ("-1", "Tệp đính kèm không hợp lệ: register:12")
    assert (await portal.control("GET", "cases")).json() == []
    del file["VaiTro"]
    assert (await portal.push(TepDinhKem=[file]))["message"] == "Thiếu trường bắt buộc: TEPDINHKEM.VAITRO"
