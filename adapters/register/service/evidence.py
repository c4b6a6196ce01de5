"""Exact bytes of what came in: kept sealed with their hash, given back to those who may read them (R13, §5.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.register.database import Connection, one, rows, run
from adapters.register.documents import local_text
from adapters.register.incoming import Incoming
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import CaseKeys, evidence_place
from adapters.register.service.reading import keys_of
from connector.canonical import digest_bytes
from connector.sealing import MasterKeys

SUBMISSION, SUPPLEMENT, CREATE, UPDATE, APPEND = "submission", "supplement", "create", "update", "append"
COMMAND = "command:"  # and the command's name

WITH_SENDER = frozenset({SUBMISSION, CREATE, UPDATE})
"""Bodies that tell the sender: sealed under both keys, so that erasing the contact makes them unreadable, too."""


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is noted in clear beside the bytes.

    Attributes:
        kind: one of the kinds above.
        channel: as told.
        officer: the official who acted or typed.
        source_at: by the clock of the sender or of the other system.
    """

    kind: str
    channel: str | None = None
    officer: str | None = None
    source_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Original:
    """Bytes that came in, as they came."""

    content: bytes = field(repr=False)
    kind: str
    sha256: str


async def keep(conn: Connection, keys: CaseKeys, came: Incoming, about: Circumstances, now: datetime) -> None:
    """Keep what came in. Of a case whose key was destroyed only the hash is kept."""
    sha256 = digest_bytes(came.raw)
    await run(
        conn,
        "keep_evidence",
        case_id=keys.case_id,
        kind=about.kind,
        now=now,
        source_at=about.source_at,
        channel=about.channel,
        token=came.token,
        officer=about.officer,
        peer=came.peer,
        size=len(came.raw),
        sha256=sha256,
        sealed=_sealed(keys, about.kind, came.raw, evidence_place(keys.case_id, sha256)),
    )


async def listed(conn: Connection, case_id: int) -> list[dict[str, Any]]:
    """What came in of a case, in order; ``held`` is false if the bytes were erased."""
    return [_shown(row) for row in await rows(conn, "evidence_list", case_id=case_id)]


async def original(conn: Connection, masters: MasterKeys, case_id: int, number: int) -> Original:
    """The bytes of one. Raises NOT_FOUND, or FILE_GONE if they were erased."""
    row = await one(conn, "evidence_bytes", case_id=case_id, number=number)
    if row is None:
        raise RegisterRefused(Code.NOT_FOUND)
    keys = await keys_of(conn, masters, case_id)
    content = _opened(keys, row["kind"], row["sealed"], evidence_place(case_id, row["sha256"]))
    if content is None:
        raise RegisterRefused(Code.FILE_GONE)
    return Original(content=content, kind=row["kind"], sha256=row["sha256"])


def _sealed(keys: CaseKeys, kind: str, raw: bytes, place: str) -> bytes | None:
    if keys.file is None:
        return None
    if kind not in WITH_SENDER:
        return keys.file.seal(raw, place)
    return None if keys.contact is None else keys.file.seal(keys.contact.seal(raw, place), place)


def _opened(keys: CaseKeys, kind: str, sealed: bytes | None, place: str) -> bytes | None:
    if sealed is None or keys.file is None:
        return None
    inner = keys.file.open(sealed, place)
    if kind not in WITH_SENDER:
        return inner
    return None if keys.contact is None else keys.contact.open(inner, place)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "received_at": local_text(row["received_at"]), "source_at": local_text(row["source_at"])}
