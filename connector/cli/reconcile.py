"""``phanhoi reconcile``: compare the systems with each other, and what was found."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    Most,
    account,
    console,
    known_system,
    moment,
    one_of,
    opened,
    print_json,
    reading,
    run,
    table,
    tell,
)
from connector.errors import NotFoundError, UserError

if TYPE_CHECKING:
    from connector.app import App
    from connector.reconcile.findings import Finding
    from connector.reconcile.scope import Scope
    from connector.services.reconcile import Standing
    from connector.store.reconcile import Day, Run

app = typer.Typer(no_args_is_help=True, help="Đối soát / reconciliation")

Portal = typer.Option(None, "--system", help="Cổng; để trống = mọi cổng / portal; empty = all")
Number = typer.Argument(help="Số của chênh lệch / number of the finding")
POLL_S = 0.5
"""How often a pass that the daemon does is looked at."""

Day_ = typer.Option(None, formats=["%Y-%m-%d"], help="Ngày / day (YYYY-MM-DD)")


@app.command(
    name="run", help="Đối soát ngay; lượt bị dừng được chạy tiếp / compare now; a stopped pass goes on"
)
def run_now(
    system: str | None = Portal,
    full: bool = typer.Option(False, "--full", help="Toàn bộ / everything, not only changes"),
    case: str | None = typer.Option(None, help="Một hồ sơ / one case"),
    since: datetime | None = Day_,
    until: datetime | None = Day_,
    agency: str | None = typer.Option(None, help="Mã cơ quan đang giữ hồ sơ / code of the agency in charge"),
    field: str | None = typer.Option(None, help="Trường, hành vi hoặc loại chênh lệch / field, act or class"),
    anew: bool = typer.Option(
        False, "--anew", help="Không chạy tiếp lượt bị dừng / do not go on with a stopped pass"
    ),
    here: bool = typer.Option(
        False,
        "--here",
        help="Chạy ngay trong lệnh này, không qua dịch vụ / in this process, without the daemon",
    ),
    no_wait: bool = typer.Option(False, "--no-wait", help="Không chờ xong / do not wait for the end"),
    as_json: bool = JsonFlag,
) -> None:
    """Read both sides through their own interfaces and compare. Nothing is written to any system.

    The daemon does it, so that this command needs no secret of any system and may end.
    """

    async def work() -> list["Run"]:
        async with opened(calls=here) as app_:
            scope = await _scope(
                app_, full=full, case=case, window=(since, until), agency=agency, field=field
            )
            names = _portals(app_, system)
            with _shown() as told:
                if here:
                    return await _pass_here(app_, names, scope, anew=anew, told=told)
                return await _pass_there(app_, names, scope, anew=anew, waits=not no_wait, told=told)

    ended = run(work)
    if as_json:
        print_json(ended)
    else:
        for one in ended:
            console().print(_result(one))
    if not no_wait and any(one.state != "done" for one in ended):
        raise SystemExit(1)


@contextmanager
def _shown() -> Iterator[Callable[["Run"], None]]:
    """How far a pass got, on a terminal."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield lambda _one: None
        return
    with out.status("") as shown:
        yield lambda one: shown.update(_progress(one))


async def _pass_here(
    app_: "App", names: Iterable[str], scope: "Scope", *, anew: bool, told: Callable[["Run"], None]
) -> list["Run"]:
    from connector.sync.reconcile import run_pass

    found = []
    for name in names:
        ended = await run_pass(app_.ctx, name, scope, actor=account(), anew=anew, told=told)
        if ended is None:
            raise UserError(tell("reconcile.busy", system=tell(f"system.{name}")))
        found.append(ended)
    return found


async def _pass_there(
    app_: "App",
    names: Iterable[str],
    scope: "Scope",
    *,
    anew: bool,
    waits: bool,
    told: Callable[["Run"], None],
) -> list["Run"]:
    """Order the passes, and follow them to their end."""
    from connector.services.reconcile import daemon_runs
    from connector.store import reconcile as store
    from connector.sync.reconcile import order_pass

    ctx = app_.ctx
    if not await daemon_runs(ctx.db, ctx.clock.now()):
        raise UserError(tell("reconcile.no_daemon"))
    found = [await order_pass(ctx, name, scope, actor=account(), anew=anew) for name in names]
    while waits and any(one.state in ("waiting", "running") for one in found):
        await ctx.clock.sleep(POLL_S)
        async with ctx.db.reading() as conn:
            found = [await store.get(conn, one.id) for one in found]
        for one in found:
            if one.state == "running":
                told(one)
    return found


