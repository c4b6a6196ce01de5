"""Applies field rules to a record or to an intent. Pure; problems are collected, never raised one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connector.case import ActKind
from connector.clock import LOCAL_ZONE
from connector.mapping.agencies import AgencyList
from connector.mapping.codes import UnknownCode
from connector.mapping.rules import PLACEHOLDER, Condition, Rule, Rules
from connector.mapping.trouble import Trouble, shown
from connector.mapping.values import READERS, WRITERS, BadValue, as_code, as_instant, as_text, utc_second

_RECORD = "record."
_SETTLED = (
    object()
)  # a list said on purpose that there is nothing: neither the next alternative nor a missing value
_KIND = "@kind"
AGENCIES = "agencies"
"""How counts of codes call the agency list; no code list may have that name."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What paths are looked up in.

    Attributes:
        item: the current thing (an act, an attachment, or the record itself).
        record: the whole record; reached by ``record.<path>``.
        label: prefix for messages, such as ``LICHSU[3].``.
        kind: the act kind that is already known; reached by ``@kind``.
        later: kinds of the acts after this one.
    """

    item: Any
    record: Mapping[str, Any]
    label: str = ""
    kind: ActKind | None = None
    later: frozenset[ActKind] = field(default_factory=frozenset)

    def get(self, path: str) -> Any:
        """The value at a path; None if absent, null, "" or an empty list."""
        if path == _KIND:
            return self.kind
        value: Any = self.item
        if path.startswith(_RECORD):
            value, path = self.record, path.removeprefix(_RECORD)
        if path != ".":
            for part in path.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
        return None if value in ("", [], ()) else value

    def holds(self, conditions: tuple[Condition, ...]) -> bool:
        """Whether all conditions hold."""
        return all(self._holds(item) for item in conditions)

    def _holds(self, condition: Condition) -> bool:
        value = self.get(condition.path)
        if condition.present is not None:
            return (value is not None) is condition.present
        if value is None or isinstance(value, Mapping | list | tuple):
            return False
        try:
            text = as_code(value)
        except BadValue:
            return False
        return bool(condition.pattern.search(text)) if condition.pattern else text in condition.texts


@dataclass(frozen=True, kw_only=True)
class Evaluator:
    """Applies rules in one direction and notes problems.

    ``codes`` takes down every (list, code) that is read, known or not, where somebody counts them.
    """

    agencies: AgencyList
    shapes: Mapping[str, Mapping[str, Rules]]
    trouble: Trouble
    writing: bool
    codes: set[tuple[str, str]] | None = None

    def value(self, rules: Rules, scope: Scope) -> Any:
        """The value of a field: of the first alternative that applies and has one. None if absent or wrong."""
        wanted: Rule | None = None
        for rule in rules:
            if not self._applies(rule, scope):
                continue
            before = len(self.trouble.problems)
            found = self._one(rule, scope)
            if found is _SETTLED:
                return None
            if found is not None or len(self.trouble.problems) > before:
                return found
            wanted = wanted or (rule if rule.required else None)
        if wanted is not None:
            self.trouble.add(self._at(wanted, scope), "thiếu giá trị bắt buộc / required value missing")
        return None

    def table(self, fields: Mapping[str, Rules], scope: Scope) -> dict[str, Any]:
        """All fields of a table; absent ones are left out."""
        values = {name: self.value(rules, scope) for name, rules in fields.items()}
        return {name: value for name, value in values.items() if value is not None}

    def _applies(self, rule: Rule, scope: Scope) -> bool:
        if rule.of and scope.kind not in rule.of:
            return False
        if rule.newest and (scope.kind not in rule.newest or rule.newest & scope.later):
            return False
        return scope.holds(rule.when)

    def _one(self, rule: Rule, scope: Scope) -> Any:
        if rule.value is not None and rule.form == "text":
            return rule.value
        try:
            if rule.each is not None:
                return self._each(rule, scope)
            if rule.shape is not None:
                return self._shape(rule, scope)
            raw = self._raw(rule, scope)
            return None if raw is None else self._finish(rule, scope, raw)
        except BadValue as error:
            self.trouble.add(self._at(rule, scope), str(error))
        except UnknownCode as error:
            self.trouble.add(self._at(rule, scope), error.text, error.candidates)
        return None

    def _raw(self, rule: Rule, scope: Scope) -> Any:
        if rule.value is not None:
            return rule.value
        if rule.template is not None:
            return _fill(rule.template, scope)
        found = (scope.get(path) for path in rule.sources)
        return next((value for value in found if value is not None), None)

    def _each(self, rule: Rule, scope: Scope) -> list[Any] | None:
        assert rule.each is not None
        items = scope.get(rule.each)
        if items is None:
            return None
        if not isinstance(items, list | tuple):
            msg = f"cần danh sách / a list is needed, not {type(items).__name__}"
            raise BadValue(msg)
        inner = (
            replace(scope, item=item, label=f"{scope.label}{rule.each}[{number}].")
            for number, item in enumerate(items)
        )
        found = [
            self.table(self.shapes[rule.shape], one) if rule.shape else self.value(rule.item, one)
            for one in inner
        ]
        return [value for value in found if value is not None]

    def _shape(self, rule: Rule, scope: Scope) -> dict[str, Any] | None:
        assert rule.shape is not None
        if not rule.sources:
            return self.table(self.shapes[rule.shape], scope) or None
        item = self._raw(rule, scope)
        if item is None:
            return None
        inner = replace(scope, item=item, label=f"{scope.label}{rule.sources[0]}.")
        return self.table(self.shapes[rule.shape], inner)

    def _finish(self, rule: Rule, scope: Scope, raw: Any) -> Any:
        if rule.codes is not None:
            raw = self._through_list(rule, scope, raw)
            if raw is None:
                return _SETTLED
        elif rule.agency is not None:
            raw = self._agency(rule, scope, as_text(raw))
        value = (WRITERS if self.writing else READERS)[rule.form](raw)
        if value == "" or value is None:
            return None
        if isinstance(value, str):
            self._check_text(rule, value)
        return value

    def _check_text(self, rule: Rule, value: str) -> None:
        if rule.max is not None and len(value) > rule.max:
            msg = f"dài {len(value)} ký tự, tối đa {rule.max} / {len(value)} characters, at most {rule.max}"
            raise BadValue(msg)
        if rule.pattern is not None and not rule.pattern.search(value):
            msg = "sai dạng / malformed"
            raise BadValue(msg)

    def _through_list(self, rule: Rule, scope: Scope, raw: Any) -> str | None:
        assert rule.codes is not None
        if not self.writing:
            self._note(rule.codes.name, as_code(raw))
            facts = {name: self._fact(name, path, scope) for name, path in rule.facts.items()}
            return rule.codes.read(as_code(raw), facts)
        return rule.codes.label(as_code(raw)) if rule.label else rule.codes.write(as_code(raw))

    def _note(self, name: str, code: str) -> None:
        if self.codes is not None:
            self.codes.add((name, shown(code)))

    def _fact(self, name: str, path: str, scope: Scope) -> str:
        """A fact for a condition column; ``actor`` means the side on which that agency stands."""
        value = scope.get(path)
        if value is None:
            return ""
        text = as_code(value)
        if name != "actor":
            return text
        agency = self.agencies.find(text)
        return agency.side.value if agency else ""

    def _agency(self, rule: Rule, scope: Scope, code: str) -> str:
        day = None
        if rule.valid_at is not None:
            instant = scope.get(rule.valid_at)
            day = as_instant(instant).astimezone(LOCAL_ZONE).date() if instant is not None else None
        agency = self.agencies.find(code, day)
        if not self.writing:
            self._note(AGENCIES, code)
        if agency is None:
            name = scope.get(rule.hint) if rule.hint else None
            near = self.agencies.candidates(code, name if isinstance(name, str) else None)
            text = f"cơ quan {shown(code)} chưa có trong danh mục / agency {shown(code)} is not in the list"
            raise UnknownCode(text, near)
        if day is not None and not agency.valid_on(day):
            heir = self.agencies.successor(agency, day)
            text = (
                f"cơ quan {agency.canonical} không còn (hoặc chưa) hoạt động ngày {day} / "
                f"agency {agency.canonical} is not active on {day}"
            )
            raise UnknownCode(text, (f"{heir.canonical} ({heir.name_vi})",) if heir else ())
        assert rule.agency is not None
        value = agency.form(rule.agency)
        if value is None:
            text = f"cơ quan {agency.canonical} không có mã dạng / has no code of the form {rule.agency}"
            raise UnknownCode(text, ())
        return value

    def _at(self, rule: Rule, scope: Scope) -> str:
        wire = rule.name if self.writing else next(iter(rule.sources), rule.each or rule.name)
        return f"{scope.label}{wire}"


def _fill(template: str, scope: Scope) -> str | None:
    values: dict[str, str] = {}
    for found in PLACEHOLDER.finditer(template):
        value = scope.get(found[1])
        if value is None:
            return None
        values[found[0]] = utc_second(value) if found[2] else as_text(value)
    return PLACEHOLDER.sub(lambda found: values[found[0]], template)
