"""What people do in the console on an ordinary day, in a real browser without any script."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from connector.console.access.rights import Role
from connector.errors import InDoubt
from connector.sync.lookup import MOST_LOOKUPS
from tests.browser.conftest import DESK, SHOTS, Screen
from tests.integration.console_kit import PASSWORD, Town
from tests.integration.core_mapping import CODE, NATIONAL, plain
from tests.integration.core_world import planned

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_an_administrator_signs_in_with_a_one_time_code_and_out_again(screen: Screen) -> None:
    await screen.town.account("quantri.mau", Role.ADMINISTRATOR)
    await screen.open("/login")
    await screen.judge("login")
    await screen.page.get_by_label("Tên tài khoản").fill("quantri.mau")
    await screen.page.get_by_label("Mật khẩu").fill("sai mật khẩu rồi")
    await screen.page.keyboard.press("Enter")
    await screen.page.get_by_role("heading", name="Không đăng nhập được").wait_for()
    await screen.judge("login-refused")
    await screen.open("/log")
    await screen.page.get_by_label("Tên tài khoản").fill("quantri.mau")
    await screen.page.get_by_label("Mật khẩu").fill(PASSWORD)
    await screen.page.keyboard.press("Enter")
    await screen.page.get_by_role("heading", name="Thiết lập mã xác thực").wait_for()
    await screen.judge("enrol")
    screen.town.secrets["quantri.mau"] = await screen.page.locator(".secret").inner_text()
    await screen.page.get_by_label("Mã 6 chữ số").fill(screen.town.code("quantri.mau"))
    await screen.page.keyboard.press("Enter")
    await screen.page.get_by_role("heading", name="Nhật ký đối soát").wait_for()
    await screen.page.get_by_role("button", name="Đăng xuất").click()
    await screen.told("Đã đăng xuất.")
    screen.town.world.clock.forward(60)
    await screen.sign_in("quantri.mau", Role.ADMINISTRATOR)
    await screen.page.get_by_role("heading", name="Tổng quan").wait_for()


async def test_a_viewer_finds_a_case_without_diacritics_and_has_it_explained(screen: Screen) -> None:
    w = screen.town.world
    w.register.put("7", plain("7", code=CODE))
    for number in range(1, 9):
        w.national.put(f"PAKN-{number}", plain(f"PAKN-{number}"))
    await w.rest(2)
    await screen.sign_in("xem.mau", Role.VIEWER)
    await screen.judge("overview")
    await screen.page.get_by_role("link", name="Hồ sơ", exact=True).first.click()
    await screen.judge("cases")
    await screen.page.get_by_role("searchbox").fill("ubnd tinh thanh hoa")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.get_by_label("Mã hồ sơ, mã của cổng")).to_have_value("ubnd tinh thanh hoa")
    await expect(screen.page.locator("tbody tr")).to_have_count(9)
    await screen.page.get_by_role("searchbox").fill("-3")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("tbody tr")).to_have_count(1)
    await screen.page.locator("tbody a").click()
    await screen.page.get_by_role("heading", name="Hai phía so với mốc đã khớp").wait_for()
    await screen.judge("case")
    await screen.page.pdf(path=SHOTS / "case.pdf", format="A4")
    await screen.page.emulate_media(color_scheme="dark")
    await screen.judge("case-dark")
    await screen.open("/cases?q=khong-co-ai")
    await screen.judge("cases-none")
    await screen.open("/users")
    await screen.page.get_by_role("heading", name="Không được phép").wait_for()
    await screen.judge("not-allowed")


async def test_an_operator_tries_a_quarantined_item_again(screen: Screen) -> None:
    w = screen.town.world
    for ref in ("1", "2"):
        w.national.put(ref, plain(ref, privacy="lạ"))
    await w.observe(NATIONAL)
    await screen.sign_in("vanhanh.mau", Role.OPERATOR)
    await screen.page.get_by_role("link", name="mục chờ xử lý").click()
    await screen.judge("quarantine")
    w.national.put("1", plain("1"))
    await screen.page.get_by_role("button", name="Thử lại").first.click()
    await screen.told("Đã cho thử lại.")
    await screen.page.locator("summary", has_text="Bỏ qua").click()
    await screen.page.get_by_label("Lý do bỏ qua").fill("Hồ sơ thử của cổng, không phải của dân")
    await screen.page.get_by_role("button", name="Bỏ qua").click()
    await screen.told("Đã bỏ qua.")
    assert await w.held() == []
    await screen.judge("quarantine-empty")


async def test_an_approver_decides_a_write_in_doubt(screen: Screen) -> None:
    w = screen.town.world
    await planned(w, "accepted")
    w.national.can(idempotent=False, lookup=frozenset())
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    for _ in range(MOST_LOOKUPS + 1):
        await w.deliver(NATIONAL)
        w.clock.forward(20)
    await screen.sign_in("pheduyet.mau", Role.APPROVER)
    await screen.page.get_by_role("link", name="lần gửi chưa rõ kết quả").click()
    await screen.judge("doubts")
    await screen.page.get_by_role("link", name="Xem bằng chứng").click()
    await screen.judge("doubt")
    await screen.page.get_by_label("ĐÃ có hiệu lực: ghi nhận, không gửi lại").check()
    await screen.page.get_by_label("Số văn bản làm căn cứ").fill("15/QĐ-VP")
    await screen.page.get_by_role("button", name="Ghi quyết định").click()
    await screen.told("không gửi lại")
    assert (await w.write(target=NATIONAL)).state == "done"


async def test_an_operator_holds_a_portal_and_lets_it_go(screen: Screen) -> None:
    await screen.sign_in("vanhanh.mau", Role.OPERATOR)
    await screen.page.get_by_role("link", name="Tạm dừng", exact=True).click()
    await screen.page.get_by_label("Dừng cái gì").select_option(label="Cổng Dịch vụ công quốc gia")
    await screen.page.get_by_label("Lý do").fill("Cổng báo bảo trì đến 15 giờ")
    await screen.page.get_by_role("button", name="Tạm dừng").click()
    await screen.told("Đã tạm dừng.")
    await screen.judge("pauses")
    await screen.open("/overview")
    await screen.judge("overview-held")
    await screen.open("/pauses")
    await screen.page.locator("article").get_by_label("Lý do").fill("Cổng đã chạy lại")
    await screen.page.get_by_role("button", name="Cho chạy lại").click()
    await screen.told("Đã cho chạy lại.")


async def test_every_page_is_usable_by_everybody_and_the_browser_has_nothing_to_complain_of(
    screen: Screen,
) -> None:
    await planned(screen.town.world, "accepted")
    await screen.sign_in("antoan.mau", Role.SECURITY_OFFICER)
    for name in ("deliveries", "runs", "log", "users", "settings", "account", "cases/1"):
        await screen.open(f"/{name}")
        await screen.judge(name.replace("/", "-"))
    await screen.open("/cases/1")
    await screen.page.get_by_role("button", name="Xem người gửi và nội dung").click()
    await screen.page.get_by_text("Lần xem này đã được ghi vào nhật ký").wait_for()
    await screen.judge("sender")
    await screen.open("/log")
    await screen.page.get_by_role("button", name="Kiểm tra toàn bộ chuỗi").click()
    await screen.page.get_by_text("Nhật ký nguyên vẹn").wait_for()
    await screen.judge("verified")
    await screen.page.get_by_role("link", name="English").click()
    await screen.open("/overview")
    await screen.page.get_by_role("heading", name="Overview").wait_for()
    assert screen.complaints == []


async def test_the_policy_of_the_console_itself_lets_the_pages_live(
    chromium: Browser, here: tuple[Town, str]
) -> None:
    """The other journeys bypass it for axe; here it is in force, and scripts are off."""
    opened, base = here
    await planned(opened.world, "accepted")
    context: Any = await chromium.new_context(viewport=DESK, java_script_enabled=False)
    page = await context.new_page()
    screen = Screen(town=opened, base=base, page=page)
    page.on("console", lambda one: screen.complaints.append(one.text))
    await screen.sign_in("quantri.mau", Role.ADMINISTRATOR)
    for name in ("overview", "cases", "cases/1", "quarantine", "log", "users"):
        await screen.open(f"/{name}")
    await expect(page.locator("nav.side a")).to_have_count(10)
    assert screen.complaints == []
    await context.close()
