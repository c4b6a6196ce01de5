"""Alerts: what is wrong now, what was, what was told to whom; and a person's word about it."""

from dataclasses import dataclass

from connector.alerts.condition import grade
from connector.alerts.judge import Alert
from connector.alerts.letter import next_step, subject_of, title, what
from connector.console.visit import Done, Visit
from connector.errors import UserError
from connector.services import alerts as service
from connector.services.alert_channels import names
from connector.store import alerts
from connector.store.alerts import MessageLine
from connector.store.leaf import leaf

PAGE = 30
MESSAGES = 20


@dataclass(frozen=True, kw_only=True)
class AlertLine:
    """One alert in words of the visitor's language. ``book``: where its runbook stands."""

    alert: Alert
    state: str
    grade: str
    title: str
    subject: str
    what: str
    next_step: str
    book: str


@dataclass(frozen=True, kw_only=True)
class AlertsPage:
    """Open ones, gravest first; past ones page by page; the newest messages; and whether there is a channel at all."""

    open: tuple[AlertLine, ...]
    past: tuple[AlertLine, ...]
    older: int | None
    newer: int | None
    messages: tuple[MessageLine, ...]
    channels: tuple[str, ...]


async def listed(visit: Visit) -> AlertsPage:
    """All of it; without the open ones on further pages."""
    at = visit.place(PAGE)
    further = at.before is not None or at.after is not None
    async with visit.site.db.reading() as conn:
        open_now = [] if further else await alerts.open_now(conn)
        past = leaf(await alerts.past(conn, at), lambda one: one.id, at, falling=True)
        messages = [] if further else await alerts.messages(conn, most=MESSAGES)
    lines = [_line(visit, one) for one in open_now]
    return AlertsPage(
        open=tuple(sorted(lines, key=lambda one: (one.state != "open", one.grade != "grave", one.alert.id))),
        past=tuple(_line(visit, one) for one in past.rows),
        older=past.before,
        newer=past.after,
        messages=tuple(messages),
        channels=names(visit.site.settings.alerts),
    )


def _line(visit: Visit, alert: Alert) -> AlertLine:
    condition = alert.fact.condition
    return AlertLine(
        alert=alert,
        state=service.state(alert),
        grade=grade(condition).value,
        title=title(condition, visit.lang),
        subject=subject_of(alert.fact.subject, visit.lang),
        what=what(alert.fact, visit.lang),
        next_step=next_step(condition, visit.lang),
        book=service.place(visit.site.settings).book(condition),
    )


async def acknowledge(visit: Visit) -> Done:
    """Somebody looks after it: it is not repeated, unless it gets worse."""
    number = visit.number("id")
    await service.acknowledge(
        visit.site.db,
        visit.site.settings,
        number,
        by=visit.actor,
        note=visit.given("note"),
        now=visit.site.ctx.clock.now(),
    )
    return Done(to="/alerts", told="flash.alert_acknowledged", data={"alert": number})


async def snooze(visit: Visit) -> Done:
    """Silent for some hours."""
    number, hours = visit.number("id"), visit.given("hours")
    if not (hours.isascii() and hours.isdigit() and len(hours) < 5):
        msg = "hours: số giờ / a whole number of hours is needed"
        raise UserError(msg)
    await service.snooze(
        visit.site.db,
        visit.site.settings,
        number,
        by=visit.actor,
        note=visit.given("reason"),
        hours=int(hours),
        now=visit.site.ctx.clock.now(),
    )
    return Done(to="/alerts", told="flash.alert_snoozed", data={"alert": number})
