"""The plan made from a reconciliation repairs all that can be repaired; the next reconciliation finds none of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from connector.reconcile.findings import FindingClass, is_repairable
from connector.services import planning
from connector.services import resync as service
from connector.services.officers import Decision
from connector.services.planning import Wanted
from connector.store import plans
from connector.sync.resync import resync
from connector.system import Files
from tests.integration.core_world import World, world
from tests.integration.seeded import HOUR, furnish, sow
from tests.integration.test_reconcile_seeded import found, full

MAKER = "nguyen.van.mau"
PAIRS = 20
DECISION = Decision(officer="tran.thi.mau", basis="123/QD-VP")


async def repair(w: World) -> dict[str, int]:
    """Plan, approve, carry out, deliver."""
    plan = await planning.make(w.ctx, Wanted(findings=True), by=MAKER)
    assert plan is not None
    if plan.reasons:
        await service.approve(w.ctx, plan.digest, DECISION)
    await service.start(w.ctx, plan.digest, by=MAKER)
    while await resync(w.ctx, plan.id):
        pass
    for _ in range(4):
        await w.deliver()
        w.clock.forward(60)
        await w.refresh()
        await w.settle()
    async with w.db.reading() as conn:
        return await plans.progress(conn, plan.id)


@pytest.mark.slow
async def test_what_can_be_repaired_is_and_the_next_reconciliation_is_empty_of_it(
    migrated_url: str, tmp_path: Path
) -> None:
    async with world(migrated_url, tmp_path) as w:
        w.register.can(files=Files.REFERENCE)  # so that no file needs bytes here
        w.ctx = replace(w.ctx, file_base="https://tep.example")
        await furnish(w, PAIRS)
        await full(w)
        w.clock.forward(60)
        await sow(w, 1, PAIRS)
        await full(w)
        w.clock.forward(2 * HOUR)
        await full(w)
        before = await found(w)
        repairable = {one.name for one in before if is_repairable(one)}
        kinds = {one.kind for one in before if one.name in repairable}
        assert FindingClass.TAMPERED_BASELINE in kinds
        assert len(kinds) > 3, kinds
        w.national.heal()  # what was late goes by itself
        done = await repair(w)
        assert (done.get("held", 0), done.get("failed", 0), done["writes_open"]) == (0, 0, 0)
        w.clock.forward(2 * HOUR)
        await full(w)
        after = await found(w)
        assert [(one.kind, one.cause, one.code) for one in after if one.name in repairable] == []
        assert {one.name for one in after} == {one.name for one in before} - repairable
        assert w.register.doubled == w.national.doubled == []
        assert await planning.make(w.ctx, Wanted(findings=True), by=MAKER) is None
