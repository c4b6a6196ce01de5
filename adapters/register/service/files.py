"""Files of a case: sealed as they came, with what was found out about their signatures."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from adapters.register.database import Connection, one, rows, run
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import CaseKeys, bytes_place, close, facts_place, signature_place
from adapters.register.service.scope import Scope
from adapters.register.signatures import SIGNED, check
from adapters.register.uploads import PDF_MARK, NewFile, checked
from connector.case import REGISTER


async def received(scope: Scope, files: Iterable[NewFile], *, strict: bool) -> tuple[NewFile, ...]:
    """Files checked, with their signatures verified, before a transaction begins.

    Whether a file is signed is what its bytes say: the word of the caller counts only for a file that is only named.

    Raises:
        RegisterRefused: see :func:`.uploads.checked`.
    """
    kept = [checked(file, max_bytes=scope.config.max_file_bytes, strict=strict) for file in files]
    return tuple([await _looked_at(scope, file) for file in kept])


async def _looked_at(scope: Scope, file: NewFile) -> NewFile:
    if file.content is None:
        return file
    if not file.content.startswith(PDF_MARK):
        return replace(file, signed=False)
    config = scope.config
    found = await check(file.content, scope.clock.now(), config.trusted_roots, config.signature_limit_s)
    return replace(file, signed=found.outcome == SIGNED, signature=found)


async def add_files(
    conn: Connection, keys: CaseKeys, files: Iterable[NewFile], now: datetime
) -> tuple[str, ...]:
    """Keep files; the ids in order.

    Raises:
        RegisterRefused: FILE_HASH: the same id is here with other bytes.
    """
    return tuple([await _add(conn, keys, file, now) for file in files])


async def _add(conn: Connection, keys: CaseKeys, file: NewFile, now: datetime) -> str:
    assert keys.file is not None
    taken = await one(conn, "file_number")
    assert taken is not None
    name = file.id or f"{REGISTER}:{taken['number']}"
    place = bytes_place(keys.case_id, name)
    row = await one(
        conn,
        "add_file",
        number=taken["number"],
        attachment_id=name,
        case_id=keys.case_id,
        role=file.role,
        facts_sealed=close(keys.file, facts_place(keys.case_id, name), {"file_name": file.file_name}),
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        signed=file.signed,
        sealed=None if file.content is None else keys.file.seal(file.content, place),
    )
    assert row is not None
    if file.sha256 is not None and row["sha256"] != file.sha256:
        raise RegisterRefused(Code.FILE_HASH, name)
    if file.signature is not None:
        found = file.signature
        sealed = close(keys.file, signature_place(keys.case_id, name), asdict(found))
        await run(
            conn, "keep_signature", case_id=keys.case_id, attachment_id=name, now=now, outcome=found.outcome,
            count=len(found.signatures), sealed=sealed,
        )  # fmt: skip
    return name


async def check_files(conn: Connection, case_id: int, wanted: Iterable[str]) -> None:
    """Every named attachment belongs to the case. Raises FILE_UNKNOWN."""
    names = set(wanted)
    if not names:
        return
    known = {row["attachment_id"] for row in await rows(conn, "file_ids", case_id=case_id)}
    if names - known:
        raise RegisterRefused(Code.FILE_UNKNOWN, ", ".join(sorted(names - known)))
