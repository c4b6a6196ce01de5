"""Answers that no portal should give, from a server that gives exactly what it is told: nothing is lost or believed."""

import contextlib
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from lxml import etree

from adapters.government_portal import GovernmentPortalSettings, plugin, wsse
from adapters.government_portal.envelope import SOAP_NS
from connector.case import Attachment
from connector.clock import SystemClock
from connector.errors import (
    ConnectorError,
    ContractDrift,
    CredentialsRefused,
    InDoubt,
    Permanent,
    Transient,
    Unreadable,
)
from connector.system import Key, Operation, OutgoingFile, Surroundings
from connector.transport import HttpClient, TransportSettings
from tests.listening import listening

NS = "urn:govportal:feedback:1"
OK = "<f:Report><f:IsSuccess>true</f:IsSuccess></f:Report>"
KEY = UUID("11111111-1111-4111-8111-111111111111")
AT = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


class QuickClock(SystemClock):
    async def sleep(self, seconds: float) -> None:
        """Do not wait."""


@dataclass
class Server:
    """Answers each request with the next of ``replies`` (the last one for ever) and keeps what it was sent."""

    replies: list[tuple[int, bytes]]
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader, writer):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (
                    int(line.split(":")[1])
                    for line in head.lower().splitlines()
                    if line.startswith("content-length")
                ),
                0,
            )
            self.heads.append(head)
            self.bodies.append(await reader.readexactly(length))
            status, content = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            start = f"HTTP/1.1 {status} x\r\nContent-Length: {len(content)}\r\nContent-Type: text/xml\r\n\r\n"
            writer.write(start.encode() + content)
            await writer.drain()

    @property
    def operations(self):
        return [etree.QName(etree.fromstring(body)[-1][0]).localname for body in self.bodies]


@contextlib.asynccontextmanager
async def talking(*replies, path="/feedback", **settings):
    server = Server([item if isinstance(item, tuple) else (200, item) for item in replies])
    clock = QuickClock()
    async with listening(server.serve) as port:
        server.url = f"http://127.0.0.1:{port}"
        own = GovernmentPortalSettings(
            **{
                "endpoint": f"{server.url}{path}",
                "system_id": "thanhhoa-mau",
                "password": "bí-mật-mẫu",
                "organ_id": "000.00.00.H56",
                "poison_passes": 1,  # each reply is scripted for one pass
                **settings,
            }
        )
        http = HttpClient("government_portal", TransportSettings(max_reply_bytes=2_000_000), clock)
        portal = plugin.build(own, Surroundings(http=http, clock=clock))
        try:
            yield portal, server
        finally:
            await portal.aclose()
            await http.aclose()


def wrap(inner, *, soap="1.1", header="", before=""):
    text = f'{before}<s:Envelope xmlns:s="{SOAP_NS[soap]}" xmlns:f="{NS}">{header}<s:Body>{inner}</s:Body></s:Envelope>'
    return text.encode()


def answer(operation, inner=OK, **options):
    return wrap(f"<f:{operation}Response>{inner}</f:{operation}Response>", **options)


def stamped(moment, life=timedelta(minutes=5)):
    block = wsse.security(None, moment, SOAP_NS["1.1"], ttl=life)
    return f"<s:Header>{etree.tostring(block).decode()}</s:Header>"


def accept(key_id=KEY, **more):
    fields = {"Status": "ACCEPTED", "ActorOrganId": "000.00.00.H56", "OccurredAt": AT, **more}
    return Operation(key=Key(id=key_id, operation="UpdateCaseStatus", ref="900000123"), fields=fields)


def filing():
    fields = {
        "Channel": "AGENCY",
        "SubmitterType": "BUSINESS",
        "Submitter": {"FullName": "Nguyễn Văn Mẫu"},
        "Title": "Chậm cấp phép",
        "Content": "Đã quá hạn.",
        "CaseKind": "CONDUCT",
        "SubmittedAt": AT,
        "ReceivingOrgan": "000.00.00.H56",
    }
    return Operation(
        key=Key(id=KEY, operation="SubmitCase", code="000.00.00.H56-261118-00057"), fields=fields
    )


async def outcome(call):
    try:
        await call
    except ConnectorError as error:
        return error
    pytest.fail("an error was expected")


