"""Reconciliation for people: how it stands, what is open, how it went day by day, and what an official acknowledges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from connector.case import REGISTER
from connector.clock import LOCAL_ZONE
from connector.errors import NotFoundError, UserError
from connector.ledger.entry import EntryKind
from connector.reconcile.findings import Acknowledgement, Finding
from connector.services.officers import official
from connector.settings import Settings
from connector.store import circuits, findings, reconcile
from connector.store.database import Database
from connector.store.leaf import Place
from connector.store.reconcile import Day, Run

MOST_NOTE = 500
LONGEST = timedelta(days=366)
"""An acknowledgement is no way to forget."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One portal: its newest pass, its last full one, and the open findings by class."""

    system: str
    newest: Run | None
    full_at: datetime | None
    open: Mapping[str, int]


def portals(settings: Settings) -> tuple[str, ...]:
    """All portals in use: each is compared with the register."""
    return tuple(name for name, one in sorted(settings.systems.items()) if name != REGISTER and one.enabled)


async def daemon_runs(db: Database, now: datetime) -> bool:
    """Whether somebody is there to carry out a pass that is ordered."""
    async with db.reading() as conn:
        return bool(await circuits.listed(conn, now))


async def standing(db: Database, settings: Settings) -> tuple[Standing, ...]:
    """How reconciliation stands."""
    told = []
    async with db.reading() as conn:
        counts = await findings.counts(conn)
        for name in portals(settings):
            runs = await reconcile.runs(conn, Place(most=1), system=name)
            told.append(
                Standing(
                    system=name,
                    newest=runs[0] if runs else None,
                    full_at=await reconcile.last_full(conn, name),
                    open=counts.get(name, {}),
                )
            )
        here = counts.get(REGISTER, {})
    if here:
        told.append(Standing(system=REGISTER, newest=None, full_at=None, open=here))
    return tuple(told)


async def trend(db: Database, *, system: str | None, days: int, now: datetime) -> tuple[Day, ...]:
    """Day by day, oldest first, out of the passes that came to their end."""
    since = now - timedelta(days=days)
    async with db.reading() as conn:
        return tuple(await reconcile.by_day(conn, since, system=system, zone=LOCAL_ZONE.key))


async def acknowledge(
    db: Database, settings: Settings, finding_id: int, *, by: str, note: str, until: date, now: datetime
) -> Finding:
    """An official has seen a difference and says why it may stand until the end of a day.

    Raises:
        UserError: no official's account, no note, or a day that is past or further than a year away.
        NotFoundError: no open finding has that number.
    """
    officer, note = official(settings, by), note.strip()
    if not note or len(note) > MOST_NOTE:
        msg = f"a note is needed, at most {MOST_NOTE} characters: why may it stand?"
        raise UserError(msg)
    end = datetime.combine(until + timedelta(days=1), time(), LOCAL_ZONE)
    if not now < end <= now + LONGEST:
        msg = f"--until is a day from today on, within {LONGEST.days} days"
        raise UserError(msg)
    async with db.unit() as unit:
        found = await findings.get(unit.conn, finding_id, lock=True)
        if found is None or not found.open:
            msg = f"no open finding {finding_id}"
            raise NotFoundError(msg)
        given = Acknowledgement(officer=officer, note=note, at=now, until=end)
        await findings.acknowledge(unit.conn, found, given)
        unit.record(
            EntryKind.FINDING_ACKNOWLEDGED,
            actor=officer,
            system=found.system,
            case_id=found.case_id,
            finding_id=found.id,
            until=until.isoformat(),
        )
        told = await findings.get(unit.conn, finding_id)
        assert told is not None
        return told
