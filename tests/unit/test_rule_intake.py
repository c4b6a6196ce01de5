"""R15: intake happens daily; a silence of 24 hours is an alarm on a working day."""

from datetime import datetime, timedelta

import pytest

from connector.app import shipped
from connector.clock import LOCAL_ZONE
from connector.rules.book import RuleBook
from connector.rules.intake import silent_too_long

CALENDAR = RuleBook.load(shipped("mappings")).calendar


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


@pytest.mark.parametrize(
    ("since", "now", "alarm"),
    [
        ("2026-11-16 08:00", "2026-11-17 07:59", False),  # Monday to Tuesday
        ("2026-11-16 08:00", "2026-11-17 08:00", True),
        ("2026-11-20 20:00", "2026-11-21 20:00", False),  # Saturday
        ("2026-11-20 20:00", "2026-11-22 23:59", False),  # Sunday
        ("2026-11-13 20:00", "2026-11-16 00:00", True),  # the Monday after a weekend
        ("2026-11-23 07:00", "2026-11-24 07:00", False),  # a public holiday
        ("2026-11-23 07:00", "2026-11-25 00:00", True),
        ("2026-08-21 07:00", "2026-08-22 07:00", True),  # a Saturday that is worked
    ],
)
def test_R15_an_alarm_comes_after_24_hours_on_a_working_day(since: str, now: str, alarm: bool) -> None:
    assert silent_too_long(at(since), at(now), CALENDAR) is alarm


def test_R15_a_day_without_a_calendar_alarms_rather_than_stays_silent() -> None:
    since = at("2031-01-01 08:00")
    assert silent_too_long(since, since + timedelta(hours=24), CALENDAR)
    assert silent_too_long(since, since + timedelta(hours=24), None)
    assert not silent_too_long(since, since + timedelta(hours=23), None)
