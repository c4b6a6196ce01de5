"""The Government Portal's contract drifts: WSDL, code lists, answers. Held is what relies on it, and nothing else."""

from collections.abc import AsyncIterator

import pytest

from connector.case import ActKind
from connector.services import contract
from tests.contract.government_kit import Scene, scene
from tests.integration.canary_world import NEIGHBOUR, Watch, watching


@pytest.fixture
async def portal() -> AsyncIterator[Scene]:
    async with scene() as made:
        yield made


@pytest.fixture
async def watch(migrated_url: str, portal: Scene) -> AsyncIterator[Watch]:
    async with watching(migrated_url, portal.portal) as made:
        yield made


async def born(portal: Scene, watch: Watch, count: int = 3) -> list[str]:
    refs = [str(await portal.born()) for _ in range(count)]
    await watch.observe()
    return refs


async def states(watch: Watch, case: int) -> list[str]:
    return [one.state for one in await watch.writes(case)]


async def test_the_portal_serves_the_contract_that_the_adapter_was_written_for(
    portal: Scene, watch: Watch
) -> None:
    await born(portal, watch)
    assert (await watch.look()).outcome == "same"
    view = await contract.view(watch.ctx.db, watch.portal)
    parts = {one.part: len(one.lines) for one in view.versions}
    assert parts["wsdl"] > 1000
    assert {"version", "catalogue/Status", "catalogue/Organization", "answers/case"} <= set(parts)
    told = (await watch.stored()).lower()
    assert not [word for word in ("nguyễn văn mẫu", "0900000000", 'ví dụ"', "quá hạn năm") if word in told]


async def test_a_status_dropped_from_wsdl_and_list_holds_the_writes_that_report_it(
    portal: Scene, watch: Watch
) -> None:
    refs = await born(portal, watch)
    await watch.look()
    await portal.quirk(dropped_codes=["UNIT_ASSIGNED"])
    assigned = await watch.planned(refs[0], ActKind.ACCEPTED, ActKind.ASSIGNED)
    accepted = await watch.planned(refs[1], ActKind.ACCEPTED)
    await watch.look()
    holding = [one for one in await watch.drifts() if one.holds]
    assert {one.path for one in holding} == {
        "UNIT_ASSIGNED",
        "UpdateCaseStatus/StatusChange/Status=UNIT_ASSIGNED",
    }
    assert all(one.cases == 1 for one in holding)
    assert any("government_portal/statuses.csv" in use for one in holding for use in one.uses)
    for _ in range(3):
        await watch.deliver()
    assert await states(watch, assigned) == ["done", "planned"], "what stands before it goes on"
    assert await states(watch, accepted) == ["done"]


async def test_an_agency_dropped_from_the_list_holds_the_transfers_to_it(portal: Scene, watch: Watch) -> None:
    refs = await born(portal, watch)
    await watch.look()
    await portal.quirk(dropped_codes=[NEIGHBOUR])
    away = await watch.planned(refs[0], ActKind.TRANSFERRED, to_agency=NEIGHBOUR)
    await watch.look()
    await watch.deliver()
    assert await states(watch, away) == ["planned"]
    await portal.quirk()
    await watch.look()
    assert await watch.held() == set()
    await watch.deliver()
    assert await states(watch, away) == ["done"]


async def test_a_field_that_we_write_and_the_wsdl_drops_holds_that_operation(
    portal: Scene, watch: Watch
) -> None:
    refs = await born(portal, watch)
    await watch.look()
    await portal.quirk(dropped_fields=True, dropped_names=["SignerName", "Website"])
    case = await watch.planned(refs[0], ActKind.ACCEPTED, ActKind.ANSWERED, signer="Trần Thị Ví Dụ")
    await watch.look()
    found = {one.path: one for one in await watch.drifts() if one.part == "wsdl"}
    holding = {path for path, one in found.items() if one.holds}
    assert {path.partition("/")[0] for path in holding} == {"SubmitAnswer"}
    assert any(path.endswith("/Website") and not one.holds for path, one in found.items()), (
        "optional, never written"
    )
    assert any(
        "mapping.toml" in use and "SubmitAnswer" in use for path in holding for use in found[path].uses
    )
    await portal.quirk()
    for _ in range(3):
        await watch.deliver()
    assert await states(watch, case) == ["done", "planned"]


async def test_an_answer_with_an_element_outside_the_schema_holds_the_writes_of_those_cases(
    portal: Scene, watch: Watch
) -> None:
    old = await born(portal, watch)
    case = await watch.planned(old[0], ActKind.ACCEPTED)
    await watch.look()
    await portal.quirk(new_fields=True)
    await born(portal, watch)
    for _ in range(2):  # a garbled item is asked for three times before it is believed
        await watch.observe()
    await watch.look()
    (drift,) = [one for one in await watch.drifts() if one.part == "answers/case"]
    assert (drift.change, drift.holds) == ("unreadable", True)
    await portal.quirk()
    await watch.deliver()
    assert await states(watch, case) == ["done"], "a case that was told before the change goes on"


async def test_a_portal_in_the_namespace_of_a_next_version_is_held_whole_and_names_the_change(
    portal: Scene, watch: Watch
) -> None:
    refs = await born(portal, watch)
    await watch.look()
    case = await watch.planned(refs[0], ActKind.ACCEPTED)
    await portal.quirk(schema_change=True)
    await watch.look()
    drifts = {(one.part, one.path): one for one in await watch.drifts()}
    assert drifts["version", "version"].holds
    assert drifts["wsdl", "namespace=urn:govportal:feedback:1"].change == "gone"
    await watch.deliver()
    assert await states(watch, case) == ["planned"]
    await portal.quirk()
    await watch.look()
    await watch.deliver()
    assert await states(watch, case) == ["done"]
