"""A portal that says exactly what a test tells it to say, and operations to send to it. Shared by the client's tests."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from adapters.national_portal import plugin
from connector.system import Key, Operation, Record, Surroundings, System
from connector.transport import HttpClient, TransportSettings
from tests.listening import listening

SAMPLES = Path(__file__).parents[2] / "fixtures" / "national_portal"
AGENCY = "000.00.00.H56"
DSTCODE = "VN:GOV:000.00.00.G22:vpcpdvcprovider"
REF = "900000123"
CODE = "000.00.00.H56-261118-00057"
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


class Dropped:
    """The connection is closed without an answer."""


@dataclass(frozen=True)
class Raw:
    """An answer that is no JSON of ours."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Reply = dict[str, Any] | Raw | Dropped


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ok(message: str = "Thực hiện thành công", *rows: object) -> dict[str, Any]:
    return {"error_code": "0", "message": message, "result": list(rows)}


def no(message: str, *rows: object, code: object = "-1") -> dict[str, Any]:
    return {"error_code": code, "message": message, "result": list(rows)}


def sample(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_bytes())
    return body


SESSION_DEAD = no("Phiên làm việc không hợp lệ hoặc đã hết hạn")
ROW = {
    "PAKNID": int(REF),
    "MAPAKN": "PAKN-MAU-000123",
    "MADONVI": AGENCY,
    "TRANGTHAI": "3",
    "NGAYCAPNHAT": "20261117081003",
}


class Portal:
    """Answers each service from its script: the next reply of a list, the last one for ever."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.script: dict[str, list[Reply | Callable[[Seen], Reply]]] = {}
        self.files: dict[str, Reply] = {}
        self.logins = 0
        self.url = ""

    def on(self, service: str, *replies: Reply | Callable[[Seen], Reply]) -> None:
        self.script[service] = list(replies)

    def calls(self, service: str) -> list[Seen]:
        return [seen for seen in self.seen if _service(seen) == service]

    def bodies(self, service: str) -> list[dict[str, Any]]:
        return [seen.json for seen in self.calls(service)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (seen := await _read(reader)) is not None:
            self.seen.append(seen)
            reply = self._reply(seen)
            if isinstance(reply, Dropped):
                break
            writer.write(_bytes(reply))
            await writer.drain()

    def _reply(self, seen: Seen) -> Reply:
        service = _service(seen)
        if service is None:
            return self.files.get(seen.path, Raw(404))
        if service == "login" and service not in self.script:
            self.logins += 1
            return {"error_code": "0", "message": "Đăng nhập thành công", "session": f"phien-{self.logins}"}
        replies = self.script.get(service, [no(f"Dịch vụ không được hỗ trợ: {service}")])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply(seen) if callable(reply) else reply


def _service(seen: Seen) -> str | None:
    if seen.path.endswith("/mapi/login"):
        return "login"
    if seen.path == "/token":
        return "token"
    if seen.path.startswith("/facade/"):
        return seen.path.rpartition("/")[2]
    if seen.method == "POST" and seen.path.endswith("/mapi/g"):
        return str(seen.json["service"])
    return None


async def _read(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.decode().strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Seen(method, parts.path, parse_qs(parts.query), headers, body)


def _bytes(reply: Reply) -> bytes:
    assert not isinstance(reply, Dropped)
    if isinstance(reply, dict):
        reply = Raw(200, json.dumps(reply, ensure_ascii=False).encode(), {"Content-Type": "application/json"})
    headers = {
        **reply.headers,
        "Content-Length": str(len(reply.body)),
        "Date": "Fri, 20 Nov 2026 01:00:00 GMT",
    }
    lines = [f"HTTP/1.1 {reply.status} Answer", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + reply.body


class ManualClock:
    """Stands still unless someone waits."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)


Connect = Callable[..., System]


@asynccontextmanager
async def scripted_portal() -> AsyncIterator[Portal]:
    """A portal that listens on a free port."""
    made = Portal()
    async with listening(made.serve) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


