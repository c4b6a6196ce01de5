"""The register's transactions on a real PostgreSQL: intake, steps, exchange writes, evidence."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from pydantic import ValidationError

from adapters.register import installing
from adapters.register.catalogue_file import read_agencies
from adapters.register.commands import CommandName
from adapters.register.database import Database
from adapters.register.installing import install, migrations
from adapters.register.models import ActIn, CaseFields, CaseIn, Order, Submission, Supplement
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import Purpose, header_place, open_
from adapters.register.service import Register
from adapters.register.service.finding import Natural
from adapters.register.service.reading import ListFilter, keys_of
from adapters.register.testing import KEYS, embedded_postgres, fresh_database, shipped_rules, wiped_database
from adapters.register.uploads import NewFile
from connector.errors import DatabaseVersionError
from connector.sealing import MasterKeys

C = CommandName
SAMPLE = Path(__file__).parents[2] / "fixtures" / "register" / "agencies.csv"
HEALTH, COMMUNE, DISTRICT = "000.00.15.H56", "000.01.50.H56", "000.00.40.H56"
SENDER = {"name": "Nguyễn Văn Mẫu", "phone": "0900000000"}
PDF = b"%PDF-1.7 mau"
MASTERS = MasterKeys.parse(KEYS)


class HandClock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
async def clock():
    return HandClock()


@pytest.fixture
async def register(clock):
    register = Register(
        Database(await wiped_database(embedded_postgres(), "register_tests")), clock, MASTERS, shipped_rules()
    )
    await register.install()
    agencies, holder = read_agencies(SAMPLE)
    await register.put_agencies(agencies, province_role=holder)
    yield register
    await register.aclose()


def submission(**facts) -> Submission:
    body = {
        "channel": "zalo",
        "external_id": uuid4().hex,
        "content": "Rác thải đổ ra đường liên xã",
        "nature": "hien_truong",
        "field": "moi_truong",
        "sender": SENDER,
    }
    return Submission.model_validate({**body, **facts})


def portal_case(ref: str = "900000001", **facts) -> CaseIn:
    body = {
        "title": "Chậm trả kết quả hồ sơ đất đai",
        "content": "Hồ sơ quá hạn mười ngày",
        "nature": "hanh_vi_cong_vu",
        "channel": "dvcqg",
        "sender": {"name": "Lê Thị Mẫu", "phone": None, "email": "mau@example.com"},
        "submitted_at": "2026-11-17T08:00:00+07:00",
        "origin_system": "national_portal",
        "origin_ref": ref,
    }
    return CaseIn.model_validate({**body, **facts})


def act(number: int, kind: str, **facts) -> ActIn:
    body = {"id": f"national_portal:900.{number}", "kind": kind, "at": "2026-11-18T09:00:00+07:00"}
    return ActIn.model_validate({**body, **facts})


def order(**facts) -> Order:
    return Order.model_validate({"officer": "cb-mau-01", **facts})


async def refusal(awaitable) -> Code:
    with pytest.raises(RegisterRefused) as caught:
        await awaitable
    return caught.value.code


async def sequence(register: Register) -> int:
    return (await register.pulse())[1]


async def sql(register: Register, text: str) -> list[dict]:
    async with register.database.connection() as conn:
        return await (await conn.execute(text.encode())).fetchall()


# ---- schema ----


async def test_install_may_run_twice_and_at_once_and_refuses_a_newer_schema():
    dsn = await fresh_database(embedded_postgres())

    async def once() -> int:
        async with await psycopg.AsyncConnection.connect(dsn, row_factory=dict_row) as conn:
            return await install(conn, MASTERS, HandClock().now())

    newest = migrations()[-1][0]
    assert await asyncio.gather(once(), once()) == [newest, newest]
    assert await once() == newest
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        await conn.execute("INSERT INTO register.schema_version (version, name) VALUES (9999, 'later')")
    with pytest.raises(DatabaseVersionError):
        await once()


async def test_an_install_that_fails_half_way_changes_nothing(monkeypatch):
    dsn = await fresh_database(embedded_postgres())
    broken = (*migrations(), (9999, "9999_broken", b"CREATE TABLE register.half (); SELECT 1 / 0;"))
    monkeypatch.setattr(installing, "migrations", lambda: broken)
    async with await psycopg.AsyncConnection.connect(dsn, row_factory=dict_row) as conn:
        with pytest.raises(psycopg.errors.DivisionByZero):
            await install(conn, MASTERS, HandClock().now())
        schemas = await conn.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'register'")
        assert await schemas.fetchone() is None


# ---- intake ----


async def test_the_same_message_three_times_at_once_gives_one_case(register):
    """R08."""
    message = submission(external_id="zalo-1")
    receipts = await asyncio.gather(*(register.take_in(message) for _ in range(3)))
    assert len({(receipt.id, receipt.code, receipt.receipt_sha256) for receipt in receipts}) == 1
    assert sorted(receipt.duplicate for receipt in receipts) == [False, True, True]
    assert len(await register.changes(0, 10)) == 1


async def test_codes_count_by_the_civil_day_without_a_gap_or_a_repeat(register, clock):
    codes = [(await register.take_in(item)).code for item in [submission() for _ in range(3)]]
    assert codes == [f"000.00.00.H56-261118-0000{n}" for n in (1, 2, 3)]
    clock.at = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)  # midnight in Hà Nội
    assert (await register.take_in(submission())).code == "000.00.00.H56-261119-00001"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"sender": {"phone": "0900000000"}}, Code.NAME_MISSING),
        ({"sender": {"name": "  ", "phone": "0900000000"}}, Code.NAME_MISSING),
        ({"sender": {"name": "Nguyễn Văn Mẫu"}}, Code.PHONE_INVALID),
        ({"sender": {"name": "Nguyễn Văn Mẫu", "phone": "O900000000"}}, Code.PHONE_INVALID),
        ({"sender": {"name": "Nguyễn Văn Mẫu", "phone": "1022"}}, Code.PHONE_INVALID),
        ({"content": " \n "}, Code.CONTENT_MISSING),
        ({"agency": "000.00.99.H56"}, Code.AGENCY_UNKNOWN),
        ({"agency": DISTRICT}, Code.RECEIVER_INACTIVE),
        ({"channel": "officer"}, Code.OFFICER_MISSING),
        ({"channel": "officer", "officer": "svc-nhap-lieu"}, Code.SERVICE_ACCOUNT),
        ({"submitted_at": "2026-11-19T00:00:00+07:00"}, Code.INVALID),
    ],
)
async def test_intake_requires_name_phone_content_and_a_living_agency(register, facts, code):
    """R11, R12; nothing is written by a refused intake, and no feed number is used up."""
    assert await refusal(register.take_in(submission(**facts))) is code
    assert await sequence(register) == 0


@pytest.mark.parametrize("phone", ["0900000000", "+84900000000", "(0237) 3.721.150", "０９００００００００"])
async def test_mobile_and_land_lines_are_taken_as_written(register, phone):
    receipt = await register.take_in(submission(sender={"name": "Nguyễn Văn Mẫu", "phone": phone}))
    assert (await register.document(receipt.id))["sender"]["phone"] == phone


async def test_an_agency_may_be_named_by_its_other_code(register):
    receipt = await register.take_in(submission(agency="H56.15"))
    assert (await register.document(receipt.id))["agency"] == HEALTH


async def test_a_denunciation_is_restricted_from_the_first_moment(register):
    """R04."""
    receipt = await register.take_in(submission(nature="to_cao"))
    assert (await register.document(receipt.id))["restricted"] is True


async def test_text_is_kept_in_nfc_and_what_cannot_be_stored_is_refused_at_the_door(register):
    import unicodedata

    written = unicodedata.normalize("NFD", "Đường hỏng ở xã Mẫu")
    receipt = await register.take_in(submission(content=written))
    assert (await register.document(receipt.id))["content"] == "Đường hỏng ở xã Mẫu"
    for bad in ("a\x00b", "a\ud800b"):
        with pytest.raises(ValidationError) as caught:
            submission(content=bad)
        assert bad not in str(caught.value)


async def test_files_are_kept_byte_for_byte_and_checked_by_size_type_and_first_bytes(register):
    def with_file(content: bytes, media_type: str = "application/pdf", **facts):
        import base64

        file = {"file_name": "C:\\ảnh\\đơn.pdf", "media_type": media_type, **facts}
        return submission(files=[{**file, "content_base64": base64.b64encode(content).decode()}])

    receipt = await register.take_in(with_file(PDF))
    case = await register.document(receipt.id)
    (file,) = case["attachments"]
    assert (file["id"], file["file_name"], file["size"], file["signed"]) == (
        "register:1",
        "đơn.pdf",
        12,
        False,
    )
    assert (await register.file(case["id"], file["id"])).content == PDF
    assert await refusal(register.take_in(with_file(b"MZ\x90 exe"))) is Code.FILE_MAGIC
    assert await refusal(register.take_in(with_file(b"MZ", "application/x-msdownload"))) is Code.FILE_TYPE
    assert await refusal(register.take_in(with_file(b""))) is Code.FILE_EMPTY
    assert await refusal(register.take_in(with_file(PDF, sha256="0" * 64))) is Code.FILE_HASH
    big = PDF + bytes(register.scope.config.max_file_bytes)
    assert await refusal(register.take_in(with_file(big))) is Code.FILE_TOO_LARGE


# ---- steps ----


async def test_a_case_lives_from_receipt_to_publication_and_its_cache_equals_its_acts(register):
    receipt = await register.take_in(submission(agency=HEALTH))
    steps = [
        (C.ASK_SUPPLEMENT, {"text": "Thiếu địa chỉ"}, "CHO_BO_SUNG"),
        (C.SUPPLEMENT, {"text": "Số 1 phố Mẫu"}, "MOI"),
        (C.REASSIGN, {"to_agency": COMMUNE}, "MOI"),
        (C.TO_PROVINCE_ROLE, {"text": "Chưa rõ thẩm quyền"}, "CHO_PHAN_CONG"),
        (C.ASSIGN_FROM_PROVINCE, {"to_agency": HEALTH}, "MOI"),
        (C.HAND_OVER, {"unit": "Phòng Y", "due_at": "2026-12-02T17:00:00+07:00"}, "DANG_XU_LY"),
        (C.COORDINATE, {"text": "Đề nghị phối hợp", "to_agencies": [COMMUNE]}, "DANG_XU_LY"),
        (C.COORDINATION_ANSWER, {"text": "Đã rõ", "agency": COMMUNE}, "DANG_XU_LY"),
        (C.PROGRESS, {"text": "Đang xác minh"}, "DANG_XU_LY"),
        (C.RESULT, {"text": "Đã xử lý"}, "CO_KET_QUA"),
        (C.SEND_BACK, {"text": "Thiếu số liệu"}, "DANG_XU_LY"),
        (C.RESULT, {"text": "Đã xử lý, 3 tấn rác"}, "CO_KET_QUA"),
        (C.PUBLISH_ANSWER, {"redaction_done": True}, "DA_CONG_KHAI"),
        (C.CORRECT_ANSWER, {"text": "4 tấn rác", "reason_code": "X", "redaction_done": True}, "DA_CONG_KHAI"),
    ]
    for name, facts, state in steps:
        done = await register.perform(receipt.code, name, order(**facts))
        assert done.state == state
        assert (await register.work_view(receipt.id)).state == state  # replays the acts and compares
    case = await register.document(receipt.id)
    answers = [item for item in case["acts"] if item["kind"] == "answered"]
    assert [item["details"]["version"] for item in answers] == ["1", "2"]
    assert [item["text"] for item in answers] == ["Đã xử lý, 3 tấn rác", "4 tấn rác"]
    assert case["version"] == str(len(steps) + 1)
    assert case["due_at"] == "2026-12-02T17:00:00+07:00"


async def test_a_refused_step_leaves_no_trace(register):
    receipt = await register.take_in(submission())
    before = await register.document(receipt.id)
    assert await refusal(register.perform(receipt.id, C.RESULT, order(text="x"))) is Code.WRONG_STATE
    assert await refusal(register.perform(receipt.id, C.REFUSE, order(text=" "))) is Code.TEXT_MISSING
    code = await refusal(register.perform(receipt.id, C.REFUSE, order(text="x", attachments=["register:99"])))
    assert code is Code.FILE_UNKNOWN
    assert await register.document(receipt.id) == before
    assert await refusal(register.perform("999", C.REFUSE, order(text="x"))) is Code.NOT_FOUND
    assert await refusal(register.perform("khong-co", C.REFUSE, order(text="x"))) is Code.NOT_FOUND


async def test_two_officials_at_once_one_step_wins(register):
    receipt = await register.take_in(submission())
    ways = (
        register.perform(receipt.id, C.REFUSE, order(text="Không thuộc phạm vi")),
        register.perform(receipt.id, C.HAND_OVER, order(unit="Phòng Y")),
        register.perform(receipt.id, C.REASSIGN, order(to_agency=HEALTH)),
    )
    ends = await asyncio.gather(*ways, return_exceptions=True)
    assert sum(not isinstance(end, Exception) for end in ends) >= 1
    refused = [end for end in ends if isinstance(end, Exception)]
    assert all(isinstance(end, RegisterRefused) for end in refused)
    await register.work_view(receipt.id)  # the cache still equals the acts
    assert len(await register.changes(0, 10)) == 1


async def test_a_token_name_of_a_program_cannot_decide(register):
    """R09: whatever authenticates as a program is a service account."""
    from adapters.register.tokens import Role, create_token

    async with register.database.connection() as conn:
        await create_token(conn, register.scope.clock, Role.EXCHANGE, "dong-bo-01")
    register.scope.forget_directory()
    receipt = await register.take_in(submission())
    code = await refusal(register.perform(receipt.id, C.REFUSE, order(text="x", officer="dong-bo-01")))
    assert code is Code.SERVICE_ACCOUNT


async def test_a_senders_supplement_arrives_once(register, clock):
    receipt = await register.take_in(submission())
    await register.perform(receipt.id, C.ASK_SUPPLEMENT, order(text="Thiếu"))
    message = Supplement(channel="zalo", external_id="zalo-2", text="Số 1 phố Mẫu")
    first = await register.supplement(receipt.code, message)
    again = await register.supplement(receipt.code, message)
    assert (first.state, again.state, again.acts) == ("MOI", "MOI", ())
    assert again.version == first.version
    reused = submission(external_id="zalo-2")
    assert await refusal(register.take_in(reused)) is Code.MESSAGE_REUSED


async def test_lapse_after_the_senders_time_and_not_before(register, clock):
    receipt = await register.take_in(submission())
    await register.perform(receipt.id, C.ASK_SUPPLEMENT, order(text="Thiếu"))
    clock.at = datetime.fromisoformat((await register.work_view(receipt.id)).supplement_due_at)
    assert await refusal(register.perform(receipt.id, C.LAPSE, order())) is Code.CLOCK_ONLY
    assert (await register.tick()).lapsed == 0
    clock.at += timedelta(microseconds=1)
    assert (await register.tick()).lapsed == 1
    assert (await register.document(receipt.id))["state"] == "HET_HAN_BO_SUNG"


async def test_acts_cannot_be_changed_or_removed_even_by_sql(register):
    await register.take_in(submission())
    for text in (
        "UPDATE register.act SET sealed = NULL",
        "DELETE FROM register.act",
        "TRUNCATE register.act",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            await sql(register, text)


async def test_a_cache_that_was_changed_past_the_service_is_noticed_and_nothing_is_built_on_it(register):
    receipt = await register.take_in(submission())
    async with register.database.connection() as conn:
        await conn.execute("UPDATE register.case_record SET state = 'DA_CONG_KHAI'")
    assert await refusal(register.perform(receipt.id, C.REFUSE, order(text="x"))) is Code.STATE_MISMATCH


async def test_t15_leaves_a_content_free_tombstone_everywhere(register):
    import base64

    file = {"file_name": "bi-mat.pdf", "media_type": "application/pdf"}
    body = submission(
        content="Nội dung cần bảo vệ",
        files=[{**file, "content_base64": base64.b64encode(PDF).decode()}],
        place={"text": "Thôn Mẫu"},
    )
    receipt = await register.take_in(body)
    await register.perform(receipt.id, C.HAND_OVER, order(unit="Phòng Y", text="Nội dung cần bảo vệ"))
    await register.perform(receipt.id, C.RESTRICT, order(reason_code="QD-01"))
    await register.append(uuid4(), receipt.id, [act(1, "rated", text="Nội dung cần bảo vệ")])
    case = await register.document(receipt.id)
    assert (case["state"], case["restricted"]) == ("NGOAI_HE_THONG", True)
    assert (case["title"], case["content"]) == ("(hạn chế)", "(hạn chế)")
    assert all(item["text"] is None for item in case["acts"])
    assert await refusal(register.file(case["id"], "register:1")) is Code.FILE_GONE
    for table in (
        "case_record",
        "contact",
        "act",
        "attachment",
        "header_history",
        "exchange_key",
        "evidence",
        "feed",
    ):
        stored = str(await sql(register, f"TABLE register.{table}"))
        assert not any(
            word in stored for word in ("bảo vệ", "Nguyễn", "0900000000", "bi-mat", "Thôn", "%PDF")
        ), table
    assert await sql(register, "SELECT * FROM register.case_key") == [], "both keys are destroyed"
    assert all(not item["held"] and len(item["sha256"]) == 64 for item in await register.evidence(receipt.id))
    await register.work_view(receipt.id)


# ---- exchange ----


async def test_create_is_idempotent_by_key_and_by_origin_even_at_once(register):
    key = uuid4()
    ends = await asyncio.gather(
        register.create(key, portal_case()),
        register.create(key, portal_case()),
        register.create(uuid4(), portal_case()),
    )
    assert len({end.ref for end in ends}) == 1
    assert sorted(end.duplicate for end in ends) == [False, True, True]
    assert len(await register.changes(0, 10)) == 1
    again = await register.create(key, portal_case())
    assert (again.ref, again.duplicate) == (ends[0].ref, True)


async def test_the_same_key_with_another_body_is_refused(register):
    key = uuid4()
    done = await register.create(key, portal_case())
    assert await refusal(register.create(key, portal_case(title="Khác"))) is Code.KEY_REUSED
    assert await refusal(register.update(key, done.ref, CaseFields(title="Khác"))) is Code.KEY_REUSED


async def test_a_portals_case_needs_no_phone_and_keeps_its_acts_and_files(register):
    file = NewFile(id="national_portal:77", role="question", file_name="a.pdf", sha256=None, content=b"abc")
    acts = [
        act(1, "forwarded", text="Chuyển địa phương"),
        act(2, "reminded", attachments=["national_portal:77"]),
    ]
    done = await register.create(
        uuid4(), portal_case(acts=[a.model_dump() for a in acts], due_at="2026-12-01T17:00:00+07:00"), [file]
    )
    case = await register.document(done.ref)
    assert (case["origin_system"], case["origin_ref"], case["state"]) == (
        "national_portal",
        "900000001",
        "MOI",
    )
    assert {a["id"] for a in case["acts"]} == {"register:1", "national_portal:900.1", "national_portal:900.2"}
    assert case["attachments"][0]["id"] == "national_portal:77"
    assert case["due_at"] == "2026-12-01T17:00:00+07:00"
    assert (await register.file(done.ref, "national_portal:77")).content == b"abc"


async def test_append_takes_each_act_once_and_makes_no_feed_row_for_nothing(register):
    done = await register.create(uuid4(), portal_case())
    await register.append(uuid4(), done.ref, [act(1, "rated"), act(2, "reminded")])
    before = await sequence(register)
    receipt = await register.append(uuid4(), done.ref, [act(2, "reminded"), act(1, "rated")])
    assert receipt.duplicate
    assert await sequence(register) == before
    await register.append(uuid4(), done.ref, [act(2, "reminded"), act(3, "published")])
    assert await sequence(register) == before + 1


async def test_an_act_of_our_own_that_a_portal_echoes_is_passed_over(register):
    done = await register.create(uuid4(), portal_case())
    performed = await register.perform(done.ref, C.HAND_OVER, order(unit="Phòng Y"))
    echoed = [act(0, "accepted", id=performed.acts[0])]
    assert (await register.append(uuid4(), done.ref, echoed)).duplicate
    invented = [act(0, "rated", id="register:99999")]
    assert await refusal(register.append(uuid4(), done.ref, invented)) is Code.ACT_NOT_FOREIGN


async def test_an_act_belongs_to_one_case(register):
    one = await register.create(uuid4(), portal_case("1"))
    two = await register.create(uuid4(), portal_case("2"))
    await register.append(uuid4(), one.ref, [act(1, "rated")])
    assert await refusal(register.append(uuid4(), two.ref, [act(1, "rated")])) is Code.ACT_ELSEWHERE


async def test_a_decision_from_a_portal_without_its_official_is_refused_whole(register):
    """R09: to quarantine; the good act beside it waits too, so that order is kept."""
    done = await register.create(uuid4(), portal_case())
    key = uuid4()
    assert await refusal(register.append(key, done.ref, [act(1, "rated"), act(2, "refused")])) is (
        Code.DECISION_WITHOUT_OFFICER
    )
    assert await register.find(key) is None
    assert len((await register.document(done.ref))["acts"]) == 1


async def test_what_a_body_outside_the_province_decided_before_is_history(register):
    """A portal's case may come to us after another ministry had accepted and transferred it."""
    before = [
        act(1, "accepted", agency="000.00.00.G09").model_dump(),
        act(2, "transferred", agency="000.00.00.G09", text="Chuyển Thanh Hóa").model_dump(),
    ]
    done = await register.create(uuid4(), portal_case(acts=before))
    assert done.facts["state"] == "MOI"
    ours = [act(3, "accepted", agency=HEALTH)]
    assert await refusal(register.append(uuid4(), done.ref, ours)) is Code.DECISION_WITHOUT_OFFICER


