"""Seeded divergence: every difference is found, as what it is, and nothing else is."""

import os
from collections import Counter
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.reconcile.findings import Finding, FindingClass
from connector.reconcile.scope import Reach, Scope
from connector.store import findings
from connector.store.reconcile import Run
from connector.sync.reconcile import run_pass
from tests.integration.core_mapping import NATIONAL
from tests.integration.core_world import World, world
from tests.integration.seeded import HOUR, SOWERS, Sown, fly, furnish, sow


async def full(w: World, reach: Reach = Reach.FULL) -> Run:
    run = await run_pass(w.ctx, NATIONAL, Scope(reach=reach), actor=None)
    assert run is not None
    assert (run.state, run.counts.get("faults", 0)) == ("done", 0), run
    return run


async def found(w: World) -> list[Finding]:
    told: list[Finding] = []
    async with w.db.reading() as conn:
        while page := await findings.open_findings(conn, after=told[-1].id if told else 0):
            told += page
    return told


async def places(w: World, told: list[Finding]) -> Counter[Sown]:
    """Class and pair's number of each."""
    rows = await w.sql("SELECT case_id, ref FROM link WHERE system = %s", NATIONAL)
    number = {row["case_id"]: int(row["ref"][1:]) for row in rows}
    return Counter(
        Sown(kind=one.kind, n=number[one.case_id] if one.case_id else int((one.ref or "?")[1:]))
        for one in told
    )


async def divergence(url: str, folder: Path, *, each: int, count: int, flying: int) -> None:
    async with world(url, folder, slice_cases=max(200, count)) as w:
        await furnish(w, count)
        clean = await full(w)
        assert (clean.counts["judged"], clean.counts["alarms"]) == (count, 0)
        w.clock.forward(60)
        sown = await sow(w, each, count)
        assert len(SOWERS) * each == sown.total()
        first = await full(w)
        assert first.counts["in_flight"] == (len(SOWERS) - 1) * each, (
            "what is new is under way; tampering never is"
        )
        assert {one.kind for one in await found(w)} == {FindingClass.TAMPERED_BASELINE}
        w.clock.forward(2 * HOUR)
        fly(w, iter(range(count - flying, count)))
        second = await full(w, Reach.CHANGES)
        assert await places(w, await found(w)) == sown, "recall and precision of 100 %"
        assert second.counts["in_flight"] == flying
        assert second.counts["judged"] < 2 * (sown.total() + flying), "only what differs was opened"
        again = await full(w)
        assert await places(w, await found(w)) == sown, "a full pass finds the same"
        assert again.counts["in_flight"] == flying
        assert w.national.effects == w.register.effects == [], "reconciliation writes nothing"


@pytest.mark.slow
async def test_twelve_kinds_are_found_and_nothing_in_flight(migrated_url: str, tmp_path: Path) -> None:
    await divergence(migrated_url, tmp_path, each=3, count=120, flying=20)


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_twelve_kinds_by_fifty_among_twenty_thousand(migrated_url: str, tmp_path: Path) -> None:
    count = int(os.environ.get("SEEDED_CASES", "20000"))
    await divergence(migrated_url, tmp_path, each=50, count=count, flying=500)


def test_seeds_are_of_every_class_that_can_be_an_alarm() -> None:
    assert {kind for kind, _ in SOWERS.values()} == set(FindingClass) - {FindingClass.IN_FLIGHT}
    assert len(SOWERS) == 12
    assert REGISTER != NATIONAL
