"""The portal behind its adapter, over HTTP: ``mapi/login``, ``mapi/g`` and the files (contract §1.1, §2, §10.1).

A plain ASGI callable, because a fault must be able to reach the connection itself.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from adapters.national_portal.twin.errors import BUSY, FAILED_CODE, UNSAID
from adapters.national_portal.twin.lgsp import FACADE, FILE_SERVICE, TOKEN, Lgsp
from adapters.national_portal.twin.twin import SERVICES, Told, Twin
from adapters.national_portal.twin.wire import encode
from adapters.twin_kit.exchange import Asked, Exchange
from adapters.twin_kit.reply import Reply, deliver, page

MAX_BODY = 16 * 1024 * 1024
_NAME = "VXPAdapter"
_JUNK = b"MZ\x90\x00 not a document"


@dataclass(frozen=True, kw_only=True)
class _Http:
    """One request and its connection."""

    request: Request
    receive: Receive
    send: Send


class PortalApp:
    """ASGI application of the portal's port."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.lgsp = Lgsp(twin)
        self._exchange = Exchange(twin, refuse=self._refuse, name=_NAME)
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
        http = _Http(request=request, receive=receive, send=send)
        if self.lgsp.consumer is not None and path == TOKEN and request.method == "POST":
            await (await self.lgsp.token(request))(scope, receive, send)
        elif not self.lgsp.admits(request):
            self.twin.journal.add("lgsp", outcome="no_token", status=401)
            await self.lgsp.refused()(scope, receive, send)
        elif self.twin.settings.facade and path.startswith(FACADE) and request.method == "POST":
            await self._facade(path.removeprefix(FACADE), http)
        elif not self._addressed(request):
            await self._turned_away(500, "wrong_dstcode", http)
        elif path in (self._login, self._share, self._integration):
            await self._mapi(path, http)
        elif path.startswith(f"{self._prefix}/"):
            await self._file(path, http)
        else:
            await self._turned_away(404, "unknown_path", http)

    def _addressed(self, request: Request) -> bool:
        wanted = self.twin.settings.dstcode
        if wanted is None:
            return True
        given = {request.headers.get("dstcode"), request.query_params.get("dstcode")} - {None}
        return given == {wanted}

    async def _turned_away(self, status: int, outcome: str, http: _Http) -> None:
        """The adapter answers by itself: the portal never sees the call, so no fault strikes it."""
        self.twin.journal.add("adapter", outcome=outcome, status=status)
        await deliver(page(status, name=_NAME), None, self.twin.profile, http.receive, http.send)

    # ---- mapi ------------------------------------------------------------------------------------------------

    async def _mapi(self, path: str, http: _Http) -> None:
        if http.request.method != "POST":
            await self._turned_away(405, "wrong_method", http)
            return
        body = _decoded(await http.request.body())
        if path == self._login:
            await self._serve("login", {}, partial(self._login_call, body), http)
            return
        paths = {"share": path == self._share, "integration": path == self._integration}
        work = partial(self.twin.call, body, **paths)
        await self._serve(_named(body, "service"), _ids(body), work, http)

    async def _facade(self, service: str, http: _Http) -> None:
        body, query = _decoded(await http.request.body()), dict(http.request.query_params)
        if service == FILE_SERVICE:
            await self._send_file(self.lgsp.file_token(body), http, as_text=True)
            return
        work = partial(self.lgsp.serve, service, body, query)
        await self._serve(service, _ids(query | {"data": body}), work, http)

    async def _login_call(self, body: Any) -> Told:
        return self.twin.login(body)

    async def _serve(
        self, service: str, ids: dict[str, Any], work: Callable[[], Awaitable[Told]], http: _Http
    ) -> None:
        async def answered() -> Reply:
            told = await work()
            return Reply(content=encode(told.body), outcome=told.outcome, facts={"error_code": told.code})

        known = SERVICES.get(service)
        asked = Asked(service=service, write=known is not None and known.write, ids=ids)
        await self._exchange.serve(asked, answered, http.receive, http.send)

    def _refuse(self, mode: str) -> Reply | None:
        """The portal's own faults before the work. A dying session is met by the call itself, which goes on."""
        if mode == "session":
            self.twin.kill_sessions()
            return None
        text = BUSY if mode == "busy" else UNSAID
        return Reply(content=encode(self.twin.wire.answer(FAILED_CODE, text, [])), outcome=mode)

    # ---- files -----------------------------------------------------------------------------------------------

    async def _file(self, path: str, http: _Http) -> None:
        """``GET {adapter}/tep/<id>``, and without ``tep/`` for readers that cut at the fourth "/" literally."""
        token = path.removeprefix(f"{self._prefix}/").removeprefix("tep/")
        await self._send_file(token if http.request.method == "GET" else "", http)

    async def _send_file(self, token: str, http: _Http, *, as_text: bool = False) -> None:
        found = self.twin.state.files.get(token)
        ids = {} if found is None else {"case": str(found[0].id), "file": found[1].id}

        async def work() -> Reply:
            faults = self.twin.faults
            if found is None or faults.picks("file_404", found[0].id):
                return page(404, name=_NAME, outcome="file_404")
            case, file = found
            content = _JUNK if faults.picks("file_type", case.id) else file.content
            endless = faults.picks("file_endless", case.id)
            if as_text:
                return Reply(content=self.lgsp.as_text(content), endless=endless)
            return Reply(content=content, media_type=file.media_type, endless=endless)

        await self._exchange.serve(Asked(service="tep", ids=ids), work, http.receive, http.send)


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


_NOTED = {
    "case": "PAKNID",
    "own_code": "MaPAKNDonVi",
    "key": "MaGiaoDich",
    "event": "MaTienDo",
    "version": "LANTRALOI",
}


def _ids(body: Any) -> dict[str, Any]:
    """Ids for the journal; nothing else of a body ever gets there."""
    noted: dict[str, Any] = _noted(body)
    items = _get(body, "data")
    if isinstance(items, list):
        noted["items"] = [_noted(item) for item in items[:10] if isinstance(item, dict)]
    return noted


def _noted(body: Any) -> dict[str, Any]:
    values = {name: _get(body, field) for name, field in _NOTED.items()}
    return {name: str(value)[:64] for name, value in values.items() if value is not None}
