"""Talking to the government twin in hand-built XML: nothing here is shared with the twin or with the client."""

import base64
import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from lxml import etree

from adapters.government_portal.twin import Twin, running

FEEDBACK = "urn:govportal:feedback:1"
PARTY = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}wssecurity-utility-1.0.xsd"
DIGEST = f"{_OASIS}username-token-profile-1.0#PasswordDigest"
TEXT = f"{_OASIS}username-token-profile-1.0#PasswordText"
ORGAN = "000.00.00.H56"
OFFICE = "000.00.00.G22"
NEIGHBOUR = "000.00.00.H55"
PDF = b"%PDF-1.7\nm\xe1\xba\xabu"


def stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def token(
    user: str, password: str, *, text: bool = False, nonce: bytes | None = None, at: datetime | None = None
) -> str:
    """A UsernameToken, digest by default."""
    created = stamp(at or datetime.now(UTC))
    nonce = nonce or os.urandom(16)
    kind, value = TEXT, password
    if not text:
        kind = DIGEST
        # SHA-1 is what the OASIS profile prescribes
        digest = hashlib.sha1(nonce + created.encode() + password.encode()).digest()  # noqa: S324
        value = base64.b64encode(digest).decode()
    return (
        f'<w:UsernameToken><w:Username>{user}</w:Username><w:Password Type="{kind}">{value}</w:Password>'
        f"<w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce><u:Created>{created}</u:Created></w:UsernameToken>"
    )


def security(inner: str, *, at: datetime | None = None, life_s: int = 300, stamped: bool = True) -> str:
    """A Security header around a token."""
    at = at or datetime.now(UTC)
    expires = stamp(at + timedelta(seconds=life_s))
    times = f"<u:Timestamp><u:Created>{stamp(at)}</u:Created><u:Expires>{expires}</u:Expires></u:Timestamp>"
    return f'<w:Security xmlns:w="{WSSE}" xmlns:u="{WSU}">{times if stamped else ""}{inner}</w:Security>'


def exchange_header(
    message_id: str | None = None,
    *,
    organ: str = ORGAN,
    to: str = OFFICE,
    version: str = "1.0",
    trace: str = "",
    staff: str = "",
) -> str:
    return (
        f"<f:ExchangeHeader><f:MessageId>{message_id or uuid.uuid4()}</f:MessageId>"
        f'<e:From xmlns:e="{PARTY}"><e:OrganId>{organ}</e:OrganId></e:From>'
        f'<e:To xmlns:e="{PARTY}"><e:OrganId>{to}</e:OrganId></e:To>'
        f"<f:CreatedAt>{stamp(datetime.now(UTC))}</f:CreatedAt>{trace}{staff}"
        f"<f:ProtocolVersion>{version}</f:ProtocolVersion></f:ExchangeHeader>"
    )


