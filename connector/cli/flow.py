"""``phanhoi status``, ``runs``, ``deliveries``: how the flow stands."""

from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    Most,
    console,
    known_system,
    moment,
    one_of,
    print_json,
    reading,
    run,
    table,
    tell,
)
from connector.errors import ContractHold

if TYPE_CHECKING:
    from connector.services.overview import Overview, SealStatus, SystemStatus
    from connector.store.deliveries import Delivery

ALL_STATES = ("planned", "sent", "in_doubt", "waiting", "quarantined", "done", "cancelled", "dismissed")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(name="status", help="Tình trạng chung / how things stand")(status)
    app.command(name="runs", help="Các lượt đọc / passes over the systems")(runs)
    app.command(name="gaps", help="Khoảng gián đoạn / times without readings")(gaps)
    app.command(name="deliveries", help="Các lệnh gửi / intended writes")(deliveries)


def status(as_json: bool = JsonFlag) -> None:
    """Per system: last reading, deliveries, what holds it; and what waits for a person."""
    from connector.app import load_rules
    from connector.clock import SystemClock
    from connector.services.overview import Overview, overview

    async def work() -> Overview:
        async with reading(keys=False) as app:
            calendar = load_rules(app.settings).calendar
            return await overview(app.db, app.settings, calendar, SystemClock().now())

    found = run(work)
    if as_json:
        print_json(found)
        return
    _print(found)


def _print(found: "Overview") -> None:
    from rich.table import Table

    from connector.store import deliveries as store

    table = Table(
        tell("head.system"),
        tell("head.read"),
        tell("head.linked"),
        tell("head.open"),
        tell("head.done"),
        tell("head.state"),
    )
    held = {one.scope: one for one in found.pauses}
    for one in found.systems:
        waiting = sum(count for state, count in one.deliveries.items() if state in store.OPEN)
        pause = held.get(f"system:{one.name}")
        state = (
            tell("state.paused", reason=" ".join(filter(None, (pause.code, pause.reason))))
            if pause
            else " ".join(filter(None, (_circuit(one), one.last_error))) or tell("state.running")
        )
        table.add_row(
            tell(f"system.{one.name}"),
            moment(one.asked_at),
            str(one.linked),
            str(waiting),
            str(one.deliveries.get("done", 0)),
            state,
        )
    console().print(table)
    console().print(
        tell(
            "status.sums",
            cases=found.cases,
            unsettled=found.unsettled,
            quarantined=found.quarantined,
            in_doubt=found.in_doubt,
            entries=found.ledger_entries,
        )
    )
    _print_nodes(found)
    _print_seal(found.seal)
    for one in found.systems:
        if one.unheard_since:
            alarm = tell("gap.status", system=tell(f"system.{one.name}"), since=moment(one.unheard_since))
            console().print(alarm, style="bold red")
    writes = [one for one in found.pauses if one.code == ContractHold.code]
    if writes:
        console().print(tell("status.writes_held", count=len(writes)))
    for pause in found.pauses:
        if pause in writes:
            continue
        console().print(tell("status.pause", scope=pause.scope, reason=pause.reason, actor=pause.actor))


def _print_nodes(found: "Overview") -> None:
    """Who is at work, and since when the database has not heard of it."""
    if not found.nodes:
        console().print(tell("status.no_node"))
    for one in found.nodes:
        console().print(
            tell(
                "status.node",
                name=one.name,
                parts=", ".join(tell(f"node.{part}") for part in one.parts),
                version=one.version,
                since=moment(one.started_at),
                silent=f"{one.silent_s:.0f}",
            ),
            markup=False,
        )


def _print_seal(seal: "SealStatus") -> None:
    """A log that is not sealed says so; a refusal to seal stands among the pauses below, in red here."""
    if not seal.keyed:
        console().print(tell("log.no_key"))
    else:
        at = moment(seal.at) if seal.at else "–"
        console().print(tell("status.seal", signed=seal.sealed, at=at, waiting=seal.waiting))
    if seal.held:
        console().print(tell("log.held", reason=seal.held), style="bold red")
    for one in seal.troubles:
        console().print(tell("status.outlet", outlet=one.outlet, since=moment(one.since), code=one.code))


def _circuit(one: "SystemStatus") -> str | None:
    """A circuit that is not closed, in the process where it is worst."""
    worst = one.circuits[0] if one.circuits else None
    if worst is None or worst.state == "closed":
        return None
    return tell(f"state.circuit_{worst.state}", since=moment(worst.since), node=worst.node)


def runs(system: str | None = typer.Option(None), most: int = Most, as_json: bool = JsonFlag) -> None:
    """The newest passes, newest first."""
    from rich.table import Table

    from connector.store import flows
    from connector.store.leaf import Place

    async def work() -> list[flows.Run]:
        async with reading(keys=False) as app, app.db.reading() as conn:
            known_system(app.settings, system)
            return await flows.runs(conn, Place(most=most), system=system)

    found = run(work)
    if as_json:
        print_json(found)
        return
    table = Table(
        "#",
        tell("head.kind"),
        tell("head.system"),
        tell("head.when"),
        tell("head.outcome"),
        tell("head.counts"),
    )
    for one in found:
        counts = ", ".join(f"{key} {value}" for key, value in one.counts.items())
        outcome = " ".join(filter(None, (one.outcome, one.error_code)))
        table.add_row(str(one.id), one.kind, one.system or "–", moment(one.started_at), outcome, counts)
    console().print(table)


def gaps(system: str | None = typer.Option(None), most: int = Most, as_json: bool = JsonFlag) -> None:
    """Silences of more than a day (Quy chế Đ10), those that go on first: what a backfill has to cover."""
    from connector.store import gaps as store

    async def work() -> list[store.Gap]:
        async with reading(keys=False) as app, app.db.reading() as conn:
            known_system(app.settings, system)
            return await store.listed(conn, system=system, most=most)

    found = run(work)
    if as_json:
        print_json(found)
        return
    if not found:
        console().print(tell("gap.none"))
        return
    rows = table("system", "since", "until")
    for one in found:
        until = moment(one.ended_at) if one.ended_at else tell("gap.open")
        rows.add_row(tell(f"system.{one.system}"), moment(one.since), until)
    console().print(rows)


def deliveries(
    system: str | None = typer.Option(None, help="Hệ thống nhận / target"),
    state: list[str] = typer.Option([], help=f"{' | '.join(ALL_STATES)}"),
    most: int = Most,
    as_json: bool = JsonFlag,
) -> None:
    """Intended writes, newest first; by default those that are not over."""
    from rich.table import Table

    from connector.store import deliveries as store

    async def work() -> list[store.Delivery]:
        async with reading() as app, app.db.reading() as conn:
            known_system(app.settings, system)
            one_of(state, ALL_STATES)
            return await store.listed(conn, target=system, states=state or store.OPEN, most=most)

    found = run(work)
    if as_json:
        print_json([_public(one) for one in found])
        return
    table = Table(
        "#",
        tell("head.case"),
        tell("head.system"),
        tell("head.intent"),
        tell("head.state"),
        tell("head.tries"),
        tell("head.reason"),
    )
    for one in found:
        reason = " ".join(filter(None, (one.error_code, one.error_text)))
        what = " ".join(filter(None, (one.intent.value, one.act_id)))
        table.add_row(str(one.id), str(one.case_id), one.target, what, one.state, str(one.attempts), reason)
    console().print(table)


def _public(one: "Delivery") -> dict[str, object]:
    """Without the rendered write: it may hold personal data."""
    return {key: value for key, value in vars(one).items() if key not in {"operation", "basis"}}
