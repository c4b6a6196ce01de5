"""One exchange on the wire: the only module that imports httpx and aiohttp.

The transport is driven directly, without ``httpx.AsyncClient``: that client would log every URL with its query,
keep cookies and know redirects and proxies, none of which we want. Three properties of the stack are corrected here:

* httpx-aiohttp reports *every* lost connection as ``ConnectTimeout``, also one that broke after the request had
  been read; what truly happened is the cause beneath it (:func:`_judge`).
* aiohttp repeats PUT and DELETE by itself on a kept-alive connection that turns out dead; a write is sent once.
* aiohttp takes what arrived on a resting connection for the answer to the next request (:class:`_Connector`).
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport

from connector.transport.address import Network, is_open

AsyncTransport = httpx.AsyncBaseTransport

CHUNK = 256 * 1024
WHOLE_BODY = 1024 * 1024
"""Bodies up to this many bytes are handed over in one piece; aiohttp warns about larger ones."""
ENCODINGS = frozenset({"", "identity", "gzip"})
"""What we ask for. Another one, or gzip within gzip, would grow a thousandfold before it could be measured."""
MOST_DIGITS = 15


class Why(StrEnum):
    """What went wrong in an exchange; stable words for logs and error details."""

    CONNECT = "no_connection"
    TLS = "tls_refused"
    FORBIDDEN = "address_not_allowed"
    CONNECT_TIMEOUT = "connect_timeout"
    TIMEOUT = "timeout"
    LOST = "connection_lost"
    TOO_LARGE = "reply_too_large"
    UNREADABLE = "reply_unreadable"


class Fault(Exception):
    """An exchange without a whole answer. ``sent`` is False only if certainly no byte of the request went out."""

    def __init__(self, why: Why, *, sent: bool) -> None:
        super().__init__(why.value)
        self.why = why
        self.sent = sent


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds for making the connection, seconds for all that follows, and bytes of the decoded answer."""

    connect_s: float
    read_s: float
    max_bytes: int


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One request as it goes out. Its texts may be secret: it has no ``repr`` of them."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """One whole answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


class _Connector(aiohttp.TCPConnector):
    """Uses no resting connection on which something has arrived: a second copy of an old answer would be a false success.

    There is no public hook; a test proves the effect.
    """

    async def _get(self, *arguments: Any) -> aiohttp.connector.Connection | None:
        await asyncio.sleep(0)  # one turn of the loop, so that what lies at the socket is seen
        while (found := await super()._get(*arguments)) is not None:
            if found.protocol is not None and not found.protocol.should_close:
                return found
            found.close()
        return None


class _Closed(OSError):
    """A name leads to an address that must not be called."""


class _Guard(AbstractResolver):
    """Looks names up, and refuses what they lead to unless it is open.

    It stands where the connection is made: what was looked up here is what gets called, so a name that answers
    differently the next time (DNS rebinding) gains nothing.
    """

    def __init__(self, networks: Iterable[Network]) -> None:
        self._networks = tuple(networks)
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not found or not all(is_open(one["host"], self._networks) for one in found):
            msg = "not open"
            raise _Closed(msg)
        return found

    async def close(self) -> None:
        await self._inner.close()


def tls_context(*, ca_file: str | None, cert: tuple[str, str | None] | None) -> ssl.SSLContext:
    """Whom we trust, and what we show. With ``ca_file`` only that authority is trusted, none of the usual ones.

    Raises:
        OSError: a file is missing or is no certificate (``ssl.SSLError`` is an OSError).
    """
    context = (
        ssl.create_default_context(cafile=ca_file)
        if ca_file
        else httpx.create_ssl_context(verify=True, trust_env=False)
    )
    if cert:
        context.load_cert_chain(cert[0], cert[1])
    return context


