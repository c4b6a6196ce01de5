"""The register's REST API over real HTTP: roles, what each may see, the one error shape, OpenAPI."""

import asyncio
import base64
import json
import logging
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from adapters.register.api import openapi_document
from adapters.register.catalogue_file import read_agencies
from adapters.register.testing import embedded_postgres, running, wiped_database
from adapters.register.tokens import Role, revoke_tokens

ROOT = Path(__file__).parents[2]
PII = ("Nguyễn Văn Mẫu", "0900000000", "mau@example.com", "Thôn Mẫu")
ORIGIN = {"origin_system": "national_portal", "origin_ref": "900000001"}


class Api:
    """The served register and one HTTP client for each role."""

    def __init__(self, served, client: httpx.AsyncClient) -> None:
        self.served = served
        self.client = client
        self.register = served.register

    async def call(
        self, method: str, path: str, *, role: Role | None = Role.OFFICER, **facts
    ) -> httpx.Response:
        headers = dict(facts.pop("headers", {}))
        if role is not None:
            headers["authorization"] = f"Bearer {self.served.tokens[role]}"
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **facts)


@pytest.fixture
async def api():
    dsn = await wiped_database(embedded_postgres(), "register_tests")
    async with running(dsn) as served, httpx.AsyncClient(base_url=served.url, timeout=30) as client:
        agencies, holder = read_agencies(ROOT / "fixtures" / "register" / "agencies.csv")
        await served.register.put_agencies(agencies, province_role=holder)
        yield Api(served, client)


def submission(**facts):
    return {
        "channel": "web",
        "external_id": uuid4().hex,
        "content": "Rác thải đổ ra đường",
        "nature": "hien_truong",
        "sender": {"name": "Nguyễn Văn Mẫu", "phone": "0900000000", "email": "mau@example.com"},
        "place": {"text": "Thôn Mẫu"},
        **facts,
    }


async def taken(api: Api, **facts) -> dict:
    reply = await api.call("POST", "/intake/cases", role=Role.INTAKE, json=submission(**facts))
    assert reply.status_code == 201, reply.text
    return reply.json()


def act(**facts):
    return {"id": "national_portal:900.1", "kind": "rated", "at": "2026-11-18T09:00:00+07:00", **facts}


_ORDER = {"officer": "cb-mau-01"}

ENDPOINTS = {
    ("POST", "/intake/cases"): ({Role.INTAKE, Role.OFFICER}, submission()),
    ("POST", "/intake/cases/x/supplement"): ({Role.INTAKE, Role.OFFICER}, {"channel": "web", "text": "x"}),
    ("POST", "/cases/1/acts/progress"): ({Role.OFFICER}, {**_ORDER, "text": "x"}),
    ("GET", "/cases/1/work"): ({Role.OFFICER}, None),
    ("GET", "/cases/1/answers"): ({Role.OFFICER, Role.EXCHANGE}, None),
    ("GET", "/cases/1/evidence"): ({Role.OFFICER}, None),
    ("GET", "/cases/1/evidence/1"): ({Role.OFFICER}, None),
    ("GET", "/cases/1/same-phone"): ({Role.OFFICER}, None),
    ("POST", "/cases/1/erase-contact"): ({Role.OFFICER}, {"officer": "cb-mau-01", "basis": "QD-01"}),
    ("POST", "/cases/1/attachments"): ({Role.OFFICER}, {"file_name": "a.txt"}),
    ("GET", "/cases"): ({Role.OFFICER, Role.EXCHANGE, Role.READER}, None),
    ("GET", "/cases/1"): (set(Role), None),
    ("GET", "/changes"): ({Role.EXCHANGE}, None),
    ("GET", "/cases/1/attachments/register:1"): (set(Role), None),
    ("PUT", "/exchange/cases"): ({Role.EXCHANGE}, {"key": str(uuid4()), "fields": {}}),
    ("PUT", "/exchange/cases/1"): ({Role.EXCHANGE}, {"key": str(uuid4()), "fields": {}}),
    ("PUT", "/exchange/cases/1/acts"): ({Role.EXCHANGE}, {"key": str(uuid4()), "acts": [act()]}),
    ("GET", "/exchange/find"): ({Role.EXCHANGE}, None),
    ("PUT", "/exchange/codes"): ({Role.EXCHANGE}, {"codes": []}),
    ("PUT", "/exchange/agencies"): ({Role.EXCHANGE}, {"agencies": []}),
    ("GET", "/agencies"): (set(Role), None),
    ("GET", "/fields"): (set(Role), None),
    ("GET", "/cases/1/redaction"): ({Role.OFFICER}, None),
}

