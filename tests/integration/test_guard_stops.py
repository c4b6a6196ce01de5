"""A guard stops one flow, names its numbers, loses nothing; a person lets exactly that number pass, once, and says why."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.case import REGISTER
from connector.errors import CredentialsRefused, SafetyStop, Transient, UserError
from connector.ledger.entry import Entry
from connector.mapping import MappingSet
from connector.services import control
from connector.store import flows, releases
from connector.store.flows import Pause
from connector.store.schema import NEWEST
from connector.sync.guards import GuardSettings
from connector.sync.rewrite import MAPPINGS, judge_changes, rewrites
from connector.sync.sweep import sweep
from connector.system import Page, Pong
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, act, plain
from tests.integration.core_world import World, sent_acts, world

ME = "cli/mau"
WRITES = f"flow:deliver:{NATIONAL}"
READS = f"flow:observe:{NATIONAL}"


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


def guard(w: World, **thresholds: Any) -> None:
    settings = w.ctx.settings.model_copy(update={"guards": GuardSettings(**thresholds)})
    w.ctx = replace(w.ctx, settings=settings)


async def pauses(w: World) -> list[Pause]:
    async with w.db.reading() as conn:
        return await flows.pauses(conn)


async def newest(w: World, kind: str) -> Entry:
    return [one for one in await w.entries() if one.kind == kind][-1]


async def linked(w: World, count: int, *, start: int = 0) -> None:
    """So many cases of the portal, known on both sides."""
    for n in range(start, start + count):
        w.national.put(str(n), plain(str(n)))
    await w.rest(2)


async def acted(w: World, refs: range, kind: str, name: str) -> None:
    """The register's officials act on so many of them; the writes are planned."""
    wanted = {str(n) for n in refs}
    for here in w.register.refs:
        data = w.register.data(here) or {}
        if data.get("origin_ref") in wanted:
            w.register.put(here, {**data, "acts": [*data["acts"], act(f"register:{here}.{name}", kind, 5)]})
    await w.observe(REGISTER)
    await w.settle()


# ---- floods -------------------------------------------------------------------------------------------------


async def test_a_flood_of_changes_is_stopped_before_the_first_one_leaves(w):
    await linked(w, 6)
    guard(w, flood_min_count=3, flood_percent=50)
    await acted(w, range(5), "accepted", "a")
    await w.deliver(NATIONAL)
    assert w.national.applied == []
    [pause] = await pauses(w)
    assert (pause.scope, pause.code, pause.guard) == (WRITES, "PH-410", "flood")
    assert pause.numbers == {"changed": 5, "known": 6, "limit": 3}
    entry = await newest(w, "guard_stopped")
    assert (entry.system, entry.data["guard"], entry.data["changed"]) == (NATIONAL, "flood", 5)
    assert [one for one in w.logs if one["event"] == "held"][-1]["changed"] == 5


async def test_what_a_flood_holds_waits_whole_while_every_other_flow_goes_on(w):
    await linked(w, 6)
    guard(w, flood_min_count=3, flood_percent=50)
    await acted(w, range(5), "accepted", "a")
    w.government.put("g1", plain("g1"))
    w.national.put("99", plain("99"))
    await w.rest(2)
    assert await sent_acts(w) == ["planned"] * 5
    assert w.national.applied == []
    assert {"g1", "99"} <= {(w.register.data(here) or {}).get("origin_ref") for here in w.register.refs}


async def test_changes_below_the_threshold_pass_and_so_do_any_number_of_new_cases(w):
    guard(w, flood_min_count=3, flood_percent=50)
    await linked(w, 12)
    await acted(w, range(6), "accepted", "a")
    await w.deliver(NATIONAL)
    assert await pauses(w) == []
    assert await sent_acts(w) == ["done"] * 6


async def test_changes_outside_the_window_are_not_counted_together(w):
    await linked(w, 6)
    guard(w, flood_min_count=3, flood_percent=50, window_s=600)
    for n in range(0, 6, 3):
        await acted(w, range(n, n + 3), "accepted", "a")
        await w.deliver(NATIONAL)
        w.clock.forward(601)
    assert await pauses(w) == []
    assert await sent_acts(w) == ["done"] * 6


async def test_many_small_waves_within_the_window_are_a_flood(w):
    await linked(w, 6)
    guard(w, flood_min_count=3, flood_percent=50, window_s=600)
    for n in range(4):
        await acted(w, range(n, n + 1), "accepted", "a")
        await w.deliver(NATIONAL)
        w.clock.forward(60)
    assert sorted(await sent_acts(w)) == ["done", "done", "done", "planned"]
    assert [one.numbers["changed"] for one in await pauses(w)] == [4]


