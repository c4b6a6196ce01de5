"""The shipped mapping of the national portal: records in, operations out (national-portal contract §10)."""

import contextlib
import hashlib
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.case import (
    Act,
    ActKind,
    Attachment,
    Case,
    Channel,
    Header,
    Nature,
    Privacy,
    Sender,
    SenderKind,
    Status,
)
from connector.clock import LOCAL_ZONE
from connector.errors import Unmapped
from connector.mapping import Intent, IntentKind, Mapping, MappingSet
from connector.system import Operation, OutgoingFile, Problem, Record

ROOT = Path(__file__).parents[2] / "mappings"
KEY = UUID("5d0f7c1e-0000-4000-8000-000000000001")
CODE = "000.00.00.H56-261117-00042"


def at(day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=LOCAL_ZONE)


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    return MappingSet.load(ROOT).for_system("national_portal")


def detail(**changes: Any) -> dict[str, Any]:
    """The detail of §10.6.2, as the adapter decodes it."""
    data: dict[str, Any] = {
        "PAKNID": "900000123",
        "MAPAKN": "PAKN-MAU-000123",
        "NGUON": "1",
        "LOAIPAKN": "1",
        "MALINHVUC": "G15-MAU01",
        "TENLINHVUC": "Hộ tịch (mẫu)",
        "MADONVI": "000.00.00.H56",
        "TENDONVI": "UBND tỉnh Thanh Hóa",
        "MADONVICHUYEN": "000.00.00.G22",
        "TIEUDE": "Chậm trả kết quả hồ sơ hộ tịch",
        "NOIDUNG": "Tôi nộp hồ sơ tại xã Mẫu, quá hẹn ba ngày vẫn chưa nhận được kết quả.",
        "HOVATEN": "Nguyễn Văn Mẫu",
        "SODIENTHOAI": "0900000000",
        "DIACHI": "Thôn Mẫu, xã Mẫu, tỉnh Thanh Hóa",
        "THUDIENTU": "nguyenvanmau@example.com",
        "DOITUONG": "1",
        "ANDANH": "1",
        "NGAYGUI": at(15, 20, 30),
        "NGAYCHUYEN": at(16, 9, 15),
        "NGAYCAPNHAT": at(16, 9, 15),
        "HANXULY": datetime(2026, 12, 8, 23, 59, 59, tzinfo=LOCAL_ZONE),
        "CANCUHAN": "CS766",
        "TRANGTHAI": "2",
        "TENTRANGTHAI": "Tiếp nhận ở địa phương",
        "CONGKHAI": "0",
        "BIMAT": "0",
        "CHIDAO": "Chuyển UBND tỉnh xem xét, trả lời công dân.",
        "TEPDINHKEM": [
            {
                "TEPID": "T-123-1",
                "TENTEP": "giay-hen.pdf",
                "LOAITEP": "application/pdf",
                "DUNGLUONG": 48213,
                "VAITRO": "1",
                "KYSO": "0",
                "DUONGDAN": "/tep/7f3a91",
            }
        ],
        "LICHSU": [
            row("1", at(15, 20, 30), "GUI", after="1"),
            row("2", at(16, 9, 15), "CHUYEN", after="2", NOIDUNG="Chuyển đúng thẩm quyền"),
        ],
    }
    data.update(changes)
    return {key: value for key, value in data.items() if value is not None}


def row(number: str, when: datetime, action: str, *, after: str | None = None, **more: Any) -> dict[str, Any]:
    data = {"LICHSUID": number, "THOIDIEM": when, "HANHDONG": action, "MADONVI": "000.00.00.G22", **more}
    return data if after is None else {**data, "TRANGTHAISAU": after}


def record(data: dict[str, Any], **changes: Any) -> Record:
    return Record(system="national_portal", ref="900000123", data=data, raw=b"{}", version="1", **changes)


def read(mapping: Mapping, **changes: Any) -> Case:
    return mapping.read(record(detail(**changes)))


# ---- reading ------------------------------------------------------------------------------------------------


