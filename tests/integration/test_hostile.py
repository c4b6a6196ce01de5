"""From the wire to the database: what means harm ends before a person with its bytes kept, and its neighbours go on.

Real clients, real mappings, real PostgreSQL; only the remotes are scripted.
"""

import asyncio
import base64
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.conformance.registers import register_by_rest
from adapters.government_portal import plugin as government_plugin
from adapters.register import plugin as register_plugin
from connector.app import load_mappings
from connector.case import REGISTER
from connector.errors import Unreadable
from connector.ledger.chain import GENESIS
from connector.ledger.verify import verify
from connector.sections.systems import SystemSettings
from connector.sections.work import WorkSettings
from connector.settings import Settings
from connector.store import cases, flows, ledger, observations, quarantine
from connector.store.cases import CaseRow
from connector.store.database import Database
from connector.store.leaf import Place
from connector.store.masters import Vault
from connector.store.quarantine import Item
from connector.sync.context import Context
from connector.sync.observe import observe
from connector.sync.render import GARBLED
from connector.system import Surroundings, System
from connector.transport import HttpClient, TransportSettings
from tests.contract.national_scripted import ManualClock, Portal, Raw, Seen, connecting, scripted_portal
from tests.contract.test_government_odd_replies import OK, QuickClock, answer
from tests.contract.test_hostile_clients import BAD_CASES
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import KEYS, world
from tests.unit.test_hostile_files import DOCX, PDF, packed
from tests.unit.test_hostile_xml import ATTACKS
from tests.unit.test_transport_http import Seen as Request
from tests.unit.test_transport_http import serving

FIXTURES = Path(__file__).parents[2] / "fixtures"
SECRETS = ("Nguyễn Văn Mẫu", "0900000000", "mau@example.com", "quá hẹn")
NAMES = ("national_portal", "government_portal", "register")


@dataclass(kw_only=True)
class Core:
    """The core with one system, and what it made of what it was told."""

    ctx: Context
    name: str

    async def observe(self) -> None:
        await observe(self.ctx, self.name)

    async def case(self, ref: str) -> CaseRow | None:
        async with self.ctx.db.reading() as conn:
            return await cases.by_ref(conn, self.name, ref)

    async def held(self) -> dict[str, Item]:
        async with self.ctx.db.reading() as conn:
            return {item.ref or "": item for item in await quarantine.listed(conn)}

    async def kept_bytes(self, ref: str) -> bytes:
        async with self.ctx.db.reading() as conn:
            newest = await (
                await conn.execute("SELECT max(id) AS id FROM observation WHERE ref = %s", (ref,))
            ).fetchone()
            record = await observations.load(conn, newest["id"]) if newest and newest["id"] else None
        return record.raw if record else b""

    async def last_run(self) -> flows.Run:
        async with self.ctx.db.reading() as conn:
            return (await flows.runs(conn, Place(most=1), system=self.name))[0]

    async def check(self) -> None:
        """The ledger is whole, and what people read holds nothing that a sender wrote."""
        async with self.ctx.db.reading() as conn:
            entries = [one async for one in ledger.entries(conn)]
        verify(entries, GENESIS).demand()
        told = [f"{item.code} {item.reason} {item.candidates}" for item in (await self.held()).values()]
        for secret in SECRETS:
            assert secret not in " ".join(told)


@asynccontextmanager
async def core(url: str, system: System, clock: Any) -> AsyncIterator[Core]:
    settings = Settings(work=WorkSettings(lanes=1), systems={name: SystemSettings() for name in NAMES})
    mappings, policy = await asyncio.to_thread(load_mappings, settings)
    db = Database(url, clock=clock, actor="test/1", size=4, vault=Vault(lambda: KEYS))
    await db.open()
    ctx = Context(
        settings=settings, clock=clock, db=db, systems={system.name: system}, mappings=mappings, policy=policy
    )
    with capture_logs() as logs:
        try:
            made = Core(ctx=ctx, name=system.name)
            yield made
            await made.check()
        finally:
            await db.close()
    for secret in SECRETS:
        assert secret not in repr(logs)


# ---- national portal ------------------------------------------------------------------------------------------

DETAIL = json.loads((FIXTURES / "national_portal" / "detail.json").read_bytes())["result"][0]
FILE = DETAIL["TEPDINHKEM"][0]


def whole(ref: int, **changes: Any) -> str:
    return json.dumps({**DETAIL, "PAKNID": ref, "MAPAKN": f"PAKN-MAU-{ref}", **changes}, ensure_ascii=False)


def added(text: str) -> str:
    """The second case with raw JSON for further fields."""
    return whole(2)[:-1] + f", {text}}}"