# ---- what is sent -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
async def test_a_resend_is_the_same_body_to_the_byte_under_a_fresh_security_header(soap):
    async with talking(answer("UpdateCaseStatus"), soap_version=soap) as (portal, server):
        for _ in range(2):
            await portal.apply(accept())
        first, second = (etree.fromstring(body) for body in server.bodies)
        assert etree.tostring(first[1]) == etree.tostring(second[1])
        assert etree.tostring(first[0]) != etree.tostring(second[0])
        assert first[1].findtext(f".//{{{NS}}}MessageId") == str(KEY)
        assert first[1].findtext(f".//{{{NS}}}CreatedAt") == "2026-11-18T09:00:00+07:00"


async def test_the_action_goes_where_the_soap_version_wants_it():
    async with talking(answer("UpdateCaseStatus")) as (portal, server):
        await portal.apply(accept())
        assert f'soapaction: "{NS}/UpdateCaseStatus"' in server.heads[0].lower().replace(
            NS.lower(), NS
        ).replace("updatecasestatus", "UpdateCaseStatus")
    async with talking(answer("UpdateCaseStatus", soap="1.2"), soap_version="1.2") as (portal, server):
        await portal.apply(accept())
        assert "application/soap+xml" in server.heads[0]
        assert "soapaction" not in server.heads[0].lower()


async def test_what_is_sent_verifies_at_a_strict_receiver():
    async with talking(answer("UpdateCaseStatus")) as (portal, server):
        await portal.apply(accept())
        gate = wsse.Verifier(
            {"thanhhoa-mau": [GovernmentPortalSettings.model_fields["password"].annotation("bí-mật-mẫu")]}
        )
        assert gate.verify(etree.fromstring(server.bodies[0]), datetime.now(UTC)) == "thanhhoa-mau"


async def test_repeated_uploads_carry_the_same_ids_so_that_the_answer_around_them_stays_the_same():
    file = OutgoingFile(
        attachment=Attachment(
            id="register:12", role="answer", file_name="a.pdf", media_type="application/pdf"
        ),
        content=b"%PDF-" + b"x" * 3000,
    )
    fields = {"Text": "Trả lời", "IssuedAt": AT, "Publishable": True}
    write = Operation(key=Key(id=KEY, operation="SubmitAnswer", ref="1"), fields=fields, files=(file,))
    uploaded = answer("UploadAttachment", f"{OK}<f:AttachmentId>500</f:AttachmentId>")
    replies = [uploaded, uploaded, uploaded, answer("SubmitAnswer")] * 2
    limits = {"inline_max_bytes": 10, "chunk_bytes": 1024}
    async with talking(*replies, attachments=limits) as (portal, server):
        for _ in range(2):
            await portal.apply(write)
        half = len(server.bodies) // 2
        bodies = [etree.tostring(etree.fromstring(body)[1]) for body in server.bodies]
        assert bodies[:half] == bodies[half:]
        assert len(set(bodies[:half])) == half == 4


# ---- answers to a write -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"", InDoubt),
        (b"<html><body>Bao tri he thong</body></html>", InDoubt),
        (answer("UpdateCaseStatus")[:-20], InDoubt),
        (answer("UpdateCaseStatus", before="<!DOCTYPE x>"), InDoubt),
        (answer("UpdateCaseStatus", "<f:Report/>"), InDoubt),
        (answer("GetItem"), InDoubt),
        (answer("UpdateCaseStatus").replace(b"<s:Body>", b"<s:Body/><s:Body>"), InDoubt),
        (wrap("<s:Fault><faultcode>s:Server</faultcode></s:Fault>"), InDoubt),
        ((500, b"<html/>"), InDoubt),
        ((502, b""), InDoubt),
        ((302, b""), Transient),
        ((404, b"not found"), Transient),
        ((503, b""), Transient),
        ((401, b""), CredentialsRefused),
        ((405, b""), ContractDrift),
        ((413, b""), Permanent),
    ],
)
async def test_an_odd_answer_to_a_write_is_never_a_success_and_is_not_repeated(reply, kind):
    async with talking(reply) as (portal, server):
        assert type(await outcome(portal.apply(accept()))) is kind
        assert len(server.bodies) == 1


