"""The national portal's client over real HTTP: files, LGSP token, thin facade (contract §1.2, §2.4)."""

import base64
import json
from typing import Any

import pytest

from connector.case import Attachment
from connector.errors import (
    ConnectorError,
    CredentialsRefused,
    Permanent,
    Transient,
    Unreadable,
)
from connector.system import System
from tests.contract.national_scripted import (
    AGENCY,
    DSTCODE,
    PUSHED,
    REF,
    SESSION_DEAD,
    Connect,
    ManualClock,
    Portal,
    Raw,
    Reply,
    accept,
    no,
    ok,
    progress,
    push,
    records,
    sample,
)

PDF = b"%PDF-1.7 giay hen"


def attachment(locator: str | None, name: str = "giay-hen.pdf") -> Attachment:
    return Attachment(id="national_portal:T-123-1", role="question", file_name=name, locator=locator)


@pytest.mark.parametrize(
    ("address", "from_slash", "path"),
    [
        ("http://provider.example/tep/7f3a91", 4, "/forward/7f3a91"),
        ("http://provider.example/tep/7f3a91", 3, "/forward/tep/7f3a91"),
        ("http://provider.example/7f3a91", 4, "/forward/7f3a91"),
        ("/tep/7f3a91", 4, "/forward/tep/7f3a91"),
        ("tep/7f3a91#page=2", 4, "/forward/tep/7f3a91"),
    ],
)
async def test_a_files_address_is_rebased_on_our_own_adapter(
    portal: Portal, connect: Connect, address: str, from_slash: int, path: str
):
    portal.files[path] = Raw(200, PDF)
    client = connect(rebase_from_slash=from_slash)
    assert await client.read_file(REF, attachment(address)) == PDF
    assert portal.seen[-1].headers["dstcode"] == DSTCODE
    assert portal.logins == 0


async def test_an_address_on_our_adapter_is_taken_as_it_is(portal: Portal, client: System):
    portal.files["/forward/tep/7f3a91"] = Raw(200, PDF)
    assert await client.read_file(REF, attachment(f"{portal.url}/forward/tep/7f3a91")) == PDF


async def test_the_query_of_an_address_stays_and_dstcode_joins_it(portal: Portal, connect: Connect):
    portal.files["/forward/7f3a91"] = Raw(200, PDF)
    await connect(dstcode_in="query").read_file(REF, attachment("http://provider.example/tep/7f3a91?v=2"))
    assert portal.seen[-1].query == {"v": ["2"], "dstcode": [DSTCODE]}


@pytest.mark.parametrize(
    "address", [None, "", "http://provider.example", "http://provider.example/tep/../../etc", "//", "/"]
)
async def test_an_address_without_a_usable_path_is_refused(
    portal: Portal, client: System, address: str | None
):
    with pytest.raises(Permanent):
        await client.read_file(REF, attachment(address))
    assert portal.seen == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(Raw(404), Permanent), (Raw(403), Permanent), (Raw(500), Transient), (Raw(200, b"<html>"), Unreadable)],
)
async def test_a_file_that_is_not_served_or_not_what_its_name_says(
    portal: Portal, client: System, reply: Reply, kind: type[ConnectorError]
):
    portal.files["/forward/7f3a91"] = reply
    with pytest.raises(kind):
        await client.read_file(REF, attachment("http://provider.example/tep/7f3a91"))


@pytest.mark.parametrize("name", ["virus.exe", "khong-duoi", "anh.png"])
async def test_a_type_that_the_profile_does_not_take(portal: Portal, client: System, name: str):
    portal.files["/forward/7f3a91"] = Raw(200, PDF)
    with pytest.raises(Unreadable, match="type"):
        await client.read_file(REF, attachment("http://provider.example/tep/7f3a91", name))


