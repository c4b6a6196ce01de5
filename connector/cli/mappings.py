"""``phanhoi mappings``: versions of the mapping files, what differs between them, and which codes are understood."""

from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    console,
    guarded,
    known_system,
    moment,
    one_of,
    opened,
    print_json,
    reading,
    run,
    settings,
    table,
    tell,
)

if TYPE_CHECKING:
    from connector.mapping.folder import Folder
    from connector.services.mappings import Coverage, FileLine
    from connector.store.mapping_versions import MappingVersion

app = typer.Typer(no_args_is_help=True, help="Bảng ánh xạ / mappings")

MOST = 50
Version = typer.Option(
    None,
    "--version",
    help="Số phiên bản, hoặc folder: tệp hiện có / number, or folder: the files as they are",
)


@app.command(name="list", help="Các phiên bản / versions")
def list_versions(as_json: bool = JsonFlag) -> None:
    """Versions as they came into force, were refused, or wait for a restart; newest first."""
    from connector.store import mapping_versions
    from connector.store.leaf import Place

    async def work() -> list["MappingVersion"]:
        async with reading(keys=False) as at, at.db.reading() as conn:
            return await mapping_versions.listed(conn, Place(most=MOST))

    found = run(work)
    if as_json:
        print_json(found)
        return
    rows = table("version", "when", "state", "actor", "counts")
    for one in found:
        state = "\n".join((tell(f"mapping_state.{one.state}"), *one.problems))
        rows.add_row(
            str(one.number), moment(one.at), state, one.actor, "–" if one.cases is None else str(one.cases)
        )
    console().print(rows)


@app.command(name="show", help="Các tệp, hoặc một tệp / the files, or one of them")
def show(
    name: str | None = typer.Argument(None, help="Tệp, như policy.toml / a file"),
    version: str | None = Version,
    as_json: bool = JsonFlag,
) -> None:
    """Every file with its rows and how many are not confirmed; or the text of one file."""
    from connector.errors import NotFoundError
    from connector.services import mappings as service

    folder = guarded(_folder)

    async def work() -> "tuple[tuple[FileLine, ...], str | None]":
        async with reading(keys=False) as at:
            if name is None:
                return await service.files(at.db, folder, version), None
            _, told = await service.texts(at.db, folder, version)
            if name not in told:
                msg = f"không có tệp / no such file: {name}; {', '.join(sorted(told))}"
                raise NotFoundError(msg)
            return (), told[name]

    files, text = run(work)
    if as_json:
        print_json({"name": name, "text": text} if name else files)
    elif text is not None:
        console().print(text, markup=False, highlight=False, soft_wrap=True)
    else:
        console().print(_files(files))


def _files(files: "tuple[FileLine, ...]") -> object:
    rows = table("file", "counts", "unverified", "version", "when")
    for one in files:
        rows.add_row(
            one.name,
            *("–" if count is None else str(count) for count in (one.rows, one.unverified)),
            str(one.since.number) if one.since else "–",
            moment(one.since.at if one.since else None),
        )
    return rows


@app.command(name="diff", help="Điểm khác giữa hai phiên bản / what differs between two versions")
def diff(
    old: str | None = typer.Argument(None, help="Bản cũ / the older one; default: in force before"),
    new: str | None = typer.Argument(None, help="Bản mới, hoặc folder / the newer one, or folder"),
    as_json: bool = JsonFlag,
) -> None:
    """Rows and cells that differ; without names the newest version beside the one before it."""
    from connector.mapping.compare import Change
    from connector.services import mappings as service

    folder = guarded(_folder)

    async def work() -> tuple[str, str, tuple[Change, ...]]:
        async with reading(keys=False) as at:
            return await service.difference(at.db, folder, old, new)

    before, after, changes = run(work)
    if as_json:
        print_json({"old": before, "new": after, "changes": changes})
        return
    out = console()
    out.print(tell("mappings.changes", count=len(changes)) + f" {before} → {after}", style="bold")
    rows = table("file", "place", "change", "was", "now")
    for one in changes:
        place = " ".join(filter(None, (one.place, one.column and f"[{one.column}]")))
        rows.add_row(
            one.file, place, tell(f"mapping_change.{one.kind.value}"), one.before or "–", one.after or "–"
        )
    if changes:
        out.print(rows)


@app.command(name="coverage", help="Mã đã gặp và nghĩa của chúng / codes that were told, and what they mean")
def coverage(
    system: str | None = typer.Option(None, "--system", help="Chỉ một hệ thống / only one system"),
    state: str | None = typer.Option(None, "--state", help="unmapped | unverified | verified | unseen"),
    count: bool = typer.Option(False, "--count", help="Đếm ngay trước khi xem / count first"),
    as_json: bool = JsonFlag,
) -> None:
    """Every code that the systems told beside the lists in the folder; what has no meaning first."""
    from connector.mapping.coverage import State
    from connector.services import mappings as service
    from connector.sync.coverage import count_codes

    guarded(lambda: one_of([state] if state else [], list(State)))

    async def work() -> "list[Coverage]":
        async with opened(calls=False) as app_:
            known_system(app_.settings, system)
            if count:
                await count_codes(app_.ctx)
            names = [system] if system else sorted(app_.ctx.mappings.mappings)
            return [await service.coverage(app_.ctx.db, app_.ctx.mappings, name) for name in names]

    found = run(work)
    if as_json:
        print_json(found)
        return
    for one in found:
        told = ", ".join(f"{tell(f'code_state.{key}')}: {number}" for key, number in one.sums.items())
        console().print(f"{tell(f'system.{one.system}')} ({moment(one.counted_at)}): {told}", style="bold")
        console().print(_codes(one, state))


def _codes(found: "Coverage", state: str | None) -> object:
    rows = table("list", "code", "state", "meaning", "counts", "seen")
    for one in found.lines:
        if state in (None, one.state.value) and (state or one.count):
            means = f"{one.label} {', '.join(one.means)}".strip() or ", ".join(one.near) or "–"
            told = tell(f"code_state.{one.state.value}")
            rows.add_row(one.list, one.code, told, means, str(one.count), moment(one.last_seen))
    return rows


def _folder() -> "Folder":
    from connector.app import mappings_root
    from connector.mapping.folder import Folder

    return Folder.read(mappings_root(settings()))
