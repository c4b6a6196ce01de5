"""``phanhoi console``: the web console by itself, without the daemon's workers."""

import typer

from connector.cli.common import console, run, settings, tell


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(name="console", help="Bảng điều hành / the web console until Ctrl-C")(serve)


def serve(
    host: str | None = typer.Option(None, help="Địa chỉ lắng nghe / address to listen on"),
    port: int | None = typer.Option(None, min=0, max=65535, help="Cổng / port"),
) -> None:
    """Serve the console until Ctrl-C or SIGTERM; what it orders, a running daemon carries out."""
    import asyncio
    import signal
    from contextlib import nullcontext

    from connector.app import mappings_root, wired
    from connector.console.server import run_console
    from connector.opening import database_url, prepare_database
    from connector.reload import MappingWatch
    from connector.telemetry.listener import bind, run_listener
    from connector.work.membership import CONSOLE, joined

    async def work() -> None:
        given = settings()
        given_here = {"host": host, "port": port}
        own = given.console.model_copy(update={k: v for k, v in given_here.items() if v is not None})
        given = given.model_copy(update={"console": own})
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        seen = given.observability
        with bind(seen, seen.console_port) or nullcontext() as telling:
            async with database_url(given) as url:
                await prepare_database(given, url)
                async with wired(given, url, parts=[CONSOLE]) as app, joined(app.member):
                    mappings = MappingWatch(app.ctx, mappings_root(given), follows=True)
                    await mappings.begin()
                    beside = [asyncio.create_task(mappings.run(stop))]
                    if telling is not None:
                        beside.append(asyncio.create_task(run_listener(app, telling, stop)))
                    try:
                        await run_console(
                            app,
                            url,
                            stop,
                            lambda address: console().print(tell("console.ready", address=address)),
                        )
                    finally:
                        # the listener ends by the same event, the watch by being cancelled
                        stop.set()
                        beside[0].cancel()
                        await asyncio.gather(*beside, return_exceptions=True)

    run(work)