def test_a_portal_born_case_is_read_whole(mapping: Mapping) -> None:
    case = read(mapping)
    assert (case.ref, case.origin, case.code) == ("900000123", ("national_portal", "900000123"), None)
    assert case.public_code == "PAKN-MAU-000123"
    assert case.due_at == datetime(2026, 12, 8, 16, 59, 59, tzinfo=UTC)
    header = case.header
    assert header is not None
    assert (header.nature, header.channel, header.sender_kind) == (
        Nature.CONDUCT,
        Channel.NATIONAL_PORTAL,
        SenderKind.CITIZEN,
    )
    assert (header.privacy, header.agency) == (Privacy.OPEN, "000.00.00.H56")
    assert (header.field, header.field_name) == ("thu_tuc_hanh_chinh", "Hộ tịch (mẫu)")
    assert header.sender.name == "Nguyễn Văn Mẫu"
    assert header.sender.anonymous is True
    assert [(act.id, act.kind) for act in case.acts] == [
        ("national_portal:900000123.1", ActKind.SUBMITTED),
        ("national_portal:900000123.2", ActKind.FORWARDED),
    ]
    assert case.acts[1].agency == "000.00.00.G22"
    assert case.status is Status.ASSIGNED
    (file,) = case.attachments
    assert (file.id, file.role, file.size, file.locator) == (
        "national_portal:T-123-1",
        "question",
        48213,
        "/tep/7f3a91",
    )


def test_a_case_that_we_pushed_is_recognised_by_channel_and_code(mapping: Mapping) -> None:
    case = read(mapping, NGUON="9", MAPAKNDONVI=CODE)
    assert (case.origin, case.code) == (("register", CODE), CODE)


def test_our_code_on_a_portal_born_case_does_not_change_its_birthplace(mapping: Mapping) -> None:
    case = read(mapping, MAPAKNDONVI=CODE)
    assert (case.origin, case.code) == (("national_portal", "900000123"), CODE)


def test_another_provinces_code_is_not_taken_for_ours(mapping: Mapping) -> None:
    case = read(mapping, NGUON="9", MAPAKNDONVI="000.00.00.H99-261117-00042")
    assert (case.origin, case.code) == (("national_portal", "900000123"), None)


@pytest.mark.parametrize(
    ("action", "after", "actor", "kind"),
    [
        ("GUI", "1", "000.00.00.G22", ActKind.SUBMITTED),
        ("CHUYEN", "2", "000.00.00.G22", ActKind.FORWARDED),
        ("CHUYEN", "13", "000.00.00.H56", ActKind.TRANSFERRED),
        ("TIEP_NHAN", "3", "000.00.00.H56", ActKind.ACCEPTED),
        ("TIEP_NHAN", None, "000.00.00.H99", ActKind.ACCEPTED),
        ("TU_CHOI", "11", "000.00.00.H56", ActKind.REFUSED),
        ("TRA_LAI", "12", "000.00.00.H56", ActKind.RETURNED),
        ("TRA_LAI", "13", "000.00.00.H56", ActKind.TRANSFERRED),
        ("TRA_LAI", "10", "000.00.00.G22", ActKind.RETURNED_FOR_REWORK),
        ("TRA_LAI", "10", "000.00.00.H99", ActKind.RETURNED_FOR_REWORK),
        ("TRA_LAI", "5", "000.00.77.H56", ActKind.RETURNED_INTERNALLY),
        ("TRA_LAI_NOI_BO", "5", "000.00.77.H56", ActKind.RETURNED_INTERNALLY),
        ("YEU_CAU_BO_SUNG", "6", "000.00.00.H56", ActKind.SUPPLEMENT_REQUESTED),
        ("DA_BO_SUNG", "7", "000.00.00.G22", ActKind.SUPPLEMENTED),
        ("PHAN_CONG", "4", "000.00.00.H56", ActKind.ASSIGNED),
        ("TIEN_DO", "5", "000.00.00.H56", ActKind.PROGRESS),
        ("TIEN_DO", "4", "000.00.00.H56", ActKind.ASSIGNED),
        ("TIEN_DO", "15", "000.00.00.H56", ActKind.CLOSED),
        ("TRA_LOI", "8", "000.00.00.H56", ActKind.ANSWERED),
        ("LAM_LAI", "10", "000.00.00.G22", ActKind.RETURNED_FOR_REWORK),
        ("CONG_KHAI", "9", "000.00.00.G22", ActKind.PUBLISHED),
        ("GO_CONG_KHAI", "9", "000.00.00.G22", ActKind.UNPUBLISHED),
        ("THU_HOI", "14", "000.00.00.G22", ActKind.RECALLED),
        ("DANH_GIA", "9", "000.00.00.G22", ActKind.RATED),
        ("NHAC_VIEC", "5", "000.00.00.G22", ActKind.REMINDED),
        ("DOI_HAN", "5", "000.00.00.G22", ActKind.DUE_CHANGED),
        ("DONG", "15", "000.00.00.G22", ActKind.CLOSED),
    ],
)
def test_code_status_and_actor_decide_what_a_history_row_is(
    mapping: Mapping, action: str, after: str | None, actor: str, kind: ActKind
) -> None:
    case = read(mapping, LICHSU=[row("7", at(18), action, after=after, MADONVI=actor)])
    assert [act.kind for act in case.acts] == [kind]