WITHOUT_TOKEN = ("/health", "/public/cases", "/public/cases/x", "/public/statistics", "/status/x")


async def test_each_endpoint_lets_in_exactly_its_roles_and_nobody_without_a_token(api):
    documented = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in openapi_document()["paths"].items()
        for method in methods
    }
    assert len(ENDPOINTS) + len(WITHOUT_TOKEN) == len(documented), "every endpoint is in one of the tables"
    for (method, path), (roles, body) in ENDPOINTS.items():
        for role in (*Role, None):
            reply = await api.call(method, path, role=role, json=body)
            code = reply.json()["error"]["code"] if reply.status_code >= 400 else None
            expected = role is not None and role in roles
            assert (code not in {"NO_TOKEN", "ROLE"}) == expected, (method, path, role, reply.text)
    for path in WITHOUT_TOKEN:
        reply = await api.call("GET", path, role=None, headers={"x-receipt": "0" * 64})
        assert reply.status_code in {200, 404}, path


async def test_a_wrong_or_revoked_token_is_refused_at_once(api):
    wrong = await api.client.get("/api/v1/agencies", headers={"authorization": "Bearer dk_sai"})
    assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")
    async with api.register.database.connection() as conn:
        await revoke_tokens(conn, api.register.scope.clock, Role.READER, "test-reader")
    assert (await api.call("GET", "/agencies", role=Role.READER)).status_code == 401


async def test_tokens_are_stored_as_hashes_only(api):
    async with api.register.database.connection() as conn:
        stored = str(await (await conn.execute("TABLE register.token")).fetchall())
    assert not any(token in stored for token in api.served.tokens.values())


async def test_name_and_phone_are_shown_to_officials_and_the_connector_only_and_that_is_logged(api):
    """R11, §3.4, §5.1."""
    receipt = await taken(api)
    for role in Role:
        reply = await api.call(
            "GET", f"/cases/{receipt['code']}", role=role, headers={"x-officer": "cb-mau-09"}
        )
        shown = [word for word in PII[:3] if word in reply.text]
        assert bool(shown) == (role in {Role.OFFICER, Role.EXCHANGE}), role
    for role in (Role.OFFICER, Role.EXCHANGE, Role.READER):
        await api.call("GET", "/cases", role=role)
    await api.call("GET", "/changes", role=Role.EXCHANGE)
    async with api.register.database.connection() as conn:
        rows = await (await conn.execute("TABLE register.access_log")).fetchall()
    seen = sorted((row["token"], row["officer"] or "", row["purpose"]) for row in rows)
    assert seen == [
        ("exchange:test-exchange", "", "changes"),
        ("exchange:test-exchange", "", "list"),
        ("exchange:test-exchange", "cb-mau-09", "read"),
        ("officer:test-officer", "", "list"),
        ("officer:test-officer", "cb-mau-09", "read"),
    ]
    assert {tuple(row["case_ids"]) for row in rows} == {(int(receipt["id"]),)}


