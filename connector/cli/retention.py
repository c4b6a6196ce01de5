"""``phanhoi retention``: what is kept longer than its period, removed exactly as it was shown."""

from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    Most,
    account,
    console,
    moment,
    print_json,
    reading,
    run,
    table,
    tell,
)

if TYPE_CHECKING:
    from connector.sync.retention import Purged, PurgeEntry, RetentionPlan

app = typer.Typer(no_args_is_help=True, help="Thời hạn lưu và xóa dữ liệu / retention")


@app.command(
    name="plan", help="Xem trước những gì hết thời hạn lưu / what is due, before anything is removed"
)
def plan(as_json: bool = JsonFlag) -> None:
    """Counts, oldest and period of every class, and the code that `apply` names. Changes nothing."""
    from connector.clock import SystemClock
    from connector.sync import retention

    async def work() -> "RetentionPlan":
        async with reading(keys=False) as app_:
            return await retention.plan(app_.db, app_.settings.retention, SystemClock().now())

    found = run(work)
    if as_json:
        print_json(found)
        return
    out, shown = console(), table("data_class", "days", "expired", "oldest")
    for one in found.classes:
        days = tell("retention.unset") if one.days is None else str(one.days)
        shown.add_row(tell(f"retention.class_{one.name}"), days, str(one.rows), moment(one.oldest))
    out.print(shown)
    out.print(tell("retention.apply", code=found.digest) if found.rows else tell("retention.nothing"))


@app.command(name="apply", help="Xóa đúng những gì đã xem trước / remove exactly what was shown")
def apply(
    code: str = typer.Argument(help="Mã của `retention plan` / the code that `retention plan` shows"),
    by: str = typer.Option(..., "--by", help="Tài khoản của người quyết định / account of the official"),
    reason: str = typer.Option(..., help="Căn cứ, số văn bản / why; number of the decision"),
    as_json: bool = JsonFlag,
) -> None:
    """In batches, each with its entry in the log; prints what was removed of every class."""
    from connector.clock import SystemClock
    from connector.services import officers
    from connector.sync import retention

    async def work() -> "Purged":
        async with reading(keys=False) as app_:
            decided = officers.decision(app_.settings, officer=by, basis=reason)
            facts = {"actor": account(), "officer": decided.officer, "basis": decided.basis}
            return await retention.apply(app_.db, app_.settings.retention, SystemClock(), code, **facts)

    done = run(work)
    if as_json:
        print_json(done)
        return
    out = console()
    for name, count in done.counts.items():
        out.print(tell("retention.removed", name=tell(f"retention.class_{name}"), count=count))
    out.print(tell("retention.done", count=sum(done.counts.values())))


@app.command(name="report", help="Các lần đã xóa, theo nhật ký / the purges, as the log tells them")
def report(most: int = Most, as_json: bool = JsonFlag) -> None:
    """Every purge with class, number of copies removed, and the decision that ordered it."""
    from connector.sync import retention

    async def work() -> list["PurgeEntry"]:
        async with reading(keys=False) as app_:
            return await retention.report(app_.db, most=most)

    found = run(work)
    if as_json:
        print_json(found)
        return
    shown = table("when", "data_class", "removed", "actor", "basis")
    for one in found:
        name = tell("retention.all") if one.name == "*" else tell(f"retention.class_{one.name}")
        shown.add_row(moment(one.at), name, str(one.rows), one.actor, one.basis or "–")
    console().print(shown)
