"""The explain page of one case: how it stands, both sides beside the baseline, and the log's own words as proof."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.case import REGISTER, Case, Privacy
from connector.errors import NotFoundError, PrivacyStop
from connector.ledger.entry import Entry, EntryKind
from connector.merge import Rules
from connector.rules.visibility import Audience, privacy_of, shown
from connector.services.explain import CaseView, explain
from connector.services.sides import Pair, compare
from connector.services.storyline import Attempt, Moment, attempts, storyline
from connector.store import case_list, cases, ledger
from connector.store.cases import CaseRow
from connector.store.database import Connection
from connector.sync.context import Context, is_portal
from connector.sync.secrecy import require_clear
from connector.sync.settle import rules_of

MOST_ENTRIES = 200


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """Everything that the page shows.

    Attributes:
        story: the time line over both sides, our writes and the deadlines.
        attempts: delivery → what became of each attempt.
        entries: the newest of the case in the log, oldest first; empty for who may not read the log.
    """

    view: CaseView
    agency: str | None
    pairs: tuple[Pair, ...]
    story: tuple[Moment, ...]
    attempts: Mapping[int, tuple[Attempt, ...]]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class SenderFile:
    """Who the sender is and what the case says: read for a stated purpose, recorded before anybody sees it."""

    case_id: int
    code: str | None
    name: str | None
    organisation: str | None
    phone: str | None
    email: str | None
    address: str | None
    title: str
    content: str
    place: str | None


async def dossier(ctx: Context, case_id: int, *, log: bool) -> Dossier:
    """Everything about one case; the entries of the log themselves only for somebody who may read it (``log``).

    Raises:
        NotFoundError: no such case.
    """
    now = ctx.clock.now()
    view = await explain(ctx.db, case_id, book=ctx.book, now=now)
    async with ctx.db.reading() as conn:
        row = await cases.get(conn, view.id)
        assert row is not None
        home = row.link(REGISTER)
        pairs = [
            compare(
                link.system,
                link.ref,
                link.baseline,
                home.state if home else None,
                link.state,
                await _rules(ctx, conn, row, link.system),
            )
            for link in row.links
            if is_portal(link.system)
        ]
        told = ledger.entries(conn, case_id=view.id, newest=MOST_ENTRIES)
        entries = [one async for one in told]
        _, agency = await case_list.agency_of(conn, view.id)
    return Dossier(
        view=view,
        agency=agency,
        pairs=tuple(pairs),
        story=storyline(pairs, view.sides, view.deadlines, entries, view.deliveries, now),
        attempts=attempts(entries),
        entries=tuple(entries) if log else (),
    )


async def _rules(ctx: Context, conn: Connection, row: CaseRow, system: str) -> Rules:
    if system not in ctx.settings.systems:
        return Rules()
    return await rules_of(ctx, conn, row.id, system, outbound=False)


async def read_sender(ctx: Context, case_id: int, *, actor: str, purpose: str) -> SenderFile:
    """Who sent a case and what it says. The reading is committed to the log before it is shown.

    Args:
        ctx: the wiring.
        case_id: our number.
        actor: the official's account.
        purpose: a code of :data:`PURPOSES`.

    Raises:
        NotFoundError: no such case, or nothing of its sender is known (any more).
        PrivacyStop: the case is held for a marking of secrecy, or restricted.
    """
    async with ctx.db.unit() as unit:
        row = await cases.get(unit.conn, case_id, lock=True)
        seen = shown(await readable(unit.conn, row, case_id), Audience.UNIT)
        unit.record(EntryKind.SENDER_READ, actor=actor, case_id=case_id, purpose=purpose)
    assert seen.header is not None
    sender, place = seen.header.sender, seen.header.place
    return SenderFile(
        case_id=case_id,
        code=row.code if row else None,
        name=sender.name,
        organisation=sender.organisation,
        phone=sender.phone,
        email=sender.email,
        address=sender.address,
        title=seen.header.title,
        content=seen.header.content,
        place=place.text if place else None,
    )


async def readable(conn: Connection, row: CaseRow | None, case_id: int) -> Case:
    """What is told of a case whose sender and content an official may read: the register's word, else a portal's.

    Raises:
        NotFoundError: nothing of its sender is known (any more).
        PrivacyStop: the case is held for a marking of secrecy, or restricted.
    """
    told = [link.state for link in row.links if link.state and link.state.header] if row else []
    home = row.link(REGISTER) if row else None
    state = home.state if home and home.state in told else next(iter(told), None)
    if row is None or state is None:
        msg = f"nothing is known of the sender of case {case_id}"
        raise NotFoundError(msg)
    await require_clear(conn, row)
    if any(privacy_of(one) is Privacy.RESTRICTED for one in told):
        msg = f"case {case_id} is restricted: nothing of it is shown here"
        raise PrivacyStop(msg)
    return state


PURPOSES = ("handling", "contact", "complaint", "audit")
"""Why somebody looks: kept as a code, as the log holds no free text."""
