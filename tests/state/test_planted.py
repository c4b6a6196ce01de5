"""The machine can fail: each planted bug must be found, or its silence about the core would mean nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from connector.mapping.intent import IntentKind
from connector.store import cases, deliveries, flows
from connector.store.connection import Connection
from connector.store.deliveries import Delivery
from connector.sync import deliver, keep, observe, outcome
from connector.sync.context import Context
from connector.system import Operation, Sighting, System, Verdict
from tests.state.test_machine import ROUGH, play

Plant = Callable[[pytest.MonkeyPatch], None]


def a_new_key_for_each_attempt(patch: pytest.MonkeyPatch) -> None:
    """Neither the look-up nor the other side can know the repetition again."""
    look_up, operation_of = deliver.look_up, deliver._operation

    def renamed(operation: Operation) -> Operation:
        return replace(operation, key=replace(operation.key, id=uuid4()))

    async def look_elsewhere(ctx: Context, system: System, item: Delivery) -> Sighting:
        known = item.operation
        return await look_up(ctx, system, replace(item, operation=renamed(known) if known else None))

    async def fresh(ctx: Context, item: Delivery) -> tuple[Operation, Mapping[str, Any]]:
        operation, basis = await operation_of(ctx, item)
        return renamed(operation), basis

    patch.setattr(deliver, "look_up", look_elsewhere)
    patch.setattr(deliver, "_operation", fresh)


def watermark_before_storing(patch: pytest.MonkeyPatch) -> None:
    """A death between the two loses what was on the page."""
    take = observe._take_page

    async def hasty(ctx: Context, name: str, page: Any, *rest: Any) -> None:
        async with ctx.db.unit() as unit:
            await flows.move_watermark(unit.conn, name, page.watermark, page.total, ctx.clock.now())
        await take(ctx, name, page, *rest)

    patch.setattr(observe, "_take_page", hasty)


def look_up_skipped(patch: pytest.MonkeyPatch) -> None:
    """An unknown outcome is taken for none: a system that does not know keys again takes the write twice."""

    async def blind(ctx: Context, system: System, item: Delivery) -> Sighting:
        return Sighting(verdict=Verdict.ABSENT)

    patch.setattr(deliver, "look_up", blind)


def look_up_without_settling(patch: pytest.MonkeyPatch) -> None:
    """What is still on its way is not there yet, and is written a second time."""
    postpone = deliveries.postpone

    async def at_once(conn: Connection, delivery_id: int, **facts: Any) -> bool:
        if facts["state"] == "in_doubt":
            row = await (
                await conn.execute("SELECT sent_at FROM delivery WHERE id = %s", (delivery_id,))
            ).fetchone()
            facts["until"] = row["sent_at"] if row else facts["until"]
        return await postpone(conn, delivery_id, **facts)

    patch.setattr(deliveries, "postpone", at_once)


def baseline_before_outcome(patch: pytest.MonkeyPatch) -> None:
    """What was only meant to be written counts as agreed: if it is refused it never travels."""
    mark = deliver._mark_sent

    async def early(ctx: Context, item: Delivery, operation: Operation, basis: Any, **more: Any) -> bool:
        marked = await mark(ctx, item, operation, basis, **more)
        async with ctx.db.unit() as unit:
            row = await cases.get(unit.conn, item.case_id, lock=True)
            portal = item.target if item.target != "register" else item.source
            link = row.link(portal) if row else None
            if link is not None and item.intent is IntentKind.APPEND:
                told = outcome.after(link.baseline, replace(item, basis=basis))
                await cases.save_baseline(unit.conn, item.case_id, portal, told)
        return marked

    patch.setattr(deliver, "_mark_sent", early)


def orphans_are_sent_again(patch: pytest.MonkeyPatch) -> None:
    """What a dead worker had sent counts as never sent."""
    doubt = deliveries.doubt_orphans

    async def forget(conn: Connection, **scope: Any) -> list[Delivery]:
        found = await doubt(conn, **scope)
        for item in found:
            await deliveries.renew(conn, item.id, uuid4(), scope["at"])
        return []

    patch.setattr(deliveries, "doubt_orphans", forget)


def gate_left_open(patch: pytest.MonkeyPatch) -> None:
    """A write that waited goes out although its case became secret meanwhile, and secret cases are settled."""
    patch.setattr(deliver, "_still_allowed", lambda *args, **more: None)
    patch.setattr("connector.merge.restricted", lambda case: False)
    patch.setattr("connector.mapping.policy._why_it_stops", lambda *args, **more: None)


def the_unusable_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """What cannot be read or mapped is seen by nobody."""

    async def nobody(*args: Any, **more: Any) -> None:
        return

    patch.setattr(keep, "put_aside", nobody)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "found_by"),
    [
        (a_new_key_for_each_attempt, "twice"),
        (watermark_before_storing, "lost|never got|differs"),
        (look_up_skipped, "twice"),
        (look_up_without_settling, "twice"),
        (baseline_before_outcome, "never got"),
        (orphans_are_sent_again, "twice"),
        (gate_left_open, "restricted|private"),
        (the_unusable_is_dropped, "not held"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_planted_bug_is_found(
    plant: Plant, found_by: str, new_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError, match=found_by):
        play(new_url, ROUGH)
