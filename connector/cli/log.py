"""``phanhoi log``: read and verify the ledger."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator

import typer
from rich.progress import Progress
from rich.table import Table

from connector.app import database_url
from connector.cli.common import JsonFlag, console, guarded, moment, opened, print_json, run, settings, tell
from connector.errors import NotFoundError
from connector.ledger.chain import GENESIS
from connector.ledger.entry import Entry
from connector.ledger.verify import Report, verify
from connector.store import cases, ledger

app = typer.Typer(no_args_is_help=True, help="Nhật ký đối soát / the reconciliation log")


@app.command(name="show", help="Xem nhật ký / read it")
def show(
    case: str | None = typer.Option(None, help="Chỉ một hồ sơ / only one case"),
    most: int = typer.Option(50, help="Số mục mới nhất / newest entries"),
    as_json: bool = JsonFlag,
) -> None:
    """The newest entries, oldest first."""

    async def work() -> list[Entry]:
        async with opened() as app_, app_.ctx.db.reading() as conn:
            case_id = await cases.find(conn, case) if case else None
            if case and case_id is None:
                msg = f"no case is known as {case}"
                raise NotFoundError(msg)
            return [entry async for entry in ledger.entries(conn, case_id=case_id, newest=most)]

    found = run(work)
    if as_json:
        print_json(found)
        return
    table = Table(
        "#", tell("head.when"), tell("head.kind"), tell("head.system"), tell("head.case"), tell("head.facts")
    )
    for one in found:
        facts = " ".join(f"{key}={value}" for key, value in one.data.items())
        table.add_row(
            str(one.seq), moment(one.at), one.kind, one.system or "–", str(one.case_id or "–"), facts
        )
    console().print(table)


@app.command(name="verify", help="Kiểm tra toàn vẹn / check the whole chain")
def verify_command(as_json: bool = JsonFlag) -> None:
    """Walk the whole chain; name the first entry that was changed, removed or reordered."""

    async def work() -> Report:
        async with database_url(settings()) as url:
            return await asyncio.to_thread(verify_ledger, url, quiet=as_json)

    report = run(work)
    if as_json:
        print_json({"ok": report.ok, "checked": report.checked, "head": report.head, "broken": report.broken})
    elif report.ok:
        console().print(tell("log.ok", count=report.checked, head=report.head.hash))
    guarded(report.demand)


def verify_ledger(url: str, *, quiet: bool) -> Report:
    """Verify with a progress bar on a terminal."""
    entries = ledger.stream(url)
    with Progress(disable=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task(tell("log.verifying"), total=None)
        return verify(_counted(entries, lambda: bar.advance(task)), GENESIS, end=ledger.head_now(url))


def _counted(entries: Iterable[Entry], each: Callable[[], None]) -> Iterator[Entry]:
    for entry in entries:
        each()
        yield entry
