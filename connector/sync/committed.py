"""What the log commits to without showing it: the case as it was told, the write as it was sent. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from connector.canonical import canonical_json
from connector.case import Act, Attachment, Case, to_json
from connector.ledger.commitment import large
from connector.ledger.guard import is_name
from connector.store.tagged import tagged
from connector.system import Operation, Receipt, Record

_ACT: TypeAdapter[Act] = TypeAdapter(Act)
_ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def of_telling(state: Case, record: Record) -> dict[str, Any]:
    """A telling: each field of the header (``header.…``) and of the case (``case.…``), acts, attachments, exact bytes."""
    body = to_json(state)
    header = body.pop("header") or {}
    acts, attachments = body.pop("acts"), body.pop("attachments")
    return {
        **{f"case.{name}": value for name, value in body.items() if value is not None},
        **{f"header.{name}": value for name, value in header.items() if value is not None},
        "acts": acts,
        "attachments": attachments,
        "raw": large(record.raw),
    }


def of_act(act: Act | None) -> dict[str, Any]:
    """The act that a planned write is to carry, if it carries one."""
    return {} if act is None else {"act": _ACT.dump_python(act, mode="json")}


def of_operation(operation: Operation) -> dict[str, Any]:
    """A write: each of its fields (``field.…``), and its files without the addresses under which they were offered."""
    files = [
        {
            "attachment": _ATTACHMENT.dump_python(item.attachment, mode="json"),
            "content": None if item.content is None else large(item.content),
        }
        for item in operation.files
    ]
    return {
        **_named("field", operation.fields),
        **({"files": files} if files else {}),
    }


def of_receipt(receipt: Receipt) -> dict[str, Any]:
    """What the other side answered."""
    return _named("fact", receipt.facts)


def _named(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Each value under its name; those whose name may not stand in the log together under ``<kind>s``."""
    told = {f"{kind}.{name}": _canonical(tagged(value)) for name, value in values.items()}
    odd = {name: told.pop(name) for name in list(told) if not is_name(name)}
    return {**told, **({f"{kind}s": odd} if odd else {})}


def _canonical(value: Any) -> Any:
    """The value, or its text if it has no canonical form (a number that JSON does not carry exactly)."""
    try:
        canonical_json(value)
    except (TypeError, ValueError):
        return {"json": json.dumps(value, sort_keys=True)}
    return value
