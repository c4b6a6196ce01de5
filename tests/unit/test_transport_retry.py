"""In-call retries: how often, how long, and what Retry-After does to the waits."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import Transient
from connector.transport.retry import AttemptFailed, RetryPolicy, retry_after_s

T0 = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)


class FakeClock:
    def __init__(self) -> None:
        self.at = T0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


class Failing:
    """Fails each attempt, taking some time for it."""

    def __init__(
        self, clock: FakeClock, *, again: bool = True, floor_s: float = 0, takes_s: float = 0
    ) -> None:
        self.clock, self.again, self.floor_s, self.takes_s, self.tries = clock, again, floor_s, takes_s, 0

    async def __call__(self) -> None:
        self.tries += 1
        self.clock.at += timedelta(seconds=self.takes_s)
        raise AttemptFailed(Transient(f"lần {self.tries}"), again=self.again, floor_s=self.floor_s)


async def run(policy: RetryPolicy, **failing: float | bool) -> tuple[Failing, FakeClock]:
    clock = FakeClock()
    attempt = Failing(clock, **failing)  # type: ignore[arg-type]
    with pytest.raises(Transient, match="lần"):
        await policy.call(attempt, clock)
    return attempt, clock


async def test_the_last_error_is_the_one_that_is_raised():
    clock = FakeClock()
    with pytest.raises(Transient, match="lần 3"):
        await RetryPolicy(tries=3).call(Failing(clock), clock)


async def test_what_must_not_be_repeated_is_not():
    attempt, clock = await run(RetryPolicy(), again=False)
    assert (attempt.tries, clock.slept) == (1, [])


async def test_no_attempt_begins_after_the_total():
    """A time-out of a minute uses the whole total: no second minute is spent."""
    attempt, _ = await run(RetryPolicy(total_s=30), takes_s=31)
    assert attempt.tries == 1


async def test_a_floor_beyond_the_total_ends_the_call_without_waiting():
    attempt, clock = await run(RetryPolicy(total_s=30), floor_s=60)
    assert (attempt.tries, clock.slept) == (1, [])


async def test_a_floor_within_the_total_is_kept():
    _, clock = await run(RetryPolicy(tries=2, total_s=30), floor_s=9)
    assert len(clock.slept) == 1
    assert 9 <= clock.slept[0] <= 9.5


async def test_waits_are_jittered_over_the_whole_range_and_bounded():
    """Full jitter: clients that failed together do not come back together."""
    firsts = [(await run(RetryPolicy(tries=2, base_s=4)))[1].slept[0] for _ in range(200)]
    assert max(firsts) <= 4
    assert min(firsts) < 1
    assert max(firsts) > 3


async def test_success_ends_it_at_once():
    async def fine() -> str:
        return "được"

    assert await RetryPolicy().call(fine, FakeClock()) == "được"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("ngày mai", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("0", 0),
        (" 15 ", 15),
        ("86400", 3600),
        ("9" * 5000, 3600),
        ("Wed, 18 Nov 2026 01:02:00 GMT", 120),
        ("Wed, 18 Nov 2026 08:02:00 +0700", 120),
        ("Wed, 18 Nov 2020 01:02:00 GMT", 0),
        ("Wed, 18 Nov 9999 01:02:00 GMT", 3600),
        ("Wed, 99 Nov 2026 01:02:00 GMT", None),
    ],
)
def test_retry_after_is_read_and_capped(value, seconds):
    assert retry_after_s(value, now=T0, cap_s=3600) == seconds


def test_a_date_is_relative_to_the_clock_that_wrote_it():
    """A portal whose clock is an hour ahead asks for two minutes, not for an hour and two minutes."""
    asked = retry_after_s(
        "Wed, 18 Nov 2026 02:02:00 GMT", now=T0, cap_s=9999, server_date="Wed, 18 Nov 2026 02:00:00 GMT"
    )
    assert asked == 120


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_whatever_breaks_the_reading(value, server_date):
    seconds = retry_after_s(value, now=T0, cap_s=100, server_date=server_date)
    assert seconds is None or 0 <= seconds <= 100