def build_transport(
    *,
    ca_file: str | None,
    cert: tuple[str, str | None] | None,
    concurrency: int,
    keepalive_s: float,
    only_open: Iterable[Network] | None = None,
) -> AsyncTransport:
    """The real transport. With ``ca_file`` only that authority is trusted, none of the usual ones.

    Args:
        only_open: call only names that lead to the open Internet, or to these networks; None calls whatever it is told.

    Raises:
        OSError: a file is missing or is no certificate (``ssl.SSLError`` is an OSError).
    """
    context = tls_context(ca_file=ca_file, cert=cert)

    def session() -> aiohttp.ClientSession:
        made = aiohttp.ClientSession(
            connector=_Connector(
                limit=concurrency,
                ssl=context,
                keepalive_timeout=keepalive_s,
                resolver=None if only_open is None else _Guard(only_open),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        made._retry_connection = False  # noqa: SLF001  there is no public switch; a test proves the effect
        return made

    return AiohttpTransport(verify=context, trust_env=False, client=session)


async def exchange(transport: AsyncTransport, out: Outgoing, limits: Limits) -> Incoming:
    """Send one request once and read the whole answer, decoded, within the limits.

    Raises:
        Fault: there is no whole answer. No other error leaves, and no text of the libraries: theirs name URLs.
    """
    try:
        async with asyncio.timeout(limits.connect_s + limits.read_s):
            return await _exchange(transport, out, limits)
    except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
        # ValueError: bytes of an answer that the libraries below cannot turn into text
        fault = _judge(error)
    raise fault


async def _exchange(transport: AsyncTransport, out: Outgoing, limits: Limits) -> Incoming:
    response = await transport.handle_async_request(_request(out, limits))
    try:
        if response.headers.get("content-encoding", "").strip().lower() not in ENCODINGS:
            raise Fault(Why.UNREADABLE, sent=True)
        if out.method != "HEAD" and _size(response.headers.get("content-length", "")) > limits.max_bytes:
            raise Fault(Why.TOO_LARGE, sent=True)
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > limits.max_bytes:
                raise Fault(Why.TOO_LARGE, sent=True)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Incoming(status=response.status_code, headers=headers, content=bytes(content))
    finally:
        await response.aclose()


def _size(declared: str) -> float:
    """Bytes that a ``Content-Length`` announces; a number without end is endless."""
    if not (declared.isascii() and declared.isdecimal()):
        return 0
    return int(declared) if len(declared) <= MOST_DIGITS else float("inf")


def _request(out: Outgoing, limits: Limits) -> httpx.Request:
    headers = {"accept-encoding": "gzip", "user-agent": "phanhoi-connector"}
    headers |= {name.lower(): value for name, value in out.headers.items()}
    body: bytes | AsyncIterator[bytes] | None = out.content
    if out.content is not None and len(out.content) > WHOLE_BODY:
        headers["content-length"] = str(len(out.content))
        body = _pieces(out.content)
    timeouts = {
        "connect": limits.connect_s,
        "pool": limits.connect_s,
        "read": limits.read_s,
        "write": limits.read_s,
    }
    url = httpx.URL(out.url)
    return httpx.Request(
        out.method,
        url.copy_merge_params(dict(out.params)) if out.params else url,
        headers=headers,
        content=body,
        extensions={"timeout": timeouts},
    )


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    view = memoryview(content)
    for start in range(0, len(view), CHUNK):
        yield bytes(view[start : start + CHUNK])


_NEVER_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
_BAD_TLS = (
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientConnectorSSLError,
    ssl.SSLCertVerificationError,
)
_PLAIN_HTTPX_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


def _judge(error: Exception) -> Fault:
    """Say what happened from the most telling exception of the chain. In doubt, the request counts as sent."""
    cause = error.__cause__
    root = cause if isinstance(cause, aiohttp.ClientError) else error
    if isinstance(root, aiohttp.ClientError):
        unsent = isinstance(root, _NEVER_CONNECTED)
    else:
        unsent = isinstance(root, _PLAIN_HTTPX_UNSENT)
    if isinstance(root, aiohttp.ClientConnectorError) and isinstance(root.os_error, _Closed):
        return Fault(Why.FORBIDDEN, sent=False)
    timed_out = isinstance(root, TimeoutError | httpx.TimeoutException)
    if unsent:
        if isinstance(root, _BAD_TLS):
            return Fault(Why.TLS, sent=False)
        return Fault(Why.CONNECT_TIMEOUT if timed_out else Why.CONNECT, sent=False)
    if timed_out:
        return Fault(Why.TIMEOUT, sent=True)
    unreadable = isinstance(
        root,
        httpx.DecodingError | httpx.RemoteProtocolError | aiohttp.ClientResponseError | ValueError,
    )
    return Fault(Why.UNREADABLE if unreadable else Why.LOST, sent=True)
