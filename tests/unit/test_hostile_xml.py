"""XML that means harm: no entity, no other file, no tree that grows beyond its message, no message read in two ways."""

import tracemalloc

import pytest

from adapters.government_portal import contract
from adapters.government_portal.envelope import SOAP_NS, NotSoap, body_of, unseal
from adapters.government_portal.shape import Kind, read_tree
from adapters.government_portal.xml import Why, XmlBounds, XmlRefused, parse
from connector.canonical import digest

NS = "urn:govportal:feedback:1"
BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ATTACKS = {
    "XXE": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "XXE by parameter": '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]><a/>',
    "outer DTD": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    "bomb": f'<!DOCTYPE a [<!ENTITY l0 "ha">{BOMB}]><a>&l9;</a>',
    "bomb in an attribute": f'<!DOCTYPE a [<!ENTITY l0 "ha">{BOMB}]><a b="&l9;"/>',
    "quadratic bomb": f'<!DOCTYPE a [<!ENTITY l "{"a" * 50_000}">]><a>{"&l;" * 50_000}</a>',
    "default of an attribute": '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    "empty": "<!DOCTYPE a><a/>",
}


def refusal(data: bytes, **bounds: int) -> Why:
    with pytest.raises(XmlRefused) as caught:
        parse(data, XmlBounds(**bounds))
    return caught.value.reason


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ATTACKS)
def test_a_doctype_is_refused_whatever_it_holds(name: str):
    assert refusal(ATTACKS[name].encode()) is Why.DOCTYPE


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-7", "cp037"]
)
@pytest.mark.parametrize("declared", [True, False])
def test_no_encoding_hides_a_doctype(encoding: str, declared: bool):
    head = f'<?xml version="1.0" encoding="{encoding}"?>' if declared else ""
    data = f"{head}{ATTACKS['XXE']}".encode(encoding)
    if encoding == "utf-7":
        data = (
            head.encode()
            + b"+ADw-!DOCTYPE a [+ADw-!ENTITY x SYSTEM 'file:///etc/passwd'+AD4-]+AD4-<a>&x;</a>"
        )
    assert refusal(data) in {Why.ENCODING, Why.NOT_WELL_FORMED}