async def test_portal_events_do_to_the_state_what_the_rules_say(register):
    """Rules §3.6."""
    done = await register.create(uuid4(), portal_case())
    await register.perform(done.ref, C.ASK_SUPPLEMENT, order(text="Thiếu"))
    receipt = await register.append(uuid4(), done.ref, [act(1, "supplemented", text="Đã bổ sung")])
    assert receipt.facts["state"] == "MOI"
    await register.perform(done.ref, C.HAND_OVER, order(unit="Phòng Y"))
    await register.append(uuid4(), done.ref, [act(2, "recalled", text="Thu hồi")])
    assert (await register.work_view(done.ref)).recalled
    (listed,) = await register.cases(ListFilter(recalled=True, origin="national_portal"))
    assert listed["id"] == done.ref
    assert await refusal(register.perform(done.ref, C.RESULT, order(text="x"))) is Code.RECALL_PENDING
    await register.perform(done.ref, C.RECALL_REFUSED, order(text="Đã xử lý xong"))
    await register.perform(done.ref, C.RESULT, order(text="Đã xử lý"))
    await register.perform(done.ref, C.PUBLISH_ANSWER, order(redaction_done=True))
    await register.append(uuid4(), done.ref, [act(3, "returned_for_rework", text="Chưa rõ")])
    view = await register.work_view(done.ref)
    assert (view.state, view.rework) == ("DA_CONG_KHAI", True)
    facts = {"text": "Làm rõ", "reason_code": "CONG_TRA_LAI", "redaction_done": True}
    await register.perform(done.ref, C.CORRECT_ANSWER, order(**facts))
    assert not (await register.work_view(done.ref)).rework


