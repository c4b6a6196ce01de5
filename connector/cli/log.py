"""``phanhoi log``: read and verify the ledger."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    Most,
    console,
    guarded,
    moment,
    print_json,
    reading,
    run,
    settings,
    table,
    tell,
)
from connector.cli.log_keys import app as keys_app
from connector.errors import NotFoundError

if TYPE_CHECKING:
    from connector.ledger.entry import Entry
    from connector.services.log_check import Checked
    from connector.store.checkpoints import Stored

app = typer.Typer(no_args_is_help=True, help="Nhật ký đối soát / the reconciliation log")
app.add_typer(keys_app, name="keys")


@app.command(name="show", help="Xem nhật ký / read it")
def show(
    case: str | None = typer.Option(None, help="Chỉ một hồ sơ / only one case"),
    most: int = Most,
    as_json: bool = JsonFlag,
) -> None:
    """The newest entries, oldest first."""
    from connector.store import cases, ledger

    async def work() -> list["Entry"]:
        async with reading(keys=False) as app_, app_.db.reading() as conn:
            case_id = await cases.find(conn, case) if case else None
            if case and case_id is None:
                msg = f"no case is known as {case}"
                raise NotFoundError(msg)
            return [entry async for entry in ledger.entries(conn, case_id=case_id, newest=most)]

    found = run(work)
    if as_json:
        print_json(found)
        return
    rows = table("entry", "when", "kind", "system", "case", "facts")
    for one in found:
        facts = " ".join(f"{key}={value}" for key, value in one.data.items())
        rows.add_row(
            str(one.seq), moment(one.at), one.kind, one.system or "–", str(one.case_id or "–"), facts
        )
    console().print(rows)


@app.command(name="verify", help="Kiểm tra toàn vẹn / check the whole log")
def verify_command(
    checkpoint: list[Path] = typer.Option(
        [], help="Điểm niêm phong giữ ở nơi khác / a checkpoint kept elsewhere; may be repeated"
    ),
    keys: Path | None = typer.Option(None, help="log-keys.json đã công bố / the published keys"),
    as_json: bool = JsonFlag,
) -> None:
    """Chain, tree, tiles, signatures, the folder and given checkpoints; the first wrong entry is named."""
    from connector.opening import database_url, prepare_database

    async def work() -> "Checked":
        given = settings()
        async with database_url(given) as url:
            await prepare_database(given, url)
            folder = given.ledger.checkpoint_folder
            return await asyncio.to_thread(
                verify_ledger, url, folder=folder, files=checkpoint, keys_file=keys, quiet=as_json
            )

    found = run(work)
    if as_json:
        print_json(_as_json(found))
    elif found.report.ok:
        console().print(tell("log.ok", count=found.report.checked, head=found.report.head.hash))
        for one in found.findings:
            console().print(tell(f"finding.{one.what}", size=one.size, source=one.source), style="bold red")
        if not found.findings:
            sealed = tell(
                "log.sealed", notes=found.notes, copies=found.copies, signed=found.signed, root=found.root
            )
            console().print(sealed if found.notes else tell("log.unsealed"))
        for past in found.restored:
            lost = max(0, past.lost_size - past.at_size)
            console().print(tell("log.lost", at=past.at_size, lost=lost, count=found.lost), style="yellow")
    guarded(found.demand)


def _as_json(found: "Checked") -> dict[str, object]:
    report = found.report
    return {
        "ok": found.ok,
        "checked": report.checked,
        "head": report.head,
        "broken": report.broken,
        "root": found.root,
        "checkpoints": found.notes,
        "copies": found.copies,
        "lost": found.lost,
        "restored": found.restored,
        "signed": found.signed,
        "findings": found.findings,
    }


def verify_ledger(
    url: str, *, folder: Path | None, files: Sequence[Path], keys_file: Path | None, quiet: bool
) -> "Checked":
    """Verify with a progress bar on a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    from connector.services.log_check import check
    from connector.store.database import translated

    with (
        translated(),
        Progress(console=Console(stderr=True), disable=quiet or not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task(tell("log.verifying"), total=None)
        return check(url, folder=folder, files=files, keys_file=keys_file, each=lambda: bar.advance(task))


@app.command(name="seal", help="Niêm phong ngay / seal now")
def seal_command(as_json: bool = JsonFlag) -> None:
    """Sign what is not sealed yet, and bring it to the folder, the witness and the time-stamping authority."""
    from connector.clock import SystemClock
    from connector.keyfile import signing_keys
    from connector.services.log_outlets import seal_and_send
    from connector.store import flows
    from connector.store.checkpoints import SCOPE, Stored

    async def work() -> tuple[list[Stored], flows.Pause | None, bool]:
        async with reading(keys=False) as app_:
            clock = SystemClock()
            made = await seal_and_send(app_.db, app_.settings, clock)
            async with app_.db.reading() as conn:
                return made, await flows.held(conn, SCOPE), bool(signing_keys(app_.settings))

    made, held, keyed = run(work)
    if as_json:
        print_json([_row(one) for one in made])
        return
    for one in made:
        text = tell("log.checkpoint", size=one.size, at=moment(one.signed_at), root=one.root.hex())
        console().print(text)
    if not keyed:
        console().print(tell("log.no_key"))
    elif held:
        console().print(tell("log.held", reason=held.reason), style="bold red")
    elif not made:
        console().print(tell("log.none"))


@app.command(name="checkpoints", help="Các điểm niêm phong / the signed checkpoints")
def checkpoints_command(
    most: int = Most,
    note: bool = typer.Option(
        False, "--note", help="Chỉ in bản ký mới nhất / print the newest note as it is"
    ),
    as_json: bool = JsonFlag,
) -> None:
    """The newest checkpoints, oldest first; ``--note`` is what an auditor takes away."""
    from connector.store import checkpoints

    async def work() -> list[checkpoints.Stored]:
        async with reading(keys=False) as app_, app_.db.reading() as conn:
            return await checkpoints.listed(conn, most=1 if note else most)

    found = run(work)
    if note:
        sys.stdout.write("".join(one.whole_note for one in found))
        return
    if as_json:
        print_json([_row(one) for one in found])
        return
    rows = table("entries", "signed", "root", "outlets")
    for one in found:
        rows.add_row(str(one.size), moment(one.signed_at), one.root.hex(), ", ".join(_kept_by(one)) or "–")
    console().print(rows)


def _row(one: "Stored") -> dict[str, object]:
    return {
        "size": one.size,
        "root": one.root.hex(),
        "signed_at": one.signed_at,
        "note": one.whole_note,
        "kept_by": _kept_by(one),
    }


def _kept_by(one: "Stored") -> list[str]:
    told = {"folder": one.filed_at, "timestamp": one.timestamp_token, "witness": one.cosignatures}
    return [name for name, value in told.items() if value is not None]