async def test_a_released_flood_passes_whole_and_the_next_one_is_stopped_again(w):
    await linked(w, 8)
    guard(w, flood_min_count=3, flood_percent=40)
    await acted(w, range(5), "accepted", "a")
    await w.deliver(NATIONAL)
    w.clock.forward(1)
    assert await control.resume(w.ctx, WRITES, actor=ME, reason="Đợt giao việc đầu năm, công văn 12")
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"] * 5
    w.clock.forward(1)
    await acted(w, range(4, 8), "assigned", "b")
    await w.deliver(NATIONAL)
    assert [one.numbers["changed"] for one in await pauses(w)] == [4]
    assert len(w.national.effects) == 5


async def test_a_release_without_a_reason_is_refused_and_one_with_it_is_recorded(w):
    await linked(w, 6)
    guard(w, flood_min_count=3, flood_percent=50)
    await acted(w, range(5), "accepted", "a")
    await w.deliver(NATIONAL)
    for reason in (None, "", "  "):
        with pytest.raises(UserError, match="--reason"):
            await control.resume(w.ctx, WRITES, actor=ME, reason=reason)
    assert [one.scope for one in await pauses(w)] == [WRITES]
    await control.resume(w.ctx, WRITES, actor=ME, reason="12/UBND-VP")
    entry = await newest(w, "resumed")
    assert (entry.actor, entry.data["guard"], entry.data["changed"]) == (ME, "flood", 5)
    assert entry.data["reason_code"] == "12/UBND-VP"
    async with w.db.reading() as conn:
        [kept] = await releases.of_scope(conn, WRITES)
    assert (kept.guard, kept.amount, kept.actor, kept.reason) == ("flood", 5, ME, "12/UBND-VP")


async def test_a_reason_in_words_leaves_only_its_digest_in_the_log(w):
    await linked(w, 6)
    guard(w, flood_min_count=3, flood_percent=50)
    await acted(w, range(5), "accepted", "a")
    await w.deliver(NATIONAL)
    await control.resume(w.ctx, WRITES, actor=ME, reason="Đã gọi chị Lê Thị Mẫu xác nhận")
    assert (await newest(w, "resumed")).data["reason_code"].startswith("sha256:")


async def test_nobody_lets_pass_a_number_that_he_has_not_seen(w):
    await linked(w, 8)
    guard(w, flood_min_count=3, flood_percent=40)
    await acted(w, range(4), "accepted", "a")
    await w.deliver(NATIONAL)
    await acted(w, range(4, 8), "accepted", "a")
    with pytest.raises(UserError, match="more than was shown"):
        await control.resume(w.ctx, WRITES, actor=ME, reason="12/UBND-VP")
    [pause] = await pauses(w)
    assert pause.numbers["changed"] == 8
    assert "8 cases" in pause.reason
    assert await control.resume(w.ctx, WRITES, actor=ME, reason="12/UBND-VP")


async def test_what_was_planned_while_a_flow_stood_counts_however_long_ago(w):
    """A person paused it overnight: in the morning the window is over, but the flood is still there."""
    await linked(w, 8)
    guard(w, flood_min_count=3, flood_percent=40, window_s=600)
    await control.pause(w.ctx, WRITES, actor=ME, reason="bảo trì")
    await acted(w, range(5), "accepted", "a")
    w.clock.forward(50_000)
    with pytest.raises(UserError, match="5 cases"):
        await control.resume(w.ctx, WRITES, actor=ME)
    assert [(one.guard, one.numbers["changed"]) for one in await pauses(w)] == [("flood", 5)]
    await control.resume(w.ctx, WRITES, actor=ME, reason="12/UBND-VP")
    await w.deliver(NATIONAL)
    assert await sent_acts(w) == ["done"] * 5


async def test_a_flood_that_cannot_be_sent_now_is_stopped_while_it_is_fresh(w):
    """The portal is away; when it comes back after hours the flood would lie outside the window."""
    await linked(w, 8)
    guard(w, flood_min_count=3, flood_percent=40, window_s=600)
    await control.pause(w.ctx, f"system:{NATIONAL}", actor=ME, reason="cổng bảo trì")
    await acted(w, range(5), "accepted", "a")
    await sweep(w.ctx)
    w.clock.forward(50_000)
    await control.resume(w.ctx, f"system:{NATIONAL}", actor=ME)
    await w.deliver(NATIONAL)
    assert w.national.applied == []
    assert [one.guard for one in await pauses(w)] == ["flood"]


async def test_a_fault_in_telling_the_time_does_not_keep_a_system_from_being_read(w):
    _tell_time(w, [KeyError("ServerTime")])
    w.national.put("1", plain("1"))
    assert (await w.observe(NATIONAL))[0].new == 1


