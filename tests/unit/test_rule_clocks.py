"""Clocks of R01, R16-R24 and R32, and of the transitions T1-T16, on the shipped rule files."""

from dataclasses import replace
from datetime import date

import pytest

from connector.case import ActKind, Channel
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks
from connector.rules.due import Due
from connector.rules.duty import Duty
from connector.rules.pack import InnerStep
from connector.rules.stamp import TermTooLong
from tests.unit.rule_story import BOOK, TH, Story, at

A, B, C, ROLE = "000.00.77.H56", "000.00.78.H56", "000.00.11.H56", "000.00.01.H56"
K = ActKind
CS = "CS766/1"


def due(text: str) -> Due:
    return Due.parse(text)


# ---- R01-R03 ------------------------------------------------------------------------------------------------


def test_R01_a_case_of_the_national_portal_has_no_local_deadline() -> None:
    story = Story(Channel.NATIONAL_PORTAL).received("2026-11-09")
    assert "rule_pack" not in story.acts[0].details
    assert story.acts[0].details["rule_watch"] == "CS766/1 ND20/1"
    clock = story.clock(Duty.CLASSIFY, None)
    assert (clock.governs, clock.due, clock.basis, clock.open) == (True, None, None, True)
    assert not clock.late(at("2027-12-01"))
    watching = story.clock(Duty.CLASSIFY, CS)
    assert (watching.due, watching.governs) == (due("2026-11-11"), False)


@pytest.mark.parametrize("channel", Channel)
def test_R01_only_the_channels_of_article_6_follow_the_local_pack(channel: Channel) -> None:
    local = channel in {Channel.WEB, Channel.MOBILE_APP, Channel.ZALO, Channel.FACEBOOK}
    assert BOOK.pin(channel, date(2026, 11, 9)).governs == (TH if local else None)


def test_R01_the_pack_does_not_hold_before_its_day() -> None:
    assert BOOK.pin(Channel.WEB, date(2020, 2, 14)).governs is None
    assert BOOK.pin(Channel.WEB, date(2020, 2, 15)).governs == TH


def test_R01_an_empty_pack_never_governs_though_its_day_has_come() -> None:
    assert BOOK.pack("TH-2025/1").valid_from == date(2025, 9, 15)
    assert BOOK.pin(Channel.WEB, date(2026, 11, 9)).governs == TH


def test_R01_a_filled_pack_governs_from_its_day_and_old_cases_stay_on_theirs() -> None:
    filled = replace(BOOK.pack(TH), id="TH-2025", valid_from=date(2026, 11, 16))
    book = replace(BOOK, packs={**BOOK.packs, "TH-2025/1": filled})
    assert book.pin(Channel.WEB, date(2026, 11, 15)).governs == TH
    assert book.pin(Channel.WEB, date(2026, 11, 16)).governs == "TH-2025/1"
    story = Story(book=book).received("2026-11-13").handed_over("2026-11-17")
    assert story.clock(Duty.HANDLE).due == due("2026-12-02")
    assert not story.clocks(Duty.HANDLE, "TH-2025/1")


def test_R02_a_field_without_extension_is_out_of_scope() -> None:
    pack = BOOK.pack(TH)
    assert pack.takes_field("moi_truong", date(2026, 11, 9))
    assert not pack.takes_field("giao-duc", date(2026, 11, 9))
    assert len(pack.fields) == 4


def test_R03_a_field_counts_from_its_day() -> None:
    added = replace(BOOK.pack(TH).fields[0], code="giao_duc", valid_from=date(2026, 6, 1))
    pack = replace(BOOK.pack(TH), fields=(added,))
    assert not pack.takes_field("giao_duc", date(2026, 5, 31))
    assert pack.takes_field("giao_duc", date(2026, 6, 1))


# ---- R16-R24 ------------------------------------------------------------------------------------------------


def test_R16_without_a_group_two_working_days_after_receipt_classification_is_overdue() -> None:
    clock = Story().received("2026-11-09").clock(Duty.CLASSIFY)
    assert clock.due == due("2026-11-11")
    assert not clock.late(at("2026-11-11 23:59:59.999999"))
    assert clock.late(at("2026-11-12 00:00"))


def test_R17_received_on_friday_20_november_is_due_on_wednesday() -> None:
    story = Story().received("2026-11-20")
    assert story.acts[0].details["due.classify"] == "2026-11-25/2026-11-26"
    clock = story.clock(Duty.CLASSIFY)
    assert (clock.due, clock.calendar) == (due("2026-11-25/2026-11-26"), "2026-11-23.1")
    assert (clock.basis, clock.legal, clock.agency) == ("Quy chế Điều 12 khoản 1-4", True, A)
    story.add(K.REFUSED, "2026-11-25 23:59:59.999999")
    assert story.clock(Duty.CLASSIFY).fulfilled
    assert not story.clock(Duty.CLASSIFY).late(at("2026-12-30"))


