"""A system's mapping: data that an official can read, applied by pure functions.

``Mapping.read`` turns what a system said into a case; ``Mapping.write`` turns an intent into one of that system's
operations. Both raise :class:`~connector.errors.Unmapped` with *all* problems and the nearest known values; nothing
is guessed, nothing is dropped silently.
"""

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from connector.canonical import digest
from connector.case import ActKind, Case
from connector.errors import NotFoundError
from connector.mapping.agencies import AgencyList
from connector.mapping.codes import VOCABULARIES, CodeList, CodeRow, load_list
from connector.mapping.evaluate import Evaluator
from connector.mapping.files import Document, Source
from connector.mapping.intent import Intent, IntentKind
from connector.mapping.reading import read_case
from connector.mapping.rules import RuleReader, Rules
from connector.mapping.sections import ReadSection, SectionReader, WriteSection
from connector.mapping.trouble import FileTrouble, Trouble, shown
from connector.mapping.writing import FileLimits, check_files, choose, scope_of, write_operation
from connector.system import Operation, OutgoingFile, Record

MAPPING_FILE = "mapping.toml"
AGENCY_FILE = "agencies.csv"
FIELD_FILE = "fields.csv"
_KEYS = ("system", "name_vi", "contract", "lists", "limits", "read", "shape", "write")
_LIMIT_KEYS = ("count", "bytes", "name", "extensions")


@dataclass(frozen=True, kw_only=True)
class SharedLists:
    """What all mappings share: the agencies, and the fields of work (Quy chế Đ5)."""

    agencies: AgencyList = field(default_factory=AgencyList)
    fields: CodeList | None = None

    @classmethod
    def load(cls, source: Source) -> "SharedLists":
        """Read the shared lists of a mappings folder."""
        return cls(
            agencies=AgencyList.load(source, AGENCY_FILE),
            fields=load_list(source, name="fields", file=FIELD_FILE, vocabulary=None),
        )


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """The mapping of one system.

    Attributes:
        system: the system's name, as its entry point has it.
        accepts: kinds of act for which there is an append operation.
        operations: names of every operation that it may render.
        lists: code lists by name.
    """

    system: str
    accepts: frozenset[ActKind]
    operations: frozenset[str]
    lists: MappingType[str, CodeList]
    agencies: AgencyList
    reads: MappingType[str, ReadSection]
    writes: tuple[WriteSection, ...]
    shapes: MappingType[str, MappingType[str, Rules]]
    limits: FileLimits = field(default_factory=FileLimits)

    @classmethod
    def load(cls, folder: Path, lists: SharedLists | None = None) -> "Mapping":
        """Read ``folder/mapping.toml`` and its code lists.

        Args:
            folder: one system's folder; its parent holds the shared lists.
            lists: the shared lists, if they are loaded already.

        Raises:
            MappingFileError: with every problem, each as ``path:line: text``.
        """
        trouble = FileTrouble()
        source = Source(folder.parent, None, trouble)
        mapping = _Loader(source, lists or SharedLists.load(source)).mapping(folder.name)
        trouble.raise_if_any()
        assert mapping is not None
        return mapping

    def read(self, record: Record) -> Case:
        """The case (or fragment) that a record tells.

        Raises:
            Unmapped: with all problems and the nearest known values.
        """
        trouble = Trouble()
        for problem in record.problems:
            trouble.add(problem.where, problem.text)
        section = self.reads.get(record.kind)
        if section is None:
            trouble.add("kind", f"loại bản ghi lạ / unknown kind of record: {shown(record.kind)}", self.reads)
        if record.system != self.system:
            trouble.add(
                "system", f"bản ghi của hệ thống khác / record of another system: {shown(record.system)}"
            )
        trouble.raise_if_any(system=self.system, ref=record.ref)
        assert section is not None
        case = read_case(section, record, self._evaluator(trouble, writing=False))
        trouble.raise_if_any(system=self.system, ref=record.ref)
        return case

    def codes_of(self, record: Record) -> frozenset[tuple[str, str]]:
        """Every (list, code) that a record tells, whether the lists know the code or not; never what is no code."""
        section, codes = self.reads.get(record.kind), set[tuple[str, str]]()
        if section is not None and record.system == self.system:
            read_case(section, record, replace(self._evaluator(Trouble(), writing=False), codes=codes))
        return frozenset(codes)

    def write(self, intent: Intent, key_id: UUID, files: tuple[OutgoingFile, ...] = ()) -> Operation:
        """The operation that carries out an intent here. The same arguments always give an equal operation.

        Args:
            intent: what is wanted; its case has passed the privacy gate.
            key_id: idempotency key of the delivery.
            files: the bytes or addresses of the attachments that go along.

        Raises:
            Unmapped: no operation for the intent, a value without a code, a text too long, a file not taken.
        """
        trouble = Trouble()
        scope = scope_of(intent, files)
        section = choose(self.writes, intent, scope)
        if section is None:
            what = f"{intent.kind.value} {intent.act.kind.value if intent.act else ''}".strip()
            trouble.add(what, f"{self.system} không có thao tác nào cho việc này / has no operation for this")
        else:
            evaluator = self._evaluator(trouble, writing=True)
            operation = write_operation(section, intent, key_id, files, scope=scope, evaluator=evaluator)
            check_files(section, files, self.limits, evaluator)
        trouble.raise_if_any(system=self.system, ref=intent.ref or intent.case.code)
        return operation

    def carries_files(self, intent: Intent) -> bool:
        """Whether the operation for this intent takes files, so that their bytes need not be fetched in vain."""
        section = choose(self.writes, intent, scope_of(intent, ()))
        return section is not None and section.files == "send"

    def unverified(self) -> tuple[CodeRow, ...]:
        """Code rows that nobody has confirmed with the other side yet."""
        return tuple(row for item in self.lists.values() for row in item.unverified())

    def _evaluator(self, trouble: Trouble, *, writing: bool) -> Evaluator:
        return Evaluator(agencies=self.agencies, shapes=self.shapes, trouble=trouble, writing=writing)


