"""What a report counts, by cases made by hand; dates are those of the rules' worked examples."""

from dataclasses import replace
from datetime import date

import pytest

from connector.case import ActKind, Channel, Privacy
from connector.reports import tables
from connector.reports.count import report, working_days_between
from connector.reports.cube import Report
from connector.reports.explained import MEASURES
from connector.reports.measures import Measure, Outcome, duty_key
from connector.reports.period import Period
from connector.rules.duty import Duty
from tests.unit.report_kit import (
    BOOK,
    DAU_MOI,
    KH_CN,
    LATER,
    MAU,
    MOI_TRUONG,
    TT_TT,
    VI_DU,
    Story,
    at,
    counted,
    names,
)

K, M = ActKind, Measure


def sums(found: Report, **where: str) -> dict[str, int]:
    """The numbers that are not zero, without those of the duties."""
    return {key.value: n for key in Measure if (n := found.count(key, **where))}


def duty(found: Report, which: Duty, **where: str) -> dict[str, int]:
    return {one.value: n for one in Outcome if (n := found.count(duty_key(which, one), **where))}


# ---- periods ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first", "last", "title"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31), "tháng 10 năm 2026"),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29), "tháng 02 năm 2028"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "quý IV năm 2026"),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "năm 2026"),
        (
            "2026-10-05..2026-10-20",
            date(2026, 10, 5),
            date(2026, 10, 20),
            "từ ngày 05/10/2026 đến ngày 20/10/2026",
        ),
    ],
)
def test_a_period_is_whole_civil_days(name: str, first: date, last: date, title: str) -> None:
    period = Period.parse(name)
    assert (period.first, period.last, period.title.vi) == (first, last, title)
    assert str(period.starts_at) == f"{first} 00:00:00+07:00"
    assert str(period.ends_at) == f"{last} 23:59:59.999999+07:00"


@pytest.mark.parametrize(
    "name",
    ["", "10/2026", "2026-13", "2026-Q5", "2026-10-20..2026-10-05", "2026-02-30..2026-03-01", "thang 10"],
)
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        Period.parse(name)


def test_a_case_belongs_to_the_period_of_its_civil_day_and_not_of_utc() -> None:
    """00:30 of 1 October in Thanh Hóa is still September in UTC."""
    stories = [Story(1).received("2026-10-01 00:30"), Story(2).received("2026-10-31 23:59:59")]
    assert counted(stories, "2026-10").count(M.RECEIVED) == 2
    assert counted(stories, "2026-09").count(M.RECEIVED) == 0
    assert counted(stories, "2026-11").count(M.CARRIED_OVER) == 2


# ---- the groups and the endings -----------------------------------------------------------------------------


def test_R27_received_by_group_ended_and_outstanding() -> None:
    found = counted(
        [
            Story(1).received("2026-10-05").add(K.REFUSED, "2026-10-06"),
            Story(2)
            .received("2026-10-05")
            .add(K.SUPPLEMENT_REQUESTED, "2026-10-06")
            .add(K.LAPSED, "2026-10-14"),
            Story(3).received("2026-10-05").passed_to(VI_DU, "2026-10-06"),
            Story(4)
            .received("2026-10-05")
            .handed_over("2026-10-06")
            .result("2026-10-12")
            .answered("2026-10-13"),
            Story(5, Channel.NATIONAL_PORTAL)
            .received("2026-10-05")
            .add(K.TRANSFERRED, "2026-10-06", to_agency="000.00.00.H99"),
        ],
        "2026-10",
    )
    assert sums(found) == {
        "received": 5,
        "transferred_in": 1,
        "group_1": 1,
        "group_2": 1,
        "group_3": 2,
        "group_4": 1,
        "answered": 1,
        "answered_in_time": 1,
        "refused": 1,
        "lapsed": 1,
        "transferred_out": 1,
        "closed": 4,
        "passed_on": 1,
        "outstanding": 1,
        "outstanding_overdue": 1,
    }


def test_R16_a_case_without_a_group_is_overdue_after_two_working_days() -> None:
    story = Story(1).received("2026-11-20")
    in_time = counted([story], "2026-11", now=at("2026-11-25 23:59:59"))
    late = counted([story], "2026-11", now=at("2026-11-26 00:00"))
    assert sums(in_time)["outstanding_in_time"] == 1
    assert duty(in_time, Duty.CLASSIFY) == {}
    assert sums(late)["outstanding_overdue"] == 1
    assert duty(late, Duty.CLASSIFY) == {"overdue": 1}


