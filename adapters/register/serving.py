"""The web server: one socket, no logging of request lines, stopped by whoever started it."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn

from adapters.register.api import create_app
from adapters.register.service import Register
from adapters.register.ticker import ticker


class WebServer(uvicorn.Server):
    """Uvicorn that tells when it listens, leaves signals to its caller, and lets the register's clock tick.

    ``tick_s``: seconds between two ticks; None: this server does not tick.
    """

    def __init__(self, register: Register, *, tick_s: float | None = None) -> None:
        config = uvicorn.Config(
            create_app(register),
            http="h11",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,  # paths hold case ids, queries may hold more
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        super().__init__(config)
        self.ready = asyncio.Event()
        self._ticker = None if tick_s is None else ticker(register, tick_s)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, then :attr:`ready` is set."""
        await super().startup(sockets)
        if self._ticker is not None:
            self._ticker.start()
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """No tick begins any more, then as uvicorn's."""
        if self._ticker is not None:
            self._ticker.shutdown(wait=False)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    return sock


async def until_ready(server: WebServer, serving: asyncio.Task[None]) -> None:
    """Wait until the server listens; raises what ended it if it never does."""
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait({ready, serving}, return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        ready.cancel()
        await serving
        msg = "the server ended before it listened"
        raise RuntimeError(msg)
