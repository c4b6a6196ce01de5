"""Personal data cannot be written into the ledger: what would hold it is refused by construction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.ledger.entry import Draft
from connector.ledger.guard import MAX_VALUE, as_code, check_data
from connector.ledger.kinds import KIND_TEXTS, EntryKind

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ref", "900000123"),
        ("act_id", "government_portal:CP-1.StatusChange@2026-11-18T01:00:00Z"),
        ("field", "national_portal:900000123.981"),
        ("code", "000.00.00.H56-261118-00057"),
        ("error", "PH-301"),
        ("operation", "tiep_nhan"),
        ("digest", SHA),
        ("anything", SHA),
        ("anything", "3f2b8c1e-1111-4222-8333-123456789012"),
        ("until", "2026-11-18T01:00:00.123456+07:00"),
        ("scope", "flow:observe:national_portal"),
        ("fields", "title,content,due_at"),
        ("attempt", 3),
        ("bytes", 900_000_000),
        ("observation_id", 123_456_789_012),
        ("safe", True),
        ("reason", None),
        ("reason", ""),
    ],
)
def test_codes_ids_numbers_and_digests_fit(key, value):
    assert Draft(kind=EntryKind.OBSERVED, data={key: value}).data[key] == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sender", "Nguyễn Văn Mẫu"),
        ("sender", "Nguyen Van Mau"),
        ("ref", "Nguyen Van Mau"),
        ("who", "mau@example.com"),
        ("phone", "0900000000"),
        ("phone", "0900.000.000"),
        ("phone", "+84-900-000-000"),
        ("phone", "goi:0900000000"),
        ("phone", 900_000_000),
        ("citizen", "038012345678"),
        ("citizen", 38_012_345_678),
        ("number", -900_000_000),
        ("ref", 2**53),
        ("place", "19.807,105.776\n"),
        ("text", "x" * (MAX_VALUE + 1)),
        ("n", 1.5),
        ("n", ["a"]),
        ("n", {"a": 1}),
        ("n", b"a"),
        ("0900000000", 1),
        ("nguoi gui", 1),
        ("x" * 41, 1),
    ],
)
def test_what_could_be_personal_data_is_refused_and_not_repeated_in_the_error(key, value):
    with pytest.raises(ValueError) as caught:
        Draft(kind=EntryKind.OBSERVED, data={key: value})
    if isinstance(value, str | int | float):
        assert str(value) not in str(caught.value)


@pytest.mark.parametrize("where", ["actor", "system"])
@pytest.mark.parametrize("value", ["Nguyễn Văn Mẫu", "mau@example.com", "0900000000", ""])
def test_actor_and_system_are_codes_too(where, value):
    with pytest.raises(ValueError, match=where):
        Draft(kind=EntryKind.PAUSED, **{where: value})


def test_an_entry_holds_few_facts():
    with pytest.raises(ValueError, match="at most"):
        check_data({f"k{n}": n for n in range(100)})


@given(st.text(max_size=300))
def test_any_foreign_id_can_be_recorded_after_as_code(value):
    """A portal's strange id must neither leak into the log nor keep the entry from being written."""
    check_data({"ref": as_code(value)})


def test_as_code_keeps_plain_ids_and_tells_strange_ones_apart():
    assert as_code("900000123") == "900000123"
    assert as_code("hồ sơ 1") != as_code("hồ sơ 2")


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_no_letter_with_a_mark_and_no_space_ever_fits(value):
    if value.isascii() and " " not in value:
        return
    with pytest.raises(ValueError):
        check_data({"reason": value})


def test_every_kind_is_explained_for_officials():
    assert set(KIND_TEXTS) == set(EntryKind)
    assert len({text.vi for text in KIND_TEXTS.values()}) == len(EntryKind)
