"""The register's change feed: order of commit, no gap, nothing missed by a reader that polls meanwhile."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from adapters.register.commands import CommandName
from adapters.register.database import Database
from adapters.register.models import ActIn, AgencyIn, Order, Submission
from adapters.register.service import Register
from adapters.register.testing import KEYS, embedded_postgres, shipped_rules, wiped_database
from connector.clock import SystemClock
from connector.sealing import MasterKeys

WRITERS, ROUNDS = 6, 15
MASTERS = MasterKeys.parse(KEYS)


@pytest.fixture
async def register():
    register = Register(
        Database(await wiped_database(embedded_postgres(), "register_tests")),
        SystemClock(),
        MASTERS,
        shipped_rules(),
    )
    await register.install()
    await register.put_agencies([AgencyIn(code="000.00.00.H56", name="UBND tỉnh (mẫu)")])
    yield register
    await register.aclose()


def submission() -> Submission:
    sender = {"name": "Nguyễn Văn Mẫu", "phone": "0900000000"}
    return Submission(channel="web", external_id=uuid4().hex, content="Đường hỏng", sender=sender)


async def write(register: Register, writer: int) -> None:
    """A life of many small writes, some of them refused in the middle of their transaction."""
    case = (await register.take_in(submission())).id
    await register.perform(case, CommandName.HAND_OVER, Order(officer="cb-mau-01", unit="Phòng X"))
    for number in range(ROUNDS):
        act = ActIn(id=f"national_portal:{writer}.{number}", kind="reminded", at="2026-11-18T09:00:00+07:00")
        await register.append(uuid4(), case, [act])
        wrong = Order(officer="cb-mau-01", text="x", attachments=("register:none",))
        with pytest.raises(Exception, match="FILE_UNKNOWN"):
            await register.perform(case, CommandName.PROGRESS, wrong)


async def test_a_polling_reader_misses_nothing_while_writers_race(register):
    """At every moment the reader knows, for each case, at least all acts up to its watermark."""
    other = Register(
        Database(register.database._pool.conninfo), SystemClock(), MASTERS, shipped_rules()
    )  # a second program
    known: dict[str, dict] = {}
    watermark = 0
    done = asyncio.Event()

    async def poll() -> None:
        nonlocal watermark
        last = False
        while not last:
            last = done.is_set()
            page = await other.changes(watermark, 3)
            for case in page:
                assert int(case["version"]) > watermark, "each page goes on from the watermark"
                watermark = int(case["version"])
                known[case["id"]] = case
            last = last and not page
            await asyncio.sleep(0)

    async def race() -> None:
        await asyncio.gather(*(write(register, writer) for writer in range(WRITERS)))
        done.set()

    try:
        await asyncio.gather(race(), poll())
    finally:
        await other.aclose()
    truth = {case["id"]: case for case in await register.changes(0, 1000)}
    assert known == truth
    assert all(len(case["acts"]) == 3 + ROUNDS for case in truth.values())


async def test_the_feed_has_no_gap_though_many_transactions_were_refused(register):
    await asyncio.gather(*(write(register, writer) for writer in range(WRITERS)))
    async with register.database.connection() as conn:
        cursor = await conn.execute("SELECT sequence FROM register.v_change ORDER BY sequence")
        numbers = [row["sequence"] for row in await cursor.fetchall()]
    assert numbers == list(range(1, WRITERS * (ROUNDS + 2) + 1))


async def test_a_number_is_not_visible_before_all_smaller_ones_are(register):
    """A writer that has taken its number holds the next writer back until it commits."""
    first, second = (await register.take_in(submission())).id, (await register.take_in(submission())).id
    async with register.database.transaction() as slow:
        await slow.execute("UPDATE register.feed_head SET seq = seq + 1")
        act = ActIn(id="national_portal:1.1", kind="rated", at="2026-11-18T09:00:00+07:00")
        waiting = asyncio.create_task(register.append(uuid4(), second, [act]))
        finished, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not finished
        assert await register.changes(2, 10) == []
        await slow.execute(
            "INSERT INTO register.feed SELECT seq, %s, now() FROM register.feed_head", (int(first),)
        )
        await slow.execute("UPDATE register.case_record SET version = 3 WHERE id = %s", (int(first),))
    await waiting
    assert [case["version"] for case in await register.changes(2, 10)] == ["3", "4"]


async def test_a_rolled_back_write_gives_its_number_back(register):
    case = (await register.take_in(submission())).id
    async with register.database.transaction() as conn:
        await conn.execute("UPDATE register.feed_head SET seq = seq + 1")
        raise psycopg.Rollback
    done = await register.perform(case, CommandName.HAND_OVER, Order(officer="cb-mau-01", unit="Phòng X"))
    assert done.version == "2"


async def test_one_feed_row_for_each_case_in_a_transaction_however_many_acts(register):
    case = (await register.take_in(submission())).id
    acts = [
        ActIn(id=f"national_portal:1.{n}", kind="rated", at="2026-11-18T09:00:00+07:00") for n in range(5)
    ]
    await register.append(uuid4(), case, acts)
    assert (await register.pulse())[1] == 2
