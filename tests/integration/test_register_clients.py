"""Both ways to the register, one contract: the SQL client and the REST client pass the same tests."""

import asyncio
import base64
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr, ValidationError

from adapters.register import plugin
from adapters.register.catalogue_file import read_agencies
from adapters.register.commands import CommandName
from adapters.register.models import Order, Submission
from adapters.register.settings import RegisterSettings
from adapters.register.testing import KEYS, embedded_postgres, running, shipped_rules, wiped_database
from adapters.register.tokens import Role, revoke_tokens
from connector.app import shipped
from connector.case import Attachment
from connector.clock import SystemClock
from connector.errors import Conflict, CredentialsRefused, InDoubt, Permanent, Unreachable
from connector.mapping import MappingSet
from connector.sync.secrecy import taken_off
from connector.system import Key, Operation, OutgoingFile, Surroundings, Verdict
from connector.transport import HttpClient, TransportSettings

C = CommandName
SAMPLE = Path(__file__).parents[2] / "fixtures" / "register" / "agencies.csv"
PDF = b"%PDF-1.7 mau"


class Ways:
    """The served register and a client for each way in."""

    def __init__(self, served, dsn: str) -> None:
        self.register = served.register
        transport = TransportSettings(plain_http_hosts=("127.0.0.1",), tries=1)
        self.http = HttpClient("register", transport, SystemClock())
        around = Surroundings(http=self.http, clock=SystemClock(), rules=shipped_rules())
        rest = {
            "access": "rest",
            "base_url": served.url,
            "token": served.tokens[Role.EXCHANGE],
            "page_size": 2,
        }
        sql = {"access": "sql", "database_url": dsn, "master_keys": KEYS, "page_size": 2}
        self.clients = {
            "rest": plugin.build(RegisterSettings.model_validate(rest), around),
            "sql": plugin.build(RegisterSettings.model_validate(sql), around),
        }

    async def aclose(self) -> None:
        for client in self.clients.values():
            await client.aclose()
        await self.http.aclose()


@pytest.fixture
async def ways():
    dsn = await wiped_database(embedded_postgres(), "register_tests")
    async with running(dsn) as served:
        agencies, holder = read_agencies(SAMPLE)
        await served.register.put_agencies(agencies, province_role=holder)
        made = Ways(served, dsn)
        yield made
        await made.aclose()


@pytest.fixture(params=["rest", "sql"])
def client(request, ways):
    return ways.clients[request.param]


@pytest.fixture
def register(ways):
    return ways.register


def create(ref: str = "900000001", key: UUID | None = None, files=(), **facts) -> Operation:
    fields = {
        "title": "Chậm trả kết quả",
        "content": "Hồ sơ quá hạn mười ngày",
        "nature": "hanh_vi_cong_vu",
        "channel": "dvcqg",
        "sender": {"kind": "ca_nhan", "name": "Lê Thị Mẫu", "phone": "0900000001"},
        "submitted_at": "2026-11-17T08:00:00+07:00",
        "origin_system": "national_portal",
        "origin_ref": ref,
    }
    made = Key(
        id=key or uuid4(), operation="create", natural={"origin_system": "national_portal", "origin_ref": ref}
    )
    return Operation(key=made, fields={**fields, **facts}, files=tuple(files))


def append(ref: str, *acts: dict, files=(), key: UUID | None = None) -> Operation:
    natural = {"acts": " ".join(act["id"] for act in acts)}
    made = Key(id=key or uuid4(), operation="append", ref=ref, natural=natural)
    return Operation(key=made, fields={"acts": list(acts)}, files=tuple(files))


def update(ref: str, **fields) -> Operation:
    return Operation(key=Key(id=uuid4(), operation="update", ref=ref), fields=fields)


def act(number: int, kind: str = "rated", **facts) -> dict:
    return {"id": f"national_portal:900.{number}", "kind": kind, "at": "2026-11-18T09:00:00+07:00", **facts}


