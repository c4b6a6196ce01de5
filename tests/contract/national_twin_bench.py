"""A twin of the national portal with clients of it, and operations to send. Shared by the client's twin tests."""

import asyncio
import base64
import hashlib
import json
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette

from adapters.national_portal import plugin
from adapters.national_portal.twin import Profile, Running, Settings, running
from connector.case import Attachment
from connector.clock import SystemClock
from connector.system import Key, Operation, Record, Surroundings, System
from connector.transport import HttpClient, TransportSettings

AGENCY = "000.00.00.H56"
NEIGHBOUR = "000.00.77.H56"
DSTCODE = "VN:GOV:000.00.00.G22:vpcpdvcprovider"
PREFIX = "/VXPAdapter/RestService/forward"
CODE = "000.00.00.H56-261118-00057"
PDF = b"%PDF-1.7\nTra loi mau"


class Bench:
    """A twin, a client of it, and the twin's control face."""

    def __init__(self, twin: Running) -> None:
        self.twin = twin
        self.clients: list[System] = []

    def client(self, **changes: Any) -> System:
        least = {"adapter_base": self.twin.url, "madonvi": AGENCY, "password": "mat-khau-mau"}
        clock = SystemClock()
        transport = TransportSettings(
            plain_http_hosts=("127.0.0.1",), breaker_failures=1000, retry_base_s=0.01, read_timeout_s=5
        )
        http = HttpClient("national_portal", transport, clock)
        self.clients.append(
            plugin.build(plugin.settings(**(least | changes)), Surroundings(http=http, clock=clock))
        )
        return self.clients[-1]

    def turn(self, **switches: Any) -> None:
        self.twin.twin.set_profile(Profile.parse(switches))

    def fail_next(self, service: str, mode: str, times: int = 1) -> None:
        self.twin.twin.faults.fail_next({"service": service, "mode": mode, "times": times})

    def journal(self, service: str) -> list[dict[str, Any]]:
        return [entry for entry in self.twin.twin.journal.entries(since=0) if entry["service"] == service]

    async def control(self, method: str, path: str, body: object = None) -> Any:
        """One request to the control port."""
        host, _, port = self.twin.control_url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} /control{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(content)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + content)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        status, _, rest = answer.partition(b"\r\n")
        assert b" 20" in status, answer
        return json.loads(rest.partition(b"\r\n\r\n")[2])

    async def case(self, **changes: Any) -> str:
        body = {
            "title": "Chậm trả kết quả hồ sơ hộ tịch",
            "content": "Tôi nộp hồ sơ tại xã Mẫu, quá hẹn ba ngày vẫn chưa nhận được kết quả.",
            "kind": "1",
            "source": "1",
            "agency": AGENCY,
            "submitter_type": "1",
            "sender": {
                "name": "Nguyễn Văn Mẫu",
                "phone": "0900000000",
                "address": "Thôn Mẫu",
                "email": "mau@example.com",
            },
            "anonymous": True,
            "private": False,
        }
        made = await self.control("POST", "/cases", body | changes)
        return str(made["id"])

    async def event(self, ref: str, name: str, **body: Any) -> None:
        await self.control("POST", f"/cases/{ref}/{name}", body)

    async def dump(self, ref: str) -> dict[str, Any]:
        dumped: dict[str, Any] = await self.control("GET", f"/cases/{ref}")
        return dumped


@asynccontextmanager
async def twin_bench() -> AsyncIterator[Bench]:
    """A twin behind an adapter's path, with its clients; all are closed at the end."""
    async with running(Settings(prefix=PREFIX, dstcode=DSTCODE)) as twin:
        made = Bench(twin)
        yield made
        for client in made.clients:
            await client.aclose()


def operation(name: str, ref: str | None, fields: dict[str, Any], **key: Any) -> Operation:
    files = key.pop("files", ())
    return Operation(key=Key(id=uuid4(), operation=name, ref=ref, **key), fields=fields, files=files)