async def test_a_mass_withdrawal_is_stopped_long_before_a_flood_is(w):
    await linked(w, 6)
    guard(w, withdrawal_min_count=2, withdrawal_percent=10)
    for n in range(3):
        data = w.national.data(str(n)) or {}
        w.national.put(str(n), {**data, "acts": [*data["acts"], act(f"{NATIONAL}:{n}.w", "recalled", 9)]})
    before = len(w.register.effects)
    await w.observe(NATIONAL)
    await w.settle()
    await w.deliver(REGISTER)
    [pause] = await pauses(w)
    assert (pause.scope, pause.guard) == (f"flow:deliver:{REGISTER}", "withdrawals")
    assert pause.numbers == {"withdrawn": 3, "known": 6, "limit": 2}
    assert len(w.register.effects) == before
    w.clock.forward(1)
    await control.resume(w.ctx, pause.scope, actor=ME, reason="12/UBND-VP")
    await w.deliver(REGISTER)
    assert len(w.register.effects) == before + 3


# ---- answers, watermarks, clocks ----------------------------------------------------------------------------


async def test_a_released_answer_passes_in_the_size_that_was_shown_and_not_in_a_smaller_one(w):
    w.national.can(whole_list=True)
    for n in range(30):
        w.national.put(str(n), plain(str(n), acts=[act(f"{NATIONAL}:{n}.1", "forwarded")]))
    await w.observe(NATIONAL)
    w.national.total = 3
    await w.observe(NATIONAL)
    assert [one.numbers for one in await pauses(w)] == [{"total": 3, "before": 30, "limit": 15}]
    await control.resume(w.ctx, READS, actor=ME, reason="12/UBND-VP")
    w.national.total = 2
    await w.observe(NATIONAL)
    assert [one.numbers["total"] for one in await pauses(w)] == [2]


async def test_a_watermark_in_the_future_stops_reading_before_anything_is_stored(w):
    await _tell_mark(w, ahead=timedelta(hours=2))
    w.national.put("1", plain("1"))
    await w.observe()
    [pause] = await pauses(w)
    assert (pause.scope, pause.guard, pause.numbers["ahead_s"]) == (READS, "future_watermark", 7200)
    assert await w.observations() == []
    await control.resume(w.ctx, READS, actor=ME, reason="12/UBND-VP")
    await w.observe(NATIONAL)
    assert len(await w.observations()) == 1
    await w.observe(NATIONAL)
    assert [one.guard for one in await pauses(w)] == ["future_watermark"], "a release passes once"


async def test_a_mark_that_became_one_of_the_future_stops_reading_too(w):
    """Our own clock was ahead for a while: what changed since lies before the mark and would be skipped."""
    await _tell_mark(w, ahead=timedelta(0))
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    w.clock.forward(-7200)
    asked = len(w.national.asked)
    await w.observe(NATIONAL)
    assert [one.guard for one in await pauses(w)] == ["future_watermark"]
    assert len(w.national.asked) == asked


async def _tell_mark(w: World, *, ahead: timedelta) -> None:
    tell = w.national.changes

    async def changes(since: str | None) -> AsyncIterator[Page]:
        async for page in tell(since):
            yield replace(page, mark_at=w.clock.now() + ahead)

    w.national.changes = changes  # type: ignore[method-assign]


@pytest.mark.parametrize("ahead", [3600, -3600])
async def test_a_clock_far_off_stops_reading_of_that_system_and_a_release_passes_once(w, ahead):
    guard(w, clock_every_s=0)
    told = [Pong(server_time=w.clock.now() + timedelta(seconds=ahead))]
    _tell_time(w, told)
    w.national.put("1", plain("1"))
    w.government.put("2", plain("2"))
    await w.observe()
    [pause] = await pauses(w)
    assert (pause.scope, pause.guard, pause.numbers) == (
        READS,
        "clock_skew",
        {"ahead_s": ahead, "limit_s": 60},
    )
    assert w.national.asked == []
    assert (await w.case(GOVERNMENT, "2")).link(GOVERNMENT) is not None
    await control.resume(w.ctx, READS, actor=ME, reason="12/UBND-VP")
    await w.observe(NATIONAL)
    assert len(w.national.asked) == 1
    await w.observe(NATIONAL)
    assert [one.guard for one in await pauses(w)] == ["clock_skew"]


async def test_a_system_is_asked_for_its_time_only_now_and_then(w):
    guard(w, clock_every_s=3600)
    asked = _tell_time(w, [Pong(server_time=w.clock.now())])
    for _ in range(3):
        await w.observe(NATIONAL)
        w.clock.forward(600)
    assert len(asked) == 1


