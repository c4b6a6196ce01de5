"""TLS over real sockets: only the named authority is trusted, and our own certificate is shown when asked for."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connector.clock import SystemClock
from connector.errors import InDoubt, Unreachable
from connector.transport import HttpClient, TransportSettings
from tests.listening import listening


def write_certificate(folder: Path, name: str, valid_for: timedelta = timedelta(days=1)) -> tuple[str, str]:
    """A self-signed certificate for 127.0.0.1, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.now(UTC) - timedelta(days=2)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(datetime.now(UTC) + valid_for)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    crt, pem = folder / f"{name}.crt", folder / f"{name}.key"
    crt.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return str(crt), str(pem)


@asynccontextmanager
async def tls_server(crt: str, key: str, client_ca: str | None = None) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()

    async with listening(serve, tls=context) as port:
        yield f"https://127.0.0.1:{port}/"


async def status_of(url: str, **settings: str) -> int:
    http = HttpClient(
        "government_portal", TransportSettings.model_validate({**settings, "tries": 1}), SystemClock()
    )
    try:
        return (await http.request("POST", url, safe=False)).status
    finally:
        await http.aclose()


async def test_a_named_authority_is_trusted(tmp_path):
    crt, key = write_certificate(tmp_path, "cong")
    async with tls_server(crt, key) as url:
        assert await status_of(url, ca_file=crt) == 200


async def test_an_unknown_authority_is_unreachable(tmp_path):
    crt, key = write_certificate(tmp_path, "cong")
    stranger, _ = write_certificate(tmp_path, "la")
    async with tls_server(crt, key) as url:
        for settings in ({}, {"ca_file": stranger}):
            with pytest.raises(Unreachable) as caught:
                await status_of(url, **settings)
            assert caught.value.detail["reason"] == "tls_refused"


async def test_an_expired_certificate_is_unreachable(tmp_path):
    crt, key = write_certificate(tmp_path, "cu", valid_for=-timedelta(days=1))
    async with tls_server(crt, key) as url:
        with pytest.raises(Unreachable):
            await status_of(url, ca_file=crt)


async def test_our_certificate_is_shown_and_its_lack_is_never_success(tmp_path):
    """In TLS 1.3 the server refuses after our handshake is over, so for a write the outcome counts as unknown."""
    crt, key = write_certificate(tmp_path, "cong")
    mine, my_key = write_certificate(tmp_path, "tinh")
    async with tls_server(crt, key, client_ca=mine) as url:
        assert await status_of(url, ca_file=crt, client_cert_file=mine, client_key_file=my_key) == 200
        with pytest.raises((InDoubt, Unreachable)):
            await status_of(url, ca_file=crt)
