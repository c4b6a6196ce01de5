"""Another calendar: recorded, never silent (invariant 2); and a year that no calendar covers."""

from dataclasses import replace
from datetime import date

from connector.case import Act, ActKind, Channel
from connector.rules.book import RuleBook
from connector.rules.calendar import Calendar, Swaps, Year
from connector.rules.clocks import clocks
from connector.rules.due import Due
from connector.rules.duty import Duty
from connector.rules.stamp import Recomputed, recompute
from tests.unit.rule_story import BOOK, TH, Story, at

K = ActKind
NEWER = "2026-12-01.1"


def _decided(*, swapped: bool) -> RuleBook:
    """The book after somebody decided about 23/11/2026."""
    year = BOOK.calendar.years[2026]
    decided = replace(year, undecided=Swaps(), note=None)
    if swapped:
        decided = replace(
            decided,
            decided=Swaps(
                days_off={**year.decided.days_off, **year.undecided.days_off},
                days_worked={**year.decided.days_worked, **year.undecided.days_worked},
            ),
        )
    return _with(Calendar(version=NEWER, years={**BOOK.calendar.years, 2026: decided}))


def _with(calendar: Calendar) -> RuleBook:
    return replace(BOOK, calendars={**BOOK.calendars, calendar.version: calendar})


def _write(story: Story, found: tuple[Recomputed, ...], when: str) -> None:
    for one in found:
        number = len(story.acts) + 1
        story.acts.append(
            Act(id=f"register:{number}", kind=K.DUE_RECOMPUTED, at=at(when), details=one.details())
        )


def test_nothing_is_recomputed_under_the_same_calendar() -> None:
    story = Story().received("2026-11-20").handed_over("2026-11-20")
    assert recompute(BOOK, story.acts) == ()


def test_a_decided_swap_moves_the_day_by_an_act_that_names_old_and_new() -> None:
    story = Story().received("2026-11-20")
    found = recompute(_decided(swapped=True), story.acts)
    governing = next(one for one in found if one.pack == TH)
    assert governing.details() == {
        "duty": "classify",
        "opened_by": "register:1",
        "agency": "000.00.77.H56",
        "pack": TH,
        "old": "2026-11-25/2026-11-26",
        "new": "2026-11-26",
        "calendar": NEWER,
    }
    before = story.clock(Duty.CLASSIFY)
    _write(story, found, "2026-11-22")
    after = story.clock(Duty.CLASSIFY)
    assert (before.due, after.due) == (Due.parse("2026-11-25/2026-11-26"), Due.parse("2026-11-26"))
    assert (before.calendar, after.calendar) == ("2026-11-23.1", NEWER)
    assert recompute(_decided(swapped=True), story.acts) == ()


def test_a_machine_with_the_older_calendar_does_not_undo_the_newer_day() -> None:
    story = Story(book=_decided(swapped=True)).received("2026-11-20")
    assert story.clock(Duty.CLASSIFY).calendar == NEWER
    assert recompute(BOOK, story.acts) == ()


def test_a_refused_swap_leaves_one_reading() -> None:
    story = Story().received("2026-11-20")
    _write(story, recompute(_decided(swapped=False), story.acts), "2026-11-22")
    assert story.clock(Duty.CLASSIFY).due == Due(on=date(2026, 11, 25))


def test_a_duty_that_is_done_keeps_the_day_it_had() -> None:
    story = Story().received("2026-11-20")
    story.add(K.REFUSED, "2026-11-23")
    assert recompute(_decided(swapped=True), story.acts) == ()


def test_the_end_of_the_units_time_moves_with_the_legal_day() -> None:
    story = (
        Story().received("2026-11-09").handed_over("2026-11-09")
    )  # ends on 23/11, or 24 being off, on 25/11
    assert story.clock(Duty.HANDLE).due == Due.parse("2026-11-23/2026-11-25")
    found = next(one for one in recompute(_decided(swapped=True), story.acts) if one.duty is Duty.HANDLE)
    assert found.due_at == at("2026-11-25 23:59:59.999999")
    assert found.strict == Due.parse("2026-11-25")
    _write(story, (found,), "2026-11-20")
    clock = story.clock(Duty.HANDLE)
    assert (clock.due, clock.strict, clock.internal) == (
        Due.parse("2026-11-25"),
        Due.parse("2026-11-25"),
        None,
    )


def test_R32_an_agencys_own_day_stays_inside_the_new_one() -> None:
    story = Story().received("2026-11-09")
    story.add(K.ASSIGNED, "2026-11-09", due_at=at("2026-11-17 17:00").isoformat())
    found = next(one for one in recompute(_decided(swapped=True), story.acts) if one.duty is Duty.HANDLE)
    assert found.due_at is None
    _write(story, (found,), "2026-11-20")
    assert story.clock(Duty.HANDLE).internal == Due.parse("2026-11-17")


