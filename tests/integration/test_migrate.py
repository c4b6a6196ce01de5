"""Migrations: one way up, never half, and no work on a database of another version."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic.script import ScriptDirectory
from psycopg.types.json import Jsonb

from connector.case import Case, Channel, Header, Nature, Sender, SenderKind, to_json
from connector.errors import DatabaseUnavailable, DatabaseVersionError, MasterKeyError, OldNodesRunning
from connector.sealing import MasterKeys, new_master_line
from connector.store import cases, deliveries, observations, quarantine, tickets
from connector.store import migrate as migrate_module
from connector.store import version as version_module
from connector.store.database import Database
from connector.store.masters import Vault
from connector.store.migrate import PRE, SchemaInfo, inspect, migrate, require_current
from connector.store.schema import NEEDED, NEWEST, SCHEMA, order
from connector.store.version import is_current
from connector.testing import HandClock


def run(url: str, text: str) -> list[tuple]:
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}") as conn:
        cursor = conn.execute(text.encode())
        return cursor.fetchall() if cursor.description else []


def tables(url: str) -> set[str]:
    return {
        name for schema, name in run(url, "SELECT schemaname, tablename FROM pg_tables") if schema == SCHEMA
    }


async def test_an_empty_database_needs_everything(empty_url):
    info = inspect(empty_url)
    assert (info.current, info.newer, info.newest) == (None, False, NEWEST)
    assert info.pending[-1] == NEWEST
    assert not is_current(empty_url)


async def test_the_newest_version_that_the_program_names_is_that_of_its_scripts():
    folder = str(migrate_module.Path(migrate_module.__file__).parent / "migrations")
    assert ScriptDirectory(folder).get_heads() == [NEWEST]
    assert (
        max(
            (one.revision for one in ScriptDirectory(folder).walk_revisions() if not order(one.revision)[1]),
            key=order,
        )
        == NEEDED
    )


async def test_a_fresh_database_is_at_the_expected_version(migrated_url):
    assert is_current(migrated_url)
    info = inspect(migrated_url)
    assert (info.current, info.pending, info.newer) == (NEWEST, (), False)
    require_current(migrated_url)
    assert {"case_record", "delivery", "ledger_entry", "procrastinate_jobs"} <= tables(migrated_url)


async def test_migrating_twice_changes_nothing(migrated_url):
    run(migrated_url, "INSERT INTO pause (scope, reason, actor) VALUES ('case:1', 'giữ', 'cli/mau')")
    assert migrate(migrated_url).pending == ()
    assert run(migrated_url, "SELECT scope FROM pause") == [("case:1",)]


async def test_a_newer_database_is_refused_and_left_as_it_is(migrated_url):
    run(migrated_url, "UPDATE schema_version SET version_num = '9999_post'")
    run(migrated_url, "UPDATE schema_support SET least = 9999")
    assert inspect(migrated_url).newer
    assert not is_current(migrated_url)
    for work in (require_current, migrate):
        with pytest.raises(DatabaseVersionError, match="newer than this program") as caught:
            work(migrated_url)
        assert caught.value.code == "PH-202"
    assert run(migrated_url, "SELECT version_num FROM schema_version") == [("9999_post",)]


async def test_a_database_to_which_the_next_release_has_only_added_is_worked_on_and_not_migrated(
    migrated_url,
):
    """In a rolling upgrade a node of the release before that has to start again does so."""
    run(migrated_url, "UPDATE schema_version SET version_num = '9999_pre'")
    info = inspect(migrated_url)
    assert (info.newer, info.borne) == (True, True)
    assert is_current(migrated_url)
    require_current(migrated_url)
    with pytest.raises(DatabaseVersionError, match="newer than this program"):
        migrate(migrated_url)


async def test_a_post_that_is_still_to_come_keeps_nobody_from_working(empty_url, monkeypatch):
    monkeypatch.setattr(version_module, "NEEDED", "0004_pre")
    migrate(empty_url)
    run(empty_url, "UPDATE schema_version SET version_num = '0004_pre'")
    assert is_current(empty_url)
    monkeypatch.setattr(version_module, "NEEDED", "0005_pre")
    assert not is_current(empty_url)


def chain(current: str, *pending: str) -> SchemaInfo:
    return SchemaInfo(current=current, newest=pending[-1], pending=pending, newer=False)


def test_the_first_part_of_an_upgrade_ends_before_anything_is_taken_away():
    assert migrate_module._steps(chain("1_pre", "2_pre", "3_pre", "3_post"), PRE) == ("2_pre", "3_pre")
    assert migrate_module._steps(chain("3_pre", "3_post"), PRE) == ()
    assert migrate_module._steps(chain("1_pre", "2_pre", "2_post"), "head") == ("2_pre", "2_post")


def test_an_upgrade_over_two_releases_has_no_first_part():
    with pytest.raises(DatabaseVersionError, match="release by release"):
        migrate_module._steps(chain("1_pre", "2_pre", "2_post", "3_pre"), PRE)


def test_of_one_number_what_adds_comes_before_what_takes_away():
    assert sorted(["0004_post", "0005_pre", "0004_pre"], key=order) == ["0004_pre", "0004_post", "0005_pre"]


async def test_what_takes_away_waits_for_the_nodes_that_need_it(migrated_url):
    run(migrated_url, "UPDATE schema_version SET version_num = '0004_pre'")
    run(
        migrated_url,
        "INSERT INTO node (id, name, parts, version, knows)"
        " VALUES (gen_random_uuid(), 'may-cu', '{worker}', '0.1', '0003_pre')",
    )
    with pytest.raises(OldNodesRunning, match="may-cu") as caught:
        migrate(migrated_url, "0004_post")
    assert (caught.value.code, caught.value.exit_status) == ("PH-913", 3)
    assert run(migrated_url, "SELECT version_num FROM schema_version") == [("0004_pre",)]


async def test_an_older_database_is_refused_with_the_next_step(empty_url):
    with pytest.raises(DatabaseVersionError, match=f"this program needs {NEWEST}") as caught:
        require_current(empty_url)
    assert (caught.value.code, caught.value.exit_status) == ("PH-202", 3)
    assert all("phanhoi db migrate" in text for text in caught.value.next_step)
    assert tables(empty_url) == set(), "checking makes nothing"


async def test_migrators_at_once_are_safe(empty_url):
    found = await asyncio.gather(*(asyncio.to_thread(migrate, empty_url) for _ in range(4)))
    assert {one.current for one in found} == {NEWEST}
    assert run(empty_url, "SELECT count(*) FROM schema_version") == [(1,)]
    assert run(empty_url, "SELECT count(*) FROM ledger_head") == [(1,)]


async def test_a_migrator_touches_nothing_before_its_turn(empty_url):
    """Else two of them, each holding what the other needs, would end in a deadlock or a duplicate schema."""
    with psycopg.connect(empty_url) as first:
        first.execute("SELECT pg_advisory_lock(hashtext('phanhoi migrate'))")
        first.commit()
        second = asyncio.create_task(asyncio.to_thread(migrate, empty_url))
        query = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        async with asyncio.timeout(60):
            while True:
                if run(empty_url, query):
                    break
                await asyncio.sleep(0.05)
        first.execute("SET lock_timeout = '5s'")
        first.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        first.commit()
        first.execute("SELECT pg_advisory_unlock(hashtext('phanhoi migrate'))")
        first.commit()
        assert (await second).current == NEWEST


async def test_a_migration_that_fails_leaves_nothing_half_made(empty_url):
    """A table of ours is in the way: the step is rolled back as a whole, and runs once it is gone."""
    run(empty_url, f"CREATE SCHEMA {SCHEMA}")
    run(empty_url, "CREATE TABLE file_ticket (x integer)")
    with pytest.raises(Exception, match="file_ticket"):
        migrate(empty_url)
    assert tables(empty_url) == {"file_ticket"}
    assert inspect(empty_url).current is None
    run(empty_url, "DROP TABLE file_ticket")
    assert migrate(empty_url).current == NEWEST


# ---- sealing what an older version kept in clear ------------------------------------------------------------

NAME, WORDS, FILE = "Nguyễn Văn Mẫu", "Quá hẹn ba ngày", "cong-van-mau.pdf"
MASTERS = MasterKeys.parse(new_master_line("mau"))


def old_database(url: str) -> str:
    """A database of version 0001 with a case in every table; returns where the server keeps its files."""
    migrate(url, "0001_pre")
    sender = {"name": NAME, "phone": "0900000000"}
    case = Case(
        system="national_portal",
        ref="1",
        origin=("national_portal", "1"),
        header=Header(
            title="Chậm trả kết quả",
            content=WORDS,
            nature=Nature.CONDUCT,
            channel=Channel.WEB,
            sender_kind=SenderKind.CITIZEN,
            sender=Sender(**sender),
            submitted_at=datetime(2026, 11, 17, tzinfo=UTC),
            agency="000.00.00.H56",
        ),
    )
    baseline = {
        "here": {"sender": "0" * 64},
        "there": {},
        "privacy": "open",
        "acts": [],
        "revision": 0,
        "unread": [],
    }
    operation = {
        "key": {"id": str(uuid4()), "operation": "create", "natural": {}},
        "fields": {"ten": NAME},
        "files": [],
    }
    attachment = {"id": "register:7", "role": "answer", "file_name": FILE}
    with psycopg.connect(url, options=f"-c search_path={SCHEMA}") as conn:
        conn.execute("INSERT INTO case_record (origin_system, origin_ref) VALUES ('national_portal', '1')")
        conn.execute(
            "INSERT INTO link (case_id, system, ref, state, baseline) VALUES (1, 'national_portal', '1', %s, %s)",
            (Jsonb(to_json(case)), Jsonb(baseline)),
        )
        conn.execute(
            """
            INSERT INTO observation (system, ref, case_id, kind, version, digest, fingerprint, media_type, raw, data)
            VALUES ('national_portal', '1', 1, 'case', '1', 'd', 'f', 'application/json', %s, %s)
            """,
            (f'{{"HOTEN": "{NAME}"}}'.encode(), Jsonb({"data": {"HOTEN": NAME}, "problems": []})),
        )
        conn.execute(
            """
            INSERT INTO delivery (case_id, target, source, intent, key, state, operation, basis, error_code, error_text)
            VALUES (1, 'register', 'national_portal', 'create', %s, 'waiting', %s, '{"acts": []}', 'PH-301', %s)
            """,
            (uuid4(), Jsonb(operation), NAME),
        )
        conn.execute(
            """
            INSERT INTO quarantine (subject, system, ref, code, reason, state, closed_note)
            VALUES ('national_portal/1', 'national_portal', '1', 'PH-401', %s, 'dismissed', %s)
            """,
            (NAME, NAME),
        )
        conn.execute(
            "INSERT INTO file_ticket VALUES (%s, 'register', '9', %s, now() + interval '1 hour')",
            (hashlib.sha256(b"ve").digest(), Jsonb(attachment)),
        )
        [where] = conn.execute("SHOW data_directory").fetchone()
    return where


def heap_files(url: str, where: str) -> bytes:
    """The bytes of all tables of that database, as they lie on the disk."""
    run(url, "CHECKPOINT")
    [(oid,)] = run(url, "SELECT oid FROM pg_database WHERE datname = current_database()")
    return b"".join(one.read_bytes() for one in Path(where, "base", str(oid)).iterdir() if one.is_file())


async def test_an_older_database_is_sealed_as_a_whole_and_its_clear_text_leaves_the_tables(empty_url):
    where = await asyncio.to_thread(old_database, empty_url)
    secrets = [text.encode() for text in (NAME, WORDS, FILE, "0900000000")]
    assert all(secret in heap_files(empty_url, where) for secret in secrets[:2])
    await asyncio.to_thread(migrate, empty_url, masters=MASTERS)
    after = heap_files(empty_url, where)
    assert [secret for secret in secrets if secret in after] == []
    db = Database(empty_url, clock=HandClock(), actor="test/1", size=2, vault=Vault(lambda: MASTERS))
    await db.open()
    async with db.reading() as conn:
        row = await cases.get(conn, 1)
        [write] = await deliveries.of_case(conn, 1)
        [item] = await quarantine.listed(conn, state="dismissed")
        record = await observations.load(conn, 1)
        ticket = await tickets.redeem(conn, "ve", datetime.now(UTC))
    await db.close()
    link = row.link("national_portal")
    assert (link.state.header.sender.name, link.state.header.content) == (NAME, WORDS)
    assert link.baseline.here == {"sender": "0" * 64}
    assert (write.operation.fields, write.error_text) == ({"ten": NAME}, NAME)
    assert (item.reason, item.closed_note) == (NAME, NAME)
    assert record.data == {"HOTEN": NAME}
    assert NAME.encode() in record.raw
    assert ticket[2].file_name == FILE


async def test_clear_data_is_never_migrated_without_a_key_to_seal_it(empty_url):
    await asyncio.to_thread(old_database, empty_url)
    with pytest.raises(MasterKeyError):
        await asyncio.to_thread(migrate, empty_url)
    assert inspect(empty_url).current == "0001_pre", "nothing was half done"
    assert run(empty_url, "SELECT count(*) FROM link WHERE state IS NOT NULL") == [(1,)]


async def test_no_server_is_one_clear_error():
    with pytest.raises(DatabaseUnavailable) as caught:
        inspect("postgresql://nobody:geheim@127.0.0.1:1/none")
    assert caught.value.code == "PH-201"
    assert "geheim" not in str(caught.value)