def outgoing(content: bytes | None = PDF, **facts) -> OutgoingFile:
    meta = {
        "id": "national_portal:7",
        "role": "question",
        "file_name": "đơn.pdf",
        "media_type": "application/pdf",
    }
    return OutgoingFile(attachment=Attachment(**{**meta, **facts}), content=content)


async def all_records(client, since: str | None = None):
    pages = [page async for page in client.changes(since)]
    return [record for page in pages for record in page.records], pages[-1].watermark if pages else since


async def take_in(register, **facts) -> str:
    body = {
        "channel": "zalo",
        "external_id": uuid4().hex,
        "content": "Rác thải",
        "sender": {"name": "Nguyễn Văn Mẫu", "phone": "0900000000"},
    }
    return (await register.take_in(Submission.model_validate({**body, **facts}))).id


SMALL = {"file_name": "anh.png", "media_type": "image/png", "content_base64": "iVBORw0KGgo="}


async def numbers(client, ref: str) -> tuple[int, ...]:
    """What the register numbers of a case: case, act, file, feed."""
    case = (await client.fetch(ref)).data
    ids = (case["id"], case["acts"][0]["id"], case["attachments"][0]["id"], case["version"])
    return tuple(int(number.rpartition(":")[2]) for number in ids)


def after(code: str, count: int) -> str:
    """The code so many numbers later."""
    day, _, number = code.rpartition("-")
    return f"{day}-{int(number) + count:05}"


