"""Transport faults and one-shot failures (national-portal contract §10.9, §10.7 rows 14 and 15)."""

import base64
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.unit.national_twin_kit import OURS, Kit, kit

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Kit]:
    async with kit() as found:
        yield found


@pytest.fixture
def portal(served: Kit) -> Kit:
    served.reset()
    return served


LIST = "DanhSachPAKNChoXuLy"
BUSY = "Hệ thống đang bận, vui lòng thử lại sau"


async def envelope(portal: Kit, service: str = LIST) -> dict[str, str]:
    return {"session": await portal.login(), "madonvi": OURS, "service": service}


async def test_busy_is_a_business_answer(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(busy=True)
    assert (await portal.post(body)).json() == {"error_code": "-1", "message": BUSY, "result": []}


async def test_files_meet_the_same_faults(portal: Kit) -> None:
    file = {"name": "a.pdf", "content_base64": base64.b64encode(b"%PDF-").decode()}
    case_id = await portal.create(files=[file])
    item = (await portal.call("LayChiTietPAKN", PAKNID=case_id))["result"][0]
    address = portal.served.url + "/" + item["TEPDINHKEM"][0]["DUONGDAN"].split("/", 3)[3]
    portal.switch(fail_next={"service": "tep", "mode": "http_503"})
    assert [(await portal.http.get(address)).status_code for _ in range(2)] == [503, 200]


# ---- fail_next -----------------------------------------------------------------------------------------------


async def test_fail_next_drops_so_many_writes_after_their_effect(portal: Kit) -> None:
    cases = [await portal.create() for _ in range(3)]
    await portal.login()
    portal.switch(fail_next={"service": "TiepNhanPAKN", "mode": "drop_after_commit", "times": 2})
    for case_id in cases[:2]:
        with pytest.raises(httpx.RemoteProtocolError):
            await portal.accept(case_id)
    assert (await portal.accept(cases[2]))["error_code"] == "0"
    assert {(await portal.dump(case_id))["status"] for case_id in cases} == {"ACCEPTED"}


async def test_fail_next_kills_the_session_or_is_busy(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(fail_next=[{"service": LIST, "mode": "session"}, {"service": "*", "mode": "busy"}])
    assert (await portal.post(body)).json()["message"] == "Phiên làm việc không hợp lệ hoặc đã hết hạn"
    assert (await portal.post(body)).json()["message"] == BUSY


async def test_fail_next_slow_delays_the_answer_of_a_login(portal: Kit) -> None:
    portal.switch(fail_next={"service": "login", "mode": "slow", "delay_s": 0.2})
    began = time.monotonic()
    await portal.login()
    assert time.monotonic() - began >= 0.2


async def test_one_shot_failures_may_be_added_while_it_runs(portal: Kit) -> None:
    body = await envelope(portal)
    rule = {"service": LIST, "mode": "http_503", "times": 1}
    added = await portal.control("POST", "fail_next", rule)
    assert added.json() == {"fail_next": [rule | {"delay_s": None}]}
    assert [(await portal.post(body)).status_code for _ in range(2)] == [503, 200]
    assert (await portal.control("GET", "profile")).json()["fail_next"] == []
