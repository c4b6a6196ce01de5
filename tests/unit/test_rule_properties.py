"""Whatever acts come in whatever order, no promise of the clocks breaks (invariants 1 and 2)."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.case import ActKind, Channel
from connector.rules.clocks import clocks
from connector.rules.course import ends
from connector.rules.duty import Clock, Duty
from tests.unit.rule_story import BOOK, TH, Story, at

AGENCIES = ("000.00.77.H56", "000.00.78.H56", "000.00.11.H56")
KINDS = sorted(set(ActKind) - {ActKind.RECEIVED, ActKind.PACK_ADOPTED, ActKind.DUE_RECOMPUTED})

Step = tuple[ActKind, str, str, bool, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(AGENCIES),
        st.sampled_from(("register", "national_portal")),
        st.booleans(),
        st.integers(0, 60),
    ),
    max_size=25,
)


def told(channel: Channel, adopt_at: int | None, rest: list[Step]) -> Story:
    story = Story(channel).received("2026-09-28")
    now = at("2026-09-28")
    for number, (kind, agency, system, flag, hours) in enumerate(rest):
        if number == adopt_at:
            story.add(ActKind.PACK_ADOPTED, f"{now:%Y-%m-%d %H:%M}", rule_pack=TH)
        now += timedelta(hours=hours)
        details = {"to_agency": agency, "publishable": "1" if flag else "0"}
        if flag:
            details |= {"to_role": "dau_moi_tinh", "decision": "off_system"}
        story.add(kind, f"{now:%Y-%m-%d %H:%M}", system=system, agency=agency, **details)
    return story


stories = st.builds(told, st.sampled_from(sorted(Channel)), st.none() | st.integers(0, 10), steps)


def name_of(clock: Clock) -> tuple[str, Duty, str | None, str | None]:
    return clock.opened_by, clock.duty, clock.pack, clock.agency


@settings(max_examples=150, deadline=None)
@given(stories)
def test_a_duty_has_one_open_clock_of_one_pack(story: Story) -> None:
    """Coordination: one for each agency."""
    for length in range(1, len(story.acts) + 1):
        running = Counter(
            (one.duty, one.governs, one.pack, one.agency if one.duty is Duty.COORDINATE else None)
            for one in clocks(story.acts[:length], BOOK)
            if one.open and (one.governs or one.duty is not Duty.PUBLISH)
        )
        assert not [key for key, count in running.items() if count > 1]
        assert len({pack for _, governs, pack, _ in running if governs}) <= 1


@settings(max_examples=150, deadline=None)
@given(stories)
def test_a_day_never_moves_by_itself_and_a_clock_never_disappears(story: Story) -> None:
    known: dict[tuple[str, Duty, str | None, str | None], Clock] = {}
    for length in range(1, len(story.acts) + 1):
        running = {name_of(one): one for one in clocks(story.acts[:length], BOOK)}
        assert set(known) <= set(running)
        for key, before in known.items():
            after = running[key]
            assert (before.due, before.starts_at, before.calendar) == (
                after.due,
                after.starts_at,
                after.calendar,
            )
        known = running


@settings(max_examples=150, deadline=None)
@given(stories)
def test_a_closed_clock_names_the_act_that_closed_it(story: Story) -> None:
    by_id = {act.id: act for act in story.acts}
    for clock in clocks(story.acts, BOOK):
        assert clock.opened_by in by_id
        assert (clock.closed_by is None) == clock.open
        if clock.closed_by is not None:
            assert by_id[clock.closed_by].at == clock.closed_at
            assert clock.closed_at >= by_id[clock.opened_by].at
        assert clock.open <= (not clock.fulfilled)


@settings(max_examples=150, deadline=None)
@given(stories)
def test_after_an_end_nothing_is_left_but_the_portals_to_publish(story: Story) -> None:
    for length in range(1, len(story.acts) + 1):
        acts = story.acts[:length]
        if ends(acts[-1]):
            assert {one.duty for one in clocks(acts, BOOK) if one.open} <= {Duty.PUBLISH}


@settings(max_examples=150, deadline=None)
@given(stories)
def test_R01_every_governing_day_has_its_pack_its_calendar_and_its_article(story: Story) -> None:
    for clock in clocks(story.acts, BOOK):
        if clock.due is not None:
            assert clock.pack in BOOK.packs
            assert clock.calendar == BOOK.calendar.version
            assert clock.basis
        elif clock.governs:
            assert clock.pack is None