def envelope(body: str, header: str = "", *, soap: str = SOAP11) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{soap}"><s:Header>{header}</s:Header>'
        f'<s:Body xmlns:f="{FEEDBACK}">{body}</s:Body></s:Envelope>'
    ).encode()


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer, taken apart by local names."""

    status: int
    content_type: str
    raw: bytes

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.raw)

    def text(self, *path: str) -> str | None:
        """Text of the first element at a path below the Body, by local names."""
        step = "/".join(f"*[local-name()='{name}']" for name in path)
        found = self.root.xpath(f"//*[local-name()='Body']//{step}")
        return None if not found else (found[0].text or "")

    def all(self, *path: str) -> list[etree._Element]:
        step = "/".join(f"*[local-name()='{name}']" for name in path)
        return self.root.xpath(f"//*[local-name()='Body']//{step}")

    @property
    def ok(self) -> bool:
        return self.status == 200 and self.text("Report", "IsSuccess") == "true"

    @property
    def duplicate(self) -> bool:
        return self.text("Report", "Duplicate") == "true"

    @property
    def refusal(self) -> str | None:
        """Code of a failed Report."""
        return None if self.text("Report", "IsSuccess") != "false" else self.text("Error", "Code")

    @property
    def fault(self) -> str | None:
        """Code of a FeedbackFault."""
        return self.text("FeedbackFault", "Code")

    def rows(self) -> list[dict[str, Any]]:
        """The History as plain dicts; Extra by name."""
        rows = []
        for change in self.all("History", "StatusChange"):
            row = {etree.QName(item).localname: item.text for item in change}
            row["Extra"] = {
                item.findtext(f"{{{FEEDBACK}}}Name"): item.findtext(f"{{{FEEDBACK}}}Value")
                for item in change.iter(f"{{{FEEDBACK}}}Item")
            }
            rows.append(row)
        return rows


@dataclass(kw_only=True)
class Peer:
    """An agency talking to a twin, and the hand on the twin's control port."""

    twin: Twin
    http: httpx.AsyncClient
    soap: str = SOAP11
    user: str | None = None
    password: str | None = None
    last: bytes = field(default=b"", init=False)

    async def post(self, raw: bytes, action: str | None, **headers: str) -> Reply:
        """Send bytes as they are."""
        kind = "text/xml; charset=utf-8"
        given = {"SOAPAction": f'"{action}"'} if action is not None else {}
        if self.soap == SOAP12:
            kind = "application/soap+xml; charset=utf-8" + (f'; action="{action}"' if action else "")
            given = {}
        self.last = raw
        answer = await self.http.post(
            self.twin.url, content=raw, headers={"Content-Type": kind, **given, **headers}
        )
        return Reply(
            status=answer.status_code, content_type=answer.headers["content-type"], raw=answer.content
        )

    def signed(self) -> str:
        return security(token(self.user or self.twin.username, self.password or self.twin.password))

    async def call(
        self, operation: str, inner: str = "", *, message_id: str | None = None, **header: Any
    ) -> Reply:
        """One well-made call."""
        body = f"<f:{operation}>{exchange_header(message_id, **header)}{inner}</f:{operation}>"
        return await self.post(envelope(body, self.signed(), soap=self.soap), f"{FEEDBACK}/{operation}")

    async def status(
        self,
        case: str,
        status: str,
        *,
        message_id: str | None = None,
        at: datetime | None = None,
        **facts: Any,
    ) -> Reply:
        return await self.call(
            "UpdateCaseStatus", ref(case) + change(status, at=at, **facts), message_id=message_id
        )

    async def history(self, case: str) -> Reply:
        return await self.call("GetCaseStatus", ref(case))

    async def pending(self, inner: str = "<f:MaxItems>100</f:MaxItems>") -> list[tuple[str, str]]:
        """(ItemId, Kind) of what waits."""
        reply = await self.call("GetPendingItems", inner)
        assert reply.ok, reply.raw
        return [(item[0].text, item[1].text) for item in reply.all("Item")]

    async def confirm(self, item: str, result: str = "done", reason: str = "", **header: Any) -> Reply:
        told = f"<f:Reason>{reason}</f:Reason>" if reason else ""
        return await self.call(
            "ConfirmReceived", f"<f:ItemId>{item}</f:ItemId><f:Result>{result}</f:Result>{told}", **header
        )

    async def file_case(self, **facts: Any) -> str:
        """A citizen's case, by the control API; gives its id."""
        answer = await self.http.post(f"{self.twin.control_url}/control/cases", json={**CASE, **facts})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def event(self, case: str, event: str, **facts: Any) -> httpx.Response:
        return await self.http.post(f"{self.twin.control_url}/control/cases/{case}/{event}", json=facts)

    async def dump(self, case: str) -> dict[str, Any]:
        return (await self.http.get(f"{self.twin.control_url}/control/cases/{case}")).json()

    async def switch(self, **profile: Any) -> None:
        answer = await self.http.put(f"{self.twin.control_url}/control/profile", json=profile)
        assert answer.status_code == 200, answer.text

    async def journal(self) -> list[dict[str, Any]]:
        return (await self.http.get(f"{self.twin.control_url}/control/journal")).json()

    async def answered(self, *, publishable: bool = True, **facts: Any) -> str:
        """A case that was accepted and answered."""
        case = await self.file_case(**facts)
        assert (await self.status(case, "ACCEPTED")).ok
        assert (await self.call("SubmitAnswer", ref(case) + answer_xml(publishable=publishable))).ok
        return case


CASE = {
    "title": "Chậm trả kết quả hồ sơ",
    "content": "Tôi nộp hồ sơ đã quá hạn mà chưa được trả lời.",
    "kind": "CONDUCT",
    "agency": ORGAN,
    "sender": {
        "name": "Nguyễn Văn Mẫu",
        "phone": "0900000000",
        "address": "Thôn Mẫu, xã Ví Dụ",
        "email": "mau@example.com",
    },
    "anonymous": True,
}


