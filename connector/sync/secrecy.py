"""State secrets: a marking holds a case until an officer has decided; a confirmed secret ends it here (R25, rules §5.3).

Nothing is ever decided by the program: it holds, and it carries out. The other sides are told nothing.
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from connector.canonical import digest
from connector.case import Act, ActKind, Case
from connector.errors import SecrecyHold
from connector.ledger.entry import EntryKind
from connector.rules.secrecy import Marking, markings, texts
from connector.store import clearances, endings, quarantine
from connector.store.cases import CaseRow, End, EndedAs
from connector.store.connection import Connection
from connector.store.database import Unit
from connector.store.endings import Remains


@dataclass(frozen=True, kw_only=True)
class Trip:
    """One marking that trips the wire. ``digest`` names it wherever it stands: the same words told by the other side."""

    marking: Marking
    digest: str

    def __str__(self) -> str:
        return f"{self.marking.place} {self.marking.level.value}"


def trips(row: CaseRow) -> tuple[Trip, ...]:
    """Every marking in what any system tells of the case. Pure."""
    found = {trip.digest: trip for link in row.links if link.state is not None for trip in _trips(link.state)}
    return tuple(found.values())


def _trips(case: Case) -> list[Trip]:
    return [
        Trip(marking=marking, digest=digest([place.partition("/")[0], marking.level.value, _words(text)]))
        for place, text in texts(case)
        for marking in markings([(place, text)])
    ]


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def subject(case_id: int) -> str:
    """Under which name a held case waits in the quarantine."""
    return f"case/{case_id}/secrecy"


async def require_clear(conn: Connection, row: CaseRow) -> None:
    """Nothing of a case may leave while a marking in it is not cleared, or while a hold is not decided.

    Raises:
        SecrecyHold: names places and levels, never a text.
    """
    for hold in (await holds(conn, [row])).values():
        raise hold


async def holds(conn: Connection, rows: Collection[CaseRow]) -> dict[int, SecrecyHold]:
    """Case → what :func:`require_clear` raises for it."""
    waiting = await quarantine.open_among(conn, [subject(row.id) for row in rows])
    found = {row.id: await uncleared(conn, row) for row in rows}
    return {
        case_id: SecrecyHold("; ".join(map(str, some)) or "held before; no officer has decided yet")
        for case_id, some in found.items()
        if some or subject(case_id) in waiting
    }


async def uncleared(conn: Connection, row: CaseRow) -> tuple[Trip, ...]:
    """Markings that no officer has cleared."""
    found = trips(row)
    if not found:
        return ()
    cleared = {digest for one in await clearances.of_case(conn, row.id) for digest in one.digests}
    return tuple(one for one in found if one.digest not in cleared)


def review_code(found: Iterable[Trip]) -> str:
    """A short name of exactly these markings: what an officer looked at is what he decides about."""
    return digest(sorted(one.digest for one in found))[:12]


def taken_off(case: Case) -> Act | None:
    """The register's act by which an officer took the case off the system (transition T15)."""
    return next(
        (
            act
            for act in case.acts
            if act.kind is ActKind.RESTRICTED and act.details.get("decision") == "off_system"
        ),
        None,
    )


async def hard_stop(unit: Unit, case_id: int, what: End, *, actor: str | None = None) -> Remains:
    """Take a case that the caller has locked off the system: at once, as a whole, for good."""
    assert what.kind is EndedAs.OFF_SYSTEM
    remains = await endings.end(unit.conn, case_id, what, code=SecrecyHold.code)
    unit.record(
        EntryKind.OFF_SYSTEM,
        case_id=case_id,
        actor=actor,
        officer_id=what.officer,
        basis_code=what.basis,
        doubtful=len(remains.doubtful),
        delivered=remains.delivered,
    )
    return remains
