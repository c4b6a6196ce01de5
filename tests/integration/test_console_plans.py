"""Plans in the console: made by one person, approved by another, carried out exactly, watched by everybody."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.console.access.rights import Role
from connector.sections.repair import ResyncSettings
from connector.store import plans
from connector.sync.resync import resync
from tests.integration.console_kit import Browser, Town, quick_passwords, town
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import World, world

__all__ = ["quick_passwords"]

SENDER = "Nguyễn Văn Mẫu gửi"
NEW_TITLE = "Chậm trả kết quả, đã bổ sung giấy tờ"


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made:
        # every plan needs a second person
        limits = ResyncSettings(approve_cases=0, approve_writes=0)
        made.ctx = replace(made.ctx, settings=made.ctx.settings.model_copy(update={"resync": limits}))
        async with town(made, migrated_url) as opened:
            for ref in ("1", "2"):
                made.national.put(ref, plain(ref, sender=SENDER))
            await made.rest(3)
            yield opened


def edit(w: World, ref: str, **changes: Any) -> None:
    w.national.put(ref, {**(w.national.data(ref) or {}), **changes})


async def made_by(browser: Browser, **form: str) -> str:
    """The address of a new plan."""
    answer = await browser.post("/plans", **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0]


async def carry_out(w: World, path: str) -> None:
    async with w.db.reading() as conn:
        plan = await plans.get(conn, path.rpartition("/")[2])
    assert plan is not None
    while await resync(w.ctx, plan.id):
        pass


async def test_a_plan_is_made_by_one_approved_by_another_and_does_exactly_that(t: Town) -> None:
    edit(t.world, "1", title=NEW_TITLE)
    operator, approver = await t.enter("vh.mau", Role.OPERATOR), await t.enter("pd.mau", Role.APPROVER)
    path = await made_by(operator, cases="1, 2", direction="down")
    told = (await operator.client.get(f"/api{path}")).json()
    assert (told["plan"]["made_by"], told["mine"], told["waits_for_approval"]) == ("vh.mau", True, True)
    assert (await approver.client.get("/api/overview")).json()["plans"] == 1
    [step] = told["rows"]
    assert [one["deed"] for one in step["items"]] == ["read", "send"]
    assert "Bạn lập kế hoạch này" in (await operator.get(path)).text
    assert (await operator.post(f"{path}/start")).status_code == 409, "nobody has approved it"
    assert (await operator.post(f"{path}/approve", basis="15/QD-VP")).status_code == 403
    assert (await approver.post(f"{path}/approve", basis="")).status_code == 400
    assert (await approver.post(f"{path}/approve", basis="15/QD-VP")).status_code == 303
    assert (await approver.client.get("/api/overview")).json()["plans"] == 0
    assert (await approver.post(f"{path}/start")).status_code == 403, "an approver does not carry out"
    assert (await operator.post(f"{path}/start")).status_code == 303
    await carry_out(t.world, path)
    told = (await operator.client.get(f"/api{path}")).json()
    assert (told["plan"]["state"], told["over"], told["steps"]) == ("done", 1, 1)
    assert told["rows"][0]["items"][1]["delivery_id"]
    await t.world.deliver()
    assert NEW_TITLE in str([t.world.register.data(one) for one in t.world.register.refs])
    kinds = {(one.kind, one.actor) for one in await t.world.entries() if one.kind.startswith("resync_")}
    assert {("resync_planned", "vh.mau"), ("resync_approved", "pd.mau"), ("resync_moved", "vh.mau")} <= kinds


async def test_nobody_approves_their_own_plan_in_whatever_role_they_are_by_then(t: Town) -> None:
    edit(t.world, "1", title=NEW_TITLE)
    path = await made_by(await t.enter("mau.mau", Role.OPERATOR), cases="1")
    await t.site.accounts.set_role("mau.mau", Role.APPROVER, actor="cli/mau")
    same = await t.sign_in("mau.mau", Role.APPROVER)
    assert "Bạn lập kế hoạch này" in (await same.get(path)).text
    assert (await same.post(f"{path}/approve", basis="15/QD-VP")).status_code == 400
    assert "resync_approved" not in await t.world.kinds()


async def test_a_plan_that_runs_renews_its_page_until_somebody_wants_it_still(t: Town) -> None:
    edit(t.world, "1", title=NEW_TITLE)
    operator, approver = await t.enter("vh.mau", Role.OPERATOR), await t.enter("pd.mau", Role.APPROVER)
    path = await made_by(operator, cases="1")

    async def every(**query: str) -> int:
        """After how many seconds the page asks again: the same with a script and without; 0: never."""
        text = (await operator.get(path, **query)).text
        script = re.findall(r' data-live-every="(\d+)" data-live-from="([^"]+)"', text)
        plain = re.findall(
            r'<noscript><meta http-equiv="refresh" content="(\d+); url=([^"]+)"></noscript>', text
        )
        assert script == plain
        assert all(to == path for _, to in script), "what was said once is not said again"
        assert ("live.js" in text) == bool(script)
        return int(script[0][0]) if script else 0

    assert await every() == 0
    await approver.post(f"{path}/approve", basis="15/QD-VP")
    done = await operator.post(f"{path}/start")
    assert done.status_code == 303
    assert await every() == await every(done="flash.plan_started") == 5
    assert await every(refresh="off") == 0
    assert (await operator.get(path, refresh="nhanh")).status_code == 400
    assert (await operator.post(f"{path}/pause")).status_code == 303
    assert await every() == 0
    assert (await operator.post(f"{path}/pause")).status_code == 409
    guard = await t.enter("at.mau", Role.SECURITY_OFFICER)
    assert (await guard.post(f"{path}/resume")).status_code == 303
    await guard.post(f"{path}/pause")
    assert (await guard.call(f"{path}/stop")).json()["state"] == "stopped"
    told = (await operator.client.get(f"/api{path}", params={"state": "skipped"})).json()
    assert [one["code"] for one in told["rows"]] == ["stopped"]


async def test_a_preview_that_is_too_old_is_neither_approved_nor_counted_as_waiting(t: Town) -> None:
    edit(t.world, "1", title=NEW_TITLE)
    path = await made_by(await t.enter("vh.mau", Role.OPERATOR), cases="1")
    t.world.clock.forward(86401)
    approver = await t.enter("pd.mau", Role.APPROVER)
    assert (await approver.client.get("/api/overview")).json()["plans"] == 0
    page = (await approver.get(path)).text
    assert "quá hạn" in page
    assert "/approve" not in page
    assert (await approver.post(f"{path}/approve", basis="15/QD-VP")).status_code == 409


async def test_a_plan_shows_which_fields_change_and_no_value_until_a_purpose_is_stated(t: Town) -> None:
    edit(t.world, "1", title=NEW_TITLE)
    operator, approver = await t.enter("vh.mau", Role.OPERATOR), await t.enter("pd.mau", Role.APPROVER)
    path = await made_by(operator, cases="1")
    for address in (path, f"/api{path}"):
        text = (await operator.client.get(address)).text
        assert NEW_TITLE not in text
        assert SENDER not in text
        assert "salt" not in text
    assert "Tiêu đề" in (await approver.get(path)).text
    values = f"{path}/steps/1/values"
    assert (await approver.post(values, purpose="handling")).status_code == 403
    assert (await operator.post(values, purpose="tò mò")).status_code == 400
    assert (await operator.post(f"{path}/steps/9/values", purpose="handling")).status_code == 404
    assert "sender_read" not in await t.world.kinds()
    page = await operator.post(values, purpose="handling")
    assert NEW_TITLE in page.text
    assert str(plain("1")["title"]) in page.text
    entry = (await t.world.entries())[-1]
    assert (entry.kind, entry.actor, entry.data["step"]) == ("sender_read", "vh.mau", 1)
    assert entry.data["plan"] == path.rpartition("/")[2]


async def test_the_values_of_a_restricted_case_or_another_agencys_are_opened_to_nobody(t: Town) -> None:
    edit(t.world, "1", title=NEW_TITLE)
    edit(t.world, "2", title=NEW_TITLE, privacy="restricted")
    operator = await t.enter("vh.mau", Role.OPERATOR)
    other = await t.enter("so.mau", Role.OPERATOR, ("000.00.01.H56",))
    path = await made_by(operator, cases="1 2")
    told = (await operator.client.get(f"/api{path}")).json()["rows"]
    steps = {one["refs"][NATIONAL]: one["number"] for one in told}
    assert (await other.post(f"{path}/steps/{steps['1']}/values", purpose="handling")).status_code == 404
    assert (await operator.post(f"{path}/steps/{steps['2']}/values", purpose="handling")).status_code == 403
    assert "sender_read" not in await t.world.kinds()


async def test_what_is_asked_for_in_the_form_is_what_the_plan_is_about(t: Town) -> None:
    for ref in ("1", "2"):
        edit(t.world, ref, title=NEW_TITLE)
    admin = await t.enter("qt.mau", Role.ADMINISTRATOR)

    async def scope(**form: str) -> dict:
        return (await admin.client.get(f"/api{await made_by(admin, **form)}")).json()["plan"]["scope"]

    today = t.world.clock.now().date().isoformat()
    assert await scope(cases="2") == {"cases": ["2"]}
    assert await scope(system=NATIONAL, direction="down") == {"system": NATIONAL, "direction": "down"}
    window = await scope(since=today, until=today)
    assert (window["since"][:10], window["until"][:10]) == (today, window["until"][:10])
    assert window["until"] > window["since"]
    nothing = await admin.post("/plans", cases="1", stored="yes")
    assert nothing.headers["location"] == "/plans/new?done=flash.plan_nothing"
    for wrong in (
        {},
        {"direction": "ngang", "cases": "1"},
        {"numbers": "một"},
        {"system": "la"},
        {"since": "hôm qua"},
        {"first_import": "yes"},
    ):
        assert (await admin.post("/plans", **wrong)).status_code == 400, wrong
    assert (await admin.post("/plans", numbers="999")).status_code == 404
    assert 'value="7"' in (await admin.get("/plans/new", cases="7")).text
    listed = (await admin.client.get("/api/plans", params={"state": "ready"})).json()
    assert len(listed["rows"]) == 3
    rest = (await admin.client.get("/api/plans", params={"before": listed["rows"][0]["id"]})).json()
    assert [one["id"] for one in rest["rows"]] == [one["id"] for one in listed["rows"][1:]]
    assert "chờ duyệt" in (await admin.get("/plans")).text
