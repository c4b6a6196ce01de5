"""``phanhoi cases`` and ``phanhoi case show``: the cases, and one of them explained."""

from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    Most,
    console,
    due_text,
    known_system,
    moment,
    print_json,
    reading,
    run,
    table,
    tell,
)
from connector.errors import RuleFileError

if TYPE_CHECKING:
    from connector.rules.book import RuleBook
    from connector.services.deadlines import Deadline
    from connector.services.explain import CaseView
    from connector.settings import Settings
    from connector.store.cases import CaseRow

case_app = typer.Typer(no_args_is_help=True, help="Một hồ sơ / one case")


def add_to(app: typer.Typer) -> None:
    """Register the list."""
    app.command(name="cases", help="Danh sách hồ sơ / the cases")(cases)


def cases(system: str | None = typer.Option(None), most: int = Most, as_json: bool = JsonFlag) -> None:
    """The newest cases with their references and outward status on each side."""
    from rich.table import Table

    from connector.store import cases as store

    async def work() -> list[store.CaseRow]:
        async with reading() as app, app.db.reading() as conn:
            known_system(app.settings, system)
            return await store.listed(conn, most=most, system=system)

    found = run(work)
    if as_json:
        print_json([_row(one) for one in found])
        return
    table = Table("#", tell("head.code"), tell("head.origin"), tell("head.sides"))
    for one in found:
        sides = "; ".join(
            f"{link.system} {link.ref} {link.state.status.value if link.state else '–'}" for link in one.links
        )
        table.add_row(str(one.id), one.code or "–", f"{one.origin_system}:{one.origin_ref}", sides)
    console().print(table)


def _row(one: "CaseRow") -> dict[str, object]:
    return {
        "id": one.id,
        "code": one.code,
        "origin": f"{one.origin_system}:{one.origin_ref}",
        "sides": [
            {
                "system": link.system,
                "ref": link.ref,
                "status": link.state.status.value if link.state else None,
            }
            for link in one.links
        ],
    }


@case_app.command(name="show", help="Giải thích một hồ sơ / explain a case")
def show(
    name: str = typer.Argument(
        help="Số, mã hồ sơ hoặc mã của cổng / number, case code or a system's reference"
    ),
    as_json: bool = JsonFlag,
) -> None:
    """Acts on every side, baseline, deliveries, what happens next and why."""
    from connector.clock import SystemClock
    from connector.services.explain import CaseView, explain

    async def work() -> CaseView:
        async with reading() as app:
            return await explain(app.db, name, book=_book(app.settings), now=SystemClock().now())

    view = run(work)
    if as_json:
        print_json(view)
        return
    _print(view)


def _book(given: "Settings") -> "RuleBook":
    """The rule files; while those are broken a case is still shown, its deadlines without their articles."""
    from connector.app import load_rules
    from connector.rules.book import RuleBook

    try:
        return load_rules(given)
    except RuleFileError:
        console(stderr=True).print(tell("deadline.no_rules"))
        return RuleBook()


def _print(view: "CaseView") -> None:
    from rich.table import Table

    out = console()
    out.print(tell("case.title", id=view.id, code=view.code or "–", origin=view.origin), style="bold")
    if view.end is not None:
        end = view.end
        told = tell(f"end.{end.kind.value}", when=moment(end.at), officer=end.officer, basis=end.basis)
        out.print(told, markup=False)
    for side in view.sides:
        agreed = "–" if side.agreed_acts is None else side.agreed_acts
        out.print(
            tell(
                "case.side",
                system=tell(f"system.{side.system}"),
                ref=side.ref,
                status=side.status or "–",
                agreed=agreed,
            )
        )
        table = Table(tell("head.when"), tell("head.act"), tell("head.agency"), tell("head.officer"), "id")
        for act in side.acts:
            table.add_row(
                moment(act["at"]),
                tell(f"act.{act['kind']}"),
                act["agency"] or "–",
                act["officer"] or "–",
                act["id"],
            )
        out.print(table)
    _print_deadlines(view)
    table = Table(
        "#",
        tell("head.system"),
        tell("head.intent"),
        tell("head.state"),
        tell("head.tries"),
        tell("head.reason"),
    )
    for item in view.deliveries:
        what = " ".join(filter(None, (item["intent"], item["act"])))
        reason = " ".join(filter(None, (item["code"], item["reason"])))
        table.add_row(str(item["id"]), item["target"], what, item["state"], str(item["attempts"]), reason)
    out.print(tell("case.deliveries"))
    out.print(table)
    for one in view.quarantine:
        out.print(tell("case.quarantine", id=one.id, code=one.code, reason=one.reason), markup=False)
    out.print(tell("case.next"), style="bold")
    for step in view.next:
        out.print(
            "  " + tell(step.key, subject=step.subject or "–", when=moment(step.at), code=step.code or "–"),
            markup=False,
        )


def _print_deadlines(view: "CaseView") -> None:
    rows = table("duty", "agency", "due", "state", "basis")
    for one in view.deadlines:
        clock = one.clock
        pack = tell("deadline.pack" if clock.governs else "deadline.watches", pack=clock.pack)
        rows.add_row(
            tell(f"duty.{clock.duty.value}"),
            clock.agency or "–",
            _due(one),
            tell(f"deadline.{one.state}", when=moment(clock.informed_at or clock.closed_at)),
            "\n".join(filter(None, (clock.basis, pack if clock.pack else tell("deadline.no_pack")))),
            style="bold" if one.first else None,
        )
    out = console()
    out.print(tell("case.deadlines"))
    out.print(rows)
    for own in view.portal_due:
        out.print(tell("deadline.portal", system=tell(f"system.{own.system}"), when=moment(own.at)))


def _due(one: "Deadline") -> str:
    """The legal day first, then what stands beside it."""
    clock = one.clock
    lines = [due_text(clock.due) if clock.due else "–"]
    if clock.internal:
        whose = "deadline.internal" if clock.agency else "deadline.told"
        lines.append(tell(whose, day=due_text(clock.internal)))
    if clock.strict:
        lines.append(tell("deadline.strict", day=due_text(clock.strict)))
    if not clock.legal:
        lines.append(tell("deadline.target"))
    return "\n".join(lines)
