"""What the charts show: hours and spans gathered into the steps of a period. The series are pure; :func:`read` asks the store."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.clock import LOCAL_ZONE
from connector.ledger.kinds import EntryKind
from connector.store import circuits, duties, history
from connector.store.database import Database
from connector.store.duties import Met
from connector.store.history import Counted, Lag, Span

HOUR_S = 3600
PERIODS: Mapping[str, tuple[int, int]] = {
    "day": (24, HOUR_S),
    "week": (28, 6 * HOUR_S),
    "month": (30, 24 * HOUR_S),
    "quarter": (90, 24 * HOUR_S),
}
"""Period → how many steps it has, and how long each is, in seconds."""

READ = "read"
OUTCOMES: Mapping[EntryKind, str] = {
    EntryKind.DONE: "taken",
    EntryKind.FOUND: "taken",
    EntryKind.DUPLICATE: "taken",
    EntryKind.WAITING: "later",
    EntryKind.IN_DOUBT: "doubt",
    EntryKind.QUARANTINED: "person",
    EntryKind.WITHHELD: "withheld",
}
"""What an entry of the log says of an attempt to write."""
OUTCOME_NAMES = ("taken", "later", "doubt", "person", "withheld")
STATES = ("open", "half_open", "closed")
"""States of a circuit, the gravest first: of several processes the one that sees the worst is shown."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """A stretch of time in equal steps; it ends with the step that is not over yet."""

    name: str
    since: datetime
    steps: int
    step_s: int

    @property
    def until(self) -> datetime:
        """Its end, which lies in the future."""
        return self.since + timedelta(seconds=self.steps * self.step_s)

    @property
    def starts(self) -> tuple[datetime, ...]:
        """Where each step begins."""
        return tuple(self.since + timedelta(seconds=i * self.step_s) for i in range(self.steps))


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One step of a counted series: name of what was counted → how many."""

    at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class LagSlot:
    """One step of the lag, in seconds; None where nobody looked, or the system was never read."""

    at: datetime
    read_s: float | None
    wait_s: float | None
    open: int | None


@dataclass(frozen=True, kw_only=True)
class StateSpan:
    """A circuit was in this state; ``none``: no process ran."""

    state: str
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class SystemSeries:
    """One system's charts: what was read, what became of the writes, how far behind, what waited, and its circuit."""

    system: str
    read: tuple[Slot, ...]
    writes: tuple[Slot, ...]
    lag: tuple[LagSlot, ...]
    queue: tuple[Slot, ...]
    circuit: tuple[StateSpan, ...]


@dataclass(frozen=True, kw_only=True)
class Charts:
    """All of them. ``deadlines``: duties done, ``in_time`` and ``late``."""

    period: Period
    systems: tuple[SystemSeries, ...]
    deadlines: tuple[Slot, ...]


def period(name: str, now: datetime) -> Period:
    """The period of that name which holds ``now`` in its last step; steps begin at full local hours or days."""
    steps, step_s = PERIODS[name]
    midnight = now.astimezone(LOCAL_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    into = int((now - midnight).total_seconds()) // step_s
    first = midnight + timedelta(seconds=(into - steps + 1) * step_s)
    return Period(name=name, since=first, steps=steps, step_s=step_s)


async def read(db: Database, systems: Sequence[str], over: Period, now: datetime) -> Charts:
    """Read what was counted; a bounded number of rows, whatever the number of cases."""
    async with db.reading() as conn:
        counted = await history.counted(conn, over.since, [EntryKind.OBSERVED, *OUTCOMES], over.step_s)
        lags = await history.lags(conn, over.since, over.step_s)
        spans = await history.spans(conn, over.since)
        done = await duties.met(conn, over.since, over.step_s)
    return Charts(
        period=over,
        systems=tuple(
            SystemSeries(
                system=name,
                read=reads(counted, name, over),
                writes=writes(counted, name, over),
                lag=lag(lags, name, over),
                queue=queue(lags, name, over),
                circuit=circuit([one for one in spans if one.system == name], over.since, now),
            )
            for name in systems
        ),
        deadlines=deadlines(done, over),
    )


def reads(counted: Iterable[Counted], system: str, over: Period) -> tuple[Slot, ...]:
    """New states of cases that a system told."""
    told = [
        (one.at, READ, one.n) for one in counted if (one.system, one.kind) == (system, EntryKind.OBSERVED)
    ]
    return _slots(told, (READ,), over)


def writes(counted: Iterable[Counted], system: str, over: Period) -> tuple[Slot, ...]:
    """What attempts to write to a system ended in."""
    told = [
        (one.at, OUTCOMES[EntryKind(one.kind)], one.n)
        for one in counted
        if one.write and one.system == system and one.kind in OUTCOMES
    ]
    return _slots(told, OUTCOME_NAMES, over)


def deadlines(done: Iterable[Met], over: Period) -> tuple[Slot, ...]:
    """Duties that were done, in time or late."""
    return _slots(
        [(one.at, "in_time" if one.met else "late", one.n) for one in done], ("in_time", "late"), over
    )


def _slots(told: Iterable[tuple[datetime, str, int]], names: Sequence[str], over: Period) -> tuple[Slot, ...]:
    table = {at: dict.fromkeys(names, 0) for at in over.starts}
    for at, name, n in told:
        if at in table:
            table[at][name] += n
    return tuple(Slot(at=at, counts=counts) for at, counts in table.items())


def lag(told: Iterable[Lag], system: str, over: Period) -> tuple[LagSlot, ...]:
    """How far behind a system was, step by step; where nobody looked there is a gap."""
    found = {one.at: one for one in told if one.system == system}
    return tuple(
        LagSlot(at=at, read_s=one.read_s, wait_s=one.wait_s, open=one.open)
        if (one := found.get(at))
        else LagSlot(at=at, read_s=None, wait_s=None, open=None)
        for at in over.starts
    )


def queue(told: Iterable[Lag], system: str, over: Period) -> tuple[Slot, ...]:
    """The most writes that waited at a time in each step."""
    return _slots([(one.at, "queue", one.open) for one in told if one.system == system], ("queue",), over)


def circuit(spans: Sequence[Span], since: datetime, now: datetime) -> tuple[StateSpan, ...]:
    """One time line out of what several processes saw, the worst of them; without gaps from ``since`` to ``now``.

    A process tells at least every half of :data:`circuits.FRESH`, so a span that was told of lately still goes on.
    """
    events: list[tuple[datetime, int, str]] = []
    for one in spans:
        first, last = max(one.since, since), now if now - one.until < circuits.FRESH else min(one.until, now)
        if first < last:
            events += [(first, 1, one.state), (last, -1, one.state)]
    seen: Counter[str] = Counter()
    line: list[StateSpan] = []
    at = since
    for edge, change, state in [*sorted(events), (now, 0, "")]:
        if edge > at:
            _go_on(line, next((one for one in STATES if seen[one]), "none"), at, edge)
            at = edge
        seen[state] += change
    return tuple(line)


def _go_on(line: list[StateSpan], state: str, since: datetime, until: datetime) -> None:
    if line and line[-1].state == state:
        since = line.pop().since
    line.append(StateSpan(state=state, since=since, until=until))
