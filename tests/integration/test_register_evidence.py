"""Evidence of what came in and went out, and who saw it: R12, R13, R28, rules §5.1 and §5.4, over the real API."""

import base64
import hashlib
import json
import unicodedata
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from adapters.register.catalogue_file import read_agencies
from adapters.register.database import query
from adapters.register.service import RegisterConfig
from adapters.register.service.evidence import WITH_SENDER
from adapters.register.settings import RegisterSettings
from adapters.register.sql_client import SqlClient
from adapters.register.testing import KEYS, embedded_postgres, running, shipped_rules, wiped_database
from adapters.register.tokens import Role
from connector.case import Attachment
from connector.clock import SystemClock
from tests.signing import OFFICIAL, authority, flipped, plain, signed

SAMPLE = Path(__file__).parents[2] / "fixtures" / "register" / "agencies.csv"
SENDER = {"name": "Nguyễn Văn Mẫu", "phone": "0900000000"}
HEALTH = "000.00.15.H56"
SIGNED, ALTERED = signed(stamped=True), flipped(signed())  # made before any event loop runs


class Api:
    """The served register, and calls in a role."""

    def __init__(self, served, client: httpx.AsyncClient, dsn: str) -> None:
        self.served = served
        self.register = served.register
        self.client = client
        self.dsn = dsn

    async def call(self, method: str, path: str, *, role: Role = Role.OFFICER, officer=None, **facts):
        headers = {"authorization": f"Bearer {self.served.tokens[role]}", "content-type": "application/json"}
        if officer:
            headers["x-officer"] = officer
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **facts)

    async def seen(self, path: str) -> httpx.Response:
        """What a named official sees."""
        return await self.call("GET", path, officer="cb-mau-01")

    async def taken(self, **facts) -> str:
        reply = await self.call(
            "POST", "/intake/cases", role=Role.INTAKE, content=encoded(submission(**facts))
        )
        assert reply.status_code == 201, reply.text
        return reply.json()["id"]

    async def does(self, case: str, command: str, **facts) -> None:
        body = {"officer": "cb-mau-01", **facts}
        reply = await self.call("POST", f"/cases/{case}/acts/{command}", json=body)
        assert reply.status_code == 200, reply.text

    async def sql(self, text: str, *values) -> list[dict]:
        async with self.register.database.connection() as conn:
            return await (await conn.execute(text.encode(), values or None)).fetchall()

    async def log(self) -> list[tuple[str, str | None, list[int]]]:
        rows = await self.sql("SELECT purpose, officer, case_ids FROM register.access_log ORDER BY id")
        return [(row["purpose"], row["officer"], row["case_ids"]) for row in rows]


@pytest.fixture
async def api():
    dsn = await wiped_database(embedded_postgres(), "register_tests")
    config = RegisterConfig(trusted_roots=(authority().der,))
    async with (
        running(dsn, config=config) as served,
        httpx.AsyncClient(base_url=served.url, timeout=30) as client,
    ):
        agencies, holder = read_agencies(SAMPLE)
        await served.register.put_agencies(agencies, province_role=holder)
        yield Api(served, client, dsn)


def submission(**facts) -> dict:
    return {
        "channel": "web",
        "external_id": uuid4().hex,
        "content": "Rác thải đổ ra đường",
        "nature": "hien_truong",
        "field": "moi_truong",
        "sender": SENDER,
        **facts,
    }


def encoded(body: dict) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def file(content: bytes, name: str = "đơn.pdf") -> dict:
    body = base64.b64encode(content).decode()
    return {"file_name": name, "media_type": "application/pdf", "content_base64": body}


# ---- what came in ----


