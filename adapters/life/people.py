"""Fictitious senders: nobody here exists, and every value says so.

Names carry "Mẫu" or "Ví Dụ", phones begin with 090000, mail ends in ``example.com``, communes are marked *mẫu*.
"""

from dataclasses import dataclass
from random import Random

from connector.case import SenderKind

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đỗ", "Bùi", "Đặng", "Lường", "Quách", "Trịnh")
MIDDLE = ("Văn", "Thị", "Đức", "Ngọc", "Hữu", "Thị Thu", "Quang", "Thị Bích")
GIVEN = (
    "Mẫu",
    "Ví Dụ",
    "Mẫu An",
    "Mẫu Bình",
    "Mẫu Hạnh",
    "Mẫu Thủy",
    "Mẫu Đông",
    "Mẫu Quý",
    "Mẫu Yến",
    "Mẫu Lễ",
)
COMMUNES = (
    "xã Sơn Mẫu (mẫu)",
    "xã Yên Mẫu (mẫu)",
    "phường Hạc Mẫu (mẫu)",
    "xã Cẩm Mẫu (mẫu)",
    "phường Sầm Mẫu (mẫu)",
    "xã Hoằng Mẫu (mẫu)",
    "xã Thọ Mẫu (mẫu)",
    "xã Quảng Mẫu (mẫu)",
)
TRADES = (
    "Chế biến hải sản",
    "May mặc",
    "Vật liệu xây dựng",
    "Vận tải",
    "Nông sản sạch",
    "Cơ khí",
    "Du lịch biển",
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A sender as the story knows it."""

    kind: SenderKind
    name: str
    organisation: str | None
    phone: str
    address: str
    email: str
    anonymous: bool


def commune(rng: Random) -> str:
    """A fictitious commune."""
    return rng.choice(COMMUNES)


def person(rng: Random, *, number: int, kind: SenderKind = SenderKind.CITIZEN) -> Person:
    """A fictitious sender of that kind; the number keeps phones and mail addresses apart."""
    name = f"{rng.choice(FAMILY)} {rng.choice(MIDDLE)} {rng.choice(GIVEN)}"
    return Person(
        kind=kind,
        name=name,
        organisation=_organisation(rng, kind),
        phone=f"090000{number % 10_000:04d}",
        address=f"Thôn {rng.randint(1, 12)}, {commune(rng)}, tỉnh Thanh Hóa",
        email=f"nguoi.gui.{number}@example.com",
        anonymous=rng.random() < 0.8,
    )


def _organisation(rng: Random, kind: SenderKind) -> str | None:
    trade = rng.choice(TRADES)
    if kind is SenderKind.ENTERPRISE:
        return f"Công ty TNHH {trade} Mẫu (hư cấu)"
    if kind is SenderKind.ORGANISATION:
        return f"Hội nghề {trade.lower()} mẫu (hư cấu)"
    return None
