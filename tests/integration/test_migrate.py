"""Migrations: one way up, never half, and no work on a database of another version."""

import asyncio

import psycopg
import pytest
from alembic.script import ScriptDirectory

from connector.errors import DatabaseUnavailable, DatabaseVersionError
from connector.store import migrate as migrate_module
from connector.store.migrate import inspect, migrate, require_current
from connector.store.schema import NEWEST, SCHEMA
from connector.store.version import is_current


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
    run(migrated_url, "UPDATE schema_version SET version_num = '9999_pre'")
    assert inspect(migrated_url).newer
    assert not is_current(migrated_url)
    for work in (require_current, migrate):
        with pytest.raises(DatabaseVersionError, match="newer than this program") as caught:
            work(migrated_url)
        assert caught.value.code == "PH-202"
    assert run(migrated_url, "SELECT version_num FROM schema_version") == [("9999_pre",)]


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


async def test_no_server_is_one_clear_error():
    with pytest.raises(DatabaseUnavailable) as caught:
        inspect("postgresql://nobody:geheim@127.0.0.1:1/none")
    assert caught.value.code == "PH-201"
    assert "geheim" not in str(caught.value)
