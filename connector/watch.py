"""The watch over the daemon's own ground, the database and its disk: better to stop in order than in mid-write.

A stop of this kind loses nothing: what was accepted is committed, what was not is asked for again. The watch also
writes down how this process sees the circuits of the systems, so that other processes can show it.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
import structlog

from connector.errors import ConnectorError, DatabaseUnavailable, DiskFull
from connector.settings import Settings
from connector.store import circuits
from connector.store.embedded import require_space
from connector.sync.context import Context

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0
"""How often database and disk are looked at."""

PATIENCE = timedelta(seconds=15)
"""A server that restarts is away for some seconds; one that stays away longer is reported."""


async def watch(ctx: Context, stop: asyncio.Event) -> None:
    """Look until ``stop``.

    Raises:
        DiskFull: a write failed for want of space, or the embedded database has too little left.
        DatabaseUnavailable: no answer for :data:`PATIENCE`.
    """
    answered, board = ctx.clock.now(), Board(ctx)
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(_first(stop, ctx.db.full), LOOK_EVERY_S)
        if ctx.db.full.is_set():
            msg = "a write failed: the database's disk is full"
            raise DiskFull(msg)
        await asyncio.to_thread(check_disk, ctx.settings)
        try:
            async with ctx.db.reading() as conn:
                down = await circuits.open_elsewhere(conn, ctx.settings.node, ctx.clock.now())
            if ctx.circuits is not None:
                ctx.circuits.beware(down)
            answered = ctx.clock.now()
            await board.tell()
        except DatabaseUnavailable as error:
            log.warning("database_silent", code=error.code, since=answered.isoformat())
            if ctx.clock.now() - answered > PATIENCE:
                raise


@dataclass
class Board:
    """What this process told of its circuits last; told again when it changed, and as a sign of life."""

    ctx: Context
    states: dict[str, str] = field(default_factory=dict)
    at: datetime | None = None

    async def tell(self) -> None:
        """Write it down if there is something to say."""
        ctx, now = self.ctx, self.ctx.clock.now()
        if ctx.circuits is None:
            return
        states = {name: ctx.circuits.state(name).value for name in ctx.systems}
        if states == self.states and self.at is not None and now - self.at < circuits.TELL_EVERY:
            return
        async with ctx.db.unit() as unit:
            await circuits.tell(unit.conn, ctx.settings.node, states, now)
        self.states, self.at = states, now


async def _first(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def check_disk(settings: Settings) -> None:
    """Is there room for the embedded database? A server elsewhere looks after itself.

    Raises:
        DiskFull: less than ``database.least_free_mib`` is free.
    """
    if settings.database.url is None:
        require_space(settings.database.folder, settings.database.least_free_mib)


def in_our_words(error: BaseException, settings: Settings) -> BaseException:
    """The engine wraps the driver's errors in its own; the operator gets the cause in ours."""
    if isinstance(error, ConnectorError):
        return error
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, psycopg.OperationalError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return error
    try:
        check_disk(settings)
    except DiskFull as full:
        return full
    if isinstance(cause, psycopg.errors.DiskFull):
        msg = "a write failed: the database's disk is full"
        return DiskFull(msg)
    msg = f"the connection to the database was lost ({type(cause).__name__})"
    return DatabaseUnavailable(msg)
