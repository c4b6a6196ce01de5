"""A small client for the tests of the national portal's twin: raw requests in, decoded JSON out."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx

from adapters.national_portal.twin import Profile, Running, Settings, running

OURS = "000.00.00.H56"
VPCP = "000.00.00.G22"
OTHER = "000.00.00.H99"
PASSWORD = "mat-khau-thu"
FIRST_DAY = "2026-11-16T09:15:00+07:00"
DAY = "20261117"


class Kit:
    """One twin, spoken to over real HTTP. Its clock stands still at ``FIRST_DAY`` until a test moves it."""

    def __init__(self, served: Running, http: httpx.AsyncClient) -> None:
        self.served, self.http = served, http
        self.twin = served.twin
        self.sessions: dict[str, str] = {}

    async def login(self, agency: str = OURS) -> str:
        told = await self.raw_login(username=agency, password=PASSWORD)
        self.sessions[agency] = told["session"]
        return told["session"]

    async def raw_login(self, **body: Any) -> dict[str, Any]:
        return (await self.http.post(f"{self.served.url}/mapi/login", json=body)).json()

    async def post(self, body: Any, **how: Any) -> httpx.Response:
        return await self.http.post(f"{self.served.url}/mapi/g", json=body, **how)

    async def call(self, service: str, *, as_agency: str = OURS, **fields: Any) -> dict[str, Any]:
        """One service as that agency, logged in on demand."""
        session = self.sessions.get(as_agency) or await self.login(as_agency)
        body = {"session": session, "madonvi": as_agency, "service": service} | fields
        reply = await self.post(body)
        assert reply.status_code == 200
        return reply.json()

    async def control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.http.request(method, f"{self.served.control_url}/control/{path}", json=body)

    async def create(self, **changes: Any) -> int:
        """The case of the contract's examples, under its id."""
        body = {
            "title": "Chậm trả kết quả hồ sơ hộ tịch",
            "content": "Tôi nộp hồ sơ tại xã Mẫu từ ngày 02/11/2026, quá hẹn ba ngày vẫn chưa nhận được kết quả.",
            "kind": "1",
            "field": "G15-MAU01",
            "field_name": "Hộ tịch (mẫu)",
            "agency": OURS,
            "source": "1",
            "submitter_type": "1",
            "sender": {
                "name": "Nguyễn Văn Mẫu",
                "phone": "0900000000",
                "address": "Thôn Mẫu, xã Mẫu, tỉnh Thanh Hóa",
                "email": "nguyenvanmau@example.com",
            },
            "submitted_at": "2026-11-15T20:30:00+07:00",
            "due_at": "2026-12-08T23:59:59+07:00",
        }
        reply = await self.control("POST", "cases", body | changes)
        assert reply.status_code == 201, reply.text
        return int(reply.json()["id"])

    async def event(self, case_id: int, name: str, **body: Any) -> httpx.Response:
        return await self.control("POST", f"cases/{case_id}/{name}", body)

    async def happen(self, case_id: int, name: str, **body: Any) -> str:
        """An event that must be allowed; gives the new status."""
        reply = await self.event(case_id, name, **body)
        assert reply.status_code == 200, reply.text
        return reply.json()["status"]

    async def dump(self, case_id: int) -> dict[str, Any]:
        return (await self.control("GET", f"cases/{case_id}")).json()

    def switch(self, **switches: Any) -> None:
        self.twin.set_profile(Profile.parse(switches))

    def at(self, instant: str) -> None:
        self.twin.clock.set(datetime.fromisoformat(instant), frozen=True)

    # ---- writes with the least that the contract asks for ------------------------------------------------------

    async def accept(self, case_id: int, **more: Any) -> dict[str, Any]:
        return await self.call("TiepNhanPAKN", PAKNID=case_id, NgayTiepNhan=f"{DAY}081000", **more)

    async def refuse(self, case_id: int, **more: Any) -> dict[str, Any]:
        given = {"LyDo": "Không thuộc phạm vi tiếp nhận.", "NgayXuLy": f"{DAY}090000"}
        return await self.call("TuChoiPAKN", PAKNID=case_id, **(given | more))

    async def ask(self, case_id: int, **more: Any) -> dict[str, Any]:
        given = {"NoiDungYeuCau": "Đề nghị bổ sung mã hồ sơ.", "NgayXuLy": f"{DAY}090000"}
        return await self.call("YeuCauBoSungPAKN", PAKNID=case_id, **(given | more))

    async def transfer(self, case_id: int, **more: Any) -> dict[str, Any]:
        given = {"LoaiChuyen": "2", "LyDo": "Không thuộc thẩm quyền.", "NgayChuyen": f"{DAY}100000"}
        return await self.call("ChuyenPAKN", PAKNID=case_id, **(given | more))

    async def progress(
        self, case_id: int, event: str = "ev-1", status: str = "5", **more: Any
    ) -> dict[str, Any]:
        return await self.call("CapNhatTienDoPAKN", data=[self.step(case_id, event, status, **more)])

    @staticmethod
    def step(case_id: int, event: str = "ev-1", status: str = "5", **more: Any) -> dict[str, Any]:
        given = {
            "PAKNID": case_id,
            "MaTienDo": event,
            "TrangThai": status,
            "ThoiDiemXuLy": f"{DAY}143000",
            "NoiDungXuLy": "Đang kiểm tra hồ sơ.",
        }
        return given | more

    async def answer(self, case_id: int, version: int = 1, **more: Any) -> dict[str, Any]:
        return await self.call("DongBoKetQuaXuLyPAKN", data=[self.reply(case_id, version, **more)])

    @staticmethod
    def reply(case_id: int, version: int = 1, **more: Any) -> dict[str, Any]:
        given = {
            "PAKNID": case_id,
            "MADONVI": OURS,
            "LANTRALOI": version,
            "NOIDUNGTRALOI": f"Trả lời lần {version}.",
            "NGUOITRALOI": "Trần Thị Ví Dụ",
            "CHUCVUNGUOITRALOI": "Phó Chánh Văn phòng",
            "NGAYTRALOI": f"{DAY}153000",
            "CONGKHAI": "1",
        }
        return given | more

    async def push(self, *, updating: str = "False", more: Any = None, **changes: Any) -> dict[str, Any]:
        return await self.call(
            "DongBoPAKN", isUpdating=updating, data=[self.pushed(**changes)], **(more or {})
        )

    @staticmethod
    def pushed(**changes: Any) -> dict[str, Any]:
        given = {
            "MaPAKNDonVi": "000.00.00.H56-261118-00057",
            "Nguon": "9",
            "LoaiPAKN": "2",
            "DoiTuong": "2",
            "MaLinhVuc": "G09-MAU02",
            "TenLinhVuc": "Đăng ký kinh doanh (mẫu)",
            "MaDonVi": OURS,
            "TenDonVi": "UBND tỉnh Thanh Hóa",
            "TieuDe": "Đề nghị bỏ một giấy tờ trùng trong thủ tục",
            "NoiDung": "Doanh nghiệp phải nộp hai bản cùng nội dung, đề nghị bãi bỏ một bản.",
            "HoVaTen": "",
            "TenToChuc": "",
            "SoDienThoai": "",
            "DiaChi": "",
            "ThuDienTu": "",
            "AnDanh": "1",
            "NgayGui": "20261118075500",
            "NgayTiepNhan": "20261118080000",
            "HanXuLy": "",
            "TrangThai": "2",
            "CongKhai": "0",
            "BiMat": "0",
            "TepDinhKem": [],
        }
        return given | changes

    async def reach(self, status: str, **changes: Any) -> int:
        """A case brought to that status by the acts that lead there."""
        case_id = await self.create(**changes)
        for step in _WAY[status]:
            await step(self, case_id)
        assert (await self.dump(case_id))["status"] == status
        return case_id

    def reset(self) -> None:
        """A fresh twin on the same ports."""
        self.twin.reset()
        self.sessions.clear()
        self.at(FIRST_DAY)


