"""What the register keeps on disk: nothing of a sender or a case in clear, in no table, index or log of PostgreSQL (§5.1).

The raw files are searched, not the tables: what no query shows would still be in a stolen disk or an old backup.
"""

import base64
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from adapters.register.catalogue_file import read_agencies
from adapters.register.commands import CommandName
from adapters.register.database import Database, run
from adapters.register.installing import migrations
from adapters.register.models import ActIn, CaseFields, CaseIn, Order, Submission
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service import Register
from adapters.register.testing import KEYS, embedded_postgres, fresh_database, shipped_rules
from adapters.register.uploads import NewFile
from connector.clock import SystemClock
from connector.errors import MasterKeyError, SealBroken
from connector.sealing import MasterKeys, new_master_line, with_new_master

C = CommandName
SAMPLE = Path(__file__).parents[2] / "fixtures" / "register" / "agencies.csv"
HEALTH = "000.00.15.H56"
MASTERS = MasterKeys.parse(KEYS)
NOW = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)

CLEAR = "tin-nhan-doi-chung-7f3a91"
"""A message id, which is kept in clear: the search must find it, or it proves nothing."""

NAME, PHONE, MAIL = "Nguyễn Văn Mẫu Zxq", "0900000071", "mau.zxq@example.com"
SECRETS = {
    "name": NAME,
    "phone": PHONE,
    "phone as E.164": "+84900000071",
    "e-mail": MAIL,
    "content": "Cống thoát nước wqx bị tắc",
    "title": "Tiêu đề wqx của hồ sơ",
    "place": "Thôn Mẫu Wqx, xã Giả Định",
    "file name": "don-wqx-phan-anh.pdf",
    "file content": "%PDF-1.7 noi dung tep wqx",
    "act text": "Kết quả wqx: đã khơi thông",
    "detail of an act": "Người ký Wqx",
    "old title": "Tiêu đề cũ wqx trên cổng",
    "comment of a rating": "Nhận xét wqx hài lòng",
}


@pytest.fixture
async def dsn() -> str:
    return await fresh_database(embedded_postgres())


async def opened(dsn: str, masters: MasterKeys = MASTERS) -> Register:
    register = Register(Database(dsn), SystemClock(), masters, shipped_rules())
    await register.install()
    agencies, holder = read_agencies(SAMPLE)
    await register.put_agencies(agencies, province_role=holder)
    return register


def submission(**facts) -> Submission:
    file = base64.b64encode(SECRETS["file content"].encode()).decode()
    body = {
        "channel": "zalo",
        "external_id": CLEAR,
        "agency": HEALTH,
        "title": SECRETS["title"],
        "content": SECRETS["content"],
        "nature": "hien_truong",
        "field": "moi_truong",
        "sender": {"name": NAME, "phone": PHONE, "email": MAIL},
        "place": {"text": SECRETS["place"]},
        "files": [
            {
                "file_name": SECRETS["file name"],
                "media_type": "application/pdf",
                "content_base64": file,
            }
        ],
    }
    return Submission.model_validate({**body, **facts})


async def a_life(register: Register) -> str:
    """A case with a mark in every member that may hold something secret; its id."""
    case = (await register.take_in(submission())).id
    steps = (
        (C.HAND_OVER, {"unit": "P-KTHT"}),
        (C.RESULT, {"text": SECRETS["act text"]}),
        (C.PUBLISH_ANSWER, {"redaction_done": True, "signer": SECRETS["detail of an act"]}),
    )
    for name, facts in steps:
        await register.perform(case, name, Order.model_validate({"officer": "cb-mau-01", **facts}))
    rated = ActIn(
        id="national_portal:1.9", kind="rated", at=NOW, details={"comment": SECRETS["comment of a rating"]}
    )
    await register.append(uuid4(), case, [rated])
    return case


async def an_edit(register: Register) -> str:
    """A case of a portal whose text was replaced; its id."""
    body = CaseIn.model_validate(
        {
            "title": SECRETS["old title"],
            "content": SECRETS["content"],
            "nature": "hien_truong",
            "channel": "dvcqg",
            "sender": {"name": NAME, "phone": PHONE},
            "submitted_at": NOW,
            "origin_system": "national_portal",
            "origin_ref": "900000071",
        }
    )
    done = await register.create(uuid4(), body)
    await register.update(uuid4(), done.ref, CaseFields(title=SECRETS["title"]))
    return done.ref


