"""``DongBoPAKN``: an agency pushes a case of its own up, or updates it (national-portal contract §10.6.9)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.national_portal.twin.batches import MAX_ITEMS, keep_files
from adapters.national_portal.twin.call import Call, Outcome
from adapters.national_portal.twin.codes import KINDS, ROLE_QUESTION, SOURCES, SUBMITTERS, Action, Status
from adapters.national_portal.twin.errors import (
    FAILED_CODE,
    NOT_OURS,
    TOO_MANY,
    Refusal,
    absent,
    invalid,
    missing,
)
from adapters.national_portal.twin.files import Announced, announced, fetch
from adapters.national_portal.twin.model import Case, Sender, Subject
from adapters.national_portal.twin.requests import Fields
from adapters.national_portal.twin.services import exists, own_code
from adapters.national_portal.twin.view import Row, row

_SENT = (Action.SENT, Status.NEW)
_FORWARDED = (Action.FORWARDED, Status.ASSIGNED)
_STEPS = {
    Status.ACCEPTED: ((Action.ACCEPTED, Status.ACCEPTED),),
    Status.UNIT_ASSIGNED: ((Action.ACCEPTED, Status.ACCEPTED), (Action.ASSIGNED, Status.UNIT_ASSIGNED)),
    Status.IN_PROGRESS: ((Action.ACCEPTED, Status.ACCEPTED), (Action.PROGRESS, Status.IN_PROGRESS)),
}


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """One item, read."""

    code: str
    agency: str
    subject: Subject
    received_at: datetime
    due_at: datetime | None
    status: Status
    files: list[Announced]


async def dong_bo(call: Call, fields: Fields) -> Outcome:
    """Insert (``isUpdating`` "False") or replace the sender's side ("True"); natural key ``MaPAKNDonVi``."""
    updating = fields.must_code("isUpdating", ("True", "False")) == "True"
    items = fields.items("data", required=True)
    fields.done(strict=call.strict)
    if len(items) > MAX_ITEMS:
        raise Refusal(TOO_MANY)
    if len(items) == 1:
        found = await _item(call, call.fields(items[0]), updating=updating)
        return Outcome(message=f"Đồng bộ PAKN {found['MAPAKNDONVI']} thành công", rows=[found])
    rows: list[Row] = []
    good = 0
    for raw in items:
        try:
            rows.append(await _item(call, call.fields(raw), updating=updating))
            good += 1
        except Refusal as refusal:
            current = refusal.rows[0] if refusal.rows else _named(raw)
            rows.append(current | {"KETQUA": "0", "THONGBAO": refusal.text})
    message = f"Đồng bộ thành công {good}/{len(items)} bản ghi"
    code = 0 if good == len(items) else FAILED_CODE
    shown = rows if call.profile.per_item else []
    return Outcome(message=message, rows=shown, code=code)


def _named(raw: Any) -> Row:
    code = next((value for name, value in raw.items() if name.casefold() == "mapakndonvi"), None)
    return {"MAPAKNDONVI": code if isinstance(code, str) else None}


async def _item(call: Call, fields: Fields, *, updating: bool) -> Row:
    pushed = _read(call, fields, updating=updating)
    case = _place(call, pushed, updating=updating)
    contents = [await fetch(file, call.settings, call.profile) for file in pushed.files]
    # others ran while the files came: look again before committing
    case = _place(call, pushed, updating=updating)
    case = _insert(call, pushed) if case is None else _update(call, case, pushed)
    keep_files(call, case, pushed.files, contents)
    return row(call.view(case)) | {"KETQUA": "1", "THONGBAO": ""}


def _place(call: Call, pushed: Pushed, *, updating: bool) -> Case | None:
    """The case to update, None for one to insert.

    Raises:
        Refusal: exists, absent, not pushed by the caller, or an update that would loosen privacy.
    """
    case = call.state.by_own_code.get(pushed.code)
    if not updating:
        if case is not None:
            raise exists(call, pushed.code, case)
        return None
    if case is None:
        raise absent(pushed.code)
    if case.pushed_by != call.agency:
        raise Refusal(NOT_OURS, kind="not_ours")
    _only_tighter(call, case.subject, pushed.subject)
    return case


