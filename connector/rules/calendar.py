"""The working calendar and how terms are counted on it. Pure.

The day of the event is not counted (Bộ luật Dân sự 2015 Đ147.2-3). A term in working days counts Monday to Friday without
the days off, and weekend days that are worked; it cannot end on a day off, so the shift of Đ148.5 does not apply to it. A
term in calendar days ends on the next working day if its last day is none (Đ148.5).

Which days are off or worked is a yearly decision (Bộ luật Lao động Đ112.3) and comes from a file; a year that no file covers
is an error for whatever counts into it, never "no holidays".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from connector.errors import NoCalendar
from connector.rules.due import Due

SATURDAY = 5
_DAY = timedelta(days=1)


def version_key(version: str) -> tuple[str, int]:
    """Order of calendar versions: ``2026-11-23.2`` comes before ``2026-11-23.10``."""
    day, _, number = version.partition(".")
    return day, int(number)


@dataclass(frozen=True, kw_only=True)
class Swaps:
    """Weekdays off and weekend days worked, each with its reason."""

    days_off: Mapping[date, str] = field(default_factory=dict)
    days_worked: Mapping[date, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Year:
    """One year's decision.

    Attributes:
        basis: the documents that decided it.
        certainty: how far those were read (``law``, ``secondary``, ``press`` …).
        undecided: proposed, without a decision; one proposal is taken or left as a whole.
        note: what the proposal is.
    """

    decided: Swaps
    basis: tuple[str, ...]
    certainty: str
    undecided: Swaps = Swaps()
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One day that a term passes over: counted or skipped, and why.

    ``otherwise`` is None where the undecided days change nothing about this day.
    """

    day: date
    works: bool
    reason: str | None = None
    otherwise: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """All years that one calendar file covers."""

    version: str
    years: Mapping[int, Year]

    def due(self, start: date, working_days: int) -> Due:
        """The last day of a term in working days; ``start`` is never counted.

        Raises:
            NoCalendar: the count reaches a year without a block.
        """
        return self._both(lambda proposed: self._last(start, working_days, proposed=proposed))

    def due_in_days(self, start: date, days: int) -> Due:
        """The last day of a term in calendar days, moved to a working day (Đ148.5); ``start`` is never counted.

        Raises:
            NoCalendar: the term, or the move, ends in a year without a block.
        """
        last = start + timedelta(days=days)
        return self._both(lambda proposed: self._last(last - _DAY, 1, proposed=proposed))

    def is_working(self, day: date, *, proposed: bool = False) -> bool:
        """Whether the day is worked; with ``proposed``, if the undecided days were decided as proposed.

        Raises:
            NoCalendar: no block for that year.
        """
        year = self._year(day.year)
        for swaps in (year.undecided, year.decided) if proposed else (year.decided,):
            if day in swaps.days_off:
                return False
            if day in swaps.days_worked:
                return True
        return day.weekday() < SATURDAY

    def working_days(self, year: int, *, proposed: bool = False) -> int:
        """How many days of the year are worked.

        Raises:
            NoCalendar: no block for that year.
        """
        first = date(year, 1, 1)
        days = (first + timedelta(days=number) for number in range(366))
        return sum(self.is_working(day, proposed=proposed) for day in days if day.year == year)

    def counted(self, start: date, until: date) -> tuple[Counted, ...]:
        """Every day after ``start`` up to ``until``: why a term passes over it or counts it.

        Raises:
            NoCalendar: a day lies in a year without a block.
        """
        days = (start + timedelta(days=number) for number in range(1, (until - start).days + 1))
        return tuple(self._explained(day) for day in days)

    def _explained(self, day: date) -> Counted:
        year, works, proposed = (
            self._year(day.year),
            self.is_working(day),
            self.is_working(day, proposed=True),
        )
        told = (
            table[day]
            for swaps in (year.decided, year.undecided)
            for table in (swaps.days_off, swaps.days_worked)
            if day in table
        )
        reason = next(told, None)
        return Counted(day=day, works=works, reason=reason, otherwise=None if proposed == works else proposed)

    def _both(self, last: Callable[[bool], date]) -> Due:
        on, otherwise = last(False), last(True)
        return Due(on=on, otherwise=None if otherwise == on else otherwise)

    def _last(self, start: date, working_days: int, *, proposed: bool) -> date:
        day = start
        left = working_days
        while left:
            day += _DAY
            left -= self.is_working(day, proposed=proposed)
        return day

    def _year(self, year: int) -> Year:
        if year not in self.years:
            msg = f"lịch {self.version} không có năm {year} / calendar {self.version} has no year {year}"
            raise NoCalendar(msg, year=year)
        return self.years[year]