async def test_R13_the_exact_bytes_of_a_submission_are_kept_before_any_change_of_unicode_form(api):
    content = unicodedata.normalize("NFD", "Rác thải ở xã Giả Định")
    told = submission(content=content, submitted_at="2026-11-18T08:00:00+07:00")
    raw = encoded(told).replace(b"{", b"{ \n", 1)  # as no encoder of ours would write it
    reply = await api.call("POST", "/intake/cases", role=Role.INTAKE, content=raw)
    assert reply.status_code == 201, reply.text
    case = reply.json()["id"]
    (item,) = (await api.seen(f"/cases/{case}/evidence")).json()["evidence"]
    assert item["sha256"] == hashlib.sha256(raw).hexdigest()
    assert (item["kind"], item["channel"], item["size"]) == ("submission", "web", len(raw))
    assert (item["token"], item["peer"], item["source_at"]) == (
        "intake:test-intake", "127.0.0.1", "2026-11-18T08:00:00+07:00",
    )  # fmt: skip
    original = await api.seen(f"/cases/{case}/evidence/{item['number']}")
    assert original.content == raw
    assert original.headers["x-content-sha256"] == item["sha256"]
    shown = (await api.seen(f"/cases/{case}")).json()["content"]
    assert shown == unicodedata.normalize("NFC", content), "beside it, the text for comparison is NFC"


async def test_R13_everything_that_comes_in_later_is_kept_too_in_order(api):
    case = await api.taken(agency=HEALTH)
    await api.does(case, "ask_supplement", text="Thiếu địa chỉ", due_at="2099-11-25T23:59:59+07:00")
    added = encoded({"channel": "web", "text": "Số 1 phố Mẫu"})
    await api.call("POST", f"/intake/cases/{case}/supplement", role=Role.INTAKE, content=added)
    act = {"id": "national_portal:1.1", "kind": "reminded", "at": "2026-11-18T09:00:00+07:00"}
    append = encoded({"key": str(uuid4()), "acts": [act]})
    for _ in range(2):  # a repeat has no effect, and leaves no second evidence
        reply = await api.call("PUT", f"/exchange/cases/{case}/acts", role=Role.EXCHANGE, content=append)
        assert reply.status_code == 200
    items = (await api.seen(f"/cases/{case}/evidence")).json()["evidence"]
    assert [item["kind"] for item in items] == [
        "submission",
        "command:ask_supplement",
        "supplement",
        "append",
    ]
    assert items[1]["officer"] == "cb-mau-01"
    assert items[3]["source_at"] == "2026-11-18T09:00:00+07:00"
    assert (await api.seen(f"/cases/{case}/evidence/{items[2]['number']}")).content == added
    assert (await api.seen(f"/cases/{case}/evidence/{items[3]['number']}")).content == append


async def test_R13_a_portal_case_and_its_change_are_kept_and_a_refused_body_is_not(api):
    fields = {
        "title": "Chậm trả kết quả", "content": "Quá hạn", "nature": "hanh_vi_cong_vu", "channel": "dvcqg",
        "sender": SENDER, "submitted_at": "2026-11-17T08:00:00+07:00", "origin_system": "national_portal",
        "origin_ref": "900000001",
    }  # fmt: skip
    create = encoded({"key": str(uuid4()), "fields": fields})
    case = (await api.call("PUT", "/exchange/cases", role=Role.EXCHANGE, content=create)).json()["ref"]
    update = encoded({"key": str(uuid4()), "fields": {"title": "Tiêu đề mới"}})
    await api.call("PUT", f"/exchange/cases/{case}", role=Role.EXCHANGE, content=update)
    wrong = encoded(
        {"key": str(uuid4()), "fields": {"title": "Tiêu đề sai", "origin_ref": "2", "origin_system": "x"}}
    )
    refused = await api.call("PUT", f"/exchange/cases/{case}", role=Role.EXCHANGE, content=wrong)
    assert refused.status_code == 409
    items = (await api.seen(f"/cases/{case}/evidence")).json()["evidence"]
    assert [item["kind"] for item in items] == ["create", "update"]
    assert (await api.seen(f"/cases/{case}/evidence/{items[0]['number']}")).content == create


async def test_evidence_of_one_case_is_not_served_under_another(api):
    first, second = await api.taken(), await api.taken()
    (item,) = (await api.seen(f"/cases/{first}/evidence")).json()["evidence"]
    assert (await api.seen(f"/cases/{second}/evidence/{item['number']}")).status_code == 404


# ---- answers ----


async def answered(api) -> str:
    case = await api.taken(agency=HEALTH)
    await api.does(case, "hand_over", unit="P-KTHT")
    await api.does(case, "result", text="Đã thu gom rác")
    await api.does(case, "publish_answer", redaction_done=True)
    return case


