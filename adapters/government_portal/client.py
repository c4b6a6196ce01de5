"""The Government Portal behind the seam of the connector (:class:`connector.system.System`)."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final

from adapters.government_portal import canary
from adapters.government_portal.exchange import Exchange, Ticket
from adapters.government_portal.files import Files
from adapters.government_portal.judge import NAME, is_duplicate, unreadable
from adapters.government_portal.lookup import ABSENT, UNKNOWN, look
from adapters.government_portal.push import Notifications
from adapters.government_portal.queue import XML, PendingQueue
from adapters.government_portal.settings import GovernmentPortalSettings
from connector.canonical import digest
from connector.case import Attachment
from connector.errors import ConnectorError, NotOurs, Permanent
from connector.system import (
    Capabilities,
    CatalogueEntry,
    ContractPart,
    Key,
    Operation,
    Page,
    Pong,
    PushCall,
    Pushed,
    PushReply,
    Receipt,
    Record,
    Sighting,
    Surroundings,
    Verdict,
)
from connector.system import Files as FileForm

WRITES: Final = frozenset(
    {"UpdateCaseStatus", "SubmitAnswer", "TransferCase", "SubmitCase", "ConfirmReceived"}
)
CATALOGUES: Final[Mapping[str, str]] = {"agencies": "Organization", "fields": "Field"}
MOMENTS: Final = ("OccurredAt", "IssuedAt", "SubmittedAt")
HEADER_FIELDS: Final = frozenset({"StaffInfo", "CorrelationId"})


class GovernmentPortal:
    """One portal, spoken to as one agency system."""

    name = NAME
    capabilities = Capabilities(
        operations=WRITES,
        lookup=WRITES - {"ConfirmReceived"},
        idempotent=True,
        files=FileForm.INLINE,
        refresh=True,
        whole_list=False,
        queue=True,
    )

    def __init__(self, settings: GovernmentPortalSettings, around: Surroundings) -> None:
        self._settings = settings
        self._around = around
        self._exchange = Exchange(settings, around)
        self._files = Files(settings, self._exchange, around.http)
        self._queue = PendingQueue(settings, self._exchange, self._files, around.clock, around.stored)
        self._notifications = Notifications(settings)

    def changes(self, since: str | None) -> AsyncIterator[Page]:
        """What waits in our queue; see :meth:`adapters.government_portal.queue.PendingQueue.pages`."""
        return self._queue.pages(since)

    async def fetch(self, ref: str) -> Record:
        """CurrentStatus and History of a case, as a record of kind ``history``.

        Raises:
            NotOurs: the portal does not know the case, or it belongs to another agency.
        """
        answer = await self._exchange.read("GetCaseStatus", {"CaseRef": {"PortalCaseId": ref}})
        ids = answer.data.get("CaseRef", {})
        if "CurrentStatus" not in answer.data:
            raise unreadable(answer.operation, "CurrentStatus is missing", write=False, raw=answer.raw)
        data = {
            "PortalCaseId": ids.get("PortalCaseId", ref),
            **({"AgencyCaseId": ids["AgencyCaseId"]} if "AgencyCaseId" in ids else {}),
            "CurrentStatus": answer.data["CurrentStatus"],
            "History": answer.data.get("History", []),
        }
        return Record(
            system=NAME,
            ref=ref,
            kind="history",
            data=data,
            raw=answer.raw,
            media_type=XML,
            version=f"history:{digest(data)[:32]}",
        )

    async def find(self, key: Key) -> Sighting:
        """Look an earlier write up in the case's history; a filed case by our own code."""
        if key.operation not in self.capabilities.lookup:
            return UNKNOWN
        filed = key.operation == "SubmitCase"
        ref = {"AgencyCaseId": key.code} if filed or key.ref is None else {"PortalCaseId": key.ref}
        if None in ref.values():
            return UNKNOWN
        try:
            answer = await self._exchange.read("GetCaseStatus", {"CaseRef": ref})
        except NotOurs as error:
            # "unknown" disproves a filing; "not yours" may be the very effect of a transfer that succeeded
            return ABSENT if error.detail.get("codes") == ("UNKNOWN_CASE",) else UNKNOWN
        portal_id = answer.data.get("CaseRef", {}).get("PortalCaseId") or key.ref
        if portal_id is None:
            return UNKNOWN
        if filed:
            status = answer.data.get("CurrentStatus", {}).get("Status")
            facts = {"PortalCaseId": portal_id} | ({"Status": status} if status else {})
            return Sighting(verdict=Verdict.FOUND, receipt=Receipt(ref=portal_id, facts=facts))
        return look(key, answer.data, portal_id)

    async def apply(self, operation: Operation) -> Receipt:
        """Perform one write.

        Repeated with the same key and fields it is the same message, which the portal recognises.
        """
        key = operation.key
        if key.operation not in WRITES:
            msg = f"{NAME}: there is no operation {key.operation}"
            raise Permanent(msg, system=NAME, operation=key.operation)
        fields = {name: value for name, value in operation.fields.items() if name not in HEADER_FIELDS}
        ticket = Ticket(
            message_id=key.id,
            created_at=self._moment(fields),
            staff=_staff(operation.fields),
            correlation_id=operation.fields.get("CorrelationId"),
        )
        payload = await self._payload(operation, fields, ticket)
        answer = await self._exchange.write(key.operation, payload, ticket)
        return self._receipt(key, {**answer.data, **answer.ids}, duplicate=is_duplicate(answer))

    async def catalogue(self, name: str) -> tuple[CatalogueEntry, ...]:
        """``agencies`` or ``fields``; empty for a name that the portal has no catalogue of."""
        if name not in CATALOGUES:
            return ()
        answer = await self._exchange.read("GetCatalog", {"Name": CATALOGUES[name]})
        return tuple(
            CatalogueEntry(
                code=item["Code"],
                name=item.get("Name", ""),
                parent=item.get("ParentCode"),
                active=item["Active"],
            )
            for item in answer.data["Entry"]
        )

    async def read_file(self, ref: str, attachment: Attachment) -> bytes:  # noqa: ARG002  # files have ids of their own
        """The exact bytes of a file: by its AttachmentId, or from its address if the portal gave one."""
        return await self._files.download(attachment)

    async def ping(self) -> Pong:
        """The portal's clock and version."""
        answer = await self._exchange.read("Ping", {})
        return Pong(server_time=answer.data.get("ServerTime"), version=answer.data.get("Version"))

    def pushed(self, call: PushCall) -> Pushed:
        """A notification of the portal; see :mod:`adapters.government_portal.push`."""
        return self._notifications.read(call)

    def push_refused(self, error: ConnectorError) -> PushReply:
        """The answer to one that is not taken."""
        return self._notifications.refused(error)

    async def contract(self) -> tuple[ContractPart, ...]:
        """Version, WSDL and catalogues as they are today."""
        return await canary.contract(self._settings, self._exchange, self._around.http)

    async def aclose(self) -> None:
        """Nothing to let go of: the HTTP client belongs to whoever built it."""

    # ---- payloads -------------------------------------------------------------------------------------------

    async def _payload(
        self, operation: Operation, fields: Mapping[str, Any], ticket: Ticket
    ) -> dict[str, Any]:
        key = operation.key
        files = await self._files.outgoing(operation.files, ticket.message_id, ticket.created_at)
        attachments = {"Attachments": files} if files else {}
        if attachments and key.operation not in {"SubmitAnswer", "SubmitCase"}:
            msg = f"{NAME}: {key.operation} takes no files"
            raise Permanent(msg, system=NAME, operation=key.operation)
        case_ref = {"PortalCaseId": key.ref, "AgencyCaseId": key.code}
        if key.operation == "UpdateCaseStatus":
            return {"CaseRef": case_ref, "StatusChange": fields}
        if key.operation == "SubmitAnswer":
            return {"CaseRef": case_ref, "Answer": {**fields, **attachments}}
        if key.operation == "TransferCase":
            return {"CaseRef": case_ref, **fields}
        if key.operation == "SubmitCase":
            return {"CaseEnvelope": self._envelope(key, {**fields, **attachments})}
        return dict(fields)

    def _envelope(self, key: Key, fields: Mapping[str, Any]) -> dict[str, Any]:
        """A case of ours. What the register does not collect goes as an empty element (§8.5, Submitter)."""
        submitter: dict[str, Any] = dict.fromkeys(("FullName", "Address", "Phone", "Email"), "")
        given = fields.get("Submitter") or {}
        submitter |= {name: value for name, value in given.items() if value is not None}
        # hidden in publication unless the mapping says otherwise
        submitter.setdefault("Anonymous", True)
        missing = [name for name in self._settings.submitter_required if not str(submitter[name]).strip()]
        if missing:
            msg = f"{NAME}: the portal wants {', '.join(missing)} of the sender"
            raise Permanent(msg, system=NAME, operation=key.operation, fields=tuple(missing))
        return {"AgencyCaseId": key.code, **fields, "Submitter": submitter}

    def _moment(self, fields: Mapping[str, Any]) -> datetime:
        """CreatedAt: the moment of the act itself, so that a resend is the same message to the byte."""
        for name in MOMENTS:
            value = fields.get(name)
            if isinstance(value, datetime):
                return value
        return self._around.clock.now()

    def _receipt(self, key: Key, data: Mapping[str, Any], *, duplicate: bool) -> Receipt:
        facts = {name: str(data[name]) for name in ("PortalCaseId", "AnswerId") if name in data}
        status = data.get("CurrentStatus", {}).get("Status")
        if status:
            facts["Status"] = status
        ref = data.get("PortalCaseId") or key.ref or key.natural.get("PortalCaseId")
        if key.operation == "SubmitCase" and "PortalCaseId" not in data:
            # the work may well be done: only a look-up can tell the id
            raise unreadable(key.operation, "PortalCaseId is missing", write=True)
        return Receipt(
            ref=ref or key.code or "", duplicate=duplicate, facts=facts | {"MessageId": str(key.id)}
        )


def _staff(fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Who acted, for the header (§8.3): given as StaffInfo, else the account that Extra names."""
    extra = fields.get("Extra")
    account = extra.get("Staff") if isinstance(extra, Mapping) else None
    return fields.get("StaffInfo") or ({"Staff": account} if account else None)
