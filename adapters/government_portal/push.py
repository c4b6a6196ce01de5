"""Notifications of the Government Portal over SOAP: ``NotifyCaseAssigned`` and ``NotifyCaseEvent`` (contract §8.4, §3.4).

The portal proves itself by a UsernameToken, as we do to it; several passwords count while one is being changed. Refusals are SOAP
faults with HTTP 400, as the precedent does it.
"""

import re

from lxml import etree

from adapters.government_portal.envelope import SOAP_NS, NotSoap, body_of, seal
from adapters.government_portal.settings import GovernmentPortalSettings
from adapters.government_portal.wsse import NonceCache, SecurityFault, Verifier
from adapters.government_portal.xml import Element, XmlBounds, XmlRefused, children, local_name, parse
from connector.errors import ConnectorError, TokenRefused, TooManyCalls, Unreadable
from connector.system import PushCall, Pushed, PushReply

_OPERATIONS = frozenset({"NotifyCaseAssigned", "NotifyCaseEvent"})
_REF = re.compile(r"[A-Za-z0-9._:/-]{1,64}")


class Notifications:
    """Reads them. Remembers the nonces it saw, so that none is taken twice."""

    def __init__(self, settings: GovernmentPortalSettings) -> None:
        self._settings = settings
        self._nonces = NonceCache()

    def read(self, call: PushCall) -> Pushed:
        """The case that it names. Raises ``TokenRefused``, ``Unreadable``."""
        limits = self._settings.limits
        bounds = XmlBounds(
            max_bytes=limits.max_message_bytes, max_depth=limits.max_depth, max_elements=limits.max_elements
        )
        try:
            envelope = parse(call.body, bounds)
            content = body_of(envelope)
        except (XmlRefused, NotSoap) as error:
            msg = f"no SOAP message that may be read: {error.reason}"
            raise Unreadable(msg) from None
        self._prove(envelope, call)
        namespace = self._settings.namespace
        ref = _ref(content, namespace)
        answer = etree.Element(f"{{{namespace}}}{local_name(content)}Response")
        report = etree.SubElement(answer, f"{{{namespace}}}Report")
        etree.SubElement(report, f"{{{namespace}}}IsSuccess").text = "true"
        return Pushed(refs=(ref,), reply=self._sealed(answer, 200))

    def refused(self, error: ConnectorError) -> PushReply:
        """A fault that says by code why not."""
        theirs = isinstance(error, TokenRefused | TooManyCalls | Unreadable)
        return self._sealed(
            _fault(self._settings.soap_version, error.code, sender=theirs), 400 if theirs else 500
        )

    def _prove(self, envelope: Element, call: PushCall) -> None:
        plain = self._settings.auth == "wss_text"
        verifier = Verifier({call.account: call.secrets}, text_allowed=plain, nonces=self._nonces)
        try:
            verifier.verify(envelope, call.now)
        except SecurityFault as fault:
            msg = f"the notification proves nobody: {fault.code}"
            raise TokenRefused(msg) from None

    def _sealed(self, content: Element, status: int) -> PushReply:
        soap = SOAP_NS[self._settings.soap_version]
        envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
        etree.SubElement(envelope, f"{{{soap}}}Body").append(content)
        media = "text/xml" if self._settings.soap_version == "1.1" else "application/soap+xml"
        return PushReply(status=status, body=seal(envelope, (), self._settings.namespace), media_type=media)


def _ref(content: Element, namespace: str) -> str:
    """``PortalCaseId``, which stands in the envelope's case or in the event's reference, and nowhere deeper."""
    operation = local_name(content)
    if operation not in _OPERATIONS or content.tag != f"{{{namespace}}}{operation}":
        msg = "not a notification of a case"
        raise Unreadable(msg)
    path = ("CaseEnvelope",) if operation == "NotifyCaseAssigned" else ("CaseEvent", "CaseRef")
    here = [content]
    for step in (*path, "PortalCaseId"):
        here = [child for one in here for child in children(one, f"{{{namespace}}}{step}")]
    text = (here[0].text or "").strip() if len(here) == 1 else ""
    if not _REF.fullmatch(text):
        msg = "the notification names no case"
        raise Unreadable(msg)
    return text


def _fault(version: str, code: str, *, sender: bool) -> Element:
    ns = SOAP_NS[version]
    fault = etree.Element(f"{{{ns}}}Fault")
    if version == "1.1":
        etree.SubElement(fault, "faultcode").text = "soap:Client" if sender else "soap:Server"
        etree.SubElement(fault, "faultstring").text = code
        return fault
    holder = etree.SubElement(fault, f"{{{ns}}}Code")
    etree.SubElement(holder, f"{{{ns}}}Value").text = "soap:Sender" if sender else "soap:Receiver"
    text = etree.SubElement(etree.SubElement(fault, f"{{{ns}}}Reason"), f"{{{ns}}}Text")
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    text.text = code
    return fault
