"""How far an address can be reached: name, connection, TLS with its whole chain. Nothing is asked of the other side."""

import asyncio
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509

from connector.transport import engine
from connector.transport.address import check_url
from connector.transport.settings import TransportSettings


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """One certificate of a chain: whose it is, and until when it is valid."""

    subject: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What was found, as far as it went.

    Attributes:
        addresses: what the name leads to; empty if it leads nowhere.
        connected_s: seconds that the connection took; None if there was none.
        tls: the protocol's version, None without TLS or if it failed.
        chain: verified chain, the server's own certificate first; what it showed unverified if ``distrust`` says why.
        fault: why the connection or the handshake failed, in the system's own words.
    """

    host: str
    port: int
    encrypted: bool
    addresses: tuple[str, ...] = ()
    connected_s: float | None = None
    tls: str | None = None
    chain: tuple[Certificate, ...] = ()
    distrust: str | None = None
    fault: str | None = None


async def reach(url: str, settings: TransportSettings) -> Reach:
    """Look a name up, connect, shake hands, and hang up.

    Raises:
        SettingsError: the address must not be called. OSError: a TLS file of the settings cannot be used.
    """
    parts = check_url(url, settings.plain_http_hosts)
    host, encrypted = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if encrypted else 80)
    cert = (settings.client_cert_file, settings.client_key_file) if settings.client_cert_file else None
    context = engine.tls_context(ca_file=settings.ca_file, cert=cert) if encrypted else None
    return await asyncio.to_thread(_reach, host, port, context, settings.connect_timeout_s)


def _reach(host: str, port: int, context: ssl.SSLContext | None, timeout: float) -> Reach:
    plain: dict[str, Any] = {"host": host, "port": port, "encrypted": context is not None}
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return Reach(**plain, fault=error.strerror)
    plain["addresses"] = tuple(dict.fromkeys(str(one[4][0]) for one in found))
    begun = time.monotonic()
    try:
        line = socket.create_connection((host, port), timeout=timeout)
    except OSError as error:
        return Reach(**plain, fault=error.strerror or str(error))
    with line:
        plain["connected_s"] = time.monotonic() - begun
        if context is None:
            return Reach(**plain)
        try:
            with context.wrap_socket(line, server_hostname=host) as secure:
                return Reach(**plain, tls=secure.version(), chain=_chain(secure))
        except ssl.SSLCertVerificationError as error:
            shown = _shown(host, port, timeout)
            return Reach(**plain, chain=shown, distrust=error.verify_message)
        except (ssl.SSLError, OSError) as error:
            return Reach(**plain, fault=str(getattr(error, "reason", None) or error))


def _chain(secure: ssl.SSLSocket) -> tuple[Certificate, ...]:
    """The chain as it was verified, up to the authority. Python tells it in public from 3.13 on."""
    inner: Any = secure._sslobj  # type: ignore[attr-defined]  # noqa: SLF001  # no public door before 3.13
    told = [one.public_bytes(1) for one in inner.get_verified_chain() or ()]  # 1: PEM
    return tuple(_certificate(x509.load_pem_x509_certificate(one.encode())) for one in told)


def _shown(host: str, port: int, timeout: float) -> tuple[Certificate, ...]:
    """What a server shows that is not trusted: only to say what is wrong with it; nothing is sent there."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=timeout) as line,
            blind.wrap_socket(line, server_hostname=host) as secure,
        ):
            told = secure.getpeercert(binary_form=True)
    except OSError:
        return ()
    return (_certificate(x509.load_der_x509_certificate(told)),) if told else ()


def _certificate(one: x509.Certificate) -> Certificate:
    return Certificate(subject=one.subject.rfc4514_string(), until=one.not_valid_after_utc)
