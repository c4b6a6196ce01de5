"""Starting and stopping the twin: two ports on one loop, one for the contract, one for control."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from adapters.government_portal.twin.control import control_app
from adapters.government_portal.twin.endpoint import Dropped, Endpoint
from adapters.government_portal.twin.world import World

_GRACE_S = 2.0
_CONNECTIONS: dict[tuple[str, int], asyncio.Transport] = {}


class _Cuttable(H11Protocol):
    """uvicorn's protocol, with its transport findable by the client's address, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            _CONNECTIONS[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _CONNECTIONS.pop(self.client, None)
        super().connection_lost(exc)


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone and stops at once, not at its next tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Begin to stop."""
        self.should_exit = True
        self._stop.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # each tick also renews the Date header
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what is under way, for at most ``_GRACE_S`` seconds, then let go of every connection."""
        del sockets  # closed by whoever opened them
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(list(self.server_state.tasks), timeout=_GRACE_S)
        for task in self.server_state.tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                for server in self.servers:
                    await server.wait_closed()


class _Feedback:
    """ASGI endpoint of the contract: POST answers SOAP, GET ?wsdl gives the WSDL, GET ?xsd=NAME its schemas."""

    def __init__(self, world: World) -> None:
        self.endpoint = Endpoint(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method == "GET":
            await _description(request)(scope, receive, send)
        elif request.method != "POST":
            await PlainTextResponse("POST only", 405, {"Allow": "GET, POST"})(scope, receive, send)
        else:
            try:
                response = await self.endpoint.handle(request)
            except Dropped:
                await _cut(scope, receive)
                return
            await response(scope, receive, send)


async def _cut(scope: Scope, receive: Receive) -> None:
    transport = _CONNECTIONS.get(tuple(scope["client"]))
    if transport is not None:
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def _description(request: Request) -> Response:
    folder = files("adapters.government_portal") / "schema"
    if "wsdl" in request.query_params:
        text = (folder / "feedback.wsdl").read_text("utf-8")
        address = str(request.url.replace(query=""))
        text = text.replace("https://portal.example/feedback", address)
        for name in ("feedback.xsd", "edxml-party.xsd"):
            text = text.replace(f'schemaLocation="{name}"', f'schemaLocation="{address}?xsd={name}"')
        return Response(text, media_type="text/xml; charset=utf-8")
    name = request.query_params.get("xsd", "")
    if name in ("feedback.xsd", "edxml-party.xsd"):
        text = (folder / name).read_text("utf-8")
        text = text.replace('schemaLocation="edxml-party.xsd"', 'schemaLocation="?xsd=edxml-party.xsd"')
        return Response(text, media_type="text/xml; charset=utf-8")
    return PlainTextResponse("POST only", 405, {"Allow": "POST"})


def portal_app(world: World) -> Starlette:
    """The contract's port."""
    return Starlette(routes=[Route("/feedback", _Feedback(world))])


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


def _listen(host: str, port: int) -> socket.socket:
    # asyncio switches Nagle's delay off only where the protocol is named, else each answer waits 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.set_inheritable(True)
    return listener


def _server(app: Starlette) -> _Server:
    config = uvicorn.Config(
        app,
        http=_Cuttable,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return _Server(config)


@contextlib.asynccontextmanager
async def serving(
    world: World, *, host: str = "127.0.0.1", port: int = 0, control_port: int = 0
) -> AsyncIterator[Twin]:
    """Serve a world on the running loop until the block ends."""
    listeners = [_listen(host, port), _listen(host, control_port)]
    servers = [_server(portal_app(world)), _server(control_app(world))]
    tasks = [
        asyncio.create_task(server.serve(sockets=[listener]))
        for server, listener in zip(servers, listeners, strict=True)
    ]
    try:
        while not all(server.started for server in servers):
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.005)
        ports = [listener.getsockname()[1] for listener in listeners]
        yield Twin(
            url=f"http://{host}:{ports[0]}/feedback",
            control_url=f"http://{host}:{ports[1]}",
            username=world.username,
            password=world.passwords[0],
            world=world,
        )
    finally:
        for server in servers:
            server.stop()
        await asyncio.gather(*tasks)
        for listener in listeners:
            listener.close()


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