def test_R18_while_the_sender_supplements_the_agency_is_in_time() -> None:
    asked = Story(1).received("2026-11-09").add(K.SUPPLEMENT_REQUESTED, "2026-11-11")
    found = counted([asked], "2026-11", now=at("2026-11-18 23:59:59"))
    assert (found.count(M.OUTSTANDING_IN_TIME), found.count(M.GROUP_2)) == (1, 1)
    assert duty(found, Duty.CLASSIFY) == {"in_time": 1}


def test_R18_a_supplement_reopens_the_classification_and_a_new_group_is_a_new_decision() -> None:
    story = (
        Story(1)
        .received("2026-10-05")
        .add(K.SUPPLEMENT_REQUESTED, "2026-10-06")
        .add(K.SUPPLEMENTED, "2026-10-08", system="national_portal")
        .handed_over("2026-10-09")
    )
    found = counted([story], "2026-10", now=at("2026-10-12"))
    assert (found.count(M.GROUP_2), found.count(M.GROUP_4)) == (1, 1)
    assert duty(found, Duty.CLASSIFY) == {"in_time": 2}


def test_R18_each_request_to_supplement_is_a_decision_of_its_own() -> None:
    story = Story(1).received("2026-10-05")
    for day in ("06", "08"):
        story.add(K.SUPPLEMENT_REQUESTED, f"2026-10-{day}").add(K.SUPPLEMENTED, f"2026-10-{day} 15:00")
    assert counted([story], "2026-10").count(M.GROUP_2) == 2


def test_T9_handing_over_again_after_an_inner_return_is_no_new_decision() -> None:
    story = Story(1).received("2026-10-05").handed_over("2026-10-06").add(K.RETURNED_INTERNALLY, "2026-10-07")
    assert counted([story.add(K.ASSIGNED, "2026-10-08", unit="Phòng Ví Dụ")], "2026-10").count(M.GROUP_4) == 1


def test_a_target_that_no_law_sets_makes_nothing_late() -> None:
    pack = BOOK.packs["TH-2020/1"]
    terms = tuple(replace(term, legal=term.duty is not Duty.CLASSIFY) for term in pack.terms)
    book = replace(BOOK, packs={**BOOK.packs, pack.ref: replace(pack, terms=terms)})
    case = Story(1).received("2026-10-05").case()
    found = {
        one: report([case], Period.parse("2026-10"), one_book, names("2026-10-31"), LATER)
        for one, one_book in (("law", BOOK), ("target", book))
    }
    assert [found[one].count(M.OUTSTANDING_OVERDUE) for one in ("law", "target")] == [1, 0]
    assert [duty(found[one], Duty.CLASSIFY) for one in ("law", "target")] == [{"overdue": 1}, {}]


def test_R21_R24_answered_in_time_means_each_duty_by_its_last_day() -> None:
    """Handed over 04/11/2026: result due 18/11; result on 18/11: answer due 19/11."""
    to_unit = {number: Story(number).received("2026-11-03").handed_over("2026-11-04") for number in (1, 2, 3)}
    to_unit[1].result("2026-11-18 23:59:59").answered("2026-11-19 23:59:59")
    to_unit[2].result("2026-11-19 00:00").answered("2026-11-19 10:00")
    to_unit[3].result("2026-11-18").answered("2026-11-20 00:00")
    found = counted(list(to_unit.values()), "2026-11")
    assert found.ids(M.ANSWERED_IN_TIME) == (to_unit[1].code,)
    assert found.ids(M.ANSWERED_LATE) == (to_unit[2].code, to_unit[3].code)
    assert duty(found, Duty.HANDLE) == {"in_time": 2, "late": 1}
    assert duty(found, Duty.PUBLISH) == {"in_time": 2, "late": 1}


def test_R22_a_notice_of_delay_is_no_extension_the_case_stays_late() -> None:
    story = Story(1).received("2026-11-03").handed_over("2026-11-04").add(K.LATE_NOTICE, "2026-11-19 08:00")
    waiting = counted([story], "2026-11", now=at("2026-11-20"))
    assert waiting.count(M.OUTSTANDING_OVERDUE) == waiting.count(M.OUTSTANDING_OVERDUE_INFORMED) == 1
    story.result("2026-11-25").answered("2026-11-26")
    done = counted([story], "2026-11")
    assert sums(done)["answered_late"] == sums(done)["answered_late_informed"] == sums(done)["answered"] == 1
    assert "answered_in_time" not in sums(done)


