"""``phanhoi restore``: put a backup in place of the database, and accept going on from an older state."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.backup import KeyFile
from connector.cli.common import (
    JsonFlag,
    account,
    console,
    moment,
    opened,
    print_json,
    reading,
    run,
    settings,
    tell,
)

if TYPE_CHECKING:
    from connector.backup.manifest import Manifest
    from connector.services.restore import Accepted, Standing

app = typer.Typer(no_args_is_help=True, help="Khôi phục / restore")


@app.command(name="load", help="Khôi phục từ bản sao lưu / put a backup in place")
def load_command(
    file: Path = typer.Argument(help="Bản sao lưu / the backup"),
    key: Path = KeyFile,
    only: list[str] = typer.Option(
        [], help="Chỉ lược đồ này: phanhoi, register / only this schema; may be repeated"
    ),
    replace: bool = typer.Option(False, help="Thay dữ liệu đang có / replace what is there"),
) -> None:
    """With every process stopped. The whole backup is read first; afterwards everything is held until ``accept``."""
    from connector.clock import SystemClock
    from connector.opening import database_url, prepare_database
    from connector.services import backup, restore
    from connector.store.database import Database
    from connector.store.dump import require_free

    async def work() -> "Manifest":
        given = settings()
        keys = backup.identities(key)
        manifest = await asyncio.to_thread(backup.read_whole, file, keys)
        schemas = tuple(only) or manifest.schemas
        async with database_url(given) as url:
            await asyncio.to_thread(require_free, url, schemas, replace=replace)
            programs = given.backup.programs
            await asyncio.to_thread(backup.load, file, keys, url, schemas, programs)
            await prepare_database(given, url)
            clock = SystemClock()
            db = Database(url, clock=clock, actor=account(), size=2)
            await db.open()
            try:
                await restore.hold(db, clock, f"restored from the backup of {manifest.made_at}")
            finally:
                await db.close()
        return manifest

    made = run(work)
    console().print(tell("restore.loaded", made=made.made_at, entries=made.ledger_size))
    console().print(tell("restore.next"))


@app.command(
    name="declare", help="Báo đã khôi phục bằng cách khác / say that something was restored otherwise"
)
def declare_command(
    reason: str = typer.Option(..., help="Cái gì, khi nào / what, and when"),
) -> None:
    """For a snapshot, point in time recovery, or a register that was itself restored: everything is held."""
    from connector.clock import SystemClock
    from connector.services import restore

    async def work() -> None:
        async with reading(keys=False) as app_:
            await restore.hold(app_.db, SystemClock(), reason)

    run(work)
    console().print(tell("restore.next"))


@app.command(
    name="status", help="Cơ sở dữ liệu có cũ hơn phần đã ký không / is it older than what was signed"
)
def status_command(as_json: bool = JsonFlag) -> None:
    """Changes nothing."""
    from connector.services import restore

    async def work() -> "Standing":
        async with reading(keys=False) as app_:
            return await restore.standing(app_.db, app_.settings)

    at = run(work)
    if as_json:
        print_json(at)
        return
    console().print(tell("restore.log", entries=at.size, sealed=at.sealed))
    if at.ahead is not None:
        console().print(tell("restore.ahead", size=at.ahead[1]), style="bold red")
    if at.hold is not None:
        console().print(
            tell("restore.held", reason=at.hold.reason, since=moment(at.hold.at)), style="bold red"
        )
        console().print(tell("restore.next"))
    elif at.last is not None:
        done = at.last.caught_up_at
        console().print(
            tell(
                "restore.caught_up" if done else "restore.catching_up", at=moment(done or at.last.accepted_at)
            )
        )
    elif at.ahead is None:
        console().print(tell("restore.none"))


@app.command(name="accept", help="Chấp nhận trạng thái cũ và chạy tiếp / accept the older state and go on")
def accept_command(
    reason: str = typer.Option(..., help="Lý do, số văn bản / why, number of the decision"),
    by: str | None = typer.Option(None, help="Tài khoản người quyết định / account of who decides"),
    without_erasures: bool = typer.Option(
        False, help="Không có danh sách xóa, đã xóa lại bằng tay / no list of erasures; repeated by hand"
    ),
    without_register: bool = typer.Option(
        False,
        help="Hệ thống Phản hồi không bị khôi phục, không hỏi / the register was not set back and is not asked",
    ),
    reread: list[str] = typer.Option(
        [], help="Đọc lại hệ thống này từ đầu / read this system from its beginning"
    ),
    as_json: bool = JsonFlag,
) -> None:
    """Declared in the log; keys of erased cases are destroyed again; everything is read and looked up before it is sent."""
    from connector.app import one_system
    from connector.case import REGISTER
    from connector.services import restore
    from connector.system import KeepsCodes

    async def work() -> "Accepted":
        async with AsyncExitStack() as stack:
            ctx = (await stack.enter_async_context(opened(calls=False))).ctx
            section = ctx.settings.systems.get(REGISTER)
            register = None
            if section is not None and section.enabled and not without_register:
                register = await stack.enter_async_context(one_system(ctx.settings, ctx.clock, REGISTER))
            return await restore.accept(
                ctx.db,
                ctx.settings,
                ctx.clock,
                actor=by or account(),
                reason=reason,
                register=register if isinstance(register, KeepsCodes) else None,
                without_erasures=without_erasures,
                reread=tuple(reread),
            )

    done = run(work)
    if as_json:
        print_json(done)
        return
    one = done.restored
    console().print(
        tell("restore.accepted", entries=one.at_size, lost=done.lost_size - one.at_size, branch=one.branch)
    )
    console().print(tell("restore.erased", count=done.erased))
    if done.lost_codes:
        console().print(tell("restore.recovered", codes=done.lost_codes, count=done.recovered))
