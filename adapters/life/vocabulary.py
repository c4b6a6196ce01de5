"""The words of the three systems as the life generator speaks and reads them: contract codes, nothing of a client.

Kept apart from the mappings on purpose: the comparison must not inherit their mistakes.
"""

from collections.abc import Mapping

from adapters.life.script import GOVERNMENT, NATIONAL
from connector.case import ActKind, Channel, Nature, SenderKind, Status

KINDS: Mapping[str, Mapping[Nature, str]] = {
    NATIONAL: {Nature.CONDUCT: "1", Nature.REGULATION: "2", Nature.SITE: "3", Nature.PROPOSAL: "4"},
    GOVERNMENT: {
        Nature.CONDUCT: "CONDUCT",
        Nature.REGULATION: "POLICY_PROCEDURE",
        Nature.PROPOSAL: "PROPOSAL",
    },
}
"""``LOAIPAKN`` and ``CaseKind``."""

SUBMITTERS: Mapping[str, Mapping[SenderKind, str]] = {
    NATIONAL: {SenderKind.CITIZEN: "1", SenderKind.ENTERPRISE: "2", SenderKind.ORGANISATION: "4"},
    GOVERNMENT: {
        SenderKind.CITIZEN: "INDIVIDUAL",
        SenderKind.ENTERPRISE: "BUSINESS",
        SenderKind.ORGANISATION: "ORGANIZATION",
    },
}
"""``DOITUONG`` and ``SubmitterType``."""

SOURCES: Mapping[str, Mapping[Channel, str]] = {
    NATIONAL: {Channel.NATIONAL_PORTAL: "1"},
    GOVERNMENT: {
        Channel.GOVERNMENT_PORTAL_CITIZEN: "NGUOIDAN",
        Channel.GOVERNMENT_PORTAL_BUSINESS: "DOANHNGHIEP",
    },
}
"""``NGUON`` and ``Channel``."""

FIELDS: Mapping[str, Mapping[str, str]] = {
    NATIONAL: {
        "thu_tuc_hanh_chinh": "G22-MAU03",
        "ha_tang_ky_thuat": "G22-MAU04",
        "moi_truong": "G22-MAU05",
        "an_toan_thuc_pham": "G22-MAU06",
    },
    GOVERNMENT: {
        "thu_tuc_hanh_chinh": "TTHC",
        "ha_tang_ky_thuat": "HTKT",
        "moi_truong": "MT",
        "an_toan_thuc_pham": "ATTP",
    },
}
"""Catalogue codes of the fields, by the register's code."""

NATURES: Mapping[Nature, str] = {
    Nature.CONDUCT: "hanh_vi_cong_vu",
    Nature.REGULATION: "quy_dinh_hanh_chinh",
    Nature.PROPOSAL: "sang_kien",
    Nature.SITE: "hien_truong",
    Nature.COMPLAINT: "khieu_nai",
    Nature.DENUNCIATION: "to_cao",
    Nature.LEGAL_ADVICE: "tu_van_phap_luat",
}
"""The register's codes."""

CHANNELS: Mapping[Channel, str] = {
    Channel.WEB: "web",
    Channel.MOBILE_APP: "app",
    Channel.ZALO: "zalo",
    Channel.FACEBOOK: "facebook",
    Channel.PHONE: "phone",
    Channel.OFFICER: "officer",
}
"""The register's codes of its own channels."""

SENDER_KINDS: Mapping[SenderKind, str] = {
    SenderKind.CITIZEN: "ca_nhan",
    SenderKind.ENTERPRISE: "doanh_nghiep",
    SenderKind.ORGANISATION: "to_chuc",
    SenderKind.STATE_BODY: "co_quan",
}
"""The register's codes."""

ACTIONS: Mapping[str, Mapping[str, ActKind]] = {
    NATIONAL: {
        "GUI": ActKind.SUBMITTED,
        "CHUYEN": ActKind.FORWARDED,
        "TIEP_NHAN": ActKind.ACCEPTED,
        "TU_CHOI": ActKind.REFUSED,
        "YEU_CAU_BO_SUNG": ActKind.SUPPLEMENT_REQUESTED,
        "DA_BO_SUNG": ActKind.SUPPLEMENTED,
        "PHAN_CONG": ActKind.ASSIGNED,
        "TIEN_DO": ActKind.PROGRESS,
        "TRA_LOI": ActKind.ANSWERED,
        "LAM_LAI": ActKind.RETURNED_FOR_REWORK,
        "CONG_KHAI": ActKind.PUBLISHED,
        "GO_CONG_KHAI": ActKind.UNPUBLISHED,
        "THU_HOI": ActKind.RECALLED,
        "DANH_GIA": ActKind.RATED,
        "NHAC_VIEC": ActKind.REMINDED,
        "DOI_HAN": ActKind.DUE_CHANGED,
        "DONG": ActKind.CLOSED,
    },
    GOVERNMENT: {
        "NEW": ActKind.SUBMITTED,
        "ASSIGNED": ActKind.FORWARDED,
        "ACCEPTED": ActKind.ACCEPTED,
        "REFUSED": ActKind.REFUSED,
        "SUPPLEMENT_REQUESTED": ActKind.SUPPLEMENT_REQUESTED,
        "SUPPLEMENTED": ActKind.SUPPLEMENTED,
        "SUPPLEMENT_RECEIVED": ActKind.SUPPLEMENTED,
        "UNIT_ASSIGNED": ActKind.ASSIGNED,
        "IN_PROGRESS": ActKind.PROGRESS,
        "ANSWERED": ActKind.ANSWERED,
        "REWORK": ActKind.RETURNED_FOR_REWORK,
        "REWORK_REQUESTED": ActKind.RETURNED_FOR_REWORK,
        "PUBLISHED": ActKind.PUBLISHED,
        "UNPUBLISHED": ActKind.UNPUBLISHED,
        "RECALLED": ActKind.RECALLED,
        "RECALL_REFUSED": ActKind.RECALL_REFUSED,
        "VISIBILITY": ActKind.MADE_PRIVATE,
        "RATED": ActKind.RATED,
        "REMINDED": ActKind.REMINDED,
        "DUE_CHANGED": ActKind.DUE_CHANGED,
        "RETURNED_VPCP": ActKind.RETURNED,
        "TRANSFERRED": ActKind.TRANSFERRED,
        "CLOSED": ActKind.CLOSED,
    },
}
"""What a history row is: ``HANHDONG``, or the status or event. ``TRA_LAI`` is told apart by its status."""

