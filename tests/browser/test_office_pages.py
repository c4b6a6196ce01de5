"""Reports, mappings and accounts as people open them, in a real browser without any script."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import expect

from connector.app import read_mappings, shipped
from connector.console.access.rights import Role
from connector.mapping.folder import Folder
from connector.reload import MappingWatch
from connector.sync.coverage import LAG, count_codes
from connector.sync.rewrite import MAPPINGS, judge_changes
from tests.browser.conftest import Screen
from tests.integration.console_kit import PASSWORD
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.test_report_store import tell
from tests.unit.report_kit import VI_DU, Story

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_a_viewer_reads_a_report_and_the_cases_behind_a_number(screen: Screen) -> None:
    told = [
        Story(1).received("2026-10-05").handed_over("2026-10-06").result("2026-10-07").answered("2026-10-08")
    ]
    told += [Story(number).received("2026-10-09", agency=VI_DU) for number in range(2, 9)]
    told += [Story(9, field=None).received("2026-09-05").handed_over("2026-09-06")]
    await tell(screen.town.world.db, *told)
    await screen.sign_in("xem.mau", Role.VIEWER)
    await screen.page.get_by_role("link", name="Báo cáo").click()
    await screen.judge("reports-empty")
    await screen.page.get_by_label("Kỳ báo cáo").select_option("2026-10")
    await screen.page.get_by_role("button", name="Xem báo cáo").click()
    await screen.page.get_by_role("heading", name="tháng 10 năm 2026").wait_for()
    await screen.judge("reports")
    await screen.page.get_by_role("row", name="Tiếp nhận trong kỳ").get_by_role("link").click()
    await screen.page.get_by_role("heading", name="Tiếp nhận trong kỳ: 8").wait_for()
    await screen.judge("report-cases")
    await screen.page.go_back()
    async with screen.page.expect_download() as taken:
        await screen.page.get_by_role("button", name="Tải báo cáo (PDF)").click()
    assert (await taken.value).suggested_filename == "bao-cao-2026-10.pdf"


async def test_an_operator_sees_a_refused_mapping_its_repair_and_what_differs(
    screen: Screen, tmp_path: Path
) -> None:
    w, ctx = screen.town.world, screen.town.site.ctx
    for number in range(1, 4):
        w.national.put(str(number), plain(str(number), privacy="open" if number > 1 else "rieng_tu"))
    await w.observe(NATIONAL)
    await w.sql("UPDATE observation SET observed_at = %s", w.clock.now() - 2 * LAG)
    await count_codes(ctx)
    folder = Path(shutil.copytree(shipped("mappings"), tmp_path / "bang" / "mappings"))
    ctx.settings = ctx.settings.model_copy(update={"mappings": folder})
    watch = MappingWatch(ctx, folder)
    await watch.begin(await judge_changes(ctx, {MAPPINGS: Folder.read(folder).digest}))
    await screen.sign_in("vh.mau", Role.OPERATOR)
    await screen.page.get_by_role("link", name="Bảng ánh xạ").click()
    await screen.judge("mappings")
    await screen.page.get_by_role("link", name="Cổng Dịch vụ công quốc gia").first.click()
    await screen.judge("mapping-codes")
    statuses = folder / NATIONAL / "statuses.csv"
    right = statuses.read_text(encoding="utf-8")
    statuses.write_text(right.replace("1,NEW,false", "1,MOI,false"), encoding="utf-8")
    await watch.look()
    await watch.look()
    await screen.open("/mappings")
    await expect(screen.page.get_by_text("tệp đã sửa có lỗi")).to_be_visible()
    await screen.judge("mappings-refused")
    statuses.write_text(right.replace("1,NEW,false", "1,NEW,true"), encoding="utf-8")
    await watch.look()
    await watch.look()
    await screen.open("/mappings/diff")
    await expect(screen.page.get_by_role("row", name="Xác nhận")).to_contain_text("true")
    await screen.judge("mapping-diff")
    for name, shot in (
        (f"{NATIONAL}/mapping.toml", "mapping-toml"),
        (f"{NATIONAL}/statuses.csv", "mapping-list"),
        ("policy.toml", "mapping-policy"),
    ):
        await screen.open(f"/mappings/file?file={name}")
        await screen.judge(shot)
    await screen.open("/rule-packs")
    await screen.judge("rule-packs")
    assert read_mappings(folder)[0].fingerprint == ctx.mappings.fingerprint


async def test_an_administrator_makes_an_account_and_reviews_who_has_access(screen: Screen) -> None:
    await screen.sign_in("quantri.mau", Role.ADMINISTRATOR)
    await screen.page.get_by_role("link", name="Người dùng").click()
    form = screen.page.locator("form[action='/users']")
    await form.get_by_label("Tên tài khoản").fill("can.bo.mau")
    await form.get_by_label("Họ tên").fill("Trần Thị Ví Dụ")
    await form.get_by_label("Mật khẩu ban đầu").fill(PASSWORD)
    await form.get_by_role("button", name="Tạo tài khoản").click()
    await screen.told("Đã tạo tài khoản.")
    await screen.judge("users")
    await screen.page.get_by_role("link", name="Rà soát quyền").click()
    await screen.judge("access-review")