async def test_update_changes_what_the_entry_system_owns_and_keeps_the_old_text(register):
    done = await register.create(uuid4(), portal_case())
    body = CaseFields(
        title="Tiêu đề mới", sender={"name": "Lê Thị Mẫu", "phone": "0900000001"}, public_code="PA-1"
    )
    await register.update(uuid4(), done.ref, body)
    case = await register.document(done.ref)
    assert (case["title"], case["content"]) == ("Tiêu đề mới", "Hồ sơ quá hạn mười ngày")
    assert (case["sender"]["phone"], case["sender"]["email"]) == ("0900000001", None)
    assert case["public_code"] == "PA-1"
    (kept,) = await sql(register, "SELECT feed_seq, sealed, contact_sealed FROM register.header_history")
    number = int(done.ref)
    async with register.database.connection() as conn:
        keys = await keys_of(conn, MASTERS, number)
    header = open_(keys.file, header_place(number, kept["feed_seq"], Purpose.FILE), kept["sealed"])
    assert header["title"] == "Chậm trả kết quả hồ sơ đất đai"
    place = header_place(number, kept["feed_seq"], Purpose.CONTACT)
    assert open_(keys.contact, place, kept["contact_sealed"])["sender_email"] == "mau@example.com"
    before = await sequence(register)
    assert (await register.update(uuid4(), done.ref, body)).duplicate
    assert await sequence(register) == before


