"""Reads and single-case writes, one function a service (national-portal contract §10.6.1 to §10.6.6, §10.6.10–11).

A write checks in this order: fields, case, repeat (natural key), right, state; then it commits at once.
"""

from adapters.national_portal.twin.call import Call, Outcome
from adapters.national_portal.twin.catalogue import VPCP
from adapters.national_portal.twin.codes import (
    LAPSED,
    OPEN,
    REFUSAL_REASONS,
    TRANSFER_KINDS,
    WAITING,
    Action,
    Status,
)
from adapters.national_portal.twin.errors import (
    NOT_OURS,
    OWN_CODE,
    RECEIVER,
    RECEIVER_GAVE_BACK,
    Refusal,
    invalid,
    missing,
)
from adapters.national_portal.twin.model import Case, text_digest
from adapters.national_portal.twin.requests import Fields
from adapters.national_portal.twin.view import Address, detail, list_item, proof, row, seen_by, stale
from adapters.twin_kit.lists import bent


def danh_sach(call: Call, fields: Fields) -> Outcome:
    """``DanhSachPAKNChoXuLy``: what waits for the caller, whole; reading changes nothing."""
    since, until = fields.date("TuNgay"), fields.date("DenNgay")
    fields.done(strict=call.strict)
    if until is not None and since is None:
        raise missing(field="TuNgay")
    if since is not None and until is not None and since > until:
        raise invalid(field="DenNgay")
    message = "Lấy danh sách thành công"
    statuses = OPEN if call.profile.list_scope == "open" else WAITING
    cases = [case for status in sorted(statuses) for case in call.state.held(call.agency, status).values()]
    if since is not None and not call.profile.ignore_window:
        last = until or call.now
        cases = [case for case in cases if since <= case.changed_at <= last]
    cases.sort(key=lambda case: case.id)
    rows = [list_item(call.view(case), call.state.catalogue) for case in bent(cases, call.faults)]
    return Outcome(message=message, rows=rows)


def chi_tiet(call: Call, fields: Fields) -> Outcome:
    """``LayChiTietPAKN``: one case with files and history."""
    case_id = fields.must_integer("PAKNID")
    fields.done(strict=call.strict)
    case = call.case(case_id)
    seen = call.view(case)
    if seen.former and call.profile.transfer_view == "forbidden":
        raise Refusal(NOT_OURS, kind="not_ours")
    if call.faults.picks("stale_read", case.id):
        seen = stale(seen)
    address = Address(
        base=call.settings.file_base,
        trap_base=call.runtime.trap_base,
        wrong_hash=call.faults.picks("file_hash", case.id),
        trap=call.faults.picks("file_not_rebased", case.id),
    )
    return Outcome(message="Lấy chi tiết thành công", rows=[detail(seen, call.state.catalogue, address)])


def tra_cuu(call: Call, fields: Fields) -> Outcome:
    """``TraCuuPAKN``: exists or not; no personal data. A former holder still finds its case."""
    code, case_id = fields.text("MaPAKNDonVi", 50), fields.integer("PAKNID")
    fields.done(strict=call.strict)
    if code is None and case_id is None:
        raise missing(field="MaPAKNDonVi")
    if code is not None and case_id is not None:
        raise invalid(field="PAKNID", why="chỉ nhận một trong hai trường")
    case = call.state.cases.get(case_id) if case_id is not None else call.state.by_own_code.get(code or "")
    seen = seen_by(case, call.agency) if case else None
    return Outcome(message="Tra cứu thành công", rows=[proof(seen)] if seen else [])


def dm_co_quan(call: Call, fields: Fields) -> Outcome:
    """``LayDanhMucCoQuan``."""
    fields.done(strict=call.strict)
    rows = [
        {"MADONVI": item.code, "TENDONVI": item.name, "CAPDONVI": item.level}
        for item in call.state.catalogue.agencies.values()
        if item.active and item.code not in call.profile.dropped_codes
    ]
    return Outcome(message="Lấy danh mục thành công", rows=rows)


def dm_linh_vuc(call: Call, fields: Fields) -> Outcome:
    """``LayDanhMucLinhVuc``."""
    fields.done(strict=call.strict)
    rows = [
        {"MALINHVUC": item.code, "TENLINHVUC": item.name, "MANGANH": item.owner}
        for item in call.state.catalogue.fields.values()
        if item.code not in call.profile.dropped_codes
    ]
    return Outcome(message="Lấy danh mục thành công", rows=rows)


def own_code(call: Call, code: str) -> str:
    """An own code must begin with the caller's agency code (§10.6.3, §10.6.9)."""
    if not code.startswith(f"{call.agency}-"):
        raise Refusal(OWN_CODE)
    return code


def exists(call: Call, code: str, case: Case) -> Refusal:
    """The own code is taken; the row goes along if the caller may see it."""
    seen = seen_by(case, call.agency)
    rows = [row(seen, repeat=True) | {"KETQUA": "0", "THONGBAO": "đã tồn tại"}] if seen else []
    return Refusal(f"PAKN {code} đã tồn tại", code=call.profile.exists_code, rows=rows, kind="exists")


def _undecided(case: Case) -> set[Status]:
    """2, and 7 if the case was not accepted before (§10.4)."""
    return {Status.ASSIGNED} if case.accepted_by_keeper else {Status.ASSIGNED, Status.SUPPLEMENTED}


