"""Retention: what is kept longer than its period is planned, shown, and removed exactly as shown. Every purge is an entry.

The days are civil days of Viet Nam, so a plan stays the same until midnight unless the data itself changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from connector.canonical import digest
from connector.clock import LOCAL_ZONE, Clock
from connector.errors import UserError
from connector.ledger.entry import EntryKind
from connector.sections.privacy import RetentionSettings
from connector.store import ledger, retention
from connector.store.database import Database
from connector.sync.context import Context

log = structlog.get_logger(__name__)

EXPORTS = "exports"
CLASSES = (*retention.NAMES, EXPORTS)
"""Every class of data that has a period."""


@dataclass(frozen=True, kw_only=True)
class ClassDue:
    """One class: its period in days (None: kept until an official sets one), and what is older than that."""

    name: str
    days: int | None
    cutoff: datetime | None
    rows: int = 0
    oldest: datetime | None = None
    digest: str = "0/0"


@dataclass(frozen=True, kw_only=True)
class RetentionPlan:
    """What would be removed today; ``digest`` is what ``apply`` has to name."""

    at: datetime
    classes: tuple[ClassDue, ...]
    digest: str

    @property
    def rows(self) -> int:
        """Everything that is due."""
        return sum(one.rows for one in self.classes)


@dataclass(frozen=True, kw_only=True)
class Purged:
    """What was removed, by class."""

    plan: str
    counts: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class PurgeEntry:
    """One entry of the ledger about a purge: of one class, or the whole (``name`` ``*``)."""

    at: datetime
    actor: str
    name: str
    rows: int
    plan: str
    basis: str | None


async def plan(db: Database, settings: RetentionSettings, now: datetime) -> RetentionPlan:
    """What is kept longer than its period. Reads only."""
    midnight = now.astimezone(LOCAL_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[ClassDue] = []
    async with db.reading() as conn:
        for name in CLASSES:
            days = settings.days(name)
            if days is None:
                found.append(ClassDue(name=name, days=None, cutoff=None))
                continue
            cutoff = midnight - timedelta(days=days)
            due = _files_due(settings, cutoff) if name == EXPORTS else await retention.due(conn, name, cutoff)
            found.append(
                ClassDue(
                    name=name, days=days, cutoff=cutoff, rows=due.rows, oldest=due.oldest, digest=due.digest
                )
            )
    told = [(one.name, one.days, one.digest) for one in found]
    return RetentionPlan(at=midnight, classes=tuple(found), digest=digest([midnight.isoformat(), told])[:16])


async def apply(
    db: Database,
    settings: RetentionSettings,
    clock: Clock,
    shown: str,
    *,
    actor: str,
    officer: str,
    basis: str,
) -> Purged:
    """Remove exactly what a plan has shown, in batches; a crash leaves the rest for another plan.

    Raises:
        UserError: what is due is not what was shown.
    """
    wanted = await plan(db, settings, clock.now())
    if wanted.digest != shown:
        msg = f"what is due is not what was shown as {shown}: look again (`phanhoi retention plan`)"
        raise UserError(msg)
    counts: dict[str, int] = {}
    for one in wanted.classes:
        if one.rows and one.cutoff is not None:
            counts[one.name] = await _purge(
                db, settings, clock, one, actor=actor, officer=officer, basis=basis
            )
    async with db.unit() as unit:
        unit.record(
            EntryKind.PURGED,
            actor=actor,
            name="*",
            rows=sum(counts.values()),
            plan=wanted.digest,
            officer_id=officer,
            basis_code=basis,
        )
    touched = sorted({table for name in counts if name != EXPORTS for table in retention.tables(name)})
    await db.vacuum(touched, full=settings.vacuum_full)
    return Purged(plan=wanted.digest, counts=counts)


async def _purge(
    db: Database,
    settings: RetentionSettings,
    clock: Clock,
    due: ClassDue,
    *,
    actor: str,
    officer: str,
    basis: str,
) -> int:
    """One class; never more rows than were shown. The entry of a batch commits with it."""
    assert due.cutoff is not None
    if due.name == EXPORTS:
        return await _purge_files(db, settings, due.cutoff, actor=actor)
    removed = 0
    while removed < due.rows:
        async with db.unit() as unit:
            cases = await retention.remove(
                unit.conn, due.name, due.cutoff, at=clock.now(), officer=officer, basis=basis
            )
            if not cases:
                break
            removed += len(cases)
            until = due.cutoff.isoformat()
            unit.record(EntryKind.PURGED, actor=actor, name=due.name, rows=len(cases), until=until)
            for case_id in filter(None, cases):
                what = "contact" if due.name == "contacts" else "all"
                unit.record(EntryKind.ERASED, case_id=case_id, actor=actor, what=what, basis_code=basis)
    log.info("purged", name=due.name, rows=removed)
    return removed


async def purge_due(ctx: Context) -> Purged | None:
    """The purge by schedule, only where the settings order it and the last one is long enough ago."""
    settings = ctx.settings.retention
    if not settings.enabled or settings.basis is None:
        return None
    async with ctx.db.reading() as conn:
        last = await ledger.newest_of(conn, EntryKind.PURGED)
    if last is not None and ctx.clock.now() - last.at < timedelta(seconds=settings.every_s):
        return None
    shown = await plan(ctx.db, settings, ctx.clock.now())
    by = {"actor": ctx.settings.node, "officer": ctx.settings.node, "basis": settings.basis}
    return await apply(ctx.db, settings, ctx.clock, shown.digest, **by)


async def report(db: Database, *, most: int) -> list[PurgeEntry]:
    """The newest purges as the ledger tells them, newest first."""
    async with db.reading() as conn:
        found = await ledger.all_of(conn, EntryKind.PURGED, most=most)
    return [
        PurgeEntry(
            at=one.at,
            actor=one.actor,
            name=str(one.data["name"]),
            rows=int(one.data["rows"] or 0),
            plan=str(one.data.get("plan", "")),
            basis=None if one.data.get("basis_code") is None else str(one.data["basis_code"]),
        )
        for one in found
    ]


# ---- the folder of exports ----------------------------------------------------------------------------------


def _old_files(settings: RetentionSettings, cutoff: datetime) -> Iterator[tuple[Path, datetime]]:
    """Plain files right in the folder; whatever lies deeper, or is a link, is not ours."""
    folder = settings.exports_folder
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.is_symlink():
            at = datetime.fromtimestamp(path.stat().st_mtime, LOCAL_ZONE)
            if at < cutoff:
                yield path, at


def _files_due(settings: RetentionSettings, cutoff: datetime) -> retention.Due:
    found = list(_old_files(settings, cutoff))
    mark = digest([[path.name, at.isoformat()] for path, at in found])[:16]
    return retention.Due(
        rows=len(found), oldest=min((at for _, at in found), default=None), digest=f"{len(found)}/{mark}"
    )


async def _purge_files(db: Database, settings: RetentionSettings, cutoff: datetime, *, actor: str) -> int:
    found = list(_old_files(settings, cutoff))
    for path, _ in found:
        path.unlink(missing_ok=True)
    async with db.unit() as unit:
        unit.record(EntryKind.PURGED, actor=actor, name=EXPORTS, rows=len(found), until=cutoff.isoformat())
    return len(found)
