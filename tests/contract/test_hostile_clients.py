"""Remotes that mean harm, over real HTTP: every call of a client ends, in its value or in an error of the seam."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from adapters.register import plugin as register_plugin
from adapters.register.settings import RegisterSettings
from connector.case import Attachment
from connector.clock import SystemClock
from connector.errors import ConnectorError, InDoubt, Permanent, Unreadable
from connector.system import Key, Operation, Record, Surroundings, System
from connector.transport import HttpClient, TransportSettings
from tests.contract.national_scripted import REF, Connect, Portal, Raw
from tests.contract.test_government_odd_replies import OK, answer, held, outcome, talking
from tests.unit.test_hostile_files import DOCX, PDF, packed
from tests.unit.test_transport_http import Seen, serving

# ---- national portal ------------------------------------------------------------------------------------------


async def told(client: System) -> list[Record]:
    return [record async for page in client.changes(None) for record in page.records]


HOSTILE_ROWS = {
    "told twice": '"TRANGTHAI": "2", "TRANGTHAI": "10"',
    "NaN": '"TRANGTHAI": "2", "LANTRALOI": NaN',
    "number without end": f'"TRANGTHAI": "2", "LANTRALOI": {"9" * 5000}',
    "deep": f'"TRANGTHAI": "2", "LICHSU": {"[" * 600}{"]" * 600}',
    "end of the calendar": '"TRANGTHAI": "2", "HANXULY": "00010101000000"',
    "name that is none": '"TRANGTHAI": "2", "\\ud800": "x"',
}


@pytest.mark.parametrize("name", HOSTILE_ROWS)
async def test_one_hostile_row_is_a_problem_and_the_others_of_its_list_are_told(
    name: str, portal: Portal, client: System
):
    rows = [
        f'{{"PAKNID": {number}, "NGAYCAPNHAT": "20261116091500", {more}}}'
        for number, more in ((1, '"TRANGTHAI": "2"'), (2, HOSTILE_ROWS[name]), (3, '"TRANGTHAI": "2"'))
    ]
    portal.on("DanhSachPAKNChoXuLy", Raw(200, f'{{"error_code": 0, "result": [{", ".join(rows)}]}}'.encode()))
    found = {record.ref: record for record in await told(client)}
    assert set(found) == {"1", "2", "3"}
    assert [ref for ref, record in found.items() if record.problems] == ["2"]
    assert found["2"].raw


@pytest.mark.parametrize(
    "body",
    [
        b'{"error_code": -1, "message": "L\xe1\xbb\x97i", "error_code": 0}',
        b'{"error_code": 0' + b"[" * 100_000,
        b'{"error_code": NaN}',
        b"\xff\xfe{\x00}\x00",
        b"<html><script>alert(1)</script></html>",
    ],
)
async def test_an_answer_that_can_be_read_in_two_ways_leaves_a_write_in_doubt(
    body: bytes, portal: Portal, client: System
):
    portal.on("YeuCauBoSungPAKN", Raw(200, body))
    operation = Operation(
        key=Key(id=uuid4(), operation="yeu_cau_bo_sung", ref=REF), fields={"NoiDungYeuCau": "x"}
    )
    with pytest.raises(InDoubt) as caught:
        await client.apply(operation)
    assert "script" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF + packed(DOCX)),
        ("a.pdf", b"GIF89a/*=1;alert(1)"),
        ("a.docx", packed({**DOCX, "word/a": b"\x00" * 20_000_000})),
        ("a.html", b"<script>"),
        ("a.pdf.exe", b"MZ"),
    ],
    ids=["PDF+ZIP", "GIF+JS", "zip bomb", "page", "program"],
)
async def test_a_dangerous_file_is_held_with_its_case(
    name: str, content: bytes, portal: Portal, connect: Connect
):
    portal.files["/forward/tep/1"] = Raw(200, content)
    client = connect()
    file = Attachment(
        id="national_portal:1", role="question", file_name=name, media_type="application/pdf", locator="tep/1"
    )
    with pytest.raises(Unreadable):
        await client.read_file(REF, file)


async def test_a_file_larger_than_taken_is_held_and_not_asked_for_again(portal: Portal, connect: Connect):
    portal.files["/forward/tep/1"] = Raw(200, PDF + b"x" * 5000)
    client = connect(max_file_bytes=1000)
    with pytest.raises(Unreadable):
        await client.read_file(REF, replace(held("tep/1"), id="national_portal:1"))
    assert len([seen for seen in portal.seen if seen.method == "GET"]) == 1


@pytest.mark.parametrize(
    "address",
    ["tep/%2e%2e/%2e%2e/quan-tri", "tep/../../quan-tri", "http://169.254.169.254/latest/meta-data/x"],
)
async def test_a_files_address_never_calls_another_path_or_host(
    address: str, portal: Portal, connect: Connect
):
    client = connect(rebase_from_slash=3)
    with pytest.raises(ConnectorError):
        await client.read_file(REF, replace(held(address), id="national_portal:1"))
    assert all(seen.path.startswith("/forward/") and "quan-tri" not in seen.path for seen in portal.seen)


# ---- Government Portal ----------------------------------------------------------------------------------------


def part(content: bytes, number: int, count: int, size: int, sha256: str = "0" * 64) -> bytes:
    inner = (
        "<f:AttachmentId>500</f:AttachmentId><f:FileName>a.pdf</f:FileName><f:ContentType>application/pdf</f:ContentType>"
        f"<f:TotalSize>{size}</f:TotalSize><f:Sha256>{sha256}</f:Sha256>"
        f"<f:ChunkNo>{number}</f:ChunkNo><f:ChunkCount>{count}</f:ChunkCount>"
        f"<f:Chunk>{base64.b64encode(content).decode()}</f:Chunk>"
    )
    return answer("DownloadAttachment", f"{OK}{inner}")


@pytest.mark.parametrize(
    "parts",
    [
        [part(b"", number, number + 1, 10) for number in range(1, 50)],
        [part(b"", number, 2_000_000_000, 10) for number in range(1, 50)],
        [part(b"x", number, 40, 10**7) for number in range(1, 50)],
        [part(b"x", 1, 2, 2), part(b"x", 2, 2, 3)],
        [part(b"x", 1, 1, 10**9)],
    ],
    ids=[
        "one more each time",
        "count without end",
        "parts that never fill",
        "grows on the way",
        "larger than taken",
    ],
)
async def test_a_file_in_parts_without_end_ends(parts: list[bytes]):
    async with talking(*parts) as (portal, server):
        assert isinstance(await outcome(portal.read_file("900", held())), Unreadable)
        assert len(server.bodies) <= 40


async def test_a_dangerous_file_in_parts_is_held():
    bad = PDF + packed(DOCX)
    whole = part(bad, 1, 1, len(bad), hashlib.sha256(bad).hexdigest())
    async with talking(whole) as (portal, _):
        assert isinstance(await outcome(portal.read_file("900", held())), Unreadable)


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:{port}/tep",
        "http://127.0.0.1:5432/",
        "http://127.0.0.1:{port}@khac.example/tep",
        "http://khac.example#@127.0.0.1:{port}/tep",
        "http://127.0.0.1:{port}\\@khac.example/tep",
        "http://[::ffff:127.0.0.1]:{port}/tep",
        "ftp://127.0.0.1:{port}/tep",
        "file:///etc/passwd",
        "http://127.0.0.1:{port}/tep\r\nX-Them: 1",
        "https://[::1",
        "://",
    ],
)
async def test_a_files_address_leads_to_the_service_itself_or_nowhere(address: str):
    async with talking(PDF) as (portal, server):
        port = server.url.rpartition(":")[2]
        assert isinstance(await outcome(portal.read_file("900", held(address.format(port=port)))), Permanent)
        assert server.heads == []


async def test_a_listed_host_that_leads_into_the_private_network_is_refused_unless_that_is_configured():
    async with talking(PDF) as (_, files):
        address = files.url.replace("127.0.0.1", "localhost")
        port = address.rpartition(":")[2]
        async with talking(b"", attachments={"hosts": [f"localhost:{port}"]}) as (portal, _):
            assert isinstance(await outcome(portal.read_file("900", held(f"{address}/tep"))), Permanent)
            assert files.heads == []
        async with talking(b"", attachments={"hosts": ["localhost"]}) as (portal, _):
            error = await outcome(portal.read_file("900", held(f"{address}/tep")))
            assert "attachments.hosts" in str(error), "a host is listed at its usual port only"


# ---- register -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def registering(reply: Callable[[Seen], bytes]) -> AsyncIterator[System]:
    """The register's client at a server that answers so."""

    async def handle(seen: Seen, writer: asyncio.StreamWriter) -> None:
        content = reply(seen)
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)

    async with serving(handle) as server:
        http = HttpClient("register", TransportSettings(tries=1), SystemClock())
        own = RegisterSettings.model_validate(
            {"access": "rest", "base_url": server.url, "token": "dk_mau", "page_size": 3}
        )
        client = register_plugin.build(own, Surroundings(http=http, clock=SystemClock()))
        yield client
        await http.aclose()


