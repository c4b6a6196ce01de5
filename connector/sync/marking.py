"""The point of no return: what is about to leave is written down first, and allowed once more under the case's lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector import crash
from connector.case import Case, Privacy
from connector.errors import Conflict, ConnectorError, SecrecyHold, Undecidable
from connector.ledger.entry import EntryKind
from connector.store import cases, deliveries
from connector.store.cases import CaseRow
from connector.store.database import Unit
from connector.store.deliveries import Sending
from connector.sync import committed, secrecy
from connector.sync.context import Context
from connector.sync.render import keep_addresses
from connector.sync.together import LEFT, Alone


@dataclass(frozen=True, kw_only=True)
class Marking:
    """One write that is to be marked as sent.

    Attributes:
        absent: no earlier attempt of this write took effect, for certain.
        seen: the case as it was rendered from.
    """

    sending: Sending
    absent: bool
    seen: CaseRow | None = None

    @property
    def case_id(self) -> int:
        """Whose write it is."""
        return self.sending.item.case_id

    @property
    def doubtful(self) -> bool:
        """It may have taken effect already."""
        return self.sending.item.state == "in_doubt" and not self.absent


Marked = bool | Exception | Alone


async def mark(ctx: Context, steps: Sequence[Marking], *, wait: bool) -> list[Marked]:
    """Mark writes as sent, in one transaction.

    Returns:
        For each: may it be sent? Not if settle has cancelled it, or the case has ended; an error if the case became
        more secret since it was rendered (PrivacyStop, SecrecyHold, Conflict, Undecidable).
    """
    async with ctx.db.unit() as unit:
        seen = {step.case_id: step.seen for step in steps if step.seen is not None}
        rows = await cases.hold(unit.conn, {step.case_id for step in steps}, wait=wait, seen=seen)
        holds = await secrecy.holds(unit.conn, [row for row in rows.values() if row.end is None])
        refused: dict[int, Marked] = {}
        for step in steps:
            row = rows.get(step.case_id)
            found = _refusal(ctx, step, row, holds) if row else False if wait else LEFT
            if found is not None:
                refused[step.sending.item.id] = found
        allowed = [step for step in steps if step.sending.item.id not in refused]
        sent = await deliveries.sent(unit.conn, [step.sending for step in allowed], ctx.clock.now())
        for step in allowed:
            if step.sending.item.id in sent:
                await _record(ctx, unit, rows[step.case_id], step)
                crash.point("deliver.marking", *kind_of(step.sending.item, step.sending.basis))
    return [refused.get(step.sending.item.id, step.sending.item.id in sent) for step in steps]


def kind_of(item: deliveries.Delivery, basis: Mapping[str, Any]) -> tuple[str | None, ...]:
    """What a crash point can wait for: target, intent, kind of act."""
    return item.target, item.intent, basis.get("kind")


def _refusal(ctx: Context, step: Marking, row: CaseRow, holds: Mapping[int, SecrecyHold]) -> Marked | None:
    """Why it must not be sent; None if it may."""
    if row.end is not None:
        return False
    hold = holds.get(row.id)
    if hold is not None:
        # what it did is unknown: a person has to look
        return Undecidable(hold.message) if step.doubtful else hold
    source = row.link(step.sending.item.source)
    if source is None or source.state is None:
        return None
    try:
        _require_allowed(ctx, step, source.state)
    except ConnectorError as error:
        return error
    return None


def _require_allowed(ctx: Context, step: Marking, state: Case) -> None:
    """The gate once more: a write that waited was rendered from what the case was then."""
    item = step.sending.item
    telling = ctx.policy.gate(state, item.target, item.intent)
    before = Privacy(step.sending.basis.get("privacy", "open"))
    if telling.header is None or telling.header.privacy.rank <= before.rank:
        return
    msg = "the case became more private since this write was rendered"
    # a new body needs a new key, and that only where the old one certainly had no effect
    raise Conflict(msg) if step.absent else Undecidable(msg)


async def _record(ctx: Context, unit: Unit, row: CaseRow, step: Marking) -> None:
    item, operation = step.sending.item, step.sending.operation
    source = row.link(item.source)
    if source is not None and item.operation is not None:
        await keep_addresses(ctx, unit.conn, source, operation)
    facts: dict[str, Any] = {
        "system": item.target,
        "case_id": item.case_id,
        "delivery_id": item.id,
        "key": str(operation.key.id),
    }
    if item.state == "in_doubt" and step.absent:
        unit.record(EntryKind.ABSENT, **facts)
    unit.record(
        EntryKind.SENT,
        **facts,
        operation=operation.key.operation,
        attempt=item.attempts + 1,
        sealed=committed.of_operation(operation),
    )
