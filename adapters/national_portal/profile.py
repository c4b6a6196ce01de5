"""The PAKN profile as tables: services, operations and fields (national-portal contract §10.3–10.6).

All names here are our own profile, except ``DanhSachPAKNChoXuLy`` and the catalogue services, which are real.
"""

from dataclasses import dataclass
from enum import StrEnum

SYSTEM = "national_portal"


class CodeList(StrEnum):
    """The code lists whose wire codes may differ from the profile's (settings ``codes``)."""

    STATUS = "status"
    SOURCE = "source"
    KIND = "kind"
    SUBMITTER = "submitter"


SERVICES = {
    "danh_sach": "DanhSachPAKNChoXuLy",
    "chi_tiet": "LayChiTietPAKN",
    "tiep_nhan": "TiepNhanPAKN",
    "tu_choi": "TuChoiPAKN",
    "yeu_cau_bo_sung": "YeuCauBoSungPAKN",
    "chuyen": "ChuyenPAKN",
    "tien_do": "CapNhatTienDoPAKN",
    "ket_qua": "DongBoKetQuaXuLyPAKN",
    "dong_bo": "DongBoPAKN",
    "tra_cuu": "TraCuuPAKN",
    "dm_co_quan": "LayDanhMucCoQuan",
    "dm_linh_vuc": "LayDanhMucLinhVuc",
}
"""Our name of a service -> its wire name unless the settings say otherwise."""


@dataclass(frozen=True, kw_only=True)
class OperationSpec:
    """How one operation travels.

    Attributes:
        batched: items in ``data[]`` instead of fields at top level.
        upper: item keys are UPPERCASE, as in the real answer service of hỏi đáp.
        acts: ``HANHDONG`` codes that the operation leaves in ``LICHSU``.
        leads_to: ``TRANGTHAI`` right after it.
        starts_from: ``TRANGTHAI`` in which it is still to be done: seen there, it has not happened.
    """

    batched: bool = False
    upper: bool = False
    acts: frozenset[str] = frozenset()
    leads_to: frozenset[str] = frozenset()
    starts_from: frozenset[str] = frozenset()


OPERATIONS = {
    "tiep_nhan": OperationSpec(
        acts=frozenset({"TIEP_NHAN"}), leads_to=frozenset({"3"}), starts_from=frozenset({"2", "7"})
    ),
    "tu_choi": OperationSpec(
        acts=frozenset({"TU_CHOI"}), leads_to=frozenset({"11"}), starts_from=frozenset({"2", "6", "7"})
    ),
    "yeu_cau_bo_sung": OperationSpec(
        acts=frozenset({"YEU_CAU_BO_SUNG"}), leads_to=frozenset({"6"}), starts_from=frozenset({"2", "3", "7"})
    ),
    "chuyen": OperationSpec(
        acts=frozenset({"TRA_LAI", "CHUYEN"}),
        leads_to=frozenset({"12", "13"}),
        starts_from=frozenset({"2", "3", "7"}),
    ),
    "tien_do": OperationSpec(batched=True, acts=frozenset({"TIEN_DO", "PHAN_CONG", "DONG"})),
    "ket_qua": OperationSpec(batched=True, upper=True, acts=frozenset({"TRA_LOI"})),
    "dong_bo": OperationSpec(batched=True),
}
"""What an official's acts become; name of the operation = our name of its service."""

PUSH = "dong_bo"
INSERT_OR_UPDATE = "isUpdating"
TRANSACTION = "MaGiaoDich"

MOST_LETTERS = {
    "LyDo": 2000,
    "NoiDungYeuCau": 2000,
    "NoiDungXuLy": 4000,
    "NOIDUNGTRALOI": 20_000,
    "NoiDung": 20_000,
    "TieuDe": 500,
    "NguoiTiepNhan": 50,
    "NguoiXuLy": 50,
    "MaTienDo": 64,
    "MaPAKNDonVi": 50,
}
"""Limits of what we send, in code points (§10.1, §10.6)."""