def _only_tighter(call: Call, before: Subject, after: Subject) -> None:
    if call.profile.allow_loosening:
        return
    if after.publishable and not before.publishable:
        raise invalid(field="CongKhai", why="không được nới lỏng")
    if before.private and not after.private:
        raise invalid(field="BiMat", why="không được nới lỏng")


def _insert(call: Call, pushed: Pushed) -> Case:
    state = call.state
    case = state.open_case(pushed.subject, agency=pushed.agency, owner=call.agency)
    case.pushed_by = call.agency
    case.due_at = pushed.due_at
    state.link(case, call.agency, pushed.code)
    case.assigned_at = pushed.received_at
    steps = _STEPS.get(pushed.status, ())
    if steps:
        case.accepted.add(call.agency)
    for action, after in (_SENT, _FORWARDED, *steps):
        at = pushed.subject.submitted_at if action == Action.SENT else pushed.received_at
        state.act(case, action, at=at, after=after, agency=call.agency, transaction=call.transaction)
    call.effect(case, "create", pushed.code)
    return case


def _update(call: Call, case: Case, pushed: Pushed) -> Case:
    case.subject = pushed.subject
    case.due_at = pushed.due_at or case.due_at
    kept = {file.id for file in pushed.files}
    for file in [item for item in case.files.values() if item.role == ROLE_QUESTION and item.id not in kept]:
        call.state.drop_file(case, file.id)
    call.state.touch(case)
    call.effect(case, "update", call.transaction or call.now.isoformat())
    return case


def _read(call: Call, fields: Fields, *, updating: bool) -> Pushed:
    code = own_code(call, fields.must_text("MaPAKNDonVi", 50))
    status = fields.code("TrangThai", ("2", "3", "4", "5"))
    if status is None and not updating:
        raise missing(field="TrangThai")
    agency = fields.must_text("MaDonVi", 50)
    fields.must_text("TenDonVi", 500)
    if not call.state.catalogue.active(agency):
        raise invalid(field="MaDonVi")
    subject = _subject(call, fields)
    pushed = Pushed(
        code=code,
        agency=agency,
        subject=subject,
        received_at=fields.must_date("NgayTiepNhan"),
        due_at=fields.date("HanXuLy"),
        status=Status(int(status or "2")),
        files=announced(fields.items("TepDinhKem"), role=None, profile=call.profile),
    )
    fields.done(strict=call.strict)
    return pushed


def _subject(call: Call, fields: Fields) -> Subject:
    area = fields.text("MaLinhVuc", 50)
    if area is not None and area not in call.state.catalogue.fields:
        raise invalid(field="MaLinhVuc")
    anonymous = fields.flag("AnDanh")
    return Subject(
        title=fields.must_text("TieuDe", 500),
        content=fields.must_text("NoiDung", 20_000),
        kind=fields.must_code("LoaiPAKN", KINDS),
        source=fields.must_code("Nguon", SOURCES),
        submitter=fields.must_code("DoiTuong", SUBMITTERS),
        sender=Sender(
            name=fields.text("HoVaTen", 255),
            organisation=fields.text("TenToChuc", 500),
            phone=fields.text("SoDienThoai", 50),
            address=fields.text("DiaChi", 500),
            email=fields.text("ThuDienTu", 255),
        ),
        submitted_at=fields.must_date("NgayGui"),
        anonymous=True if anonymous is None else anonymous,
        publishable=fields.must_flag("CongKhai"),
        private=fields.must_flag("BiMat"),
        field=area,
        field_name=fields.text("TenLinhVuc", 255),
        procedure=fields.text("MaTTHC", 50),
        place=fields.text("DiaDiem", 500),
        latitude=fields.text("ViDo", 30),
        longitude=fields.text("KinhDo", 30),
    )
