"""Digital signatures of PDF files, looked at when a file is received; the result is kept with the file (R28).

Nothing is fetched: whether a certificate had been revoked is not asked, and the result says so. A file that cannot be
read, or takes too long, is kept all the same: a signature is looked at, never required.
"""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from connector.errors import UserError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus

SIGNED, UNSIGNED, UNREADABLE, ENCRYPTED, TOO_LONG = (
    "signed",
    "unsigned",
    "unreadable",
    "encrypted",
    "too_long",
)

_AT_ONCE = 2
_slots = threading.BoundedSemaphore(_AT_ONCE)
"""How many files are looked at at the same time; one that never ends keeps its slot and nothing else."""

_MOST_SIGNATURES = 32

for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)  # their warnings name signers


@dataclass(frozen=True, kw_only=True)
class Signer:
    """What the signer's certificate says. ``serial`` is hexadecimal, instants are ISO 8601."""

    name: str | None
    organisation: str | None
    issuer: str | None
    serial: str
    valid_from: str
    valid_to: str


@dataclass(frozen=True, kw_only=True)
class TimeStamp:
    """A time-stamp token: a third party's word for when the signature existed."""

    at: str
    intact: bool
    trusted: bool


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One signature.

    Attributes:
        field: name of its form field.
        intact: the signed bytes are what was signed, and the signature fits the certificate.
        whole_file: it covers every byte of the file.
        modified: something was added after it that is more than another signature or what its signer allowed.
        trusted: its certificate leads to a configured root and was valid at the time of the check.
        algorithm: of digest and signature.
        signed_at: by the signer's own clock.
        timestamp: by a time-stamping authority, if there is one.
        revocation: always ``not_checked``.
        problem: why nothing more could be said.
    """

    field: str
    intact: bool = False
    whole_file: bool = False
    modified: bool = True
    trusted: bool = False
    signer: Signer | None = None
    algorithm: str | None = None
    signed_at: str | None = None
    timestamp: TimeStamp | None = None
    revocation: str = "not_checked"
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class SignatureCheck:
    """What was found in one file.

    Attributes:
        outcome: ``signed``, ``unsigned``, ``unreadable``, ``encrypted`` or ``too_long``.
        checked_at: when, ISO 8601.
        signatures: in the order in which they were made.
    """

    outcome: str
    checked_at: str
    signatures: tuple[Signature, ...] = ()


async def check(content: bytes, at: datetime, roots: Sequence[bytes], limit_s: float) -> SignatureCheck:
    """Look at a PDF's signatures beside the event loop, for a limited time.

    Args:
        content: the exact bytes.
        at: now: certificates are judged as of this instant.
        roots: certificates (DER) that are trusted.
        limit_s: seconds after which ``too_long`` is the result.
    """
    try:
        return await asyncio.wait_for(_beside(lambda: verify(content, at, roots), limit_s), limit_s)
    except TimeoutError:
        return SignatureCheck(outcome=TOO_LONG, checked_at=at.isoformat())


def verify(content: bytes, at: datetime, roots: Sequence[bytes]) -> SignatureCheck:
    """Look at a PDF's signatures now. Never raises: a hostile file is ``unreadable``."""
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415  # heavy, and needed for a PDF only

    outcome: str = UNREADABLE
    found: tuple[Signature, ...] = ()
    try:
        reader = PdfFileReader(BytesIO(content), strict=False)
        found = () if reader.encrypted else _all(reader, at, roots)
        outcome = ENCRYPTED if reader.encrypted else SIGNED if found else UNSIGNED
    except Exception:  # noqa: BLE001, S110  # whatever a hostile file brings about: its errors have no common root
        pass
    return SignatureCheck(outcome=outcome, checked_at=at.isoformat(), signatures=found)


def _all(reader: "PdfFileReader", at: datetime, roots: Sequence[bytes]) -> tuple[Signature, ...]:
    from pyhanko.sign.fields import enumerate_sig_fields  # noqa: PLC0415  # same

    fields = [
        (name, field)
        for name, value, field in enumerate_sig_fields(reader, filled_status=True)
        if value.get_object().get("/Type") != "/DocTimeStamp"
    ]
    found = [_one(reader, name, field, at, roots) for name, field in fields[:_MOST_SIGNATURES]]
    in_order = [signature for _, signature in sorted(found, key=lambda item: item[0])]
    rest = [Signature(field=name, problem="not looked at: too many") for name, _ in fields[_MOST_SIGNATURES:]]
    return (*in_order, *rest)


