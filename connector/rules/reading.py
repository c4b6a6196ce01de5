"""Reads the rule files: ``calendars/``, ``rule_packs/`` and ``rules.toml`` of a mappings folder. Strict.

Every problem of every file is collected with file and line before anything is raised. Nothing is assumed in place of a
missing value: a wrong deadline is worse than a program that does not start.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from connector.errors import RuleFileError
from connector.mapping.files import Source
from connector.mapping.trouble import FileTrouble, Where
from connector.rules.calendar import Calendar, version_key
from connector.rules.calendar_file import read_calendar
from connector.rules.pack import Assignments, RulePack
from connector.rules.pack_file import overlapping, read_pack
from connector.rules.rules_file import Inner, read_rules
from connector.rules.table import Table

Parts = tuple[Mapping[str, Calendar], Mapping[str, RulePack], Assignments, Inner]


def read(root: Path, extra: Path | None = None) -> Parts:
    """Calendars by version, oldest first; packs by ref; assignments; inner steps. Files in ``extra`` shadow others.

    Raises:
        RuleFileError: with every problem, each with file and line.
    """
    trouble = FileTrouble(error=RuleFileError, kind=("tệp quy tắc", "the rule files"))
    source = Source(root, extra, trouble)
    calendars = _calendars(source)
    packs = _packs(source)
    rules = _table(source, "rules.toml")
    assignments, inner = read_rules(rules, packs) if rules else ({}, {})
    trouble.raise_if_any()
    return calendars, packs, assignments, inner


def _table(source: Source, name: str) -> Table | None:
    document = source.toml(name)
    return Table(document, source.trouble) if document else None


def _tables(source: Source, folder: str) -> tuple[Table, ...]:
    names = source.names(folder, ".toml")
    if not names:
        source.trouble.add(source.where(folder), "thư mục rỗng / empty folder")
    return tuple(table for table in (_table(source, name) for name in names) if table)


def _calendars(source: Source) -> Mapping[str, Calendar]:
    found: dict[str, tuple[Calendar, Where]] = {}
    for table in _tables(source, "calendars"):
        calendar = read_calendar(table)
        if calendar is None:
            continue
        if calendar.version in found:
            table.problem("version", f"trùng phiên bản / same version as {found[calendar.version][1]}")
        found[calendar.version] = (calendar, table.where("version"))
    return {version: found[version][0] for version in sorted(found, key=version_key)}


def _packs(source: Source) -> Mapping[str, RulePack]:
    found: dict[str, tuple[RulePack, Table]] = {}
    for table in _tables(source, "rule_packs"):
        pack = read_pack(table)
        if pack is None:
            continue
        if pack.ref in found:
            table.problem(
                "version", f"trùng phiên bản / same version as {found[pack.ref][1].where('version')}"
            )
            continue
        found[pack.ref] = (pack, table)
    _check_validity(found.values())
    return {ref: found[ref][0] for ref in sorted(found)}


def _check_validity(packs: Iterable[tuple[RulePack, Table]]) -> None:
    """Two versions of one pack never hold on the same day: nobody could say which one a case is pinned to."""
    filled = sorted((item for item in packs if item[0].terms), key=lambda item: (item[0].id, item[0].version))
    for number, (pack, _) in enumerate(filled):
        for later, table in filled[number + 1 :]:
            if later.id == pack.id and overlapping(pack, later):
                table.problem(
                    "valid_from", f"hiệu lực chồng lên {pack.ref} / validity overlaps that of {pack.ref}"
                )
