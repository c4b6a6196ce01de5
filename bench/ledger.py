"""Chained ledger entries against plain inserts of the same rows, one transaction each."""

from bench.measure import Figure, per_second
from connector.clock import SystemClock
from connector.ledger.entry import EntryKind
from connector.store.database import Database

PLAIN = """
INSERT INTO bench_entry (at, kind, system, case_id, delivery_id, actor, data, prev_hash, hash)
VALUES (now(), 'observed', 'national_portal', 1, 1, 'bench', '{"ref": "900000123"}', repeat('0', 64), repeat('0', 64))
"""


async def ledger(url: str, count: int) -> list[Figure]:
    """Append ``count`` entries, one a transaction, and the same many plain rows."""
    db = Database(url, clock=SystemClock(), actor="bench", size=4)
    await db.open()
    try:
        async with db.unit() as unit:
            await unit.conn.execute(
                "CREATE TABLE bench_entry (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz, kind text,"
                " system text, case_id bigint, delivery_id bigint, actor text, data jsonb, prev_hash text, hash text)"
            )

        async def plain() -> None:
            for _ in range(count):
                async with db.unit() as unit:
                    await unit.conn.execute(PLAIN)

        async def chained() -> None:
            for _ in range(count):
                async with db.unit() as unit:
                    unit.record(EntryKind.OBSERVED, system="national_portal", case_id=1, ref="900000123")

        baseline = await per_second(count, plain)
        ours = await per_second(count, chained)
    finally:
        await db.close()
    return [
        Figure(
            name="ledger append",
            unit="transactions",
            ours_per_s=ours,
            baseline="plain insert of the same row",
            baseline_per_s=baseline,
        )
    ]