def test_R23_a_late_coordinator_is_late_itself_and_not_the_lead() -> None:
    """Asked Mon 09/11/2026: due Mon 16/11."""
    story = (
        Story(1)
        .received("2026-11-06")
        .handed_over("2026-11-09 08:00")
        .add(K.COORDINATION_REQUESTED, "2026-11-09", to_agency=VI_DU)
        .add(K.COORDINATION_ANSWERED, "2026-11-17", agency=VI_DU)
        .result("2026-11-18")
        .answered("2026-11-19")
    )
    found = counted([story], "2026-11")
    assert duty(found, Duty.COORDINATE, agency=VI_DU) == {"late": 1}
    assert found.count(M.ANSWERED_IN_TIME, agency=MAU) == 1
    assert sums(found, agency=VI_DU) == {}


def test_R26_a_private_answer_is_counted_and_the_case_like_any_other() -> None:
    """Two numbers, no content: what a report holds of a case is its number."""
    story = (
        Story(1, privacy=Privacy.PRIVATE)
        .received("2026-10-05")
        .handed_over("2026-10-06")
        .result("2026-10-07")
    )
    found = counted([story.answered("2026-10-08", privately=True).add(K.CLOSED, "2026-10-08")], "2026-10")
    assert (found.count(M.RECEIVED), found.count(M.ANSWERED), found.count(M.ANSWERED_PRIVATE)) == (1, 1, 1)
    assert found.ids(M.ANSWERED_PRIVATE) == (story.code,)
    for secret in ("Rác", "chợ", "Nguyễn", "0900000000"):
        assert secret not in repr(found.cube)


def test_R25_a_case_taken_off_the_system_is_only_a_count() -> None:
    gone = (
        Story(1)
        .received("2026-10-05")
        .handed_over("2026-10-06")
        .add(K.RESTRICTED, "2026-11-02", decision="off_system")
    )
    found = {name: counted([gone, Story(2).received("2026-10-05")], name) for name in ("2026-10", "2026-11")}
    assert found["2026-10"].count(M.RECEIVED) == 1
    assert found["2026-10"].count(M.OFF_SYSTEM) == 0
    assert sums(found["2026-11"]) == {
        "carried_over": 1,
        "outstanding": 1,
        "outstanding_overdue": 1,
        "off_system": 1,
    }
    assert found["2026-11"].ids(M.OFF_SYSTEM) == (gone.code,)
    assert (
        found["2026-11"].count(M.OFF_SYSTEM, agency=MAU)
        == found["2026-11"].count(M.OFF_SYSTEM, field="moi_truong")
        == 0
    )


def test_R04_a_hold_alone_takes_no_case_out_of_the_numbers() -> None:
    held = Story(1).received("2026-10-05").add(K.RESTRICTED, "2026-10-05 10:00", decision="hold")
    assert counted([held], "2026-10").count(M.RECEIVED) == 1


def test_R01_without_a_rule_pack_the_basis_is_missing_and_counted_apart() -> None:
    answered = (
        Story(1, Channel.NATIONAL_PORTAL)
        .received("2026-10-05")
        .handed_over("2026-10-06")
        .result("2026-10-30")
        .answered("2026-10-30")
    )
    found = counted([answered, Story(2, Channel.NATIONAL_PORTAL).received("2026-10-05")], "2026-10")
    assert found.count(M.ANSWERED_NO_BASIS) == found.count(M.ANSWERED) == 1
    assert found.count(M.OUTSTANDING_NO_BASIS) == found.count(M.OUTSTANDING) == 1


def test_R13_a_corrected_answer_is_not_a_second_answer() -> None:
    story = (
        Story(1).received("2026-10-05").handed_over("2026-10-06").result("2026-10-07").answered("2026-10-08")
    )
    story.add(K.RETURNED_FOR_REWORK, "2026-10-20", system="national_portal").answered(
        "2026-11-12", version="2"
    )
    assert counted([story], "2026-10").count(M.ANSWERED_IN_TIME) == 1
    assert sums(counted([story], "2026-11")) == {}


def test_T16_a_result_sent_back_does_not_restart_the_time() -> None:
    story = Story(1).received("2026-11-03").handed_over("2026-11-04").result("2026-11-17")
    story.add(K.RESULT_SENT_BACK, "2026-11-18").result("2026-11-20").answered("2026-11-20 11:00")
    found = counted([story], "2026-11")
    assert found.count(M.ANSWERED_LATE) == 1
    assert duty(found, Duty.HANDLE) == {"late": 1}