async def test_content_and_files_of_a_private_case_are_hidden_from_readers_and_channels(api):
    """R12, R26: the case still counts, nothing of its content shows."""
    file = {"file_name": "anh.png", "media_type": "image/png"}
    content = base64.b64encode(b"\x89PNG\r\n\x1a\n mau").decode()
    receipt = await taken(api, private=True, files=[{**file, "content_base64": content}])
    for role in (Role.READER, Role.INTAKE):
        case = (await api.call("GET", f"/cases/{receipt['id']}", role=role)).json()
        assert (case["title"], case["content"], case["place"], case["attachments"]) == ("", "", None, [])
        reply = await api.call("GET", f"/cases/{receipt['id']}/attachments/register:1", role=role)
        assert reply.json()["error"]["code"] == "ROLE"
    reply = await api.call("GET", f"/cases/{receipt['id']}/attachments/register:1")
    assert reply.content == b"\x89PNG\r\n\x1a\n mau"
    assert reply.headers["content-disposition"].startswith("attachment")


async def test_intake_answers_201_then_200_and_says_duplicate(api):
    body = submission()
    first = await api.call("POST", "/intake/cases", role=Role.INTAKE, json=body)
    again = await api.call("POST", "/intake/cases", role=Role.INTAKE, json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert {**first.json(), "duplicate": True} == again.json()


async def test_an_official_works_a_case_to_its_answer_with_a_signed_file(api):
    case = (await taken(api))["id"]
    pdf = base64.b64encode(b"%PDF-1.7 ky so").decode()
    body = {"role": "answer", "file_name": "tra-loi.pdf", "media_type": "application/pdf", "signed": True}
    kept = await api.call("POST", f"/cases/{case}/attachments", json={**body, "content_base64": pdf})
    assert kept.status_code == 201
    steps = [
        ("hand_over", {"unit": "Phòng Y"}),
        ("result", {"text": "Đã dọn", "attachments": [kept.json()["id"]]}),
        ("publish_answer", {"redaction_done": True, "signer": "Trần Thị Mẫu"}),
    ]
    for command, facts in steps:
        reply = await api.call("POST", f"/cases/{case}/acts/{command}", json={**_ORDER, **facts})
        assert reply.status_code == 200, reply.text
    shown = (await api.call("GET", f"/cases/{case}", role=Role.READER)).json()
    assert shown["state"] == "DA_CONG_KHAI"
    assert shown["acts"][-1]["attachments"] == [kept.json()["id"]]
    path = f"/cases/{case}/attachments/{kept.json()['id']}"
    assert (await api.call("GET", path, role=Role.READER)).content == b"%PDF-1.7 ky so"
    work = (await api.call("GET", f"/cases/{case}/work")).json()
    assert set(work["allowed"]) == {"correct_answer", "make_private", "restrict"}


@pytest.mark.parametrize(
    ("path", "facts", "status", "code"),
    [
        ("/cases/1/acts/result", {**_ORDER, "text": "x"}, 409, "WRONG_STATE"),
        ("/cases/1/acts/refuse", {"text": "x"}, 422, "OFFICER_MISSING"),
        ("/cases/1/acts/refuse", {"officer": "svc-x", "text": "x"}, 403, "SERVICE_ACCOUNT"),
        ("/cases/1/acts/no_such", _ORDER, 422, "INVALID"),
        ("/cases/1/acts/refuse", {**_ORDER, "unknown": 1}, 422, "INVALID"),
        ("/cases/999/acts/refuse", {**_ORDER, "text": "x"}, 404, "NOT_FOUND"),
        ("/no/such/page", {}, 404, "NO_SUCH_PAGE"),
    ],
)
async def test_every_refusal_has_the_one_shape(api, path, facts, status, code):
    await taken(api)
    reply = await api.call("POST", path, json=facts)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code)
    assert set(error) == {"code", "text_vi", "text_en", "next_step"}
    assert all(error.values())


