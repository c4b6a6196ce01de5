"""``phanhoi doubt``: writes of unknown outcome, the evidence about them, and an official's decision."""

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

if TYPE_CHECKING:
    from connector.services.doubt import Evidence, Sent, Told

app = typer.Typer(no_args_is_help=True, help="Lần gửi chưa rõ kết quả / writes of unknown outcome")

Number = typer.Argument(help="Số của lệnh gửi / number of the delivery")


@app.command(name="list", help="Các lần gửi chưa rõ kết quả / writes in doubt")
def list_doubtful(
    system: str | None = typer.Option(None, help="Hệ thống nhận / target"),
    most: int = Most,
    as_json: bool = JsonFlag,
) -> None:
    """Oldest first: what is still being looked up, and what waits for a person."""
    from connector.services import doubt

    async def work() -> tuple["Sent", ...]:
        async with reading() as app_:
            known_system(app_.settings, system)
            return await doubt.listed(app_.db, target=system, most=most)

    found = run(work)
    if as_json:
        print_json(found)
        return
    rows = table("number", "case", "system", "intent", "when", "tries", "state")
    for one in found:
        what = one.operation or one.intent
        waits = tell("doubt.looks" if one.state == "in_doubt" else "doubt.person")
        rows.add_row(
            str(one.id),
            str(one.case_id),
            tell(f"system.{one.target}"),
            what,
            moment(one.sent_at),
            str(one.attempts),
            waits,
        )
    console().print(rows)


@app.command(name="show", help="Bằng chứng hai phía / the evidence on both sides")
def show(number: int = Number, as_json: bool = JsonFlag) -> None:
    """What we sent, and what the other side tells now. It is asked; nothing is written."""
    from connector.services import doubt

    async def work() -> "Evidence":
        async with opened() as app_:
            return await doubt.look(app_.ctx, number)

    found = run(work)
    if as_json:
        print_json(found)
        return
    _print_sent(found.sent)
    _print_told(found.sent.target, found.told)


def _print_sent(sent: "Sent") -> None:
    out = console()
    out.print(tell("doubt.sent", id=sent.id, case=sent.case_id), style="bold")
    what = " ".join(filter(None, (sent.operation, sent.intent, sent.act_kind, sent.act)))
    facts = {"what": what, "uid": sent.key, "when": moment(sent.sent_at), "tries": sent.attempts}
    out.print("  " + tell("doubt.facts", **facts), markup=False)
    out.print(
        "  " + tell("doubt.why", code=sent.code or "–", reason=sent.reason or "–"),
        markup=False,
    )


def _print_told(target: str, told: "Told") -> None:
    out = console()
    out.print(tell("doubt.told", system=tell(f"system.{target}"), ref=told.ref or "–"), style="bold")
    if told.code:
        out.print("  " + tell("doubt.silent", code=told.code), markup=False)
    if not told.lookup:
        out.print("  " + tell("doubt.no_lookup"), markup=False)
    elif told.verdict is not None:
        out.print("  " + tell(f"doubt.{told.verdict.value}"), markup=False)
    if told.status:
        out.print("  " + tell("doubt.status", status=told.status), markup=False)
    for act in told.acts:
        kind = tell("act." + act["kind"])
        out.print(f"  {moment(act['at'])} {kind} {act['agency'] or ''}", markup=False)


@app.command(name="decide", help="Quyết định đã có hiệu lực hay chưa / decide whether it took effect")
def decide(
    number: int = Number,
    effect: str = typer.Option(..., help="yes | no"),
    by: str = typer.Option(..., "--by", help="Tài khoản của người quyết định / account of the official"),
    basis: str = typer.Option(..., "--basis", help="Số văn bản làm căn cứ / number of the decision"),
    ref: str | None = typer.Option(None, help="Mã hồ sơ tại hệ thống nhận / the target's reference"),
) -> None:
    """Yes: it is done, with the reference that is named. No: it may be sent again, under a new key."""
    from connector.services import doubt, officers

    async def work() -> None:
        one_of([effect], ("yes", "no"))
        async with opened() as app_:
            decided = officers.decision(app_.settings, officer=by, basis=basis)
            await doubt.decide(app_.ctx, number, decided, effect=effect == "yes", actor=account(), ref=ref)

    run(work)
    console().print(tell(f"doubt.decided_{effect}", id=number), style="bold")
