"""``phanhoi rules``: the rule packs, which channel follows which, and what one pack says."""

from typing import TYPE_CHECKING

import typer

from connector.cli.calendar import book
from connector.cli.common import JsonFlag, console, guarded, print_json, table, tell
from connector.errors import NotFoundError

if TYPE_CHECKING:
    from rich.table import Table

    from connector.rules.book import RuleBook
    from connector.rules.pack import RulePack

app = typer.Typer(no_args_is_help=True, help="Bộ quy tắc / rule packs")


@app.command(name="check", help="Kiểm tra bộ quy tắc, lịch, phân kênh / check packs, calendars, assignment")
def check(as_json: bool = JsonFlag) -> None:
    """All rule files at once; what each pack may do, and which packs each channel is pinned to."""
    given = guarded(book)
    if as_json:
        print_json(_checked(given))
        return
    out = console()
    out.print(tell("rules.ok", calendars=len(given.calendars), packs=len(given.packs)))
    out.print(_packs(given))
    out.print(_channels(given))
    for step in given.inner.values():
        duty = tell(f"duty.{step.duty.value}")
        out.print(tell("rules.inner", agency=step.agency, duty=duty, days=step.days, basis=step.basis))


def _checked(given: "RuleBook") -> dict[str, object]:
    return {
        "calendars": list(given.calendars),
        "packs": [
            {"ref": pack.ref, "status": pack.status, "decision": pack.decision, "certainty": pack.certainty}
            for pack in given.packs.values()
        ],
        "channels": {
            channel.value: {"governing": row.governing, "watching": row.watching, "basis": row.basis}
            for channel, row in given.assignments.items()
        },
        "inner": list(given.inner.values()),
    }


def _packs(given: "RuleBook") -> "Table":
    rows = table("pack", "state", "validity", "certainty", "basis")
    for pack in given.packs.values():
        rows.add_row(
            pack.ref, tell(f"pack.{pack.status.value}"), _validity(pack), pack.certainty, pack.decision
        )
    return rows


def _channels(given: "RuleBook") -> "Table":
    rows = table("channel", "governing", "watching", "basis")
    for channel, row in given.assignments.items():
        governing = " → ".join(row.governing) or tell("rules.none")
        rows.add_row(channel.value, governing, " ".join(row.watching), row.basis)
    return rows


def _validity(pack: "RulePack") -> str:
    ends = (f"{day:%d/%m/%Y}" if day else "…" for day in (pack.valid_from, pack.valid_to))
    return " – ".join(ends)


@app.command(name="show", help="Xem một bộ quy tắc / show a rule pack")
def show(
    name: str = typer.Argument(help="Mã bộ quy tắc, như TH-2020 hoặc TH-2020/1 / a pack"),
    as_json: bool = JsonFlag,
) -> None:
    """One pack in full; without a version the newest one."""
    pack = guarded(lambda: _named(name))
    if as_json:
        print_json(pack)
        return
    out = console()
    out.print(f"{pack.ref}: {pack.title_vi} / {pack.title_en}", style="bold", markup=False)
    out.print(f"{pack.decision}; {_validity(pack)}; {tell(f'pack.{pack.status.value}')}", markup=False)
    if pack.note:
        out.print(pack.note, markup=False)
    rows = table("duty", "term", "starts", "basis")
    for term in pack.terms:
        length = tell(f"unit.{term.unit.value}", days=term.days)
        rows.add_row(tell(f"duty.{term.duty.value}"), length, tell(f"anchor.{term.starts.value}"), term.basis)
    out.print(rows)
    if silent := _silent(pack):
        out.print(tell("rules.silent", duties=silent), markup=False)
    for field in pack.fields:
        out.print(f"- {field.name} ({field.code}), {field.valid_from:%d/%m/%Y}: {field.basis}", markup=False)
    for group in pack.groups:
        out.print(f"{group.number}. {group.name}: {group.basis}", markup=False)


def _silent(pack: "RulePack") -> str:
    """Duties of the workflow for which a pack that may govern sets no term: forgotten, or left open by the text."""
    from connector.rules.course import WORKFLOW
    from connector.rules.pack import Status

    if pack.status is Status.WATCHING:
        return ""
    return ", ".join(sorted(tell(f"duty.{duty.value}") for duty in WORKFLOW if pack.term(duty) is None))


def _named(name: str) -> "RulePack":
    given = book()
    try:
        return given.newest(name)
    except KeyError:
        known = ", ".join(given.packs)
        msg = f"không có bộ quy tắc / no such pack: {name} ({known})"
        raise NotFoundError(msg) from None
