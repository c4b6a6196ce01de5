"""Intake happens daily (Quy chế Đ10, R15): a system that could not be read for a day is an alarm. Pure."""

from datetime import datetime, timedelta

from connector.clock import LOCAL_ZONE
from connector.errors import NoCalendar
from connector.rules.calendar import Calendar

LONGEST = timedelta(hours=24)
"""The longest time without a successful reading."""


def unheard(since: datetime, now: datetime, calendar: Calendar | None) -> bool:
    """Whether it is time to alarm: nothing was read for :data:`LONGEST`, and today is a working day.

    Without a calendar for the day the alarm is given: one too many does no harm, one too few does.
    """
    if now - since < LONGEST:
        return False
    if calendar is None:
        return True
    try:
        return calendar.is_working(now.astimezone(LOCAL_ZONE).date())
    except NoCalendar:
        return True
