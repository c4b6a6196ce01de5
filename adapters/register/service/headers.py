"""The part of a case that its system of entry owns, as columns: what changes, what was there before."""

from collections.abc import Mapping
from typing import Any

from adapters.register.models import CaseFields
from adapters.register.sealed import CaseKeys, Purpose, close, header_place
from adapters.register.service.intake import sender_columns

TEXT = ("title", "content", "nature", "channel", "field", "field_name", "procedure", "submitted_at")
HEADER = {*TEXT, "instruction", "public_code"}


_COLUMN: Mapping[str, str] = {"procedure": "procedure_code", "due_at": "portal_due_at"}
_SENDER = ("kind", "name", "organisation", "phone", "address", "email", "account", "anonymous")
_UPDATABLE = (*TEXT, "instruction", "public_code", "due_at")


def changed_columns(row: Mapping[str, Any], body: CaseFields) -> dict[str, Any]:
    """Columns whose value the body changes. Only members that were sent count."""
    sent: dict[str, Any] = {}
    for name in body.model_fields_set & {*_UPDATABLE, "place", "sender"}:
        value = getattr(body, name)
        if name == "sender":
            sent.update(sender_columns(body.sender) if body.sender else {})
        elif name == "place":
            sent["place"] = body.place.model_dump() if body.place else None
        elif value is not None or name not in _REQUIRED:
            sent[name] = value
    return {name: value for name, value in sent.items() if row[_COLUMN.get(name, name)] != value}


_REQUIRED = frozenset({"title", "content", "nature", "channel", "submitted_at"})


def header_row(row: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The row in clear with the changes: what ``update_header`` keeps, and what is sealed of it."""
    present = {name: row[_COLUMN.get(name, name)] for name in (*_UPDATABLE, "place")}
    present |= {f"sender_{name}": row[f"sender_{name}"] for name in _SENDER}
    present |= changed
    return {**present, "id": row["id"], "portal_due_at": present.pop("due_at")}


def old_header(keys: CaseKeys, row: Mapping[str, Any], seq: int) -> dict[str, bytes | None]:
    """What the header was, sealed for ``header_history`` (R13): the text under the file key, the sender apart."""
    text = {name: row[_COLUMN.get(name, name)] for name in (*TEXT, "place")}
    text["submitted_at"] = row["submitted_at"].isoformat()
    sender = {f"sender_{name}": row[f"sender_{name}"] for name in _SENDER}
    place = {purpose: header_place(keys.case_id, seq, purpose) for purpose in Purpose}
    return {
        "sealed": close(keys.file, place[Purpose.FILE], text),
        "contact_sealed": close(keys.contact, place[Purpose.CONTACT], sender) if keys.contact else None,
    }
