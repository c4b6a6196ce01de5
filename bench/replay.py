"""Bare HTTP: what a run sent is kept, and sent again to a fresh twin with nothing of ours around it."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from connector.transport import TransportSettings, engine

LEFT_OUT = frozenset({"host", "content-length"})


class Recorder(httpx.AsyncBaseTransport):
    """Hands requests on and keeps them in order."""

    def __init__(self, settings: TransportSettings) -> None:
        self._inner = build(settings)
        self.seen: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it on."""
        self.seen.append(request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def build(settings: TransportSettings) -> engine.AsyncTransport:
    """The engine that the connector's client uses, so that both runs differ in nothing but the connector."""
    return engine.build_transport(
        ca_file=None, cert=None, concurrency=settings.max_concurrency, keepalive_s=settings.keepalive_s
    )


@dataclass(kw_only=True)
class Replay:
    """The same requests to another twin.

    Attributes:
        address: the other twin's; host and port of the recorded ones are replaced by its.
        session: what its login gave, put in the place of the recorded session.
    """

    address: str
    requests: list[httpx.Request]
    settings: TransportSettings
    session: str | None = None

    async def run(self) -> float:
        """Send all, as many at a time as the connector may; seconds."""
        transport = build(self.settings)
        gate = asyncio.Semaphore(self.settings.max_concurrency)
        began = time.perf_counter()
        try:
            logins = [one for one in self.requests if one.url.path.endswith("/login")]
            for one in logins[:1]:
                self.session = _session(await self._send(transport, one))

            async def send(request: httpx.Request) -> None:
                async with gate:
                    await self._send(transport, request)

            await asyncio.gather(*(send(one) for one in self.requests if one not in logins))
        finally:
            await transport.aclose()
        return time.perf_counter() - began

    async def _send(self, transport: engine.AsyncTransport, request: httpx.Request) -> bytes:
        headers = [(name, value) for name, value in request.headers.items() if name not in LEFT_OUT]
        again = httpx.Request(
            request.method,
            self._address(request),
            headers=headers,
            content=self._content(request.content),
            extensions=request.extensions,
        )
        response = await transport.handle_async_request(again)
        try:
            content = b"".join([chunk async for chunk in response.aiter_bytes()])
        finally:
            await response.aclose()
        return content

    def _address(self, request: httpx.Request) -> str:
        there, asked = urlsplit(self.address), urlsplit(str(request.url))
        return urlunsplit(asked._replace(netloc=there.netloc))

    def _content(self, content: bytes) -> bytes:
        if self.session is None:
            return content
        body: dict[str, Any] = json.loads(content)
        return json.dumps({**body, "session": self.session}, ensure_ascii=False).encode()


def _session(reply: bytes) -> str:
    told: dict[str, Any] = json.loads(reply)
    return str(told["session"])
