"""Deadlines at risk: cases whose writes wait for a system that is held or away, and whose legal day is near."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from connector.case import REGISTER, Case
from connector.rules.clocks import clocks, strictest
from connector.services.overview import Overview
from connector.store import case_list, cases
from connector.store.database import Connection, Database
from connector.sync.context import Context

NEAR = timedelta(hours=24)
MOST = 300
"""Cases looked at per system: each has to be opened, and the first few hundred tell the story."""

MOST_KNOWN = 5_000

_Ends = dict[tuple[int, datetime], tuple[datetime, ...]]
_KNOWN: WeakKeyDictionary[Database, _Ends] = WeakKeyDictionary()
"""When the deadlines end that a telling names, by case and since when it is told so: opened once, not for each visitor."""


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
    now = ctx.clock.now()
    async with ctx.db.reading() as conn:
        numbers = await case_list.with_open_writes(conn, system, MOST + 1)
        ends = await _ends(ctx, conn, numbers[:MOST])
    left = {number: min((end for end in told if end > now), default=None) for number, told in ends.items()}
    near = sorted((end, number) for number, end in left.items() if end is not None and end - now <= NEAR)
    if not near:
        return None
    return AtRisk(
        system=system,
        cases=tuple(number for _, number in near),
        first=near[0][0],
        whole=len(numbers) <= MOST,
    )


async def _ends(ctx: Context, conn: Connection, numbers: Sequence[int]) -> dict[int, tuple[datetime, ...]]:
    """The ends of the open deadlines of these cases; a telling is opened only if it is new."""
    known = _KNOWN.setdefault(ctx.db, {})
    if len(known) > MOST_KNOWN:
        known.clear()
    since = await cases.changed_at(conn, REGISTER, numbers)
    new = [number for number, at in since.items() if (number, at) not in known]
    for link, at in await cases.told_by(conn, REGISTER, new) if new else ():
        known[link.case_id, at] = _ends_of(ctx, link.state)
    return {number: known.get((number, at), ()) for number, at in since.items()}


def _ends_of(ctx: Context, home: Case | None) -> tuple[datetime, ...]:
    acts = home.acts if home else ()
    return tuple(clock.due.ends_at for clock in strictest(clocks(acts, ctx.book)).values() if clock.due)