def test_every_act_code_of_the_contract_has_a_meaning(mapping: Mapping) -> None:
    contract = {
        *("GUI", "CHUYEN", "TIEP_NHAN", "TU_CHOI", "TRA_LAI", "TRA_LAI_NOI_BO", "YEU_CAU_BO_SUNG"),
        *("DA_BO_SUNG", "PHAN_CONG", "TIEN_DO", "TRA_LOI", "LAM_LAI", "CONG_KHAI", "GO_CONG_KHAI"),
        *("THU_HOI", "DANH_GIA", "NHAC_VIEC", "DOI_HAN", "DONG"),
    }
    assert {item.code for item in mapping.lists["actions"].rows} == contract


def test_the_label_never_decides(mapping: Mapping) -> None:
    assert read(mapping, TENTRANGTHAI="PAKN đã công khai").status is Status.ASSIGNED


def test_rework_set_by_an_inner_unit_contradicts_itself_and_is_quarantined(mapping: Mapping) -> None:
    with pytest.raises(Unmapped) as caught:
        read(mapping, LICHSU=[row("7", at(18), "LAM_LAI", after="10", MADONVI="000.00.77.H56")])
    assert "actor=own" in caught.value.message


def test_a_step_of_the_portal_that_concerns_nobody_is_left_out_on_purpose(mapping: Mapping) -> None:
    acts = read(mapping, LICHSU=[row("1", at(15), "TIEP_NHAN", after="1")]).acts
    assert acts == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"TRANGTHAI": "99"}, "TRANGTHAI"),
        ({"LOAIPAKN": "9"}, "LOAIPAKN"),
        ({"NGUON": "77"}, "NGUON"),
        ({"DOITUONG": "0"}, "DOITUONG"),
        ({"BIMAT": "2"}, "BIMAT"),
        ({"MALINHVUC": "G15-MAU99"}, "MALINHVUC"),
        ({"LICHSU": [row("1", at(15), "BAY_LEN")]}, "LICHSU[0].HANHDONG"),
        ({"LICHSU": [row("1", at(15), "GUI", after="99")]}, "LICHSU[0].TRANGTHAISAU"),
    ],
)
def test_an_unknown_code_is_quarantined_with_the_nearest_known_ones(
    mapping: Mapping, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Unmapped) as caught:
        read(mapping, **change)
    assert any(problem.startswith(f"{field}: ") for problem in caught.value.problems)
    assert caught.value.candidates


def test_an_unmapped_agency_is_quarantined_with_candidates_by_code_and_name(mapping: Mapping) -> None:
    with pytest.raises(Unmapped) as caught:
        read(mapping, MADONVI="000.00.98.H56", TENDONVI="UBND xã Minh Họa")
    assert caught.value.candidates[0] == "000.77.01.H56 (UBND xã Minh Họa (hư cấu))"
    assert len(caught.value.candidates) == 3


def test_both_official_forms_of_an_agency_code_are_the_same_agency(mapping: Mapping) -> None:
    header = read(mapping, MADONVI="H56").header
    assert header is not None
    assert header.agency == "000.00.00.H56"


def test_all_problems_of_a_record_are_told_at_once(mapping: Mapping) -> None:
    with pytest.raises(Unmapped) as caught:
        read(mapping, TRANGTHAI="99", LOAIPAKN="9", TIEUDE=None)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["TRANGTHAI", "TIEUDE", "LOAIPAKN"]


def test_what_the_adapter_could_not_read_is_unmapped_with_its_problems(mapping: Mapping) -> None:
    broken = record(detail(), problems=(Problem(where="HANXULY", text="is no date"),))
    with pytest.raises(Unmapped, match="HANXULY: is no date"):
        mapping.read(broken)


def test_messages_hold_no_personal_data(mapping: Mapping) -> None:
    """A phone or a name that slipped into a code field is told by its length only."""
    with pytest.raises(Unmapped) as caught:
        read(mapping, LOAIPAKN="0900000000", NGUON="Nguyễn Văn Mẫu", TIEUDE="Mẫu" * 300)
    text = " ".join([str(caught.value), *caught.value.problems, *caught.value.candidates])
    assert "0900000000" not in text
    assert "Nguyễn" not in text
    assert "MẫuMẫu" not in text


