"""A log with signing keys and a write-once folder, and somebody who can change anything in its database."""

# ruff: noqa: S608  # the tamperer writes SQL by hand

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from connector.ledger.entry import EntryKind
from connector.sealing import new_master_line
from connector.sections.ledger import LedgerSettings
from connector.services.log_check import Checked, check
from connector.services.log_seal import seal
from connector.settings import Settings
from connector.store import checkpoints, log_keys
from connector.store.checkpoints import Stored
from connector.store.database import Database
from connector.store.schema import SCHEMA
from connector.testing import HandClock

ORIGIN = "phananh.mau.example/log"


TABLES = ("ledger_entry", "ledger_head", "ledger_tile", "ledger_checkpoint", "ledger_key", "pause")


@dataclass(kw_only=True)
class Log:
    """One log."""

    db: Database
    clock: HandClock
    settings: Settings
    folder: Path

    async def grow(self, count: int, **facts: Any) -> None:
        """Append so many entries, some in one transaction."""
        for start in range(0, count, 50):
            async with self.db.unit() as unit:
                for number in range(start, min(count, start + 50)):
                    unit.record(EntryKind.OBSERVED, system="register", case_id=number % 7 + 1, **facts)
        self.clock.forward(1)

    async def seal(self) -> list[Stored]:
        self.clock.forward(1)
        return await seal(self.db, self.settings, self.clock)

    async def checkpoints(self) -> list[Stored]:
        async with self.db.reading() as conn:
            return await checkpoints.listed(conn)

    async def keys(self) -> list[log_keys.Listed]:
        async with self.db.reading() as conn:
            return await log_keys.listed(conn)

    def set(self, **changes: Any) -> None:
        """Other settings of the log."""
        self.settings = self.settings.model_copy(
            update={"ledger": self.settings.ledger.model_copy(update=changes)}
        )

    def check(self, **more: Any) -> Checked:
        return check(self.db.url, **more)

    def tamper(self, *texts: str) -> None:
        """What a superuser with a grudge can do."""
        with psycopg.connect(self.db.url, options=f"-c search_path={SCHEMA}") as conn:
            conn.execute("SET session_replication_role = replica")
            for text in texts:
                conn.execute(text.encode())

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Whatever the block does to the log is undone: a database of its own for each tampering would take minutes."""
        self.tamper(*(f"CREATE TABLE kept_{name} AS TABLE {name}" for name in TABLES))
        yield
        for name in TABLES:
            self.tamper(
                f"DELETE FROM {name}",
                f"INSERT INTO {name} SELECT * FROM kept_{name}",  # names of ours
                f"DROP TABLE kept_{name}",
            )


def key_text(name: str = "2026-11-18") -> str:
    return new_master_line(name)


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Log]:
    clock = HandClock()
    db = Database(url, clock=clock, actor="test/1", size=6)
    settings = Settings(ledger=LedgerSettings(origin=ORIGIN, signing_keys=key_text()))  # type: ignore[arg-type]
    await db.open()
    try:
        yield Log(db=db, clock=clock, settings=settings, folder=folder)
    finally:
        await db.close()
