"""docs/console.md shows the table of rights that the program has."""

import re
from pathlib import Path

from connector.console.access.rights import RIGHTS, Right, Role
from connector.texts import CATALOGUE

PAGE = (Path(__file__).parents[2] / "docs" / "console.md").read_text(encoding="utf-8")


def test_the_page_has_the_table_of_the_code() -> None:
    head = re.search(r"^\| right \| (.+) \|$", PAGE, re.MULTILINE)
    assert head is not None
    assert head.group(1).split(" | ") == list(Role)
    told = {
        name: {role for role, cell in zip(Role, cells.split(" | "), strict=True) if cell == "yes"}
        for name, cells in re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, re.MULTILINE)
    }
    wanted = [right for right in Right if right not in (Right.ANYONE, Right.SIGNED_IN)]
    assert told == {right.value: {role for role in Role if right in RIGHTS[role]} for right in wanted}


def test_every_role_and_right_has_a_name_for_people() -> None:
    assert all(f"account_role.{role}" in CATALOGUE for role in Role)
    assert all(f"right.{right}" in CATALOGUE for right in Right)


def test_every_shipped_code_list_has_a_name_for_people() -> None:
    lists = {one.stem for one in (Path(__file__).parents[2] / "mappings").glob("*/*.csv")}
    assert "statuses" in lists
    assert not {name for name in lists if f"code_list.{name}" not in CATALOGUE}
