"""Publication, the public projection, the sender's status, and who is logged for seeing a sender (R11, R12, R24-R26)."""

from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.register.api import openapi_document
from adapters.register.catalogue_file import read_agencies
from adapters.register.commands import CommandName as C
from adapters.register.database import run
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service import Register
from adapters.register.testing import Running, embedded_postgres, running, wiped_database
from adapters.register.tokens import Role
from tests.integration.register_kit import HEALTH, SAMPLE, Desk, HandClock, opened, submission

NAME, PHONE, EMAIL = "Nguyễn Thị Dấu Riêng", "0900000123", "dau.rieng@example.com"
SENDER = {"name": NAME, "phone": PHONE, "email": EMAIL, "address": "số 7 ngõ Dấu Riêng"}
PLACE = {
    "text": "số 7 ngõ Dấu, phường Mẫu, tỉnh Thanh Hóa",
    "latitude": "19.800001",
    "longitude": "105.700001",
}
MARKS = (NAME, PHONE, "+84900000123", EMAIL, "ngõ Dấu", "19.800001", "105.700001")
CLEAN = {"title": "Rác thải ven đường", "content": "Rác thải đổ ra đường liên xã"}


@pytest.fixture
async def register() -> AsyncIterator[Register]:
    async with opened(HandClock(), name="public") as register:
        yield register


async def with_result(register: Register, **facts) -> Desk:
    desk = await Desk.local(register, **{"sender": SENDER, "place": PLACE, **CLEAN, **facts})
    await desk.handed_over()
    await desk.do(C.RESULT, text="Đã thu gom rác")
    return desk


async def published(register: Register, **facts) -> Desk:
    desk = await with_result(register, **facts)
    await desk.do(C.PUBLISH_ANSWER, redaction_done=True)
    return desk


async def code_of(desk: Desk) -> str:
    return (await desk.case())["code"]


async def hidden(register: Register, code: str) -> bool:
    with pytest.raises(RegisterRefused) as caught:
        await register.public_case(code)
    return caught.value.code is Code.NOT_FOUND


# ---- publication --------------------------------------------------------------------------------------------


async def test_T13_a_clean_case_is_published_in_its_own_words(register: Register) -> None:
    desk = await published(register)
    (case,) = await register.public_cases()
    assert (case["title"], case["content"], case["answer"]) == (*CLEAN.values(), "Đã thu gom rác")
    assert (case["area"], case["agency"], case["version"]) == ("phường Mẫu, tỉnh Thanh Hóa", HEALTH, 1)
    assert await register.public_case(await code_of(desk)) == case
    assert not [mark for mark in MARKS if mark in str(case)]


async def test_T13_what_the_assistant_finds_is_refused_by_kind_and_never_by_value(register: Register) -> None:
    content = f"Tôi là {NAME}, gọi {PHONE}. Xe 36A-123.45 của ông Lê Mẫu Thử đổ rác."
    desk = await with_result(register, content=content)
    with pytest.raises(RegisterRefused) as caught:
        await desk.do(C.PUBLISH_ANSWER, redaction_done=True)
    assert caught.value.code is Code.REDACTION_LEFT
    assert caught.value.detail == "content: name, plate, sender"
    assert not [word for word in (NAME, PHONE, "36A", "Lê Mẫu") if word in str(caught.value.body())]
    assert await desk.state() == "CO_KET_QUA"
    assert await register.public_cases() == []


async def test_T13_the_confirmed_texts_are_published_and_the_case_file_keeps_the_original(
    register: Register,
) -> None:
    content = f"Tôi là {NAME}, xe 36A-123.45 đổ rác."
    desk = await with_result(register, content=content)
    shown = {text["name"]: text for text in (await register.assist(desk.ref))["texts"]}
    assert shown["content"]["proposed"] == "Tôi là [người gửi], xe [biển số xe] đổ rác."
    assert [item["kind"] for item in shown["content"]["suggestions"]] == ["sender", "plate"]
    assert shown["answer"]["text"] == "Đã thu gom rác"
    await desk.do(C.PUBLISH_ANSWER, redaction_done=True, public_content=shown["content"]["proposed"])
    assert (await register.public_case(await code_of(desk)))["content"] == shown["content"]["proposed"]
    assert (await desk.case())["content"] == content


