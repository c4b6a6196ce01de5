"""Charts: what a series tells, and that a drawing shows it within its frame, whatever the numbers are."""

import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.clock import LOCAL_ZONE
from connector.console.charts import (
    GROUND,
    LABELS,
    LEFT,
    RIGHT,
    SPANS_OF_TIME,
    TOP,
    WIDTH,
    bars,
    lines,
    round_up,
    round_up_time,
    time_line,
    trend,
)
from connector.ledger.kinds import EntryKind
from connector.services import charts
from connector.services.charts import OUTCOMES, PERIODS, StateSpan, circuit, period
from connector.services.reconcile import Day
from connector.store.circuits import FRESH
from connector.store.duties import Met
from connector.store.history import Counted, Lag, Span

NOW = datetime(2026, 11, 20, 8, 20, tzinfo=UTC)
"""15:20 in Thanh Hóa."""
SYSTEM = "national_portal"
FIRST = date(2026, 11, 1)


def hours(count: int) -> list[datetime]:
    return [NOW + timedelta(hours=i) for i in range(count)]


def slots(*values: Mapping[str, int]) -> list[tuple[datetime, Mapping[str, int]]]:
    return list(zip(hours(len(values)), values, strict=True))


# ---- drawing ------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)), min_size=1, max_size=90))
def test_bars_stand_on_one_another_within_the_frame_however_large_the_numbers(
    found: list[tuple[int, int]],
) -> None:
    chart = bars(slots(*({"a": a, "b": b} for a, b in found)), ("a", "b"))
    assert chart.highest >= max(a + b for a, b in found)
    assert chart.sums == {"a": sum(a for a, _ in found), "b": sum(b for _, b in found)}
    for one in chart.boxes:
        assert LEFT <= one.x <= one.x + one.width <= WIDTH - RIGHT + 0.2
        assert TOP - 0.6 <= one.y <= one.y + one.height <= GROUND + 0.2
        assert one.height >= 0.5, "what is there is seen"
    assert len(chart.boxes) == sum((a > 0) + (b > 0) for a, b in found), "what is nothing is not drawn"


def test_bars_are_as_high_as_their_share_and_do_not_overlap() -> None:
    chart = bars(slots({"a": 30, "b": 20}), ("a", "b"))
    low, high = chart.boxes
    assert chart.highest == 50
    assert (low.kind, high.kind) == ("a", "b")
    assert low.y + low.height == pytest.approx(GROUND, abs=0.1)
    assert high.y + high.height == pytest.approx(low.y, abs=0.1)
    assert low.height / high.height == pytest.approx(1.5, abs=0.01)
    assert high.y == pytest.approx(TOP, abs=0.1)


def test_a_series_of_nothing_is_an_empty_frame() -> None:
    chart = bars(slots({"a": 0}, {"a": 0}), ("a",))
    assert (chart.highest, chart.boxes) == (1, ())
    empty = lines(hours(3), {"read": [None, None, None]})
    assert (empty.lines[0].pieces, empty.lines[0].dots, empty.worst) == ((), (), {"read": None})


def test_a_line_is_broken_where_nobody_looked_and_a_single_point_is_a_dot() -> None:
    chart = lines(hours(6), {"read": [10, 20, None, 30, None, 60]})
    [line] = chart.lines
    assert len(line.pieces) == 1
    assert len(line.pieces[0].split()) == 2
    assert [y for _, y in line.dots][-1] == TOP, "the highest value stands at the top of the scale"
    assert (len(line.dots), chart.highest, chart.worst["read"]) == (2, 60, 60)


def test_one_point_alone_has_the_whole_width() -> None:
    chart = bars(slots({"a": 3}), ("a",))
    [one] = chart.boxes
    assert one.x + one.width / 2 == pytest.approx(LEFT + (WIDTH - LEFT - RIGHT) / 2, abs=0.2)
    assert len(chart.labels) == 1


@pytest.mark.parametrize("count", [1, 2, 7, 24, 28, 30, 90])
def test_no_more_instants_are_named_than_there_is_room_for(count: int) -> None:
    labels = bars(slots(*({"a": 1} for _ in range(count))), ("a",)).labels
    assert 1 <= len(labels) <= LABELS
    assert labels[0].at == NOW
    assert all(LEFT <= one.x <= WIDTH - RIGHT for one in labels)


