"""How long a write waits for its next attempt. Pure but for the dice, which come in."""

from datetime import timedelta
from random import Random

ATTEMPTS_BEFORE_DEADLINE = 8
"""Near a deadline one wait takes at most this part of what is left, so that several attempts still fit in."""


def backoff(
    attempts: int,
    least_s: float | None,
    time_left: timedelta | None,
    *,
    first_s: float,
    most_s: float,
    dice: Random,
) -> timedelta:
    """Exponential, capped, full jitter; shorter when a legal deadline is near, never less than the other side asked for.

    Args:
        attempts: how many have failed.
        least_s: the other side's wish (Retry-After), already capped by the transport; it goes before any deadline.
        time_left: until the nearest deadline of the case; None or passed: there is none that hurry could keep.
        first_s: bounds of the first wait.
        most_s: of every wait.
    """
    most = min(most_s, first_s * 2 ** min(attempts, 20))
    if time_left is not None and time_left > timedelta(0):
        most = min(most, max(first_s, time_left.total_seconds() / ATTEMPTS_BEFORE_DEADLINE))
    # half of the first wait is the least: a jitter down to nothing would hammer a system that just failed
    waited = dice.uniform(min(first_s / 2, most), most)
    return timedelta(seconds=max(least_s or 0, waited))
