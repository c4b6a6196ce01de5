"""How long a write waits: longer after each failure, shorter near a deadline, never less than it was asked to."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from connector.sync.backoff import ATTEMPTS_BEFORE_DEADLINE, backoff

FIRST, MOST = 15.0, 3600.0


def wait(
    attempts: int, *, least_s: float | None = None, left: timedelta | None = None, seed: int = 7
) -> float:
    told = backoff(attempts, least_s, left, first_s=FIRST, most_s=MOST, dice=Random(seed))
    return told.total_seconds()


@given(st.integers(0, 10_000), st.integers())
def test_a_wait_never_exceeds_the_cap_and_never_hammers(attempts, seed):
    assert FIRST / 2 <= wait(attempts, seed=seed) <= MOST


@given(st.integers(0, 12), st.integers())
def test_a_wait_is_at_most_doubled_by_each_failure(attempts, seed):
    assert wait(attempts, seed=seed) <= FIRST * 2**attempts


def test_waits_of_many_writes_are_spread_over_the_whole_span():
    told = [wait(8, seed=seed) for seed in range(400)]
    assert min(told) < 0.1 * MOST
    assert max(told) > 0.9 * MOST


@given(st.integers(0, 30), st.floats(0, 100_000), st.integers(-10, 100_000), st.integers())
def test_what_the_other_side_asks_for_goes_before_everything(attempts, least_s, left_s, seed):
    left = timedelta(seconds=left_s)
    assert wait(attempts, least_s=least_s, left=left, seed=seed) >= timedelta(seconds=least_s).total_seconds()


@given(st.integers(0, 30), st.integers(1, 10**7), st.integers())
def test_near_a_deadline_several_attempts_still_fit_in(attempts, left_s, seed):
    allowed = max(FIRST, left_s / ATTEMPTS_BEFORE_DEADLINE)
    assert wait(attempts, left=timedelta(seconds=left_s), seed=seed) <= min(allowed, MOST)


@given(st.integers(0, 30), st.integers(-(10**6), 0), st.integers())
def test_a_deadline_that_has_passed_hurries_nobody(attempts, left_s, seed):
    assert wait(attempts, left=timedelta(seconds=left_s), seed=seed) == wait(attempts, seed=seed)


def test_without_a_deadline_nothing_is_shortened():
    assert wait(20, left=timedelta(days=30)) == wait(20)
