"""The log: read it, and have its whole chain verified."""

import asyncio
from dataclasses import dataclass

from connector.console.visit import Shown, Visit
from connector.ledger.chain import GENESIS
from connector.ledger.entry import Entry, EntryKind
from connector.ledger.verify import Report, verify
from connector.store import ledger

PAGE = 100


@dataclass(frozen=True, kw_only=True)
class LogPage:
    """Entries, newest first. ``older``: where the next page begins."""

    rows: tuple[Entry, ...]
    asked: dict[str, str]
    older: int | None
    choices: dict[str, tuple[str, ...]]


async def log(visit: Visit) -> LogPage:
    """The newest entries; of one kind or one case, if asked."""
    choices = {"kind": tuple(kind.value for kind in EntryKind)}
    name = visit.asked("case")
    case_id = await visit.case_id(name) if name else None
    async with visit.site.db.reading() as conn:
        found = [
            entry
            async for entry in ledger.entries(
                conn,
                case_id=case_id,
                kind=visit.asked_of("kind", choices["kind"]),
                newest=PAGE + 1,
                before=visit.asked_number("before"),
            )
        ][::-1]
    return LogPage(
        rows=tuple(found[:PAGE]),
        asked={key: value for key in ("kind", "case") if (value := visit.asked(key))},
        older=found[PAGE - 1].seq if len(found) > PAGE else None,
        choices=choices,
    )


@dataclass(frozen=True, kw_only=True)
class Verified:
    """Outcome of a verification. ``head`` is what an auditor notes down."""

    ok: bool
    report: Report


async def verify_log(visit: Visit) -> Shown:
    """Walk the whole chain, and record that it was walked."""
    report = await asyncio.to_thread(_walk, visit.site.url)
    async with visit.site.db.unit() as unit:
        unit.record(
            EntryKind.LOG_VERIFIED,
            actor=visit.actor,
            ok=report.ok,
            checked=report.checked,
            head_hash=report.head.hash,
            broken_id=str(report.broken.seq) if report.broken else None,
        )
    return Shown(template="verified.html", model=Verified(ok=report.ok, report=report))


def _walk(url: str) -> Report:
    # the end first: entries that are written meanwhile lie behind it
    end = ledger.head_now(url)
    return verify(ledger.stream(url), GENESIS, end)
