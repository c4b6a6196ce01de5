"""When a digest is due, and when a message that was not taken is tried again. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from connector.clock import LOCAL_ZONE
from connector.errors import NoCalendar
from connector.rules.calendar import SATURDAY, Calendar

_DAY = timedelta(days=1)


class Digest(StrEnum):
    """The two kinds."""

    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def days(self) -> int:
        """How many days it looks back on."""
        return 1 if self is Digest.DAILY else 7


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When digests come, in civil time of Viet Nam. ``weekday``: 1 is Monday. None: that digest is off."""

    daily: time | None
    weekly: time | None
    weekday: int = 1


def works(day: date, calendar: Calendar | None) -> bool:
    """Whether people are at work; Monday to Friday where no calendar knows the day."""
    try:
        return calendar.is_working(day) if calendar is not None else day.weekday() < SATURDAY
    except NoCalendar:
        return day.weekday() < SATURDAY


def due(kind: Digest, hours: Hours, now: datetime, calendar: Calendar | None) -> date | None:
    """The day whose digest should be out by now, if there is one: who asks keeps that it went.

    A daily digest comes on each working day. A weekly one comes on its weekday, or on the first working day after it if that
    is none; if nobody works for the rest of the week, not at all. One that was missed comes later on the same day.
    """
    at = hours.daily if kind is Digest.DAILY else hours.weekly
    here = now.astimezone(LOCAL_ZONE)
    day = here.date()
    if at is None or here.time() < at or not works(day, calendar):
        return None
    if kind is Digest.DAILY:
        return day
    start = day - _DAY * (day.isoweekday() - hours.weekday)
    between = [start + _DAY * step for step in range((day - start).days)]
    return day if day >= start and not any(works(one, calendar) for one in between) else None


def period(kind: Digest, day: date, hours: Hours) -> tuple[datetime, datetime]:
    """What a digest looks back on: up to its hour on that day, from the same hour so many days before."""
    at = hours.daily if kind is Digest.DAILY else hours.weekly
    end = datetime.combine(day, at or time(0), LOCAL_ZONE)
    return end - _DAY * kind.days, end


FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
"""Older news is no news: by then the alert has been told anew, or is over."""


def next_try(attempts: int, made_at: datetime, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None: it is given up, and stays visible."""
    if now - made_at >= GIVE_UP_AFTER:
        return None
    return now + min(FIRST_WAIT * (1 << min(max(attempts - 1, 0), 10)), LONGEST_WAIT)
