"""What a mapping relies on: which of its lines read a field, which write one, which code rows name a code. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from connector.mapping.mapping import Mapping as SystemMapping
from connector.mapping.rules import Rules
from connector.mapping.sections import ItemSection, ReadSection, WriteSection

_ROOT = "record."


@dataclass(frozen=True, kw_only=True)
class Use:
    """One line of the mapping: ``file:line``, and the section it stands in."""

    where: str
    section: str

    def __str__(self) -> str:
        return f"{self.where} {self.section}"


@dataclass(frozen=True, kw_only=True)
class Uses:
    """All of one system's mapping.

    Attributes:
        reads: kind of record → path as :mod:`connector.contract.shape` writes it → lines that read it.
        required: kind of record → paths without which a record of that kind is put aside.
        writes: (operation, wire name of the field in lower case) → lines that write it.
        codes: wire code → the rows of code lists and of the agency list that know it.
    """

    reads: Mapping[str, Mapping[str, tuple[Use, ...]]] = field(default_factory=dict)
    required: Mapping[str, frozenset[str]] = field(default_factory=dict)
    writes: Mapping[tuple[str, str], tuple[Use, ...]] = field(default_factory=dict)
    codes: Mapping[str, tuple[Use, ...]] = field(default_factory=dict)

    def reading(self, kind: str, path: str) -> tuple[Use, ...]:
        """Lines that read the path, or something within it."""
        known = self.reads.get(kind, {})
        inner = (f"{path}.", f"{path}*")
        return tuple(
            use for one, uses in known.items() if one == path or one.startswith(inner) for use in uses
        )

    def named(self, fields: Collection[str]) -> tuple[Use, ...]:
        """Lines that read or write any field of these wire names, wherever it stands."""
        wanted = {name.lower() for name in fields}
        reads = [
            use
            for paths in self.reads.values()
            for path, uses in paths.items()
            if _last(path) in wanted
            for use in uses
        ]
        writes = [use for (_, name), uses in self.writes.items() if name in wanted for use in uses]
        return unique([*reads, *writes])

    def writing(self, operation: str, names: Iterable[str] = ()) -> tuple[Use, ...]:
        """Lines that write an operation; with ``names`` only those that write one of these fields."""
        wanted = {name.lower() for name in names}
        return unique(
            use
            for (one, name), uses in self.writes.items()
            if one == operation and (not wanted or name in wanted)
            for use in uses
        )


def unique(uses: Iterable[Use]) -> tuple[Use, ...]:
    """Each line once, in order."""
    return tuple(dict.fromkeys(uses))


def uses_of(mapping: SystemMapping) -> Uses:
    """Everything that a system's mapping relies on."""
    reads: dict[str, dict[str, tuple[Use, ...]]] = {}
    required: dict[str, frozenset[str]] = {}
    for kind, section in mapping.reads.items():
        found = list(_read(kind, section))
        paths = reads.setdefault(kind, {})
        for path, use, _ in found:
            paths[path] = unique([*paths.get(path, ()), use])
        required[kind] = frozenset(path for path, _, needed in found if needed)
    writes: dict[tuple[str, str], tuple[Use, ...]] = {}
    for one in mapping.writes:
        for name, use in _write(one):
            writes[one.operation, name] = unique([*writes.get((one.operation, name), ()), use])
    return Uses(reads=reads, required=required, writes=writes, codes=_codes(mapping))


# ---- reading ------------------------------------------------------------------------------------------------


def _read(kind: str, section: ReadSection) -> Iterator[tuple[str, Use, bool]]:
    plain = (section.case, section.origin, section.header or {}, section.sender, section.place)
    for table in plain:
        for rules in table.values():
            yield from _paths(rules, f"read.{kind}", "")
    for rules in section.checks:
        yield from _paths(rules, f"read.{kind}.checks", "")
    for name, items in (("acts", section.acts), ("attachments", section.attachments)):
        for item in items:
            yield from _items(item, f"read.{kind}.{name}")


def _items(item: ItemSection, section: str) -> Iterator[tuple[str, Use, bool]]:
    base = f"{item.each}*." if item.each else ""
    if item.each:
        yield item.each, Use(where=str(item.where), section=section), False
    for rules in (*item.fields.values(), *item.details.values(), item.facts, *item.checks):
        # what is asked of an item that only some conditions choose is asked of no record as such
        for path, use, needed in _paths(rules, section, base):
            yield path, use, needed and not item.when


def _paths(rules: Rules, section: str, base: str) -> Iterator[tuple[str, Use, bool]]:
    for rule in rules:
        needed = (
            rule.required and len(rules) == 1 and not rule.when and not rule.of and len(rule.sources) == 1
        )
        for path in rule.paths():
            if path == ".":
                continue
            whole = path.removeprefix(_ROOT) if path.startswith(_ROOT) else base + path
            named = f"{section} {rule.name}"
            yield whole, Use(where=str(rule.where), section=named), needed and path in rule.sources


# ---- writing and codes --------------------------------------------------------------------------------------


def _write(section: WriteSection) -> Iterator[tuple[str, Use]]:
    for table in (section.fields, section.natural):
        for name, rules in table.items():
            for rule in rules:
                yield _last(name), Use(where=str(rule.where), section=f"write {section.operation} {name}")


def _codes(mapping: SystemMapping) -> dict[str, tuple[Use, ...]]:
    found: dict[str, list[Use]] = {}
    for name, codes in mapping.lists.items():
        for row in codes.rows:
            if row.code is not None:
                found.setdefault(row.code, []).append(Use(where=str(row.where), section=f"lists.{name}"))
    for agency in mapping.agencies.agencies:
        for code in {agency.canonical, agency.qcvn, agency.qd20} - {None}:
            found.setdefault(str(code), []).append(Use(where=str(agency.where), section="agencies"))
    return {code: unique(uses) for code, uses in found.items()}


def _last(path: str) -> str:
    return path.rpartition(".")[2].rstrip("*").lower()
