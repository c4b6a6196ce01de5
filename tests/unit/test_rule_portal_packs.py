"""The packs that watch: indicator set 766, QĐ 574, NĐ 20/2008; and which of several clocks is shown."""

from dataclasses import replace

from connector.case import ActKind, Channel
from connector.rules.clocks import clocks, strictest
from connector.rules.due import Due
from connector.rules.duty import Clock, Duty
from tests.unit.rule_story import BOOK, TH, Story, at, portal_case

A = "000.00.77.H56"
K = ActKind
CS = "CS766/1"


def due(text: str) -> Due:
    return Due.parse(text)


def test_CS766_counts_from_the_last_transfer() -> None:
    story = portal_case()
    days = {duty: story.clock(duty, CS).due for duty in (Duty.CLASSIFY, Duty.ASK_SUPPLEMENT, Duty.ANSWER)}
    assert days == {
        Duty.CLASSIFY: due("2026-11-05"),
        Duty.ASK_SUPPLEMENT: due("2026-11-10"),
        Duty.ANSWER: due("2026-11-25/2026-11-26"),
    }
    assert story.clock(Duty.ANSWER, CS).starts_at == at("2026-11-03")


def test_CS766_a_new_transfer_restarts_its_clocks_and_no_other() -> None:
    story = portal_case()
    story.add(K.FORWARDED, "2026-11-09", system="national_portal", to_agency=A)
    first, second = story.clocks(Duty.ANSWER, CS)
    assert (first.open, first.fulfilled, second.open) == (False, False, True)
    assert second.starts_at == at("2026-11-09")
    assert len(story.clocks(Duty.CLASSIFY, "ND20/1")) == 1


def test_CS766_news_that_the_register_did_not_stamp_restarts_nothing() -> None:
    story = portal_case()
    story.add(K.FORWARDED, "2026-11-09", system="national_portal", stamped=False)
    assert len(story.clocks(Duty.ANSWER, CS)) == 1


def test_CS766_asking_for_a_supplement_is_an_agencys_duty_before_acceptance_only() -> None:
    story = portal_case().handed_over("2026-11-05")
    clock = story.clock(Duty.ASK_SUPPLEMENT, CS)
    assert (clock.open, clock.fulfilled) == (False, False)
    assert story.clock(Duty.CLASSIFY, CS).fulfilled


def test_CS766_the_portal_publishes_within_two_days_of_the_answer() -> None:
    story = portal_case().handed_over("2026-11-05")
    story.add(K.RESULT, "2026-11-10")
    story.add(K.ANSWERED, "2026-11-11", publishable="1", version="1")
    assert story.clock(Duty.ANSWER, CS).fulfilled
    clock = story.clock(Duty.PUBLISH, CS)
    assert (clock.open, clock.due) == (True, due("2026-11-13"))
    story.add(K.PUBLISHED, "2026-11-13", system="national_portal", agency=None)
    assert story.clock(Duty.PUBLISH, CS).fulfilled


def test_CS766_a_private_answer_is_not_waited_for() -> None:
    story = portal_case().handed_over("2026-11-05")
    story.add(K.RESULT, "2026-11-10")
    story.add(K.ANSWERED, "2026-11-11", publishable="0", version="1")
    assert not story.clocks(Duty.PUBLISH, CS)


def test_QD574_counts_calendar_days_and_moves_the_end_off_a_weekend() -> None:
    story = Story(Channel.GOVERNMENT_PORTAL_CITIZEN).received("2026-11-02")
    assert story.clock(Duty.ANSWER, "QD574/1").due == due("2026-11-23/2026-11-25")  # 22/11 is a Sunday


def test_ND20_watches_five_days_beside_the_stricter_two() -> None:
    story = Story().received("2026-11-02")
    assert story.clock(Duty.CLASSIFY, "ND20/1").due == due("2026-11-09")
    assert strictest(clocks(story.acts, BOOK))[Duty.CLASSIFY].pack == TH


def test_the_strictest_clock_of_a_duty_is_shown_and_a_closed_one_is_not() -> None:
    early = Clock(
        duty=Duty.ANSWER,
        pack=CS,
        governs=False,
        legal=True,
        agency=A,
        opened_by="register:1",
        starts_at=at("2026-11-02"),
        due=due("2026-11-10"),
    )
    late = replace(early, pack="QD574/1", due=due("2026-11-12"))
    same = replace(early, pack="X/1", governs=True)
    closed = replace(early, due=due("2026-11-03"), closed_at=at("2026-11-02"))
    assert strictest((late, early, closed))[Duty.ANSWER] is early
    assert strictest((early, same))[Duty.ANSWER] is same
    assert strictest((replace(early, due=None),)) == {}


def test_CS766_a_supplement_counts_as_a_submission_made_anew() -> None:
    story = portal_case()
    story.add(K.SUPPLEMENT_REQUESTED, "2026-11-05")
    story.add(K.SUPPLEMENTED, "2026-11-12", system="national_portal", agency=None)
    assert story.clock(Duty.CLASSIFY, CS).due == due("2026-11-16")
    assert story.clock(Duty.ANSWER, CS).starts_at == at("2026-11-03")
