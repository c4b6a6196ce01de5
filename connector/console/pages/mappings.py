"""Mappings and rule packs as an official reads them: files, versions, what differs, and which codes are understood."""

import asyncio
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from connector.app import mappings_root
from connector.console.visit import Done, Visit
from connector.errors import MappingFileError, NotFoundError
from connector.mapping import compare as comparing
from connector.mapping import tree
from connector.mapping.compare import Change
from connector.mapping.coverage import CodeLine, State
from connector.mapping.folder import Folder
from connector.rules.calendar import Calendar
from connector.rules.pack import RulePack
from connector.services import mappings as service
from connector.services.mappings import FileLine
from connector.store import contracts, mapping_versions, quarantine
from connector.store.contracts import Check
from connector.store.leaf import Place, leaf
from connector.store.mapping_versions import MappingVersion
from connector.store.quarantine import Item
from connector.sync.coverage import count_codes

VERSIONS = 20
MOST_WAITING = 50
MOST_CHANGES = 500
UNMAPPED = "PH-401"
COUNT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class SystemLine:
    """One system: how many of its codes are understood, its last contract check, and what waits for want of a code."""

    system: str
    counted_at: datetime | None
    sums: Mapping[str, int]
    check: Check | None
    drifts: int
    waiting: int


@dataclass(frozen=True, kw_only=True)
class MappingsPage:
    """The mappings in force.

    Attributes:
        folder: how the files on the disk stand to the version in force: ``same``, ``refused`` (with problems),
            ``restart`` (they wait for one), ``other`` (not looked at yet), ``unreadable``.
        older: where the next page of versions begins.
    """

    version: MappingVersion | None
    folder: str
    problems: tuple[str, ...]
    systems: tuple[SystemLine, ...]
    waiting: tuple[Item, ...]
    files: tuple[FileLine, ...]
    versions: tuple[MappingVersion, ...]
    older: int | None
    newer: int | None


async def home(visit: Visit) -> MappingsPage:
    """What is in force, what waits, and what came when."""
    folder, problems = await _folder(visit)
    db, at = visit.site.db, visit.place(VERSIONS)
    version = await service.in_force(db)
    async with db.reading() as conn:
        told = leaf(await mapping_versions.listed(conn, at), lambda one: one.number, at, falling=True)
        newest = await mapping_versions.newest(conn)
        waiting = await quarantine.listed(conn, code=UNMAPPED, at=Place(most=MOST_WAITING))
    state, why = _stands(folder, version, newest, problems)
    return MappingsPage(
        version=version,
        folder=state,
        problems=why,
        systems=tuple(
            [await _system(visit, name, waiting) for name in sorted(visit.site.ctx.mappings.mappings)]
        ),
        waiting=tuple(waiting),
        files=await service.files(db, folder),
        versions=told.rows,
        older=told.before,
        newer=told.after,
    )


