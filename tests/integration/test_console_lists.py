"""Lists of the console: on and back by cursors, and the filters that people keep of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.console.access.rights import Role
from connector.console.pages import cases, doubt, filters, findings, log, passes, plans, reports, work
from connector.console.route import Page
from connector.console.table import ROUTES
from connector.errors import SealBroken
from connector.sealing import CaseKey
from tests.integration.console_kit import Browser, Town, quick_passwords, town
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import World, world

__all__ = ["quick_passwords"]

FEW = 3
WAYS = (("older", "before"), ("newer", "after"), ("prev", "before"), ("next", "after"))
PRIVATE = "Hồ sơ của bà Nguyễn Thị Mẫu"


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    for module in (cases, doubt, findings, log, passes, plans, reports, work):
        monkeypatch.setattr(module, "PAGE", FEW)
    async with world(migrated_url, tmp_path) as made, town(made, migrated_url) as opened:
        yield opened


async def furnish(w: World) -> None:
    """Eight of everything that a list shows."""
    for number in range(1, 9):
        w.national.put(str(number), plain(str(number)))
    await w.observe(NATIONAL)
    await w.sql(
        """
        INSERT INTO delivery (case_id, target, source, intent, act_id, revision, key, state, error_code, next_attempt_at,
                              created_at, attempts, sent_at)
        SELECT id, 'register', 'national_portal', 'append', 'a' || id, 0, gen_random_uuid(), 'quarantined', 'PH-334', now(),
               now(), 2, now() FROM case_record
        """
    )
    await w.sql(
        """
        INSERT INTO quarantine (subject, system, ref, code, state)
        SELECT 'x/' || n, 'national_portal', n, 'PH-330', 'open' FROM generate_series(1, 8) AS n
        """
    )
    await w.sql(
        """
        INSERT INTO run (kind, system, started_at, ended_at, outcome)
        SELECT 'observe', 'register', now(), now(), 'ok' FROM generate_series(1, 8)
        """
    )
    await w.sql(
        """
        INSERT INTO finding (name, kind, system, ref, cause, role, severity, repairable, first_seen, last_seen, opened_at)
        SELECT 'f' || n, 'act_missing', 'national_portal', n, 'not_observed', 'operator',
               CASE WHEN n %% 2 = 0 THEN 'high' ELSE 'low' END, false, now(), now(),
               now() - n / 3 * interval '1 hour'
        FROM generate_series(1, 8) AS n
        """
    )


async def asked(browser: Browser, path: str, **query: Any) -> dict[str, Any]:
    answer = await browser.client.get(f"/api{path}", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def ids(told: dict[str, Any]) -> list[Any]:
    rows = told.get("rows", told.get("person"))
    return [one.get("id", one.get("seq")) for one in rows]


LISTS = ("/cases", "/deliveries", "/quarantine", "/runs", "/doubt", "/findings", "/log")


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_goes_on_to_its_end_and_back_to_its_beginning(t: Town, path: str) -> None:
    await furnish(t.world)
    browser = await t.enter("vh.mau", Role.OPERATOR)
    query = {"state": "quarantined"} if path == "/deliveries" else {}
    leaves = [await asked(browser, path, **query)]
    assert len(ids(leaves[0])) == FEW
    on, back = next(
        (one, other)
        for one, other in (
            (("older", "before"), ("newer", "after")),
            (("newer", "after"), ("older", "before")),
            (("next", "after"), ("prev", "before")),
        )
        if leaves[0].get(one[0]) is not None
    )
    assert leaves[0][back[0]] is None, "nothing comes before the first page"
    while (cursor := leaves[-1][on[0]]) is not None:
        leaves.append(await asked(browser, path, **query, **{on[1]: cursor}))
    seen = [number for one in leaves for number in ids(one)]
    assert len(leaves) > 2
    assert len(seen) == len(set(seen))
    for before, one in zip(reversed(leaves[:-1]), reversed(leaves[1:]), strict=True):
        again = await asked(browser, path, **query, **{back[1]: one[back[0]]})
        assert ids(again) == ids(before)
    page = await browser.get(path, **{**query, on[1]: str(leaves[0][on[0]])})
    assert 'rel="prev"' in page.text
    assert 'rel="next"' in page.text


@pytest.mark.parametrize("path", LISTS)
async def test_only_one_side_of_a_cursor_can_be_asked_for(t: Town, path: str) -> None:
    browser = await t.enter("vh.mau", Role.OPERATOR)
    for prefix in ("", "/api"):
        answer = await browser.client.get(prefix + path, params={"before": "2-1-2", "after": "2-1-2"})
        assert answer.status_code == 400


async def test_the_list_of_doubts_opens_no_seal(t: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await furnish(t.world)
    browser = await t.enter("vh.mau", Role.OPERATOR)

    def opened(*_: object) -> bytes:
        raise SealBroken

    monkeypatch.setattr(CaseKey, "open", opened)
    assert len((await asked(browser, "/doubt"))["person"]) == FEW
    page = await browser.get("/doubt")
    assert page.status_code == 200
    assert "PH-334" in page.text


# ---- filters that people keep -------------------------------------------------------------------------------


async def kept(browser: Browser, path: str = "/cases") -> list[tuple[str, dict[str, str]]]:
    return [(one["name"], one["query"]) for one in (await asked(browser, path))["saved"]]


async def test_a_filter_is_kept_under_a_name_found_again_and_forgotten(t: Town) -> None:
    browser = await t.enter("vh.mau", Role.OPERATOR)
    page = await browser.get("/cases", status="NEW", q="môi trường")
    assert "Lưu bộ lọc này" in page.text
    answer = await browser.post(
        "/filters", list="cases", name="Mới, môi trường", query="status=NEW&q=m%C3%B4i+tr%C6%B0%E1%BB%9Dng"
    )
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/cases?status=NEW&q=")
    page = await browser.get("/cases")
    assert ">Mới, môi trường</a>" in page.text
    assert await kept(browser) == [("Mới, môi trường", {"status": "NEW", "q": "môi trường"})]
    assert await kept(browser, "/deliveries") == [], "of that list alone"
    assert "Lưu bộ lọc này" not in (await browser.get("/cases", status="NEW", q="môi trường")).text
    [one] = (await asked(browser, "/cases"))["saved"]
    assert (await browser.post(f"/filters/{one['id']}/forget")).headers["location"].startswith("/cases")
    assert await kept(browser) == []


async def test_filters_are_ones_own(t: Town) -> None:
    own = await t.enter("vh.mau", Role.OPERATOR)
    other = await t.enter("khac.mau", Role.OPERATOR)
    await own.call("/filters", list="cases", name="Mới", query="status=NEW")
    [one] = (await asked(own, "/cases"))["saved"]
    assert await kept(other) == []
    assert (await other.call(f"/filters/{one['id']}/forget")).status_code == 404
    assert len(await kept(own)) == 1


async def test_a_filter_of_the_same_name_is_replaced_and_their_number_is_limited(t: Town) -> None:
    browser = await t.enter("vh.mau", Role.OPERATOR)
    for query in ("status=NEW", "status=CLOSED"):
        assert (await browser.call("/filters", list="cases", name="Của tôi", query=query)).status_code == 200
    assert await kept(browser) == [("Của tôi", {"status": "CLOSED"})]
    for number in range(filters.MOST - 1):
        await browser.call("/filters", list="cases", name=f"Số {number}", query="status=NEW")
    answer = await browser.call("/filters", list="cases", name="Thừa", query="status=NEW")
    assert answer.status_code == 400
    assert len(await kept(browser)) == filters.MOST
    assert (await browser.call("/filters", list="log", name="Khác", query="kind=done")).status_code == 200


@pytest.mark.parametrize(
    "told",
    [
        {"list": "users", "name": "a", "query": "q=a"},
        {"list": "cases", "name": "", "query": "status=NEW"},
        {"list": "cases", "name": "x" * 41, "query": "status=NEW"},
        {"list": "cases", "name": "a", "query": ""},
        {"list": "cases", "name": "a", "query": "before=3"},
        {"list": "cases", "name": "a", "query": "next=https://ke.gian.example"},
        {"list": "cases", "name": "a", "query": "q=" + "x" * 201},
    ],
)
async def test_what_is_no_filter_of_a_list_is_not_kept(t: Town, told: dict[str, str]) -> None:
    browser = await t.enter("vh.mau", Role.OPERATOR)
    assert (await browser.call("/filters", **told)).status_code == 400
    assert await t.world.sql("SELECT id FROM saved_filter") == []


async def test_who_may_not_see_a_list_keeps_no_filter_of_it(t: Town) -> None:
    viewer = await t.enter("xem.mau", Role.VIEWER)
    assert (await viewer.call("/filters", list="log", name="a", query="kind=done")).status_code == 403


async def test_what_people_write_into_a_filter_is_sealed(t: Town) -> None:
    browser = await t.enter("vh.mau", Role.OPERATOR)
    await browser.call("/filters", list="cases", name=PRIVATE, query="q=0900000000")
    [row] = await t.world.sql("SELECT * FROM saved_filter")
    assert PRIVATE.encode() not in bytes(row["sealed_named"])
    assert b"0900000000" not in bytes(row["sealed_named"])
    assert await kept(browser) == [(PRIVATE, {"q": "0900000000"})]


def test_every_list_keeps_what_it_can_be_asked() -> None:
    told = {one.path[1:]: (one.right, set(one.asks)) for one in ROUTES if isinstance(one, Page)}
    for name, of in filters.LISTS.items():
        assert told[name] == (of.right, {*of.asks, "before", "after"}), name


# ---- nodes --------------------------------------------------------------------------------------------------


async def test_every_process_is_listed_with_its_work_and_its_last_sign_of_life(t: Town) -> None:
    viewer = await t.enter("xem.mau", Role.VIEWER)
    assert "Không có nút nào đang chạy" in (await viewer.get("/nodes")).text
    assert (await asked(viewer, "/nodes"))["missing"] == ["worker", "clock"]
    await t.world.sql(
        """
        INSERT INTO node (id, name, parts, version, knows, seen_at) VALUES
            (gen_random_uuid(), 'may-mot', '{worker,clock}', '1.0', '0021_pre', now()),
            (gen_random_uuid(), 'may-hai', '{worker}', '1.1', '0021_pre', now()),
            (gen_random_uuid(), 'may-ba', '{console}', '1.0', '0021_pre', now() - interval '1 hour')
        """
    )
    told = await asked(viewer, "/nodes")
    assert {one["name"]: one["state"] for one in told["rows"]} == {
        "may-mot": "living",
        "may-hai": "living",
        "may-ba": "silent",
    }
    assert (told["missing"], told["versions"]) == ([], ["1.0", "1.1"])
    page = (await viewer.get("/nodes")).text
    assert "xử lý, đồng hồ" in page
    assert "1.0, 1.1" in page
    await t.world.sql("UPDATE node SET seen_at = now() - interval '1 hour' WHERE name = 'may-mot'")
    assert "Không nút nào đang chạy phần: đồng hồ" in (await viewer.get("/nodes")).text
