"""The console over a world of scripted systems: a browser without a screen, and people with accounts."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import httpx
import pyotp
import pytest
from argon2 import PasswordHasher

from connector.app import load_names, load_rules
from connector.console.access import passwords
from connector.console.access.rights import CODE_DEMANDED, Role
from connector.console.server import build_console, build_site
from connector.console.visit import Site
from tests.integration.core_world import World

PASSWORD = "mật khẩu mẫu 2026"
BASE = "http://127.0.0.1:8070"


@dataclass(kw_only=True)
class Browser:
    """One person's browser: keeps cookies, sends the token of the last page."""

    client: httpx.AsyncClient
    csrf: str = ""
    name: str = ""

    async def get(self, path: str, **query: str) -> httpx.Response:
        answer = await self.client.get(path, params=query or None)
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.csrf = found.group(1) if found else self.csrf
        return answer

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.csrf, **form})

    async def call(self, path: str, **body: Any) -> httpx.Response:
        """The JSON twin of an action."""
        return await self.client.post(f"/api{path}", json=body, headers={"x-csrf-token": self.csrf})


@dataclass(kw_only=True)
class Town:
    """The console and everybody who uses it."""

    world: World
    site: Site
    app: Any
    secrets: dict[str, str] = field(default_factory=dict)

    def browser(self, address: str = "127.0.0.1") -> Browser:
        transport = httpx.ASGITransport(app=self.app, client=(address, 50000), raise_app_exceptions=True)
        return Browser(client=httpx.AsyncClient(transport=transport, base_url=BASE))

    async def account(self, name: str, role: Role, agencies: tuple[str, ...] = ()) -> None:
        await self.site.accounts.create(
            name,
            display_name="Nguyễn Văn Mẫu",
            role=role,
            password=PASSWORD,
            actor="cli/mau",
            agencies=agencies,
        )

    async def enter(self, name: str, role: Role, agencies: tuple[str, ...] = ()) -> Browser:
        """A new account, signed in through the pages."""
        await self.account(name, role, agencies)
        return await self.sign_in(name, role)

    async def sign_in(self, name: str, role: Role) -> Browser:
        browser = self.browser()
        browser.name = name
        await browser.get("/login")
        answer = await browser.post("/login", name=name, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        if role in CODE_DEMANDED:
            assert answer.headers["location"] == "/login/enrol"
            page = await browser.get("/login/enrol")
            secret = re.search(r'class="secret">([A-Z2-7]+)<', page.text)
            assert secret is not None
            self.secrets[name] = secret.group(1)
            answer = await browser.post("/login/enrol", code=self.code(name))
            assert answer.status_code == 303, answer.text
        await browser.get("/account")
        return browser

    def code(self, name: str) -> str:
        """What the person's telephone shows now."""
        return pyotp.TOTP(self.secrets[name]).at(self.world.clock.now())


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost little: what one costs in earnest is tested once."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    monkeypatch.setattr(passwords, "_NOBODY", cheap.hash("không ai"))


@asynccontextmanager
async def town(world: World, url: str) -> AsyncIterator[Town]:
    """The world's own mappings, with the names of the shipped agencies and fields."""
    names = load_names(world.ctx.settings, date(2026, 11, 17))
    lists = replace(world.ctx.mappings, agencies=names.agencies, fields=names.fields)
    ctx = replace(world.ctx, book=load_rules(world.ctx.settings), mappings=lists)
    site = build_site(ctx, url)
    try:
        yield Town(world=world, site=site, app=build_console(site))
    finally:
        await site.reports.aclose()