HELD = {
    "status told twice": added('"TRANGTHAI": "10"'),
    "privacy told twice": added('"congkhai": "1"'),
    "NaN": whole(2).replace('"DUNGLUONG": "48213"', '"DUNGLUONG": NaN'),
    "number without end": whole(2).replace('"DUNGLUONG": "48213"', f'"DUNGLUONG": {"9" * 6000}'),
    "deep history": whole(2, LICHSU="@").replace('"@"', "[" * 400 + "]" * 400),
    "end of the calendar": whole(2, HANXULY="00010101000000"),
    "strange name of a field": added('"0900000000": "x"'),
    "NUL in the name of a field": added('"a\\u0000b": "x"'),
    "unknown code with markup": whole(2, TRANGTHAI="[/red]<script>"),
    "no such agency": whole(2, MADONVI="../../etc/passwd"),
    "file without a name": whole(2, TEPDINHKEM=[{**FILE, "TENTEP": "../.."}]),
    "title without end": whole(2, TIEUDE="<a" * 200_000),
    "another case": whole(7),
}


@asynccontextmanager
async def national(url: str, second: str) -> AsyncIterator[tuple[Core, Portal]]:
    """A portal where three cases wait; the second one's detail is this text."""

    def detail(seen: Seen) -> Raw:
        ref = int(seen.json["PAKNID"])
        return Raw(200, f'{{"error_code": 0, "result": [{second if ref == 2 else whole(ref)}]}}'.encode())

    rows = ", ".join(
        f'{{"PAKNID": {n}, "TRANGTHAI": "2", "NGAYCAPNHAT": "20261116091500"}}' for n in (1, 2, 3)
    )
    clock = ManualClock()
    async with scripted_portal() as portal, connecting(portal, clock) as connect:
        portal.on("DanhSachPAKNChoXuLy", Raw(200, f'{{"error_code": 0, "result": [{rows}]}}'.encode()))
        portal.on("LayChiTietPAKN", detail)
        async with core(url, connect(), clock) as made:
            yield made, portal


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HELD)
async def test_a_hostile_case_of_the_national_portal_waits_for_a_person_and_the_others_are_linked(
    name: str, migrated_url: str
):
    async with national(migrated_url, HELD[name]) as (made, _):
        for _ in range(2):
            await made.observe()
            assert (await made.last_run()).outcome in {"ok", "empty"}
        for ref in ("1", "3"):
            known = await made.case(ref)
            assert known is not None
            assert known.link("national_portal") is not None
        assert await made.case("2") is None
        assert set(await made.held()) == {"2"}
        assert await made.kept_bytes("2"), "what cannot be used is evidence"


async def test_a_page_instead_of_a_case_is_asked_for_again_and_the_others_are_linked(migrated_url: str):
    """A proxy's page says nothing about the case: what can be read is taken, and the next pass asks once more."""
    async with national(migrated_url, "<html><script>alert('Nguyễn Văn Mẫu')</script>") as (made, portal):
        await made.observe()
        assert await made.case("1") is not None
        assert await made.case("3") is not None
        assert (await made.last_run()).counts["skipped"] == 1
        portal.on("LayChiTietPAKN", Raw(200, f'{{"error_code": 0, "result": [{whole(2)}]}}'.encode()))
        await made.observe()
        assert await made.case("2") is not None


ACCEPTED: dict[str, tuple[dict[str, Any], Callable[[Any], object], object]] = {
    "script": ({"NOIDUNG": "<script>x()</script>Tôi <b>khiếu nại</b>"}, lambda h: h.content, "Tôi khiếu nại"),
    "script that was escaped": (
        {"NOIDUNG": "<p>&lt;script&gt;x()&lt;/script&gt;Tôi</p>"},
        lambda h: h.content,
        "Tôi",
    ),
    "text that turns around": ({"TIEUDE": "Việc \u202egnos mẫu"}, lambda h: h.title, "Việc gnos mẫu"),
    "NUL": ({"TIEUDE": "Việc\x00mẫu"}, lambda h: h.title, "Việc\ufffdmẫu"),
    "half a character": ({"TIEUDE": "Việc \ud800 mẫu"}, lambda h: h.title, "Việc \ufffd mẫu"),
    "marks without end": ({"TIEUDE": "Việc" + "\u0300\u0327" * 100}, lambda h: len(h.title) < 400, True),
    "line end in the sender's name": ({"HOVATEN": "Nguyễn\r\nX: 1"}, lambda h: "\r" in h.sender.name, False),
}


