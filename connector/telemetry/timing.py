"""Timing of requests that a web server of ours answers, by the route's pattern: a path may hold a reference."""

import asyncio
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector.telemetry.meter import Meter

UNKNOWN = "unknown"
"""The label of whatever no route takes; its path is a stranger's text."""

LOOK_EVERY_S = 0.5


class Timed:
    """ASGI middleware: one histogram value a request, whatever it ends in."""

    def __init__(self, app: ASGIApp, *, meter: Meter, server: str) -> None:
        self._app = app
        self._meter = meter
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", UNKNOWN)
            self._meter.web_request(self._server, route, scope["method"], status, began)


async def watch_loop(meter: Meter) -> None:
    """Measure again and again how late the event loop gives us our turn, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time()
        await asyncio.sleep(LOOK_EVERY_S)
        meter.loop_lag(max(0.0, loop.time() - asked - LOOK_EVERY_S))
