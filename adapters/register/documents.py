"""A case as JSON: the one shape that REST and SQL both give."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connector.case import REGISTER
from connector.clock import LOCAL_ZONE
from connector.system import Record

_SENDER = ("kind", "name", "organisation", "phone", "address", "email", "account", "anonymous")
_PLACE = ("text", "latitude", "longitude")
BLANK_SENDER: Mapping[str, Any] = {**dict.fromkeys(_SENDER), "anonymous": True, "erased": False}
"""The sender for those who may not see one."""


def local_text(value: datetime | str | None) -> str | None:
    """An instant as ISO 8601 text in the province's civil time."""
    if value is None:
        return None
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant.astimezone(LOCAL_ZONE).isoformat()


def document(row: Mapping[str, Any]) -> dict[str, Any]:
    """The case JSON from a row of ``v_case`` with its ``acts`` and ``attachments`` (docs/register.md)."""
    place = {name: row[f"place_{name}"] for name in _PLACE}
    return {
        "id": row["id"],
        "code": row["code"],
        "state": row["state"],
        "group": row["group_no"],
        "channel": row["channel"],
        "origin_system": row["origin_system"],
        "origin_ref": row["origin_ref"],
        "nature": row["nature"],
        "field": row["field"],
        "field_name": row["field_name"],
        "procedure": row["procedure_code"],
        "title": row["title"],
        "content": row["content"],
        "sender": {
            **{name: row[f"sender_{name}"] for name in _SENDER},
            "erased": row.get("sender_erased", False),
        },
        "place": place if any(place.values()) else None,
        "private": row["private"],
        "restricted": row["restricted"],
        "agency": row["agency"],
        "unit": row["unit"],
        "instruction": row["instruction"],
        "submitted_at": local_text(row["submitted_at"]),
        "received_at": local_text(row["received_at"]),
        "due_at": local_text(row["due_at"]),
        "public_code": row["public_code"],
        "acts": [{**act, "at": local_text(act["at"])} for act in row["acts"] or ()],
        "attachments": list(row["attachments"] or ()),
        "version": str(row["version"]),
    }


def answers(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every version of the answer that this register gave, oldest first; the last one is in force (R13)."""
    given = [
        act for act in case["acts"] if act["kind"] == "answered" and act["id"].startswith(f"{REGISTER}:")
    ]
    return [
        {
            "version": int(act["details"]["version"]),
            "publishable": act["details"]["publishable"] == "1",
            **{
                name: act[name]
                for name in ("id", "at", "agency", "officer", "text", "details", "attachments")
            },
        }
        for act in given
    ]


def encode(value: object) -> bytes:
    """The exact bytes in which the register writes JSON: compact, UTF-8, keys in the documented order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def record(case: Mapping[str, Any]) -> Record:
    """The case as a record of the seam; its version is the sequence number of its last change."""
    return Record(system=REGISTER, ref=case["id"], data=case, raw=encode(case), version=case["version"])
