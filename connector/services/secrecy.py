"""What an official decides about a marking of state secrecy: no secret after all, or off the system for good (R25)."""

from dataclasses import dataclass
from datetime import datetime

from connector.errors import NotFoundError, SecrecyHold, UserError
from connector.ledger.entry import EntryKind
from connector.services.officers import Decision
from connector.store import cases, clearances, quarantine
from connector.store.cases import CaseRow, End, EndedAs
from connector.store.clearances import Clearance
from connector.store.connection import Connection
from connector.store.database import Database
from connector.store.endings import Remains
from connector.sync.context import Context
from connector.sync.secrecy import hard_stop, review_code, subject, trips, uncleared


@dataclass(frozen=True, kw_only=True)
class Held:
    """A case that waits for an official's decision. ``places`` name places and levels, never a text."""

    case_id: int
    code: str | None
    since: datetime
    places: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One marking: where and which level."""

    place: str
    level: str
    cleared: bool


@dataclass(frozen=True, kw_only=True)
class SecrecyView:
    """What is known about the secrecy of one case. ``review`` names exactly the markings that are not cleared."""

    case_id: int
    code: str | None
    held: bool
    review: str
    marks: tuple[Mark, ...]
    clearances: tuple[Clearance, ...]
    end: End | None


async def held(db: Database) -> tuple[Held, ...]:
    """All cases that are held for a marking, oldest first."""
    async with db.reading() as conn:
        items = await quarantine.listed(conn, code=SecrecyHold.code)
        known = [(one, await cases.get(conn, one.case_id)) for one in items if one.case_id is not None]
    return tuple(
        Held(case_id=case.id, code=case.code, since=one.first_seen, places=one.reason)
        for one, case in known
        if case is not None
    )


async def look(db: Database, name: str) -> SecrecyView:
    """Markings of a case and what was decided about them.

    Raises:
        NotFoundError: no such case.
    """
    async with db.reading() as conn:
        row = await _case(conn, name, lock=False)
        found = await uncleared(conn, row)
        open_ = {one.digest for one in found}
        return SecrecyView(
            case_id=row.id,
            code=row.code,
            held=bool(open_) or await quarantine.is_open(conn, subject(row.id)),
            review=review_code(found),
            marks=tuple(
                Mark(place=one.marking.place, level=one.marking.level.value, cleared=one.digest not in open_)
                for one in trips(row)
            ),
            clearances=await clearances.of_case(conn, row.id),
            end=row.end,
        )


async def clear(ctx: Context, name: str, by: Decision, *, actor: str, seen: str | None = None) -> int:
    """The markings that the case shows now are no state secret: it goes on. Returns how many they are.

    Args:
        seen: the review code of what the officer looked at; a marking that came up since is then not cleared unseen.

    Raises:
        NotFoundError: no such case.
        UserError: it has ended, nothing is to be cleared, or the markings are no longer those that were seen.
    """
    async with ctx.db.unit() as unit:
        row = await _case(unit.conn, name, lock=True)
        found = await uncleared(unit.conn, row)
        if row.end is not None or not (found or await quarantine.is_open(unit.conn, subject(row.id))):
            msg = f"case {row.id} is not held for secrecy"
            raise UserError(msg)
        if seen not in (None, review_code(found)):
            msg = (
                f"the markings of case {row.id} have changed: look at them again with `phanhoi secrecy show`"
            )
            raise UserError(msg)
        now = ctx.clock.now()
        await clearances.add(
            unit.conn, row.id, [one.digest for one in found], officer=by.officer, basis=by.basis, at=now
        )
        await quarantine.close(
            unit.conn, state="resolved", actor=by.officer, note=by.basis, subject=subject(row.id)
        )
        await cases.mark_dirty(unit.conn, [row.id], now)
        unit.record(
            EntryKind.SECRECY_CLEARED,
            case_id=row.id,
            actor=actor,
            officer_id=by.officer,
            basis_code=by.basis,
            markings=len(found),
        )
        unit.wake("settle", lane=ctx.lane(row.id))
        return len(found)


async def confirm(ctx: Context, name: str, by: Decision, *, actor: str) -> Remains:
    """It is a state secret: off the system, in one transaction, for good. The portals are told nothing.

    Raises:
        NotFoundError: no such case.
        UserError: it has ended already.
    """
    async with ctx.db.unit() as unit:
        row = await _case(unit.conn, name, lock=True)
        if row.end is not None and row.end.kind is not EndedAs.CONTACT_ERASED:
            msg = f"case {row.id} has ended already ({row.end.kind.value})"
            raise UserError(msg)
        what = End(kind=EndedAs.OFF_SYSTEM, at=ctx.clock.now(), officer=by.officer, basis=by.basis)
        return await hard_stop(unit, row.id, what, actor=actor)


async def _case(conn: Connection, name: str, *, lock: bool) -> CaseRow:
    case_id = await cases.find(conn, name)
    row = await cases.get(conn, case_id, lock=lock) if case_id is not None else None
    if row is None:
        msg = f"no case is known as {name}"
        raise NotFoundError(msg)
    return row
