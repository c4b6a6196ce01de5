"""Circuits: how many calls a flow may begin, learnt from what its calls ended in."""

from collections.abc import Awaitable, Callable

import pytest

from connector.errors import (
    Conflict,
    ConnectorError,
    CredentialsRefused,
    InDoubt,
    Permanent,
    Transient,
    Unreachable,
)
from connector.sections.systems import SystemSettings
from connector.sync.circuits import Circuits, circuits
from connector.testing import HandClock
from connector.transport import TransportSettings
from connector.transport.breaker import BreakerState

A, B = "national_portal", "government_portal"
SETTINGS = SystemSettings(transport=TransportSettings(breaker_failures=3, breaker_reset_s=30))


class Line:
    """Stands for an HTTP client."""

    def __init__(self) -> None:
        self.breaker_state = BreakerState.CLOSED
        self.admits = True
        self.wary = False

    def beware(self, *, wary: bool) -> None:
        self.wary = wary


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def lines() -> dict[str, Line]:
    return {A: Line(), B: Line()}


@pytest.fixture
def both(clock: HandClock, lines: dict[str, Line]) -> Circuits:
    return circuits(clock, {A: SETTINGS, B: SETTINGS}, lines)


def ending(error: ConnectorError | None = None) -> Callable[[], Awaitable[str]]:
    async def call() -> str:
        if error is not None:
            raise error.with_traceback(None)
        return "đã nhận"

    return call


async def fail(both: Circuits, error: ConnectorError, times: int = 3) -> None:
    for _ in range(times):
        with pytest.raises(type(error)):
            await both.call(A, ending(error))


@pytest.mark.parametrize("error", [Transient("bận"), Unreachable("không có đường")])
async def test_a_system_that_puts_off_call_after_call_gets_no_more_and_the_other_all(both, error):
    await fail(both, error)
    assert (both.room(A, 200), both.room(B, 200)) == (0, 200)
    assert both.state(A) is BreakerState.OPEN


@pytest.mark.parametrize(
    "error",
    [InDoubt("mất trả lời"), CredentialsRefused("sai"), Permanent("từ chối"), Conflict("sai trạng thái")],
)
async def test_what_a_system_says_of_one_case_never_opens_its_circuit(both, error):
    await fail(both, error, times=9)
    assert both.room(A, 200) == 200


async def test_an_open_circuit_makes_no_call_and_says_when_to_come_again(both, clock):
    await fail(both, Transient("bận"))
    clock.forward(10)
    with pytest.raises(Unreachable) as refused:
        await both.call(A, ending())
    assert refused.value.retry_after_s == 20


async def test_after_the_pause_one_probe_at_a_time_may_begin_and_a_good_one_lets_all_pass(both, clock):
    await fail(both, Transient("bận"))
    clock.forward(30)
    assert both.room(A, 200) == 1

    async def meanwhile() -> int:
        return both.room(A, 200)

    assert await both.call(A, meanwhile) == 0
    assert both.room(A, 200) == 200


async def test_a_bad_probe_ends_in_another_pause_and_one_that_was_broken_off_in_another_probe(both, clock):
    await fail(both, Transient("bận"))
    clock.forward(30)
    await fail(both, InDoubt("mất trả lời"), times=1)
    assert both.room(A, 200) == 1
    await fail(both, Transient("bận"), times=1)
    assert both.room(A, 200) == 0


async def test_a_fault_of_ours_says_nothing_of_the_system(both):
    async def broken() -> None:
        raise ZeroDivisionError

    for _ in range(9):
        with pytest.raises(ZeroDivisionError):
            await both.call(A, broken)
    assert both.room(A, 200) == 200


async def test_what_the_http_client_knows_counts_too(both, lines):
    lines[A].breaker_state = BreakerState.OPEN
    assert both.room(A, 200) == 0
    lines[A].breaker_state = BreakerState.HALF_OPEN
    assert both.room(A, 200) == 1


async def test_a_system_without_a_circuit_is_taken_for_well(both):
    assert both.room("register", 200) == 200
    assert await both.call("register", ending()) == "đã nhận"


async def test_whoever_waits_for_a_circuit_is_told_when_it_turns_and_when_it_may_be_probed(both, clock):
    assert (both.next_probe_s(), both.turned.is_set()) == (None, False)
    await fail(both, Transient("bận"))
    assert both.turned.is_set()
    clock.forward(10)
    assert both.next_probe_s() == 20
    both.turned.clear()
    clock.forward(20)
    assert both.next_probe_s() is None, "it may be probed now"
    await both.call(A, ending())
    assert both.turned.is_set()
