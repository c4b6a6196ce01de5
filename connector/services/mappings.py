"""The mappings as people read them: files, versions and what differs between them, and which codes are understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.errors import NotFoundError
from connector.mapping import compare as comparing
from connector.mapping import coverage as covering
from connector.mapping.compare import Change
from connector.mapping.coverage import CodeLine, Sighting
from connector.mapping.folder import Folder
from connector.mapping.mapping import MappingSet
from connector.store import code_seen, mapping_versions
from connector.store.database import Database
from connector.store.mapping_versions import MappingVersion

FOLDER = "folder"
"""Names the files as they lie in the folder now, where a version is asked for."""


@dataclass(frozen=True, kw_only=True)
class FileLine:
    """One file of a version. ``rows`` and ``unverified``: of a table; ``since``: the version that brought it as it is."""

    name: str
    rows: int | None
    unverified: int | None
    since: MappingVersion | None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The codes of one system. ``counted_at``: when they were counted last."""

    system: str
    counted_at: datetime | None
    sums: Mapping[str, int]
    lines: tuple[CodeLine, ...]


async def in_force(db: Database) -> MappingVersion | None:
    """The version in force; None if no daemon kept one yet."""
    async with db.reading() as conn:
        return await mapping_versions.newest(conn, "in_force")


async def texts(
    db: Database, folder: Folder, version: str | None
) -> tuple[MappingVersion | None, Mapping[str, str]]:
    """The files of a version as text.

    Args:
        db: the database.
        folder: the folder as it is now.
        version: its number, or ``folder``; None: the one in force, or the folder if none was kept.

    Raises:
        NotFoundError: there is no such version.
    """
    if version == FOLDER:
        return None, folder.texts
    async with db.reading() as conn:
        if version is None:
            found = await mapping_versions.newest(conn, "in_force")
            if found is None:
                return None, folder.texts
        else:
            found = await mapping_versions.get(conn, _number(version))
        if found is None and version is not None:
            msg = f"không có phiên bản ánh xạ {version[:20]} / no version {version[:20]} of the mappings"
            raise NotFoundError(msg)
        assert found is not None
        files = await mapping_versions.files(conn, found.number)
    return found, Folder(name=folder.name, files=files).texts


async def files(db: Database, folder: Folder, version: str | None = None) -> tuple[FileLine, ...]:
    """Every file of a version, with how many rows of it are not confirmed. Raises as :func:`texts`."""
    found, told = await texts(db, folder, version)
    since: Mapping[str, MappingVersion] = {}
    if found is not None:
        async with db.reading() as conn:
            since = await mapping_versions.since(conn, found.number)
    return tuple(_line(name, text, since.get(name)) for name, text in sorted(told.items()))


def _line(name: str, text: str, since: MappingVersion | None) -> FileLine:
    if not name.endswith(".csv"):
        return FileLine(name=name, rows=None, unverified=None, since=since)
    table = comparing.rows(text)
    open_rows = sum(row.get("verified") == "false" for row in table.rows)
    return FileLine(
        name=name,
        rows=len(table.rows),
        unverified=open_rows if "verified" in table.columns else None,
        since=since,
    )


async def difference(
    db: Database, folder: Folder, old: str | None, new: str | None
) -> tuple[str, str, tuple[Change, ...]]:
    """What differs between two versions; without names the newest version beside the one in force before it.

    Returns:
        The names of both, and the differences.

    Raises:
        NotFoundError: there is no such version, or none before the first.
    """
    async with db.reading() as conn:
        if new is None:
            newest = await mapping_versions.newest(conn)
            new = str(newest.number) if newest else FOLDER
        if old is None:
            newest_of = await mapping_versions.newest(conn, "in_force") if new == FOLDER else None
            before = newest_of.number if newest_of else await mapping_versions.before(conn, _number(new))
            old = str(before) if before is not None else new
    (_, was), (_, now) = await texts(db, folder, old), await texts(db, folder, new)
    return old, new, comparing.compare(was, now)


async def coverage(db: Database, mappings: MappingSet, system: str) -> Coverage:
    """Which codes a system told, and which are understood as the mappings in force have it.

    Raises:
        NotFoundError: the system has no mapping.
    """
    mapping = mappings.for_system(system)
    async with db.reading() as conn:
        seen = await code_seen.of_system(conn, system)
        counted = await code_seen.counted(conn)
    lines = covering.coverage(
        mapping,
        (
            Sighting(
                list=one.list,
                code=one.code,
                count=one.count,
                first_seen=one.first_seen,
                last_seen=one.last_seen,
            )
            for one in seen
        ),
    )
    return Coverage(system=system, counted_at=counted.at, sums=covering.sums(lines), lines=lines)


def _number(version: str) -> int:
    """The number of a version as it was typed; 0, which none has, for anything else."""
    return int(version) if version.isascii() and version.isdigit() and len(version) < 18 else 0