async def test_T13_an_official_may_keep_a_finding_with_a_reason(register: Register) -> None:
    desk = await with_result(register, content="Xe buýt 36B-123.45 chạy quá tốc độ")
    assert (
        await desk.refused(C.PUBLISH_ANSWER, redaction_done=True, redaction_kept="  ") is Code.REDACTION_LEFT
    )
    await desk.do(C.PUBLISH_ANSWER, redaction_done=True, redaction_kept="biển số xe công cộng")
    assert "36B-123.45" in (await register.public_case(await code_of(desk)))["content"]


@pytest.mark.parametrize("own", [NAME, NAME.upper(), "0900 000 123", "+84 900 000 123", EMAIL])
async def test_R11_the_senders_own_data_is_never_published_whatever_the_reason(
    register: Register, own: str
) -> None:
    desk = await with_result(register, content=f"Rác thải, liên hệ {own} nhé")
    left = await desk.refused(C.PUBLISH_ANSWER, redaction_done=True, redaction_kept="người gửi đồng ý")
    assert left is Code.REDACTION_LEFT


async def test_R25_a_marking_of_secrecy_in_the_public_texts_is_refused(register: Register) -> None:
    desk = await with_result(register)
    marked = {"redaction_done": True, "public_answer": "Theo văn bản (MẬT)"}
    assert await desk.refused(C.PUBLISH_ANSWER, **marked) is Code.SECRECY_MARKED


async def test_R13_a_correction_is_a_new_version_and_keeps_the_confirmed_texts(register: Register) -> None:
    desk = await with_result(register, content=f"Tôi là {NAME}, đường hỏng")
    await desk.do(C.PUBLISH_ANSWER, redaction_done=True, public_content="Đường hỏng")
    await desk.do(C.CORRECT_ANSWER, text="Đã vá đường", reason_code="SAI_SOT", redaction_done=True)
    case = await register.public_case(await code_of(desk))
    assert (case["version"], case["content"], case["answer"]) == (2, "Đường hỏng", "Đã vá đường")
    assert [item["text"] for item in await register.answers(desk.ref)] == ["Đã thu gom rác", "Đã vá đường"]


# ---- the public projection ----------------------------------------------------------------------------------


async def test_R26_a_private_case_leaves_the_list_unchanged_and_counts_one(register: Register) -> None:
    await published(register)
    before, counted = await register.public_cases(), (await register.public_statistics())["received"]
    desk = await with_result(register, private=True)
    await desk.do(C.ANSWER_PRIVATELY)
    assert await register.public_cases() == before
    assert await hidden(register, await code_of(desk))
    assert (await register.public_statistics())["received"] == counted + 1


async def test_R12_a_case_made_private_after_publication_is_gone_at_once(register: Register) -> None:
    desk = await published(register)
    await desk.do(C.MAKE_PRIVATE)
    assert await register.public_cases() == []
    assert await hidden(register, await code_of(desk))
    assert (await register.public_statistics())["received"] == 1


async def test_R25_a_restricted_case_is_neither_shown_nor_counted(register: Register) -> None:
    desk = await published(register)
    await desk.do(C.RESTRICT, hold=True)
    assert await hidden(register, await code_of(desk))
    assert await register.public_statistics() == {"received": 0, "by_state": {}, "by_field": {}}


async def test_R25_off_the_system_the_public_copy_is_destroyed(register: Register) -> None:
    """A published case is final and T15 does not take it; the statement that empties a case takes its copies all the same."""
    desk = await published(register)
    async with register.database.transaction() as conn:
        await run(conn, "announce_emptying", case_id=int(desk.ref))
        await run(conn, "empty_case", case_id=int(desk.ref))
        cursor = await conn.execute("SELECT sealed FROM register.public_copy")
        assert [row["sealed"] for row in await cursor.fetchall()] == [None]


async def test_what_is_not_published_yet_is_not_shown(register: Register) -> None:
    desk = await with_result(register)
    assert await register.public_cases() == []
    assert await hidden(register, await code_of(desk))


async def test_the_public_list_pages_from_the_newest(register: Register) -> None:
    desks = [await published(register) for _ in range(3)]
    codes = [await code_of(desk) for desk in reversed(desks)]
    first = await register.public_cases(limit=2)
    rest = await register.public_cases(before=first[-1]["id"], limit=2)
    assert [case["code"] for case in (*first, *rest)] == codes


