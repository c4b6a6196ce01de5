"""Is this process ready for its work? Each answer is a reason in two languages; none says anything of a case."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import psycopg

from connector.errors import ConnectorError, LedgerBroken
from connector.store import checkpoints, flows, restorations
from connector.store.connection import Connection
from connector.store.schema import NEEDED, SCHEMA, VERSION_TABLE, order
from connector.sync.context import Context
from connector.texts import Lang, say
from connector.work.membership import Membership
from connector.work.queue import Queue

READY_S = 3.0
"""A database that does not answer within is none."""
FRESH_S = 2.0
"""So long an answer serves those who ask again."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One condition of readiness; ``told`` is the key of the text ``ready.<told>``."""

    name: str
    ok: bool
    told: str
    facts: dict[str, object]

    def said(self, lang: Lang) -> str:
        """In words."""
        return say(f"ready.{self.told}", lang, **self.facts)


def _reason(name: str, told: str, /, *, ok: bool, **facts: object) -> Reason:
    return Reason(name=name, ok=ok, told=told, facts=facts)


class Health:
    """Of one process. A portal that does not answer is no fault of it and changes nothing here."""

    def __init__(self, ctx: Context, member: Membership, queue: Queue) -> None:
        self._ctx = ctx
        self._member = member
        self._queue = queue
        self._turn = asyncio.Lock()
        self._looked_at: float | None = None
        self._reasons: tuple[Reason, ...] = ()

    async def reasons(self) -> tuple[Reason, ...]:
        """Every condition and whether it holds; looked at anew when the last answer is too old."""
        async with self._turn:
            if self._looked_at is None or perf_counter() - self._looked_at > FRESH_S:
                self._reasons = (*self._of_process(), *await self._of_database())
                self._looked_at = perf_counter()
            return self._reasons

    def _of_process(self) -> Sequence[Reason]:
        stopping = self._ctx.stopping.is_set()
        found = [_reason("running", "stopping" if stopping else "running", ok=not stopping)]
        if "worker" in self._member.parts:
            held, lanes = self._ctx.lease.held, self._queue.running
            found += [
                _reason("lease", "lease" if held else "no_lease", ok=held),
                _reason("lanes", "lanes" if lanes else "no_lanes", ok=lanes),
            ]
        return found

    async def _of_database(self) -> Sequence[Reason]:
        try:
            async with asyncio.timeout(READY_S), self._ctx.db.reading() as conn:
                return [
                    _reason("database", "database", ok=True),
                    await _schema(conn),
                    await _log(conn),
                    await self._clock(conn),
                ]
        except (ConnectorError, psycopg.Error, TimeoutError):
            return [_reason("database", "no_database", ok=False)]

    async def _clock(self, conn: Connection) -> Reason:
        row = await (await conn.execute("SELECT clock_timestamp() AS at")).fetchone()
        assert row is not None
        apart = abs((self._ctx.clock.now() - row["at"]).total_seconds())
        most = self._ctx.settings.guards.max_clock_skew_s
        sane = apart <= most
        return _reason(
            "clock", "clock" if sane else "wrong_clock", ok=sane, seconds=round(apart, 1), most=most
        )


async def _schema(conn: Connection) -> Reason:
    query = f"SELECT version_num AS version FROM {SCHEMA}.{VERSION_TABLE}"  # noqa: S608  # constants
    row = await (await conn.execute(query.encode())).fetchone()
    version = row["version"] if row else "–"
    good = row is not None and order(version) >= order(NEEDED)
    return _reason("schema", "schema" if good else "wrong_schema", ok=good, version=version)


async def _log(conn: Connection) -> Reason:
    """The log goes on unless the state is a restored one that nobody accepted, or its sealing was stopped for a break."""
    held = await flows.held(conn, restorations.SCOPE)
    if held is not None:
        return _reason("log", "restored", ok=False)
    sealing = await flows.held(conn, checkpoints.SCOPE)
    broken = sealing is not None
    code = sealing.code if sealing is not None and sealing.code else LedgerBroken.code
    return _reason("log", "log_broken", ok=False, code=code) if broken else _reason("log", "log", ok=True)