@pytest.mark.parametrize(("number", "top"), [(0, 1), (1, 1), (3, 5), (11, 20), (501, 1000), (10**9, 10**9)])
def test_the_top_of_a_scale_is_a_number_that_can_be_read(number: int, top: int) -> None:
    assert round_up(number) == top


@pytest.mark.parametrize(("seconds", "top"), [(0, 60), (61, 300), (90_000, 172_800), (10**7, 200 * 86400)])
def test_the_top_of_a_scale_of_time_is_a_usual_span(seconds: int, top: int) -> None:
    assert round_up_time(seconds) == top
    assert round_up_time(SPANS_OF_TIME[-1]) == SPANS_OF_TIME[-1]


def test_a_state_of_a_second_is_seen_in_ninety_days_and_a_thousand_of_them_are_few_boxes() -> None:
    at = [NOW + timedelta(days=i) for i in range(90)]
    until = NOW + timedelta(days=90)
    short = [
        ("open", NOW + timedelta(days=9, seconds=2 * i), NOW + timedelta(days=9, seconds=2 * i + 1))
        for i in range(1000)
    ]
    drawn = time_line({SYSTEM: [("closed", NOW, until), *short]}, at, until)
    [row] = drawn.rows
    assert 2 <= len(row.boxes) <= 4
    assert row.boxes[0].kind == "closed", "what is short is drawn over what is long"
    assert all(one.width >= 1 for one in row.boxes)
    assert row.boxes[0].width == pytest.approx(WIDTH - LEFT - RIGHT, abs=0.1)


def test_findings_stay_within_their_frame() -> None:
    def day(number: int, **facts: int) -> Day:
        told = {"passes": 1, "opened": 0, "closed": 0, "standing": 0, "in_flight": 0, **facts}
        return Day(day=date(2026, 11, number), system=SYSTEM, **told)

    chart = trend([day(1), day(30, opened=7, standing=43)], FIRST, date(2026, 11, 30))
    assert (chart.highest, chart.left, chart.sums) == (50, 43, {"opened": 7, "closed": 0})
    assert [one.kind for one in chart.boxes] == ["opened"]
    assert all(LEFT <= x <= WIDTH - RIGHT and TOP <= y <= GROUND for x, y in chart.dots)
    assert chart.dots[0][1] == GROUND


# ---- series -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PERIODS)
def test_a_period_has_its_steps_and_the_last_one_holds_the_present(name: str) -> None:
    over = period(name, NOW)
    assert len(over.starts) == over.steps == PERIODS[name][0]
    assert over.starts[-1] <= NOW < over.until
    assert over.since.astimezone(LOCAL_ZONE).minute == 0
    if over.step_s >= 86400:
        assert over.since.astimezone(LOCAL_ZONE).hour == 0, "days are civil days of Viet Nam"


def test_every_step_is_there_and_what_is_older_is_not() -> None:
    over = period("day", NOW)

    def told(kind: EntryKind, at: datetime, n: int, *, system: str = SYSTEM, write: bool = True) -> Counted:
        return Counted(at=at, system=system, kind=kind.value, write=write, n=n)

    rows = [
        told(EntryKind.DONE, over.starts[3], 5),
        told(EntryKind.DUPLICATE, over.starts[3], 2),
        told(EntryKind.WAITING, over.starts[3], 1),
        told(EntryKind.QUARANTINED, over.starts[3], 4, write=False),
        told(EntryKind.DONE, over.starts[0] - timedelta(hours=1), 99),
        told(EntryKind.DONE, over.starts[3], 99, system="government_portal"),
        told(EntryKind.OBSERVED, over.starts[4], 8, write=False),
    ]
    written = charts.writes(rows, SYSTEM, over)
    assert len(written) == 24
    assert written[3].counts == {"taken": 7, "later": 1, "doubt": 0, "person": 0, "withheld": 0}
    assert sum(sum(one.counts.values()) for one in written) == 8
    assert [one.counts["read"] for one in charts.reads(rows, SYSTEM, over)][4] == 8


