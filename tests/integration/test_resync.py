"""A plan does exactly what was shown, or nothing: previewed, approved, carried out, held, stopped, taken up again."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.case import REGISTER
from connector.errors import ApprovalNeeded, NotFoundError, Permanent, PlanOver, Unreachable, UserError
from connector.reconcile.plan import Deed
from connector.sections.repair import ResyncSettings
from connector.services import planning
from connector.services import resync as service
from connector.services.officers import Decision
from connector.services.planning import Wanted
from connector.store import endings, plans
from connector.store.cases import End, EndedAs
from connector.store.leaf import Place
from connector.store.plans import KeptStep, Plan
from connector.sync.resync import resync
from connector.sync.sweep import sweep
from tests.integration.core_mapping import CODE, GOVERNMENT, NATIONAL, act, plain
from tests.integration.core_world import World, world

MAKER, CHECKER = "nguyen.van.mau", "tran.thi.mau"
DECISION = Decision(officer=CHECKER, basis="123/QD-VP")
NEW_TITLE = "Chậm trả kết quả, đã bổ sung giấy tờ"


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def town(w: World, *refs: str) -> None:
    """Cases of the portal that both sides agree on."""
    for ref in refs:
        w.national.put(ref, plain(ref, title=f"Chậm trả kết quả hồ sơ {ref}"))
    await w.rest(3)


def edit(w: World, ref: str, **changes: Any) -> None:
    """The portal's own case changes, and the live flow has not heard of it."""
    w.national.put(ref, {**(w.national.data(ref) or {}), **changes})


async def make(w: World, by: str = MAKER, **wanted: Any) -> Plan:
    plan = await planning.make(w.ctx, Wanted(**wanted), by=by)
    assert plan is not None
    return plan


async def steps(w: World, plan: Plan) -> list[KeptStep]:
    async with w.db.reading() as conn:
        return await plans.steps(conn, plan.id, Place(most=1000))


async def carry_out(w: World, plan: Plan, *, approved: bool = True) -> list[KeptStep]:
    if plan.reasons and approved:
        await service.approve(w.ctx, plan.digest, DECISION)
    await service.start(w.ctx, plan.digest, by=MAKER)
    while await resync(w.ctx, plan.id):
        pass
    return await steps(w, plan)


async def state(w: World, plan: Plan) -> str:
    async with w.db.reading() as conn:
        kept = await plans.by_id(conn, plan.id)
    assert kept is not None
    return kept.state


def deeds(step: KeptStep) -> list[Deed]:
    return [one.item.deed for one in step.items]


def here(w: World, ref: str) -> dict[str, Any]:
    """The register's case that was born as that case of the portal."""
    found = [data for one in w.register.refs if (data := w.register.data(one)) and data["origin_ref"] == ref]
    assert len(found) == 1
    return found[0]


async def everything(w: World) -> dict[str, list[dict[str, Any]]]:
    """All rows that the flow lives on."""
    tables = ("case_record", "link", "delivery", "observation", "quarantine", "watermark", "case_key")
    return {name: await w.sql(f"SELECT * FROM {name} ORDER BY 1, 2") for name in tables}  # noqa: S608  # constants


# ---- preview ------------------------------------------------------------------------------------------------


async def test_a_preview_shows_each_write_with_both_values_and_changes_nothing(w: World) -> None:
    await town(w, "1")
    edit(w, "1", title=NEW_TITLE)
    before = await everything(w)
    kinds = await w.kinds()
    plan = await make(w, cases=("1",))
    assert await everything(w) == before
    assert await w.kinds() == [*kinds, "resync_planned"]
    [step] = await steps(w, plan)
    read, send = (one.item for one in step.items)
    assert (read.deed, read.system) == (Deed.READ, NATIONAL)
    assert (send.deed, send.system, send.source, send.calls) == (Deed.SEND, REGISTER, NATIONAL, 1)
    assert [(one.field, one.old, one.new) for one in send.changes] == [
        ("title", "Chậm trả kết quả hồ sơ 1", NEW_TITLE)
    ]
    assert (plan.totals.cases, plan.totals.writes, plan.reasons) == (1, 1, ())
    assert plan.totals.calls == {REGISTER: 2, NATIONAL: 1}
    assert {one.guard for one in plan.verdicts} == {"flood", "withdrawals", "rewrite"}
    assert not any(one.stops for one in plan.verdicts)