async def _scope(
    app_: "App",
    *,
    full: bool,
    case: str | None,
    window: tuple[datetime | None, datetime | None],
    agency: str | None,
    field: str | None,
) -> "Scope":
    from connector.clock import LOCAL_ZONE
    from connector.reconcile.scope import Reach, Scope
    from connector.store import cases

    since, until = (
        datetime.combine(day.date(), time(), LOCAL_ZONE) if day is not None else None for day in window
    )
    case_id = None
    if case is not None:
        async with app_.ctx.db.reading() as conn:
            case_id = await cases.find(conn, case)
        if case_id is None:
            msg = f"no case {case}"
            raise NotFoundError(msg)
    chosen = case_id is not None or since is not None or until is not None or agency is not None
    if chosen and full:
        msg = "--full is everything; it takes no case, window or agency"
        raise UserError(msg)
    reach = Reach.CASES if chosen else Reach.FULL if full else Reach.CHANGES
    return Scope(reach=reach, case_id=case_id, since=since, until=until, agency=agency, field=field)


def _portals(app_: "App", system: str | None) -> tuple[str, ...]:
    from connector.services import reconcile

    known = reconcile.portals(app_.settings)
    if system is not None:
        one_of([system], known)
    return (system,) if system is not None else known


@app.command(name="stop", help="Dừng lượt đang chạy, chạy tiếp sau / stop a running pass; it can go on")
def stop(system: str | None = Portal) -> None:
    """It stops after the part that it is at; ``run`` goes on from there."""
    from connector.store import reconcile as store

    async def work() -> dict[str, bool]:
        async with opened(calls=False) as app_:
            told = {}
            for name in _portals(app_, system):
                async with app_.ctx.db.unit() as unit:
                    told[name] = await store.ask_to_stop(unit.conn, name)
            return told

    for name, stops in run(work).items():
        console().print(
            tell("reconcile.stopping" if stops else "reconcile.idle", system=tell(f"system.{name}"))
        )


@app.command(name="status", help="Tình hình đối soát / how reconciliation stands")
def status(as_json: bool = JsonFlag) -> None:
    """Per portal: the newest pass, the last full one, open differences by class."""
    from connector.services import reconcile

    async def work() -> tuple["Standing", ...]:
        async with reading(keys=False) as app_:
            return await reconcile.standing(app_.db, app_.settings)

    found = run(work)
    if as_json:
        print_json(found)
        return
    rows = table("system", "when", "state", "step", "in_flight", "full", "finding")
    for one in found:
        newest = one.newest
        kinds = ", ".join(f"{tell(f'finding.{kind}')} {count}" for kind, count in one.open.items())
        rows.add_row(
            tell(f"system.{one.system}"),
            moment(newest.started_at) if newest else "–",
            tell(f"pass.{newest.state}") if newest else "–",
            tell(f"step.{newest.step}") if newest and newest.state != "done" else "–",
            str(newest.counts.get("in_flight", 0)) if newest else "–",
            moment(one.full_at) if one.full_at else tell("reconcile.never"),
            kinds or "–",
        )
    console().print(rows)


@app.command(name="findings", help="Các chênh lệch / the differences")
def list_findings(
    system: str | None = typer.Option(None, help="Hệ thống / system"),
    kind: list[str] = typer.Option([], help="Loại / class, e.g. act_missing"),
    every: bool = typer.Option(False, "--all", help="Cả chênh lệch đã hết / closed ones, too"),
    most: int = Most,
    as_json: bool = JsonFlag,
) -> None:
    """Gravest first, then oldest."""
    from connector.clock import SystemClock
    from connector.reconcile.findings import FindingClass
    from connector.store import findings as store

    async def work() -> list["Finding"]:
        async with reading() as app_, app_.db.reading() as conn:
            known_system(app_.settings, system)
            one_of(kind, [one.value for one in FindingClass])
            return await store.listed(conn, system=system, kinds=kind, only_open=not every, most=most)

    found, now = run(work), SystemClock().now()
    if as_json:
        print_json([_public(one) for one in found])
        return
    if not found:
        console().print(tell("reconcile.none"))
        return
    rows = table(
        "finding_id", "severity", "case", "system", "finding", "cause", "owner", "age", "deadline", "noted"
    )
    for one in found:
        what = " ".join(filter(None, (tell(f"finding.{one.kind.value}"), one.field)))
        rows.add_row(
            str(one.id),
            tell(f"severity.{one.severity.value}"),
            str(one.case_id or one.ref),
            tell(f"system.{one.system}"),
            what,
            _cause(one),
            _owner(one),
            _age(one, now),
            moment(one.due_at),
            moment(one.acknowledged.until) if one.acknowledged else "–",
        )
    console().print(rows)


