"""From a record to a case: applies a :class:`ReadSection`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from connector.case import (
    Act,
    ActKind,
    Attachment,
    Case,
    Channel,
    Header,
    Nature,
    Place,
    Privacy,
    Sender,
    SenderKind,
    in_order,
)
from connector.mapping.evaluate import Evaluator, Scope
from connector.mapping.sections import REQUIRED_HEADER, ItemSection, ReadSection
from connector.mapping.trouble import shown
from connector.mapping.values import as_text
from connector.system import Record

_ENUMS = {"nature": Nature, "channel": Channel, "sender_kind": SenderKind, "privacy": Privacy}


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """An act whose kind, instant and id are known, before its details."""

    section: ItemSection
    scope: Scope
    act: Act


def read_case(section: ReadSection, record: Record, evaluator: Evaluator) -> Case:
    """The case as the record tells it. Problems are in the evaluator's collector; then the result is not usable."""
    scope = Scope(item=record.data, record=record.data)
    for rules in section.checks:
        evaluator.value(rules, scope)
    values = evaluator.table(section.case, scope)
    ref = values.get("ref", record.ref)
    if ref != record.ref:
        evaluator.trouble.add(
            "ref", "mã hồ sơ trong bản ghi khác mã đã hỏi / record and payload name different cases"
        )
    origin = evaluator.table(section.origin, scope)
    return Case(
        system=record.system,
        ref=record.ref,
        origin=(origin.get("system", record.system), origin.get("ref", record.ref)),
        code=values.get("code"),
        header=_header(section, scope, evaluator),
        acts=_acts(section, scope, evaluator),
        attachments=_attachments(section, scope, evaluator),
        due_at=values.get("due_at"),
        changed_at=values.get("changed_at"),
        public_code=values.get("public_code"),
    )


def _header(section: ReadSection, scope: Scope, evaluator: Evaluator) -> Header | None:
    if section.header is None:
        return None
    before = len(evaluator.trouble.problems)
    values = evaluator.table(section.header, scope)
    sender = evaluator.table(section.sender, scope)
    place = evaluator.table(section.place, scope)
    for name in REQUIRED_HEADER:
        if name not in values and len(evaluator.trouble.problems) == before:
            evaluator.trouble.add(f"header.{name}", "thiếu giá trị bắt buộc / required value missing")
    for name, enum in _ENUMS.items():
        if name in values:
            values[name] = _member(enum, values[name], f"header.{name}", evaluator)
    if len(evaluator.trouble.problems) > before:
        return None
    return Header(**values, sender=Sender(**sender), place=Place(**place) if place else None)


def _member(enum: type[StrEnum], value: Any, where: str, evaluator: Evaluator) -> Any:
    """The member of that value; a mapping without a list could let anything through."""
    if value in list(enum):
        return enum(value)
    evaluator.trouble.add(where, f"giá trị lạ / unknown value: {shown(value)}")
    return None


def _scopes(item: ItemSection, scope: Scope, evaluator: Evaluator) -> list[Scope]:
    """One scope per element; those for which ``when`` does not hold are left out."""
    if item.each is None:
        return [scope] if scope.holds(item.when) else []
    elements = scope.get(item.each)
    if elements is None:
        return []
    if not isinstance(elements, list | tuple):
        evaluator.trouble.add(item.each, "cần danh sách / a list is needed")
        return []
    scopes = []
    for number, element in enumerate(elements):
        one = replace(scope, item=element, label=f"{item.each}[{number}].")
        if not isinstance(element, Mapping):
            evaluator.trouble.add(
                f"{item.each}[{number}]", "cần bảng tên–giá trị / names and values expected"
            )
        elif one.holds(item.when):
            scopes.append(one)
    return scopes


# ---- acts ---------------------------------------------------------------------------------------------------


