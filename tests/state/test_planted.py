"""The machine can fail: each planted bug must be found, or its silence about the core would mean nothing."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from connector.case import REGISTER
from connector.errors import InDoubt, Transient
from connector.mapping.intent import IntentKind
from connector.store import cases, deliveries, flows, links
from connector.store.connection import Connection
from connector.store.deliveries import Delivery
from connector.sync import deliver, keep, marking, observe, outcome
from connector.sync.context import Context
from connector.sync.marking import Marking
from connector.system import Operation, Sighting, System, Verdict
from tests.integration.core_mapping import NATIONAL, SYSTEMS
from tests.state.test_machine import ROUGH, play
from tests.state.town import Town, town

Plant = Callable[[pytest.MonkeyPatch], None]


def a_new_key_for_each_attempt(patch: pytest.MonkeyPatch) -> None:
    """Neither the look-up nor the other side can know the repetition again."""
    look_up, operation_of = deliver.look_up, deliver._operation

    def renamed(operation: Operation) -> Operation:
        return replace(operation, key=replace(operation.key, id=uuid4()))

    async def look_elsewhere(ctx: Context, system: System, item: Delivery) -> Sighting:
        known = item.operation
        return await look_up(ctx, system, replace(item, operation=renamed(known) if known else None))

    async def fresh(ctx: Context, item: Delivery, *more: Any) -> tuple[Operation, Mapping[str, Any]]:
        operation, basis = await operation_of(ctx, item, *more)
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

    async def early(ctx: Context, marking: Marking) -> bool:
        marked = await mark(ctx, marking)
        item, basis = marking.sending.item, marking.sending.basis
        async with ctx.db.unit() as unit:
            row = await cases.get(unit.conn, item.case_id, lock=True)
            portal = item.target if item.target != "register" else item.source
            link = row.link(portal) if row else None
            if link is not None and item.intent is IntentKind.APPEND:
                told = outcome.after(link.baseline, replace(item, basis=basis))
                await links.save_baseline(unit.conn, item.case_id, portal, link.ref, told)
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
    patch.setattr(marking, "_require_allowed", lambda *args, **more: None)
    patch.setattr("connector.merge.restricted", lambda case: False)
    patch.setattr("connector.mapping.policy._why_it_stops", lambda *args, **more: None)


def the_unusable_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """What cannot be read or mapped is seen by nobody."""

    async def nobody(*args: Any, **more: Any) -> None:
        return

    patch.setattr(keep, "put_aside", nobody)


# ---- a short story in which each of them does harm ------------------------------------------------------------


async def found(t: Town) -> None:
    """A case born in each system, known to the register and accepted there."""
    for system in SYSTEMS:
        t.birth(system)
    await t.round()
    for pick in range(len(SYSTEMS)):
        t.act(REGISTER, pick, "accepted")


async def reply_lost(t: Town) -> None:
    t.systems[NATIONAL].fail(InDoubt("reply lost"), after_effect=True, times=2)
    await t.round()
    await t.clock(25)
    # nothing is read in between: only the look-up can tell
    await t.run("deliver", NATIONAL)


async def death_while_storing(t: Town) -> None:
    for step in range(3, 10):
        t.act(REGISTER, 0, "progress")
        await t.run("observe", REGISTER, dies_at=step)


async def write_arrives_late(t: Town) -> None:
    t.systems[NATIONAL].late = 1
    await t.round()
    await t.round()
    await t.clock(25)


async def death_while_sending(t: Town) -> None:
    for step in range(1, 12):
        t.act(REGISTER, 0, "progress")
        await t.round(step)
        await t.clock(25)
        await t.round()


async def write_refused(t: Town) -> None:
    t.systems[NATIONAL].fail(Transient("busy"), times=9)
    await t.round()
    for pick in range(len(SYSTEMS)):
        t.act(REGISTER, pick, "note")
    await t.round()


async def hidden_while_waiting(t: Town) -> None:
    await t.round()
    t.systems[NATIONAL].fail(Transient("busy"), times=9)
    for pick in range(len(SYSTEMS)):
        t.act(REGISTER, pick, "progress")
    await t.round()
    for pick in range(len(SYSTEMS)):
        t.act(REGISTER, pick, "restricted")
    await t.round()


async def unknown_code(t: Town) -> None:
    await t.round()
    t.remap(whole=False)
    t.act(NATIONAL, 0, "supplemented")
    await t.round()


STORIES = [
    (a_new_key_for_each_attempt, reply_lost, "twice"),
    (watermark_before_storing, death_while_storing, "never got"),
    (look_up_skipped, reply_lost, "twice"),
    (look_up_without_settling, write_arrives_late, "twice"),
    (baseline_before_outcome, write_refused, "never got|nothing took effect"),
    (orphans_are_sent_again, death_while_sending, "twice"),
    (gate_left_open, hidden_while_waiting, "restricted"),
    (the_unusable_is_dropped, unknown_code, "not held"),
]


@pytest.mark.parametrize("planted", [True, False], ids=["planted", "as it is"])
@pytest.mark.parametrize(("plant", "story", "found_by"), STORIES, ids=[one[0].__name__ for one in STORIES])
async def test_the_oracle_sees_a_planted_bug_and_nothing_without_it(
    plant: Plant,
    story: Callable[[Town], Awaitable[None]],
    found_by: str,
    planted: bool,
    migrated_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def tell() -> None:
        async with town(migrated_url, tmp_path, idempotent=False) as t:
            await found(t)
            await story(t)
            await t.finish()

    if not planted:
        await tell()
        return
    plant(monkeypatch)
    with pytest.raises(AssertionError, match=found_by):
        await tell()


# ---- and the machine comes upon them by itself ------------------------------------------------------------------


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize(
    ("plant", "found_by"),
    [
        (a_new_key_for_each_attempt, "twice"),
        (look_up_skipped, "twice"),
        (baseline_before_outcome, "never got"),
        (orphans_are_sent_again, "twice"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_the_machine_finds_a_planted_bug_by_itself(
    plant: Plant, found_by: str, new_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError, match=found_by):
        play(new_url, ROUGH)