@pytest.mark.parametrize("name", ACCEPTED)
async def test_a_case_of_words_that_mean_harm_is_taken_without_the_harm(name: str, migrated_url: str):
    """A citizen whose text holds a script has still written to the province: nothing of the words is lost."""
    changes, look, wanted = ACCEPTED[name]
    text = json.dumps({**DETAIL, "PAKNID": 2, **changes})
    async with national(migrated_url, text) as (made, _):
        await made.observe()
        known = await made.case("2")
        assert known is not None, (await made.held()).values()
        link = known.link("national_portal")
        assert link is not None
        assert link.state is not None
        assert look(link.state.header) == wanted
        assert text.encode() in await made.kept_bytes("2")


async def test_file_names_arrive_as_one_step_of_a_path(migrated_url: str):
    names = ["../../etc/passwd.pdf", "C:\\Windows\\CON.pdf", "đơn\u202efdp.exe"]
    files = [{**FILE, "TEPID": f"T-{n}", "TENTEP": name} for n, name in enumerate(names)]
    async with national(migrated_url, whole(2, TEPDINHKEM=files)) as (made, _):
        await made.observe()
        known = await made.case("2")
        assert known is not None
        state = known.link("national_portal").state  # type: ignore[union-attr]
        assert [file.file_name for file in state.attachments] == ["passwd.pdf", "_CON.pdf", "đơnfdp.exe"]  # type: ignore[union-attr]


async def test_a_list_that_is_none_moves_nothing_and_the_next_pass_goes_on(migrated_url: str):
    async with national(migrated_url, whole(2)) as (made, portal):
        good = portal.script["DanhSachPAKNChoXuLy"][0]
        for body in (
            b'{"error_code": 0, "result": [' + b"[" * 100_000,
            b'{"error_code": -1, "error_code": 0}',
            b"\xff",
        ):
            portal.on("DanhSachPAKNChoXuLy", Raw(200, body))
            await made.observe()
            assert (await made.last_run()).outcome == "failed"
        async with made.ctx.db.reading() as conn:
            assert (await flows.watermark(conn, made.name)).value is None
        portal.on("DanhSachPAKNChoXuLy", good)
        await made.observe()
        assert await made.case("2") is not None


# ---- Government Portal ----------------------------------------------------------------------------------------

ITEM = (FIXTURES / "government_portal" / "item_case_soap12.xml").read_text(encoding="utf-8")
INLINE = re.search(r"<f:Attachments>.*</f:Attachments>", ITEM, re.DOTALL)
assert INLINE is not None


def item(ref: str) -> str:
    return ITEM.replace("900000123", ref)


def inline(name: str, content: bytes) -> str:
    assert INLINE is not None
    file = (
        f"<f:AttachmentId>300001</f:AttachmentId><f:Role>QUESTION</f:Role><f:FileName>{name}</f:FileName>"
        f"<f:ContentType>application/pdf</f:ContentType><f:Size>{len(content)}</f:Size>"
        f"<f:Content>{base64.b64encode(content).decode()}</f:Content><f:Signed>false</f:Signed>"
    )
    return item("2").replace(INLINE[0], f"<f:Attachments><f:Attachment>{file}</f:Attachment></f:Attachments>")


def swapped(old: str, new: str) -> str:
    assert old in ITEM
    return item("2").replace(old, new)


HOSTILE_ITEMS = {
    "XXE": ATTACKS["XXE"],
    "entity bomb": ATTACKS["bomb"],
    "DOCTYPE in a message": item("2").replace("?>", '?><!DOCTYPE a [<!ENTITY x "y">]>', 1),
    "deep": swapped(
        "<f:Instruction></f:Instruction>",
        "<f:Instruction>" + "<f:a>" * 100 + "</f:a>" * 100 + "</f:Instruction>",
    ),
    "elements without end": swapped("<f:Instruction></f:Instruction>", "<f:a/>" * 1_100_000),
    "size without end": swapped("<f:Size>9</f:Size>", f"<f:Size>{'9' * 40}</f:Size>"),
    "end of the calendar": swapped("2026-11-18T07:55:00+07:00", "0001-01-01T00:00:00+07:00"),
    "two titles": swapped("<f:Title>", "<f:Title>x</f:Title><f:Title>"),
    "two bodies": item("2").replace("</env:Body>", "</env:Body><env:Body/>"),
    "wrapped": item("2").replace("<env:Body>", "<env:Body><f:w xmlns:f='urn:x'/>"),
    "control character": swapped("<f:Title>", "<f:Title>&#0;"),
    "another case": item("7"),
    "two files in one": inline("a.pdf", PDF + packed(DOCX)),
    "script named as a picture": inline("a.jpg", b"GIF89a/*=1;alert(1)"),
    "zip bomb": inline("a.docx", packed({**DOCX, "word/a": b"\x00" * 10_000_000})),
    "program": inline("a.pdf.exe", b"MZ"),
}


