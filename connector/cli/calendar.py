"""``phanhoi calendar``: the working calendars, and the due day of a term with the reason for each day passed over."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from connector.cli.common import (
    JsonFlag,
    console,
    day_text,
    due_text,
    guarded,
    print_json,
    settings,
    table,
    tell,
)

if TYPE_CHECKING:
    from connector.rules.book import RuleBook
    from connector.rules.calendar import Counted

app = typer.Typer(no_args_is_help=True, help="Lịch làm việc / working calendar")


def book() -> "RuleBook":
    """The rule files in force."""
    from connector.app import load_rules

    return load_rules(settings())


@app.command(name="check", help="Kiểm tra các tệp lịch / check all calendar files")
def check(as_json: bool = JsonFlag) -> None:
    """Every calendar on disk, newest last: working days, documents and undecided days of each year."""
    rows = list(_years(guarded(book)))
    if as_json:
        print_json(rows)
        return
    shown = table("version", "year", "working_days", "basis", "certainty", "undecided")
    for row in rows:
        shown.add_row(
            row["version"],
            str(row["year"]),
            str(row["working_days"]),
            "\n".join(row["basis"]),
            row["certainty"],
            row["undecided"] or "–",
        )
    console().print(shown)


def _years(given: "RuleBook") -> Iterator[dict[str, Any]]:
    for calendar in given.calendars.values():
        for number, year in sorted(calendar.years.items()):
            yield {
                "version": calendar.version,
                "year": number,
                "working_days": calendar.working_days(number),
                "working_days_as_proposed": calendar.working_days(number, proposed=True),
                "basis": list(year.basis),
                "certainty": year.certainty,
                "undecided": year.note,
                "undecided_off": sorted(day.isoformat() for day in year.undecided.days_off),
                "undecided_worked": sorted(day.isoformat() for day in year.undecided.days_worked),
            }


@app.command(name="due", help="Tính hạn / compute a due day")
def due(
    start: datetime = typer.Option(
        ..., "--from", formats=["%Y-%m-%d"], help="Ngày bắt đầu, không tính / first day, not counted"
    ),
    days: int = typer.Option(..., min=1, max=366, help="Số ngày làm việc / working days"),
    as_json: bool = JsonFlag,
) -> None:
    """The last day of a term by the newest calendar, by both readings where a day is undecided."""
    calendar = guarded(book).calendar
    found = guarded(lambda: calendar.due(start.date(), days))
    until = max(found.on, found.otherwise or found.on)
    rows = list(_counted(guarded(lambda: calendar.counted(start.date(), until)), days))
    if as_json:
        print_json(
            {"calendar": calendar.version, "due": found.on, "otherwise": found.otherwise, "days": rows}
        )
        return
    console().print(tell("calendar.due", due=due_text(found), calendar=calendar.version))
    _print(rows, both=found.otherwise is not None)


def _counted(found: "Iterable[Counted]", days: int) -> Iterator[dict[str, Any]]:
    """The days with their numbers by both readings; None where a day does not count or the term is over."""
    number = proposed = 0
    for one in found:
        works_as_proposed = one.works if one.otherwise is None else one.otherwise
        number += one.works
        proposed += works_as_proposed
        yield {
            "day": one.day,
            "counts_as": number if one.works and number <= days else None,
            "as_proposed": proposed if works_as_proposed and proposed <= days else None,
            "reason": one.reason or (None if one.works else tell("calendar.weekend")),
        }


def _print(rows: Iterable[dict[str, Any]], *, both: bool) -> None:
    shown = table("day", "counts_as", *(("proposed",) if both else ()), "reason")
    for row in rows:
        numbers = [row["counts_as"], *((row["as_proposed"],) if both else ())]
        shown.add_row(day_text(row["day"]), *(str(one or "–") for one in numbers), row["reason"] or "")
    console().print(shown)
