"""Every page of the table of routes, so that a new one cannot be forgotten: by day and night, wide and narrow."""

import re
from urllib.parse import quote

import pytest
from playwright.async_api import Browser

from connector.console.access.rights import Role, rights_of
from connector.console.route import Action, Page
from connector.console.table import ROUTES
from connector.errors import InDoubt
from connector.reconcile.scope import Reach, Scope
from connector.sync.lookup import MOST_LOOKUPS
from connector.sync.reconcile import run_pass
from tests.browser.conftest import Screen, screen_of
from tests.integration.console_kit import PASSWORD, Town
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import World, planned
from tests.integration.seeded import HOUR

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

PEOPLE = {"quantri.mau": Role.ADMINISTRATOR, "vanhanh.mau": Role.OPERATOR}
"""Between them they may open every page."""
BEFORE = {"/login", "/login/code", "/login/enrol"}
ASKED = {
    "/reports/cases": "/reports/cases?period=2026-11&number=received",
    "/mappings/file": "/mappings/file?file=policy.toml",
}
"""Pages that show nothing unless they are asked for something."""
SHOWN = {
    "/cases/{id}/sender",
    "/log/verify",
    "/account/tokens",
    "/plans/{digest}/steps/{number}/values",
}
"""Actions whose outcome is a page: the last one is looked at where a plan is made."""


async def busy(w: World, t: Town) -> dict[str, str]:
    """Something on every page: differences, a write in doubt, a plan. Returns what stands in the places of paths."""
    w.national.put("2", plain("2"))
    await w.rest(2)
    w.national.put("2", {**plain("2"), "title": "Tiêu đề sửa ở cổng"})
    for _ in range(2):
        w.clock.forward(12 * HOUR)
        await run_pass(w.ctx, NATIONAL, Scope(reach=Reach.FULL), actor=None)
    [finding, *_] = await w.sql("SELECT id FROM finding ORDER BY id")
    maker = await t.enter("lap.mau", Role.OPERATOR)
    made = await maker.post("/plans", findings="yes")
    assert made.status_code == 303, made.text
    await planned(w, "accepted")
    w.national.can(idempotent=False, lookup=frozenset())
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    for _ in range(MOST_LOOKUPS + 1):
        await w.deliver(NATIONAL)
        w.clock.forward(20)
    [doubt, *_] = [one for one in await w.writes() if one.target == NATIONAL]
    return {
        "/cases/{name}": f"/cases/{doubt.case_id}",
        "/doubt/{id}": f"/doubt/{doubt.id}",
        "/findings/{id}": f"/findings/{finding['id']}",
        "/plans/{digest}": made.headers["location"].split("?")[0],
    }


def addresses(places: dict[str, str]) -> list[tuple[Page, str]]:
    """Each page of the table with an address; a new one with places has to be given some in :func:`busy`."""
    return [
        (one, places[one.path] if "{" in one.path else ASKED.get(one.path, one.path))
        for one in ROUTES
        if isinstance(one, Page) and one.path not in BEFORE
    ]


def who(page: Page) -> str:
    return next(name for name, role in PEOPLE.items() if page.right in rights_of(role, limited=False))


def called(path: str) -> str:
    return re.sub(r"\W+", "-", path.strip("/"))


