"""The ports of a twin: uvicorn on a socket of ours, whose connections can be cut, reset and refused."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Send
from uvicorn.protocols.http.h11_impl import RequestResponseCycle

_GRACE_S: Final = 2.0
_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""Closing such a socket sends RST instead of FIN."""


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to a port, which does not listen yet.

    Raises:
        OSError: the port is taken.
    """
    # asyncio turns Nagle's algorithm off only for sockets whose protocol is named: else every answer waits 40 ms
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


class Port(uvicorn.Server):
    """One port. It leaves the process's signals alone, stops at once, and can refuse connections for a while."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                loop="none",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=60,
            )
        )
        self._place = host, port
        self._sockets: list[socket.socket] = []
        self._stop = asyncio.Event()
        self._up = asyncio.Event()
        self._refusing: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Base address while it is open, without a slash at the end."""
        host, port = self._place
        return f"http://{host}:{port}"

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve on the running loop until the block ends.

        Raises:
            OSError: the port is taken.
        """
        self._bind()
        serving = asyncio.create_task(self.serve(sockets=self._sockets))
        ready = asyncio.create_task(self._up.wait())
        try:
            await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            yield
        finally:
            ready.cancel()
            if self._refusing is not None:
                self._refusing.cancel()
            self.should_exit = True
            self._stop.set()
            await serving
            self._close()

    def _bind(self) -> None:
        self._sockets = [listen(*self._place)]
        self._place = self._sockets[0].getsockname()[:2]

    def _close(self) -> None:
        for bound in self._sockets:
            bound.close()

    def refuse(self, for_s: float) -> None:
        """Nobody listens for so many seconds, counted from the newest call; open connections end."""
        if self._refusing is not None:
            self._refusing.cancel()
        for server in self.servers:
            server.close()
        self._close()
        # bound and not listening: the port stays ours, and whoever connects is refused
        self._bind()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        self._refusing = asyncio.create_task(self._listen_again(for_s))

    async def _listen_again(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await super().startup(sockets=self._sockets)

    # ---- uvicorn ---------------------------------------------------------------------------------------------

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, and tell."""
        await super().startup(sockets)
        self._up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program that runs it."""
        yield

    async def main_loop(self) -> None:
        """Wait for the end."""
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what is under way, for at most ``_GRACE_S`` seconds, then let go of every connection."""
        del sockets
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(list(self.server_state.tasks), timeout=_GRACE_S)
        for task in self.server_state.tasks:
            task.cancel()


# ---- one connection -----------------------------------------------------------------------------------------


def cycle_of(send: Send) -> RequestResponseCycle:
    """The request under way on its connection."""
    return cast("RequestResponseCycle", cast("Any", send).__self__)


async def cut(receive: Receive, send: Send, *, reset: bool = False) -> None:
    """End the connection without a word, as a dying peer does; ``reset``: with RST."""
    transport = cycle_of(send).transport
    if reset:
        _socket_of(transport).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
    await _gone(receive)


async def close(receive: Receive, send: Send) -> None:
    """End the connection once what was written has left."""
    cycle_of(send).transport.close()
    await _gone(receive)


def _socket_of(transport: asyncio.Transport) -> socket.socket:
    return cast("socket.socket", transport.get_extra_info("socket"))


async def _gone(receive: Receive) -> None:
    """Until the server has noticed: only then may a handler return without an answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Echo:
    """Remembers what is written to a connection, to write it once more."""

    def __init__(self, send: Send) -> None:
        cycle = cycle_of(send)
        self._transport = cycle.transport
        self._written = bytearray()
        cycle.transport = cast("asyncio.Transport", self)

    def write(self, data: bytes) -> None:
        """Pass on, and remember."""
        self._written += data
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def again(self) -> None:
        """The same bytes once more."""
        self._transport.write(bytes(self._written))