async def test_the_public_copy_is_sealed_at_rest(register: Register) -> None:
    await published(register)
    async with register.database.connection() as conn:
        stored = await (await conn.execute("SELECT * FROM register.public_copy")).fetchall()
    assert "Rác".encode() not in bytes(stored[0]["sealed"])


# ---- the sender's status ------------------------------------------------------------------------------------


async def test_ND20_the_sender_sees_how_far_the_case_is_and_no_official(register: Register) -> None:
    receipt = await register.take_in(submission(sender=SENDER))
    desk = Desk(register, receipt.id)
    await desk.do(C.ASK_SUPPLEMENT, text="Thiếu địa điểm", officer="cb-mau-dau")
    status = await register.status(receipt.code, receipt.receipt_sha256)
    assert (status["state"], status["asked"]["text"]) == ("CHO_BO_SUNG", "Thiếu địa điểm")
    assert status["asked"]["due_at"] is not None
    assert status["agency_name"]
    assert "cb-mau-dau" not in str(status)
    assert receipt.receipt_sha256 not in str(status)


async def test_ND20_the_answer_of_a_private_case_is_told_to_its_sender(register: Register) -> None:
    receipt = await register.take_in(submission(private=True))
    desk = Desk(register, receipt.id)
    await desk.handed_over()
    await desk.do(C.RESULT, text="Kết quả nội bộ của đơn vị")
    await desk.do(C.ANSWER_PRIVATELY, text="Trả lời riêng", signer="Trần Ký Mẫu")
    status = await register.status(receipt.code, receipt.receipt_sha256)
    assert (status["state"], status["answer"]["text"], status["asked"]) == (
        "DA_TRA_LOI_RIENG",
        "Trả lời riêng",
        None,
    )
    assert not [word for word in ("Trần Ký Mẫu", "Kết quả nội bộ") if word in str(status)]


async def test_R25_the_sender_of_a_restricted_case_sees_the_state_alone(register: Register) -> None:
    receipt = await register.take_in(submission())
    desk = Desk(register, receipt.id)
    await desk.handed_over()
    await desk.do(C.PROGRESS, text="Đang xử lý")
    await desk.do(C.RESTRICT, hold=True)
    status = await register.status(receipt.code, receipt.receipt_sha256)
    assert status["state"] == "DANG_XU_LY"
    assert all(step["text"] is None for step in status["steps"])
    assert "restricted" not in {step["kind"] for step in status["steps"]}


async def test_a_wrong_proof_tells_no_more_than_an_unknown_code(register: Register) -> None:
    receipt = await register.take_in(submission())
    other = await register.take_in(submission())
    for code, proof in (
        (receipt.code, other.receipt_sha256),
        ("khong-co", receipt.receipt_sha256),
        (receipt.id, receipt.receipt_sha256),
    ):
        with pytest.raises(RegisterRefused) as caught:
            await register.status(code, proof)
        assert caught.value.code is Code.NOT_FOUND


# ---- intake -------------------------------------------------------------------------------------------------


async def test_an_old_encoding_is_flagged_and_never_converted(register: Register) -> None:
    content = "§­êng h­ háng nÆng"
    receipt = await register.take_in(submission(content=content))
    assert receipt.legacy_encoding == "tcvn3"
    assert (await register.document(receipt.id))["content"] == content
    assert (await register.work_view(receipt.id)).legacy_encoding == "tcvn3"
    shown = {text["name"]: text for text in (await register.assist(receipt.id))["texts"]}
    assert shown["content"]["converted"] == "Đường hư hỏng nặng"


async def test_a_text_that_reads_well_is_not_flagged(register: Register) -> None:
    receipt = await register.take_in(submission())
    assert (receipt.legacy_encoding, (await register.work_view(receipt.id)).legacy_encoding) == (None, None)


@pytest.mark.parametrize("phone", [None, "", "O900000123", "0900000123 gặp Mẫu", "01230000000", "1022"])
async def test_R11_no_case_is_taken_in_without_a_phone_number(register: Register, phone: str | None) -> None:
    with pytest.raises(RegisterRefused) as caught:
        await register.take_in(submission(sender={"name": NAME, "phone": phone}))
    assert caught.value.code is Code.PHONE_INVALID
    assert not phone or phone not in str(caught.value.body())