def test_an_entity_without_doctype_is_not_well_formed():
    assert refusal(b"<a>&x;</a>") is Why.NOT_WELL_FORMED


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<a>" * 10_000 + b"</a>" * 10_000, Why.NOT_WELL_FORMED),
        (b"<a>" * 33 + b"</a>" * 33, Why.TOO_DEEP),
        (b"<a>" + b"<a/>" * 2_000_000 + b"</a>", Why.TOO_MANY_ELEMENTS),
        (b"<a " + b" ".join(b'a%d=""' % n for n in range(1_100_000)) + b"/>", Why.TOO_MANY_ELEMENTS),
        (b"<a>" + b"x" * 11_000_000 + b"</a>", Why.NOT_WELL_FORMED),
        (b"<a>\x00</a>", Why.NOT_WELL_FORMED),
        (b"<a>&#0;</a>", Why.NOT_WELL_FORMED),
        (b"<a>&#xD800;</a>", Why.NOT_WELL_FORMED),
        (b"<a>\xed\xa0\x80</a>", Why.NOT_WELL_FORMED),
        (b"<a>\xff</a>", Why.NOT_WELL_FORMED),
        (b'<a b="1" b="2"/>', Why.NOT_WELL_FORMED),
        (b"<a/><a/>", Why.NOT_WELL_FORMED),
        (b"", Why.NOT_WELL_FORMED),
    ],
    ids=[
        "deep without end", "deeper than allowed", "elements without end", "attributes without end", "one endless text",
        "NUL", "NUL by number", "surrogate by number", "surrogate in bytes", "no UTF-8", "attribute twice", "two roots", "nothing",
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(data: bytes, reason: Why):
    assert refusal(data) is reason


def test_too_many_elements_are_refused_before_a_tree_is_built():
    """Each would take tens of times its bytes."""
    data = b"<a>" + b"<a/>" * 4_000_000 + b"</a>"
    tracemalloc.start()
    try:
        refusal(data)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("gap", ["<!-- x -->", "<?x y?>", "<![CDATA[]]>"])
def test_nothing_that_is_left_out_cuts_a_text_in_two(gap: str):
    """A text that ends at a comment for one reader and goes on for another has opened other people's doors."""
    assert parse(f"<a>900{gap}123</a>".encode()).text == "900123"


# ---- messages within messages ---------------------------------------------------------------------------------

GOOD = f'<f:PingResponse xmlns:f="{NS}"><f:Report><f:IsSuccess>true</f:IsSuccess></f:Report></f:PingResponse>'
S = SOAP_NS["1.1"]


@pytest.mark.parametrize(
    "inner",
    [
        f"<s:Body>{GOOD}</s:Body><s:Body>{GOOD}</s:Body>",
        f"<s:Header><s:Body>{GOOD}</s:Body></s:Header>",
        f"<s:Header/><s:Header/><s:Body>{GOOD}</s:Body>",
        f"<s:Body>{GOOD}{GOOD}</s:Body>",
        f"<s:Body>{GOOD}</s:Body><s:Header/>",
        f'<x:Body xmlns:x="urn:x">{GOOD}</x:Body>',
        f"<s:Wrapper><s:Body>{GOOD}</s:Body></s:Wrapper>",
        "<s:Body/>",
        "",
    ],
)
def test_a_body_that_is_wrapped_doubled_or_slipped_in_is_no_message(inner: str):
    with pytest.raises(NotSoap):
        body_of(parse(f'<s:Envelope xmlns:s="{S}">{inner}</s:Envelope>'.encode()))


def test_an_id_told_in_two_ways_proves_nothing():
    """Of a failed answer only the id says that the work was done; of two ids neither does."""
    inner = "<f:Report><f:IsSuccess>false</f:IsSuccess></f:Report><f:PortalCaseId>1</f:PortalCaseId>"
    for more, ids in (("", {"PortalCaseId": "1"}), ("<f:PortalCaseId>2</f:PortalCaseId>", {})):
        text = f'<s:Envelope xmlns:s="{S}" xmlns:f="{NS}"><s:Body><f:SubmitCaseResponse>{inner}{more}</f:SubmitCaseResponse></s:Body></s:Envelope>'
        said = unseal(text.encode(), contract.load(), "SubmitCase")
        assert said.ids == ids


def test_a_name_without_end_is_not_repeated_in_a_problem():
    name = "a" * 40_000
    text = f'<s:Envelope xmlns:s="{S}" xmlns:f="{NS}"><s:Body><f:GetItemResponse><f:{name}/></f:GetItemResponse></s:Body></s:Envelope>'
    said = unseal(text.encode(), contract.load(), "GetItem")
    assert said.problems
    assert all(len(one.where) < 200 for one in said.problems)


# ---- values ---------------------------------------------------------------------------------------------------


def read(kind: str, inner: str):
    """What a GetItemResponse may hold, read by the contract's shape."""
    problems: list = []
    shape = contract.load().shape("GetItemResponse").child(kind).shape
    tree = read_tree(parse(f'<f:{kind} xmlns:f="{NS}">{inner}</f:{kind}>'.encode()), shape, problems)
    assert len(digest(tree)) == 64
    return tree, problems


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-14:00", "2026-11-18T08:00:00", "x" * 5000]
)
def test_an_instant_at_the_end_of_the_calendar_is_a_problem(value: str):
    _, problems = read("CaseEnvelope", f"<f:SubmittedAt>{value}</f:SubmittedAt>")
    assert [one.where for one in problems] == ["SubmittedAt"]
    assert value[:20] not in problems[0].text


@pytest.mark.parametrize("value", ["9" * 30, "9" * 5000, "1_000", "１２", "0x10", "1e3", "1.0"])
def test_a_number_that_json_cannot_carry_is_a_problem(value: str):
    inner = f"<f:Attachments><f:Attachment><f:Size>{value}</f:Size></f:Attachment></f:Attachments>"
    _, problems = read("CaseEnvelope", inner)
    assert [one.where for one in problems] == ["Attachments/Attachment[1]/Size"]


def test_one_fact_with_two_values_is_a_problem():
    shape = contract.load().shape("GetItemResponse").child("CaseEvent").shape
    facts = next(item for item in shape.fields.values() if item.shape.kind is Kind.FACTS)
    tag, item = facts.name, facts.shape.item.name
    inner = "".join(f"<f:{item}><f:Name>a</f:Name><f:Value>{n}</f:Value></f:{item}>" for n in (1, 2))
    tree, problems = read("CaseEvent", f"<f:{tag}>{inner}</f:{tag}>")
    assert tree[tag] == {"a": "1"}
    assert [one.where for one in problems] == [tag]
