"""The portal behind its adapter, over HTTP: ``mapi/login``, ``mapi/g`` and the files (contract §1.1, §2, §10.1).

A plain ASGI callable, because a fault must be able to reach the connection itself.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from adapters.national_portal.twin.errors import BUSY, FAILED_CODE
from adapters.national_portal.twin.faults import Plan, hang_up
from adapters.national_portal.twin.lgsp import FACADE, FILE_SERVICE, TOKEN, Lgsp
from adapters.national_portal.twin.profile import picks
from adapters.national_portal.twin.twin import SERVICES, Told, Twin
from adapters.national_portal.twin.wire import encode

MAX_BODY = 16 * 1024 * 1024
_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>VXPAdapter</p></body></html>"
_JUNK = b"MZ\x90\x00 not a document"


class PortalApp:
    """ASGI application of the portal's port."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.lgsp = Lgsp(twin)
        settings = twin.settings
        prefix = "/" + settings.prefix.strip("/") if settings.prefix.strip("/") else ""
        self._prefix = prefix
        self._login = f"{prefix}/{settings.login_path.strip('/')}"
        self._share = f"{prefix}/{settings.share_path.strip('/')}"
        self._integration = f"{prefix}/{settings.integration_path.strip('/')}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = scope["path"]
        if self.lgsp.consumer is not None and path == TOKEN and request.method == "POST":
            await (await self.lgsp.token(request))(scope, receive, send)
        elif not self.lgsp.admits(request):
            self._note("lgsp", outcome="no_token", status=401)
            await self.lgsp.refused()(scope, receive, send)
        elif self.twin.settings.facade and path.startswith(FACADE) and request.method == "POST":
            await self._facade(request, path.removeprefix(FACADE), scope, receive, send)
        elif not self._addressed(request):
            self._note("adapter", outcome="wrong_dstcode", status=500)
            await _adapter_page(500)(scope, receive, send)
        elif path in (self._login, self._share, self._integration):
            await self._mapi(request, scope, receive, send)
        elif path.startswith(f"{self._prefix}/"):
            await self._file(request, scope, receive, send)
        else:
            self._note("adapter", outcome="unknown_path", status=404)
            await _adapter_page(404)(scope, receive, send)

    def _addressed(self, request: Request) -> bool:
        wanted = self.twin.settings.dstcode
        if wanted is None:
            return True
        given = {request.headers.get("dstcode"), request.query_params.get("dstcode")} - {None}
        return given == {wanted}

    def _note(self, service: str, *, outcome: str, status: int | None, **more: Any) -> None:
        self.twin.journal.add(self.twin.clock.now(), service, outcome=outcome, status=status, **more)

    # ---- mapi ------------------------------------------------------------------------------------------------

    async def _mapi(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        if request.method != "POST":
            self._note("adapter", outcome="wrong_method", status=405)
            await _adapter_page(405)(scope, receive, send)
            return
        body = _decoded(await request.body())
        login = scope["path"] == self._login
        service = "login" if login else _named(body, "service")
        path = scope["path"]
        work = self._login_call(body) if login else self._plain_call(body, path)
        await self._serve(service, {} if login else _keys(body), work, scope, receive, send)

    async def _facade(
        self, request: Request, service: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        body, query = _decoded(await request.body()), dict(request.query_params)
        if service == FILE_SERVICE:
            response = self.lgsp.file(body) or _adapter_page(404)
            self._note("tep", outcome="facade", status=response.status_code)
            await response(scope, receive, send)
            return
        keys = _keys(query | {"data": body})
        await self._serve(service, keys, self.lgsp.serve(service, body, query), scope, receive, send)

    async def _login_call(self, body: Any) -> Told:
        return self.twin.login(body)

    async def _plain_call(self, body: Any, path: str) -> Told:
        return await self.twin.call(body, share=path == self._share, integration=path == self._integration)

    async def _serve(
        self,
        service: str,
        keys: dict[str, Any],
        work: Coroutine[Any, Any, Told],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Do the work between the faults that were drawn for this call."""
        known = SERVICES.get(service)
        write = known is not None and known.write
        plan = self.twin.faults.plan(service, write=write, now=self.twin.clock.monotonic())
        if plan.before is not None and not self._survives(plan.before):
            work.close()
            await self._fail(plan, service, keys, scope, receive, send)
            return
        if not plan.after and plan.delay_s:
            await asyncio.sleep(plan.delay_s)
        told = await work
        outcome = told.outcome if plan.after is None else f"{told.outcome}+{plan.after}"
        dropped = plan.after == "drop_after_commit" and told.written
        self._note(service, outcome=outcome, status=None if dropped else 200, error_code=told.code, **keys)
        if dropped:
            await hang_up(send)
            return
        await self._deliver(told, plan, scope, receive, send)

    def _survives(self, mode: str) -> bool:
        """A dying session is no fault of the connection: the call goes on and meets it."""
        if mode == "session":
            self.twin.kill_sessions()
            return True
        return False

    async def _fail(
        self, plan: Plan, service: str, keys: dict[str, Any], scope: Scope, receive: Receive, send: Send
    ) -> None:
        mode = plan.before or ""
        if mode == "drop_before":
            self._note(service, outcome=mode, status=None, **keys)
            await hang_up(send)
            return
        if plan.delay_s:
            await asyncio.sleep(plan.delay_s)
        retry_after = self.twin.profile.retry_after_s
        headers = {"Retry-After": str(retry_after)} if retry_after else {}
        if mode in ("busy", "rate_limited"):
            response: Response = _json(encode(self.twin.wire.answer(FAILED_CODE, BUSY, [])))
        elif mode == "http_503":
            response = Response(status_code=503, headers=headers)
        else:
            response = _adapter_page(502)
        self._note(service, outcome=mode, status=response.status_code, **keys)
        await response(scope, receive, send)

    async def _deliver(self, told: Told, plan: Plan, scope: Scope, receive: Receive, send: Send) -> None:
        content = encode(told.body)
        if plan.after in ("slow", "read_timeout"):
            await asyncio.sleep(plan.delay_s)
        if plan.after == "malformed_body":
            content = content[: len(content) // 2]
        response: Response
        if plan.after == "slow_drip":
            response = StreamingResponse(
                _drip(content, self.twin.profile.drip_s), media_type="application/json"
            )
        elif plan.after == "wrong_charset":
            text = content.decode()
            response = Response(text.encode("utf-16"), media_type="application/json;charset=ISO-8859-1")
        else:
            response = _json(content)
        await response(scope, receive, send)

    # ---- files -----------------------------------------------------------------------------------------------

    async def _file(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """``GET {adapter}/tep/<id>``, and without ``tep/`` for readers that cut at the fourth "/" literally."""
        name = scope["path"].removeprefix(f"{self._prefix}/").removeprefix("tep/")
        found = self.twin.state.files.get(name) if request.method == "GET" else None
        profile = self.twin.profile
        plan = self.twin.faults.plan("tep", write=False, now=self.twin.clock.monotonic())
        if plan.before is not None and not self._survives(plan.before):
            await self._fail(plan, "tep", {}, scope, receive, send)
            return
        if plan.delay_s:
            await asyncio.sleep(plan.delay_s)
        if found is None or picks(profile.file_404, found[0].id):
            self._note("tep", outcome="file_404", status=404)
            await _adapter_page(404)(scope, receive, send)
            return
        case, file = found
        content = _JUNK if picks(profile.file_type, case.id) else file.content
        self._note("tep", outcome="ok", status=200, PAKNID=case.id, TEPID=file.id)
        await Response(content, media_type=file.media_type)(scope, receive, send)


async def _drip(content: bytes, pause_s: float) -> AsyncIterator[bytes]:
    step = max(1, len(content) // 10)
    for start in range(0, len(content), step):
        yield content[start : start + step]
        await asyncio.sleep(pause_s)


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")


def _adapter_page(status: int) -> Response:
    return HTMLResponse(_PAGE.format(f"Error {status}"), status_code=status)


def _decoded(raw: bytes) -> Any:
    """The JSON of a body; None for what is none, which no service takes."""
    if len(raw) > MAX_BODY:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _named(body: Any, name: str) -> str:
    value = _get(body, name)
    return value[:100] if isinstance(value, str) else ""


def _get(body: Any, name: str) -> Any:
    if not isinstance(body, dict):
        return None
    return next((value for key, value in body.items() if key.casefold() == name.casefold()), None)


_NOTED = ("PAKNID", "MaPAKNDonVi", "MaGiaoDich", "MaTienDo", "LANTRALOI")


def _keys(body: Any) -> dict[str, Any]:
    """Ids for the journal; nothing else of a body ever gets there."""
    noted = {name: _scalar(_get(body, name)) for name in _NOTED if _get(body, name) is not None}
    items = _get(body, "data")
    if isinstance(items, list):
        noted["items"] = [
            {name: _scalar(_get(item, name)) for name in _NOTED if _get(item, name) is not None}
            for item in items[:10]
            if isinstance(item, dict)
        ]
    return noted


def _scalar(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)[:64]
