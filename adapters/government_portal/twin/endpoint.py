"""The SOAP endpoint: one request from bytes to bytes, faults of the wire included."""

import asyncio
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from adapters.government_portal.twin import answer, soap
from adapters.government_portal.twin.answer import Manner
from adapters.government_portal.twin.codes import FaultCode
from adapters.government_portal.twin.operations import Call, Outcome
from adapters.government_portal.twin.profile import FAULT_MODES
from adapters.government_portal.twin.security import sender_organ
from adapters.government_portal.twin.soap import Envelope, SoapFault
from adapters.government_portal.twin.world import Entry, World

_GATEWAY_PAGE: Final = "<html><body><h1>503 Service Unavailable</h1></body></html>"
_BEFORE: Final = frozenset({"http_503", "drop_before", "soap_fault_in_200", *FAULT_MODES})


class Dropped(Exception):
    """The connection is to be cut without an answer."""


@dataclass(kw_only=True)
class Exchange:
    """One request under way."""

    raw: bytes
    content_type: str
    soap_action: str | None
    authorization: str | None
    entry: Entry
    envelope: Envelope | None = None

    @property
    def version(self) -> str:
        """The SOAP version to answer in."""
        return self.envelope.version if self.envelope else soap.version_of(self.content_type)


def _place(error: BaseException) -> str:
    """File and line where an error arose: enough to find it, and no content."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


class Endpoint:
    """Answers POST /feedback."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def handle(self, request: Request) -> Response:
        """Read, answer, journal. Raises :class:`Dropped` when a fault cuts the connection."""
        entry = Entry(at=self.world.now().isoformat())
        self.world.journal.append(entry)
        try:
            raw = await self._read(request)
        except SoapFault as fault:
            exchange = self._exchange(request, b"", entry)
            return self._fault(exchange, fault)
        entry.bytes_in = len(raw)
        return await self._answer(self._exchange(request, raw, entry))

    def _exchange(self, request: Request, raw: bytes, entry: Entry) -> Exchange:
        return Exchange(
            raw=raw,
            content_type=request.headers.get("content-type", ""),
            soap_action=request.headers.get("soapaction"),
            authorization=request.headers.get("authorization"),
            entry=entry,
        )

    async def _read(self, request: Request) -> bytes:
        limit = self.world.desk.profile.max_envelope_bytes
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            if size <= limit:
                parts.append(part)
        if size > limit:
            raise SoapFault(FaultCode.TOO_LARGE, "the envelope is too large", http_status=413)
        return b"".join(parts)

    async def _answer(self, exchange: Exchange) -> Response:
        entry = exchange.entry
        unreadable: SoapFault | None = None
        try:
            exchange.envelope = soap.parse(exchange.raw, exchange.content_type)
            entry.operation = exchange.envelope.operation
            entry.message_id = soap.message_id(exchange.envelope.body)
            entry.organ = sender_organ(exchange.envelope)
        except SoapFault as fault:
            unreadable = fault
        entry.soap = "1.1" if exchange.version == soap.SOAP11 else "1.2"
        mode, delay = self.world.faults.mode(entry.operation)
        entry.fault = mode
        if mode in _BEFORE:
            await asyncio.sleep(delay)
            return self._before(exchange, mode)
        try:
            if unreadable is not None:
                raise unreadable
            name, outcome = self._perform(exchange)
            response = self._render(exchange, name, outcome, mode)
        except SoapFault as fault:
            response = self._fault(exchange, fault)
        except Exception as error:  # noqa: BLE001 - the contract promises a Fault, never a stack trace (§8.7)
            response = self._fault(exchange, SoapFault(FaultCode.INTERNAL, "internal error"))
            entry.crash = f"{type(error).__name__} in {_place(error)}"
        await asyncio.sleep(delay)
        if mode == "drop_after_commit":
            entry.status, entry.outcome = None, f"dropped:{entry.outcome}"
            raise Dropped
        return response

    def _before(self, exchange: Exchange, mode: str | None) -> Response:
        """Faults that leave no effect."""
        entry = exchange.entry
        if mode == "drop_before":
            entry.outcome = "dropped"
            raise Dropped
        if mode == "http_503":
            entry.status, entry.outcome = 503, "http_503"
            return Response(_GATEWAY_PAGE, 503, {"Retry-After": "1"}, "text/html; charset=utf-8")
        code = FAULT_MODES.get(mode or "", FaultCode.BUSY)
        status = 200 if mode == "soap_fault_in_200" else 500
        return self._fault(exchange, SoapFault(code, "ordered by the profile", http_status=status))

    def _perform(self, exchange: Exchange) -> tuple[str, Outcome]:
        envelope, world = exchange.envelope, self.world
        assert envelope is not None
        profile = world.desk.profile
        account = world.gate.check(
            envelope,
            authorization=exchange.authorization,
            now=world.now(),
            forms=tuple(profile.auth),
            valid=None if profile.valid_passwords is None else tuple(profile.valid_passwords),
        )
        exchange.entry.account = account.username
        operation = soap.check_dispatch(envelope, exchange.content_type, exchange.soap_action)
        soap.check_schema(envelope.body)
        call = Call(operation=operation, account=account, body=soap.decode(envelope.body))
        outcome = world.desk.perform(call)
        exchange.entry.outcome, exchange.entry.case = outcome.verdict, outcome.ref
        return operation, outcome

    def _manner(self, exchange: Exchange) -> Manner:
        relates_to = None
        if exchange.envelope is not None:
            asked: etree._Element | None = exchange.envelope.header(soap.WSA, "MessageID")
            relates_to = None if asked is None else (asked.text or "").strip()
        return Manner(
            version=exchange.version,
            now=self.world.now(),
            timestamp=not self.world.faults.strikes("no_timestamp"),
            relates_to=relates_to,
        )

    def _render(self, exchange: Exchange, operation: str, outcome: Outcome, mode: str | None) -> Response:
        body, problem = answer.render(f"{operation}Response", outcome.tree, self._manner(exchange))
        exchange.entry.answer_schema = problem
        if mode == "malformed_xml":
            body = body[: len(body) // 2]
        if mode == "wrong_charset":
            # bytes of another encoding under a UTF-8 label: 0xC0 alone is never UTF-8
            body = body.replace(b"<soap:Body>", b"<soap:Body>" + b"\xd0\xe3 nh\xe2n \xc0", 1)
        return self._respond(exchange, body, 200)

    def _fault(self, exchange: Exchange, fault: SoapFault) -> Response:
        cause = exchange.entry.message_id
        body = answer.render_fault(fault, self._manner(exchange), cause=cause)
        exchange.entry.outcome = f"fault:{fault.code}"
        return self._respond(exchange, body, fault.http_status)

    def _respond(self, exchange: Exchange, body: bytes, status: int) -> Response:
        exchange.entry.status = status
        exchange.entry.bytes_out = len(body)
        media_type = f"{soap.MEDIA_TYPES[exchange.version]}; charset=utf-8"
        return Response(body, status, media_type=media_type)
