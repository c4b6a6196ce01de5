"""Envelopes in both SOAP versions: what is written, what is read, and what is no SOAP message at all."""

from pathlib import Path

import pytest
from lxml import etree

from adapters.government_portal import contract
from adapters.government_portal.envelope import (
    SOAP_NS,
    Answer,
    Fault,
    NotSoap,
    body_of,
    http_headers,
    seal,
    unseal,
)
from adapters.government_portal.xml import parse

FIXTURES = Path(__file__).parents[2] / "fixtures" / "government_portal"
NS = "urn:govportal:feedback:1"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


def read(name, operation, **options):
    return unseal((FIXTURES / name).read_bytes(), contract.load(), operation, **options)


def wrap(inner, soap="1.1", header=""):
    text = f'<s:Envelope xmlns:s="{SOAP_NS[soap]}" xmlns:f="{NS}" xmlns:wsse="{WSSE}">{header}<s:Body>{inner}</s:Body></s:Envelope>'
    return text.encode()


def fault(inner, soap="1.1"):
    said = unseal(wrap(f"<s:Fault>{inner}</s:Fault>", soap), contract.load(), "SubmitCase")
    assert isinstance(said, Fault)
    return said


# ---- out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
def test_a_sealed_envelope_has_header_and_body_in_order_and_reads_back(soap):
    envelope = contract.load().create(
        "GetItem",
        {
            "ExchangeHeader": {
                "MessageId": "11111111-1111-4111-8111-111111111111",
                "From": {"OrganId": "000.00.00.H56"},
                "To": {"OrganId": "000.00.00.G22"},
                "CreatedAt": "2026-11-18T08:00:00+07:00",
                "ProtocolVersion": "1.0",
            },
            "ItemId": "50000001",
        },
        soap=soap,
    )
    data = seal(envelope, [etree.Element(f"{{{WSSE}}}Security")], NS)
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    root = parse(data)
    assert [etree.QName(child).localname for child in root] == ["Header", "Body"]
    assert etree.QName(root).namespace == SOAP_NS[soap]
    assert body_of(root).findtext(f"{{{NS}}}ItemId") == "50000001"
    assert body_of(root).prefix == "f"


def test_soap_1_1_carries_the_action_in_a_header_and_1_2_in_the_content_type():
    assert http_headers("1.1", "urn:x/Ping") == {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '"urn:x/Ping"',
    }
    assert http_headers("1.2", "urn:x/Ping") == {
        "Content-Type": 'application/soap+xml; charset=utf-8; action="urn:x/Ping"'
    }


# ---- answers ------------------------------------------------------------------------------------------------


def test_a_case_is_read_with_natural_values():
    answer = read("item_case_soap12.xml", "GetItem")
    assert isinstance(answer, Answer)
    assert answer.success
    assert answer.problems == ()
    case = answer.data["CaseEnvelope"]
    assert case["Submitter"]["Anonymous"] is True
    assert case["SubmittedAt"].isoformat() == "2026-11-18T07:55:00+07:00"
    assert case["Location"] == {"Latitude": "19.807", "Longitude": "105.776"}
    assert case["Attachments"][0]["Content"] == b"%PDF-1.7\n"
    # an empty element is absent
    assert "Instruction" not in case


def test_repeated_elements_are_lists_and_extra_is_a_dict():
    pending = read("pending_items.xml", "GetPendingItems")
    assert [item["Kind"] for item in pending.data["Item"]] == ["CASE", "RECALLED"]
    assert pending.data["NextCursor"] == "sau-50000002"
    assert read("pending_nothing.xml", "GetPendingItems").data["Item"] == []
    status = read("case_status.xml", "GetCaseStatus").data
    assert [row["Status"] for row in status["History"]] == ["ASSIGNED", "ACCEPTED", "ANSWERED"]
    assert status["History"][2]["Extra"] == {
        "AnswerId": "700001",
        "Version": "1",
        "MessageId": "22222222-2222-4222-8222-222222222222",
    }


def test_what_cannot_be_read_of_a_case_is_named_and_the_rest_is_kept():
    answer = read("item_case_broken.xml", "GetItem")
    assert {item.where for item in answer.problems} == {"CaseEnvelope/AssignedAt"}
    assert "AssignedAt" not in answer.data["CaseEnvelope"]
    assert answer.data["CaseEnvelope"]["Title"] == "Hồ sơ cấp phép bị chậm trả kết quả"


