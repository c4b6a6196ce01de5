"""Signed PDFs for tests, made on the spot: an authority, a fictitious official, a time stamp. Nothing of a real person."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from adapters.life.files import pdf

NOW = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
OFFICIAL, ORGANISATION = "Trần Thị Mẫu", "UBND xã Giả Định"


def plain(label: str = "mau") -> bytes:
    """An unsigned PDF."""
    return pdf("mau.pdf", label).content


@dataclass(frozen=True)
class Identity:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def asn1(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self.der)

    @property
    def asn1_key(self) -> asn1_keys.PrivateKeyInfo:
        told = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return asn1_keys.PrivateKeyInfo.load(told)


def made(name: str, issuer: Identity | None, *, stamping: bool = False, days: int = 365) -> Identity:
    """A certificate valid from a day before :data:`NOW`; without an issuer, an authority of its own."""
    # the time-stamping double of the library signs with RSA only
    key = rsa.generate_private_key(65537, 2048) if stamping else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    begins = NOW - timedelta(days=1)
    usage = {
        "digital_signature": True, "content_commitment": issuer is not None, "key_encipherment": False,
        "data_encipherment": False, "key_agreement": False, "key_cert_sign": issuer is None,
        "crl_sign": issuer is None, "encipher_only": False, "decipher_only": False,
    }  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:
        known = issuer.key.public_key()
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(known), critical=False
        )
    if stamping:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
    return Identity(builder.sign((issuer or Identity(None, key)).key, hashes.SHA256()), key)


@functools.cache
def authority() -> Identity:
    """The authority that the tests trust."""
    return made("Tổ chức chứng thực mẫu", None)


@functools.cache
def official() -> Identity:
    """A fictitious official."""
    return made(OFFICIAL, authority())


@functools.cache
def _stamper() -> DummyTimeStamper:
    identity = made("Dấu thời gian mẫu", authority(), stamping=True)
    store = SimpleCertificateStore.from_certs([authority().asn1])
    return DummyTimeStamper(identity.asn1, identity.asn1_key, certs_to_embed=store, fixed_dt=NOW)


def signed(
    content: bytes | None = None, *, by: Identity | None = None, field: str = "ChuKy1", stamped: bool = False
) -> bytes:
    """A PDF with one more signature, added to what is there."""
    who = by or official()
    signer = signers.SimpleSigner(
        who.asn1, who.asn1_key, cert_registry=SimpleCertificateStore.from_certs([authority().asn1])
    )
    out = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(content or plain())),
        signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256"),
        signer=signer,
        timestamper=_stamper() if stamped else None,
    )
    told: bytes = out.getvalue()
    return told


def added_to(content: bytes) -> bytes:
    """A page's content is replaced after the signing, in the way in which PDFs are changed: by an addition."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0]
    stream = page.raw_get("/Contents").get_object()
    stream._data = b"BT /F1 12 Tf 72 770 Td (sua doi) Tj ET"
    stream._encoded_data = None
    writer.mark_update(page.raw_get("/Contents"))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def flipped(content: bytes) -> bytes:
    """One byte of the page was changed in place."""
    return content.replace(b"(mau)", b"(may)", 1)


def encrypted(content: bytes) -> bytes:
    """It needs a password to be opened."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(content)))
    writer.encrypt("chủ", "mật khẩu")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