class TestSystemContract:
    """What the core relies on, whichever way is set."""

    async def test_changes_page_from_the_beginning_and_then_from_the_watermark(self, client, register):
        ids = [await take_in(register) for _ in range(5)]
        records, watermark = await all_records(client)
        assert [record.ref for record in records] == ids
        assert all(record.kind == "case" and record.complete and not record.problems for record in records)
        assert await all_records(client, watermark) == ([], watermark)
        await register.perform(ids[2], C.REFUSE, Order(officer="cb-mau-01", text="Ngoài phạm vi"))
        records, later = await all_records(client, watermark)
        assert [record.ref for record in records] == [ids[2]]
        assert int(later) == int(watermark) + 1
        assert records[0].version == later

    async def test_fetch_gives_what_changes_gave(self, client, register):
        ref = await take_in(register, place={"text": "Thôn Mẫu"}, private=True)
        (record,), _ = await all_records(client)
        assert await client.fetch(ref) == record
        assert await client.fetch(record.data["code"]) == record

    async def test_a_case_that_does_not_exist_is_permanent(self, client):
        with pytest.raises(Permanent):
            await client.fetch("404")

    async def test_create_answers_the_same_on_repeats_and_is_found_by_key_and_origin(self, client, register):
        operation = create()
        assert (await client.find(operation.key)).verdict is Verdict.ABSENT
        first = await client.apply(operation)
        again = await client.apply(operation)
        assert (again.ref, again.facts, again.duplicate) == (first.ref, first.facts, True)
        sighting = await client.find(operation.key)
        assert (sighting.verdict, sighting.receipt.ref) == (Verdict.FOUND, first.ref)
        other = await client.apply(create())
        assert (other.ref, other.duplicate) == (first.ref, True)
        assert len(await register.changes(0, 10)) == 1

    async def test_create_brings_its_files_byte_for_byte(self, client):
        receipt = await client.apply(create(files=[outgoing(sha256=None, signed=True)]))
        (file,) = (await client.fetch(receipt.ref)).data["attachments"]
        assert (file["id"], file["file_name"], file["signed"]) == ("national_portal:7", "đơn.pdf", False), (
            "whether it is signed is what its bytes say, not what the portal says"
        )
        told = Attachment(**{name: file[name] for name in ("id", "role", "file_name")})
        assert await client.read_file(receipt.ref, told) == PDF

    async def test_a_file_that_does_not_match_its_hash_is_permanent(self, client):
        with pytest.raises(Permanent, match="FILE_HASH"):
            await client.apply(create(files=[outgoing(sha256="0" * 64)]))

    async def test_append_in_each_of_its_forms_takes_each_act_once(self, client):
        ref = (await client.apply(create())).ref
        operation = append(ref, act(1), act(2, "reminded", text="Nhắc"))
        assert not (await client.apply(operation)).duplicate
        assert (await client.find(operation.key)).verdict is Verdict.FOUND
        assert (await client.apply(append(ref, act(1)))).duplicate
        key = Key(id=uuid4(), operation="append", ref=ref)
        await client.apply(Operation(key=key, fields={"act": act(3)}))
        await client.apply(Operation(key=Key(id=uuid4(), operation="append", ref=ref), fields=act(4)))
        told = (await client.fetch(ref)).data["acts"]
        assert sorted(item["id"] for item in told if item["kind"] != "received") == [
            f"national_portal:900.{n}" for n in (1, 2, 3, 4)
        ]

    async def test_find_needs_every_act(self, client):
        ref = (await client.apply(create())).ref
        await client.apply(append(ref, act(1)))
        assert (await client.find(append(ref, act(1)).key)).verdict is Verdict.FOUND
        assert (await client.find(append(ref, act(1), act(2)).key)).verdict is Verdict.ABSENT

    async def test_update_changes_only_what_it_names(self, client):
        ref = (await client.apply(create())).ref
        await client.apply(update(ref, title="Mới", private=True))
        data = (await client.fetch(ref)).data
        assert (data["title"], data["content"], data["private"]) == ("Mới", "Hồ sơ quá hạn mười ngày", True)

    async def test_a_local_case_is_addressed_by_its_code_too(self, client, register):
        ref = await take_in(register)
        code = (await client.fetch(ref)).data["code"]
        key = Key(id=uuid4(), operation="update", code=code)
        assert (await client.apply(Operation(key=key, fields={"public_code": "PA-1"}))).ref == ref

    async def test_changing_a_local_text_is_a_conflict(self, client, register):
        ref = await take_in(register)
        with pytest.raises(Conflict, match="NOT_OWNER"):
            await client.apply(update(ref, content="Khác"))

    async def test_a_key_with_another_body_is_permanent(self, client):
        key = uuid4()
        await client.apply(create(key=key))
        with pytest.raises(Permanent, match="KEY_REUSED"):
            await client.apply(create(key=key, title="Khác"))

    async def test_unreadable_members_are_permanent_and_named_without_their_values(self, client):
        with pytest.raises(Permanent) as caught:
            await client.apply(create(nature="Nguyễn Văn Mẫu", khac="0900000001"))
        assert "nature" in str(caught.value)
        assert "khac" in str(caught.value)
        assert not any(word in str(caught.value) for word in ("Nguyễn", "0900000001"))

    async def test_an_unknown_operation_or_act_kind_is_permanent(self, client):
        ref = (await client.apply(create())).ref
        with pytest.raises(Permanent):
            await client.apply(Operation(key=Key(id=uuid4(), operation="delete", ref=ref), fields={}))
        with pytest.raises(Permanent):
            await client.apply(append(ref, act(1, "vaporised")))

    async def test_a_decision_without_an_official_is_permanent(self, client):
        ref = (await client.apply(create())).ref
        with pytest.raises(Permanent, match="DECISION_WITHOUT_OFFICER"):
            await client.apply(append(ref, act(1, "refused", text="x")))

    async def test_after_a_restore_no_lost_code_is_given_anew_and_who_comes_back_keeps_it(self, client):
        first = (await client.apply(create())).facts["code"]
        lost = [after(first, 2), after(first, 5)]
        assert await client.never_again([first, *lost, "khong-phai-ma"]) == tuple(
            sorted([*lost, "khong-phai-ma"])
        )
        assert (await client.apply(create("900000002", code=lost[1]))).facts["code"] == lost[1]
        assert (await client.apply(create("900000003"))).facts["code"] == after(first, 1_006)
        # nobody gets by asking what another one has, or what was never given
        wishes = {"900000004": lost[1], "900000005": after(first, 9_000), "900000006": "khong-phai-ma"}
        given = [(await client.apply(create(ref, code=wish))).facts["code"] for ref, wish in wishes.items()]
        assert given == [after(first, 1_007), after(first, 1_008), after(first, 1_009)]

    async def test_a_code_that_was_given_last_and_stands_nowhere_is_not_given_anew(self, client):
        first = (await client.apply(create())).facts["code"]
        await client.never_again(())
        assert (await client.apply(create("900000002"))).facts["code"] == after(first, 1_001)

    async def test_after_a_restore_no_id_of_the_lost_time_is_given_anew(self, client, register):
        """A new act under the id of a lost one would be taken for it, and never leave."""
        before = await numbers(client, await take_in(register, files=[SMALL]))
        await client.never_again(())
        after = await numbers(client, await take_in(register, files=[SMALL]))
        assert all(new - old > 1_000_000 for new, old in zip(after, before, strict=True)), (before, after)

    async def test_what_was_decided_in_a_lost_time_comes_back_without_the_officials_name(self, client):
        first = (await client.apply(create())).facts["code"]
        await client.never_again([after(first, 1)])
        told = {"acts": [act(1, "answered", text="Đã xử lý xong")]}
        with pytest.raises(Permanent, match="DECISION_WITHOUT_OFFICER"):
            await client.apply(create("900000002", **told))
        back = await client.apply(create("900000002", code=after(first, 1), **told))
        assert {item["kind"] for item in (await client.fetch(back.ref)).data["acts"]} == {
            "received",
            "answered",
        }

    async def test_very_many_codes_are_told_in_several_calls(self, client):
        first = (await client.apply(create())).facts["code"]
        lost = tuple(after(first, number) for number in range(1, 20_002))
        assert await client.never_again(lost) == lost
        assert (await client.apply(create("900000002"))).facts["code"] > lost[-1]

    async def test_catalogues_name_agencies_and_fields(self, client):
        agencies = {entry.code: entry for entry in await client.catalogue("agencies")}
        assert agencies["000.00.15.H56"].active
        assert not agencies["000.00.40.H56"].active
        assert "moi_truong" in {entry.code for entry in await client.catalogue("fields")}
        assert await client.catalogue("planets") == ()

    async def test_ping_tells_the_time(self, client):
        pong = await client.ping()
        assert abs(pong.server_time - SystemClock().now()) < timedelta(seconds=30)

    async def test_many_writes_at_once_to_one_case_all_take_effect(self, client):
        ref = (await client.apply(create())).ref
        await asyncio.gather(*(client.apply(append(ref, act(number))) for number in range(12)))
        assert len((await client.fetch(ref)).data["acts"]) == 13

    def test_capabilities_say_what_it_can(self, client):
        assert client.name == "register"
        assert client.capabilities.lookup == client.capabilities.operations == {"create", "update", "append"}
        assert client.capabilities.idempotent


