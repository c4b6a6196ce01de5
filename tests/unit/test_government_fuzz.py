"""Whatever bytes come in, reading ends in an answer, a fault or a refusal; whatever text goes out comes back."""

import contextlib
import unicodedata
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.government_portal import contract
from adapters.government_portal.envelope import Answer, Fault, NotSoap, seal, unseal
from adapters.government_portal.judge import judge
from adapters.government_portal.shape import read_tree
from adapters.government_portal.xml import XmlRefused, parse
from connector.errors import ConnectorError, Permanent

SAMPLES = {
    "item_case_soap12.xml": "GetItem",
    "case_status.xml": "GetCaseStatus",
    "pending_items.xml": "GetPendingItems",
    "fault_busy_soap11.xml": "SubmitCase",
    "submit_case_failed_with_id.xml": "SubmitCase",
}
DATA = {
    name: (Path(__file__).parents[2] / "fixtures" / "government_portal" / name).read_bytes()
    for name in SAMPLES
}
HEADER = {
    "MessageId": "11111111-1111-4111-8111-111111111111",
    "From": {"OrganId": "000.00.00.H56"},
    "To": {"OrganId": "000.00.00.G22"},
    "CreatedAt": datetime(2026, 11, 18, tzinfo=UTC),
    "ProtocolVersion": "1.0",
}


def read(data, operation):
    try:
        said = unseal(data, contract.load(), operation)
    except (XmlRefused, NotSoap):
        return
    assert isinstance(said, Answer | Fault)
    for write in (True, False):
        # any other kind of exception ends the test
        with contextlib.suppress(ConnectorError):
            judge(said, write=write)


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=150, deadline=None)
@given(drawn=st.data())
def test_a_damaged_message_is_read_or_refused_and_nothing_else(name, drawn):
    data = bytearray(DATA[name])
    for _ in range(drawn.draw(st.integers(1, 4))):
        at = drawn.draw(st.integers(0, len(data) - 1))
        match drawn.draw(st.sampled_from(["flip", "cut", "repeat", "swap"])):
            case "flip":
                data[at] = drawn.draw(st.integers(0, 255))
            case "cut":
                del data[at : at + drawn.draw(st.integers(1, 40))]
            case "repeat":
                data[at:at] = data[at : at + drawn.draw(st.integers(1, 80))]
            case "swap":
                data[at : at + 1] = drawn.draw(
                    st.sampled_from([b"<", b">", b"&", b"\x00", b"/", b'"', b"&lt;"])
                )
        if not data:
            data = bytearray(b"<")
    read(bytes(data), SAMPLES[name])


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=150, deadline=None)
@given(drawn=st.data())
def test_a_message_of_another_shape_is_read_or_refused_and_nothing_else(name, drawn):
    root = etree.fromstring(DATA[name])
    for _ in range(drawn.draw(st.integers(1, 4))):
        nodes = list(root.iter())
        node = nodes[drawn.draw(st.integers(0, len(nodes) - 1))]
        other = nodes[drawn.draw(st.integers(0, len(nodes) - 1))]
        match drawn.draw(st.sampled_from(["drop", "copy", "rename", "text"])):
            case "drop" if node.getparent() is not None:
                node.getparent().remove(node)
            case "copy":
                node.append(deepcopy(other))
            case "rename":
                node.tag = other.tag
            case _:
                node.text = drawn.draw(
                    st.sampled_from(
                        [
                            "",
                            " ",
                            "x" * 30_000,
                            "-1",
                            "true",
                            "+00:00",
                            "9" * 40,
                            "12026-01-01T00:00:00Z",
                            "2026-11-18T24:00:00Z",
                        ]
                    )
                )
    read(etree.tostring(root), SAMPLES[name])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    read(data, "GetItem")


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1, max_size=300))
def test_text_that_xml_can_carry_arrives_as_it_was_in_nfc(text):
    values = {
        "ExchangeHeader": HEADER,
        "CaseRef": {"PortalCaseId": "1"},
        "Answer": {"Text": text, "IssuedAt": HEADER["CreatedAt"], "Publishable": True},
    }
    spoken = contract.load()
    try:
        data = seal(spoken.create("SubmitAnswer", values, soap="1.1"), [], spoken.namespace)
    except Permanent as error:
        refused = error.detail["fields"]
    else:
        refused = None
    if refused is not None:
        # a character that XML cannot carry, and no other reason
        assert refused == ("Answer/Text",)
        return
    problems: list = []
    tree = read_tree(parse(data)[0][0], spoken.shape("SubmitAnswer"), problems)
    told = tree["Answer"].get("Text", "")
    # XML itself turns a carriage return into a line feed unless it is escaped, which the writer does
    wanted = unicodedata.normalize("NFC", text)
    assert told == wanted or (not told and not wanted.strip())
    assert not problems
    assert etree.fromstring(data) is not None
