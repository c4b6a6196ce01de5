"""Reads one calendar file. Strict: a day in the wrong table moves the deadlines of every case."""

import re
from datetime import date

from connector.rules.calendar import SATURDAY, Calendar, Swaps, Year
from connector.rules.table import Table

_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})\.(\d+)")
_YEAR = re.compile(r"[12]\d{3}")


def read_calendar(table: Table) -> Calendar | None:
    """The calendar, or None after noting why there is none."""
    version = table.text("version")
    if version is not None and not _VERSION.fullmatch(version):
        table.problem("version", "cần như / must look like 2026-11-23.1")
        version = None
    years: dict[int, Year] = {}
    table.known(["version", *(name for name in table.raw if _YEAR.fullmatch(name))])
    for name in table.raw:
        block = table.inside(name) if _YEAR.fullmatch(name) else None
        if block is not None:
            years[int(name)] = _year(block, int(name))
    if not years:
        table.problem("version", "không có năm nào / no year")
    return Calendar(version=version, years=years) if version and years else None


def _year(table: Table, year: int) -> Year:
    table.known(("basis", "certainty", "days_off", "days_worked", "undecided"))
    decided = _swaps(table, year)
    proposal = table.inside("undecided")
    undecided, note = Swaps(), None
    if proposal is not None:
        proposal.known(("note", "days_off", "days_worked"))
        note = proposal.text("note")
        undecided = _swaps(proposal, year)
        for key, days in (("days_off", undecided.days_off), ("days_worked", undecided.days_worked)):
            for day in days:
                if day in decided.days_off or day in decided.days_worked:
                    _bad(proposal, key, day, "đã được quyết định / is decided already")
    return Year(
        decided=decided,
        basis=table.texts("basis"),
        certainty=table.text("certainty") or "",
        undecided=undecided,
        note=note,
    )


def _swaps(table: Table, year: int) -> Swaps:
    off, worked = _days(table, "days_off", year), _days(table, "days_worked", year)
    for day in off:
        if day.weekday() >= SATURDAY:
            _bad(
                table, "days_off", day, "là thứ bảy hoặc chủ nhật, vốn đã nghỉ / is a weekend day, off anyway"
            )
        if day in worked:
            _bad(table, "days_off", day, "vừa nghỉ vừa làm / both off and worked")
    for day in worked:
        if day.weekday() < SATURDAY:
            _bad(table, "days_worked", day, "không phải thứ bảy, chủ nhật / is no weekend day, worked anyway")
    return Swaps(days_off=off, days_worked=worked)


def _days(table: Table, key: str, year: int) -> dict[date, str]:
    """``2026-11-24 = "reason"``, one line a day."""
    days = table.inside(key)
    if days is None:
        if key not in table.raw:
            table.problem(key, f"thiếu bảng, có thể rỗng / missing table, may be empty: [{key}]")
        return {}
    found = {}
    for name in days.raw:
        reason = days.text(name)
        day = _date(name)
        if day is None:
            days.problem(name, "không phải ngày / not a date (2026-11-23)")
            continue
        if day.year != year:
            days.problem(name, f"không thuộc năm {year} / not in {year}")
        found[day] = reason or ""
    return found


def _date(text: str) -> date | None:
    """The date in its one form: ``20261123`` would be the same day under another key."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _bad(table: Table, key: str, day: date, text: str) -> None:
    days = table.inside(key)
    if days is not None:
        days.problem(day.isoformat(), text)