_REQUEST_FIELDS = """
PAKNID MaPAKNDonVi MaGiaoDich isUpdating TuNgay DenNgay
NgayTiepNhan NguoiTiepNhan MaLyDo LyDo NgayXuLy NguoiXuLy NoiDungYeuCau HanBoSung
LoaiChuyen MaDonViNhan TenDonViNhan NgayChuyen
MaTienDo TrangThai ThoiDiemXuLy NoiDungXuLy ChucDanh PhongBanXuLy NgayBatDau NgayKetThucDuKien
LANTRALOI NOIDUNGTRALOI NGUOITRALOI CHUCVUNGUOITRALOI NGAYTRALOI SOVANBAN CONGKHAI
Nguon LoaiPAKN DoiTuong MaLinhVuc TenLinhVuc MaTTHC MaDonVi TenDonVi TieuDe NoiDung
HoVaTen TenToChuc SoDienThoai DiaChi ThuDienTu AnDanh DiaDiem ViDo KinhDo NgayGui HanXuLy BiMat
TepDinhKem DuongDan TenTep LoaiTep DungLuong MaBam VaiTro KySo
"""
REQUEST_FIELDS = tuple(_REQUEST_FIELDS.split())
"""Names of request fields: the only words of a refusal that may be repeated in an error."""

MOST_LETTERS_OF_FILE_NAME = 255
MOST_FILES = 10

# ---- what comes back ----------------------------------------------------------------------------------------

IDS = frozenset({"PAKNID", "PAKNCHAID", "LICHSUID", "TRALOIID"})
INTEGERS = frozenset({"LANTRALOI", "LANLAMLAI", "SOTEP", "DUNGLUONG"})
DATES = frozenset({"NGAYGUI", "NGAYCHUYEN", "NGAYCAPNHAT", "HANXULY", "NGAYTRALOI", "THOIDIEM"})
FLAGS = frozenset({"ANDANH", "CONGKHAI", "BIMAT", "KYSO", "DANHGIA", "TRUNGLAP", "KETQUA"})
RICH_TEXTS = frozenset({"TIEUDE", "NOIDUNG", "CHIDAO", "NOIDUNGTRALOI", "YKIENDANHGIA"})
NESTED = frozenset({"TEPDINHKEM", "LICHSU"})

CODES = {
    "TRANGTHAI": CodeList.STATUS,
    "TRANGTHAITRUOC": CodeList.STATUS,
    "TRANGTHAISAU": CodeList.STATUS,
    "NGUON": CodeList.SOURCE,
    "LOAIPAKN": CodeList.KIND,
    "DOITUONG": CodeList.SUBMITTER,
}

REQUIRED = {
    "row": ("PAKNID", "TRANGTHAI", "NGAYCAPNHAT"),
    "case": ("PAKNID", "TRANGTHAI", "NGAYCAPNHAT", "MADONVI", "CONGKHAI", "BIMAT", "LICHSU"),
    "LICHSU": ("LICHSUID", "THOIDIEM", "HANHDONG", "MADONVI"),
    "TEPDINHKEM": ("TEPID", "TENTEP", "VAITRO", "DUONGDAN"),
}
"""Fields without which an item cannot be trusted: a missing one sends the item, and only it, to a person.

``CONGKHAI`` and ``BIMAT`` are among them because a silent default could make a private case public.
"""

VERSION_FIELDS = (
    "NGAYCAPNHAT",
    "TRANGTHAI",
    "MADONVI",
    "MAPAKNDONVI",
    "NGAYCHUYEN",
    "HANXULY",
    "CONGKHAI",
    "BIMAT",
    "LANLAMLAI",
    "LANTRALOI",
)
"""Fields of a list row that move when the case moves."""

UNSTABLE = frozenset({"DUONGDAN", "TENTRANGTHAI"})
"""Fields that may differ from one reading to the next without any change of the case."""

RECEIPT_FACTS = (
    "PAKNID",
    "MAPAKN",
    "MAPAKNDONVI",
    "MADONVI",
    "TRANGTHAI",
    "TRALOIID",
    "LANTRALOI",
    "MABAMTRALOI",
)

AGENCIES, FIELDS_OF_WORK = "agencies", "fields"
CATALOGUES = {
    AGENCIES: ("dm_co_quan", "MADONVI", "TENDONVI", None),
    FIELDS_OF_WORK: ("dm_linh_vuc", "MALINHVUC", "TENLINHVUC", "MANGANH"),
}
"""Catalogue -> service, fields of code, name and parent (§3)."""
