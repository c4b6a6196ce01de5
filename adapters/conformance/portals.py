"""The two portals as subjects of the conformance suite: the adapter, its twin, and the twin's control interface."""

import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from adapters import government_portal, national_portal
from adapters.conformance.file_host import FileHost
from adapters.conformance.subject import CONTENT, FILE, NAME, PAGE_SIZE, PHONE
from adapters.conformance.suite import AdapterSuite
from adapters.government_portal import twin as government_twin
from adapters.national_portal import twin as national_twin
from adapters.national_portal.profile import SERVICES
from adapters.register.testing import shipped_rules
from connector.canonical import digest_bytes
from connector.case import Attachment
from connector.clock import SystemClock
from connector.mapping import Mapping, MappingSet
from connector.system import Key, Operation, OutgoingFile, Plugin, Surroundings, System
from connector.transport import HttpClient, TransportSettings

AGENCY = "000.00.00.H56"
PASSWORD = "mat-khau-mau"  # noqa: S105  # of a twin that lives as long as one promise
SENDER = {"name": NAME, "phone": PHONE, "address": "Thôn Mẫu", "email": "mau@example.com"}


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


class ShiftedClock(SystemClock):
    """The machine's clock, some seconds ahead."""

    ahead_s = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead_s)


class Clients:
    """Builds clients that call 127.0.0.1 only and closes them all."""

    def __init__(self) -> None:
        self.clock = ShiftedClock()
        self._made: list[Any] = []
        self._hosts: list[FileHost] = []

    def build(self, plugin: Plugin[Any], **settings: Any) -> System:
        transport = TransportSettings(
            plain_http_hosts=("127.0.0.1",), breaker_failures=1000, retry_base_s=0.001, read_timeout_s=10
        )
        http = HttpClient(plugin.name, transport, self.clock)
        system = plugin.build(
            plugin.settings.model_validate(settings),
            Surroundings(http=http, clock=self.clock, rules=shipped_rules()),
        )
        self._made += [http, system]
        return system

    def host(self) -> FileHost:
        """Where the portal fetches our files."""
        self._hosts.append(FileHost())
        return self._hosts[-1]

    async def aclose(self) -> None:
        for one in reversed(self._made):
            await one.aclose()
        for host in self._hosts:
            host.close()


@dataclass(kw_only=True)
class PortalSubject:
    """What both portals have in common: the control interface of their twins."""

    system: System
    mapping: Mapping
    control: httpx.AsyncClient
    clients: Clients
    settings: dict[str, Any]
    plugin: Plugin[Any]
    wrong: dict[str, Any]
    dead: dict[str, Any]
    agency: str = AGENCY
    numbers: Any = field(default_factory=lambda: count(57))

    async def born(self) -> str:
        return await self._born({})

    async def _born(self, codes: dict[str, Any]) -> str:
        file = {
            "name": "giấy hẹn.pdf",
            "media_type": "application/pdf",
            "content_base64": base64.b64encode(FILE).decode(),
        }
        body = {
            "title": f"Việc của {NAME}",
            "content": CONTENT,
            "agency": AGENCY,
            "sender": SENDER,
            "anonymous": True,
            "private": False,
            "files": [file],
        }
        reply = await self.control.post("/control/cases", json=body | codes)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    async def happen(self, ref: str) -> None:
        reply = await self.control.post(f"/control/cases/{ref}/remind", json={"text": "Đề nghị xử lý sớm."})
        assert reply.status_code == 200, reply.text

    async def let_time_pass(self) -> None:
        self.clients.clock.ahead_s += 5

    async def cases(self) -> int:
        return len((await self.control.get("/control/cases")).json())

    async def acts(self, ref: str) -> int:
        return len((await self._dump(ref))["history"])

    async def files(self, ref: str) -> frozenset[str]:
        dump = await self._dump(ref)
        return frozenset(
            item["sha256"] for item in (*dump["files"], *(dump["answer"] or {}).get("files", ()))
        )

    async def waiting(self) -> int | None:
        return None

    async def _dump(self, ref: str) -> dict[str, Any]:
        return dict((await self.control.get(f"/control/cases/{ref}")).json())

    async def _fail_next(self, **rule: Any) -> None:
        reply = await self.control.patch("/control/profile", json={"fail_next": [rule]})
        assert reply.status_code == 200, reply.text

    def stranger(self) -> System:
        return self.clients.build(self.plugin, **self.settings | self.wrong)

    def nowhere(self) -> System:
        return self.clients.build(self.plugin, **self.settings | self.dead)

    def _code(self) -> str:
        return f"000.00.00.H56-261118-{next(self.numbers):05}"


def _mode(committed: bool) -> str:
    return "drop_after_commit" if committed else "drop_before"


