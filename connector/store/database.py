"""Connections, and the unit of work: rows, ledger entries and wake-ups commit together or not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter, time_ns
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from connector.clock import Clock
from connector.errors import ConnectorError, DatabaseUnavailable, DiskFull
from connector.ledger.commitment import salted
from connector.ledger.entry import Draft, EntryKind
from connector.ledger.guard import as_code, is_id_key
from connector.store import ledger
from connector.store.connection import LIVELINESS, Connection
from connector.store.masters import Vault
from connector.store.schema import SCHEMA
from connector.store.vault import check
from connector.telemetry.committed import Committed, Witness

__all__ = ["UNSTORABLE", "Connection", "Database", "Unit", "Wake", "translated"]

UNSTORABLE: tuple[type[Exception], ...] = (psycopg.DataError, UnicodeError)
"""What a value that PostgreSQL cannot hold ends in: a NUL character, half a surrogate pair."""


@dataclass(frozen=True, kw_only=True)
class Wake:
    """A wake-up of one lane of one flow; equal wake-ups collapse. ``source``: whose tellings a delivery carries."""

    flow: str
    system: str | None = None
    source: str | None = None
    lane: int | None = None


acting_token: ContextVar[int | None] = ContextVar("acting_token", default=None)
"""Number of the token by which a program acts in this call, if one does: its entries name it beside the account."""

Deferrer = Callable[[Connection, Iterable[Wake]], Awaitable[None]]


@dataclass(kw_only=True)
class Unit:
    """One transaction in the making."""

    conn: Connection
    actor: str
    drafts: list[Draft] = field(default_factory=list)
    wakes: set[Wake] = field(default_factory=set)

    def record(
        self,
        kind: EntryKind,
        *,
        system: str | None = None,
        case_id: int | None = None,
        delivery_id: int | None = None,
        actor: str | None = None,
        sealed: Mapping[str, Any] | None = None,
        **data: Any,
    ) -> None:
        """Add a ledger entry; it is chained and written when the transaction commits.

        Args:
            sealed: values (plain JSON) to which the entry commits without showing them; they need a ``case_id``.
        """
        if (token := acting_token.get()) is not None:
            data["by_token_id"] = str(token)
        self.drafts.append(
            Draft(
                kind=kind,
                system=system,
                case_id=case_id,
                delivery_id=delivery_id,
                actor=actor or self.actor,
                data={
                    # ids of other systems may hold anything; one that could leak becomes a digest
                    key: as_code(value) if isinstance(value, str) and is_id_key(key) else value
                    for key, value in data.items()
                    if value is not None
                },
                openings=salted(sealed or {}),
            )
        )

    def wake(
        self, flow: str, *, system: str | None = None, source: str | None = None, lane: int | None = None
    ) -> None:
        """Wake a lane once this transaction has committed."""
        self.wakes.add(Wake(flow=flow, system=system, source=source, lane=lane))


class Database:
    """The pool and the way to write. Without a ``vault`` nothing sealed can be read or written.

    ``witness`` is told of every transaction that wrote entries.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        actor: str,
        size: int = 20,
        vault: Vault | None = None,
        witness: Witness | None = None,
    ) -> None:
        self.url = url
        self._witness = witness
        self._vault = vault
        self._clock = clock
        self._actor = actor
        self._deferrer: Deferrer | None = None
        self.full = asyncio.Event()
        """Set once a write failed for want of disk space: whoever runs the program stops it."""
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=30,
            open=False,
            connection_class=Connection,
            configure=self._configure,
            kwargs={
                "row_factory": dict_row,
                **LIVELINESS.client,
                "options": f"-c search_path={SCHEMA} {LIVELINESS.server}",
            },
            name="connector",
        )

    @property
    def lent(self) -> int:
        """Connections in use now."""
        stats = self._pool.get_stats()
        return stats["pool_size"] - stats["pool_available"]

    @property
    def pool(self) -> dict[str, int]:
        """The pool's own numbers, as psycopg names them (``pool_size``, ``pool_available``, ``requests_waiting`` …)."""
        return dict(self._pool.get_stats())

    async def _configure(self, conn: Connection) -> None:
        conn.vault = self._vault

    def defer_with(self, deferrer: Deferrer) -> None:
        """Say how wake-ups become jobs; without it they are dropped (the sweep finds the rows all the same)."""
        self._deferrer = deferrer

    async def open(self) -> None:
        """Connect.

        Raises:
            DatabaseUnavailable: after ten seconds without a connection.
        """
        try:
            await self._pool.open(wait=True, timeout=10)
        except (PoolTimeout, psycopg.OperationalError):
            await self._pool.close()
            msg = "no connection to the database within ten seconds"
            raise DatabaseUnavailable(msg) from None

    async def check_keys(self) -> None:
        """Do the master keys open what is stored?

        Raises:
            MasterKeyError: they do not; nothing was changed.
        """
        async with self.reading() as conn:
            await check(conn)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._pool.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection in a transaction that is not meant to write."""
        with translated(self.full):
            async with self._pool.connection() as conn, _remembering(conn):
                yield conn

    async def answer(self) -> None:
        """One round trip. Raises ``DatabaseUnavailable`` if there is none."""
        async with self.reading() as conn:
            await conn.execute("SELECT 1")

    async def vacuum(self, tables: Iterable[str], *, full: bool = False) -> None:
        """Give dead rows of these tables free to be overwritten; ``full`` writes the tables anew, which locks them."""
        with translated(self.full):
            async with self._pool.connection() as conn:
                await conn.set_autocommit(True)
                try:
                    for table in tables:
                        how = sql.SQL("VACUUM (FULL, ANALYZE) {}" if full else "VACUUM (ANALYZE) {}")
                        await conn.execute(how.format(sql.Identifier(table)))
                finally:
                    await conn.set_autocommit(False)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Connection]:
        """A connection without a transaction, for a look or two: each statement sees what is committed by then.

        Nothing that is read here may be decided on without a second look under a lock.
        """
        with translated(self.full):
            async with self._pool.connection() as conn, _remembering(conn):
                await conn.set_autocommit(True)
                try:
                    yield conn
                finally:
                    await _settled(conn)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """One transaction: what the block writes, its wake-ups and its ledger entries commit together.

        The ledger comes last, because appending locks the end of the chain until the commit.
        """
        with translated(self.full):
            async with self._pool.connection() as conn, _remembering(conn):
                unit, began = Unit(conn=conn, actor=self._actor), time_ns()
                yield unit
                if unit.wakes and self._deferrer is not None:
                    await self._deferrer(conn, unit.wakes)
                if unit.drafts:
                    asked = perf_counter()
                    await ledger.append(conn, unit.drafts, self._clock.now(), commit=True)
                    if self._witness is not None:
                        took = perf_counter() - asked
                        self._witness(Committed(entries=unit.drafts, began_ns=began, append_s=took))


async def _settled(conn: Connection) -> None:
    """No unit may ever get a connection without transactions: one that was interrupted is not lent again."""
    if conn.info.transaction_status is TransactionStatus.IDLE:
        await conn.set_autocommit(False)
    else:
        await conn.close()


@asynccontextmanager
async def _remembering(conn: Connection) -> AsyncIterator[None]:
    """Case keys are unwrapped once within the block and forgotten with it."""
    conn.unwrapped = {}
    try:
        yield
    finally:
        conn.unwrapped = None


class translated:  # noqa: N801  # used like a function in a with statement
    """Turn the driver's errors into ours; ``full`` is set when the disk is."""

    def __init__(self, full: asyncio.Event | None = None) -> None:
        self._full = full

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ConnectorError | asyncio.CancelledError) or error is None:
            return
        if isinstance(error, errors.DiskFull):
            if self._full is not None:
                self._full.set()
            msg = "the database's disk is full"
            raise DiskFull(msg) from error
        if type(error) is psycopg.OperationalError:
            msg = "the connection to the database was lost"
            raise DatabaseUnavailable(msg) from error
        if isinstance(error, psycopg.OperationalError):
            # no answer in time, shut down, too many connections, a deadlock: nothing was committed, later it may work
            msg = f"the database does not answer ({type(error).__name__})"
            raise DatabaseUnavailable(msg) from error