def test_what_a_portal_tells_moves_no_number() -> None:
    """Acts of other systems are notes to the register (§3.6)."""
    story = (
        Story(1, Channel.NATIONAL_PORTAL)
        .add(K.SUBMITTED, "2026-10-04", system="national_portal")
        .received("2026-10-05")
    )
    before = sums(counted([story], "2026-10"))
    for kind in (K.PUBLISHED, K.RATED, K.REMINDED, K.DUE_CHANGED, K.RECALLED, K.TRANSFERRED):
        story.add(kind, "2026-10-06", system="national_portal")
    assert (
        sums(counted([story], "2026-10"))
        == before
        == {"received": 1, "outstanding": 1, "outstanding_no_basis": 1}
    )


# ---- custody ------------------------------------------------------------------------------------------------


def test_R19_each_agency_is_counted_for_its_own_custody() -> None:
    story = Story(1).received("2026-10-05").passed_to(VI_DU, "2026-10-06").handed_over("2026-10-07", VI_DU)
    found = counted([story.result("2026-10-08", VI_DU).answered("2026-10-09", agency=VI_DU)], "2026-10")
    assert sums(found, agency=MAU) == {"received": 1, "group_3": 1, "passed_on": 1}
    assert sums(found, agency=VI_DU) == {
        "transferred_in": 1,
        "group_4": 1,
        "answered": 1,
        "answered_in_time": 1,
        "closed": 1,
    }


def test_T8_the_province_role_assigns_and_decides_no_group() -> None:
    story = (
        Story(1).received("2026-10-05").passed_to(DAU_MOI, "2026-10-06", to_role="dau_moi_tinh", group="3")
    )
    story.passed_to(MOI_TRUONG, "2026-10-07", from_role="dau_moi_tinh")
    found = counted([story], "2026-10", now=at("2026-10-08"))
    assert sums(found, agency=DAU_MOI) == {"transferred_in": 1, "passed_on": 1}
    assert sums(found, agency=MOI_TRUONG) == {"transferred_in": 1, "outstanding": 1, "outstanding_in_time": 1}


def test_a_case_that_comes_back_counts_each_time_it_came() -> None:
    story = Story(1).received("2026-10-05").passed_to(DAU_MOI, "2026-10-06", to_role="dau_moi_tinh")
    story.passed_to(MAU, "2026-10-07", from_role="dau_moi_tinh")
    found = counted([story], "2026-10")
    assert found.count(M.TRANSFERRED_IN) == 2
    assert found.ids(M.TRANSFERRED_IN) == (story.code, story.code)


def test_R30_agencies_are_named_by_date() -> None:
    """The department of 2024 was merged; what it still held is its successor's."""
    story = Story(1).received("2024-11-04", TT_TT)
    lines = {name: tables.by_agency(counted([story], name)) for name in ("2024", "2026")}
    assert [line.label for line in lines["2024"]] == ["Sở Thông tin và Truyền thông (mã hư cấu)"]
    assert [line.label for line in lines["2026"]] == ["Sở Khoa học và Công nghệ (mã hư cấu)"]
    assert counted([story], "2026").count(M.CARRIED_OVER, agency=KH_CN) == 1


def test_R30_succession_follows_only_agencies_that_have_ended() -> None:
    assert names("2025-02-28").holder(TT_TT) == TT_TT
    assert names("2025-03-01").holder(TT_TT) == KH_CN
    assert names("2026-10-31").holder(MAU) == MAU
    assert names("2026-10-31").holder("000.99.99.H56") == "000.99.99.H56"


def test_agencies_stand_in_the_order_of_the_vietnamese_alphabet() -> None:
    stories = [
        Story(n).received("2026-10-05", code)
        for n, code in enumerate(("000.00.15.H56", MAU, "000.00.14.H56", VI_DU))
    ]
    labels = [line.label.split(" (")[0] for line in tables.by_agency(counted(stories, "2026-10"))]
    assert labels == ["Sở Mẫu", "Sở Ví Dụ", "Sở Xây dựng", "Sở Y tế"]


# ---- drill-down and averages --------------------------------------------------------------------------------


