"""What people do in the console on an ordinary day, in a real browser; the last journey goes without any script."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from connector.alerts.condition import Condition, Fact
from connector.clock import LOCAL_ZONE
from connector.console.access.rights import Role
from connector.console.pages import charts, overview
from connector.errors import InDoubt
from connector.reconcile.scope import Reach, Scope
from connector.sections.ledger import LedgerSettings
from connector.services import alerts
from connector.services.alert_channels import send_due
from connector.store import alerts as alert_rows
from connector.store import plans, sessions
from connector.sync.lookup import MOST_LOOKUPS
from connector.sync.reconcile import run_pass
from connector.sync.resync import resync
from tests.browser.conftest import DESK, SHOTS, Screen, screen_of
from tests.integration.alert_kit import FROM, TO, alerting, closed_port
from tests.integration.console_kit import PASSWORD, Town
from tests.integration.console_watching_kit import lived_through
from tests.integration.core_mapping import CODE, NATIONAL, plain
from tests.integration.core_world import World, planned
from tests.integration.log_kit import ORIGIN, key_text
from tests.integration.seeded import HOUR, furnish, tamper

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


async def test_an_operator_sees_an_alert_and_takes_it_on(screen: Screen) -> None:
    w = screen.town.world
    await screen.sign_in("vanhanh.mau", Role.OPERATOR)
    await screen.open("/alerts")
    await screen.judge("alerts-empty")
    ctx = alerting(
        w.ctx,
        mail={"host": "127.0.0.1", "port": closed_port(), "sender": FROM, "to": TO},
        quarantine_growth=2,
    )
    number = await planned(w, "accepted")
    w.national.can(idempotent=False, lookup=frozenset())
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    for ref in ("11", "12"):
        w.national.put(ref, plain(ref, privacy="lạ"))
    await w.observe(NATIONAL)
    w.clock.forward(HOUR)
    await alerts.look(ctx)
    await send_due(ctx)
    async with w.db.unit() as unit:
        over = Fact(condition=Condition.BREAKER_OPEN, subject=NATIONAL, count=1, since=w.clock.now())
        raised = await alert_rows.raise_(unit.conn, over, w.clock.now())
        await alert_rows.save(unit.conn, replace(raised, ended_at=w.clock.now()))
    await screen.sign_in("vanhanh.mau", Role.OPERATOR)  # an hour has gone by
    await screen.open("/overview")
    await screen.page.get_by_role("link", name="cảnh báo đang mở").click()
    await screen.page.get_by_role("heading", name="Lần gửi chưa rõ kết quả đang chờ").wait_for()
    await screen.judge("alerts")
    await screen.page.emulate_media(color_scheme="dark")
    await screen.judge("alerts-dark")
    first = screen.page.locator("article").first
    await expect(first.get_by_role("link", name=str(number), exact=True)).to_be_visible()
    await first.get_by_label("Lý do").first.fill("Đang gọi đầu mối của cổng")
    await first.get_by_role("button", name="Nhận xử lý").click()
    await screen.told("Đã nhận xử lý.")
    noted = screen.page.locator("article", has_text="Đang gọi đầu mối của cổng")
    await expect(noted).to_contain_text("đã nhận xử lý")
    await noted.locator("summary").click()
    await noted.get_by_label("Số giờ im").fill("6")
    await noted.get_by_label("Lý do").last.fill("Cổng bảo trì đến chiều")
    await noted.get_by_role("button", name="Tạm im").click()
    await screen.told("Đã tạm im.")
    await screen.judge("alerts-taken-on")


async def differ(w: World) -> None:
    """Some days with passes: titles that the live flow never reads, one of them mended later, a forged baseline."""
    await furnish(w, 6)
    for day in range(5):
        if day < 3:
            w.national.put(f"N{day}", {**(w.national.data(f"N{day}") or {}), "title": f"Tiêu đề sửa {day}"})
        if day == 2:
            await tamper(w, [4])
        if day == 4:
            w.national.put("N0", {**(w.national.data("N0") or {}), "title": w.register.data("R0")["title"]})  # type: ignore[index]
        for _ in range(2):
            w.clock.forward(12 * HOUR)
            await run_pass(w.ctx, NATIONAL, Scope(reach=Reach.FULL), actor=None)


async def test_an_operator_finds_a_difference_and_acknowledges_it(screen: Screen) -> None:
    w = screen.town.world
    await differ(w)
    await screen.sign_in("vanhanh.mau", Role.OPERATOR)
    await screen.page.get_by_role("link", name="Đối soát", exact=True).click()
    await screen.judge("reconcile")
    await screen.page.emulate_media(color_scheme="dark")
    await screen.judge("reconcile-dark")
    await screen.page.emulate_media(color_scheme="light")
    await screen.page.get_by_role("link", name="Chênh lệch", exact=True).click()
    await screen.judge("findings")
    await screen.page.get_by_role("link", name="Trường khác nhau").first.click()
    await screen.judge("finding")
    await screen.page.get_by_label("Vì sao được để vậy").fill("Cổng hẹn sửa trong tuần này")
    day = (w.clock.now().astimezone(LOCAL_ZONE)).date()
    await screen.page.get_by_label("Đến hết ngày").fill(day.isoformat())
    await screen.page.get_by_role("button", name="Ghi nhận").click()
    await screen.told("Đã ghi nhận chênh lệch.")
    await screen.page.get_by_text("Cổng hẹn sửa trong tuần này").wait_for()
    await screen.judge("finding-noted")


async def test_a_plan_is_made_by_one_person_approved_by_another_and_watched_to_its_end(
    screen: Screen, chromium: Browser, here: tuple[Town, str]
) -> None:
    w = screen.town.world
    await differ(w)
    # an answer that is public: whatever touches it needs a second person
    w.clock.forward(60)
    limits = w.ctx.settings.resync.model_copy(update={"approve_writes": 0})
    object.__setattr__(w.ctx.settings, "resync", limits)
    object.__setattr__(screen.town.site.ctx.settings, "resync", limits)
    await screen.sign_in("vanhanh.mau", Role.OPERATOR)
    await screen.page.get_by_role("link", name="Đồng bộ lại", exact=True).click()
    await screen.judge("plans-empty")
    await screen.page.get_by_role("link", name="Lập kế hoạch").click()
    await screen.judge("plan-new")
    await screen.page.get_by_label("Mọi chênh lệch mà kế hoạch sửa được").check()
    await screen.page.get_by_role("button", name="Xem trước và lập kế hoạch").click()
    await screen.told("Đã lập kế hoạch")
    await screen.page.get_by_text("Bạn lập kế hoạch này").wait_for()
    await screen.judge("plan")
    address = screen.page.url.split("?")[0].removeprefix(screen.base)
    await screen.page.locator("summary", has_text="Xem giá trị cũ và mới").first.click()
    await screen.page.get_by_role("button", name="Mở giá trị").first.click()
    await screen.page.get_by_text("Lần xem này đã được ghi vào nhật ký").wait_for()
    await screen.judge("plan-values")
    async with screen_of(chromium, here) as second:
        await second.sign_in("pheduyet.mau", Role.APPROVER)
        await second.open(address)
        await second.page.get_by_label("Số văn bản làm căn cứ").fill("15/QĐ-VP")
        await second.page.get_by_role("button", name="Duyệt đúng kế hoạch này").click()
        await second.told("Đã duyệt kế hoạch.")
        await second.judge("plan-approved")
    await screen.open(address)
    await screen.page.get_by_role("button", name="Thực hiện").click()
    await screen.told("Kế hoạch đang được thực hiện.")
    await screen.judge("plan-running")
    async with w.db.reading() as conn:
        plan = await plans.get(conn, address.rpartition("/")[2])
    assert plan is not None
    while await resync(w.ctx, plan.id):
        pass
    await w.deliver()
    # nobody touches the page: it renews itself
    await expect(screen.page.get_by_role("heading", level=1)).to_contain_text("đã xong", timeout=15_000)
    await screen.judge("plan-done")
    await screen.open("/plans")
    await screen.judge("plans")


async def test_an_auditor_verifies_and_exports_the_log_and_the_evidence_of_a_case(screen: Screen) -> None:
    w = screen.town.world
    signing = LedgerSettings(origin=ORIGIN, signing_keys=key_text())  # type: ignore[arg-type]
    settings = w.ctx.settings.model_copy(update={"ledger": signing})
    object.__setattr__(screen.town.site, "ctx", replace(screen.town.site.ctx, settings=settings))
    await planned(w, "accepted")
    await screen.sign_in("kiemtoan.mau", Role.AUDITOR)
    await screen.page.get_by_role("link", name="Nhật ký", exact=True).click()
    await screen.page.get_by_role("link", name="Trích xuất nhật ký").click()
    await screen.page.get_by_label("Bản để xem").select_option("xlsx")
    async with screen.page.expect_download() as told:
        await screen.page.get_by_role("button", name="Trích xuất và tải về").click()
    assert (await told.value).suggested_filename.startswith("nhat-ky-")
    await screen.open("/log/checkpoints")
    await screen.page.locator("summary", has_text="Bản để giữ ở nơi khác").first.click()
    await screen.judge("checkpoints")
    await screen.page.get_by_role("button", name="Kiểm tra toàn bộ chuỗi").click()
    await screen.page.get_by_text("Nhật ký nguyên vẹn").wait_for()
    await screen.judge("verified-sealed")
    await screen.open("/cases/1")
    async with screen.page.expect_download() as told:
        await screen.page.get_by_role("button", name="Lập và tải hồ sơ chứng cứ").click()
    assert (await told.value).suggested_filename.startswith("chung-cu-")


async def test_a_viewer_reads_the_charts_and_their_numbers(screen: Screen) -> None:
    await lived_through(screen.town.world)
    await screen.sign_in("xem.mau", Role.VIEWER)
    await screen.page.get_by_role("link", name="Biểu đồ", exact=True).click()
    await screen.page.get_by_role("link", name="24 giờ").click()
    await screen.page.get_by_role("img", name="Kết quả các lần gửi").first.wait_for()
    await screen.judge("charts")
    await screen.page.locator("summary", has_text="Số liệu").first.click()
    await screen.judge("charts-numbers")
    await screen.page.emulate_media(color_scheme="dark")
    await screen.judge("charts-dark")
    async with screen.page.expect_download() as told:
        await screen.page.get_by_role("link", name="đọc và gửi").click()
    assert (await told.value).suggested_filename == "traffic.csv"
    await screen.open("/cases/1")
    await screen.judge("case-story")


async def test_a_watched_page_takes_over_what_is_new_under_the_consoles_own_policy(
    chromium: Browser, here: tuple[Town, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script of the product is in force here, and so is the policy: nothing of it may be refused."""
    monkeypatch.setattr(overview, "REFRESH_S", 1)
    monkeypatch.setattr(charts, "REFRESH_S", 1)
    opened, base = here
    w = opened.world
    context: Any = await chromium.new_context(viewport=DESK)
    page = await context.new_page()
    screen = Screen(town=opened, base=base, page=page)
    page.on("console", lambda one: screen.complaints.append(one.text))
    await screen.sign_in("vanhanh.mau", Role.OPERATOR)
    await page.get_by_role("heading", name="Tổng quan").wait_for()
    tile = page.get_by_role("link", name="mục chờ xử lý")
    await expect(tile).to_have_text("0 mục chờ xử lý")
    await page.evaluate("window.stays = true")
    await tile.focus()
    w.national.put("1", plain("1", privacy="lạ"))
    await w.observe(NATIONAL)
    await expect(tile).to_have_text("1 mục chờ xử lý")
    await expect(tile).to_be_focused()
    assert await page.evaluate("window.stays"), "the page was not loaded anew"
    assert screen.complaints == []
    await context.set_offline(True)
    await expect(page.get_by_text("Không liên lạc được với máy chủ")).to_be_visible(timeout=15_000)
    await context.set_offline(False)
    await expect(page.get_by_text("Trang tự cập nhật mỗi 1 giây")).to_be_visible(timeout=15_000)
    await screen.open("/charts?period=day")
    await page.locator("summary").first.click()
    numbers = page.locator("details[open] tbody")
    before = await numbers.inner_text()
    async with page.expect_response("**/charts?period=day"):
        pass
    await expect(page.locator("details[open]")).to_have_count(1)
    assert await numbers.inner_text() == before, "what somebody reads stays where it is"
    await page.get_by_role("link", name="Ngừng tự cập nhật").click()
    await page.get_by_text("Trang không tự cập nhật.").wait_for()
    assert await page.evaluate("document.scripts.length") == 0
    async with w.db.unit() as unit:
        await sessions.end(unit.conn, account="vanhanh.mau", by="cli/mau", at=w.clock.now())
    await page.get_by_role("link", name="Tự cập nhật").click()
    await page.get_by_label("Mật khẩu").wait_for()
    await context.close()


async def test_a_watched_page_leads_to_the_door_once_the_session_has_ended(
    chromium: Browser, here: tuple[Town, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "REFRESH_S", 1)
    opened, base = here
    context: Any = await chromium.new_context(viewport=DESK)
    page = await context.new_page()
    await Screen(town=opened, base=base, page=page).sign_in("xem.mau", Role.VIEWER)
    await page.get_by_role("heading", name="Tổng quan").wait_for()
    opened.world.clock.forward(opened.world.ctx.settings.console.idle_s + 1)
    await page.get_by_label("Mật khẩu").wait_for()
    assert page.url.endswith("/login?next=%2Foverview")
    await context.close()


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
    await screen.open("/cases/1")
    menu = [await one.get_attribute("href") for one in await page.locator("nav.side a").all()]
    assert {"/overview", "/charts", "/nodes", "/users"} <= set(menu)
    for href in menu:
        await screen.open(str(href))
    assert screen.complaints == []
    await context.close()
