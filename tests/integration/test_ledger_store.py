"""The ledger's rows: one chain over all connections, append-only, and tampering is named."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from connector.errors import LedgerBroken
from connector.ledger.chain import GENESIS
from connector.ledger.entry import EntryKind
from connector.ledger.verify import Why, verify
from connector.store import evidence, ledger
from connector.store.database import Database
from connector.store.schema import SCHEMA
from connector.testing import HandClock


@pytest.fixture
async def db(migrated_url: str) -> AsyncIterator[Database]:
    made = Database(migrated_url, clock=HandClock(), actor="test/1", size=12)
    await made.open()
    yield made
    await made.close()


async def write(db: Database, *kinds: EntryKind, case_id: int = 1) -> None:
    async with db.unit() as unit:
        for kind in kinds:
            unit.record(kind, system="register", case_id=case_id, ref="57")


async def five(db: Database) -> None:
    for number in range(5):
        await write(db, EntryKind.OBSERVED, case_id=number)


def tamper(url: str, text: str) -> None:
    """What a superuser with a grudge can do."""
    with psycopg.connect(url, options=f"-c search_path={SCHEMA}") as conn:
        conn.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ALL")
        conn.execute(text.encode())
        conn.execute("ALTER TABLE ledger_entry ENABLE TRIGGER ALL")


def report(url: str):
    with evidence.opened(url) as log:
        return verify(log.entries(), GENESIS, log.head())


async def test_an_empty_ledger_is_whole(db):
    found = report(db.url)
    assert found.ok
    assert (found.checked, found.head) == (0, GENESIS)


async def test_entries_of_one_unit_follow_each_other_in_the_order_of_recording(db):
    await write(db, EntryKind.OBSERVED, EntryKind.PLANNED, EntryKind.SENT)
    async with db.reading() as conn:
        told = [(one.seq, one.kind) async for one in ledger.entries(conn)]
    assert told == [(1, "observed"), (2, "planned"), (3, "sent")]


async def test_many_connections_at_once_write_one_chain(db):
    await asyncio.gather(
        *(write(db, EntryKind.OBSERVED, EntryKind.PLANNED, case_id=number) for number in range(60))
    )
    found = report(db.url)
    assert found.ok
    assert found.checked == 120
    async with db.reading() as conn:
        told = [(one.seq, one.case_id) async for one in ledger.entries(conn)]
    assert [seq for seq, _ in told] == list(range(1, 121))
    pairs = [(told[at][1], told[at + 1][1]) for at in range(0, 120, 2)]
    assert all(one == other for one, other in pairs), "entries of a unit stand together"


async def test_a_unit_that_fails_leaves_no_gap(db):

    async def fail() -> None:
        async with db.unit() as unit:
            unit.record(EntryKind.PLANNED)
            raise ZeroDivisionError

    await write(db, EntryKind.OBSERVED)
    with pytest.raises(ZeroDivisionError):
        await fail()
    await write(db, EntryKind.SENT)
    found = report(db.url)
    assert found.ok
    assert found.checked == 2


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE ledger_entry SET kind = 'done' WHERE seq = 3",
        "DELETE FROM ledger_entry WHERE seq = 3",
        "TRUNCATE ledger_entry",
        "UPDATE ledger_entry SET kind = kind WHERE false",
    ],
)
async def test_the_database_refuses_to_change_or_remove_entries(db, text):
    await five(db)
    async with db.reading() as conn:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            await conn.execute(text.encode())
    assert report(db.url).checked == 5


async def test_observations_are_not_removed_either(db):
    async with db.reading() as conn:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            await conn.execute("DELETE FROM observation")


@pytest.mark.parametrize(
    ("text", "seq", "why"),
    [
        ("UPDATE ledger_entry SET kind = 'done' WHERE seq = 3", 3, Why.CHANGED),
        ("UPDATE ledger_entry SET at = at + interval '1 microsecond' WHERE seq = 2", 2, Why.CHANGED),
        ("""UPDATE ledger_entry SET data = '{"ref": "58"}' WHERE seq = 4""", 4, Why.CHANGED),
        ("UPDATE ledger_entry SET case_id = 99 WHERE seq = 1", 1, Why.CHANGED),
        ("UPDATE ledger_entry SET actor = 'someone' WHERE seq = 5", 5, Why.CHANGED),
        ("DELETE FROM ledger_entry WHERE seq = 3", 3, Why.MISSING),
        ("DELETE FROM ledger_entry WHERE seq = 1", 1, Why.MISSING),
        ("DELETE FROM ledger_entry WHERE seq > 3", 4, Why.MISSING),
        ("TRUNCATE ledger_entry", 1, Why.MISSING),
        ("UPDATE ledger_entry SET prev_hash = repeat('0', 64) WHERE seq = 3", 3, Why.CHANGED),
        (
            """
            UPDATE ledger_entry a SET kind = b.kind, case_id = b.case_id, hash = b.hash, prev_hash = b.prev_hash
            FROM ledger_entry b WHERE a.seq = 2 AND b.seq = 4
            """,
            2,
            Why.CHANGED,
        ),
    ],
)
async def test_tampering_behind_the_triggers_is_named_at_the_first_wrong_entry(db, text, seq, why):
    await five(db)
    await asyncio.to_thread(tamper, db.url, text)
    found = report(db.url)
    assert not found.ok
    assert (found.broken.seq, found.broken.why, found.checked) == (seq, why, seq - 1)
    with pytest.raises(LedgerBroken):
        found.demand()


async def test_a_chain_rewritten_as_a_whole_is_named_against_a_hash_noted_elsewhere(db):
    await five(db)
    with evidence.opened(db.url) as log:
        noted = log.head()
    await asyncio.to_thread(tamper, db.url, "DELETE FROM ledger_entry WHERE seq = 5")
    async with db.reading() as conn:
        whole = [one async for one in ledger.entries(conn)]
    async with db.unit() as unit:
        await unit.conn.execute("UPDATE ledger_head SET seq = %s, hash = %s", (whole[-1].seq, whole[-1].hash))
    await write(db, EntryKind.DISMISSED, case_id=4)
    assert report(db.url).ok, "in itself the forged chain is right"
    with evidence.opened(db.url) as log:
        found = verify(log.entries(), GENESIS, noted)
    assert (found.broken.seq, found.broken.why) == (5, Why.CHANGED)


async def test_entries_are_read_newest_and_by_case(db):
    await five(db)
    await write(db, EntryKind.SENT, case_id=3)
    async with db.reading() as conn:
        newest = [one.seq async for one in ledger.entries(conn, newest=2)]
    async with db.reading() as conn:
        of_case = [one.seq async for one in ledger.entries(conn, case_id=3)]
    assert (newest, of_case) == ([5, 6], [4, 6])
