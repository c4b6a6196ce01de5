"""The hand-over sheet of one case, with the reading of it in the ledger."""

import io

from connector.case import REGISTER
from connector.clock import Clock
from connector.errors import NotFoundError
from connector.ledger.entry import EntryKind
from connector.reports.names import Names
from connector.reports.sheet import hand_over, write_sheets
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks
from connector.rules.visibility import Audience
from connector.services.officers import official
from connector.settings import Settings
from connector.store import cases
from connector.store.cases import CaseRow
from connector.store.database import Connection, Database
from connector.sync.secrecy import require_clear


async def print_sheet(
    db: Database,
    settings: Settings,
    name: str,
    audience: Audience,
    *,
    by: str,
    book: RuleBook,
    names: Names,
    clock: Clock,
) -> bytes:
    """The PDF of a case's sheet. The reading is recorded before anybody has the sheet.

    Args:
        db: the database.
        settings: tell which accounts are programs'.
        name: our number, the register's code or a system's reference.
        audience: for whom: the unit, which may see name and phone, or a coordinator, which may not.
        by: account of the official who prints it; a service account does not (R09).
        book: the rules.
        names: the shared lists as of today.
        clock: tells the time.

    Raises:
        NotFoundError: no such case, or nobody of that audience has it in hand.
        PrivacyStop: the case is restricted, or held for a marking of secrecy.
        UserError: the account is no official's.
    """
    officer = official(settings, by)
    out = io.BytesIO()
    async with db.unit() as unit:
        row = await _told(unit.conn, name)
        await require_clear(unit.conn, row)
        link = row.link(REGISTER)
        assert link is not None
        assert link.state is not None
        sheets = hand_over(link.state, audience, clocks(link.state.acts, book), names)
        write_sheets(sheets, out, printed_at=clock.now(), officer=officer)
        unit.record(
            EntryKind.SHEET_PRINTED,
            actor=officer,
            case_id=row.id,
            audience=audience.value,
            purpose="hand_over",
            sheets=len(sheets),
        )
    return out.getvalue()


async def _told(conn: Connection, name: str) -> CaseRow:
    """The case, locked, if the register has told of it and it is still there."""
    case_id = await cases.find(conn, name)
    row = await cases.get(conn, case_id, lock=True) if case_id is not None else None
    link = row.link(REGISTER) if row else None
    if row is None or link is None or link.state is None:
        msg = f"the register has told nothing of a case known as {name}"
        raise NotFoundError(msg)
    return row
