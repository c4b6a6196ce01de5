"""The parts of a ``mapping.toml``, checked and compiled: what reads a record, what writes an operation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from connector.case import (
    Act,
    ActKind,
    Attachment,
    Channel,
    Header,
    Nature,
    Place,
    Privacy,
    Sender,
    SenderKind,
)
from connector.mapping.files import TomlPath
from connector.mapping.intent import IntentKind
from connector.mapping.rules import Condition, RuleReader, Rules
from connector.mapping.trouble import Where, nearest

_HEADER_KEYS = frozenset(item.name for item in fields(Header)) - {"sender", "place"}
_SENDER_KEYS = frozenset(item.name for item in fields(Sender))
_PLACE_KEYS = frozenset(item.name for item in fields(Place))
_ACT_KEYS = frozenset(item.name for item in fields(Act)) - {"details"}
_FILE_KEYS = frozenset(item.name for item in fields(Attachment))
_CASE_KEYS = frozenset({"ref", "code", "public_code", "due_at", "changed_at"})
_READ_KEYS = _CASE_KEYS | {"checks", "origin", "header", "acts", "attachments"}
_WRITE_KEYS = frozenset({"operation", "on", "acts", "when", "files", "loss", "fields", "natural"})
REQUIRED_HEADER = ("title", "content", "nature", "channel", "sender_kind", "submitted_at", "agency")

_FORMS = {
    "submitted_at": "instant",
    "at": "instant",
    "due_at": "instant",
    "changed_at": "instant",
    "anonymous": "flag",
    "signed": "flag",
    "size": "int",
}
"""Fields that are not text, and the ``as`` that they need on the way in."""

_VALUES = {
    "kind": ActKind,
    "nature": Nature,
    "channel": Channel,
    "sender_kind": SenderKind,
    "privacy": Privacy,
}
"""Fields with a fixed set of values: through a list, or a constant out of the set."""

SEND = "send"
LEAVE = "leave"


@dataclass(frozen=True, kw_only=True)
class ItemSection:
    """Reads acts or attachments: one per element of ``each``, or one from the record itself.

    ``numbered``: acts with one id but different content get ``~2``, ``~3`` … instead of being a problem.
    """

    where: Where
    each: str | None = None
    when: tuple[Condition, ...] = ()
    numbered: bool = False
    fields: Mapping[str, Rules] = field(default_factory=dict)
    details: Mapping[str, Rules] = field(default_factory=dict)
    facts: Rules = ()
    checks: tuple[Rules, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReadSection:
    """Reads one kind of record. ``header`` is None where that kind tells only fragments."""

    case: Mapping[str, Rules]
    origin: Mapping[str, Rules]
    header: Mapping[str, Rules] | None
    sender: Mapping[str, Rules]
    place: Mapping[str, Rules]
    acts: tuple[ItemSection, ...]
    attachments: tuple[ItemSection, ...]
    checks: tuple[Rules, ...]


@dataclass(frozen=True, kw_only=True)
class WriteSection:
    """Renders one operation for some intents."""

    where: Where
    operation: str
    on: frozenset[IntentKind]
    acts: frozenset[ActKind]
    when: tuple[Condition, ...]
    files: str | None
    loss: str | None
    fields: Mapping[str, Rules]
    natural: Mapping[str, Rules]


class SectionReader:
    """Compiles the sections of one mapping file; problems go to the readers' collector."""

    def __init__(self, reading: RuleReader, writing: RuleReader) -> None:
        self.reading = reading
        self.writing = writing
        self.document = reading.document
        self.trouble = reading.trouble

    def problem(self, path: TomlPath, text: str) -> None:
        """Note a problem at a key."""
        self.trouble.add(self.document.where(*path), text)

    def known(self, raw: Mapping[str, Any], path: TomlPath, keys: Iterable[str]) -> None:
        """Note every key that the language does not know."""
        allowed = list(keys)
        for name in raw:
            if name not in allowed:
                near = ", ".join(nearest(str(name), ((key, "") for key in allowed), 1))
                self.problem((*path, name), f"khóa lạ / unknown key: {name} ({near}?)")

    # ---- reading --------------------------------------------------------------------------------------------

    def read(self, raw: Mapping[str, Any], path: TomlPath) -> ReadSection:
        """``[read.<kind>]``."""
        self.known(raw, path, _READ_KEYS)
        if "ref" not in raw:
            self.problem(path, "thiếu / missing: ref")
        case = {name: raw[name] for name in raw if name in _CASE_KEYS}
        header = raw.get("header")
        plain = {key: value for key, value in (header or {}).items() if key not in ("sender", "place")}
        if header is not None:
            for name in REQUIRED_HEADER:
                if name not in plain:
                    self.problem((*path, "header"), f"thiếu / missing: header.{name}")
        self._check_types(case, path)
        self._check_types(plain, (*path, "header"))
        self._check_types((header or {}).get("sender", {}), (*path, "header", "sender"))
        return ReadSection(
            case={name: self.reading.rules(name, item, (*path, name)) for name, item in case.items()},
            origin=self._part(raw, path, "origin", frozenset({"system", "ref"})),
            header=None if header is None else self.reading.table(plain, (*path, "header"), _HEADER_KEYS),
            sender=self._part(header or {}, (*path, "header"), "sender", _SENDER_KEYS),
            place=self._part(header or {}, (*path, "header"), "place", _PLACE_KEYS),
            acts=self._items(raw, path, "acts", _ACT_KEYS, ("id", "kind", "at")),
            attachments=self._items(raw, path, "attachments", _FILE_KEYS, ("id", "role", "file_name")),
            checks=self._checks(raw.get("checks", []), (*path, "checks")),
        )

    def _check_types(self, fields: Mapping[str, Any], path: TomlPath) -> None:
        """Note fields that would come out as something else than the case needs."""
        for name, raw in fields.items():
            for one in raw if isinstance(raw, list) else [raw]:
                rule = {"from": one} if isinstance(one, str) else one
                if not isinstance(rule, Mapping):
                    continue
                wanted = _FORMS.get(name)
                if wanted and "value" not in rule and rule.get("as") != wanted:
                    self.problem((*path, name), f'{name}: cần / needs as = "{wanted}"')
                members = _VALUES.get(name)
                if members and "list" not in rule and rule.get("value") not in list(members):
                    self.problem(
                        (*path, name),
                        f"{name}: cần list, hoặc một trong / a list, or one of: {', '.join(members)}",
                    )

    def _part(
        self, raw: Mapping[str, Any], path: TomlPath, name: str, keys: frozenset[str]
    ) -> Mapping[str, Rules]:
        return self.reading.table(raw[name], (*path, name), keys) if name in raw else {}

    def _checks(self, raw: Any, path: TomlPath) -> tuple[Rules, ...]:
        return tuple(self.reading.rules("checks", item, path) for item in raw)

    def _items(
        self, raw: Mapping[str, Any], path: TomlPath, name: str, keys: frozenset[str], needed: tuple[str, ...]
    ) -> tuple[ItemSection, ...]:
        sections = raw.get(name, [])
        if not isinstance(sections, list):
            self.problem((*path, name), f"{name}: viết là [[…{name}]] / write as an array of tables")
            return ()
        return tuple(
            self._item(section, (*path, name, number), keys, needed)
            for number, section in enumerate(sections)
        )

    def _item(
        self, raw: Mapping[str, Any], path: TomlPath, keys: frozenset[str], needed: tuple[str, ...]
    ) -> ItemSection:
        self.known(raw, path, (*keys, "each", "when", "details", "checks", "numbered"))
        for name in needed:
            if name not in raw:
                self.problem(path, f"thiếu / missing: {name}")
        self._check_types({name: raw[name] for name in raw if name in keys}, path)
        details = raw.get("details", {})
        whole = isinstance(details, Mapping) and details.get("as") == "facts"
        return ItemSection(
            where=self.document.where(*path),
            each=raw.get("each"),
            when=self.reading.conditions(raw["when"], (*path, "when")) if "when" in raw else (),
            numbered=raw.get("numbered", False),
            fields={name: self.reading.rules(name, raw[name], (*path, name)) for name in raw if name in keys},
            details={} if whole else self.reading.table(details, (*path, "details")),
            facts=self.reading.rules("details", details, (*path, "details")) if whole else (),
            checks=self._checks(raw.get("checks", []), (*path, "checks")),
        )

    # ---- writing --------------------------------------------------------------------------------------------

    def write(self, raw: Mapping[str, Any], path: TomlPath) -> WriteSection | None:
        """``[[write]]``."""
        self.known(raw, path, _WRITE_KEYS)
        if not isinstance(raw.get("operation"), str):
            self.problem(path, "thiếu / missing: operation")
            return None
        on = self._kinds(raw.get("on", []), path)
        acts = self.writing.kinds(raw.get("acts", []), (*path, "acts"), "acts")
        if IntentKind.APPEND in on and not acts:
            self.problem((*path, "acts"), "on = append cần acts / needs acts")
        files = raw.get("files")
        if files not in (None, SEND, LEAVE):
            self.problem((*path, "files"), f"files: chỉ nhận / only {SEND}, {LEAVE}")
        return WriteSection(
            where=self.document.where(*path),
            operation=raw["operation"],
            on=on,
            acts=acts,
            when=self.writing.conditions(raw["when"], (*path, "when")) if "when" in raw else (),
            files=files,
            loss=raw.get("loss"),
            fields=self.writing.table(raw.get("fields", {}), (*path, "fields")),
            natural=self.writing.table(raw.get("natural", {}), (*path, "natural")),
        )

    def _kinds(self, raw: Any, path: TomlPath) -> frozenset[IntentKind]:
        items = raw if isinstance(raw, list) else [raw]
        for item in items:
            if item not in list(IntentKind):
                self.problem((*path, "on"), f"on lạ / unknown: {item} ({', '.join(IntentKind)})")
        if not items:
            self.problem(path, f"thiếu / missing: on ({', '.join(IntentKind)})")
        return frozenset(IntentKind(item) for item in items if item in list(IntentKind))

    def check_overlaps(self, sections: Iterable[WriteSection]) -> None:
        """Without ``when``, one intent leads to one operation."""
        seen: dict[tuple[IntentKind, ActKind | None], WriteSection] = {}
        for section in sections:
            kinds: tuple[ActKind | None, ...] = tuple(section.acts) or (None,)
            for key in ((on, act) for on in section.on for act in kinds):
                before = seen.get(key)
                if before is not None and not before.when:
                    self.trouble.add(
                        section.where,
                        f"{key[0].value} {key[1].value if key[1] else ''} đã có ở dòng {before.where.line} / "
                        f"stands at line {before.where.line} too",
                    )
                seen[key] = section
