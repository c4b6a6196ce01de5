"""Agencies and fields of the twin: fictitious, apart from the two codes that the contract itself names.

A file can add to them (JSON)::

    {"agencies": [{"code": "000.00.78.H56", "name": "Sở Thử (hư cấu)", "level": "3", "active": true}],
     "fields": [{"code": "G10-MAU09", "name": "Đất đai (mẫu)", "owner": "000.00.00.G10"}]}
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

VPCP = "000.00.00.G22"


@dataclass(frozen=True, kw_only=True)
class Agency:
    """One line of ``LayDanhMucCoQuan``; ``level`` is ``CAPDONVI``. Inactive ones take no transfers."""

    code: str
    name: str
    level: str = "3"
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class Field:
    """One line of ``LayDanhMucLinhVuc``; ``owner`` is ``MANGANH``."""

    code: str
    name: str
    owner: str


AGENCIES = (
    Agency(code=VPCP, name="Văn phòng Chính phủ", level="1"),
    Agency(code="000.00.00.H56", name="UBND tỉnh Thanh Hóa", level="2"),
    Agency(code="000.00.77.H56", name="Sở Mẫu (hư cấu)"),
    Agency(code="000.00.78.H56", name="Sở Ví Dụ (hư cấu)"),
    Agency(code="000.77.01.H56", name="UBND xã Mẫu (hư cấu)", level="4"),
    Agency(code="000.77.02.H56", name="UBND phường Ví Dụ (hư cấu)", level="4"),
    Agency(code="000.00.79.H56", name="Sở Đã Sáp Nhập (hư cấu)", active=False),
    Agency(code="000.00.00.G09", name="Bộ Mẫu về kinh doanh (hư cấu)", level="1"),
    Agency(code="000.00.00.G15", name="Bộ Mẫu về hộ tịch (hư cấu)", level="1"),
    Agency(code="000.00.00.H99", name="UBND tỉnh Mẫu (hư cấu)", level="2"),
)

FIELDS = (
    Field(code="G15-MAU01", name="Hộ tịch (mẫu)", owner="000.00.00.G15"),
    Field(code="G09-MAU02", name="Đăng ký kinh doanh (mẫu)", owner="000.00.00.G09"),
    Field(code="G22-MAU03", name="Thủ tục hành chính (mẫu)", owner=VPCP),
    Field(code="G22-MAU04", name="Hạ tầng kỹ thuật (mẫu)", owner=VPCP),
    Field(code="G22-MAU05", name="Môi trường (mẫu)", owner=VPCP),
    Field(code="G22-MAU06", name="An toàn thực phẩm (mẫu)", owner=VPCP),
)


class Catalogue:
    """Both lists, by code."""

    def __init__(self, agencies: tuple[Agency, ...] = AGENCIES, fields: tuple[Field, ...] = FIELDS) -> None:
        self.agencies = {item.code: item for item in agencies}
        self.fields = {item.code: item for item in fields}

    @classmethod
    def load(cls, extra: Path | None) -> Self:
        """The samples, and what the file adds or replaces.

        Raises:
            ValueError: the file is not of the form above.
        """
        if extra is None:
            return cls()
        try:
            data: dict[str, Any] = json.loads(extra.read_text(encoding="utf-8"))
            agencies = tuple(Agency(**item) for item in data.get("agencies", ()))
            fields = tuple(Field(**item) for item in data.get("fields", ()))
        except (TypeError, AttributeError, json.JSONDecodeError) as error:
            msg = f"catalogue file {extra.name}: {type(error).__name__}"
            raise ValueError(msg) from error
        return cls(AGENCIES + agencies, FIELDS + fields)

    def name(self, code: str | None) -> str | None:
        """Display name of an agency; the code itself where it is not listed."""
        if code is None:
            return None
        agency = self.agencies.get(code)
        return agency.name if agency else code

    def active(self, code: str) -> bool:
        """True if the agency is listed and not closed."""
        agency = self.agencies.get(code)
        return agency is not None and agency.active
