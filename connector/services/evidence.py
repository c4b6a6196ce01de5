"""The evidence file of a case: gathered in one transaction, written as document and bundle, recorded before anybody has it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.case import REGISTER, Case, Privacy
from connector.clock import Clock
from connector.errors import NotFoundError, PrivacyStop
from connector.ledger.commitment import Openings
from connector.ledger.entry import Entry, EntryKind
from connector.ledger.export import Proof
from connector.ledger.filter import LogFilter
from connector.reports.evidence import (
    Ended,
    Evidence,
    Gone,
    Side,
    Term,
    Write,
    custodian,
    decisions,
    known_acts,
    seen_by,
    steps,
    strictest,
)
from connector.reports.evidence_pdf import write_evidence
from connector.reports.names import Names
from connector.rules.book import RuleBook
from connector.rules.openings import entitled
from connector.rules.visibility import Audience, Matter, matters
from connector.services.deadlines import deadlines
from connector.services.log_export import Bundle, Exported, Out, file_name
from connector.store import cases, deliveries, exports, openings, vault
from connector.store.cases import CaseRow, End, EndedAs
from connector.store.database import Connection, Database
from connector.store.tiles import Tiles
from connector.sync.secrecy import require_clear

AUDIENCES = tuple(
    who
    for who in Audience
    if {Matter.OFFICER, Matter.INNER, Matter.PROGRESS} <= matters(who, Privacy.PRIVATE)
)
"""For whom evidence is made: entries name accounts and inner steps, and cannot be cut without losing their proof."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Whose evidence, for whom, by which official."""

    name: str
    audience: Audience
    officer: str


async def require_evidence(conn: Connection, name: str) -> CaseRow:
    """The case, locked, if evidence of it may be made.

    Raises:
        NotFoundError: no such case.
        PrivacyStop: it is restricted, held for a marking of secrecy, or off the system.
    """
    case_id = await cases.find(conn, name)
    row = await cases.get(conn, case_id, lock=True) if case_id is not None else None
    if row is None:
        msg = f"no case is known as {name}"
        raise NotFoundError(msg)
    await _permit(conn, row)
    return row


def evidence_name(row: CaseRow, now: datetime) -> str:
    """Name of the files about a case, without their endings; a code may hold what no file's name should."""
    called = re.sub(r"[^A-Za-z0-9.-]+", "_", row.code or str(row.id))
    return file_name(f"chung-cu-{called}", now)


async def _permit(conn: Connection, row: CaseRow) -> None:
    await require_clear(conn, row)
    if row.end is not None and row.end.kind is EndedAs.OFF_SYSTEM:
        msg = f"case {row.id} was taken off the system: no file about it is made"
        raise PrivacyStop(msg)
    if _told(row) and _privacy(row) is Privacy.RESTRICTED:
        msg = f"case {row.id} is restricted: no file about it is made"
        raise PrivacyStop(msg)


async def openings_for(db: Database, case_id: int, audience: Audience) -> dict[int, Openings]:
    """The openings of a case's sealed values that an audience may have.

    Raises:
        PrivacyStop: see :func:`require_evidence`.
    """
    async with db.reading() as conn:
        row = await cases.get(conn, case_id)
        assert row is not None
        await _permit(conn, row)
        return await _opened(conn, row, audience)