# ---- over HTTP: every outlet, every role --------------------------------------------------------------------


class Walk:
    """A served register with one case that bears the marks, and the ways to read it."""

    def __init__(self, served: Running, client: httpx.AsyncClient, case: dict, came_in: int) -> None:
        self.served, self.client, self.ref = served, client, case["id"]
        self.paths = [
            path.removeprefix("/api/v1")
            .replace("{attachment_id}", case["attachments"][0]["id"])
            .replace("{case_id}", case["id"])
            .replace("{code}", case["code"])
            .replace("{number}", str(came_in))
            for path, methods in openapi_document()["paths"].items()
            if "get" in methods
        ]

    async def get(self, path: str, role: Role | None) -> httpx.Response:
        headers = {"x-officer": "cb-mau-01", "x-receipt": "0" * 64}
        if role is not None:
            headers["authorization"] = f"Bearer {self.served.tokens[role]}"
        return await self.client.get(f"/api/v1{path}", headers=headers)

    async def logged(self) -> list[dict]:
        async with self.served.register.database.connection() as conn:
            return await (await conn.execute("SELECT * FROM register.access_log ORDER BY id")).fetchall()


@pytest.fixture
async def walk() -> AsyncIterator[Walk]:
    dsn = await wiped_database(embedded_postgres(), "register_public")
    async with running(dsn) as served, httpx.AsyncClient(base_url=served.url, timeout=30) as client:
        agencies, holders = read_agencies(SAMPLE)
        await served.register.put_agencies(agencies, province_role=holders)
        file = {"file_name": f"anh {PHONE}.txt", "media_type": "text/plain", "content_base64": "TWF1"}
        desk = await with_result(served.register, content=f"Tôi là {NAME}, số {PHONE}, {EMAIL}", files=[file])
        await desk.do(C.PUBLISH_ANSWER, redaction_done=True, public_content="Đường hỏng")
        (first, *_) = await served.register.evidence(desk.ref)
        yield Walk(served, client, await desk.case(), first["number"])


@pytest.mark.parametrize("role", [None, Role.READER, Role.INTAKE])
async def test_R11_no_outlet_tells_the_public_a_channel_or_a_reader_who_the_sender_is(
    walk: Walk, role: Role | None
) -> None:
    read = 0
    for path in walk.paths:
        reply = await walk.get(path, role)
        read += reply.status_code == 200
        assert not [mark for mark in MARKS if mark in reply.text], path
        assert 'receipt_sha256":"' not in reply.text.replace(" ", ""), path
    assert read >= 4
    assert await walk.logged() == []


@pytest.mark.parametrize("role", [Role.OFFICER, Role.EXCHANGE])
async def test_each_reading_of_a_sender_is_logged_whatever_the_route(walk: Walk, role: Role) -> None:
    """Law 91/2025 and §5.1: who, which case, what for, when."""
    shown = 0
    for path in walk.paths:
        before = len(await walk.logged())
        reply = await walk.get(path, role)
        rows = (await walk.logged())[before:]
        is_file = reply.is_success and ("/attachments/" in path or "/evidence/" in path)
        if is_file or any(mark in reply.text for mark in MARKS):
            shown += 1
            assert [row["token"] for row in rows] == [f"{role.value}:test-{role.value}"], path
            assert rows[0]["case_ids"] == [int(walk.ref)], path
            assert rows[0]["purpose"], path
    assert shown >= (5 if role is Role.OFFICER else 4)


async def test_the_status_is_read_with_the_receipt_and_not_too_often(walk: Walk) -> None:
    register = walk.served.register
    receipt = await register.take_in(submission())
    path = f"/api/v1/status/{receipt.code}"
    good = await walk.client.get(path, headers={"x-receipt": receipt.receipt_sha256})
    assert good.json()["state"] == "MOI"
    assert (await walk.client.get(path)).status_code == 422
    replies = [await walk.client.get(path, headers={"x-receipt": "0" * 64}) for _ in range(130)]
    assert {reply.json()["error"]["code"] for reply in replies} == {"NOT_FOUND", "TOO_MANY"}
