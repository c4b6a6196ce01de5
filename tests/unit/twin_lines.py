"""Both twins behind one face, so that a fault of the connection is shown once on each wire: raw requests, raw bytes."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.unit.government_twin_talk import (
    FEEDBACK,
    Peer,
    change,
    envelope,
    exchange_header,
    filed_xml,
    ref,
    talking,
)
from tests.unit.national_twin_kit import DAY, OURS, Kit, kit

NATIONAL, GOVERNMENT = "national", "government"
OWN_CODE = "000.00.00.H56-261118-00057"


@dataclass(frozen=True)
class Message:
    """A request as it goes over the wire."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        told = {"Host": "127.0.0.1", "Content-Length": str(len(self.body)), **self.headers}
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


class Line:
    """One twin: messages for it, its control port, and what it holds."""

    twin: Any
    http: httpx.AsyncClient
    base: str
    control_url: str

    async def post(self, message: Message) -> httpx.Response:
        return await self.http.post(self.base + message.path, content=message.body, headers=message.headers)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        reply = await self.http.request(method, f"{self.control_url}/control/{path}", json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def switch(self, **switches: Any) -> None:
        await self.control("PUT", "profile", switches)

    async def journal(self, since: int = 0) -> list[dict[str, Any]]:
        return await self.control("GET", f"journal?since={since}")

    async def effects(self) -> dict[str, Any]:
        return await self.control("GET", "effects")

    async def status(self, case: str) -> str:
        return (await self.control("GET", f"cases/{case}"))["status"]

    @property
    def address(self) -> tuple[str, int]:
        url = httpx.URL(self.base)
        return url.host, url.port or 80

    @contextlib.asynccontextmanager
    async def socket(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def bytes_of(self, message: Message) -> bytes:
        """All that comes back until the twin ends the connection."""
        async with self.socket() as (reader, writer):
            writer.write(message.raw())
            return await asyncio.wait_for(reader.read(), 10)


@dataclass
class NationalLine(Line):
    kit: Kit

    def __post_init__(self) -> None:
        self.twin, self.http = self.kit.twin, self.kit.http
        self.base, self.control_url = self.kit.served.url, self.kit.served.control_url

    async def _message(self, service: str, **fields: Any) -> Message:
        session = self.kit.twin.state.login(OURS)
        body = {"session": session, "madonvi": OURS, "service": service} | fields
        return Message("/mapi/g", json.dumps(body).encode(), {"Content-Type": "application/json"})

    async def read(self) -> Message:
        return await self._message("LayDanhMucLinhVuc")

    async def listing(self) -> Message:
        return await self._message("DanhSachPAKNChoXuLy")

    async def detail(self, case: str) -> Message:
        return await self._message("LayChiTietPAKN", PAKNID=int(case))

    async def accept(self, case: str) -> Message:
        key = str(uuid.uuid5(uuid.NAMESPACE_OID, case))
        return await self._message(
            "TiepNhanPAKN", PAKNID=int(case), NgayTiepNhan=f"{DAY}081000", MaGiaoDich=key
        )

    async def create(self, own_code: str = OWN_CODE) -> Message:
        pushed = self.kit.pushed(MaPAKNDonVi=own_code)
        return await self._message("DongBoPAKN", isUpdating="False", data=[pushed])

    async def born(self, **facts: Any) -> str:
        return str(await self.kit.create(**facts))

    @staticmethod
    def listed(reply: httpx.Response) -> list[str]:
        return [str(row["PAKNID"]) for row in reply.json()["result"]]

    @staticmethod
    def good(reply: httpx.Response) -> bool:
        return reply.status_code == 200 and reply.json()["error_code"] == "0"


@dataclass
class GovernmentLine(Line):
    peer: Peer

    def __post_init__(self) -> None:
        self.twin, self.http = self.peer.twin.world, self.peer.http
        self.base, self.control_url = self.peer.twin.url.removesuffix("/feedback"), self.peer.twin.control_url

    async def _message(self, operation: str, inner: str = "", key: str | None = None) -> Message:
        body = f"<f:{operation}>{exchange_header(key)}{inner}</f:{operation}>"
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{FEEDBACK}/{operation}"'}
        return Message("/feedback", envelope(body, self.peer.signed()), headers)

    async def read(self) -> Message:
        return await self._message("GetCatalog", "<f:Name>Status</f:Name>")

    async def listing(self) -> Message:
        return await self._message("GetPendingItems", "<f:MaxItems>100</f:MaxItems>")

    async def detail(self, case: str) -> Message:
        return await self._message("GetCaseStatus", ref(case))

    async def accept(self, case: str) -> Message:
        return await self._message("UpdateCaseStatus", ref(case) + change("ACCEPTED"))

    async def create(self, own_code: str = OWN_CODE) -> Message:
        return await self._message("SubmitCase", filed_xml(own_code))

    async def born(self, **facts: Any) -> str:
        return await self.peer.file_case(**facts)

    @staticmethod
    def listed(reply: httpx.Response) -> list[str]:
        return [part.partition("<")[0] for part in reply.text.split("<f:PortalCaseId>")[1:]]

    @staticmethod
    def good(reply: httpx.Response) -> bool:
        return reply.status_code == 200 and "<f:IsSuccess>true" in reply.text


@contextlib.asynccontextmanager
async def line(portal: str, **how: Any) -> AsyncIterator[NationalLine | GovernmentLine]:
    """A served twin of that name."""
    if portal == NATIONAL:
        async with kit(**how) as found:
            yield NationalLine(found)
    else:
        async with talking(**how) as peer:
            yield GovernmentLine(peer)
