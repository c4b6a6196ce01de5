"""SOAP 1.1 and 1.2 of the twin: constants, faults, and reading envelopes strictly (government-portal contract §8.1, §8.7)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

from lxml import etree

from adapters.government_portal.twin.codes import FaultCode

FEEDBACK: Final = "urn:govportal:feedback:1"
QCVN: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
SOAP11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12: Final = "http://www.w3.org/2003/05/soap-envelope"
_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
WSSE: Final = f"{_WSS}secext-1.0.xsd"
WSU: Final = f"{_WSS}utility-1.0.xsd"
WSA: Final = "http://www.w3.org/2005/08/addressing"
EDOC: Final = "http://e-doc.vn/xsd"

MEDIA_TYPES: Final = {SOAP11: "text/xml", SOAP12: "application/soap+xml"}
OPERATIONS: Final = frozenset(
    {
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
    }
)
_REPEATED: Final = frozenset({"Kinds", "Attachment", "Item", "TraceHeader"})
_PROSE: Final = frozenset(
    {
        "Title",
        "Content",
        "Text",
        "Summary",
        "Reason",
        "Note",
        "Instruction",
        "Value",
        "FullName",
        "OrgName",
        "Address",
        "Phone",
        "Email",
        "DocumentCode",
        "SignerName",
        "SignerPosition",
        "FileName",
    }
)
"""Elements of xs:string, whose spaces are theirs; all others are tokens, numbers, instants or base64."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_ID: Final = re.compile(r"[0-9A-Za-z._-]{1,64}")


class SoapFault(Exception):
    """A technical error (§8.7). ``message`` names elements and codes, never their content."""

    def __init__(self, code: FaultCode, message: str, *, http_status: int = 500) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.http_status = http_status
        self.retryable = code.retryable


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A request that is well formed: its version, header blocks and the one body element."""

    version: str
    headers: tuple[etree._Element, ...]
    body: etree._Element

    @property
    def operation(self) -> str:
        """Local name of the body element."""
        return etree.QName(self.body).localname

    def header(self, namespace: str, name: str) -> etree._Element | None:
        """The header block of that name."""
        return next((block for block in self.headers if block.tag == f"{{{namespace}}}{name}"), None)


def message_id(body: etree._Element | None) -> str | None:
    """The ExchangeHeader's MessageId if it is one, also of a body that was never validated."""
    if body is None:
        return None
    text = (body.findtext(f"{{{FEEDBACK}}}ExchangeHeader/{{{FEEDBACK}}}MessageId") or "").strip()
    return text.lower() if _UUID.fullmatch(text) else None


def named_id(body: etree._Element, name: str) -> str | None:
    """The first id of that name, also in a body that was never validated; None if it does not look like one."""
    text = (body.findtext(f".//{{{FEEDBACK}}}{name}") or "").strip()
    return text if _ID.fullmatch(text) else None


# ---- reading ------------------------------------------------------------------------------------------------


def version_of(content_type: str) -> str:
    """The SOAP version that a Content-Type announces; 1.1 when it is none of the two."""
    return SOAP12 if content_type.split(";", maxsplit=1)[0].strip().lower() == MEDIA_TYPES[SOAP12] else SOAP11


def parameter(content_type: str, name: str) -> str | None:
    """A parameter of a media type, unquoted."""
    found = re.search(rf';\s*{name}\s*=\s*("([^"]*)"|[^\s;]+)', content_type, re.IGNORECASE)
    if found is None:
        return None
    return found.group(2) if found.group(2) is not None else found.group(1)


def parse(raw: bytes, content_type: str) -> Envelope:
    """Read an envelope; refuse what §8.1 refuses (DOCTYPE, other encodings, version not as announced)."""
    media_type = content_type.split(";", maxsplit=1)[0].strip().lower()
    if media_type not in MEDIA_TYPES.values():
        raise SoapFault(
            FaultCode.UNSUPPORTED_VERSION, "Content-Type is neither text/xml nor application/soap+xml"
        )
    charset = parameter(content_type, "charset")
    if charset is not None and charset.lower() not in ("utf-8", "utf8"):
        raise SoapFault(FaultCode.MALFORMED_XML, "the encoding is not UTF-8")
    root = _root(raw)
    version = etree.QName(root).namespace or ""
    if version not in MEDIA_TYPES or etree.QName(root).localname != "Envelope":
        raise SoapFault(FaultCode.UNSUPPORTED_VERSION, "the root is no SOAP 1.1 or 1.2 Envelope")
    if MEDIA_TYPES[version] != media_type:
        raise SoapFault(
            FaultCode.UNSUPPORTED_VERSION, "Content-Type and Envelope disagree on the SOAP version"
        )
    return _parts(root, version)