def test_an_unlisted_code_passes_as_it_is():
    answer = read("item_case_unknown_code.xml", "GetItem")
    assert answer.problems == ()
    assert answer.data["CaseEnvelope"]["CaseKind"] == "HIEN_TRUONG"


def test_a_report_tells_codes_and_paths():
    answer = read("report_state_conflict.xml", "UpdateCaseStatus")
    assert not answer.success
    assert answer.codes == ("STATE_CONFLICT",)
    assert answer.paths == ("StatusChange/OccurredAt",)
    assert answer.data["CurrentStatus"]["Status"] == "IN_PROGRESS"


def test_ids_of_finished_work_are_found_in_a_failed_answer():
    assert read("submit_case_failed_with_id.xml", "SubmitCase").ids == {"PortalCaseId": "900000125"}


def test_ids_are_found_even_where_the_rest_breaks_the_schema():
    inner = (
        "<f:SubmitCaseResponse><f:PortalCaseId>900000125</f:PortalCaseId><f:Report/></f:SubmitCaseResponse>"
    )
    answer = unseal(wrap(inner), contract.load(), "SubmitCase")
    assert answer.problems
    assert answer.ids == {"PortalCaseId": "900000125"}


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>Bao tri</body></html>",
        b'<Envelope xmlns="urn:khac"><Body/></Envelope>',
        wrap(""),
        wrap("<f:PingResponse/><f:PingResponse/>"),
        wrap("<f:PingResponse/>").replace(b"<s:Body>", b"<s:Body/><s:Body>"),
        wrap("<f:PingResponse/>", header="<s:Header/><s:Header/>"),
        wrap("<f:PingResponse/>").replace(b"</s:Body>", b"</s:Body><s:Header/>"),
        wrap("<f:GetItemResponse/>"),
        wrap('<PingResponse xmlns="urn:khac"/>'),
        wrap("<f:Ping/>"),
    ],
    ids=[
        "page",
        "other namespace",
        "empty body",
        "two answers",
        "two bodies",
        "two headers",
        "header last",
        "other operation",
        "wrong namespace",
        "request",
    ],
)
def test_what_is_not_the_answer_that_was_asked_for_is_refused(data):
    with pytest.raises(NotSoap):
        unseal(data, contract.load(), "Ping")


def test_namespaces_may_be_ignored_by_configuration_only():
    inner = "<PingResponse><Report><IsSuccess>true</IsSuccess></Report><Version>1.0</Version></PingResponse>"
    answer = unseal(wrap(inner), contract.load(), "Ping", lenient=True)
    assert answer.success
    assert answer.data == {"Version": "1.0"}


# ---- faults -------------------------------------------------------------------------------------------------


def test_a_fault_of_soap_1_1_is_read():
    said = read("fault_busy_soap11.xml", "GetItem")
    assert (said.code, said.sender, said.retryable, said.trace_id) == ("BUSY", False, True, "t-0001")


def test_a_fault_of_soap_1_2_gives_its_most_special_code():
    said = read("fault_auth_soap12.xml", "GetItem")
    assert (said.code, said.sender) == ("wsse:FailedAuthentication", True)


@pytest.mark.parametrize(
    ("inner", "code", "sender"),
    [
        ("<faultcode>wsse:MessageExpired</faultcode><faultstring/>", "wsse:MessageExpired", False),
        (f'<faultcode xmlns:w="{WSSE}">w:FailedCheck</faultcode>', "wsse:FailedCheck", False),
        ("<faultcode>s:Client.Schema</faultcode>", "Client", True),
        ("<faultcode>s:MustUnderstand</faultcode>", "MustUnderstand", True),
        ("<faultstring>?</faultstring>", "UNNAMED", False),
        ("<faultcode>s:Server</faultcode><detail><x>y</x></detail>", "Server", False),
        (
            "<faultcode>s:Client</faultcode><detail><FeedbackFault><Code>TOO_LARGE</Code></FeedbackFault></detail>",
            "TOO_LARGE",
            True,
        ),
    ],
)
def test_fault_codes_are_found_in_their_forms(inner, code, sender):
    said = fault(inner)
    assert (said.code, said.sender) == (code, sender)


def test_ids_in_the_detail_of_a_fault_are_found():
    said = fault("<faultcode>s:Server</faultcode><detail><f:PortalCaseId>900000125</f:PortalCaseId></detail>")
    assert said.ids == {"PortalCaseId": "900000125"}
