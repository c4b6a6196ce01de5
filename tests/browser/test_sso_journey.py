"""Signing in by single sign-on in a real browser, at a real provider, under the console's own policy and without scripts."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from connector.gateway import listen, serve
from tests.browser.conftest import Screen, screen_of
from tests.integration.core_world import world
from tests.integration.sso_kit import PASSWORD, real_provider, sso_town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PEOPLE = {
    "an.do": {"name": "Đỗ Thị Ân", "groups": ["ph-vanhanh"]},
    "chi.mau": {"name": "Lê Thị Chi", "groups": []},
}


async def at_provider(screen: Screen, name: str) -> None:
    await screen.page.get_by_label("Tên đăng nhập").fill(name)
    await screen.page.get_by_label("Mật khẩu").fill(PASSWORD)
    await screen.page.get_by_role("button", name="Đăng nhập").click()


async def test_an_official_comes_in_by_the_provinces_provider_and_leaves_both(
    chromium: Browser, migrated_url: str, tmp_path: Path
) -> None:
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as bound:
        base = f"http://127.0.0.1:{bound.getsockname()[1]}"
        given = {"create": True, "role_claim": "groups", "roles": {"ph-vanhanh": "operator"}}
        with real_provider(tmp_path / "provider", PEOPLE, base) as provider:
            host = provider.issuer.removesuffix("/o")
            async with (
                world(migrated_url, tmp_path) as w,
                sso_town(
                    w,
                    migrated_url,
                    provider.issuer,
                    console_url=base,
                    label="Cổng đăng nhập của tỉnh",
                    **given,
                ) as opened,
            ):
                serving = asyncio.create_task(serve(opened.app, bound, stop))
                async with screen_of(chromium, (opened, base), strict=True, friend=host) as screen:
                    await screen.open("/cases")
                    await screen.shoot("sso-login")
                    await screen.page.get_by_role(
                        "link", name="Đăng nhập bằng Cổng đăng nhập của tỉnh"
                    ).click()
                    await at_provider(screen, "an.do")
                    await screen.page.get_by_role("heading", name="Hồ sơ", exact=True).wait_for()
                    assert screen.page.url == f"{base}/cases"
                    await expect(screen.page.locator(".me")).to_contain_text("Đỗ Thị Ân")
                    await screen.open("/account")
                    await screen.shoot("sso-account")
                    await screen.page.get_by_role("button", name="Đăng xuất").click()
                    await screen.told("Đã đăng xuất khỏi bảng điều hành.")
                    await screen.shoot("sso-signed-out")
                    await screen.page.get_by_role("link", name="Đăng xuất cả ở đó").click()
                    await screen.page.locator("[name=allow]").click()
                    await screen.page.get_by_role("heading", name="Đăng nhập", exact=True).wait_for()
                    assert screen.page.url.startswith(f"{base}/login")
                    # really out: the provider asks again; and whoever has no role is told what to do
                    await screen.page.get_by_role("link", name="Cổng đăng nhập của tỉnh").click()
                    await at_provider(screen, "chi.mau")
                    await screen.page.get_by_role("heading", name="Không được phép").wait_for()
                    await screen.shoot("sso-no-role")
                    assert "code=" not in await screen.page.content()
                    assert [one for one in screen.complaints if "403" not in one] == []
                stop.set()
                await serving