async def test_privacy_only_tightens(register):
    """Invariant 6: false from the other side does not loosen; true leaves its own act."""
    done = await register.create(uuid4(), portal_case())
    await register.update(uuid4(), done.ref, CaseFields(private=True))
    await register.update(uuid4(), done.ref, CaseFields(private=False))
    case = await register.document(done.ref)
    assert case["private"] is True
    assert [a["kind"] for a in case["acts"]] == ["received", "made_private"]


async def test_text_of_a_case_entered_here_is_not_the_connectors_to_change(register):
    """Invariant 7: conflict, never last-write-wins. Equal values are no change."""
    receipt = await register.take_in(submission())
    assert await refusal(register.update(uuid4(), receipt.id, CaseFields(content="Khác"))) is Code.NOT_OWNER
    same = CaseFields(content="Rác thải đổ ra đường liên xã", public_code="PA-2")
    await register.update(uuid4(), receipt.id, same)
    assert (await register.document(receipt.id))["public_code"] == "PA-2"


async def test_custody_is_not_taken_over_from_a_portal_and_the_receipt_says_so(register):
    done = await register.create(uuid4(), portal_case())
    receipt = await register.update(uuid4(), done.ref, CaseFields(agency=HEALTH, title="Mới"))
    assert receipt.facts["not_taken"] == "agency"
    assert (await register.document(done.ref))["agency"] == "000.00.00.H56"


