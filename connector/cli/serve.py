"""``phanhoi daemon``, ``worker``, ``clock``, ``twin`` and ``serve``: the long-running programs."""

import asyncio
from importlib.metadata import entry_points
from pathlib import Path

import typer

from connector.cli.common import CHOICE, guarded, settings
from connector.errors import NotFoundError

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(name="daemon", help="Chạy dịch vụ đồng bộ / run the connector until SIGTERM")(daemon)
    app.command(name="worker", help="Chỉ xử lý công việc / the workers and the file gateway alone")(worker)
    app.command(name="clock", help="Chỉ chạy đồng hồ / the clock alone")(clock)
    app.command(
        name="twin", context_settings=PASS_ON, help="Cổng mô phỏng / a portal's twin: national | government"
    )(twin)
    app.command(
        name="serve",
        context_settings=PASS_ON,
        help="Máy chủ kèm theo / a server that an adapter ships: register",
    )(serve)


def daemon(
    ready_file: Path | None = typer.Option(None, help="Ghi tệp này khi sẵn sàng / written when ready"),
    tenants: Path | None = typer.Option(
        None, help="Thư mục nhiều đơn vị, mỗi đơn vị một thư mục con / one daemon for each sub-folder"
    ),
) -> None:
    """Observe, settle, deliver and record until SIGTERM; then finish what is under way."""
    if tenants is None:
        _run(("worker", "clock"), ready_file)
        return
    guarded(lambda: asyncio.run(_tenants(tenants)))


async def _tenants(folder: Path) -> None:
    import signal

    from connector.tenants import run_tenants

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_tenants(folder, stop)


def worker(
    ready_file: Path | None = typer.Option(None, help="Ghi tệp này khi sẵn sàng / written when ready"),
) -> None:
    """Do what other processes' clocks and the rows of the database ask for, and serve files, until SIGTERM."""
    _run(("worker",), ready_file)


def clock(
    ready_file: Path | None = typer.Option(None, help="Ghi tệp này khi sẵn sàng / written when ready"),
) -> None:
    """Wake the flows in time until SIGTERM. Of several clocks over one database one ticks, the others stand by."""
    _run(("clock",), ready_file)


def _run(parts: tuple[str, ...], ready_file: Path | None) -> None:
    from connector import crash
    from connector.daemon import run_daemon
    from connector.settings import crash_at

    given = guarded(settings)
    crash.arm(guarded(lambda: crash_at(CHOICE.config)))
    guarded(lambda: asyncio.run(run_daemon(given, parts=frozenset(parts), ready_file=ready_file)))


def twin(context: typer.Context, name: str) -> None:
    """Run a portal's twin; further options are the twin's own (``--help`` shows them)."""
    raise SystemExit(run_program("connector.twins", name, context.args))


def serve(context: typer.Context, name: str) -> None:
    """Run a server that an adapter ships; further options are its own."""
    raise SystemExit(run_program("connector.servers", name, context.args))


def run_program(group: str, name: str, args: list[str]) -> int:
    """Run a program that an installed package ships, found by entry point; returns its exit status."""
    found = {entry.name: entry for entry in entry_points(group=group)}
    if name not in found:

        def missing() -> None:
            msg = f"unknown name {name}; known: {', '.join(sorted(found))}"
            raise NotFoundError(msg)

        guarded(missing)
    status: int = found[name].load()(args)
    return status
