"""The provider of single sign-on over HTTP: what it publishes about itself, its keys, and a code turned into claims."""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

from joserfc.jwk import ECKey, RSAKey

from connector.clock import Clock
from connector.errors import ConnectorError, SettingsError, SsoUnavailable
from connector.sections.console import OidcSettings
from connector.sso import id_token, logout_token
from connector.sso.id_token import Asked, UnknownKey
from connector.sso.logout_token import LogoutToken
from connector.transport import TransportSettings, check_url

if TYPE_CHECKING:
    from connector.transport import HttpClient, Reply

T = TypeVar("T")

KEPT = timedelta(hours=1)
"""What the provider publishes is read anew after so long; its keys also when a token names one that is not known."""

WELL_KNOWN = "/.well-known/openid-configuration"
BACK = "/login/sso/back"
"""Where the provider sends a browser back to; to be registered there as the redirect address."""

AFTER_LOGOUT = "/login"


@dataclass(frozen=True, kw_only=True)
class Published:
    """What we need of the provider's discovery document. ``names_itself``: it adds ``iss`` to its answers (RFC 9207)."""

    authorize: str
    token: str
    keys: str
    end_session: str | None
    names_itself: bool
    secret_in_header: bool


class Provider:
    """One provider, with its client for life.

    Every method raises ``SsoUnavailable`` where the provider cannot be reached or does not answer as it should.
    """

    def __init__(self, own: OidcSettings, clock: Clock) -> None:
        self._own = own
        self._client_id = own.client_id or ""
        self._console_url = (own.console_url or "").rstrip("/")
        self._clock = clock
        self._client: HttpClient | None = None
        self._published: tuple[datetime, Published] | None = None
        self._keys: tuple[datetime, tuple[RSAKey | ECKey, ...]] | None = None
        self._one = asyncio.Lock()

    @property
    def issuer(self) -> str:
        """Its name for itself."""
        assert self._own.issuer is not None
        return self._own.issuer

    @property
    def back(self) -> str:
        """Our address for its answers."""
        return self._console_url + BACK

    async def way_in(self, *, state: str, nonce: str, challenge: str) -> str:
        """The address at which somebody signs in there, for this one time."""
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self.back,
            "scope": " ".join(self._own.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if self._own.acr_values:
            asked["acr_values"] = " ".join(self._own.acr_values)
        return _with((await self.published()).authorize, asked)

    async def way_out(self) -> str | None:
        """The address at which somebody signs out there and comes back to us; None if it has none.

        Without an ID token as a hint, which would have to be kept: the provider asks the person instead.
        """
        end = (await self.published()).end_session
        after = self._console_url + AFTER_LOGOUT
        asked = {"client_id": self._client_id, "post_logout_redirect_uri": after}
        return _with(end, asked) if end else None

    async def claims(self, *, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """What the provider says of the person who came back with this code.

        Raises:
            SsoRefused: it does not take the code, or its ID token does not hold.
        """
        told = await self._redeem(code, verifier)
        token, access = told.get("id_token"), told.get("access_token")
        if not isinstance(token, str):
            raise id_token.refused(why="no_token")
        asked = Asked(issuer=self.issuer, client_id=self._client_id, nonce=nonce)
        access = access if isinstance(access, str) else None
        return await self._held(
            lambda keys: id_token.check(token, keys, asked, access_token=access, now=self._clock.now())
        )

    async def signed_out(self, token: str) -> LogoutToken:
        """What the provider says of somebody who signed out there. Raises ``SsoRefused`` if its token does not hold."""
        return await self._held(
            lambda keys: logout_token.check(
                token, keys, issuer=self.issuer, client_id=self._client_id, now=self._clock.now()
            )
        )

    async def _held(self, check: Callable[[Sequence[RSAKey | ECKey]], T]) -> T:
        """What the check of a token finds; the keys are read anew where it was signed by one that is not known."""
        try:
            return check(await self._signing_keys(anew=False))
        except UnknownKey:
            return check(await self._signing_keys(anew=True))

    async def published(self) -> Published:
        """Its discovery document, read at most once an hour."""
        async with self._one:
            if self._published is None or self._clock.now() - self._published[0] >= KEPT:
                told = await self._read(self.issuer.rstrip("/") + WELL_KNOWN)
                self._published = (self._clock.now(), self._checked(told))
            return self._published[1]

    async def look(self) -> int:
        """What it publishes and its keys, as for somebody who signs in. Returns how many keys it signs with."""
        return len(await self._signing_keys(anew=True))

    async def aclose(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.aclose()

    def _checked(self, told: Mapping[str, Any]) -> Published:
        if told.get("issuer") != self.issuer:
            msg = "console.oidc.issuer khác với tên mà hệ thống đó công bố / the provider publishes another issuer"
            raise SsoUnavailable(msg, why="issuer")
        found: dict[str, str] = {}
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"):
            value = told.get(name)
            if value is None and name == "end_session_endpoint":
                continue
            found[name] = _address(value)
        ways = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Published(
            authorize=found["authorization_endpoint"],
            token=found["token_endpoint"],
            keys=found["jwks_uri"],
            end_session=found.get("end_session_endpoint"),
            names_itself=told.get("authorization_response_iss_parameter_supported") is True,
            secret_in_header=isinstance(ways, list) and "client_secret_basic" in ways,
        )

    async def _signing_keys(self, *, anew: bool) -> tuple[RSAKey | ECKey, ...]:
        published = await self.published()
        async with self._one:
            if anew or self._keys is None or self._clock.now() - self._keys[0] >= KEPT:
                told = await self._read(published.keys)
                try:
                    self._keys = (self._clock.now(), id_token.read_keys(told))
                except ValueError:
                    raise _unfit(what="keys") from None
            return self._keys[1]

    async def _redeem(self, code: str, verifier: str) -> Mapping[str, Any]:
        published = await self.published()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret = self._own.client_secret
        if secret is not None and published.secret_in_header:
            pair = f"{quote_plus(self._client_id)}:{quote_plus(secret.get_secret_value())}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_id"] = self._client_id
            if secret is not None:
                form["client_secret"] = secret.get_secret_value()
        reply = await self._send("POST", published.token, safe=False, form=form, headers=headers)
        told = _object(reply)
        if reply.status == 400 and told.get("error") == "invalid_grant":
            raise id_token.refused(why="code")
        if reply.status != 200:
            # anything else means that the two of us do not understand each other, whoever signs in
            raise _unfit(what=f"token endpoint: HTTP {reply.status}")
        return told

    async def _read(self, url: str) -> Mapping[str, Any]:
        reply = await self._send("GET", url, safe=True, headers={"Accept": "application/json"})
        if reply.status != 200:
            raise _unfit(what=f"HTTP {reply.status}")
        return _object(reply)

    async def _send(
        self,
        method: str,
        url: str,
        *,
        safe: bool,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> "Reply":
        content = urlencode(form).encode() if form is not None else None
        try:
            return await self._http().request(method, url, safe=safe, content=content, headers=headers)
        except ConnectorError as error:
            msg = f"không liên lạc được hệ thống đăng nhập một lần / the provider cannot be reached ({error.code})"
            raise SsoUnavailable(msg, why="unreachable") from None

    def _http(self) -> "HttpClient":
        if self._client is None:
            from connector.transport import HttpClient  # noqa: PLC0415  # loaded only where somebody is called

            limits = TransportSettings(
                read_timeout_s=10,
                tries=2,
                retry_total_s=5,
                max_reply_bytes=512 * 1024,
                ca_file=self._own.ca_file,
            )
            self._client = HttpClient("oidc", limits, self._clock)
        return self._client


def _object(reply: "Reply") -> Mapping[str, Any]:
    try:
        told = json.loads(reply.content)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise _unfit(what="not JSON")
    return told


def _address(value: object) -> str:
    try:
        check_url(str(value))
    except SettingsError:
        raise _unfit(what="an address in its discovery document") from None
    return str(value)


def _with(address: str, asked: Mapping[str, str]) -> str:
    return address + ("&" if urlsplit(address).query else "?") + urlencode(asked)


def _unfit(*, what: str) -> SsoUnavailable:
    msg = (
        f"hệ thống đăng nhập một lần trả lời không đúng / the provider does not answer as it should ({what})"
    )
    return SsoUnavailable(msg, why="answer")
