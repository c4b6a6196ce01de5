"""The log: read it, see what was signed of it, and have all of it verified."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connector.console.visit import Shown, Visit
from connector.ledger.entry import Entry, EntryKind
from connector.ledger.verify import Report
from connector.services.log_check import Checked, Finding, check
from connector.store import checkpoints, log_list, saved_filters
from connector.store.checkpoints import Stored, Trouble
from connector.store.database import translated
from connector.store.leaf import leaf
from connector.store.saved_filters import SavedFilter

SEALS = 25
PAGE = 100


@dataclass(frozen=True, kw_only=True)
class LogPage:
    """Entries, newest first. ``older``, ``newer``: where the next page and the one before begin."""

    rows: tuple[Entry, ...]
    asked: dict[str, str]
    older: int | None
    newer: int | None
    saved: tuple[SavedFilter, ...]
    choices: dict[str, tuple[str, ...]]


async def log(visit: Visit) -> LogPage:
    """The newest entries; of one kind or one case, if asked."""
    choices = {"kind": tuple(kind.value for kind in EntryKind)}
    name = visit.asked("case")
    case_id = await visit.case_id(name) if name else None
    kind, at = visit.asked_of("kind", choices["kind"]), visit.place(PAGE)
    async with visit.site.db.reading() as conn:
        read = await log_list.entries(conn, at, case_id=case_id, kind=kind)
        saved = await saved_filters.listed(conn, visit.actor, "log")
    found = leaf(read, lambda one: one.seq, at, falling=True)
    return LogPage(
        rows=found.rows,
        asked={key: value for key in ("kind", "case") if (value := visit.asked(key))},
        older=found.before,
        newer=found.after,
        saved=saved,
        choices=choices,
    )


@dataclass(frozen=True, kw_only=True)
class SealLine:
    """One checkpoint. ``root``: 64 hex digits; ``note``: what an auditor keeps elsewhere."""

    size: int
    root: str
    signed_at: datetime
    filed_at: datetime | None
    stamped: bool
    witnessed: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class CheckpointsPage:
    """What was signed, newest first. ``unsealed``: entries after the newest.

    ``older``, ``newer``: where the next page and the one before begin.
    """

    rows: tuple[SealLine, ...]
    unsealed: int
    troubles: tuple[Trouble, ...]
    older: int | None
    newer: int | None


async def sealed(visit: Visit) -> CheckpointsPage:
    """The newest checkpoints, and what could not be brought to those who keep them."""
    at = visit.place(SEALS)
    async with visit.site.db.reading() as conn:
        found = leaf(await checkpoints.around(conn, at), lambda one: one.size, at, falling=True)
        unsealed, troubles = await checkpoints.unsealed(conn), await checkpoints.troubles(conn)
    return CheckpointsPage(
        rows=tuple(_line(one) for one in found.rows),
        unsealed=unsealed,
        troubles=tuple(troubles),
        older=found.before,
        newer=found.after,
    )


def _line(one: Stored) -> SealLine:
    return SealLine(
        size=one.size,
        root=one.root.hex(),
        signed_at=one.signed_at,
        filed_at=one.filed_at,
        stamped=one.timestamp_token is not None,
        witnessed=one.cosignatures is not None,
        note=one.whole_note,
    )


@dataclass(frozen=True, kw_only=True)
class Verified:
    """Outcome of a verification. ``report``: of the chain, its head is what an auditor notes down.

    Attributes:
        signed: entries that the last right checkpoint covers.
        notes, copies: checkpoints of the database, and of the folder, that were found right.
        findings: what is wrong with what was signed.
    """

    ok: bool
    report: Report
    signed: int
    notes: int
    copies: int
    findings: tuple[Finding, ...]


async def verify_log(visit: Visit) -> Shown:
    """Check all entries and all that was ever signed of them, and record that it was done."""
    folder = visit.site.settings.ledger.checkpoint_folder
    found = await asyncio.to_thread(_check, visit.site.url, folder)
    async with visit.site.db.unit() as unit:
        unit.record(
            EntryKind.LOG_VERIFIED,
            actor=visit.actor,
            ok=found.ok,
            checked=found.report.checked,
            head_hash=found.report.head.hash,
            broken_id=str(found.report.broken.seq) if found.report.broken else None,
        )
    model = Verified(
        ok=found.ok,
        report=found.report,
        signed=found.signed,
        notes=found.notes,
        copies=found.copies,
        findings=tuple(found.findings),
    )
    return Shown(template="verified.html", model=model)


def _check(url: str, folder: Path | None) -> Checked:
    with translated():
        return check(url, folder=folder)