async def test_where_all_is_equal_there_is_no_plan(w: World) -> None:
    await town(w, "1", "2")
    assert await planning.make(w.ctx, Wanted(system=NATIONAL), by=MAKER) is None


async def test_a_plan_towards_the_portals_writes_nothing_into_the_register(w: World) -> None:
    """Also without a portal named: what the live flow has read and not settled yet is none of its business."""
    await town(w, "1")
    w.clock.forward(10)
    edit(w, "1", title=NEW_TITLE)
    await w.observe(NATIONAL)
    assert await planning.make(w.ctx, Wanted(cases=("1",), direction="up"), by=MAKER) is None
    assert (await make(w, cases=("1",), direction="down", fresh=False)).totals.writes == 1


async def test_a_preview_is_sealed_and_dies_with_its_case(w: World) -> None:
    await town(w, "1")
    edit(w, "1", title=NEW_TITLE)
    plan = await make(w, cases=("1",))
    rows = await w.sql("SELECT i::text AS i, s::text AS s FROM resync_item AS i, resync_step AS s")
    assert NEW_TITLE not in repr(rows)
    number = (await w.case(NATIONAL, "1")).id
    end = End(kind=EndedAs.ERASED, at=w.clock.now(), officer=CHECKER, basis="1/QD")
    async with w.db.unit() as unit:
        await endings.end(unit.conn, number, end, code="PH-403")
    [step] = await carry_out(w, plan)
    assert (step.salt, step.state, step.items[0].item.changes) == (None, "held", ())
    assert await w.sql("SELECT FROM resync_item WHERE sealed_changes IS NOT NULL") == []


async def test_the_same_preview_twice_tells_nothing_by_its_digests(w: World) -> None:
    """A phone number could be guessed from a digest; these are salted."""
    await town(w, "1")
    edit(w, "1", title=NEW_TITLE)
    one, two = await make(w, cases=("1",)), await make(w, cases=("1",))
    assert one.digest != two.digest


