"""What we send (national-portal contract §10.6): against the contract's own request examples."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.national_portal.render import as_insert, insert_id, is_update, render
from adapters.national_portal.settings import NationalPortalSettings
from connector.case import Attachment
from connector.clock import LOCAL_ZONE
from connector.errors import Permanent, PrivacyStop
from connector.system import Key, Operation, OutgoingFile

SAMPLES = Path(__file__).parents[2] / "fixtures" / "national_portal"
ID = UUID("5d0f7c1e-0000-4000-8000-000000000001")
CODE = "000.00.00.H56-261118-00057"


def settings(**changes: Any) -> NationalPortalSettings:
    return NationalPortalSettings(
        **(
            {
                "adapter_base": "https://adapter.example",
                "madonvi": "000.00.00.H56",
                "password": "mat-khau-mau",
            }
            | changes
        )
    )


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LOCAL_ZONE)


def operation(
    name: str, fields: dict[str, Any], files: tuple[OutgoingFile, ...] = (), **key: Any
) -> Operation:
    ref = {} if name == "dong_bo" else {"ref": "900000123"}
    return Operation(key=Key(**({"id": ID, "operation": name} | ref | key)), fields=fields, files=files)


def asked(name: str) -> dict[str, Any]:
    """The request of the contract's example, without what the envelope adds."""
    body = json.loads((SAMPLES / f"{name}.request.json").read_bytes())
    return {key: value for key, value in body.items() if key not in {"session", "madonvi", "service"}}


ANSWER_FILE = OutgoingFile(
    attachment=Attachment(
        id="A-42-1",
        role="answer",
        file_name="tra-loi.pdf",
        media_type="application/pdf",
        size=90211,
        sha256="9f2c" + "0" * 60,
        signed=True,
    ),
    uri="http://gateway.example/tai-tep/b81c20",
)
PUSH = {
    "Nguon": "9",
    "LoaiPAKN": "2",
    "DoiTuong": "2",
    "MaLinhVuc": "G09-MAU02",
    "TenLinhVuc": "Đăng ký kinh doanh (mẫu)",
    "MaDonVi": "000.00.00.H56",
    "TenDonVi": "UBND tỉnh Thanh Hóa",
    "TieuDe": "Đề nghị bỏ một giấy tờ trùng trong thủ tục",
    "NoiDung": "Doanh nghiệp phải nộp hai bản cùng nội dung, đề nghị bãi bỏ một bản.",
    "AnDanh": True,
    "NgayGui": at(2026, 11, 18, 7, 55),
    "NgayTiepNhan": at(2026, 11, 18, 8),
    "HanXuLy": None,
    "TrangThai": "2",
    "CongKhai": False,
    "BiMat": False,
    "isUpdating": False,
}


def test_accept_is_the_contracts_request():
    made = render(
        operation(
            "tiep_nhan",
            {
                "NgayTiepNhan": at(2026, 11, 17, 8, 10),
                "MaPAKNDonVi": "000.00.00.H56-261117-00042",
                "NguoiTiepNhan": "cb-mau-01",
            },
        ),
        settings(),
    )
    assert made.body == asked("accept")


def test_progress_is_the_contracts_item_with_its_own_transaction_id():
    made = render(
        operation(
            "tien_do",
            {
                "MaTienDo": "ev-000981",
                "TrangThai": "4",
                "ThoiDiemXuLy": at(2026, 11, 17, 14, 30),
                "NoiDungXuLy": "Đã giao đơn vị chuyên môn kiểm tra hồ sơ.",
                "NguoiXuLy": "cb-mau-01",
                "PhongBanXuLy": "Văn phòng",
                "NgayBatDau": at(2026, 11, 17, 14, 30),
                "NgayKetThucDuKien": at(2026, 12, 2, 23, 59, 59),
            },
        ),
        settings(),
    )
    assert made.body == asked("progress")["data"][0] | {"MaGiaoDich": str(ID)}


