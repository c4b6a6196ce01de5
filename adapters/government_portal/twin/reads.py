"""Operations without an effect, and the quirks that bend what they tell."""

import base64
from typing import Any, Final

from adapters.government_portal.twin.codes import ReportCode
from adapters.government_portal.twin.operations import Call, Desk, Done, instant
from adapters.government_portal.twin.shapes import case_ref, current_status, status_change
from adapters.government_portal.twin.state import (
    PortalCase,
    QueueItem,
    Refusal,
    Row,
    StoredFile,
    Tree,
    to_second,
)
from adapters.twin_kit.lists import bent

VERSION: Final = "1.0"
UNKNOWN_STATUS: Final = "DANG_XEM_XET"
UNKNOWN_KIND: Final = "HIEN_TRUONG"
UNKNOWN_EVENT: Final = "SU_KIEN_LA"
_MARKUP: Final = ('<p style="color:red">', "</p><script>alert('x')</script>")


def ping(desk: Desk, call: Call) -> Done:  # noqa: ARG001 - every handler has one shape
    """ServerTime and Version."""
    return Done(tail=[("ServerTime", desk.portal.now()), ("Version", VERSION)])


def get_catalog(desk: Desk, call: Call) -> Done:
    """A catalogue; empty if nothing changed since ``Since``."""
    since = instant(call.body["Since"], "Since") if "Since" in call.body else None
    gone = desk.profile.dropped_codes
    entries = [item for item in desk.directory.entries(call.body["Name"], since) if item.code not in gone]
    return Done(
        tail=[
            (
                "Entry",
                [
                    ("Code", item.code),
                    ("Name", item.name),
                    ("ParentCode", item.parent),
                    ("Active", item.active),
                ],
            )
            for item in entries
        ]
    )


# ---- the queue ----------------------------------------------------------------------------------------------


def get_pending_items(desk: Desk, call: Call) -> Done:
    """Unconfirmed items of the account's organs, oldest first; ``Cursor`` goes on within one walk."""
    limit = int(call.body["MaxItems"])
    waiting = _waiting(desk, call)
    page, more = waiting[:limit], len(waiting) > limit
    told = bent(page, desk.faults)
    tail: Tree = [("Item", _listed(desk, item)) for item in told]
    if more and told:
        tail.append(("NextCursor", f"sau-{page[-1].seq}"))
    return Done(tail=tail)


def _waiting(desk: Desk, call: Call) -> list[QueueItem]:
    """One item more than asked for, if there are so many."""
    kinds = frozenset(call.body.get("Kinds", ()))
    since = to_second(instant(call.body["Since"], "Since")) if "Since" in call.body else None
    after = _after(call.body.get("Cursor"))
    found: list[QueueItem] = []
    for item in desk.portal.pending.values():
        fits = (
            item.seq > after
            and (not kinds or item.kind in kinds)
            and (since is None or item.created_at >= since)
        )
        if fits and call.account.owns(item.organ):
            found.append(item)
            if len(found) > int(call.body["MaxItems"]):
                break
    return found


def _after(cursor: str | None) -> int:
    if cursor is None:
        return 0
    word, _, number = cursor.partition("-")
    if word != "sau" or not (number.isascii() and number.isdigit()):
        raise Refusal(ReportCode.INVALID_VALUE, "Cursor", "Con trỏ không hợp lệ")
    return int(number)


def _listed(desk: Desk, item: QueueItem) -> Tree:
    kind = UNKNOWN_KIND if desk.faults.picks("unknown_kind", int(item.case_id)) else item.kind
    return [
        ("ItemId", item.id),
        ("Kind", kind),
        ("PortalCaseId", item.case_id),
        ("CreatedAt", item.created_at),
    ]


def find_item(desk: Desk, call: Call) -> QueueItem:
    """The item a call names, if it belongs to the account."""
    item = desk.portal.items.get(call.body["ItemId"])
    if item is None:
        raise Refusal(ReportCode.INVALID_VALUE, "ItemId", "Không có mục này trong hàng đợi")
    if not call.account.owns(item.organ):
        raise Refusal(ReportCode.NOT_AUTHORIZED_FOR_CASE, "ItemId", "Mục thuộc cơ quan khác")
    return item


def get_item(desk: Desk, call: Call) -> Done:
    """The CaseEnvelope or CaseEvent of an item: the same each time, also after its confirmation."""
    item = find_item(desk, call)
    name = "CaseEnvelope" if item.kind == "CASE" else "CaseEvent"
    tree = [(key, _bent(desk, item.case_id, key, value)) for key, value in item.head]
    if name == "CaseEvent" and desk.faults.picks("unknown_event", int(item.case_id)):
        tree[0] = ("Type", UNKNOWN_EVENT)
    tree.append(
        ("Attachments", [("Attachment", attachment(desk, item.case_id, one)) for one in item.files] or None)
    )
    return Done(tail=[(name, tree)], ref=item.case_id)


