"""Operations with an effect. Each checks everything first and changes the state last, so a refusal changes nothing."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from adapters.government_portal.twin import moves
from adapters.government_portal.twin.catalogue import REFUSE_REASONS
from adapters.government_portal.twin.codes import ReportCode
from adapters.government_portal.twin.operations import Call, Desk, Done, instant, is_true
from adapters.government_portal.twin.shapes import current_status
from adapters.government_portal.twin.state import PortalCase, Refusal, StoredAnswer, StoredFile, to_second
from adapters.government_portal.twin.uploads import receive_files

_REASON_CODES: Final = frozenset(item.code for item in REFUSE_REASONS)


def extra_of(parent: Mapping[str, Any]) -> dict[str, str]:
    """Extra as a dict."""
    block = parent.get("Extra") or {}
    return {item["Name"]: item["Value"] for item in block.get("Item", [])}


def _status_answer(case: PortalCase) -> Done:
    return Done(tail=[("CurrentStatus", current_status(case))], ref=case.id)


# ---- status -------------------------------------------------------------------------------------------------


def update_case_status(desk: Desk, call: Call) -> Done:
    """ACCEPTED, REFUSED, SUPPLEMENT_REQUESTED, UNIT_ASSIGNED, IN_PROGRESS, CLOSED; or Visibility on the same status."""
    case = desk.case(call)
    change = call.body["StatusChange"]
    extra = extra_of(change)
    _check_actor(desk, call, change["ActorOrganId"])
    if "Visibility" in extra:
        return _tighten(desk, call, case, change, extra)
    status = change["Status"]
    if status not in moves.UPDATABLE:
        raise Refusal(
            ReportCode.INVALID_VALUE, "StatusChange/Status", "Trạng thái này không đặt bằng UpdateCaseStatus"
        )
    if status in moves.NEEDS_REASON and not change.get("Reason", "").strip():
        raise Refusal(ReportCode.REQUIRED, "StatusChange/Reason", "Thiếu lý do")
    at = _check_step(desk, case, change, extra)
    due = _new_due(change, at)
    if status == "SUPPLEMENT_REQUESTED" and case.status != "SUPPLEMENTED":
        case.before_request = case.status
    _write_change(desk, call, case, change, extra, at=at)
    desk.effects.note(case.id, "act", _name(status, at, change))
    case.due_at = due or case.due_at
    desk.learn_code(call, case)
    return _status_answer(case)


def _name(status: str, at: datetime, change: Mapping[str, Any]) -> str:
    """Natural name of a change of status. Two reports of progress may fall into one second: the text tells them apart."""
    name = f"{status}/{at.isoformat()}"
    if status != "IN_PROGRESS":
        return name
    return f"{name}/{hashlib.sha256((change.get('Note') or '').encode()).hexdigest()[:8]}"


def _check_actor(desk: Desk, call: Call, actor: str) -> None:
    if not desk.directory.knows(actor):
        raise Refusal(ReportCode.UNKNOWN_ORGAN, "StatusChange/ActorOrganId", "Không có cơ quan này")
    if not call.account.owns(actor):
        raise Refusal(
            ReportCode.INVALID_VALUE, "StatusChange/ActorOrganId", "Tài khoản không thuộc cơ quan này"
        )


def _check_step(
    desk: Desk, case: PortalCase, change: Mapping[str, Any], extra: Mapping[str, str]
) -> datetime:
    """The move of §8.6 with its notes, and its instant: never older than the status it replaces."""
    status = change["Status"]
    desk.portal.check_move(case, status, supplement_after_acceptance=desk.profile.supplement_after_acceptance)
    code = extra.get("ReasonCode")
    if code is not None and status == "REFUSED" and code not in _REASON_CODES:
        raise Refusal(
            ReportCode.INVALID_VALUE, "StatusChange/Extra/ReasonCode", "Mã lý do không có trong danh mục"
        )
    lapsed = code == moves.LAPSED or change.get("Reason", "").strip().startswith(moves.LAPSED)
    if case.status == "SUPPLEMENT_REQUESTED" and status == "REFUSED" and not lapsed:
        raise Refusal(
            ReportCode.STATE_CONFLICT,
            "StatusChange/Status",
            "Đang chờ bổ sung, chỉ từ chối khi hết hạn",
            case=case,
        )
    answer = case.answer
    if status == "CLOSED" and case.status == "ANSWERED" and (answer is None or answer.publishable):
        raise Refusal(
            ReportCode.STATE_CONFLICT, "StatusChange/Status", "Trả lời còn chờ công khai", case=case
        )
    at = to_second(instant(change["OccurredAt"], "StatusChange/OccurredAt"))
    if at < case.current.at:
        raise Refusal(
            ReportCode.STATE_CONFLICT,
            "StatusChange/OccurredAt",
            "Thời điểm cũ hơn trạng thái hiện tại",
            case=case,
        )
    return at


def _new_due(change: Mapping[str, Any], at: datetime) -> datetime | None:
    if "NewDueAt" not in change:
        return None
    due = to_second(instant(change["NewDueAt"], "StatusChange/NewDueAt"))
    if due <= at:
        raise Refusal(ReportCode.DEADLINE_RULE, "StatusChange/NewDueAt", "Hạn mới phải sau thời điểm xử lý")
    return due


def _tighten(
    desk: Desk, call: Call, case: PortalCase, change: Mapping[str, Any], extra: dict[str, str]
) -> Done:
    """Visibility = PRIVATE with the current status repeated: tightening only (§8.5, Private)."""
    if extra["Visibility"] != "PRIVATE":
        raise Refusal(
            ReportCode.INVALID_VALUE, "StatusChange/Extra/Visibility", "Chỉ được siết chặt quyền xem"
        )
    if change["Status"] != case.status:
        raise Refusal(
            ReportCode.STATE_CONFLICT, "StatusChange/Status", "Phải lặp lại trạng thái hiện tại", case=case
        )
    told = to_second(instant(change["OccurredAt"], "StatusChange/OccurredAt"))
    case.private = True
    _write_change(desk, call, case, change, extra, at=max(told, case.current.at), moved=False)
    desk.effects.note(case.id, "act", f"VISIBILITY/{told.isoformat()}")
    desk.learn_code(call, case)
    return _status_answer(case)


def _write_change(
    desk: Desk,
    call: Call,
    case: PortalCase,
    change: Mapping[str, Any],
    extra: Mapping[str, str],
    *,
    at: datetime,
    moved: bool = True,
) -> None:
    desk.portal.write(
        case,
        change["Status"] if moved else "VISIBILITY",
        change["Status"],
        organ=change["ActorOrganId"],
        at=at,
        moved=moved,
        reason=change.get("Reason") or None,
        note=change.get("Note") or None,
        new_due=_new_due(change, at),
        extra={**extra, **call.cause},
        officer=call.officer,
    )


def transfer_case(desk: Desk, call: Call) -> Done:
    """Back to the portal's office (RETURNED_VPCP), or on to another agency, where it is a new case."""
    case = desk.case(call)
    organ = call.body["ToOrgan"]
    if not desk.directory.knows(organ):
        raise Refusal(ReportCode.UNKNOWN_ORGAN, "ToOrgan", "Không có cơ quan này")
    if organ == case.organ:
        raise Refusal(ReportCode.INVALID_VALUE, "ToOrgan", "Phản ánh đang ở chính cơ quan này")
    reason = call.body["Reason"].strip()
    if not reason:
        raise Refusal(ReportCode.REQUIRED, "Reason", "Thiếu lý do")
    back = desk.directory.is_office(organ)
    status = "RETURNED_VPCP" if back else "TRANSFERRED"
    desk.portal.check_move(case, status)
    desk.portal.write(
        case,
        status,
        status,
        organ=call.organ,
        at=max(desk.portal.now(), case.current.at),
        reason=reason,
        extra={"ToOrgan": organ, **call.cause},
        officer=call.officer,
    )
    desk.learn_code(call, case)
    # a case that went away never comes back under its id, so that the receiver alone tells two transfers apart
    desk.effects.note(case.id, "act", f"{status}/{organ}")
    if not back:
        desk.deeds.child(case, organ, reason)
    return _status_answer(case)


