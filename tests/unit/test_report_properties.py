"""Whatever happens to cases, the numbers of a report balance and add up."""

import itertools
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.case import ActKind, Channel
from connector.clock import LOCAL_ZONE
from connector.reports import tables
from connector.reports.count import report
from connector.reports.cube import Report
from connector.reports.explained import MEASURES
from connector.reports.measures import ENDINGS, SUMS, Measure
from connector.reports.period import Period
from tests.unit.report_kit import BOOK, DAU_MOI, LATER, MAU, MOI_TRUONG, TT_TT, VI_DU, Story, names

K, M = ActKind, Measure
AGENCIES = (MAU, VI_DU, MOI_TRUONG, DAU_MOI, TT_TT)
FIELDS = ("moi_truong", "an_toan_thuc_pham", None)
CHANNELS = (Channel.WEB, Channel.ZALO, Channel.NATIONAL_PORTAL)
MONTHS = ("2026-09", "2026-10", "2026-11", "2026-12")
BEGIN = datetime(2026, 9, 1, 8, tzinfo=LOCAL_ZONE)

STEPS = (
    K.REFUSED, K.SUPPLEMENT_REQUESTED, K.SUPPLEMENTED, K.LAPSED, K.REASSIGNED, K.ACCEPTED, K.ASSIGNED, K.LATE_NOTICE,
    K.COORDINATION_REQUESTED, K.COORDINATION_ANSWERED, K.RESULT, K.RESULT_SENT_BACK, K.ANSWERED, K.TRANSFERRED,
    K.RECALL_AGREED, K.RESTRICTED, K.NOTE, K.RECALLED, K.PUBLISHED,
)  # fmt: skip


@st.composite
def stories(draw: st.DrawFn, number: int) -> Story:
    """Any acts in any order: more than the register would let happen, so that nothing rests on its guards."""
    story = Story(number, draw(st.sampled_from(CHANNELS)), draw(st.sampled_from(FIELDS)))
    moment = BEGIN + timedelta(hours=draw(st.integers(0, 24 * 60)))
    agency = draw(st.sampled_from(AGENCIES))
    story.received(_at(moment), agency)
    for kind in draw(st.lists(st.sampled_from(STEPS), max_size=7)):
        moment += timedelta(hours=draw(st.integers(0, 24 * 20)))
        details = {}
        if kind in {K.REASSIGNED, K.COORDINATION_REQUESTED, K.TRANSFERRED}:
            details["to_agency"] = draw(st.sampled_from(AGENCIES))
        if kind is K.ANSWERED:
            details |= {"publishable": draw(st.sampled_from("01")), "version": "1"}
        if kind is K.RESTRICTED:
            details["decision"] = draw(st.sampled_from(("hold", "off_system")))
        foreign = kind in {K.RECALLED, K.PUBLISHED}
        story.add(
            kind, _at(moment), system="national_portal" if foreign else "register", agency=agency, **details
        )
    return story


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


@st.composite
def towns(draw: st.DrawFn) -> list[Story]:
    return [draw(stories(number)) for number in range(1, draw(st.integers(2, 7)))]


def month(found: list[Story], name: str) -> Report:
    """All months by the agencies of the last one, as a year's reports are compared."""
    return report((one.case() for one in found), Period.parse(name), BOOK, names("2026-12-31"), LATER)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_carried_over_and_received_less_what_ended_is_outstanding(found: list[Story]) -> None:
    """For the province, and for each agency with what it took over and passed on."""
    for name in MONTHS:
        one = month(found, name)
        for line in (tables.total(one), *tables.by_agency(one), *tables.by_field(one)):
            n = {key: line.count(one, key) for key in Measure}
            assert (
                n[M.CARRIED_OVER] + n[M.RECEIVED] + n[M.TRANSFERRED_IN] - n[M.CLOSED] - n[M.PASSED_ON]
                == n[M.OUTSTANDING]
            ), (name, line)
        assert one.count(M.TRANSFERRED_IN) == one.count(M.PASSED_ON)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_what_is_outstanding_at_the_end_of_a_month_is_carried_over_into_the_next(found: list[Story]) -> None:
    months = [month(found, name) for name in MONTHS]
    for this, following in itertools.pairwise(months):
        for agency in AGENCIES:
            assert this.ids(M.OUTSTANDING, agency=agency) == following.ids(M.CARRIED_OVER, agency=agency)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_agencies_fields_and_channels_add_up_to_the_total(found: list[Story]) -> None:
    one = month(found, "2026-10")
    for key in set(MEASURES) - {M.OFF_SYSTEM, M.ERASED}:
        whole = one.ids(key)
        for lines in (tables.by_agency(one), tables.by_field(one)):
            assert sorted(case for line in lines for case in line.ids(one, key)) == list(whole)
        assert sum(one.count(key, channel=channel) for channel in Channel) == len(whole)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_months_add_up_to_the_quarter(found: list[Story]) -> None:
    """What happens is counted once; what stands is that of the first and the last month."""
    months = [month(found, name) for name in MONTHS[1:]]
    quarter = month(found, "2026-Q4")
    happened = (
        M.RECEIVED,
        M.TRANSFERRED_IN,
        M.GROUP_1,
        M.GROUP_2,
        M.GROUP_3,
        M.GROUP_4,
        *ENDINGS,
        M.PASSED_ON,
        M.OFF_SYSTEM,
    )
    for key in (*happened, *SUMS[M.ANSWERED], M.ANSWERED_PRIVATE, M.ANSWERED_LATE_INFORMED):
        assert sorted(case for one in months for case in one.ids(key)) == list(quarter.ids(key)), key
    assert quarter.ids(M.CARRIED_OVER) == months[0].ids(M.CARRIED_OVER)
    assert quarter.ids(M.OUTSTANDING) == months[-1].ids(M.OUTSTANDING)


@settings(max_examples=40, deadline=None)
@given(towns(), st.integers(0, 1000))
def test_R27_the_totals_are_the_replay_from_zero_in_any_order_of_cases(found: list[Story], seed: int) -> None:
    one = month(found, "2026-10")
    mixed = list(found)
    Random(seed).shuffle(mixed)
    assert month(mixed, "2026-10").digest == one.digest
    cut = [_cut(story) for story in mixed]
    assert month(cut, "2026-10").digest == one.digest, "acts after the period change nothing"


def _cut(story: Story) -> Story:
    """The story as it was known at the end of October; one taken off the system later leaves every period."""
    end = Period.parse("2026-10").ends_at
    if not any(act.details.get("decision") == "off_system" for act in story.acts):
        story.acts = [act for act in story.acts if act.at <= end]
    return story


@settings(max_examples=60, deadline=None)
@given(towns())
def test_late_is_late_and_its_part_is_contained_in_it(found: list[Story]) -> None:
    one = month(found, "2026-11")
    for key, explained in MEASURES.items():
        if explained.part_of is not None:
            assert not set(one.ids(key)) - set(one.ids(explained.part_of)), key
            assert one.count(key) <= one.count(explained.part_of)