def test_every_outcome_of_a_write_has_a_colour_and_a_name() -> None:
    assert set(OUTCOMES.values()) == set(charts.OUTCOME_NAMES)


def test_a_step_in_which_nobody_looked_is_a_gap_not_a_zero() -> None:
    over = period("day", NOW)
    seen = Lag(at=over.starts[1], system=SYSTEM, read_s=None, wait_s=3.0, open=2)
    found = charts.lag([seen], SYSTEM, over)
    assert (found[0].wait_s, found[1].wait_s, found[1].read_s) == (None, 3.0, None)


def test_duties_are_told_in_time_or_late() -> None:
    over = period("month", NOW)
    found = charts.deadlines(
        [
            Met(at=over.starts[-1], duty="classify", met=True, n=3),
            Met(at=over.starts[-1], duty="publish", met=True, n=1),
            Met(at=over.starts[-1], duty="handle", met=False, n=2),
        ],
        over,
    )
    assert found[-1].counts == {"in_time": 4, "late": 2}


# ---- circuits -----------------------------------------------------------------------------------------------


def span(state: str, begins: float, ends: float, node: str = "a") -> Span:
    """Hours from ``NOW`` on."""
    return Span(
        node=node,
        system=SYSTEM,
        state=state,
        since=NOW + timedelta(hours=begins),
        until=NOW + timedelta(hours=ends),
    )


def shown(*spans: Span, until: float = 10) -> list[tuple[str, float, float]]:
    def at(instant: datetime) -> float:
        return (instant - NOW).total_seconds() / 3600

    line = circuit(spans, NOW, NOW + timedelta(hours=until))
    assert line[0].since == NOW
    assert all(one.until == after.since for one, after in itertools.pairwise(line)), "no holes"
    return [(one.state, at(one.since), at(one.until)) for one in line]


def test_where_no_process_ran_the_time_line_says_so() -> None:
    assert shown() == [("none", 0, 10)]
    assert shown(span("closed", -3, 2), span("closed", 4, 6)) == [
        ("closed", 0, 2),
        ("none", 2, 4),
        ("closed", 4, 6),
        ("none", 6, 10),
    ]


def test_of_several_processes_the_worst_is_shown() -> None:
    spans = (span("closed", 0, 9, "a"), span("open", 2, 3, "b"), span("half_open", 3, 4, "b"))
    assert shown(*spans) == [
        ("closed", 0, 2),
        ("open", 2, 3),
        ("half_open", 3, 4),
        ("closed", 4, 9),
        ("none", 9, 10),
    ]


def test_a_process_that_told_a_moment_ago_is_still_there() -> None:
    fresh = FRESH.total_seconds() / 3600
    assert shown(span("closed", 0, 10 - fresh / 2)) == [("closed", 0, 10)]
    assert shown(span("closed", 0, 10 - 2 * fresh))[-1][0] == "none"


@given(
    st.lists(
        st.tuples(st.sampled_from(["closed", "open", "half_open"]), st.integers(-5, 9), st.integers(1, 6)),
        max_size=20,
    )
)
def test_the_time_line_is_whole_whatever_was_told(found: list[tuple[str, int, int]]) -> None:
    line = shown(
        *(span(state, begins, begins + lasts, str(i)) for i, (state, begins, lasts) in enumerate(found))
    )
    assert line[0][1] == 0
    assert line[-1][2] == 10
    assert all(one[0] != after[0] for one, after in itertools.pairwise(line)), "equal neighbours are one"


def test_a_span_has_its_place_in_the_drawing() -> None:
    line = [StateSpan(state="open", since=NOW + timedelta(hours=12), until=NOW + timedelta(hours=18))]
    drawn = time_line(
        {SYSTEM: [(one.state, one.since, one.until) for one in line]}, hours(24), NOW + timedelta(hours=24)
    )
    [box] = drawn.rows[0].boxes
    assert box.x == pytest.approx(LEFT + (WIDTH - LEFT - RIGHT) / 2, abs=0.1)
    assert box.width == pytest.approx((WIDTH - LEFT - RIGHT) / 4, abs=0.1)
