"""Erasure: a person's data ends with its key; the tombstone and the hashes stay (Law 91/2025, rules §5.1)."""

from connector.errors import NotFoundError, UserError
from connector.ledger.entry import EntryKind
from connector.merge import restricted
from connector.services.officers import Decision
from connector.store import cases, deliveries, endings
from connector.store.cases import CaseRow, End, EndedAs
from connector.store.connection import Connection
from connector.store.endings import Remains
from connector.sync.context import Context

KINDS = {"contact": EndedAs.CONTACT_ERASED, "all": EndedAs.ERASED}
"""What can be erased: who the sender is, or the whole case. Either ends the case here."""


async def erase(ctx: Context, name: str, what: str, by: Decision, *, actor: str) -> Remains:
    """Destroy the keys of a case.

    Raises:
        NotFoundError: no such case.
        UserError: it is erased already, or writes of it are still open and it is not restricted.
    """
    kind = KINDS[what]
    async with ctx.db.unit() as unit:
        case_id = await cases.find(unit.conn, name)
        row = await cases.get(unit.conn, case_id, lock=True) if case_id is not None else None
        if row is None:
            msg = f"no case is known as {name}"
            raise NotFoundError(msg)
        if row.end is not None and (row.end.kind is not EndedAs.CONTACT_ERASED or kind is row.end.kind):
            msg = f"case {row.id} has ended already ({row.end.kind.value})"
            raise UserError(msg)
        await _nothing_open(unit.conn, row)
        remains = await endings.end(
            unit.conn,
            row.id,
            End(kind=kind, at=ctx.clock.now(), officer=by.officer, basis=by.basis),
            code="PH-403",
        )
        unit.record(
            EntryKind.ERASED,
            case_id=row.id,
            actor=actor,
            what=what,
            officer_id=by.officer,
            basis_code=by.basis,
        )
        return remains


async def _nothing_open(conn: Connection, row: CaseRow) -> None:
    """A write under way would lose its body, and the other side its answer; a restricted case sends none anyway."""
    if any(link.state is not None and restricted(link.state) for link in row.links):
        return
    open_ = [one.id for one in await deliveries.of_case(conn, row.id) if one.state in deliveries.OPEN]
    if open_:
        msg = f"case {row.id} has open writes ({', '.join(map(str, open_))}): let them end, or dismiss them first"
        raise UserError(msg)
