"""``phanhoi backup``: make sealed backups, and prove them by restoring."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.common import JsonFlag, console, guarded, keep, print_json, run, settings, tell

if TYPE_CHECKING:
    from connector.backup.manifest import Manifest
    from connector.services.backup import Verified

app = typer.Typer(no_args_is_help=True, help="Sao lưu / backups")

KeyFile = typer.Option(..., "--key", help="Tệp khóa bí mật của bản sao lưu / secret key file of the backup")


@app.command(name="keys", help="Tạo cặp khóa của bản sao lưu / make a pair of keys")
def keys_command(
    file: Path = typer.Argument(
        help="Tệp khóa bí mật, cất xa máy chủ / secret key file, to be kept off the server"
    ),
) -> None:
    """A new secret key file, readable by its owner alone; prints the public key for the settings."""

    def work() -> str:
        from connector.backup.keys import Identity
        from connector.keyfile import write_new

        identity = Identity.new()
        write_new(file.expanduser(), identity.text())
        return identity.recipient.text()

    public = guarded(work)
    console().print(tell("backup.keys", path=file))
    console().print(f'recipients = ["{public}"]')


@app.command(name="make", help="Sao lưu cơ sở dữ liệu / make a backup")
def make_command(
    target: Path = typer.Argument(help="Tệp, hoặc thư mục có sẵn / a file, or an existing folder"),
    as_json: bool = JsonFlag,
) -> None:
    """One moment of the database, sealed to ``backup.recipients``; the flow goes on meanwhile."""
    from connector.clock import SystemClock
    from connector.opening import database_url, prepare_database
    from connector.services import backup

    now = SystemClock().now()
    path = target.expanduser()
    if path.is_dir():
        path /= backup.name_of(now)

    async def work() -> "Manifest":
        given = settings()
        async with database_url(given) as url:
            await prepare_database(given, url)
            with keep(path) as out:
                return await asyncio.to_thread(backup.make, given, url, out, now)

    made = run(work)
    if as_json:
        print_json({"file": path, "manifest": made})
        return
    console().print(tell("backup.made", path=path, size=path.stat().st_size, entries=made.ledger_size))
    console().print(tell("backup.masters", names=", ".join(made.masters) or "–"))


@app.command(name="verify", help="Kiểm tra bằng cách khôi phục thử / prove a backup by restoring it")
def verify_command(
    file: Path = typer.Argument(help="Bản sao lưu / the backup"),
    key: Path = KeyFile,
    scratch: Path | None = typer.Option(
        None, help="Nơi đặt cơ sở dữ liệu thử / where the trial database lies"
    ),
    as_json: bool = JsonFlag,
) -> None:
    """Into a server of its own: rows, migration, the whole log against its checkpoint, and the master keys at hand."""

    def work() -> "Verified":
        from connector.keyfile import master_keys_if_given
        from connector.services import backup

        given = settings()
        return backup.verify(
            file,
            backup.identities(key),
            scratch=scratch,
            programs=given.backup.programs,
            masters=master_keys_if_given(given),
            folder=given.ledger.checkpoint_folder,
        )

    found = guarded(work)
    if as_json:
        print_json(
            {
                "ok": True,
                "manifest": found.manifest,
                "entries": found.log.report.checked,
                "sealed": found.log.signed,
                "root": found.log.root,
                "master_keys_open": found.opens,
            }
        )
        return
    told, rows = found.manifest, sum(found.manifest.rows.values())
    console().print(
        tell("backup.right", made=told.made_at, rows=rows, tables=len(told.rows), version=told.schema_version)
    )
    console().print(tell("backup.log", entries=found.log.report.checked, signed=found.log.signed))
    console().print(
        tell("backup.opens" if found.opens else "backup.unopened", names=", ".join(told.masters) or "–")
    )
