"""The field rules of the mapping language, as read from TOML. See ``docs/mappings.md`` for the language itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from connector.case import Act, ActKind, Attachment, Case, Header, Place, Sender
from connector.mapping.codes import CodeList
from connector.mapping.files import Document, TomlPath
from connector.mapping.trouble import FileTrouble, Where, nearest

READ_FORMS = frozenset({"text", "prose", "file_name", "instant", "iso", "int", "flag", "facts"})
WRITE_FORMS = frozenset({"text", "instant", "iso", "int", "flag", "bool", "facts", "sha256", "id64"})
AGENCY_FORMS = frozenset({"canonical", "qcvn", "qd20", "name"})
_KEYS = frozenset(
    {
        "from", "value", "template", "each", "item", "shape", "as", "list", "with", "label", "agency", "valid_at",
        "hint", "required", "max", "pattern", "when", "of", "newest",
    }
)  # fmt: skip
PLACEHOLDER = re.compile(r"\{([^{}:]+)(?::(utc))?\}")
"""``{path}`` and ``{path:utc}`` in a template."""
_SOURCES = ("from", "value", "template", "each", "shape")

Rules: TypeAlias = "tuple[Rule, ...]"
"""Alternatives for one field, in order: the first that applies and has a value decides."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One line of a ``when``: ``*`` present, ``-`` absent, ``~regex``, else one of the texts."""

    path: str
    texts: frozenset[str] = frozenset()
    present: bool | None = None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one field gets its value. Absent parts do nothing."""

    name: str
    where: Where
    sources: tuple[str, ...] = ()
    value: str | int | bool | None = None
    template: str | None = None
    each: str | None = None
    item: Rules = ()
    shape: str | None = None
    form: str = "text"
    codes: CodeList | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    label: bool = False
    agency: str | None = None
    valid_at: str | None = None
    hint: str | None = None
    required: bool = False
    max: int | None = None
    pattern: re.Pattern[str] | None = None
    when: tuple[Condition, ...] = ()
    of: frozenset[ActKind] = frozenset()
    newest: frozenset[ActKind] = frozenset()

    def paths(self) -> tuple[str, ...]:
        """Every path that the rule looks at."""
        named = [*self.sources, *self.facts.values(), *(item.path for item in self.when)]
        named += [path for path in (self.each, self.valid_at, self.hint) if path]
        named += [found[1] for found in PLACEHOLDER.finditer(self.template or "")]
        return tuple(named)


class RuleReader:
    """Turns TOML values into rules and notes what is wrong with them, with file and line.

    Args:
        document: the mapping file.
        lists: code lists by name.
        writing: rules of the ``write`` part; their paths are ours and are therefore checked.
    """

    def __init__(
        self, document: Document, lists: Mapping[str, CodeList], trouble: FileTrouble, *, writing: bool
    ) -> None:
        self.document = document
        self.lists = lists
        self.trouble = trouble
        self.writing = writing

    def rules(self, name: str, raw: Any, path: TomlPath, *, inner: bool = False) -> Rules:
        """One field: a path, a table, or a list of alternatives."""
        alternatives = raw if isinstance(raw, list) else [raw]
        found = (self._rule(name, item, path, inner=inner) for item in alternatives)
        return tuple(rule for rule in found if rule is not None)

    def table(
        self, raw: Any, path: TomlPath, known: frozenset[str] | None = None, *, inner: bool = False
    ) -> dict[str, Rules]:
        """A table of fields; with ``known`` given, other names are problems. ``inner``: the fields of a shape."""
        where = self.document.where(*path)
        if not isinstance(raw, Mapping):
            self.trouble.add(where, f"{_dotted(path)}: phải là bảng / must be a table")
            return {}
        result = {}
        for name, item in raw.items():
            if known is not None and name not in known:
                near = ", ".join(nearest(name, ((key, "") for key in known), 1))
                self._problem((*path, name), f"trường lạ / unknown field: {name} ({near}?)")
                continue
            result[name] = self.rules(name, item, (*path, name), inner=inner)
        return result

    def conditions(self, raw: Any, path: TomlPath) -> tuple[Condition, ...]:
        """A ``when`` table."""
        if not isinstance(raw, Mapping):
            self._problem(path, "when: phải là bảng / must be a table")
            return ()
        return tuple(filter(None, (self._condition(str(key), value, path) for key, value in raw.items())))

    def kinds(self, raw: Any, path: TomlPath, key: str) -> frozenset[ActKind]:
        """A list of act kinds."""
        items = raw if isinstance(raw, list) else [raw]
        good = set()
        for item in items:
            if item in list(ActKind):
                good.add(ActKind(item))
            else:
                near = ", ".join(nearest(str(item), ((kind.value, "") for kind in ActKind), 1))
                self._problem(path, f"{key}: loại hành động lạ / unknown act kind: {item} ({near}?)")
        return frozenset(good)

    def _problem(self, path: TomlPath, text: str) -> None:
        self.trouble.add(self.document.where(*path), text)

    def _condition(self, name: str, raw: Any, path: TomlPath) -> Condition | None:
        texts = raw if isinstance(raw, list) else [raw]
        if not all(isinstance(text, str) for text in texts):
            self._problem(path, f"when {name}: cần văn bản / texts only")
            return None
        if raw in ("*", "-"):
            return Condition(path=name, present=raw == "*")
        if isinstance(raw, str) and raw.startswith("~"):
            pattern = self._pattern(raw[1:], path)
            return Condition(path=name, pattern=pattern) if pattern else None
        return Condition(path=name, texts=frozenset(texts))

    def _pattern(self, raw: Any, path: TomlPath) -> re.Pattern[str] | None:
        try:
            return re.compile(raw)
        except (re.error, TypeError) as error:
            self._problem(path, f"biểu thức chính quy sai / bad regular expression: {error}")
            return None

    def _rule(self, name: str, raw: Any, path: TomlPath, *, inner: bool) -> Rule | None:
        if isinstance(raw, str):
            raw = {"from": raw}
        if not isinstance(raw, Mapping):
            self._problem(path, f"{name}: cần đường dẫn hoặc bảng / a path or a table is needed")
            return None
        for key in raw:
            if key not in _KEYS:
                near = ", ".join(nearest(str(key), ((item, "") for item in _KEYS), 1))
                self._problem((*path, key), f"{name}: khóa lạ / unknown key: {key} ({near}?)")
        if not any(key in raw for key in _SOURCES):
            self._problem(path, f"{name}: thiếu nguồn / needs one of: {', '.join(_SOURCES)}")
            return None
        rule = self._build(name, raw, path)
        self._check(rule, path, inner=inner)
        return rule

    def _build(self, name: str, raw: Mapping[str, Any], path: TomlPath) -> Rule:
        sources = raw.get("from", ())
        return Rule(
            name=name,
            where=self.document.where(*path),
            sources=(sources,) if isinstance(sources, str) else tuple(sources),
            value=raw.get("value"),
            template=raw.get("template"),
            each=raw.get("each"),
            item=self.rules(name, raw["item"], path, inner=True) if "item" in raw else (),
            shape=raw.get("shape"),
            form=raw.get("as", "text"),
            codes=self._list(raw["list"], path) if "list" in raw else None,
            facts=raw.get("with", {}),
            label=raw.get("label", False),
            agency=raw.get("agency"),
            valid_at=raw.get("valid_at"),
            hint=raw.get("hint"),
            required=raw.get("required", False),
            max=raw.get("max"),
            pattern=self._pattern(raw["pattern"], path) if "pattern" in raw else None,
            when=self.conditions(raw["when"], path) if "when" in raw else (),
            of=self.kinds(raw["of"], path, "of") if "of" in raw else frozenset(),
            newest=self.kinds(raw["newest"], path, "newest") if "newest" in raw else frozenset(),
        )

    def _list(self, name: Any, path: TomlPath) -> CodeList | None:
        if name not in self.lists:
            near = ", ".join(nearest(str(name), ((item, "") for item in self.lists), 1))
            self._problem(path, f"danh mục không được khai báo / list is not declared: {name} ({near}?)")
        return self.lists.get(name)

    def _check(self, rule: Rule, path: TomlPath, *, inner: bool) -> None:
        forms = WRITE_FORMS if self.writing else READ_FORMS
        checks = (
            (rule.form not in forms, f"as lạ / unknown: {rule.form} ({', '.join(sorted(forms))})"),
            (
                rule.agency is not None and rule.agency not in AGENCY_FORMS,
                f"agency lạ / unknown: {rule.agency}",
            ),
            (not isinstance(rule.required, bool), "required phải là true/false / must be true or false"),
            (
                rule.max is not None and (not isinstance(rule.max, int) or rule.max < 1),
                "max phải là số dương / must be a positive number",
            ),
            (
                rule.valid_at is not None and rule.agency is None,
                "valid_at cần agency / valid_at needs agency",
            ),
            (bool(rule.facts) and rule.codes is None, "with cần list / with needs list"),
            (rule.label and rule.codes is None, "label cần list / label needs list"),
            (
                rule.each is not None and not (rule.item or rule.shape),
                "each cần item hoặc shape / needs item or shape",
            ),
            (bool(rule.item) and rule.each is None, "item cần each / item needs each"),
            (self.writing and bool(rule.newest), "newest chỉ dùng khi đọc / newest is for reading only"),
        )
        for wrong, text in checks:
            if wrong:
                self._problem(path, f"{rule.name}: {text}")
        if self.writing:
            self._check_paths(rule, path, inner=inner)

    def _check_paths(self, rule: Rule, path: TomlPath, *, inner: bool) -> None:
        """Paths of the write part are ours: a typing error shows at start, not with the first case."""
        for name in rule.paths():
            if not known_path(name, inner=inner):
                near = ", ".join(nearest(name, ((item, "") for item in OUR_PATHS), 1))
                self._problem(path, f"{rule.name}: đường dẫn lạ / unknown path: {name} ({near}?)")


def _dotted(path: TomlPath) -> str:
    return ".".join(str(part) for part in path)


def _names(cls: type) -> tuple[str, ...]:
    return tuple(item.name for item in fields(cls))


_ACT_PATHS = (*_names(Act), "files")
OUR_PATHS = frozenset(
    {
        "intent", "ref", "moment", "act", "case.status", "case.origin.system", "case.origin.ref",
        *(f"case.{name}" for name in _names(Case) if name not in ("header", "origin")),
        *(f"header.{name}" for name in _names(Header)),
        *(f"header.sender.{name}" for name in _names(Sender)),
        *(f"header.place.{name}" for name in _names(Place)),
        *(f"act.{name}" for name in _ACT_PATHS),
        *(f"{which}.{kind.value}.{name}" for which in ("last", "first") for kind in ActKind for name in _ACT_PATHS),
    }
)  # fmt: skip
"""Every path that a ``write`` rule may name; ``….details.<name>`` is open."""

SHAPE_PATHS = frozenset({*_names(Act), *_names(Attachment), "."})
"""Paths inside an item or a shape, where the item itself is the root."""


def known_path(path: str, *, inner: bool = False) -> bool:
    """Whether our side of a mapping has that path; ``inner``: inside an item or a shape."""
    if inner and (path in SHAPE_PATHS or path.startswith("details.")):
        return True
    head, marker, _ = path.partition(".details.")
    return f"{head}.details" in OUR_PATHS if marker else path in OUR_PATHS