_ACCEPT = Kit.accept
_WAY: dict[str, list[Callable[[Kit, int], Awaitable[Any]]]] = {
    "ASSIGNED": [],
    "ACCEPTED": [_ACCEPT],
    "UNIT_ASSIGNED": [_ACCEPT, lambda kit, case: kit.progress(case, "dan-1", "4")],
    "IN_PROGRESS": [_ACCEPT, lambda kit, case: kit.progress(case, "dan-1", "5")],
    "SUPPLEMENT_REQUESTED": [Kit.ask],
    "SUPPLEMENTED": [Kit.ask, lambda kit, case: kit.happen(case, "supplement", text="Mã hồ sơ: MAU-1.")],
    "ANSWERED": [_ACCEPT, Kit.answer],
    "PUBLISHED": [_ACCEPT, Kit.answer, lambda kit, case: kit.happen(case, "publish")],
    "REWORK": [_ACCEPT, Kit.answer, lambda kit, case: kit.happen(case, "rework", reason="Trả lời chưa rõ.")],
    "CLOSED": [
        _ACCEPT,
        Kit.answer,
        lambda kit, case: kit.happen(case, "publish"),
        lambda kit, case: kit.happen(case, "close"),
    ],
    "REFUSED": [Kit.refuse],
    "RETURNED_VPCP": [Kit.transfer],
    "TRANSFERRED": [lambda kit, case: kit.transfer(case, LoaiChuyen="1", MaDonViNhan=OTHER)],
    "RECALLED": [lambda kit, case: kit.happen(case, "recall", reason="Gửi nhầm.")],
}


@contextlib.asynccontextmanager
async def kit(profile: Profile | None = None, **settings: Any) -> AsyncIterator[Kit]:
    """A served twin and a client for it."""
    chosen = Settings(password=PASSWORD, **settings)
    async with running(chosen, profile) as served, httpx.AsyncClient(timeout=10) as http:
        found = Kit(served, http)
        found.at(FIRST_DAY)
        yield found