async def test_a_file_that_is_too_large_is_not_read_to_its_end(portal: Portal, connect: Connect):
    portal.files["/forward/7f3a91"] = Raw(200, PDF + b"x" * 1000)
    with pytest.raises(ConnectorError):
        await connect(max_file_bytes=100).read_file(REF, attachment("http://provider.example/tep/7f3a91"))


def lgsp(portal: Portal, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "lgsp",
        "token_url": f"{portal.url}/token",
        "consumer_key": "khoa-mau",
        "consumer_secret": "bi-mat-mau",
    } | changes


def token(number: int, expires_in: int = 3600) -> dict[str, Any]:
    return {
        "access_token": f"the-{number}",
        "scope": "am_application_scope default",
        "token_type": "Bearer",
        "expires_in": expires_in,
    }


async def test_a_wso2_gateway_gets_its_token_on_every_call(portal: Portal, connect: Connect):
    portal.on("token", token(1))
    portal.on("DanhSachPAKNChoXuLy", ok())
    await records(connect(route=lgsp(portal)))
    asked, login, listing = portal.seen
    assert asked.body == b"grant_type=client_credentials"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")) == b"khoa-mau:bi-mat-mau"
    assert login.headers["authorization"] == listing.headers["authorization"] == "Bearer the-1"


async def test_a_token_is_renewed_before_it_expires(portal: Portal, connect: Connect, clock: ManualClock):
    portal.on("token", token(1), token(2))
    portal.on("DanhSachPAKNChoXuLy", ok())
    client = connect(route=lgsp(portal, renew_before_s=3500), session_ttl_s=9999)
    await records(client)
    await clock.sleep(1801)
    await records(client)
    used = [seen.headers["authorization"] for seen in portal.calls("DanhSachPAKNChoXuLy")]
    assert used == ["Bearer the-1", "Bearer the-2"]


async def test_a_token_that_the_gateway_forgot_is_replaced_and_the_call_resent(
    portal: Portal, connect: Connect
):
    """The gateway's 401 never reached the portal, so even a write may be sent again."""
    portal.on("token", token(1), token(2))
    portal.on("TiepNhanPAKN", Raw(401), sample("accept"))
    assert (await connect(route=lgsp(portal)).apply(accept())).ref == REF
    assert [seen.headers["authorization"] for seen in portal.calls("TiepNhanPAKN")] == [
        "Bearer the-1",
        "Bearer the-2",
    ]


async def test_a_gateway_that_refuses_a_fresh_token_stops_all_lanes(portal: Portal, connect: Connect):
    portal.on("token", token(1))
    portal.on("login", Raw(401))
    client = connect(route=lgsp(portal))
    for _ in range(3):
        with pytest.raises(CredentialsRefused):
            await client.ping()
    assert len(portal.calls("login")) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_consumer_key_stops_all_lanes(portal: Portal, connect: Connect, status: int):
    portal.on("token", Raw(status, b'{"error": "invalid_client"}'))
    client = connect(route=lgsp(portal))
    for _ in range(3):
        with pytest.raises(CredentialsRefused):
            await client.ping()
    assert len(portal.seen) == 1


@pytest.mark.parametrize(
    "reply",
    [Raw(200, b"<html>"), Raw(500), {"token_type": "Bearer"}, Raw(200, b"[]"), {"access_token": "x\ny"}],
)
async def test_a_token_answer_that_cannot_be_read_is_transient(
    portal: Portal, connect: Connect, reply: Reply
):
    portal.on("token", reply)
    with pytest.raises(Transient) as caught:
        await connect(route=lgsp(portal)).ping()
    assert not isinstance(caught.value, CredentialsRefused)


def facade(portal: Portal, **changes: Any) -> dict[str, Any]:
    return {"kind": "facade", "base": f"{portal.url}/facade", "bearer_token": "the-co-dinh"} | changes


