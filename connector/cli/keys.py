"""``phanhoi keys``: make, rotate and look at the master keys. No command ever prints a key."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.common import JsonFlag, console, guarded, print_json, reading, run, settings, tell, today
from connector.errors import MasterKeyError, UserError

if TYPE_CHECKING:
    from connector.services.keys import KeysInfo

app = typer.Typer(no_args_is_help=True, help="Khóa chủ / master keys")


@app.command(name="create", help="Tạo tệp khóa chủ / make the master-key file")
def create(
    file: Path | None = typer.Option(None, help="Thay cho privacy.master_keys_file / instead of the setting"),
) -> None:
    """A new file with one key, readable by its owner alone; an existing file is never overwritten."""

    def work() -> tuple[Path, str]:
        from connector import keyfile

        path = file or settings().privacy.master_keys_file
        if path is None:
            msg = "name a file (--file), or set privacy.master_keys_file"
            raise UserError(msg)
        return path, keyfile.create(path.expanduser(), today())

    path, name = guarded(work)
    console().print(tell("keys.created", path=path, name=name))


@app.command(name="rotate", help="Đổi khóa chủ / put a new master key in use")
def rotate() -> None:
    """A new key in front of the file, then every case key is wrapped anew; run it again if it was cut short."""
    from connector.services.keys import KeysInfo, info, rewrap_all

    async def work() -> tuple[int, KeysInfo]:
        from connector.keyfile import master_keys

        given = settings()
        async with reading() as app_:
            found = await info(app_.db, master_keys(given))
        if found.missing:
            msg = f"keys are wrapped by {', '.join(found.missing)}, which is not given"
            raise MasterKeyError(msg)
        if not found.pending:
            _renew(given.privacy.master_keys_file)
        async with reading() as app_:
            masters = master_keys(given)
            return await rewrap_all(app_.db, masters), await info(app_.db, masters)

    done, found = run(work)
    old = ", ".join(name for name in found.given if name != found.current)
    console().print(tell("keys.rotated", count=done, name=found.current))
    console().print(tell("keys.drop", old=old or "–"))


def _renew(file: Path | None) -> None:
    from connector import keyfile

    if file is None:
        msg = "the keys are given as text: put a new line name:key in front of them yourself, then run this again"
        raise UserError(msg)
    keyfile.add_in_front(file.expanduser(), today())


@app.command(name="info", help="Tên khóa và số khóa hồ sơ / names, and how many case keys each wraps")
def show(as_json: bool = JsonFlag) -> None:
    """Names and numbers; never a key."""
    from rich.table import Table

    from connector.services.keys import info

    async def work() -> "KeysInfo":
        from connector.keyfile import master_keys

        given = settings()
        async with reading() as app_:
            return await info(app_.db, master_keys(given))

    found = run(work)
    if as_json:
        print_json(found)
        return
    table = Table(tell("head.key"), tell("head.state"), tell("head.wraps"))
    for name, count in found.wraps.items():
        state = "missing" if name in found.missing else "current" if name == found.current else "old"
        table.add_row(name, tell(f"keys.{state}"), str(count))
    console().print(table)
    console().print(tell("keys.destroyed", count=found.destroyed))
