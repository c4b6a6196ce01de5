"""``phanhoi resync``: preview, approve, carry out, hold and look at plans."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from connector.cli.common import (
    JsonFlag,
    Most,
    account,
    console,
    moment,
    one_of,
    opened,
    print_json,
    reading,
    run,
    table,
    tell,
)
from connector.cli.plan_view import as_dict, case_of, deed_of, print_plan

if TYPE_CHECKING:
    from connector.services.resync import Shown
    from connector.store.plans import Plan
    from connector.sync.context import Context

app = typer.Typer(no_args_is_help=True, help="Đồng bộ lại theo kế hoạch được duyệt / resync by approved plan")

Digest = typer.Argument(help="Mã kế hoạch, hoặc 8 ký tự đầu / digest of the plan, or its first 8 characters")
By = typer.Option(..., "--by", help="Tài khoản của người thực hiện / account of the official who does it")
Moment = typer.Option(None, formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Giờ địa phương / local time")
STATES = ("pending", "done", "held", "skipped", "failed")
WATCH_EVERY_S = 0.5


@app.command(name="plan", help="Xem trước và lập kế hoạch / preview and keep as a plan")
def plan(
    by: str = By,
    case: list[str] = typer.Option([], help="Hồ sơ / case"),
    findings: bool = typer.Option(
        False, "--findings", help="Mọi sai lệch sửa được / all repairable findings"
    ),
    finding: list[int] = typer.Option([], help="Số của sai lệch / number of a finding"),
    since: datetime | None = Moment,
    until: datetime | None = Moment,
    system: str | None = typer.Option(None, help="Chỉ với cổng này / only with this portal"),
    direction: str = typer.Option("both", help="up | down | both"),
    first_import: bool = typer.Option(
        False, "--import", help="Ghép hồ sơ đã có ở hai bên, không sao chép / tie what exists on both sides"
    ),
    stored: bool = typer.Option(
        False, "--stored", help="Theo bản đọc lần cuối / by what was read last, without reading again"
    ),
    as_json: bool = JsonFlag,
) -> None:
    """Show everything that would be done. Nothing is changed anywhere; the plan is kept under its digest."""
    from connector.clock import LOCAL_ZONE
    from connector.services import officers, planning, resync

    async def work() -> "Shown | None":
        one_of([direction], ("up", "down", "both"))
        wanted = planning.Wanted(
            cases=tuple(case),
            findings=findings,
            numbers=tuple(finding),
            since=since.replace(tzinfo=LOCAL_ZONE) if since else None,
            until=until.replace(tzinfo=LOCAL_ZONE) if until else None,
            system=system,
            direction=None if direction == "both" else direction,
            first_import=first_import,
            fresh=not stored,
        )
        async with opened() as app_:
            made = await planning.make(
                app_.ctx, wanted, by=officers.official(app_.settings, by), via=account()
            )
            return await resync.shown(app_.ctx.db, made.digest) if made else None

    found = run(work)
    if as_json:
        print_json(as_dict(found) if found else None)
    elif found is None:
        console().print(tell("resync.nothing"))
    else:
        print_plan(found)


@app.command(name="list", help="Các kế hoạch / plans, newest first")
def list_plans(most: int = Most, as_json: bool = JsonFlag) -> None:
    """Plans with their state and who made, approved and started them."""
    from connector.store import plans
    from connector.store.leaf import Place

    async def work() -> list["Plan"]:
        async with reading(keys=False) as app_, app_.db.reading() as conn:
            return await plans.listed(conn, Place(most=most))

    found = run(work)
    if as_json:
        print_json(found)
        return
    rows = table("plan", "state", "cases", "writes", "when", "made_by", "approved_by")
    for one in found:
        rows.add_row(
            one.digest[:12],
            tell(f"resync.{one.state}"),
            str(one.totals.cases),
            str(one.totals.writes),
            moment(one.made_at),
            one.made_by,
            one.approved_by or (tell("resync.needed") if one.reasons else "–"),
        )
    console().print(rows)


@app.command(name="show", help="Nội dung một kế hoạch / what a plan does")
def show(digest: str = Digest, most: int = Most, as_json: bool = JsonFlag) -> None:
    """The preview as it was, with old and new values, and how far it is."""
    found = _look(digest, most)
    if as_json:
        print_json(as_dict(found))
    else:
        print_plan(found)


@app.command(name="items", help="Kết quả từng mục / result of each item")
def items(
    digest: str = Digest,
    state: list[str] = typer.Option([], help=" | ".join(STATES)),
    most: int = Most,
    as_json: bool = JsonFlag,
) -> None:
    """Each case of a plan: done, held, skipped or failed, why, and the write that it became."""

    def check() -> None:
        one_of(state, STATES)

    found = _look(digest, most, state, check)
    if as_json:
        print_json(as_dict(found)["steps"])
        return
    rows = table("step", "case", "deed", "state", "number", "reason")
    for step in found.steps:
        for number, one in enumerate(step.items):
            rows.add_row(
                "" if number else str(step.number),
                "" if number else case_of(step),
                deed_of(one),
                "" if number else tell(f"resync.{step.state}"),
                f"#{one.delivery_id} {one.delivery_state}" if one.delivery_id else "–",
                step.code or one.item.code or "–",
            )
    console().print(rows)


@app.command(name="approve", help="Duyệt: người thứ hai / approve: a second person")
def approve(
    digest: str = Digest,
    by: str = By,
    basis: str = typer.Option(..., "--basis", help="Số văn bản làm căn cứ / number of the decision"),
) -> None:
    """Exactly what the digest covers is approved; whoever made the plan cannot."""
    from connector.services import officers, resync

    async def work() -> "Plan":
        async with opened(calls=False) as app_:
            decided = officers.decision(app_.settings, officer=by, basis=basis)
            return await resync.approve(app_.ctx, digest, decided, via=account())

    console().print(tell("resync.approved", plan=run(work).digest[:12], by=by), style="bold")


@app.command(name="apply", help="Thực hiện đúng kế hoạch / carry out exactly the plan")
def apply(
    digest: str = Digest,
    by: str = By,
    here: bool = typer.Option(
        False, "--here", help="Chạy trong lệnh này, không cần dịch vụ / in this command, without the daemon"
    ),
    leave: bool = typer.Option(False, "--leave", help="Không chờ / do not wait for its end"),
) -> None:
    """The daemon carries it out, so this command may be left at any time; what changed since the preview is held back."""

    async def work() -> dict[str, int]:
        from connector.services import officers, resync

        async with opened(calls=here) as app_:
            actor = officers.official(app_.settings, by)
            kept = await resync.start_or_join(app_.ctx, digest, by=actor)
            if here:
                return await _watch(app_.ctx, kept, asyncio.create_task(_drive(app_.ctx, kept.id)))
            return await _watch(app_.ctx, kept) if not leave else {}

    told = run(work)
    if not told:
        console().print(tell("resync.goes_on", plan=digest[:12]))
        return
    done, held = told.get("done", 0), told.get("held", 0)
    failed, skipped = told.get("failed", 0), told.get("skipped", 0)
    console().print(tell("resync.result", done=done, held=held, failed=failed, skipped=skipped), style="bold")
    if held or failed:
        console().print(tell("resync.look", plan=digest[:12]))


async def _drive(ctx: "Context", plan_id: int) -> None:
    """What the daemon's job does, in this process; the rows' locks keep both from doing the same."""
    from connector.sync.resync import resync

    while await resync(ctx, plan_id):
        pass


async def _watch(ctx: "Context", kept: "Plan", job: "asyncio.Task[None] | None" = None) -> dict[str, int]:
    """A bar until nothing is pending any more; on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    from connector.store import plans

    terminal = sys.stderr.isatty()
    with Progress(console=Console(stderr=True), disable=not terminal, transient=True) as bar:
        task = bar.add_task(tell("resync.running"), total=None)
        while True:
            async with ctx.db.reading() as conn:
                told = await plans.progress(conn, kept.id)
                now = await plans.by_id(conn, kept.id)
            count = sum(told.get(state, 0) for state in STATES)
            bar.update(task, total=count, completed=count - told.get("pending", 0))
            if now is None or now.state != "running" or (job is not None and job.done()):
                if job is not None:
                    await job
                    async with ctx.db.reading() as conn:
                        told = await plans.progress(conn, kept.id)
                return told
            await asyncio.sleep(WATCH_EVERY_S)


