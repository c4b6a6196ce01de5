"""Group commit: who comes while a transaction is under way shares the next one, and nobody pays for another's fault."""

import asyncio
from collections.abc import Sequence

import pytest

from connector.errors import DiskFull, MergeConflict
from connector.sync.together import LEFT, Together

MOST = 4


class Desk:
    """Takes numbers; those above a hundred break whatever they are part of."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.held: set[int] = set()
        self.let_go = asyncio.Event()
        self.refused: set[int] = set()
        self.full = False
        self.many = asyncio.Lock()
        self.together: Together[int, str] = Together(self.take, most=MOST, many=self.many)

    async def take(self, steps: Sequence[int], *, wait: bool) -> list[object]:
        self.groups.append(list(steps))
        assert wait or self.many.locked() == (len(steps) > 1)
        await asyncio.sleep(0.01)
        if self.full:
            msg = "full"
            raise DiskFull(msg)
        if any(step > 100 for step in steps):
            raise ZeroDivisionError
        if wait and self.held & set(steps):
            await self.let_go.wait()
        return [self._end(step, wait=wait) for step in steps]

    def _end(self, step: int, *, wait: bool) -> object:
        if step in self.held and not wait:
            return LEFT
        return MergeConflict("no") if step in self.refused else f"done {step}"

    async def come(self, *steps: int) -> list[object]:
        return list(await asyncio.gather(*map(self.together.join, steps), return_exceptions=True))


async def test_who_comes_while_one_is_under_way_shares_the_next_transaction():
    desk = Desk()
    first = asyncio.create_task(desk.together.join(0))
    await asyncio.sleep(0.001)
    assert await desk.come(1, 2, 3) == ["done 1", "done 2", "done 3"]
    assert await first == "done 0"
    assert desk.groups == [[0], [1, 2, 3]]


async def test_a_transaction_takes_no_more_than_so_many():
    desk = Desk()
    assert await desk.come(*range(10)) == [f"done {n}" for n in range(10)]
    assert [len(some) for some in desk.groups] == [4, 4, 2]


async def test_one_that_breaks_takes_nobody_along():
    desk = Desk()
    ends = await desk.come(1, 101, 2)
    assert ends[::2] == ["done 1", "done 2"]
    assert isinstance(ends[1], ZeroDivisionError)
    assert sorted(map(tuple, desk.groups)) == [(1,), (1, 101, 2), (2,), (101,)]


async def test_one_that_is_refused_is_refused_alone_and_in_one_transaction():
    desk = Desk()
    desk.refused = {2}
    ends = await desk.come(1, 2, 3)
    assert ends[::2] == ["done 1", "done 3"]
    assert isinstance(ends[1], MergeConflict)
    assert desk.groups == [[1, 2, 3]]


async def test_what_somebody_else_holds_is_waited_for_by_nobody_else():
    desk = Desk()
    desk.held = {2}
    late = asyncio.create_task(desk.together.join(2))
    assert await asyncio.wait_for(desk.come(1, 3), 5) == ["done 1", "done 3"]
    assert await asyncio.wait_for(desk.come(4), 5) == ["done 4"]
    assert not late.done()
    desk.let_go.set()
    assert await asyncio.wait_for(late, 5) == "done 2"


async def test_who_gave_up_does_not_spoil_it_for_the_others():
    desk = Desk()
    gone = asyncio.create_task(desk.together.join(1))
    stays = asyncio.create_task(desk.together.join(2))
    await asyncio.sleep(0.001)
    gone.cancel()
    assert await asyncio.wait_for(stays, 5) == "done 2"
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await desk.come(3) == ["done 3"]


async def test_a_full_disk_is_not_tried_again_for_each():
    desk = Desk()
    desk.full = True
    assert [type(end) for end in await desk.come(1, 2, 3)] == [DiskFull] * 3
    assert desk.groups == [[1, 2, 3]]


class Killed(BaseException):
    """Nobody catches it."""


@pytest.mark.parametrize("end", [Killed, asyncio.CancelledError])
async def test_whatever_ends_a_transaction_nobody_is_left_waiting(end):
    desk = Desk()

    async def dies(steps: Sequence[int], *, wait: bool) -> list[object]:
        await asyncio.sleep(0.01)
        raise end

    desk.together = Together(dies, most=MOST, many=desk.many)
    ends = await asyncio.wait_for(desk.come(*range(10)), 5)
    assert [type(one) for one in ends] == [end] * 10


async def test_whatever_ends_one_that_goes_by_itself_he_is_not_left_waiting():
    desk = Desk()

    async def dies(steps: Sequence[int], *, wait: bool) -> list[object]:
        if wait:
            raise Killed
        return [LEFT] * len(steps)

    desk.together = Together(dies, most=MOST, many=desk.many)
    ends = await asyncio.wait_for(desk.come(1, 2), 5)
    assert [type(one) for one in ends] == [Killed] * 2
