"""The pages of reconciliation: what differs, why, for how long, and what people make of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.clock import LOCAL_ZONE
from connector.console.access.rights import Role
from connector.reconcile.scope import Reach, Scope
from connector.store import circuits
from connector.sync.reconcile import run_pass
from tests.integration.console_kit import Browser, Town, quick_passwords, town
from tests.integration.core_mapping import NATIONAL
from tests.integration.core_world import World, world
from tests.integration.seeded import HOUR, furnish, tamper

__all__ = ["quick_passwords"]

TITLE = "Tiêu đề do cổng sửa"
NOTE = "Cổng hẹn sửa trong tuần này"


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made, town(made, migrated_url) as opened:
        await furnish(made, 4)
        await compare(made, Reach.FULL)
        yield opened


async def compare(w: World, reach: Reach) -> None:
    w.clock.forward(2 * HOUR)
    assert await run_pass(w.ctx, NATIONAL, Scope(reach=reach), actor=None)


async def differ(w: World) -> None:
    """Two titles that the live flow never read, and a baseline written past the program."""
    for n in (0, 1):
        w.national.put(f"N{n}", {**(w.national.data(f"N{n}") or {}), "title": TITLE})
    await tamper(w, [2])
    for _ in range(2):
        await compare(w, Reach.FULL)


async def rows(browser: Browser, **query: str) -> list[dict]:
    return (await browser.client.get("/api/findings", params=query)).json()["rows"]


async def daemon(w: World) -> None:
    async with w.db.unit() as unit:
        await circuits.tell(unit.conn, "nút-mẫu", {NATIONAL: "closed"}, w.clock.now())


async def test_differences_stand_gravest_first_and_every_filter_narrows_them(t: Town) -> None:
    await differ(t.world)
    viewer = await t.enter("xem.mau", Role.VIEWER)
    every = await rows(viewer)
    assert [one["severity"] for one in every] == ["critical", "normal", "normal"]
    assert [one["kind"] for one in every] == ["tampered_baseline", "field_differs", "field_differs"]
    assert len(await rows(viewer, kind="field_differs")) == 2
    assert len(await rows(viewer, severity="critical")) == 1
    assert len(await rows(viewer, role="security")) == 1
    assert len(await rows(viewer, case=str(every[1]["case_id"]))) == 1
    assert await rows(viewer, system="government_portal") == []
    assert await rows(viewer, state="noted") == await rows(viewer, state="closed") == []
    assert await rows(viewer, age="7") == []
    t.world.clock.forward(8 * 24 * HOUR)
    viewer = await t.sign_in("xem.mau", Role.VIEWER)
    assert len(await rows(viewer, age="7")) == 3
    assert (await viewer.get("/findings", kind="la")).status_code == 400
    page = await viewer.get("/findings")
    assert "Mốc đối chiếu bị sửa" in page.text
    assert "8 ngày trước" in page.text


async def test_the_list_goes_on_after_its_last_line_even_if_that_is_gone_by_then(
    t: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await differ(t.world)
    monkeypatch.setattr("connector.console.pages.findings.PAGE", 2)
    viewer = await t.enter("xem.mau", Role.VIEWER)
    first = (await viewer.client.get("/api/findings")).json()
    assert first["next"] in (await viewer.get("/findings")).text
    await t.world.sql("UPDATE finding SET closed_at = now() WHERE id = %s", first["rows"][-1]["id"])
    rest = (await viewer.client.get("/api/findings", params={"after": first["next"]})).json()
    assert [len(first["rows"]), len(rest["rows"]), rest["next"]] == [2, 1, None]
    assert rest["rows"][0]["id"] not in {one["id"] for one in first["rows"]}
    for wrong in ("x", "1-2", "1-x-3", "1-99999999999999999999999-1"):
        assert (await viewer.get("/findings", after=wrong)).status_code == 400


async def test_a_finding_says_why_and_shows_both_sides_but_no_value_and_no_digest_of_one(t: Town) -> None:
    await differ(t.world)
    operator = await t.enter("vh.mau", Role.OPERATOR)
    [_, one, _] = await rows(operator)
    page = await operator.get(f"/findings/{one['id']}")
    assert "luồng thường chưa đọc" in page.text
    assert "Kế hoạch đồng bộ lại sửa được" in page.text
    assert f"/plans/new?numbers={one['id']}" in page.text
    told = (await operator.client.get(f"/api/findings/{one['id']}")).json()
    assert told["finding"]["print"] is None
    assert {field["name"] for field in told["pair"]["fields"]} >= {"title", "content"}
    for text in (page.text, str(told)):
        assert TITLE not in text


async def test_an_operator_acknowledges_a_difference_until_a_day_and_nobody_without_the_right_may(
    t: Town,
) -> None:
    await differ(t.world)
    operator, viewer = await t.enter("vh.mau", Role.OPERATOR), await t.enter("xem.mau", Role.VIEWER)
    number = (await rows(operator))[1]["id"]
    day = (t.world.clock.now().astimezone(LOCAL_ZONE) + timedelta(days=5)).date()
    path = f"/findings/{number}/acknowledge"
    assert (await viewer.post(path, note=NOTE, until=str(day))).status_code == 403
    assert "acknowledge" not in (await viewer.get(f"/findings/{number}")).text
    for form in (
        {"note": NOTE},
        {"note": " ", "until": str(day)},
        {"note": NOTE, "until": "mai"},
        {"note": NOTE, "until": "2020-01-01"},
        {"note": NOTE, "until": str(day + timedelta(days=400))},
    ):
        assert (await operator.post(path, **form)).status_code == 400, form
    assert (await operator.post(path, note=NOTE, until=str(day))).status_code == 303
    assert NOTE in (await viewer.get(f"/findings/{number}")).text
    assert len(await rows(operator)) == 2
    assert (await viewer.client.get("/api/overview")).json()["findings"] == 2
    [noted] = await rows(operator, state="noted")
    assert (noted["id"], noted["noted_by"]) == (number, "vh.mau")
    entry = (await t.world.entries())[-1]
    assert (entry.kind, entry.actor, entry.data["until"]) == ("finding_acknowledged", "vh.mau", str(day))


async def test_the_trend_and_the_passes_show_their_numbers_and_the_drawing_says_them_in_words(
    t: Town,
) -> None:
    await differ(t.world)
    viewer = await t.enter("xem.mau", Role.VIEWER)
    told = (await viewer.client.get("/api/reconcile")).json()
    assert [one["standing"] for one in told["trend"][NATIONAL]][-1] == 3
    assert sum(one["opened"] for one in told["trend"][NATIONAL]) == 3
    assert [run["state"] for run in told["rows"]] == ["done"] * 3
    page = (await viewer.get("/reconcile")).text
    assert '<svg class="chart" viewBox="0 0 560 190" role="img"' in page
    assert "Mới 3, hết 0, còn lại 3." in page
    assert "đã so sánh:" in page


async def test_a_pass_is_ordered_where_a_daemon_runs_and_refused_in_words_where_none_does(t: Town) -> None:
    operator, viewer = await t.enter("vh.mau", Role.OPERATOR), await t.enter("xem.mau", Role.VIEWER)
    assert "Dịch vụ chưa chạy" in (await operator.get("/reconcile")).text
    assert (await operator.post("/reconcile/run", reach="full")).status_code == 400
    await daemon(t.world)
    assert (await viewer.post("/reconcile/run", reach="full")).status_code == 403
    assert (await operator.post("/reconcile/run", system="la")).status_code == 400
    assert (await operator.post("/reconcile/run", reach="cases")).status_code == 400
    assert (await operator.post("/reconcile/run", case="khong-co")).status_code == 404
    assert (await operator.post("/reconcile/run", system=NATIONAL, reach="full")).status_code == 303
    assert (await operator.call("/reconcile/run", system=NATIONAL, case="1")).json()["ok"]
    newest, before = (await operator.client.get("/api/reconcile", params={"system": NATIONAL})).json()[
        "rows"
    ][:2]
    assert (newest["state"], newest["actor"], newest["scope"]["case_id"]) == ("waiting", "vh.mau", 1)
    assert before["scope"] == {"reach": "full"}
    assert (await operator.post("/reconcile/stop", system=NATIONAL)).headers["location"].endswith("pass_idle")
