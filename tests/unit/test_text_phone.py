"""Phone numbers as people write them (R11, rules §7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.text.phone import PhoneProblem, e164, problem


@pytest.mark.parametrize(
    "raw",
    [
        "0900000000", "+84900000000", "0084900000000", "0900.000.000", "0900 000 000", "(+84) 900-000-000", " 0900000000 ",
        "０９００００００００",
    ],
)  # fmt: skip
def test_R11_a_number_has_one_form_however_it_is_written(raw: str) -> None:
    assert e164(raw) == "+84900000000"
    assert problem(raw) is None


def test_R11_a_landline_is_a_phone_number() -> None:
    assert e164("(0237) 3.000.000") == "+842373000000"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (None, PhoneProblem.MISSING),
        ("", PhoneProblem.MISSING),
        ("   ", PhoneProblem.MISSING),
        ("O900000000", PhoneProblem.CHARACTERS),  # a letter O
        ("09000000oo", PhoneProblem.CHARACTERS),
        ("0900000000 gặp Mẫu", PhoneProblem.CHARACTERS),
        ("0900000000; 0900000001", PhoneProblem.CHARACTERS),
        ("0900000000/0900000001", PhoneProblem.CHARACTERS),
        ("0900000000\n1", PhoneProblem.CHARACTERS),
        ("01230000000", PhoneProblem.OLD_MOBILE),
        ("+84 1230000000", PhoneProblem.OLD_MOBILE),
        ("1022", PhoneProblem.NO_NUMBER),
        ("113", PhoneProblem.NO_NUMBER),
        ("0900", PhoneProblem.NO_NUMBER),
        ("+", PhoneProblem.NO_NUMBER),
        ("0900000000 0900000001", PhoneProblem.NO_NUMBER),
        ("038000000000", PhoneProblem.NO_NUMBER),  # the form of an identity number
    ],
)
def test_R11_what_is_no_number_is_named(raw: str | None, why: PhoneProblem) -> None:
    assert e164(raw) is None
    assert problem(raw) is why


@given(st.text(max_size=30))
def test_R11_a_problem_and_a_number_exclude_each_other(raw: str) -> None:
    assert (e164(raw) is None) is (problem(raw) is not None)


@given(st.from_regex(r"\A(?:03|05|07|08|09)[0-9]{8}\Z"))
def test_R11_the_normal_form_is_its_own_normal_form(raw: str) -> None:
    number = e164(raw)
    assert number is None or e164(number) == number
