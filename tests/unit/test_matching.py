"""Who is who in two systems that lived apart: only the one possible pair is a pair."""

from hypothesis import given
from hypothesis import strategies as st

from connector.reconcile.matching import Sketch, match

PORTAL = "national_portal"


def here(
    ref: str, code: str | None = None, origin: tuple[str, str] | None = None, key: str | None = None
) -> Sketch:
    return Sketch(ref=ref, code=code, origin=origin or ("register", ref), natural=key)


def there(
    ref: str, code: str | None = None, origin: tuple[str, str] | None = None, key: str | None = None
) -> Sketch:
    return Sketch(ref=ref, code=code, origin=origin or (PORTAL, ref), natural=key)


def test_a_shared_code_an_origin_of_either_side_and_the_same_words_make_a_pair() -> None:
    found = match(
        PORTAL,
        [here("a", code="C1"), here("b", origin=(PORTAL, "2")), here("c"), here("d", key="k"), here("e")],
        [
            there("1", code="C1"),
            there("2"),
            there("3", origin=("register", "c")),
            there("4", key="k"),
            there("5"),
        ],
    )
    assert found.pairs == (("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"))
    assert (found.only_here, found.only_there) == (("e",), ("5",))
    assert found.unsure_here == found.unsure_there == ()


def test_two_of_the_same_words_are_nobody_s_twin() -> None:
    found = match(PORTAL, [here("a", key="k"), here("b", key="k")], [there("1", key="k")])
    assert (found.pairs, found.unsure_here, found.unsure_there) == ((), ("a", "b"), ("1",))
    found = match(PORTAL, [here("a", key="k")], [there("1", key="k"), there("2", key="k")])
    assert (found.pairs, found.unsure_here, found.unsure_there) == ((), ("a",), ("1", "2"))


def test_code_and_origin_that_lead_to_two_cases_make_no_pair() -> None:
    found = match(PORTAL, [here("a", code="C1", origin=(PORTAL, "2"))], [there("1", code="C1"), there("2")])
    assert (found.pairs, found.unsure_here, found.unsure_there) == ((), ("a",), ("1", "2"))


def test_the_same_words_under_different_codes_are_different_cases() -> None:
    found = match(PORTAL, [here("a", code="C1", key="k")], [there("1", code="C2", key="k")])
    assert (found.pairs, found.only_here, found.only_there) == ((), ("a",), ("1",))


def test_a_code_goes_before_the_words() -> None:
    """The twin by code is taken; what says the same besides it is another case."""
    found = match(
        PORTAL, [here("a", code="C1", key="k")], [there("1", code="C1", key="k"), there("2", key="k")]
    )
    assert (found.pairs, found.only_there) == ((("a", "1"),), ("2",))


codes, keys = st.sampled_from([None, "C1", "C2"]), st.sampled_from([None, "k1", "k2"])
facts = st.lists(st.tuples(codes, keys), max_size=6)


@given(facts, facts)
def test_every_case_is_told_of_once_and_no_case_is_in_two_pairs(
    mine: list[tuple[str | None, str | None]], theirs: list[tuple[str | None, str | None]]
) -> None:
    left = [here(f"h{n}", code=code, key=key) for n, (code, key) in enumerate(mine)]
    right = [there(f"t{n}", code=code, key=key) for n, (code, key) in enumerate(theirs)]
    found = match(PORTAL, left, right)
    told_here = [one for one, _ in found.pairs] + [*found.unsure_here, *found.only_here]
    told_there = [one for _, one in found.pairs] + [*found.unsure_there, *found.only_there]
    assert sorted(told_here) == sorted(one.ref for one in left)
    assert sorted(told_there) == sorted(one.ref for one in right)