async def test_a_facade_gets_one_address_per_service_and_the_data_array_only(
    portal: Portal, connect: Connect
):
    portal.on("CapNhatTienDoPAKN", lambda seen: ok("Cập nhật tiến độ thành công 1/1 bản ghi"))
    portal.on("TiepNhanPAKN", sample("accept"))
    portal.on("DanhSachPAKNChoXuLy", sample("list"))
    client = connect(route=facade(portal))
    await client.apply(progress(REF, "ev-1"))
    await client.apply(accept())
    assert [record.ref for record in await records(client)] == [REF]
    sent, accepted, listed = portal.seen
    assert sent.path == "/facade/CapNhatTienDoPAKN"
    assert [item["MaTienDo"] for item in sent.json] == ["ev-1"]
    assert [item["PAKNID"] for item in accepted.json] == [int(REF)]
    assert listed.json == []
    assert {seen.headers["authorization"] for seen in portal.seen} == {"Bearer the-co-dinh"}
    assert not any("dstcode" in seen.headers or b"session" in seen.body for seen in portal.seen)


async def test_a_facade_takes_flags_and_agency_in_the_query(portal: Portal, connect: Connect):
    portal.on("DongBoPAKN", ok("Đồng bộ PAKN thành công", PUSHED))
    await connect(route=facade(portal, agency_parameter="MaDinhDanhDV")).apply(push())
    assert portal.seen[0].query["isUpdating"] == ["False"]
    assert portal.seen[0].query["MaDinhDanhDV"] == [AGENCY]


async def test_a_facade_may_fetch_its_token_like_wso2(portal: Portal, connect: Connect):
    portal.on("token", token(1))
    portal.on("DanhSachPAKNChoXuLy", ok())
    route = facade(portal) | {"bearer_token": None} | {k: v for k, v in lgsp(portal).items() if k != "kind"}
    await records(connect(route=route))
    assert portal.seen[-1].headers["authorization"] == "Bearer the-1"


async def test_a_facade_proves_its_life_by_a_catalogue(portal: Portal, connect: Connect):
    portal.on("LayDanhMucLinhVuc", sample("fields"))
    await connect(route=facade(portal)).ping()
    assert [seen.path for seen in portal.seen] == ["/facade/LayDanhMucLinhVuc"]


async def test_a_facades_own_dead_session_is_its_own_affair(portal: Portal, connect: Connect):
    portal.on("LayChiTietPAKN", SESSION_DEAD)
    with pytest.raises(Transient) as caught:
        await connect(route=facade(portal)).fetch(REF)
    assert not isinstance(caught.value, CredentialsRefused)


async def test_a_facade_that_refuses_its_fixed_token(portal: Portal, connect: Connect):
    portal.on("LayChiTietPAKN", Raw(401))
    with pytest.raises(CredentialsRefused):
        await connect(route=facade(portal)).fetch(REF)
    assert len(portal.seen) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Raw(200, base64.b64encode(PDF)),
        Raw(200, json.dumps(base64.b64encode(PDF).decode()).encode()),
        {"error_code": "0", "message": "", "result": [base64.b64encode(PDF).decode()]},
    ],
    ids=["bare", "json text", "envelope"],
)
async def test_a_facade_gives_files_by_service_in_base64(portal: Portal, connect: Connect, reply: Reply):
    portal.on("getfile", reply)
    client = connect(route=facade(portal))
    assert await client.read_file(REF, attachment("http://provider.example/tep/7f3a91")) == PDF
    assert portal.seen[0].json == {"DuongDan": "http://provider.example/tep/7f3a91"}


@pytest.mark.parametrize("reply", [Raw(200, b"khong phai base64!"), no("Lỗi"), Raw(200, b"")])
async def test_a_facades_file_that_is_no_base64(portal: Portal, connect: Connect, reply: Reply):
    portal.on("getfile", reply)
    with pytest.raises(Unreadable):
        await connect(route=facade(portal)).read_file(REF, attachment("http://provider.example/tep/7f3a91"))