@pytest.mark.parametrize("version", [1, "1"])
def test_an_answer_is_the_contracts_item_in_upper_case(version: object):
    made = render(
        operation(
            "ket_qua",
            {
                "LANTRALOI": version,
                "NOIDUNGTRALOI": "UBND xã Mẫu đã trả kết quả hồ sơ ngày 18/11/2026 và xin lỗi công dân về việc chậm trễ.",
                "NGUOITRALOI": "Trần Thị Ví Dụ",
                "CHUCVUNGUOITRALOI": "Phó Chánh Văn phòng",
                "NGAYTRALOI": at(2026, 11, 30, 15, 30),
                "SOVANBAN": "123/VP-MAU",
                "CONGKHAI": True,
            },
            (ANSWER_FILE,),
        ),
        settings(),
    )
    assert made.body == asked("answer")["data"][0] | {"MAGIAODICH": str(ID)}


def test_the_answers_date_takes_the_form_of_the_settings():
    made = render(
        operation("ket_qua", {"NGAYTRALOI": at(2026, 11, 30, 15, 30)}),
        settings(answer_date_form="dd/MM/yyyy"),
    )
    assert made.body["NGAYTRALOI"] == "30/11/2026"


def test_a_push_is_the_contracts_request():
    made = render(operation("dong_bo", PUSH, code=CODE), settings())
    assert {"data": [made.body], **made.lead} == asked("push")


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        ("none", {}),
        ("name_phone", {"HoVaTen", "TenToChuc", "SoDienThoai"}),
        ("full", {"HoVaTen", "TenToChuc", "SoDienThoai", "DiaChi", "ThuDienTu"}),
    ],
)
def test_identity_leaves_only_as_far_as_the_settings_allow(policy: str, sent: set[str]):
    identity = {
        "HoVaTen": "Nguyễn Văn Mẫu",
        "TenToChuc": "Công ty Mẫu",
        "SoDienThoai": "0900000000",
        "DiaChi": "xã Mẫu",
        "ThuDienTu": "mau@example.com",
    }
    body = render(operation("dong_bo", PUSH | identity, code=CODE), settings(send_identity=policy)).body
    assert {name for name in identity if body[name]} == set(sent)


@pytest.mark.parametrize(
    ("kind", "leaves"), [("1", True), ("2", True), ("3", False), ("4", True), ("9", False)]
)
def test_only_kinds_in_scope_are_pushed(kind: str, leaves: bool):
    pushed = operation("dong_bo", PUSH | {"LoaiPAKN": kind}, code=CODE)
    if leaves:
        assert render(pushed, settings()).body["LoaiPAKN"] == kind
    else:
        with pytest.raises(PrivacyStop, match="push_scope"):
            render(pushed, settings())


def test_a_private_case_stays_if_the_settings_say_never():
    private = operation("dong_bo", PUSH | {"BiMat": True}, code=CODE)
    assert render(private, settings()).body["BiMat"] == "1"
    with pytest.raises(PrivacyStop, match="push_private"):
        render(private, settings(push_private="never"))


def test_an_update_says_so_as_python_writes_it():
    update = operation("dong_bo", PUSH | {"isUpdating": True}, code=CODE)
    assert is_update(update)
    assert render(update, settings()).lead == {"isUpdating": "True"}


def test_an_update_turned_insert_has_its_own_constant_transaction_id():
    """One transaction id never carries two bodies (§10.1), and a crash does not change the second one."""
    update = operation("dong_bo", PUSH | {"isUpdating": True}, code=CODE, ref="900000456")
    insert = as_insert(update)
    assert not is_update(insert)
    assert insert.key.id == insert_id(ID) == as_insert(update).key.id != ID
    assert insert.key.ref is None


