"""What an incident comes to: people told apart by what they gave, classes by what each way showed, deadlines by the clock."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.incident.classes import DataClass, held, subject, touched
from connector.incident.duties import duties, kept_until
from connector.incident.letter import letter
from connector.incident.tally import Happened, Holding, Incident, Tally
from connector.incident.ways import WAYS, Scope, Touch, Way
from connector.ledger.kinds import EntryKind
from connector.rules.visibility import Matter

K = EntryKind
FROM = datetime(2026, 11, 20, 1, tzinfo=UTC)
SECRET = b"of one counting"
NAME, PHONE, CONTENT = "Nguyễn Văn Mẫu", "0912345678", "Ngõ Mẫu Tường Vi ngập sâu"


def told(*, point: bool = False, files: bool = False, **sender: str) -> tuple[dict[str, Any], dict[str, Any]]:
    place = {"text": "xã Mẫu", **({"latitude": "19.8", "longitude": "105.7"} if point else {})}
    header = {"title": "Ngập", "content": CONTENT, "place": place}
    return {"header": header, "acts": [], "attachments": [{"id": "x:1"}] if files else []}, sender


def touch(number: int = 1, *moved: tuple[EntryKind, str | None], minutes: int = 0) -> Touch:
    at = FROM + timedelta(minutes=minutes)
    return Touch(
        case_id=number, moved=moved or ((K.SENDER_READ, None),), entries=max(len(moved), 1), first=at, last=at
    )


def holding(number: int, *tellings: tuple[dict[str, Any], dict[str, Any]]) -> Holding:
    return Holding(case_id=number, code=f"000.00.00.H56-261120-{number:05d}", ended=None, tellings=tellings)


def counted(*pairs: tuple[Touch, Holding | None], most: int = 50) -> Tally:
    tally = Tally(SECRET, most=most)
    for one, what in pairs:
        tally.add(one, what)
    return tally


def incident(tally: Tally, **facts: Any) -> Incident:
    made = Incident(
        scope=Scope(since=FROM, before=FROM + timedelta(days=1)),
        noticed=FROM + timedelta(days=2),
        counted_at=FROM + timedelta(days=2, hours=1),
        counted_by="can.bo.mau",
        upto=900,
        cases=tally.cases,
        subjects=tally.subjects,
        nameless=tally.nameless,
        unopened=tally.unopened,
        located=tally.located,
        classes=tally.classes,
        ways=tally.ways,
        first=tally.first,
        last=tally.last,
        happened=[
            Happened(kind="sender_read", system=None, actor="a", entries=1, cases=1, first=FROM, last=FROM)
        ],
        named=tally.named,
    )
    return replace(made, **facts)


# ---- people -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": NAME, "phone": "0912345678"}, {"name": "NGUYEN VAN MAU", "phone": "+84 912.345.678"}),
        ({"name": NAME, "email": "Mau@Example.com"}, {"email": "mau@example.com "}),
        ({"name": NAME, "address": "Xã  Mẫu"}, {"name": "nguyễn văn mẫu", "address": "xã mẫu"}),
    ],
)
def test_one_person_with_two_cases_is_counted_once(one, other):
    tally = counted((touch(1), holding(1, told(**one))), (touch(2), holding(2, told(**other))))
    assert (tally.cases, tally.subjects) == (2, 1)


def test_namesakes_with_phones_of_their_own_are_two_people():
    pair = [holding(n, told(name=NAME, phone=f"091234567{n}")) for n in (1, 2)]
    assert counted(*((touch(one.case_id), one) for one in pair)).subjects == 2


def test_nobody_is_guessed_from_a_mark_without_its_secret():
    mark = subject([told(phone=PHONE)], SECRET)
    assert mark is not None
    assert mark != subject([told(phone=PHONE)], b"of another counting")
    assert subject([told()], SECRET) is None


def test_a_case_that_cannot_be_opened_may_be_anybodys_and_hold_anything():
    tally = counted(
        (touch(1), holding(1, told(phone=PHONE))),
        (touch(2), holding(2)),
        (touch(3), None),
        (touch(4), holding(4, told())),
    )
    assert (tally.subjects, tally.unopened, tally.nameless) == (1, 2, 1)
    assert incident(tally).at_most == 4
    assert [one.classes is None for one in tally.named] == [False, True, True, False]


def test_what_is_kept_while_counting_names_nobody():
    tally = counted((touch(1), holding(1, told(name=NAME, phone=PHONE))))
    kept = repr(vars(tally))
    assert not [one for one in (NAME, PHONE, CONTENT, "Mẫu") if one in kept]


# ---- classes and ways ---------------------------------------------------------------------------------------


def test_every_class_is_found_on_whichever_side_tells_it():
    acts = {"header": {"instruction": "chuyển"}, "acts": [{"text": "x"}], "attachments": []}
    everything = told(point=True, files=True, name=NAME, phone=PHONE, address="a", email="e", account="x")
    assert held([everything, (acts, {})]) == set(DataClass)
    assert held([({"header": None}, {})]) == set()


@pytest.mark.parametrize(
    ("kind", "audience", "sees", "not_sees"),
    [
        (K.SENDER_READ, None, DataClass.PHONE, None),
        (K.SHEET_PRINTED, "unit", DataClass.PHONE, None),
        (K.SHEET_PRINTED, "coordinator", DataClass.CONTENT, DataClass.PHONE),
        (K.EVIDENCE_EXPORTED, "intake", DataClass.PHONE, None),
        (K.EVIDENCE_EXPORTED, "export", None, DataClass.CONTENT),
        (K.SENT, None, DataClass.POINT, None),
        (K.OBSERVED, None, DataClass.POINT, None),
        (K.LOG_EXPORTED, "của mai sau", DataClass.PHONE, None),
    ],
)
def test_a_way_touched_only_what_its_audience_may_see(kind, audience, sees, not_sees):
    classes = touched(frozenset(DataClass), touch(1, (kind, audience)).shown)
    assert sees is None or sees in classes
    assert not_sees not in classes


def test_several_ways_add_up_and_a_case_counts_once_for_each():
    moved = ((K.SHEET_PRINTED, "coordinator"), (K.EVIDENCE_EXPORTED, "intake"), (K.LOG_EXPORTED, "unit"))
    tally = counted((touch(1, *moved), holding(1, told(phone=PHONE, files=True))))
    assert tally.ways == {Way.PRINTED: 1, Way.EXPORTED: 1}
    assert tally.classes[DataClass.PHONE] == 1


def test_every_kind_of_entry_after_which_somebody_holds_data_of_a_case_is_a_way():
    """Whoever adds a kind for a reading or an export must say here that it is one."""
    showing = {kind for kind in EntryKind if re.search(r"read$|printed|exported|^observed$|^sent$", kind)}
    assert showing == set(WAYS)
    assert all(touch(1, (kind, None)).shown <= set(Matter) for kind in WAYS)


def test_all_are_counted_and_only_the_first_are_named():
    tally = counted(*((touch(n, minutes=9 - n), holding(n, told())) for n in range(1, 6)), most=2)
    assert (tally.cases, [one.case_id for one in tally.named]) == (5, [1, 2])
    assert (tally.first, tally.last) == (FROM + timedelta(minutes=4), FROM + timedelta(minutes=8))


# ---- deadlines ----------------------------------------------------------------------------------------------


def test_72_hours_run_from_when_it_was_noticed_through_nights_and_holidays():
    noticed = datetime(2026, 11, 20, 10, tzinfo=UTC)  # Friday 17:00 in Vietnam, a holiday on Tuesday
    due = {one.name: one for one in duties(noticed, anything=True, located=True)}
    assert due["authority"].due == noticed + timedelta(hours=72)
    assert due["first_notice"].due == noticed + timedelta(hours=24)
    assert due["persons"].applies
    assert all(one.basis for one in due.values())


@pytest.mark.parametrize(
    ("point", "unopened", "applies"), [(True, False, True), (False, False, False), (False, True, None)]
)
def test_persons_are_told_where_position_data_was_touched_and_nobody_guesses(point, unopened, applies):
    pairs = [(touch(1), holding(1, told(point=point, phone=PHONE)))]
    pairs += [(touch(2), holding(2))] if unopened else []
    persons = next(one for one in incident(counted(*pairs)).duties if one.name == "persons")
    assert persons.applies is applies


def test_position_data_of_a_nameless_case_is_position_data_all_the_same():
    persons = next(
        one
        for one in incident(counted((touch(1), holding(1, told(point=True))))).duties
        if one.name == "persons"
    )
    assert persons.applies


def test_the_file_is_kept_five_years_even_from_a_leap_day():
    assert kept_until(datetime(2028, 2, 28, 20, tzinfo=UTC)).date().isoformat() == "2033-03-01"


# ---- the letter ---------------------------------------------------------------------------------------------


def test_the_letter_holds_counts_and_codes_and_nothing_of_anybody():
    pairs = [(touch(n), holding(n, told(point=True, name=NAME, phone=PHONE))) for n in (1, 2)]
    text = letter(incident(counted(*pairs, (touch(3), None))))
    assert not [one for one in (NAME, PHONE, CONTENT, "H56-261120") if one in text]
    assert "Số hồ sơ phản ánh, kiến nghị: 3" in text
    assert "ít nhất 1, nhiều nhất 2" in text
    assert "số điện thoại: 2 hồ sơ" in text
    assert "25/11/2026 08:00:00" in text, "72 hours after 22/11 08:00 in Vietnam"
    assert "[điền]" in text, "what no program knows stays open"
    assert "mục 900" in text


def test_a_letter_about_nothing_says_so():
    text = letter(incident(counted()))
    assert "Nhật ký không ghi dữ liệu hồ sơ nào di chuyển" in text
    assert "Mẫu số 08): trước" not in text
