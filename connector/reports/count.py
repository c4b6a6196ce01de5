"""Counting: the acts of each case, replayed from zero up to the end of the period. Pure.

Acts after the end of the period do not exist for it: the same period gives the same numbers whenever it is asked for, as
long as the acts and the agency list are the same.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connector.case import Case, Channel
from connector.clock import LOCAL_ZONE
from connector.errors import NoCalendar
from connector.reports.cube import Cell, Report
from connector.reports.measures import DUTIES, Measure, Outcome, duty_key
from connector.reports.names import Names
from connector.reports.period import Period
from connector.reports.stays import Stay, stays, taken_off_at
from connector.rules.book import RuleBook
from connector.rules.calendar import Calendar
from connector.rules.clocks import clocks
from connector.rules.duty import Clock, Duty

ANSWERING = frozenset(DUTIES) - {Duty.COORDINATE}
"""Duties of the custodian; a late coordinator does not make the lead late (Q3)."""


def report(cases: Iterable[Case], period: Period, book: RuleBook, names: Names, now: datetime) -> Report:
    """Count all cases, in whatever order they come."""
    counting = Counting(period, book, names, now)
    for case in cases:
        counting.add(case)
    return counting.report()


class Counting:
    """A report in the making: takes one case at a time and keeps case numbers only."""

    def __init__(self, period: Period, book: RuleBook, names: Names, now: datetime) -> None:
        self._period = period
        self._book = book
        self._names = names
        self._as_of = min(period.ends_at, now)
        self._cube: dict[Cell, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._days: dict[Cell, list[int]] = defaultdict(list)
        self._apart: dict[str, list[str]] = defaultdict(list)

    def add(self, case: Case) -> None:
        """Count one case, as the register tells it; a fragment, or one it has not received, counts nowhere."""
        number = case.code or f"{case.system}:{case.ref}"
        if taken_off := taken_off_at(case.acts):
            self.add_apart(Measure.OFF_SYSTEM, number, taken_off)
            return
        acts = [act for act in case.acts if act.at <= self._as_of]
        way = stays(acts)
        if not way or case.header is None:
            return
        counted = _Counted(
            number=number,
            field=case.header.field,
            channel=case.header.channel,
            clocks=clocks(acts, self._book),
        )
        for stay in way:
            self._add_stay(counted, stay)
        self._add_duties(counted, way)
        self._add_days(counted, way)

    def add_apart(self, key: Measure, number: str, at: datetime) -> None:
        """Count a case of which only its number may be told."""
        if self._within(at):
            self._apart[key].append(number)

    def report(self) -> Report:
        """What was counted so far."""
        return Report(
            period=self._period,
            as_of=self._as_of,
            names=self._names,
            cube={
                cell: {key: tuple(sorted(ids)) for key, ids in sorted(keys.items())}
                for cell, keys in self._cube.items()
                if keys  # a case of another time touches its cell and leaves it empty
            },
            days={cell: tuple(sorted(days)) for cell, days in self._days.items()},
            apart={key: tuple(sorted(ids)) for key, ids in self._apart.items()},
        )

    def _within(self, at: datetime) -> bool:
        return self._period.starts_at <= at <= self._as_of

    def _cell(self, case: "_Counted", agency: str) -> Cell:
        return Cell(self._names.holder(agency), case.field, case.channel)

    def _add_stay(self, case: "_Counted", stay: Stay) -> None:
        into = self._cube[self._cell(case, stay.agency)]
        if self._within(stay.since):
            into[stay.came].append(case.number)
        elif stay.until is None or stay.until >= self._period.starts_at:
            into[Measure.CARRIED_OVER].append(case.number)
        for group, at in stay.groups:
            if self._within(at):
                into[group].append(case.number)
        for key in self._ending(case, stay):
            into[key].append(case.number)

    def _ending(self, case: "_Counted", stay: Stay) -> Iterable[Measure]:
        """The numbers of how the stay ended within the period, or of how it stands at its end."""
        own = [one for one in case.clocks if one.opened_by in stay.acts and _binds(one)]
        if stay.until is None:
            yield from self._standing(own, case, stay)
        elif not self._within(stay.until):
            return
        elif stay.ended is Measure.ANSWERED:
            yield from self._answered(own)
            if stay.private:
                yield Measure.ANSWERED_PRIVATE
        elif stay.ended is not None:
            yield stay.ended

    def _answered(self, own: list[Clock]) -> Iterable[Measure]:
        met = [one for one in own if one.duty in ANSWERING and one.fulfilled]
        late = [one for one in met if one.late(self._as_of)]
        if late:
            yield Measure.ANSWERED_LATE
            if any(one.informed_at for one in late):
                yield Measure.ANSWERED_LATE_INFORMED
        elif not met or any(one.due is None for one in met):
            yield Measure.ANSWERED_NO_BASIS
        else:
            yield Measure.ANSWERED_IN_TIME

    def _standing(self, own: list[Clock], case: "_Counted", stay: Stay) -> Iterable[Measure]:
        running = [one for one in own if one.open and one.duty in ANSWERING]
        late = [one for one in running if one.late(self._as_of)]
        if late:
            yield Measure.OUTSTANDING_OVERDUE
            if any(one.informed_at for one in late):
                yield Measure.OUTSTANDING_OVERDUE_INFORMED
        elif any(one.due is None for one in running) or not (running or _under_rules(case.clocks, stay)):
            yield Measure.OUTSTANDING_NO_BASIS
        else:
            yield Measure.OUTSTANDING_IN_TIME

    def _add_duties(self, case: "_Counted", way: tuple[Stay, ...]) -> None:
        at = {act: stay.agency for stay in way for act in stay.acts}
        for one in case.clocks:
            outcome = self._outcome(one)
            if outcome is not None and _binds(one) and one.duty in DUTIES:
                agency = one.agency or at.get(one.opened_by, way[0].agency)
                self._cube[self._cell(case, agency)][duty_key(one.duty, outcome)].append(case.number)

    def _outcome(self, one: Clock) -> Outcome | None:
        if one.open:
            return Outcome.OVERDUE if one.late(self._as_of) else None
        if not one.fulfilled or one.closed_at is None or not self._within(one.closed_at):
            return None
        if one.due is None:
            return Outcome.NO_BASIS
        return Outcome.LATE if one.late(self._as_of) else Outcome.IN_TIME

    def _add_days(self, case: "_Counted", way: tuple[Stay, ...]) -> None:
        last = way[-1]
        if last.ended is not Measure.ANSWERED or last.until is None or not self._within(last.until):
            return
        days = working_days_between(self._book.calendar, _day(way[0].since), _day(last.until))
        if days is not None:
            self._days[self._cell(case, last.agency)].append(days)


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """What counting has to know of a case; nothing of what a citizen wrote."""

    number: str
    field: str | None
    channel: Channel
    clocks: tuple[Clock, ...]


def _binds(one: Clock) -> bool:
    """Whether a legal text makes it a duty of the case: no watching pack, no mere target."""
    return one.legal and one.governs


def _under_rules(found: Iterable[Clock], stay: Stay) -> bool:
    """Whether any day was ever computed for this stay: then nothing overdue runs, rather than nothing known."""
    return any(one.due is not None for one in found if one.opened_by in stay.acts)


def _day(at: datetime) -> date:
    return at.astimezone(LOCAL_ZONE).date()


def working_days_between(calendar: Calendar, start: date, end: date) -> int | None:
    """Working days after ``start`` up to ``end``; None if a year in between has no calendar."""
    days = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
    try:
        return sum(calendar.is_working(day) for day in days)
    except NoCalendar:
        return None
