"""Exports of a large log against what the server's own COPY takes; each export in a process of its own, for its peak memory."""

import asyncio
import multiprocessing
import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.types.json import Jsonb

from bench.result import Measured
from connector.clock import SystemClock
from connector.ledger.chain import GENESIS, Head, head_of, link
from connector.ledger.entry import Draft, Entry, EntryKind
from connector.ledger.export import Proof
from connector.ledger.filter import LogFilter
from connector.ledger.note import Checkpoint, Note, PublicKey, SigningKey, keys_document
from connector.ledger.tree import EMPTY_ROOT, Frontier
from connector.services.log_export import Out, export_log
from connector.store.database import Database
from connector.store.embedded import EmbeddedServer
from connector.store.migrate import migrate
from connector.store.schema import SCHEMA
from connector.store.tiles import Paver, leaf_of

ORIGIN = "bench.example/log"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
BLOCK = 10_000
KINDS = (EntryKind.OBSERVED, EntryKind.PLANNED, EntryKind.SENT, EntryKind.DONE)
COLUMNS = [
    "seq",
    "at",
    "kind",
    "system",
    "case_id",
    "delivery_id",
    "actor",
    "data",
    "prev_hash",
    "hash",
    "commitments",
]
_COPY = f"COPY ledger_entry ({', '.join(COLUMNS)}) FROM STDIN"

EXPORTS = {
    "JSON Lines": (("jsonl",), LogFilter()),
    "JSON Lines and CSV": (("jsonl", "csv"), LogFilter()),
    "JSON Lines of one kind in four": (("jsonl",), LogFilter(kinds=(EntryKind.SENT.value,))),
}
"""What is exported: files and conditions. The last has a gap between any two entries."""


def measure_export(count: int) -> list[Measured]:
    """Load ``count`` entries through the real chain, pave the tree, export."""
    with TemporaryDirectory(prefix="phanhoi-bench-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedServer(Path(folder) / "postgres")
        url = server.start()
        try:
            migrate(url)
            return asyncio.run(_measure(url, count))
        finally:
            server.stop()


async def _measure(url: str, count: int) -> list[Measured]:
    db = Database(url, clock=SystemClock(), actor="bench", size=2)
    await db.open()
    try:
        proof = await _fill(db, count)
    finally:
        await db.close()
    plain = await asyncio.to_thread(_copied, url)
    spawn = multiprocessing.get_context("spawn")
    found = []
    for name in EXPORTS:
        with spawn.Pool(1) as pool:
            work = pool.apply_async(_timed, (url, proof, name))
            entries, seconds, peak = await asyncio.to_thread(work.get)
        found.append(
            Measured(
                name=f"log export, {name}",
                unit="entries",
                count=entries,
                seconds=seconds,
                baseline="COPY to CSV by the server",
                baseline_seconds=plain * entries / count,
                peak_mb=peak,
            )
        )
    return found


async def _fill(db: Database, count: int) -> Proof:
    """The entries, their tiles, and a checkpoint over them."""
    frontier, head = Frontier(), GENESIS
    async with db.unit() as unit:
        paver = Paver(unit.conn, 0)
        for start in range(0, count, BLOCK):
            entries = _linked(start, min(BLOCK, count - start), head)
            head = head_of(entries[-1])
            async with unit.conn.cursor() as cursor, cursor.copy(_COPY) as copy:
                for row in map(_row, entries):
                    await copy.write_row(row)
            for leaf in map(leaf_of, entries):
                frontier.append(leaf)
                await paver.add(leaf)
        await unit.conn.execute("UPDATE ledger_head SET seq = %s, hash = %s", (head.seq, head.hash))
    async with db.unit() as unit:
        await unit.conn.execute("ANALYZE ledger_entry")
    return _signed(frontier)


def _linked(start: int, count: int, head: Head) -> list[Entry]:
    return link(_drafts(start, count), head, BEGAN + timedelta(seconds=start))


def _drafts(start: int, count: int) -> Iterator[Draft]:
    """What a case leaves behind: it is told, a write is planned, sent and taken."""
    for number in range(start, start + count):
        kind, case = KINDS[number % 4], number // 4 + 1
        yield Draft(
            kind=kind,
            system=("national_portal", "government_portal")[case % 2],
            case_id=case,
            delivery_id=None if kind is EntryKind.OBSERVED else case,
            actor="node-1/4711",
            data={"ref": f"PA-2026-{case}", "attempt": 1, "key": f"{case:08d}-0000-4000-8000-000000000000"},
        )


def _row(entry: Entry) -> list[object]:
    fields = vars(entry)
    fields = {**fields, "data": Jsonb(dict(entry.data)), "commitments": Jsonb(dict(entry.commitments or {}))}
    return [fields[name] for name in COLUMNS]


def _signed(frontier: Frontier) -> Proof:
    key = SigningKey(name=ORIGIN, secret=Ed25519PrivateKey.generate())
    now = datetime.now(UTC).replace(microsecond=0)
    text = Checkpoint(
        origin=ORIGIN,
        size=frontier.size,
        root=frontier.root,
        time=now,
        previous_size=0,
        previous_root=EMPTY_ROOT,
    ).text()
    return Proof(
        origin=ORIGIN,
        size=frontier.size,
        checkpoint=str(Note(text=text, signatures=(key.sign(text),))),
        timestamp=None,
        earlier=(),
        keys=keys_document(ORIGIN, [PublicKey(name=key.name, public=key.public, valid_from=now)]),
    )


def _copied(url: str) -> float:
    """Seconds that the server's own CSV takes into a file."""
    with (
        TemporaryDirectory(prefix="phanhoi-bench-") as folder,
        (Path(folder) / "plain.csv").open("wb") as out,
    ):
        began = time.perf_counter()
        with (
            psycopg.connect(url, options=f"-c search_path={SCHEMA}") as conn,
            conn.cursor() as cursor,
            cursor.copy("COPY (SELECT * FROM ledger_entry ORDER BY seq) TO STDOUT (FORMAT csv)") as copy,
        ):
            for data in copy:
                out.write(data)
        return time.perf_counter() - began


def _timed(url: str, proof: Proof, name: str) -> tuple[int, float, int]:
    """In a process of its own: entries, seconds, peak resident memory in MB."""
    kinds, wanted = EXPORTS[name]
    with TemporaryDirectory(prefix="phanhoi-bench-") as folder:
        began = time.perf_counter()
        entries = asyncio.run(_exported(url, proof, Path(folder), kinds, wanted))
        seconds = time.perf_counter() - began
    return entries, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def _exported(url: str, proof: Proof, folder: Path, kinds: tuple[str, ...], wanted: LogFilter) -> int:
    db = Database(url, clock=SystemClock(), actor="bench", size=2)
    await db.open()
    try:
        with ExitStack() as stack:
            outs = {
                kind: Out(name=kind, file=stack.enter_context((folder / kind).open("x+b"))) for kind in kinds
            }
            done = await export_log(db, wanted, outs, proof=proof, actor="bench", clock=SystemClock())
    finally:
        await db.close()
    return done.entries
