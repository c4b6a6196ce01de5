"""What a province's LGSP puts in front of the portal (national-portal contract §1.2).

A WSO2 gateway hands out Bearer tokens and lets nothing pass without one. A thin facade has one address per service,
``/KetNoiMotCuaQuocGia/<service>``: it owns login, session and ``madonvi``; the caller sends the bare array.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.national_portal.twin.twin import SERVICES, Told, Twin

FACADE = "/KetNoiMotCuaQuocGia/"
FILE_SERVICE = "getfile"
TOKEN = "/token"  # noqa: S105 - a path
_AGENCY_PARAMETERS = frozenset({"madinhdanhdv", "madonvi"})
_WITH_DATA = frozenset({"CapNhatTienDoPAKN", "DongBoKetQuaXuLyPAKN", "DongBoPAKN"})


class Lgsp:
    """The gateway of one twin; lets everything pass if neither shape is switched on."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.consumer = twin.settings.consumer
        self._tokens: dict[str, float] = {}

    # ---- WSO2 ------------------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """``POST /token``: client credentials for a Bearer token."""
        form = parse_qs((await request.body()).decode("ascii", "replace"))
        if form.get("grant_type") != ["client_credentials"]:
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        if self._basic(request.headers.get("authorization", "")) != self.consumer:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        now, life = self.twin.clock.monotonic(), self.twin.settings.token_life_s
        token = self.twin.state.token("lgsp", now, len(self._tokens))
        self._tokens = {known: end for known, end in self._tokens.items() if end > now} | {token: now + life}
        return JSONResponse(
            {
                "access_token": token,
                "scope": "am_application_scope default",
                "token_type": "Bearer",
                "expires_in": int(life),
            }
        )

    @staticmethod
    def _basic(header: str) -> str | None:
        scheme, _, value = header.partition(" ")
        try:
            return base64.b64decode(value, validate=True).decode() if scheme == "Basic" else None
        except (binascii.Error, UnicodeDecodeError):
            return None

    def admits(self, request: Request) -> bool:
        """True if no token is asked for, or a living one is shown."""
        if self.consumer is None:
            return True
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and self._tokens.get(token, 0.0) > self.twin.clock.monotonic()

    @staticmethod
    def refused() -> Response:
        """The gateway's own fault; the portal never saw the call."""
        fault = {"code": 900901, "message": "Invalid Credentials", "description": "Access failure"}
        return JSONResponse({"fault": fault}, status_code=401)

    # ---- facade ----------------------------------------------------------------------------------------------

    async def serve(self, service: str, body: Any, query: Mapping[str, str]) -> Told:
        """One call through the facade: the envelope is put on here."""
        agency = self.twin.settings.agency
        session = self.twin.state.login(agency)
        fields: dict[str, Any] = {
            name: value for name, value in query.items() if name.casefold() not in _AGENCY_PARAMETERS
        }
        rows = body if isinstance(body, list) else None
        known = service if service in SERVICES else service[:100]
        if service in _WITH_DATA:
            fields["data"] = body if rows is None else rows
        elif rows and isinstance(rows[0], dict):
            fields |= rows[0]
        try:
            return await self.twin.call(
                fields | {"session": session, "madonvi": self._agency(query), "service": known}
            )
        finally:
            self.twin.state.sessions.pop(session, None)

    def _agency(self, query: Mapping[str, str]) -> str:
        named = [value for name, value in query.items() if name.casefold() in _AGENCY_PARAMETERS]
        return named[0] if named else self.twin.settings.agency

    @staticmethod
    def file_token(body: Any) -> str:
        """``getfile`` {DuongDan}: last part of the file's address; empty if none is named."""
        address = body.get("DuongDan") if isinstance(body, dict) else None
        return address.rpartition("/")[2] if isinstance(address, str) else ""

    @staticmethod
    def as_text(content: bytes) -> bytes:
        """How ``getfile`` tells a file: as a base64 string."""
        return json.dumps(base64.b64encode(content).decode()).encode()
