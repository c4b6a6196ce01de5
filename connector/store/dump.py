"""The whole database into a stream and back: one snapshot, with its numbers, by PostgreSQL's own programs."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from connector.backup.manifest import Standing
from connector.errors import DatabaseInUse
from connector.store import pg_tools
from connector.store.schema import SCHEMA, VERSION_TABLE
from connector.store.version import connect

OURS = (SCHEMA, "register")
"""Every schema that a program of this package makes; that of the register only where it lies in the same database."""


@contextmanager
def snapshot(url: str, programs: Path | None) -> Iterator[tuple[Standing, IO[bytes]]]:
    """One moment of the database: its numbers, and pg_dump's stream of the same moment. The flow goes on meanwhile.

    Raises:
        BackupToolMissing, ToolFailed, DatabaseUnavailable: no dump.
    """
    with connect(url) as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        name = str(_one(conn, "SELECT pg_export_snapshot()"))
        at = standing(conn)
        program = pg_tools.find("pg_dump", at.server, programs)
        chosen = [f"--schema={schema}" for schema in at.schemas]
        options = [
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={name}",
            "--no-password",
            *chosen,
        ]
        with pg_tools.dumping(program, url, options) as stream:
            yield at, stream


def standing(conn: psycopg.Connection[Any]) -> Standing:
    """The numbers of this moment."""
    schemas = tuple(schema for schema in OURS if schema in present(conn))
    head = conn.execute("SELECT seq, hash FROM ledger_head").fetchone()
    assert head is not None
    masters = conn.execute(
        "SELECT DISTINCT master FROM case_key WHERE master IS NOT NULL ORDER BY 1"
    ).fetchall()
    return Standing(
        schemas=schemas,
        schema_version=str(_one(conn, f"SELECT version_num FROM {VERSION_TABLE}")),  # noqa: S608  # a constant
        server=conn.info.server_version // 10000,
        masters=tuple(row[0] for row in masters),
        ledger_size=head[0],
        ledger_head=head[1],
        checkpoint=_one(conn, "SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1"),
        branch=int(_one(conn, "SELECT coalesce(max(branch), 0) FROM restoration")),
        rows=_rows(conn, schemas),
    )


def _rows(conn: psycopg.Connection[Any], schemas: Iterable[str]) -> dict[str, int]:
    names = conn.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1, 2",
        (list(schemas),),
    ).fetchall()
    count = sql.SQL("SELECT count(*) FROM {}")
    return {f"{one}.{table}": _one(conn, count.format(sql.Identifier(one, table))) for one, table in names}


def present(conn: psycopg.Connection[Any]) -> set[str]:
    """Which of our schemas the database has."""
    rows = conn.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", (list(OURS),)).fetchall()
    return {row[0] for row in rows}


def require_free(url: str, schemas: Sequence[str], *, replace: bool) -> int:
    """Is there nothing to be lost? Returns the server's major version.

    Raises:
        DatabaseInUse: there is, and nobody said that it may be replaced.
    """
    with connect(url) as conn:
        there = sorted(present(conn) & set(schemas))
        if there and not replace:
            msg = f"the database holds data already ({', '.join(there)})"
            raise DatabaseInUse(msg)
        return conn.info.server_version // 10000


@contextmanager
def loading(url: str, schemas: Sequence[str], programs: Path | None) -> Iterator[IO[bytes]]:
    """Where the dump is written to; all of these schemas are made anew, what they held before is gone.

    All or nothing: pg_restore works in one transaction.

    Raises:
        BackupToolMissing, ToolFailed, DatabaseUnavailable: it was not restored.
    """
    with connect(url) as conn:
        program = pg_tools.find("pg_restore", conn.info.server_version // 10000, programs)
        for schema in schemas:
            name = sql.Identifier(schema)
            conn.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
            conn.execute(sql.SQL("CREATE SCHEMA {}").format(name))
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", "--no-password"]
    with pg_tools.restoring(program, url, [*options, *(f"--schema={one}" for one in schemas)]) as stream:
        yield stream


def _one(conn: psycopg.Connection[Any], query: str | sql.Composed) -> Any:
    row = conn.execute(query).fetchone()
    return row[0] if row else None
