"""Intake happens daily (Quy chế Đ10, R15): when a system has been silent for too long. Pure."""

from datetime import datetime, timedelta

from connector.clock import LOCAL_ZONE
from connector.errors import NoCalendar
from connector.rules.calendar import Calendar

LONGEST_SILENCE = timedelta(hours=24)


def silent_too_long(since: datetime, now: datetime, calendar: Calendar | None) -> bool:
    """Whether a system last read at ``since`` should have been read again by now.

    A silence that becomes too long on a day off is told on the next working day. Without a calendar for the day it is told
    at once: an alarm too many does no harm, one too few does.
    """
    if now - since < LONGEST_SILENCE:
        return False
    if calendar is None:
        return True
    try:
        return calendar.is_working(now.astimezone(LOCAL_ZONE).date())
    except NoCalendar:
        return True
