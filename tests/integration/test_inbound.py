"""Notifications of portals: who may send them, what of them counts, and what hostile ones can do, which is nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree
from pydantic import SecretStr

from adapters.government_portal.envelope import SOAP_NS, seal
from adapters.government_portal.push import Notifications
from adapters.government_portal.settings import FEEDBACK_NS, GovernmentPortalSettings
from adapters.government_portal.wsse import Account, security
from adapters.national_portal import push as national
from connector.errors import ConnectorError
from connector.gateway import build_gateway
from connector.sections.systems import PushSettings
from connector.store.database import Wake
from connector.system import PushCall, Pushed, PushReply
from tests.integration.core_mapping import GOVERNMENT, NATIONAL
from tests.integration.core_world import World, planned, world

NEW = "bi-mat-moi"
SECRETS = (SecretStr("mật khẩu cũ"), SecretStr(NEW))
GOOD = {"authorization": f"Bearer {NEW}"}
REST, SOAP = f"/thong-bao/{NATIONAL}", f"/thong-bao/{GOVERNMENT}"
F = f"{{{FEEDBACK_NS}}}"


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


class Rest:
    """The national portal's reader in front of a scripted system."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def pushed(self, call: PushCall) -> Pushed:
        return national.read(call)

    def push_refused(self, error: ConnectorError) -> PushReply:
        return national.refused(error)