def tiep_nhan(call: Call, fields: Fields) -> Outcome:
    """``TiepNhanPAKN``: accept, and link our code."""
    case_id = fields.must_integer("PAKNID")
    at = fields.must_date("NgayTiepNhan")
    code = fields.text("MaPAKNDonVi", 50)
    officer = fields.text("NguoiTiepNhan", 50)
    fields.done(strict=call.strict)
    case = call.case(case_id)
    if code is not None:
        other = call.state.by_own_code.get(own_code(call, code))
        if other is not None and other is not case:
            raise exists(call, code, other)
        if case.own_codes.get(call.agency, code) != code:
            raise invalid(field="MaPAKNDonVi", why="PAKN đã liên kết mã khác")
    message = "Tiếp nhận thành công"
    if call.profile.idempotent and call.agency in case.accepted:
        if code is not None:
            call.state.link(case, call.agency, code)
        return call.done(case, message, repeat=True)
    call.hold(case)
    call.require(case, _undecided(case))
    if code is not None:
        call.state.link(case, call.agency, code)
    case.accepted.add(call.agency)
    call.state.act(
        case,
        Action.ACCEPTED,
        agency=call.agency,
        after=Status.ACCEPTED,
        at=at,
        officer=officer,
        transaction=call.transaction,
    )
    call.effect(case, "act", f"accepted/{at.isoformat()}")
    return call.done(case, message)


def tu_choi(call: Call, fields: Fields) -> Outcome:
    """``TuChoiPAKN``: refuse with a reason for the citizen."""
    case_id = fields.must_integer("PAKNID")
    reason = fields.must_text("LyDo", 2000)
    reason_code = fields.code("MaLyDo", REFUSAL_REASONS)
    at = fields.must_date("NgayXuLy")
    officer = fields.text("NguoiXuLy", 50)
    fields.done(strict=call.strict)
    case = call.case(case_id)
    call.hold(case)
    message = "Từ chối tiếp nhận thành công"
    if call.profile.idempotent and case.status == Status.REFUSED and case.refusal == (reason, reason_code):
        return call.done(case, message, repeat=True)
    lapsed = {Status.SUPPLEMENT_REQUESTED} if reason_code == LAPSED else set()
    call.require(case, _undecided(case) | lapsed)
    case.refusal = (reason, reason_code)
    call.state.act(
        case,
        Action.REFUSED,
        agency=call.agency,
        after=Status.REFUSED,
        at=at,
        officer=officer,
        text=reason,
        transaction=call.transaction,
    )
    call.effect(case, "act", f"refused/{at.isoformat()}")
    return call.done(case, message)


def yeu_cau_bo_sung(call: Call, fields: Fields) -> Outcome:
    """``YeuCauBoSungPAKN``: ask the citizen to supplement."""
    case_id = fields.must_integer("PAKNID")
    text = fields.must_text("NoiDungYeuCau", 2000)
    fields.date("HanBoSung")
    at = fields.must_date("NgayXuLy")
    officer = fields.text("NguoiXuLy", 50)
    fields.done(strict=call.strict)
    case = call.case(case_id)
    call.hold(case)
    message = "Gửi yêu cầu bổ sung thành công"
    digest = text_digest(text)
    waiting = case.status == Status.SUPPLEMENT_REQUESTED
    if call.profile.idempotent and waiting and case.supplement_digest == digest:
        return call.done(case, message, repeat=True)
    late = {Status.ACCEPTED} if call.profile.supplement_after_acceptance else set()
    call.require(case, _undecided(case) | late)
    case.supplement_digest = digest
    call.state.act(
        case,
        Action.SUPPLEMENT_REQUESTED,
        agency=call.agency,
        after=Status.SUPPLEMENT_REQUESTED,
        at=at,
        officer=officer,
        text=text,
        transaction=call.transaction,
    )
    call.effect(case, "act", f"supplement_requested/{at.isoformat()}")
    return call.done(case, message)


def chuyen(call: Call, fields: Fields) -> Outcome:
    """``ChuyenPAKN``: to another agency (1, and 3 as a mere report) or back to VPCP (2)."""
    case_id = fields.must_integer("PAKNID")
    kind = fields.must_code("LoaiChuyen", TRANSFER_KINDS)
    named = fields.text("MaDonViNhan", 50)
    fields.text("TenDonViNhan", 500)
    reason = fields.must_text("LyDo", 2000)
    at = fields.must_date("NgayChuyen")
    officer = fields.text("NguoiXuLy", 50)
    fields.done(strict=call.strict)
    receiver = _receiver(call, kind, named)
    case = call.case(case_id)
    message = "Chuyển PAKN thành công"
    gone = case.gone.get(call.agency)
    if call.profile.idempotent and gone is not None and gone.receiver == receiver:
        return call.done(case, message, repeat=True)
    call.hold(case)
    call.require(case, {Status.ASSIGNED, Status.ACCEPTED, Status.SUPPLEMENTED})
    if receiver != VPCP and receiver in case.sent_away:
        raise Refusal(RECEIVER_GAVE_BACK)
    after = Status.RETURNED_VPCP if kind == "2" else Status.TRANSFERRED
    call.state.act(
        case,
        Action.TRANSFERRED,
        agency=call.agency,
        after=after,
        at=at,
        officer=officer,
        text=reason,
        transaction=call.transaction,
    )
    call.state.send_away(case, call.agency, receiver, after)
    call.effect(case, "act", f"transferred/{receiver}/{at.isoformat()}")
    if kind == "1":
        call.state.assign(case, receiver, actor=call.agency, text=reason)
    return call.done(case, message)


def _receiver(call: Call, kind: str, named: str | None) -> str:
    if kind == "2":
        if named not in (None, VPCP):
            raise Refusal(RECEIVER)
        return VPCP
    if named is None:
        raise missing(field="MaDonViNhan")
    if named == call.agency or not call.state.catalogue.active(named):
        raise Refusal(RECEIVER)
    return named
