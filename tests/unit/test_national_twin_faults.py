"""Transport faults and one-shot failures (national-portal contract §10.9, §10.7 rows 14 and 15)."""

import base64
import json
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


async def test_drop_after_commit_takes_effect_and_says_nothing(portal: Kit) -> None:
    case_id = await portal.create()
    await portal.login()
    portal.switch(drop_after_commit=True)
    with pytest.raises(httpx.RemoteProtocolError):
        await portal.accept(case_id)
    assert (await portal.dump(case_id))["status"] == "ACCEPTED"
    entry = portal.twin.journal.entries()[-1]
    assert (entry["outcome"], entry["faults"], entry["effect"]) == ("ok", ["drop_after_commit"], True)
    assert (await portal.call(LIST))["error_code"] == "0", "reads are not hit"
    assert (await portal.refuse(case_id))["error_code"] == "-1", "nor writes without effect"


async def test_drop_before_has_no_effect(portal: Kit) -> None:
    case_id = await portal.create()
    await portal.login()
    portal.switch(drop_before=True)
    with pytest.raises(httpx.RemoteProtocolError):
        await portal.accept(case_id)
    assert (await portal.dump(case_id))["status"] == "ASSIGNED"


async def test_http_503_with_retry_after(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(http_503=True, retry_after_s=7)
    reply = await portal.post(body)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "7")


async def test_html_502_is_an_adapter_page(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(html_502=True)
    reply = await portal.post(body)
    assert reply.status_code == 502
    assert reply.text.startswith("<html>")


async def test_busy_is_a_business_answer(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(busy=True)
    assert (await portal.post(body)).json() == {"error_code": "-1", "message": BUSY, "result": []}


async def test_malformed_body_is_cut_off(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(malformed_body=True)
    reply = await portal.post(body)
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()


async def test_wrong_charset_lies_about_its_bytes(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(wrong_charset=True)
    reply = await portal.post(body)
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        reply.content.decode()


async def test_slow_answers_after_the_effect(portal: Kit) -> None:
    case_id = await portal.create()
    await portal.login()
    portal.switch(slow=True, slow_s=30)
    portal.http.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        await portal.accept(case_id)
    portal.http.timeout = httpx.Timeout(10)
    assert (await portal.dump(case_id))["status"] == "ACCEPTED"


async def test_slow_drip_arrives_whole(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(slow_drip=True, drip_s=0.02)
    began = time.monotonic()
    assert (await portal.post(body)).json()["error_code"] == "0"
    assert time.monotonic() - began >= 0.1


async def test_latency_comes_before_every_answer(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(latency_s=0.1)
    began = time.monotonic()
    await portal.post(body)
    assert time.monotonic() - began >= 0.1


async def test_rate_limit_counts_a_minute(portal: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 500.0
    monkeypatch.setattr(portal.twin.faults, "_monotonic", lambda: seconds)
    body = await envelope(portal)
    portal.switch(rate_limit=2)
    assert [(await portal.post(body)).json()["message"] == BUSY for _ in range(3)] == [False, False, True]
    seconds += 60
    assert (await portal.post(body)).json()["message"] != BUSY


async def test_a_share_hits_some_calls(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(http_503=0.3)
    codes = [(await portal.post(body)).status_code for _ in range(60)]
    assert 5 <= codes.count(503) <= 35


async def test_faults_may_be_kept_to_some_services(portal: Kit) -> None:
    body = await envelope(portal)
    portal.switch(http_503=True, fault_services=["TraCuuPAKN"])
    assert (await portal.post(body)).status_code == 200
    assert (await portal.post(body | {"service": "TraCuuPAKN"})).status_code == 503


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


@pytest.mark.parametrize(("mode", "status"), [("http_503", 503), ("html_502", 502)])
async def test_fail_next_answers_with_a_status(portal: Kit, mode: str, status: int) -> None:
    body = await envelope(portal)
    portal.switch(fail_next={"service": LIST, "mode": mode})
    assert [(await portal.post(body)).status_code for _ in range(2)] == [status, 200]


async def test_fail_next_drops_before_any_effect(portal: Kit) -> None:
    case_id = await portal.create()
    await portal.login()
    portal.switch(fail_next={"mode": "drop_before"})
    with pytest.raises(httpx.RemoteProtocolError):
        await portal.accept(case_id)
    assert (await portal.dump(case_id))["status"] == "ASSIGNED"
    assert (await portal.accept(case_id))["error_code"] == "0"


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