async def test_no_error_or_log_line_repeats_what_the_sender_wrote(api, caplog):
    """Brief: errors carry ids, codes, member names; never personal data."""
    caplog.set_level(logging.DEBUG)
    bodies = [
        submission(sender={"name": "Nguyễn Văn Mẫu", "phone": 900000000}),
        submission(sender={"name": "Nguyễn Văn Mẫu", "phone": "O900000000"}),
        submission(Noi_dung="Thôn Mẫu"),
        submission(content="Nguyễn Văn Mẫu\x00"),
        submission(submitted_at="Thôn Mẫu"),
    ]
    for body in bodies:
        reply = await api.call("POST", "/intake/cases", role=Role.INTAKE, json=body)
        assert reply.status_code == 422
        assert not any(word in reply.text for word in (*PII, "900000000", "O900000000"))
    raw = await api.call("POST", "/intake/cases", role=Role.INTAKE, content=b'{"content": "Nguy\xff')
    assert raw.status_code == 422
    assert not any(word in caplog.text for word in PII)


async def test_changes_pages_are_whole_and_each_case_comes_once(api):
    ids = [(await taken(api))["id"] for _ in range(5)]
    await api.call("POST", f"/cases/{ids[0]}/acts/refuse", json={**_ORDER, "text": "Ngoài phạm vi"})
    seen, after = [], 0
    while True:
        page = (await api.call("GET", f"/changes?after={after}&limit=2", role=Role.EXCHANGE)).json()
        if not page["changes"]:
            break
        seen += [case["id"] for case in page["changes"]]
        after = page["next"]
    assert seen == [*ids[1:], ids[0]]


async def test_lists_filter_and_page(api):
    ids = [(await taken(api))["id"] for _ in range(3)]
    await api.call("POST", f"/cases/{ids[1]}/acts/hand_over", json={**_ORDER, "unit": "Phòng Y"})
    page = (await api.call("GET", "/cases?state=MOI&limit=1")).json()
    assert ([case["id"] for case in page["cases"]], page["next"]) == ([ids[0]], int(ids[0]))
    page = (await api.call("GET", f"/cases?state=MOI&after={page['next']}")).json()
    assert ([case["id"] for case in page["cases"]], page["next"]) == ([ids[2]], None)
    assert (await api.call("GET", "/cases?origin=national_portal")).json()["cases"] == []


async def test_agencies_are_loaded_and_shown_with_their_days(api):
    body = {"agencies": [{"code": "000.02.50.H56", "name": "UBND xã Ví Dụ", "valid_from": "2025-07-01"}]}
    assert (await api.call("PUT", "/exchange/agencies", role=Role.EXCHANGE, json=body)).status_code == 204
    listed = {item["code"]: item for item in (await api.call("GET", "/agencies")).json()["agencies"]}
    assert listed["000.02.50.H56"]["active"] is True
    assert (listed["000.00.40.H56"]["active"], listed["000.00.40.H56"]["successor"]) == (
        False,
        "000.01.50.H56",
    )
    assert "000.00.00.G09" not in listed


async def test_answers_are_never_cached_and_no_page_loads_from_elsewhere(api):
    for path in ("/api/v1/agencies", "/docs", "/redoc"):
        reply = await api.client.get(path)
        assert reply.headers["cache-control"] == "no-store"
        assert reply.status_code in {401, 404}
    assert (await api.client.get("/api/v1/openapi.json")).status_code == 200


async def test_two_hundred_requests_at_once_are_all_answered(api):
    replies = await asyncio.gather(
        *(api.call("POST", "/intake/cases", role=Role.INTAKE, json=submission()) for _ in range(100)),
        *(api.call("GET", "/cases?limit=5") for _ in range(100)),
    )
    assert {reply.status_code for reply in replies} == {200, 201}


def test_the_openapi_file_in_docs_is_current():
    """Write it anew with: python -m adapters.register.api.export docs/register-openapi.json."""
    stored = json.loads((ROOT / "docs" / "register-openapi.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(openapi_document()))
