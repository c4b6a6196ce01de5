"""Writing answers and faults in the SOAP version asked (government-portal contract §8.1, §8.7)."""

import base64
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from lxml import etree

from adapters.government_portal.twin.soap import (
    FEEDBACK,
    SOAP11,
    SOAP12,
    WSA,
    WSSE,
    WSU,
    SoapFault,
    schema_problem,
)
from adapters.government_portal.twin.state import Tree, to_second

_ANSWER_LIFE: Final = timedelta(minutes=5)


def _text(value: str | bool | int | datetime | bytes) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return to_second(value).isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return str(value)


def fill(parent: etree._Element, tree: Tree) -> None:
    """Append the elements of a tree in the contract's namespace; None leaves an element out."""
    for name, value in tree:
        if value is None:
            continue
        child = etree.SubElement(parent, f"{{{FEEDBACK}}}{name}")
        if isinstance(value, list):
            fill(child, value)
        else:
            child.text = _text(value)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How an answer is dressed: SOAP version, the clock that stamps it, and the addressing headers asked with."""

    version: str
    now: datetime
    timestamp: bool = True
    relates_to: str | None = None


def render(name: str, tree: Tree, manner: Manner) -> tuple[bytes, str | None]:
    """An answer envelope and, for the journal, how its body breaks the schema (None: it does not)."""
    root, body = _frame(manner, f"{FEEDBACK}/{name}")
    wrapper = etree.SubElement(body, f"{{{FEEDBACK}}}{name}", nsmap={"f": FEEDBACK})
    fill(wrapper, tree)
    problem = schema_problem(wrapper)
    return _bytes(root), problem


def render_fault(fault: SoapFault, manner: Manner, *, cause: str | None) -> bytes:
    """A Fault with its FeedbackFault detail; ``cause`` is the MessageId it answers."""
    root, body = _frame(manner, f"{FEEDBACK}/Fault")
    detail: Tree = [
        ("Code", fault.code),
        ("Message", fault.message),
        ("MessageId", cause),
        ("Retryable", fault.retryable),
        ("TraceId", uuid.uuid4().hex),
    ]
    holder = _fault11(body, fault) if manner.version == SOAP11 else _fault12(body, fault)
    fill(etree.SubElement(holder, f"{{{FEEDBACK}}}FeedbackFault", nsmap={"f": FEEDBACK}), detail)
    return _bytes(root)


def _fault11(body: etree._Element, fault: SoapFault) -> etree._Element:
    element = etree.SubElement(body, f"{{{SOAP11}}}Fault", nsmap={"wsse": WSSE})
    side = "Server" if fault.retryable else "Client"
    etree.SubElement(element, "faultcode").text = (
        fault.code if fault.code.startswith("wsse:") else f"soap:{side}"
    )
    etree.SubElement(element, "faultstring").text = fault.message
    return etree.SubElement(element, "detail")


def _fault12(body: etree._Element, fault: SoapFault) -> etree._Element:
    element = etree.SubElement(body, f"{{{SOAP12}}}Fault", nsmap={"wsse": WSSE, "f": FEEDBACK})
    code = etree.SubElement(element, f"{{{SOAP12}}}Code")
    etree.SubElement(code, f"{{{SOAP12}}}Value").text = "soap:Receiver" if fault.retryable else "soap:Sender"
    subcode = etree.SubElement(code, f"{{{SOAP12}}}Subcode")
    value = fault.code if fault.code.startswith("wsse:") else f"f:{fault.code}"
    etree.SubElement(subcode, f"{{{SOAP12}}}Value").text = value
    reason = etree.SubElement(element, f"{{{SOAP12}}}Reason")
    text = etree.SubElement(reason, f"{{{SOAP12}}}Text")
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    text.text = fault.message
    return etree.SubElement(element, f"{{{SOAP12}}}Detail")


def _frame(manner: Manner, action: str) -> tuple[etree._Element, etree._Element]:
    root = etree.Element(f"{{{manner.version}}}Envelope", nsmap={"soap": manner.version})
    header = etree.SubElement(root, f"{{{manner.version}}}Header")
    if manner.timestamp:
        security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
        stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
        etree.SubElement(stamp, f"{{{WSU}}}Created").text = _utc(manner.now)
        etree.SubElement(stamp, f"{{{WSU}}}Expires").text = _utc(manner.now + _ANSWER_LIFE)
    if manner.relates_to is not None:
        _address(header, (("Action", action), ("RelatesTo", manner.relates_to)))
    return root, etree.SubElement(root, f"{{{manner.version}}}Body")


def _address(header: etree._Element, blocks: Iterable[tuple[str, str]]) -> None:
    for name, text in (*blocks, ("MessageID", f"urn:uuid:{uuid.uuid4()}")):
        etree.SubElement(header, f"{{{WSA}}}{name}", nsmap={"wsa": WSA}).text = text


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