GIVEN_BACK: Mapping[str, ActKind] = {"12": ActKind.RETURNED, "RETURNED_VPCP": ActKind.RETURNED}
"""Status after ``TRA_LAI`` → kind; any other is a transfer."""

EVENTS: Mapping[ActKind, str] = {
    ActKind.SUPPLEMENTED: "supplement",
    ActKind.PUBLISHED: "publish",
    ActKind.UNPUBLISHED: "unpublish",
    ActKind.RETURNED_FOR_REWORK: "rework",
    ActKind.RECALLED: "recall",
    ActKind.RATED: "rate",
    ActKind.REMINDED: "remind",
    ActKind.DUE_CHANGED: "change_due",
}
"""Events of the twins' control API."""

OUTWARD: Mapping[ActKind, ActKind] = {
    ActKind.ACCEPTED: ActKind.ACCEPTED,
    ActKind.ASSIGNED: ActKind.ASSIGNED,
    ActKind.PROGRESS: ActKind.PROGRESS,
    ActKind.LATE_NOTICE: ActKind.PROGRESS,
    ActKind.SUPPLEMENT_REQUESTED: ActKind.SUPPLEMENT_REQUESTED,
    ActKind.REFUSED: ActKind.REFUSED,
    ActKind.LAPSED: ActKind.REFUSED,
    ActKind.TRANSFERRED: ActKind.TRANSFERRED,
    ActKind.RETURNED: ActKind.RETURNED,
    ActKind.ANSWERED: ActKind.ANSWERED,
    ActKind.CLOSED: ActKind.CLOSED,
    ActKind.RECALL_REFUSED: ActKind.RECALL_REFUSED,
}
"""Acts of the register that a portal must show, and as what (rules §3.6; a refused recall: §8.4)."""

INWARD = frozenset(EVENTS)
"""Acts of a portal that the register must show."""

STATUS_AFTER: Mapping[ActKind, Status] = {
    ActKind.ACCEPTED: Status.ACCEPTED,
    ActKind.ASSIGNED: Status.UNIT_ASSIGNED,
    ActKind.PROGRESS: Status.IN_PROGRESS,
    ActKind.SUPPLEMENT_REQUESTED: Status.SUPPLEMENT_REQUESTED,
    ActKind.SUPPLEMENTED: Status.SUPPLEMENTED,
    ActKind.REFUSED: Status.REFUSED,
    ActKind.TRANSFERRED: Status.TRANSFERRED,
    ActKind.RETURNED: Status.RETURNED_VPCP,
    ActKind.ANSWERED: Status.ANSWERED,
    ActKind.CLOSED: Status.CLOSED,
    ActKind.PUBLISHED: Status.PUBLISHED,
    ActKind.RETURNED_FOR_REWORK: Status.REWORK,
    ActKind.RECALLED: Status.RECALLED,
}
"""The status a portal shows after such an act; the others leave it as it is."""

STATE_AFTER: Mapping[ActKind, str] = {
    ActKind.ASSIGNED: "DANG_XU_LY",
    ActKind.SUPPLEMENT_REQUESTED: "CHO_BO_SUNG",
    ActKind.SUPPLEMENTED: "MOI",
    ActKind.REASSIGNED: "MOI",
    ActKind.REFUSED: "KHONG_TIEP_NHAN",
    ActKind.LAPSED: "HET_HAN_BO_SUNG",
    ActKind.RESULT: "CO_KET_QUA",
    ActKind.RESULT_SENT_BACK: "DANG_XU_LY",
    ActKind.RECALL_AGREED: "KHONG_TIEP_NHAN",
    ActKind.TRANSFERRED: "KHONG_TIEP_NHAN",
    ActKind.RETURNED: "KHONG_TIEP_NHAN",
}
"""The register's state after such an act (rules §3.2); an answer leads to one of two final states."""
