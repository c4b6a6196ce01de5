"""R15: a peer that is down is told to people by the next day, once, with the time that a backfill has to cover."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from connector.app import shipped
from connector.clock import LOCAL_ZONE
from connector.errors import Unreachable
from connector.ledger.entry import EntryKind
from connector.rules.book import RuleBook
from connector.services.overview import overview
from connector.store import gaps
from connector.store.gaps import Gap
from connector.sync.sweep import sweep
from tests.integration.core_mapping import NATIONAL
from tests.integration.core_world import World, world

MONDAY = datetime(2026, 11, 16, 8, tzinfo=LOCAL_ZONE)


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        made.ctx = replace(made.ctx, book=RuleBook.load(shipped("mappings")))
        made.clock.at = MONDAY
        yield made


async def told(w: World) -> list[Gap]:
    async with w.db.reading() as conn:
        return await gaps.listed(conn)


async def unheard_since(w: World) -> datetime | None:
    """What the status page says of the portal; derived on reading, so that it is true without the daemon, too."""
    assert w.ctx.calendar is not None
    found = await overview(w.db, w.ctx.settings, w.ctx.calendar, w.clock.now())
    (portal,) = [one for one in found.systems if one.name == NATIONAL]
    return portal.unheard_since


async def down(w: World, hours: int) -> None:
    """Every hour it is tried in vain, and swept."""
    for _ in range(hours):
        w.clock.forward(3600)
        w.national.fail(Unreachable("no connection"), on="changes")
        await w.observe()
        await sweep(w.ctx)


async def test_R15_peer_down_from_monday_0800_alarms_by_tuesday_0800_and_names_the_gap(w: World) -> None:
    await w.observe()
    await down(w, 23)
    assert await told(w) == []
    await down(w, 3)

    (gap,) = await told(w)
    assert (gap.system, gap.since, gap.ended_at) == (NATIONAL, MONDAY, None)
    assert gap.noticed_at == MONDAY.replace(day=17)
    (alarm,) = [line for line in w.logs if line["event"] == "pull_missed"]
    assert alarm["system"] == NATIONAL
    assert await unheard_since(w) == MONDAY

    w.clock.forward(3600)
    await w.observe()
    await sweep(w.ctx)
    (over,) = await told(w)
    assert over.ended_at == w.clock.at
    assert await unheard_since(w) is None
    kinds = [entry.kind for entry in await w.entries() if entry.kind.startswith("pull_")]
    assert kinds == [EntryKind.PULL_MISSED, EntryKind.PULL_RESUMED]


async def test_R15_a_quiet_system_that_answers_is_no_gap(w: World) -> None:
    for _ in range(50):
        w.clock.forward(3600)
        await w.observe()
        await sweep(w.ctx)
    assert await told(w) == []


async def test_R15_a_silence_over_the_weekend_is_told_on_monday_from_its_true_beginning(w: World) -> None:
    friday = MONDAY.replace(day=13, hour=20)
    w.clock.at = friday
    await w.observe()
    await down(w, 51)
    assert await told(w) == []
    await down(w, 1)
    (gap,) = await told(w)
    assert (gap.since, gap.noticed_at) == (friday, MONDAY.replace(hour=0))


async def test_R15_a_system_that_never_answered_counts_from_the_first_try(w: World) -> None:
    await down(w, 26)
    (gap,) = await told(w)
    assert gap.since == MONDAY.replace(hour=9)
