"""The open clocks of a case as an official sees them: read from the acts, judged now (R22)."""

from collections.abc import Sequence
from datetime import date, datetime

from adapters.register.service.values import OpenClock
from connector.case import Act
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks
from connector.rules.duty import Clock


def open_clocks(acts: Sequence[Act], book: RuleBook, now: datetime) -> tuple[OpenClock, ...]:
    """Every duty that is still to be done; what governs comes first."""
    running = [clock for clock in clocks(acts, book) if clock.open]
    return tuple(_shown(clock, now) for clock in sorted(running, key=lambda clock: not clock.governs))


def _shown(clock: Clock, now: datetime) -> OpenClock:
    due = clock.due
    return OpenClock(
        duty=clock.duty.value,
        agency=clock.agency,
        pack=clock.pack,
        governs=clock.governs,
        legal=clock.legal,
        due=_day(due.on if due else None),
        otherwise=_day(due.otherwise if due else None),
        internal=_day(clock.internal.on if clock.internal else None),
        strict=_day(clock.strict.on if clock.strict else None),
        basis=clock.basis,
        late=clock.late(now),
        informed=clock.informed_at is not None,
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