@pytest.mark.parametrize(
    "change",
    [
        {"PAKNID": "-5"},
        {"PAKNID": "0"},
        {"PAKNID": "900000124"},
        {"NGAYGUI": "hôm qua"},
        {"NGAYGUI": datetime(2026, 11, 15)},  # noqa: DTZ001 - an instant without a zone is the point
        {"TIEUDE": ["a"]},
        {"TIEUDE": "\ud800"},
        {"NOIDUNG": {"a": "b"}},
        {"TEPDINHKEM": "tệp"},
        {"LICHSU": ["một"]},
        {"LICHSU": [{"LICHSUID": "1", "HANHDONG": "GUI", "MADONVI": "000.00.00.G22"}]},
        {
            "TEPDINHKEM": [
                {"TEPID": "1", "VAITRO": "1", "TENTEP": "a.pdf", "DUONGDAN": "/a", "DUNGLUONG": "x"}
            ]
        },
        {"TEPDINHKEM": [{"TEPID": "1", "VAITRO": "1", "TENTEP": "a.pdf", "DUONGDAN": "/a", "MABAM": "zz"}]},
    ],
)
def test_an_impossible_record_is_quarantined_and_never_raises_anything_else(
    mapping: Mapping, change: dict[str, Any]
) -> None:
    with pytest.raises(Unmapped):
        read(mapping, **change)


def test_text_comes_in_as_nfc(mapping: Mapping) -> None:
    composed = "Đề nghị sửa đường ở phường Thí Nghiệm"
    header = read(mapping, TIEUDE=unicodedata.normalize("NFD", composed)).header
    assert header is not None
    assert header.title == composed


def test_limits_count_code_points_after_nfc(mapping: Mapping) -> None:
    """500 letters «ế» are 1,500 code points in NFD and still within the limit; 501 are not."""
    decomposed = unicodedata.normalize("NFD", "ế" * 500)
    assert read(mapping, TIEUDE=decomposed).header is not None
    with pytest.raises(Unmapped, match="501"):
        read(mapping, TIEUDE="ế" * 501)


def test_markup_is_taken_out_with_its_scripts(mapping: Mapping) -> None:
    header = read(mapping, NOIDUNG="<p>Rác thải</p><script>alert('x')</script> 5 &lt; 7<br>hết").header
    assert header is not None
    assert header.content == "Rác thải\n5 < 7\nhết"


def test_private_is_read_from_its_flag(mapping: Mapping) -> None:
    header = read(mapping, BIMAT="1").header
    assert header is not None
    assert header.privacy is Privacy.PRIVATE


def test_our_own_act_is_told_by_the_echo_of_our_transaction(mapping: Mapping) -> None:
    case = read(mapping, LICHSU=[row("3", at(17), "TIEP_NHAN", after="3", MAGIAODICH=str(KEY))])
    assert case.acts[0].echo == str(KEY)


def test_a_file_id_of_ours_keeps_its_birthplace(mapping: Mapping) -> None:
    file = {"TEPID": "register:12", "TENTEP": "tra-loi.pdf", "VAITRO": "2", "DUONGDAN": "/t"}
    case = read(
        mapping,
        TEPDINHKEM=[file, {**file, "TEPID": "T-1"}],
        LICHSU=[row("9", at(18), "TRA_LOI", after="8", TEPID=["register:12", "T-1"])],
    )
    assert {item.id for item in case.attachments} == {"register:12", "national_portal:T-1"}
    assert case.acts[0].attachments == ("register:12", "national_portal:T-1")


def test_case_level_facts_go_to_the_newest_act_of_their_kind(mapping: Mapping) -> None:
    case = read(
        mapping,
        LANTRALOI=2,
        TRALOIID="700045",
        NOIDUNGTRALOI="Trả lời lần hai",
        SOVANBAN="123/VP-MAU",
        DANHGIA="0",
        YKIENDANHGIA="Chậm",
        LICHSU=[
            row("1", at(17), "TRA_LOI", after="8"),
            row("2", at(18), "LAM_LAI", after="10"),
            row("3", at(19), "TRA_LOI", after="8"),
            row("4", at(20), "DANH_GIA", after="9"),
            row("5", at(21), "DOI_HAN", after="9"),
        ],
    )
    first, _, second, rated, due = case.acts
    assert (first.text, dict(first.details)) == (None, {})
    assert second.text == "Trả lời lần hai"
    assert dict(second.details) == {"version": "2", "answer_id": "700045", "document_number": "123/VP-MAU"}
    assert dict(rated.details) == {"like": "0", "comment": "Chậm"}
    assert dict(due.details) == {"due_at": "2026-12-08T23:59:59+07:00"}


def test_a_due_instant_set_by_a_later_transfer_is_not_told_as_an_older_due_change(mapping: Mapping) -> None:
    case = read(
        mapping,
        LICHSU=[row("1", at(17), "DOI_HAN", after="2"), row("2", at(18), "CHUYEN", after="2")],
    )
    assert [dict(act.details) for act in case.acts] == [{}, {}]