def _acts(section: ReadSection, scope: Scope, evaluator: Evaluator) -> tuple[Act, ...]:
    drafts = [
        draft
        for item in section.acts
        for one in _scopes(item, scope, evaluator)
        if (draft := _draft(item, one, evaluator)) is not None
    ]
    drafts.sort(key=lambda draft: draft.act.at)
    acts: list[Act] = []
    for number, draft in enumerate(drafts):
        later = frozenset(other.act.kind for other in drafts[number + 1 :])
        act = _finish(draft, later, evaluator)
        _place(acts, act, draft, evaluator)
    return in_order(acts)


def _draft(item: ItemSection, scope: Scope, evaluator: Evaluator) -> _Draft | None:
    for rules in item.checks:
        evaluator.value(rules, scope)
    before = len(evaluator.trouble.problems)
    kind = evaluator.value(item.fields["kind"], scope)
    at = evaluator.value(item.fields["at"], scope)
    kind = None if kind is None else _member(ActKind, kind, f"{scope.label}kind", evaluator)
    if kind is None or at is None:
        if len(evaluator.trouble.problems) == before and at is None:
            evaluator.trouble.add(f"{scope.label}at", "hành động không có thời điểm / act without an instant")
        # A row that the code list maps to «-» on purpose is no act of ours to know.
        return None
    scope = replace(scope, kind=kind)
    name = evaluator.value(item.fields["id"], scope)
    if name is None:
        if len(evaluator.trouble.problems) == before:
            evaluator.trouble.add(f"{scope.label}id", "hành động không có mã / act without an id")
        return None
    return _Draft(section=item, scope=scope, act=Act(id=name, kind=kind, at=at))


def _finish(draft: _Draft, later: frozenset[ActKind], evaluator: Evaluator) -> Act:
    scope = replace(draft.scope, later=later)
    rest = {name: rules for name, rules in draft.section.fields.items() if name not in ("id", "kind", "at")}
    values = evaluator.table(rest, scope)
    if "attachments" in values:
        values["attachments"] = tuple(values["attachments"])
    details = (
        evaluator.value(draft.section.facts, scope)
        if draft.section.facts
        else {name: as_text(value) for name, value in evaluator.table(draft.section.details, scope).items()}
    )
    return replace(draft.act, details=details or {}, **values)


def _place(acts: list[Act], act: Act, draft: _Draft, evaluator: Evaluator) -> None:
    """Add an act; a repeat is dropped, another act under the same id is numbered or a problem."""
    number, name = 1, act.id
    known = {one.id: one for one in acts}
    while act.id in known:
        if replace(known[act.id], attachments=()) == replace(act, attachments=()):
            return
        if not draft.section.numbered:
            evaluator.trouble.add(
                f"{draft.scope.label}id",
                "hai hành động khác nhau cùng một mã / two different acts under one id",
            )
            return
        number += 1
        act = replace(act, id=f"{name}~{number}")
    acts.append(act)


# ---- attachments --------------------------------------------------------------------------------------------


def _attachments(section: ReadSection, scope: Scope, evaluator: Evaluator) -> tuple[Attachment, ...]:
    found: dict[str, Attachment] = {}
    for item in section.attachments:
        for one in _scopes(item, scope, evaluator):
            before = len(evaluator.trouble.problems)
            values: dict[str, Any] = evaluator.table(item.fields, one)
            missing = [name for name in ("id", "role", "file_name") if name not in values]
            if len(evaluator.trouble.problems) > before:
                continue
            for name in missing:
                evaluator.trouble.add(f"{one.label}{name}", "thiếu giá trị bắt buộc / required value missing")
            if missing:
                continue
            attachment = Attachment(**values)
            known = found.setdefault(attachment.id, attachment)
            if replace(known, locator=None) != replace(attachment, locator=None):
                evaluator.trouble.add(
                    f"{one.label}id", "hai tệp khác nhau cùng một mã / two different files under one id"
                )
    return tuple(found[key] for key in sorted(found))
