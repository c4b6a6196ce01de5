"""Intake happens daily (Quy chế Đ10, R15): a system that could not be read for a day is an alarm. Pure."""

from datetime import datetime, timedelta

from connector.clock import LOCAL_ZONE
from connector.errors import NoCalendar
from connector.rules.calendar import Calendar

LONGEST = timedelta(hours=24)
"""The longest time without a successful reading."""


def unheard(last: datetime | None, now: datetime, calendar: Calendar) -> bool:
    """Whether it is time to alarm: nothing was read for :data:`LONGEST`, and today is a working day.

    What a portal took in meanwhile is the gap from ``last`` to now; reading begins again at the stored watermark, so
    nothing of it is left out. Never read at all is no alarm: such a system was just added.
    """
    if last is None or now - last < LONGEST:
        return False
    try:
        return calendar.is_working(now.astimezone(LOCAL_ZONE).date())
    except NoCalendar:
        return True  # better an alarm on a holiday than none
