"""Deadlines at risk: cases whose writes wait for a system that is held or away, and whose legal day is near."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.case import REGISTER
from connector.services.overview import Overview
from connector.store import case_list, cases
from connector.sync.context import Context

NEAR = timedelta(hours=24)
MOST = 300
"""Cases looked at per system: each has to be opened, and the first few hundred tell the story."""


@dataclass(frozen=True, kw_only=True)
class AtRisk:
    """What a system that stands still will cost. ``whole`` is False if there were more cases than were looked at."""

    system: str
    cases: tuple[int, ...]
    first: datetime
    whole: bool


async def at_risk(ctx: Context, now: Overview) -> tuple[AtRisk, ...]:
    """For each system that nothing is written to at present: the cases that will be overdue within a day."""
    still = [one.name for one in now.systems if one.paused or any(c.state == "open" for c in one.circuits)]
    still += [one.scope.rpartition(":")[2] for one in now.pauses if one.scope.startswith("flow:deliver:")]
    return await at_risk_with(ctx, still)


async def at_risk_with(ctx: Context, still: Iterable[str]) -> tuple[AtRisk, ...]:
    """The same for systems that are known to stand still."""
    found = [await _of(ctx, name) for name in dict.fromkeys(still)]
    return tuple(one for one in found if one is not None)


async def _of(ctx: Context, system: str) -> AtRisk | None:
    async with ctx.db.reading() as conn:
        numbers = await case_list.with_open_writes(conn, system, MOST + 1)
        rows = [await cases.get(conn, number) for number in numbers[:MOST]]
    near: list[tuple[timedelta, int]] = []
    for row in rows:
        home = row.link(REGISTER) if row else None
        left = ctx.time_left(home.state if home else None)
        if row is not None and left is not None and left <= NEAR:
            near.append((left, row.id))
    if not near:
        return None
    return AtRisk(
        system=system,
        cases=tuple(number for _, number in sorted(near)),
        first=ctx.clock.now() + min(near)[0],
        whole=len(numbers) <= MOST,
    )
