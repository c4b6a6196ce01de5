"""Reconciliation on real tables: how findings live, what a pass reads, how it stops and goes on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.case import REGISTER
from connector.errors import CredentialsRefused, NotFoundError, Unreachable, UserError
from connector.reconcile.findings import Cause, Finding, FindingClass
from connector.reconcile.scope import Reach, Scope
from connector.services import control
from connector.services import reconcile as service
from connector.store import findings, reconcile
from connector.store.reconcile import Run
from connector.sync import walk
from connector.sync.reconcile import reconcile_due, run_pass
from tests.integration.core_mapping import NATIONAL, act
from tests.integration.core_world import World, world
from tests.integration.seeded import HOUR, furnish, portal_case, tamper

FULL, CHANGES = Scope(reach=Reach.FULL), Scope(reach=Reach.CHANGES)


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        await furnish(made, 4)
        await compare(made, FULL)
        yield made


async def compare(w: World, scope: Scope = FULL, *, later: float = 2 * HOUR) -> Run:
    """A pass, after some time."""
    w.clock.forward(later)
    run = await run_pass(w.ctx, NATIONAL, scope, actor=None)
    assert run is not None
    assert run.counts.get("faults", 0) == 0
    return run


async def open_now(w: World) -> list[Finding]:
    async with w.db.reading() as conn:
        return await findings.open_findings(conn)


async def events(w: World) -> list[str]:
    return [kind for kind in await w.kinds() if kind.startswith(("finding_", "acknowledgement_"))]


def edit(w: World, n: int, **changes: object) -> None:
    w.national.put(f"N{n}", {**(w.national.data(f"N{n}") or {}), **changes})


async def one_difference(w: World, n: int = 0) -> Finding:
    """The portal edits a title that the live flow never reads; seen twice, so that it is past the grace."""
    edit(w, n, title="Tiêu đề đã sửa")
    await compare(w, CHANGES)
    await compare(w, CHANGES)
    [found] = await open_now(w)
    return found


def until(w: World, days: int) -> date:
    return (w.clock.now() + timedelta(days=days)).date()


async def noted(w: World, finding: Finding, days: int = 10) -> Finding:
    return await service.acknowledge(
        w.db,
        w.ctx.settings,
        finding.id,
        by="cb.mau",
        note="Cổng hẹn sửa",
        until=until(w, days),
        now=w.clock.now(),
    )


# ---- the life of a finding ----


async def test_a_finding_closes_itself_when_the_difference_is_gone_and_reopens_when_it_returns(w):
    first = await one_difference(w)
    assert (first.kind, first.field, first.cause) == (FindingClass.FIELD_DIFFERS, "title", Cause.NOT_OBSERVED)
    edit(w, 0, title=portal_case(0)["title"])
    await compare(w, CHANGES)
    assert await open_now(w) == []
    again = await one_difference(w)
    assert (again.id, again.spells, again.first_seen) == (first.id, 2, first.first_seen)
    assert again.opened_at > first.opened_at
    assert await events(w) == ["finding_opened", "finding_closed", "finding_reopened"]


async def test_what_the_live_flow_mends_closes_by_itself(w):
    edit(w, 0, acts=[*portal_case(0)["acts"], act(f"{NATIONAL}:N0.9", "published", 9)])
    await compare(w)
    await compare(w, CHANGES)
    assert [one.kind for one in await open_now(w)] == [FindingClass.ACT_MISSING]
    await w.rest(3)
    assert [one["kind"] for one in (w.register.data("R0") or {})["acts"]][-1] == "published"
    await compare(w, CHANGES)
    assert await open_now(w) == []


async def test_an_acknowledgement_quiets_until_its_day_and_ends_with_it(w):
    finding = await one_difference(w)
    assert (await noted(w, finding, days=2)).quiet(w.clock.now())
    await compare(w, CHANGES)
    [still] = await open_now(w)
    assert still.acknowledged is not None
    assert still.acknowledged.note == "Cổng hẹn sửa"
    await compare(w, CHANGES, later=72 * HOUR)
    [ended] = await open_now(w)
    assert ended.acknowledged is None
    assert (await events(w))[-2:] == ["finding_acknowledged", "acknowledgement_ended"]


async def test_an_acknowledgement_ends_early_when_the_finding_changes(w):
    await noted(w, await one_difference(w))
    edit(w, 0, title="Tiêu đề sửa lần nữa")
    await compare(w, CHANGES)
    [held] = await open_now(w)
    assert held.acknowledged is not None, "within the grace nothing is judged"
    await compare(w, CHANGES)
    [changed] = await open_now(w)
    assert changed.acknowledged is None
    assert (await events(w))[-2:] == ["finding_changed", "acknowledgement_ended"]


async def test_an_acknowledgement_does_not_survive_the_return_of_the_difference(w):
    await noted(w, await one_difference(w))
    edit(w, 0, title=portal_case(0)["title"])
    await compare(w, CHANGES)
    assert (await one_difference(w)).acknowledged is None


REFUSED: tuple[tuple[dict[str, Any], type[UserError]], ...] = (
    ({"by": "register"}, UserError),
    ({"by": "Nguyễn Văn Mẫu"}, UserError),
    ({"note": "  "}, UserError),
    ({"until": date(2026, 1, 1)}, UserError),
    ({"until": date(2030, 1, 1)}, UserError),
    ({"finding_id": 999}, NotFoundError),
)


async def test_only_an_official_with_a_reason_and_an_end_acknowledges(w):
    finding = await one_difference(w)
    for changes, error in REFUSED:
        given = {"finding_id": finding.id, "by": "cb.mau", "note": "Lý do", "until": until(w, 3), **changes}
        number = given.pop("finding_id")
        with pytest.raises(error):
            await service.acknowledge(w.db, w.ctx.settings, number, now=w.clock.now(), **given)


async def test_no_value_and_no_personal_data_stands_in_clear(w):
    await noted(w, await one_difference(w))
    rows = repr(await w.sql("SELECT * FROM finding")) + repr(await w.sql("SELECT data FROM ledger_entry"))
    for secret in ("Tiêu đề", "Nguyễn", "Cổng hẹn"):
        assert secret not in rows


async def test_a_finding_under_way_neither_closes_nor_changes(w):
    finding = await one_difference(w)
    await w.observe(NATIONAL)
    await w.settle()
    run = await compare(w, CHANGES, later=60)
    assert run.counts["in_flight"] == 1
    assert [one.id for one in await open_now(w)] == [finding.id]
    assert await events(w) == ["finding_opened"]


# ---- what a pass reads ----


async def test_a_pass_over_changes_asks_only_for_what_changed(migrated_url, tmp_path):
    async with world(migrated_url, tmp_path) as w:
        w.national.rows = True
        await furnish(w, 30)
        await compare(w, FULL)
        edit(w, 7, title="Tiêu đề đã sửa")
        for system in (w.national, w.register):
            system.fetched.clear()
            system.asked.clear()
        run = await compare(w, CHANGES)
        assert (w.national.fetched, w.register.fetched) == (["N7", "N7"], []), (
            "the list shows that it changed; looked at, it is under way"
        )
        assert run.counts["judged"] == 1
        assert run.counts["listed"] <= 3
        live = (await w.sql("SELECT value FROM watermark WHERE system = %s", NATIONAL))[0]["value"]
        assert w.national.asked[0] is not None
        await w.observe(NATIONAL)
        assert w.national.asked[-1] == live, "the live watermark is neither asked nor moved"


async def test_a_pass_reads_nothing_into_the_live_flow(w):
    counts = """
        SELECT (SELECT count(*) FROM observation) AS o, (SELECT count(*) FROM delivery) AS d,
               (SELECT count(*) FROM link) AS l
        """
    before = await w.sql(counts)
    edit(w, 0, title="Tiêu đề đã sửa")
    w.national.put("N9", portal_case(9))
    await compare(w)
    assert await w.sql(counts) == before
    assert (await w.sql("SELECT count(*) AS n FROM case_record WHERE dirty_at IS NOT NULL"))[0]["n"] == 0


async def test_a_queue_is_never_asked_for_its_items(w):
    w.national.can(queue=True)
    w.national.asked.clear()
    edit(w, 0, title="Tiêu đề đã sửa")
    await compare(w)
    await compare(w)
    assert w.national.asked == []
    assert [one.field for one in await open_now(w)] == ["title"], "asked for one by one it shows all the same"


async def test_one_case_a_window_and_a_field_can_be_chosen(w):
    edit(w, 0, title="Tiêu đề đã sửa", content="Nội dung đã sửa")
    edit(w, 1, title="Tiêu đề đã sửa")
    await compare(w)
    w.clock.forward(2 * HOUR)
    case = await w.case(NATIONAL, "N0")
    await compare(w, Scope(reach=Reach.CASES, case_id=case.id, field="title"))
    assert [(one.case_id, one.field) for one in await open_now(w)] == [(case.id, "title")]
    await compare(w, Scope(reach=Reach.CASES, case_id=case.id))
    assert {one.field for one in await open_now(w)} == {"title", "content"}
    nobody = await compare(w, Scope(reach=Reach.CASES, agency="000.00.19.H56"))
    assert (nobody.counts["judged"], nobody.counts["alarms"]) == (4, 0)
    await compare(w, Scope(reach=Reach.CASES, agency="000.00.00.H56"))
    assert {one.case_id for one in await open_now(w)} == {case.id, (await w.case(NATIONAL, "N1")).id}


async def test_a_system_that_does_not_answer_for_a_case_leaves_its_findings_as_they_are(w):
    finding = await one_difference(w)
    w.national.fail(Unreachable("mất mạng"), on="fetch", times=50)
    run = await compare(w, Scope(reach=Reach.CASES))
    assert run.counts["unread"] == 4
    assert [one.id for one in await open_now(w)] == [finding.id]


# ---- stopping and going on ----


async def test_a_pass_that_was_stopped_goes_on_where_it_was_and_finds_the_same(w, monkeypatch):
    w.ctx = replace(w.ctx, settings=w.ctx.settings.model_copy(update={"reconcile": _small(w)}))
    for n in range(4):
        edit(w, n, title="Tiêu đề đã sửa")
    await compare(w)
    judged: list[int] = []
    real = walk.judge_case

    async def stopping(ctx, this, case_id):
        judged.append(case_id)
        async with ctx.db.unit() as unit:
            await reconcile.ask_to_stop(unit.conn, NATIONAL)
        return await real(ctx, this, case_id)

    monkeypatch.setattr(walk, "judge_case", stopping)
    first = await compare(w)
    assert (first.state, len(judged)) == ("stopped", 1)
    monkeypatch.setattr(walk, "judge_case", real)
    asked = len(w.national.asked)
    second = await compare(w)
    assert (second.id, second.state) == (first.id, "done")
    assert len(w.national.asked) == asked, "lists that were read are not read again"
    assert second.counts["judged"] == 4
    assert len(await open_now(w)) == 4


def _small(w: World):
    return w.ctx.settings.reconcile.model_copy(update={"slice_cases": 1})


async def test_a_pass_whose_process_died_is_taken_over(w, monkeypatch):
    edit(w, 0, title="Tiêu đề đã sửa")

    async def dies(*_args):
        raise asyncio.CancelledError

    monkeypatch.setattr(walk, "judge_case", dies)
    w.clock.forward(2 * HOUR)
    with pytest.raises(asyncio.CancelledError):
        await run_pass(w.ctx, NATIONAL, FULL, actor=None)
    monkeypatch.undo()
    [left] = await w.sql("SELECT id, state, step FROM reconcile_run ORDER BY id DESC LIMIT 1")
    assert (left["state"], left["step"]) == ("running", "judge")
    run = await reconcile_due(w.ctx, NATIONAL)
    assert run is not None
    assert (run.id, run.state) == (left["id"], "done")


async def test_two_processes_do_not_compare_the_same_portal_at_once(w):
    first, second = await asyncio.gather(*(run_pass(w.ctx, NATIONAL, FULL, actor=None) for _ in range(2)))
    assert sorted(one is None for one in (first, second)) == [False, True]


async def test_a_held_or_refusing_system_fails_the_pass_and_nothing_closes(w):
    await one_difference(w)
    await control.pause(w.ctx, f"system:{NATIONAL}", actor="test", reason="bảo trì")
    run = await compare(w)
    assert (run.state, run.error_code) == ("failed", "PH-413")
    await control.resume(w.ctx, f"system:{NATIONAL}", actor="test")
    w.national.fail(CredentialsRefused("sai mật khẩu"), on="changes")
    run = await compare(w)
    assert (run.state, run.error_code) == ("failed", "PH-303")
    assert await w.sql("SELECT scope FROM pause") == [{"scope": f"system:{NATIONAL}"}]
    assert len(await open_now(w)) == 1


async def test_the_clock_orders_a_full_pass_first_then_changes_then_a_full_one_again(w):
    reaches = []
    for later in (HOUR, HOUR, 8 * 24 * HOUR):
        w.clock.forward(later)
        run = await reconcile_due(w.ctx, NATIONAL)
        assert run is not None
        reaches.append(run.scope["reach"])
    assert reaches == ["changes", "changes", "full"]


# ---- the log's proof of baselines ----


async def test_a_baseline_written_past_the_program_is_named_and_one_of_an_ended_case_is_not(w):
    await tamper(w, [0])
    await compare(w)
    [found] = await open_now(w)
    assert (found.kind, found.case_id) == (
        FindingClass.TAMPERED_BASELINE,
        (await w.case(NATIONAL, "N0")).id,
    )
    await w.sql("UPDATE link SET sealed_baseline = NULL WHERE system = %s AND ref = 'N1'", NATIONAL)
    await w.sql("UPDATE link SET sealed_baseline = '\\x00' WHERE system = %s AND ref = 'N2'", NATIONAL)
    await compare(w)
    assert {one.kind for one in await open_now(w)} == {FindingClass.TAMPERED_BASELINE}
    assert len(await open_now(w)) == 3, "emptied, or garbage: the log knows better"


async def test_every_move_of_a_baseline_is_proved_by_the_log(w):
    w.national.put(
        "N0", {**portal_case(0), "acts": [*portal_case(0)["acts"], act(f"{NATIONAL}:x", "published", 9)]}
    )
    await w.rest(3)
    rows = await w.sql(
        "SELECT count(*) AS n FROM link WHERE sealed_baseline IS NOT NULL AND encode(sha256(sealed_baseline), 'hex') ="
        " (SELECT data->>'baseline_digest' FROM ledger_entry AS e WHERE e.case_id = link.case_id AND e.system = link.system"
        " AND e.kind = 'agreed' ORDER BY seq DESC LIMIT 1)"
    )
    assert rows[0]["n"] == 4
    assert REGISTER not in {
        row["system"] for row in await w.sql("SELECT system FROM ledger_entry WHERE kind = 'agreed'")
    }
