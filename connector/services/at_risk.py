"""Deadlines at risk: cases whose writes wait for a system that is held or away, and whose legal day is near."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.services.overview import Overview
from connector.store import duties
from connector.store.connection import Connection
from connector.store.database import Database

NEAR = timedelta(hours=24)
MOST = 300
"""Cases told of per system: the first few hundred tell the story."""
STEPS = 3
"""Instants told of per system: the first ones, and the last."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """So many cases are overdue if the system stands still until then."""

    until: datetime
    count: int


@dataclass(frozen=True, kw_only=True)
class AtRisk:
    """What a system that stands still will cost within a day.

    Attributes:
        cases: their numbers, by deadline.
        first: the nearest deadline.
        steps: how the number of overdue cases grows.
        whole: False if there may be more: too many to be told of, or deadlines not read yet.
    """

    system: str
    cases: tuple[int, ...]
    first: datetime
    steps: tuple[Step, ...]
    whole: bool


async def at_risk(db: Database, seen: Overview, now: datetime) -> tuple[AtRisk, ...]:
    """For each system that nothing is written to at present: the cases that will be overdue within a day."""
    still = [one.name for one in seen.systems if one.paused or any(c.state == "open" for c in one.circuits)]
    still += [one.scope.rpartition(":")[2] for one in seen.pauses if one.scope.startswith("flow:deliver:")]
    return await at_risk_with(db, still, now)


async def at_risk_with(db: Database, still: Iterable[str], now: datetime) -> tuple[AtRisk, ...]:
    """The same for systems that are known to stand still."""
    names = tuple(dict.fromkeys(still))
    if not names:
        return ()
    async with db.reading() as conn:
        lacking = await duties.any_changed(conn)
        found = [await _of(conn, name, now, lacking=lacking) for name in names]
    return tuple(one for one in found if one is not None)


async def _of(conn: Connection, system: str, now: datetime, *, lacking: bool) -> AtRisk | None:
    near = await duties.due_behind(conn, system, after=now, until=now + NEAR, most=MOST + 1)
    if not near:
        return None
    told = near[:MOST]
    return AtRisk(
        system=system,
        cases=tuple(number for _, number in told),
        first=told[0][0],
        steps=steps([due for due, _ in told]),
        whole=len(near) <= MOST and not lacking,
    )


def steps(dues: list[datetime]) -> tuple[Step, ...]:
    """How many of these deadlines, which are in order, have passed at each; the last one counts all."""
    every = [Step(until=due, count=place) for place, due in enumerate(dues, 1)]
    by_instant = list({one.until: one for one in every}.values())
    return tuple(by_instant if len(by_instant) <= STEPS else [*by_instant[: STEPS - 1], by_instant[-1]])