GOOD = '{"id": "57", "version": "7", "title": "Việc mẫu"}'
BAD_CASES = {
    "no object": "1",
    "no id": '{"version": "7"}',
    "id of another kind": '{"id": 5, "version": "7"}',
    "id without end": f'{{"id": "{"5" * 5000}", "version": "7"}}',
    "id that turns around": '{"id": "5\\u202e7", "version": "7"}',
    "told twice": '{"id": "58", "id": "59", "version": "7"}',
    "field told twice": '{"id": "58", "version": "7", "private": true, "private": false}',
    "half a character": '{"id": "58", "version": "7", "title": "\\ud800"}',
    "deep": f'{{"id": "58", "version": "7", "acts": {"[" * 300}{"]" * 300}}}',
    "two names that are one": '{"id": "58", "version": "7", "\\u1ebf": 1, "e\\u0302\\u0301": 2}',
}


@pytest.mark.parametrize("name", BAD_CASES)
async def test_one_hostile_case_on_a_page_is_a_problem_and_its_neighbours_are_told(name: str):
    pages = [
        f'{{"changes": [{GOOD}, {BAD_CASES[name]}, {GOOD.replace("57", "60")}], "next": 9}}'.encode(),
        b'{"changes": [], "next": 9}',
    ]
    async with registering(lambda _: pages.pop(0)) as client:
        first, bad, last = await told(client)
    assert (first.ref, last.ref, first.problems, last.problems) == ("57", "60", (), ())
    assert bad.problems
    assert bad.raw
    assert len(bad.ref) < 50


