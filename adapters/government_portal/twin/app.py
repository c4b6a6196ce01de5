"""Starting and stopping the twin: two ports on one loop, one for the contract, one for control."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from adapters.government_portal.twin.control import control_of
from adapters.government_portal.twin.drift import described
from adapters.government_portal.twin.endpoint import Endpoint
from adapters.government_portal.twin.profile import Profile
from adapters.government_portal.twin.world import World
from adapters.twin_kit.server import Port

_PATH = "/feedback"


class PortalApp:
    """The contract's port: POST answers SOAP, GET ?wsdl gives the WSDL, GET ?xsd=NAME its schemas.

    A plain ASGI callable, because a fault must be able to reach the connection itself.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._endpoint = Endpoint(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        if scope["path"] == _PATH and request.method == "POST":
            await self._endpoint.serve(request, receive, send)
            return
        if scope["path"] != _PATH:
            response: Response = PlainTextResponse("Not Found", 404)
        elif request.method == "GET":
            response = _description(request, self._world.faults.profile)
        else:
            response = PlainTextResponse("POST only", 405, {"Allow": "GET, POST"})
        await response(scope, receive, send)


def _description(request: Request, profile: Profile) -> Response:
    folder = files("adapters.government_portal") / "schema"
    if "wsdl" in request.query_params:
        text = (folder / "feedback.wsdl").read_text("utf-8")
        address = str(request.url.replace(query=""))
        text = text.replace("https://portal.example/feedback", address)
        for name in ("feedback.xsd", "edxml-party.xsd"):
            text = text.replace(f'schemaLocation="{name}"', f'schemaLocation="{address}?xsd={name}"')
        return Response(described(text, profile), media_type="text/xml; charset=utf-8")
    name = request.query_params.get("xsd", "")
    if name in ("feedback.xsd", "edxml-party.xsd"):
        text = (folder / name).read_text("utf-8")
        text = text.replace('schemaLocation="edxml-party.xsd"', 'schemaLocation="?xsd=edxml-party.xsd"')
        return Response(described(text, profile), media_type="text/xml; charset=utf-8")
    return PlainTextResponse("POST only", 405, {"Allow": "POST"})


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A running twin.

    Attributes:
        url: the SOAP endpoint.
        control_url: base of the control API, without a slash at the end.
        username: the account.
        password: its first password.
        world: the state behind it, for tests in the same process.
    """

    url: str
    control_url: str
    username: str
    password: str = field(repr=False)
    world: World = field(repr=False)


@contextlib.asynccontextmanager
async def serving(
    world: World, *, host: str = "127.0.0.1", port: int = 0, control_port: int = 0
) -> AsyncIterator[Twin]:
    """Serve a world on the running loop until the block ends.

    Raises:
        OSError: a port is taken.
    """
    portal = world.port = Port(PortalApp(world), host, port)
    control = Port(control_of(world), host, control_port)
    async with portal.open(), control.open():
        yield Twin(
            url=portal.url + _PATH,
            control_url=control.url,
            username=world.username,
            password=world.passwords[0],
            world=world,
        )


@contextlib.asynccontextmanager
async def running(
    *,
    seed: int = 1,
    passwords: Sequence[str] | None = None,
    profile: Mapping[str, Any] | None = None,
    **facts: Any,
) -> AsyncIterator[Twin]:
    """A twin on free ports of 127.0.0.1, on the running loop. For tests.

    Args:
        seed: fixes ids and faults.
        passwords: valid passwords; None makes one up.
        profile: switches of the start.
        facts: further fields of :class:`World` (``username``, ``organs``, ``clock``).
    """
    world = World(
        seed=seed,
        passwords=tuple(passwords or (secrets.token_urlsafe(12),)),
        start_profile=profile or {},
        **facts,
    )
    async with serving(world) as twin:
        yield twin