def now() -> datetime:
    return datetime.now(UTC)


def accept(ref: str, code: str | None = None) -> Operation:
    fields = {"NgayTiepNhan": now(), "NguoiTiepNhan": "cb-mau-01"} | ({"MaPAKNDonVi": code} if code else {})
    return operation("tiep_nhan", ref, fields, code=code)


def refuse(ref: str) -> Operation:
    fields = {"LyDo": "Ngoài phạm vi tiếp nhận.", "MaLyDo": "NGOAI_LINH_VUC", "NgayXuLy": now()}
    return operation("tu_choi", ref, fields)


def ask(ref: str) -> Operation:
    return operation(
        "yeu_cau_bo_sung", ref, {"NoiDungYeuCau": "Đề nghị bổ sung mã hồ sơ.", "NgayXuLy": now()}
    )


def transfer(ref: str) -> Operation:
    fields = {
        "LoaiChuyen": "1",
        "MaDonViNhan": NEIGHBOUR,
        "LyDo": "Thuộc thẩm quyền của Sở Mẫu.",
        "NgayChuyen": now(),
    }
    return operation("chuyen", ref, fields)


def progress(ref: str, event: str = "register:981", status: str = "5") -> Operation:
    fields = {
        "MaTienDo": event,
        "TrangThai": status,
        "ThoiDiemXuLy": now(),
        "NoiDungXuLy": "Đang kiểm tra hồ sơ.",
    }
    return operation("tien_do", ref, fields, natural={"MaTienDo": event})


def answer(
    ref: str, version: int = 1, text: str = "Đã trả kết quả hồ sơ ngày 18/11/2026.", **more: Any
) -> Operation:
    digest = hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()
    fields = {
        "LANTRALOI": version,
        "NOIDUNGTRALOI": text,
        "NGUOITRALOI": "Trần Thị Ví Dụ",
        "CHUCVUNGUOITRALOI": "Phó Chánh Văn phòng",
        "NGAYTRALOI": now(),
        "SOVANBAN": "123/VP-MAU",
        "CONGKHAI": True,
    }
    return operation(
        "ket_qua", ref, fields, natural={"LANTRALOI": str(version), "MABAMTRALOI": digest}, **more
    )


def push(
    *, updating: bool = False, ref: str | None = None, code: str = CODE, title: str = "Bỏ một giấy tờ"
) -> Operation:
    fields = {
        "Nguon": "9",
        "LoaiPAKN": "2",
        "DoiTuong": "2",
        "MaDonVi": AGENCY,
        "TenDonVi": "UBND tỉnh Thanh Hóa",
        "TieuDe": title,
        "NoiDung": "Doanh nghiệp phải nộp hai bản cùng nội dung.",
        "HoVaTen": "Nguyễn Văn Mẫu",
        "SoDienThoai": "0900000000",
        "AnDanh": True,
        "NgayGui": now(),
        "NgayTiepNhan": now(),
        "HanXuLy": None,
        "TrangThai": "2",
        "CongKhai": False,
        "BiMat": False,
        "isUpdating": updating,
    }
    return operation("dong_bo", ref, fields, code=code)


async def accepted(bench: Bench, client: System) -> str:
    ref = await bench.case()
    await client.apply(accept(ref))
    return ref


async def listed(client: System) -> list[Record]:
    return [record async for page in client.changes(None) for record in page.records]


def upload(name: str, content: bytes = PDF) -> dict[str, Any]:
    return {
        "name": name,
        "media_type": "application/pdf",
        "content_base64": base64.b64encode(content).decode(),
        "signed": False,
    }


def attachment(file: dict[str, Any]) -> Attachment:
    return Attachment(
        id=f"national_portal:{file['TEPID']}",
        role="question",
        file_name=file["TENTEP"],
        locator=file["DUONGDAN"],
    )


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """An application on a free port of this machine."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, lifespan="off", loop="none", ws="none"
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells it in no other way
        await asyncio.sleep(0.005)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
