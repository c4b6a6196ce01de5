"""A count that takes long: visitors see the last one, and one is made at a time."""

import asyncio
from datetime import timedelta

import pytest

from connector.console import counted
from connector.console.counted import Counted
from connector.errors import DatabaseUnavailable
from connector.testing import HandClock

LASTS = timedelta(minutes=10)


class Counting:
    """A count that ends when it is let go."""

    def __init__(self) -> None:
        self.made = 0
        self.go = asyncio.Event()
        self.fails = False

    async def __call__(self) -> int:
        self.made += 1
        number = self.made
        await self.go.wait()
        if self.fails:
            msg = "no answer"
            raise DatabaseUnavailable(msg)
        return number


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "PATIENCE_S", 0.01)


async def test_a_visitor_does_not_wait_for_a_long_count_and_sees_the_next_time() -> None:
    count, clock = Counting(), HandClock()
    due = Counted(count, clock, lasts=LASTS)
    assert await due.newest() == (None, None)
    count.go.set()
    assert await due.newest() == (1, clock.now())


async def test_many_visitors_make_one_count_and_the_old_one_is_shown_meanwhile() -> None:
    count, clock = Counting(), HandClock()
    count.go.set()
    due = Counted(count, clock, lasts=LASTS)
    began = clock.now()
    assert {one for one, _ in await asyncio.gather(*(due.newest() for _ in range(9)))} == {1}
    assert count.made == 1
    clock.forward(LASTS.total_seconds() + 1)
    count.go.clear()
    assert await asyncio.gather(*(due.newest() for _ in range(9))) == [(1, began)] * 9
    count.go.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (await due.newest(), count.made) == ((2, clock.now()), 2)


async def test_a_count_that_fails_is_told_if_there_is_none_and_tried_again() -> None:
    count, clock = Counting(), HandClock()
    due = Counted(count, clock, lasts=LASTS)
    count.fails = True
    count.go.set()
    with pytest.raises(DatabaseUnavailable):
        await due.newest()
    count.fails = False
    assert await due.newest() == (2, clock.now())
