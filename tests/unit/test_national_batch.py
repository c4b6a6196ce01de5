"""Concurrent writes of one service share a call; each caller learns only of its own item."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest

from adapters.national_portal.batch import Coalescer, Outcome
from adapters.national_portal.render import Rendered
from connector.errors import Conflict, InDoubt
from connector.system import Key, Operation, Receipt

LONG_S = 60.0


def item(ref: str, service: str = "tien_do", updating: str | None = None) -> Rendered:
    operation = Operation(key=Key(id=uuid4(), operation=service, ref=ref), fields={})
    return Rendered(
        operation=operation,
        service=service,
        body={},
        lead={} if updating is None else {"isUpdating": updating},
    )


class Wire:
    """Remembers batches; answers each item with its ref, or with what ``ends`` says."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.ends: dict[str, Outcome] = {}
        self.called = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, batch: Sequence[Rendered]) -> list[Outcome]:
        refs = [rendered.operation.key.ref or "" for rendered in batch]
        self.batches.append(refs)
        self.called.set()
        await self.gate.wait()
        return [self.ends.get(ref, Receipt(ref=ref)) for ref in refs]


@pytest.fixture
def wire() -> Wire:
    return Wire()


def coalescer(wire: Wire, linger_s: float = 0.01, **limits: int) -> Coalescer:
    return Coalescer({"tien_do": 10, "ket_qua": 10, "dong_bo": 1} | limits, linger_s, wire)


async def test_writes_of_the_same_moment_share_calls_of_at_most_ten(wire: Wire):
    gather = coalescer(wire)
    receipts = await asyncio.gather(*(gather.put(item(str(number))) for number in range(25)))
    assert [receipt.ref for receipt in receipts] == [str(number) for number in range(25)]
    assert [len(batch) for batch in wire.batches] == [10, 10, 5]


async def test_a_full_batch_leaves_without_lingering(wire: Wire):
    gather = coalescer(wire, LONG_S, tien_do=2)
    await asyncio.wait_for(asyncio.gather(gather.put(item("1")), gather.put(item("2"))), 5)
    assert wire.batches == [["1", "2"]]


async def test_a_limit_of_one_sends_at_once(wire: Wire):
    receipt = await asyncio.wait_for(coalescer(wire, LONG_S).put(item("1", "dong_bo", "False")), 5)
    assert receipt.ref == "1"


async def test_services_and_inserts_and_updates_do_not_mix(wire: Wire):
    gather = coalescer(wire, dong_bo=10)
    await asyncio.gather(
        gather.put(item("1")),
        gather.put(item("2", "ket_qua")),
        gather.put(item("3", "dong_bo", "False")),
        gather.put(item("4", "dong_bo", "True")),
    )
    assert sorted(wire.batches) == [["1"], ["2"], ["3"], ["4"]]


async def test_one_batch_never_holds_two_writes_of_one_case(wire: Wire):
    gather = coalescer(wire)
    await asyncio.gather(gather.put(item("1")), gather.put(item("2")), gather.put(item("1")))
    assert wire.batches == [["1", "2"], ["1"]]


async def test_each_caller_gets_its_own_end(wire: Wire):
    wire.ends["2"] = Conflict("state")
    ends = await asyncio.gather(
        *((gather := coalescer(wire)).put(item("1")), gather.put(item("2"))), return_exceptions=True
    )
    assert isinstance(ends[0], Receipt)
    assert isinstance(ends[1], Conflict)


async def test_an_error_of_the_call_reaches_everybody_as_its_own_copy():
    async def lost(batch: Sequence[Rendered]) -> list[Outcome]:
        msg = "reset"
        raise InDoubt(msg, size=len(batch))

    gather = Coalescer({"tien_do": 10}, 0.01, lost)
    ends = await asyncio.gather(gather.put(item("1")), gather.put(item("2")), return_exceptions=True)
    assert [type(end) for end in ends] == [InDoubt, InDoubt]
    assert ends[0] is not ends[1]
    assert [end.detail for end in ends if isinstance(end, InDoubt)] == [{"size": 2}, {"size": 2}]


async def test_who_gave_up_before_the_batch_left_is_not_sent(wire: Wire):
    gather = coalescer(wire)
    gone, stays = (asyncio.create_task(gather.put(item(ref))) for ref in ("1", "2"))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).ref == "2"
    assert wire.batches == [["2"]]


async def test_who_gives_up_while_it_is_under_way_leaves_the_others_alone(wire: Wire):
    gather = coalescer(wire, tien_do=2)
    wire.gate.clear()
    gone, stays = (asyncio.create_task(gather.put(item(ref))) for ref in ("1", "2"))
    await wire.called.wait()
    gone.cancel()
    wire.gate.set()
    assert (await stays).ref == "2"
    assert wire.batches == [["1", "2"]]


async def test_closing_sends_what_still_gathers(wire: Wire):
    gather = coalescer(wire, LONG_S)
    waiting = asyncio.create_task(gather.put(item("1")))
    await asyncio.sleep(0)
    await gather.aclose()
    assert (await waiting).ref == "1"


async def test_a_batch_that_nobody_waits_for_any_more_is_not_sent(wire: Wire):
    gather = coalescer(wire, LONG_S)
    gone = asyncio.create_task(gather.put(item("1")))
    await asyncio.sleep(0)
    gone.cancel()
    await gather.aclose()
    assert wire.batches == []


async def test_a_fault_of_our_own_reaches_the_callers_too():
    async def broken(_: Sequence[Rendered]) -> list[Outcome]:
        msg = "a bug"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="a bug"):
        await Coalescer({}, 0, broken).put(item("1"))