async def test_a_system_that_does_not_tell_its_time_is_read_all_the_same(w):
    _tell_time(w, [Transient("slow")])
    w.national.put("1", plain("1"))
    assert (await w.observe(NATIONAL))[0].new == 1


async def test_a_refused_account_shows_at_the_first_question_already(w):
    _tell_time(w, [CredentialsRefused("login")])
    await w.observe(NATIONAL)
    assert [one.scope for one in await pauses(w)] == [f"system:{NATIONAL}"]
    assert w.national.asked == []


def _tell_time(w: World, told: list[Pong | Exception]) -> list[None]:
    asked: list[None] = []

    async def ping() -> Pong:
        asked.append(None)
        if isinstance(told[0], Exception):
            raise told[0]
        return told[0]

    w.national.ping = ping  # type: ignore[method-assign]
    return asked


async def test_a_stop_that_an_adapter_orders_needs_a_reason_too(w):
    w.national.fail(SafetyStop("clock far off", guard="của riêng cổng", ref=900000123, seen=7), on="changes")
    await w.observe(NATIONAL)
    assert [(one.guard, one.numbers) for one in await pauses(w)] == [("adapter", {"seen": 7})]
    with pytest.raises(UserError, match="--reason"):
        await control.resume(w.ctx, READS, actor=ME)
    assert await control.resume(w.ctx, READS, actor=ME, reason="12/UBND-VP")


# ---- changed mappings ---------------------------------------------------------------------------------------


async def test_an_unchanged_mapping_rewrites_nothing(w):
    await linked(w, 4)
    await acted(w, range(4), "accepted", "a")
    await w.rest(2)
    assert await rewrites(w.ctx) == {}


async def _other_titles(w: World) -> None:
    """A mapping by which the portal's title reads differently."""
    folder = w.mappings / NATIONAL / "mapping.toml"
    folder.write_text(
        folder.read_text(encoding="utf-8").replace(
            'title = { from = "title"', 'title = { from = "content"', 1
        ),
        encoding="utf-8",
    )
    w.ctx = replace(w.ctx, mappings=MappingSet.load(w.mappings))


async def test_a_changed_mapping_that_would_rewrite_many_cases_stops_those_writes_at_the_start(w):
    await linked(w, 5)
    guard(w, rewrite_min_count=3, rewrite_percent=50)
    await judge_changes(w.ctx, {MAPPINGS: "a" * 64})
    planned = len(await w.writes())
    await _other_titles(w)
    assert await judge_changes(w.ctx, {MAPPINGS: "b" * 64}) == {REGISTER: 5}
    [pause] = await pauses(w)
    assert (pause.scope, pause.guard) == (f"flow:deliver:{REGISTER}", "rewrite")
    assert pause.numbers == {"cases": 5, "known": 5, "limit": 3}
    assert len(await w.writes()) == planned, "a dry run plans nothing"
    entry = await newest(w, "mapping_changed")
    assert (entry.data["cases"], entry.data["digest"]) == (5, "b" * 64)
    await control.resume(w.ctx, pause.scope, actor=ME, reason="12/UBND-VP")
    await judge_changes(w.ctx, {MAPPINGS: "b" * 64})
    assert await pauses(w) == [], "what was released is not judged again"


async def test_a_change_below_the_threshold_is_recorded_and_stops_nothing(w):
    await linked(w, 5)
    await judge_changes(w.ctx, {MAPPINGS: "a" * 64, "settings": "c" * 64})
    await _other_titles(w)
    await judge_changes(w.ctx, {MAPPINGS: "b" * 64, "settings": "c" * 64})
    assert await pauses(w) == []
    assert (await w.kinds()).count("mapping_changed") == 1
    assert "settings_changed" not in await w.kinds()


async def test_the_first_start_has_nothing_to_compare_with(w):
    await linked(w, 5)
    guard(w, rewrite_min_count=1, rewrite_percent=1)
    await _other_titles(w)
    assert await judge_changes(w.ctx, {MAPPINGS: "a" * 64}) == {}
    assert await pauses(w) == []


# ---- the database's own version ----


async def test_a_database_that_moved_to_another_version_is_told_once_by_whoever_starts_on_it(w):
    async def moved() -> tuple[str, str] | None:
        async with w.db.unit() as unit:
            return await releases.moved_from(unit.conn, w.clock.now())

    assert await moved() is None, "the first time there is nothing to compare with"
    await w.sql("UPDATE fingerprint SET digest = '0001_pre' WHERE name = 'database'")
    assert await moved() == ("0001_pre", NEWEST)
    assert await moved() is None