@dataclass(kw_only=True)
class National(PortalSubject):
    """The national portal."""

    host: FileHost

    async def born(self) -> str:
        return await self._born({"kind": "1", "source": "1", "submitter_type": "1", "field": "G22-MAU03"})

    async def knocks(self) -> int:
        journal = (await self.control.get("/control/journal")).json()
        return sum(1 for entry in journal if entry["outcome"] == "login_refused")

    async def lose_reply(self, operation: Operation, *, committed: bool) -> None:
        await self._fail_next(service=SERVICES[operation.key.operation], mode=_mode(committed), times=1)

    def create(self) -> Operation:
        fields = {
            "Nguon": "9",
            "LoaiPAKN": "2",
            "DoiTuong": "2",
            "MaDonVi": AGENCY,
            "TenDonVi": "UBND tỉnh Thanh Hóa",
            "TieuDe": f"Việc của {NAME}",
            "NoiDung": CONTENT,
            "HoVaTen": NAME,
            "SoDienThoai": PHONE,
            "AnDanh": True,
            "NgayGui": now(),
            "NgayTiepNhan": now(),
            "TrangThai": "2",
            "CongKhai": False,
            "BiMat": False,
            "isUpdating": False,
        }
        return Operation(key=Key(id=uuid4(), operation="dong_bo", code=self._code()), fields=fields)

    def append(self, ref: str) -> Operation:
        fields = {"NoiDungYeuCau": CONTENT, "NgayXuLy": now()}
        return Operation(key=Key(id=uuid4(), operation="yeu_cau_bo_sung", ref=ref), fields=fields)

    def forbidden(self, ref: str) -> Operation:
        event = "register:981"
        fields = {"MaTienDo": event, "TrangThai": "5", "ThoiDiemXuLy": now(), "NoiDungXuLy": CONTENT}
        key = Key(id=uuid4(), operation="tien_do", ref=ref, natural={"MaTienDo": event})
        return Operation(key=key, fields=fields)

    async def send_file(self, content: bytes) -> Operation:
        attachment = Attachment(
            id="register:12",
            role="question",
            file_name="don.pdf",
            media_type="application/pdf",
            size=len(content),
            sha256=digest_bytes(content),
        )
        file = OutgoingFile(attachment=attachment, uri=self.host.put("/tai-tep/mau.pdf", content))
        made = self.create()
        return Operation(key=made.key, fields=made.fields, files=(file,))


@dataclass(kw_only=True)
class Government(PortalSubject):
    """The Government Portal."""

    async def born(self) -> str:
        return await self._born({"kind": "CONDUCT", "field": "TTHC", "submitter_type": "INDIVIDUAL"})

    async def waiting(self) -> int | None:
        return len((await self.control.get("/control/queue")).json())

    async def knocks(self) -> int:
        journal = (await self.control.get("/control/journal")).json()
        return sum(1 for entry in journal if "FailedAuthentication" in entry["outcome"])

    async def lose_reply(self, operation: Operation, *, committed: bool) -> None:
        await self._fail_next(service=operation.key.operation, mode=_mode(committed), times=1)

    def create(self) -> Operation:
        fields = {
            "CaseKind": "CONDUCT",
            "Channel": "AGENCY",
            "SubmitterType": "BUSINESS",
            "Title": f"Việc của {NAME}",
            "Content": CONTENT,
            "ReceivingOrgan": AGENCY,
            "SubmittedAt": now(),
            "AssignedAt": now(),
            "Submitter": {"FullName": NAME, "Phone": PHONE, "Anonymous": True},
            "Private": False,
        }
        return Operation(key=Key(id=uuid4(), operation="SubmitCase", code=self._code()), fields=fields)

    def append(self, ref: str) -> Operation:
        return self._status(ref, "ACCEPTED")

    def forbidden(self, ref: str) -> Operation:
        return self._status(ref, "IN_PROGRESS")

    def _status(self, ref: str, status: str) -> Operation:
        key = Key(
            id=uuid4(),
            operation="UpdateCaseStatus",
            ref=ref,
            natural={"Status": status},
        )
        fields = {"Status": status, "ActorOrganId": AGENCY, "OccurredAt": now(), "Note": CONTENT}
        return Operation(key=key, fields=fields)

    async def send_file(self, content: bytes) -> Operation:
        attachment = Attachment(
            id="register:12", role="question", file_name="don.pdf", media_type="application/pdf"
        )
        made = self.create()
        file = OutgoingFile(attachment=attachment, content=content)
        return Operation(key=made.key, fields=made.fields, files=(file,))


@contextlib.asynccontextmanager
async def national(mappings: MappingSet) -> AsyncIterator[National]:
    """A fresh twin of the national portal with an adapter on it."""
    plugin = national_portal.plugin
    async with (
        contextlib.aclosing(Clients()) as clients,
        national_twin.running(national_twin.Settings(password=PASSWORD)) as twin,
    ):
        settings = {
            "adapter_base": twin.url,
            "madonvi": AGENCY,
            "password": PASSWORD,
            "page_size": PAGE_SIZE,
        }
        async with httpx.AsyncClient(base_url=twin.control_url) as control:
            yield National(
                system=clients.build(plugin, **settings),
                mapping=mappings.for_system(plugin.name),
                control=control,
                clients=clients,
                settings=settings,
                plugin=plugin,
                wrong={"password": "mat-khau-sai"},
                dead={"adapter_base": "http://127.0.0.1:9"},
                host=clients.host(),
            )


@contextlib.asynccontextmanager
async def government(mappings: MappingSet) -> AsyncIterator[Government]:
    """A fresh twin of the Government Portal with an adapter on it."""
    plugin = government_portal.plugin
    async with (
        contextlib.aclosing(Clients()) as clients,
        government_twin.running(seed=1, passwords=(PASSWORD,)) as twin,
    ):
        settings = {
            "endpoint": twin.url,
            "system_id": twin.username,
            "password": PASSWORD,
            "organ_id": AGENCY,
            "max_items": PAGE_SIZE,
        }
        async with httpx.AsyncClient(base_url=twin.control_url) as control:
            yield Government(
                system=clients.build(plugin, **settings),
                mapping=mappings.for_system(plugin.name),
                control=control,
                clients=clients,
                settings=settings,
                plugin=plugin,
                wrong={"password": "mat-khau-sai"},
                dead={"endpoint": "http://127.0.0.1:9/feedback"},
            )


national_suite = AdapterSuite(national)
government_suite = AdapterSuite(government)
