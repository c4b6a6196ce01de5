"""Puts a twin on two ports: the portal's and the control port."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from adapters.national_portal.twin.app import PortalApp
from adapters.national_portal.twin.control import control_of
from adapters.national_portal.twin.profile import Profile
from adapters.national_portal.twin.settings import Settings
from adapters.national_portal.twin.twin import Twin
from adapters.twin_kit.server import Port


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
    app = PortalApp(twin)
    portal, control = Port(app, host, port), Port(control_of(twin), host, control_port)
    twin.port = portal
    prefix = twin.settings.prefix.strip("/")
    async with portal.open(), control.open():
        twin.runtime.trap_base = control.url
        url = portal.url + (f"/{prefix}" if prefix else "")
        yield Running(url=url, control_url=control.url, twin=twin)
