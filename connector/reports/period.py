"""The time that a report covers: whole civil days in Asia/Ho_Chi_Minh. Pure."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time

from connector.clock import LOCAL_ZONE
from connector.rules.due import end_of
from connector.texts import Text

_QUARTERS = ("I", "II", "III", "IV")


@dataclass(frozen=True, kw_only=True)
class Period:
    """First and last day, both included.

    Attributes:
        name: how people type it: ``2026-10``, ``2026-Q4``, ``2026``, ``2026-10-05..2026-10-20``.
    """

    first: date
    last: date
    name: str

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read a period as people type it.

        Raises:
            ValueError: none of the four forms, no such day, or the last day before the first.
        """
        if match := re.fullmatch(r"(\d{4})", text):
            return cls.of(date(int(text), 1, 1), date(int(text), 12, 31), text)
        if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
            return cls._months(int(match[1]), int(match[2]), 1, text)
        if match := re.fullmatch(r"(\d{4})-Q([1-4])", text.upper()):
            return cls._months(int(match[1]), 3 * int(match[2]) - 2, 3, text.upper())
        first, dots, last = text.partition("..")
        if not dots:
            msg = f"not a period: {text!r} (2026-10, 2026-Q4, 2026, 2026-10-05..2026-10-20)"
            raise ValueError(msg)
        return cls.of(date.fromisoformat(first), date.fromisoformat(last), text)

    @classmethod
    def of(cls, first: date, last: date, name: str | None = None) -> "Period":
        """From one day to another.

        Raises:
            ValueError: the last day lies before the first.
        """
        if last < first:
            msg = f"a period cannot end ({last}) before it begins ({first})"
            raise ValueError(msg)
        return cls(first=first, last=last, name=name or f"{first}..{last}")

    @classmethod
    def _months(cls, year: int, month: int, count: int, name: str) -> "Period":
        end = month + count - 1
        return cls.of(date(year, month, 1), date(year, end, monthrange(year, end)[1]), name)

    @property
    def starts_at(self) -> datetime:
        """00:00 of the first day."""
        return datetime.combine(self.first, time.min, LOCAL_ZONE)

    @property
    def ends_at(self) -> datetime:
        """24:00 of the last day."""
        return end_of(self.last)

    @property
    def title(self) -> Text:
        """As a heading of a report has it."""
        if self.name == f"{self.first:%Y}":
            return Text(f"năm {self.name}", f"year {self.name}")
        if self.name == f"{self.first:%Y-%m}":
            return Text(f"tháng {self.first:%m} năm {self.first:%Y}", f"month {self.name}")
        if "Q" in self.name:
            quarter = _QUARTERS[int(self.name[-1]) - 1]
            return Text(f"quý {quarter} năm {self.first:%Y}", f"quarter {self.name}")
        return Text(
            f"từ ngày {self.first:%d/%m/%Y} đến ngày {self.last:%d/%m/%Y}", f"{self.first} to {self.last}"
        )
