"""docs/privacy.md says what the program does, cell by cell and example by example."""

import re
from pathlib import Path

import pytest

from adapters.register.api.application import STATUS_PER_MINUTE
from adapters.register.models import PUBLIC_COPY
from adapters.register.refusals import Code
from connector.case import Privacy
from connector.rules.redaction import PROPOSED, Kind
from connector.rules.secrecy import markings
from connector.rules.visibility import TABLE, Audience, Matter

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
CELL = {"–": None, "open": Privacy.OPEN, "private": Privacy.PRIVATE, "all": Privacy.RESTRICTED}


def rows(first: str) -> list[list[str]]:
    """The cells of the table whose head begins with that word."""
    found = re.search(rf"^\| {first} \|.*\n\|(?: --- \|)+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert found is not None
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in found.group(1).splitlines()]


def test_the_page_has_the_table_of_the_code() -> None:
    heads = re.search(r"^\| matter \| (.+) \|$", PAGE, re.MULTILINE)
    assert heads is not None
    assert heads.group(1).split(" | ") == [item.value for item in Audience]
    told = {name.strip("`"): [CELL[cell] for cell in cells] for name, *cells in rows("matter")}
    assert told == {matter.value: [TABLE[matter][item] for item in Audience] for matter in Matter}


def test_the_page_explains_every_matter() -> None:
    explained = PAGE.split("`contact`: name")[1]
    assert not [
        matter for matter in Matter if f"`{matter.value}`" not in explained and matter is not Matter.CONTACT
    ]


def test_the_page_tells_every_kind_of_finding_and_what_takes_its_place() -> None:
    assert {kind.strip("`"): proposed.strip("`") for kind, _, proposed in rows("kind")} == {
        kind.value: PROPOSED[kind] for kind in Kind
    }


@pytest.mark.parametrize(("first", "place"), [("text", "content"), ("file name", "file/x:1")])
def test_each_example_of_a_marking_is_as_the_tripwire_says(first: str, place: str) -> None:
    examples = rows(first)
    assert {answer for _, answer in examples} == {"yes", "no"}
    for text, answer in examples:
        assert bool(markings([(place, text.strip("`"))])) == (answer == "yes"), text


def test_each_outlet_on_the_page_asks_the_table() -> None:
    for name, _, code in rows("outlet"):
        text = (ROOT / code.strip("`")).read_text(encoding="utf-8")
        assert re.search(r"from (?:connector\.rules\.visibility|adapters\.register\.showing) import", text), (
            name
        )


def test_the_limits_that_the_page_admits_are_true() -> None:
    assert markings([("content", "chị Nguyễn Thị MẬT ở xã Mẫu")])
    assert not markings([("content", "đây là tài liệu mật của xã")])


def test_the_page_names_the_members_of_an_order_the_refusals_and_the_limit() -> None:
    assert not [name for name in PUBLIC_COPY if f"`{name}`" not in PAGE]
    for code in (Code.REDACTION_LEFT, Code.SECRECY_MARKED, Code.TOO_MANY, Code.PHONE_INVALID):
        assert f"`{code.value}`" in PAGE
    assert f"{STATUS_PER_MINUTE} times a minute" in PAGE
