"""The national portal's contract drifts under the connector: what relies on it is held, everything else goes on."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from connector.case import ActKind
from connector.errors import UserError
from connector.sections.canary import CanarySettings
from connector.services import contract
from connector.services.officers import Decision
from connector.sync import canary
from connector.sync.context import Context
from connector.system import ContractPart
from tests.contract.national_twin_bench import Bench, twin_bench
from tests.integration.canary_world import NEIGHBOUR, Watch, watching

OFFICIAL = Decision(officer="cb-mau-02", basis="QĐ 12/2026")
PERSONAL = ("Nguyễn Văn Mẫu", "0900000000", "mau@example.com", "Thôn Mẫu", "Chậm trả", "quá hẹn")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with twin_bench() as made:
        yield made


@pytest.fixture
async def watch(migrated_url: str, bench: Bench) -> AsyncIterator[Watch]:
    async with watching(migrated_url, bench.client()) as made:
        yield made


async def born(bench: Bench, watch: Watch, count: int = 3) -> list[str]:
    refs = [await bench.case() for _ in range(count)]
    await watch.observe()
    return refs


async def test_the_first_look_records_a_version_and_an_equal_portal_is_the_same(
    bench: Bench, watch: Watch
) -> None:
    await born(bench, watch)
    assert (await watch.look()).outcome == "same"
    view = await contract.view(watch.ctx.db, watch.portal)
    assert {one.part for one in view.versions} >= {
        "version",
        "catalogue/agencies",
        "catalogue/fields",
        "answers/case",
    }
    await born(bench, watch)
    assert (await watch.look()).outcome == "same"
    assert await watch.drifts() == []
    assert "contract_drifted" not in await watch.kinds()
    assert not [word for word in PERSONAL if word.lower() in (await watch.stored()).lower()]


async def test_an_unknown_optional_field_only_tells(bench: Bench, watch: Watch) -> None:
    refs = await born(bench, watch)
    await watch.look()
    bench.turn(new_fields=True)
    refs += await born(bench, watch)
    case = await watch.planned(refs[-1], ActKind.ACCEPTED)
    assert (await watch.look()).outcome == "drifted"
    (drift,) = await watch.drifts()
    assert (drift.part, drift.path, drift.change, drift.holds) == (
        "answers/case",
        "TRUONGMOI",
        "added",
        False,
    )
    await watch.deliver()
    assert [one.state for one in await watch.writes(case)] == ["done"]
    assert await watch.held() == set()


async def test_a_required_field_that_is_gone_names_mapping_and_cases_and_holds_their_writes_alone(
    bench: Bench, watch: Watch
) -> None:
    refs = await born(bench, watch, 4)
    mine, other = (
        await watch.planned(refs[0], ActKind.ACCEPTED),
        await watch.planned(refs[3], ActKind.ACCEPTED),
    )
    await watch.look()
    bench.turn(dropped_fields=True, dropped_names=["TIEUDE"])
    for ref in refs[:3]:
        await bench.event(ref, "change_due", due_at="2027-03-10T17:00:00+07:00")
    await watch.observe()
    await watch.look()
    (drift,) = [one for one in await watch.drifts() if one.path == "TIEUDE"]
    assert (drift.change, drift.holds, drift.cases) == ("gone", True, 3)
    assert any("national_portal/mapping.toml:" in use and "title" in use for use in drift.uses)
    await watch.deliver()
    assert [one.state for one in await watch.writes(mine)] == ["planned"]
    assert [one.state for one in await watch.writes(other)] == ["done"]

    bench.turn()
    for ref in refs[:3]:
        await bench.event(ref, "change_due", due_at="2027-03-11T17:00:00+07:00")
    await watch.observe()
    await watch.look()
    assert await watch.drifts() == []
    assert await watch.held() == set()
    await watch.deliver()
    assert [one.state for one in await watch.writes(mine)] == ["done"]
    assert "contract_restored" in await watch.kinds()


async def test_a_dropped_code_holds_the_writes_that_carry_it_and_an_approval_lets_them_go(
    bench: Bench, watch: Watch
) -> None:
    refs = await born(bench, watch)
    await watch.look()
    bench.turn(dropped_codes=[NEIGHBOUR])
    away = await watch.planned(refs[0], ActKind.TRANSFERRED, to_agency=NEIGHBOUR)
    stays = await watch.planned(refs[1], ActKind.ACCEPTED)
    await watch.look()
    (drift,) = await watch.drifts()
    assert (drift.part, drift.path, drift.change, drift.cases) == ("catalogue/agencies", NEIGHBOUR, "gone", 1)
    assert any("agencies.csv" in use for use in drift.uses) or drift.uses
    late = await watch.planned(refs[2], ActKind.TRANSFERRED, to_agency=NEIGHBOUR)
    await watch.deliver()
    assert [one.state for one in await watch.writes(away)] == ["planned"]
    assert [one.state for one in await watch.writes(late)] == ["planned"], (
        "planned after the check, held at its turn"
    )
    assert [one.state for one in await watch.writes(stays)] == ["done"]
    held = {f"delivery:{one.id}" for case in (away, late) for one in await watch.writes(case)}
    assert await watch.held() == held

    shown = await contract.view(watch.ctx.db, watch.portal)
    with pytest.raises(UserError, match="not what was shown"):
        await contract.approve(watch.ctx, watch.portal, OFFICIAL, seen="000000000000", actor="cli/test")
    done = await contract.approve(watch.ctx, watch.portal, OFFICIAL, seen=shown.review, actor="cli/test")
    assert [(one.part, one.number, one.actor, one.basis) for one in done.versions] == [
        ("catalogue/agencies", 2, "cb-mau-02", "QĐ 12/2026")
    ]
    assert done.released == 2
    assert await watch.held() == set()
    await watch.look()
    assert await watch.drifts() == []
    assert "contract_approved" in await watch.kinds()


async def test_an_emptied_or_reshaped_catalogue_is_unreadable_and_no_list_of_dropped_codes(
    bench: Bench, watch: Watch
) -> None:
    refs = await born(bench, watch)
    await watch.look()
    case = await watch.planned(refs[0], ActKind.TRANSFERRED, to_agency=NEIGHBOUR)
    bench.turn(schema_change=True)
    await watch.look()
    drifts = await watch.drifts()
    assert {(one.part, one.change, one.holds) for one in drifts} == {
        ("catalogue/agencies", "unreadable", False),
        ("catalogue/fields", "unreadable", False),
    }
    bench.turn()
    await watch.deliver()
    assert [one.state for one in await watch.writes(case)] == ["done"]


async def test_one_broken_record_is_no_other_contract(bench: Bench, watch: Watch) -> None:
    refs = await born(bench, watch, 4)
    await watch.look()
    bench.turn(dropped_fields=True, dropped_names=["TIEUDE"])
    await bench.event(refs[0], "change_due", due_at="2027-03-10T17:00:00+07:00")
    await watch.observe()
    bench.turn()
    await born(bench, watch, 3)
    assert (await watch.look()).outcome == "same"


async def test_a_portal_out_of_reach_says_nothing_about_its_contract(bench: Bench, watch: Watch) -> None:
    await born(bench, watch)
    await watch.look()
    bench.turn(http_503=True)
    result = await watch.look()
    assert (result.outcome, result.code) == ("failed", "PH-301")
    assert await watch.drifts() == []


async def test_one_garbled_answer_of_the_catalogue_is_asked_for_again_and_is_no_drift(
    bench: Bench, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    await born(bench, watch)
    await watch.look()
    bench.turn(schema_change=True)
    ask, times = canary._ask, []

    async def heals(ctx: Context, name: str) -> tuple[ContractPart, ...]:
        times.append(name)
        if len(times) == 2:
            bench.turn()
        return await ask(ctx, name)

    monkeypatch.setattr(canary, "_ask", heals)
    assert (await watch.look()).outcome == "same"
    assert len(times) == 2


async def test_by_schedule_an_equal_contract_is_compared_once_a_day_and_one_that_differs_more_often(
    bench: Bench, watch: Watch
) -> None:
    await born(bench, watch)
    await canary.check_due(watch.ctx, watch.portal)
    bench.turn(dropped_codes=[NEIGHBOUR])
    await canary.check_due(watch.ctx, watch.portal)
    assert await watch.drifts() == [], "looked at today"
    await watch.look()
    often = watch.ctx.settings.model_copy(update={"canary": CanarySettings(again_s=0.001)})
    bench.turn()
    await canary.check_due(replace(watch.ctx, settings=often), watch.portal)
    assert await watch.drifts() == []
    assert "contract_restored" in await watch.kinds()
