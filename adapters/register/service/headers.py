"""The part of a case that its system of entry owns, as columns: what changes, what was there before."""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from adapters.register.models import CaseFields
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
    """Parameters of ``update_header``: the row with the changes."""
    present = {name: row[_COLUMN.get(name, name)] for name in (*_UPDATABLE, "place")}
    present |= {f"sender_{name}": row[f"sender_{name}"] for name in _SENDER}
    present |= changed
    place = present["place"]
    return {
        **present,
        "id": row["id"],
        "procedure": present["procedure"],
        "portal_due_at": present.pop("due_at"),
        "place": None if place is None else Jsonb(place),
    }


def old_header(row: Mapping[str, Any]) -> Jsonb:
    """What the header was, for ``header_history`` (R13)."""
    old = {name: row[_COLUMN.get(name, name)] for name in (*TEXT, "place")}
    old |= {f"sender_{name}": row[f"sender_{name}"] for name in _SENDER}
    old["submitted_at"] = row["submitted_at"].isoformat()
    return Jsonb(old)