@dataclass(frozen=True, kw_only=True)
class MappingSet:
    """All mappings of a folder.

    Attributes:
        agencies: the shared agency list.
        fingerprint: SHA-256 over every file that was read: what exactly was signed off.
    """

    mappings: MappingType[str, Mapping]
    agencies: AgencyList
    fields: CodeList | None = None
    fingerprint: str = ""

    @classmethod
    def load(cls, root: Path, extra: Path | None = None) -> "MappingSet":
        """Read every ``<root>/<system>/mapping.toml`` and the shared lists.

        Args:
            root: the mappings folder.
            extra: a folder whose files take the place of those of the same relative name.

        Raises:
            MappingFileError: with the problems of all files, each as ``path:line: text``.
        """
        trouble = FileTrouble()
        source = Source(root, extra, trouble)
        shared = SharedLists.load(source)
        loader = _Loader(source, shared)
        mappings = {name: loader.mapping(name) for name in source.folders()}
        if not mappings:
            trouble.add(source.where(MAPPING_FILE), "không có ánh xạ nào / no mapping found")
        trouble.raise_if_any()
        return cls(
            mappings={name: item for name, item in mappings.items() if item is not None},
            agencies=shared.agencies,
            fields=shared.fields,
            fingerprint=digest(dict(sorted(source.read.items()))),
        )

    def for_system(self, name: str) -> Mapping:
        """The mapping of a system.

        Raises:
            NotFoundError: there is none.
        """
        if name not in self.mappings:
            msg = f"không có ánh xạ cho hệ thống / no mapping for system: {name}"
            raise NotFoundError(msg, problems=tuple(sorted(self.mappings)))
        return self.mappings[name]


