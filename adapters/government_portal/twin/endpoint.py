"""The SOAP endpoint: one request from bytes to the answer; the kit's exchange plays the faults of the wire around it."""

import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree
from starlette.requests import Request
from starlette.types import Receive, Send

from adapters.government_portal.twin import answer, soap
from adapters.government_portal.twin.answer import Manner
from adapters.government_portal.twin.catalogue import Account
from adapters.government_portal.twin.codes import FaultCode, ReportCode
from adapters.government_portal.twin.drift import drifted, renamed
from adapters.government_portal.twin.operations import WRITES, Call, Outcome, report
from adapters.government_portal.twin.profile import FAULT_MODES
from adapters.government_portal.twin.security import sender_organ
from adapters.government_portal.twin.soap import Envelope, SoapFault
from adapters.government_portal.twin.state import Refusal
from adapters.government_portal.twin.world import World
from adapters.twin_kit.exchange import Asked, Exchange
from adapters.twin_kit.reply import Reply


@dataclass(kw_only=True)
class _Request:
    """One request under way.

    Attributes:
        envelope: None for what cannot be read; then ``unreadable`` says why.
        account: who sent it, once that is proven.
        facts: for the journal, ids and codes only.
    """

    content_type: str
    soap_action: str | None
    authorization: str | None
    envelope: Envelope | None = None
    unreadable: SoapFault | None = None
    account: Account | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The SOAP version to answer in."""
        return self.envelope.version if self.envelope else soap.version_of(self.content_type)

    @property
    def operation(self) -> str:
        """The body's name; empty for what cannot be read."""
        return self.envelope.operation[:100] if self.envelope else ""


class Endpoint:
    """Answers POST /feedback."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def serve(self, request: Request, receive: Receive, send: Send) -> None:
        """Read, answer, journal."""
        under_way = _Request(
            content_type=request.headers.get("content-type", ""),
            soap_action=request.headers.get("soapaction"),
            authorization=request.headers.get("authorization"),
        )
        try:
            raw = await self._read(request)
            under_way.facts["bytes_in"] = len(raw)
            under_way.envelope = soap.parse(raw, under_way.content_type)
        except SoapFault as fault:
            under_way.unreadable = fault
        operation = under_way.operation
        asked = Asked(service=operation, write=operation in WRITES, ids=self._ids(under_way))
        exchange = Exchange(
            self._world, refuse=lambda mode: self._refuse(under_way, mode), name="Cổng Thông tin điện tử"
        )
        await exchange.serve(asked, lambda: self._answer(under_way), receive, send)

    @staticmethod
    def _ids(under_way: _Request) -> dict[str, Any]:
        ids = {"soap": "1.1" if under_way.version == soap.SOAP11 else "1.2"}
        envelope = under_way.envelope
        if envelope is None:
            return ids
        named = {
            "case": soap.named_id(envelope.body, "PortalCaseId"),
            "own_code": soap.named_id(envelope.body, "AgencyCaseId"),
            "key": soap.message_id(envelope.body),
        }
        return ids | named | {"organ": sender_organ(envelope)}

    async def _read(self, request: Request) -> bytes:
        limit = self._world.desk.profile.max_envelope_bytes
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            if size <= limit:
                parts.append(part)
        if size > limit:
            raise SoapFault(FaultCode.TOO_LARGE, "the envelope is too large", http_status=413)
        return b"".join(parts)

    async def _answer(self, under_way: _Request) -> Reply:
        try:
            if under_way.unreadable is not None:
                raise under_way.unreadable
            operation, outcome = self._perform(under_way)
            return self._render(under_way, operation, outcome)
        except SoapFault as fault:
            return self._fault(under_way, fault)
        except Exception as error:  # noqa: BLE001 - the contract promises a Fault, never a stack trace (§8.7)
            under_way.facts["crash"] = f"{type(error).__name__} in {_place(error)}"
            return self._fault(under_way, SoapFault(FaultCode.INTERNAL, "internal error"))

    def _refuse(self, under_way: _Request, mode: str) -> Reply | None:
        """The portal's own faults before the work."""
        if mode == "business_error" and under_way.envelope is not None:
            refusal = Refusal(
                ReportCode.INVALID_VALUE, under_way.operation, "Có lỗi xảy ra trong quá trình xử lý"
            )
            tree = [report(success=False, error=refusal)]
            return self._render(under_way, under_way.operation, Outcome(tree=tree, verdict="business_error"))
        code = FAULT_MODES.get(mode, FaultCode.BUSY)
        status = 200 if mode == "soap_fault_in_200" else 500
        return self._fault(under_way, SoapFault(code, "ordered by the profile", http_status=status))

    def _perform(self, under_way: _Request) -> tuple[str, Outcome]:
        envelope, world = under_way.envelope, self._world
        assert envelope is not None
        profile = world.desk.profile
        # a token is good for one message; a gateway that hands the message on twice does not knock twice
        account = under_way.account or world.gate.check(
            envelope,
            authorization=under_way.authorization,
            now=world.now(),
            forms=profile.auth,
            valid=profile.valid_passwords,
        )
        under_way.account = account
        under_way.facts["account"] = account.username
        operation = soap.check_dispatch(envelope, under_way.content_type, under_way.soap_action)
        soap.check_schema(envelope.body)
        call = Call(operation=operation, account=account, body=soap.decode(envelope.body))
        outcome = world.desk.perform(call)
        if outcome.ref is not None:
            under_way.facts["case"] = outcome.ref
        return operation, outcome

    def _manner(self, under_way: _Request) -> Manner:
        relates_to = None
        if under_way.envelope is not None:
            asked: etree._Element | None = under_way.envelope.header(soap.WSA, "MessageID")
            relates_to = None if asked is None else (asked.text or "").strip()
        return Manner(
            version=under_way.version,
            now=self._world.now(),
            timestamp=not self._world.faults.strikes("no_timestamp"),
            relates_to=relates_to,
        )

    def _render(self, under_way: _Request, operation: str, outcome: Outcome) -> Reply:
        faults = self._world.faults
        tree = drifted(outcome.tree, faults)
        body, problem = answer.render(f"{operation}Response", tree, self._manner(under_way))
        facts = {**under_way.facts, "answer_schema": problem}
        return self._reply(under_way, renamed(body, faults), outcome=outcome.verdict, facts=facts)

    def _fault(self, under_way: _Request, fault: SoapFault) -> Reply:
        cause = None if under_way.envelope is None else soap.message_id(under_way.envelope.body)
        body = answer.render_fault(fault, self._manner(under_way), cause=cause)
        return self._reply(
            under_way,
            body,
            status=fault.http_status,
            outcome=f"fault:{fault.code}",
            facts=under_way.facts,
        )

    @staticmethod
    def _reply(
        under_way: _Request, body: bytes, *, outcome: str, facts: dict[str, Any], status: int = 200
    ) -> Reply:
        media_type = f"{soap.MEDIA_TYPES[under_way.version]}; charset=utf-8"
        return Reply(
            content=body,
            status=status,
            media_type=media_type,
            outcome=outcome,
            facts={**facts, "bytes_out": len(body)},
        )


def _place(error: BaseException) -> str:
    """File and line where an error arose: enough to find it, and no content."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"
