"""Seals what older versions of the register kept in clear columns: once, inside the transaction of the upgrade."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from adapters.register.database import Connection, rows, run
from adapters.register.phones import phone_digest
from adapters.register.sealed import (
    CASE,
    CONTACT,
    CaseKeys,
    Purpose,
    bytes_place,
    case_place,
    close,
    close_act,
    contact_place,
    facts_place,
    header_place,
    new_keys,
    split,
)
from connector.sealing import MasterKeys

_SENDER = "sender_"


async def seal_clear_rows(conn: Connection, masters: MasterKeys, now: datetime) -> int:
    """Seal every row under fresh keys of its case; how many cases. The clear columns are dropped afterwards."""
    await run(conn, "open_acts_for_sealing")
    after = count = 0
    while page := await rows(conn, "clear_cases", after=after):
        for row in page:
            await _seal(conn, masters, row, now)
        after, count = page[-1]["id"], count + len(page)
    await run(conn, "close_acts_after_sealing")
    return count


async def _seal(conn: Connection, masters: MasterKeys, row: Mapping[str, Any], now: datetime) -> None:
    case_id: int = row["id"]
    keys, stored = new_keys(masters, case_id)
    for purpose, wrapped in stored.items():
        await run(
            conn, "add_key", case_id=case_id, purpose=purpose.value, master=wrapped.master, wrapped=wrapped.blob, now=now
        )  # fmt: skip
    await run(
        conn,
        "seal_case",
        case_id=case_id,
        sealed=close(keys.file, case_place(case_id), {name: row[name] for name in CASE}),
        contact_sealed=close(keys.contact, contact_place(case_id), {name: row[name] for name in CONTACT}),
        phone_digest=phone_digest(masters, row["phone"]),
    )
    await _seal_acts(conn, keys)
    await _seal_files(conn, keys)
    await _seal_headers(conn, keys)


async def _seal_acts(conn: Connection, keys: CaseKeys) -> None:
    for act in await rows(conn, "clear_acts", case_id=keys.case_id):
        clear, secret = split(act["details"])
        sealed = close_act(keys, act["act_id"], act["text"], secret)
        await run(conn, "seal_act", number=act["number"], sealed=sealed, details=Jsonb(clear))


async def _seal_files(conn: Connection, keys: CaseKeys) -> None:
    assert keys.file is not None
    for file in await rows(conn, "clear_files", case_id=keys.case_id):
        name, content = file["attachment_id"], file["content"]
        facts = close(keys.file, facts_place(keys.case_id, name), {"file_name": file["file_name"]})
        place = bytes_place(keys.case_id, name)
        sealed = None if content is None else keys.file.seal(bytes(content), place)
        await run(conn, "seal_file", number=file["number"], sealed=sealed, facts_sealed=facts)


async def _seal_headers(conn: Connection, keys: CaseKeys) -> None:
    for old in await rows(conn, "clear_headers", case_id=keys.case_id):
        seq, header = old["feed_seq"], old["header"]
        sender = {name: value for name, value in header.items() if name.startswith(_SENDER)}
        text = {name: value for name, value in header.items() if name not in sender}
        place = {purpose: header_place(keys.case_id, seq, purpose) for purpose in Purpose}
        await run(
            conn,
            "seal_header",
            case_id=keys.case_id,
            feed_seq=seq,
            sealed=close(keys.file, place[Purpose.FILE], text),
            contact_sealed=close(keys.contact, place[Purpose.CONTACT], sender),
        )
