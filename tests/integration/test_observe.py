"""Observe: what a system says is kept once, whole and in order; nothing it says can stop its neighbours."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.errors import NotOurs, Permanent, Transient, Unreadable
from connector.services import control
from connector.store import flows, observations
from connector.sync.keep import Tally, keep
from connector.sync.observe import observe
from connector.system import Problem
from tests.integration.core_mapping import ACTS, GOVERNMENT, NATIONAL, act, plain
from tests.integration.core_world import World, world


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def watermark(w: World, name: str = NATIONAL) -> str | None:
    async with w.db.reading() as conn:
        return (await flows.watermark(conn, name)).value


async def stored(w: World) -> list[str]:
    return [row["ref"] for row in await w.sql("SELECT ref FROM observation ORDER BY id")]


# ---- repeats ----


async def test_a_repeat_stores_nothing_twice(w):
    w.national.put("900000123", plain("900000123"))
    await w.observe(NATIONAL)
    before = await w.kinds()
    for _ in range(3):
        w.national.tell_again("900000123")
        [tally] = await w.observe(NATIONAL)
        assert (tally.seen, tally.new) == (1, 0)
    assert await stored(w) == ["900000123"]
    assert await w.kinds() == before == ["observed"]


async def test_a_repeat_on_one_page_stores_nothing_twice(w):
    record = w.national.put("900000123", plain("900000123"))
    await asyncio.gather(*(keep(w.ctx, record, Tally()) for _ in range(8)))
    assert await stored(w) == ["900000123"]
    assert await w.kinds() == ["observed"]


async def test_each_new_version_is_kept_beside_the_old_one(w):
    w.national.put("900000123", plain("900000123"))
    await w.observe(NATIONAL)
    w.national.put("900000123", plain("900000123", title="Tiêu đề mới"))
    await w.observe(NATIONAL)
    kept = await w.observations()
    assert [one.data["title"] for one in kept] == ["Chậm trả kết quả hồ sơ", "Tiêu đề mới"]
    link = (await w.case(NATIONAL, "900000123")).link(NATIONAL)
    assert link.state.header.title == "Tiêu đề mới"


@pytest.mark.parametrize("by", ["list", "refresh"])
async def test_what_is_changed_back_is_news(w, by):
    """The telling is an old one, byte for byte; what it says is true again."""
    titles = []
    w.national.can(refresh=True)
    for title in ("Một", "Hai", "Một", "Một"):
        w.national.put("1", plain("1", title=title))
        if by == "list" or not titles:
            await w.observe(NATIONAL)
        else:
            w.clock.forward(90000)
            await w.refresh()
        titles.append((await w.case(NATIONAL, "1")).link(NATIONAL).state.header.title)
    assert titles == ["Một", "Hai", "Một", "Một"]
    assert len(await stored(w)) == 2
    assert (await w.kinds()).count("observed") == 3, "told twice in a row it is a repeat"


# ---- bad records ----


async def test_an_unknown_code_is_kept_and_put_aside_while_its_neighbours_go_on(w):
    w.national.put("1", plain("1"))
    w.national.put("2", plain("2", acts=[act("national_portal:2.1", "la_hoac")]))
    w.national.put("3", plain("3"))
    [tally] = await w.observe(NATIONAL)
    assert (tally.new, tally.quarantined) == (2, 1)
    assert await stored(w) == ["1", "2", "3"]
    [item] = await w.held()
    assert (item.subject, item.code) == ("national_portal/2", "PH-401")
    assert "la_hoac" in item.reason
    assert await watermark(w) == "3"


async def test_a_corrected_mapping_and_a_retry_bring_it_in(w):
    w.with_mappings([code for code in ACTS if code != "rated"])
    w.national.put("2", plain("2", acts=[act("national_portal:2.1", "rated")]))
    await w.observe(NATIONAL)
    [item] = await w.held()
    await control.retry(w.ctx, item.id, actor="cli/mau")
    assert [one.id for one in await w.held()] == [item.id], "the mapping has not been corrected yet"
    w.with_mappings(ACTS)
    await control.retry(w.ctx, item.id, actor="cli/mau")
    assert await w.held() == []
    link = (await w.case(NATIONAL, "2")).link(NATIONAL)
    assert [one.kind for one in link.state.acts] == ["rated"]
    assert await stored(w) == ["2"], "the kept record was read again, not asked for"
    await w.settle()
    assert [one.target for one in await w.writes()] == [REGISTER]


async def test_each_unreadable_fragment_waits_for_itself(w):
    """A whole case makes up for what was told of it before; the next event does not make up for the last one."""
    unknown = {"reminded", "unpublished"}
    w.with_mappings([code for code in ACTS if code not in unknown])
    w.government.put("1", plain("1"))
    await w.observe()
    for n, kind in enumerate(["reminded", "unpublished", "rated"]):
        body = {"id": "1", "acts": [act(f"government_portal:1.{n}", kind, n)]}
        w.government.put("1", body, kind="event")
        await w.observe(GOVERNMENT)
    held = await w.held()
    assert [one.subject for one in held] == ["government_portal/1/2", "government_portal/1/3"]
    w.with_mappings([code for code in ACTS if code != "unpublished"])
    for item in held:
        await control.retry(w.ctx, item.id, actor="cli/mau")
    assert [one.subject for one in await w.held()] == ["government_portal/1/3"]
    link = (await w.case(GOVERNMENT, "1")).link(GOVERNMENT)
    assert [one.id for one in link.state.acts] == ["government_portal:1.0", "government_portal:1.2"]


async def test_a_whole_case_that_can_be_read_makes_up_for_the_one_before(w):
    w.national.put("1", plain("1", privacy="la"))
    await w.observe(NATIONAL)
    assert [one.code for one in await w.held()] == ["PH-401"]
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    assert await w.held() == []


async def test_what_a_person_dismissed_is_not_put_up_again_by_a_repeat(w):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    w.national.put("1", plain("1", privacy="la"))
    await w.observe(NATIONAL)
    [item] = await w.held()
    await control.dismiss(w.ctx, item.id, actor="cli/mau", note="không dùng")
    w.clock.forward(90000)
    assert (await w.refresh()).seen == 1
    assert await w.held() == []


async def test_a_record_that_the_adapter_could_not_read_is_kept_with_its_problem(w):
    w.national.put("1", plain("1"), problems=(Problem(where="NGAYGUI", text="not a date"),))
    await w.observe(NATIONAL)
    [item] = await w.held()
    assert (item.code, item.reason) == ("PH-332", "NGAYGUI: not a date")
    [kept] = await w.observations()
    assert len(kept.raw) > 0


@pytest.mark.parametrize("poison", ["a\0b", "half \ud800 pair"])
async def test_a_value_that_the_database_cannot_hold_is_put_aside_with_its_exact_bytes(w, poison):
    """Such a record would else stop the whole flow at every pass, for ever."""
    w.national.put("1", plain("1"))
    bad = w.national.put("2", plain("2", title=poison), raw=b'{"id": "2", \xff}')
    w.national.put("3", plain("3"))
    await w.observe(NATIONAL)
    assert await stored(w) == ["1", "2", "3"]
    assert [(one.subject, one.code) for one in await w.held()] == [("national_portal/2", "PH-332")]
    assert [one.raw for one in await w.observations() if one.ref == "2"] == [bad.raw]
    [tally] = await w.observe(NATIONAL)
    assert tally.quarantined == 0


async def test_a_fault_of_an_adapter_ends_the_pass_and_moves_no_watermark(w):
    w.national.put("1", plain("1"))
    w.national.fail(KeyError("PAKNID"), on="changes")
    await w.observe(NATIONAL)
    assert await watermark(w) is None
    [run] = await w.sql("SELECT outcome, error_code, ended_at FROM run")
    assert (run["outcome"], run["error_code"]) == ("failed", "PH-000")
    assert run["ended_at"] is not None
    await w.observe(NATIONAL)
    assert await stored(w) == ["1"]


# ---- watermark and pages ----


async def test_the_next_page_is_asked_for_only_when_the_one_before_is_stored(w, monkeypatch):
    w.national.page_size = 2
    for ref in "12345":
        w.national.put(ref, plain(ref))
    real, confirmed = observations.store, []

    async def watching(conn, record, case_id, **more):
        confirmed.append((record.ref, len(w.national.confirmed)))
        return await real(conn, record, case_id, **more)

    monkeypatch.setattr(observations, "store", watching)
    await w.observe(NATIONAL)
    assert confirmed == [("1", 0), ("2", 0), ("3", 2), ("4", 2), ("5", 4)]


async def test_a_death_between_two_records_moves_no_watermark_and_loses_nothing(w, monkeypatch):
    w.national.page_size = 2
    for ref in "1234":
        w.national.put(ref, plain(ref))
    real = observations.store

    class Killed(BaseException):
        """What kill -9 looks like from inside."""

    async def dying(conn, record, case_id, **more):
        if record.ref == "4":
            raise Killed
        return await real(conn, record, case_id, **more)

    monkeypatch.setattr(observations, "store", dying)
    with pytest.raises(Killed):
        await observe(w.ctx, NATIONAL)
    assert await stored(w) == ["1", "2"], "records of a page share a transaction"
    assert await watermark(w) == "2", "the second page is not whole"
    assert w.national.confirmed == [("1", "1"), ("2", "2")]
    monkeypatch.undo()
    await w.observe(NATIONAL)
    assert await stored(w) == ["1", "2", "3", "4"]
    assert w.national.asked == [None, "2"]
    assert (await w.kinds()).count("observed") == 4


async def test_a_page_that_fails_keeps_the_pages_before_it(w):
    w.national.page_size = 2
    for ref in "1234":
        w.national.put(ref, plain(ref))
    w.national.fail(Transient("gateway"), on="page")
    await w.observe(NATIONAL)
    assert await watermark(w) == "2"
    await w.observe(NATIONAL)
    assert await stored(w) == ["1", "2", "3", "4"]


async def test_an_old_watermark_is_never_put_back(w):
    w.national.overlap = 3
    for ref in "123":
        w.national.put(ref, plain(ref))
    await w.observe(NATIONAL)
    await w.observe(NATIONAL)
    assert await watermark(w) == "3"
    assert await stored(w) == ["1", "2", "3"]


# ---- rows ----


async def test_a_row_is_followed_up_once_per_version(w):
    w.national.rows, w.national.overlap = True, 99
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await w.observe(NATIONAL)
    assert w.national.fetched == ["1"]
    w.national.put("1", plain("1", title="Tiêu đề mới"))
    await w.observe(NATIONAL)
    await w.observe(NATIONAL)
    assert w.national.fetched == ["1", "1"]


async def test_a_refresh_does_not_make_a_row_look_new(w):
    """The version of a whole case may be spelled differently from the version of its row."""
    w.national.rows, w.national.overlap = True, 99
    row = w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    w.national.put("1", plain("1"), version="case-1")
    w.clock.forward(90000)
    assert (await w.refresh()).seen == 1
    w.national.put("1", plain("1"), version=row.version)
    await w.observe(NATIONAL)
    assert w.national.fetched == ["1", "1"], "once for the row, once for the refresh"


async def test_a_row_that_cannot_be_followed_up_now_keeps_the_watermark_where_it_was(w):
    w.national.rows = True
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    w.national.put("2", plain("2"))
    w.national.put("3", plain("3"))
    w.national.fail(Transient("slow"), on="fetch", when=lambda ref: ref == "2")
    [tally] = await w.observe(NATIONAL)
    assert (tally.new, tally.skipped) == (1, 1)
    assert await watermark(w) == "1"
    await w.observe(NATIONAL)
    assert sorted(await stored(w)) == ["1", "2", "3"]
    assert w.national.fetched.count("3") == 1
    assert await watermark(w) == "3"


@pytest.mark.parametrize("error", [Permanent("not ours"), KeyError("x")])
async def test_a_row_that_cannot_be_followed_up_at_all_is_asked_for_again_by_a_retry(w, error):
    w.national.rows = True
    w.national.put("1", plain("1"))
    w.national.put("2", plain("2"))
    w.national.fail(error, on="fetch", when=lambda ref: ref == "1")
    await w.observe(NATIONAL)
    [item] = await w.held()
    assert item.subject == "national_portal/1"
    assert await watermark(w) == "2"
    await control.retry(w.ctx, item.id, actor="cli/mau")
    assert await w.held() == []
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).state is not None


# ---- refresh ----


async def linked(w: World) -> str:
    """A case that both sides know. Returns its reference at the register."""
    w.national.put("1", plain("1"))
    await w.rest(2)
    return w.register.refs[0]


async def test_a_refresh_that_is_refused_for_good_waits_for_a_person_who_can_retry(w):
    await linked(w)
    w.clock.forward(90000)
    w.national.fail(Permanent("gone"), on="fetch")
    await w.refresh()
    [item] = await w.held()
    assert (item.subject, item.code) == ("national_portal/1", "PH-330")
    w.clock.forward(90000)
    assert (await w.refresh()).seen == 0, "nobody asks a portal that has refused for good"
    await control.retry(w.ctx, item.id, actor="cli/mau")
    assert await w.held() == []
    w.clock.forward(90000)
    assert (await w.refresh()).seen == 1, "from now on it is read again"


@pytest.mark.parametrize("known", [False, True])
async def test_what_could_not_be_read_once_is_asked_for_again_and_needs_no_person(w, known):
    """A garbled answer passes: nobody should have to notice that the portal was unwell for a moment."""
    if known:
        await linked(w)
        w.clock.forward(90000)
        w.national.fail(Unreadable("cut off"), on="fetch")
        await w.refresh()
    else:
        w.national.put("1", plain("1"), problems=(Problem(where="LICHSU", text="no list"),))
        await w.observe(NATIONAL)
    [item] = await w.held()
    assert item.code == "PH-332"
    w.national.put("1", plain("1", title="Đã sửa"))
    asked = len(w.national.fetched)
    await w.refresh()
    assert len(w.national.fetched) == asked, "not with every tick"
    w.clock.forward(90000)
    await w.refresh()
    assert await w.held() == []
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).state.header.title == "Đã sửa"


async def test_a_mere_status_does_not_make_up_for_a_case_that_was_never_read(w):
    """The queue told the case once and garbled; what the portal tells on request has no content. It stays with a person."""
    w.government.put("1", plain("1"), problems=(Problem(where="CaseEnvelope", text="garbled"),))
    await w.observe(GOVERNMENT)
    [item] = await w.held()
    w.government.put("1", {"id": "1", "acts": []}, kind="event")
    for _ in range(2):
        w.clock.forward(90000)
        await w.refresh(GOVERNMENT)
        await control.retry(w.ctx, item.id, actor="cli/mau")
    assert [one.id for one in await w.held()] == [item.id]


async def test_what_still_cannot_be_read_keeps_waiting_as_the_same_item(w):
    w.national.put("1", plain("1"), problems=(Problem(where="LICHSU", text="no list"),))
    await w.observe(NATIONAL)
    [item] = await w.held()
    for _ in range(3):
        w.clock.forward(90000)
        await w.refresh()
    w.national.fail(Transient("away"), on="fetch")
    w.clock.forward(90000)
    await w.refresh()
    assert [one.id for one in await w.held()] == [item.id]
    assert w.national.fetched == ["1"] * 4


async def test_a_case_that_cannot_be_mapped_is_refreshed_at_the_usual_pace_and_not_with_every_tick(w):
    await linked(w)
    w.national.put("1", plain("1", acts=[act("national_portal:1.9", "la_hoac")]))
    w.clock.forward(90000)
    for _ in range(5):
        await w.refresh()
        w.clock.forward(60)
    assert w.national.fetched == ["1"]
    assert [one.code for one in await w.held()] == ["PH-401"]
    w.clock.forward(90000)
    await w.refresh()
    assert w.national.fetched == ["1", "1"]


async def test_a_reading_from_before_our_write_does_not_cancel_the_reading_after_it(w):
    """The read-back that a delivery asked for is due although an older answer came in meanwhile."""
    ref = await linked(w)
    w.register.put(ref, {**w.register.data(ref), "acts": [act("register:1", "accepted")]})
    await w.observe(REGISTER)
    await w.settle()
    w.clock.forward(90000)
    fetch = w.national.fetch

    async def slow(ref):
        told = await fetch(ref)
        w.clock.forward(1)
        await w.deliver(NATIONAL)
        w.clock.forward(1)
        return told

    w.national.fetch = slow
    await w.refresh()
    w.national.fetch = fetch
    assert (await w.refresh()).seen == 1
    link = (await w.case(NATIONAL, "1")).link(NATIONAL)
    assert [one.kind for one in link.state.acts] == ["accepted"]


async def closed(w: World) -> str:
    """A case that is closed on both sides, and was read back. Returns its reference at the register."""
    ref = await linked(w)
    w.register.put(ref, {**w.register.data(ref), "acts": [act("register:1", "closed")]})
    await w.rest(2)
    assert w.national.data("1")["acts"][0]["kind"] == "closed"
    w.national.fetched.clear()
    return ref


async def test_a_finished_case_is_read_ever_more_rarely_for_some_weeks_and_then_no_more(w):
    await closed(w)
    read = []
    for day in range(1, 101):
        w.clock.forward(86400 + 1)
        if (await w.refresh()).seen:
            read.append(day)
    assert read == [1, 3, 7, 15], "it was closed a day before: two, four, eight and sixteen days after that"


async def test_what_the_last_reading_of_a_finished_case_lacked_is_told_by_the_next(w):
    """A portal that leaves an optional field out keeps its contract; nothing but the next reading can tell."""
    await closed(w)
    whole = w.national.data("1")
    w.national.put("1", {**whole, "sender": None})
    w.clock.forward(90000)
    await w.refresh()
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).state.header.sender.name is None
    w.national.put("1", whole)
    w.clock.forward(90000)
    await w.refresh()
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).state.header.sender.name == "Nguyễn Văn Mẫu"


async def test_a_finished_case_that_cannot_be_mapped_is_read_again_at_the_usual_pace(w):
    """An unknown code may pass as a garbled answer does: long after the end, too, nobody should have to notice."""
    await closed(w)
    whole = w.national.data("1")
    w.clock.forward(20 * 86400)
    w.national.put("1", {**whole, "acts": [*whole["acts"], act("national_portal:1.9", "la_hoac")]})
    await w.refresh()
    assert [one.code for one in await w.held()] == ["PH-401"]
    w.national.put("1", whole)
    w.clock.forward(90000)
    assert (await w.refresh()).seen == 1
    assert await w.held() == []


async def test_a_finished_case_that_is_not_told_any_more_is_no_loss(w):
    """A thread that was handed on is nobody's any more: no person is asked, and the portal is not either."""
    await closed(w)
    w.national.fail(NotOurs("UNKNOWN_CASE"), on="fetch")
    w.clock.forward(90000)
    assert (await w.refresh()).skipped == 1
    assert await w.held() == []
    w.clock.forward(90000)
    assert (await w.refresh()).seen == 0