@asynccontextmanager
async def connecting(portal: Portal, clock: ManualClock) -> AsyncIterator[Connect]:
    """Makes clients with the settings that a test changes, and closes them."""
    made: list[System] = []

    def build(**changes: Any) -> System:
        least = {"adapter_base": f"{portal.url}/forward", "madonvi": AGENCY, "password": "mat-khau-mau"}
        transport = TransportSettings(plain_http_hosts=("127.0.0.1",), breaker_failures=1000)
        http = HttpClient("national_portal", transport, clock)
        made.append(plugin.build(plugin.settings(**(least | changes)), Surroundings(http=http, clock=clock)))
        return made[-1]

    yield build
    for client in made:
        await client.aclose()


def accept(ref: str = REF, key: UUID | None = None) -> Operation:
    return Operation(
        key=Key(id=key or uuid4(), operation="tiep_nhan", ref=ref),
        fields={"NgayTiepNhan": NOW, "NguoiTiepNhan": "cb-mau-01"},
    )


def progress(ref: str, event: str) -> Operation:
    return Operation(
        key=Key(id=uuid4(), operation="tien_do", ref=ref, natural={"MaTienDo": event}),
        fields={
            "MaTienDo": event,
            "TrangThai": "5",
            "ThoiDiemXuLy": NOW,
            "NoiDungXuLy": "Đang kiểm tra hồ sơ.",
        },
    )


def answer(ref: str = REF, version: int = 1, text: str = "Đã trả kết quả.") -> Operation:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Operation(
        key=Key(
            id=uuid4(),
            operation="ket_qua",
            ref=ref,
            natural={"LANTRALOI": str(version), "MABAMTRALOI": digest},
        ),
        fields={
            "LANTRALOI": version,
            "NOIDUNGTRALOI": text,
            "NGUOITRALOI": "Trần Thị Ví Dụ",
            "CHUCVUNGUOITRALOI": "Phó Chánh Văn phòng",
            "NGAYTRALOI": NOW,
            "CONGKHAI": True,
        },
    )


def push(*, updating: bool = False, ref: str | None = None) -> Operation:
    return Operation(
        key=Key(id=uuid4(), operation="dong_bo", ref=ref, code=CODE),
        fields={
            "Nguon": "9",
            "LoaiPAKN": "2",
            "DoiTuong": "2",
            "MaDonVi": AGENCY,
            "TenDonVi": "UBND tỉnh Thanh Hóa",
            "TieuDe": "Đề nghị bỏ một giấy tờ trùng",
            "NoiDung": "Đề nghị bãi bỏ một bản.",
            "NgayGui": NOW,
            "NgayTiepNhan": NOW,
            "TrangThai": "2",
            "CongKhai": False,
            "BiMat": False,
            "isUpdating": updating,
        },
    )


PUSHED = {
    "PAKNID": 900000456,
    "MAPAKN": "PAKN-MAU-000456",
    "MAPAKNDONVI": CODE,
    "MADONVI": AGENCY,
    "TRANGTHAI": "2",
    "NGAYCAPNHAT": "20261118080102",
}


async def records(client: System, since: str | None = None) -> list[Record]:
    return [record async for page in client.changes(since) for record in page.records]


async def ends(*writes: Any) -> list[Any]:
    return await asyncio.gather(*writes, return_exceptions=True)


def with_act(
    action: str, status: str, *, echo: str | None = None, agency: str = AGENCY, **more: Any
) -> dict[str, Any]:
    """A detail whose last act is this one."""
    body = sample("detail")
    case = body["result"][0]
    act = {
        "LICHSUID": 3,
        "THOIDIEM": "20261117081003",
        "HANHDONG": action,
        "TRANGTHAITRUOC": case["TRANGTHAI"],
        "TRANGTHAISAU": status,
        "MADONVI": agency,
        "MAGIAODICH": echo,
    }
    case["LICHSU"].append(act)
    case.update({"TRANGTHAI": status, "NGAYCAPNHAT": "20261117081003"} | more)
    return body
