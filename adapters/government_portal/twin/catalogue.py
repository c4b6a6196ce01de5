"""The catalogues the twin serves (government-portal contract §8.4, GetCatalog). All agencies are fictitious samples."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Final

VPCP: Final = "VPCP"
"""Word for the Office of the Government where an organ is asked for (§8.4, TransferCase)."""

UPDATED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When these catalogues last changed: ``Since`` after it gives an empty list."""

_CODE: Final = re.compile(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z][0-9]{2}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a catalogue."""

    code: str
    name: str
    parent: str | None = None
    active: bool = True


_PROVINCE: Final = "000.00.00.H56"

ORGANS: Final = (
    Entry(code="000.00.00.G22", name="Văn phòng Chính phủ"),
    Entry(code=_PROVINCE, name="UBND tỉnh Thanh Hóa"),
    Entry(code="000.00.01.H56", name="Văn phòng UBND tỉnh (mẫu)", parent=_PROVINCE),
    Entry(code="000.00.02.H56", name="Trung tâm Phục vụ hành chính công tỉnh (mẫu)", parent=_PROVINCE),
    Entry(code="000.00.11.H56", name="Sở Nông nghiệp và Môi trường (mẫu)", parent=_PROVINCE),
    Entry(code="000.00.77.H56", name="Sở Mẫu (hư cấu)", parent=_PROVINCE),
    Entry(code="000.00.40.H56", name="UBND huyện Mẫu (hư cấu)", parent=_PROVINCE, active=False),
    Entry(code="000.01.50.H56", name="UBND xã Mẫu (hư cấu)", parent=_PROVINCE),
    Entry(code="000.00.00.G09", name="Bộ Mẫu A (hư cấu)"),
    Entry(code="000.00.00.G15", name="Bộ Mẫu B (hư cấu)"),
    Entry(code="000.00.00.H55", name="UBND tỉnh Láng Giềng (hư cấu)"),
)

FIELDS: Final = (
    Entry(code="TTHC", name="Thủ tục hành chính"),
    Entry(code="HTKT", name="Hạ tầng kỹ thuật"),
    Entry(code="MT", name="Môi trường"),
    Entry(code="ATTP", name="An toàn thực phẩm"),
    Entry(code="DD", name="Đất đai"),
    Entry(code="KHAC", name="Lĩnh vực khác"),
)
"""Fields that the catalogue tells. FieldCode of a filed case is not checked against it: an agency's list may be newer."""

KINDS: Final = (
    Entry(code="CONDUCT", name="Hành vi của cán bộ, công chức"),
    Entry(code="POLICY_PROCEDURE", name="Cơ chế, chính sách, thủ tục hành chính"),
    Entry(code="PROPOSAL", name="Sáng kiến, đề xuất"),
)

STATUSES: Final = (
    Entry(code="NEW", name="Mới tiếp nhận VPCP"),
    Entry(code="ASSIGNED", name="Tiếp nhận ở địa phương"),
    Entry(code="ACCEPTED", name="Phản ánh trực tiếp xử lý"),
    Entry(code="UNIT_ASSIGNED", name="Xử lý ở địa phương"),
    Entry(code="IN_PROGRESS", name="Xử lý ở địa phương"),
    Entry(code="SUPPLEMENT_REQUESTED", name="PA chờ bổ sung"),
    Entry(code="SUPPLEMENTED", name="Phản ánh đã bổ sung"),
    Entry(code="ANSWERED", name="PAKN chờ công khai"),
    Entry(code="PUBLISHED", name="PAKN đã công khai"),
    Entry(code="REWORK", name="Trả lại tiếp nhận địa phương"),
    Entry(code="REFUSED", name="Từ chối tiếp nhận"),
    Entry(code="RETURNED_VPCP", name="Trả lại VPCP"),
    Entry(code="TRANSFERRED", name="BNĐP gửi trả lại BNĐP khác"),
    Entry(code="RECALLED", name="Thu hồi"),
    Entry(code="CLOSED", name="Đóng"),
)

REFUSE_REASONS: Final = (
    Entry(code="NGOAI_LINH_VUC", name="Ngoài lĩnh vực tiếp nhận"),
    Entry(code="KHIEU_NAI_TO_CAO", name="Nội dung khiếu nại, tố cáo"),
    Entry(code="TU_VAN_PHAP_LUAT", name="Đề nghị tư vấn pháp luật"),
    Entry(code="THIEU_THONG_TIN", name="Thiếu thông tin"),
    Entry(code="TRUNG_LAP", name="Trùng lặp"),
    Entry(code="HET_HAN_BO_SUNG", name="Hết hạn bổ sung"),
    Entry(code="KHAC", name="Lý do khác"),
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A peer system. ``organs`` are codes or patterns (``*.H56``) that it may speak for (the VXP rule, §8.2)."""

    username: str
    passwords: tuple[str, ...] = field(repr=False)
    organs: tuple[str, ...]

    def owns(self, organ: str) -> bool:
        """Whether the account may speak for that organ."""
        return any(fnmatchcase(organ, pattern) for pattern in self.organs)


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Who exists. A province keeps its own list of inner organs: any well-formed code an account owns is known."""

    accounts: tuple[Account, ...]
    portal_organ: str = "000.00.00.G22"
    organs: tuple[Entry, ...] = ORGANS

    def account(self, username: str) -> Account | None:
        """The account of that name."""
        return next((item for item in self.accounts if item.username == username), None)

    def knows(self, organ: str) -> bool:
        """Whether the organ exists."""
        if organ == VPCP or any(item.code == organ for item in self.organs):
            return True
        return bool(_CODE.fullmatch(organ)) and any(item.owns(organ) for item in self.accounts)

    def is_office(self, organ: str) -> bool:
        """Whether the organ is the portal's own office (the word VPCP or its code)."""
        return organ in (VPCP, self.portal_organ)

    def entries(self, name: str, since: datetime | None) -> tuple[Entry, ...]:
        """A catalogue by its contract name; empty if nothing changed since then."""
        lists = {
            "Organization": self.organs,
            "CaseKind": KINDS,
            "Field": FIELDS,
            "Status": STATUSES,
            "RefuseReason": REFUSE_REASONS,
        }
        return () if since is not None and since > UPDATED_AT else lists[name]
