"""Switches of the Government Portal's own faults and quirks; everything off is a portal that keeps its contract."""

from dataclasses import dataclass
from typing import Annotated, Final

from adapters.government_portal.twin.codes import FaultCode
from adapters.government_portal.twin.security import FORMS
from adapters.twin_kit.switches import Before, Flag, Share, Switches, Whole, listed

FAULT_MODES: Final[dict[str, FaultCode]] = {
    "busy": FaultCode.BUSY,
    "soap_fault_in_200": FaultCode.BUSY,
    "internal": FaultCode.INTERNAL,
    "downstream": FaultCode.DOWNSTREAM_UNAVAILABLE,
    "failed_auth": FaultCode.FAILED_AUTHENTICATION,
}
"""Faults before the work that the portal tells as a SOAP Fault."""


@dataclass(frozen=True, kw_only=True)
class Profile(Switches):
    """The switches; those of every twin are in ``Switches``.

    Attributes:
        soap_fault_in_200: a BUSY Fault with HTTP 200; internal, downstream, failed_auth: these Faults, with 500.
        no_timestamp: the answer has no Security/Timestamp.
        omit_message_id: history without the MessageId of its cause.
        auth: accepted authentication forms (``digest``, ``text``, ``basic``, ``token``).
        echo_submitted: a case that an agency filed comes back to it as a CASE item.
        supplement_after_acceptance: note (a) of §8.6.
        submitter_required: the four mandatory fields of Submitter also with Channel AGENCY.
        allow_png: png is an allowed file type.
        skip_magic_check: files whose bytes do not fit their type are taken.
        publish_anyway: the portal publishes answers that may not be published (an alarm drill).
        inline_limit: bytes up to which a file travels inside GetItem; larger ones by DownloadAttachment.
        chunk_size: bytes of a chunk of DownloadAttachment.
        max_file_bytes, max_envelope_bytes: size limits.
    """

    soap_fault_in_200: Before = False
    internal: Before = False
    downstream: Before = False
    failed_auth: Before = False
    no_timestamp: Share = False
    omit_message_id: Share = False
    auth: Annotated[tuple[str, ...], listed(str, *FORMS)] = ("digest",)
    echo_submitted: Flag = False
    supplement_after_acceptance: Flag = False
    submitter_required: Flag = False
    allow_png: Flag = False
    skip_magic_check: Flag = False
    publish_anyway: Flag = False
    inline_limit: Whole = 262_144
    chunk_size: Whole = 1_048_576
    max_file_bytes: Whole = 20_971_520
    max_envelope_bytes: Whole = 10_485_760
