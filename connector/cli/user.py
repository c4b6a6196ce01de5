"""``phanhoi user``: accounts of the console. Passwords come by prompt or file, never by the command line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    account,
    console,
    guarded,
    keep,
    moment,
    print_json,
    reading,
    run,
    table,
    tell,
)
from connector.errors import UserError

if TYPE_CHECKING:
    from connector.console.access.accounts import Accounts
    from connector.store.accounts import AccountRow

app = typer.Typer(no_args_is_help=True, help="Tài khoản bảng điều hành / accounts of the console")

Name = typer.Argument(help="Tên tài khoản / account")
RoleOption = typer.Option(
    ...,
    "--role",
    help="viewer | operator | administrator | approver | auditor | security_officer",
)
Agency = typer.Option(
    None, "--agency", help="Chỉ hồ sơ của cơ quan này, lặp lại được / only cases of this agency, repeatable"
)
PasswordFile = typer.Option(
    None, help="Tệp chứa mật khẩu; không có thì hỏi / file with the password; else asked for"
)


@asynccontextmanager
async def _accounts() -> AsyncIterator["Accounts"]:
    from connector.clock import SystemClock
    from connector.console.access.accounts import Accounts

    async with reading() as app_:
        yield Accounts(app_.db, app_.settings, SystemClock())


@app.command(name="create", help="Tạo tài khoản / a new account")
def create(
    name: str = Name,
    role: str = RoleOption,
    display_name: str = typer.Option(..., "--display-name", help="Họ tên / the person's name"),
    agency: list[str] = Agency,
    password_file: Path | None = PasswordFile,
) -> None:
    """An account with one role, limited to agencies if any are named."""
    password = guarded(lambda: _password(password_file))

    async def work() -> None:
        async with _accounts() as all_:
            await all_.create(
                name,
                display_name=display_name,
                role=role,
                password=password,
                actor=account(),
                agencies=agency or (),
            )

    run(work)
    console().print(tell("user.created", name=name, role=role))


@app.command(name="list", help="Danh sách / the accounts")
def list_users(as_json: bool = JsonFlag) -> None:
    """All accounts; never anything of a password."""

    async def work() -> list["AccountRow"]:
        async with _accounts() as all_:
            return await all_.listed()

    found = run(work)
    if as_json:
        print_json(found)
        return
    rows = table("account", "person", "role", "agency", "code_set_up", "state", "signed_in")
    for one in found:
        rows.add_row(
            one.name,
            one.display_name,
            tell(f"account_role.{one.role}"),
            ", ".join(one.agencies) or "–",
            tell("answer.yes" if one.totp else "answer.no"),
            tell("account.locked" if one.locked_at else "account.open"),
            moment(one.signed_in_at),
        )
    console().print(rows)


@app.command(name="lock", help="Khóa / no more sign-ins")
def lock(name: str = Name) -> None:
    """Lock an account; its sessions end at once."""

    async def work() -> None:
        async with _accounts() as all_:
            await all_.lock(name, actor=account())

    run(work)
    console().print(tell("user.locked", name=name))


@app.command(name="unlock", help="Mở khóa / may sign in again")
def unlock(name: str = Name) -> None:
    """Unlock an account and forgive its failed tries."""

    async def work() -> None:
        async with _accounts() as all_:
            await all_.unlock(name, actor=account())

    run(work)
    console().print(tell("user.unlocked", name=name))


@app.command(name="role", help="Đổi vai trò / another role")
def role_(name: str = Name, role: str = RoleOption, agency: list[str] = Agency) -> None:
    """Give an account another role and other limits; its sessions end."""

    async def work() -> None:
        async with _accounts() as all_:
            await all_.set_role(name, role, actor=account(), agencies=agency or ())

    run(work)
    console().print(tell("user.role_set", name=name, role=role))


@app.command(name="reset", help="Đặt lại mật khẩu và mã xác thực / another password, codes set up anew")
def reset(name: str = Name, password_file: Path | None = PasswordFile) -> None:
    """Another password; one-time codes are set up anew at the next sign-in."""
    password = guarded(lambda: _password(password_file))

    async def work() -> None:
        async with _accounts() as all_:
            await all_.reset(name, password, actor=account())

    run(work)
    console().print(tell("user.reset", name=name))


@app.command(name="review", help="Rà soát quyền truy cập / the access review")
def review_(
    csv: Path | None = typer.Option(None, "--csv", help="Ghi CSV để ký duyệt / write CSV to be signed"),
    as_json: bool = JsonFlag,
) -> None:
    """Who may do what, when they last signed in, and what a reviewer should look at."""
    import io

    from connector.clock import SystemClock
    from connector.console.access import review as service
    from connector.console.access.door import Door

    async def work() -> tuple[service.Reviewed, ...]:
        async with reading() as at:
            clock = SystemClock()
            sessions = await Door(at.db, at.settings.console, clock).sessions()
            return await service.review(at.db, clock.now(), sessions)

    found = run(work)
    if csv is not None:
        text = io.StringIO(newline="")
        service.write_csv(found, text)

        def write() -> None:
            with keep(csv) as out:
                out.write(text.getvalue().encode("utf-8-sig"))

        guarded(write)
    if as_json:
        print_json(found)
        return
    rows = table("account", "person", "role", "agency", "signed_in", "sessions", "notice")
    for one in found:
        notices = ", ".join(tell(f"notice.{key.value}", days=service.UNUSED_DAYS) for key in one.notices)
        rows.add_row(
            one.name,
            one.display_name,
            tell(f"account_role.{one.role}"),
            ", ".join(one.agencies) or "–",
            moment(one.signed_in_at),
            str(one.sessions),
            notices or "–",
        )
    console().print(rows)


@app.command(
    name="link", help="Gắn với người ở hệ thống đăng nhập một lần / tie to a person of single sign-on"
)
def link(
    name: str = Name,
    subject: str | None = typer.Option(
        None,
        help="Định danh mà trang từ chối hiện ra; không có = gỡ / the identifier that the refusal shows; none = untie",
    ),
) -> None:
    """Single sign-on as that person opens the account, and as nobody else; its sessions end."""

    async def work() -> None:
        async with reading() as app_:
            from connector.clock import SystemClock
            from connector.console.access.accounts import Accounts

            issuer = app_.settings.console.oidc.issuer
            if subject is not None and issuer is None:
                msg = "console.oidc.issuer is not set: there is no single sign-on"
                raise UserError(msg)
            all_ = Accounts(app_.db, app_.settings, SystemClock())
            await all_.tie(name, issuer if subject else None, subject, actor=account())

    run(work)
    console().print(tell("user.tied" if subject else "user.untied", name=name))


def _password(given: Path | None) -> str:
    """The password, from the first line of a file or asked for twice.

    Raises:
        UserError: the file cannot be read.
    """
    if given is None:
        asked: str = typer.prompt(
            tell("user.ask_password"), hide_input=True, confirmation_prompt=tell("user.ask_again")
        )
        return asked
    try:
        return given.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        msg = f"cannot read {given}"
        raise UserError(msg) from None
