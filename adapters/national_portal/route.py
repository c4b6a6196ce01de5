"""The three ways to the portal (national-portal contract §1): one call in, one HTTP request out.

direct: own security server's REST adapter. lgsp: the same behind the province's WSO2 gateway, with its Bearer token.
facade: a gateway with one address per service, which owns login, session, ``madonvi`` and ``dstcode``.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from adapters.national_portal.session import Issued, Pauses, Renewable
from adapters.national_portal.settings import FacadeRoute, Leg, LgspRoute, NationalPortalSettings
from adapters.national_portal.wire import HEADERS, envelope, write_json
from connector.clock import Clock
from connector.errors import CredentialsRefused, Transient
from connector.transport import HttpClient, Reply

CATALOGUE_SERVICES = frozenset({"dm_co_quan", "dm_linh_vuc"})
DEFAULT_TOKEN_LIFE_S = 300.0


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a service, route-free.

    Attributes:
        service: our name of the service.
        body: its fields at top level.
        items: elements of ``data[]``, None for a service without.
    """

    service: str
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    items: Sequence[Mapping[str, Any]] | None = field(default=None, repr=False)


class Route:
    """Sends calls over the configured way. Keeps the gateway's token; the portal's session is the caller's."""

    def __init__(self, settings: NationalPortalSettings, http: HttpClient, clock: Clock) -> None:
        self._settings = settings
        self._http = http
        self._token = self._renewable_token(clock)
        self.owns_session = not isinstance(settings.route, FacadeRoute)

    async def login(self, user: str, password: str) -> Reply:
        """``POST {adapter}/mapi/login`` (§2.1)."""
        body = write_json({"username": user, "password": password})
        return await self._send(
            "POST", self._settings.login_path, "login", body, safe=True, operation="login"
        )

    async def post(self, call: Call, session: str | None, *, safe: bool) -> Reply:
        """One service call in the form that the way demands."""
        settings = self._settings
        if isinstance(settings.route, FacadeRoute):
            return await self._post_to_facade(settings.route, call, safe=safe)
        leg: Leg = "share" if call.service in CATALOGUE_SERVICES else "integration"
        path = settings.share_path if leg == "share" else settings.integration_path
        data = {} if call.items is None else {"data": list(call.items)}
        body = envelope(
            session or "", settings.madonvi, settings.service(call.service), {**call.body, **data}
        )
        return await self._send("POST", path, leg, body, safe=safe, operation=call.service)

    async def read_path(self, path: str, *, most_bytes: int) -> Reply:
        """GET a file below the adapter (§2.4). ``path`` begins with "/" and may carry a query."""
        return await self._send(
            "GET", path.lstrip("/"), "file", None, safe=True, operation="file", most_bytes=most_bytes
        )

    async def read_by_service(self, address: str, *, most_bytes: int) -> Reply:
        """The facade's file service: ``{DuongDan}`` in, base64 out (§2.4)."""
        route = self._settings.route
        assert isinstance(route, FacadeRoute)
        # base64 takes a third more, and the answer may wrap it
        room = most_bytes * 3 // 2 + 4096
        url = f"{route.base}/{route.file_service}"
        return await self._authorised(
            "POST",
            url,
            write_json({"DuongDan": address}),
            dict(HEADERS),
            safe=True,
            operation="file",
            most_bytes=room,
        )

    async def _post_to_facade(self, route: FacadeRoute, call: Call, *, safe: bool) -> Reply:
        params = {} if route.agency_parameter is None else {route.agency_parameter: self._settings.madonvi}
        rows: Sequence[Mapping[str, Any]]
        if call.items is not None:
            params |= {key: str(value) for key, value in call.body.items()}
            rows = call.items
        else:
            rows = [call.body] if call.body else []
        url = f"{route.base}/{self._settings.service(call.service)}"
        url += f"?{urlencode(params)}" if params else ""
        return await self._authorised(
            "POST", url, write_json(list(rows)), dict(HEADERS), safe=safe, operation=call.service
        )

    async def _send(
        self,
        method: str,
        path: str,
        leg: Leg,
        body: bytes | None,
        *,
        safe: bool,
        operation: str,
        most_bytes: int | None = None,
    ) -> Reply:
        settings = self._settings
        url = f"{settings.adapter_base}/{path}"
        headers = dict(HEADERS) if body is not None else {"Accept": "*/*"}
        if settings.dstcode is not None and leg in settings.dstcode_on:
            if settings.dstcode_in == "header":
                headers["dstcode"] = settings.dstcode
            elif settings.dstcode_in == "query":
                url += ("&" if "?" in url else "?") + urlencode({"dstcode": settings.dstcode})
        return await self._authorised(
            method, url, body, headers, safe=safe, operation=operation, most_bytes=most_bytes
        )

    async def _authorised(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: dict[str, str],
        *,
        safe: bool,
        operation: str,
        most_bytes: int | None = None,
    ) -> Reply:
        """Send with the gateway's token; a 401 of the gateway never reached the portal, so one resend is harmless.

        Raises:
            CredentialsRefused: the gateway refused a fresh token as well.
        """
        for _ in range(2):
            token = await self._bearer()
            out = headers if token is None else {**headers, "Authorization": f"Bearer {token}"}
            reply = await self._http.request(
                method,
                url,
                safe=safe,
                content=body,
                headers=out,
                max_bytes=most_bytes,
                operation=operation,
            )
            if reply.status != 401 or token is None:
                return reply
            if self._token is None:
                break
            self._token.drop(token)
        msg = "the gateway refuses our token"
        error = CredentialsRefused(msg, status=401)
        if self._token is not None:
            self._token.distrust(error)
        raise error

    async def _bearer(self) -> str | None:
        route = self._settings.route
        if isinstance(route, FacadeRoute) and route.bearer_token is not None:
            return route.bearer_token.get_secret_value()
        return None if self._token is None else await self._token.get()

    def _renewable_token(self, clock: Clock) -> Renewable | None:
        route = self._settings.route
        if not isinstance(route, LgspRoute | FacadeRoute) or route.token_url is None:
            return None
        pauses = Pauses(refused_s=self._settings.refusal_cooldown_s, failed_s=self._settings.login_pause_s)
        return Renewable(lambda: self._fetch_token(route), clock, pauses)

    async def _fetch_token(self, route: LgspRoute | FacadeRoute) -> Issued:
        """WSO2 client credentials (§1.2).

        Raises:
            CredentialsRefused: the gateway does not know the consumer key.
            Transient: anything else.
        """
        assert route.token_url is not None
        assert route.consumer_secret is not None
        pair = f"{route.consumer_key}:{route.consumer_secret.get_secret_value()}"
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        }
        reply = await self._http.request(
            "POST",
            route.token_url,
            safe=True,
            content=b"grant_type=client_credentials",
            headers=headers,
            operation="token",
        )
        if reply.status in {400, 401, 403}:
            msg = "the gateway refuses the consumer key"
            raise CredentialsRefused(msg, status=reply.status)
        return _token_of(reply, route.renew_before_s)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._http.aclose()


def _token_of(reply: Reply, renew_before_s: float) -> Issued:
    try:
        tree = json.loads(reply.content if reply.status == 200 else b"{}")
        token = tree["access_token"]
        lasts = float(tree.get("expires_in") or DEFAULT_TOKEN_LIFE_S)
    except (ValueError, TypeError, KeyError, AttributeError):
        token, lasts = None, 0.0
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        msg = "the gateway's token answer cannot be read"
        raise Transient(msg, status=reply.status)
    # a token that lives shorter than the margin is used for half its life
    return Issued(value=token, lasts_s=max(lasts - renew_before_s, lasts / 2))
