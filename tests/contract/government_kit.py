"""The adapter and its twin on one loop, and the hand of a citizen or of the portal's officials. For tests."""

import base64
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from adapters.government_portal import GovernmentPortalSettings, plugin
from adapters.government_portal.twin import running
from connector.case import Attachment
from connector.clock import SystemClock
from connector.system import Key, Operation, OutgoingFile, Surroundings
from connector.transport import HttpClient, TransportSettings

AGENCY = "000.00.00.H56"
CODE = "000.00.00.H56-261118-00057"
PDF = b"%PDF-1.7\n" + b"noi dung mau " * 10


class QuickClock(SystemClock):
    """The machine's time; pauses between tries take none."""

    async def sleep(self, seconds: float) -> None:
        """Do not wait."""


@dataclass
class Scene:
    """The adapter, its twin, and the hand of a citizen or of the portal's officials."""

    twin: Any
    portal: Any
    control: httpx.AsyncClient
    stored: set[tuple[str, str]]
    build: Callable[[], Any]

    def restart(self):
        """Another process, which knows only what is stored."""
        self.portal = self.build()

    async def born(self, **more):
        body = {
            "title": "Chậm trả kết quả hồ sơ",
            "content": "Hồ sơ đã quá hạn năm ngày.",
            "kind": "CONDUCT",
            "field": "TTHC",
            "agency": AGENCY,
            "submitter_type": "BUSINESS",
            "sender": {
                "name": "Nguyễn Văn Mẫu",
                "organisation": "Công ty TNHH Ví Dụ",
                "phone": "0900000000",
                "address": "Xã Mẫu",
                "email": "mau@example.com",
            },
            "anonymous": True,
            "private": False,
            **more,
        }
        reply = await self.control.post("/control/cases", json=body)
        assert reply.status_code == 201, reply.text
        return reply.json()["id"]

    async def event(self, case, name, **facts):
        reply = await self.control.post(f"/control/cases/{case}/{name}", json=facts)
        assert reply.status_code == 200, reply.text

    async def case(self, case):
        return (await self.control.get(f"/control/cases/{case}")).json()

    async def quirk(self, **switches):
        reply = await self.control.put("/control/profile", json=switches)
        assert reply.status_code < 300, reply.text

    async def records(self):
        """What is handed over, stored page by page."""
        told = []
        async for page in self.portal.changes(None):
            told += page.records
            self.stored |= {(record.ref, record.version) for record in page.records}
        return told

    async def do(self, operation, ref, fields, *, code=CODE, natural=None, files=(), key_id=None):
        key = Key(id=key_id or uuid4(), operation=operation, ref=ref, code=code, natural=natural or {})
        return await self.portal.apply(Operation(key=key, fields=fields, files=tuple(files)))

    async def update(self, ref, status, **more):
        fields = {"Status": status, "ActorOrganId": AGENCY, "OccurredAt": now(), **more}
        return await self.do("UpdateCaseStatus", ref, fields)


def now():
    return datetime.now(UTC)


@contextlib.asynccontextmanager
async def scene(profile=None, transport=None, **settings):
    clock = QuickClock()
    async with running(seed=1, profile=profile) as twin:
        own = GovernmentPortalSettings(
            endpoint=twin.url,
            **{"system_id": twin.username, "password": twin.password, "organ_id": AGENCY, **settings},
        )
        http = HttpClient("government_portal", transport or TransportSettings(), clock)
        known = set()

        async def stored(refs):
            return {one for one in known if one[0] in refs}

        def build():
            return plugin.build(own, Surroundings(http=http, clock=clock, stored=stored))

        async with httpx.AsyncClient(base_url=twin.control_url) as control:
            yield Scene(twin, build(), control, known, build)
        await http.aclose()


def outgoing(name="tra-loi.pdf", content=PDF, **more):
    attachment = Attachment(
        id="register:12", role="answer", file_name=name, media_type="application/pdf", **more
    )
    return OutgoingFile(attachment=attachment, content=content)


FILE = {
    "name": "giấy hẹn.pdf",
    "media_type": "application/pdf",
    "content_base64": base64.b64encode(PDF).decode(),
}
