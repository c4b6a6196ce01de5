"""One call to the portal: header, security, post, answer, judgement. Reads may be repeated within the call, writes not."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from lxml import etree

from adapters.government_portal import contract, wsse
from adapters.government_portal.envelope import SOAP_NS, Answer, Fault, NotSoap, http_headers, seal, unseal
from adapters.government_portal.judge import NAME, judge, of_status, passing, unreadable
from adapters.government_portal.settings import GovernmentPortalSettings
from adapters.government_portal.xml import Element, Why, XmlBounds, XmlRefused
from connector.errors import ConnectorError, CredentialsRefused, InDoubt, Permanent, Transient, Unreachable
from connector.system import Surroundings
from connector.transport import Reply
from connector.transport.retry import AttemptFailed, RetryPolicy

PROTOCOL_VERSION = "1.0"
EDOC_NS = "http://e-doc.vn/xsd"
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What makes two sendings of one write the same message: its id, its moment, who acted."""

    message_id: UUID
    created_at: datetime
    staff: Mapping[str, Any] | None = None
    correlation_id: str | None = None


class Exchange:
    """Speaks the contract; knows nothing of cases."""

    def __init__(self, settings: GovernmentPortalSettings, around: Surroundings) -> None:
        self._settings = settings
        self._http = around.http
        self._clock = around.clock
        self._contract = contract.load(settings.namespace, settings.party_namespace)
        limits = settings.limits
        self._bounds = XmlBounds(
            max_bytes=limits.max_message_bytes, max_depth=limits.max_depth, max_elements=limits.max_elements
        )
        self._freshness = wsse.Freshness(skew=timedelta(seconds=settings.skew_s))
        self._retry = RetryPolicy(tries=settings.read_tries, cap_s=2)
        self._accepted = False
        """The account was good at the last call."""

    async def read(self, operation: str, payload: Mapping[str, Any], *, tolerant: bool = False) -> Answer:
        """A call without effect, repeated a few times if it fails in passing.

        Each try is a message of its own: a server that remembers nonces and message ids would refuse the same bytes,
        and a refused nonce looks like a refused password.

        Raises:
            ConnectorError: see :func:`adapters.government_portal.judge.judge`; never ``InDoubt``.
        """
        return await self._retry.call(
            lambda: self._try_read(operation, payload, tolerant=tolerant), self._clock
        )

    async def write(self, operation: str, payload: Mapping[str, Any], ticket: Ticket) -> Answer:
        """A call with effect: sent at most once. The same ticket and payload give the same Body, always.

        Raises:
            ConnectorError: ``InDoubt`` whenever the effect is not known.
        """
        return await self._call(operation, payload, ticket, write=True)

    def render(self, operation: str, payload: Mapping[str, Any], ticket: Ticket) -> bytes:
        """The whole message. Differs between two sendings of one ticket in the Security block only."""
        header = {
            "MessageId": str(ticket.message_id),
            "CorrelationId": ticket.correlation_id,
            "From": {"OrganId": self._settings.organ_id, "OrganName": self._settings.organ_name},
            "To": {"OrganId": self._settings.portal_organ_id, "OrganName": self._settings.portal_organ_name},
            "CreatedAt": ticket.created_at,
            "StaffInfo": ticket.staff or None,
            "ProtocolVersion": PROTOCOL_VERSION,
        }
        envelope = self._contract.create(
            operation, {"ExchangeHeader": header, **payload}, soap=self._settings.soap_version
        )
        return seal(envelope, self._header_blocks(), self._contract.namespace)

    async def _try_read(self, operation: str, payload: Mapping[str, Any], *, tolerant: bool) -> Answer:
        ticket = Ticket(message_id=uuid4(), created_at=self._clock.now())
        try:
            return await self._call(operation, payload, ticket, write=False, tolerant=tolerant)
        except InDoubt as error:
            raise AttemptFailed(passing(error), again=True) from None
        except (CredentialsRefused, Unreachable) as error:
            raise AttemptFailed(error, again=False) from None
        except Transient as error:
            wait = error.retry_after_s or 0
            raise AttemptFailed(error, again=wait <= LONGEST_PAUSE_S, floor_s=wait) from None
        except ConnectorError as error:
            raise AttemptFailed(error, again=False) from None

    async def _call(
        self,
        operation: str,
        payload: Mapping[str, Any],
        ticket: Ticket,
        *,
        write: bool,
        tolerant: bool = False,
    ) -> Answer:
        """A portal that starts again refuses accounts, too: one that was good a moment ago is tried once more.

        What was refused for its account had no effect. Once refused, nobody tries twice until somebody is accepted.
        """
        good = self._accepted
        try:
            return await self._call_once(operation, payload, ticket, write=write, tolerant=tolerant)
        except CredentialsRefused:
            if not good:
                raise
        return await self._call_once(operation, payload, ticket, write=write, tolerant=tolerant)

    async def _call_once(
        self, operation: str, payload: Mapping[str, Any], ticket: Ticket, *, write: bool, tolerant: bool
    ) -> Answer:
        try:
            said = await self._post(operation, payload, ticket, write=write)
            answer = judge(said, write=write, tolerant=tolerant)
        except CredentialsRefused:
            self._accepted = False
            raise
        self._accepted = True
        return answer

    async def _post(
        self, operation: str, payload: Mapping[str, Any], ticket: Ticket, *, write: bool
    ) -> Answer | Fault:
        message = self.render(operation, payload, ticket)
        if len(message) > self._settings.limits.max_message_bytes:
            msg = f"{NAME}: {operation} would be {len(message)} bytes long, more than max_message_bytes"
            raise Permanent(msg, system=NAME, operation=operation, size=len(message))
        reply = await self._http.request(
            "POST",
            self._settings.endpoint,
            # never "safe": the transport would repeat the same bytes, and with them the same nonce
            safe=False,
            content=message,
            headers=self._http_headers(operation),
            max_bytes=self._settings.limits.max_message_bytes,
            operation=operation,
        )
        return self._open(operation, reply, write=write)

    def _open(self, operation: str, reply: Reply, *, write: bool) -> Answer | Fault:
        try:
            said = unseal(
                reply.content,
                self._contract,
                operation,
                bounds=self._bounds,
                lenient=self._settings.lenient_namespaces,
            )
        except (XmlRefused, NotSoap) as error:
            told = of_status(operation, reply.status, write=write)
            if told is not None:
                raise told from None
            glitch = isinstance(error, XmlRefused) and error.reason in {Why.NOT_WELL_FORMED, Why.ENCODING}
            raise unreadable(
                operation, str(error.reason), write=write, passing=glitch, raw=reply.content
            ) from None
        if isinstance(said, Answer):
            self._check_freshness(said, write=write)
        return said

    def _check_freshness(self, answer: Answer, *, write: bool) -> None:
        """An old answer replayed by someone proves nothing about this call."""
        try:
            block = wsse.find_security(answer.envelope)
            if block is not None:
                wsse.check_timestamp(
                    block,
                    self._clock.now(),
                    self._freshness,
                    required=self._settings.require_answer_timestamp,
                )
            elif self._settings.require_answer_timestamp:
                raise wsse.SecurityFault(wsse.Code.SECURITY, "answer_without_timestamp")
        except wsse.SecurityFault as fault:
            raise unreadable(answer.operation, fault.reason, write=write, passing=True) from None

    def _header_blocks(self) -> list[Element]:
        settings = self._settings
        soap_ns = SOAP_NS[settings.soap_version]
        if settings.auth == "basic":
            return []
        if settings.auth == "token_header":
            token = etree.Element(f"{{{EDOC_NS}}}Token")
            token.text = settings.password.get_secret_value()
            return [token]
        account = wsse.Account(
            username=settings.system_id,
            password=settings.password,
            digest=settings.auth == "wss_digest",
            ttl=timedelta(seconds=settings.ttl_s),
        )
        return [wsse.security(account, self._clock.now(), soap_ns)]

    def _http_headers(self, operation: str) -> dict[str, str]:
        headers = http_headers(self._settings.soap_version, self._settings.action(operation))
        if self._settings.auth == "basic":
            pair = f"{self._settings.system_id}:{self._settings.password.get_secret_value()}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return headers
