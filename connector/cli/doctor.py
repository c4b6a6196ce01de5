"""``phanhoi doctor``: what is wrong and what to do, and a file for support without anybody's data."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from connector.cli import checkup
from connector.cli.common import JsonFlag, console, fail, guarded, keep, print_json, run, settings, tell

if TYPE_CHECKING:
    from connector.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        name="doctor",
        help="Khám hệ thống, đóng gói để nhờ hỗ trợ / look at everything, make a support bundle",
    )(doctor)


def doctor(
    out: Path | None = typer.Option(None, help="Tệp gói hỗ trợ (.tar.gz) / file of the bundle"),
    logs: list[Path] = typer.Option(
        [], "--log", help="Tệp nhật ký chạy; mặc định: journal / file of log lines; default: the journal"
    ),
    most: int = typer.Option(2000, "--lines", min=0, max=100_000, help="Số dòng nhật ký / log lines taken"),
    as_json: bool = JsonFlag,
) -> None:
    """Look, write the bundle, print the table; status 1 if something failed. Calls no system and changes nothing."""
    from connector.clock import LOCAL_ZONE, SystemClock
    from connector.doctor import bundle
    from connector.doctor.findings import findings, unwell
    from connector.doctor.journal import recent
    from connector.doctor.look import look
    from connector.errors import Unwell

    given, clock = guarded(settings), SystemClock()
    seen = run(lambda: look(given, clock))
    lines = findings(seen)
    files = bundle.parts(seen, lines, _shown(given), guarded(lambda: recent(logs, most)))
    name = _name(seen.now.astimezone(LOCAL_ZONE))
    path = out or Path(f"{name}.tar.gz")

    def write() -> None:
        with keep(path) as target:
            bundle.write(target, files, seen.now, name)

    guarded(write)
    count = unwell(lines)
    if as_json:
        print_json({"bundle": str(path), "lines": [checkup.plain(line) for line in lines]})
    else:
        checkup.show(lines)
        console().print(tell("doctor.bundle", path=path, count=len(files)))
    if count:
        msg = f"{count} of {len(lines)} lines failed"
        fail(Unwell(msg))


def _name(at: datetime) -> str:
    return f"phanhoi-doctor-{at:%Y%m%d-%H%M%S}"


def _shown(given: "Settings") -> dict[str, Any]:
    """The settings in force, secrets as stars; an adapter's own section only if it is a right one."""
    from connector.app import adapter_settings
    from connector.errors import UserError

    shown: dict[str, Any] = given.model_dump(mode="json")
    try:
        checked = adapter_settings(given)
    except UserError:
        checked = {}
    for name, section in shown["systems"].items():
        section["adapter"] = checked[name][1].model_dump(mode="json") if name in checked else "…"
    return shown
