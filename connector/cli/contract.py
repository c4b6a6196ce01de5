"""``phanhoi contract``: is each system's contract as it was recorded, and a person's approval of a new version."""

from typing import TYPE_CHECKING

import typer

from connector.cli.common import (
    JsonFlag,
    account,
    console,
    known_system,
    moment,
    opened,
    print_json,
    reading,
    run,
    tell,
)

if TYPE_CHECKING:
    from connector.services.contract import Approved, ContractView
    from connector.store.contracts import Check, Drift

app = typer.Typer(
    no_args_is_help=True, help="Hợp đồng dữ liệu với các hệ thống / the contracts with the systems"
)

Maybe = typer.Option(None, "--system", help="Chỉ một hệ thống / only one system")
Which = typer.Argument(help="Tên hệ thống / the system's name")


@app.command(name="check", help="So sánh ngay / compare now")
def check(system: str | None = Maybe, as_json: bool = JsonFlag) -> None:
    """Ask each system for its contract (reads only), compare, hold what relies on what differs."""
    from connector.sync import canary

    async def work() -> list["Check"]:
        async with opened() as app_:
            known_system(app_.settings, system)
            return [
                await canary.check(app_.ctx, name)
                for name in ([system] if system else sorted(app_.ctx.systems))
            ]

    found = run(work)
    if as_json:
        print_json(found)
        return
    for one in found:
        console().print(_told(one.system, one))


@app.command(
    name="show", help="Phiên bản đã ghi và lần so sánh cuối / recorded versions and the newest check"
)
def show(system: str | None = Maybe, as_json: bool = JsonFlag) -> None:
    """Every part with its version in force, and how many differences wait."""
    found = _views(system)
    if as_json:
        print_json(found)
        return
    out = console()
    for view in found:
        out.print(_told(view.system, view.check), style="bold")
        for one in view.versions:
            facts = {"part": one.part, "number": one.number, "lines": len(one.lines)}
            out.print(tell("contract.version", **facts, when=moment(one.at), actor=one.actor))
        for drift in view.drifts:
            out.print(_line(drift))


@app.command(
    name="diff", help="Điểm khác, ánh xạ và lệnh gửi liên quan / what differs, and what relies on it"
)
def diff(system: str = Which, as_json: bool = JsonFlag) -> None:
    """Each difference with the lines of the mapping and the open cases concerned; the code that an approval names."""
    (view,) = _views(system)
    if as_json:
        print_json(view)
        return
    out = console()
    if not view.drifts:
        out.print(tell("contract.nothing", system=tell(f"system.{system}")))
        return
    for drift in view.drifts:
        out.print(_line(drift), style="bold" if drift.holds else None)
        writes, since = view.held.get(drift.id, 0), moment(drift.first_seen)
        key = "contract.holds" if drift.holds else "contract.tells"
        out.print(tell(key, when=since, **({"writes": writes, "cases": drift.cases} if drift.holds else {})))
        for use in drift.uses:
            out.print(tell("contract.use", use=use))
    out.print(tell("contract.review", system=system, code=view.review))


@app.command(name="approve", help="Chấp nhận phiên bản mới / approve a new version")
def approve(
    system: str = Which,
    seen: str = typer.Option(..., help="Mã của `contract diff` / the code that `contract diff` shows"),
    by: str = typer.Option(..., "--by", help="Tài khoản của người quyết định / account of the official"),
    reason: str = typer.Option(..., help="Căn cứ, số văn bản / why; number of the decision"),
) -> None:
    """Exactly what was shown becomes the recorded contract; the writes that it held go on."""
    from connector.services import contract, officers

    async def work() -> "Approved":
        async with opened(calls=False) as app_:
            known_system(app_.settings, system)
            decided = officers.decision(app_.settings, officer=by, basis=reason)
            return await contract.approve(app_.ctx, system, decided, seen=seen, actor=account())

    done = run(work)
    facts = {"count": done.differences, "versions": len(done.versions), "released": done.released}
    console().print(tell("contract.approved", **facts))


def _views(system: str | None) -> list["ContractView"]:
    from connector.services import contract

    async def work() -> list["ContractView"]:
        async with reading(keys=False) as app_:
            known_system(app_.settings, system)
            names = [system] if system else sorted(app_.settings.systems)
            return [await contract.view(app_.db, name) for name in names]

    return run(work)


def _told(system: str, check: "Check | None") -> str:
    name = tell(f"system.{system}")
    if check is None:
        return tell("contract.never", system=name)
    more = {"code": check.code or "–"} if check.outcome == "failed" else {}
    return tell(f"contract.{check.outcome}", system=name, when=moment(check.at), **more)


def _line(drift: "Drift") -> str:
    change = tell(f"contract.change_{drift.change}")
    shown = {"id": drift.id, "change": change, "part": drift.part, "path": drift.path}
    return tell("contract.drift", **shown, was=drift.was or "–", now=drift.now or "–")
