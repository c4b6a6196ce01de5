"""``phanhoi sync now``, ``pause`` and ``resume``."""

import typer

from connector.cli.common import account, console, opened, run, tell

sync_app = typer.Typer(no_args_is_help=True, help="Đồng bộ / synchronise")

System = typer.Option(None, "--system", help="Tên hệ thống / system")
Flow = typer.Option(None, "--flow", help="observe:<system> | deliver:<system>")
Case = typer.Option(None, "--case", help="Hồ sơ / case")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(sync_app, name="sync")
    app.command(name="pause", help="Tạm dừng / hold a system, a flow or a case")(pause)
    app.command(name="resume", help="Cho chạy lại / let it go on")(resume)


@sync_app.command(name="now", help="Đọc và gửi ngay / ask and deliver now")
def now(system: str | None = System, case: str | None = Case) -> None:
    """Wake the flows instead of waiting for the clock; the daemon does the work."""
    from connector.services import control

    async def work() -> list[str]:
        async with opened(calls=False) as app:
            return await control.sync_now(app.ctx, system=system, case=case, actor=account())

    console().print(tell("sync.woken", systems=", ".join(run(work))))


def pause(
    reason: str = typer.Option(..., help="Lý do / why"),
    system: str | None = System,
    flow: str | None = Flow,
    case: str | None = Case,
) -> None:
    """Hold a system, a flow or a case, with a reason."""
    from connector.services import control

    async def work() -> tuple[str, bool]:
        async with opened(calls=False) as app:
            scope = await control.scope_of(app.ctx, system=system, flow=flow, case=case)
            return scope, await control.pause(app.ctx, scope, actor=account(), reason=reason)

    scope, fresh = run(work)
    console().print(tell("pause.done" if fresh else "pause.already", scope=scope))


def resume(
    system: str | None = System,
    flow: str | None = Flow,
    case: str | None = Case,
    reason: str | None = typer.Option(
        None, help="Lý do; bắt buộc khi chốt an toàn đã dừng / why; needed where a guard stopped it"
    ),
) -> None:
    """Let a system, a flow or a case go on; what a guard stopped passes once, in the number that it named."""
    from connector.services import control

    async def work() -> tuple[str, bool]:
        async with opened(calls=False) as app:
            scope = await control.scope_of(app.ctx, system=system, flow=flow, case=case)
            return scope, await control.resume(app.ctx, scope, actor=account(), reason=reason)

    scope, held = run(work)
    console().print(tell("resume.done" if held else "resume.nothing", scope=scope))
