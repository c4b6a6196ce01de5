"""What a person may do to the flow: each act takes effect at once, is recorded, and can be asked back."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from connector.app import shipped
from connector.case import REGISTER
from connector.errors import NotFoundError, Permanent, Transient, UserError
from connector.rules.book import RuleBook
from connector.services import control
from connector.services.explain import explain
from connector.services.overview import overview
from connector.store import quarantine
from connector.store.database import Wake
from connector.system import Problem
from tests.integration.core_mapping import CODE, NATIONAL, act, plain
from tests.integration.core_world import World, world

ME = "cli/mau"
BOOK = RuleBook()
CALENDAR = RuleBook.load(shipped("mappings")).calendar


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


class Woken:
    """Stands for the engine."""

    def __init__(self, w: World) -> None:
        self.wakes: set[Wake] = set()
        w.db.defer_with(self)

    async def __call__(self, _conn: object, wakes: Iterable[Wake]) -> None:
        self.wakes |= set(wakes)


async def refused(w: World) -> int:
    """A creation that the register refused. Returns its quarantine number."""
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    await w.settle()
    w.register.fail(Permanent("no"))
    await w.deliver(REGISTER)
    [item] = await w.held()
    return item.id


# ---- scopes ----


@pytest.mark.parametrize(
    ("named", "scope"),
    [
        ({"system": NATIONAL}, "system:national_portal"),
        ({"flow": f"observe:{NATIONAL}"}, "flow:observe:national_portal"),
        ({"flow": f"deliver:{REGISTER}"}, "flow:deliver:register"),
        ({"case": "1"}, "case:1"),
        ({"case": CODE}, "case:1"),
        ({"case": f"{REGISTER}:57"}, "case:1"),
    ],
)
async def test_what_may_be_named(w, named, scope):
    w.register.put("57", plain("57", code=CODE))
    await w.observe(REGISTER)
    whole = {"system": None, "flow": None, "case": None, **named}
    assert await control.scope_of(w.ctx, **whole) == scope


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"system": NATIONAL, "case": "1"},
        {"system": "moon_portal"},
        {"flow": "observe:moon_portal"},
        {"flow": f"settle:{NATIONAL}"},
        {"flow": NATIONAL},
    ],
)
async def test_what_may_not_be_named(w, named):
    with pytest.raises(UserError):
        await control.scope_of(w.ctx, **{"system": None, "flow": None, "case": None, **named})


async def test_a_case_that_nobody_knows_is_not_found(w):
    with pytest.raises(NotFoundError):
        await control.scope_of(w.ctx, system=None, flow=None, case="gì đó")


# ---- pause and resume ----


async def test_a_pause_is_recorded_once_and_so_is_its_end(w):
    scope = f"system:{NATIONAL}"
    assert await control.pause(w.ctx, scope, actor=ME, reason="bảo trì")
    assert not await control.pause(w.ctx, scope, actor=ME, reason="lần hai")
    assert [row["reason"] for row in await w.sql("SELECT reason FROM pause")] == ["bảo trì"]
    assert await control.resume(w.ctx, scope, actor=ME)
    assert not await control.resume(w.ctx, scope, actor=ME)
    entries = await w.entries()
    assert [(one.kind, one.actor, one.data["scope"]) for one in entries] == [
        ("paused", ME, scope),
        ("resumed", ME, scope),
    ]


async def test_a_paused_system_is_neither_asked_nor_written_to_and_the_others_go_on(w):
    await control.pause(w.ctx, f"system:{NATIONAL}", actor=ME, reason="bảo trì")
    w.national.put("1", plain("1"))
    w.government.put("2", plain("2"))
    await w.rest(2)
    assert w.national.asked == []
    assert len(w.register.refs) == 1
    await control.resume(w.ctx, f"system:{NATIONAL}", actor=ME)
    await w.rest(2)
    assert len(w.register.refs) == 2


async def test_one_paused_flow_leaves_the_other_flow_of_that_system_running(w):
    await control.pause(w.ctx, f"flow:deliver:{REGISTER}", actor=ME, reason="kiểm tra")
    w.national.put("1", plain("1"))
    w.register.put("58", plain("58", code=CODE))
    await w.rest(2)
    assert w.register.applied == []
    assert (await w.case(REGISTER, "58")).code == CODE


async def test_a_resume_goes_on_at_once(w):
    scope = f"case:{1}"
    await control.pause(w.ctx, scope, actor=ME, reason="kiểm tra")
    woken = Woken(w)
    await control.resume(w.ctx, scope, actor=ME)
    assert woken.wakes == {Wake(flow="sweep")}


# ---- ask now ----


async def test_asking_now_wakes_every_system_or_the_one_that_is_named(w):
    woken = Woken(w)
    assert set(await control.sync_now(w.ctx, system=None, case=None, actor=ME)) == set(w.ctx.settings.systems)
    assert {one.system for one in woken.wakes if one.flow == "observe"} == set(w.ctx.settings.systems)
    woken.wakes.clear()
    await control.sync_now(w.ctx, system=NATIONAL, case=None, actor=ME)
    assert woken.wakes == {Wake(flow="observe", system=NATIONAL), Wake(flow="sweep")}
    with pytest.raises(UserError):
        await control.sync_now(w.ctx, system="moon_portal", case=None, actor=ME)


async def test_asking_now_for_a_case_reads_it_again_before_its_time(w):
    w.national.put("1", plain("1"))
    await w.rest(2)
    fetched = len(w.national.fetched)
    assert (await w.refresh()).seen == 0
    await control.sync_now(w.ctx, system=None, case=f"{NATIONAL}:1", actor=ME)
    due = await w.sql("SELECT system FROM link WHERE refresh_at <= %s", w.clock.now())
    assert [one["system"] for one in due] == [NATIONAL], "a register tells its changes by itself"
    assert (await w.refresh()).seen == 1
    assert len(w.national.fetched) == fetched + 1
    assert (await w.entries())[-1].actor == ME


async def test_what_is_asked_for_is_read_before_a_backlog_and_the_backlog_moves_on(w):
    """Asking again and again does not put a case off behind what became due before it, nor what was due before it for ever."""
    refs = [str(number) for number in range(1, 7)]
    for ref in refs:
        w.national.put(ref, plain(ref))
    await w.rest(2)
    work = w.ctx.settings.work.model_copy(update={"slice_cases": 2})
    w.ctx.settings = w.ctx.settings.model_copy(update={"work": work})
    w.clock.forward(90000)
    w.national.fetched.clear()
    for _ in range(3):
        await control.sync_now(w.ctx, system=None, case=f"{NATIONAL}:4", actor=ME)
        assert (await w.refresh()).more
        w.clock.forward(1)
    assert w.national.fetched.count("4") == 3
    assert len(set(w.national.fetched)) == 4, "one of the others with each slice"


# ---- retry and dismiss ----


async def test_a_retry_delivers_anew_under_a_new_key_and_says_who_ordered_it(w):
    item = await refused(w)
    before = await w.write(target=REGISTER)
    woken = Woken(w)
    told = await control.retry(w.ctx, item, actor=ME)
    assert told.id == item
    assert woken.wakes == {Wake(flow="deliver", system=REGISTER, source=NATIONAL, lane=0)}
    after = await w.write(target=REGISTER)
    assert (after.state, after.operation, after.epoch) == ("planned", None, before.epoch + 1)
    assert after.key != before.key
    entry = (await w.entries())[-1]
    assert (entry.kind, entry.actor, entry.data["quarantine_id"]) == ("retried", ME, item)
    await w.deliver(REGISTER)
    assert len(w.register.effects) == 1
    assert await w.held() == []


async def test_a_second_retry_of_the_same_item_finds_nothing_open(w):
    item = await refused(w)
    await control.retry(w.ctx, item, actor=ME)
    with pytest.raises(NotFoundError):
        await control.retry(w.ctx, item, actor=ME)
    with pytest.raises(NotFoundError):
        await control.retry(w.ctx, 999, actor=ME)


async def test_a_retry_that_is_refused_again_is_one_open_item(w):
    item = await refused(w)
    w.register.fail(Permanent("still no"))
    await control.retry(w.ctx, item, actor=ME)
    await w.deliver(REGISTER)
    assert [one.reason for one in await w.held()] == ["still no"]


async def test_a_retry_of_what_the_adapter_could_not_read_asks_the_system_again(w):
    w.national.put("1", plain("1"), problems=(Problem(where="NGAYGUI", text="not a date"),))
    await w.observe(NATIONAL)
    [item] = await w.held()
    await control.retry(w.ctx, item.id, actor=ME)
    assert [one.id for one in await w.held()] == [item.id], "the system still tells it like that"
    w.national.fail(Transient("away"), on="fetch")
    w.national.put("1", plain("1", title="Đã sửa"))
    with pytest.raises(Transient):
        await control.retry(w.ctx, item.id, actor=ME)
    assert [one.id for one in await w.held()] == [item.id]
    await control.retry(w.ctx, item.id, actor=ME)
    assert await w.held() == []
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).state.header.title == "Đã sửa"


async def test_a_retry_that_no_mapping_helps_asks_what_the_system_tells_by_now(w):
    """The portal corrected a code without a new version: no list will ever tell it again."""
    w.national.rows = True
    w.national.put("1", plain("1", privacy="la"))
    await w.observe(NATIONAL)
    [item] = await w.held()
    version = "1"
    w.national.put("1", plain("1"), version=version)
    await w.observe(NATIONAL)
    assert [one.id for one in await w.held()] == [item.id], "a version that was read is not asked for"
    await control.retry(w.ctx, item.id, actor=ME)
    assert await w.held() == []
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).state is not None


async def test_a_retry_ends_what_waits_if_the_system_tells_again_what_it_told_under_this_version_before(w):
    """Told well, then garbled, then well again, all as one version: the well one is no news, and still ends the wait."""
    good, odd = plain("1"), plain("1", acts=[act("national_portal:1.9", "la_hoac")])
    w.national.put("1", good, version="7")
    await w.rest(2)
    for data in (odd, good, odd):
        w.national.put("1", data, version="7")
        w.clock.forward(90000)
        await w.refresh()
        for item in await w.held():
            await control.retry(w.ctx, item.id, actor=ME)
    [item] = await w.held()
    w.national.put("1", good, version="7")
    await control.retry(w.ctx, item.id, actor=ME)
    assert await w.held() == []


async def test_a_retried_write_reads_again_what_it_was_made_from(w):
    """A finished case is not read by itself: a wrong telling of it would spoil the write again and again."""
    item = await refused(w)
    await w.sql("UPDATE link SET refresh_at = NULL")
    await control.retry(w.ctx, item, actor=ME)
    due = await w.sql("SELECT count(*) AS n FROM link WHERE refresh_at IS NOT NULL")
    assert due[0]["n"] > 0


async def test_one_retry_that_fails_does_not_keep_the_others_from_being_tried(w):
    for ref in ("1", "2"):
        w.national.put(ref, plain(ref), problems=(Problem(where="NGAYGUI", text="not a date"),))
    await w.observe(NATIONAL)
    items = [one.id for one in await w.held()]
    for ref in ("1", "2"):
        w.national.put(ref, plain(ref))
    w.national.fail(Transient("away"), on="fetch", when=lambda ref: ref == "1")
    failed = await control.retry_each(w.ctx, items, actor=ME)
    assert [type(one) for one in failed] == [Transient]
    assert [one.id for one in await w.held()] == items[:1]


async def test_a_dismissal_needs_a_reason_and_ends_the_write_for_good(w):
    item = await refused(w)
    with pytest.raises(UserError):
        await control.dismiss(w.ctx, item, actor=ME, note="  ")
    await control.dismiss(w.ctx, item, actor=ME, note="trùng hồ sơ")
    assert (await w.write(target=REGISTER)).state == "dismissed"
    async with w.db.reading() as conn:
        [closed] = await quarantine.listed(conn, state="dismissed")
    assert (closed.closed_by, closed.closed_note) == (ME, "trùng hồ sơ")
    w.national.put("1", plain("1", title="Tiêu đề khác"))
    await w.rest(3)
    assert len(w.register.applied) == 1
    assert (await w.write(target=REGISTER)).state == "dismissed"
    with pytest.raises(NotFoundError):
        await control.dismiss(w.ctx, item, actor=ME, note="lần hai")


async def test_nothing_leaves_the_quarantine_by_age(w):
    item = await refused(w)
    for _ in range(5):
        w.clock.forward(400 * 86400)
        await w.rest(1)
    assert [one.id for one in await w.held()] == [item]


# ---- what is shown ----


async def test_a_case_is_explained_without_what_its_sender_wrote(w):
    item = await refused(w)
    view = await explain(w.db, f"{NATIONAL}:1", book=BOOK, now=w.clock.now())
    assert [one.key for one in view.next] == ["next.quarantined"]
    assert view.quarantine[0].id == item
    assert "Nguyễn Văn Mẫu" not in repr(view)
    assert "Chậm trả" not in repr(view)
    with pytest.raises(NotFoundError):
        await explain(w.db, "không có", book=BOOK, now=w.clock.now())


async def test_the_overview_is_idle_only_when_nothing_is_left_that_needs_no_person(w):
    assert (await overview(w.db, w.ctx.settings, CALENDAR, w.clock.now())).idle
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    view = await overview(w.db, w.ctx.settings, CALENDAR, w.clock.now())
    assert (view.idle, view.unsettled, view.cases) == (False, 1, 1)
    await w.settle()
    assert not (await overview(w.db, w.ctx.settings, CALENDAR, w.clock.now())).idle
    w.register.fail(Permanent("no"))
    await w.deliver(REGISTER)
    view = await overview(w.db, w.ctx.settings, CALENDAR, w.clock.now())
    assert (view.idle, view.quarantined) == (True, 1)
    await control.pause(w.ctx, f"system:{NATIONAL}", actor=ME, reason="bảo trì")
    states = {
        one.name: one for one in (await overview(w.db, w.ctx.settings, CALENDAR, w.clock.now())).systems
    }
    assert states[NATIONAL].paused == "bảo trì"
    assert states[REGISTER].deliveries == {"quarantined": 1}


async def test_acts_are_explained_on_each_side(w):
    w.national.put("1", plain("1", acts=[act("national_portal:1.1", "rated")]))
    await w.rest(2)
    view = await explain(w.db, f"{NATIONAL}:1", book=BOOK, now=w.clock.now())
    assert {side.system: len(side.acts) for side in view.sides} == {REGISTER: 1, NATIONAL: 1}
    assert [one.key for one in view.next] == ["next.nothing"]
