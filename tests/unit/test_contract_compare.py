"""What differs from a recorded contract, what it concerns, and that no value of a case is ever part of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.government_portal.described import NotDescribed, lines, vendored
from adapters.government_portal.settings import FEEDBACK_NS, PARTY_NS
from connector.contract.compare import Change, Concern, compare_part, compare_shape, recorded
from connector.contract.shape import Sample, learn
from connector.contract.uses import Uses, uses_of
from connector.mapping import MappingSet
from connector.system import ContractPart, Key, Operation, PartKind, Problem

NATIONAL = uses_of(MappingSet.load(Path(__file__).parents[2] / "mappings").for_system("national_portal"))
WSDL = vendored(FEEDBACK_NS, PARTY_NS)


def samples(*trees: Mapping[str, object]) -> list[Sample]:
    return [Sample(ref=str(n), data=tree) for n, tree in enumerate(trees)]


def codes(**lines_: str) -> ContractPart:
    return ContractPart(
        name="catalogue/fields", kind=PartKind.CODES, lines=lines_, fields=frozenset({"MaLinhVuc"})
    )


def write(operation: str, **fields: object) -> Operation:
    return Operation(key=Key(id=uuid4(), operation=operation, ref="7"), fields=fields)


# ---- shapes -------------------------------------------------------------------------------------------------


def test_a_shape_tells_names_and_types_and_which_fields_not_every_case_has() -> None:
    found = learn(
        samples(
            {"ID": 1, "LICHSU": [{"AT": datetime(2026, 1, 1, tzinfo=UTC)}, {"AT": "x", "TEXT": "y"}]},
            {"ID": 2, "LICHSU": [], "DATHU": {"A": True}},
        )
    )
    assert found.lines == {
        "DATHU": "group?",
        "DATHU.A": "flag",
        "ID": "int",
        "LICHSU": "list",
        "LICHSU*": "group",
        "LICHSU*.AT": "instant|text",
        "LICHSU*.TEXT": "text?",
    }
    assert found.lacks("DATHU") == {"0"}
    assert found.lacks("KHONG") == {"0", "1"}


@given(
    st.lists(
        st.recursive(
            st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=4),
            lambda inner: st.dictionaries(
                st.text(max_size=12), inner | st.lists(inner, max_size=3), max_size=3
            ),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_no_value_and_no_name_that_is_none_gets_into_a_shape(trees: list[dict[str, object]]) -> None:
    for path, form in learn(samples(*trees)).lines.items():
        assert path.isascii()
        assert set(form.rstrip("?").split("|")) <= {"text", "int", "flag", "instant", "group", "list"}


def test_a_name_that_could_be_a_persons_is_not_written_down() -> None:
    found = learn(samples({"Nguyễn Văn Mẫu": 1, "0900000000": 2, "a 0900000000": 3, "SDT0900000000": 4}))
    assert list(found.lines) == ["*strange*"]


def test_what_fewer_cases_show_than_the_least_is_neither_recorded_nor_told() -> None:
    base = learn(samples(*[{"PAKNID": "1", "LA": "x"}] * 1, {"PAKNID": "2"}, {"PAKNID": "3"}))
    assert recorded("case", {}, base, Uses(), least=3) == {"PAKNID": "text"}
    odd = learn(samples({"PAKNID": "1", "MOI": "x"}, {"PAKNID": "2", "MOI": "x"}, {"PAKNID": "3"}))
    assert compare_shape("case", {"PAKNID": "text"}, odd, Uses(), least=3) == ()
    assert [one.path for one in compare_shape("case", {"PAKNID": "text"}, odd, Uses(), least=2)] == ["MOI"]


def test_a_field_that_the_mapping_reads_may_appear_late_without_being_news() -> None:
    now = learn(samples(*[{"PAKNID": str(n), "TRALOIID": "9"} for n in range(3)]))
    told = compare_shape("case", {"PAKNID": "text"}, now, NATIONAL, least=3)
    assert "TRALOIID" not in [one.path for one in told]


def test_a_required_field_with_another_type_holds_the_writes_of_those_cases() -> None:
    whole = {path: "x" for path in NATIONAL.required["case"] if "*" not in path}
    was = recorded("case", {}, learn(samples(*[whole] * 3)), NATIONAL, least=3)
    now = learn(samples(*[whole | {"TIEUDE": {"VI": "x"}}] * 3))
    (found,) = [one for one in compare_shape("case", was, now, NATIONAL, least=3) if one.path == "TIEUDE"]
    assert found.change is Change.CHANGED
    assert found.concern.refs == {"0", "1", "2"}
    assert any("mapping.toml:" in str(use) for use in found.uses)


def test_what_cannot_be_read_is_told_by_its_place_without_numbers() -> None:
    bad = Problem(where="CaseEnvelope/Attachments/Attachment[12]/Sha256", text="pattern")
    told = [Sample(ref=str(n), data={}, problems=(bad,)) for n in range(3)]
    found = compare_shape("case", {}, learn(told), Uses(), least=3)
    assert [(one.path, one.change) for one in found] == [
        ("~CaseEnvelope/Attachments/Attachment/Sha256", Change.UNREADABLE)
    ]


# ---- codes and schemas --------------------------------------------------------------------------------------


def test_a_dropped_code_concerns_the_writes_that_carry_it_in_its_field_and_no_others() -> None:
    (found,) = compare_part({"A1": "on", "A2": "on"}, codes(A1="on"), NATIONAL)
    assert found.concern.meets(write("dong_bo", MaLinhVuc="A2"))
    assert found.concern.meets(write("dong_bo", muc={"malinhvuc": ["A1", "A2"]}))
    assert not found.concern.meets(write("dong_bo", MaLinhVuc="A1"))
    assert not found.concern.meets(write("dong_bo", NoiDung="A2"))


def test_a_code_that_is_switched_off_is_gone_and_a_new_label_or_code_only_tells() -> None:
    was = {"A1": "on Hộ tịch", "A2": "on Đất đai"}
    found = {
        one.path: one for one in compare_part(was, codes(A1="off Hộ tịch", A2="on Đất", A3="on"), NATIONAL)
    }
    assert found["A1"].concern.holds
    assert not found["A2"].concern.holds
    assert not found["A3"].concern.holds


def test_an_emptied_list_is_unreadable_and_holds_nothing() -> None:
    (found,) = compare_part({"A1": "on"}, codes(), NATIONAL)
    assert (found.change, found.concern.holds) == (Change.UNREADABLE, False)


def test_a_concern_that_names_nothing_concerns_nothing() -> None:
    assert not Concern().meets(write("dong_bo", MaLinhVuc="A1"))


def test_a_new_required_element_holds_its_operation_and_an_optional_one_only_tells() -> None:
    government = uses_of(
        MappingSet.load(Path(__file__).parents[2] / "mappings").for_system("government_portal")
    )
    for form, held in (("string 1..1", True), ("string 0..1", False)):
        now = {**WSDL, "SubmitAnswer/Answer/Moi": form}
        part = ContractPart(name="wsdl", kind=PartKind.SCHEMA, lines=now)
        (found,) = compare_part(WSDL, part, government)
        assert found.concern.meets(write("SubmitAnswer")) is held
        assert not found.concern.meets(write("UpdateCaseStatus"))


# ---- the description itself ---------------------------------------------------------------------------------


def test_prefixes_order_and_comments_of_a_description_make_no_difference() -> None:
    folder = Path(__file__).parents[2] / "adapters" / "government_portal" / "schema"
    wsdl, feedback, party = (
        (folder / name).read_text("utf-8") for name in ("feedback.wsdl", "feedback.xsd", "edxml-party.xsd")
    )
    other = (
        feedback.replace("xmlns:f=", "xmlns:g=")
        .replace('"f:', '"g:')
        .replace("<!-- Simple types -->", "<!-- x -->")
    )
    assert other != feedback
    assert lines([one.encode() for one in (party, other, wsdl)]) == WSDL


def test_a_page_that_is_no_description_is_refused_without_being_quoted() -> None:
    for page in (b"<html/>", b"not xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'):
        with pytest.raises(NotDescribed) as refused:
            lines([page])
        assert len(str(refused.value)) < 40
