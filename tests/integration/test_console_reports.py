"""Reports in the console: the numbers of the command, the cases behind them, the files, and who sees whose."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from connector.console.access.rights import Role
from connector.console.pages import reports as pages
from connector.services import report as service
from connector.services import report_desk
from connector.services.report_desk import Progress
from tests.integration.console_kit import Browser, Town, quick_passwords, town
from tests.integration.core_world import world
from tests.integration.test_report_store import tell
from tests.unit.report_kit import MAU, VI_DU, Story, counted

__all__ = ["quick_passwords"]

OCTOBER = {"period": "2026-10"}


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made, town(made, migrated_url) as opened:
        yield opened


def stories() -> list[Story]:
    return [
        Story(1).received("2026-10-05").handed_over("2026-10-06").result("2026-10-07").answered("2026-10-08"),
        Story(2, field=None).received("2026-10-05"),
        Story(3).received("2026-10-06", agency=VI_DU),
        Story(4).received("2026-11-03"),
    ]


async def read(browser: Browser, path: str = "/reports", **query: str) -> dict:
    answer = await browser.client.get(f"/api{path}", params={**OCTOBER, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def total(page: dict, key: str) -> int:
    told = [one for part in page["report"]["sections"] for one in part["numbers"] if one["key"] == key]
    return told[0]["count"]


async def test_the_page_has_the_numbers_of_the_command_and_their_digest_is_in_the_log(t: Town) -> None:
    await tell(t.world.db, *stories())
    viewer = await t.enter("xem.mau", Role.VIEWER)
    page = await read(viewer)
    assert page["report"]["sha256"] == counted(stories(), "2026-10").digest
    assert total(page, "received") == 3
    last = (await t.world.entries())[-1]
    assert (last.kind, last.actor, last.data["purpose"], last.data["sha256"], last.data["received"]) == (
        "reported",
        "xem.mau",
        "report",
        page["report"]["sha256"],
        3,
    )
    shown = (await viewer.get("/reports", **OCTOBER)).text
    assert "Báo cáo theo Quy chế: tháng 10 năm 2026" in shown
    assert 'href="/reports/cases?period=2026-10&amp;number=received"' in shown


async def test_each_number_leads_to_its_cases_and_the_reading_is_in_the_log(t: Town) -> None:
    await tell(t.world.db, *stories())
    viewer = await t.enter("xem.mau", Role.VIEWER)
    behind = await read(viewer, "/reports/cases", number="received", agency=MAU)
    assert behind["rows"] == [stories()[0].code, stories()[1].code]
    assert (await t.world.entries())[-1].data["purpose"] == "ids/received"
    without = await read(viewer, "/reports/cases", number="received", field="-")
    assert without["rows"] == [stories()[1].code]
    assert (await viewer.get(f"/cases/{without['rows'][0]}")).status_code == 200


async def test_the_cases_behind_a_number_come_page_by_page(t: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    await tell(t.world.db, *stories())
    viewer = await t.enter("xem.mau", Role.VIEWER)
    first = await read(viewer, "/reports/cases", number="received")
    rest = await read(viewer, "/reports/cases", number="received", after=str(first["newer"]))
    assert [*first["rows"], *rest["rows"]] == [one.code for one in stories()[:3]]
    assert rest["newer"] is None
    assert (
        '<ol class="columns" start="3">'
        in (await viewer.get("/reports/cases", **OCTOBER, number="received", after="2")).text
    )


async def test_files_hold_the_same_numbers_and_each_is_a_log_entry(t: Town) -> None:
    await tell(t.world.db, *stories())
    viewer = await t.enter("xem.mau", Role.VIEWER)
    await viewer.get("/reports", **OCTOBER)
    before = len(await t.world.entries())
    for form, begins in (("xlsx", b"PK"), ("pdf", b"%PDF"), ("csv", b"\xef\xbb\xbfbang")):
        answer = await viewer.post("/reports/file", **OCTOBER, form=form, agency=MAU)
        assert answer.content.startswith(begins), answer.text
        assert answer.headers["content-disposition"] == f'attachment; filename="bao-cao-2026-10.{form}"'
        if form == "csv":
            assert ",received,Tiếp nhận trong kỳ,2" in answer.text
        if form == "xlsx":
            book = ZipFile(io.BytesIO(answer.content))
            text = "".join(book.read(name).decode() for name in book.namelist() if "sheets" in name)
            assert stories()[0].code in text
            assert stories()[2].code not in text, "another agency's"
    assert len(await t.world.entries()) == before + 3
    assert (await viewer.post("/reports/file", **OCTOBER, form="docx")).status_code == 400


async def test_who_is_limited_to_agencies_sees_the_numbers_of_these_alone(t: Town) -> None:
    await tell(t.world.db, *stories())
    own = await t.enter("so.mau", Role.VIEWER, (VI_DU,))
    page = await read(own)
    assert total(page, "received") == 1
    assert [row["code"] for row in page["report"]["grids"][0]["rows"]] == [VI_DU]
    assert (await read(own, "/reports/cases", number="received"))["rows"] == [stories()[2].code]
    assert page["choices"]["agency"] == [VI_DU]
    answer = await own.client.get("/api/reports", params={**OCTOBER, "agency": MAU})
    assert answer.status_code == 400
    assert (
        await own.client.post("/reports/file", data={"csrf": own.csrf, **OCTOBER, "form": "csv"})
    ).status_code == 200
    refused = await own.post("/reports/file", **OCTOBER, form="csv", agency=MAU)
    assert refused.status_code == 400


async def test_a_long_count_shows_how_far_it_is_and_the_page_asks_again(
    t: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    count = service.count

    async def slow(*args: object, **facts: object) -> object:
        facts["progress"](1, 4)  # type: ignore[operator]
        await gate.wait()
        return await count(*args, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(report_desk.service, "count", slow)
    monkeypatch.setattr(pages, "WAIT_S", 0.05)
    await tell(t.world.db, *stories())
    viewer = await t.enter("xem.mau", Role.VIEWER)
    answer = await viewer.get("/reports", **OCTOBER)
    assert 'data-live-every="2" data-live-from="/reports?period=2026-10"' in answer.text
    assert "1 trong 4 hồ sơ" in answer.text
    assert "reported" not in await t.world.kinds(), "nobody has seen a number"
    monkeypatch.setattr(pages, "WAIT_S", 30.0)
    gate.set()
    assert total(await read(viewer), "received") == 3


async def test_numbers_are_kept_a_while_and_counted_anew_when_asked(t: Town) -> None:
    viewer = await t.enter("xem.mau", Role.VIEWER)
    assert total(await read(viewer), "received") == 0
    await tell(t.world.db, *stories())
    assert total(await read(viewer), "received") == 0
    await viewer.get("/reports", **OCTOBER)
    assert (await viewer.post("/reports/again", **OCTOBER)).headers["location"] == "/reports?period=2026-10"
    assert total(await read(viewer), "received") == 3
    await tell(t.world.db, Story(9).received("2026-10-09"))
    t.world.clock.forward((report_desk.KEPT + timedelta(seconds=1)).total_seconds())
    assert total(await read(viewer), "received") == 4


async def test_a_count_that_failed_is_not_kept(t: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    count = service.count

    async def broken(*_args: object, **_facts: object) -> object:
        raise OSError

    viewer = await t.enter("xem.mau", Role.VIEWER)
    monkeypatch.setattr(report_desk.service, "count", broken)
    with pytest.raises(OSError):  # as it was raised
        await t.site.reports.ask(pages._period("2026-10"), wait_s=5)
    monkeypatch.setattr(report_desk.service, "count", count)
    assert not isinstance(await t.site.reports.ask(pages._period("2026-10"), wait_s=30), Progress)
    assert total(await read(viewer), "received") == 0


@pytest.mark.parametrize(
    "query",
    [
        {"period": "2026-13"},
        {"period": "tháng mười"},
        {"since": "2026-10-05"},
        {"since": "2026-10-05", "until": "2026-10-01"},
        {"period": "2026-10", "field": "khong_co"},
    ],
)
async def test_what_is_no_period_or_filter_is_told_so(t: Town, query: dict[str, str]) -> None:
    viewer = await t.enter("xem.mau", Role.VIEWER)
    assert (await viewer.get("/reports", **query)).status_code == 400


async def test_two_days_make_a_report_of_their_own(t: Town) -> None:
    await tell(t.world.db, *stories())
    viewer = await t.enter("xem.mau", Role.VIEWER)
    page = await read(viewer, since="2026-10-06", until="2026-10-31")
    assert page["report"]["name"] == "2026-10-06..2026-10-31"
    assert total(page, "received") == 1


async def test_the_hand_over_sheet_is_a_pdf_for_who_may_see_the_sender(t: Town) -> None:
    await tell(t.world.db, Story(1).received("2026-10-05").handed_over("2026-10-06"), stories()[1])
    operator, viewer = await t.enter("vh.mau", Role.OPERATOR), await t.enter("xem.mau", Role.VIEWER)
    await operator.get("/cases/1")
    answer = await operator.post("/cases/1/sheet", audience="unit")
    assert answer.content.startswith(b"%PDF"), answer.text
    last = (await t.world.entries())[-1]
    assert (last.kind, last.actor, last.case_id, last.data["audience"]) == (
        "sheet_printed",
        "vh.mau",
        1,
        "unit",
    )
    assert (await viewer.post("/cases/1/sheet", audience="unit")).status_code == 403
    assert (await operator.post("/cases/2/sheet", audience="unit")).status_code == 404, (
        "no unit has it in hand"
    )
    assert (await operator.post("/cases/1/sheet", audience="public")).status_code == 400