def _stands(
    folder: Folder, version: MappingVersion | None, newest: MappingVersion | None, problems: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    if problems:
        return "unreadable", problems
    if version is None or folder.digest == version.digest:
        return "same", ()
    if newest is not None and newest.digest == folder.digest:
        return newest.state, newest.problems
    return "other", ()


async def _system(visit: Visit, name: str, waiting: list[Item]) -> SystemLine:
    found = await service.coverage(visit.site.db, visit.site.ctx.mappings, name)
    async with visit.site.db.reading() as conn:
        check = (await contracts.checks(conn)).get(name)
        drifts = len(await contracts.drifts(conn, name, most=MOST_WAITING))
    return SystemLine(
        system=name,
        counted_at=found.counted_at,
        sums=found.sums,
        check=check,
        drifts=drifts,
        waiting=sum(one.system == name for one in waiting),
    )


async def _folder(visit: Visit) -> tuple[Folder, tuple[str, ...]]:
    """The files as they lie there now; empty, with the reasons, if they cannot be read."""
    root = mappings_root(visit.site.settings)
    try:
        return await asyncio.to_thread(Folder.read, root), ()
    except MappingFileError as error:
        return Folder(name=root.name, files={}), error.problems


# ---- one file -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Line:
    """One value of a TOML file: alternatives, each with its parts."""

    key: str
    parts: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A table of a TOML file."""

    table: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class FilePage:
    """One file: a table (``columns``, ``rows``), or headings with their lines; and its text."""

    name: str
    version: MappingVersion | None
    since: MappingVersion | None
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    headings: tuple[Heading, ...]
    text: str


async def file(visit: Visit) -> FilePage:
    """A file of the version in force, or of another one."""
    folder, _ = await _folder(visit)
    name = visit.asked("file") or ""
    version, told = await service.texts(visit.site.db, folder, visit.asked("version"))
    if name not in told:
        msg = f"không có tệp {name[:60]} trong phiên bản này / this version has no file {name[:60]}"
        raise NotFoundError(msg)
    since = None
    if version is not None:
        async with visit.site.db.reading() as conn:
            since = (await mapping_versions.since(conn, version.number)).get(name)
    table = comparing.rows(told[name]) if name.endswith(".csv") else None
    return FilePage(
        name=name,
        version=version,
        since=since,
        columns=table.columns if table else (),
        rows=tuple(tuple(row.get(column, "") for column in table.columns) for row in table.rows)
        if table
        else (),
        headings=() if table else headings(told[name]),
        text=told[name],
    )


def headings(text: str) -> tuple[Heading, ...]:
    """A TOML file by its tables; nothing if it cannot be read, which its text shows."""
    try:
        leaves = list(tree.leaves(tomllib.loads(text)))
    except tomllib.TOMLDecodeError:
        return ()
    return tuple(
        Heading(table=table, lines=tuple(Line(key=one.key, parts=tree.parts(one.value)) for one in some))
        for table, some in groupby(leaves, key=lambda one: one.table)
    )


# ---- two versions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DiffPage:
    """What differs from ``old`` to ``new``; ``count`` of all, of which the first are shown."""

    old: str
    new: str
    versions: tuple[MappingVersion, ...]
    count: int
    changes: tuple[Change, ...]


async def diff(visit: Visit) -> DiffPage:
    """Two versions side by side: the newest and the one in force before it, or those that were named."""
    folder, _ = await _folder(visit)
    old, new, changes = await service.difference(
        visit.site.db, folder, visit.asked("beside"), visit.asked("version")
    )
    async with visit.site.db.reading() as conn:
        versions = await mapping_versions.listed(conn, Place(most=100))
    return DiffPage(
        old=old,
        new=new,
        versions=tuple(versions),
        count=len(changes),
        changes=changes[:MOST_CHANGES],
    )


# ---- codes --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CoveragePage:
    """The codes of one system; of one state, if asked."""

    system: str
    counted_at: datetime | None
    sums: Mapping[str, int]
    rows: tuple[CodeLine, ...]
    asked: dict[str, str]
    choices: dict[str, tuple[str, ...]]


async def coverage(visit: Visit) -> CoveragePage:
    """Every code that a system told, and every code that is known and was never told."""
    choices = {"system": tuple(sorted(visit.site.ctx.mappings.mappings)), "state": tuple(State)}
    system = visit.asked_of("system", choices["system"]) or choices["system"][0]
    state = visit.asked_of("state", choices["state"])
    found = await service.coverage(visit.site.db, visit.site.ctx.mappings, system)
    return CoveragePage(
        system=system,
        counted_at=found.counted_at,
        sums=found.sums,
        rows=tuple(one for one in found.lines if state in (None, one.state.value)),
        asked={key: value for key in choices if (value := visit.asked(key))} | {"system": system},
        choices=choices,
    )


async def count(visit: Visit) -> Done:
    """Count the codes of what was told since the last count."""
    more = await count_codes(visit.site.ctx, slice_s=COUNT_S)
    return Done(to="/mappings", told="flash.codes_more" if more else "flash.codes_counted")


# ---- rules --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ChannelLine:
    """Which packs the cases of a channel are pinned to."""

    channel: str
    governing: tuple[str, ...]
    watching: tuple[str, ...]
    basis: str


@dataclass(frozen=True, kw_only=True)
class InnerLine:
    """An agency's own, shorter term in working days."""

    agency: str
    duty: str
    days: int
    basis: str


@dataclass(frozen=True, kw_only=True)
class YearLine:
    """A year of a calendar. ``proposed``: working days by the other reading, where days are undecided."""

    version: str
    year: int
    working: int
    proposed: int
    basis: tuple[str, ...]
    certainty: str
    note: str | None


@dataclass(frozen=True, kw_only=True)
class RulePacksPage:
    """The rules in force."""

    packs: tuple[RulePack, ...]
    channels: tuple[ChannelLine, ...]
    inner: tuple[InnerLine, ...]
    years: tuple[YearLine, ...]
    waits: bool


async def rule_packs(visit: Visit) -> RulePacksPage:
    """Deadlines, which channel follows which pack, and the working calendars."""
    book, folder = visit.site.ctx.book, (await _folder(visit))[0]
    async with visit.site.db.reading() as conn:
        newest = await mapping_versions.newest(conn, "restart")
    return RulePacksPage(
        packs=tuple(book.packs.values()),
        channels=tuple(
            ChannelLine(
                channel=channel.value, governing=row.governing, watching=row.watching, basis=row.basis
            )
            for channel, row in book.assignments.items()
        ),
        inner=tuple(
            InnerLine(agency=one.agency, duty=one.duty.value, days=one.days, basis=one.basis)
            for one in book.inner.values()
        ),
        years=tuple(
            year for calendar in reversed(list(book.calendars.values())) for year in _years(calendar)
        ),
        waits=newest is not None and newest.digest == folder.digest,
    )


def _years(calendar: Calendar) -> list[YearLine]:
    return [
        YearLine(
            version=calendar.version,
            year=number,
            working=calendar.working_days(number),
            proposed=calendar.working_days(number, proposed=True),
            basis=tuple(year.basis),
            certainty=year.certainty,
            note=year.note,
        )
        for number, year in sorted(calendar.years.items())
    ]