def test_R31_each_number_drills_down_to_its_cases() -> None:
    stories = [
        Story(1).received("2026-10-05").handed_over("2026-10-06").result("2026-10-07").answered("2026-10-08"),
        Story(2, Channel.ZALO, field="an_toan_thuc_pham")
        .received("2026-10-05", VI_DU)
        .add(K.REFUSED, "2026-10-06"),
        Story(3, field=None).received("2026-09-28"),
    ]
    found = counted(stories, "2026-10")
    for key in MEASURES:
        for where in ({}, {"agency": MAU}, {"field": ""}, {"field": "moi_truong"}, {"channel": Channel.ZALO}):
            assert found.count(key, **where) == len(found.ids(key, **where))
    assert found.ids(M.CLOSED) == (stories[0].code, stories[1].code)
    assert found.ids(M.CARRIED_OVER, field="") == (stories[2].code,)
    drilled = list(tables.behind(found))
    assert len(drilled) == len(set(drilled))
    assert (M.REFUSED, "Sở Ví Dụ (hư cấu)", stories[1].code) in {
        (key, line.label, case) for key, line, case in drilled
    }


def test_R31_the_same_period_gives_the_same_digest_whatever_happens_later() -> None:
    story = Story(1).received("2026-10-05").handed_over("2026-10-06")
    before = counted([story], "2026-10").digest
    story.result("2026-11-02").answered("2026-11-03")
    assert counted([story], "2026-10").digest == before
    assert counted([story, Story(2).received("2026-10-05")], "2026-10").digest != before


def test_the_average_counts_working_days_from_receipt_to_answer() -> None:
    """Fri 20/11/2026 to Thu 26/11: Mon 23, Wed 25, Thu 26; the 24th is a holiday."""
    assert working_days_between(BOOK.calendar, date(2026, 11, 20), date(2026, 11, 26)) == 3
    stories = [
        Story(1)
        .received("2026-11-20")
        .handed_over("2026-11-20 10:00")
        .result("2026-11-25")
        .answered("2026-11-26"),
        Story(2)
        .received("2026-11-20")
        .handed_over("2026-11-20 10:00")
        .result("2026-11-20 11:00")
        .answered("2026-11-20 12:00"),
    ]
    assert counted(stories, "2026-11").average_days() == 1.5
    assert counted([], "2026-11").average_days() is None
    assert tables.number(1.5) == "1,5"
    assert tables.number(1.5, "en") == "1.5"
    assert tables.number(None) == "–"


def test_numbers_are_written_as_each_language_writes_them() -> None:
    assert [tables.amount(1234567, lang) for lang in ("vi", "en")] == ["1.234.567", "1,234,567"]
    assert [tables.number(1234.56, lang) for lang in ("vi", "en")] == ["1.234,6", "1,234.6"]


def test_an_answer_in_a_year_without_a_calendar_has_no_average() -> None:
    story = (
        Story(1).received("2024-11-04").handed_over("2024-11-05").result("2024-11-06").answered("2024-11-07")
    )
    found = counted([story], "2024")
    assert found.count(M.ANSWERED) == 1
    assert found.average_days() is None


def test_an_agency_without_a_case_in_the_period_has_no_row() -> None:
    stories = [
        Story(1).received("2026-09-01", VI_DU).add(K.REFUSED, "2026-09-02"),
        Story(2).received("2026-10-05"),
    ]
    assert [line.agency for line in tables.by_agency(counted(stories, "2026-10"))] == [MAU]


def test_one_agency_or_field_alone() -> None:
    stories = [
        Story(1).received("2026-10-05"),
        Story(2, field="an_toan_thuc_pham").received("2026-10-05", VI_DU),
    ]
    found = counted(stories, "2026-10")
    assert found.only(agencies=(VI_DU,)).ids(M.RECEIVED) == (stories[1].code,)
    assert found.only(field="moi_truong").ids(M.RECEIVED) == (stories[0].code,)
    assert found.only(agencies=(VI_DU,), field="moi_truong").count(M.RECEIVED) == 0


def test_a_running_period_counts_up_to_now() -> None:
    stories = [Story(1).received("2026-10-05"), Story(2).received("2026-10-20")]
    found = counted(stories, "2026-10", now=at("2026-10-10"))
    assert found.ids(M.RECEIVED) == (stories[0].code,)
    assert found.as_of == at("2026-10-10")


def test_every_number_is_explained_in_both_languages_with_its_basis() -> None:
    for key, one in MEASURES.items():
        assert one.basis, key
        assert one.part_of is None or one.part_of in MEASURES
    labels = [one.label.vi for one in MEASURES.values()]
    assert len(labels) == len(MEASURES)
