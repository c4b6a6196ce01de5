"""The file gateway: serves ``/tai-tep/<token>`` to a portal that fetches our files by reference.

The path is unguessable, expires, and carries no personal data. The bytes come from the system that holds the file,
at the moment they are asked for; their hash is checked before a byte leaves.
"""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI, Response

from connector.canonical import digest_bytes
from connector.case import REGISTER
from connector.errors import ConnectorError, SecrecyHold
from connector.gateway_address import ALIVE, NOT_READY
from connector.inbound import mount_pushes
from connector.merge import restricted
from connector.store import cases, tickets
from connector.store.connection import Connection
from connector.sync.context import Context
from connector.sync.secrecy import require_clear
from connector.telemetry.timing import Timed

log = structlog.get_logger(__name__)

READY_S = 3

_AS_DOWNLOAD = {
    "Cache-Control": "no-store",
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""Files are a sender's bytes under our name: they are saved, never shown or run."""
_HARMLESS = re.compile(
    r"application/(pdf|msword|vnd\.ms-excel|vnd\.openxmlformats-officedocument\.[a-z.]+)|image/(jpeg|png)|audio/mpeg|video/mp4"
)


def _shown_as(media_type: str) -> str:
    """The type that its holder told, if it is one that no browser runs; it comes from outside, like the bytes."""
    return media_type if _HARMLESS.fullmatch(media_type) else "application/octet-stream"


def build_gateway(ctx: Context) -> FastAPI:
    """The application: files for portals, and the addresses of their notifications."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/tai-tep/{token}")
    async def file(token: str) -> Response:
        async with ctx.db.reading() as conn:
            found = await tickets.redeem(conn, token, ctx.clock.now())
            if found is None or not await _may_leave(conn, *found[:2]):
                return Response(status_code=404)
        system, ref, attachment = found
        try:
            content = await ctx.systems[system].read_file(ref, attachment)
        except ConnectorError as error:
            log.warning("file_unavailable", system=system, attachment=attachment.id, code=error.code)
            return Response(status_code=503)
        if attachment.sha256 and digest_bytes(content) != attachment.sha256:
            log.error("file_hash_differs", system=system, attachment=attachment.id)
            return Response(status_code=409)
        return Response(content, media_type=_shown_as(attachment.media_type), headers=_AS_DOWNLOAD)

    @app.get("/healthz")
    async def alive() -> Response:
        return Response(ALIVE, media_type="application/json")

    @app.get("/readyz")
    async def ready() -> Response:
        """Not ready without the database; a portal that does not answer is no fault of this process."""
        try:
            async with asyncio.timeout(READY_S):
                await ctx.db.answer()
        except (ConnectorError, TimeoutError):
            return Response(NOT_READY, status_code=503, media_type="application/json")
        return Response(ALIVE, media_type="application/json")

    mount_pushes(app, ctx)
    app.add_middleware(Timed, meter=ctx.meter, server="gateway")
    return app


async def _may_leave(conn: Connection, system: str, ref: str) -> bool:
    """The gate once more: since the address was given the case may have become secret."""
    row = await cases.by_ref(conn, system, ref)
    if row is None:
        return True
    home = row.link(REGISTER)
    if row.end is not None or (home is not None and home.state is not None and restricted(home.state)):
        return False
    try:
        await require_clear(conn, row)
    except SecrecyHold:
        return False
    return True


class _Server(uvicorn.Server):
    """Leaves signals to the daemon; uvicorn's own handlers would steal them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Bind before anything else starts, so that the address is known and a taken port is a clear error."""
    bound = socket.create_server((host, port), backlog=128)
    bound.setblocking(False)
    return bound


async def serve(app: FastAPI, bound: socket.socket, stop: asyncio.Event) -> None:
    """Serve until ``stop``."""
    server = _Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5)
    )
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    await stop.wait()
    server.should_exit = True
    await serving
