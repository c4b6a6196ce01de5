"""Reads ``rules.toml``: which pack governs which channel, and the agencies' inner steps."""

from collections.abc import Iterable, Mapping

from connector.case import Channel
from connector.rules.duty import Duty
from connector.rules.pack import Assignment, Assignments, InnerStep, RulePack, Status
from connector.rules.table import Table

Inner = Mapping[tuple[str, Duty], InnerStep]


def read_rules(table: Table, packs: Mapping[str, RulePack]) -> tuple[Assignments, Inner]:
    """Both parts; ``packs`` are all that could be read, by ref."""
    table.known(("assign", "inner"))
    assignments = _assignments(table, packs)
    names = {name for row in assignments.values() for name in row.governing}
    return assignments, _inner(table, [pack for pack in packs.values() if pack.id in names])


def _assignments(table: Table, packs: Mapping[str, RulePack]) -> Assignments:
    found: dict[Channel, Assignment] = {}
    for row in table.each("assign"):
        row.known(("channels", "governing", "watching", "basis"))
        governing, watching = row.texts("governing", empty=True), row.texts("watching", empty=True)
        _check_packs(row, "governing", governing, packs, refused=Status.WATCHING)
        _check_packs(row, "watching", watching, packs, refused=None)
        rule = Assignment(governing=governing, watching=watching, basis=row.text("basis") or "")
        for name in row.texts("channels"):
            channel = row.word("channels", name, Channel)
            if channel in found:
                row.problem("channels", f"{name} đã được phân / is assigned already")
            if channel is not None:
                found[channel] = rule
    for channel in Channel:
        if channel not in found:
            table.problem("assign", f"thiếu kênh / channel missing: {channel.value}")
    return found


def _check_packs(
    row: Table, key: str, names: Iterable[str], packs: Mapping[str, RulePack], *, refused: Status | None
) -> None:
    for name in names:
        of_name = [pack for pack in packs.values() if pack.id == name]
        if not of_name:
            row.problem(key, f"không có bộ quy tắc / no such pack: {name}")
        if refused is not None and any(pack.status is refused for pack in of_name):
            row.problem(key, f"{name} chỉ theo dõi, không chi phối / only watches, cannot govern")


def _inner(table: Table, binding: Iterable[RulePack]) -> Inner:
    found: dict[tuple[str, Duty], InnerStep] = {}
    packs = list(binding)
    for row in table.each("inner"):
        row.known(("agency", "duty", "days", "basis"))
        agency, duty = row.text("agency"), row.one_of("duty", Duty)
        days, basis = row.count("days"), row.text("basis")
        if agency is None or duty is None or days is None or basis is None:
            continue
        if (agency, duty) in found:
            row.problem("duty", f"{agency} đã có bước này / has this step already")
        if duty is Duty.SUPPLEMENT:
            row.problem(
                "duty", "thời gian của người gửi không được rút ngắn / the sender's time is not shortened"
            )
        _check_inside(row, duty, days, packs)
        found[agency, duty] = InnerStep(agency=agency, duty=duty, days=days, basis=basis)
    return found


def _check_inside(row: Table, duty: Duty, days: int, packs: Iterable[RulePack]) -> None:
    """An inner step is never longer than a legal term (R32)."""
    for pack in packs:
        term = pack.term(duty)
        if term and days > term.days:
            row.problem(
                "days",
                f"bước nội bộ {days} ngày dài hơn {term.days} ngày của {pack.ref} / "
                f"an inner step of {days} days is longer than the {term.days} of {pack.ref}",
            )
