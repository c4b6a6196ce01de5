"""The circuit breaker and the pace, as pure state machines that are told the time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.pace import TokenBucket
from connector.transport.breaker import Admitted, Breaker, BreakerState, Outcome, Refused

T0 = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def admitted(breaker: Breaker, now: datetime = T0) -> Admitted:
    answer = breaker.admit(now)
    assert isinstance(answer, Admitted)
    return answer


def opened(failures: int = 2) -> Breaker:
    breaker = Breaker(failures=failures, reset_s=30)
    for _ in range(failures):
        breaker.settle(admitted(breaker), Outcome.FAILED, T0)
    assert breaker.state(T0) is BreakerState.OPEN
    return breaker


def test_only_failures_in_a_row_open_it():
    breaker = Breaker(failures=2, reset_s=30)
    for outcome in (Outcome.FAILED, Outcome.ALIVE, Outcome.FAILED):
        breaker.settle(admitted(breaker), outcome, T0)
    assert breaker.state(T0) is BreakerState.CLOSED
    assert breaker.settle(admitted(breaker), Outcome.FAILED, T0)
    assert breaker.state(T0) is BreakerState.OPEN


def test_while_open_it_refuses_and_says_how_long():
    assert opened().admit(after(10)) == Refused(wait_s=20)


def test_half_open_admits_exactly_one_probe():
    breaker = opened()
    admitted(breaker, after(30))
    assert isinstance(breaker.admit(after(30)), Refused)
    assert isinstance(breaker.admit(after(300)), Refused)


def test_a_good_probe_closes_it_and_a_bad_one_opens_it_for_a_whole_pause():
    breaker = opened()
    assert breaker.settle(admitted(breaker, after(30)), Outcome.FAILED, after(31))
    assert breaker.admit(after(60)) == Refused(wait_s=1)
    assert breaker.settle(admitted(breaker, after(61)), Outcome.ALIVE, after(62))
    assert breaker.state(after(62)) is BreakerState.CLOSED
    assert breaker.failures == 0


def test_an_abandoned_probe_makes_room_for_another():
    breaker = opened()
    breaker.settle(admitted(breaker, after(30)), Outcome.ABANDONED, after(31))
    admitted(breaker, after(31))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_late_answer_from_before_the_opening_changes_nothing(outcome):
    """A call that hung while the circuit opened must neither close it nor free the probe's place."""
    breaker = Breaker(failures=1, reset_s=30)
    late = admitted(breaker)
    breaker.settle(admitted(breaker), Outcome.FAILED, T0)
    admitted(breaker, after(30))
    breaker.settle(late, outcome, after(31))
    assert breaker.state(after(31)) is BreakerState.HALF_OPEN
    assert isinstance(breaker.admit(after(31)), Refused)


def test_a_clock_set_back_does_not_lock_the_system_out():
    admitted(opened(), after(-3600))


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.floats(0, 100)), max_size=60))
def test_whatever_happens_one_probe_at_most_and_never_stuck(steps):
    """After any history the circuit lets a call through again within one pause."""
    breaker, now, open_tickets = Breaker(failures=2, reset_s=30), T0, []
    for outcome, seconds in steps:
        now += timedelta(seconds=seconds)
        answer = breaker.admit(now)
        if isinstance(answer, Admitted):
            open_tickets.append(answer)
        if len(open_tickets) > 1 or (open_tickets and isinstance(answer, Refused)):
            breaker.settle(open_tickets.pop(0), outcome, now)
    for ticket in open_tickets:
        breaker.settle(ticket, Outcome.ABANDONED, now)
    assert isinstance(breaker.admit(now + timedelta(seconds=30)), Admitted)


def test_calls_beyond_the_burst_wait_their_turn():
    bucket = TokenBucket(rate_per_s=2, burst=3)
    assert [bucket.reserve(T0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_an_idle_bucket_fills_up_to_the_burst_and_no_further():
    bucket = TokenBucket(rate_per_s=1, burst=2)
    bucket.reserve(T0)
    assert [bucket.reserve(after(1000)) for _ in range(3)] == [0, 0, 1.0]


def test_a_bucket_survives_a_clock_set_back():
    bucket = TokenBucket(rate_per_s=1)
    bucket.reserve(after(86_400))
    assert bucket.reserve(T0) == 0


@given(rate=st.floats(0.5, 50), gaps=st.lists(st.floats(0, 2), min_size=2, max_size=50))
def test_the_pace_is_never_exceeded_in_the_long_run(rate, gaps):
    bucket, now, starts = TokenBucket(rate_per_s=rate, burst=1), T0, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        starts.append(now + timedelta(seconds=bucket.reserve(now)))
    spaces = [(b - a).total_seconds() for a, b in pairwise(starts)]
    assert min(spaces) >= 1 / rate - 1e-5
