"""The hand-over sheet of one case, with the reading of it in the ledger."""

import io

from connector.case import REGISTER
from connector.clock import Clock
from connector.errors import NotFoundError, UserError
from connector.ledger.entry import EntryKind
from connector.ledger.guard import check_code
from connector.reports.names import Names
from connector.reports.sheet import hand_over, write_sheets
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks
from connector.rules.visibility import Audience
from connector.store import cases
from connector.store.database import Database


async def print_sheet(
    db: Database, name: str, audience: Audience, *, officer: str, book: RuleBook, names: Names, clock: Clock
) -> bytes:
    """The PDF of a case's sheet. The reading is recorded before anybody has the sheet.

    Args:
        db: the database.
        name: our number, the register's code or a system's reference.
        audience: for whom: the unit, which may see name and phone, or a coordinator, which may not.
        officer: account of the official who prints it; a service account does not (R09).
        book: the rules.
        names: the shared lists as of today.
        clock: tells the time.

    Raises:
        NotFoundError: no such case, or nobody of that audience has it in hand.
        PrivacyStop: the case is restricted.
        UserError: the officer's account is not one.
    """
    _named(officer)
    async with db.reading() as conn:
        case_id = await cases.find(conn, name)
        row = await cases.get(conn, case_id) if case_id is not None else None
    link = row.link(REGISTER) if row else None
    if row is None or link is None or link.state is None:
        msg = f"the register has told nothing of a case known as {name}"
        raise NotFoundError(msg)
    sheets = hand_over(link.state, audience, clocks(link.state.acts, book), names)
    out = io.BytesIO()
    write_sheets(sheets, out, printed_at=clock.now(), officer=officer)
    async with db.unit() as unit:
        unit.record(
            EntryKind.SHEET_PRINTED,
            actor=officer,
            case_id=row.id,
            audience=audience.value,
            purpose="hand_over",
            sheets=len(sheets),
        )
    return out.getvalue()


def _named(officer: str) -> None:
    try:
        check_code("officer", officer.strip())
    except ValueError as error:
        msg = f"--by needs the account of an official, like cb-mau-01 ({error})"
        raise UserError(msg) from None
