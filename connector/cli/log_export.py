"""``phanhoi log export``: entries of the log in files, with what proves them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

from connector.cli.common import (
    JsonFlag,
    Reader,
    account,
    console,
    guarded,
    keep,
    known_system,
    one_of,
    print_json,
    reading,
    run,
    tell,
)
from connector.cli.flow import ALL_STATES
from connector.errors import NotFoundError, UserError

if TYPE_CHECKING:
    from connector.ledger.filter import LogFilter
    from connector.services.log_export import Exported, Opened, Out

FORMATS = ("jsonl", "csv", "xlsx", "pdf")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(name="export", help="Trích xuất nhật ký ra tệp / write entries into files")(export)


def export(
    out: Path = typer.Option(..., "--out", help="Thư mục ghi tệp / folder for the files"),
    first: datetime | None = typer.Option(None, "--from", formats=["%Y-%m-%d"], help="Ngày đầu / first day"),
    last: datetime | None = typer.Option(None, "--until", formats=["%Y-%m-%d"], help="Ngày cuối / last day"),
    systems: list[str] = typer.Option([], "--system", help="Hệ thống / system"),
    case: str | None = typer.Option(None, "--case", help="Chỉ một hồ sơ / only one case"),
    kinds: list[str] = typer.Option([], "--kind", help="Loại mục / kind of entry"),
    actors: list[str] = typer.Option([], "--actor", help="Tài khoản / account"),
    outcomes: list[str] = typer.Option(
        [], "--outcome", help="Tình trạng lệnh gửi / state that the entry's delivery is in"
    ),
    formats: list[str] = typer.Option(
        [], "--format", help="jsonl (luôn có / always made) | csv | xlsx | pdf"
    ),
    opened: bool = typer.Option(
        False, "--open", help="Mở giá trị niêm phong của một hồ sơ / open the sealed values of one case"
    ),
    by: str | None = typer.Option(None, "--by", help="Tài khoản cán bộ / account of the official"),
    audience: str = typer.Option("export", "--for", help="export | intake | unit"),
    as_json: bool = JsonFlag,
) -> None:
    """Export what fits all conditions; the export is itself an entry, and nothing is there until it is recorded."""
    guarded(lambda: one_of(formats, FORMATS))

    async def work() -> "Exported":
        async with reading() as at:
            wanted = await _wanted(at, first, last, systems, case, kinds, actors, outcomes)
            return await _export(at, wanted, out, ["jsonl", *formats], opened, by, audience, quiet=as_json)

    told(run(work), out, as_json=as_json)


async def _wanted(
    at: Reader,
    first: datetime | None,
    last: datetime | None,
    systems: list[str],
    case: str | None,
    kinds: list[str],
    actors: list[str],
    outcomes: list[str],
) -> "LogFilter":
    """The conditions, checked: a misspelt one would give an empty file that looks like an answer."""
    from connector.ledger.filter import LogFilter
    from connector.ledger.kinds import EntryKind
    from connector.store import cases

    for system in systems:
        known_system(at.settings, system)
    one_of(kinds, [kind.value for kind in EntryKind])
    one_of(outcomes, ALL_STATES)
    if first and last and first > last:
        msg = "--from lies after --until"
        raise UserError(msg)
    async with at.db.reading() as conn:
        case_id = await cases.find(conn, case) if case else None
    if case and case_id is None:
        msg = f"no case is known as {case}"
        raise NotFoundError(msg)
    return LogFilter(
        first=first and first.date(),
        last=last and last.date(),
        systems=tuple(systems),
        case_id=case_id,
        kinds=tuple(kinds),
        actors=tuple(actors),
        outcomes=tuple(outcomes),
    )


async def _export(
    at: Reader,
    wanted: "LogFilter",
    folder: Path,
    formats: list[str],
    opened: bool,
    by: str | None,
    audience: str,
    *,
    quiet: bool,
) -> "Exported":
    from connector.clock import SystemClock
    from connector.services.log_export import export_log, file_name
    from connector.services.officers import official
    from connector.services.sealed import sealed_now

    clock = SystemClock()
    officer = official(at.settings, by) if by is not None else None
    shown = await _opened(at, wanted, officer, audience) if opened else None
    proof = await sealed_now(at.db, at.settings, clock)
    with (
        files(folder, file_name("nhat-ky", clock.now()), formats) as (outs, manifest),
        _bar(quiet) as progress,
    ):
        done = await export_log(
            at.db,
            wanted,
            outs,
            proof=proof,
            actor=officer or account(),
            clock=clock,
            opened=shown,
            progress=progress,
        )
        write_manifest(manifest, done)
    return done


async def _opened(at: Reader, wanted: "LogFilter", officer: str | None, audience: str) -> "Opened":
    """Openings are given of one case at a time, to a named official, by the table of who sees what."""
    from connector.rules.visibility import Audience
    from connector.services.evidence import AUDIENCES, openings_for
    from connector.services.log_export import Opened

    one_of([audience], AUDIENCES)
    if wanted.case_id is None or officer is None:
        msg = "--open needs --case and --by: sealed values are opened of one case at a time, for a named official"
        raise UserError(msg)
    who = Audience(audience)
    return Opened(audience=who, openings=await openings_for(at.db, wanted.case_id, who))


# ---- shared with ``phanhoi case evidence`` ------------------------------------------------------------------


@contextmanager
def files(folder: Path, name: str, formats: list[str]) -> "Iterator[tuple[dict[str, Out], BinaryIO]]":
    """The open files by format, and the manifest's. They get their names together, the manifest last.

    Raises:
        UserError: they cannot be written there.
    """
    from connector.services.log_export import Out

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot make {folder}: {error.strerror}"
        raise UserError(msg) from None
    with ExitStack() as stack:
        manifest = stack.enter_context(keep(folder / f"{name}.manifest.json"))
        outs = {
            one: Out(name=f"{name}.{one}", file=stack.enter_context(keep(folder / f"{name}.{one}")))
            for one in dict.fromkeys(formats)
        }
        yield outs, manifest


def write_manifest(out: BinaryIO, done: "Exported") -> None:
    """Write what lies beside the files."""
    out.write(done.manifest_file())


def told(done: "Exported", folder: Path, *, as_json: bool) -> None:
    """Say what was written, and how it is checked."""
    if as_json:
        print_json({**done.manifest(), "folder": str(folder)})
        return
    out = console()
    out.print(tell("export.done", entries=done.entries, size=done.proof.size), markup=False)
    for one in done.files:
        out.print(tell("report.written", path=folder / one.name), markup=False)
    out.print(tell("export.verify", path=folder / done.files[0].name), markup=False)


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    hidden = quiet or not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), disable=hidden, transient=True) as progress:
        task = progress.add_task(tell("export.exporting"), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