async def test_find_proves_and_disproves(register):
    key = uuid4()
    assert await register.find(key) is None
    done = await register.create(key, portal_case())
    found = await register.find(key)
    assert found is not None
    assert (found.ref, found.facts) == (done.ref, done.facts)
    by_origin = await register.find(uuid4(), Natural(origin_system="national_portal", origin_ref="900000001"))
    assert by_origin is not None
    await register.append(uuid4(), done.ref, [act(1, "rated")])
    assert await register.find(uuid4(), Natural(acts=("national_portal:900.1",))) is not None
    assert await register.find(uuid4(), Natural(acts=("national_portal:900.1", "x:2"))) is None


async def test_bytes_may_follow_a_named_file_once_and_never_change(register):
    named = NewFile(id="national_portal:7", role="evidence", file_name="a.jpg")
    done = await register.create(uuid4(), portal_case(), [named])
    assert await refusal(register.file(done.ref, "national_portal:7")) is Code.FILE_GONE
    with_bytes = NewFile(id="national_portal:7", role="evidence", file_name="a.jpg", content=b"abc")
    await register.append(uuid4(), done.ref, [], [with_bytes])
    assert (await register.file(done.ref, "national_portal:7")).content == b"abc"
    other = NewFile(id="national_portal:7", role="evidence", file_name="a.jpg", content=b"xyz")
    assert await refusal(register.append(uuid4(), done.ref, [], [other])) is Code.FILE_HASH
