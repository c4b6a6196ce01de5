"""The daily and the weekly digest: counted, and put up for the channels that get it, once each."""

from datetime import date

from connector.alerts.digest import Numbers, SystemLine, digest
from connector.alerts.letter import Letter
from connector.alerts.schedule import Digest, Hours, due, period
from connector.clock import LOCAL_ZONE, Clock
from connector.rules.calendar import Calendar
from connector.sections.alerts import AlertSettings
from connector.services.alert_channels import names
from connector.services.alerts import place
from connector.services.overview import SystemStatus, overview
from connector.settings import Settings
from connector.store import alert_facts, alerts, finding_list
from connector.store.database import Database
from connector.store.deliveries import OPEN
from connector.sync.context import Context


def hours(settings: AlertSettings) -> Hours:
    """When digests come."""
    return Hours(daily=settings.daily_at, weekly=settings.weekly_at, weekday=settings.weekly_on)


async def put_up_due(ctx: Context) -> list[Digest]:
    """Put up the digests whose time has come. Returns which.

    Raises:
        DatabaseUnavailable: none went.
    """
    settings, now = ctx.settings.alerts, ctx.clock.now()
    receivers = names(settings, digests=True)
    went = []
    for kind in Digest:
        day = due(kind, hours(settings), now, ctx.calendar)
        if day is None or not receivers or not await _is_missing(ctx.db, kind, day):
            continue
        letter = await write(ctx.db, ctx.settings, ctx.book.calendar, ctx.clock, kind, day)
        async with ctx.db.unit() as unit:
            if await alerts.claim(unit.conn, kind.value, day, now):
                await alerts.put(unit.conn, receivers, kind.value, letter, now)
                went.append(kind)
    return went


async def _is_missing(db: Database, kind: Digest, day: date) -> bool:
    """Counting reads a lot: it is looked first whether anybody has done it."""
    async with db.reading() as conn:
        return not await alerts.is_claimed(conn, kind.value, day)


async def write(
    db: Database, settings: Settings, calendar: Calendar, clock: Clock, kind: Digest, day: date | None = None
) -> Letter:
    """The digest of a day; of today, up to now, if none is named."""
    now = clock.now()
    first, last = period(kind, day or now.astimezone(LOCAL_ZONE).date(), hours(settings.alerts))
    if day is None:
        first, last = now - (last - first), now
    stands = await overview(db, settings, calendar, now)
    async with db.reading() as conn:
        done = await alert_facts.done_since(conn, first, last)
        raised, ended = await alerts.counted(conn, first, last)
        told = Numbers(
            kind=kind,
            first=first,
            last=last,
            systems=tuple(_line(one, done.get(one.name, 0)) for one in stands.systems),
            cases=stands.cases,
            fresh=await alert_facts.new_cases(conn, first, last),
            unsettled=stands.unsettled,
            quarantined=stands.quarantined,
            in_doubt=stands.in_doubt,
            pauses=len(stands.pauses),
            findings=await finding_list.waiting(conn),
            raised=raised,
            ended=ended,
            entries=stands.ledger_entries,
            sealed=stands.seal.sealed,
            alerts=tuple(await alerts.open_now(conn)),
        )
    return digest(told, at=now, place=place(settings))


def _line(one: SystemStatus, done: int) -> SystemLine:
    return SystemLine(
        system=one.name,
        done=done,
        open=sum(count for state, count in one.deliveries.items() if state in OPEN),
        in_doubt=one.deliveries.get("in_doubt", 0),
        read_at=one.asked_at,
    )