def test_repeated_history_rows_count_once_and_contradicting_ones_are_quarantined(mapping: Mapping) -> None:
    twice = [row("1", at(15), "GUI", after="1"), row("1", at(15), "GUI", after="1")]
    assert len(read(mapping, LICHSU=twice).acts) == 1
    twice[1]["NOIDUNG"] = "khác"
    with pytest.raises(Unmapped, match="hai hành động khác nhau"):
        read(mapping, LICHSU=twice)


def test_history_out_of_order_is_put_in_order(mapping: Mapping) -> None:
    rows = detail()["LICHSU"]
    assert read(mapping, LICHSU=rows[::-1]).acts == read(mapping).acts


def test_a_kind_of_record_without_a_section_is_unmapped(mapping: Mapping) -> None:
    with pytest.raises(Unmapped, match="row"):
        mapping.read(record(detail(), kind="row"))


# ---- writing ------------------------------------------------------------------------------------------------


def local_case(**header: Any) -> Case:
    fields: dict[str, Any] = {
        "title": "Đề nghị bỏ một giấy tờ trùng trong thủ tục",
        "content": "Doanh nghiệp phải nộp hai bản cùng nội dung.",
        "nature": Nature.REGULATION,
        "channel": Channel.ZALO,
        "sender_kind": SenderKind.STATE_BODY,
        "sender": Sender(),
        "submitted_at": at(16),
        "agency": "000.00.00.H56",
        "field": "thu_tuc_hanh_chinh",
    }
    fields.update(header)
    return Case(
        system="register",
        ref="57",
        origin=("register", "57"),
        code=CODE,
        header=Header(**fields),
        attachments=(Attachment(id="register:12", role="answer", file_name="tra-loi.pdf", size=3),),
    )


def act(kind: ActKind, text: str | None = None, when: datetime | None = None, **details: str) -> Act:
    return Act(
        id="register:981",
        kind=kind,
        at=when or at(17),
        agency="000.00.00.H56",
        officer="cb-mau-01",
        text=text,
        details=details,
    )


def append(mapping: Mapping, one: Act, case: Case | None = None, **intent: Any) -> Operation:
    return mapping.write(
        Intent(kind=IntentKind.APPEND, case=case or local_case(), ref="900000123", act=one, **intent), KEY
    )


def test_accept_carries_our_code_and_the_officers_account(mapping: Mapping) -> None:
    operation = append(mapping, act(ActKind.ACCEPTED))
    assert operation.key.operation == "tiep_nhan"
    assert (operation.key.id, operation.key.ref, operation.key.code) == (KEY, "900000123", CODE)
    assert operation.fields == {
        "NgayTiepNhan": at(17),
        "MaPAKNDonVi": CODE,
        "NguoiTiepNhan": "cb-mau-01",
    }


def test_refuse(mapping: Mapping) -> None:
    operation = append(mapping, act(ActKind.REFUSED, "Không thuộc phạm vi", reason_code="TU_VAN_PHAP_LUAT"))
    assert operation.key.operation == "tu_choi"
    assert operation.fields == {
        "LyDo": "Không thuộc phạm vi",
        "MaLyDo": "TU_VAN_PHAP_LUAT",
        "NgayXuLy": at(17),
        "NguoiXuLy": "cb-mau-01",
    }


def test_a_refusal_of_blanks_is_no_refusal(mapping: Mapping) -> None:
    with pytest.raises(Unmapped, match=r"tu_choi\.LyDo"):
        append(mapping, act(ActKind.REFUSED, "   "))


def test_an_unknown_reason_code_is_not_sent_as_another_one(mapping: Mapping) -> None:
    with pytest.raises(Unmapped) as caught:
        append(mapping, act(ActKind.REFUSED, "Lý do", reason_code="NGOAI_LINHVUC"))
    assert caught.value.candidates[0] == "NGOAI_LINH_VUC (Ngoài lĩnh vực)"


def test_a_lapse_is_a_refusal_with_its_own_reason_code_even_without_a_text(mapping: Mapping) -> None:
    operation = append(mapping, act(ActKind.LAPSED))
    assert operation.key.operation == "tu_choi"
    assert operation.fields["MaLyDo"] == "HET_HAN_BO_SUNG"
    assert "Điều 12 khoản 2" in operation.fields["LyDo"]


def test_supplement_request_carries_the_senders_last_instant(mapping: Mapping) -> None:
    one = act(ActKind.SUPPLEMENT_REQUESTED, "Bổ sung mã hồ sơ.", due_at="2026-11-25T23:59:59+07:00")
    operation = append(mapping, one)
    assert operation.key.operation == "yeu_cau_bo_sung"
    assert operation.fields["NoiDungYeuCau"] == "Bổ sung mã hồ sơ."
    assert operation.fields["HanBoSung"] == datetime(2026, 11, 25, 23, 59, 59, tzinfo=LOCAL_ZONE)


