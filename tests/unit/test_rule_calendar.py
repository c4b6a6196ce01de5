"""The working calendar as shipped: every date of the table, the counts, the law of the last day, a year that is missing."""

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import NoCalendar
from connector.rules.calendar import SATURDAY
from connector.rules.due import Due
from tests.unit.rule_story import BOOK

CALENDAR = BOOK.calendar

TABLE = {
    "2025-04-25": ("2025-04-26", "2025-04-28", "2025-05-06", "2025-05-13"),
    "2026-01-08": ("2026-01-09", "2026-01-10", "2026-01-14", "2026-01-21"),
    "2026-02-13": ("2026-02-23", "2026-02-24", "2026-02-27", "2026-03-06"),
    "2026-04-24": ("2026-04-28", "2026-04-29", "2026-05-06", "2026-05-13"),
    "2026-08-21": ("2026-08-22", "2026-08-24", "2026-08-27", "2026-09-08"),
    "2026-11-20": ("2026-11-23/2026-11-25", "2026-11-25/2026-11-26", "2026-11-30", "2026-12-07"),
    "2026-12-31": ("2027-01-04", "2027-01-05", "2027-01-08", "2027-01-15"),
    "2027-02-03": ("2027-02-11", "2027-02-12", "2027-02-17", "2027-02-24"),
    "2027-04-29": ("2027-05-04", "2027-05-05", "2027-05-10", "2027-05-17"),
    "2027-08-31": ("2027-09-01", "2027-09-06", "2027-09-09", "2027-09-16"),
}
"""The table of worked dates; the row of 20/11/2026 holds both readings."""


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (start, days, due)
        for start, row in TABLE.items()
        for days, due in zip((1, 2, 5, 10), row, strict=True)
    ],
)
def test_every_row_of_the_table_of_dates(start: str, days: int, due: str) -> None:
    assert CALENDAR.due(date.fromisoformat(start), days) == Due.parse(due)


@pytest.mark.parametrize(("year", "days"), [(2025, 250), (2026, 249), (2027, 249)])
def test_working_days_of_a_year(year: int, days: int) -> None:
    assert CALENDAR.working_days(year) == days
    assert CALENDAR.working_days(year, proposed=True) == days  # a swap moves a day, it takes none


@given(
    friday=st.dates(date(2025, 1, 3), date(2027, 11, 26)).map(lambda day: day - timedelta(day.weekday() - 4)),
    days=st.integers(1, 15),
)
def test_received_on_a_weekend_that_is_off_is_like_received_on_the_friday_before(
    friday: date, days: int
) -> None:
    saturday, sunday = friday + timedelta(1), friday + timedelta(2)
    if not any(
        CALENDAR.is_working(day, proposed=proposed)
        for day in (saturday, sunday)
        for proposed in (False, True)
    ):
        due = CALENDAR.due(friday, days)
        assert CALENDAR.due(saturday, days) == CALENDAR.due(sunday, days) == due


@given(start=st.dates(date(2025, 1, 1), date(2027, 11, 1)), days=st.integers(1, 15))
def test_a_term_in_working_days_passes_over_exactly_so_many(start: date, days: int) -> None:
    due = CALENDAR.due(start, days)
    assert sum(one.works for one in CALENDAR.counted(start, due.on)) == days
    assert CALENDAR.is_working(due.on)
    assert CALENDAR.is_working(due.otherwise or due.on, proposed=True)


def test_a_day_tells_why_it_is_passed_over() -> None:
    told = {
        one.day.day: (one.works, one.otherwise, one.reason)
        for one in CALENDAR.counted(date(2026, 11, 20), date(2026, 11, 25))
    }
    assert told[21] == (False, None, None)
    assert told[23] == (True, False, "Đề xuất hoán đổi với thứ bảy 28/11/2026")
    assert told[24] == (False, None, "Ngày Văn hóa Việt Nam")
    assert told[25] == (True, None, None)


def test_Q7_the_day_of_receipt_is_never_counted_even_in_a_year_without_a_calendar() -> None:
    assert CALENDAR.due(date(2024, 12, 31), 1) == Due(on=date(2025, 1, 2))


def test_a_term_that_reaches_2028_is_an_error_and_one_that_ends_before_is_none() -> None:
    assert CALENDAR.due(date(2027, 12, 30), 1) == Due(on=date(2027, 12, 31))
    with pytest.raises(NoCalendar, match="2028") as missing:
        CALENDAR.due(date(2027, 12, 30), 2)
    assert missing.value.detail["year"] == 2028
    with pytest.raises(NoCalendar):
        CALENDAR.working_days(2028)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-02", 20, "2026-11-23/2026-11-25"),  # a Sunday, then the open question
        ("2026-10-31", 20, "2026-11-20"),
        ("2026-08-10", 20, "2026-09-03"),  # 30/08 is a Sunday, then three days off
        ("2025-04-06", 20, "2025-04-26"),  # a Saturday that is worked
        ("2027-12-01", 20, "2027-12-21"),
    ],
)
def test_a_term_in_calendar_days_moves_off_a_day_off(start: str, days: int, due: str) -> None:
    """Bộ luật Dân sự Đ148.5."""
    assert CALENDAR.due_in_days(date.fromisoformat(start), days) == Due.parse(due)


def test_the_package_holidays_differs_only_where_it_is_known_to() -> None:
    """A cross-check, not the source. It lacks the swap of 02/01 with 10/01/2026; everything else agrees."""
    other = holidays.country_holidays("VN", years=range(2025, 2028))
    first = date(2025, 1, 1)
    differing = {
        day
        for day in (first + timedelta(number) for number in range(3 * 365))
        if CALENDAR.is_working(day) != other.is_working_day(day)
    }
    assert differing == {date(2026, 1, 2), date(2026, 1, 10)}
    assert other.is_working_day(date(2026, 11, 23))  # it knows no swap there either


def test_every_day_of_the_calendar_gives_its_reason_and_every_year_its_decision() -> None:
    for year in CALENDAR.years.values():
        assert year.basis
        assert year.certainty in {"secondary", "press"}
        for swaps in (year.decided, year.undecided):
            assert all(swaps.days_off.values())
            assert all(swaps.days_worked.values())
            assert all(day.weekday() < SATURDAY for day in swaps.days_off)
    assert CALENDAR.years[2026].note


# ---- what a due day is --------------------------------------------------------------------------------------


def test_a_due_day_ends_with_its_last_microsecond() -> None:
    due = Due.parse("2026-11-25/2026-11-26")
    assert due.ends_at.isoformat() == "2026-11-25T23:59:59.999999+07:00"
    assert due.latest_ends_at.isoformat() == "2026-11-26T23:59:59.999999+07:00"


@given(
    on=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    otherwise=st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31)),
)
def test_a_due_day_reads_back_what_it_wrote(on: date, otherwise: date | None) -> None:
    due = Due(on=on, otherwise=otherwise)
    assert Due.parse(str(due)) == due