async def test_R13_an_edit_of_a_published_answer_is_version_2_with_its_reason_and_version_1_stays(api):
    case = await answered(api)
    await api.does(
        case, "correct_answer", text="Đã thu gom và lập biên bản", reason_code="BO_SUNG", redaction_done=True
    )
    first, second = (await api.seen(f"/cases/{case}/answers")).json()["answers"]
    assert (first["version"], first["text"], first["publishable"]) == (1, "Đã thu gom rác", True)
    assert (second["version"], second["text"]) == (2, "Đã thu gom và lập biên bản")
    assert (second["details"]["corrects"], second["details"]["reason"]) == ("1", "BO_SUNG")
    assert second["officer"] == "cb-mau-01"


async def test_R13_no_path_updates_an_answered_act(api):
    """Neither by SQL, whatever the transaction says of itself, nor by any statement of the program but the emptying of T15."""
    case = await answered(api)
    told = await api.sql(
        "SELECT number FROM register.act WHERE kind = 'answered' AND case_id = %s", int(case)
    )
    number = told[0]["number"]
    for change in ("sealed = '\\x00'", "details = '{}'", "officer = 'khac'", "at = now()"):
        async with await psycopg.AsyncConnection.connect(api.dsn) as conn:
            await conn.execute(query("announce_emptying"), {"case_id": int(case)})
            with pytest.raises(psycopg.errors.RestrictViolation):
                await conn.execute(f"UPDATE register.act SET {change} WHERE number = {number}")  # noqa: S608  # our own words
    folder = Path(__file__).parents[2] / "adapters" / "register" / "sql" / "queries"
    writers = {
        path.name
        for path in folder.iterdir()
        for line in path.read_text("utf-8").splitlines()
        if "UPDATE register.act " in line or "DELETE FROM register.act " in line
    }
    assert writers == {"writing.sql", "upgrading.sql"}
    assert (folder / "writing.sql").read_text("utf-8").count("UPDATE register.act ") == 1


# ---- signed files ----


async def test_R28_a_signed_file_goes_out_as_it_came_in_by_rest_and_by_sql_with_what_was_found(api):
    content = SIGNED
    case = await api.taken(files=[file(content)])
    shown = (await api.seen(f"/cases/{case}")).json()["attachments"][0]
    assert shown["sha256"] == hashlib.sha256(content).hexdigest()
    assert shown["signed"] is True
    (found,) = shown["signature"]["signatures"]
    assert (found["intact"], found["trusted"], found["modified"]) == (True, True, False)
    assert found["signer"]["name"] == OFFICIAL
    by_rest = await api.seen(f"/cases/{case}/attachments/{shown['id']}")
    settings = RegisterSettings(database_url=SecretStr(api.dsn), master_keys=SecretStr(KEYS))
    client = SqlClient(settings, SystemClock(), shipped_rules())
    told = Attachment(id=shown["id"], role="question", file_name="x")
    assert by_rest.content == content == await client.read_file(case, told)
    await client.aclose()


async def test_R28_whether_a_file_is_signed_is_what_its_bytes_say_and_a_bad_file_is_taken_all_the_same(api):
    files = [
        {**file(plain(), "khong-ky.pdf"), "signed": True},
        file(ALTERED, "bi-sua.pdf"),
        file(b"%PDF-1.7 hong", "hong.pdf"),
    ]
    case = await api.taken(files=files)
    shown = {item["file_name"]: item for item in (await api.seen(f"/cases/{case}")).json()["attachments"]}
    assert not shown["khong-ky.pdf"]["signed"]
    assert shown["khong-ky.pdf"]["signature"]["outcome"] == "unsigned"
    assert shown["bi-sua.pdf"]["signed"], "a signature is there"
    assert not shown["bi-sua.pdf"]["signature"]["signatures"][0]["intact"], "and it does not hold"
    assert shown["hong.pdf"]["signature"]["outcome"] == "unreadable"
    rows = await api.sql("SELECT outcome, count FROM register.signature_check ORDER BY attachment_id")
    assert sorted((row["outcome"], row["count"]) for row in rows) == [
        ("signed", 1), ("unreadable", 0), ("unsigned", 0),
    ]  # fmt: skip


