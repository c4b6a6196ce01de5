"""``phanhoi token``: tokens with which programs use the console's API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from connector.cli.common import JsonFlag, account, console, moment, print_json, reading, run, table, tell

if TYPE_CHECKING:
    from datetime import datetime

    from connector.console.access.tokens import Tokens
    from connector.store.tokens import TokenRow

app = typer.Typer(no_args_is_help=True, help="Mã truy cập cho chương trình / tokens for programs")


@asynccontextmanager
async def _tokens() -> AsyncIterator["Tokens"]:
    from connector.clock import SystemClock
    from connector.console.access.tokens import Tokens

    async with reading() as app_:
        yield Tokens(app_.db, app_.settings.console, SystemClock())


@app.command(name="create", help="Tạo mã truy cập; chỉ hiện một lần / a new token, shown once")
def create(
    name: str = typer.Argument(help="Tài khoản / account"),
    label: str = typer.Option(..., "--label", help="Dùng cho việc gì / what it is for"),
    scope: list[str] = typer.Option(
        ..., "--scope", help="Quyền của mã, lặp lại được / a right of the token, repeatable"
    ),
    days: int = typer.Option(..., "--days", help="Số ngày có hiệu lực / how many days it lives"),
    as_json: bool = JsonFlag,
) -> None:
    """A token with some of the account's rights, for a while."""

    async def work() -> tuple[str, "TokenRow"]:
        async with _tokens() as all_:
            return await all_.create(name, label=label, scopes=scope, days=days, actor=account())

    text, row = run(work)
    if as_json:
        print_json({"text": text, "token": row})
        return
    console().print(tell("token.text", id=row.id))
    typer.echo(text)


@app.command(name="list", help="Danh sách / the tokens")
def list_tokens(
    name: str | None = typer.Argument(None, help="Chỉ của tài khoản này / of this account alone"),
    as_json: bool = JsonFlag,
) -> None:
    """Tokens, newest first; never the token itself."""

    async def work() -> list["TokenRow"]:
        async with _tokens() as all_:
            return await all_.listed(name)

    found = run(work)
    if as_json:
        print_json(found)
        return
    from connector.clock import SystemClock

    now = SystemClock().now()
    rows = table("id", "account", "label", "scopes", "expires", "used", "state")
    for one in found:
        state = tell(f"token.{_state(one, now)}")
        scopes = ", ".join(one.scopes)
        rows.add_row(
            str(one.id), one.account, one.label, scopes, moment(one.expires_at), moment(one.used_at), state
        )
    console().print(rows)


def _state(token: "TokenRow", now: "datetime") -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at <= now else "in_force"


@app.command(name="revoke", help="Thu hồi / end a token at once")
def revoke(number: int = typer.Argument(metavar="ID", help="Số của mã / the token's number")) -> None:
    """No call passes with it any more."""

    async def work() -> "TokenRow":
        async with _tokens() as all_:
            return await all_.revoke(number, actor=account())

    ended = run(work)
    console().print(tell("token.over", id=ended.id, label=ended.label))