@pytest.mark.parametrize(
    ("kind", "details", "code", "receiver"),
    [
        (ActKind.TRANSFERRED, {"to_agency": "000.00.00.H99"}, "1", "000.00.00.H99"),
        (ActKind.TRANSFERRED, {"to_agency": "H99", "handed_over": "1"}, "3", "000.00.00.H99"),
        (ActKind.RETURNED, {}, "2", None),
        (ActKind.RETURNED, {"to_agency": "000.00.00.G22"}, "2", None),
    ],
)
def test_transfers(
    mapping: Mapping, kind: ActKind, details: dict[str, str], code: str, receiver: str | None
) -> None:
    operation = append(mapping, act(kind, "Thuộc thẩm quyền cơ quan khác.", **details))
    assert operation.key.operation == "chuyen"
    assert (operation.fields["LoaiChuyen"], operation.fields.get("MaDonViNhan")) == (code, receiver)


def test_a_transfer_to_an_abolished_district_is_refused_and_its_successor_proposed(mapping: Mapping) -> None:
    with pytest.raises(Unmapped) as caught:
        append(mapping, act(ActKind.TRANSFERRED, "Chuyển", to_agency="000.00.40.H56"))
    assert caught.value.candidates == ("000.01.50.H56 (UBND xã Mẫu (hư cấu))",)


def test_a_transfer_to_the_district_while_it_existed_is_allowed(mapping: Mapping) -> None:
    before = datetime(2025, 6, 30, 23, 59, tzinfo=LOCAL_ZONE)
    operation = append(mapping, act(ActKind.TRANSFERRED, "Chuyển", before, to_agency="000.00.40.H56"))
    assert operation.fields["MaDonViNhan"] == "000.00.40.H56"


def test_a_transfer_without_receiver_is_refused(mapping: Mapping) -> None:
    with pytest.raises(Unmapped, match="MaDonViNhan"):
        append(mapping, act(ActKind.TRANSFERRED, "Chuyển"))


@pytest.mark.parametrize(
    ("kind", "text", "status"),
    [
        (ActKind.ASSIGNED, None, "4"),
        (ActKind.PROGRESS, "Đã kiểm tra hồ sơ", "5"),
        (ActKind.LATE_NOTICE, "Chờ kết quả giám định", "5"),
        (ActKind.CLOSED, None, "15"),
    ],
)
def test_progress_is_identified_by_our_act(
    mapping: Mapping, kind: ActKind, text: str | None, status: str
) -> None:
    operation = append(mapping, act(kind, text))
    assert operation.key.operation == "tien_do"
    assert operation.key.natural == {"MaTienDo": "register:981"}
    assert operation.fields["MaTienDo"] == "register:981"
    assert operation.fields["TrangThai"] == status
    assert operation.fields["NoiDungXuLy"]
    assert operation.fields["NoiDungXuLy"] == (text or operation.fields["NoiDungXuLy"])


def test_a_late_notice_needs_its_reason(mapping: Mapping) -> None:
    with pytest.raises(Unmapped, match="NoiDungXuLy"):
        append(mapping, act(ActKind.LATE_NOTICE))


def test_an_act_id_too_long_for_the_portal_becomes_its_digest(mapping: Mapping) -> None:
    long = replace(act(ActKind.PROGRESS, "x"), id="register:" + "9" * 60)
    name = append(mapping, long).fields["MaTienDo"]
    assert name == hashlib.sha256(long.id.encode()).hexdigest()


def test_an_answer_carries_version_signer_and_publication(mapping: Mapping) -> None:
    text = unicodedata.normalize("NFD", "Đã trả kết quả.")
    one = act(
        ActKind.ANSWERED,
        text,
        version="2",
        publishable="1",
        signer="Trần Thị Ví Dụ",
        signer_position="Phó Chánh Văn phòng",
        document_number="123/VP-MAU",
    )
    file = OutgoingFile(attachment=local_case().attachments[0], uri="https://gateway.example/tep/b81c20")
    intent = Intent(kind=IntentKind.APPEND, case=local_case(), ref="900000123", act=one)
    operation = mapping.write(intent, KEY, (file,))
    assert operation.key.operation == "ket_qua"
    assert operation.fields == {
        "MADONVI": "000.00.00.H56",
        "LANTRALOI": 2,
        "NOIDUNGTRALOI": "Đã trả kết quả.",
        "NGUOITRALOI": "Trần Thị Ví Dụ",
        "CHUCVUNGUOITRALOI": "Phó Chánh Văn phòng",
        "NGAYTRALOI": at(17),
        "SOVANBAN": "123/VP-MAU",
        "CONGKHAI": "1",
    }
    assert operation.key.natural == {
        "LANTRALOI": "2",
        "MABAMTRALOI": hashlib.sha256("Đã trả kết quả.".encode()).hexdigest(),
    }
    assert operation.files == (file,)


