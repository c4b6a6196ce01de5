"""R15: intake happens daily; a system that could not be read for 24 hours on a working day is an alarm."""

from datetime import datetime, timedelta

import pytest

from connector.app import shipped
from connector.clock import LOCAL_ZONE
from connector.rules.book import RuleBook
from connector.rules.daily import unheard

CALENDAR = RuleBook.load(shipped("mappings")).calendar


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


def test_R15_a_peer_that_is_down_since_monday_is_an_alarm_on_tuesday():
    last = at("2026-11-16T08:00")
    assert not unheard(last, at("2026-11-17T08:00") - timedelta(microseconds=1), CALENDAR)
    assert unheard(last, at("2026-11-17T08:00"), CALENDAR)


@pytest.mark.parametrize(
    ("now", "alarm"),
    [
        ("2026-11-22T12:00", False),  # Sunday
        ("2026-11-23T00:00", True),  # Monday; whether it is swapped is not decided, so it counts
        ("2026-11-24T12:00", False),  # a holiday since 2026
        ("2026-11-25T00:00", True),
        ("2031-01-04T12:00", True),  # no calendar: better an alarm than none
    ],
)
def test_R15_only_a_working_day_alarms(now, alarm):
    assert unheard(at("2026-11-20T20:00"), at(now), CALENDAR) is alarm


def test_R15_a_worked_saturday_alarms_and_no_calendar_at_all_alarms_too():
    friday = at("2026-08-21T07:00")
    assert unheard(friday, at("2026-08-22T07:00"), CALENDAR)
    assert unheard(friday, at("2026-08-22T07:00"), None)
    assert not unheard(friday, at("2026-08-22T06:59"), None)