# ---- answers ------------------------------------------------------------------------------------------------


def submit_answer(desk: Desk, call: Call) -> Done:
    """An answer version: the same version and text again is a DUPLICATE, another text under it is refused."""
    case = desk.case(call)
    given = call.body["Answer"]
    version = int(given.get("Version", 1))
    known = next((item for item in case.answers if item.version == version), None)
    if known is not None and known.text == given["Text"]:
        return Done(
            tail=[("AnswerId", known.id), ("CurrentStatus", current_status(case))],
            ref=case.id,
            duplicate=True,
        )
    newest = case.answer
    if newest is not None and version <= newest.version:
        raise Refusal(ReportCode.INVALID_VALUE, "Answer/Version", "Lần trả lời không hợp lệ")
    desk.portal.check_move(case, "ANSWERED")
    issued = to_second(instant(given["IssuedAt"], "Answer/IssuedAt"))
    files = receive_files(
        given, "Answer", uploads=desk.uploads, owner=call.account.username, profile=desk.profile
    )
    answer = _keep_answer(desk, case, given, version, issued, files)
    desk.portal.write(
        case,
        "ANSWERED",
        "ANSWERED",
        organ=call.organ,
        # a document may bear an earlier date than the progress that was told meanwhile
        at=max(issued, case.current.at),
        note=(given.get("Summary") or "")[:4000] or None,
        extra={"AnswerId": answer.id, "Version": str(version), **call.cause},
        officer=call.officer,
    )
    desk.effects.note(case.id, "answer", version)
    desk.learn_code(call, case)
    return Done(tail=[("AnswerId", answer.id), ("CurrentStatus", current_status(case))], ref=case.id)


def _keep_answer(
    desk: Desk,
    case: PortalCase,
    given: Mapping[str, Any],
    version: int,
    issued: datetime,
    files: tuple[StoredFile, ...],
) -> StoredAnswer:
    answer = StoredAnswer(
        id=str(desk.portal.number("answer")),
        version=version,
        text=given["Text"],
        publishable=is_true(given["Publishable"]),
        issued_at=issued,
        summary=given.get("Summary") or None,
        document=given.get("DocumentCode") or None,
        signer=given.get("SignerName") or None,
        position=given.get("SignerPosition") or None,
        files=files,
    )
    case.answers.append(answer)
    desk.portal.attach(case, files)
    return answer
