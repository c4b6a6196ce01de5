"""What an incident touched, counted from the log and from what is stored; the counting is an entry itself."""

import secrets
from collections.abc import Callable
from datetime import datetime

from connector.clock import Clock
from connector.console.access.rights import Right, Role, rights_of
from connector.errors import AccessDenied, UserError
from connector.incident.classes import DataClass
from connector.incident.tally import Affected, Incident, Tally
from connector.incident.ways import Scope, Way
from connector.ledger.entry import EntryKind
from connector.services.officers import official
from connector.settings import Settings
from connector.store import accounts, incidents, ledger
from connector.store.connection import Connection
from connector.store.database import Database


async def count(
    db: Database,
    settings: Settings,
    scope: Scope,
    *,
    by: str,
    noticed: datetime,
    clock: Clock,
    opened: bool = True,
    most: int = 50,
    each: Callable[[Affected], None] = lambda _one: None,
) -> Incident:
    """Count. The entry that records it is committed before the caller has the numbers.

    Args:
        by: account of the official who asks.
        noticed: when the breach was noticed; the deadlines run from then.
        opened: look into the sealed cases, to tell classes and people apart; without, each case counts as one person.
        most: so many cases are named in the answer.
        each: is handed every case, by number, as it is counted.

    Raises:
        UserError: the window is empty, it was noticed before it began or in the future, or ``by`` is no official's account.
        AccessDenied: the console has accounts, and that one is not there, locked, or may not verify the log.
    """
    officer, now = official(settings, by), clock.now()
    _check_times(scope, noticed, now)
    tally = Tally(secrets.token_bytes(32), most=most)
    async with db.reading() as conn:
        await _require_right(conn, officer)
        upto = (await ledger.head(conn)).seq
        happened = await incidents.happened(conn, scope, upto)
        async for touches in incidents.touched(conn, scope, upto):
            found = await incidents.held(conn, [one.case_id for one in touches], opened=opened)
            for one in touches:
                each(tally.add(one, found.get(one.case_id)))
    done = Incident(
        scope=scope,
        noticed=noticed,
        counted_at=now,
        counted_by=officer,
        upto=upto,
        cases=tally.cases,
        subjects=tally.subjects,
        nameless=tally.nameless,
        unopened=tally.unopened,
        located=tally.located,
        classes={one: tally.classes[one] for one in DataClass if tally.classes[one]},
        ways={way: tally.ways[way] for way in Way if tally.ways[way]},
        first=tally.first,
        last=tally.last,
        happened=happened,
        named=tally.named,
    )
    await _record(db, done, opened=opened)
    return done


def _check_times(scope: Scope, noticed: datetime, now: datetime) -> None:
    if scope.since is not None and scope.since >= scope.before:
        msg = "--to lies before --from"
        raise UserError(msg)
    if noticed > now:
        msg = "--noticed lies in the future"
        raise UserError(msg)
    if scope.since is not None and noticed < scope.since:
        msg = "--noticed lies before --from: nothing is noticed before it begins"
        raise UserError(msg)


async def _require_right(conn: Connection, officer: str) -> None:
    """Where the console has accounts, it is one of theirs who asks. Without any, the shell is guarded by the system alone."""
    row = await accounts.get(conn, officer)
    if row is None and not await accounts.listed(conn):
        return
    held = rights_of(Role(row.role), limited=bool(row.agencies)) if row and not row.locked_at else frozenset()
    if Right.VERIFY_LOG not in held:
        msg = f"{officer} may not count an incident: it takes an unlocked account with the right {Right.VERIFY_LOG}"
        raise AccessDenied(msg)


async def _record(db: Database, done: Incident, *, opened: bool) -> None:
    scope = done.scope
    async with db.unit() as unit:
        unit.record(
            EntryKind.INCIDENT_COUNTED,
            actor=done.counted_by,
            case_id=scope.case_id,
            since=scope.since.isoformat() if scope.since else None,
            before=scope.before.isoformat(),
            noticed=done.noticed.isoformat(),
            systems=",".join(scope.systems) or None,
            account_id=scope.actor,
            upto=done.upto,
            cases=done.cases,
            subjects=done.subjects,
            nameless=done.nameless,
            unopened=done.unopened,
            located=done.located,
            opened=opened,
        )
