"""What became of each write: answers of one or many items -> receipts or errors (national-portal contract §10.6, §10.7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.national_portal.batch import Outcome
from adapters.national_portal.gateway import Gateway, Judged
from adapters.national_portal.lookup import Lookup, receipt_facts
from adapters.national_portal.profile import PUSH, TRANSACTION
from adapters.national_portal.render import Rendered, as_insert, is_update, render
from adapters.national_portal.route import Call
from adapters.national_portal.verdict import DONE, Intent, Row, error_of, is_repeat, item_succeeded
from adapters.national_portal.wire import read_integer, read_text
from connector.errors import ConnectorError, InDoubt, Permanent, Unreadable
from connector.system import Receipt, Verdict

_Item = Mapping[str, Any]

_SINGLY = frozenset({Row.EXISTS, Row.ABSENT, Row.WRONG_STATE, Row.NOT_OURS, Row.INVALID, Row.OTHER})
"""Refusals of a whole batch that may be the fault of one item."""


class Writes:
    """Performs rendered operations."""

    def __init__(self, gateway: Gateway, lookup: Lookup) -> None:
        self._gateway = gateway
        self._lookup = lookup

    async def send_one(self, rendered: Rendered) -> Receipt:
        """An operation with its fields at top level.

        Raises:
            ConnectorError: everything but proven success.
        """
        judged = await self._gateway.call(Call(service=rendered.service, body=rendered.body), Intent.WRITE)
        said = judged.rows[0] if judged.rows else None
        return await self._conclude(rendered, judged, judged.row, said)

    async def send_many(self, batch: Sequence[Rendered]) -> list[Outcome]:
        """Operations of one service as items of one ``data[]``; the outcome of each, in order.

        Raises:
            ConnectorError: what counts for the whole batch.
        """
        judged = await self._gateway.call(_batch_call(batch), Intent.WRITE)
        if len(batch) > 1 and judged.row in _SINGLY and not judged.rows:
            return await self._one_by_one(batch, judged)
        return [
            await self._outcome(rendered, judged, _row_of(rendered, batch, judged.rows)) for rendered in batch
        ]

    async def _one_by_one(self, batch: Sequence[Rendered], judged: Judged) -> list[Outcome]:
        """One bad item refused the batch without saying which: natural keys make it safe to send each alone."""
        service = batch[0].service
        if not self._gateway.settings.remote_idempotent:
            doubt = "a batch was refused without saying for which item"
            return [_doubt(rendered, judged, doubt) for rendered in batch]
        outcomes: list[Outcome] = []
        for rendered in batch:
            try:
                outcomes += await self.send_many([rendered])
            except ConnectorError as error:
                outcomes.append(error)
        assert len(outcomes) == len(batch), service
        return outcomes

    async def _outcome(self, rendered: Rendered, judged: Judged, said: _Item | None) -> Outcome:
        try:
            row, said = self._row_for(rendered, judged, said)
            return await self._conclude(rendered, judged, row, said)
        except ConnectorError as error:
            return error

    def _row_for(self, rendered: Rendered, judged: Judged, said: _Item | None) -> tuple[Row, _Item | None]:
        """The row of §10.7 for one item of a batch.

        Raises:
            InDoubt: others got their row, this one did not.
            Permanent: the portal says that this item failed, in unknown words.
        """
        if judged.row not in DONE | {Row.PARTIAL}:
            return judged.row, said
        if said is None:
            if judged.rows or judged.row is Row.PARTIAL:
                raise _doubt(rendered, judged, "no row for this item")
            return judged.row, None
        succeeded = item_succeeded(said)
        if succeeded is None and judged.row is Row.PARTIAL:
            raise _doubt(rendered, judged, "the item's row does not say whether it succeeded")
        if succeeded is not False:
            return Row.REPEAT if is_repeat(said) else Row.WRITE_DONE, said
        reason = read_text(said.get("THONGBAO")) or ""
        row = self._gateway.judge(Intent.WRITE, -1, reason)
        if row in {Row.OTHER, Row.PARTIAL}:
            raise error_of(
                Row.INVALID, Intent.WRITE, rendered.service, code=judged.answer.code, message=reason
            )
        return row, said

    async def _conclude(self, rendered: Rendered, judged: Judged, row: Row, said: _Item | None) -> Receipt:
        if row in DONE:
            return await self._receipt(rendered, said, repeat=row is Row.REPEAT)
        update = is_update(rendered.operation)
        if rendered.service == PUSH and row is Row.EXISTS and not update:
            return await self._receipt(rendered, said, repeat=True)
        if rendered.service == PUSH and row is Row.ABSENT and update:
            return await self._insert_after_all(rendered)
        if row is Row.OTHER:
            return await self._verified(rendered, judged)
        raise self._error(rendered, judged, row, said)

    def _error(self, rendered: Rendered, judged: Judged, row: Row, said: _Item | None) -> ConnectorError:
        facts = receipt_facts(said, self._gateway, rendered.service) if said else {}
        message = judged.answer.message
        if said is not None and (reason := read_text(said.get("THONGBAO"))):
            message = reason
        detail = {"key": str(rendered.operation.key.id), "status": facts.get("TRANGTHAI")}
        return error_of(
            row, Intent.WRITE, rendered.service, code=judged.answer.code, message=message, **detail
        )

    async def _receipt(self, rendered: Rendered, said: _Item | None, *, repeat: bool) -> Receipt:
        """Proof of one write.

        Raises:
            Unreadable: the portal speaks of another case than ours.
            InDoubt: a push was taken, but nobody says under which id.
        """
        key, service = rendered.operation.key, rendered.service
        if service == PUSH and (said is None or read_integer(said.get("PAKNID")) is None) and key.ref is None:
            said = await self._lookup.by_code(key.code or "")
            service = "tra_cuu"
        facts = receipt_facts(said, self._gateway, service) if said else {}
        told = facts.pop("PAKNID", None)
        if _differ(told, key.ref) or (
            rendered.service == PUSH and _differ(facts.get("MAPAKNDONVI"), key.code)
        ):
            msg = f"{rendered.service}: the portal's answer speaks of another case"
            raise Unreadable(msg, key=str(key.id), ref=key.ref, told=told)
        ref = key.ref or told
        if ref is None:
            msg = f"{rendered.service}: the portal took the case without telling its id"
            raise InDoubt(msg, key=str(key.id))
        return Receipt(ref=ref, duplicate=repeat or (said is not None and is_repeat(said)), facts=facts)

    async def _insert_after_all(self, rendered: Rendered) -> Receipt:
        """The portal does not know what we would update: the same body once more as an insert (§10.6.9)."""
        insert = render(as_insert(rendered.operation), self._gateway.settings)
        outcome = (await self.send_many([insert]))[0]
        if isinstance(outcome, ConnectorError):
            raise outcome
        return outcome

    async def _verified(self, rendered: Rendered, judged: Judged) -> Receipt:
        """An answer that the contract does not list: verify once, then a person (§10.7 row 16).

        Raises:
            Permanent: it certainly did not take effect.
            InDoubt: nobody can tell.
        """
        key = rendered.operation.key
        try:
            sighting = await self._lookup.find(key)
        except ConnectorError:
            raise _doubt(rendered, judged, "unlisted answer, and the look-up failed") from None
        if sighting.receipt is not None:
            return sighting.receipt
        if sighting.verdict is Verdict.ABSENT:
            msg = f"{rendered.service}: refused with an answer that the contract does not list (§10.7 row 16)"
            raise Permanent(
                msg, service=rendered.service, row=16, error_code=judged.answer.code, key=str(key.id)
            )
        raise _doubt(rendered, judged, "unlisted answer, and no trace either way")


def _batch_call(batch: Sequence[Rendered]) -> Call:
    lead: dict[str, Any] = dict(batch[0].lead)
    if batch[0].service == PUSH and len(batch) == 1:
        lead[TRANSACTION] = str(batch[0].operation.key.id)
    return Call(service=batch[0].service, body=lead, items=[rendered.body for rendered in batch])


def _row_of(rendered: Rendered, batch: Sequence[Rendered], rows: Sequence[_Item]) -> _Item | None:
    """The answer's row for this item: by national id and event, or by our code; the only row of an only item."""
    if len(batch) == 1 and len(rows) == 1:
        return rows[0]
    key = rendered.operation.key
    if rendered.service == PUSH:
        return next((row for row in rows if read_text(row.get("MAPAKNDONVI")) == key.code), None)
    mine = [row for row in rows if str(read_integer(row.get("PAKNID"))) == key.ref]
    event = key.natural.get("MaTienDo")
    named = [row for row in mine if read_text(row.get("MATIENDO")) == event]
    found = named if event is not None and named else mine
    return found[0] if len(found) == 1 else None


def _differ(told: str | None, known: str | None) -> bool:
    return told is not None and known is not None and told != known


def _doubt(rendered: Rendered, judged: Judged, why: str) -> InDoubt:
    key = rendered.operation.key
    return InDoubt(
        f"{rendered.service}: {why}",
        service=rendered.service,
        row=int(judged.row),
        error_code=judged.answer.code,
        key=str(key.id),
        ref=key.ref,
    )