def test_without_a_signer_the_agency_answers(mapping: Mapping) -> None:
    fields = append(mapping, act(ActKind.ANSWERED, "Trả lời", version="1")).fields
    assert fields["NGUOITRALOI"] == fields["CHUCVUNGUOITRALOI"] == "UBND tỉnh Thanh Hóa"


def test_an_answer_that_is_only_a_signed_file_points_to_it(mapping: Mapping) -> None:
    one = replace(act(ActKind.ANSWERED, version="1"), attachments=("register:12",))
    operation = append(mapping, one)
    text = operation.fields["NOIDUNGTRALOI"]
    assert "văn bản kèm theo" in text
    assert operation.key.natural["MABAMTRALOI"] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("privacy", "publishable", "sent"),
    [
        (Privacy.OPEN, "1", "1"),
        (Privacy.OPEN, "0", "0"),
        (Privacy.OPEN, None, "0"),
        (Privacy.PRIVATE, "1", "0"),
        (Privacy.PRIVATE, "0", "0"),
    ],
)
def test_an_answer_is_publishable_only_if_said_so_and_never_for_a_private_case(
    mapping: Mapping, privacy: Privacy, publishable: str | None, sent: str
) -> None:
    details = {} if publishable is None else {"publishable": publishable}
    one = act(ActKind.ANSWERED, "Trả lời", **details)
    assert append(mapping, one, local_case(privacy=privacy)).fields["CONGKHAI"] == sent


def test_an_act_is_never_sent_older_than_what_the_portal_knows(mapping: Mapping) -> None:
    operation = append(mapping, act(ActKind.ACCEPTED), not_before=at(18))
    assert operation.fields["NgayTiepNhan"] == at(18)


def test_a_text_too_long_for_the_portal_is_refused_by_length_and_field(mapping: Mapping) -> None:
    with pytest.raises(Unmapped, match=r"tu_choi\.LyDo: dài 2001"):
        append(mapping, act(ActKind.REFUSED, "ế" * 2001))


def test_a_pushed_case_takes_no_identity_that_the_gate_has_taken_out(mapping: Mapping) -> None:
    operation = mapping.write(Intent(kind=IntentKind.CREATE, case=local_case()), KEY)
    assert operation.key.operation == "dong_bo"
    assert (operation.key.ref, operation.key.code) == (None, CODE)
    assert operation.fields == {
        "isUpdating": False,
        "MaPAKNDonVi": CODE,
        "Nguon": "9",
        "LoaiPAKN": "2",
        "DoiTuong": "3",
        "MaLinhVuc": "G22-MAU03",
        "TenLinhVuc": "Thủ tục hành chính",
        "MaDonVi": "000.00.00.H56",
        "TenDonVi": "UBND tỉnh Thanh Hóa",
        "TieuDe": "Đề nghị bỏ một giấy tờ trùng trong thủ tục",
        "NoiDung": "Doanh nghiệp phải nộp hai bản cùng nội dung.",
        "AnDanh": "1",
        "NgayGui": at(16),
        "NgayTiepNhan": at(16),
        "TrangThai": "2",
        "CongKhai": "0",
        "BiMat": "0",
    }


@pytest.mark.parametrize(
    ("kind", "updating"),
    [(IntentKind.CREATE, False), (IntentKind.UPDATE, True), (IntentKind.TIGHTEN, True)],
)
def test_update_and_tightening_replace_the_pushed_case(
    mapping: Mapping, kind: IntentKind, updating: bool
) -> None:
    case = local_case(privacy=Privacy.PRIVATE)
    operation = mapping.write(Intent(kind=kind, case=case, ref="900000456"), KEY)
    assert operation.fields["isUpdating"] is updating
    assert operation.fields["BiMat"] == "1"


def test_a_portal_born_case_has_no_service_that_makes_it_private(mapping: Mapping) -> None:
    """National-portal contract §10.8.9: alarm to intake instead."""
    foreign = replace(local_case(privacy=Privacy.PRIVATE), origin=("national_portal", "900000123"))
    with pytest.raises(Unmapped, match="tighten"):
        mapping.write(Intent(kind=IntentKind.TIGHTEN, case=foreign, ref="900000123"), KEY)