async def test_a_feed_that_does_not_move_on_ends():
    page = f'{{"changes": [{GOOD}, {GOOD}, {GOOD}], "next": 9}}'.encode()
    async with registering(lambda _: page) as client:
        with pytest.raises(Unreadable):
            await told(client)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 100_000,
        b"null",
        b'{"ref": 5, "duplicate": false, "facts": {}}',
        b'{"ref": "5", "duplicate": "no", "facts": {}}',
        b'{"ref": "5", "duplicate": false, "facts": [1]}',
        b'{"ref": "5", "duplicate": false}',
        b'{"ref": "5", "ref": "6", "duplicate": false, "facts": {}}',
    ],
)
async def test_a_receipt_that_cannot_be_read_leaves_the_write_in_doubt(body: bytes):
    async with registering(lambda _: body) as client:
        with pytest.raises(InDoubt):
            await client.apply(
                Operation(key=Key(id=uuid4(), operation="update", ref="57"), fields={"title": "x"})
            )


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.ping(),
        lambda client: client.fetch("57"),
        lambda client: client.find(Key(id=uuid4(), operation="create")),
        lambda client: client.catalogue("agencies"),
        told,
    ],
    ids=["ping", "fetch", "find", "catalogue", "changes"],
)
@pytest.mark.parametrize(
    "body",
    [
        b"x", b"[1]", b"{}", b"[" * 50_000, b'{"time": "0001-01-01T00:00:00+14:00", "found": true, "receipt": 5}',
        b'{"time": "x", "agencies": [{}], "found": true, "changes": 5, "next": "9"}',
        b'{"time": 5, "agencies": ["x"], "found": 1, "changes": [1], "next": true}',
        b'{"time": "9999-12-31T23:59:59-14:00", "agencies": [{"code": "a", "name": ""}], "found": true}',
    ],
)  # fmt: skip
async def test_a_read_of_nonsense_is_an_error_of_the_seam(call: Callable[[System], Any], body: bytes):
    async with registering(lambda _: body) as client:
        try:
            await call(client)
        except ConnectorError as error:
            assert not isinstance(error, InDoubt)  # noqa: PT017  # either end is right, another kind is not


@pytest.mark.parametrize("ref", [".", "..", "", "..."])
async def test_an_id_is_never_a_step_of_a_path(ref: str):
    asked: list[str] = []

    def reply(seen: Seen) -> bytes:
        asked.append(seen.target)
        return b"{}"

    async with registering(reply) as client:
        for call in (client.fetch(ref), client.read_file("57", replace(held(), id=ref))):
            with pytest.raises(Permanent):
                await call
        with pytest.raises(ConnectorError):
            await client.fetch("../../health?x=\r\n1")
    assert asked == ["/api/v1/cases/..%2F..%2Fhealth%3Fx=%0D%0A1"]
