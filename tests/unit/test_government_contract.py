"""The vendored schema: what is sent obeys it to the letter, what is read may fail it without hiding the rest."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from lxml import etree

from adapters.government_portal import contract
from adapters.government_portal.contract import BINDINGS, PARTY_XSD
from adapters.government_portal.shape import Kind, Shape, read_tree, to_wire
from adapters.government_portal.xml import parse
from connector.errors import Permanent

NS = "urn:govportal:feedback:1"
SCHEMA = Path(contract.__file__).parent / "schema"
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
HEADER = {
    "MessageId": "11111111-1111-4111-8111-111111111111",
    "From": {"OrganId": "000.00.00.H56", "OrganName": "Ủy ban nhân dân tỉnh Thanh Hóa"},
    "To": {"OrganId": "000.00.00.G22"},
    "CreatedAt": NOW,
    "StaffInfo": {"Staff": "cb-mau-01"},
    "ProtocolVersion": "1.0",
}
CHANGE = {
    "Status": "SUPPLEMENT_REQUESTED",
    "ActorOrganId": "000.00.00.H56",
    "OccurredAt": NOW,
    "Reason": "Đề nghị bổ sung giấy hẹn.",
    "Note": None,
    "NewDueAt": NOW + timedelta(days=5),
    "Extra": {"ReasonCode": "THIEU_THONG_TIN"},
}
PORTAL_OPERATIONS = [
    "GetPendingItems",
    "GetItem",
    "ConfirmReceived",
    "UpdateCaseStatus",
    "SubmitAnswer",
    "TransferCase",
    "SubmitCase",
    "GetCaseStatus",
    "UploadAttachment",
    "DownloadAttachment",
    "GetCatalog",
    "Ping",
]


def create(change=CHANGE, soap="1.1", spoken=None):
    values = {"ExchangeHeader": HEADER, "CaseRef": {"PortalCaseId": "900000123"}, "StatusChange": change}
    return (spoken or contract.load()).create("UpdateCaseStatus", values, soap=soap)


def refusal(**change):
    with pytest.raises(Permanent) as caught:
        create({**CHANGE, **change})
    return caught.value


def names(element):
    return [etree.QName(child).localname for child in element]


def test_every_operation_of_the_contract_has_a_shape_for_request_and_answer():
    spoken = contract.load()
    for operation in (*PORTAL_OPERATIONS, "NotifyCaseAssigned", "NotifyCaseEvent"):
        assert spoken.shape(operation).child("ExchangeHeader")
        assert spoken.shape(f"{operation}Response").child("Report")


def test_the_wsdl_binds_each_operation_in_both_soap_versions_with_one_declared_fault():
    wsdl = etree.parse(SCHEMA / "feedback.wsdl").getroot()
    space = {"w": "http://schemas.xmlsoap.org/wsdl/"}
    for name in (*BINDINGS.values(), "AgencySoap11", "AgencySoap12"):
        operations = wsdl.xpath(f"//w:binding[@name='{name}']/w:operation", namespaces=space)
        wanted = PORTAL_OPERATIONS if name.startswith("Portal") else ["NotifyCaseAssigned", "NotifyCaseEvent"]
        assert [item.get("name") for item in operations] == wanted
        assert all(len(item.findall("w:fault", space)) == 1 for item in operations)
        actions = {item[0].get("soapAction") for item in operations}
        assert actions == {f"{NS}/{operation}" for operation in wanted}


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
def test_elements_come_in_schema_order_whatever_the_order_of_the_fields(soap):
    envelope = create(dict(reversed(list(CHANGE.items()))), soap)
    wrapper = envelope[0][0]
    assert names(wrapper) == ["ExchangeHeader", "CaseRef", "StatusChange"]
    assert names(wrapper[2]) == ["Status", "ActorOrganId", "OccurredAt", "Reason", "NewDueAt", "Extra"]
    assert names(wrapper[0]) == ["MessageId", "From", "To", "CreatedAt", "StaffInfo", "ProtocolVersion"]
    assert etree.QName(wrapper[0][1]).namespace == "http://www.mic.gov.vn/TBT/QCVN_102_2016"


def test_text_goes_out_in_nfc_and_instants_with_local_offset():
    change = create({**CHANGE, "Reason": "Trả lời"})[0][0][2]
    assert change.findtext(f"{{{NS}}}Reason") == "Trả lời"
    assert change.findtext(f"{{{NS}}}OccurredAt") == "2026-11-18T09:00:00+07:00"


def test_the_same_values_give_the_same_bytes():
    assert etree.tostring(create()) == etree.tostring(create())


def test_what_is_built_reads_back_as_it_was_given():
    problems = []
    spoken = contract.load()
    tree = read_tree(parse(etree.tostring(create()))[0][0], spoken.shape("UpdateCaseStatus"), problems)
    assert not problems
    assert tree["StatusChange"] == {name: value for name, value in CHANGE.items() if value is not None}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"Status": "DANG_XEM_XET"}, "StatusChange/Status"),
        ({"ActorOrganId": None}, "UpdateCaseStatus/StatusChange/ActorOrganId"),
        ({"ActorOrganId": "x" * 65}, "StatusChange/ActorOrganId"),
        ({"Reason": "Nguyễn Văn Mẫu " * 400}, "StatusChange/Reason"),
        ({"OccurredAt": "18/11/2026"}, "StatusChange/OccurredAt"),
        ({"OccurredAt": datetime(2026, 11, 18)}, "StatusChange/OccurredAt"),  # noqa: DTZ001  # the mistake itself
        ({"Reason": "một\x0bhai"}, "StatusChange/Reason"),
        ({"Reason": ["một"]}, "StatusChange/Reason"),
        ({"Extra": "ReasonCode"}, "StatusChange/Extra"),
        ({"DienThoai": "0900000000"}, "StatusChange"),
    ],
)
def test_what_does_not_fit_is_never_sent_and_is_named_without_its_content(change, where):
    error = refusal(**change)
    assert error.detail["fields"] == (where,)
    assert "Mẫu" not in str(error)
    assert "0900000000" not in str(error)


def test_a_code_that_the_schema_does_not_list_is_left_to_the_mapping_on_reading_only():
    spoken = contract.load()
    wrapper = create()[0][0]
    wrapper[2][0].text = "DANG_XEM_XET"
    assert spoken.check(wrapper) == ()
    assert [item.where for item in spoken.check(wrapper, strict=True)] == ["StatusChange/Status"]


def test_an_unlisted_code_does_not_hide_other_faults():
    wrapper = create()[0][0]
    wrapper[2][0].text = "DANG_XEM_XET"
    wrapper[2][2].text = "hôm qua"
    etree.SubElement(wrapper[2], f"{{{NS}}}FutureElement").text = "Nguyễn Văn Mẫu"
    problems = contract.load().check(wrapper)
    assert [item.where for item in problems] == ["StatusChange/OccurredAt", "StatusChange/FutureElement"]
    assert "Mẫu" not in repr(problems)


def test_another_namespace_is_a_matter_of_configuration():
    spoken = contract.load("urn:example:phan-anh:2", "urn:example:qcvn")
    wrapper = create(spoken=spoken)[0][0]
    assert wrapper.tag == "{urn:example:phan-anh:2}UpdateCaseStatus"
    assert wrapper[0][1].tag == "{urn:example:qcvn}From"
    assert spoken.check(wrapper) == ()


def test_the_contract_is_loaded_once():
    assert contract.load() is contract.load()


def test_the_loader_reads_nothing_but_the_vendored_files():
    shelf = contract._Shelf(namespace=NS, party_namespace="urn:x")
    assert b"urn:x" in shelf.read(PARTY_XSD)
    with pytest.raises(ValueError, match="not part of it"):
        shelf.read("http://127.0.0.1/evil.xsd")


# ---- shapes -------------------------------------------------------------------------------------------------


def shape_of(wrapper, *path):
    shape = contract.load().shape(wrapper)
    for name in path:
        shape = shape.child(name).shape
    return shape


def test_shapes_come_from_the_schema():
    envelope = shape_of("GetItemResponse", "CaseEnvelope")
    assert envelope.child("SubmittedAt").shape.kind is Kind.INSTANT
    assert envelope.child("Private").shape.kind is Kind.BOOLEAN
    assert envelope.child("ReworkNo").shape.kind is Kind.INTEGER
    assert envelope.child("Attachments").shape.kind is Kind.LIST
    assert envelope.child("Attachments").shape.item.shape.child("Content").shape.kind is Kind.BYTES
    # coordinates stay the text that came in
    assert envelope.child("Location").shape.child("Latitude").shape.kind is Kind.TEXT
    assert shape_of("GetItemResponse", "CaseEvent", "Extra").kind is Kind.FACTS
    assert contract.load().shape("GetPendingItemsResponse").child("Item").repeated


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.BOOLEAN, " 1 ", True),
        (Kind.BOOLEAN, "false", False),
        (Kind.INTEGER, "007", 7),
        (Kind.INSTANT, "2026-11-18T00:00:00Z", datetime(2026, 11, 18, tzinfo=UTC)),
        (Kind.INSTANT, "2026-11-18T07:00:00.5+07:00", datetime(2026, 11, 18, 0, 0, 0, 500_000, tzinfo=UTC)),
        (Kind.BYTES, "aGVs\nbG8=", b"hello"),
        (Kind.TEXT, "Trả", "Trả"),
        (Kind.TEXT, "  ", None),
    ],
)
def test_a_leaf_is_read_as_its_type(kind, text, value):
    from adapters.government_portal.shape import _read_leaf

    problems = []
    assert _read_leaf(text, kind, problems, "x") == value
    assert not problems


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.BOOLEAN, "có"),
        (Kind.INTEGER, "ba"),
        (Kind.INSTANT, "2026-11-18T07:00:00"),
        (Kind.INSTANT, "18/11/2026"),
        (Kind.BYTES, "không"),
    ],
)
def test_a_leaf_that_cannot_be_read_is_a_problem_and_no_value(kind, text):
    from adapters.government_portal.shape import _read_leaf

    problems = []
    assert _read_leaf(text, kind, problems, "Case/x") is None
    assert [item.where for item in problems] == ["Case/x"]
    assert text not in problems[0].text


def test_an_instant_of_another_zone_keeps_its_moment():
    zone = timezone(timedelta(hours=9))
    wire = to_wire(datetime(2026, 11, 18, 9, tzinfo=zone), Shape(kind=Kind.INSTANT))
    assert wire.isoformat() == "2026-11-18T07:00:00+07:00"
