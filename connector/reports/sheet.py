"""The hand-over sheet (phiếu chuyển xử lý, Đ12.4): a case on paper for the unit that handles it, or for a coordinator.

What stands on it is what the visibility table shows its reader (rules §3.4): the sender's name and phone go to the
unit alone. The sheet is decided first (:func:`hand_over`) and drawn afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Spacer

from connector.case import REGISTER, Act, ActKind, Attachment, Case, Privacy, Sender
from connector.clock import LOCAL_ZONE
from connector.errors import NotFoundError, PrivacyStop
from connector.reports.names import Names
from connector.reports.paper import BOLD, ITALIC, centred, grid, heading, side_by_side, text, write
from connector.reports.stays import stays
from connector.rules.due import Due
from connector.rules.duty import Clock, Duty
from connector.rules.visibility import Audience, Matter, privacy_of, sees, shown

DUTY_OF = {Audience.UNIT: Duty.HANDLE, Audience.COORDINATOR: Duty.COORDINATE}
"""For whom sheets are printed, and the duty that each is handed."""


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """Everything on one sheet.

    Attributes:
        custodian: the agency that hands over.
        receiver: the unit, or the coordinating agency.
        clocks: what the receiver has to do, governing pack first, watching packs after it.
        sender: None where the reader may not know the sender.
    """

    number: str
    custodian: str
    receiver: str
    received_at: datetime
    handed_at: datetime
    title: str
    content: str
    field: str
    channel: str
    place: str | None
    private: bool
    sender: Sender | None
    files: tuple[Attachment, ...]
    clocks: tuple[Clock, ...]


def hand_over(case: Case, audience: Audience, clocks: Sequence[Clock], names: Names) -> tuple[HandOver, ...]:
    """The sheets of a case as it stands: one for its unit, or one for each coordinator that has not answered.

    Args:
        case: as the register tells it.
        audience: ``UNIT`` or ``COORDINATOR``.
        clocks: the case's clocks.
        names: the shared lists as of today.

    Raises:
        PrivacyStop: the case is restricted; nothing of it is printed (R25).
        NotFoundError: nobody of that audience has the case in hand.
    """
    if privacy_of(case) is Privacy.RESTRICTED:
        msg = "the case is restricted: no sheet is printed"
        raise PrivacyStop(msg)
    mine = [one for one in clocks if one.open and one.duty is DUTY_OF[audience]]
    if not mine:
        msg = f"no {audience} has this case in hand now"
        raise NotFoundError(msg)
    agencies = dict.fromkeys(one.agency or "" for one in mine)
    return tuple(
        _sheet(case, audience, [one for one in mine if one.agency == agency], names) for agency in agencies
    )


def _sheet(case: Case, audience: Audience, clocks: Sequence[Clock], names: Names) -> HandOver:
    """The sheet for the agency whose clocks these are."""
    way, seen = stays(case.acts), shown(case, audience)
    header, privacy, agency = seen.header, privacy_of(case), clocks[0].agency or ""
    assert header is not None
    handed = _handed(case, audience, agency)
    unit = handed.details.get("unit") if audience is Audience.UNIT else None
    return HandOver(
        number=case.code or case.ref,
        custodian=names.agency(way[-1].agency),
        receiver=unit or names.agency(agency),
        received_at=way[0].since,
        handed_at=handed.at,
        title=header.title,
        content=header.content,
        field=names.field(header.field),
        channel=names.channel(header.channel),
        place=header.place.text if header.place else None,
        private=privacy is Privacy.PRIVATE,
        sender=header.sender if sees(audience, Matter.CONTACT, privacy) else None,
        files=seen.attachments,
        clocks=tuple(sorted(clocks, key=lambda one: not one.governs)),
    )


def _handed(case: Case, audience: Audience, agency: str) -> Act:
    """The act by which the case was last handed to them; an adopted pack opens new clocks, but hands over nothing."""
    if audience is Audience.UNIT:
        found = [act for act in case.acts if act.kind is ActKind.ASSIGNED and act.birthplace == REGISTER]
    else:
        found = [
            act
            for act in case.acts
            if act.kind is ActKind.COORDINATION_REQUESTED and act.details.get("to_agency") == agency
        ]
    return found[-1]


def write_sheets(sheets: Iterable[HandOver], out: BinaryIO, *, printed_at: datetime, officer: str) -> None:
    """Write the sheets, each on a page of its own (on more, if the content is long)."""
    story: list[Any] = []
    for sheet in sheets:
        story += [PageBreak()] if story else []
        story += _drawn(sheet)
    at = printed_at.astimezone(LOCAL_ZONE)
    write(
        out,
        story,
        title="Phiếu chuyển xử lý phản ánh, kiến nghị",
        subject="Quy chế Điều 12 khoản 4",
        author=officer,
        foot=lambda: (
            f"In từ hệ thống lúc {at:%H:%M ngày %d/%m/%Y}, cán bộ {officer}. Bảo mật thông tin người gửi (Đ7.2)."
        ),
    )


def _drawn(sheet: HandOver) -> list[Any]:
    at = sheet.handed_at.astimezone(LOCAL_ZONE)
    rows = [*_about(sheet), *_sender(sheet), ("Tệp kèm theo", _files(sheet.files))]
    widths = [40 * mm, 122 * mm]
    return [
        heading(
            sheet.custodian,
            "Bộ phận tiếp nhận",
            "Số: ........../PC",
            f"Thanh Hóa, ngày {at:%d} tháng {at:%m} năm {at:%Y}",
        ),
        Spacer(0, 4 * mm),
        centred("PHIẾU CHUYỂN XỬ LÝ PHẢN ÁNH, KIẾN NGHỊ", 14, BOLD),
        centred("Hand-over sheet", 10, ITALIC, after=1 * mm),
        centred(
            "(khoản 4 Điều 12 Quy chế ban hành kèm theo Quyết định số 05/2020/QĐ-UBND)",
            11,
            ITALIC,
            after=3 * mm,
        ),
        text(f"Kính chuyển: {sheet.receiver}", 13, BOLD, after=2 * mm),
        *(
            [
                text(
                    "Người gửi yêu cầu giữ kín nội dung (Đ7.3): chỉ người xử lý được đọc.",
                    12,
                    BOLD,
                    after=2 * mm,
                )
            ]
            if sheet.private
            else []
        ),
        side_by_side(
            [[text(name, 12, BOLD), text(words, 12)] for name, words in rows],
            widths,
            [("LINEBELOW", (0, 0), (-1, -1), 0.25, "black")],
        ),
        Spacer(0, 2 * mm),
        # outside the table: a row cannot go on to the next page, a long text must
        text("Nội dung", 12, BOLD),
        text(sheet.content, 12, after=3 * mm, justify=True),
        *_deadlines(sheet),
        Spacer(0, 5 * mm),
        side_by_side(
            [
                [centred("NGƯỜI GIAO", 12, BOLD), centred("NGƯỜI NHẬN", 12, BOLD)],
                [
                    centred("(Ký, ghi rõ họ tên)", 11, ITALIC),
                    centred("(Ký, ghi rõ họ tên, ngày giờ nhận)", 11, ITALIC),
                ],
            ],
            [81 * mm, 81 * mm],
        ),
    ]


def _about(sheet: HandOver) -> list[tuple[str, str]]:
    received = sheet.received_at.astimezone(LOCAL_ZONE)
    handed = sheet.handed_at.astimezone(LOCAL_ZONE)
    rows = [
        ("Mã hồ sơ", sheet.number),
        ("Tiếp nhận", f"{received:%H:%M ngày %d/%m/%Y}, kênh: {sheet.channel}"),
        ("Chuyển xử lý", f"{handed:%H:%M ngày %d/%m/%Y}"),
        ("Lĩnh vực", sheet.field),
        ("Tiêu đề", sheet.title),
    ]
    return [*rows, *([("Địa điểm", sheet.place)] if sheet.place else [])]


def _sender(sheet: HandOver) -> list[tuple[str, str]]:
    if sheet.sender is None:
        return [("Người gửi", "Giữ bí mật (Đ7.2)")]
    known = (sheet.sender.name, sheet.sender.organisation, sheet.sender.phone)
    return [("Người gửi", ", ".join(filter(None, known)) or "–")]


def _files(files: Sequence[Attachment]) -> str:
    return "\n".join(f"{place}. {one.file_name}" for place, one in enumerate(files, start=1)) or "Không có"


def _deadlines(sheet: HandOver) -> list[Any]:
    head = [centred(words, 11, BOLD) for words in ("Thời hạn", "Chậm nhất hết ngày", "Căn cứ")]
    rows = [[text(_duty(one), 11), text(_days(one), 11), text(_basis(one), 11)] for one in sheet.clocks]
    return [grid([head, *rows], [52 * mm, 62 * mm, 48 * mm])]


def _duty(clock: Clock) -> str:
    name = "Trả kết quả cho bộ phận tiếp nhận" if clock.duty is Duty.HANDLE else "Trả lời phối hợp"
    return name if clock.governs else f"{name} (theo dõi, không ràng buộc)"


def _days(clock: Clock) -> str:
    if clock.due is None:
        return "Chưa có căn cứ tính hạn"
    lines = [_day(clock.due)]
    if clock.internal:
        lines.append(f"Hạn nội bộ: {_day(clock.internal)}")
    if clock.strict:
        lines.append(f"Nếu tính từ khi tiếp nhận: {_day(clock.strict)}")
    return "\n".join(lines)


def _day(due: Due) -> str:
    other = f" (hoặc {due.otherwise:%d/%m/%Y}, chờ quyết định hoán đổi ngày nghỉ)" if due.otherwise else ""
    return f"{due.on:%d/%m/%Y}{other}"


def _basis(clock: Clock) -> str:
    told = (clock.basis, clock.pack, f"lịch {clock.calendar}" if clock.calendar else None)
    return "; ".join(filter(None, told)) or "–"