async def files_of_the_server(dsn: str, *, under: str = ".") -> Iterator[Path]:
    """Every file of the server's data folder, after all pages were written."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        await conn.execute("CHECKPOINT")
        row = await (await conn.execute("SELECT current_setting('data_directory')")).fetchone()
    return (path for path in sorted((Path(row[0]) / under).rglob("*")) if path.is_file())


async def found_in_files(dsn: str, words: dict[str, str], *, under: str = ".") -> set[tuple[str, str]]:
    """(word, folder) wherever a word stands, in either Unicode form."""
    forms = {
        name: {unicodedata.normalize(form, word).encode() for form in ("NFC", "NFD")}
        for name, word in words.items()
    }
    return {
        (name, path.parent.name)
        for path in await files_of_the_server(dsn, under=under)
        for content in [path.read_bytes()]
        for name, marks in forms.items()
        if any(mark in content for mark in marks)
    }


async def test_nothing_of_a_sender_or_a_case_stands_in_clear_in_any_file_of_the_database(dsn):
    register = await opened(dsn)
    case = await a_life(register)
    await an_edit(register)
    shown = await register.document(case)
    assert (shown["sender"]["name"], shown["content"]) == (NAME, SECRETS["content"]), "and it opens"
    await register.aclose()
    control = await found_in_files(dsn, {"control": CLEAR})
    assert {folder for _, folder in control} >= {"pg_wal"}
    assert len(control) > 1, "the search reads tables as well as the log of writes"
    assert await found_in_files(dsn, SECRETS) == set()


async def test_a_row_without_its_master_key_does_not_open(dsn):
    register = await opened(dsn)
    case = await a_life(register)
    await register.aclose()
    other = MasterKeys.parse(new_master_line("khac"))
    with pytest.raises(MasterKeyError, match="mau"):
        await opened(dsn, other)
    stranger = Register(Database(dsn), SystemClock(), other, shipped_rules())
    with pytest.raises(MasterKeyError):
        await stranger.document(case)
    namesake = MasterKeys.parse(new_master_line("mau"))
    false = Register(Database(dsn), SystemClock(), namesake, shipped_rules())
    with pytest.raises(SealBroken):
        await false.document(case)
    await stranger.aclose()
    await false.aclose()


async def test_a_sealed_value_that_was_moved_to_another_case_does_not_open(dsn):
    register = await opened(dsn)
    first = (await register.take_in(submission(external_id="1"))).id
    second = (await register.take_in(submission(external_id="2"))).id
    async with register.database.connection() as conn:
        await conn.execute(
            "UPDATE register.contact SET sealed = (SELECT sealed FROM register.contact WHERE case_id = %s) "
            "WHERE case_id = %s",
            (int(first), int(second)),
        )
    with pytest.raises(SealBroken):
        await register.document(second)
    await register.aclose()


async def test_rotation_wraps_keys_anew_and_a_phone_is_found_before_and_after(dsn):
    """With the new key in front, once; with the old one taken out, once more."""
    register = await opened(dsn)
    first = (await register.take_in(submission(external_id="1"))).id
    second = (await register.take_in(submission(external_id="2"))).id
    before = await register.document(first)
    await register.aclose()

    text = with_new_master(KEYS.splitlines(), "moi")
    both = await opened(dsn, MasterKeys.parse(text))
    assert await both.rewrap() == 4, "two keys of each case"
    assert await both.rewrap() == 0
    assert await both.same_phone(first) == (second,)
    await both.aclose()

    alone = await opened(dsn, MasterKeys.parse(text.splitlines()[0]))
    assert await alone.document(first) == before
    third = (await alone.take_in(submission(external_id="3"))).id
    assert await alone.same_phone(first) == (second,), "the digests are still those of the old key"
    await alone.rewrap()
    assert await alone.same_phone(first) == (second, third)
    await alone.aclose()


# ---- upgrade ----


async def old_schema(dsn: str) -> None:
    """The schema as it was before sealing, with a case in clear in every table."""
    async with await psycopg.AsyncConnection.connect(dsn, row_factory=dict_row) as conn:
        for step in ("version_table", "version_table_2"):
            await run(conn, step)
        for version, name, text in migrations():
            if version < 4:
                await conn.execute(text)
                await run(conn, "applied", version=version, name=name)
        await fill(conn)


async def fill(conn) -> None:
    for number, state in ((1, "MOI"), (2, "NGOAI_HE_THONG")):
        secret = number == 1
        title, content = (SECRETS["title"], SECRETS["content"]) if secret else ("(hạn chế)", "(hạn chế)")
        await conn.execute(
            """INSERT INTO register.case_record (code, origin_system, origin_ref, channel, nature, title, content, place,
                   submitted_at, received_at, state, agency, private, restricted, version)
               VALUES (%s, 'national_portal', %s, 'dvcqg', 'hien_truong', %s, %s, %s, %s, %s, %s, %s, false, %s, %s)""",
            (f"H56-{number}", str(number), title, content, Jsonb({"text": SECRETS["place"]}) if secret else None,
             NOW, NOW, state, HEALTH, not secret, number),
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO register.contact (case_id, kind, name, phone) VALUES (%s, 'ca_nhan', %s, %s)",
            (number, NAME if secret else None, PHONE if secret else None),
        )
        received = {"agency": HEALTH, "receipt_sha256": "0" * 64}
        acts = [("received", None, received)]
        if secret:
            acts.append(("note", SECRETS["act text"], {"comment": SECRETS["comment of a rating"]}))
        else:
            acts.append(("restricted", None, {"decision": "off_system", "basis": "QD-01"}))
        for kind, text, details in acts:
            await conn.execute(
                """INSERT INTO register.act (number, act_id, case_id, kind, at, agency, officer, text, details, recorded_at)
                   SELECT n, 'register:' || n, %s, %s, %s, %s, 'cb-mau-01', %s, %s, %s
                   FROM nextval('register.act_number') n""",
                (number, kind, NOW, HEALTH, text, Jsonb(details), NOW),
            )
    await conn.execute(
        """INSERT INTO register.attachment (number, attachment_id, case_id, role, file_name, media_type, size, content)
           VALUES (1, 'register:1', 1, 'question', %s, 'application/pdf', 3, %s)""",
        (SECRETS["file name"], SECRETS["file content"].encode()),
    )
    header = {"title": SECRETS["old title"], "sender_name": NAME, "sender_phone": PHONE}
    await conn.execute(
        "INSERT INTO register.header_history (case_id, replaced_at, feed_seq, header) VALUES (1, %s, 1, %s)",
        (NOW, Jsonb(header)),
    )
    await conn.execute("SELECT setval('register.attachment_number', 1)")


async def test_an_upgrade_seals_what_was_in_clear_and_leaves_nothing_of_it_in_the_tables(dsn):
    await old_schema(dsn)
    assert {name for name, _ in await found_in_files(dsn, SECRETS, under="base")} >= {
        "name",
        "content",
        "old title",
    }

    register = await opened(dsn)
    case = await register.document("1")
    assert (case["title"], case["content"]) == (SECRETS["title"], SECRETS["content"])
    assert case["place"]["text"] == SECRETS["place"]
    assert (case["sender"]["name"], case["sender"]["phone"]) == (NAME, PHONE)
    assert case["acts"][1]["text"] == SECRETS["act text"]
    assert case["acts"][1]["details"] == {"comment": SECRETS["comment of a rating"]}
    assert case["attachments"][0]["file_name"] == SECRETS["file name"]
    assert (await register.file("1", "register:1")).content == SECRETS["file content"].encode()
    tombstone = await register.document("2")
    assert (tombstone["content"], tombstone["acts"][1]["details"]["basis"]) == ("(hạn chế)", "QD-01")
    # the register goes on with it: a case sealed by the upgrade takes writes like any other
    await register.append(uuid4(), "1", [ActIn(id="national_portal:1.1", kind="reminded", at=NOW)])
    assert await register.install() == migrations()[-1][0], "and once is enough"
    await register.aclose()
    assert await found_in_files(dsn, SECRETS, under="base") == set()


async def test_acts_are_append_only_again_after_an_upgrade(dsn):
    await old_schema(dsn)
    register = await opened(dsn)
    async with register.database.connection() as conn:
        with pytest.raises(psycopg.errors.RestrictViolation):
            await conn.execute("UPDATE register.act SET sealed = NULL")
    with pytest.raises(RegisterRefused) as caught:
        await register.add_file(
            "2", NewFile(role="answer", file_name="a.txt", media_type="text/plain", content=b"x")
        )
    assert caught.value.code is Code.OFF_SYSTEM
    await register.aclose()
