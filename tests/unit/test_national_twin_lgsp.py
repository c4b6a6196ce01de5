"""A province's LGSP in front of the twin: WSO2 token, thin facade (national-portal contract §1.2)."""

import base64
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.national_twin_kit import DAY, OTHER, OURS, PASSWORD, Kit, kit

CONSUMER = "khoa-mau:bi-mat-mau"
BASIC = {"Authorization": f"Basic {base64.b64encode(CONSUMER.encode()).decode()}"}
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
async def wso2() -> AsyncIterator[Kit]:
    async with kit(consumer=CONSUMER) as found:
        yield found


@pytest.fixture
async def facade() -> AsyncIterator[Kit]:
    async with kit(facade=True) as found:
        yield found


async def test_a_token_opens_the_gateway(wso2: Kit) -> None:
    reply = await wso2.http.post(f"{wso2.served.url}/token", data=GRANT, headers=BASIC)
    told = reply.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    bearer = {"Authorization": f"Bearer {told['access_token']}"}
    body = {"username": OURS, "password": PASSWORD}
    opened = await wso2.http.post(f"{wso2.served.url}/mapi/login", json=body, headers=bearer)
    assert opened.json()["error_code"] == "0"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer la"}, BASIC])
async def test_without_a_living_token_the_portal_is_not_reached(wso2: Kit, header: dict[str, str]) -> None:
    reply = await wso2.http.post(f"{wso2.served.url}/mapi/login", json={}, headers=header)
    assert reply.status_code == 401
    assert reply.json()["fault"]["code"] == 900901


async def test_a_token_expires(wso2: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 100.0
    monkeypatch.setattr(wso2.twin.clock, "monotonic", lambda: seconds)
    token = (await wso2.http.post(f"{wso2.served.url}/token", data=GRANT, headers=BASIC)).json()[
        "access_token"
    ]
    bearer = {"Authorization": f"Bearer {token}"}
    seconds += 3600
    assert (await wso2.http.post(f"{wso2.served.url}/mapi/login", json={}, headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [(GRANT, {}, 401), (GRANT, {"Authorization": "Basic !"}, 401), ({"grant_type": "password"}, BASIC, 400)],
)
async def test_a_token_needs_the_right_key_and_grant(
    wso2: Kit, data: dict[str, str], headers: dict[str, str], status: int
) -> None:
    reply = await wso2.http.post(f"{wso2.served.url}/token", data=data, headers=headers)
    assert reply.status_code == status


async def through(portal: Kit, service: str, body: object, **query: str) -> httpx.Response:
    url = f"{portal.served.url}/KetNoiMotCuaQuocGia/{service}"
    return await portal.http.post(url, json=body, params=query)


async def test_the_facade_owns_session_and_agency(facade: Kit) -> None:
    """The caller sends the bare array: rows of ``data``, or one object with a service's own fields."""
    case_id = await facade.create()
    listed = (await through(facade, "DanhSachPAKNChoXuLy", [])).json()
    assert [row["PAKNID"] for row in listed["result"]] == [case_id]
    accepted = await through(facade, "TiepNhanPAKN", [{"PAKNID": case_id, "NgayTiepNhan": f"{DAY}081000"}])
    assert accepted.json()["result"][0]["TRANGTHAI"] == "3"
    moved = (await through(facade, "CapNhatTienDoPAKN", [facade.step(case_id)], madonvi=OURS)).json()
    assert moved["message"] == "Cập nhật tiến độ thành công 1/1 bản ghi"
    pushed = await through(facade, "DongBoPAKN", [facade.pushed()], MaDinhDanhDV=OURS, isUpdating="False")
    assert pushed.json()["error_code"] == "0"


async def test_the_facade_speaks_for_its_own_agency_only(facade: Kit) -> None:
    told = (await through(facade, "DanhSachPAKNChoXuLy", [], MaDinhDanhDV=OTHER)).json()
    assert told["message"] == "Mã đơn vị không khớp với tài khoản"


async def test_the_facade_fetches_files_as_base64(facade: Kit) -> None:
    file = {"name": "a.pdf", "content_base64": base64.b64encode(b"%PDF-").decode()}
    case_id = await facade.create(files=[file])
    item = (await through(facade, "LayChiTietPAKN", [{"PAKNID": case_id}])).json()["result"][0]
    reply = await through(facade, "getfile", {"DuongDan": item["TEPDINHKEM"][0]["DUONGDAN"]})
    assert base64.b64decode(json.loads(reply.content)) == b"%PDF-"
    assert (
        await through(facade, "getfile", {"DuongDan": "http://provider.example/tep/la"})
    ).status_code == 404
    assert (await through(facade, "getfile", [])).status_code == 404


async def test_unknown_services_stay_unknown(facade: Kit) -> None:
    told = (await through(facade, "KhongCo", [])).json()
    assert told["message"] == "Dịch vụ không được hỗ trợ: KhongCo"


async def test_faults_reach_the_facade_too(facade: Kit) -> None:
    facade.switch(fail_next={"service": "DanhSachPAKNChoXuLy", "mode": "http_503"})
    codes = [(await through(facade, "DanhSachPAKNChoXuLy", [])).status_code for _ in range(2)]
    assert codes == [503, 200]
