"""``phanhoi alerts``: what is wrong now, a person's word about it, trial messages and the digest."""

from typing import TYPE_CHECKING, Any

import typer

from connector.cli.common import (
    CHOICE,
    JsonFlag,
    Most,
    console,
    moment,
    print_json,
    reading,
    run,
    settings,
    table,
    tell,
)

if TYPE_CHECKING:
    from connector.alerts.judge import Alert
    from connector.alerts.letter import Letter
    from connector.services.alert_channels import Tried

app = typer.Typer(no_args_is_help=True, help="Cảnh báo và bản tin / alerts and digest")

Number = typer.Argument(help="Số cảnh báo / number of the alert")
By = typer.Option(..., "--by", help="Tài khoản của cán bộ / account of the official")
Note = typer.Option(..., "--note", help="Ai làm gì, vì sao / who does what about it, or why")


@app.command(name="list", help="Cảnh báo đang mở / open alerts")
def list_alerts(
    every: bool = typer.Option(False, "--all", help="Cả cảnh báo đã hết / also those that are over"),
    most: int = Most,
    as_json: bool = JsonFlag,
) -> None:
    """Open alerts, and with --all the past ones after them."""
    from connector.alerts.condition import grade
    from connector.alerts.letter import subject_of, title, what
    from connector.services.alerts import state
    from connector.store import alerts
    from connector.store.leaf import Place

    async def work() -> "list[Alert]":
        async with reading(keys=False) as app_, app_.db.reading() as conn:
            found = await alerts.open_now(conn)
            return found + (await alerts.past(conn, Place(most=most)) if every else [])

    found = run(work)
    if as_json:
        print_json(found)
        return
    if not found:
        console().print(tell("alerts.none"))
        return
    shown = table("number_log", "grade", "alert", "system", "state", "since", "tellings")
    for one in found:
        told = f"{title(one.fact.condition, CHOICE.lang)}\n{what(one.fact, CHOICE.lang)}"
        shown.add_row(
            str(one.id),
            tell(f"alert_grade.{grade(one.fact.condition)}"),
            told,
            subject_of(one.fact.subject, CHOICE.lang),
            tell(f"alert_state.{state(one)}"),
            moment(one.raised_at),
            str(one.tellings),
        )
    console().print(shown)


@app.command(name="ack", help="Nhận xử lý, thôi nhắc lại / take it upon yourself; it is not repeated")
def ack(number: int = Number, by: str = By, note: str = Note) -> None:
    """Acknowledge an open alert; it is told again only if it gets worse."""
    from connector.clock import SystemClock
    from connector.services import alerts

    async def work() -> None:
        async with reading(keys=False) as app_:
            now = SystemClock().now()
            await alerts.acknowledge(app_.db, app_.settings, number, by=by, note=note, now=now)

    run(work)
    console().print(tell("alerts.acknowledged", id=number))


@app.command(name="snooze", help="Tạm im một số giờ / silent for some hours")
def snooze(
    number: int = Number,
    hours: float = typer.Option(..., "--hours", help="Số giờ / hours, at most a month"),
    by: str = By,
    note: str = Note,
) -> None:
    """Silence an open alert for so many hours; then it is told again if it is still there."""
    from connector.clock import SystemClock
    from connector.services import alerts

    async def work() -> "Alert":
        async with reading(keys=False) as app_:
            now = SystemClock().now()
            return await alerts.snooze(app_.db, app_.settings, number, by=by, note=note, hours=hours, now=now)

    done = run(work)
    assert done.snoozed is not None
    console().print(tell("alerts.snoozed", id=number, until=moment(done.snoozed.until)))


@app.command(name="test", help="Gửi tin thử qua từng kênh / send a trial message over each channel")
def try_channels(
    channel: str | None = typer.Option(None, "--channel", help="Chỉ kênh này / only this channel"),
    as_json: bool = JsonFlag,
) -> None:
    """Say for each channel what the receiver answered. Exit status 4 if one of them did not take it."""
    from connector.clock import SystemClock
    from connector.services.alert_channels import try_out
    from connector.services.alerts import place

    async def work() -> "list[Tried]":
        given = settings()
        return await try_out(given, SystemClock(), place=place(given), only=channel)

    found = run(work)
    if as_json:
        print_json(found)
    else:
        for one in found:
            console().print(_told(one))
    if any(one.answer is None for one in found):
        raise typer.Exit(4)


def _told(one: "Tried") -> str:
    if one.answer is not None:
        return tell("alerts.sent", channel=one.channel, answer=one.answer)
    return tell("alerts.failed", channel=one.channel, code=one.code, reason=one.reason)


@app.command(name="digest", help="Bản tin ngày hoặc tuần / the daily or weekly digest")
def digest(
    printed: bool = typer.Option(
        False, "--print", help="Chỉ in ra, không gửi / only print it; nothing is sent"
    ),
    weekly: bool = typer.Option(False, "--weekly", help="Bản tin tuần / the weekly one"),
    as_json: bool = JsonFlag,
) -> None:
    """The digest up to now. Without --print it goes to everybody who gets digests, beside the scheduled ones."""
    from connector.alerts.schedule import Digest
    from connector.app import load_rules
    from connector.clock import SystemClock
    from connector.errors import NoChannel
    from connector.services import digest as digests
    from connector.services.alert_channels import names
    from connector.store import alerts

    kind, clock = Digest.WEEKLY if weekly else Digest.DAILY, SystemClock()

    async def work() -> "Letter":
        async with reading(keys=False) as app_:
            calendar = load_rules(app_.settings).calendar
            letter = await digests.write(app_.db, app_.settings, calendar, clock, kind)
            if not printed:
                receivers = names(app_.settings.alerts, digests=True)
                if not receivers:
                    msg = "no channel gets digests"
                    raise NoChannel(msg)
                async with app_.db.unit() as unit:
                    await alerts.put(unit.conn, receivers, kind.value, letter, clock.now())
            return letter

    letter = run(work)
    if as_json:
        body: Any = letter.data
        print_json(body)
        return
    console().print(letter.text if printed else tell("alerts.digest_put_up", subject=letter.subject))
