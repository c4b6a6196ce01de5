"""``phanhoi db``: where the database stands, and bringing it up to date."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from connector.cli.common import JsonFlag, console, print_json, run, settings, tell

if TYPE_CHECKING:
    from connector.store.migrate import SchemaInfo

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Cơ sở dữ liệu / database")


@app.command(name="migrate", help="Nâng cấp cơ sở dữ liệu / bring it up to date")
def migrate_command(
    to: str = typer.Option("head", help="Phiên bản đích / revision"),
    pre: bool = typer.Option(
        False, "--pre", help="Chỉ phần bổ sung, bản cũ vẫn chạy / only what the running release bears"
    ),
) -> None:
    """Run what is pending; safe to run on several machines at once."""
    from connector.keyfile import master_keys_if_given
    from connector.store.migrate import PRE, migrate

    def work(url: str) -> "SchemaInfo":
        return migrate(url, PRE if pre else to, master_keys_if_given(settings()))

    info = run(lambda: _with_url(work))
    console().print(tell("db.at", current=info.current or "–", newest=info.newest))


@app.command(name="info", help="Phiên bản cơ sở dữ liệu / where it stands")
def info_command(as_json: bool = JsonFlag) -> None:
    """The database's version, the program's, and what is pending. Changes nothing."""
    from connector.store.migrate import inspect

    info: SchemaInfo = run(lambda: _with_url(inspect))
    if as_json:
        print_json(info)
        return
    console().print(tell("db.at", current=info.current or "–", newest=info.newest))
    console().print(tell("db.newer" if info.newer else "db.pending", pending=", ".join(info.pending) or "–"))


async def _with_url(work: Callable[[str], T]) -> T:
    from connector.opening import database_url

    async with database_url(settings()) as url:
        return await asyncio.to_thread(work, url)
