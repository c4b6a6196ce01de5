"""Login, session, envelope, adapter addressing (national-portal contract §1.1, §2, §10.7 rows 5, 6, 10, 11)."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.unit.national_twin_kit import OTHER, OURS, PASSWORD, Kit, kit

SESSION_DEAD = "Phiên làm việc không hợp lệ hoặc đã hết hạn"
LIST = "DanhSachPAKNChoXuLy"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Kit]:
    async with kit() as found:
        yield found


@pytest.fixture
def portal(served: Kit) -> Kit:
    served.reset()
    return served


async def test_login_gives_a_session_with_code_zero(portal: Kit) -> None:
    told = await portal.raw_login(username=OURS, password=PASSWORD)
    assert told["error_code"] == "0"
    assert "thành công" in told["message"]
    assert told["session"]


@pytest.mark.parametrize(
    ("user", "password"), [(OURS, "sai"), ("000.00.00.H00", PASSWORD), ("000.00.79.H56", PASSWORD)]
)
async def test_a_wrong_account_or_password_gets_no_session(portal: Kit, user: str, password: str) -> None:
    """Unknown and closed agencies have no account; the answer does not tell which half was wrong."""
    told = await portal.raw_login(username=user, password=password)
    assert told == {"error_code": "-1", "message": "Sai tài khoản hoặc mật khẩu"}


async def test_login_names_a_missing_field(portal: Kit) -> None:
    told = await portal.raw_login(username=OURS)
    assert told["message"] == "Thiếu trường bắt buộc: password"


async def test_an_unknown_session_is_refused_in_a_200_answer(portal: Kit) -> None:
    reply = await portal.post({"session": "phien-la", "madonvi": OURS, "service": LIST})
    assert reply.status_code == 200
    assert reply.json() == {"error_code": "-1", "message": SESSION_DEAD, "result": []}


async def test_a_session_dies_after_its_life(portal: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes by default; use does not prolong it."""
    seconds = 1000.0
    monkeypatch.setattr(portal.twin.clock, "monotonic", lambda: seconds)
    await portal.login()
    seconds += 599
    assert (await portal.call(LIST))["error_code"] == "0"
    seconds += 1
    assert (await portal.call(LIST))["message"] == SESSION_DEAD


async def test_the_agency_must_be_the_accounts_own(portal: Kit) -> None:
    session = await portal.login()
    told = (await portal.post({"session": session, "madonvi": OTHER, "service": LIST})).json()
    assert (told["error_code"], told["message"]) == ("-1", "Mã đơn vị không khớp với tài khoản")


async def test_an_unknown_service_is_named(portal: Kit) -> None:
    told = await portal.call("TraLoiPAKN")
    assert (told["error_code"], told["message"]) == ("-1", "Dịch vụ không được hỗ trợ: TraLoiPAKN")


@pytest.mark.parametrize("field", ["session", "madonvi", "service"])
async def test_the_envelope_names_its_missing_field(portal: Kit, field: str) -> None:
    body = {"session": await portal.login(), "madonvi": OURS, "service": LIST}
    told = (await portal.post(body | {field: ""})).json()
    assert told["message"] == f"Thiếu trường bắt buộc: {field}"


async def test_request_keys_are_read_in_any_case(portal: Kit) -> None:
    case_id = await portal.create()
    body = {"SESSION": await portal.login(), "MaDonVi": OURS, "Service": "LayChiTietPAKN", "paknid": case_id}
    assert (await portal.post(body)).json()["error_code"] == "0"


async def test_a_key_given_twice_in_two_cases_is_refused(portal: Kit) -> None:
    told = await portal.call("LayChiTietPAKN", PAKNID=1, paknid=2)
    assert told["message"].startswith("Giá trị không hợp lệ: paknid")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe{}", b'"x"'])
async def test_a_body_that_is_no_json_object_is_a_business_error(portal: Kit, content: bytes) -> None:
    reply = await portal.http.post(f"{portal.served.url}/mapi/g", content=content)
    assert reply.status_code == 200
    assert reply.json()["message"].startswith("Giá trị không hợp lệ:")


async def test_parameters_the_contract_does_not_know_are_refused(portal: Kit) -> None:
    """A misspelt optional field must not pass as absent; a switch makes the portal lenient."""
    told = await portal.call(LIST, TuNgayy="20261101000000")
    assert told["message"].startswith("Giá trị không hợp lệ: TuNgayy")
    portal.switch(unknown_fields="ignore")
    assert (await portal.call(LIST, TuNgayy="20261101000000"))["error_code"] == "0"


async def test_odd_headers_are_tolerated(portal: Kit) -> None:
    headers = {"Charset": "utf-8", "Content-Type": "text/plain", "Accept": "*/*"}
    body = {"session": await portal.login(), "madonvi": OURS, "service": LIST}
    assert (await portal.post(body, headers=headers)).json()["error_code"] == "0"


async def test_only_post_reaches_the_services(portal: Kit) -> None:
    assert (await portal.http.get(f"{portal.served.url}/mapi/g")).status_code == 405


# ---- the adapter in front ------------------------------------------------------------------------------------

PREFIX = "/VXPAdapter/RestService/forward"
DST = "VN:GOV:000.00.00.G22:vpcpdvcprovider"


@pytest.mark.parametrize("how", [{"headers": {"dstcode": DST}}, {"params": {"dstcode": DST}}])
async def test_dstcode_is_taken_from_header_or_query(how: dict[str, dict[str, str]]) -> None:
    async with kit(prefix=PREFIX, dstcode=DST) as portal:
        assert portal.served.url.endswith(PREFIX)
        body = {"username": OURS, "password": PASSWORD}
        reply = await portal.http.post(f"{portal.served.url}/mapi/login", json=body, **how)
        assert reply.json()["error_code"] == "0"


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"headers": {"dstcode": "VN:GOV:X"}},
        {"headers": {"dstcode": DST}, "params": {"dstcode": "VN:GOV:X"}},
    ],
)
async def test_a_wrong_dstcode_ends_at_the_adapter(how: dict[str, dict[str, str]]) -> None:
    """An adapter page, no business answer."""
    async with kit(dstcode=DST) as portal:
        reply = await portal.http.post(f"{portal.served.url}/mapi/login", json={}, **how)
        assert reply.status_code == 500
        assert "text/html" in reply.headers["content-type"]


async def test_outside_the_prefix_there_is_nothing() -> None:
    async with kit(prefix=PREFIX) as portal:
        root = portal.served.url.removesuffix(PREFIX)
        assert (await portal.http.post(f"{root}/mapi/login", json={})).status_code == 404


async def test_catalogues_may_live_on_a_path_of_their_own() -> None:
    async with kit(share_path="mapi/chiase") as portal:
        session = await portal.login()
        body = {"session": session, "madonvi": OURS, "service": "LayDanhMucLinhVuc"}
        refused = (await portal.post(body)).json()
        assert refused["message"] == "Dịch vụ không được hỗ trợ: LayDanhMucLinhVuc"
        shared = await portal.http.post(f"{portal.served.url}/mapi/chiase", json=body)
        assert shared.json()["error_code"] == "0"
        listed = await portal.http.post(f"{portal.served.url}/mapi/chiase", json=body | {"service": LIST})
        assert listed.json()["message"] == f"Dịch vụ không được hỗ trợ: {LIST}"
