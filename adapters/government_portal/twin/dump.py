"""Everything the twin knows of a case, as JSON: what an independent comparison of the systems reads."""

from typing import Any

from adapters.government_portal.twin.state import PortalCase, QueueItem, Row, StoredAnswer, StoredFile


def dump_case(case: PortalCase) -> dict[str, Any]:
    """One case with history, answer and files; instants as ISO text with the portal's offset."""
    sender = case.sender
    return {
        "id": case.id,
        "own_code": case.own_code,
        "status": case.status,
        "agency": case.organ,
        "source": case.channel,
        "submitter_type": case.submitter_type,
        "kind": case.kind,
        "field": case.field_code,
        "field_name": case.field_name,
        "procedure": case.procedure,
        "title": case.title,
        "content": case.content,
        "private": case.private,
        "published": case.published,
        "anonymous": sender.get("Anonymous"),
        "sender": {
            "name": sender.get("FullName") or None,
            "organisation": sender.get("OrgName"),
            "phone": sender.get("Phone") or None,
            "address": sender.get("Address") or None,
            "email": sender.get("Email") or None,
        },
        "place": {
            "text": case.place.get("Address"),
            "latitude": case.place.get("Latitude"),
            "longitude": case.place.get("Longitude"),
        }
        if case.place
        else None,
        "instruction": case.instruction,
        "parent": case.parent,
        "rework_no": case.rework_no,
        "recall_answer": case.recall_answer,
        "submitted_at": case.submitted_at.isoformat(),
        "due_at": case.due_at.isoformat() if case.due_at else None,
        "answer": _answer(case.answer),
        "answers": [_answer(item) for item in case.answers],
        "files": [_file(item) for item in case.files],
        "history": [_row(row, case) for row in case.history],
    }


def dump_item(item: QueueItem) -> dict[str, Any]:
    """One queue item."""
    return {
        "id": item.id,
        "kind": item.kind,
        "case": item.case_id,
        "agency": item.organ,
        "created_at": item.created_at.isoformat(),
        "result": item.result,
        "reason": item.reason,
    }


def _answer(answer: StoredAnswer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "id": answer.id,
        "version": answer.version,
        "text": answer.text,
        "summary": answer.summary,
        "publishable": answer.publishable,
        "signer": answer.signer,
        "signer_position": answer.position,
        "document_number": answer.document,
        "issued_at": answer.issued_at.isoformat(),
        "files": [{"id": item.id, "name": item.name, "sha256": item.sha256} for item in answer.files],
    }


def _file(item: StoredFile) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "role": item.role,
        "media_type": item.media_type,
        "size": len(item.content),
        "sha256": item.sha256,
        "signed": item.signed,
    }


def _row(row: Row, case: PortalCase) -> dict[str, Any]:
    text = row.reason or row.note
    answer_id = row.extra.get("AnswerId")
    if answer_id is not None:
        text = next((item.text for item in case.answers if item.id == answer_id), text)
    return {
        "id": row.id,
        "at": row.at.isoformat(),
        "action": row.action,
        "status": row.status,
        "agency": row.organ,
        "officer": row.officer,
        "text": text,
        "transaction": row.extra.get("MessageId"),
        "extra": {name: value for name, value in row.extra.items() if name != "MessageId"},
    }
