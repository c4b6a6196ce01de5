"""The budget of a system holds for all nodes at once: the shares are the whole, whatever comes and goes."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest

from connector.clock import SystemClock
from connector.errors import LeaseLost, Unreachable
from connector.lease import Lease
from connector.pace import TokenBucket
from connector.testing import HandClock
from connector.transport import HttpClient, TransportSettings
from connector.transport.breaker import Admitted, Breaker, BreakerState, Outcome
from connector.transport.budget import Budget, Places
from tests.listening import listening


def budget(concurrency: int, rate: float | None = None, clock: HandClock | None = None) -> Budget:
    return Budget(concurrency=concurrency, rate_per_s=rate, clock=clock or HandClock())


@pytest.mark.parametrize("concurrency", [1, 2, 3, 8, 13])
@pytest.mark.parametrize("nodes", [1, 2, 3, 5])
def test_the_shares_of_all_nodes_are_the_whole_and_never_more(concurrency: int, nodes: int) -> None:
    shares = []
    for rank in range(nodes):
        one = budget(concurrency)
        one.share(rank, nodes)
        shares.append(one.places)
    assert sum(shares) == concurrency
    assert max(shares) - min(shares) <= 1


def test_the_paces_of_all_nodes_together_are_that_of_one() -> None:
    clock = HandClock()
    started = clock.now()

    def turns(nodes: int) -> int:
        """Calls that all nodes may begin within a hundred seconds."""
        count = 0
        for rank in range(nodes):
            bucket = TokenBucket(rate_per_s=6 / min(nodes, 8), burst=1)
            one = budget(8, 6, clock)
            one._bucket = bucket
            one.share(rank, nodes)
            while (started + timedelta(seconds=bucket.reserve(started))) - started < timedelta(seconds=100):
                count += 1
        return count

    assert abs(turns(3) - turns(1)) <= 6


async def test_whoever_waits_gets_in_when_there_are_more_places_and_in_turn() -> None:
    places, entered = Places(1), []

    async def guest(number: int) -> None:
        await places.enter()
        entered.append(number)

    guests = [asyncio.create_task(guest(number)) for number in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert entered == [0]
    places.resize(3)
    await asyncio.sleep(0)
    assert entered == [0, 1, 2]
    places.resize(1)
    for _ in range(2):
        places.leave()
        await asyncio.sleep(0)
    assert entered == [0, 1, 2]
    places.leave()
    await asyncio.gather(*guests)
    assert entered == [0, 1, 2, 3]


async def test_a_guest_who_goes_away_takes_no_place_with_him() -> None:
    places = Places(1)
    await places.enter()
    gone = asyncio.create_task(places.enter())
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    places.leave()
    await asyncio.wait_for(places.enter(), 5)
    assert places.taken == 1


async def test_a_guest_who_goes_away_when_his_turn_came_gives_it_back() -> None:
    places = Places(1)
    await places.enter()
    gone = asyncio.create_task(places.enter())
    await asyncio.sleep(0)
    places.leave()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert places.taken == 0


async def test_a_node_without_a_share_calls_nobody() -> None:
    client = HttpClient("mau", TransportSettings(max_concurrency=1, tries=1), SystemClock())
    client.share(1, 2)
    assert not client.admits
    with pytest.raises(Unreachable, match="no_share_of_budget"):
        await client.request("GET", "http://127.0.0.1:9/", safe=True)
    await client.aclose()


async def test_without_the_lease_a_write_is_not_sent_and_a_read_is() -> None:
    """Reading has no effect; what it brings is written to a database that knows whose it is."""
    seen = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    lease = Lease()
    client = HttpClient("mau", TransportSettings(), SystemClock(), lease=lease)
    async with listening(answer) as port, aclosing(client):
        url = f"http://127.0.0.1:{port}/"
        assert (await client.request("POST", url, safe=False)).status == 200
        lease.end()
        with pytest.raises(LeaseLost):
            await client.request("POST", url, safe=False)
        assert seen == 1
        assert (await client.request("GET", url, safe=True)).status == 200


def test_one_failure_is_enough_where_others_found_the_system_down() -> None:
    clock = HandClock()
    breaker = Breaker(failures=5, reset_s=30)

    def fail() -> BreakerState:
        ticket = breaker.admit(clock.now())
        assert isinstance(ticket, Admitted)
        breaker.settle(ticket, Outcome.FAILED, clock.now())
        return breaker.state(clock.now())

    assert fail() is BreakerState.CLOSED
    breaker.wary = True
    assert breaker.state(clock.now()) is BreakerState.CLOSED, (
        "it may be their own fault: we look for ourselves"
    )
    assert fail() is BreakerState.OPEN


class StandingClock(HandClock):
    """Whoever sleeps by it sleeps until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep, self.go = asyncio.Event(), asyncio.Event()

    async def sleep(self, seconds: float) -> None:  # however long
        self.asleep.set()
        await self.go.wait()


async def test_whoever_waits_for_a_place_or_for_the_pace_is_queued_and_nobody_else() -> None:
    clock = StandingClock()
    one, inside, leave = budget(1, 1, clock), asyncio.Event(), asyncio.Event()

    async def call() -> None:
        async with one.slot():
            inside.set()
            await leave.wait()

    calls = [asyncio.create_task(call()) for _ in range(3)]
    await inside.wait()
    assert (one.in_use, one.queued) == (1, 2)
    calls[2].cancel()
    await asyncio.gather(calls[2], return_exceptions=True)
    assert one.queued == 1, "who gave up waits no more"
    leave.set()
    await calls[0]
    await clock.asleep.wait()
    assert (one.in_use, one.queued) == (1, 1), "it has a place, and waits for the pace"
    clock.go.set()
    await asyncio.gather(*calls[:2])
    assert (one.in_use, one.queued) == (0, 0)
