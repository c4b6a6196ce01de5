"""ConfirmReceived and UploadAttachment: operations on items and files rather than on a status (§8.4)."""

from adapters.government_portal.twin.codes import ReportCode
from adapters.government_portal.twin.operations import Call, Desk, Done
from adapters.government_portal.twin.reads import find_item
from adapters.government_portal.twin.state import PortalCase, Refusal
from adapters.government_portal.twin.uploads import Upload, check_type, take_chunk


def confirm_received(desk: Desk, call: Call) -> Done:
    """Take an item off the queue; on a RECALLED item ``done`` agrees and ``fail`` with a reason refuses (§8.4)."""
    item = find_item(desk, call)
    result = call.body["Result"]
    reason = call.body.get("Reason", "").strip()
    if result == "fail" and not reason:
        raise Refusal(ReportCode.REQUIRED, "Reason", "Thiếu lý do")
    if item.result == result:
        return Done(tail=[], ref=item.case_id, duplicate=True)
    recall = item.kind == "RECALLED"
    if item.result == "done" or (recall and item.result is not None):
        raise Refusal(ReportCode.STATE_CONFLICT, "Result", "Mục này đã được xác nhận")
    item.result, item.reason = result, reason or None
    desk.portal.pending.pop(item.id, None)
    desk.effects.note(item.case_id, "confirm", f"{item.id}/{result}")
    if recall:
        _answer_recall(desk, call, desk.portal.cases[item.case_id], agreed=result == "done", reason=reason)
    return Done(tail=[], ref=item.case_id)


def _answer_recall(desk: Desk, call: Call, case: PortalCase, *, agreed: bool, reason: str) -> None:
    """Agreed: the case stays RECALLED. Refused: it goes on from where it was, with a row that says so."""
    case.recall_answer = "agreed" if agreed else "refused"
    if agreed or case.before_recall is None:
        return
    desk.portal.write(
        case,
        "RECALL_REFUSED",
        case.before_recall,
        organ=call.organ,
        at=desk.portal.portal_instant(case, "RECALL_REFUSED"),
        reason=reason,
        extra={
            "RecallAnswer": "refused",
            "ItemId": call.body["ItemId"],
            **call.cause,
        },
        officer=call.officer,
    )
    case.before_recall = None


def upload_attachment(desk: Desk, call: Call) -> Done:
    """One chunk of a file; the first one opens the upload, the last one is checked against size and hash."""
    body = call.body
    size = int(body["TotalSize"])
    if size > desk.profile.max_file_bytes:
        raise Refusal(ReportCode.OUT_OF_RANGE, "TotalSize", "Tệp quá lớn")
    upload_id = body.get("AttachmentId", "")
    upload = desk.uploads.get(upload_id)
    if upload is None:
        if int(body["ChunkNo"]) != 1:
            raise Refusal(ReportCode.ATTACHMENT_MISSING, "AttachmentId", "Chưa có phần đầu của tệp")
        check_type(body["FileName"], body["ContentType"], "FileName", desk.profile)
        upload = Upload(
            id=upload_id or str(desk.portal.number("file")),
            owner=call.account.username,
            name=body["FileName"],
            media_type=body["ContentType"],
            size=size,
            sha256=body["Sha256"].lower(),
            count=int(body["ChunkCount"]),
        )
    desk.uploads[upload.id] = upload
    take_chunk(desk.uploads, call.account.username, body, upload)
    desk.effects.note("", "upload", f"{upload.id}/{body['ChunkNo']}")
    return Done(tail=[("AttachmentId", upload.id)])
