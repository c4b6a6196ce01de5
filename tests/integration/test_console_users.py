"""What administrators do with accounts from the page, and the access review."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connector.console.access.review import UNUSED_DAYS
from connector.console.access.rights import Role
from tests.integration.console_kit import PASSWORD, Browser, Town, quick_passwords, town
from tests.integration.core_world import world

__all__ = ["quick_passwords"]

PROVINCE = "000.00.00.H56"


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made, town(made, migrated_url) as opened:
        yield opened


async def administrator(t: Town) -> Browser:
    browser = await t.enter("qt.mau", Role.ADMINISTRATOR)
    await browser.get("/users")
    return browser


async def made(admin: Browser, name: str = "moi.mau", role: str = "viewer", **more: str) -> None:
    answer = await admin.post(
        "/users", name=name, display_name="Trần Thị Ví Dụ", role=role, password=PASSWORD, **more
    )
    assert answer.status_code == 303, answer.text


async def told(t: Town, what: str) -> list[str]:
    entries = await t.world.entries()
    return [one.actor for one in entries if one.kind == "account_changed" and one.data.get("what") == what]


async def test_an_account_made_on_the_page_can_sign_in_and_its_making_is_in_the_log(t: Town) -> None:
    admin = await administrator(t)
    await made(admin)
    assert (await (await t.sign_in("moi.mau", Role.VIEWER)).get("/overview")).status_code == 200
    assert "qt.mau" in await told(t, "create")
    assert PASSWORD not in repr(await t.world.entries())


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "qt.mau"},
        {"name": "Không Được"},
        {"role": "chu_tich"},
        {"password": "ngắn"},
        {"display_name": " "},
        {"agencies": "999.99.99.H99"},
    ],
)
async def test_an_account_that_cannot_be_is_refused(t: Town, wrong: dict[str, str]) -> None:
    admin = await administrator(t)
    form = {"name": "moi.mau", "display_name": "Mẫu", "role": "viewer", "password": PASSWORD}
    assert (await admin.post("/users", **{**form, **wrong})).status_code == 400
    assert "moi.mau" not in (await admin.get("/users")).text


async def test_limits_set_on_the_page_hold_at_once(t: Town) -> None:
    admin = await administrator(t)
    await made(admin)
    theirs = await t.sign_in("moi.mau", Role.VIEWER)
    assert (await admin.post("/users/moi.mau/agencies", agencies=PROVINCE)).status_code == 303
    assert (await theirs.get("/overview")).status_code == 303, "the session has ended"
    theirs = await t.sign_in("moi.mau", Role.VIEWER)
    assert (await theirs.get("/overview")).status_code == 403
    assert (await admin.post("/users/khong.co/agencies", agencies=PROVINCE)).status_code == 404


async def test_a_reset_gives_another_password_and_ends_sessions(t: Town) -> None:
    admin = await administrator(t)
    await made(admin)
    theirs = await t.sign_in("moi.mau", Role.VIEWER)
    assert (await admin.post("/users/moi.mau/reset", password="mật khẩu khác 2027")).status_code == 303
    assert (await theirs.get("/overview")).status_code == 303
    fresh = t.browser()
    await fresh.get("/login")
    assert (await fresh.post("/login", name="moi.mau", password=PASSWORD)).status_code == 401
    assert (await fresh.post("/login", name="moi.mau", password="mật khẩu khác 2027")).status_code == 303


async def test_a_lost_telephone_costs_new_codes_but_no_password(t: Town) -> None:
    admin = await administrator(t)
    approver = await t.enter("duyet.mau", Role.APPROVER)
    assert (await admin.post("/users/duyet.mau/codes")).status_code == 303
    assert (await approver.get("/overview")).status_code == 303
    again = t.browser()
    await again.get("/login")
    answer = await again.post("/login", name="duyet.mau", password=PASSWORD)
    assert answer.headers["location"] == "/login/enrol", "codes are set up anew"
    assert await told(t, "reset_codes") == ["qt.mau"]


async def test_nobody_resets_their_own_codes_from_the_page(t: Town) -> None:
    admin = await administrator(t)
    for path in ("codes", "reset", "agencies"):
        answer = await admin.post(f"/users/qt.mau/{path}", password=PASSWORD)
        assert answer.status_code == 403, path


async def test_the_review_names_unused_accounts_missing_codes_and_what_each_may_do(t: Town) -> None:
    admin = await administrator(t)
    await made(admin, "chua.dung", agencies=PROVINCE)
    await made(admin, "duyet.moi", role="approver")
    await t.enter("cu.mau", Role.AUDITOR)
    t.world.clock.forward(timedelta(days=UNUSED_DAYS, hours=1).total_seconds())
    auditor = await t.sign_in("cu.mau", Role.AUDITOR)
    page = (await auditor.client.get("/api/access-review")).json()
    rows = {one["name"]: one for one in page["rows"]}
    assert rows["chua.dung"]["notices"] == ["never_used"]
    assert rows["chua.dung"]["rights"] == ["see_case", "report"]
    assert rows["qt.mau"]["notices"] == ["unused"]
    assert rows["duyet.moi"]["notices"] == ["never_used", "no_code"]
    assert (rows["cu.mau"]["notices"], rows["cu.mau"]["sessions"], rows["cu.mau"]["idle_days"]) == ([], 1, 0)
    assert page["sums"] == {"never_used": 2, "unused": 1, "no_code": 1, "locked": 0, "token_unused": 0}


async def test_the_review_tells_what_each_token_may_do_and_until_when(t: Town) -> None:
    await t.enter("may.mau", Role.OPERATOR)
    await t.site.tokens.create(
        "may.mau", label="báo cáo tuần", scopes=("see_case", "retry"), days=30, actor="may.mau"
    )
    await t.enter("cu.mau", Role.AUDITOR)
    auditor = await t.sign_in("cu.mau", Role.AUDITOR)
    rows = {one["name"]: one for one in (await auditor.client.get("/api/access-review")).json()["rows"]}
    [token] = rows["may.mau"]["tokens"]
    assert (token["label"], sorted(token["rights"])) == ("báo cáo tuần", ["retry", "see_case"])
    left = datetime.fromisoformat(token["expires_at"]) - t.world.clock.now()
    assert left <= timedelta(days=30)
    assert left > timedelta(days=29)
    assert rows["may.mau"]["sso"] is False
    page = await auditor.get("/access-review")
    assert "báo cáo tuần" in page.text


async def test_the_review_is_a_file_to_be_signed_in_which_nothing_becomes_a_formula(t: Town) -> None:
    admin = await administrator(t)
    await made(admin)
    answer = await admin.post("/users", name="lua", display_name="=1+1", role="viewer", password=PASSWORD)
    assert answer.status_code == 303
    await admin.get("/access-review")
    answer = await admin.post("/access-review/file")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [one["tai_khoan"] for one in rows] == ["lua", "moi.mau", "qt.mau"]
    assert rows[0]["ho_ten"] == "'=1+1"
    assert "see_flow" in rows[1]["quyen"].split()
