"""``phanhoi secrecy`` and ``phanhoi erase``: what an official decides about secrets, and the end of a person's data."""

from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    account,
    console,
    moment,
    one_of,
    opened,
    print_json,
    reading,
    run,
    tell,
)

if TYPE_CHECKING:
    from connector.services.secrecy import Held, SecrecyView
    from connector.store.endings import Remains

app = typer.Typer(no_args_is_help=True, help="Dấu hiệu bí mật nhà nước / markings of state secrecy")

Case = typer.Argument(help="Số, mã hồ sơ hoặc mã của cổng / number, case code or a system's reference")
By = typer.Option(..., "--by", help="Tài khoản của người quyết định / account of the official who decides")
Basis = typer.Option(..., "--basis", help="Số văn bản làm căn cứ / number of the decision")


def add_to(parent: typer.Typer) -> None:
    """Register the commands."""
    parent.add_typer(app, name="secrecy")
    parent.command(name="erase", help="Xóa dữ liệu bằng cách hủy khóa / erase by destroying keys")(erase)


@app.command(name="list", help="Hồ sơ đang giữ / cases that are held")
def list_held(as_json: bool = JsonFlag) -> None:
    """Cases that wait for a decision: places and levels, never the text."""
    from rich.table import Table

    from connector.services import secrecy

    async def work() -> tuple["Held", ...]:
        async with reading() as app_:
            return await secrecy.held(app_.db)

    found = run(work)
    if as_json:
        print_json(found)
        return
    table = Table("#", tell("head.code"), tell("head.when"), tell("head.places"))
    for one in found:
        table.add_row(str(one.case_id), one.code or "–", moment(one.since), one.places)
    console().print(table)


@app.command(name="show", help="Dấu hiệu của một hồ sơ / the markings of one case")
def show(case: str = Case, as_json: bool = JsonFlag) -> None:
    """Every marking with place and level, and what was decided about it."""
    from connector.services import secrecy

    async def work() -> "SecrecyView":
        async with reading() as app_:
            return await secrecy.look(app_.db, case)

    found = run(work)
    if as_json:
        print_json(found)
        return
    out = console()
    out.print(tell("secrecy.held" if found.held else "secrecy.free", case=found.case_id), style="bold")
    if found.held:
        out.print(tell("secrecy.review", code=found.review))
    for mark in found.marks:
        key = "secrecy.mark_cleared" if mark.cleared else "secrecy.mark"
        out.print("  " + tell(key, place=mark.place, level=mark.level), markup=False)
    for one in found.clearances:
        out.print(
            "  " + tell("secrecy.decided", officer=one.officer, basis=one.basis, when=moment(one.at)),
            markup=False,
        )
    if found.end is not None:
        end = found.end
        told = tell(f"end.{end.kind.value}", when=moment(end.at), officer=end.officer, basis=end.basis)
        out.print(told, markup=False)


@app.command(name="clear", help="Không phải bí mật: cho đi tiếp / no state secret: let it go on")
def clear(
    case: str = Case,
    by: str = By,
    basis: str = Basis,
    seen: str | None = typer.Option(
        None, help="Mã xem xét của `secrecy show` / the review code that it shows"
    ),
) -> None:
    """Remembers exactly the markings that are there now; a new one holds the case again."""
    from connector.services import officers, secrecy

    async def work() -> int:
        async with opened(calls=False) as app_:
            decided = officers.decision(app_.settings, officer=by, basis=basis)
            return await secrecy.clear(app_.ctx, case, decided, actor=account(), seen=seen)

    console().print(tell("secrecy.cleared", count=run(work)))


@app.command(name="confirm", help="Là bí mật: đưa ra ngoài hệ thống / a state secret: off the system")
def confirm(case: str = Case, by: str = By, basis: str = Basis) -> None:
    """The hard stop, at once and for good. The portals are told nothing."""
    from connector.services import officers, secrecy

    async def work() -> "Remains":
        async with opened(calls=False) as app_:
            decided = officers.decision(app_.settings, officer=by, basis=basis)
            return await secrecy.confirm(app_.ctx, case, decided, actor=account())

    remains = run(work)
    console().print(tell("secrecy.confirmed"), style="bold")
    _print_remains(remains)


def erase(
    case: str = Case,
    what: str = typer.Option(..., help="contact | all"),
    by: str = By,
    reason: str = typer.Option(..., help="Lý do, không ghi họ tên / why; no names"),
) -> None:
    """Destroy a case's keys: the sender's data alone, or everything. The tombstone and the hashes stay."""
    from connector.services import erasure, officers

    async def work() -> "Remains":
        one_of([what], erasure.KINDS)
        async with opened(calls=False) as app_:
            decided = officers.decision(app_.settings, officer=by, basis=reason)
            return await erasure.erase(app_.ctx, case, what, decided, actor=account())

    remains = run(work)
    console().print(tell("erase.done"), style="bold")
    _print_remains(remains)


def _print_remains(remains: "Remains") -> None:
    out = console()
    out.print(tell("end.backups", since=moment(remains.first_seen), until=moment(remains.until)))
    if remains.delivered:
        out.print(tell("end.delivered", count=remains.delivered))
    if remains.doubtful:
        out.print(tell("end.doubtful", numbers=", ".join(map(str, remains.doubtful))))
