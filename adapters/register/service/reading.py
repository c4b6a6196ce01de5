"""Reading: whole cases, pages of changes, files, catalogues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from adapters.register.database import Connection, one, rows, run
from adapters.register.directory import PROVINCE_ROLE, Span
from adapters.register.documents import document
from adapters.register.models import AgencyIn, HolderIn
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import CaseKeys, bytes_place, opened, unwrapped
from adapters.register.service.scope import Scope
from adapters.register.service.values import StoredFile
from connector.sealing import MasterKeys


@dataclass(frozen=True, kw_only=True)
class ListFilter:
    """Which cases an official lists; None is any. ``origin`` is ``register`` or a portal's name."""

    state: str | None = None
    agency: str | None = None
    origin: str | None = None
    recalled: bool | None = None
    rework: bool | None = None


async def read_document(conn: Connection, masters: MasterKeys, ref: str) -> dict[str, Any]:
    """One whole case by id or code. Raises NOT_FOUND."""
    row = await one(conn, "document", ref=ref)
    if row is None:
        raise RegisterRefused(Code.NOT_FOUND)
    return document(opened(row, masters))


async def read_changes(conn: Connection, masters: MasterKeys, after: int, limit: int) -> list[dict[str, Any]]:
    """Whole cases whose last change came after a sequence number, in that order; each case once."""
    found = await rows(conn, "documents_since", after=after, limit=limit)
    return [document(opened(row, masters)) for row in found]


async def read_list(
    conn: Connection, masters: MasterKeys, wanted: ListFilter, after: int, limit: int
) -> list[dict[str, Any]]:
    """Whole cases by id."""
    found = await rows(
        conn, "documents_list", after=after, limit=limit, state=wanted.state, agency=wanted.agency,
        origin=wanted.origin, recalled=wanted.recalled, rework=wanted.rework,
    )  # fmt: skip
    return [document(opened(row, masters)) for row in found]


async def read_file(conn: Connection, masters: MasterKeys, ref: str, attachment_id: str) -> StoredFile:
    """The exact bytes of a file. Raises NOT_FOUND, or FILE_GONE if only its name is here."""
    row = await one(conn, "file_bytes", ref=ref, attachment=attachment_id)
    if row is None:
        raise RegisterRefused(Code.NOT_FOUND)
    content = row["content"]
    if row.get("sealed") is not None:
        keys = await keys_of(conn, masters, int(row["case_id"]))
        place = bytes_place(keys.case_id, attachment_id)
        content = None if keys.file is None else keys.file.open(row["sealed"], place)
    if content is None:
        raise RegisterRefused(Code.FILE_GONE)
    return StoredFile(content=bytes(content), media_type=row["media_type"], role=row["role"])


async def keys_of(conn: Connection, masters: MasterKeys, case_id: int) -> CaseKeys:
    """The keys of a case, for reading."""
    row = await one(conn, "keys_of_case", case_id=case_id)
    return unwrapped(masters, case_id, row["keys"] if row else None)


async def read_agencies(conn: Connection, today: date) -> list[dict[str, Any]]:
    """The agency directory; ``active`` speaks of that day."""
    return [
        {**_dated(row), "active": Span(first=row["valid_from"], last=row["valid_to"]).holds(today)}
        for row in await rows(conn, "agencies")
    ]


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


async def read_fields(conn: Connection) -> list[dict[str, Any]]:
    """The fields of Đ5."""
    return [_dated(row) for row in await rows(conn, "fields")]


async def put_agencies(
    scope: Scope, agencies: Sequence[AgencyIn], *, province_role: Sequence[HolderIn] = ()
) -> None:
    """Enter or correct agencies, their other codes, and who holds the province role on which days."""
    async with scope.database.transaction() as conn:
        for item in agencies:
            await run(conn, "put_agency", **item.model_dump(exclude={"aliases"}))
        for item in agencies:
            for alias in item.aliases:
                await run(
                    conn, "put_alias", alias=alias, agency=item.code, valid_from=None, valid_to=item.valid_to
                )
        for holder in province_role:
            await run(conn, "put_role_holder", role=PROVINCE_ROLE, **holder.model_dump())
    scope.forget_directory()