@app.command(name="pause", help="Tạm dừng / hold it after the case under way")
def pause(digest: str = Digest, by: str = By) -> None:
    """What is done stays done; `resume` lets it go on."""
    from connector.services import resync

    _moved(resync.pause, digest, by)


@app.command(name="resume", help="Cho chạy tiếp / let it go on")
def resume(digest: str = Digest, by: str = By) -> None:
    """Each case is still compared with the preview before anything is done."""
    from connector.services import resync

    _moved(resync.resume, digest, by)


@app.command(name="stop", help="Dừng hẳn / end it for good")
def stop(digest: str = Digest, by: str = By) -> None:
    """What is done stays done, the rest is skipped."""
    from connector.services import resync

    _moved(resync.stop, digest, by)


def _moved(move: Callable[..., Coroutine[Any, Any, "Plan"]], digest: str, by: str) -> None:
    from connector.services import officers

    async def work() -> "Plan":
        async with opened(calls=False) as app_:
            return await move(app_.ctx, digest, by=officers.official(app_.settings, by))

    found = run(work)
    console().print(
        tell("resync.moved", plan=found.digest[:12], state=tell(f"resync.{found.state}")), style="bold"
    )


def _look(
    digest: str, most: int, states: list[str] | None = None, check: Callable[[], None] | None = None
) -> "Shown":
    from connector.services import resync

    async def work() -> "Shown":
        if check is not None:
            check()
        async with reading() as app_:
            return await resync.shown(app_.db, digest, most=most, states=states or ())

    return run(work)


def add_to(parent: typer.Typer) -> None:
    """Register the commands."""
    parent.add_typer(app, name="resync")