def test_R17_refused_one_microsecond_too_late_stays_late() -> None:
    story = Story().received("2026-11-09")
    story.add(K.REFUSED, "2026-11-12 00:00")
    assert story.clock(Duty.CLASSIFY).fulfilled
    assert story.clock(Duty.CLASSIFY).late(at("2026-12-30"))


def test_R18_the_sender_has_until_the_end_of_the_fifth_working_day() -> None:
    story = Story().received("2026-11-09")
    asked = story.add(K.SUPPLEMENT_REQUESTED, "2026-11-11")
    clock = story.clock(Duty.SUPPLEMENT)
    assert (clock.due, clock.agency, clock.internal) == (due("2026-11-18"), None, None)
    assert asked.details["due_at"] == "2026-11-18T23:59:59.999999+07:00"
    assert story.clock(Duty.CLASSIFY).fulfilled
    story.add(K.SUPPLEMENTED, "2026-11-18 23:59:59", agency=None)
    assert story.clock(Duty.SUPPLEMENT).fulfilled
    assert [one.due for one in story.clocks(Duty.CLASSIFY)] == [due("2026-11-11"), due("2026-11-20")]


def test_R18_a_lapse_ends_the_senders_time_without_fulfilment() -> None:
    story = Story().received("2026-11-09")
    story.add(K.SUPPLEMENT_REQUESTED, "2026-11-11")
    story.add(K.LAPSED, "2026-11-19 00:00")
    clock = story.clock(Duty.SUPPLEMENT)
    assert (clock.open, clock.fulfilled) == (False, False)
    assert not any(one.open for one in clocks(story.acts, BOOK))


def test_R18_an_open_question_never_cuts_the_senders_time_short() -> None:
    story = Story().received("2026-11-13")
    asked = story.add(K.SUPPLEMENT_REQUESTED, "2026-11-16")
    assert story.clock(Duty.SUPPLEMENT).due == due("2026-11-23/2026-11-25")
    assert asked.details["due_at"].startswith("2026-11-25T23:59:59")


def test_R18_a_foreign_supplement_re_opens_classification_only_while_it_is_awaited() -> None:
    story = Story().received("2026-11-09")
    story.add(K.SUPPLEMENTED, "2026-11-10", system="national_portal", agency=None)
    assert len(story.clocks(Duty.CLASSIFY)) == 1
    story.add(K.SUPPLEMENT_REQUESTED, "2026-11-11")
    story.add(K.SUPPLEMENTED, "2026-11-12", system="national_portal", agency=None)
    assert story.clock(Duty.CLASSIFY).due == due("2026-11-16")
    story.add(K.REFUSED, "2026-11-16")
    story.add(K.SUPPLEMENTED, "2026-11-17", system="national_portal", agency=None)
    assert len(story.clocks(Duty.CLASSIFY)) == 2


def test_R18_a_supplement_after_its_time_re_opens_nothing() -> None:
    story = Story(Channel.WEB).received("2026-11-09")
    story.add(K.SUPPLEMENT_REQUESTED, "2026-11-11")
    story.add(K.SUPPLEMENTED, "2026-11-19", system="national_portal", agency=None, late="1")
    assert story.clock(Duty.SUPPLEMENT).open
    assert len(story.clocks(Duty.CLASSIFY)) == 1


def test_what_another_system_wrote_in_place_of_a_stamp_is_no_day() -> None:
    story = Story().received("2026-11-09")
    story.add(K.SUPPLEMENT_REQUESTED, "2026-11-11")
    forged = {"due.classify": "không phải ngày", "due.classify.inner": "…"}
    story.add(K.SUPPLEMENTED, "2026-11-12", system="national_portal", stamped=False, **forged)
    assert (story.clock(Duty.CLASSIFY).due, story.clock(Duty.CLASSIFY).internal) == (None, None)


def test_R19_the_receiver_of_a_transfer_gets_its_own_two_days() -> None:
    story = Story().received("2026-11-02")
    story.add(K.REASSIGNED, "2026-11-04", to_agency=B, group="3")
    first, second = story.clocks(Duty.CLASSIFY)
    assert (first.fulfilled, first.due, first.agency) == (True, due("2026-11-04"), A)
    assert (second.open, second.due, second.agency) == (True, due("2026-11-06"), B)


