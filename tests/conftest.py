"""One PostgreSQL server for each process of a run; a migrated database of its own for each test that asks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import structlog
from psycopg import sql
from psycopg.conninfo import make_conninfo

from connector.store.embedded import EmbeddedServer
from connector.store.migrate import migrate

_NUMBERS = count(1)


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command that a test runs in this process sets up the logs for the output of that test alone."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        logging.captureWarnings(capture=False)
        root.handlers[:] = before
        root.setLevel(level)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of an embedded server that is stopped at the end of the run."""
    # not in pytest's own folder: that of an old run is swept away by a newer one
    with TemporaryDirectory(prefix="connector-postgres-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedServer(Path(folder) / "data")
        yield server.start()
        server.stop()


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str) -> str:
    """Name of a migrated database that is copied for each test: far quicker than migrating each time."""
    name = "connector_template"
    url = _create(postgres_url, name)
    migrate(url)
    return name


@pytest.fixture
async def empty_url(postgres_url: str) -> AsyncIterator[str]:
    """Address of a database with nothing in it."""
    name = f"connector_{next(_NUMBERS)}"
    yield await asyncio.to_thread(_create, postgres_url, name)
    await asyncio.to_thread(_drop, postgres_url, name)


@pytest.fixture
async def migrated_url(postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """Address of a fresh, migrated database."""
    name = f"connector_{next(_NUMBERS)}"
    yield await asyncio.to_thread(_create, postgres_url, name, migrated_template)
    await asyncio.to_thread(_drop, postgres_url, name)


def _create(server: str, name: str, template: str = "template1") -> str:
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    return make_conninfo(server, dbname=name)


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
