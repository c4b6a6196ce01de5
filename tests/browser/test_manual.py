"""The manual in a real browser, opened from a folder as in a closed network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, SHOTS
from tests.site_kit import build_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PAGES = ("index.vi", "tutorial", "howto/real-portal.vi", "settings", "reference/console-api", "architecture")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A reader's page; nothing is asked of any host, and the browser complains of nothing."""
    context = await chromium.new_context(viewport=DESK, locale="vi-VN")
    page = await context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
    yield page
    await context.close()
    assert not [url for url in asked if not url.startswith("file:")]
    assert complaints == []


async def test_who_types_without_marks_finds_words_with_marks(page: Page, site: Path) -> None:
    await page.goto((site / "index.vi.html").as_uri())
    await page.get_by_role("searchbox").fill("sao luu khoi phuc")
    first = page.locator("#results a").first
    await expect(first).to_contain_text("Sao lưu")
    await first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Sao lưu và khôi phục")


async def test_the_language_that_was_chosen_stays(page: Page, site: Path) -> None:
    menu = page.get_by_role("navigation", name="Mục lục / Contents")
    await page.goto((site / "tutorial.vi.html").as_uri())
    await expect(menu.get_by_role("link", name="Người vận hành")).to_be_visible()
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("The first hour")
    await menu.get_by_role("link", name="Operations", exact=True).click()  # a page that holds both
    await expect(menu.get_by_role("link", name="Alerts and runbooks")).to_be_visible()
    await expect(menu.get_by_role("link", name="Cảnh báo")).to_be_hidden()


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_keeps_nobody_out_and_fits_the_phone(name: str, page: Page, site: Path) -> None:
    await page.goto((site / f"{name}.html").as_uri())
    for kind, size in (("phone", PHONE), ("desk", DESK)):
        await page.set_viewport_size(size)
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], kind
        await page.screenshot(path=SHOTS / f"manual-{name.replace('/', '-')}-{kind}.png")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        # axe would fetch the style sheets anew, which no page from a folder may
        found = await Axe().run(page, options={"preload": False})
        grave = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
        assert not [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in grave], scheme