def test_R19_the_province_role_has_a_target_that_is_no_legal_term() -> None:
    story = Story().received("2026-11-02")
    story.add(K.REASSIGNED, "2026-11-04", to_agency=ROLE, to_role="dau_moi_tinh")
    clock = story.clock(Duty.ASSIGN)
    assert (clock.due, clock.legal, clock.agency) == (due("2026-11-06"), False, ROLE)
    assert not [one for one in story.clocks(Duty.CLASSIFY) if one.open]
    story.add(K.REASSIGNED, "2026-11-05", agency=ROLE, to_agency=C, from_role="dau_moi_tinh")
    assert story.clock(Duty.ASSIGN).fulfilled
    assert (story.clock(Duty.CLASSIFY).agency, story.clock(Duty.CLASSIFY).due) == (C, due("2026-11-09"))


@pytest.mark.parametrize(("handed_over", "day"), [("2026-11-04", "2026-11-18"), ("2027-02-03", "2027-02-24")])
def test_R21_the_unit_has_ten_working_days_from_the_hand_over(handed_over: str, day: str) -> None:
    story = Story().received(handed_over).handed_over(handed_over)
    assert story.clock(Duty.CLASSIFY).fulfilled
    assert story.clock(Duty.HANDLE).due == due(day)
    assert story.acts[-1].details["due_at"] == f"{day}T23:59:59.999999+07:00"


def test_R21_the_strict_count_from_receipt_stands_beside() -> None:
    clock = Story().received("2026-11-02").handed_over("2026-11-04").clock(Duty.HANDLE)
    assert (clock.due, clock.strict) == (due("2026-11-18"), due("2026-11-16"))


def test_R22_a_late_notice_tells_the_sender_and_changes_no_day() -> None:
    story = Story().received("2026-11-04").handed_over("2026-11-04")
    assert story.clock(Duty.HANDLE).late(at("2026-11-19 00:00:01"))
    story.add(K.LATE_NOTICE, "2026-11-19")
    clock = story.clock(Duty.HANDLE)
    assert (clock.due, clock.open, clock.informed_at) == (due("2026-11-18"), True, at("2026-11-19"))
    story.add(K.RESULT, "2026-11-30")
    assert story.clock(Duty.HANDLE).late(at("2026-12-30"))
    assert story.clock(Duty.HANDLE).informed_at == at("2026-11-19")


def test_R23_each_coordinator_has_five_days_and_the_lead_keeps_its_day() -> None:
    story = Story().received("2026-11-02").handed_over("2026-11-04")
    story.add(K.COORDINATION_REQUESTED, "2026-11-09", to_agency=B)
    story.add(K.COORDINATION_REQUESTED, "2026-11-10", to_agency=C)
    b, c = story.clocks(Duty.COORDINATE)
    assert (b.agency, b.due, c.agency, c.due) == (B, due("2026-11-16"), C, due("2026-11-17"))
    story.add(K.COORDINATION_ANSWERED, "2026-11-12", agency=C)
    b, c = story.clocks(Duty.COORDINATE)
    assert (b.open, c.fulfilled) == (True, True)
    assert b.late(at("2026-11-17 00:00"))
    assert story.clock(Duty.HANDLE).due == due("2026-11-18")


@pytest.mark.parametrize(
    ("result", "day"),
    [("2026-11-18", "2026-11-19"), ("2026-11-20", "2026-11-23/2026-11-25")],
)
def test_R24_the_result_is_published_within_one_working_day(result: str, day: str) -> None:
    story = Story().received("2026-11-04").handed_over("2026-11-05")
    story.add(K.RESULT, result)
    assert story.clock(Duty.HANDLE).fulfilled
    assert story.clock(Duty.PUBLISH).due == due(day)
    story.add(K.ANSWERED, result, publishable="1", version="1")
    assert story.clock(Duty.PUBLISH).fulfilled


# ---- R32 ----------------------------------------------------------------------------------------------------


def test_R32_a_time_longer_than_the_legal_term_is_refused_with_the_legal_day() -> None:
    story = Story().received("2026-11-02")
    with pytest.raises(TermTooLong) as refused:
        story.add(K.ASSIGNED, "2026-11-04", due_at=at("2026-11-19 00:00").isoformat())
    assert refused.value.legal == due("2026-11-18")
    story.add(K.ASSIGNED, "2026-11-04", due_at=at("2026-11-18 23:59:59.999999").isoformat())
    assert story.clock(Duty.HANDLE).internal is None


def test_R32_an_earlier_day_is_the_agencys_own_and_the_legal_one_stays() -> None:
    story = Story().received("2026-11-02")
    story.add(K.ASSIGNED, "2026-11-04", due_at=at("2026-11-12 17:00").isoformat())
    clock = story.clock(Duty.HANDLE)
    assert (clock.due, clock.internal) == (due("2026-11-18"), due("2026-11-12"))
    assert not clock.late(at("2026-11-13"))


