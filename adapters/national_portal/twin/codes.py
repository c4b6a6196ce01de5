"""Code lists and statuses of the PAKN profile (national-portal contract §10.4, §10.5)."""

from enum import IntEnum
from typing import Final


class Status(IntEnum):
    """``TRANGTHAI``; the member names are the vocabulary both portal profiles share."""

    NEW = 1
    ASSIGNED = 2
    ACCEPTED = 3
    UNIT_ASSIGNED = 4
    IN_PROGRESS = 5
    SUPPLEMENT_REQUESTED = 6
    SUPPLEMENTED = 7
    ANSWERED = 8
    PUBLISHED = 9
    REWORK = 10
    REFUSED = 11
    RETURNED_VPCP = 12
    TRANSFERRED = 13
    RECALLED = 14
    CLOSED = 15


LABELS: Final[dict[Status, str]] = {
    Status.NEW: "Mới tiếp nhận VPCP",
    Status.ASSIGNED: "Tiếp nhận ở địa phương",
    Status.ACCEPTED: "Phản ánh trực tiếp xử lý",
    Status.UNIT_ASSIGNED: "Xử lý ở địa phương",
    Status.IN_PROGRESS: "Xử lý ở địa phương",
    Status.SUPPLEMENT_REQUESTED: "PA chờ bổ sung",
    Status.SUPPLEMENTED: "PAKN đã bổ sung",
    Status.ANSWERED: "PAKN chờ công khai",
    Status.PUBLISHED: "PAKN đã công khai",
    Status.REWORK: "Trả lại tiếp nhận địa phương",
    Status.REFUSED: "Từ chối tiếp nhận",
    Status.RETURNED_VPCP: "Trả lại VPCP",
    Status.TRANSFERRED: "BNĐP gửi trả lại BNĐP khác",
}
"""``TENTRANGTHAI``, display only. RECALLED and CLOSED have no label."""

WAITING: Final = frozenset({Status.ASSIGNED, Status.SUPPLEMENTED, Status.REWORK})
"""Statuses of the waiting list (§10.6.1)."""

ENDED: Final = frozenset(
    {
        Status.PUBLISHED,
        Status.REFUSED,
        Status.RETURNED_VPCP,
        Status.TRANSFERRED,
        Status.RECALLED,
        Status.CLOSED,
    }
)
"""Statuses that end the agency's thread (government-portal contract §8.6, last column)."""

OPEN: Final = frozenset(Status) - ENDED - {Status.NEW}
"""What the list shows with ``list_scope: open``."""

SOURCES: Final = frozenset("123456789")
KINDS: Final = frozenset("1234")
SUBMITTERS: Final = frozenset("1234")
FLAGS: Final = frozenset("01")
TRANSFER_KINDS: Final = frozenset("123")
REFUSAL_REASONS: Final = frozenset(
    {
        "NGOAI_LINH_VUC",
        "KHIEU_NAI_TO_CAO",
        "TU_VAN_PHAP_LUAT",
        "THIEU_THONG_TIN",
        "TRUNG_LAP",
        "HET_HAN_BO_SUNG",
        "KHAC",
    }
)
LAPSED: Final = "HET_HAN_BO_SUNG"
"""The only reason that refuses a case which waits for its sender."""

ROLE_QUESTION, ROLE_ANSWER, ROLE_EVIDENCE = "1", "2", "3"
ROLES: Final = {ROLE_QUESTION: "question", ROLE_ANSWER: "answer", ROLE_EVIDENCE: "evidence"}


class Action:
    """``HANHDONG``: what an act of the history was."""

    SENT = "GUI"
    FORWARDED = "CHUYEN"
    ACCEPTED = "TIEP_NHAN"
    REFUSED = "TU_CHOI"
    TRANSFERRED = "TRA_LAI"
    SUPPLEMENT_REQUESTED = "YEU_CAU_BO_SUNG"
    SUPPLEMENTED = "DA_BO_SUNG"
    ASSIGNED = "PHAN_CONG"
    PROGRESS = "TIEN_DO"
    ANSWERED = "TRA_LOI"
    REWORK = "LAM_LAI"
    PUBLISHED = "CONG_KHAI"
    UNPUBLISHED = "GO_CONG_KHAI"
    RECALLED = "THU_HOI"
    RATED = "DANH_GIA"
    REMINDED = "NHAC_VIEC"
    DUE_CHANGED = "DOI_HAN"
    CLOSED = "DONG"


def name_of(status: int | None) -> str | None:
    """Shared code name of a status, None for none."""
    return None if status is None else Status(status).name
