"""List, detail, look-up, catalogues, files (national-portal contract §10.3, §10.6.1, .2, .10, .11)."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.national_portal.twin import Settings, Twin
from tests.unit.national_twin_kit import OTHER, OURS, VPCP, Kit, kit

LIST = "DanhSachPAKNChoXuLy"
PDF = b"%PDF-1.7 mau"
FILE = {
    "name": "giay-hen.pdf",
    "media_type": "application/pdf",
    "content_base64": base64.b64encode(PDF).decode(),
    "signed": True,
}


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Kit]:
    async with kit() as found:
        yield found


@pytest.fixture
def portal(served: Kit) -> Kit:
    served.reset()
    return served


async def example(portal: Kit, **changes: Any) -> int:
    given = {
        "id": 900000123,
        "instruction": "Chuyển UBND tỉnh xem xét, trả lời công dân.",
        "files": [FILE | {"signed": False}],
    }
    return await portal.create(**(given | changes))


async def test_the_list_is_the_contracts_example(portal: Kit) -> None:
    await example(portal)
    told = await portal.call(LIST)
    row = told["result"][0]
    assert told["message"] == "Lấy danh sách thành công"
    expected = {
        "PAKNID": 900000123,
        "MAPAKN": "PAKN-MAU-000123",
        "NGUON": "1",
        "LOAIPAKN": "1",
        "MALINHVUC": "G15-MAU01",
        "TENLINHVUC": "Hộ tịch (mẫu)",
        "MADONVI": "000.00.00.H56",
        "TENDONVI": "UBND tỉnh Thanh Hóa",
        "TIEUDE": "Chậm trả kết quả hồ sơ hộ tịch",
        "DOITUONG": "1",
        "NGAYGUI": "20261115203000",
        "NGAYCHUYEN": "20261116091500",
        "NGAYCAPNHAT": "20261116091500",
        "HANXULY": "20261208235959",
        "CANCUHAN": "CS766",
        "TRANGTHAI": "2",
        "TENTRANGTHAI": "Tiếp nhận ở địa phương",
        "CONGKHAI": "0",
        "BIMAT": "0",
        "SOTEP": 1,
    }
    assert expected.items() <= row.items()
    assert not {"HOVATEN", "SODIENTHOAI", "DIACHI", "THUDIENTU", "NOIDUNG"} & set(row)


async def test_the_detail_is_the_contracts_example(portal: Kit) -> None:
    case_id = await example(portal)
    item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    expected = {
        "MADONVICHUYEN": "000.00.00.G22",
        "TENDONVICHUYEN": "Văn phòng Chính phủ",
        "HOVATEN": "Nguyễn Văn Mẫu",
        "SODIENTHOAI": "0900000000",
        "THUDIENTU": "nguyenvanmau@example.com",
        "ANDANH": "1",
        "CHIDAO": "Chuyển UBND tỉnh xem xét, trả lời công dân.",
    }
    assert expected.items() <= item.items()
    assert item["LICHSU"] == [
        {
            "LICHSUID": 1,
            "THOIDIEM": "20261115203000",
            "HANHDONG": "GUI",
            "TRANGTHAISAU": "1",
            "MADONVI": "000.00.00.G22",
            "TENDONVI": "Văn phòng Chính phủ",
        },
        {
            "LICHSUID": 2,
            "THOIDIEM": "20261116091500",
            "HANHDONG": "CHUYEN",
            "TRANGTHAITRUOC": "1",
            "TRANGTHAISAU": "2",
            "MADONVI": "000.00.00.G22",
            "TENDONVI": "Văn phòng Chính phủ",
            "NOIDUNG": "Chuyển đúng thẩm quyền",
        },
    ]
    file = item["TEPDINHKEM"][0]
    assert (
        file.items()
        >= {
            "TEPID": "T-123-1",
            "TENTEP": "giay-hen.pdf",
            "LOAITEP": "application/pdf",
            "DUNGLUONG": str(len(PDF)),
            "VAITRO": "1",
            "KYSO": "0",
            "MABAM": hashlib.sha256(PDF).hexdigest(),
        }.items()
    )
    assert file["DUONGDAN"].startswith("http://provider.example/tep/")


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        ("ASSIGNED", True),
        ("SUPPLEMENTED", True),
        ("REWORK", True),
        ("ACCEPTED", False),
        ("SUPPLEMENT_REQUESTED", False),
        ("ANSWERED", False),
        ("PUBLISHED", False),
        ("REFUSED", False),
        ("TRANSFERRED", False),
        ("RECALLED", False),
        ("CLOSED", False),
    ],
)
async def test_statuses_2_7_and_10_wait(portal: Kit, status: str, waits: bool) -> None:
    case_id = await portal.reach(status)
    listed = [row["PAKNID"] for row in (await portal.call(LIST))["result"]]
    assert (case_id in listed) is waits


async def test_nothing_waiting_is_an_empty_success(portal: Kit) -> None:
    told = await portal.call(LIST)
    assert (told["error_code"], told["result"]) == ("0", [])


async def test_the_list_is_the_callers_own(portal: Kit) -> None:
    await portal.create(agency=OTHER)
    assert (await portal.call(LIST))["result"] == []
    assert len((await portal.call(LIST, as_agency=OTHER))["result"]) == 1


async def test_reading_changes_nothing(portal: Kit) -> None:
    case_id = await portal.create()
    before = await portal.dump(case_id)
    portal.at("2026-11-20T08:00:00+07:00")
    first = await portal.call(LIST)
    await portal.call("LayChiTietPAKN", PAKNID=case_id)
    assert await portal.call(LIST) == first
    assert await portal.dump(case_id) == before


async def test_the_window_includes_both_ends(portal: Kit) -> None:
    for minute in ("00", "30", "59"):
        portal.at(f"2026-11-16T09:{minute}:00+07:00")
        await portal.create()
    inside = await portal.call(LIST, TuNgay="20261116090000", DenNgay="20261116093000")
    assert [row["NGAYCAPNHAT"] for row in inside["result"]] == ["20261116090000", "20261116093000"]
    since = await portal.call(LIST, TuNgay="20261116093000")
    assert len(since["result"]) == 2
    portal.switch(ignore_window=True)
    assert len((await portal.call(LIST, TuNgay="20261116093000"))["result"]) == 3


async def test_an_end_without_a_start_is_an_error(portal: Kit) -> None:
    told = await portal.call(LIST, DenNgay="20261116093000")
    assert told["message"] == "Thiếu trường bắt buộc: TuNgay"
    turned = await portal.call(LIST, TuNgay="20261117000000", DenNgay="20261116000000")
    assert turned["message"] == "Giá trị không hợp lệ: DenNgay"


@pytest.mark.parametrize(
    "wrong", ["16/11/2026", "2026111609", "20261332256199", "20261116-091500", 20261116091500]
)
async def test_a_date_of_another_form_is_refused(portal: Kit, wrong: object) -> None:
    assert (await portal.call(LIST, TuNgay=wrong))["message"] == "Giá trị không hợp lệ: TuNgay"


async def test_an_unknown_id_does_not_exist(portal: Kit) -> None:
    told = await portal.call("LayChiTietPAKN", PAKNID=900009999)
    assert (told["error_code"], told["message"]) == ("-3", "PAKN 900009999 không tồn tại")


@pytest.mark.parametrize("wrong", ["900000123", 0, -1, 1.5, True, [1]])
async def test_the_id_is_a_positive_json_integer(portal: Kit, wrong: object) -> None:
    told = await portal.call("LayChiTietPAKN", PAKNID=wrong)
    assert (told["error_code"], told["message"]) == ("-1", "Giá trị không hợp lệ: PAKNID")


async def test_a_strangers_case_is_not_shown(portal: Kit) -> None:
    case_id = await portal.create(agency=OTHER)
    told = await portal.call("LayChiTietPAKN", PAKNID=case_id)
    assert (told["error_code"], told["message"], told["result"]) == (
        "-1",
        "Đơn vị không có quyền xử lý PAKN này",
        [],
    )


# ---- look-up -------------------------------------------------------------------------------------------------


async def test_a_case_is_found_by_our_code_and_by_its_id(portal: Kit) -> None:
    case_id = await portal.create()
    await portal.accept(case_id, MaPAKNDonVi="000.00.00.H56-261117-00042")
    by_code = await portal.call("TraCuuPAKN", MaPAKNDonVi="000.00.00.H56-261117-00042")
    by_id = await portal.call("TraCuuPAKN", PAKNID=case_id)
    assert by_code["result"] == by_id["result"]
    row = by_code["result"][0]
    dump = await portal.dump(case_id)
    text = f"{dump['title']}\n{dump['content']}"
    assert row["MABAM"] == hashlib.sha256(text.encode()).hexdigest()
    assert (row["PAKNID"], row["TRANGTHAI"]) == (case_id, "3")
    assert "HOVATEN" not in row


async def test_an_empty_result_says_that_nothing_is_there(portal: Kit) -> None:
    stranger = await portal.create(agency=OTHER)
    for asked in ({"MaPAKNDonVi": "000.00.00.H56-261118-99999"}, {"PAKNID": 5}, {"PAKNID": stranger}):
        told = await portal.call("TraCuuPAKN", **asked)
        assert (told["error_code"], told["result"]) == ("0", [])


async def test_exactly_one_of_both_keys_is_asked_for(portal: Kit) -> None:
    assert (await portal.call("TraCuuPAKN"))["message"] == "Thiếu trường bắt buộc: MaPAKNDonVi"
    both = await portal.call("TraCuuPAKN", MaPAKNDonVi="000.00.00.H56-261118-00057", PAKNID=1)
    assert both["error_code"] == "-1"


async def test_the_answers_digest_proves_the_answer(portal: Kit) -> None:
    case_id = await portal.reach("ANSWERED")
    row = (await portal.call("TraCuuPAKN", PAKNID=case_id))["result"][0]
    assert row["MABAMTRALOI"] == hashlib.sha256("Trả lời lần 1.".encode()).hexdigest()
    assert row["LANTRALOI"] == 1


# ---- catalogues ----------------------------------------------------------------------------------------------


async def test_catalogues_hold_the_contracts_samples(portal: Kit) -> None:
    fields = (await portal.call("LayDanhMucLinhVuc"))["result"]
    assert {"MALINHVUC": "G15-MAU01", "TENLINHVUC": "Hộ tịch (mẫu)", "MANGANH": "000.00.00.G15"} in fields
    agencies = (await portal.call("LayDanhMucCoQuan"))["result"]
    assert {"MADONVI": OURS, "TENDONVI": "UBND tỉnh Thanh Hóa", "CAPDONVI": "2"} in agencies
    assert {"MADONVI": "000.00.77.H56", "TENDONVI": "Sở Mẫu (hư cấu)", "CAPDONVI": "3"} in agencies
    assert VPCP in {row["MADONVI"] for row in agencies}
    assert "000.00.79.H56" not in {row["MADONVI"] for row in agencies}, "closed agencies are not offered"


async def test_a_file_adds_to_the_catalogues(tmp_path: Any) -> None:
    extra = tmp_path / "them.json"
    extra.write_text(
        '{"agencies": [{"code": "000.00.88.H56", "name": "Sở Thêm (hư cấu)"}],'
        ' "fields": [{"code": "G10-MAU09", "name": "Đất đai (mẫu)", "owner": "000.00.00.G10"}]}',
        encoding="utf-8",
    )
    async with kit(catalogue=extra) as portal:
        agencies = (await portal.call("LayDanhMucCoQuan"))["result"]
        assert "000.00.88.H56" in {row["MADONVI"] for row in agencies}
        fields = (await portal.call("LayDanhMucLinhVuc"))["result"]
        assert "G10-MAU09" in {row["MALINHVUC"] for row in fields}
    extra.write_text('{"agencies": [{"ma": "x"}]}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"them\.json"):
        Twin(Settings(catalogue=extra))


# ---- files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [3, 4])
async def test_a_question_file_is_read_through_the_adapter_only(cut: int) -> None:
    """Its address has a foreign host; whoever re-bases at the path, or literally at the fourth "/", gets the bytes."""
    prefix = "/VXPAdapter/RestService/forward"
    async with kit(prefix=prefix) as portal:
        case_id = await example(portal)
        item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
        path = "/" + item["TEPDINHKEM"][0]["DUONGDAN"].split("/", cut)[cut]
        assert (await portal.http.get(portal.served.url + path)).content == PDF
        root = portal.served.url.removesuffix(prefix)
        assert (await portal.http.get(root + path)).status_code == 404


async def test_an_unknown_file_is_not_found(portal: Kit) -> None:
    assert (await portal.http.get(f"{portal.served.url}/tep/khong-co")).status_code == 404
