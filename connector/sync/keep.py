"""Keep: one record of a system is stored, mapped and folded into its case; what cannot be used is put aside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from connector import crash
from connector.canonical import digest_bytes
from connector.case import REGISTER, Case, absorb
from connector.errors import (
    ConnectorError,
    CredentialsRefused,
    DatabaseUnavailable,
    MergeConflict,
    SealBroken,
    SecrecyHold,
    Unmapped,
    Unreadable,
)
from connector.ledger.entry import EntryKind
from connector.store import cases, endings, identity, links, observations, quarantine, rereading, vault
from connector.store.cases import CaseRow, End, EndedAs
from connector.store.database import UNSTORABLE, Unit
from connector.sync import committed, secrecy
from connector.sync.context import Context
from connector.system import Problem, Record

log = structlog.get_logger(__name__)

POISON: tuple[type[Exception], ...] = (
    *UNSTORABLE,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a record may make our own code end in. Such a record is put aside; it must not stop its neighbours."""

_PARTING: tuple[type[Exception], ...] = (SealBroken, DatabaseUnavailable, *POISON)
"""Why records are kept one by one: one of them is bad, or another node holds the same cases in another order."""

"""Where a problem lies that came up while a case was asked for: asking again may cure it."""


@dataclass(kw_only=True)
class Tally:
    """What a pass did."""

    seen: int = 0
    new: int = 0
    quarantined: int = 0
    skipped: int = 0
    pages: int = 0
    codes: set[str] = field(default_factory=set)
    refused: CredentialsRefused | None = None
    more: bool = False
    """A slice was full: the rest can be asked for at once."""

    def add(self, other: "Tally") -> None:
        """What another one counted of records."""
        self.new += other.new
        self.quarantined += other.quarantined

    def as_counts(self) -> dict[str, int]:
        """For the run's row."""
        return {"seen": self.seen, "new": self.new, "quarantined": self.quarantined, "skipped": self.skipped}

    @property
    def outcome(self) -> str:
        """``empty`` if the pass found nothing worth keeping."""
        return "ok" if self.new or self.quarantined or self.skipped else "empty"


async def keep_all(
    ctx: Context, records: Sequence[Record], tally: Tally, *, asked_at: datetime | None = None
) -> None:
    """Store records of a list in one transaction; where one of them cannot go with the others, each goes by itself."""
    together = Tally()
    try:
        async with ctx.many, ctx.db.unit() as unit:
            await vault.ring(unit.conn, {vault.owner_of(one.system, one.ref) for one in records})
            for record in records:
                await take_in(ctx, unit, record, together, asked_at=asked_at, listed=True)
                crash.point("observe.storing", record.system, record.kind)
    except _PARTING as error:
        log.info("kept_one_by_one", records=len(records), kind=type(error).__name__)
        for record in records:
            await keep(ctx, record, tally, asked_at=asked_at)
    else:
        tally.add(together)


async def keep(
    ctx: Context,
    record: Record,
    tally: Tally,
    *,
    asked_at: datetime | None = None,
    listed: bool = True,
    waited_for: bool = False,
) -> None:
    """Store one record and fold it into its case, in one transaction.

    Args:
        asked_at: when the system was asked for it; what we wrote since is not in it and has to be read back.
        listed: its version is the one by which lists tell it, so that a row of that version needs no second reading.
        waited_for: something of this case is put aside: a mere repeat of what could be read before ends that, too.
    """
    try:
        await _keep(ctx, record, tally, asked_at, listed=listed, waited_for=waited_for)
    except SealBroken as error:
        await _keep_apart(ctx, record, error, tally, listed=listed)
    except POISON as error:
        log.exception("record_fault", system=record.system, kind=type(error).__name__)
        await _keep(ctx, _evidence(record, error), tally, asked_at, listed=listed)


async def _keep(
    ctx: Context,
    record: Record,
    tally: Tally,
    asked_at: datetime | None,
    *,
    listed: bool,
    waited_for: bool = False,
) -> None:
    async with ctx.db.unit() as unit:
        await take_in(ctx, unit, record, tally, asked_at=asked_at, listed=listed, waited_for=waited_for)
        crash.point("observe.storing", record.system, record.kind)


async def take_in(
    ctx: Context,
    unit: Unit,
    record: Record,
    tally: Tally,
    *,
    asked_at: datetime | None,
    listed: bool,
    waited_for: bool = False,
) -> None:
    """Store one record and fold it into its case, in the caller's transaction; see :func:`keep`.

    Raises:
        SealBroken: what we hold of the case does not open.
        Exception: one of :data:`POISON`.
    """
    kept = await observations.store(unit.conn, record, None, listed=listed)
    if not kept.sealed:
        log.info("telling_not_kept", system=record.system, ref=record.ref)
        return
    # a telling of before may come back after another one: what was changed was changed back
    idle = kept.repeat and not waited_for
    if idle or (not kept.fresh and await quarantine.is_dismissed(unit.conn, kept.id)):
        await _unchanged(ctx, unit, record, asked_at)
    else:
        await fold(ctx, unit, record, kept.id, tally, asked_at=asked_at, again=not kept.fresh)


async def _keep_apart(ctx: Context, record: Record, error: SealBroken, tally: Tally, *, listed: bool) -> None:
    """What we hold of the case does not open: the telling is kept for a person, its neighbours go on."""
    log.error("seal_broken", system=record.system, ref=record.ref)
    tally.quarantined += 1
    async with ctx.db.unit() as unit:
        kept = await observations.store(unit.conn, record, None, listed=listed)
        subject = _subject(ctx, record)
        await put_aside(ctx, unit, record.system, record.ref, error, kept.id, subject=subject)


