"""``phanhoi case sheet``: the hand-over sheet of Đ12.4 as a printable PDF."""

from pathlib import Path

import typer

from connector.cli.common import console, guarded, keep, one_of, reading, run, tell

AUDIENCES = ("unit", "coordinator")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(name="sheet", help="In phiếu chuyển xử lý / print the hand-over sheet")(sheet)


def sheet(
    name: str = typer.Argument(
        help="Số, mã hồ sơ hoặc mã của cổng / number, case code or a system's reference"
    ),
    pdf: Path = typer.Option(..., "--pdf", help="Tệp PDF / where to write it"),
    by: str = typer.Option(..., "--by", help="Tài khoản cán bộ in phiếu / account of the official"),
    audience: str = typer.Option("unit", "--audience", help="unit | coordinator"),
) -> None:
    """The sheet of a case for its unit, or one for each coordinator; printing it is a ledger entry."""
    from connector.app import load_names, load_rules
    from connector.clock import LOCAL_ZONE, SystemClock
    from connector.rules.visibility import Audience
    from connector.services.sheet import print_sheet

    guarded(lambda: one_of([audience], AUDIENCES))
    clock = SystemClock()

    async def work() -> bytes:
        async with reading() as at:
            names = load_names(at.settings, clock.now().astimezone(LOCAL_ZONE).date())
            return await print_sheet(
                at.db,
                at.settings,
                name,
                Audience(audience),
                by=by,
                book=load_rules(at.settings),
                names=names,
                clock=clock,
            )

    printed = run(work)

    def write() -> None:
        with keep(pdf) as out:
            out.write(printed)

    guarded(write)
    console().print(tell("report.written", path=pdf), markup=False)