async def test_who_signed_is_not_told_to_channels_and_readers(api):
    case = await api.taken(files=[file(SIGNED)])
    for role in (Role.INTAKE, Role.READER):
        shown = await api.call("GET", f"/cases/{case}", role=role)
        assert OFFICIAL not in shown.text


# ---- who saw it ----


async def test_every_look_at_sender_file_evidence_and_phone_is_logged_with_who_case_and_purpose(api):
    case = int(await api.taken(files=[file(plain())]))
    other = int(await api.taken())
    (item,) = (await api.seen(f"/cases/{case}/evidence")).json()["evidence"]
    await api.seen(f"/cases/{case}/evidence/{item['number']}")
    await api.seen(f"/cases/{case}/same-phone")
    await api.seen(f"/cases/{case}")
    await api.seen(f"/cases/{case}/attachments/register:1")
    settings = RegisterSettings(database_url=SecretStr(api.dsn), master_keys=SecretStr(KEYS))
    client = SqlClient(settings, SystemClock(), shipped_rules())
    await client.fetch(str(case))
    assert [page async for page in client.changes(None)]
    await client.aclose()
    assert await api.log() == [
        ("evidence", "cb-mau-01", [case]),
        ("evidence", "cb-mau-01", [case]),
        ("same_phone", "cb-mau-01", [case, other]),
        ("read", "cb-mau-01", [case]),
        ("file", "cb-mau-01", [case]),
        ("read", None, [case]),
        ("changes", None, [case, other]),
    ]
    tokens = await api.sql("SELECT DISTINCT token FROM register.access_log ORDER BY token")
    assert [row["token"] for row in tokens] == ["officer:test-officer", "sql:connector"]


@pytest.mark.parametrize("path", ["evidence", "evidence/1", "same-phone"])
async def test_evidence_and_phones_are_shown_to_a_named_person_only(api, path):
    case = await api.taken()
    nobody = await api.call("GET", f"/cases/{case}/{path}")
    assert nobody.json()["error"]["code"] == "OFFICER_MISSING"
    service = await api.call("GET", f"/cases/{case}/{path}", officer="test-exchange")
    assert service.json()["error"]["code"] == "SERVICE_ACCOUNT"
    assert await api.log() == []


# ---- phone and erasure ----


async def test_earlier_cases_of_one_phone_are_found_however_the_number_is_written(api):
    first = await api.taken()
    second = await api.taken(sender={**SENDER, "phone": "+84 900 000 000"})
    third = await api.taken(sender={"name": "Lê Thị Mẫu", "phone": "090.000.0000"})
    await api.taken(sender={**SENDER, "phone": "0900000001"})
    reply = await api.seen(f"/cases/{second}/same-phone")
    assert reply.json() == {"cases": [first, third]}, "ids, and nothing else of them"
    assert (await api.seen(f"/cases/{first}")).json()["sender"]["phone"] == "0900000000", "the raw text stays"


async def test_an_erased_sender_is_gone_from_every_reading_and_the_file_stays(api):
    case, other = await api.taken(), await api.taken()
    await api.does(case, "hand_over", unit="P-KTHT", agency="000.00.00.H56")
    before = int((await api.seen(f"/cases/{case}")).json()["version"])
    body = {"officer": "cb-mau-01", "basis": "QD-XOA-01"}
    reply = await api.call("POST", f"/cases/{case}/erase-contact", json=body)
    assert reply.status_code == 200, reply.text

    shown = (await api.seen(f"/cases/{case}")).json()
    assert shown["sender"] == {
        "kind": "ca_nhan", "name": None, "organisation": None, "phone": None, "address": None, "email": None,
        "account": None, "anonymous": True, "erased": True,
    }  # fmt: skip
    assert shown["content"] == "Rác thải đổ ra đường"
    assert int(shown["version"]) > before, "the connector sees the change"
    note = shown["acts"][-1]
    assert (note["kind"], note["officer"], note["details"]) == (
        "note", "cb-mau-01", {"basis": "QD-XOA-01", "decision": "contact_erased"},
    )  # fmt: skip
    assert (await api.seen(f"/cases/{other}/same-phone")).json() == {"cases": []}
    items = {item["kind"]: item for item in (await api.seen(f"/cases/{case}/evidence")).json()["evidence"]}
    assert not items["submission"]["held"], "its bytes told the sender: only the hash stays"
    gone = await api.seen(f"/cases/{case}/evidence/{items['submission']['number']}")
    assert gone.json()["error"]["code"] == "FILE_GONE"
    assert items["command:hand_over"]["held"]
    keys = await api.sql("SELECT purpose FROM register.case_key WHERE case_id = %s", int(case))
    assert [row["purpose"] for row in keys] == ["file"]
    again = await api.call("POST", f"/cases/{case}/erase-contact", json=body)
    assert again.json()["error"]["code"] == "ALREADY_SO"
    await api.does(case, "progress", text="Vẫn xử lý được")


