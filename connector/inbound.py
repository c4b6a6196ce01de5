"""Notifications of systems, taken at the gateway: ``POST /thong-bao/<system>``.

Who may call is checked first by address, then by the adapter, which knows how its system proves itself; a system whose
settings name no secret has no such address. Of the body only references are taken, and those only to ask sooner.
"""

import asyncio
import ipaddress

import structlog
from fastapi import FastAPI, Request, Response

from connector.errors import ConnectorError, TokenRefused, TooManyCalls, Unreadable
from connector.pace import TokenBucket
from connector.sections.systems import PushSettings
from connector.services.pushed import ask_sooner
from connector.sync.context import Context
from connector.system import PushCall, Pushed, PushReply, TakesPush

log = structlog.get_logger(__name__)


def mount_pushes(app: FastAPI, ctx: Context) -> None:
    """An address for each system that takes notifications."""
    for name, own in ctx.settings.systems.items():
        system: object = ctx.systems.get(name)
        if own.push.secrets and isinstance(system, TakesPush):
            app.post(f"/thong-bao/{name}")(_Door(ctx, name, system, own.push).take)


class _Door:
    """The one address of a system. One notification is read at a time: what is hostile must not take every core."""

    def __init__(self, ctx: Context, name: str, system: TakesPush, settings: PushSettings) -> None:
        self._ctx = ctx
        self._name = name
        self._system = system
        self._settings = settings
        self._gate = asyncio.Lock()
        self._pace = TokenBucket(rate_per_s=settings.per_minute / 60, burst=settings.per_minute)

    async def take(self, request: Request) -> Response:
        """Read it, answer it in the system's own words."""
        try:
            told = await self._read(request)
            known = await ask_sooner(self._ctx, self._name, told.refs)
        except ConnectorError as error:
            log.warning("push_refused", system=self._name, code=error.code)
            return _answer(self._system.push_refused(error))
        log.info("push_taken", system=self._name, told=len(told.refs), known=known)
        return _answer(told.reply)

    async def _read(self, request: Request) -> Pushed:
        """What it speaks of.

        Raises:
            TokenRefused, Unreadable, TooManyCalls: it is not taken.
        """
        if not _within(request, self._settings):
            msg = "the notification comes from an address that may not send any"
            raise TokenRefused(msg)
        now = self._ctx.clock.now()
        if wait := self._pace.wait(now):
            msg = "too many notifications"
            raise TooManyCalls(msg, wait_s=wait)
        self._pace.reserve(now)
        async with self._gate:
            call = PushCall(
                body=await _body(request, self._settings.max_bytes),
                headers={key.lower(): value for key, value in request.headers.items()},
                account=self._settings.account,
                secrets=self._settings.secrets,
                now=now,
            )
            return await asyncio.to_thread(self._system.pushed, call)


def _within(request: Request, settings: PushSettings) -> bool:
    try:
        came = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return not settings.networks
    return not settings.networks or any(came in network for network in settings.networks)


async def _body(request: Request, most: int) -> bytes:
    raw = bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > most:
            msg = f"a notification has at most {most} bytes"
            raise Unreadable(msg)
    return bytes(raw)


def _answer(reply: PushReply) -> Response:
    return Response(
        reply.body,
        status_code=reply.status,
        media_type=reply.media_type,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )
