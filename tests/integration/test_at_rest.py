"""What lies on the disk: after a busy day the raw files of PostgreSQL hold no name, phone, content, file name or marking."""

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from connector.case import REGISTER
from connector.errors import InDoubt, Permanent, Transient
from connector.services import control, secrecy
from connector.services.officers import Decision
from connector.store import tickets
from connector.store.embedded import EmbeddedServer
from connector.store.migrate import migrate
from tests.integration.core_mapping import NATIONAL, act, plain
from tests.integration.core_world import World, world

NAME, TITLE, CONTENT = "Trịnh Thị Đánh Dấu", "Cây cầu gỗ lim", "Ván mục chín tấm"
ACT, FILE, NOTE = "Đã cử cán bộ khảo sát", "anh-cau-go-lim.jpg", "ghi chú riêng của cán bộ"
CODE, MARK = "ma-la-cua-cong", "TUYỆT MẬT"
PLANTED = (NAME, TITLE, CONTENT, ACT, FILE, NOTE, CODE, MARK, "TUYET_MAT")
BY = Decision(officer="canbo.mau", basis="12/QD-UBND")


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    """A world with a server of its own: other tests' data must not be found, nor hide what is."""
    with TemporaryDirectory(prefix="connector-at-rest-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedServer(Path(folder) / "data")
        url = await asyncio.to_thread(server.start)
        try:
            await asyncio.to_thread(migrate, url)
            async with world(url, tmp_path) as made:
                yield made
        finally:
            await asyncio.to_thread(server.stop)


def told(ref: str, **changes: object) -> dict[str, object]:
    return plain(
        ref,
        title=TITLE,
        content=CONTENT,
        sender=NAME,
        files=[{"id": f"national_portal:7{ref}", "role": "question", "file_name": FILE}],
        **changes,
    )


async def busy_day(w: World) -> None:
    """Every table gets its rows: read, unreadable, planned, waiting, in doubt, quarantined, held, cleared, a ticket."""
    for ref in "123456":
        w.national.put(ref, told(ref, acts=[act(f"national_portal:{ref}", "forwarded", text=ACT)]))
        w.national.files[f"national_portal:7{ref}"] = b"anh"
    w.national.put("7", told("7", privacy=CODE))
    w.national.put("8", told("8", acts=[act("national_portal:80", "forwarded", text=MARK)]))
    w.national.put("9", told("9", acts=[act("national_portal:90", "forwarded", text=MARK)]))
    await w.rest(2)
    for item in await w.held():
        if item.ref == "7":
            await control.dismiss(w.ctx, item.id, actor="cli/mau", note=NOTE)
    await secrecy.clear(w.ctx, "8", BY, actor="cli/mau")
    await secrecy.confirm(w.ctx, "9", BY, actor="cli/mau")
    for here in w.register.refs:
        data = w.register.data(here) or {}
        own = act(f"register:{here}1", "accepted", 3, text=ACT)
        w.register.put(here, {**data, "acts": [*data["acts"], own]})
    await w.observe(REGISTER)
    await w.settle()
    for error in (Transient(f"slow: {NAME}"), InDoubt(f"lost: {NAME}"), Permanent(f"no: {NAME}")):
        w.national.fail(error)
    await w.deliver(NATIONAL)
    state = (await w.case(NATIONAL, "1")).link(NATIONAL).state
    async with w.db.unit() as unit:
        await tickets.issue(
            unit.conn, system=NATIONAL, ref="1", attachment=state.attachments[0], expires_at=w.clock.now()
        )


def on_disk(folder: Path, needle: bytes) -> list[str]:
    """Files of the whole cluster, the write-ahead log and the server's own log among them, that hold these bytes."""
    return [
        str(one.relative_to(folder))
        for one in folder.rglob("*")
        if one.is_file() and needle in one.read_bytes()
    ]


def spellings(text: str) -> list[bytes]:
    """As UTF-8, decomposed, and with the escapes of JSON."""
    return [text.encode(), unicodedata.normalize("NFD", text).encode(), json.dumps(text).strip('"').encode()]


async def test_the_raw_files_of_the_database_hold_no_personal_data_no_content_and_no_marking(w):
    await busy_day(w)
    states = {one.state for one in await w.writes()}
    assert {"done", "waiting", "in_doubt", "quarantined"} <= states
    for table in (
        "observation",
        "link",
        "delivery",
        "quarantine",
        "file_ticket",
        "secrecy_clearance",
        "case_key",
    ):
        assert await w.sql(f"SELECT 1 FROM {table} LIMIT 1"), f"{table} took part"  # noqa: S608
    [row] = await w.sql("SHOW data_directory")
    folder = Path(row["data_directory"])
    async with w.db.unit() as unit:
        await unit.conn.execute("CREATE TABLE control AS SELECT 'Đối chứng: tìm được'::text AS clear")
    await w.sql("CHECKPOINT")
    assert on_disk(folder, "Đối chứng: tìm được".encode()), "the search finds what is in clear"
    found = [(text, on_disk(folder, one)) for text in PLANTED for one in spellings(text)]
    assert [(text, files) for text, files in found if files] == []
    assert not [text for text in PLANTED if text in repr(w.logs)]
