"""Pages that are watched: charts with their numbers, pages that renew themselves, and the time line of a case."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from connector.case import REGISTER
from connector.console.access.rights import Role
from connector.services.charts import PERIODS
from tests.integration.console_kit import Town, quick_passwords, town
from tests.integration.console_watching_kit import lived_through
from tests.integration.core_mapping import NATIONAL
from tests.integration.core_world import world

__all__ = ["quick_passwords"]


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made, town(made, migrated_url) as opened:
        yield opened


async def test_every_chart_is_a_sound_drawing_with_title_and_numbers_and_the_same_as_json_and_csv(
    t: Town,
) -> None:
    await lived_through(t.world)
    viewer = await t.enter("xem.mau", Role.VIEWER)
    for period in PERIODS:
        page = (await viewer.get("/charts", period=period)).text
        drawings = re.findall(r'<svg class="chart" viewBox.*?</svg>', page, re.DOTALL)
        assert len(drawings) == 2 + 3 * 4
        for one in drawings:
            svg = ET.fromstring(one)  # noqa: S314  # our own
            ids = [svg.find(part).get("id") for part in ("title", "desc")]  # type: ignore[union-attr]
            assert svg.get("role") == "img"
            assert svg.get("aria-labelledby") == " ".join(map(str, ids))
            assert all(svg.find(part).text for part in ("title", "desc"))  # type: ignore[union-attr]
        assert page.count("<details") == len(drawings), "the numbers of each"
        found = (await viewer.client.get("/api/charts", params={"period": period})).json()["charts"]
        national = next(one for one in found["systems"] if one["system"] == NATIONAL)
        sums: dict[str, int] = {}
        for slot in national["writes"]:
            for kind, n in slot["counts"].items():
                sums[kind] = sums.get(kind, 0) + n
        entries = await t.world.entries()
        done = [one for one in entries if (one.kind, one.system) == ("done", NATIONAL)]
        assert (sums["taken"], sums["later"], sums["person"]) == (len(done), 1, 0)
        assert [one["state"] for one in national["circuit"]][-3:] == ["closed", "open", "none"]
        assert sum(one["counts"]["in_time"] for one in found["deadlines"]) == 1
        answer = await viewer.client.get("/charts/traffic.csv", params={"period": period})
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(rows) == 3 * PERIODS[period][0]
        assert sum(int(one["taken"]) for one in rows if one["system"] == NATIONAL) == len(done)
    for name in ("lag", "circuits", "deadlines", "findings"):
        assert (await viewer.client.get(f"/charts/{name}.csv")).text.count("\r\n") >= 1
    for name in ("khong.csv", "lag", "lag.txt"):
        assert (await viewer.client.get(f"/charts/{name}")).status_code == 404
    assert (await viewer.get("/charts", period="nam")).status_code == 400


async def test_charts_of_an_installation_without_any_history_are_empty_frames(t: Town) -> None:
    viewer = await t.enter("xem.mau", Role.VIEWER)
    answer = await viewer.get("/charts")
    assert answer.status_code == 200
    assert "dịch vụ không chạy" in answer.text


async def test_a_page_that_renews_itself_is_no_use_of_the_session(t: Town) -> None:
    """An unattended screen is signed out in time, and the renewal is refused like any other visit then."""
    viewer = await t.enter("xem.mau", Role.VIEWER)
    idle = t.world.ctx.settings.console.idle_s
    for _ in range(4):
        t.world.clock.forward(idle / 4)
        last = await viewer.client.get("/overview", headers={"X-Live": "1"})
    assert (last.status_code, last.headers["location"]) == (303, "/login?next=%2Foverview")
    viewer = await t.sign_in("xem.mau", Role.VIEWER)
    for _ in range(6):
        t.world.clock.forward(idle / 4)
        last = await viewer.client.get("/overview")
    assert last.status_code == 200, "a person who reads pages stays in"


async def test_what_renews_itself_asks_the_same_address_with_the_same_right(t: Town) -> None:
    limited = await t.enter("gioi.han", Role.VIEWER, agencies=("000.00.00.H56",))
    for path in ("/overview", "/charts", "/runs", "/reconcile"):
        assert (await limited.client.get(path, headers={"X-Live": "1"})).status_code == 403
    viewer = await t.enter("xem.mau", Role.VIEWER)
    for path in ("/overview", "/charts?period=day", "/runs?system=register", "/reconcile"):
        page = (await viewer.client.get(path)).text
        assert f'data-live-from="{path}"' in page
        assert "live.js" not in (await viewer.client.get(path, params={"refresh": "off"})).text
        parts = re.findall(r'<(?:div|section) id="([\w-]+)" data-live', page)
        assert parts, "it says which parts are taken over"
        assert len(parts) == len(set(parts))


async def test_what_waits_is_told_by_who_may_do_it(t: Town) -> None:
    async def mine(role: Role) -> set[str]:
        browser = await t.enter(f"{role}.mau", role)
        told = (await browser.client.get("/api/overview")).json()["waits"]
        return {one["kind"] for one in told if one["mine"]}

    assert await mine(Role.OPERATOR) == {"alerts", "quarantined", "in_doubt", "pauses", "findings"}
    assert await mine(Role.APPROVER) == {"in_doubt", "plans"}
    assert await mine(Role.AUDITOR) == set()


async def test_the_time_line_of_a_case_has_both_sides_our_writes_and_what_is_due(t: Town) -> None:
    number = await lived_through(t.world)
    await t.world.rest(2)
    viewer = await t.enter("xem.mau", Role.VIEWER)
    told = (await viewer.client.get(f"/api/cases/{number}")).json()["file"]
    instants = [datetime.fromisoformat(one["at"]) for one in told["story"]]
    assert instants == sorted(instants)
    tried = [(one["attempt"]["kind"], one["systems"]) for one in told["story"] if one["attempt"]]
    assert [kind for kind, systems in tried if systems == [NATIONAL]][-2:] == ["waiting", "done"]
    acts = [one for one in told["story"] if one["act"]]
    assert any(one["systems"] == [NATIONAL, REGISTER] for one in acts)
    attempts = [[one["kind"] for one in found] for found in told["attempts"].values()]
    assert ["sent", "waiting", "sent", "done"] in attempts
    assert told["entries"] == [], "the log itself is for who may read it"
    page = (await viewer.get(f"/cases/{number}")).text
    assert "Từng lần thử" in page
    assert "Chưa gửi được, chờ thử lại theo lịch." in page
