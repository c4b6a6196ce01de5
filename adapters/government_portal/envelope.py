"""SOAP envelopes: bytes out, answers and faults in, in both versions (government-portal contract §8.1, §8.7, §8.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from adapters.government_portal.contract import Contract
from adapters.government_portal.shape import read_tree, relabel
from adapters.government_portal.wsse import WSSE
from adapters.government_portal.xml import Element, XmlBounds, local_name, parse
from connector.system import Problem

SOAP_NS: Mapping[str, str] = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
PREFIXES: Mapping[str, str] = {"edXML": "http://www.mic.gov.vn/TBT/QCVN_102_2016"}


class NotSoap(Exception):
    """Well-formed XML, but no SOAP message as it should be. ``reason`` holds names only."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A normal answer: what it says, what breaks the schema, and ids found in it whatever else is wrong.

    ``data`` lacks the Report; ``report`` is the Report as a dict.
    """

    operation: str
    data: Mapping[str, Any]
    report: Mapping[str, Any]
    problems: tuple[Problem, ...]
    ids: Mapping[str, str]
    envelope: Element = field(repr=False)
    raw: bytes = field(repr=False)

    @property
    def success(self) -> bool:
        """Whether the Report says so."""
        return self.report.get("IsSuccess") is True

    @property
    def codes(self) -> tuple[str, ...]:
        """Error codes of the Report, in order."""
        return tuple(item.get("Code", "UNNAMED") for item in self.report.get("ErrorList", ()))

    @property
    def paths(self) -> tuple[str, ...]:
        """Fields that the Report names."""
        return tuple(item["Path"] for item in self.report.get("ErrorList", ()) if "Path" in item)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A SOAP Fault. ``code`` is that of FeedbackFault, else the most specific code of the Fault itself.

    ``sender`` tells whose mistake the Fault says it was; ``ids`` are ids found in its detail.
    """

    operation: str
    code: str
    sender: bool
    retryable: bool | None = None
    trace_id: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)


# ---- out ----------------------------------------------------------------------------------------------------


def seal(envelope: Element, blocks: Sequence[Element], namespace: str) -> bytes:
    """The bytes of an envelope with its header blocks in front of the Body."""
    soap_ns = etree.QName(envelope).namespace
    if blocks:
        header = etree.Element(f"{{{soap_ns}}}Header")
        header.extend(blocks)
        envelope.insert(0, header)
    etree.cleanup_namespaces(envelope, top_nsmap={"soap": str(soap_ns), "f": namespace, **PREFIXES})
    sealed: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return sealed


def http_headers(soap: str, action: str) -> dict[str, str]:
    """Content type and action: a header of its own in SOAP 1.1, a parameter in 1.2."""
    if soap == "1.1":
        return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    return {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}


# ---- in -----------------------------------------------------------------------------------------------------

IDS_OF_WORK: Mapping[str, tuple[str, ...]] = {
    "SubmitCase": ("PortalCaseId",),
    "SubmitAnswer": ("AnswerId",),
}
"""Ids that only exist once the work was done (§8.7, "look for ids in a failed answer")."""


def unseal(
    data: bytes, contract: Contract, operation: str, *, bounds: XmlBounds | None = None, lenient: bool = False
) -> Answer | Fault:
    """Read an answer to ``operation``. Either SOAP version is read, whatever was asked.

    Args:
        lenient: take elements by local name, whatever their namespace.

    Raises:
        XmlRefused: the bytes may not be read at all.
        NotSoap: no envelope, not exactly one Body with one child, or an answer to another operation.
    """
    envelope = parse(data, bounds)
    content = body_of(envelope)
    if local_name(content) == "Fault":
        return _read_fault(content, operation)
    if lenient:
        relabel(content, contract.namespace)
    wrapper = f"{operation}Response"
    if content.tag != f"{{{contract.namespace}}}{wrapper}":
        msg = f"an answer to {operation} was wanted, not {local_name(content)[:64]}"
        raise NotSoap(msg)
    problems = list(contract.check(content))
    tree = read_tree(content, contract.shape(wrapper), problems)
    report = tree.pop("Report", {})
    return Answer(
        operation=operation,
        data=tree,
        report=report,
        problems=tuple(problems),
        ids=_ids(content, operation),
        envelope=envelope,
        raw=data,
    )


def body_of(envelope: Element) -> Element:
    """The one child of the one Body of an envelope.

    Raises:
        NotSoap: anything else stands there, so that no second Body can be slipped in.
    """
    name = etree.QName(envelope)
    if name.localname != "Envelope" or name.namespace not in SOAP_NS.values():
        msg = f"no SOAP envelope but {name.localname[:64]}"
        raise NotSoap(msg)
    parts = [str(child.tag) for child in envelope]
    body, header = f"{{{name.namespace}}}Body", f"{{{name.namespace}}}Header"
    if parts not in ([body], [header, body]):
        msg = "an envelope holds an optional Header and one Body"
        raise NotSoap(msg)
    if len(envelope[-1]) != 1:
        msg = f"a Body holds one element, not {len(envelope[-1])}"
        raise NotSoap(msg)
    return envelope[-1][0]


def _ids(parent: Element, operation: str) -> dict[str, str]:
    """Ids that are told once, or always alike: of two different ones neither proves anything."""
    found: dict[str, set[str]] = {}
    for node in parent:
        if local_name(node) in IDS_OF_WORK.get(operation, ()):
            found.setdefault(local_name(node), set()).add((node.text or "").strip())
    single = {name: next(iter(values)) for name, values in found.items() if len(values) == 1}
    return {name: value for name, value in single.items() if 0 < len(value) <= 64}


def _read_fault(fault: Element, operation: str) -> Fault:
    codes = _fault_codes(fault)
    detail = next((node for node in fault if local_name(node) in {"detail", "Detail"}), None)
    nodes = list(detail.iter()) if detail is not None else []
    facts = {local_name(node): (node.text or "").strip() for node in nodes if isinstance(node.tag, str)}
    own = next((node for node in nodes if local_name(node) == "FeedbackFault"), None)
    code = next((_code(node) for node in own if local_name(node) == "Code"), "") if own is not None else ""
    return Fault(
        operation=operation,
        code=code or (codes[-1] if codes else "UNNAMED"),
        sender=any(item in {"Client", "Sender", "MustUnderstand", "VersionMismatch"} for item in codes),
        retryable={"true": True, "1": True, "false": False, "0": False}.get(facts.get("Retryable", "")),
        trace_id=facts.get("TraceId", "")[:64] or None,
        ids={
            name: facts[name] for name in IDS_OF_WORK.get(operation, ()) if 0 < len(facts.get(name, "")) <= 64
        },
    )


def _fault_codes(fault: Element) -> list[str]:
    """From the general to the special: faultcode in SOAP 1.1; Code/Value, then Subcodes, in 1.2."""
    found = []
    for node in fault:
        if local_name(node) == "faultcode":
            # SOAP 1.1 allows "Client.Reason"; the first part says whose mistake it was
            found.extend(_code(node).split(".")[:1])
        if local_name(node) == "Code":
            found.extend(_code(value) for value in node.iter() if local_name(value) == "Value")
    return [code for code in found if code]


def _code(node: Element) -> str:
    """A code as text; a QName bound to the WSS namespace keeps the prefix ``wsse:``."""
    prefix, colon, local = (node.text or "").strip().rpartition(":")
    if not colon:
        return local[:64]
    is_wsse = node.nsmap.get(prefix) == WSSE or prefix == "wsse"
    return f"wsse:{local}"[:64] if is_wsse else local[:64]