def _bent(desk: Desk, case_id: str, name: str, value: Any) -> Any:
    if name == "CaseKind" and desk.faults.picks("unknown_kind", int(case_id)):
        return UNKNOWN_KIND
    if name in ("Content", "Text") and value and desk.faults.picks("html_content", int(case_id)):
        return f"{_MARKUP[0]}{value}{_MARKUP[1]}"
    return value


def attachment(desk: Desk, case_id: str, item: StoredFile) -> Tree:
    """An Attachment: small files inside, larger ones by the id that DownloadAttachment takes."""
    broken_download = desk.profile.file_404 or desk.profile.file_endless
    inside = len(item.content) <= desk.profile.inline_limit and not broken_download
    return [
        ("AttachmentId", item.id),
        ("Role", item.role),
        ("FileName", item.name),
        ("ContentType", item.media_type),
        ("Size", len(item.content)),
        ("Sha256", item.sha256),
        ("Content", _bytes(desk, case_id, item) if inside else None),
        ("UploadedId", None if inside else item.id),
        ("Signed", item.signed),
    ]


def _bytes(desk: Desk, case_id: str, item: StoredFile) -> bytes:
    """The content, damaged without a change of size when the quirk strikes."""
    if item.content and desk.faults.picks("file_hash", int(case_id)):
        return item.content[:-1] + bytes([item.content[-1] ^ 0xFF])
    return item.content


def download_attachment(desk: Desk, call: Call) -> Done:
    """One chunk of a file that belongs to a case of the account."""
    file_id = call.body["AttachmentId"]
    item, case = _find_file(desk, call, file_id)
    if desk.faults.picks("file_404", int(case.id)):
        raise Refusal(ReportCode.ATTACHMENT_MISSING, "AttachmentId", "Không lấy được tệp")
    size = desk.profile.chunk_size
    count = max(1, -(-len(item.content) // size))
    number = int(call.body.get("ChunkNo", 1))
    if desk.faults.picks("file_endless", int(case.id)):
        count = max(count, number + 1)
    if number > count:
        raise Refusal(ReportCode.OUT_OF_RANGE, "ChunkNo", "Số thứ tự phần lớn hơn tổng số phần")
    content = _bytes(desk, case.id, item)
    # behind the end of a file that never ends its beginning comes again
    chunk = content[(number - 1) * size : number * size] or content[:size]
    return Done(
        tail=[
            ("AttachmentId", item.id),
            ("FileName", item.name),
            ("ContentType", item.media_type),
            ("TotalSize", len(item.content)),
            ("Sha256", item.sha256),
            ("ChunkNo", number),
            ("ChunkCount", count),
            # an empty element, where bytes of length 0 would be left out by a truth test
            ("Chunk", base64.b64encode(chunk).decode("ascii")),
        ],
        ref=case.id,
    )


def _find_file(desk: Desk, call: Call, file_id: str) -> tuple[StoredFile, PortalCase]:
    holders = [desk.portal.cases[case_id] for case_id in desk.portal.holders.get(file_id, [])]
    if not holders:
        raise Refusal(ReportCode.ATTACHMENT_MISSING, "AttachmentId", "Không có tệp này")
    for case in holders:
        item = case.file(file_id)
        if item is not None and call.account.owns(case.organ):
            return item, case
    raise Refusal(ReportCode.NOT_AUTHORIZED_FOR_CASE, "AttachmentId", "Tệp thuộc cơ quan khác")


# ---- status -------------------------------------------------------------------------------------------------


def get_case_status(desk: Desk, call: Call) -> Done:
    """CurrentStatus and History; found by either id, which proves or disproves an earlier SubmitCase."""
    case = desk.case(call)
    rows = list(case.history)
    case_id = int(case.id)
    if len(rows) > 1 and desk.faults.picks("stale_read", case_id):
        rows.pop()
    newest: Row = next(row for row in reversed(rows) if row.moved)
    message_ids = not desk.faults.strikes("omit_message_id")
    status = current_status(case, newest)
    history: Tree = [("StatusChange", status_change(row, message_ids=message_ids)) for row in rows]
    if desk.faults.picks("unknown_status", case_id):
        status[0] = ("Status", UNKNOWN_STATUS)
        history[-1] = ("StatusChange", [("Status", UNKNOWN_STATUS), *history[-1][1][1:]])
    return Done(
        tail=[("CaseRef", case_ref(case)), ("CurrentStatus", status), ("History", history)],
        ref=case.id,
    )
