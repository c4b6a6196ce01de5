"""Providers of single sign-on for the tests: a real one as a process, and a small one that lies as it is told."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit
from uuid import uuid4

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from connector.gateway import listen, serve
from connector.sections.console import OidcSettings
from tests.integration.console_kit import BASE, Browser, Town, town
from tests.integration.core_world import World

CLIENT, SECRET = "phanhoi", "bí mật mẫu:+%"
PASSWORD = "mật khẩu của cổng"
PROGRAM = Path(__file__).with_name("sso_provider.py")


@dataclass(kw_only=True)
class RealProvider:
    """A provider as a process, with people whose claims can change."""

    issuer: str
    folder: Path

    def tell(self, who: str, /, **claims: Any) -> None:
        """From now on this is what it says of somebody."""
        path = self.folder / "people.json"
        told = json.loads(path.read_text())
        told[who] = {"password": PASSWORD, **claims}
        path.write_text(json.dumps(told))


@contextmanager
def real_provider(
    folder: Path, people: dict[str, dict[str, Any]], console_url: str = BASE
) -> Iterator[RealProvider]:
    """Run it, until the end of the block."""
    folder.mkdir(exist_ok=True)
    given = {"client_id": CLIENT, "client_secret": SECRET, "console_url": console_url}
    (folder / "provider.json").write_text(json.dumps(given))
    (folder / "people.json").write_text(
        json.dumps({name: {"password": PASSWORD, **claims} for name, claims in people.items()})
    )
    with Popen([sys.executable, str(PROGRAM), str(folder), "0"], stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().split()[1]
            yield RealProvider(issuer=f"http://127.0.0.1:{port}/o", folder=folder)
        finally:
            process.kill()


@dataclass(kw_only=True)
class LyingProvider:
    """A provider whose answers the test decides. By itself it is honest.

    Attributes:
        published: what its discovery document says otherwise.
        claims: what its ID token says otherwise; ``...`` leaves a claim out.
        key: what it signs with; ``header``: what the token's header says otherwise.
        token: an ID token of the test's own making.
        answer: status and body of the token endpoint, instead of an ID token.
        seen: what was sent to the token endpoint, with the client's proof.
    """

    issuer: str = ""
    published: dict[str, Any] = field(default_factory=dict)
    keys: list[RSAKey | ECKey] = field(default_factory=list)
    key: RSAKey | ECKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "mot"}))
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    token: str | None = None
    answer: tuple[int, Any] | None = None
    nonce: str = ""
    seen: list[dict[str, str]] = field(default_factory=list)
    key_reads: int = 0
    used: set[str] = field(default_factory=set)

    def app(self, now: Any) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def discovery() -> Any:
            told = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.published,
            }
            return {name: value for name, value in told.items() if value is not ...}

        @app.get("/keys")
        def keys() -> Any:
            self.key_reads += 1
            return {"keys": [one.as_dict(private=False) for one in self.keys or [self.key]]}

        @app.post("/token")
        async def token(request: Request) -> Any:
            form = dict(parse_qsl((await request.body()).decode()))
            self.seen.append({**form, "authorization": request.headers.get("authorization", "")})
            if self.answer is not None:
                return JSONResponse(self.answer[1], self.answer[0])
            if form["code"] in self.used:
                return JSONResponse({"error": "invalid_grant"}, 400)
            self.used.add(form["code"])
            return {"access_token": "a", "token_type": "Bearer", "id_token": self.token or self.sign(now())}

        return app

    def sign(self, now: datetime) -> str:
        at = int(now.timestamp())
        good = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "p-1",
            "nonce": self.nonce,
            "iat": at,
            "exp": at + 300,
        }
        return self._signed({**good, **self.claims})

    def sign_logout(self, now: datetime, **claims: Any) -> str:
        """A logout token about ``p-1``; ``...`` leaves a claim out."""
        at = int(now.timestamp())
        good = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "p-1",
            "iat": at,
            "exp": at + 120,
            "jti": uuid4().hex,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        return self._signed({**good, **claims})

    def _signed(self, claims: dict[str, Any]) -> str:
        told = {name: value for name, value in claims.items() if value is not ...}
        alg = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        return jws.serialize_compact(
            {"alg": alg, "kid": self.key.kid, **self.header}, json.dumps(told), self.key
        )


@asynccontextmanager
async def lying_provider(w: World) -> AsyncIterator[LyingProvider]:
    made, stop = LyingProvider(), asyncio.Event()
    with listen("127.0.0.1", 0) as bound:
        made.issuer = f"http://127.0.0.1:{bound.getsockname()[1]}"
        serving = asyncio.create_task(serve(made.app(w.clock.now), bound, stop))
        yield made
        stop.set()
        await serving


@asynccontextmanager
async def sso_town(
    w: World, url: str, issuer: str, *, console_url: str = BASE, **given: Any
) -> AsyncIterator[Town]:
    """The console with single sign-on by that provider, on the day that it is."""
    w.clock.forward((datetime.now(UTC) - w.clock.now()).total_seconds())
    oidc = OidcSettings(
        issuer=issuer,
        client_id=CLIENT,
        client_secret=SECRET,
        console_url=console_url,
        **given,  # type: ignore[arg-type]
    )
    console = w.ctx.settings.console.model_copy(update={"oidc": oidc})
    w.ctx = replace(w.ctx, settings=w.ctx.settings.model_copy(update={"console": console}))
    async with town(w, url) as opened:
        yield opened
        assert opened.site.sso is not None
        await opened.site.sso.provider.aclose()


async def away(browser: Browser, goal: str = "/") -> dict[str, str]:
    """Press the button; returns what the provider is asked."""
    answer = await browser.client.get("/login/sso", params={"next": goal})
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def through(browser: Browser, name: str, goal: str = "/", password: str = PASSWORD) -> httpx.Response:
    """A whole sign-in at the real provider, as a browser does it; returns our answer to its way back."""
    to = (await browser.client.get("/login/sso", params={"next": goal})).headers["location"]
    return await browser.client.get(await signed_in_there(to, name, password))


async def signed_in_there(to: str, name: str, password: str = PASSWORD) -> str:
    """Sign in at the real provider; returns the address that it sends the browser back to."""
    async with httpx.AsyncClient() as there:
        answer = await there.get(to)
        while answer.is_redirect and not answer.headers["location"].startswith(BASE):
            answer = await there.get(urljoin(str(answer.url), answer.headers["location"]))
            if 'name="username"' in answer.text:
                form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text.replace("&amp;", "&")))
                form |= {"username": name, "password": password}
                answer = await there.post(str(answer.url), data=form)
        assert answer.is_redirect, answer.text
        return answer.headers["location"]