async def test_a_fault_inside_http_200_and_a_success_inside_http_500_count_by_their_content():
    fault = "<s:Fault><faultcode>s:Server</faultcode><detail><f:FeedbackFault><f:Code>BUSY</f:Code></f:FeedbackFault></detail></s:Fault>"
    async with talking(wrap(fault)) as (portal, _):
        assert type(await outcome(portal.apply(accept()))) is Transient
    async with talking((500, answer("UpdateCaseStatus"))) as (portal, _):
        assert (await portal.apply(accept())).ref == "900000123"


async def test_an_answer_in_the_other_soap_version_is_read():
    async with talking(answer("UpdateCaseStatus", soap="1.2")) as (portal, _):
        assert (await portal.apply(accept())).ref == "900000123"


@pytest.mark.parametrize("age", [timedelta(hours=1), timedelta(hours=-1)])
async def test_a_replayed_answer_proves_nothing(age):
    stale = answer("UpdateCaseStatus", header=stamped(datetime.now(UTC) - age))
    async with talking(stale) as (portal, _):
        assert type(await outcome(portal.apply(accept()))) is InDoubt


async def test_a_fresh_timestamp_may_differ_by_the_allowed_skew():
    fresh = answer("UpdateCaseStatus", header=stamped(datetime.now(UTC) + timedelta(seconds=50)))
    async with talking(fresh) as (portal, _):
        assert (await portal.apply(accept())).ref == "900000123"


async def test_a_filing_that_failed_but_names_the_new_case_is_done():
    failed = "<f:Report><f:IsSuccess>false</f:IsSuccess></f:Report><f:PortalCaseId>900000125</f:PortalCaseId>"
    async with talking(answer("SubmitCase", failed)) as (portal, _):
        assert (await portal.apply(filing())).ref == "900000125"


async def test_a_filing_that_succeeded_without_an_id_is_in_doubt():
    async with talking(answer("SubmitCase")) as (portal, _):
        assert type(await outcome(portal.apply(filing()))) is InDoubt


async def test_errors_carry_neither_content_nor_secrets():
    echo = "<f:Report><f:IsSuccess>false</f:IsSuccess><f:ErrorList><f:Error><f:Code>INVALID_VALUE</f:Code><f:Message>Nguyễn Văn Mẫu 0900000000</f:Message></f:Error></f:ErrorList></f:Report>"
    for reply in (
        answer("SubmitCase", echo),
        b"Nguyen Van Mau",
        answer("SubmitCase", "<f:X>0900000000</f:X>"),
    ):
        async with talking(reply) as (portal, _):
            error = await outcome(portal.apply(filing()))
            shown = f"{error} {error.detail} {error.__cause__!r}"
            assert not [word for word in ("Mẫu", "Mau", "0900000000", "bí-mật") if word in shown]


# ---- answers to a read --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "kind", "calls"),
    [
        (b"", Transient, 3),
        (b"<html><br></html>", Transient, 3),
        ((500, b"<html/>"), Transient, 3),
        ((302, b""), Transient, 3),
        ((401, b""), CredentialsRefused, 1),
        (answer("GetPendingItems", f"{OK}<f:Items/>"), Unreadable, 1),
        (answer("GetPendingItems", "<f:Report/>"), Unreadable, 1),
        (answer("GetPendingItems", before="<!DOCTYPE x>"), Unreadable, 1),
        (answer("Ping"), Unreadable, 1),
        (b"<a/>", Unreadable, 1),
    ],
)
async def test_an_odd_answer_to_a_read_is_an_error_and_never_an_empty_list(reply, kind, calls):
    async with talking(reply) as (portal, server):
        error = await outcome(anext(portal.changes(None)))
        assert isinstance(error, kind)
        assert len(server.bodies) == calls


async def test_each_try_of_a_read_has_a_nonce_and_a_message_id_of_its_own():
    async with talking(b"", b"", answer("Ping")) as (portal, server):
        await portal.ping()
        trees = [etree.fromstring(body) for body in server.bodies]
        for tag in (f"{{{wsse.WSSE}}}Nonce", f"{{{NS}}}MessageId"):
            assert len({tree.findtext(f".//{tag}") for tree in trees}) == 3