class _Loader:
    """Compiles one mapping file after the other, noting problems instead of raising them."""

    def __init__(self, source: Source, shared: SharedLists) -> None:
        self.source = source
        self.shared = shared

    def mapping(self, folder: str) -> Mapping | None:
        document = self.source.toml(f"{folder}/{MAPPING_FILE}")
        if document is None:
            return None
        lists = self._lists(document, folder)
        reading, writing = (
            RuleReader(document, lists, self.source.trouble, writing=flag) for flag in (False, True)
        )
        sections = SectionReader(reading, writing)
        sections.known(document.data, (), _KEYS)
        if document.data.get("system") != folder:
            sections.problem(
                ("system",), f"system phải bằng tên thư mục / must equal the folder's name: {folder}"
            )
        reads = {
            kind: sections.read(raw, ("read", kind)) for kind, raw in self._table(document, "read").items()
        }
        shapes = {
            name: writing.table(raw, ("shape", name), inner=True)
            for name, raw in self._table(document, "shape").items()
        }
        found = (
            sections.write(raw, ("write", number))
            for number, raw in enumerate(document.data.get("write", []))
        )
        writes = tuple(item for item in found if item is not None)
        sections.check_overlaps(writes)
        _check_shapes(self.source.trouble, shapes, writes)
        return Mapping(
            system=folder,
            accepts=frozenset(kind for item in writes if IntentKind.APPEND in item.on for kind in item.acts),
            operations=frozenset(item.operation for item in writes),
            lists=lists,
            agencies=self.shared.agencies,
            reads=reads,
            writes=writes,
            shapes=shapes,
            limits=_limits(document, sections),
        )

    def _table(self, document: Document, name: str) -> MappingType[str, Any]:
        raw = document.data.get(name, {})
        if not isinstance(raw, MappingType):
            self.source.trouble.add(document.where(name), f"{name}: phải là bảng / must be a table")
            return {}
        return raw

    def _lists(self, document: Document, folder: str) -> dict[str, CodeList]:
        lists = {"fields": self.shared.fields} if self.shared.fields else {}
        for name, raw in self._table(document, "lists").items():
            where = document.where("lists", name)
            if not isinstance(raw, MappingType) or "file" not in raw or "of" not in raw:
                self.source.trouble.add(where, f"{name}: cần file và of / needs file and of")
                continue
            for key in raw:
                if key not in ("file", "of"):
                    self.source.trouble.add(where, f"{name}: khóa lạ / unknown key: {key}")
            vocabulary, known = self._vocabulary(raw["of"])
            if not known:
                names = ", ".join(sorted({*VOCABULARIES, "field"}))
                self.source.trouble.add(where, f"{name}: of lạ / unknown: {raw['of']} ({names})")
                continue
            file = (
                f"{folder}/{raw['file']}" if not str(raw["file"]).startswith("../") else str(raw["file"])[3:]
            )
            found = load_list(self.source, name=name, file=file, vocabulary=vocabulary, wanted_by=where)
            if found is not None:
                lists[name] = found
            else:
                # An unreadable list is already a problem; rules that name it must not be a second one.
                lists[name] = CodeList(name, ())
        return lists

    def _vocabulary(self, name: str) -> tuple[frozenset[str] | None, bool]:
        if name == "field":
            rows = self.shared.fields.rows if self.shared.fields else ()
            return frozenset(row.canonical for row in rows if row.canonical), True
        return VOCABULARIES.get(name), name in VOCABULARIES


def _check_shapes(
    trouble: FileTrouble, shapes: MappingType[str, MappingType[str, Rules]], writes: tuple[WriteSection, ...]
) -> None:
    """Every shape that a rule names is there."""
    tables = [*shapes.values(), *(item.fields for item in writes), *(item.natural for item in writes)]
    for rule in (rule for table in tables for rules in table.values() for rule in rules):
        if rule.shape is not None and rule.shape not in shapes:
            trouble.add(rule.where, f"{rule.name}: shape không có / not there: {rule.shape}")


def _limits(document: Document, sections: SectionReader) -> FileLimits:
    limits = document.data.get("limits", {})
    sections.known(limits, ("limits",), ("files",))
    raw = limits.get("files", {})
    sections.known(raw, ("limits", "files"), _LIMIT_KEYS)
    return FileLimits(
        count=raw.get("count"),
        bytes=raw.get("bytes"),
        name=raw.get("name"),
        extensions=frozenset(raw["extensions"]) if "extensions" in raw else None,
    )
