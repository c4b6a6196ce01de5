"""``phanhoi log``: read and verify the ledger."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    Most,
    console,
    guarded,
    moment,
    print_json,
    reading,
    run,
    settings,
    tell,
)
from connector.errors import NotFoundError

if TYPE_CHECKING:
    from connector.ledger.entry import Entry
    from connector.ledger.verify import Report

app = typer.Typer(no_args_is_help=True, help="Nhật ký đối soát / the reconciliation log")


@app.command(name="show", help="Xem nhật ký / read it")
def show(
    case: str | None = typer.Option(None, help="Chỉ một hồ sơ / only one case"),
    most: int = Most,
    as_json: bool = JsonFlag,
) -> None:
    """The newest entries, oldest first."""
    from rich.table import Table

    from connector.store import cases, ledger

    async def work() -> list["Entry"]:
        async with reading(keys=False) as app_, app_.db.reading() as conn:
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
    from connector.opening import database_url, prepare_database

    async def work() -> "Report":
        given = settings()
        async with database_url(given) as url:
            await prepare_database(given, url)
            return await asyncio.to_thread(verify_ledger, url, quiet=as_json)

    report = run(work)
    if as_json:
        print_json({"ok": report.ok, "checked": report.checked, "head": report.head, "broken": report.broken})
    elif report.ok:
        console().print(tell("log.ok", count=report.checked, head=report.head.hash))
    guarded(report.demand)


def verify_ledger(url: str, *, quiet: bool) -> "Report":
    """Verify with a progress bar on a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    from connector.ledger.chain import GENESIS
    from connector.ledger.verify import verify
    from connector.store import ledger
    from connector.store.database import translated

    with (
        translated(),
        Progress(console=Console(stderr=True), disable=quiet or not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task(tell("log.verifying"), total=None)
        entries = _counted(ledger.stream(url), lambda: bar.advance(task))
        return verify(entries, GENESIS, end=ledger.head_now(url))


def _counted(entries: "Iterable[Entry]", each: Callable[[], None]) -> "Iterator[Entry]":
    for entry in entries:
        each()
        yield entry