@asynccontextmanager
async def government(url: str, second: str) -> AsyncIterator[tuple[Core, list[str]]]:
    """A portal in whose queue three items wait; the second one is this text. Tells which were confirmed."""
    confirmed: list[str] = []

    def reply(body: bytes) -> bytes:
        text = body.decode()
        found = re.search(r"ItemId>(\d)</", text)
        if "GetPendingItems" in text:
            rows = "".join(
                f"<f:Item><f:ItemId>{n}</f:ItemId><f:Kind>CASE</f:Kind><f:PortalCaseId>{n}</f:PortalCaseId>"
                f"<f:CreatedAt>2026-11-18T08:00:00+07:00</f:CreatedAt></f:Item>"
                for n in (1, 2, 3)
                if str(n) not in confirmed
            )
            return answer("GetPendingItems", f"{OK}{rows}")
        if found is None:
            return answer("Ping")
        if "ConfirmReceived" in text:
            confirmed.append(found[1])
            return answer("ConfirmReceived")
        return (second if found[1] == "2" else item(found[1])).encode()

    async def handle(seen: Request, writer: asyncio.StreamWriter) -> None:
        content = reply(seen.body)
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)

    async with serving(handle) as server:
        clock = QuickClock()
        http = HttpClient("government_portal", TransportSettings(tries=1), clock)
        own = {"endpoint": server.url, "system_id": "mau", "password": "mau", "organ_id": "000.00.00.H56"}
        client = government_plugin.build(
            government_plugin.settings.model_validate(own), Surroundings(http=http, clock=clock)
        )
        async with contextlib.aclosing(http), core(url, client, clock) as made:
            yield made, confirmed


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE_ITEMS)
async def test_a_hostile_item_of_the_government_portal_waits_for_a_person_and_the_queue_moves_on(
    name: str, migrated_url: str
):
    async with government(migrated_url, HOSTILE_ITEMS[name]) as (made, confirmed):
        for _ in range(4):
            # what might be a passing fault of the line is asked for a few times before it counts as the item's own
            await made.observe()
        assert await made.case("1") is not None
        assert await made.case("3") is not None
        assert set(await made.held()) == {"2"}
        assert set(confirmed) == {"1", "2", "3"}, "the queue is not blocked"


# ---- register -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BAD_CASES)
async def test_a_hostile_case_of_the_register_waits_for_a_person_and_the_feed_moves_on(
    name: str, migrated_url: str
):
    clock = QuickClock()
    settings = Settings()
    mappings, _ = await asyncio.to_thread(load_mappings, settings)
    async with register_by_rest(mappings) as subject:
        refs = [await subject.born() for _ in range(2)]
        good = [json.dumps(await subject.register.document(ref)) for ref in refs]
    page = f'{{"changes": [{good[0]}, {BAD_CASES[name]}, {good[1]}], "next": 9}}'.encode()

    async def handle(seen: Request, writer: asyncio.StreamWriter) -> None:
        content = page if "after=0" in seen.target else b'{"changes": [], "next": 9}'
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)

    async with serving(handle) as server:
        http = HttpClient("register", TransportSettings(tries=1), clock)
        own = {"access": "rest", "base_url": server.url, "token": "dk_mau", "page_size": 3}
        client = register_plugin.build(
            register_plugin.settings.model_validate(own), Surroundings(http=http, clock=clock)
        )
        async with contextlib.aclosing(http), core(migrated_url, client, clock) as made:
            await made.observe()
            for ref in refs:
                assert await made.case(ref) is not None
            assert len(await made.held()) == 1
            async with made.ctx.db.reading() as conn:
                assert (await flows.watermark(conn, "register")).value == "9"


# ---- on the way to the next system ----------------------------------------------------------------------------


async def test_a_dangerous_file_holds_its_own_write_and_its_case_is_kept(migrated_url: str, tmp_path: Path):
    """The client says that the file is two things at once; nothing of it travels, and the next case is not kept waiting."""
    file = {"id": "national_portal:7", "role": "question", "file_name": "a.pdf"}
    async with world(migrated_url, tmp_path) as w:
        w.national.put("1", plain("1", files=[file]))
        w.national.put("2", plain("2"))
        w.national.fail(Unreadable("the file is held (two_types_at_once)"), on="read_file", times=9)
        await w.observe(NATIONAL)
        await w.settle()
        await w.deliver(REGISTER)
        held, done = [await w.write(case_id=(await w.case(NATIONAL, ref)).id) for ref in ("1", "2")]
        assert (held.state, done.state) == ("waiting", "done")
        for _ in range(GARBLED):  # it might have been garbled on its way
            w.clock.forward(3600)
            await w.deliver(REGISTER)
        held = await w.write(case_id=held.case_id)
        assert (held.state, held.error_code) == ("quarantined", Unreadable.code)
        assert [item.code for item in await w.held()] == [Unreadable.code]
        assert len(w.register.refs) == 1
