"""The evidence log on the embedded database, fsync on: appended with durable commit, sealed, verified."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bench.chain import PER_TRANSACTION, Writer, plain_table, plainly
from bench.result import Measured
from connector.clock import SystemClock
from connector.ledger.commitment import salted
from connector.ledger.entry import Draft, EntryKind
from connector.sealing import MasterKeys, new_master_line
from connector.sections.ledger import LedgerSettings
from connector.services.log_check import check
from connector.services.log_seal import seal
from connector.settings import Settings
from connector.store import evidence, ledger
from connector.store.database import Database
from connector.store.embedded import EmbeddedServer
from connector.store.masters import Vault
from connector.store.migrate import migrate

WRITERS = 8
BULK = 500
"""Entries of one transaction where the log is only filled."""

SEALED: dict[str, Any] = {
    "header.title": "Đường Lê Lợi bị ngập",
    "header.content": "Nước ngập sâu trước cổng chợ, xe không qua được. " * 10,
    "header.sender": {"name": "Nguyễn Văn Mẫu", "phone": "0900000000"},
    **{f"header.f{number}": f"giá trị {number}" for number in range(9)},
}
"""About what a telling commits to."""


async def measure_log(folder: Path, count: int) -> list[Measured]:
    """Append ``count`` entries each way, then seal and verify as many again twenty times over."""
    with _database(folder) as url:
        async with _opened(url) as db:
            rows = [*await _appended(db, count), *await _filled(db, url, 20 * count)]
    return rows


async def _appended(db: Database, count: int) -> list[Measured]:
    await plain_table(db)
    rows = []
    plain = {}
    for writers in (1, WRITERS):
        plain[writers] = await _timed(db, plainly, count, writers)
        chained = await _timed(db, ledger.append, count, writers)
        rows.append(_row(f"log append, {writers} writers", count, chained, "plain inserts", plain[writers]))
    committed = await _timed(db, ledger.append, count, 1, sealed=True)
    rows.append(_row("log append with 12 commitments", count, committed, "plain inserts", plain[1]))
    return rows


async def _filled(db: Database, url: str, count: int) -> list[Measured]:
    for _ in range(count // BULK):
        async with db.unit() as unit:
            await ledger.append(unit.conn, _drafts(BULK), SystemClock().now())
    settings = Settings(
        ledger=LedgerSettings(origin="bench.example/log", signing_keys=SecretStr(new_master_line("bench")))
    )
    began = time.perf_counter()
    made = await seal(db, settings, SystemClock())
    sealed = time.perf_counter() - began
    size = made[-1].size
    began = time.perf_counter()
    found = await asyncio.to_thread(check, url)
    verified = time.perf_counter() - began
    found.demand()
    began = time.perf_counter()
    with evidence.opened(url) as read:
        assert sum(1 for _ in read.entries()) >= size
    read_only = time.perf_counter() - began
    return [
        _row("log sealed", size, sealed, "reading the rows", read_only),
        _row("log verified", size, verified, "reading the rows", read_only),
    ]


def _row(name: str, count: int, seconds: float, baseline: str, baseline_seconds: float) -> Measured:
    return Measured(
        name=name,
        unit="entries",
        count=count,
        seconds=seconds,
        baseline=baseline,
        baseline_seconds=baseline_seconds,
    )


async def _timed(db: Database, write: Writer, count: int, writers: int, *, sealed: bool = False) -> float:
    async def one() -> None:
        for _ in range(count // PER_TRANSACTION // writers):
            async with db.unit() as unit:
                await write(unit.conn, _drafts(PER_TRANSACTION, sealed=sealed), SystemClock().now())

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(writers)))
    return time.perf_counter() - began


def _drafts(count: int, *, sealed: bool = False) -> list[Draft]:
    return [
        Draft(
            kind=EntryKind.SENT,
            system="register",
            case_id=1,
            delivery_id=1,
            data={"attempt": number},
            openings=salted(SEALED) if sealed else {},
        )
        for number in range(count)
    ]


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    server = EmbeddedServer(folder / "postgres")
    url = server.start()
    try:
        migrate(url)
        yield url
    finally:
        server.stop()


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    masters = MasterKeys.parse(new_master_line("bench"))
    db = Database(url, clock=SystemClock(), actor="bench", size=WRITERS + 2, vault=Vault(lambda: masters))
    await db.open()
    try:
        async with db.unit() as unit:
            await unit.conn.execute(
                "INSERT INTO case_record (origin_system, origin_ref) VALUES ('register', '1')"
            )
        yield db
    finally:
        await db.close()
