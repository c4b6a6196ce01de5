"""PostgreSQL under the register: named queries, and a pool that opens on first use."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from importlib.resources import files

import psycopg
import psycopg_pool
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from connector.store.connection import LIVELINESS

Connection = psycopg.AsyncConnection[DictRow]

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_REFUSED = re.compile(
    r"authentication failed|no password supplied|no pg_hba\.conf entry"
    r"|role \".*\" (?:does not exist|is not permitted to log in)"
)
_SESSION = (
    "-c timezone=Asia/Ho_Chi_Minh -c lock_timeout=15s -c statement_timeout=60s -c search_path=pg_catalog"
)


@cache
def _queries() -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for entry in sorted((files(__package__) / "sql" / "queries").iterdir(), key=lambda item: item.name):
        parts = _NAME.split(entry.read_text(encoding="utf-8"))
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            assert name not in found, f"two queries are named {name}"
            found[name] = text.strip().rstrip(";").encode()
    return found


def query(name: str) -> bytes:
    """The SQL text of a named query (``sql/queries/*.sql``)."""
    return _queries()[name]


class NotConnected(psycopg_pool.PoolTimeout):
    """No connection could be made; certainly nothing was sent.

    Attributes:
        refused: the server was reached and does not let this account in.
    """

    def __init__(self, *, refused: bool) -> None:
        super().__init__("the account was refused" if refused else "no connection")
        self.refused = refused


class Database:
    """Connections to one PostgreSQL, opened on first use and closed once.

    The pool alone would try a wrong password again and again in the background and call it a time-out: so one
    connection is tried first, and again when the pool has none to give.
    """

    def __init__(self, dsn: str, *, max_connections: int = 8, connect_timeout_s: float = 10) -> None:
        bounded = "connect_timeout" in conninfo_to_dict(dsn)
        self._address = (
            dsn if bounded else make_conninfo(dsn, connect_timeout=max(2, round(connect_timeout_s)))
        )
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=max_connections,
            timeout=connect_timeout_s,
            open=False,
            connection_class=psycopg.AsyncConnection[DictRow],
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                **LIVELINESS.client,
                "options": f"{_SESSION} {LIVELINESS.server}",
            },
            name="register",
        )
        self._opening = asyncio.Lock()
        self._open = False

    async def _ensure_open(self) -> None:
        if self._open:
            return
        async with self._opening:
            if not self._open:
                await self._knock()
                await self._pool.open()
                self._open = True

    async def _knock(self) -> None:
        """Raise :class:`NotConnected` if no connection can be made; its text tells neither account nor address."""
        try:
            conn = await psycopg.AsyncConnection.connect(self._address)
        except psycopg.OperationalError as error:
            # libpq gives no SQLSTATE for a connection that was refused; servers that speak another language than
            # English show as unreachable, which waits as well
            needs = error.pgconn is not None and error.pgconn.needs_password
            raise NotConnected(refused=needs or bool(_REFUSED.search(str(error)))) from None
        await conn.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit: for single statements."""
        await self._ensure_open()
        async with AsyncExitStack() as stack:
            try:
                conn = await stack.enter_async_context(self._pool.connection())
            except psycopg_pool.PoolTimeout:
                await self._knock()
                raise
            yield conn

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside one transaction: committed on return, rolled back on any error."""
        async with self.connection() as conn, conn.transaction():
            yield conn

    async def aclose(self) -> None:
        """Close all connections."""
        if self._open:
            self._open = False
            await self._pool.close()


def doubtful(error: psycopg.Error) -> bool:
    """Whether a write that failed so may have been committed all the same.

    An error that the server itself reported means a rollback; a lost connection or a server that shuts down does not
    tell.
    """
    return error.sqlstate is None or error.sqlstate.startswith("57P")


async def one(conn: Connection, name: str, /, **values: object) -> DictRow | None:
    """The first row of a named query, or None."""
    cursor = await conn.execute(query(name), values)
    return await cursor.fetchone()


async def rows(conn: Connection, name: str, /, **values: object) -> list[DictRow]:
    """All rows of a named query."""
    cursor = await conn.execute(query(name), values)
    return await cursor.fetchall()


async def run(conn: Connection, name: str, /, **values: object) -> None:
    """A named query whose result is of no interest."""
    await conn.execute(query(name), values)
