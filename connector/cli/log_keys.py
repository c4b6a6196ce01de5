"""``phanhoi log keys``: make, change, list and publish the keys that sign checkpoints. No command prints a secret."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    account,
    console,
    guarded,
    moment,
    print_json,
    reading,
    run,
    settings,
    table,
    tell,
    today,
)

if TYPE_CHECKING:
    from connector.store.log_keys import Listed

app = typer.Typer(no_args_is_help=True, help="Khóa ký nhật ký / the keys that sign the log")


@app.command(name="create", help="Tạo tệp khóa ký / make the signing-key file")
def create(
    file: Path | None = typer.Option(None, help="Thay cho ledger.signing_keys_file / instead of the setting"),
) -> None:
    """A new file with one key, readable by its owner alone; an existing file is never overwritten."""

    def work() -> tuple[Path, str]:
        from connector import keyfile
        from connector.services.log_keys import default_file

        path = default_file(settings(), file)
        return path, keyfile.create(path, today())

    path, name = guarded(work)
    console().print(tell("log_key.created", path=path, name=name))


@app.command(name="rotate", help="Đổi khóa ký / put a new signing key in use")
def rotate() -> None:
    """A new key in front of the file; it signs from now on, and the one before counts no longer."""

    async def work() -> "Listed":
        from connector import keyfile
        from connector.clock import SystemClock
        from connector.errors import MasterKeyError, SigningKeyError
        from connector.services import log_keys

        given = settings()
        async with reading(keys=False) as app_:
            if given.ledger.signing_keys_file is not None:
                try:
                    keyfile.add_in_front(given.ledger.signing_keys_file.expanduser(), today())
                except MasterKeyError as error:
                    raise SigningKeyError(error.message) from None
            return await log_keys.rotate(app_.db, given, SystemClock().now(), actor=account())

    made = run(work)
    console().print(tell("log_key.rotated", name=made.label, id=made.key.key_id.hex()))


@app.command(name="list", help="Các khóa và thời hạn / the keys and their time")
def list_keys(as_json: bool = JsonFlag) -> None:
    """Every key that ever counted, oldest first."""

    async def work() -> "list[Listed]":
        from connector.store import log_keys

        async with reading(keys=False) as app_, app_.db.reading() as conn:
            return await log_keys.listed(conn)

    found = run(work)
    if as_json:
        print_json(
            [
                {
                    "label": one.label,
                    "id": one.key.key_id.hex(),
                    "name": one.key.name,
                    "valid_from": one.key.valid_from,
                    "valid_until": one.key.valid_until,
                }
                for one in found
            ]
        )
        return
    rows = table("key", "id", "from", "until")
    for one in found:
        until = moment(one.key.valid_until) if one.key.valid_until else tell("keys.current")
        rows.add_row(one.label, one.key.key_id.hex(), moment(one.key.valid_from), until)
    console().print(rows)


@app.command(name="export", help="Công bố khóa công khai / the public keys, to be published")
def export(
    file: Path | None = typer.Option(None, help="Tệp; để trống = in ra / a file; empty = print"),
) -> None:
    """``log-keys.json``: what anyone needs to check a checkpoint."""

    async def work() -> str:
        from connector.services.log_keys import origin, published

        name = origin(settings())
        async with reading(keys=False) as app_, app_.db.reading() as conn:
            return json.dumps(await published(conn, name), indent=2) + "\n"

    text = run(work)
    if file is None:
        sys.stdout.write(text)
    else:
        guarded(lambda: _write(file, text))


def _write(path: Path, text: str) -> None:
    from connector.errors import UserError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{path}: {error.strerror}"
        raise UserError(msg) from None