async def test_every_page_is_usable_by_everybody_by_day_and_by_night(
    chromium: Browser, here: tuple[Town, str]
) -> None:
    opened, _ = here
    places = await busy(opened.world, opened)
    async with screen_of(chromium, here) as one, screen_of(chromium, here) as two:
        screens = {"quantri.mau": one, "vanhanh.mau": two}
        for name, screen in screens.items():
            await screen.sign_in(name, PEOPLE[name])
        for page, address in addresses(places):
            screen = screens[who(page)]
            answer = await screen.page.goto(screen.base + address)
            assert answer is not None
            assert answer.status == 200, address
            await screen.judge(f"page-{called(page.path)}", dark=True)
        await two.open(places["/cases/{name}"])
        await two.page.get_by_role("button", name="Xem người gửi và nội dung").click()
        await two.page.get_by_text("Lần xem này đã được ghi vào nhật ký").wait_for()
        await two.judge("page-sender", dark=True)
        await one.open("/log")
        await one.page.get_by_role("button", name="Kiểm tra toàn bộ chuỗi").click()
        await one.page.get_by_text("Nhật ký nguyên vẹn").wait_for()
        await one.judge("page-verified", dark=True)
        await two.open("/account")
        await two.page.locator("[name=label]").fill("Máy báo cáo")
        await two.page.get_by_role("checkbox").first.check()
        await two.page.get_by_role("spinbutton").fill("30")
        await two.page.get_by_role("button", name="Tạo mã truy cập").click()
        await two.page.locator(".secret").wait_for()
        await two.judge("page-token", dark=True)
        assert one.complaints + two.complaints == []
    assert {one.path for one in ROUTES if isinstance(one, Action) and one.shows} == SHOWN


async def test_every_page_lives_without_scripts_under_its_own_policy_and_asks_no_other_host(
    chromium: Browser, here: tuple[Town, str]
) -> None:
    """The other journeys bypass the policy for axe; here it is in force. Links are followed as they come."""
    opened, _ = here
    places = await busy(opened.world, opened)
    async with (
        screen_of(chromium, here, strict=True) as one,
        screen_of(chromium, here, strict=True) as two,
    ):
        screens = {"quantri.mau": one, "vanhanh.mau": two}
        for name, screen in screens.items():
            await screen.sign_in(name, PEOPLE[name])
        for page, address in addresses(places):
            screen = screens[who(page)]
            for lang in ("en", "vi"):
                answer = await screen.page.goto(f"{screen.base}/language/{lang}?next={quote(address)}")
                assert answer is not None
                assert (answer.status, answer.url) == (200, screen.base + address)
        for screen in screens.values():
            await crawl(screen)
        assert one.complaints + two.complaints == []


async def crawl(screen: Screen) -> None:
    """Follow every kind of link that a page shows, once: none is dead."""
    todo, seen = ["/"], set[str]()
    while todo:
        path = todo.pop(0)
        kind = re.sub(r"\d+|[0-9a-f]{16,}", "N", path.split("#")[0])
        # a file is taken away, not opened
        if kind in seen or len(seen) > 150 or ".csv" in kind:
            continue
        seen.add(kind)
        answer = await screen.page.goto(screen.base + path)
        assert answer is not None
        assert answer.status == 200, path
        found = await screen.page.locator("a[href^='/']").evaluate_all(
            "all => all.map(one => one.getAttribute('href'))"
        )
        todo += [one for one in found if not one.startswith("/language")]
    assert len(seen) > 15


async def test_the_pages_before_the_door_are_usable_by_everybody(screen: Screen) -> None:
    await screen.town.account("quantri.mau", Role.ADMINISTRATOR)
    for path in ("/login", "/login/enrol", "/login/code"):
        await screen.open("/login")
        if path != "/login":
            await screen.page.get_by_label("Tên tài khoản").fill("quantri.mau")
            await screen.page.get_by_label("Mật khẩu").fill(PASSWORD)
            await screen.page.keyboard.press("Enter")
            await screen.page.wait_for_url(f"**{path}")
        await screen.judge(f"page-{called(path)}", dark=True)
        if path == "/login/enrol":
            screen.town.secrets["quantri.mau"] = await screen.page.locator(".secret").inner_text()
            await screen.page.get_by_label("Mã 6 chữ số").fill(screen.town.code("quantri.mau"))
            await screen.page.keyboard.press("Enter")
            await screen.page.get_by_role("button", name="Đăng xuất").click()
            await screen.told("Đã đăng xuất.")
    await screen.open("/khong-co-trang-nay")
    await screen.judge("page-unknown", dark=True)
    assert {one.path for one in ROUTES if isinstance(one, Page) and one.path.startswith("/login")} == BEFORE
