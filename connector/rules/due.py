"""A due date as the law counts it: a civil day that is over at 24:00, and the day it would be if an open question went the other way. Pure.

A term in days ends at the end of its last day (Bộ luật Dân sự 2015 Đ148.1), at 24:00 (Đ148.6), in Asia/Ho_Chi_Minh.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from connector.clock import LOCAL_ZONE


@dataclass(frozen=True, kw_only=True)
class Due:
    """The last day of a term.

    Attributes:
        on: by the days off and worked that are decided.
        otherwise: by the days that are proposed but not decided (a swap without a notice); None if that changes
            nothing. Both are shown until the question is settled.
    """

    on: date
    otherwise: date | None = None

    @property
    def ends_at(self) -> datetime:
        """The last microsecond of the day: what happens then is in time, what happens later is late."""
        return end_of(self.on)

    @property
    def latest_ends_at(self) -> datetime:
        """The later of both readings: a citizen's time is never cut short by an open question."""
        return end_of(max(self.on, self.otherwise or self.on))

    def __str__(self) -> str:
        """``2026-11-25``, or ``2026-11-25/2026-11-26`` with the other reading: how acts keep it."""
        return self.on.isoformat() + (f"/{self.otherwise.isoformat()}" if self.otherwise else "")

    @classmethod
    def parse(cls, text: str) -> "Due":
        """Read what :meth:`__str__` wrote.

        Raises:
            ValueError: not one or two ISO dates.
        """
        on, _, otherwise = text.partition("/")
        return cls(on=date.fromisoformat(on), otherwise=date.fromisoformat(otherwise) if otherwise else None)


def end_of(day: date) -> datetime:
    """24:00 of a civil day, as its last microsecond."""
    return datetime.combine(day, time.max, LOCAL_ZONE)