async def test_an_erased_sender_does_not_come_back_with_a_later_change_of_the_portal(api):
    fields = {
        "title": "Chậm trả kết quả", "content": "Quá hạn", "nature": "hanh_vi_cong_vu", "channel": "dvcqg",
        "sender": SENDER, "submitted_at": "2026-11-17T08:00:00+07:00", "origin_system": "national_portal",
        "origin_ref": "900000001",
    }  # fmt: skip
    made = await api.call(
        "PUT", "/exchange/cases", role=Role.EXCHANGE, json={"key": str(uuid4()), "fields": fields}
    )
    case = made.json()["ref"]
    await api.call(
        "POST", f"/cases/{case}/erase-contact", json={"officer": "cb-mau-01", "basis": "QD-XOA-01"}
    )
    change = {"key": str(uuid4()), "fields": {"title": "Tiêu đề mới", "sender": SENDER}}
    reply = await api.call("PUT", f"/exchange/cases/{case}", role=Role.EXCHANGE, json=change)
    assert reply.json()["facts"]["not_taken"] == "sender"
    shown = (await api.seen(f"/cases/{case}")).json()
    assert (shown["title"], shown["sender"]["name"]) == ("Tiêu đề mới", None)
    bodies = await api.sql("SELECT kind, sealed FROM register.evidence WHERE case_id = %s", int(case))
    assert all(row["sealed"] is None for row in bodies if row["kind"] in WITH_SENDER), "nor do their bytes"


async def test_only_a_person_may_erase(api):
    case = await api.taken()
    body = {"officer": "test-exchange", "basis": "QD-XOA-01"}
    reply = await api.call("POST", f"/cases/{case}/erase-contact", json=body)
    assert reply.json()["error"]["code"] == "SERVICE_ACCOUNT"
    assert (await api.seen(f"/cases/{case}")).json()["sender"]["name"] == "Nguyễn Văn Mẫu"


async def test_T15_destroys_both_keys_and_what_comes_later_leaves_a_hash_only(api):
    case = await api.taken(agency=HEALTH, files=[file(SIGNED)])
    await api.does(case, "restrict", reason_code="QD-MAT-01")
    act = {
        "id": "national_portal:1.1",
        "kind": "rated",
        "at": "2026-11-18T09:00:00+07:00",
        "text": "Nội dung",
    }
    body = {"key": str(uuid4()), "acts": [act]}
    assert (
        await api.call("PUT", f"/exchange/cases/{case}/acts", role=Role.EXCHANGE, json=body)
    ).status_code == 200
    assert await api.sql("SELECT 1 FROM register.case_key") == []
    items = (await api.seen(f"/cases/{case}/evidence")).json()["evidence"]
    assert [item["kind"] for item in items] == ["submission", "command:restrict", "append"]
    assert not any(item["held"] for item in items)
    shown = (await api.seen(f"/cases/{case}")).json()
    assert "signature" not in shown["attachments"][0]
    decision = next(act for act in shown["acts"] if act["kind"] == "restricted")
    assert decision["details"] == {"basis": "QD-MAT-01", "decision": "off_system"}
    assert decision["officer"] == "cb-mau-01"