async def make_evidence(
    db: Database,
    asked: Request,
    outs: Mapping[str, Out],
    *,
    proof: Proof,
    book: RuleBook,
    names: Names,
    clock: Clock,
) -> Exported:
    """Write the bundle (``jsonl``) and the document (``pdf``), and the entry that records both.

    Args:
        asked: the official must have been checked (:func:`connector.services.officers.official`).
        proof: covers all that is to be told: sealed just before.
        names: the shared lists as of today.

    Raises:
        NotFoundError: no such case.
        PrivacyStop: see :func:`require_evidence`.
    """
    async with db.unit() as unit:
        row = await require_evidence(unit.conn, asked.name)
        found = await gather(unit.conn, row, asked, proof=proof, book=book, now=clock.now())
        wanted = LogFilter(case_id=row.id)
        shown = await _opened(unit.conn, row, asked.audience)
        bundle = Bundle(outs["jsonl"].file, proof, Tiles(unit.conn))
        bundle.begin(wanted.as_json(), found.made_at, found.summary())
        for entry in found.entries:
            await bundle.add(entry, shown.get(entry.seq))
        await bundle.end()
        told = outs["jsonl"].written("jsonl")
        write_evidence(found, names, outs["pdf"].file, bundle=told.name, sha256=told.sha256)
        unit.record(
            EntryKind.EVIDENCE_EXPORTED,
            actor=asked.officer,
            case_id=row.id,
            audience=asked.audience.value,
            purpose="evidence",
            entries=bundle.entries,
            opened=sum(len(one) for one in shown.values()),
            checkpoint_size=proof.size,
            sha256=told.sha256,
        )
    return Exported(
        wanted=wanted.as_json(),
        entries=bundle.entries,
        first_seq=bundle.first,
        last_seq=bundle.last,
        proof=proof,
        made_at=found.made_at,
        made_by=asked.officer,
        files=(told, outs["pdf"].written("pdf")),
    )


async def gather(
    conn: Connection,
    row: CaseRow,
    asked: Request,
    *,
    proof: Proof,
    book: RuleBook,
    now: datetime,
) -> Evidence:
    """All that is known of a case, as far as the audience may see it."""
    told, privacy = _told(row), _privacy(row)
    seen = {system: seen_by(case, asked.audience, privacy) for system, case in told.items()}
    main = seen.get(REGISTER) or next(iter(seen.values()), None)
    echoes = {system: await deliveries.echoes(conn, row.id, system) for system in told if system != REGISTER}
    acts = known_acts(told, echoes, asked.audience, privacy)
    entries = tuple([one async for one in exports.picked(conn, LogFilter(case_id=row.id), proof.size)])
    writes = await deliveries.of_case(conn, row.id)
    register = told.get(REGISTER)
    return Evidence(
        number=row.id,
        code=row.code or f"{row.origin_system}:{row.origin_ref}",
        origin=f"{row.origin_system}:{row.origin_ref}",
        audience=asked.audience,
        privacy=privacy,
        header=main.header if main else None,
        agency=custodian(register),
        sides=tuple(
            _side(link.system, link.ref, told.get(link.system))
            for link in sorted(row.links, key=lambda one: one.system != REGISTER)
        ),
        acts=acts,
        writes=tuple(_write(one, entries) for one in writes),
        decisions=decisions(entries, acts),
        terms=tuple(Term(clock=one.clock, state=one.state) for one in deadlines(register, book, now))
        if register
        else (),
        gone=tuple(Gone(owner=one.owner, part=one.part, at=one.at) for one in await vault.gone(conn, row.id)),
        end=_end(row.end),
        entries=entries,
        proof=proof,
        made_at=now,
        officer=asked.officer,
    )


async def _opened(conn: Connection, row: CaseRow, audience: Audience) -> dict[int, Openings]:
    """What of the sealed values the audience may have; nothing of a case whose privacy nobody tells any more."""
    if not _told(row):
        return {}
    return entitled(await openings.of_case(conn, row.id), audience, _privacy(row))


def _told(row: CaseRow) -> dict[str, Case]:
    return {link.system: link.state for link in row.links if link.state is not None}


def _privacy(row: CaseRow) -> Privacy:
    """Of a case of which nothing is left to tell, the numbers that remain are no secret."""
    told = _told(row)
    return strictest(told.values()) if told else Privacy.OPEN


def _end(end: End | None) -> Ended | None:
    if end is None:
        return None
    return Ended(kind=end.kind.value, at=end.at, officer=end.officer, basis=end.basis)


def _side(system: str, ref: str, case: Case | None) -> Side:
    return Side(
        system=system,
        ref=ref,
        status=case.status.value if case else None,
        acts=len(case.acts) if case else 0,
    )


def _write(one: deliveries.Delivery, entries: tuple[Entry, ...]) -> Write:
    return Write(
        id=one.id,
        target=one.target,
        intent=one.intent.value,
        act_kind=one.act_kind,
        state=one.state,
        key=str(one.key),
        steps=steps(entries, one.id),
    )