def test_the_push_code_must_be_the_keys():
    with pytest.raises(Permanent, match="MaPAKNDonVi"):
        render(
            operation("dong_bo", PUSH | {"MaPAKNDonVi": "000.00.00.H56-261118-00058"}, code=CODE), settings()
        )
    with pytest.raises(Permanent, match="MaPAKNDonVi"):
        render(operation("dong_bo", PUSH), settings())


@pytest.mark.parametrize("ref", [None, "", "abc", "0", "-1", "٣"])
def test_a_case_without_a_national_id_is_refused_before_anything_is_sent(ref: str | None):
    with pytest.raises(Permanent, match="national id"):
        render(operation("tiep_nhan", {}, ref=ref), settings())


def test_an_unknown_operation_is_refused():
    with pytest.raises(Permanent, match="operation"):
        render(operation("xoa", {}), settings())


@pytest.mark.parametrize(
    ("name", "field", "most"),
    [("tu_choi", "LyDo", 2000), ("tien_do", "NoiDungXuLy", 4000), ("tu_choi", "NguoiXuLy", 50)],
)
def test_a_text_beyond_the_limit_is_refused_with_field_and_length_only(name: str, field: str, most: int):
    assert render(operation(name, {field: "ế" * most}), settings()).body[field]
    with pytest.raises(Permanent, match=field) as caught:
        render(operation(name, {field: "ế" * (most + 1)}), settings())
    assert "ế" not in str(caught.value)


def test_texts_leave_in_nfc():
    assert render(operation("tu_choi", {"LyDo": "Thanh Ho\u0301a"}), settings()).body["LyDo"] == "Thanh Hóa"


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(Permanent, match="NgayXuLy"):
        render(operation("tu_choi", {"NgayXuLy": datetime(2026, 11, 17)}), settings())  # noqa: DTZ001  # the point


def test_a_value_without_a_wire_form_is_refused():
    with pytest.raises(Permanent, match="LyDo"):
        render(operation("tu_choi", {"LyDo": object()}), settings())


def test_files_below_the_download_base_get_a_whole_address():
    relative = OutgoingFile(attachment=ANSWER_FILE.attachment, uri="/tep/abc")
    made = render(operation("ket_qua", {}, (relative,)), settings(download_base="https://tai.example/x/"))
    assert made.body["TEPDINHKEM"][0]["DUONGDAN"] == "https://tai.example/x/tep/abc"
    with pytest.raises(Permanent, match="download_base"):
        render(operation("ket_qua", {}, (relative,)), settings())


def test_a_file_without_an_address_is_refused():
    inline = OutgoingFile(attachment=ANSWER_FILE.attachment, content=b"%PDF-")
    with pytest.raises(Permanent, match="DuongDan"):
        render(operation("ket_qua", {}, (inline,)), settings(download_base="https://tai.example"))


def test_a_file_of_a_push_tells_its_role_and_keeps_its_own_id():
    item = OutgoingFile(
        attachment=Attachment(id="register:12", role="question", file_name="a.pdf"),
        uri="http://gateway.example/x",
    )
    row = render(operation("dong_bo", PUSH, (item,), code=CODE), settings()).body["TepDinhKem"][0]
    assert (row["TepId"], row["VaiTro"], row["DungLuong"], row["KySo"]) == ("register:12", "1", "", "0")


def test_more_than_ten_files_are_refused():
    with pytest.raises(Permanent, match="11"):
        render(operation("ket_qua", {}, (ANSWER_FILE,) * 11), settings())


def test_other_names_and_codes_are_those_of_the_settings():
    made = render(
        operation("tien_do", {"TrangThai": "5", "NoiDungXuLy": "x"}),
        settings(
            fields={"tien_do": {"TrangThai": "MaTrangThai", "PAKNID": "IdPAKN"}},
            codes={"status": {"DXL": {"code": "5"}}},
        ),
    )
    assert made.body["MaTrangThai"] == "DXL"
    assert made.body["IdPAKN"] == 900000123
    assert "TrangThai" not in made.body