class Soap(Rest):
    """The Government Portal's."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.reader = Notifications(
            GovernmentPortalSettings(
                endpoint="https://cong.example/dich-vu",
                system_id="ta",
                password=SecretStr("x"),
                organ_id="H56",
            )
        )

    def pushed(self, call: PushCall) -> Pushed:
        return self.reader.read(call)

    def push_refused(self, error: ConnectorError) -> PushReply:
        return self.reader.refused(error)


@asynccontextmanager
async def gateway(w: World, address: str = "10.0.0.7", **push: Any) -> AsyncIterator[httpx.AsyncClient]:
    own = PushSettings(**{"secrets": SECRETS, **push})
    told = {name: one.model_copy(update={"push": own}) for name, one in w.ctx.settings.systems.items()}
    ctx = replace(
        w.ctx,
        settings=w.ctx.settings.model_copy(update={"systems": told}),
        systems={**w.ctx.systems, NATIONAL: Rest(w.national), GOVERNMENT: Soap(w.government)},
    )
    transport = httpx.ASGITransport(build_gateway(ctx), client=(address, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://cua.example") as client:
        yield client


async def asked_again(w: World) -> list[str]:
    """Systems whose links are to be read again now."""
    async with w.db.reading() as conn:
        rows = await (
            await conn.execute("SELECT system FROM link WHERE refresh_at <= %s", (w.clock.now(),))
        ).fetchall()
    return sorted(row["system"] for row in rows)


def envelope(w: World, *, secret: str = NEW, ref: str = "9", operation: str = "NotifyCaseEvent") -> bytes:
    soap = SOAP_NS["1.1"]
    root = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
    content = etree.SubElement(etree.SubElement(root, f"{{{soap}}}Body"), f"{F}{operation}")
    path = ["CaseEvent", "CaseRef"] if operation == "NotifyCaseEvent" else ["CaseEnvelope"]
    for step in path:
        content = etree.SubElement(content, F + step)
    etree.SubElement(content, f"{F}PortalCaseId").text = ref
    account = Account(username="portal", password=SecretStr(secret), digest=True)
    return seal(root, [security(account, w.clock.now(), soap)], FEEDBACK_NS)


async def test_a_known_case_is_asked_for_at_once_and_nothing_of_the_body_is_believed(w: World) -> None:
    await planned(w, "accepted")
    async with w.db.reading() as conn:
        row = await (await conn.execute("SELECT ref FROM link WHERE system = %s", (NATIONAL,))).fetchone()
        before = (await (await conn.execute("SELECT count(*) AS n FROM observation")).fetchone())["n"]
    assert await asked_again(w) == []
    body = {"PAKNID": row["ref"], "TRANGTHAI": "DA_XONG", "NOIDUNG": "Nguyễn Văn Mẫu, 0900000000"}
    async with gateway(w) as client:
        answer = await client.post(REST, json=body, headers=GOOD)
    assert (answer.status_code, answer.json()) == (200, {"error_code": 0, "message": ""})
    assert NATIONAL in await asked_again(w)
    async with w.db.reading() as conn:
        assert (await (await conn.execute("SELECT count(*) AS n FROM observation")).fetchone())["n"] == before
    assert "Nguyễn" not in repr(w.logs)


async def test_an_unknown_case_only_has_the_system_asked_what_changed(w: World) -> None:
    woken: set[Wake] = set()

    async def engine(_conn: object, wakes: Iterable[Wake]) -> None:
        woken.update(wakes)

    w.db.defer_with(engine)
    async with gateway(w) as client:
        answer = await client.post(REST, json={"data": [{"PAKNID": "404"}]}, headers=GOOD)
    assert answer.status_code == 200
    assert await asked_again(w) == []
    assert woken == {Wake(flow="observe", system=NATIONAL)}


async def test_without_a_secret_in_force_nothing_happens(w: World) -> None:
    await planned(w, "accepted")
    async with gateway(w) as client:
        for header in ({}, {"authorization": "Bearer sai"}, {"authorization": "Basic bi-mat-moi"}):
            answer = await client.post(REST, json={"PAKNID": "1"}, headers=header)
            assert (answer.status_code, answer.json()["message"]) == (401, "PH-806")
    assert await asked_again(w) == []


async def test_every_secret_in_force_counts_while_one_is_being_changed(w: World) -> None:
    async with gateway(w, secrets=(SecretStr("mot"), SecretStr("hai"))) as client:
        for secret, status in (("mot", 200), ("hai", 200), ("ba", 401)):
            header = {"authorization": f"Bearer {secret}"}
            answer = await client.post(REST, json={"PAKNID": "1"}, headers=header)
            assert answer.status_code == status


async def test_a_system_without_a_secret_has_no_address(w: World) -> None:
    async with gateway(w, secrets=()) as client:
        assert (await client.post(REST, json={"PAKNID": "1"}, headers=GOOD)).status_code == 404
    async with gateway(w) as client:
        assert (await client.get(REST)).status_code == 405
        assert (await client.post("/thong-bao/register", json={}, headers=GOOD)).status_code == 404


async def test_only_listed_networks_may_send(w: World) -> None:
    for address, status in (("10.0.0.7", 200), ("192.168.1.1", 401), ("::1", 401)):
        async with gateway(w, address, networks=("10.0.0.0/24",)) as client:
            assert (await client.post(REST, json={"PAKNID": "1"}, headers=GOOD)).status_code == status


async def test_hostile_json_is_refused_by_code(w: World) -> None:
    odd = (
        b"",
        b"[1",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'{"PAKNID": {"a": 1}}',
        b'{"PAKNID": "1", "PAKNID": "2"}',
        b'{"PAKNID": "a b\\u0000"}',
        b'{"data": [{"PAKNID": "1"}, {"PAKNID": null}]}',
        b"[" * 100_000,
    )
    async with gateway(w) as client:
        for body in odd:
            answer = await client.post(REST, content=body, headers=GOOD)
            told = (answer.status_code, answer.json())
            assert told == (400, {"error_code": -1, "message": "PH-332"}), body[:40]


async def test_a_body_over_the_bound_is_not_read(w: World) -> None:
    async with gateway(w, max_bytes=2000) as client:
        answer = await client.post(REST, content=b"x" * 3000, headers=GOOD)
    assert answer.status_code == 400


async def test_a_flood_is_turned_away(w: World) -> None:
    async with gateway(w, per_minute=5) as client:
        calls = [client.post(REST, json={"PAKNID": "1"}, headers=GOOD) for _ in range(8)]
        statuses = sorted(one.status_code for one in await asyncio.gather(*calls))
    assert statuses == [200] * 5 + [429] * 3


async def test_the_government_portals_notification_is_taken_in_its_own_words(w: World) -> None:
    async with gateway(w) as client:
        for operation in ("NotifyCaseEvent", "NotifyCaseAssigned"):
            answer = await client.post(SOAP, content=envelope(w, operation=operation))
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"].startswith("text/xml")
            content = etree.fromstring(answer.content)[0][0]
            assert content.tag == f"{F}{operation}Response"
            assert content.findtext(f".//{F}IsSuccess") == "true"


async def test_an_envelope_of_a_wrong_password_or_sent_twice_is_a_fault(w: World) -> None:
    async with gateway(w) as client:
        wrong = await client.post(SOAP, content=envelope(w, secret="sai"))
        once = envelope(w)
        first, again = [await client.post(SOAP, content=once) for _ in range(2)]
    assert [one.status_code for one in (wrong, first, again)] == [400, 200, 400]
    for one in (wrong, again):
        assert etree.fromstring(one.content).findtext(".//faultstring") == "PH-806"


async def test_hostile_xml_is_a_fault_by_code(w: World) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "xxxxxxxx">]><a>&b;</a>'
    async with gateway(w) as client:
        odd = [b"", b"<a>", bomb, b"<a/>", b"<a>" * 5000, envelope(w, ref="a b"), json.dumps({}).encode()]
        for body in odd:
            answer = await client.post(SOAP, content=body)
            assert answer.status_code == 400, body[:40]
            assert etree.fromstring(answer.content).findtext(".//faultstring") == "PH-332"