def _one(
    reader: "PdfFileReader", name: str, field: "DictionaryObject", at: datetime, roots: Sequence[bytes]
) -> tuple[int, Signature]:
    """The number of the file's revision that it signed, and what is said of it. One broken signature hides no other."""
    from pyhanko.sign.validation import EmbeddedPdfSignature  # noqa: PLC0415  # same

    revision = sys.maxsize
    try:
        embedded = EmbeddedPdfSignature(reader, field, name)
        revision = embedded.signed_revision
        return revision, _described(name, _validated(embedded, at, roots))
    except Exception as error:  # noqa: BLE001  # see verify
        return revision, Signature(field=name, problem=type(error).__name__)


def _validated(
    embedded: "EmbeddedPdfSignature", at: datetime, roots: Sequence[bytes]
) -> "PdfSignatureStatus":
    from asn1crypto.x509 import Certificate  # noqa: PLC0415  # same
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415
    from pyhanko.sign.validation.settings import KeyUsageConstraints  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    def context() -> ValidationContext:
        anchors = [Certificate.load(root) for root in roots]
        return ValidationContext(trust_roots=anchors, moment=at, allow_fetching=False)

    usage = KeyUsageConstraints(
        key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
    )
    return validate_pdf_signature(
        embedded,
        signer_validation_context=context(),
        ts_validation_context=context(),
        key_usage_settings=usage,
    )


def _described(name: str, status: "PdfSignatureStatus") -> Signature:
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415  # same

    intact = status.intact and status.valid
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    told, stamp = status.signer_reported_dt, status.timestamp_validity
    return Signature(
        field=name,
        intact=intact,
        whole_file=whole,
        modified=not (intact and (whole or bool(status.docmdp_ok))),
        trusted=status.trusted,
        signer=_signer(status.signing_cert),
        algorithm=f"{status.md_algorithm} {status.pkcs7_signature_mechanism}",
        signed_at=told.isoformat() if told else None,
        timestamp=None
        if stamp is None
        else TimeStamp(
            at=stamp.timestamp.isoformat(), intact=stamp.intact and stamp.valid, trusted=stamp.trusted
        ),
    )


def _signer(certificate: Any) -> Signer:
    def text(name: Any, part: str) -> str | None:
        value = name.native.get(part)
        return value if value is None or isinstance(value, str) else ", ".join(map(str, value))

    return Signer(
        name=text(certificate.subject, "common_name"),
        organisation=text(certificate.subject, "organization_name"),
        issuer=text(certificate.issuer, "common_name"),
        serial=f"{certificate.serial_number:x}",
        valid_from=certificate.not_valid_before.isoformat(),
        valid_to=certificate.not_valid_after.isoformat(),
    )


async def _beside(work: Callable[[], SignatureCheck], limit_s: float) -> SignatureCheck:
    """Run it in a thread that no exit of the program waits for: a hostile file may keep it busy for ever.

    A thread that gets no slot in that time ends; the caller has given up by then.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[SignatureCheck] = loop.create_future()

    def tell(result: SignatureCheck) -> None:
        if not done.done():
            done.set_result(result)

    def body() -> None:
        if not _slots.acquire(timeout=limit_s):
            return
        try:
            result = work()
        finally:
            _slots.release()
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, result)

    threading.Thread(target=body, name="signature-check", daemon=True).start()
    return await done


def read_roots(folder: Path) -> tuple[bytes, ...]:
    """Certificates (DER) of a folder: every ``.pem``, ``.crt`` and ``.cer`` file, in PEM or DER.

    Raises:
        UserError: no such folder, or a file that is no certificate.
    """
    if not folder.is_dir():
        msg = f"{folder} is no folder of trusted root certificates"
        raise UserError(msg)
    names = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".pem", ".crt", ".cer"})
    return tuple(root for path in names for root in _certificates(path))


def _certificates(path: Path) -> list[bytes]:
    told = path.read_bytes()
    try:
        if told.lstrip().startswith(b"-----BEGIN"):
            return [item.public_bytes(Encoding.DER) for item in x509.load_pem_x509_certificates(told)]
        return [x509.load_der_x509_certificate(told).public_bytes(Encoding.DER)]
    except ValueError:
        msg = f"{path} is no certificate"
        raise UserError(msg) from None