LISTED = answer(
    "GetPendingItems",
    f"{OK}<f:Item><f:ItemId>1</f:ItemId><f:Kind>CASE</f:Kind><f:PortalCaseId>900</f:PortalCaseId>"
    "<f:CreatedAt>2026-11-18T08:00:00+07:00</f:CreatedAt></f:Item>",
)


@pytest.mark.parametrize(
    "item",
    [
        answer("GetItem", before="<!DOCTYPE x [<!ENTITY a 'b'>]>"),
        answer("GetItem"),
        answer("GetItem", f"{OK}<f:CaseEnvelope/>"),
        answer("GetItem", "<f:Report><f:IsSuccess>false</f:IsSuccess></f:Report>"),
        answer("Ping"),
    ],
    ids=["doctype", "nothing", "empty case", "refused", "other operation"],
)
async def test_an_item_that_can_never_be_read_becomes_a_record_with_problems(item):
    async with talking(LISTED, item, answer("ConfirmReceived")) as (portal, server):
        [page] = [page async for page in portal.changes(None)]
        [record] = page.records
        assert record.ref == "900"
        assert record.problems
        assert record.raw in (item, b"")
        assert server.operations == ["GetPendingItems", "GetItem", "ConfirmReceived"]
        confirmation = etree.fromstring(server.bodies[-1])
        assert confirmation.findtext(f".//{{{NS}}}Result") == "fail"
        assert confirmation.findtext(f".//{{{NS}}}Reason").startswith("UNREADABLE: ")


async def test_an_item_that_is_another_case_than_the_queue_said_is_a_problem():
    item = answer("GetItem", f"{OK}<f:CaseEnvelope><f:PortalCaseId>901</f:PortalCaseId></f:CaseEnvelope>")
    async with talking(LISTED, item, answer("ConfirmReceived")) as (portal, _):
        [page] = [page async for page in portal.changes(None)]
        assert page.records[0].ref == "900"
        assert "PortalCaseId" in [problem.where for problem in page.records[0].problems]


async def test_a_recall_with_problems_is_not_refused_by_accident():
    """Failing a RECALLED item would tell the portal that we refuse the recall."""
    listed = LISTED.replace(b"CASE", b"RECALLED")
    async with talking(listed, answer("GetItem"), answer("ConfirmReceived")) as (portal, server):
        [page] = [page async for page in portal.changes(None)]
        assert page.records[0].problems
        assert "ConfirmReceived" not in server.operations


async def test_a_cursor_that_never_ends_is_not_followed_for_ever():
    endless = LISTED.replace(
        b"</f:GetPendingItemsResponse>", b"<f:NextCursor>x</f:NextCursor></f:GetPendingItemsResponse>"
    )
    item = answer("GetItem")
    async with talking(endless, item, answer("ConfirmReceived"), endless) as (portal, server):
        assert len([page async for page in portal.changes(None)]) == 1
        assert server.operations.count("GetPendingItems") == 2


@pytest.mark.parametrize("reply", [(500, b""), b"", (503, b"")])
async def test_a_confirmation_that_is_lost_ends_the_pass_after_the_page_is_stored(reply):
    async with talking(LISTED, answer("GetItem"), reply) as (portal, _):
        pages = portal.changes(None)
        assert len((await anext(pages)).records) == 1
        assert isinstance(await outcome(anext(pages)), Transient)


async def test_a_refused_confirmation_is_no_reason_to_stop():
    refused = "<f:Report><f:IsSuccess>false</f:IsSuccess><f:ErrorList><f:Error><f:Code>STATE_CONFLICT</f:Code></f:Error></f:ErrorList></f:Report>"
    async with talking(LISTED, answer("GetItem"), answer("ConfirmReceived", refused)) as (portal, _):
        assert len([page async for page in portal.changes(None)]) == 1


async def test_a_status_without_current_status_is_unreadable():
    async with talking(answer("GetCaseStatus")) as (portal, _):
        assert isinstance(await outcome(portal.fetch("900")), Unreadable)


async def test_answers_may_come_without_namespaces_if_so_configured():
    bare = wrap("<PingResponse><Report><IsSuccess>1</IsSuccess></Report><Version>7</Version></PingResponse>")
    async with talking(bare, lenient_namespaces=True) as (portal, _):
        assert (await portal.ping()).version == "7"
    async with talking(bare) as (portal, _):
        assert isinstance(await outcome(portal.ping()), Unreadable)


