"""Puts a twin on two ports: the portal's and the control port."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn

from adapters.national_portal.twin.app import PortalApp
from adapters.national_portal.twin.control import control_app
from adapters.national_portal.twin.profile import Profile
from adapters.national_portal.twin.settings import Settings
from adapters.national_portal.twin.twin import Twin


@dataclass(frozen=True, kw_only=True)
class Running:
    """A twin that serves.

    Attributes:
        url: base of the portal as its adapter shows it: ``<url>/mapi/login``, ``<url>/mapi/g``.
        control_url: base of the control port: ``<control_url>/control/…``.
        twin: the twin itself; on the same event loop its state may be read and its switches turned directly.
    """

    url: str
    control_url: str
    twin: Twin


class _Server(uvicorn.Server):
    """Leaves signals to the program that runs it, and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only for sockets whose protocol is named: else every answer waits 40 ms
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


def _server(app: Any) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http="h11",
            loop="none",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=60,
        )
    )


@contextlib.asynccontextmanager
async def running(
    settings: Settings | None = None,
    profile: Profile | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    control_port: int = 0,
) -> AsyncIterator[Running]:
    """Serve a twin on the running loop until the block ends.

    Raises:
        OSError: a port is taken.
    """
    twin = Twin(settings, profile)
    portal_socket, control_socket = _listen(host, port), _listen(host, control_port)
    address, control_address = portal_socket.getsockname(), control_socket.getsockname()
    control_url = f"http://{control_address[0]}:{control_address[1]}"
    twin.runtime.trap_base = control_url
    portal, control = _server(PortalApp(twin)), _server(control_app(twin))
    tasks = [
        asyncio.create_task(portal.serve(sockets=[portal_socket])),
        asyncio.create_task(control.serve(sockets=[control_socket])),
    ]
    try:
        await portal.up.wait()
        await control.up.wait()
        prefix = twin.settings.prefix.strip("/")
        base = f"http://{address[0]}:{address[1]}" + (f"/{prefix}" if prefix else "")
        yield Running(url=base, control_url=control_url, twin=twin)
    finally:
        portal.should_exit = control.should_exit = True
        await asyncio.gather(*tasks)
