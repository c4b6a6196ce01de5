"""Blows to the hosts of a rehearsal: a pulled cable, a kill, an orderly stop, at seeded moments; and what it costs."""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from adapters.demo.hosts import Hosts
from adapters.demo.stage import Program
from connector.clock import Clock
from connector.store.database import Database

FIRST, LAST = 0.2, 0.75
"""Shares of all steps between which the blows fall: some work before and after, to compare with."""

OUT_S = (18.0, 30.0)
"""How long a cable is out, or a killed host down: longer than the patience of the others."""

KINDS = ("cut", "kill", "stop")
RESTART_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Blow:
    """One blow: to which node, from when to when."""

    kind: str
    node: int
    began_at: datetime
    healed_at: datetime

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "kind": self.kind,
            "node": self.node + 1,
            "seconds": round((self.healed_at - self.began_at).total_seconds(), 1),
        }


@dataclass(kw_only=True)
class Fleet:
    """The connectors and their hosts. ``ended``: how often one ended by itself, by name and exit status."""

    programs: tuple[Program, ...]
    hosts: Hosts
    down: set[int] = field(default_factory=set)
    ended: Counter[str] = field(default_factory=Counter)

    async def mend(self) -> None:
        """Start again whoever ended by itself, as a supervisor would; until cancelled."""
        while True:
            for number, program in enumerate(self.programs):
                if number not in self.down and (status := program.ended) is not None:
                    self.ended[f"{program.name}: {status}"] += 1
                    program.start()
            await asyncio.sleep(RESTART_S)


class Storm:
    """All blows of a run, one after the other."""

    def __init__(self, fleet: Fleet, clock: Clock, *, seed: int, count: int) -> None:
        rng = Random(f"{seed}/storm")  # noqa: S311 - repeatable on purpose, protects nothing
        self._rng = rng
        self._fleet = fleet
        self._clock = clock
        self._moments = sorted(rng.uniform(FIRST, LAST) for _ in range(count))
        # each kind in turn, so that a short run has all of them
        self._plan = [(KINDS[i % len(KINDS)], rng.randrange(len(fleet.programs))) for i in range(count)]
        self.began_at = clock.now()
        self.blows: list[Blow] = []

    async def work(self, share_done: Callable[[], float]) -> None:
        """Wait for each moment, strike, heal."""
        for moment, (kind, node) in zip(self._moments, self._plan, strict=True):
            while share_done() < moment:  # noqa: ASYNC110 - the share is computed, nobody could set an event
                await asyncio.sleep(0.2)
            began_at = self._clock.now()
            await self._strike(kind, node)
            self.blows.append(Blow(kind=kind, node=node, began_at=began_at, healed_at=self._clock.now()))

    async def _strike(self, kind: str, node: int) -> None:
        span = self._rng.uniform(*OUT_S)
        if kind == "cut":
            self._fleet.hosts.cut(node)
            try:
                await asyncio.sleep(span)
            finally:
                self._fleet.hosts.heal(node)
            return
        program = self._fleet.programs[node]
        assert program.process is not None
        self._fleet.down.add(node)
        program.process.send_signal(signal.SIGKILL if kind == "kill" else signal.SIGTERM)
        await asyncio.to_thread(program.process.wait)
        if kind == "kill":
            await asyncio.sleep(span)
        program.start()
        self._fleet.down.discard(node)

    async def throughput(self, db: Database) -> dict[str, Any]:
        """Writes completed a second before the first blow, until the last was healed, and after it."""
        async with db.reading() as conn:
            rows = await (
                await conn.execute(
                    "SELECT finished_at FROM delivery WHERE state = 'done' ORDER BY finished_at"
                )
            ).fetchall()
        times: list[datetime] = [row["finished_at"] for row in rows]
        if not times or not self.blows:
            return {}
        first, last = self.blows[0].began_at, self.blows[-1].healed_at
        spans = {"before": (self.began_at, first), "during": (first, last), "after": (last, times[-1])}
        return {name: _rate(times, *span) for name, span in spans.items()}


def _rate(times: list[datetime], begin: datetime, end: datetime) -> dict[str, Any]:
    seconds = max(0.0, (end - begin).total_seconds())
    done = sum(begin <= one < end for one in times)
    return {
        "seconds": round(seconds, 1),
        "writes": done,
        "writes_per_s": round(done / seconds, 2) if seconds else None,
    }
