"""One process among those that share the database: it tells that it lives, keeps its lease, and takes the dead over."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from uuid import UUID, uuid4

import psycopg
import structlog
from psycopg.rows import dict_row

from connector.errors import DatabaseUnavailable, LeaseLost
from connector.lease import Lease
from connector.sections.work import WorkSettings
from connector.store import nodes
from connector.store.connection import LIVELINESS
from connector.store.nodes import AnyConnection, Node, Roll, Taken
from connector.store.schema import SCHEMA

log = structlog.get_logger(__name__)

WORKER, CLOCK, CONSOLE = "worker", "clock", "console"
"""What a process may do. A daemon does all of it."""

Opener = Callable[[], Awaitable[Taken]]


class Membership:
    """Of one run of one process.

    Args:
        url: the database; one connection of its own is used, so that a busy pool never costs the lease.
        name: of the machine, for people.
        parts: what this process does.
        workers: its workers in the engine, as they stand now.
        lease: kept as long as the database hears of us.
        on_roll: told who lives, after each word that the database took.
        take_over: how the dead are taken over, if it is to be written down; else it is only done.
    """

    def __init__(
        self,
        url: str,
        work: WorkSettings,
        *,
        name: str,
        parts: Collection[str],
        workers: Callable[[], Sequence[int]] = tuple,
        lease: Lease | None = None,
        on_roll: Callable[["Membership"], None] | None = None,
        take_over: Opener | None = None,
    ) -> None:
        self.id: UUID = uuid4()
        self.name = name
        self.parts = tuple(sorted(parts))
        self.lease = lease or Lease()
        self.living: tuple[Node, ...] = ()
        self.workers = workers
        self.on_roll = on_roll
        self.take_over = take_over
        self._url = url
        self._work = work
        self._conn: AnyConnection | None = None
        self._turn = asyncio.Lock()
        self.entered = False

    # ---- what the others are told and tell ----

    def rank(self, part: str) -> int:
        """How many living processes with this part run longer than we do; 0 if we are the longest or stand alone."""
        return next((i for i, one in enumerate(self._with(part)) if one.id == self.id), 0)

    def count(self, part: str) -> int:
        """Living processes with this part, ourselves among them."""
        return max(1, len(self._with(part)))

    @property
    def leads(self) -> bool:
        """Whether our clock is the one that ticks. Should two lead for a moment, their ticks collapse in the queue.

        A process that was killed stands on the list for a while; the one that was started in its place has its name,
        and need not wait for that.
        """
        newest = {one.name: one for one in self._with(CLOCK)}
        first = next(iter(sorted(newest.values(), key=lambda one: (one.started_at, one.id))), None)
        return first is None or first.id == self.id

    def _with(self, part: str) -> list[Node]:
        return [one for one in self.living if part in one.parts]

    # ---- living ----

    async def enter(self) -> None:
        """Join, so that the first look at the others is already theirs at us.

        Raises:
            psycopg.OperationalError: no connection.
        """
        async with self._connected() as conn:
            await nodes.join(conn, self.id, self.name, self.parts, version("phanhoi-connector"))
        self.entered = True
        self.lease.end()
        await self.tell()

    async def keep(self, stop: asyncio.Event) -> None:
        """Tell that we live, again and again until ``stop``; then leave.

        Raises:
            LeaseLost: others have taken our lanes; whatever is still under way must not be sent.
        """
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._work.heartbeat_s)
            try:
                await self.tell()
            except LeaseLost:
                raise
            except (DatabaseUnavailable, psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
                log.warning("node_unheard", kind=type(error).__name__, lease=self.lease.held)
                await self.aclose()
        with suppress(psycopg.Error, OSError):
            async with self._connected() as conn:
                await nodes.leave(conn, self.id)
        await self.aclose()

    async def tell(self) -> Roll:
        """One word to the database, and what follows from its answer.

        Raises:
            LeaseLost: as above.
        """
        async with self._connected() as conn:
            asked_at = self.lease.now()
            roll = await nodes.renew(conn, self.id, self.workers(), self._work.stalled_after_s)
        if not roll.known:
            self.lease.end()
            msg = "others have taken the lanes of this node over"
            raise LeaseLost(msg)
        self.lease.renew(asked_at, self._work.stalled_after_s)
        self.living = roll.living
        if self.on_roll is not None:
            self.on_roll(self)
        if roll.stale:
            await self.free_stalled()
        return roll

    async def free_stalled(self) -> Taken:
        """Take over whoever was silent for too long."""
        if self.take_over is not None:
            return told(await self.take_over())
        async with self._connected() as conn:
            return told(await nodes.take_over(conn, self.workers(), self._work.stalled_after_s))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AnyConnection]:
        async with self._turn:
            if self._conn is None or self._conn.closed:
                self._conn = await psycopg.AsyncConnection.connect(
                    self._url,
                    autocommit=True,
                    row_factory=dict_row,
                    **LIVELINESS.client,
                    options=f"-c search_path={SCHEMA} {LIVELINESS.server}",
                )
            yield self._conn

    async def aclose(self) -> None:
        """Let go of the connection."""
        if self._conn is not None:
            with suppress(psycopg.Error, OSError):
                await self._conn.close()
            self._conn = None


@asynccontextmanager
async def joined(member: Membership) -> AsyncIterator[None]:
    """On the list while the block lasts: for a process that runs no worker, and need not end when it is struck off."""
    await member.enter()
    over = asyncio.Event()
    keeping = asyncio.create_task(stay(member, over), name="membership")
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(keeping, return_exceptions=True)


async def stay(member: Membership, over: asyncio.Event) -> None:
    """Until it is over, and has left: also if it was over just while it came back."""
    while True:
        try:
            return await member.keep(over)
        except LeaseLost:
            # it holds no lane that somebody could have taken
            member.id, member.entered = uuid4(), False
            with suppress(DatabaseUnavailable, psycopg.Error, OSError):
                await member.enter()


def told(taken: Taken) -> Taken:
    """Say in the log what was taken over."""
    for node in taken.nodes:
        log.warning("node_taken_over", node=node)
    for lock in taken.locks:
        log.warning("lane_taken_over", lock=lock)
    return taken
