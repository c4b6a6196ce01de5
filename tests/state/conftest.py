"""One database, emptied for each town that a machine founds: a test founds hundreds of them."""

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import sql

from connector.store.schema import SCHEMA

_TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = %s AND table_type = 'BASE TABLE' AND table_name <> 'schema_version'
    """


@pytest.fixture
async def new_url(migrated_url: str) -> Callable[[], str]:
    """Each call empties the database and gives its address.

    The server outlives every death that the machine plays, so its commits need not wait for the disk.
    """
    return await asyncio.to_thread(_emptier, migrated_url)


def _emptier(url: str) -> Callable[[], str]:
    with psycopg.connect(url, autocommit=True) as conn:
        name = sql.Identifier(conn.info.dbname)
        conn.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))
        conn.execute(sql.SQL("ALTER DATABASE {} SET search_path = {}").format(name, sql.Identifier(SCHEMA)))
    with psycopg.connect(url, autocommit=True) as conn:
        tables = [row[0] for row in conn.execute(_TABLES, (SCHEMA,))]
        # what migrations put there: the end of the log, and where counting goes on
        born: dict[str, list[tuple[Any, ...]]] = {
            table: conn.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()
            for table in tables
        }

    def empty() -> str:
        with psycopg.connect(url) as conn:
            # neither the order of foreign keys nor the append-only triggers are to stop this
            conn.execute("SET LOCAL session_replication_role = replica")
            for table in tables:
                conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                for row in born[table]:
                    values = sql.SQL(", ").join([sql.Placeholder()] * len(row))
                    conn.execute(
                        sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(table), values), row
                    )
        return url

    return empty