async def test_another_contract_namespace_is_spoken_and_understood():
    other = answer("Ping").replace(NS.encode(), b"urn:example:2")
    async with talking(other, namespace="urn:example:2") as (portal, server):
        await portal.ping()
        assert b"urn:govportal" not in server.bodies[0]
        assert 'urn:example:2/Ping"' in server.heads[0]


# ---- files --------------------------------------------------------------------------------------------------


def chunk(content, *, number=1, count=1, total=None, whole=None):
    import base64

    whole = content if whole is None else whole
    return answer(
        "DownloadAttachment",
        f"{OK}<f:AttachmentId>500</f:AttachmentId><f:FileName>a.pdf</f:FileName>"
        f"<f:ContentType>application/pdf</f:ContentType><f:TotalSize>{len(whole) if total is None else total}</f:TotalSize>"
        f"<f:Sha256>{hashlib.sha256(whole).hexdigest()}</f:Sha256><f:ChunkNo>{number}</f:ChunkNo>"
        f"<f:ChunkCount>{count}</f:ChunkCount><f:Chunk>{base64.b64encode(content).decode()}</f:Chunk>",
    )


def held(locator="500"):
    return Attachment(id="government_portal:500", role="question", file_name="a.pdf", locator=locator)


async def test_chunks_make_the_file():
    whole = b"%PDF-abcdef"
    parts = [
        chunk(whole[:6], number=1, count=2, whole=whole),
        chunk(whole[6:], number=2, count=2, whole=whole),
    ]
    async with talking(*parts) as (portal, _):
        assert await portal.read_file("900", held()) == whole
    async with talking(chunk(b"")) as (portal, _):
        assert await portal.read_file("900", replace(held(), file_name="a.txt")) == b""


@pytest.mark.parametrize(
    "parts",
    [
        [chunk(b"%PDF-x", total=7)],
        [chunk(b"%PDF-x", whole=b"%PDF-y")],
        [chunk(b"%PDF-x", number=2)],
        [chunk(b"%PDF-x", number=1, count=2, total=6), chunk(b"%PDF-x", number=1, count=2, total=6)],
        [chunk(b"%PDF-x", total=30_000_000)],
        [answer("DownloadAttachment")],
    ],
    ids=["size", "hash", "wrong part", "same part twice", "too large", "nothing"],
)
async def test_chunks_that_do_not_add_up_are_no_file(parts):
    async with talking(*parts) as (portal, _):
        assert isinstance(await outcome(portal.read_file("900", held())), Unreadable)


async def test_a_file_behind_an_address_is_fetched_only_from_hosts_we_know():
    async with talking(b"%PDF-x") as (portal, server):
        assert await portal.read_file("900", held(f"{server.url}/tep/1")) == b"%PDF-x"
        error = await outcome(portal.read_file("900", held("https://khac.example/tep/1")))
        assert type(error) is Permanent
        assert "khac.example" not in str(error)
        assert len(server.heads) == 1
    async with talking(b"", attachments={"hosts": ["tep.example"]}) as (portal, server):
        # known, but without TLS
        assert type(await outcome(portal.read_file("900", held("http://tep.example/1")))) is Permanent
        assert server.heads == []


@pytest.mark.parametrize(("status", "kind"), [(404, Permanent), (403, Permanent), (500, Transient)])
async def test_an_address_that_fails_says_whether_to_come_back(status, kind):
    async with talking((status, b"")) as (portal, server):
        assert type(await outcome(portal.read_file("900", held(f"{server.url}/tep/1")))) is kind


async def test_an_upload_whose_answer_is_lost_leaves_the_case_out_of_doubt():
    file = OutgoingFile(
        attachment=Attachment(
            id="register:12", role="answer", file_name="a.pdf", media_type="application/pdf"
        ),
        content=b"%PDF-" + b"x" * 3000,
    )
    fields = {"Text": "Trả lời", "IssuedAt": AT, "Publishable": True}
    write = Operation(key=Key(id=uuid4(), operation="SubmitAnswer", ref="1"), fields=fields, files=(file,))
    async with talking(b"", attachments={"inline_max_bytes": 10}) as (portal, server):
        assert type(await outcome(portal.apply(write))) is Transient
        assert server.operations == ["UploadAttachment"]