def _root(raw: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise SoapFault(FaultCode.MALFORMED_XML, "the request is not well-formed XML") from error
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        raise SoapFault(FaultCode.MALFORMED_XML, "a DOCTYPE is refused")
    if (info.encoding or "UTF-8").upper() not in ("UTF-8", "UTF8", "ASCII", "US-ASCII"):
        raise SoapFault(FaultCode.MALFORMED_XML, "the encoding is not UTF-8")
    return root


def _parts(root: etree._Element, version: str) -> Envelope:
    header = root.find(f"{{{version}}}Header")
    bodies = root.findall(f"{{{version}}}Body")
    if len(bodies) != 1 or len(bodies[0]) != 1:
        raise SoapFault(FaultCode.MALFORMED_XML, "the Envelope needs one Body with one element")
    return Envelope(version=version, headers=() if header is None else tuple(header), body=bodies[0][0])


def check_dispatch(envelope: Envelope, content_type: str, soap_action: str | None) -> str:
    """The operation: body QName first, and the action must agree (§8.1)."""
    name = etree.QName(envelope.body)
    if name.namespace != FEEDBACK or name.localname not in OPERATIONS:
        raise SoapFault(FaultCode.UNKNOWN_OPERATION, "the body element is no operation of this service")
    expected = f"{FEEDBACK}/{name.localname}"
    if envelope.version == SOAP11:
        action = (soap_action or "").strip().strip('"')
    else:
        action = parameter(content_type, "action") or expected
    if action != expected:
        raise SoapFault(FaultCode.UNKNOWN_OPERATION, "the SOAP action does not agree with the body")
    _check_understood(envelope)
    return name.localname


def _check_understood(envelope: Envelope) -> None:
    for block in envelope.headers:
        name = etree.QName(block)
        known = name.namespace == WSA or (name.namespace, name.localname) in (
            (WSSE, "Security"),
            (EDOC, "Token"),
        )
        if not known and block.get(f"{{{envelope.version}}}mustUnderstand") in ("1", "true"):
            raise SoapFault(FaultCode.SCHEMA_INVALID, f"header block {name.localname} is not understood")


@cache
def schema() -> etree.XMLSchema:
    """The compiled schema of the contract."""
    with as_file(files("adapters.government_portal") / "schema") as folder:
        return etree.XMLSchema(etree.parse(folder / "feedback.xsd"))


def check_schema(body: etree._Element) -> None:
    """Validate the body; the fault names the place and the rule that failed, not the value."""
    version = body.findtext(f"{{{FEEDBACK}}}ExchangeHeader/{{{FEEDBACK}}}ProtocolVersion")
    if version is not None and version.strip() != "1.0":
        raise SoapFault(FaultCode.UNSUPPORTED_VERSION, "ProtocolVersion is not 1.0")
    problem = schema_problem(body)
    if problem is not None:
        raise SoapFault(FaultCode.SCHEMA_INVALID, problem)


def schema_problem(element: etree._Element) -> str | None:
    """Where and how an element breaks the schema; None if it does not."""
    checker = schema()
    if checker.validate(element):
        return None
    log: Any = checker.error_log  # its stub has no content
    first = log[0]
    named = re.match(r"Element '(?:\{[^}]*\})?([\w.-]+)'", first.message)
    return f"{named.group(1) if named else 'body'}: {first.type_name}"


def decode(element: etree._Element) -> Any:
    """An element as dict (children by local name, repeated ones as list) or NFC text, spaces as its type has it."""
    if len(element) == 0:
        text = element.text or ""
        prose = etree.QName(element).localname in _PROSE
        return unicodedata.normalize("NFC", text) if prose else " ".join(text.split())
    fields: dict[str, Any] = {}
    for child in element:
        name = etree.QName(child).localname
        if name in _REPEATED:
            fields.setdefault(name, []).append(decode(child))
        else:
            fields[name] = decode(child)
    return fields