def test_what_the_sender_was_told_is_never_taken_back() -> None:
    story = Story().received("2026-11-13")
    story.add(K.SUPPLEMENT_REQUESTED, "2026-11-16")  # 23/11, or 25/11 if swapped: told 25/11
    found = next(one for one in recompute(_decided(swapped=False), story.acts) if one.duty is Duty.SUPPLEMENT)
    assert (found.new, found.due_at) == (Due.parse("2026-11-23"), at("2026-11-25 23:59:59.999999"))
    _write(story, (found,), "2026-11-20")
    clock = story.clock(Duty.SUPPLEMENT)
    assert (clock.due, clock.internal) == (Due.parse("2026-11-23"), Due.parse("2026-11-25"))


def test_each_coordinator_that_an_adoption_took_over_is_recomputed_by_itself() -> None:
    story = Story(Channel.PHONE).received("2026-11-13").handed_over("2026-11-13")
    story.add(K.COORDINATION_REQUESTED, "2026-11-16", to_agency="000.00.78.H56")
    story.add(K.COORDINATION_REQUESTED, "2026-11-10", to_agency="000.00.11.H56")
    story.add(K.PACK_ADOPTED, "2026-11-17", rule_pack=TH)
    found = [one for one in recompute(_decided(swapped=True), story.acts) if one.duty is Duty.COORDINATE]
    assert [(one.agency, one.new) for one in found] == [("000.00.78.H56", Due.parse("2026-11-25"))]
    _write(story, tuple(found), "2026-11-20")
    assert [str(one.due) for one in story.clocks(Duty.COORDINATE)] == ["2026-11-25", "2026-11-17"]


def test_a_case_is_received_though_its_due_day_lies_in_a_year_without_a_calendar() -> None:
    """No case is lost for a missing file; the day is missing, not guessed, until the file is there."""
    story = Story().received("2027-12-30")
    act = story.acts[0]
    assert (act.details["rule_pack"], act.details["calendar_lacks"]) == (TH, "2028")
    assert not [key for key in act.details if key.startswith("due.")]
    clock = story.clock(Duty.CLASSIFY)
    assert (clock.due, clock.basis) == (None, "Quy chế Điều 12 khoản 1-4")
    assert recompute(BOOK, story.acts) == ()
    year = Year(
        decided=Swaps(days_off={date(2028, 1, 3): "ngày mẫu"}), basis=("văn bản mẫu",), certainty="ours"
    )
    book = _with(Calendar(version="2027-12-31.1", years={**BOOK.calendar.years, 2028: year}))
    _write(story, tuple(one for one in recompute(book, story.acts) if one.pack == TH), "2027-12-31")
    clock = story.clock(Duty.CLASSIFY)
    assert (clock.due, clock.calendar) == (Due(on=date(2028, 1, 4)), "2027-12-31.1")


def test_a_supplement_that_was_asked_for_without_a_calendar_gets_its_end_later() -> None:
    story = Story().received("2027-12-28")
    asked = story.add(K.SUPPLEMENT_REQUESTED, "2027-12-29")
    assert "due_at" not in asked.details
    year = Year(decided=Swaps(), basis=("văn bản mẫu",), certainty="ours")
    book = _with(Calendar(version="2027-12-31.1", years={**BOOK.calendar.years, 2028: year}))
    found = next(one for one in recompute(book, story.acts) if one.duty is Duty.SUPPLEMENT)
    assert (found.old, found.new) == (None, Due(on=date(2028, 1, 5)))
    assert found.due_at == at("2028-01-05 23:59:59.999999")


def test_a_foreign_supplement_that_was_not_stamped_gets_its_day_by_recomputation() -> None:
    story = Story().received("2026-11-02")
    story.add(K.SUPPLEMENT_REQUESTED, "2026-11-03")
    story.add(K.SUPPLEMENTED, "2026-11-05", system="national_portal", stamped=False)
    assert story.clock(Duty.CLASSIFY).due is None
    _write(story, recompute(BOOK, story.acts), "2026-11-05")
    assert story.clock(Duty.CLASSIFY).due == Due(on=date(2026, 11, 9))


def test_R01_a_pack_adopted_after_another_calendar_counts_by_the_newest() -> None:
    story = Story(Channel.PHONE, book=_decided(swapped=True)).received("2026-11-20")
    adopted = story.add(K.PACK_ADOPTED, "2026-11-21", rule_pack=TH)
    assert (adopted.details["due.classify"], adopted.details["calendar"]) == ("2026-11-26", NEWER)


def test_reading_computes_nothing() -> None:
    """The days come from the acts alone: another calendar in the book changes none of them."""
    story = Story().received("2026-11-20").handed_over("2026-11-20")
    assert clocks(story.acts, _decided(swapped=True)) == clocks(story.acts, BOOK)
