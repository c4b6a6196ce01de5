"""The console on a port of this machine, and a real Chromium that looks at it."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from connector.console.access.rights import CODE_DEMANDED, Role
from connector.gateway import listen, serve
from tests.integration.console_kit import PASSWORD, Town, quick_passwords, town
from tests.integration.core_world import world

__all__ = ["quick_passwords"]

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(kw_only=True)
class Screen:
    """One person at a screen. ``strangers``: requests that left the host; ``complaints``: what the browser complained of."""

    town: Town
    base: str
    page: Page
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        await self.page.goto(self.base + path)

    async def sign_in(self, name: str, role: Role) -> None:
        """As a person does it: password, then the code of the telephone."""
        if name not in {one.name for one in await self.town.site.accounts.listed()}:
            await self.town.account(name, role)
        await self.open("/login")
        await self.page.get_by_label("Tên tài khoản").fill(name)
        await self.page.get_by_label("Mật khẩu").fill(PASSWORD)
        await self.page.get_by_role("button", name="Tiếp tục").click()
        if role in CODE_DEMANDED:
            if name not in self.town.secrets:
                self.town.secrets[name] = await self.page.locator(".secret").inner_text()
            await self.page.get_by_label("Mã 6 chữ số").fill(self.town.code(name))
            await self.page.get_by_role("button", name="Tiếp tục").click()

    async def judge(self, name: str, *, dark: bool = False) -> None:
        """Keep a picture at both widths, and have axe look for what keeps people out; ``dark``: by night as well."""
        # a click does not wait for the page that it leads to
        await self.page.wait_for_load_state("networkidle")
        for kind, size in (("desk", DESK), ("phone", PHONE)):
            await self.page.set_viewport_size(size)
            wide = await self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{name} is wider than the {kind}"
            await self.page.screenshot(path=SHOTS / f"{name}-{kind}.png", full_page=True)
        await self.page.set_viewport_size(DESK)
        await self._nobody_kept_out(name)
        if dark:
            await self.page.emulate_media(color_scheme="dark")
            await self.page.screenshot(path=SHOTS / f"{name}-desk-dark.png", full_page=True)
            await self._nobody_kept_out(f"{name} (dark)")
            await self.page.emulate_media(color_scheme="light")

    async def shoot(self, name: str) -> None:
        """Keep a picture at both widths."""
        await self.page.wait_for_load_state("networkidle")
        for kind, size in (("desk", DESK), ("phone", PHONE)):
            await self.page.set_viewport_size(size)
            await self.page.screenshot(path=SHOTS / f"{name}-{kind}.png", full_page=True)
        await self.page.set_viewport_size(DESK)

    async def _nobody_kept_out(self, name: str) -> None:
        found = await Axe().run(self.page)
        grave = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
        told = [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in grave]
        assert not told, f"{name}: {told}"

    async def told(self, text: str) -> None:
        """The page says so; the one before may have said something else, so it is waited for."""
        await expect(self.page.get_by_role("status")).to_contain_text(text)


@pytest.fixture
async def here(migrated_url: str, tmp_path: Path) -> AsyncIterator[tuple[Town, str]]:
    """A console that listens, over a world of scripted systems."""
    async with (
        world(migrated_url, tmp_path, settling_s=20.0) as made,
        town(made, migrated_url) as opened,
    ):
        stop = asyncio.Event()
        with listen("127.0.0.1", 0) as bound:
            serving = asyncio.create_task(serve(opened.app, bound, stop))
            yield opened, f"http://127.0.0.1:{bound.getsockname()[1]}"
            stop.set()
            await serving


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    async with async_playwright() as played:
        browser = await played.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        await browser.close()


def complain(screen: Screen, told: ConsoleMessage) -> None:
    """Keep what the browser complains of on our own pages."""
    at = told.location.get("url", "")
    if told.type in ("error", "warning") and (not at or at.startswith(screen.base)):
        screen.complaints.append(told.text)


@asynccontextmanager
async def screen_of(
    chromium: Browser, here: tuple[Town, str], *, strict: bool = False, friend: str | None = None
) -> AsyncIterator[Screen]:
    """A screen; ``strict``: under the console's own policy and without scripts. ``friend``: a host that may be asked, too."""
    opened, base = here
    SHOTS.mkdir(parents=True, exist_ok=True)
    # axe is put into the page by the test; the console's own policy would not let it
    context: BrowserContext = await chromium.new_context(
        viewport=DESK, locale="vi-VN", bypass_csp=not strict, java_script_enabled=not strict
    )
    screen = Screen(town=opened, base=base, page=await context.new_page())
    ours = re.compile("|".join(re.escape(one) + "/" for one in (base, friend) if one))
    screen.page.on("request", lambda one: None if ours.match(one.url) else screen.strangers.append(one.url))
    screen.page.on("console", lambda one: complain(screen, one))
    yield screen
    await context.close()
    assert screen.strangers == [], "no request leaves the host"


@pytest.fixture
async def screen(chromium: Browser, here: tuple[Town, str]) -> AsyncIterator[Screen]:
    async with screen_of(chromium, here) as made:
        yield made
