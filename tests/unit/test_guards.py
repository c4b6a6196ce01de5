"""Guards against mass damage: they stop what is monstrous and leave small and fresh installations alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connector.errors import SafetyStop
from connector.ledger.guard import check_data
from connector.sync.guards import (
    AMOUNTS,
    ONCE,
    PLANNED,
    GuardSettings,
    check_answer,
    check_clock,
    check_flood,
    check_rewrite,
    check_watermark,
    check_withdrawals,
)

NOW = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
SETTINGS = GuardSettings()


def test_an_emptied_answer_after_many_cases_stops():
    with pytest.raises(SafetyStop) as caught:
        check_answer(0, 300, SETTINGS, system="national_portal")
    assert caught.value.detail == {
        "guard": "emptied_answer",
        "system": "national_portal",
        "total": 0,
        "before": 300,
        "limit": 150,
    }


@pytest.mark.parametrize(("total", "stops"), [(149, True), (150, False), (300, False), (5000, False)])
def test_an_answer_below_half_of_the_one_before_stops(total, stops):
    if stops:
        with pytest.raises(SafetyStop, match="149"):
            check_answer(total, 300, SETTINGS)
    else:
        check_answer(total, 300, SETTINGS)


@pytest.mark.parametrize("before", [None, 0, 1, 19])
def test_a_small_or_first_answer_may_empty_itself(before):
    check_answer(0, before, SETTINGS)


def test_what_a_person_released_passes_but_not_less():
    check_answer(40, 300, SETTINGS, accepted=40)
    with pytest.raises(SafetyStop):
        check_answer(39, 300, SETTINGS, accepted=40)
    check_flood(5000, 100, SETTINGS, accepted=5000)
    with pytest.raises(SafetyStop):
        check_flood(5001, 100, SETTINGS, accepted=5000)


@pytest.mark.parametrize(
    ("changed", "known", "stops"),
    [
        (300, 0, False),  # a fresh installation reads its first cases
        (1000, 0, False),
        (1001, 0, True),
        (1000, 1000, False),
        (30_000, 100_000, False),
        (30_001, 100_000, True),
    ],
)
def test_a_flood_is_many_and_a_large_share(changed, known, stops):
    if not stops:
        check_flood(changed, known, SETTINGS)
        return
    with pytest.raises(SafetyStop) as caught:
        check_flood(changed, known, SETTINGS, system="register")
    assert caught.value.detail["guard"] == "flood"
    assert caught.value.detail["changed"] == changed


def test_a_watermark_in_the_future_stops():
    check_watermark(NOW + timedelta(seconds=300), NOW, SETTINGS)
    check_watermark(NOW - timedelta(days=400), NOW, SETTINGS)
    with pytest.raises(SafetyStop) as caught:
        check_watermark(NOW + timedelta(days=1), NOW, SETTINGS)
    assert caught.value.detail == {"guard": "future_watermark", "ahead_s": 86_400, "limit_s": 300}


@pytest.mark.parametrize(
    ("ahead", "round_trip", "stops"),
    [
        (0, 0, False),
        (61, 0, False),
        (-61, 0, False),
        (62, 0, True),
        (-62, 0, True),
        (-80, 20, False),
        (62, 20, True),
    ],
)
def test_clocks_far_apart_stop_and_a_slow_answer_may_be_old(ahead, round_trip, stops):
    server = NOW + timedelta(seconds=ahead)
    if not stops:
        check_clock(server, NOW, SETTINGS, round_trip_s=round_trip)
        return
    with pytest.raises(SafetyStop) as caught:
        check_clock(server, NOW, SETTINGS, round_trip_s=round_trip)
    assert caught.value.detail["ahead_s"] == ahead


@pytest.mark.parametrize("check", [check_withdrawals, check_rewrite])
@pytest.mark.parametrize(
    ("count", "known", "stops"), [(100, 0, False), (101, 0, True), (500, 10_000, False), (501, 10_000, True)]
)
def test_withdrawals_and_rewrites_stop_far_below_a_flood(check, count, known, stops):
    if not stops:
        check(count, known, SETTINGS)
        return
    with pytest.raises(SafetyStop, match=str(count)):
        check(count, known, SETTINGS)
    check_flood(count, known, SETTINGS)


@given(st.integers(0, 10**6))
def test_a_hundred_percent_turns_a_guard_off(known):
    off = GuardSettings(flood_percent=100, withdrawal_percent=100, rewrite_percent=100)
    for check in (check_flood, check_withdrawals, check_rewrite):
        check(known, known, off)


@pytest.mark.parametrize(("ahead", "stops"), [(3600, False), (3900, False), (3901, True), (90_000, True)])
def test_a_watermark_that_was_released_passes_as_far_ahead_as_was_shown(ahead, stops):
    mark = NOW + timedelta(seconds=ahead)
    if not stops:
        check_watermark(mark, NOW, SETTINGS, accepted=3600)
        return
    with pytest.raises(SafetyStop):
        check_watermark(mark, NOW, SETTINGS, accepted=3600)


@pytest.mark.parametrize(("ahead", "stops"), [(3600, False), (3655, False), (3700, True), (-3600, True)])
def test_a_clock_that_was_released_passes_in_the_direction_that_was_shown(ahead, stops):
    server = NOW + timedelta(seconds=ahead)
    if not stops:
        check_clock(server, NOW, SETTINGS, accepted=3600)
        return
    with pytest.raises(SafetyStop):
        check_clock(server, NOW, SETTINGS, accepted=3600)


def test_every_guard_names_what_a_release_lets_pass():
    assert set(AMOUNTS) >= ONCE | PLANNED | {"rewrite"}


@given(st.integers(-20_000, 2_000_000))
def test_even_a_clock_that_is_centuries_off_fits_into_the_ledger(days):
    server = NOW + timedelta(days=days)
    try:
        check_clock(server, NOW, SETTINGS, system="register")
    except SafetyStop as stop:
        check_data(stop.detail)  # type: ignore[arg-type]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_numbers_of_a_stop_fit_into_the_ledger(total, before):
    for check in (check_answer, check_flood, check_withdrawals, check_rewrite):
        try:
            check(total, before, SETTINGS, system="register")
        except SafetyStop as stop:
            check_data(stop.detail)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"flood_percent": 0}, {"shrink_keep_percent": 101}, {"max_clock_skew_s": -1}, {"khong_co": 1}]
)
def test_wrong_thresholds_are_refused(wrong):
    with pytest.raises(ValidationError):
        GuardSettings.model_validate(wrong)
