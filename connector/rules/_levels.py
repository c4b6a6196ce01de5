"""Levels of secrecy, how they are written, and the words of ordinary speech that they are part of. Pure."""

import re
from collections.abc import Iterator
from enum import StrEnum

from connector.text.folded import Folded


class Level(StrEnum):
    """Levels of Law 117/2025, lowest first."""

    MAT = "MAT"
    TOI_MAT = "TOI_MAT"
    TUYET_MAT = "TUYET_MAT"


Found = tuple[Level, tuple[int, int]]
"""A level and its span in the original text."""


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


# words that make with «mật» a word of ordinary speech: bí mật, mật ong …
PARTNERS_BEFORE = words("bí bảo cơ rậm thân trăng ngọt sóng túi gỉ rỉ đường kẹo chè vị ong ruồi")
PARTNERS_AFTER = words(
    "độ khẩu ong mã mía thư vụ lệnh đàm thiết danh báo ước nghị tập ngọt gấu cá vịt lợn heo bò trâu hoa phục thám"
)
# without marks, also those of mắt, mất and mặt: đau mắt, bị mất, mặt đường …
BARE_BEFORE = words("bi bao co ram than trang ngot tui toi o ve be re khong do bo dau chong")
BARE_AFTER = words("do khau ong ma mia thu vu tien duong dat nuoc bang cau san cua rung")

_APART = re.compile(r"(?<![^\W_])[^\W\d_](?:[ \t._*·-]{1,4}[^\W\d_](?![^\W_])){2,}")
_SPELT = {
    "mật": Level.MAT, "mat": Level.MAT, "tốimật": Level.TOI_MAT, "toimat": Level.TOI_MAT,
    "tuyệtmật": Level.TUYET_MAT, "tuyetmat": Level.TUYET_MAT,
}  # fmt: skip


def set_apart(folded: Folded) -> Iterator[Found]:
    """Single letters with signs or blanks between them that spell a level, and nothing else; spans of the folded text."""
    for match in _APART.finditer(folded.text):
        level = _SPELT.get(re.sub(r"[\W_]", "", match.group()).casefold())
        if level is not None:
            yield level, match.span()