def _evidence(record: Record, error: Exception) -> Record:
    """The same record as evidence only: its exact bytes, and what they made our code end in."""
    return replace(
        record,
        ref=_storable(record.ref),
        version=_storable(record.version),
        data={"bytes": digest_bytes(record.raw)},
        problems=(Problem(where="record", text=type(error).__name__),),
    )


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


async def fold(
    ctx: Context,
    unit: Unit,
    record: Record,
    observation_id: int,
    tally: Tally,
    *,
    asked_at: datetime | None = None,
    again: bool = False,
) -> None:
    """Map a kept record and fold it into its case; what cannot be mapped is quarantined with its reason.

    Args:
        asked_at: see :func:`keep`.
        again: it was folded before; it is news only if the system told something else in between.
    """
    try:
        if record.problems:
            raise Unreadable(_list(record.problems), ref=record.ref)
        told = ctx.mappings.for_system(record.system).read(record)
        case_id = await identity.resolve(unit.conn, told)
    except (Unmapped, Unreadable, MergeConflict) as error:
        tally.quarantined += 1
        subject = _subject(ctx, record)
        await put_aside(ctx, unit, record.system, record.ref, error, observation_id, subject=subject)
        await _unchanged(ctx, unit, record, asked_at, usable=False)
        return
    row = await cases.get(unit.conn, case_id, lock=True)
    assert row is not None
    link = row.link(record.system)
    state = absorb(link.state if link else None, told)
    if await _ended(ctx, unit, row, state):
        return
    await _resolved(ctx, unit, record, case_id)
    if again and link is not None and link.state == state:
        await _unchanged(ctx, unit, record, asked_at)
        return
    tally.new += 1
    now = ctx.clock.now()
    await observations.assign(unit.conn, observation_id, case_id)
    until = ctx.refresh_at(state, changed=link is None or link.state != state)
    await links.save_state(unit.conn, case_id, state, until, asked_at=asked_at, now=now)
    unit.record(
        EntryKind.OBSERVED,
        system=record.system,
        case_id=case_id,
        ref=record.ref,
        observation_id=observation_id,
        status=state.status.value,
        sealed=committed.of_telling(state, record),
    )
    unit.wake("settle", lane=ctx.lane(case_id))


async def _ended(ctx: Context, unit: Unit, row: CaseRow, state: Case) -> bool:
    """A telling of a case that has ended, or that ends it: what was stored of it a moment ago is not kept."""
    act = secrecy.taken_off(state) if state.system == REGISTER else None
    if row.end is None and act is None:
        return False
    if row.link(state.system) is None:
        await links.save_ref(unit.conn, row.id, state.system, state.ref, None)
    if row.end is not None:
        await endings.empty(unit.conn, row.id, row.end, code=SecrecyHold.code)
    elif act is not None:
        what = End(
            kind=EndedAs.OFF_SYSTEM,
            at=ctx.clock.now(),
            officer=act.officer or REGISTER,
            basis=act.details.get("basis", act.id),
        )
        await secrecy.hard_stop(unit, row.id, what)
    return True


async def _resolved(ctx: Context, unit: Unit, record: Record, case_id: int) -> None:
    """It is read and mapped: what was put aside under its name is over."""
    for item in await quarantine.close(
        unit.conn,
        state="resolved",
        actor=unit.actor,
        note="read and mapped",
        subject=_subject(ctx, record),
    ):
        unit.record(EntryKind.RETRIED, system=record.system, case_id=case_id, quarantine_id=item.id)


def _subject(ctx: Context, record: Record) -> str:
    """Under which name a record is put aside.

    A whole case takes the place of what was told of it before. A fragment stands for itself: no later one makes up for
    it, so it keeps an item of its own until that very fragment can be read.
    """
    section = ctx.mappings.for_system(record.system).reads.get(record.kind)
    name = f"{record.system}/{record.ref}"
    return name if section is None or section.header is not None else f"{name}/{record.version}"


async def _unchanged(
    ctx: Context, unit: Unit, record: Record, asked_at: datetime | None, *, usable: bool = True
) -> None:
    """Nothing new, or nothing that can be used: only the time of the next reading moves."""
    case = await cases.by_ref(unit.conn, record.system, record.ref)
    link = case.link(record.system) if case else None
    if link is None:
        return
    now = ctx.clock.now()
    # a case that could never be read is tried again at the same pace, not with every tick
    every = timedelta(seconds=ctx.settings.systems[record.system].refresh_every_s)
    until = ctx.refresh_at(link.state, changed=not usable) if link.state else now + every
    await rereading.later(unit.conn, record.system, record.ref, until, asked_at=asked_at, now=now)


async def put_aside(
    ctx: Context,
    unit: Unit,
    system: str,
    ref: str,
    error: ConnectorError,
    observation_id: int | None,
    *,
    subject: str | None = None,
) -> None:
    """Put a record, or a case that could not be read at all, before a person."""
    candidates = error.candidates if isinstance(error, Unmapped) else ()
    item_id = await quarantine.put(
        unit.conn,
        subject=subject or f"{system}/{ref}",
        system=system,
        ref=ref,
        code=error.code,
        reason=error.message,
        candidates=candidates,
        observation_id=observation_id,
        at=ctx.clock.now(),
    )
    if item_id is not None:
        unit.record(EntryKind.QUARANTINED, system=system, ref=ref, code=error.code, quarantine_id=item_id)


def _list(problems: Iterable[Problem]) -> str:
    return "; ".join(f"{problem.where}: {problem.text}" for problem in problems)