@pytest.mark.parametrize("nature", [Nature.COMPLAINT, Nature.DENUNCIATION, Nature.LEGAL_ADVICE])
def test_what_is_outside_the_rule_has_no_code_to_leave_with(mapping: Mapping, nature: Nature) -> None:
    with pytest.raises(Unmapped, match="LoaiPAKN"):
        mapping.write(Intent(kind=IntentKind.CREATE, case=local_case(nature=nature)), KEY)


def test_an_inner_step_has_no_operation(mapping: Mapping) -> None:
    assert ActKind.RESULT not in mapping.accepts
    with pytest.raises(Unmapped, match="append result"):
        append(mapping, act(ActKind.RESULT, "Kết quả"))


def test_every_accepted_act_renders(mapping: Mapping) -> None:
    for kind in mapping.accepts:
        operation = append(mapping, act(kind, "Nội dung", to_agency="000.00.00.H99"))
        assert operation.key.operation in mapping.operations


def test_the_same_intent_always_gives_an_equal_operation(mapping: Mapping) -> None:
    one = act(ActKind.ANSWERED, "Trả lời", version="1")
    assert append(mapping, one) == append(mapping, one)


def test_files_go_only_where_the_service_takes_them(mapping: Mapping) -> None:
    file = OutgoingFile(attachment=local_case().attachments[0], uri="https://gateway.example/t")
    accept = Intent(kind=IntentKind.APPEND, case=local_case(), ref="9", act=act(ActKind.ACCEPTED))
    answer = Intent(kind=IntentKind.APPEND, case=local_case(), ref="9", act=act(ActKind.ANSWERED, "x"))
    assert mapping.write(accept, KEY, (file,)).files == ()
    assert (mapping.carries_files(accept), mapping.carries_files(answer)) == (False, True)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"file_name": "a.exe"}, "loại tệp"),
        ({"file_name": "không đuôi"}, "loại tệp"),
        ({"file_name": "a" * 252 + ".pdf"}, "tên tệp"),
        ({"size": 20 * 1024 * 1024 + 1}, "20971521 byte"),
    ],
)
def test_a_file_that_the_portal_would_refuse_is_not_sent(
    mapping: Mapping, changes: dict[str, Any], wrong: str
) -> None:
    file = OutgoingFile(attachment=replace(local_case().attachments[0], **changes), uri="https://g.example/t")
    intent = Intent(kind=IntentKind.APPEND, case=local_case(), ref="9", act=act(ActKind.ANSWERED, "x"))
    with pytest.raises(Unmapped, match=wrong):
        mapping.write(intent, KEY, (file,))


def test_more_than_ten_files_are_refused(mapping: Mapping) -> None:
    files = tuple(
        OutgoingFile(attachment=Attachment(id=f"register:{n}", role="answer", file_name="a.pdf"), uri="u")
        for n in range(11)
    )
    intent = Intent(kind=IntentKind.APPEND, case=local_case(), ref="9", act=act(ActKind.ANSWERED, "x"))
    with pytest.raises(Unmapped, match="11 tệp"):
        mapping.write(intent, KEY, files)


def test_every_wire_code_is_still_marked_as_not_verified(mapping: Mapping) -> None:
    rows = [one for name, item in mapping.lists.items() if name != "fields" for one in item.rows]
    assert rows
    assert all(not one.verified for one in rows)


# ---- whatever comes in --------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=6)
    | st.just("\ud800")
    | st.just("register:1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)
SHIPPED = MappingSet.load(ROOT).for_system("national_portal")


@settings(max_examples=200, deadline=None)
@given(ANYTHING, st.sampled_from(sorted({*detail(), "MAPAKNDONVI", "LANTRALOI", "VIDO"})))
def test_whatever_stands_in_a_field_either_reads_or_is_unmapped(value: object, name: str) -> None:
    """No other error ever: one broken record must not stop its neighbours."""
    with contextlib.suppress(Unmapped):
        assert SHIPPED.read(record(detail(NGUON="9") | {name: value})).ref == "900000123"


@settings(max_examples=200, deadline=None)
@given(ANYTHING, st.sampled_from(["LICHSU", "TEPDINHKEM"]), st.data())
def test_whatever_stands_in_a_row_either_reads_or_is_unmapped(
    value: object, part: str, data: st.DataObject
) -> None:
    """The same for the rows of the history and of the files."""
    broken = detail()
    rows = [dict(item) for item in broken[part]]
    rows[0][data.draw(st.sampled_from(sorted({*rows[0], "TEPID", "MAGIAODICH", "NOIDUNG", "MABAM"})))] = value
    with contextlib.suppress(Unmapped):
        assert SHIPPED.read(record(broken | {part: rows})).ref == "900000123"
