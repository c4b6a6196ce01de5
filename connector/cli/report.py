"""``phanhoi report``: the numbers of Đ14.2 on the screen, as workbook, letter, CSV or JSON; and the cases behind them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    CHOICE,
    JsonFlag,
    account,
    console,
    guarded,
    keep,
    one_of,
    print_json,
    reading,
    run,
    tell,
)
from connector.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from connector.reports.cube import Report
    from connector.reports.period import Period
    from connector.reports.tables import Line

app = typer.Typer(no_args_is_help=True, help="Báo cáo / reports")

Agency = typer.Option(None, "--agency", help="Chỉ một cơ quan (mã) / only one agency (code)")
Field = typer.Option(None, "--field", help="Chỉ một lĩnh vực (mã) / only one field (code)")
Xlsx = typer.Option(None, "--xlsx", help="Ghi bảng tính / write a workbook")
Pdf = typer.Option(None, "--pdf", help="Ghi báo cáo PDF / write the letter")
Csv = typer.Option(None, "--csv", help="Ghi CSV / write CSV")


@app.command(name="month", help="Báo cáo tháng / one month")
def month(
    name: str = typer.Argument(help="2026-10"),
    agency: str | None = Agency,
    field: str | None = Field,
    xlsx: Path | None = Xlsx,
    pdf: Path | None = Pdf,
    csv: Path | None = Csv,
    as_json: bool = JsonFlag,
) -> None:
    """One month."""
    _report(_period(name, "2026-10"), agency, field, (xlsx, pdf, csv), as_json=as_json)


@app.command(name="quarter", help="Báo cáo quý / one quarter")
def quarter(
    name: str = typer.Argument(help="2026-Q4"),
    agency: str | None = Agency,
    field: str | None = Field,
    xlsx: Path | None = Xlsx,
    pdf: Path | None = Pdf,
    csv: Path | None = Csv,
    as_json: bool = JsonFlag,
) -> None:
    """One quarter."""
    _report(_period(name, "2026-Q4"), agency, field, (xlsx, pdf, csv), as_json=as_json)


@app.command(name="year", help="Báo cáo năm / one year")
def year(
    name: str = typer.Argument(help="2026"),
    agency: str | None = Agency,
    field: str | None = Field,
    xlsx: Path | None = Xlsx,
    pdf: Path | None = Pdf,
    csv: Path | None = Csv,
    as_json: bool = JsonFlag,
) -> None:
    """One year."""
    _report(_period(name, "2026"), agency, field, (xlsx, pdf, csv), as_json=as_json)


@app.command(name="range", help="Báo cáo đột xuất / from one day to another")
def span(
    first: datetime = typer.Option(..., "--from", formats=["%Y-%m-%d"], help="Ngày đầu / first day"),
    last: datetime = typer.Option(..., "--to", formats=["%Y-%m-%d"], help="Ngày cuối / last day"),
    agency: str | None = Agency,
    field: str | None = Field,
    xlsx: Path | None = Xlsx,
    pdf: Path | None = Pdf,
    csv: Path | None = Csv,
    as_json: bool = JsonFlag,
) -> None:
    """Any span of whole days."""
    name = f"{first.date()}..{last.date()}"
    _report(_period(name, name), agency, field, (xlsx, pdf, csv), as_json=as_json)


@app.command(name="ids", help="Hồ sơ của một con số / the cases behind a number")
def ids(
    key: str = typer.Argument(help="2026-10/answered_late"),
    agency: str | None = Agency,
    field: str | None = Field,
    as_json: bool = JsonFlag,
) -> None:
    """The case numbers behind one number of a report; a case that came twice stands twice."""
    from connector.reports.explained import MEASURES

    name, _, number = key.rpartition("/")
    guarded(lambda: one_of([number], MEASURES))
    found = _counted(_period(name, "2026-10/answered_late"), f"ids/{number}", agency, field)
    numbers = found.ids(number)
    if as_json:
        print_json({"key": key, "count": len(numbers), "sha256": found.digest, "cases": numbers})
        return
    out = console()
    label = MEASURES[number].label.say(CHOICE.lang)
    out.print(
        tell("report.behind", label=label, period=found.period.title.say(CHOICE.lang), count=len(numbers)),
        style="bold",
    )
    for one in numbers:
        out.print(one, markup=False)


def _period(text: str, form: str) -> "Period":
    """A period as typed, in the form that the command takes."""
    from connector.reports.period import Period

    def read() -> Period:
        try:
            return Period.parse(text)
        except ValueError as error:
            msg = f"{error}; expected like {form}"
            raise UserError(msg) from None

    return guarded(read)


def _report(
    period: "Period",
    agency: str | None,
    field: str | None,
    files: tuple[Path | None, Path | None, Path | None],
    *,
    as_json: bool,
) -> None:
    found = _counted(period, "report", agency, field)
    guarded(lambda: _write(found, *files))
    if as_json:
        from connector.reports.plain import as_json as plain

        print_json(plain(found))
        return
    _print(found)
    for path in filter(None, files):
        console().print(tell("report.written", path=path), markup=False)


def _counted(period: "Period", purpose: str, agency: str | None, field: str | None) -> "Report":
    """Count, with a bar on a terminal, and write the ledger entry."""
    from connector.app import load_names, load_rules
    from connector.clock import LOCAL_ZONE, SystemClock
    from connector.reports.cube import Report
    from connector.services import report as service

    clock = SystemClock()

    async def work() -> Report:
        async with reading() as at:
            last = min(period.last, clock.now().astimezone(LOCAL_ZONE).date())
            names = load_names(at.settings, max(last, period.first))
            if agency is not None:
                one_of([agency], sorted({one.canonical for one in names.agencies.agencies}))
            if field is not None:
                one_of([field], names.field_codes)
            with _bar() as progress:
                found = await service.count(
                    at.db, period, book=load_rules(at.settings), names=names, clock=clock, progress=progress
                )
            if agency is not None or field is not None:
                holders = (names.holder(agency),) if agency is not None else ()
                found = found.only(agencies=holders, field=field)
            await service.record(at.db, found, actor=account(), purpose=purpose)
            return found

    return run(work)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task(tell("report.counting"), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _write(found: "Report", xlsx: Path | None, pdf: Path | None, csv: Path | None) -> None:
    """The files that were asked for, each whole or not at all."""
    import io

    from connector.reports.pdf import write_pdf
    from connector.reports.plain import write_csv
    from connector.reports.xlsx import write_xlsx

    if xlsx:
        with keep(xlsx) as out:
            write_xlsx(found, out)
    if pdf:
        with keep(pdf) as out:
            write_pdf(found, out)
    if csv:
        text = io.StringIO(newline="")
        write_csv(found, text)
        with keep(csv) as out:
            # the mark tells spreadsheets that the text is UTF-8
            out.write(text.getvalue().encode("utf-8-sig"))


def _print(found: "Report") -> None:
    """The summary and the agencies, as they fit a screen."""
    from rich.table import Column, Table

    from connector.clock import LOCAL_ZONE
    from connector.reports import tables
    from connector.reports.explained import AVERAGE_DAYS, MEASURES

    lang, out = CHOICE.lang, console()
    as_of = found.as_of.astimezone(LOCAL_ZONE).strftime("%d/%m/%Y %H:%M")
    out.print(tell("report.title", period=found.period.title.say(lang), as_of=as_of), style="bold")
    if found.scope:
        out.print(found.scope, style="bold")
    table = Table(tell("report.number"), Column(tell("head.counts"), justify="right"), tell("head.code"))
    for title, keys in tables.SECTIONS:
        table.add_section()
        table.add_row(title.say(lang), style="bold")
        for key in keys:
            label = MEASURES[key].label.say(lang)
            table.add_row("  " * (1 + tables.depth(key)) + label, tables.amount(found.count(key), lang), key)
    table.add_section()
    table.add_row(AVERAGE_DAYS.label.say(lang), tables.number(found.average_days(), lang), "")
    out.print(table)
    out.print(_rows(found, tell("head.agency"), [*tables.by_agency(found), tables.total(found, lang)]))
    out.print(_rows(found, tell("head.field"), tables.by_field(found, lang)))
    out.print(_by_duty(found))
    out.print(tell("report.sha", sha256=found.digest), markup=False)


def _rows(found: "Report", of: str, lines: "list[Line]") -> object:
    from connector.reports import tables

    table = _table(of, [text.say(CHOICE.lang) for text, _ in tables.NARROW])
    for line in lines:
        table.add_row(
            line.label, *(tables.amount(line.count(found, key), CHOICE.lang) for _, key in tables.NARROW)
        )
    return table


def _by_duty(found: "Report") -> object:
    from connector.reports import tables

    table = _table(tell("report.duty"), [label.say(CHOICE.lang) for _, label in tables.OUTCOMES])
    for line in tables.by_duty(found):
        table.add_row(
            line.label.say(CHOICE.lang), *(tables.amount(found.count(key), CHOICE.lang) for key in line.keys)
        )
    return table


def _table(of: str, heads: list[str]) -> "Table":
    """Names to the left, which keep the width of a screen for themselves; numbers to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Column, Table

    numbers = (Column(head, justify="right", max_width=6) for head in heads)
    return Table(Column(of, min_width=24), *numbers, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