@app.command(name="show", help="Một chênh lệch / one difference")
def show(number: int = Number, as_json: bool = JsonFlag) -> None:
    """All that is known of it; never the values."""
    from connector.store import findings as store

    async def work() -> "Finding":
        async with reading() as app_, app_.db.reading() as conn:
            found = await store.get(conn, number)
            if found is None:
                msg = f"no finding {number}"
                raise NotFoundError(msg)
            return found

    one = run(work)
    if as_json:
        print_json(_public(one))
        return
    out = console()
    side = f" ({tell(f'side.{one.side.value}')})" if one.side else ""
    out.print(
        f"#{one.id} {tell(f'finding.{one.kind.value}')}{side}: {one.field or one.ref or one.case_id}",
        style="bold",
    )
    lines = (
        ("system", tell(f"system.{one.system}")),
        ("case", str(one.case_id or "–")),
        ("severity", tell(f"severity.{one.severity.value}")),
        ("cause", _cause(one)),
        ("owner", _owner(one)),
        ("deadline", moment(one.due_at)),
        ("closed", moment(one.closed_at)),
    )
    for key, text in lines:
        out.print(f"{tell(f'head.{key}')}: {text}")
    out.print(tell("reconcile.as_of", here=moment(one.here_at), there=moment(one.there_at)))
    seen = {"first": moment(one.first_seen), "last": moment(one.last_seen), "spells": one.spells}
    out.print(tell("reconcile.seen", **seen))
    out.print(tell("reconcile.repairable", answer=tell("answer.yes" if one.repairable else "answer.no")))
    if one.acknowledged is not None:
        noted = one.acknowledged
        out.print(tell("reconcile.note", by=noted.officer, at=moment(noted.at), note=noted.note))


@app.command(name="ack", help="Ghi nhận, kèm lý do và ngày hết / acknowledge, with a note and an end")
def ack(
    number: int = Number,
    by: str = typer.Option(..., "--by", help="Tài khoản cán bộ / account of the official"),
    note: str = typer.Option(..., "--note", help="Vì sao được để vậy / why it may stand"),
    until: datetime = typer.Option(
        ..., "--until", formats=["%Y-%m-%d"], help="Đến hết ngày / until the end of"
    ),
) -> None:
    """It ends earlier if the difference changes, goes or returns."""
    from connector.clock import SystemClock
    from connector.services import reconcile

    async def work() -> "Finding":
        async with reading() as app_:
            return await reconcile.acknowledge(
                app_.db,
                app_.settings,
                number,
                by=by,
                note=note,
                until=until.date(),
                now=SystemClock().now(),
            )

    console().print(tell("reconcile.acknowledged", id=run(work).id, until=_day(until.date())))


@app.command(name="trend", help="Diễn biến theo ngày / day by day")
def trend(
    system: str | None = Portal,
    days: int = typer.Option(30, min=1, max=366, help="Bao nhiêu ngày / so many days"),
    as_json: bool = JsonFlag,
) -> None:
    """What opened, what closed and what was left, on each day with a pass."""
    from connector.clock import SystemClock
    from connector.services import reconcile

    async def work() -> tuple["Day", ...]:
        async with reading(keys=False) as app_:
            known_system(app_.settings, system)
            return await reconcile.trend(app_.db, system=system, days=days, now=SystemClock().now())

    found = run(work)
    if as_json:
        print_json(found)
        return
    rows = table("day", "system", "opened", "closed", "standing", "in_flight")
    for one in found:
        numbers = (one.opened, one.closed, one.standing, one.in_flight)
        rows.add_row(_day(one.day), tell(f"system.{one.system}"), *map(str, numbers))
    console().print(rows)


# ---- words ------------------------------------------------------------------------------------------------------


def _progress(one: "Run") -> str:
    numbers = {key: one.counts.get(key, 0) for key in ("listed", "asked", "judged")}
    return tell(
        "reconcile.progress", system=tell(f"system.{one.system}"), step=tell(f"step.{one.step}"), **numbers
    )


def _result(one: "Run") -> str:
    numbers = {key: one.counts.get(key, 0) for key in ("judged", "alarms", "in_flight", "unread")}
    state = " ".join(filter(None, (tell(f"pass.{one.state}"), one.error_code)))
    return tell("reconcile.result", system=tell(f"system.{one.system}"), state=state, **numbers)


def _cause(one: "Finding") -> str:
    return " ".join(filter(None, (tell(f"cause.{one.cause.value}"), one.code)))


def _owner(one: "Finding") -> str:
    return " ".join(filter(None, (tell(f"role.{one.role.value}"), one.agency)))


def _age(one: "Finding", now: datetime) -> str:
    age = one.age(now)
    if age.days:
        return tell("reconcile.days", count=age.days)
    return tell("reconcile.hours", count=age.seconds // 3600)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _public(one: "Finding") -> dict[str, object]:
    """Without the digest of the values: it stays sealed."""
    return {key: value for key, value in vars(one).items() if key != "print"}
