"""A pack adopted by decision (R01), packs that are not on disk, cases from before the packs."""

from dataclasses import replace

from connector.case import ActKind, Channel
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks
from connector.rules.due import Due
from connector.rules.duty import Duty
from tests.unit.rule_story import BOOK, MAPPINGS, TH, Story, at, portal_case

B, C = "000.00.78.H56", "000.00.11.H56"
K = ActKind
CS = "CS766/1"


def due(text: str) -> Due:
    return Due.parse(text)


def test_R01_an_adopted_pack_takes_over_the_duty_that_is_open() -> None:
    story = Story(Channel.NATIONAL_PORTAL).received("2026-11-02")
    adopted = story.add(K.PACK_ADOPTED, "2026-11-03", rule_pack=TH)
    assert adopted.details["due.classify"] == "2026-11-04"
    assert not story.clock(Duty.CLASSIFY, None).open
    clock = story.clock(Duty.CLASSIFY)
    assert (clock.open, clock.governs, clock.due) == (True, True, due("2026-11-04"))
    assert (clock.opened_by, clock.starts_at) == (adopted.id, at("2026-11-02"))
    story.handed_over("2026-11-04")
    assert story.clock(Duty.CLASSIFY).fulfilled
    assert story.clock(Duty.HANDLE).due == due("2026-11-18")
    assert not story.clocks(Duty.HANDLE, None)


def test_R01_adoption_names_each_waiting_coordinator_and_the_end_of_the_units_time() -> None:
    story = Story(Channel.PHONE).received("2026-11-02").handed_over("2026-11-04")
    story.add(K.COORDINATION_REQUESTED, "2026-11-09", to_agency=B)
    story.add(K.COORDINATION_REQUESTED, "2026-11-10", to_agency=C)
    adopted = story.add(K.PACK_ADOPTED, "2026-11-11", rule_pack=TH)
    assert adopted.details[f"due.coordinate.{B}"] == "2026-11-16"
    assert adopted.details[f"due.coordinate.{C}"] == "2026-11-17"
    assert adopted.details["due_at"].startswith("2026-11-18T23:59:59")
    assert [one.internal for one in story.clocks(Duty.COORDINATE)] == [None, None]
    story.add(K.COORDINATION_ANSWERED, "2026-11-12", agency=B)
    assert [(one.agency, one.fulfilled) for one in story.clocks(Duty.COORDINATE)] == [(B, True), (C, False)]


def test_R32_an_adoption_keeps_the_agencys_own_earlier_day() -> None:
    for own, end in (("2026-11-12", "2026-11-12"), ("2026-11-30", "2026-11-18")):
        story = Story(Channel.PHONE).received("2026-11-02")
        story.add(K.ASSIGNED, "2026-11-04", due_at=at(f"{own} 17:00").isoformat())
        assert story.clock(Duty.HANDLE, None).internal == due(own)
        adopted = story.add(K.PACK_ADOPTED, "2026-11-11", rule_pack=TH)
        assert adopted.details["due_at"].startswith(f"{end}T23:59:59")
        assert story.clock(Duty.HANDLE).due == due("2026-11-18")


def test_R01_adopting_a_pack_that_watched_leaves_one_clock_of_it() -> None:
    story = portal_case()
    story.add(K.PACK_ADOPTED, "2026-11-06", rule_pack=CS)
    assert [(one.governs, one.open) for one in story.clocks(Duty.ANSWER, CS)] == [
        (False, False),
        (True, True),
    ]


def test_a_pack_that_is_no_longer_on_disk_still_shows_what_was_stamped() -> None:
    story = Story().received("2026-11-02")
    without = replace(BOOK, packs={})
    (clock,) = (one for one in clocks(story.acts, without) if one.governs)
    assert (clock.pack, clock.due, clock.basis) == (TH, due("2026-11-04"), None)


def test_a_case_of_before_the_packs_has_open_duties_without_a_day() -> None:
    story = Story()
    story.add(K.RECEIVED, "2026-11-02", stamped=False)
    (clock,) = clocks(story.acts, RuleBook.load(MAPPINGS))
    assert (clock.duty, clock.pack, clock.due) == (Duty.CLASSIFY, None, None)