async def test_both_ways_give_equal_records_down_to_the_bytes(ways, register):
    file = {"file_name": "anh.png", "media_type": "image/png"}
    content = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    place = {"text": "Thôn Mẫu", "latitude": "19.80", "longitude": "105.77"}
    ref = await take_in(register, place=place, files=[{**file, "content_base64": content}])
    await register.perform(ref, C.HAND_OVER, Order(officer="cb-mau-01", unit="Phòng Y"))
    await ways.clients["sql"].apply(create(files=[outgoing()], acts=[act(1, details={"like": "1"})]))
    await ways.clients["rest"].apply(create("900000002", due_at="2026-12-01T17:00:00+07:00"))
    by_rest, by_sql = await all_records(ways.clients["rest"]), await all_records(ways.clients["sql"])
    assert by_rest == by_sql
    assert [record.raw for record in by_rest[0]] == [record.raw for record in by_sql[0]]
    assert len(by_rest[0]) == 3


async def test_a_write_by_one_way_is_recognised_by_the_other(ways):
    operation = create(files=[outgoing()])
    first = await ways.clients["rest"].apply(operation)
    again = await ways.clients["sql"].apply(operation)
    assert (again.ref, again.facts, again.duplicate) == (first.ref, first.facts, True)


async def test_a_revoked_token_stops_the_lane_instead_of_quarantining_cases(ways, register):
    async with register.database.connection() as conn:
        await revoke_tokens(conn, register.scope.clock, Role.EXCHANGE, "test-exchange")
    with pytest.raises(CredentialsRefused):
        await ways.clients["rest"].fetch("1")


