"""The ledger's chain against plain rows: same transactions, same columns, no hash, no common end."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from bench.result import Measured
from connector.clock import SystemClock
from connector.ledger.entry import Draft, EntryKind
from connector.store import ledger
from connector.store.database import Connection, Database

Writer = Callable[[Connection, Sequence[Draft], datetime], Awaitable[None]]

PER_TRANSACTION = 3
"""About what a delivery writes."""

_PLAIN = """
INSERT INTO bench_plain (at, kind, system, case_id, delivery_id, actor, data, prev_hash, hash)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


async def measure_ledger(url: str, count: int) -> Measured:
    """Append ``count`` entries both ways, one transaction after the other."""
    clock = SystemClock()
    db = Database(url, clock=clock, actor="bench", size=4)
    await db.open()
    try:
        await plain_table(db)
        chained = await _timed(db, ledger.append, count)
        plain = await _timed(db, plainly, count)
    finally:
        await db.close()
    return Measured(
        name="ledger append, chained",
        unit="entries",
        count=count,
        seconds=chained,
        baseline="plain inserts",
        baseline_seconds=plain,
    )


async def plain_table(db: Database) -> None:
    """What the chain is compared with: the same columns and indexes, no chain."""
    async with db.unit() as unit:
        await unit.conn.execute(
            "CREATE TABLE bench_plain (LIKE ledger_entry INCLUDING INDEXES);"
            "CREATE SEQUENCE bench_seq; ALTER TABLE bench_plain ALTER seq SET DEFAULT nextval('bench_seq')"
        )


async def _timed(db: Database, write: Writer, count: int) -> float:
    drafts = [
        Draft(kind=EntryKind.SENT, system="register", case_id=1, delivery_id=1, data={"attempt": number})
        for number in range(PER_TRANSACTION)
    ]
    began = time.perf_counter()
    for _ in range(count // PER_TRANSACTION):
        async with db.unit() as unit:
            await write(unit.conn, drafts, SystemClock().now())
    return time.perf_counter() - began


async def plainly(conn: Connection, drafts: Sequence[Draft], at: datetime) -> None:
    """Write the drafts as mere rows."""
    empty = "0" * 64
    async with conn.cursor() as many:
        await many.executemany(
            _PLAIN,
            [
                (
                    at,
                    one.kind,
                    one.system,
                    one.case_id,
                    one.delivery_id,
                    one.actor,
                    Jsonb(dict(one.data)),
                    empty,
                    empty,
                )
                for one in drafts
            ],
        )