def ref(case: str | None = None, own: str | None = None) -> str:
    portal = f"<f:PortalCaseId>{case}</f:PortalCaseId>" if case else ""
    return f"<f:CaseRef>{portal}{f'<f:AgencyCaseId>{own}</f:AgencyCaseId>' if own else ''}</f:CaseRef>"


def change(
    status: str,
    *,
    at: datetime | None = None,
    reason: str = "Lý do mẫu",
    note: str = "",
    actor: str = ORGAN,
    due: datetime | None = None,
    **extra: str,
) -> str:
    items = "".join(
        f"<f:Item><f:Name>{name}</f:Name><f:Value>{value}</f:Value></f:Item>" for name, value in extra.items()
    )
    return (
        f"<f:StatusChange><f:Status>{status}</f:Status><f:ActorOrganId>{actor}</f:ActorOrganId>"
        f"<f:OccurredAt>{stamp(at or datetime.now(UTC))}</f:OccurredAt>"
        + (f"<f:Reason>{reason}</f:Reason>" if reason else "")
        + (f"<f:Note>{note}</f:Note>" if note else "")
        + (f"<f:NewDueAt>{stamp(due)}</f:NewDueAt>" if due else "")
        + (f"<f:Extra>{items}</f:Extra>" if items else "")
        + "</f:StatusChange>"
    )


def answer_xml(
    text: str = "Đã giải quyết, xin lỗi công dân.",
    *,
    version: int | None = 1,
    publishable: bool = True,
    files: str = "",
    at: datetime | None = None,
) -> str:
    return (
        f"<f:Answer><f:Text>{text}</f:Text><f:SignerName>Trần Thị Ví Dụ</f:SignerName>"
        f"<f:IssuedAt>{stamp(at or datetime.now(UTC))}</f:IssuedAt><f:Publishable>{str(publishable).lower()}</f:Publishable>"
        + (f"<f:Version>{version}</f:Version>" if version else "")
        + (f"<f:Attachments>{files}</f:Attachments>" if files else "")
        + "</f:Answer>"
    )


def file_xml(
    content: bytes = PDF,
    *,
    name: str = "tra-loi.pdf",
    kind: str = "application/pdf",
    sha256: str | None = None,
    size: int | None = None,
    source: str | None = None,
    file_id: str = "register:12",
) -> str:
    digest = sha256 or hashlib.sha256(content).hexdigest()
    body = source or f"<f:Content>{base64.b64encode(content).decode()}</f:Content>"
    return (
        f"<f:Attachment><f:AttachmentId>{file_id}</f:AttachmentId><f:Role>ANSWER</f:Role><f:FileName>{name}</f:FileName>"
        f"<f:ContentType>{kind}</f:ContentType><f:Size>{len(content) if size is None else size}</f:Size>"
        f"<f:Sha256>{digest}</f:Sha256>{body}</f:Attachment>"
    )


def filed_xml(
    own: str | None = "000.00.00.H56-261118-00057",
    *,
    channel: str = "AGENCY",
    person: str = "<f:FullName></f:FullName><f:Address></f:Address><f:Phone></f:Phone><f:Email></f:Email>",
    receiver: str = ORGAN,
    content: str = "Đường hỏng, đề nghị sửa.",
    at: datetime | None = None,
    private: bool = False,
    files: str = "",
) -> str:
    return (
        "<f:CaseEnvelope>"
        + (f"<f:AgencyCaseId>{own}</f:AgencyCaseId>" if own else "")
        + f"<f:Channel>{channel}</f:Channel><f:SubmitterType>BUSINESS</f:SubmitterType>"
        f"<f:Submitter>{person}<f:Anonymous>true</f:Anonymous></f:Submitter>"
        f"<f:Title>Phản ánh mẫu</f:Title><f:Content>{content}</f:Content><f:CaseKind>POLICY_PROCEDURE</f:CaseKind>"
        f"<f:SubmittedAt>{stamp(at or datetime.now(UTC))}</f:SubmittedAt><f:ReceivingOrgan>{receiver}</f:ReceivingOrgan>"
        f"<f:Private>{str(private).lower()}</f:Private>"
        + (f"<f:Attachments>{files}</f:Attachments>" if files else "")
        + "</f:CaseEnvelope>"
    )


@asynccontextmanager
async def talking(soap: str = SOAP11, **facts: Any) -> AsyncIterator[Peer]:
    """A running twin and a peer that talks to it."""
    async with running(**facts) as twin, httpx.AsyncClient(trust_env=False, timeout=10) as http:
        yield Peer(twin=twin, http=http, soap=soap)