@pytest.mark.parametrize(
    "settings",
    [
        {
            "access": "sql",
            "database_url": "postgresql://127.0.0.1:9/none?connect_timeout=2",
            "master_keys": KEYS,
        },
        {"access": "rest", "base_url": "http://127.0.0.1:9", "token": "dk_mau"},
    ],
)
async def test_a_register_that_is_not_there_is_unreachable(settings, monkeypatch):
    http = HttpClient("register", TransportSettings(plain_http_hosts=("127.0.0.1",), tries=1), SystemClock())
    client = plugin.build(
        RegisterSettings.model_validate(settings),
        Surroundings(http=http, clock=SystemClock(), rules=shipped_rules()),
    )
    if settings["access"] == "sql":
        monkeypatch.setattr(client._register.database._pool, "timeout", 0.5)
    with pytest.raises(Unreachable):
        await client.apply(create())
    await client.aclose()
    await http.aclose()


def test_settings_name_what_is_missing_and_never_show_secrets():
    with pytest.raises(ValidationError, match="database_url, master_keys or master_keys_file"):
        RegisterSettings(access="sql")
    with pytest.raises(ValidationError, match="base_url, token"):
        RegisterSettings(access="rest")
    with pytest.raises(ValidationError):
        RegisterSettings.model_validate({"database_url": "x", "khac": 1})
    address = SecretStr("postgresql://u:mat-khau@127.0.0.1/x")
    shown = repr(RegisterSettings(database_url=address, master_keys=SecretStr(KEYS)))
    assert "mat-khau" not in shown
    assert KEYS not in shown


async def _terminate_the_waiting_writer(conn) -> None:
    """End the one backend that waits for the feed's lock, as a crash of the database in mid-write would."""
    for _ in range(500):
        cursor = await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        if await cursor.fetchone() is not None:
            return
        await asyncio.sleep(0.01)
    pytest.fail("no writer waits")


@pytest.mark.parametrize("way", ["rest", "sql"])
async def test_T15_the_connector_reads_who_took_the_case_off_the_system_whichever_way_is_set(
    ways, register, way
):
    """The register has emptied the case; what is left must still be enough to end it everywhere."""
    ref = await take_in(register)
    await register.perform(ref, C.RESTRICT, Order(officer="cb-mau-01", reason_code="QD-MAT-01"))
    record = await ways.clients[way].fetch(ref)
    told = MappingSet.load(shipped("mappings")).for_system("register").read(record)
    decision = taken_off(told)
    assert decision is not None
    assert (decision.officer, decision.details["basis"]) == ("cb-mau-01", "QD-MAT-01")
    assert "Rác thải" not in repr(told)


@pytest.mark.parametrize("way", ["rest", "sql"])
async def test_a_connection_lost_in_mid_write_is_in_doubt_then_looked_up_then_sent_again(ways, register, way):
    client, operation = ways.clients[way], create()
    async with register.database.connection() as watcher, register.database.transaction() as holder:
        await holder.execute("SELECT seq FROM register.feed_head FOR UPDATE")
        writing = asyncio.create_task(client.apply(operation))
        await _terminate_the_waiting_writer(watcher)
        with pytest.raises(InDoubt):
            await writing
    assert (await client.find(operation.key)).verdict is Verdict.ABSENT
    receipt = await client.apply(operation)
    assert not receipt.duplicate
    assert (await client.find(operation.key)).verdict is Verdict.FOUND