async def test_scopes_pick_their_cases(w: World) -> None:
    await town(w, "1", "2")
    w.clock.forward(10)
    for ref in ("1", "2"):
        edit(w, ref, title=NEW_TITLE)
    assert (await make(w, cases=("1",))).totals.cases == 1
    assert (await make(w, system=NATIONAL)).totals.cases == 2
    assert (await make(w, system=NATIONAL, direction="down")).totals.writes == 2
    assert await planning.make(w.ctx, Wanted(system=NATIONAL, direction="up"), by=MAKER) is None
    assert await planning.make(w.ctx, Wanted(system=GOVERNMENT), by=MAKER) is None
    await w.sql("UPDATE observation SET observed_at = '2026-01-05' WHERE ref = '2'")
    await w.sql(
        "UPDATE delivery SET created_at = '2026-01-05' WHERE case_id = %s", (await w.case(NATIONAL, "2")).id
    )
    since, until = w.clock.now().replace(month=1, day=1), w.clock.now().replace(month=2, day=1)
    [step] = await steps(w, await make(w, since=since, until=until))
    assert step.subject.refs[NATIONAL] == "2"


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"system": "nowhere"},
        {"system": REGISTER},
        {"first_import": True},
        {"first_import": True, "system": NATIONAL, "direction": "up"},
    ],
)
async def test_what_is_not_named_or_not_known_is_refused(w: World, wanted: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        await planning.make(w.ctx, Wanted(**wanted), by=MAKER)


async def test_an_unknown_case_or_plan_is_refused(w: World) -> None:
    with pytest.raises(NotFoundError):
        await planning.make(w.ctx, Wanted(cases=("không có",)), by=MAKER)
    for name in ("", "ab", "0" * 64):
        with pytest.raises(NotFoundError):
            await service.start(w.ctx, name, by=MAKER)


async def test_too_many_cases_for_one_plan_are_refused(w: World) -> None:
    await town(w, "1", "2")
    limit(w, most_cases=1)
    with pytest.raises(UserError, match="more than 1"):
        await planning.make(w.ctx, Wanted(system=NATIONAL), by=MAKER)


def limit(w: World, **limits: Any) -> None:
    settings = w.ctx.settings.model_copy(update={"resync": ResyncSettings(**limits)})
    object.__setattr__(w.ctx, "settings", settings)


async def test_a_case_that_cannot_be_read_is_shown_with_its_reason_and_left_alone(w: World) -> None:
    await town(w, "1", "2")
    edit(w, "2", title=NEW_TITLE)
    w.national.fail(Permanent("không thuộc thẩm quyền"), on="fetch", when=lambda ref: ref == "1")
    plan = await make(w, system=NATIONAL)
    one, two = await carry_out(w, plan)
    assert (deeds(one), one.items[0].item.code, one.state) == ([Deed.ASK], "PH-330", "held")
    assert two.state == "done"


async def test_a_record_that_harms_our_code_spoils_its_own_preview_alone(w: World) -> None:
    await town(w, "1", "2", "3")
    for ref in ("1", "2", "3"):
        edit(w, ref, title=NEW_TITLE)
    edit(w, "1", content="một chữ \0 không lưu được")
    w.national.fail(RuntimeError("hỏng"), on="fetch", when=lambda ref: ref == "2")
    found = await steps(w, await make(w, system=NATIONAL))
    assert [deeds(one)[-1] for one in found] == [Deed.ASK, Deed.ASK, Deed.SEND]
    assert [one.items[-1].item.code for one in found] == ["PH-000", "PH-332", None]


# ---- carry out ----------------------------------------------------------------------------------------------


async def test_a_case_that_changed_since_the_preview_is_held_back_and_the_others_go_on(w: World) -> None:
    refs = [str(n) for n in range(1, 8)]
    await town(w, *refs)
    mark = await w.sql("SELECT * FROM watermark ORDER BY system")
    for ref in refs:
        edit(w, ref, title=NEW_TITLE)
    plan = await make(w, system=NATIONAL)
    edit(w, "4", title="Một nội dung khác hẳn")
    done = await carry_out(w, plan)
    assert {one.subject.refs[NATIONAL]: (one.state, one.code) for one in done} == {
        ref: ("held", "PH-412") if ref == "4" else ("done", None) for ref in refs
    }
    assert await w.sql("SELECT * FROM watermark ORDER BY system") == mark
    await w.deliver(REGISTER)
    assert {ref: here(w, ref)["title"] for ref in refs} == {
        ref: "Chậm trả kết quả hồ sơ 4" if ref == "4" else NEW_TITLE for ref in refs
    }
    assert await state(w, plan) == "done"
    [held] = [one for one in await w.entries() if one.kind == "resync_held"]
    assert (held.case_id, held.data["code"]) == ((await w.case(NATIONAL, "4")).id, "PH-412")
    assert w.register.doubled == []
    async with w.db.reading() as conn:
        told = await plans.progress(conn, plan.id)
    assert told == {"done": 6, "held": 1, "writes_sent": 6, "writes_open": 0, "writes_lost": 0}


async def test_what_the_live_flow_did_meanwhile_is_not_done_again(w: World) -> None:
    await town(w, "1", "2")
    for ref in ("1", "2"):
        edit(w, ref, title=NEW_TITLE)
    plan = await make(w, system=NATIONAL)
    await w.rest(2)
    assert [one.state for one in await carry_out(w, plan)] == ["held", "held"]
    writes = len(w.register.applied)
    await w.rest(2)
    assert len(w.register.applied) == writes
    assert w.register.doubled == []


async def test_each_item_is_tied_to_its_write_and_names_who_ordered_it(w: World) -> None:
    await town(w, "1")
    edit(w, "1", title=NEW_TITLE)
    plan = await make(w, cases=("1",))
    [step] = await carry_out(w, plan)
    send = step.items[-1]
    assert (send.delivery_state, step.items[0].delivery_id) == ("planned", None)
    [entry] = [one for one in await w.entries() if one.delivery_id == send.delivery_id]
    assert (entry.kind, entry.actor) == ("planned", MAKER)
    await w.deliver(REGISTER)
    [step] = await steps(w, plan)
    assert step.items[-1].delivery_state == "done"


async def test_a_case_that_nobody_knew_is_brought_in(w: World) -> None:
    """What a finding names by its reference alone: the portal holds it and we never heard of it."""
    from connector.reconcile.plan import Subject
    from connector.sync.rehearse import look, rehearse

    w.national.put("9", plain("9"))
    subject = Subject(refs={NATIONAL: "9"})
    played = await rehearse(w.ctx, subject, await look(w.ctx, subject, None))
    assert [one.deed for one in played.items] == [Deed.READ, Deed.SEND]
    assert await w.sql("SELECT FROM case_record") == []


# ---- approval -----------------------------------------------------------------------------------------------


async def test_a_large_plan_waits_for_a_second_person(w: World) -> None:
    await town(w, "1", "2")
    for ref in ("1", "2"):
        edit(w, ref, title=NEW_TITLE)
    limit(w, approve_cases=1)
    plan = await make(w, system=NATIONAL)
    assert plan.reasons == ("large",)
    with pytest.raises(ApprovalNeeded):
        await service.start(w.ctx, plan.digest, by=MAKER)
    with pytest.raises(UserError, match="another person"):
        await service.approve(w.ctx, plan.digest, Decision(officer=MAKER.title(), basis="1/QD"))
    await service.approve(w.ctx, plan.digest[:12], DECISION, via="cli/mau")
    assert [one.state for one in await carry_out(w, plan, approved=False)] == ["done", "done"]
    [entry] = [one for one in await w.entries() if one.kind == "resync_approved"]
    assert (entry.actor, entry.data["via_id"], entry.data["plan"]) == (CHECKER, "cli/mau", plan.digest)


async def test_what_takes_an_answer_back_or_touches_a_published_one_needs_approval(w: World) -> None:
    await town(w, "1")
    case = here(w, "1")
    own = [
        act(f"register:{case['id']}.{n}", kind, n, "Đã xử lý")
        for n, kind in enumerate(("accepted", "answered", "published"))
    ]
    w.register.put(case["id"], {**case, "acts": own})
    await w.rest(3)
    acts = (w.national.data("1") or {})["acts"]
    edit(w, "1", acts=[*acts, act("national_portal:1.9", "returned_for_rework", 90, "Chưa đúng nội dung")])
    plan = await make(w, cases=("1",))
    assert plan.reasons == ("downgrade", "published")
    [step] = await steps(w, plan)
    assert (step.items[-1].item.act_kind, step.items[-1].item.downgrade) == ("returned_for_rework", True)


async def test_a_plan_that_a_guard_would_stop_needs_approval(w: World) -> None:
    await town(w, "1", "2", "3")
    for ref in ("1", "2", "3"):
        edit(w, ref, title=NEW_TITLE)
    guards = w.ctx.settings.guards.model_copy(update={"rewrite_min_count": 1})
    object.__setattr__(w.ctx, "settings", w.ctx.settings.model_copy(update={"guards": guards}))
    plan = await make(w, system=NATIONAL)
    assert plan.reasons == ("guard",)
    assert [(one.guard, one.count) for one in plan.verdicts if one.stops] == [("rewrite", 3)]


async def test_an_old_preview_is_worth_nothing(w: World) -> None:
    await town(w, "1")
    edit(w, "1", title=NEW_TITLE)
    plan = await make(w, cases=("1",))
    w.clock.forward(86401)
    with pytest.raises(PlanOver):
        await service.start(w.ctx, plan.digest, by=MAKER)


# ---- pause, stop, take up again -----------------------------------------------------------------------------


async def test_a_plan_pauses_goes_on_and_stops_for_good(w: World) -> None:
    refs = ("1", "2", "3")
    await town(w, *refs)
    for ref in refs:
        edit(w, ref, title=NEW_TITLE)
    plan = await make(w, system=NATIONAL)
    await service.start(w.ctx, plan.digest, by=MAKER)
    await service.pause(w.ctx, plan.digest, by=CHECKER)
    assert not await resync(w.ctx, plan.id)
    assert {one.state for one in await steps(w, plan)} == {"pending"}
    await service.resume(w.ctx, plan.digest, by=MAKER)
    w.ctx.stopping.clear()
    fetched = w.national.fetch

    async def once(ref: str) -> Any:
        w.ctx.stopping.set()  # the process is asked to stop while the first case is read
        return await fetched(ref)

    w.national.fetch = once  # type: ignore[method-assign]
    assert not await resync(w.ctx, plan.id)
    assert [one.state for one in await steps(w, plan)] == ["done", "pending", "pending"]
    await service.stop(w.ctx, plan.digest, by=MAKER)
    w.ctx.stopping.clear()
    assert not await resync(w.ctx, plan.id)
    assert [(one.state, one.code) for one in await steps(w, plan)] == [
        ("done", None),
        ("skipped", "stopped"),
        ("skipped", "stopped"),
    ]
    for move in (service.start, service.pause, service.resume, service.stop):
        with pytest.raises(PlanOver):
            await move(w.ctx, plan.digest, by=MAKER)
    told = [one.data["state"] for one in await w.entries() if one.kind == "resync_moved"]
    assert told == ["started", "paused", "resumed", "stopped"]


async def test_the_sweep_takes_a_plan_up_again_whose_worker_died(w: World) -> None:
    await town(w, "1")
    edit(w, "1", title=NEW_TITLE)
    plan = await make(w, cases=("1",))
    await service.start(w.ctx, plan.digest, by=MAKER)
    woken: set[Any] = set()

    async def engine(_conn: object, wakes: Any) -> None:
        woken.update((one.flow, one.lane) for one in wakes)

    w.db.defer_with(engine)
    await sweep(w.ctx)
    assert ("resync", plan.id) in woken


async def test_a_system_that_is_away_is_asked_again_and_in_the_end_given_up(w: World) -> None:
    await town(w, "1", "2")
    for ref in ("1", "2"):
        edit(w, ref, title=NEW_TITLE)
    plan = await make(w, system=NATIONAL)
    limit(w, most_attempts=2)
    w.national.fail(Unreachable("mất kết nối"), on="fetch", times=2, when=lambda ref: ref == "1")
    await service.start(w.ctx, plan.digest, by=MAKER)
    assert await resync(w.ctx, plan.id)  # the other one went on
    assert [one.state for one in await steps(w, plan)] == ["pending", "done"]
    while await resync(w.ctx, plan.id):
        pass
    assert [(one.state, one.code) for one in await steps(w, plan)] == [("failed", "PH-302"), ("done", None)]
    assert await state(w, plan) == "done"


# ---- first import -------------------------------------------------------------------------------------------


async def test_a_first_import_ties_what_exists_and_copies_nothing(w: World) -> None:
    """By code, by origin, by what they say; two of the same words are put before a person."""
    said = {"title": "Đèn đường hỏng", "content": "Đèn đường thôn Mẫu hỏng đã một tháng."}
    twice = {"title": "Rác chưa thu gom", "content": "Rác ở đầu ngõ chưa được thu gom."}
    w.register.put("a", plain("a", code=CODE, origin_system=NATIONAL, origin_ref="ở nơi khác"))
    w.national.put("1", plain("1", code=CODE))
    w.register.put("b", plain("b", origin_system=NATIONAL, origin_ref="2", title="Theo nguồn gốc"))
    w.national.put("2", plain("2", title="Theo nguồn gốc"))
    w.register.put("c", plain("c", **said))
    w.national.put("3", plain("3", **said))
    w.register.put("d", plain("d", **twice))
    w.register.put("e", plain("e", **twice))
    w.national.put("4", plain("4", **twice))
    w.register.put("f", plain("f", title="Chỉ có ở đây"))
    w.national.put("5", plain("5", title="Chỉ có ở cổng"))
    plan = await make(w, system=NATIONAL, first_import=True)
    assert plan.totals.writes == 0
    assert (plan.scope["only_here"], plan.scope["only_there"]) == (1, 1)
    done = await carry_out(w, plan)
    tied = {one.subject.refs[REGISTER]: one.subject.refs[NATIONAL] for one in done if one.state == "done"}
    assert tied == {"a": "1", "b": "2", "c": "3"}
    assert all(Deed.LINK in deeds(one) for one in done if one.state == "done")
    unsure = sorted(ref for one in done if one.state == "held" for ref in one.subject.refs.values())
    assert unsure == ["4", "d", "e"]
    assert (w.register.applied, w.national.applied) == ([], [])
    assert await w.sql("SELECT FROM watermark WHERE value IS NOT NULL") == []
    for ref, other in tied.items():
        assert (await w.case(REGISTER, ref)).id == (await w.case(NATIONAL, other)).id
    assert (
        await planning.make(w.ctx, Wanted(system=NATIONAL, first_import=True, cases=("c",)), by=MAKER)
        is not None
    )


async def test_a_portal_that_hands_out_a_queue_is_never_read_by_a_plan(w: World) -> None:
    w.national.can(queue=True)
    with pytest.raises(UserError, match="queue"):
        await planning.make(w.ctx, Wanted(system=NATIONAL, first_import=True), by=MAKER)
    assert w.national.asked == []
