"""Alerts for people: look, judge, keep, and put up what has to be told. What a person says about an alert."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connector.alerts.judge import Alert, Kind, Patience, Step, Word, after, judge
from connector.alerts.letter import Line, Place, news
from connector.errors import NotFoundError, UserError
from connector.ledger.entry import EntryKind
from connector.sections.alerts import AlertSettings
from connector.services.alert_channels import names
from connector.services.alert_facts import collect
from connector.services.officers import official
from connector.settings import Settings
from connector.store import alerts
from connector.store.database import Database, Unit
from connector.sync.context import Context

MOST_NOTE = 500
LONGEST_SNOOZE = timedelta(days=31)
"""A snooze is no way to switch an alert off."""

KEEP_MESSAGES = timedelta(days=90)


def place(settings: Settings) -> Place:
    """Who tells, and where readers go on."""
    given = settings.alerts
    return Place(node=settings.node, console=given.console_url, manual=given.manual_url)


async def look(ctx: Context) -> list[Step]:
    """Look at everything, and put up what has to be told for every channel. Returns what became of each alert.

    Raises:
        DatabaseUnavailable: nothing was looked at, nothing has changed.
    """
    facts, looked = await collect(ctx)
    now = ctx.clock.now()
    async with ctx.db.unit() as unit:
        await alerts.lock(unit.conn)
        known = await alerts.open_now(unit.conn)
        steps = judge(facts, known, looked=looked, now=now, patience=patience(ctx.settings.alerts))
        lines = [await _carry_out(unit, ctx.settings, step, now) for step in steps]
        told = [line for line, step in zip(lines, steps, strict=True) if step.tells]
        if told:
            gone = sum(step.kind is Kind.ENDED for step in steps)
            letter = news(told, open=len(lines) - gone, at=now, place=place(ctx.settings))
            await alerts.put(unit.conn, names(ctx.settings.alerts), "alerts", letter, now)
        await alerts.forget(unit.conn, now - KEEP_MESSAGES)
    return steps


def patience(settings: AlertSettings) -> Patience:
    """How often what is repeated, as the settings say."""
    return Patience(
        grave=timedelta(seconds=settings.repeat_grave_s),
        warning=timedelta(seconds=settings.repeat_s),
        calm=timedelta(seconds=settings.calm_s),
    )


async def _carry_out(unit: Unit, settings: Settings, step: Step, now: datetime) -> Line:
    if step.alert is None:
        assert step.fact is not None
        alert = await alerts.raise_(unit.conn, step.fact, now)
        _record(unit, settings, EntryKind.ALERT_RAISED, alert, count=alert.fact.count)
    else:
        alert = after(step, step.alert, now)
        if alert != step.alert:
            await alerts.save(unit.conn, alert)
        if step.kind is Kind.ENDED:
            _record(unit, settings, EntryKind.ALERT_ENDED, alert, tellings=alert.tellings)
    return Line(kind=step.kind, id=alert.id, fact=alert.fact, raised_at=alert.raised_at)


def _record(
    unit: Unit, settings: Settings, kind: EntryKind, alert: Alert, *, actor: str | None = None, **facts: Any
) -> None:
    subject = alert.fact.subject
    unit.record(
        kind,
        actor=actor,
        system=subject if subject in settings.systems else None,
        alert_id=alert.id,
        condition=alert.fact.condition.value,
        subject=subject,
        **facts,
    )


def state(alert: Alert) -> str:
    """``open``, ``acknowledged``, ``snoozed`` or ``ended``."""
    if alert.ended_at is not None:
        return "ended"
    return "snoozed" if alert.snoozed else "acknowledged" if alert.acknowledged else "open"


# ---- a person's word ------------------------------------------------------------------------------------------


async def acknowledge(
    db: Database, settings: Settings, alert_id: int, *, by: str, note: str, now: datetime
) -> Alert:
    """An official looks after it: it is not repeated, unless it gets worse.

    Raises:
        UserError: no official's account, or no note.
        NotFoundError: no open alert has that number.
    """
    word = Word(by=official(settings, by), at=now, note=_note(note))
    async with db.unit() as unit:
        alert = replace(await _open(unit, alert_id), acknowledged=word, snoozed=None)
        await alerts.save(unit.conn, alert)
        _record(unit, settings, EntryKind.ALERT_ACKNOWLEDGED, alert, actor=word.by)
    return alert


async def snooze(
    db: Database, settings: Settings, alert_id: int, *, by: str, note: str, hours: float, now: datetime
) -> Alert:
    """It is silent for so many hours, whatever happens; then it is told again if it is still there.

    Raises:
        UserError: no official's account, no reason, or more than a month.
        NotFoundError: no open alert has that number.
    """
    length = timedelta(hours=hours)
    if not timedelta() < length <= LONGEST_SNOOZE:
        msg = f"hours: more than 0, at most {LONGEST_SNOOZE // timedelta(hours=1)}"
        raise UserError(msg)
    word = Word(by=official(settings, by), at=now, note=_note(note), until=now + length)
    async with db.unit() as unit:
        alert = replace(await _open(unit, alert_id), snoozed=word, acknowledged=None)
        await alerts.save(unit.conn, alert)
        until = (now + length).isoformat(timespec="seconds")
        _record(unit, settings, EntryKind.ALERT_SNOOZED, alert, actor=word.by, until=until)
    return alert


def _note(note: str) -> str:
    told = note.strip()
    if not told or len(told) > MOST_NOTE:
        msg = f"a note is needed, at most {MOST_NOTE} characters: who does what about it?"
        raise UserError(msg)
    return told


async def _open(unit: Unit, alert_id: int) -> Alert:
    found = await alerts.get(unit.conn, alert_id, locked=True)
    if found is None or found.ended_at is not None:
        msg = f"không có cảnh báo đang mở số {alert_id} / no open alert {alert_id}"
        raise NotFoundError(msg)
    return found
