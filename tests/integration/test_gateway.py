"""The file gateway over real HTTP: exact bytes for who holds a good address, nothing for anybody else."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from adapters.register.models import AgencyIn, Submission
from adapters.register.settings import RegisterSettings
from adapters.register.sql_client import SqlClient
from adapters.register.testing import KEYS, embedded_postgres, shipped_rules, wiped_database
from connector.canonical import digest_bytes
from connector.case import REGISTER, Attachment
from connector.clock import SystemClock
from connector.errors import DatabaseUnavailable, Transient
from connector.gateway import build_gateway, listen, serve
from connector.gateway_address import ALIVE, NOT_READY
from connector.store import tickets
from connector.sync.sweep import sweep
from tests.integration.core_world import World, world
from tests.signing import signed

SIGNED = signed()  # made before any event loop runs
CONTENT = b"%PDF-1.7 \x00\xff m\xe1\xba\xabu"
PDF = Attachment(
    id="register:7",
    role="answer",
    file_name="trả lời.pdf",
    media_type="application/pdf",
    sha256=digest_bytes(CONTENT),
)


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        made.register.files[PDF.id] = CONTENT
        yield made


@asynccontextmanager
async def served(w: World) -> AsyncIterator[httpx.AsyncClient]:
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        running = asyncio.create_task(serve(build_gateway(w.ctx), bound, stop))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
        stop.set()
        await running


async def ticket(w: World, attachment: Attachment = PDF, seconds: float = 60) -> str:
    async with w.db.unit() as unit:
        return await tickets.issue(
            unit.conn,
            system=REGISTER,
            ref="57",
            attachment=attachment,
            expires_at=w.clock.now() + timedelta(seconds=seconds),
        )


async def test_a_good_address_serves_the_exact_bytes_as_often_as_asked(w):
    token = await ticket(w)
    async with served(w) as client:
        for _ in range(2):
            reply = await client.get(f"/tai-tep/{token}")
            assert (reply.status_code, reply.content) == (200, CONTENT)
    assert reply.headers["content-type"] == "application/pdf"
    assert reply.headers["cache-control"] == "no-store"


async def test_R28_a_signed_file_of_the_register_reaches_the_portal_byte_for_byte(w):
    dsn = await wiped_database(embedded_postgres(), "register_tests")
    sender = {"name": "Nguyễn Văn Mẫu", "phone": "0900000000"}
    file = {
        "file_name": "đơn.pdf",
        "media_type": "application/pdf",
        "content_base64": base64.b64encode(SIGNED).decode(),
    }
    settings = RegisterSettings(database_url=SecretStr(dsn), master_keys=SecretStr(KEYS))
    client = SqlClient(settings, SystemClock(), shipped_rules())
    try:
        await client._register.put_agencies([AgencyIn(code="000.00.00.H56", name="UBND tỉnh (mẫu)")])
        body = Submission.model_validate(
            {"channel": "web", "content": "Đường hỏng", "sender": sender, "files": [file]}
        )
        case = (await client._register.take_in(body)).id
        (told,) = (await client.fetch(case)).data["attachments"]
        attachment = Attachment(id=told["id"], role="question", file_name="đơn.pdf", sha256=told["sha256"])
        w.ctx.systems[REGISTER] = client
        async with w.db.unit() as unit:
            token = await tickets.issue(
                unit.conn, system=REGISTER, ref=case, attachment=attachment,
                expires_at=w.clock.now() + timedelta(seconds=60),
            )  # fmt: skip
        async with served(w) as portal:
            reply = await portal.get(f"/tai-tep/{token}")
    finally:
        await client.aclose()
    assert reply.content == SIGNED
    assert told["sha256"] == digest_bytes(SIGNED)


async def test_an_expired_or_invented_address_is_not_there(w):
    token = await ticket(w)
    async with served(w) as client:
        assert (await client.get(f"/tai-tep/{token[:-1]}")).status_code == 404
        assert (await client.get("/tai-tep/%00")).status_code == 404
        assert (await client.get("/tai-tep/")).status_code == 404
        w.clock.forward(60)
        reply = await client.get(f"/tai-tep/{token}")
        assert (reply.status_code, reply.content) == (404, b"")


async def test_bytes_with_another_hash_are_not_served(w):
    token = await ticket(w)
    w.register.files[PDF.id] = CONTENT + b"!"
    async with served(w) as client:
        reply = await client.get(f"/tai-tep/{token}")
    assert reply.status_code == 409
    assert reply.content == b""


@pytest.mark.parametrize("gone", [True, False])
async def test_a_file_that_cannot_be_had_now_says_come_again(w, gone):
    token = await ticket(w)
    if gone:
        w.register.files.clear()
    else:
        w.register.fail(Transient("away"), on="read_file")
    async with served(w) as client:
        assert (await client.get(f"/tai-tep/{token}")).status_code == 503


async def test_there_is_nothing_else_to_be_had(w):
    async with served(w) as client:
        for path in ("/", "/docs", "/openapi.json", "/tai-tep", "/tai-tep/a/b"):
            assert (await client.get(path)).status_code == 404
        token = await ticket(w)
        assert (await client.post(f"/tai-tep/{token}")).status_code == 405


async def test_the_database_holds_no_token_in_the_clear(w):
    token = await ticket(w)
    rows = await w.sql("SELECT file_ticket::text AS text FROM file_ticket")
    assert len(rows) == 1
    assert token not in rows[0]["text"]


async def test_expired_addresses_are_forgotten_and_good_ones_stay(w):
    old, good = await ticket(w, seconds=1), await ticket(w, seconds=600)
    w.clock.forward(2)
    await sweep(w.ctx)
    async with served(w) as client:
        assert (await client.get(f"/tai-tep/{old}")).status_code == 404
        assert (await client.get(f"/tai-tep/{good}")).status_code == 200
    assert len(await w.sql("SELECT 1 FROM file_ticket")) == 1


@pytest.mark.parametrize(
    "told",
    [
        "text/html",
        "image/svg+xml",
        "application/pdf\r\nX-Them: 1",
        "application/pdf; x=<script>",
        "văn bản",
        "",
    ],
)
async def test_a_type_that_came_from_outside_makes_no_browser_run_a_file(w, told):
    token = await ticket(w, replace(PDF, media_type=told))
    async with served(w) as client:
        reply = await client.get(f"/tai-tep/{token}")
    assert (reply.status_code, reply.content) == (200, CONTENT)
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-disposition"] == "attachment"
    assert "sandbox" in reply.headers["content-security-policy"]
    assert "x-them" not in reply.headers


async def test_who_watches_the_process_learns_whether_it_lives_and_can_work(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process without its database lives and is not ready; neither answer tells anything else."""
    async with served(w) as client:
        for path in ("/healthz", "/readyz"):
            reply = await client.get(path)
            assert (reply.status_code, reply.content) == (200, ALIVE)

        async def gone() -> None:
            msg = "no connection"
            raise DatabaseUnavailable(msg)

        monkeypatch.setattr(w.ctx.db, "answer", gone)
        assert (await client.get("/healthz")).status_code == 200
        reply = await client.get("/readyz")
        assert (reply.status_code, reply.content) == (503, NOT_READY)