def test_R32_the_senders_time_may_be_longer_and_never_shorter() -> None:
    story = Story().received("2026-11-09")
    with pytest.raises(TermTooLong):
        story.add(K.SUPPLEMENT_REQUESTED, "2026-11-11", due_at=at("2026-11-18 17:00").isoformat())
    story.add(K.SUPPLEMENT_REQUESTED, "2026-11-11", due_at=at("2026-11-27 17:00").isoformat())
    clock = story.clock(Duty.SUPPLEMENT)
    assert (clock.due, clock.internal) == (due("2026-11-18"), due("2026-11-27"))


def _with_inner(duty: Duty, days: int) -> RuleBook:
    return replace(BOOK, inner={(A, duty): InnerStep(agency=A, duty=duty, days=days, basis="quy trình mẫu")})


def test_R32_an_agencys_inner_step_ends_the_time_earlier_without_moving_the_legal_day() -> None:
    story = Story(book=_with_inner(Duty.HANDLE, 7)).received("2026-11-02").handed_over("2026-11-04")
    clock = story.clock(Duty.HANDLE)
    assert (clock.due, clock.internal) == (due("2026-11-18"), due("2026-11-13"))
    assert story.acts[-1].details["due_at"].startswith("2026-11-13T23:59:59")


def test_R32_an_inner_step_of_a_duty_without_an_instant_stands_in_its_own_detail() -> None:
    story = Story(book=_with_inner(Duty.CLASSIFY, 1)).received("2026-11-02")
    assert story.acts[0].details["due.classify.inner"] == "2026-11-03"
    assert story.clock(Duty.CLASSIFY).internal == due("2026-11-03")


# ---- T13-T16 and the ways out -------------------------------------------------------------------------------


def test_T16_a_result_sent_back_runs_on_with_the_old_day() -> None:
    story = Story().received("2026-11-02").handed_over("2026-11-04")
    story.add(K.RESULT, "2026-11-10")
    story.add(K.RESULT_SENT_BACK, "2026-11-11")
    clock = story.clock(Duty.HANDLE)
    assert (clock.open, clock.due, clock.closed_by) == (True, due("2026-11-18"), None)
    assert (story.clock(Duty.PUBLISH).open, story.clock(Duty.PUBLISH).fulfilled) == (False, False)
    story.add(K.RESULT, "2026-11-17")
    assert len(story.clocks(Duty.HANDLE)) == 1
    assert story.clock(Duty.HANDLE).fulfilled
    assert story.clock(Duty.PUBLISH).due == due("2026-11-18")


def test_T13_a_correction_of_a_final_answer_opens_nothing() -> None:
    story = Story().received("2026-11-02").handed_over("2026-11-04")
    story.add(K.RESULT, "2026-11-10")
    story.add(K.ANSWERED, "2026-11-11", publishable="1", version="1")
    story.add(K.ANSWERED, "2026-11-20", publishable="1", version="2", corrects="1")
    assert not any(one.open for one in clocks(story.acts, BOOK))


@pytest.mark.parametrize(
    ("kind", "details", "done"),
    [
        (K.TRANSFERRED, {"to_agency": "000.00.00.G09"}, True),
        (K.RETURNED, {}, True),
        (K.RECALL_AGREED, {}, False),
        (K.WITHDRAWN, {}, False),
        (K.RESTRICTED, {"decision": "off_system"}, False),
    ],
)
def test_every_way_out_ends_all_clocks(kind: ActKind, details: dict[str, str], done: bool) -> None:
    """Transferring away is a classification (G3); being recalled or taken off the system is none."""
    story = Story(Channel.NATIONAL_PORTAL).received("2026-11-02")
    story.add(kind, "2026-11-03", **details)
    ended = clocks(story.acts, BOOK)
    assert not any(one.open for one in ended)
    assert story.clock(Duty.CLASSIFY, None).fulfilled is done
    assert not story.clock(Duty.ANSWER, CS).fulfilled
    assert not any(one.late(at("2027-06-01")) for one in ended)


def test_a_hold_and_a_foreign_recall_end_nothing() -> None:
    story = Story().received("2026-11-02")
    story.add(K.RESTRICTED, "2026-11-03", decision="hold")
    story.add(K.RECALLED, "2026-11-03", system="national_portal")
    assert story.clock(Duty.CLASSIFY).open


def test_a_foreign_act_of_the_same_kind_does_no_duty_of_ours() -> None:
    story = Story().received("2026-11-02")
    story.add(K.REFUSED, "2026-11-03", system="national_portal")
    story.add(K.ANSWERED, "2026-11-03", system="national_portal", publishable="1")
    assert story.clock(Duty.CLASSIFY).open
