"""What both clients of the register can, and how they read the core's operations."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from adapters.register.models import ActIn
from adapters.register.service.finding import Natural
from adapters.register.uploads import NewFile
from connector.errors import Permanent
from connector.system import Capabilities, CatalogueEntry, Files, Key, Operation, OutgoingFile

CREATE, UPDATE, APPEND = "create", "update", "append"
OPERATIONS = frozenset({CREATE, UPDATE, APPEND})

CAPABILITIES = Capabilities(
    operations=OPERATIONS,
    lookup=OPERATIONS,
    idempotent=True,
    files=Files.INLINE,
    refresh=False,
    whole_list=False,
    concurrency=8,
)

BodyT = TypeVar("BodyT", bound=BaseModel)


def body_of(model: type[BodyT], fields: Mapping[str, Any]) -> BodyT:
    """The operation's fields, checked. Raises ``Permanent`` that names members, never values."""
    try:
        return model.model_validate(dict(fields))
    except ValidationError as error:
        where = sorted({".".join(map(str, item["loc"])) + ": " + item["type"] for item in error.errors()})
        msg = f"the register does not take these members: {'; '.join(where)[:500]}"
        raise Permanent(msg, members=tuple(where)) from None


def acts_of(fields: Mapping[str, Any]) -> tuple[ActIn, ...]:
    """The acts of an ``append``: ``{"acts": [act, …]}``, ``{"act": act}`` or the act's members themselves."""
    told = fields["acts"] if "acts" in fields else [fields.get("act", fields)]
    return tuple(body_of(ActIn, act) for act in told)


def files_of(files: Sequence[OutgoingFile]) -> tuple[NewFile, ...]:
    """The operation's files under their global ids."""
    return tuple(
        NewFile(
            id=item.attachment.id,
            role=item.attachment.role,
            file_name=item.attachment.file_name,
            media_type=item.attachment.media_type,
            size=item.attachment.size,
            sha256=item.attachment.sha256,
            signed=item.attachment.signed,
            content=item.content,
        )
        for item in files
    )


def case_ref(operation: Operation) -> str:
    """The case that the operation is about, by our id or by its code."""
    ref = operation.key.ref or operation.key.code
    if not ref:
        msg = f"{operation.key.operation} names no case"
        raise Permanent(msg)
    return ref


def natural_of(key: Key) -> Natural:
    """Natural key values that a look-up may use beside the key's id.

    ``origin_system`` + ``origin_ref`` for a creation; ``act``, or ``acts`` parted by spaces, for an append.
    """
    acts = tuple(key.natural.get("acts", key.natural.get("act", "")).split())
    return Natural(
        origin_system=key.natural.get("origin_system"), origin_ref=key.natural.get("origin_ref"), acts=acts
    )


def agencies_as_catalogue(rows: Sequence[Mapping[str, Any]]) -> tuple[CatalogueEntry, ...]:
    """Agencies or fields as catalogue lines."""
    return tuple(
        CatalogueEntry(
            code=row["code"], name=row["name"], parent=row.get("parent"), active=bool(row.get("active", True))
        )
        for row in rows
    )
