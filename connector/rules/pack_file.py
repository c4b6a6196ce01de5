"""Reads one rule pack."""

from datetime import date

from connector.rules.duty import Duty
from connector.rules.pack import Anchor, FieldRule, Group, RulePack, Status, Term, Unit
from connector.rules.table import Table

_KEYS = (
    "id",
    "version",
    "status",
    "title_vi",
    "title_en",
    "decision",
    "valid_from",
    "valid_to",
    "certainty",
    "note",
    "clock",
    "field",
    "group",
)


def read_pack(table: Table) -> RulePack | None:
    """The pack, or None after noting why there is none."""
    table.known(_KEYS)
    name, version, status = table.text("id"), table.count("version"), table.one_of("status", Status)
    texts = {key: table.text(key) for key in ("title_vi", "title_en", "decision", "certainty")}
    valid_from, valid_to = _validity(table, needed=status is not Status.WATCHING)
    terms, fields, groups = _terms(table), _fields(table), _groups(table)
    if status is Status.EMPTY and (terms or fields or groups):
        table.problem("status", "đã có nội dung, không thể là empty / has content: cannot be empty")
    if status not in {None, Status.EMPTY} and not terms:
        table.problem("status", "chưa có [[clock]] nào / has no [[clock]]: must be empty")
    if name is None or version is None or status is None or None in texts.values():
        return None
    return RulePack(
        id=name,
        version=version,
        status=status,
        title_vi=texts["title_vi"] or "",
        title_en=texts["title_en"] or "",
        decision=texts["decision"] or "",
        certainty=texts["certainty"] or "",
        valid_from=valid_from,
        valid_to=valid_to,
        note=table.text("note", needed=False),
        terms=terms,
        fields=fields,
        groups=groups,
    )


def overlapping(one: RulePack | FieldRule, other: RulePack | FieldRule) -> bool:
    """Whether both hold on some day; both ends belong to a validity."""
    return (one.valid_from or date.min) <= (other.valid_to or date.max) and (
        other.valid_from or date.min
    ) <= (one.valid_to or date.max)


def _validity(table: Table, *, needed: bool) -> tuple[date | None, date | None]:
    start, end = table.day("valid_from", needed=needed), table.day("valid_to")
    if start and end and end < start:
        table.problem("valid_to", "trước valid_from / before valid_from")
    return start, end


def _terms(table: Table) -> tuple[Term, ...]:
    found: list[Term] = []
    for row in table.each("clock"):
        row.known(("duty", "days", "unit", "starts", "basis", "legal"))
        duty, days = row.one_of("duty", Duty), row.count("days")
        unit, starts, basis = row.one_of("unit", Unit), row.one_of("starts", Anchor), row.text("basis")
        legal = row.flag("legal", default=True)
        if duty is None or days is None or unit is None or starts is None or basis is None:
            continue
        if any(term.duty is duty for term in found):
            row.problem("duty", f"{duty.value} đã có thời hạn / has a term already")
        found.append(Term(duty=duty, days=days, unit=unit, starts=starts, basis=basis, legal=legal))
    return tuple(found)


def _fields(table: Table) -> tuple[FieldRule, ...]:
    found: list[FieldRule] = []
    for row in table.each("field"):
        row.known(("code", "name", "valid_from", "valid_to", "basis"))
        code, name, basis = row.text("code"), row.text("name"), row.text("basis")
        start, end = _validity(row, needed=True)
        if code is None or name is None or basis is None or start is None:
            continue
        field = FieldRule(code=code, name=name, valid_from=start, valid_to=end, basis=basis)
        if any(one.code == code and overlapping(one, field) for one in found):
            row.problem("valid_from", f"hiệu lực của {code} chồng nhau / validity of {code} overlaps")
        found.append(field)
    return tuple(found)


def _groups(table: Table) -> tuple[Group, ...]:
    found: list[Group] = []
    for row in table.each("group"):
        row.known(("number", "name", "basis"))
        number, name, basis = row.count("number"), row.text("name"), row.text("basis")
        if number is None or name is None or basis is None:
            continue
        if any(one.number == number for one in found):
            row.problem("number", f"nhóm {number} trùng / group {number} twice")
        found.append(Group(number=number, name=name, basis=basis))
    return tuple(found)
