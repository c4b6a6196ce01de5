"""Digests come on working days at their hour; a message that was not taken is tried again, for a day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from connector.alerts.schedule import Digest, Hours, due, next_try, period, works
from connector.app import shipped
from connector.clock import LOCAL_ZONE
from connector.rules.book import RuleBook

HOURS = Hours(daily=time(7, 30), weekly=time(8), weekday=1)
CALENDAR = RuleBook.load(shipped("mappings")).calendar
FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
NATIONAL_DAY = date(2026, 9, 2)
"""A Wednesday, off with the day beside it (Bộ luật Lao động Đ112)."""


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), LOCAL_ZONE).astimezone(UTC)


def test_a_daily_digest_comes_at_its_hour_of_viet_nam_and_not_before() -> None:
    assert due(Digest.DAILY, HOURS, at(FRIDAY, 7, 29), CALENDAR) is None
    assert due(Digest.DAILY, HOURS, at(FRIDAY, 7, 30), CALENDAR) == FRIDAY


def test_one_that_was_missed_comes_later_on_the_same_day_and_not_on_the_next() -> None:
    assert due(Digest.DAILY, HOURS, at(FRIDAY, 23, 59), CALENDAR) == FRIDAY
    assert due(Digest.DAILY, HOURS, at(SATURDAY, 0, 1), CALENDAR) is None


@pytest.mark.parametrize("day", [SATURDAY, SATURDAY + timedelta(days=1), NATIONAL_DAY])
def test_nobody_gets_a_digest_on_a_day_off(day: date) -> None:
    assert due(Digest.DAILY, HOURS, at(day, 9), CALENDAR) is None


def test_a_weekly_digest_comes_on_its_weekday() -> None:
    found = [
        day
        for n in range(14)
        if (day := MONDAY + timedelta(days=n)) == due(Digest.WEEKLY, HOURS, at(day, 9), CALENDAR)
    ]
    assert found == [MONDAY, MONDAY + timedelta(days=7)]


def test_a_weekly_digest_waits_for_the_first_working_day() -> None:
    on_national_day = Hours(daily=None, weekly=time(8), weekday=NATIONAL_DAY.isoweekday())
    week = [NATIONAL_DAY - timedelta(days=NATIONAL_DAY.weekday()) + timedelta(days=n) for n in range(7)]
    came = [day for day in week if due(Digest.WEEKLY, on_national_day, at(day, 9), CALENDAR)]
    first = next(day for day in week if day > NATIONAL_DAY and works(day, CALENDAR))
    assert came == [first]


def test_a_year_without_calendar_counts_monday_to_friday() -> None:
    monday = date(2035, 1, 1)
    assert due(Digest.DAILY, HOURS, at(monday, 9), CALENDAR) == monday
    assert due(Digest.DAILY, HOURS, at(date(2035, 1, 6), 9), CALENDAR) is None
    assert works(monday, None)


def test_a_digest_that_is_off_never_comes() -> None:
    off = Hours(daily=None, weekly=None)
    assert not [kind for kind in Digest if due(kind, off, at(MONDAY, 12), CALENDAR)]


def test_two_digests_follow_each_other_without_gap_or_overlap() -> None:
    first, last = period(Digest.DAILY, FRIDAY, HOURS)
    assert last - first == timedelta(days=1)
    assert period(Digest.DAILY, FRIDAY + timedelta(days=1), HOURS)[0] == last
    assert period(Digest.WEEKLY, MONDAY, HOURS) == (at(MONDAY - timedelta(days=7), 8), at(MONDAY, 8))


def test_a_message_is_tried_at_growing_intervals_for_a_day_and_then_given_up() -> None:
    made = now = at(FRIDAY, 9)
    waits = []
    for attempt in range(1, 200):
        again = next_try(attempt, made, now)
        if again is None:
            break
        waits.append(again - now)
        now = again
    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits)
    assert max(waits) == timedelta(hours=1)
    assert timedelta(hours=24) <= now - made <= timedelta(hours=25)
