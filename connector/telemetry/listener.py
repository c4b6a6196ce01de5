"""The listener of one process: ``/metrics``, ``/healthz``, ``/readyz``, on an address of its own."""

import asyncio
import hmac
import socket
from contextlib import suppress

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from connector.app import App
from connector.errors import ExposedMetrics, UserError
from connector.gateway import listen, serve
from connector.gateway_address import ALIVE
from connector.loopback import is_loopback
from connector.sections.observability import ObservabilitySettings
from connector.telemetry.health import Health, Reason
from connector.telemetry.live import Live
from connector.telemetry.meter import Meter
from connector.telemetry.standing import Standing
from connector.telemetry.timing import watch_loop

LEAST_TOKEN = 16
"""Shorter ones can be guessed."""


def bind(own: ObservabilitySettings, port: int | None) -> socket.socket | None:
    """Listen on this port where the settings say; None if nobody is to be told anything.

    Raises:
        ExposedMetrics: the network could read the metrics without a token.
        UserError: the port is taken.
    """
    if port is None:
        return None
    if not is_loopback(own.host) and len(own.token.get_secret_value() if own.token else "") < LEAST_TOKEN:
        msg = f"observability.host {own.host} is reached from outside: it needs observability.token, {LEAST_TOKEN} characters or more"
        raise ExposedMetrics(msg)
    try:
        return listen(own.host, port)
    except OSError as error:
        msg = f"observability {own.host}:{port}: {error.strerror}"
        raise UserError(msg) from None


def build_listener(own: ObservabilitySettings, meter: Meter, standing: Standing, health: Health) -> FastAPI:
    """The application: three addresses, all of which only tell."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        if not _may(own, request):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        await standing.refresh()
        return Response(meter.exposition(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/healthz")
    async def alive() -> Response:
        return Response(ALIVE, media_type="application/json")

    @app.get("/readyz")
    async def ready() -> Response:
        reasons = await health.reasons()
        good = all(one.ok for one in reasons)
        told = {"ok": good, "service": "phanhoi", "reasons": [_plain(one) for one in reasons]}
        return JSONResponse(told, status_code=200 if good else 503)

    return app


def _may(own: ObservabilitySettings, request: Request) -> bool:
    if own.token is None:
        return True
    wanted = f"Bearer {own.token.get_secret_value()}"
    return hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode())


def _plain(one: Reason) -> dict[str, object]:
    return {"name": one.name, "ok": one.ok, "vi": one.said("vi"), "en": one.said("en")}


async def run_listener(app: App, bound: socket.socket, stop: asyncio.Event) -> None:
    """Tell of this process until ``stop``."""
    ctx = app.ctx
    ctx.meter.with_process()
    standing = Standing(ctx)
    for one in (Live(ctx, app.clients), standing):
        ctx.meter.registry.register(one)
    health = Health(ctx, app.member, app.queue)
    watching = asyncio.create_task(watch_loop(ctx.meter), name="loop lag")
    try:
        await serve(build_listener(ctx.settings.observability, ctx.meter, standing, health), bound, stop)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
